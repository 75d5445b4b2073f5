//! What to do about each problem with a registry.

use super::problem::{At, KeyOrigin, RegistryProblem};
use crate::docker::client::ContainerClient;
use crate::keys::KeySource;
use crate::program_name::HELPER;
use crate::registry::token_exchange::Purpose;
use crate::registry_host::RegistryHost;
use crate::system::http::BrokenAuthorities;

const GIVE_A_KEY: &str =
    "give the helper a key: set SCW_SECRET_KEY, or add a profile to Scaleway's config.yaml";

/// What to do about a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fix {
    /// Only a person can do it.
    Words(String),
    /// Commands to be typed, each as a list of words.
    Commands(Vec<Vec<String>>),
}

/// What a fix depends on.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// The registries that have the problem.
    pub(super) hosts: &'a [RegistryHost],
    /// The helper has a key for all of them.
    pub(super) helper_has_key: bool,
    /// The program that logs out, if one is there.
    pub(super) client: Option<ContainerClient>,
    /// The program that sets the clock is there.
    pub(super) has_timedatectl: bool,
    pub(super) is_root: bool,
}

impl RegistryProblem {
    /// What to do about it.
    pub(super) fn fix(&self, place: &Place<'_>) -> Fix {
        match self {
            Self::WrongKey { origin, works_instead }
            | Self::ExpiredKey { origin, works_instead } => {
                origin.renewal(works_instead.as_ref(), place)
            }
            Self::NotAKey { origin } => origin.renewal(None, place),
            Self::NoPermission { .. } | Self::ImageDenied { purpose: Purpose::Pull, .. } => {
                permission("ContainerRegistryReadOnly")
            }
            Self::ImageDenied { purpose: Purpose::Push, .. } => {
                permission("ContainerRegistryFullAccess")
            }
            Self::TokenRefused | Self::CertificateTime(_) | Self::Clock { .. } => set_clock(place),
            Self::ForeignTokenEndpoint { .. } | Self::CertificateName(_) => words(
                "find out what answers in its place: a proxy, the network's login page, or DNS",
            ),
            Self::UnknownName(at)
            | Self::Refused(at)
            | Self::NoRoute(at)
            | Self::TimedOut(at, _)
            | Self::BrokenOff(at)
            | Self::Tls(at)
            | Self::NotHttp(at) => at.opening(matches!(self, Self::UnknownName(_))),
            Self::CertificateUntrusted(_) => words(
                "if a proxy opens TLS connections here, add its certificate to the system's store, \
                 or name a file with it in SSL_CERT_FILE",
            ),
            Self::AuthoritiesUnusable(BrokenAuthorities { variable, .. }) => {
                Fix::Commands(vec![command(&["unset", variable])])
            }
            Self::NoAuthorities => words("install the system's package ca-certificates"),
            Self::ProxyNeedsLogin(proxy) => Fix::Words(format!(
                "put the user name and password of the proxy into {}, as in \
                 http://USER:PASSWORD@{proxy}",
                proxy.variable
            )),
            Self::ProxyRefuses { token_host: Some(host), .. } => Fix::Words(format!(
                "allow {host}:443 in the proxy, as well as the registry, or add {host} to NO_PROXY"
            )),
            Self::ProxyRefuses { token_host: None, .. } => Fix::Words(format!(
                "allow {} in the proxy, or add it to NO_PROXY",
                list(place.hosts, ":443")
            )),
            Self::ProxyAddress { variable } => {
                Fix::Words(format!("correct {variable}, as in http://proxy.example:3128"))
            }
            Self::SocksProxy { variable } => Fix::Words(format!(
                "name an HTTP proxy in {variable}, as in http://proxy.example:3128"
            )),
            Self::Odd { .. } => words(
                "try again; if this persists, check https://status.scaleway.com and any proxy in \
                 between",
            ),
            Self::WebPage { at: At::TokenHost(host), .. } => Fix::Words(format!(
                "a proxy, a filter or a login page answers for {host}: allow this machine to \
                 reach {host}:443"
            )),
            Self::WebPage { .. } => Fix::Words(format!(
                "a proxy, a filter or a login page answers: allow this machine to reach {}",
                list(place.hosts, ":443")
            )),
            Self::NoSuchNamespace { .. } | Self::NoSuchImage { .. } => words(
                "check the name and the region; `docker-credential-scw image list --region all` \
                 shows every image",
            ),
            Self::NoSuchTag { image, nearest } => match nearest.as_slice() {
                [] => Fix::Commands(vec![command(&[
                    HELPER,
                    "tag",
                    "list",
                    &format!("{}/{}", image.host(), image.repository()),
                ])]),
                names => Fix::Words(format!("did you mean {}?", names.join(", "))),
            },
            Self::ImageNeedsKey { .. } => words(GIVE_A_KEY),
        }
    }
}

