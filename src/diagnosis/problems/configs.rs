//! Problems of the config files: which helper is registered for which registry.

use std::path::PathBuf;

use super::{Kind, Problem, Scope, grouped, in_words, regions};
use crate::diagnosis::facts::Facts;
use crate::diagnosis::facts::configs::{
    FaultKind, FileFault, NamedDirectory, PathFault, Registered, RegisteredIn,
};
use crate::diagnosis::{Command, Fix, Operator, Section, Status};
use crate::helper_name::{ConfiguredHelper, HelperName};
use crate::printable::printable_path;
use crate::registry_host::{REGIONS, RegistryHost, ServerUrl};

/// The most letters that differ between a region and the suggested one.
const MAX_DISTANCE: usize = 2;

/// A problem of a config file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConfigProblem {
    /// There is no home directory.
    NoHome,
    /// Docker's config.json does not exist.
    Missing(PathBuf),
    /// Docker's config.json cannot be read.
    Broken { path: PathBuf, fault: FileFault },
    /// `DOCKER_CONFIG` names something that is no directory.
    Variable(NamedDirectory),
    /// No helper of this project is registered for these registries.
    NotRegistered { hosts: Vec<RegistryHost>, is_any: bool },
    /// Another project's helper is registered for these registries.
    OtherHelper { hosts: Vec<RegistryHost>, helper: ConfiguredHelper, is_on_path: bool },
    /// The helper is registered as `credsStore`, which podman does not use.
    AsStore { hosts: Vec<RegistryHost>, helper: HelperName },
    /// The helper is registered for a region that does not exist.
    UnknownRegion {
        host: RegistryHost,
        meant: Option<&'static str>,
        helper: HelperName,
        is_needed: bool,
        /// False in a dry run: there is nothing to undo.
        is_registered: bool,
    },
    /// An entry of `credHelpers` that no client looks up.
    NeverMatches { key: String, host: RegistryHost, is_needed: bool },
}

/// Judges Docker's config.
pub(crate) fn judge(facts: &Facts, scope: &Scope) -> Vec<Problem> {
    let mut problems: Vec<_> = of_file(facts).into_iter().collect();
    if facts.docker_config.is_readable() {
        problems.extend(registrations(facts, scope));
        problems.extend(never_matching(facts));
    }
    problems.into_iter().map(Problem::Config).collect()
}

fn of_file(facts: &Facts) -> Option<ConfigProblem> {
    let config = &facts.docker_config;
    // A user of podman alone needs no file of Docker's.
    let is_needed = facts.has_docker() || facts.registered.is_empty();
    let Some(path) = config.path.clone() else { return Some(ConfigProblem::NoHome) };
    if let Some(variable) = config.variable.clone() {
        return Some(ConfigProblem::Variable(variable)).filter(|_| is_needed);
    }
    if let Some(fault) = config.fault.clone() {
        let is_owners = facts.owners.hide(&path);
        return (!is_owners).then_some(ConfigProblem::Broken { path, fault });
    }
    (!config.is_readable() && is_needed && !facts.owners.hide(&path))
        .then_some(ConfigProblem::Missing(path))
}

fn registrations(facts: &Facts, scope: &Scope) -> Vec<ConfigProblem> {
    let is_any = !facts.registered.is_empty();
    let misspelt: Vec<_> = facts.registered.iter().filter_map(|it| misspelt(facts, it)).collect();
    let mut problems = Vec::new();
    let stores = facts.registered.iter().filter(|it| {
        it.place == RegisteredIn::CredsStore
            && !it.serves_podman
            && facts.podman().is_some()
            && scope.has(&it.host)
    });
    let stores = grouped(stores.map(|it| (it.host.clone(), it.helper.clone())));
    problems
        .extend(stores.into_iter().map(|(hosts, helper)| ConfigProblem::AsStore { hosts, helper }));
    let other = |host: &RegistryHost| {
        let is_free = facts.helper_for(host).is_none() && facts.docker_login(host).is_none();
        let other = facts.docker_config.document.cred_helper(host);
        is_free.then(|| (host.clone(), other))
    };
    for (hosts, helper) in grouped(scope.hosts.iter().filter_map(other)) {
        if let Some(helper) = helper {
            let is_on_path = !facts.missing_helpers.contains(&helper.program());
            problems.push(ConfigProblem::OtherHelper { hosts, helper, is_on_path });
            continue;
        }
        // A misspelt entry for the registry is a separate problem. One that was left out on purpose is no
        // problem.
        let is_reported = |host: &&RegistryHost| misspelt.iter().any(|it| it.is_about(host));
        let hosts: Vec<_> = hosts.iter().filter(|host| !is_reported(host)).cloned().collect();
        if !hosts.is_empty() && (!is_any || scope.is_chosen) {
            problems.push(ConfigProblem::NotRegistered { hosts, is_any });
        }
    }
    problems.extend(misspelt);
    problems
}

