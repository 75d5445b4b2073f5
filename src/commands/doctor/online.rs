//! The registries themselves: can they be reached, and do they take the key?

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::Patient;
use super::keys::HostKey;
use crate::diagnosis::{Check, Section, Status};
use crate::http::{HttpClient, HttpError};
use crate::terminal::Console;
use crate::token_exchange::{Trial, Verdict, try_key};

/// How long one call may take.
const DEADLINE: Duration = Duration::from_secs(15);

/// How many registries are asked at the same time at most.
const THREADS: usize = 32;

/// Tokens are good for minutes: a clock that is off by more makes them bad.
const CLOCK_TOLERANCE: i64 = 120;

pub(super) fn checks(
    patient: &Patient<'_>,
    keys: &[HostKey],
    console: &mut Console<'_>,
) -> Vec<Check> {
    let client = match HttpClient::new(patient.environment, DEADLINE) {
        Ok(client) => client,
        Err(error) => {
            let check = Check::ok(Section::Registry, "registry-proxy", "proxy", error.to_string());
            return vec![
                check.failure("correct it, as in export HTTPS_PROXY=http://proxy.example:3128"),
            ];
        }
    };
    let trials = ask_all(&client, keys, console);
    let nothing_wired = keys.iter().all(|key| !key.wired);
    let mut checks = Vec::new();
    let mut clock = None;
    for (key, trial) in keys.iter().zip(&trials) {
        clock = clock.or(trial.clock_ahead.filter(|ahead| ahead.abs() > CLOCK_TOLERANCE));
        let mut check = check(key, trial);
        let has_twin_that_answers = || {
            keys.iter().zip(&trials).any(|(other, trial)| {
                other.host != key.host
                    && other.host.region() == key.host.region()
                    && other.wired == key.wired
                    && !matches!(trial.verdict, Verdict::NoConnection(_))
            })
        };
        // What nobody asks us for does not keep pulls from working; nor does the one of a region's
        // two names that nobody has to use.
        let is_needed = key.wired || nothing_wired;
        let is_absent = matches!(
            trial.verdict,
            Verdict::NoConnection(HttpError::UnknownName | HttpError::NotConnected(_))
        );
        let is_absent_twin = is_absent && has_twin_that_answers();
        if check.status == Status::Failure && (!is_needed || is_absent_twin) {
            check.status = Status::Warning;
        }
        checks.push(check);
    }
    checks.extend(clock.map(clock_check));
    checks
}

/// Asks several at once; what is said of the way is a line of progress.
fn ask_all(client: &HttpClient, keys: &[HostKey], console: &mut Console<'_>) -> Vec<Trial> {
    let (tell, hear) = mpsc::channel();
    console.progress(&format!("Asking {} registries", keys.len()));
    let next = AtomicUsize::new(0);
    let ask_next = || {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let HostKey { host, found, .. } = keys.get(at)?;
        Some((at, try_key(client, host, found.as_ref().map(|found| &found.key))))
    };
    let ask_next = &ask_next;
    let mut trials: Vec<Option<Trial>> = keys.iter().map(|_| None).collect();
    let mut answered = 0;
    let mut note = |console: &mut Console<'_>, (at, trial): (usize, Trial)| {
        if let Some(slot) = trials.get_mut(at) {
            *slot = Some(trial);
        }
        answered += 1;
        console.progress(&format!("Asking {} registries: {answered} answered", keys.len()));
    };
    thread::scope(|scope| {
        for _ in 0..THREADS.min(keys.len()) {
            let tell = tell.clone();
            let asking = thread::Builder::new().spawn_scoped(scope, move || {
                while let Some(answer) = ask_next() {
                    // The receiver may have been interrupted.
                    let _ = tell.send(answer);
                }
            });
            if asking.is_err() {
                break;
            }
        }
        drop(tell);
        for answer in &hear {
            note(console, answer);
        }
        // Where the system makes no thread, nothing is asked yet.
        while let Some(answer) = ask_next() {
            note(console, answer);
        }
    });
    console.end_progress();
    let lost = || Trial { verdict: Verdict::NoConnection(HttpError::BrokenOff), clock_ahead: None };
    trials.into_iter().map(|trial| trial.unwrap_or_else(lost)).collect()
}

const NEW_KEY: &str =
    "make an API key in Scaleway's console (IAM, API keys), and put its secret key there";
const PERMISSION: &str = "give the key's owner the permission set ContainerRegistryReadOnly (or, to \
                          push, ContainerRegistryFullAccess) in Scaleway's console";
const CLOCK: &str = "sudo timedatectl set-ntp true";

fn check(key: &HostKey, trial: &Trial) -> Check {
    let HostKey { host, found, .. } = key;
    let source = found.as_ref().map(|found| found.source.to_string()).unwrap_or_default();
    let good = |found| Check::ok(Section::Registry, "registry", host.to_string(), found);
    let (id, found, remedy) = match &trial.verdict {
        Verdict::Accepted => return good("it takes the key"),
        Verdict::Reached => return good("it answers; there is no key to try"),
        Verdict::WrongKey => {
            ("registry-wrong-key", format!("it does not know the key (from {source})"), NEW_KEY)
        }
        Verdict::Expired => {
            ("registry-expired-key", format!("the key has expired (from {source})"), NEW_KEY)
        }
        Verdict::NoPermission => (
            "registry-no-permission",
            format!("it knows the key, which has no permission (from {source})"),
            PERMISSION,
        ),
        Verdict::TokenRefused => (
            "registry-token-refused",
            "it gave a token for the key and does not take it: a clock may be wrong".to_owned(),
            CLOCK,
        ),
        Verdict::ForeignTokenEndpoint(realm) => (
            "registry-foreign-endpoint",
            format!(
                "it names a token endpoint that is not Scaleway's ({realm}): the key was not sent"
            ),
            "find out who answers in the registry's place: a proxy, or the network you are in",
        ),
        Verdict::NoConnection(error) => no_connection(error),
        Verdict::Odd(what) => (
            "registry-odd",
            format!("it answers oddly: {what}"),
            "try again; if it stays so, look at https://status.scaleway.com, and for a proxy",
        ),
    };
    Check::ok(Section::Registry, id, host.to_string(), found).failure(remedy)
}

fn no_connection(error: &HttpError) -> (&'static str, String, &'static str) {
    match error {
        HttpError::CertificateTime => (
            "registry-certificate-time",
            format!("{error}: its clock, or the certificate, is wrong"),
            CLOCK,
        ),
        HttpError::Certificate(_) => (
            "registry-certificate",
            error.to_string(),
            "if a proxy of yours stands between, install its certificate in the system's store (or \
             name it in SSL_CERT_FILE)",
        ),
        HttpError::Proxy | HttpError::ProxyAddress(_) => (
            "registry-proxy",
            error.to_string(),
            "correct HTTPS_PROXY, or add the registry to NO_PROXY",
        ),
        _ => (
            "registry-unreachable",
            format!("no connection: {error}"),
            "see that this machine reaches it on port 443, directly or through HTTPS_PROXY",
        ),
    }
}

fn clock_check(ahead: i64) -> Check {
    let direction = if ahead > 0 { "ahead" } else { "behind" };
    let found = format!("it is {} s {direction} of the registries'", ahead.abs());
    Check::ok(Section::Registry, "clock", "this machine's clock", found).warning(CLOCK)
}
