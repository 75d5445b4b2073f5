//! What a command line means, as plain values.

use std::ffi::OsString;

use super::command::{
    Command, Connection, CopiedKey, DoctorScope, LoginKey, Mode, NamespaceCommand, NamespaceOwner,
    Order, OrderField, PruneRule, Regions, Registries, TagCommand, TagPrune, Trigger,
    UninstallScope,
};
use super::{Refusal, parse};
use crate::registry::token_exchange::Purpose;
use crate::registry_host::RegistryHost;

const PLAIN: &str = "docker-credential-scw";

/// The name that binds the helper to the profile `prod`.
const BOUND: &str = "/usr/local/bin/docker-credential-scw-prod";

fn result(program: &str, line: &str) -> Result<Command, Refusal> {
    let words = [program].into_iter().chain(line.split_whitespace());
    parse(&words.map(OsString::from).collect::<Vec<_>>())
}

fn command(line: &str) -> Command {
    result(PLAIN, line).unwrap()
}

fn host(name: &str) -> RegistryHost {
    RegistryHost::from_host(name).unwrap()
}

fn tag_prune(options: &str) -> TagPrune {
    match command(&format!("tag prune my-ns/app {options}")) {
        Command::Tag(TagCommand::Prune(prune)) => *prune,
        other => panic!("{other:?}"),
    }
}

#[test]
fn regions_are_named_once_and_all_keeps_other_regions() {
    let regions = |options: &str| match command(&format!("install {options}")) {
        Command::Install(install) => install.regions,
        other => panic!("{other:?}"),
    };
    let of = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(regions(""), Regions::Default);
    assert_eq!(regions("--region nl-ams,fr-par,nl-ams"), Regions::Named(of(&["nl-ams", "fr-par"])));
    assert_eq!(
        regions("region=xx-new,all"),
        Regions::All(of(&["xx-new", "fr-par", "nl-ams", "pl-waw", "it-mil"]))
    );
}

#[test]
fn the_profile_is_that_of_the_option_then_that_of_the_programs_name() {
    let profile = |program, line| match result(program, line).unwrap() {
        Command::Install(install) => install.target.profile,
        Command::KubeletInstall(install) => install.profile,
        Command::Uninstall(uninstall) => uninstall.target.profile,
        Command::SaveKey(save_key) => save_key.profile.chosen().map(str::to_owned),
        other => panic!("{other:?}"),
    };
    for (line, of_plain, of_bound) in [
        ("install", None, Some("prod")),
        ("install --profile dev", Some("dev"), Some("dev")),
        ("install --kubelet --preset k3s", None, Some("prod")),
        ("uninstall", None, Some("prod")),
        ("uninstall --all", None, None),
        ("save-key", None, Some("prod")),
        ("save-key --profile dev", Some("dev"), Some("dev")),
    ] {
        assert_eq!(profile(PLAIN, line).as_deref(), of_plain, "{line}");
        assert_eq!(profile(BOUND, line).as_deref(), of_bound, "{line}");
    }
}

#[test]
fn uninstall_undoes_a_helper_or_everything() {
    let scope = |line| match command(line) {
        Command::Uninstall(uninstall) => (uninstall.scope, uninstall.options.mode),
        other => panic!("{other:?}"),
    };
    let helper = UninstallScope::Helper(Regions::Default);
    assert_eq!(scope("uninstall"), (helper, Mode::Apply));
    assert_eq!(scope("uninstall --all --dry-run"), (UninstallScope::Everything, Mode::DryRun));
    assert!(matches!(command("uninstall --kubelet"), Command::KubeletUninstall(_)));
}

#[test]
fn doctor_checks_registries_or_an_image() {
    let scope = |line| match command(line) {
        Command::Doctor(doctor) => doctor.scope,
        other => panic!("{other:?}"),
    };
    let DoctorScope::Registries { chosen, connection } = scope("doctor --region it-mil --offline")
    else {
        panic!("an image")
    };
    assert_eq!(chosen, Some(vec![host("rg.it-mil.scw.cloud"), host("rg.it-mil.scw.eu")]));
    assert_eq!(connection, Connection::Offline);
    let image = scope("doctor rg.fr-par.scw.cloud/my-ns/app --push");
    assert!(matches!(image, DoctorScope::Image { purpose: Purpose::Push, .. }), "{image:?}");
    assert!(matches!(command("doctor --kubelet"), Command::KubeletDoctor(_)));
}