fn misspelt(facts: &Facts, registered: &Registered) -> Option<ConfigProblem> {
    let meant = nearest_region(registered.host.region())?;
    let is_served = |host: &RegistryHost| facts.helper_for(host).is_some();
    Some(ConfigProblem::UnknownRegion {
        host: registered.host.clone(),
        meant: Some(meant),
        helper: registered.helper.clone(),
        is_needed: !RegistryHost::of_region(meant).iter().any(is_served),
        is_registered: true,
    })
}

/// Returns the region that was meant by one that does not exist; `None` if it exists, or is like
/// none: it may have been opened since.
pub(crate) fn nearest_region(region: &str) -> Option<&'static str> {
    if REGIONS.contains(&region) {
        return None;
    }
    let distance = |known: &&'static str| strsim::damerau_levenshtein(region, known);
    REGIONS.into_iter().min_by_key(distance).filter(|known| distance(known) <= MAX_DISTANCE)
}

/// Clients look hosts up letter by letter.
fn never_matching(facts: &Facts) -> Vec<ConfigProblem> {
    let problem = |(key, _): (String, ConfiguredHelper)| {
        let host = ServerUrl::parse(key.trim())?.host;
        let is_needed = facts.helper_for(&host).is_none() && facts.docker_login(&host).is_none();
        (key != host.to_string()).then_some(ConfigProblem::NeverMatches { key, host, is_needed })
    };
    facts.docker_config.document.cred_helpers().into_iter().filter_map(problem).collect()
}

