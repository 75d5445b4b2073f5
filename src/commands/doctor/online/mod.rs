//! The registries themselves: can they be reached, do they take the key, and can an image be pulled?

mod attempts;
mod report;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::command::DoctorScope;
use crate::diagnosis::facts::Facts;
use crate::diagnosis::facts::keys::Keys;
use crate::diagnosis::problems::registries::judge::Good;
use crate::diagnosis::problems::registries::judge::{self, Outcome};
use crate::diagnosis::problems::registries::{KeyOrigin, RegistryProblem};
use crate::diagnosis::{Check, Section, Status};
use crate::keys::FoundKey;
use crate::registry::token_exchange::{Hop, Session, Trial, Verdict, try_image, try_key};
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::http::{BrokenAuthorities, HttpClient, broken_authorities};
use crate::terminal::Console;
use attempts::{Attempt, Login};
use report::{check, in_words, is_about_image, unique};

/// How long all calls together may take: doctor as a whole ends within 30 s.
const TIME_IN_ALL: Duration = Duration::from_secs(12);

/// How many registries are asked at the same time at most.
const THREADS: usize = 32;

/// Tokens are good for minutes: a clock that is off by more makes them bad.
const CLOCK_TOLERANCE: i64 = 120;

/// One outcome, and what it is about.
struct Finding {
    hosts: Vec<RegistryHost>,
    outcome: Outcome,
    status: Status,
    helper_has_key: bool,
}

/// What came of an [`Attempt`].
struct AttemptResult {
    outcome: Outcome,
    clock_ahead: Option<i64>,
    /// The registry cannot be reached by this name.
    is_absent: bool,
    has_answer: bool,
}

/// The answers of the registries.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) checks: Vec<Check>,
    /// The registries that took Docker's own login.
    pub(super) accepted: Vec<RegistryHost>,
}

/// Asks the registries, all of them at the same time.
pub(super) fn ask_registries(
    environment: &Environment,
    facts: &Facts,
    scope: &DoctorScope,
    keys: &Keys,
    console: &mut Console<'_>,
) -> Answers {
    let attempts = attempts::attempts(environment, facts, scope, keys);
    let hosts = unique(attempts.iter().map(|attempt| &attempt.host));
    let client = match HttpClient::new(environment, TIME_IN_ALL) {
        Ok(client) => client,
        Err(error) => {
            let problem = judge::no_connection(&Hop::Registry, &error, None);
            let check = check(facts, "proxy".to_owned(), &problem, &hosts, false);
            return Answers { checks: vec![check], accepted: Vec::new() };
        }
    };
    let authorities = broken_authorities(environment);
    let session = AllRegistries { client: &client, scope, authorities: authorities.as_ref() };
    let results = session.ask(&attempts, console);
    let clock = results.iter().filter_map(|result| result.clock_ahead);
    let clock = clock.into_iter().find(|ahead| ahead.abs() > CLOCK_TOLERANCE);
    let findings = grouped(&attempts, results);
    let took_login = |finding: &&Finding| {
        matches!(finding.outcome, Outcome::Good(Good::KeyAccepted(KeyOrigin::DockerLogin { .. })))
    };
    let accepted = findings.iter().filter(took_login).flat_map(|it| it.hosts.clone()).collect();
    let as_check = |finding| finding_as_check(facts, scope, finding, hosts.len());
    let mut checks: Vec<_> = findings.into_iter().map(as_check).collect();
    checks.extend(clock.map(|ahead| {
        let problem = RegistryProblem::Clock { ahead };
        let check = check(facts, "this machine's clock".to_owned(), &problem, &hosts, false);
        Check { status: Status::Warning, ..check }
    }));
    Answers { checks, accepted }
}

/// A finding as a check of the screen, where `count` registries were asked.
fn finding_as_check(facts: &Facts, scope: &DoctorScope, finding: Finding, count: usize) -> Check {
    let subject = match scope.image() {
        Some(image) if is_about_image(&finding.outcome) => image.to_string(),
        _ => in_words(&finding.hosts, count),
    };
    match finding.outcome {
        Outcome::Good(good) => {
            let id = if scope.image().is_some() { "image" } else { "registry" };
            Check::ok(Section::Registry, id, subject, good.in_words())
        }
        Outcome::Bad(problem) => {
            let has_key = finding.helper_has_key;
            let check = check(facts, subject, &problem, &finding.hosts, has_key);
            Check { status: finding.status, ..check }
        }
    }
}

/// What every attempt needs.
struct AllRegistries<'a> {
    client: &'a HttpClient,
    scope: &'a DoctorScope,
    authorities: Option<&'a BrokenAuthorities>,
}

