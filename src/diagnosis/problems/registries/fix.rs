//! What to do about each problem with a registry.

use super::{At, KeyOrigin, RegistryProblem};
use crate::diagnosis::{Command, Fix, Operator};
use crate::docker::client::ContainerClient;
use crate::keys::KeySource;
use crate::program_name::HELPER;
use crate::registry::token_exchange::Purpose;
use crate::registry_host::RegistryHost;
use crate::system::http::BrokenAuthorities;

const GIVE_A_KEY: &str =
    "give the helper a key: set SCW_SECRET_KEY, or add a profile to Scaleway's config.yaml";

/// What a fix depends on.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// The registries that have the problem.
    pub(crate) hosts: &'a [RegistryHost],
    /// The helper has a key for all of them.
    pub(crate) helper_has_key: bool,
    /// The program that logs out, if one is there.
    pub(crate) client: Option<ContainerClient>,
    /// The program that sets the clock is there.
    pub(crate) has_timedatectl: bool,
    pub(crate) operator: &'a Operator,
}

impl RegistryProblem {
    /// What to do about it.
    pub(crate) fn fix(&self, context: &Context<'_>) -> Fix {
        match self {
            Self::WrongKey { origin, works_instead }
            | Self::ExpiredKey { origin, works_instead } => {
                origin.renewal(works_instead.as_ref(), context)
            }
            Self::NotAKey { origin } => origin.renewal(None, context),
            Self::NoPermission { .. } | Self::ImageDenied { purpose: Purpose::Pull, .. } => {
                permission("ContainerRegistryReadOnly")
            }
            Self::ImageDenied { purpose: Purpose::Push, .. } => {
                permission("ContainerRegistryFullAccess")
            }
            Self::TokenRefused | Self::CertificateTime(_) | Self::Clock { .. } => {
                set_clock(context)
            }
            Self::ForeignTokenEndpoint { .. } | Self::CertificateName(_) => Fix::from(
                "find out what answers in its place: a proxy, the network's login page, or DNS",
            ),
            Self::UnknownName(at)
            | Self::Refused(at)
            | Self::NoRoute(at)
            | Self::TimedOut(at, _)
            | Self::BrokenOff(at)
            | Self::Tls(at)
            | Self::NotHttp(at) => at.opening(matches!(self, Self::UnknownName(_))),
            Self::CertificateUntrusted(_) => Fix::from(
                "if a proxy opens TLS connections here, add its certificate to the system's store, \
                 or name a file with it in SSL_CERT_FILE",
            ),
            Self::AuthoritiesUnusable(BrokenAuthorities { variable, .. }) => {
                Command::unset(variable).into()
            }
            Self::NoAuthorities => Fix::from("install the system's package ca-certificates"),
            Self::ProxyNeedsLogin(proxy) => Fix::from(format!(
                "put the user name and password of the proxy into {}, as in \
                 http://USER:PASSWORD@{proxy}",
                proxy.variable
            )),
            Self::ProxyRefuses { token_host: Some(host), .. } => Fix::from(format!(
                "allow {host}:443 in the proxy, as well as the registry, or add {host} to NO_PROXY"
            )),
            Self::ProxyRefuses { token_host: None, .. } => Fix::from(format!(
                "allow {} in the proxy, or add it to NO_PROXY",
                list(context.hosts, ":443")
            )),
            Self::ProxyAddress { variable } => {
                Fix::from(format!("correct {variable}, as in http://proxy.example:3128"))
            }
            Self::SocksProxy { variable } => Fix::from(format!(
                "name an HTTP proxy in {variable}, as in http://proxy.example:3128"
            )),
            Self::Odd { .. } => Fix::from(
                "try again; if this persists, check https://status.scaleway.com and any proxy in \
                 between",
            ),
            Self::WebPage { at: At::TokenHost(host), .. } => Fix::from(format!(
                "a proxy, a filter or a login page answers for {host}: allow this machine to \
                 reach {host}:443"
            )),
            Self::WebPage { .. } => Fix::from(format!(
                "a proxy, a filter or a login page answers: allow this machine to reach {}",
                list(context.hosts, ":443")
            )),
            Self::NoSuchNamespace { .. } | Self::NoSuchImage { .. } => Fix::from(
                "check the name and the region; `docker-credential-scw image list --region all` \
                 shows every image",
            ),
            Self::NoSuchTag { image, nearest } => match nearest.as_slice() {
                [] => {
                    let image = format!("{}/{}", image.host(), image.repository());
                    context.operator.helper(["tag", "list", &image]).into()
                }
                names => Fix::from(format!("did you mean {}?", names.join(", "))),
            },
            Self::ImageNeedsKey { .. } => Fix::from(GIVE_A_KEY),
        }
    }
}

