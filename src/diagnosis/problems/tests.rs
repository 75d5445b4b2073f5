//! The ids of problems are a contract: docs/doctor.md lists each with its severities, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::auth_files::AuthFileProblem;
use super::clients::ClientProblem;
use super::configs::{ConfigProblem, nearest_region};
use super::installed::InstalledProblem;
use super::keys::KeyProblem;
use super::kubelet::{KubeletProblem, Node};
use super::logins::{DockerLoginProblem, HelpersKey, LoginProblem, Obstacle, PlaintextProblem};
use super::moves::MoveProblem;
use super::owners::OwnerProblem;
use super::programs::{Helper, ProgramProblem};
use super::registries::{Context, RegistryProblem};
use super::{Kind, grouped, in_words, regions};
use crate::diagnosis::facts::configs::{FaultKind, FileFault, NamedDirectory, PathFault};
use crate::diagnosis::facts::keys::{ConfigYaml, FaultySource, KeyFault, WrongAnswer};
use crate::diagnosis::facts::owners::ForeignPath;
use crate::diagnosis::{Check, Operator, Status};
use crate::docker::client::ContainerClient;
use crate::docker::credential_helper::HelperFault;
use crate::explain::Explanation;
use crate::helper_name::{ConfiguredHelper, HelperName};
use crate::keys::KeySource;
use crate::kubernetes::provider::ProviderFault;
use crate::kubernetes::provider_config::NotAConfig;
use crate::registry_host::RegistryHost;
use crate::system::files::{Access, FileRights, OtherWriter};
use crate::system::keyring::KeyringError;

fn fr() -> RegistryHost {
    RegistryHost::from_host("rg.fr-par.scw.cloud").unwrap()
}

fn path() -> PathBuf {
    PathBuf::from("/home/ada/file")
}

/// One of each kind, and of each severity that it may have. The compiler asks for new kinds in the
/// functions `id`; the test below asks for them in docs/doctor.md.
fn samples() -> Vec<Box<dyn Kind>> {
    let mut samples: Vec<Box<dyn Kind>> = Vec::new();
    samples.extend(config_samples());
    samples.extend(login_samples());
    samples.extend(key_samples());
    samples
}

fn config_samples() -> Vec<Box<dyn Kind>> {
    let (host, hosts) = (fr, || vec![fr()]);
    let access = |read| Access { owner: Some(0), read, write: false, enter: true };
    let foreign = |read| ForeignPath {
        path: path(),
        owner: "root".to_owned(),
        is_directory: false,
        access: access(read),
    };
    let owner = |read| OwnerProblem { paths: vec![foreign(read)], user: "ada".to_owned() };
    let named =
        NamedDirectory { path: path(), fault: PathFault::Missing, default_has_helper: true };
    let other = |is_on_path| ConfigProblem::OtherHelper {
        hosts: hosts(),
        helper: ConfiguredHelper::parse("pass"),
        is_on_path,
    };
    let never_matches =
        |is_needed| ConfigProblem::NeverMatches { key: "X".to_owned(), host: host(), is_needed };
    let region = |meant, is_needed| ConfigProblem::UnknownRegion {
        host: host(),
        meant,
        helper: HelperName::default(),
        is_needed,
        is_registered: is_needed,
    };
    let fault = |kind| FileFault { reason: String::new(), kind };
    let helper = ConfiguredHelper::parse("pass");
    let (reason, aside) = (String::new, Some(path()));
    let broken = |has_podman| AuthFileProblem::Broken {
        path: path(),
        reason: reason(),
        aside: aside.clone(),
        has_podman,
    };
    let other_of_podman = |has_podman| AuthFileProblem::OtherHelper {
        path: path(),
        host: host(),
        helper: helper.clone(),
        has_podman,
    };
    vec![
        Box::new(owner(false)),
        Box::new(owner(true)),
        Box::new(ConfigProblem::NoHome),
        Box::new(ConfigProblem::Missing(path())),
        Box::new(ConfigProblem::Broken { path: path(), fault: fault(FaultKind::Content) }),
        Box::new(ConfigProblem::Broken { path: path(), fault: fault(FaultKind::Permission) }),
        Box::new(ConfigProblem::Broken { path: path(), fault: fault(FaultKind::Other) }),
        Box::new(ConfigProblem::Variable(named)),
        Box::new(ConfigProblem::NotRegistered { hosts: hosts(), is_any: false }),
        Box::new(other(true)),
        Box::new(other(false)),
        Box::new(ConfigProblem::AsStore { hosts: hosts(), helper: HelperName::default() }),
        Box::new(region(Some("fr-par"), true)),
        Box::new(region(None, false)),
        Box::new(never_matches(true)),
        Box::new(never_matches(false)),
        Box::new(broken(true)),
        Box::new(broken(false)),
        Box::new(other_of_podman(true)),
        Box::new(other_of_podman(false)),
        Box::new(AuthFileProblem::Variable(path())),
        Box::new(InstalledProblem::NotOnPath { program: path(), directory: path() }),
        Box::new(InstalledProblem::Hidden { program: path(), first: path() }),
    ]
}