impl AllRegistries<'_> {
    /// Makes the attempts, several at once, and shows how many have a result.
    fn ask(&self, attempts: &[Attempt], console: &mut Console<'_>) -> Vec<AttemptResult> {
        let until = Instant::now() + TIME_IN_ALL;
        let (sender, receiver) = mpsc::channel();
        console.progress(&format!("Asking {} registries", attempts.len()));
        let next = AtomicUsize::new(0);
        let ask_next = || {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let attempt = attempts.get(at)?;
            let session = Session { client: self.client, host: &attempt.host, until };
            Some((at, ask(&session, self.scope, attempt, self.authorities)))
        };
        let ask_next = &ask_next;
        let mut results: Vec<Option<AttemptResult>> = attempts.iter().map(|_| None).collect();
        thread::scope(|scope| {
            for _ in 0..THREADS.min(attempts.len()) {
                let sender = sender.clone();
                let asking = thread::Builder::new().spawn_scoped(scope, move || {
                    while let Some(result) = ask_next() {
                        // The receiver may have been interrupted.
                        let _ = sender.send(result);
                    }
                });
                if asking.is_err() {
                    break;
                }
            }
            drop(sender);
            // Where the system makes no thread, this one asks.
            let rest = std::iter::from_fn(ask_next);
            for (count, (at, result)) in (1..).zip(receiver.iter().chain(rest)) {
                if let Some(place) = results.get_mut(at) {
                    *place = Some(result);
                }
                let all = attempts.len();
                console.progress(&format!("Asking {all} registries: {count} answered"));
            }
        });
        console.end_progress();
        // Each has a result: the threads end only when there is nothing left to ask.
        results.into_iter().flatten().collect()
    }
}

/// Tries one login at one registry, or one image.
fn ask(
    session: &Session<'_>,
    scope: &DoctorScope,
    attempt: &Attempt,
    authorities: Option<&BrokenAuthorities>,
) -> AttemptResult {
    let (origin, key, fallback) = match &attempt.login {
        Login::None => (None, None, None),
        Login::NotAKey(origin) => {
            let problem = RegistryProblem::NotAKey { origin: origin.clone() };
            let outcome = Outcome::Bad(problem);
            return AttemptResult {
                outcome,
                clock_ahead: None,
                is_absent: false,
                has_answer: false,
            };
        }
        Login::Key { origin, key, fallback } => (Some(origin), Some(key), fallback.as_ref()),
    };
    if let &DoctorScope::Image { ref image, purpose } = scope {
        return match try_image(session, image, key, purpose) {
            Ok(trial) => {
                let outcome = judge::of_image(&trial, image, purpose, origin, authorities);
                AttemptResult::new(&Verdict::Reached, trial.clock_ahead, outcome)
            }
            Err(verdict) => {
                let outcome = judge::of_registry(&verdict, origin, authorities);
                AttemptResult::new(&verdict, None, outcome)
            }
        };
    }
    let Trial { verdict, clock_ahead } = try_key(session, key);
    let mut outcome = judge::of_registry(&verdict, origin, authorities);
    try_fallback(session, &mut outcome, fallback);
    AttemptResult::new(&verdict, clock_ahead, outcome)
}

/// Finds out whether the key that the keyring hides works instead of a refused one.
fn try_fallback(session: &Session<'_>, outcome: &mut Outcome, fallback: Option<&FoundKey>) {
    let (
        Outcome::Bad(
            RegistryProblem::WrongKey { works_instead, .. }
            | RegistryProblem::ExpiredKey { works_instead, .. },
        ),
        Some(fallback),
    ) = (outcome, fallback)
    else {
        return;
    };
    if try_key(session, Some(&fallback.key)).verdict == Verdict::Accepted {
        *works_instead = Some(fallback.source.clone());
    }
}

impl AttemptResult {
    fn new(verdict: &Verdict, clock_ahead: Option<i64>, outcome: Outcome) -> Self {
        Self {
            outcome,
            clock_ahead,
            is_absent: is_absent(verdict),
            has_answer: !matches!(verdict, Verdict::NoConnection { .. }),
        }
    }
}

/// Puts registries with the same outcome together, in the order of the first.
fn grouped(attempts: &[Attempt], results: Vec<AttemptResult>) -> Vec<Finding> {
    let results: Vec<_> = attempts.iter().zip(results).collect();
    let statuses: Vec<_> =
        results.iter().map(|(attempt, result)| status(attempt, result, &results)).collect();
    let mut findings: Vec<Finding> = Vec::new();
    for ((attempt, result), status) in results.into_iter().zip(statuses) {
        match findings.iter_mut().find(|finding| finding.outcome == result.outcome) {
            Some(finding) => {
                if !finding.hosts.contains(&attempt.host) {
                    finding.hosts.push(attempt.host.clone());
                }
                finding.helper_has_key &= attempt.helper_has_key;
                if status == Status::Failure {
                    finding.status = status;
                }
            }
            None => findings.push(Finding {
                hosts: vec![attempt.host.clone()],
                outcome: result.outcome,
                status,
                helper_has_key: attempt.helper_has_key,
            }),
        }
    }
    findings
}

fn status(attempt: &Attempt, result: &AttemptResult, all: &[(&Attempt, AttemptResult)]) -> Status {
    if matches!(result.outcome, Outcome::Good(_)) {
        return Status::Ok;
    }
    // Milan has two registries, and one that is not there keeps no pull from the other.
    let has_twin_that_answers = || {
        all.iter().any(|(other, result)| {
            other.host != attempt.host
                && other.host.region() == attempt.host.region()
                && other.is_needed == attempt.is_needed
                && result.has_answer
        })
    };
    let is_absent_twin = result.is_absent && has_twin_that_answers();
    // What is not used does not keep pulls from working.
    if attempt.is_needed && !is_absent_twin { Status::Failure } else { Status::Warning }
}

fn is_absent(verdict: &Verdict) -> bool {
    matches!(
        verdict,
        Verdict::NoConnection { hop: Hop::Registry, error } if error.is_before_connection()
    )
}
