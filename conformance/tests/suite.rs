//! The suite against a correct helper, and against one with each of several mistakes.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;
use std::time::Duration;

use credential_helper_conformance::{Options, Report, Verdict, run};

fn options() -> Options {
    Options {
        helper: env!("CARGO_BIN_EXE_credential-helper-model").into(),
        name: "model".to_owned(),
        servers: ["a.example.org", "b.example.org", "c.example.org"].map(str::to_owned).into(),
        user: "user".to_owned(),
        set_up: None,
        variables: Vec::new(),
        deadline: Duration::from_secs(20),
    }
}

/// The cases that a faulty helper does not pass.
fn noticed(fault: &str, deadline: u64) -> Vec<String> {
    // The fault is in the program's environment, which only gets HOME and PATH: a script sets it.
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("faulty");
    let program = env!("CARGO_BIN_EXE_credential-helper-model");
    let text = format!("#!/bin/sh\nMODEL_FAULT={fault} exec {program} \"$@\"\n");
    std::fs::write(&script, text).unwrap();
    make_executable(&script);
    let deadline = Duration::from_secs(deadline);
    let report = run(&Options { helper: script, deadline, ..options() }).unwrap();
    assert!(!report.conforms(), "{fault} is not noticed");
    report.deviations().map(|row| row.case.clone()).collect()
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_correct_helper_passes_every_case() {
    let report = run(&options()).unwrap();
    let deviations: Vec<_> = report.deviations().collect();
    assert!(deviations.is_empty(), "{deviations:#?}");
    assert!(report.rows.len() > 60, "{}", report.rows.len());
}

#[test]
fn each_mistake_is_noticed_by_its_cases() {
    for (fault, case) in [
        ("any-host", "HOST.evil.example"),
        ("prefix", "HOST@evil.example"),
        ("joins-lines", "get of a server in two lines"),
        ("exit-2", "get of an unknown server"),
        ("erase-fails", "erase of an unknown server"),
        ("writes-stderr", "stderr of what succeeds"),
        ("writes-stdout", "stdout of store and erase"),
        ("leaves-child", "processes left over"),
        ("no-lock", "stores for all servers at once"),
    ] {
        let noticed = noticed(fault, 20);
        assert!(noticed.iter().any(|name| name == case), "{fault}: {noticed:?}");
    }
}

#[test]
fn a_helper_that_never_ends_is_killed_at_the_deadline() {
    let noticed = noticed("hangs", 1);
    assert!(noticed.iter().any(|name| name == "get of an unknown server"), "{noticed:?}");
}

#[test]
fn the_report_is_the_same_after_json() {
    let report = run(&options()).unwrap();
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    assert!(report.rows.iter().all(|row| row.verdict == Verdict::Ok));
    assert!(report.table().ends_with(&format!("{} ok, 0 refuses, 0 differs\n", report.rows.len())));
}