fn login_samples() -> Vec<Box<dyn Kind>> {
    let login = |is_harmless| {
        LoginProblem::DockerLogin(DockerLoginProblem {
            hosts: vec![fr()],
            place: "in its store pass".to_owned(),
            helpers: HelpersKey::None,
            can_keep: true,
            is_harmless,
        })
    };
    let plaintext = |is_before_helper, obstacle| {
        LoginProblem::Plaintext(PlaintextProblem {
            path: path(),
            servers: vec![fr().to_string()],
            hosts: vec![fr()],
            is_before_helper,
            obstacle,
            podman: Some(ContainerClient::Podman),
            is_partial: false,
        })
    };
    let store = ConfiguredHelper::parse("pass");
    let reason = String::new;
    vec![
        Box::new(login(true)),
        Box::new(login(false)),
        Box::new(plaintext(false, None)),
        Box::new(plaintext(true, None)),
        Box::new(plaintext(true, Some(Obstacle::AnotherKey(KeySource::Keyring)))),
        Box::new(LoginProblem::AuthConfig(vec![fr().to_string()])),
        Box::new(LoginProblem::AuthConfigBroken(reason())),
        Box::new(MoveProblem::KeyNotKept { host: fr(), store, reason: reason() }),
        Box::new(MoveProblem::NotRemoved { path: path(), reason: reason() }),
        Box::new(MoveProblem::OnlyInVariable { host: fr(), source: KeySource::Keyring }),
        Box::new(MoveProblem::LoginUnused { host: fr(), place: String::new() }),
    ]
}

fn key_samples() -> Vec<Box<dyn Kind>> {
    let hosts = || vec![fr()];
    let fault = || KeyFault {
        explanation: Explanation::of_cause("broken"),
        source: FaultySource::Variable,
    };
    let variable =
        |is_needed| KeyProblem::Variable { path: path(), fault: PathFault::Missing, is_needed };
    let answer = |fault| KeyProblem::WrongAnswer {
        hosts: hosts(),
        helper: HelperName::default(),
        answer: WrongAnswer { fault, program: path(), is_foreign: false },
    };
    let yaml = ConfigYaml {
        path: path(),
        is_readable_by_others: Some(true),
        rights: FileRights::default(),
    };
    let client = Some(ContainerClient::Docker);
    vec![
        Box::new(KeyProblem::None { hosts: hosts(), profile: None }),
        Box::new(KeyProblem::Broken { hosts: hosts(), fault: fault(), client }),
        Box::new(KeyProblem::OtherBroken {
            hosts: hosts(),
            used: KeySource::Keyring,
            fault: fault(),
            client,
        }),
        Box::new(variable(true)),
        Box::new(variable(false)),
        Box::new(answer(None)),
        Box::new(answer(Some(HelperFault::Fails))),
        Box::new(KeyProblem::ReadableByOthers(yaml)),
        Box::new(KeyProblem::Keyring { error: KeyringError::Locked, stored: hosts(), client }),
        Box::new(KeyProblem::VariableUnderSudo),
    ]
}

/// The checks of problems of programs and clients, whether the helper is needed or not.
fn program_checks(operator: &Operator) -> Vec<Check> {
    use ProgramProblem as P;
    let name = HelperName::default();
    let (path, none) = (path(), BTreeSet::new());
    let helper = Helper {
        name: &name,
        path: &path,
        rights: FileRights::default(),
        owner_of_way: None,
        real: (path.clone(), FileRights::default()),
        regions: &none,
        is_foreign: false,
        lacks_profile: false,
    };
    let problems = [
        P::Missing,
        P::NotInstalled,
        P::Directory,
        P::BrokenLink,
        P::Incomplete,
        P::NotExecutable,
        P::OnNoexec,
        P::ScwScript(true),
        P::ScwScript(false),
        P::OtherVersion("0.0.1".to_owned()),
        P::Foreign,
        P::Fails,
        P::Shadowed(path.clone()),
        P::Writable(OtherWriter::Everybody),
        P::DirectoryWritable(OtherWriter::Everybody),
    ];
    let clients = [
        ClientProblem::None,
        ClientProblem::Snap,
        ClientProblem::Flatpak,
        ClientProblem::DoesNotRun(None),
    ];
    let check =
        |problem: &P| [true, false].map(|is_needed| problem.check(&helper, is_needed, operator));
    let clients = clients
        .iter()
        .flat_map(|problem| [true, false].map(|is_only| problem.check(None, is_only, operator)));
    problems.iter().flat_map(check).chain(clients).collect()
}

