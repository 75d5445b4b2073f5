//! Is a registry ready to pull from, seen as Docker sees it?

use std::path::Path;

use serde::Serialize;

use super::target_config::TargetConfig;
use crate::docker::config::ConfigDocument;
use crate::docker::credential_helper;
use crate::explain::Explanation;
use crate::helper_name::{ConfiguredHelper, HelperName};
use crate::keys::KeyLookup;
use crate::program_name::ProgramName;
use crate::registry_host::RegistryHost;
use crate::system::process::AskingTime;
use crate::terminal::{Wrap, table};

/// What is known of one registry.
#[derive(Debug, Serialize)]
pub(super) struct Readiness {
    pub(super) host: String,
    /// The helper that Docker's config names for it.
    pub(super) helper: Option<String>,
    /// Where its key comes from; never the key.
    pub(super) key_from: Option<String>,
    /// The helper answers.
    pub(super) ready: bool,
    /// What is missing.
    pub(super) problem: Option<String>,
    /// What to do about that.
    pub(super) hint: Option<String>,
}

/// Asks the installed program for every host whose helper is `helper`, as Docker will, unless
/// `defeat` says why Docker will not come so far.
pub(super) fn check(
    target: &TargetConfig<'_>,
    config: &ConfigDocument,
    hosts: &[RegistryHost],
    program: &Path,
    helper: &HelperName,
    defeat: Option<&str>,
    time: &AskingTime,
) -> Vec<Readiness> {
    let name = ProgramName::from_arg0(program.file_name());
    let lookup = KeyLookup::new(target.environment(), name.bound_profile());
    let check_one = |host: &RegistryHost| {
        let wired = config.cred_helper(host);
        let is_ours = wired.as_ref().and_then(ConfiguredHelper::ours) == Some(helper);
        // Another name of this helper: the plain one, or that of another profile.
        let sibling = wired.as_ref().filter(|_| !is_ours).and_then(|other| {
            let program = credential_helper::program_of(target.environment(), other);
            Some((program.filter(|_| other.is_ours())?, other.ours()?.profile()))
        });
        let (source, answer) = match (&wired, sibling) {
            (Some(_), _) if is_ours && defeat.is_some() => (
                lookup.source_for(host),
                Err(Explanation::of_cause("Docker does not start it (see above)")),
            ),
            (Some(_), _) if is_ours => (lookup.source_for(host), ask(target, program, host, time)),
            (Some(_), Some((program, profile))) => {
                let lookup = KeyLookup::new(target.environment(), profile);
                (lookup.source_for(host), ask(target, &program, host, time))
            }
            (Some(other), _) if other.is_dockers_file() => {
                (Ok(None), Err(Explanation::of_cause("left to Docker's own file")))
            }
            (Some(other), _) => {
                (Ok(None), Err(Explanation::of_cause(format!("left to the helper {other}"))))
            }
            (None, _) => (Ok(None), Err(Explanation::of_cause("not wired"))),
        };
        Readiness {
            host: host.to_string(),
            helper: wired.map(|helper| helper.to_string()),
            key_from: source.ok().flatten().map(|source| source.to_string()),
            ready: answer.is_ok(),
            problem: answer.as_ref().err().map(|problem| problem.cause.clone()),
            hint: answer.err().and_then(|problem| problem.hint),
        }
    };
    hosts.iter().map(check_one).collect()
}

/// The table that `install` ends with.
pub(super) fn as_table(readiness: &[Readiness], wrap: Wrap) -> String {
    let row = |one: &Readiness| {
        let wired = one.helper.clone().unwrap_or_else(|| "no".to_owned());
        let key_from = one.key_from.clone().unwrap_or_else(|| "-".to_owned());
        let ready =
            if key_from.starts_with("variable ") { "ready while it is set" } else { "ready" };
        let status = match (&one.problem, &one.hint) {
            (Some(problem), Some(hint)) => format!("{problem}; {hint}"),
            (Some(problem), None) => problem.clone(),
            (None, _) => ready.to_owned(),
        };
        vec![one.host.clone(), wired, key_from, status]
    };
    let rows: Vec<_> = readiness.iter().map(row).collect();
    table(&["REGISTRY", "WIRED TO", "KEY FROM", "STATUS"], &rows, wrap)
}

/// Whether the helper answers, as Docker will ask it. Its answer is thrown away.
fn ask(
    target: &TargetConfig<'_>,
    program: &Path,
    host: &RegistryHost,
    time: &AskingTime,
) -> Result<(), Explanation> {
    let answer = credential_helper::ask(target.environment(), program, host, time);
    answer.map(|_| ()).map_err(|fault| Explanation::from(&fault))
}
