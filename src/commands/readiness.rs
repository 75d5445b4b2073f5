//! Is a registry ready to pull from, seen as Docker sees it?

use std::fmt::Display;
use std::path::Path;

use serde::{Serialize, Serializer};

use super::target_config::TargetConfig;
use crate::diagnosis::problems::Kind;
use crate::diagnosis::problems::configs::ConfigProblem;
use crate::diagnosis::problems::keys::KeyProblem;
use crate::diagnosis::{Fix, Operator};
use crate::docker::config::ConfigDocument;
use crate::docker::credential_helper::{self, HelperFault};
use crate::explain::{Explain as _, Explanation};
use crate::helper_name::{ConfiguredHelper, HelperName};
use crate::keys::{KeyLookup, KeySource};
use crate::registry_host::RegistryHost;
use crate::system::process::AskingTime;
use crate::terminal::{Wrap, table};

/// What is known of one registry.
#[derive(Debug, Serialize)]
pub(super) struct Readiness {
    #[serde(serialize_with = "as_text")]
    host: RegistryHost,
    /// The helper that is registered for it in Docker's config.
    #[serde(serialize_with = "as_text_if_any")]
    helper: Option<ConfiguredHelper>,
    /// The source of its key.
    #[serde(serialize_with = "as_text_if_any")]
    key_from: Option<KeySource>,
    /// The helper answers.
    pub(super) ready: bool,
    /// What is missing.
    pub(super) problem: Option<String>,
    /// What to do about that.
    pub(super) hint: Option<String>,
}

impl Readiness {
    /// Returns whether `helper` is registered for the registry, and has no key for it.
    pub(super) fn lacks_key_of(&self, helper: &HelperName) -> bool {
        let registered = self.helper.as_ref().and_then(ConfiguredHelper::scw_helper);
        !self.ready && self.key_from.is_none() && registered == Some(helper)
    }
}

fn as_text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn as_text_if_any<S: Serializer>(
    value: &Option<impl Display>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

/// Asks the installed program for every host that it is registered for, as Docker will, unless
/// `is_hidden` says that Docker does not start it.
pub(super) fn check(
    target: &TargetConfig<'_>,
    config: &ConfigDocument,
    hosts: &[RegistryHost],
    program: &Path,
    is_hidden: bool,
    operator: &Operator,
    time: &AskingTime,
) -> Vec<Readiness> {
    let helper = &HelperName::of_file(program).unwrap_or_default();
    let lookup = KeyLookup::new(target.environment(), helper.profile());
    let check_one = |host: &RegistryHost| {
        let registered = config.cred_helper(host);
        let is_this = registered.as_ref().and_then(ConfiguredHelper::scw_helper) == Some(helper);
        // Another name of this helper: the plain one, or that of another profile.
        let sibling = registered.as_ref().filter(|_| !is_this).and_then(|other| {
            let program = credential_helper::program_of(target.environment(), other);
            Some((program.filter(|_| other.is_scw_helper())?, other.scw_helper()?.profile()))
        });
        let ask = |program: &Path, profile: Option<&str>| {
            let answer = credential_helper::ask(target.environment(), program, host, time);
            answer.map(|_| ()).map_err(|fault| explained(&fault, host, profile, operator))
        };
        let (source, answer) = match (&registered, sibling) {
            (Some(_), _) if is_this && is_hidden => (
                lookup.source_for(host),
                Err(Explanation::of_cause("Docker does not start it (see above)")),
            ),
            (Some(_), _) if is_this => (lookup.source_for(host), ask(program, helper.profile())),
            (Some(_), Some((program, profile))) => {
                let lookup = KeyLookup::new(target.environment(), profile);
                (lookup.source_for(host), ask(&program, profile))
            }
            (Some(other), _) => (Ok(None), Err(left_to(other, host))),
            (None, _) => (Ok(None), Err(Explanation::of_cause("not registered"))),
        };
        Readiness {
            host: host.clone(),
            helper: registered,
            key_from: source.ok().flatten(),
            ready: answer.is_ok(),
            problem: answer.as_ref().err().map(|problem| problem.cause.clone()),
            hint: answer.err().and_then(|problem| problem.hint),
        }
    };
    hosts.iter().map(check_one).collect()
}

/// A registry that is left to another helper, in doctor's words. The fix is printed above the table.
fn left_to(helper: &ConfiguredHelper, host: &RegistryHost) -> Explanation {
    let (hosts, helper) = (vec![host.clone()], helper.clone());
    Explanation::of_cause(ConfigProblem::OtherHelper { hosts, helper, is_on_path: true }.cause())
}

/// Why the helper gives no key; that there is none in doctor's words.
fn explained(
    fault: &HelperFault,
    host: &RegistryHost,
    profile: Option<&str>,
    operator: &Operator,
) -> Explanation {
    if *fault != HelperFault::NoKey {
        return Explanation { cause: fault.cause(), hint: fault.hint() };
    }
    let problem =
        KeyProblem::None { hosts: vec![host.clone()], profile: profile.map(ToOwned::to_owned) };
    Explanation::of_cause(problem.cause()).with_hint(Fix::line(&problem.fix(operator)))
}

/// The table that `install` ends with.
pub(super) fn as_table(readiness: &[Readiness], wrap: Wrap) -> String {
    let row = |one: &Readiness| {
        let registered = one.helper.as_ref().map_or("no".to_owned(), ToString::to_string);
        let key_from = one.key_from.as_ref().map_or("-".to_owned(), ToString::to_string);
        let ready = match one.key_from {
            Some(KeySource::Variable(_)) => "ready while it is set",
            _ => "ready",
        };
        let status = match (&one.problem, &one.hint) {
            (Some(problem), Some(hint)) => format!("{problem}; {hint}"),
            (Some(problem), None) => problem.clone(),
            (None, _) => ready.to_owned(),
        };
        vec![one.host.to_string(), registered, key_from, status]
    };
    let rows: Vec<_> = readiness.iter().map(row).collect();
    table(&["REGISTRY", "HELPER", "KEY FROM", "STATUS"], &rows, wrap)
}