fn kubelet_checks() -> Vec<Check> {
    use KubeletProblem as P;
    let node = Node {
        program: path(),
        config: path(),
        options: Vec::new(),
        sudo: true,
        default_key_file: None,
        env: Vec::new(),
    };
    let text = String::new;
    let problems = [
        P::ProgramMissing,
        P::ProgramDirectory,
        P::BinDirIsFile,
        P::ProgramNotExecutable,
        P::ProgramIncomplete,
        P::ProgramForeign,
        P::ProgramOtherVersion,
        P::ProgramUnreadable(text()),
        P::ProgramFails(ProviderFault::Fails, text()),
        P::ConfigMissing,
        P::ConfigUnreadable(text()),
        P::ConfigBroken(NotAConfig::OtherKind),
        P::NotRegistered,
        P::EntryVersion(4),
        P::EntryWithoutImages(4),
        P::EntryWithoutDuration(4),
        P::EntryLacks(4, Vec::new()),
        P::EntryDiffers(4),
        P::ForeignImages(text()),
        P::KeyFileRelative(text()),
        P::KeyFileMissing(path()),
        P::KeyFileReadable(path()),
        P::NoKey(text()),
        P::KeyBroken(text(), text()),
    ];
    problems.iter().map(|problem| problem.check(&node)).collect()
}

fn registry_checks(operator: &Operator) -> Vec<Check> {
    let hosts = [fr()];
    let context = Context {
        hosts: &hosts,
        helper_has_key: true,
        client: Some(ContainerClient::Docker),
        has_timedatectl: true,
        operator,
    };
    let failures = super::registries::tests::every_problem()
        .into_iter()
        .map(|problem| problem.check(fr().to_string(), &context));
    // A registry that no pull needs is a warning; so is the clock, always.
    let warning = |check: Check| Check { status: Status::Warning, ..check };
    let clock = RegistryProblem::Clock { ahead: 0 }.id();
    let both = |check: Check| {
        let is_clock = check.id == clock;
        [Some(check.clone()).filter(|_| !is_clock), Some(warning(check))]
    };
    failures.flat_map(both).flatten().collect()
}

/// The severities of each id.
fn ids() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let operator = Operator::of_test(1000);
    let samples = samples();
    let checks = samples.iter().map(|problem| problem.check(&operator));
    let checks = checks.chain(program_checks(&operator)).chain(registry_checks(&operator));
    let checks = checks.chain(kubelet_checks());
    let mut ids: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for check in checks {
        assert!(check.fix.as_ref().is_some_and(|fix| !fix.line().is_empty()), "{check:?}");
        let severity = match check.status {
            Status::Failure => "failure",
            Status::Warning => "warning",
            Status::Ok => panic!("a problem that is none: {check:?}"),
        };
        ids.entry(check.id).or_default().insert(severity);
    }
    ids
}

#[test]
fn the_documentation_lists_each_id_with_its_severities_and_no_other() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/doctor.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut documented = BTreeMap::new();
    let (_, page) = page.split_once("## Problems by id").unwrap();
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [id, meaning, severity, fix] = cells.as_slice() else { panic!("{row}") };
        assert!(!meaning.is_empty() && !fix.is_empty(), "{row}");
        let severities: BTreeSet<_> = severity.split(" or ").collect();
        let twice = documented.insert(id.trim_matches('`').to_owned(), severities);
        assert_eq!(twice, None, "{row}");
    }
    let documented: BTreeMap<_, _> =
        documented.iter().map(|(id, severities)| (id.as_str(), severities.clone())).collect();
    for (id, severities) in ids() {
        assert_eq!(documented.get(id), Some(&severities), "{id}");
    }
    let ids = ids();
    let unknown: Vec<_> = documented.keys().filter(|id| !ids.contains_key(*id)).collect();
    assert_eq!(unknown, [] as [&&str; 0]);
}

#[test]
fn a_region_is_suggested_if_few_letters_differ() {
    for (region, meant) in [
        ("fr-pra", Some("fr-par")),
        ("nl-amd", Some("nl-ams")),
        ("pl-wav", Some("pl-waw")),
        ("it-mli", Some("it-mil")),
        ("fr-par", None),
        // A region that may have been opened since.
        ("de-fra", None),
        ("es-mad", None),
    ] {
        assert_eq!(nearest_region(region), meant, "{region}");
    }
}

#[test]
fn registries_with_the_same_value_are_one_group() {
    let known: Vec<_> = RegistryHost::known().collect();
    assert_eq!(in_words(&known), "all 5 registries");
    assert_eq!(in_words(&known[3..]), "rg.it-mil.scw.cloud, rg.it-mil.scw.eu");
    assert_eq!(regions(&known[1..]), "nl-ams,pl-waw,it-mil");
    let groups = grouped(known.iter().cloned().zip([1, 2, 1, 2, 3]));
    let groups: Vec<_> = groups.iter().map(|(hosts, value)| (hosts.len(), *value)).collect();
    assert_eq!(groups, [(2, 1), (2, 2), (1, 3)]);
}