impl KeyOrigin {
    /// How to get another key to where this one is.
    fn renewal(&self, works_instead: Option<&KeySource>, place: &Place<'_>) -> Fix {
        const NEW: &str = "create an API key in Scaleway's console (IAM, API keys)";
        let regions: Vec<_> = place.hosts.iter().map(RegistryHost::region).collect();
        let regions = deduplicated(&regions).join(",");
        match self {
            Self::None => words(GIVE_A_KEY),
            Self::Helper(KeySource::Variable(name)) => {
                Fix::Words(format!("{NEW} and set {name} to its secret key"))
            }
            Self::Helper(KeySource::Keyring) => {
                let own = |verb| {
                    let mut words = command(&[HELPER, verb, "--region", &regions]);
                    let program = place.client.filter(|it| *it != ContainerClient::Docker);
                    words.extend(
                        program.into_iter().flat_map(|it| command(&["--program", it.name()])),
                    );
                    words
                };
                let mut commands = vec![own("logout")];
                if works_instead.is_none() {
                    commands.push(own("login"));
                }
                Fix::Commands(commands)
            }
            Self::Helper(source) => Fix::Words(format!(
                "{NEW} and put its secret key into the {source} of Scaleway's config.yaml"
            )),
            // podman uses Docker's logins, too, but logs out of its own only.
            Self::DockerLogin { place: file } if place.client != Some(ContainerClient::Docker) => {
                Fix::Words(format!("delete Docker's login {file} for {}", list(place.hosts, "")))
            }
            Self::DockerLogin { .. } if place.helper_has_key => {
                let logouts = place.hosts.iter().map(|host| {
                    command(&[ContainerClient::Docker.name(), "logout", &host.to_string()])
                });
                let install = command(&[HELPER, "install", "--region", &regions]);
                Fix::Commands(logouts.chain([install]).collect())
            }
            Self::DockerLogin { .. } => {
                Fix::Words(format!("{NEW}, then log in again: {HELPER} login --region {regions}"))
            }
            Self::DockerAuthConfig if place.helper_has_key => {
                Fix::Commands(vec![command(&["unset", "DOCKER_AUTH_CONFIG"])])
            }
            Self::DockerAuthConfig => Fix::Words(format!(
                "{NEW} and put its secret key into DOCKER_AUTH_CONFIG, or unset that variable"
            )),
        }
    }
}

impl At {
    /// What lets this machine reach it.
    fn opening(&self, is_name: bool) -> Fix {
        match self {
            Self::Registry if is_name => {
                words("check this machine's DNS, or name a proxy in HTTPS_PROXY")
            }
            Self::Registry => words(
                "let this machine reach it on port 443, directly or through a proxy in HTTPS_PROXY",
            ),
            Self::TokenHost(host) => Fix::Words(format!(
                "let this machine reach {host} on port 443, as well as the registry"
            )),
            Self::Proxy(proxy) => Fix::Words(format!(
                "check the proxy, or correct its address in {variable} (unset {variable} if \
                 there is none)",
                variable = proxy.variable
            )),
        }
    }
}

fn permission(set: &str) -> Fix {
    Fix::Words(format!("give the key's owner the permission set {set} in Scaleway's console (IAM)"))
}

fn set_clock(place: &Place<'_>) -> Fix {
    if !place.has_timedatectl {
        return words("set this machine's clock");
    }
    let set = command(&["timedatectl", "set-ntp", "true"]);
    let sudo = if place.is_root { Vec::new() } else { command(&["sudo"]) };
    Fix::Commands(vec![[sudo, set].concat()])
}

fn words(text: &str) -> Fix {
    Fix::Words(text.to_owned())
}

fn command(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn list(hosts: &[RegistryHost], suffix: &str) -> String {
    let hosts: Vec<_> = hosts.iter().map(|host| format!("{host}{suffix}")).collect();
    hosts.join(", ")
}

fn deduplicated<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut found = Vec::new();
    for name in names {
        if !found.contains(name) {
            found.push(*name);
        }
    }
    found
}