#[test]
fn login_has_registries_and_one_source_of_the_key() {
    let login = |line| match command(line) {
        Command::Login(login) => (login.target.registries, login.key),
        other => panic!("{other:?}"),
    };
    assert_eq!(login("login"), (Registries::OfDefaultRegion, LoginKey::LookedUp));
    let fr_par = host("rg.fr-par.scw.cloud");
    assert_eq!(
        login("login rg.fr-par.scw.cloud https://rg.fr-par.scw.cloud/my-ns --secret-key-stdin"),
        (Registries::Named(vec![fr_par.clone()]), LoginKey::FromStdin)
    );
    assert_eq!(
        login("login --region fr-par --profile prod"),
        (Registries::Named(vec![fr_par]), LoginKey::OfProfile("prod".to_owned()))
    );
    let Command::DockerConfig(config) = command("docker-config --secret-key-stdin") else {
        panic!("another command")
    };
    assert_eq!(config.copy.key, CopiedKey::FromStdin);
}

#[test]
fn prune_has_a_rule_and_what_starts_its_deletions() {
    assert_eq!(tag_prune("--keep 3").rule, PruneRule::Keep(3));
    let rule = tag_prune("--older-than 2w").rule;
    assert_eq!((rule.keep(), rule.older_than().map(|age| age.text.as_str())), (None, Some("2w")));
    assert!(matches!(tag_prune("--keep 3 --older-than 2w").rule, PruneRule::Both(3, _)));
    for (options, trigger) in [
        ("", Trigger::Answer),
        ("--yes", Trigger::CommandLine),
        ("--dry-run", Trigger::Nothing),
        ("--dry-run --yes", Trigger::Nothing),
    ] {
        assert_eq!(tag_prune(&format!("--keep 1 {options}")).options.trigger, trigger, "{options}");
    }
}

#[test]
fn two_names_of_one_argument_are_one_value() {
    let list = |line| match command(line) {
        Command::Tag(TagCommand::List(list)) => list,
        other => panic!("{other:?}"),
    };
    let by_option = list("tag list --image-id my-ns/app --order-by name_desc");
    let by_position = list("tag list my-ns/app");
    assert!(by_option.parent.is_some());
    assert_eq!(by_option.parent, by_position.parent);
    let order = Order { field: OrderField::Name, is_descending: true };
    assert_eq!(by_option.query.order, Some(order));
    assert_eq!(order.api_value(), "name_desc");
    for (line, owner) in [
        ("namespace create my-ns", NamespaceOwner::OfProfile),
        ("namespace create name=my-ns project-id=p", NamespaceOwner::Project("p".to_owned())),
        (
            "namespace create my-ns --organization-id o",
            NamespaceOwner::Organization("o".to_owned()),
        ),
    ] {
        let Command::Namespace(NamespaceCommand::Create(create)) = command(line) else {
            panic!("{line}")
        };
        assert_eq!((create.name.as_deref(), create.owner), (Some("my-ns"), owner), "{line}");
    }
}

#[test]
fn a_command_without_arguments_refuses_a_bare_double_dash() {
    // It was a success that printed nothing.
    let Err(Refusal::Misuse { text, is_unknown_word }) = result(PLAIN, "version --") else {
        panic!("not refused")
    };
    let expected = "error: this command takes no arguments\n\nUsage: docker-credential-scw \
                    <COMMAND>\n\nFor more information, try '--help'.\n";
    assert_eq!((text.as_str(), is_unknown_word), (expected, false));
}

#[test]
fn only_install_and_uninstall_for_docker_act_as_the_invoking_user() {
    for line in ["install", "install --profile prod", "uninstall", "uninstall --all"] {
        assert!(command(line).install_target().is_some(), "{line}");
    }
    for line in [
        "install --kubelet --preset k3s",
        "uninstall --kubelet --preset k3s",
        "doctor",
        "doctor --kubelet --preset k3s",
        "login",
        "logout",
        "save-key",
        "docker-config",
        "kubernetes-secret",
        "completion bash",
        "namespace list",
        "image list",
        "tag list",
        "retag my-ns/app:1 my-ns/app:2",
        "usage",
    ] {
        assert!(command(line).install_target().is_none(), "{line}");
    }
}
