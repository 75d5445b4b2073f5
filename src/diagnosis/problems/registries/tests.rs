//! Judging without a network: verdicts in, whole messages out.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use super::judge::{Good, Outcome, no_connection, of_image, of_registry};
use super::{At, Context, KeyOrigin, RegistryProblem};
use crate::diagnosis::{Command, Fix, Operator};
use crate::docker::client::ContainerClient;
use crate::keys::KeySource;
use crate::registry::ImageName;
use crate::registry::token_exchange::{Hop, ImageTrial, Missing, Oddity, Purpose, Verdict};
use crate::registry_host::RegistryHost;
use crate::system::http::authorities::{AuthoritiesFault, BrokenAuthorities};
use crate::system::http::{HttpError, ProxyAddress};

fn hosts() -> Vec<RegistryHost> {
    RegistryHost::known().collect()
}

/// An ordinary user.
static OPERATOR: LazyLock<Operator> = LazyLock::new(|| Operator::of_test(1000));
static ROOT: LazyLock<Operator> = LazyLock::new(|| Operator::of_test(0));

fn context(hosts: &[RegistryHost]) -> Context<'_> {
    Context {
        hosts,
        helper_has_key: true,
        client: Some(ContainerClient::Docker),
        has_timedatectl: true,
        operator: &OPERATOR,
    }
}

fn image() -> ImageName {
    ImageName::parse("rg.fr-par.scw.cloud/ns/app:1.2").unwrap()
}

fn proxy() -> ProxyAddress {
    ProxyAddress { variable: "HTTPS_PROXY", host: "proxy.example".to_owned(), port: 3128 }
}

fn keyring() -> KeyOrigin {
    KeyOrigin::Helper(KeySource::Keyring)
}

fn broken() -> BrokenAuthorities {
    BrokenAuthorities {
        variable: "SSL_CERT_FILE",
        path: PathBuf::from("/no/such.pem"),
        fault: AuthoritiesFault::Missing,
    }
}

/// A fix on one line, commands after a dollar sign.
fn shown(fix: &Fix) -> String {
    let commands: Vec<_> = fix.commands().iter().map(Command::line).collect();
    match fix.words() {
        Some(words) => words.to_owned() + &commands.join(" && "),
        None => format!("$ {}", commands.join(" && ")),
    }
}

/// One of each variant; the compiler asks for new ones in the match below.
pub(crate) fn every_problem() -> Vec<RegistryProblem> {
    use RegistryProblem as P;
    let origin = keyring;
    let at = || At::Registry;
    let all = vec![
        P::WrongKey { origin: origin(), works_instead: None },
        P::ExpiredKey { origin: origin(), works_instead: None },
        P::NoPermission { origin: origin() },
        P::NotAKey { origin: KeyOrigin::DockerAuthConfig },
        P::TokenRefused,
        P::ForeignTokenEndpoint { realm: "https://evil.example/token".to_owned() },
        P::UnknownName(at()),
        P::Refused(at()),
        P::NoRoute(at()),
        P::TimedOut(at(), Duration::from_secs(10)),
        P::BrokenOff(at()),
        P::Tls(at()),
        P::CertificateName(at()),
        P::CertificateTime(at()),
        P::CertificateUntrusted(at()),
        P::AuthoritiesUnusable(broken()),
        P::NoAuthorities,
        P::ProxyNeedsLogin(proxy()),
        P::ProxyRefuses { proxy: proxy(), token_host: None, status: Some(403) },
        P::ProxyAddress { variable: "HTTPS_PROXY" },
        P::SocksProxy { variable: "HTTPS_PROXY" },
        P::Odd { at: at(), oddity: Oddity::NoToken },
        P::WebPage { at: at(), status: 403 },
        P::NotHttp(at()),
        P::NoSuchNamespace { image: image() },
        P::NoSuchImage { image: image() },
        P::NoSuchTag { image: image(), nearest: Vec::new() },
        P::ImageDenied { image: image(), purpose: Purpose::Pull, origin: origin() },
        P::ImageNeedsKey { image: image() },
        P::Clock { ahead: -500 },
    ];
    for problem in &all {
        match problem {
            P::WrongKey { .. }
            | P::ExpiredKey { .. }
            | P::NoPermission { .. }
            | P::NotAKey { .. }
            | P::TokenRefused
            | P::ForeignTokenEndpoint { .. }
            | P::UnknownName(_)
            | P::Refused(_)
            | P::NoRoute(_)
            | P::TimedOut(..)
            | P::BrokenOff(_)
            | P::Tls(_)
            | P::CertificateName(_)
            | P::CertificateTime(_)
            | P::CertificateUntrusted(_)
            | P::AuthoritiesUnusable(_)
            | P::NoAuthorities
            | P::ProxyNeedsLogin(_)
            | P::ProxyRefuses { .. }
            | P::ProxyAddress { .. }
            | P::SocksProxy { .. }
            | P::Odd { .. }
            | P::WebPage { .. }
            | P::NotHttp(_)
            | P::NoSuchNamespace { .. }
            | P::NoSuchImage { .. }
            | P::NoSuchTag { .. }
            | P::ImageDenied { .. }
            | P::ImageNeedsKey { .. }
            | P::Clock { .. } => {}
        }
    }
    all
}

