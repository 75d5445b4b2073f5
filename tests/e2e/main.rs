//! End-to-end tests: real clients, a real registry over TLS and a real keyring. Each scenario runs
//! in its own namespaces, so that the machine is not changed and port 443 is free.
//!
//! A scenario is skipped with a message if a program is missing or it needs root. The program under
//! test is Cargo's build, or `$DOCKER_CREDENTIAL_SCW` (a release build).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::exit)]
#![allow(clippy::indexing_slicing, clippy::disallowed_methods, unreachable_pub)]
#![allow(clippy::print_stderr, clippy::print_stdout)]

#[path = "../support/image_server.rs"]
mod image_server;
#[allow(dead_code)]
#[path = "../support/kubelet.rs"]
mod kubelet_model;
#[allow(dead_code)]
#[path = "../support/protocol_model/mod.rs"]
mod protocol_model;
#[path = "../support/setups/mod.rs"]
mod setups;

mod budgets;
mod canary;
mod clients_table;
mod conformance;
mod docker;
mod doctor;
mod doctor_registries;
mod doctor_setups;
mod doctor_setups_judged;
mod doctor_setups_of_root;
mod fault_injection;
mod faults;
mod install;
mod keepassxc;
mod keyring;
mod keyring_bus;
mod keyring_model;
mod kubectl;
mod kubelet_faults;
mod listing;
mod load;
mod login;
mod memory;
mod podman_family;
mod prism;
mod registry;
mod released;
mod retag;
mod stage;
mod static_build;
mod sudo;
mod tls_server;
mod token_server;

use std::path::PathBuf;

use libtest_mimic::{Arguments, Trial};

use stage::Stage;

/// A scenario, with its own stage.
pub struct Scenario {
    pub name: &'static str,
    /// The programs that it requires.
    pub needs: &'static [&'static str],
    pub play: fn(&Stage),
}

fn scenarios() -> Vec<Scenario> {
    [
        docker::SCENARIOS,
        podman_family::SCENARIOS,
        keyring::SCENARIOS,
        keyring_bus::SCENARIOS,
        keyring::unavailable::SCENARIOS,
        keyring_model::SCENARIOS,
        install::SCENARIOS,
        install::at_once::SCENARIOS,
        install::refused::SCENARIOS,
        sudo::SCENARIOS,
        sudo::links::SCENARIOS,
        login::SCENARIOS,
        doctor::SCENARIOS,
        doctor_registries::SCENARIOS,
        doctor_registries::hops::SCENARIOS,
        doctor_registries::credentials::SCENARIOS,
        doctor_setups::SCENARIOS,
        doctor_setups_judged::SCENARIOS,
        budgets::SCENARIOS,
        faults::SCENARIOS,
        prism::SCENARIOS,
        listing::SCENARIOS,
        load::SCENARIOS,
        memory::SCENARIOS,
        kubectl::SCENARIOS,
        retag::SCENARIOS,
        released::SCENARIOS,
        kubelet_faults::SCENARIOS,
        clients_table::SCENARIOS,
        static_build::SCENARIOS,
        conformance::SCENARIOS,
    ]
    .into_iter()
    .flatten()
    .map(|&Scenario { name, needs, play }| Scenario { name, needs, play })
    .collect()
}

fn main() {
    if let Some(name) = std::env::var_os(stage::SCENARIO_VARIABLE) {
        let all = scenarios();
        let scenario = all.iter().find(|scenario| scenario.name == name).expect("a scenario");
        let stage = Stage::set_up();
        (scenario.play)(&stage);
        stage.search_for_canaries();
        return;
    }
    let mut arguments = Arguments::from_args();
    // Each scenario starts daemons. More than a few in parallel only wait for each other.
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let trials = scenarios().iter().flat_map(trials).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// The trials of a scenario. One that needs docker runs with each docker on PATH, because old and
/// new versions read different manifests and print different messages.
fn trials(scenario: &Scenario) -> Vec<Trial> {
    let &Scenario { name, needs, .. } = scenario;
    if let Some(missing) = stage::missing(needs) {
        eprintln!("SKIPPED {name}: {missing}");
        return vec![Trial::test(name, || Ok(())).with_ignored_flag(true)];
    }
    if !needs.contains(&"docker") {
        return vec![Trial::test(name, move || Ok(stage::play_in_namespaces(name, None)?))];
    }
    let with = |docker: PathBuf| {
        let title = format!("{name} with {} {}", docker.display(), docker::version_of(&docker));
        Trial::test(title, move || Ok(stage::play_in_namespaces(name, Some(&docker))?))
    };
    stage::all_on_path("docker").into_iter().map(with).collect()
}