impl KeyOrigin {
    /// How to get another key to where this one is.
    fn renewal(&self, works_instead: Option<&KeySource>, context: &Context<'_>) -> Fix {
        const NEW: &str = "create an API key in Scaleway's console (IAM, API keys)";
        let regions: Vec<_> = context.hosts.iter().map(RegistryHost::region).collect();
        let regions = deduplicated(&regions).join(",");
        match self {
            Self::None => Fix::from(GIVE_A_KEY),
            Self::Helper(KeySource::Variable(name)) => {
                Fix::from(format!("{NEW} and set {name} to its secret key"))
            }
            // logout is a client's as well: without one there is nothing to log out with.
            Self::Helper(KeySource::Keyring) if context.client.is_none() => Fix::from(format!(
                "delete the keys for {} from the keyring",
                list(context.hosts, "")
            )),
            Self::Helper(KeySource::Keyring) => {
                let of_client = |verb| {
                    let mut words = vec![verb, "--region", &regions];
                    let program = context.client.filter(|it| *it != ContainerClient::Docker);
                    words.extend(program.into_iter().flat_map(|it| ["--program", it.name()]));
                    context.operator.helper(words)
                };
                let mut commands = vec![of_client("logout")];
                if works_instead.is_none() {
                    commands.push(of_client("login"));
                }
                Fix::Run(commands)
            }
            Self::Helper(source) => Fix::from(format!(
                "{NEW} and put its secret key into the {source} of Scaleway's config.yaml"
            )),
            // podman uses Docker's logins, too, but removes only those in its own file.
            Self::DockerLogin { place } if context.client != Some(ContainerClient::Docker) => {
                Fix::from(format!("delete Docker's login {place} for {}", list(context.hosts, "")))
            }
            Self::DockerLogin { .. } if context.helper_has_key => {
                let logouts = context.hosts.iter().map(|host| {
                    Command::new([ContainerClient::Docker.name(), "logout", &host.to_string()])
                });
                let install = context.operator.install(&["--region", &regions]);
                Fix::Run(logouts.chain([install]).collect())
            }
            Self::DockerLogin { .. } => {
                Fix::from(format!("{NEW}, then log in again: {HELPER} login --region {regions}"))
            }
            Self::DockerAuthConfig if context.helper_has_key => {
                Command::unset("DOCKER_AUTH_CONFIG").into()
            }
            Self::DockerAuthConfig => Fix::from(format!(
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
                Fix::from("check this machine's DNS, or name a proxy in HTTPS_PROXY")
            }
            Self::Registry => Fix::from(
                "let this machine reach it on port 443, directly or through a proxy in HTTPS_PROXY",
            ),
            Self::TokenHost(host) => Fix::from(format!(
                "let this machine reach {host} on port 443, as well as the registry"
            )),
            Self::Proxy(proxy) => Fix::from(format!(
                "check the proxy, or correct its address in {variable} (unset {variable} if \
                 there is none)",
                variable = proxy.variable
            )),
        }
    }
}

fn permission(set: &str) -> Fix {
    Fix::from(format!("give the key's owner the permission set {set} in Scaleway's console (IAM)"))
}

fn set_clock(context: &Context<'_>) -> Fix {
    if !context.has_timedatectl {
        return Fix::from("set this machine's clock");
    }
    context.operator.as_root(Command::new(["timedatectl", "set-ntp", "true"])).into()
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