#[test]
pub(crate) fn every_problem_has_an_id_a_cause_and_a_fix() {
    let problems = every_problem();
    let ids: BTreeSet<_> = problems.iter().map(RegistryProblem::id).collect();
    assert_eq!(ids.len(), problems.len(), "{ids:?}");
    let hosts = hosts();
    for problem in &problems {
        let cause = problem.cause();
        let fix = shown(&problem.fix(&context(&hosts)));
        for text in [&cause, &fix] {
            assert!(!text.is_empty() && !text.ends_with('.') && text.len() < 300, "{text}");
        }
    }
}

#[test]
fn each_hop_is_named_with_what_failed_there() {
    let hops = [
        (
            Hop::Registry,
            "no connection: ",
            "let this machine reach it on port 443, directly or through a proxy in HTTPS_PROXY",
        ),
        (
            Hop::TokenEndpoint("api.scaleway.com".to_owned()),
            "the registry answers, but there is no connection to its token host api.scaleway.com: ",
            "let this machine reach api.scaleway.com on port 443, as well as the registry",
        ),
        (
            Hop::Proxy { proxy: proxy(), to: "rg.fr-par.scw.cloud".to_owned() },
            "no connection to the proxy proxy.example:3128 (from HTTPS_PROXY): ",
            "check the proxy, or correct its address in HTTPS_PROXY (unset HTTPS_PROXY if there is none)",
        ),
    ];
    let hosts = hosts();
    for (hop, start, fix) in &hops {
        for (error, id, end) in [
            (HttpError::Refused, "registry-refused", "connection refused"),
            (HttpError::NoRoute, "registry-no-route", "no route"),
            (
                HttpError::ConnectTimedOut(Duration::from_secs(10)),
                "registry-timeout",
                "no answer within 10 s",
            ),
            (HttpError::BrokenOff, "registry-broken-off", "the connection was closed"),
            (HttpError::Tls("x"), "registry-tls", "the TLS handshake failed"),
        ] {
            let problem = no_connection(hop, &error, None);
            assert_eq!((problem.id(), problem.cause()), (id, format!("{start}{end}")));
            assert_eq!(shown(&problem.fix(&context(&hosts))), *fix, "{id}");
        }
    }
}

#[test]
fn a_variable_that_names_no_certificates_is_the_cause_of_an_untrusted_one() {
    for error in [HttpError::NoAuthorities, HttpError::UnknownAuthority] {
        let problem = no_connection(&Hop::Registry, &error, Some(&broken()));
        assert_eq!(problem, RegistryProblem::AuthoritiesUnusable(broken()));
        assert_eq!(shown(&problem.fix(&context(&hosts()))), "$ unset SSL_CERT_FILE");
    }
    // A certificate for another name has nothing to do with it.
    let problem = no_connection(&Hop::Registry, &HttpError::CertificateName, Some(&broken()));
    assert_eq!(problem.id(), "registry-certificate-name");
    let problem = no_connection(&Hop::Registry, &HttpError::NoAuthorities, None);
    assert_eq!(problem, RegistryProblem::NoAuthorities);
}

