//! The registries themselves: can they be reached, do they take the key, and can an image be pulled?

mod asked;
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
use crate::registry::token_exchange::{Hop, Session, Trial, Verdict, try_image, try_key};
use crate::registry_host::RegistryHost;
use crate::system::environment::Environment;
use crate::system::http::{BrokenAuthorities, HttpClient, broken_authorities};
use crate::terminal::Console;
use asked::{Asked, Login};
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

/// What came of one [`Asked`].
struct Answered {
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

pub(super) fn ask_registries(
    environment: &Environment,
    facts: &Facts,
    scope: &DoctorScope,
    keys: &Keys,
    console: &mut Console<'_>,
) -> Answers {
    let asked = asked::trials(environment, facts, scope, keys);
    let client = match HttpClient::new(environment, TIME_IN_ALL) {
        Ok(client) => client,
        Err(error) => {
            let problem = judge::no_connection(&Hop::Registry, &error, None);
            let hosts = unique(asked.iter().map(|asked| &asked.host));
            let check = check(facts, "proxy".to_owned(), &problem, &hosts, false);
            return Answers { checks: vec![check], accepted: Vec::new() };
        }
    };
    let authorities = broken_authorities(environment);
    let answers = ask_all(&client, scope, &asked, authorities.as_ref(), console);
    let clock = answers.iter().filter_map(|answer| answer.clock_ahead);
    let clock = clock.into_iter().find(|ahead| ahead.abs() > CLOCK_TOLERANCE);
    let findings = grouped(&asked, answers);
    let took_login = |finding: &&Finding| {
        matches!(finding.outcome, Outcome::Good(Good::KeyAccepted(KeyOrigin::DockerLogin { .. })))
    };
    let accepted = findings.iter().filter(took_login).flat_map(|it| it.hosts.clone()).collect();
    let all = unique(asked.iter().map(|asked| &asked.host));
    let mut checks: Vec<_> = findings
        .into_iter()
        .map(|finding| {
            let subject = match scope.image() {
                Some(image) if is_about_image(&finding.outcome) => image.to_string(),
                _ => in_words(&finding.hosts, all.len()),
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
        })
        .collect();
    checks.extend(clock.map(|ahead| {
        let problem = RegistryProblem::Clock { ahead };
        let check = check(facts, "this machine's clock".to_owned(), &problem, &all, false);
        Check { status: Status::Warning, ..check }
    }));
    Answers { checks, accepted }
}

/// Asks several at once, and shows how many have answered.
fn ask_all(
    client: &HttpClient,
    scope: &DoctorScope,
    asked: &[Asked],
    authorities: Option<&BrokenAuthorities>,
    console: &mut Console<'_>,
) -> Vec<Answered> {
    let until = Instant::now() + TIME_IN_ALL;
    let (tell, hear) = mpsc::channel();
    console.progress(&format!("Asking {} registries", asked.len()));
    let next = AtomicUsize::new(0);
    let ask_next = || {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let asked = asked.get(at)?;
        let session = Session { client, host: &asked.host, until };
        Some((at, ask(&session, scope, asked, authorities)))
    };
    let ask_next = &ask_next;
    let mut answers: Vec<Option<Answered>> = asked.iter().map(|_| None).collect();
    let mut answered = 0;
    let mut note = |console: &mut Console<'_>, (at, answer): (usize, Answered)| {
        if let Some(slot) = answers.get_mut(at) {
            *slot = Some(answer);
        }
        answered += 1;
        console.progress(&format!("Asking {} registries: {answered} answered", asked.len()));
    };
    thread::scope(|scope| {
        for _ in 0..THREADS.min(asked.len()) {
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
    // Every one was answered: the threads end only when there is nothing left to ask.
    answers.into_iter().flatten().collect()
}

/// Tries one login at one registry, or one image.
fn ask(
    session: &Session<'_>,
    scope: &DoctorScope,
    asked: &Asked,
    authorities: Option<&BrokenAuthorities>,
) -> Answered {
    let (origin, key, below) = match &asked.login {
        Login::None => (None, None, None),
        Login::NotAKey(origin) => {
            let problem = RegistryProblem::NotAKey { origin: origin.clone() };
            let outcome = Outcome::Bad(problem);
            return Answered { outcome, clock_ahead: None, is_absent: false, has_answer: false };
        }
        Login::Key { origin, key, below } => (Some(origin), Some(key), below.as_ref()),
    };
    let whole = |verdict: &Verdict, clock_ahead, outcome| Answered {
        outcome,
        clock_ahead,
        is_absent: is_absent(verdict),
        has_answer: !matches!(verdict, Verdict::NoConnection { .. }),
    };
    if let &DoctorScope::Image { ref image, purpose } = scope {
        return match try_image(session, image, key, purpose) {
            Ok(trial) => {
                let outcome = judge::of_image(&trial, image, purpose, origin, authorities);
                whole(&Verdict::Reached, trial.clock_ahead, outcome)
            }
            Err(verdict) => {
                let outcome = judge::of_registry(&verdict, origin, authorities);
                whole(&verdict, None, outcome)
            }
        };
    }
    let Trial { verdict, clock_ahead } = try_key(session, key);
    let mut outcome = judge::of_registry(&verdict, origin, authorities);
    if let (
        Outcome::Bad(
            RegistryProblem::WrongKey { works_instead, .. }
            | RegistryProblem::ExpiredKey { works_instead, .. },
        ),
        Some(below),
    ) = (&mut outcome, below)
        && try_key(session, Some(&below.key)).verdict == Verdict::Accepted
    {
        *works_instead = Some(below.source.clone());
    }
    whole(&verdict, clock_ahead, outcome)
}

/// Puts registries with the same outcome together, in the order of the first.
fn grouped(asked: &[Asked], answers: Vec<Answered>) -> Vec<Finding> {
    let answers: Vec<_> = asked.iter().zip(answers).collect();
    let statuses: Vec<_> =
        answers.iter().map(|(asked, answer)| status(asked, answer, &answers)).collect();
    let mut findings: Vec<Finding> = Vec::new();
    for ((asked, answer), status) in answers.into_iter().zip(statuses) {
        match findings.iter_mut().find(|finding| finding.outcome == answer.outcome) {
            Some(finding) => {
                if !finding.hosts.contains(&asked.host) {
                    finding.hosts.push(asked.host.clone());
                }
                finding.helper_has_key &= asked.helper_has_key;
                if status == Status::Failure {
                    finding.status = status;
                }
            }
            None => findings.push(Finding {
                hosts: vec![asked.host.clone()],
                outcome: answer.outcome,
                status,
                helper_has_key: asked.helper_has_key,
            }),
        }
    }
    findings
}

fn status(asked: &Asked, answer: &Answered, all: &[(&Asked, Answered)]) -> Status {
    if matches!(answer.outcome, Outcome::Good(_)) {
        return Status::Ok;
    }
    // Milan has two registries, and one that is not there keeps no pull from the other.
    let has_twin_that_answers = || {
        all.iter().any(|(other, answer)| {
            other.host != asked.host
                && other.host.region() == asked.host.region()
                && other.is_needed == asked.is_needed
                && answer.has_answer
        })
    };
    let is_absent_twin = answer.is_absent && has_twin_that_answers();
    // What is not used does not keep pulls from working.
    if asked.is_needed && !is_absent_twin { Status::Failure } else { Status::Warning }
}

fn is_absent(verdict: &Verdict) -> bool {
    matches!(
        verdict,
        Verdict::NoConnection { hop: Hop::Registry, error } if error.is_before_connection()
    )
}