impl Kind for ConfigProblem {
    fn id(&self) -> &'static str {
        match self {
            Self::NoHome => "docker-config-no-home",
            Self::Missing(_) => "docker-config-missing",
            Self::Broken { .. } => "docker-config-broken",
            Self::Variable(_) => "docker-config-variable",
            Self::NotRegistered { .. } => "not-registered",
            Self::OtherHelper { .. } => "other-helper",
            Self::AsStore { .. } => "registered-as-store",
            Self::UnknownRegion { .. } => "unknown-region",
            Self::NeverMatches { .. } => "entry-never-matches",
        }
    }

    fn section(&self) -> Section {
        Section::Config
    }

    fn subject(&self) -> String {
        match self {
            Self::NoHome => "Docker's config.json".to_owned(),
            Self::Missing(path) | Self::Broken { path, .. } => printable_path(path),
            Self::Variable(_) => "DOCKER_CONFIG".to_owned(),
            Self::NotRegistered { hosts, .. }
            | Self::OtherHelper { hosts, .. }
            | Self::AsStore { hosts, .. } => in_words(hosts),
            Self::UnknownRegion { host, .. } => host.to_string(),
            Self::NeverMatches { key, .. } => key.clone(),
        }
    }

    fn severity(&self) -> Status {
        match self {
            Self::NoHome
            | Self::Missing(_)
            | Self::Broken { .. }
            | Self::Variable(_)
            | Self::NotRegistered { .. }
            | Self::AsStore { .. }
            | Self::UnknownRegion { is_needed: true, .. }
            | Self::NeverMatches { is_needed: true, .. } => Status::Failure,
            // Docker looks into its own file, and has no login there.
            Self::OtherHelper { helper, is_on_path, .. }
                if !is_on_path || helper.is_dockers_file() =>
            {
                Status::Failure
            }
            Self::OtherHelper { .. } | Self::UnknownRegion { .. } | Self::NeverMatches { .. } => {
                Status::Warning
            }
        }
    }

    fn cause(&self) -> String {
        match self {
            Self::NoHome => "there is no home directory to find it in".to_owned(),
            Self::Missing(_) => "does not exist, so no helper is registered".to_owned(),
            Self::Broken { fault, .. } => fault.reason.clone(),
            Self::Variable(NamedDirectory { path, fault, .. }) => {
                let path = printable_path(path);
                match fault {
                    PathFault::Missing => format!("it names {path}, which does not exist"),
                    _ => format!("it names {path}, which is not a directory"),
                }
            }
            Self::NotRegistered { .. } => "no helper is registered".to_owned(),
            Self::OtherHelper { helper, .. } if helper.is_dockers_file() => {
                "left to Docker's own file by an empty entry in credHelpers, and there is no login"
                    .to_owned()
            }
            Self::OtherHelper { helper, is_on_path: false, .. } => {
                format!("the helper {helper} is registered, and it is not on PATH")
            }
            Self::OtherHelper { helper, .. } => {
                format!("the helper {helper} is registered instead of this one")
            }
            Self::AsStore { helper, .. } => format!(
                "{helper} is registered as credsStore, which podman, buildah and skopeo do not use"
            ),
            Self::UnknownRegion { meant: Some(meant), .. } => {
                format!("no such region; did you mean {meant}?")
            }
            Self::UnknownRegion { meant: None, .. } => {
                format!("no region that this version knows ({})", REGIONS.join(", "))
            }
            Self::NeverMatches { host, .. } => {
                format!("this entry of credHelpers never matches: clients ask for {host}")
            }
        }
    }

    fn fix(&self, operator: &Operator) -> Fix {
        match self {
            Self::NoHome => "set HOME or DOCKER_CONFIG".into(),
            Self::Missing(_) | Self::AsStore { .. } | Self::NotRegistered { is_any: false, .. } => {
                operator.install(&[]).into()
            }
            Self::Broken { fault, .. } => {
                let by_hand = match fault.kind {
                    FaultKind::Content => "correct the file",
                    FaultKind::Permission => {
                        "make sure that you may read the file and enter its directory"
                    }
                    FaultKind::Other => "move it away",
                };
                Fix::ByHand(by_hand.to_owned(), vec![operator.install(&[])])
            }
            Self::Variable(NamedDirectory {
                fault: PathFault::Missing,
                default_has_helper: false,
                ..
            }) => operator.install(&[]).into(),
            Self::Variable(_) => Command::unset("DOCKER_CONFIG").into(),
            Self::NotRegistered { hosts, .. } => {
                operator.install(&["--region", &regions(hosts)]).into()
            }
            // Without regions, install would take over others as well.
            Self::OtherHelper { hosts, .. } => {
                operator.install(&["--force", "--region", &regions(hosts)]).into()
            }
            Self::UnknownRegion { host, meant, helper, is_registered, .. } => {
                let registered = is_registered.then_some(host);
                unknown_region(operator, registered, *meant, helper)
            }
            Self::NeverMatches { key, .. } => {
                let by_hand = format!("delete \"{key}\" from credHelpers");
                Fix::ByHand(by_hand, vec![operator.install(&[])])
            }
        }
    }
}

impl ConfigProblem {
    /// Returns whether the problem tells how `host` is registered.
    pub(super) fn is_about(&self, host: &RegistryHost) -> bool {
        match self {
            Self::NotRegistered { hosts, .. }
            | Self::OtherHelper { hosts, .. }
            | Self::AsStore { hosts, .. } => hosts.contains(host),
            Self::UnknownRegion { host: unknown, meant, .. } => {
                unknown == host || *meant == Some(host.region())
            }
            Self::NoHome
            | Self::Missing(_)
            | Self::Broken { .. }
            | Self::Variable(_)
            | Self::NeverMatches { is_needed: false, .. } => false,
            Self::NeverMatches { host: meant, .. } => meant == host,
        }
    }
}

/// Registers the region that was meant, then removes the other, if it is `registered`. In this order,
/// `uninstall` does not remove a program that is still needed.
fn unknown_region(
    operator: &Operator,
    registered: Option<&RegistryHost>,
    meant: Option<&str>,
    helper: &HelperName,
) -> Fix {
    let profile = helper.profile().into_iter().flat_map(|profile| ["--profile", profile]);
    let profile: Vec<_> = profile.collect();
    let about = |region| [&["--region", region], profile.as_slice()].concat();
    let remove = registered.map(|host| operator.uninstall(&about(host.region())));
    match (meant, remove) {
        (Some(meant), remove) => {
            let install = operator.install(&about(meant));
            Fix::Run([install].into_iter().chain(remove).collect())
        }
        (None, Some(remove)) => {
            Fix::ByHand("check the region's name; if it is wrong".to_owned(), vec![remove])
        }
        (None, None) => "check the region's name".into(),
    }
}