#[test]
fn the_fix_for_a_key_is_where_the_key_is() {
    let fr = vec![RegistryHost::from_host("rg.fr-par.scw.cloud").unwrap()];
    let milan = RegistryHost::of_region("it-mil");
    let fix = |origin, works_instead, context: &Context<'_>| {
        shown(&RegistryProblem::WrongKey { origin, works_instead }.fix(context))
    };
    let at = context;
    assert_eq!(
        fix(keyring(), Some(KeySource::DefaultProfile("default".to_owned())), &at(&fr)),
        "$ docker-credential-scw logout --region fr-par"
    );
    assert_eq!(
        fix(keyring(), None, &at(&milan)),
        "$ docker-credential-scw logout --region it-mil && docker-credential-scw login --region it-mil"
    );
    let podman = Context { client: Some(ContainerClient::Podman), ..at(&fr) };
    assert_eq!(
        fix(keyring(), None, &podman),
        "$ docker-credential-scw logout --region fr-par --program podman && \
         docker-credential-scw login --region fr-par --program podman"
    );
    let no_client = Context { client: None, ..at(&fr) };
    assert_eq!(
        fix(keyring(), None, &no_client),
        "delete the keys for rg.fr-par.scw.cloud from the keyring"
    );
    let login = || KeyOrigin::DockerLogin { place: "in its store pass".to_owned() };
    assert_eq!(
        fix(login(), None, &at(&fr)),
        "$ docker logout rg.fr-par.scw.cloud && docker-credential-scw install --region fr-par"
    );
    let plaintext = KeyOrigin::DockerLogin { place: "in plaintext in its config.json".to_owned() };
    assert_eq!(
        fix(plaintext, None, &podman),
        "delete Docker's login in plaintext in its config.json for rg.fr-par.scw.cloud"
    );
    let without = Context { helper_has_key: false, ..at(&fr) };
    assert_eq!(
        fix(login(), None, &without),
        "create an API key in Scaleway's console (IAM, API keys), then log in again: \
         docker-credential-scw login --region fr-par"
    );
    assert_eq!(fix(KeyOrigin::DockerAuthConfig, None, &at(&fr)), "$ unset DOCKER_AUTH_CONFIG");
    assert_eq!(
        fix(KeyOrigin::DockerAuthConfig, None, &without),
        "create an API key in Scaleway's console (IAM, API keys) and put its secret key into \
         DOCKER_AUTH_CONFIG, or unset that variable"
    );
    let profile = KeyOrigin::Helper(KeySource::NamedProfile("prod".to_owned()));
    assert_eq!(
        fix(profile, None, &at(&fr)),
        "create an API key in Scaleway's console (IAM, API keys) and put its secret key into the \
         profile prod of Scaleway's config.yaml"
    );
    let rotated = RegistryProblem::WrongKey {
        origin: keyring(),
        works_instead: Some(KeySource::DefaultProfile("default".to_owned())),
    };
    let cause = "the key is not known (from keyring); that of the profile default would work";
    assert_eq!(rotated.cause(), cause);
}

#[test]
fn the_clock_is_set_by_a_program_that_is_there_and_by_root() {
    let hosts = hosts();
    let fix = |context: &Context<'_>| shown(&RegistryProblem::TokenRefused.fix(context));
    assert_eq!(fix(&context(&hosts)), "$ sudo timedatectl set-ntp true");
    let root = Context { operator: &ROOT, ..context(&hosts) };
    assert_eq!(fix(&root), "$ timedatectl set-ntp true");
    let container = Context { has_timedatectl: false, ..context(&hosts) };
    assert_eq!(fix(&container), "set this machine's clock");
}

#[test]
fn an_image_is_judged_by_the_answers_with_and_without_the_key() {
    let judge = |anonymous, with_key: Option<Verdict>, purpose| {
        let origin = with_key.is_some().then(keyring);
        let trial = ImageTrial { anonymous, with_key, clock_ahead: None };
        match of_image(&trial, &image(), purpose, origin.as_ref(), None) {
            Outcome::Good(good) => good.in_words(),
            Outcome::Bad(problem) => format!("{}: {}", problem.id(), problem.cause()),
        }
    };
    let (denied, accepted) = (Some(Verdict::Denied), Some(Verdict::Accepted));
    let pull = |anonymous: &Option<Verdict>, with_key: Option<Verdict>| {
        judge(anonymous.clone(), with_key, Purpose::Pull)
    };
    assert_eq!(pull(&accepted, accepted.clone()), "it can be pulled; it is public");
    assert_eq!(pull(&accepted, None), "it can be pulled; it is public");
    assert_eq!(
        pull(&denied, accepted.clone()),
        "it can be pulled with the key (from keyring); it is private"
    );
    // A key that is not known is sent for a public image as well, and refused.
    assert_eq!(
        pull(&accepted, Some(Verdict::WrongKey)),
        "registry-wrong-key: the key is not known (from keyring)"
    );
    assert_eq!(
        pull(&denied, None),
        "image-needs-key: it is private, or does not exist, and there is no key to try"
    );
    let others = vec!["1.20".to_owned(), "latest".to_owned()];
    assert_eq!(
        pull(&denied, Some(Verdict::NotThere(Missing::Tag { others }))),
        "image-no-tag: the image ns/app has no tag 1.2"
    );
    let push = |with_key| judge(None, with_key, Purpose::Push);
    assert_eq!(push(accepted), "it can be pushed with the key (from keyring)");
    assert_eq!(
        push(Some(Verdict::ScopeNotTold)),
        "the key is accepted (from keyring); whether it may push shows only when pushing"
    );
    assert_eq!(
        push(denied),
        "image-denied: access denied: the key (from keyring) may not push it, or there is no such \
         namespace (the registry does not say which)"
    );
}

#[test]
fn a_registry_without_a_key_only_has_to_answer() {
    assert_eq!(of_registry(&Verdict::Reached, None, None), Outcome::Good(Good::Answers));
    let accepted = of_registry(&Verdict::Accepted, Some(&keyring()), None);
    assert_eq!(accepted, Outcome::Good(Good::KeyAccepted(keyring())));
}
