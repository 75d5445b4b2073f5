//! The programs that pull: which are there, and can they see a helper at all?

use std::path::Path;
use std::time::Duration;

use super::Patient;
use super::check::{Check, Section};
use crate::child::{self, AskingTime};
use crate::container_client::ContainerClient;
use crate::environment::Environment;
use crate::printable::printable_path;

/// How long a program may take to say its version.
const DEADLINE: Duration = Duration::from_secs(5);

pub(super) fn checks(patient: &Patient<'_>) -> Vec<Check> {
    let environment = patient.environment;
    let found = ContainerClient::ALL.into_iter().filter_map(|client| {
        let program = environment.find_program(client.name())?;
        Some(check(environment, client, &program, &patient.time))
    });
    let mut checks: Vec<_> = found.collect();
    if checks.is_empty() {
        let names: Vec<_> = ContainerClient::ALL.iter().map(|client| client.name()).collect();
        let check = Check::ok(
            Section::Client,
            "client-none",
            "PATH",
            format!("none of {} is on it", names.join(", ")),
        );
        checks.push(check.warning("install one of them"));
    }
    checks
}

fn check(
    environment: &Environment,
    client: ContainerClient,
    program: &Path,
    time: &AskingTime,
) -> Check {
    let subject = printable_path(program);
    let name = client.name();
    if is_snap(program) {
        let found = "a snap: it cannot start helpers, and has a config of its own";
        return Check::ok(Section::Client, "client-snap", subject, found).failure(format!(
            "sudo snap remove {name}, then install it with the system's packages"
        ));
    }
    if is_flatpak(program) {
        let found = "a flatpak: it cannot start helpers outside of its sandbox";
        return Check::ok(Section::Client, "client-flatpak", subject, found)
            .failure(format!("install {name} with the system's packages"));
    }
    let command = child::command(environment, program, &["--version"]);
    let does_not_run = |why: &str| {
        Check::ok(Section::Client, "client-does-not-run", subject.as_str(), why)
            .warning(format!("install {name} anew"))
    };
    match child::answer_of(command, b"", DEADLINE, time) {
        Ok(answer) if answer.success => {
            let words = String::from_utf8_lossy(&answer.stdout);
            let version = words.lines().next().unwrap_or_default().trim().to_owned();
            Check::ok(Section::Client, "client", subject, version)
        }
        Ok(_) => does_not_run("it fails when asked for its version"),
        Err(error) => does_not_run(&format!("it {error}")),
    }
}

/// Snaps are started through one program, under names in a directory of their own.
fn is_snap(program: &Path) -> bool {
    let real = program.canonicalize().unwrap_or_else(|_| program.to_owned());
    let in_snap =
        |path: &Path| path.starts_with("/snap") || path.starts_with("/var/lib/snapd/snap");
    in_snap(program) || in_snap(&real) || real.ends_with("usr/bin/snap")
}

fn is_flatpak(program: &Path) -> bool {
    program.to_string_lossy().contains("/flatpak/exports/")
}
