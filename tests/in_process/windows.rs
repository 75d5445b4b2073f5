//! `install`, `doctor` and `uninstall` with Windows' paths, suffixes and line ends. The other tests of
//! these commands need a Unix system: they use permissions, links and shell scripts.
#![cfg(windows)]

use std::fs;

use docker_credential_scw::Exit;

use crate::support::{KEY_A, World, cause_and_hint};

const CONFIG: &str = ".docker/config.json";

/// A user whose directories have a space in their names, with a directory for programs on PATH and
/// a key.
fn user() -> World {
    let world = World::new().config(format!("secret_key: {KEY_A}\n"));
    fs::create_dir_all(world.path("Ada Lovelace\\bin")).unwrap();
    fs::create_dir_all(world.path("tools")).unwrap();
    let (home, bin) = (world.path(""), world.path("Ada Lovelace\\bin"));
    world.set("PATH", bin).set("HOME", home).set("LANG", "en_US.UTF-8")
}

/// The exit code, standard output and standard error, with placeholders ([`World::shown`]).
fn run(world: &World, words: &[&str]) -> (Exit, String, String) {
    let outcome = world.run(words, "");
    assert!(!outcome.stdout.contains(&KEY_A[..8]) && !outcome.stderr.contains(&KEY_A[..8]));
    (outcome.exit, world.shown(&outcome.stdout), world.shown(&outcome.stderr))
}

/// Runs `install` or `uninstall` with a directory below the home directory. Returns the screen.
#[track_caller]
fn changed(world: &World, command: &str, directory: &str) -> String {
    let directory = format!("--path={}", world.path(directory).display());
    let (exit, stdout, stderr) = run(world, &[command, "--yes", &directory]);
    assert_eq!((exit, stderr.as_str()), (Exit::Success, ""), "{stdout}");
    stdout
}

fn batch_file(world: &World, path: &str, line: &str) {
    fs::write(world.path(path), format!("@echo {line}\r\n")).unwrap();
}

#[test]
fn install_writes_the_program_with_its_suffix_and_registers_it_by_its_name() {
    let world = user();
    assert_eq!(changed(&world, "install", "Ada Lovelace\\bin"), "");
    let program = fs::read(&world.program_file).unwrap();
    assert_eq!(
        fs::read(world.path("Ada Lovelace\\bin\\docker-credential-scw.exe")).unwrap(),
        program
    );
    assert_eq!(world.read(CONFIG), "");
}

#[test]
fn a_directory_that_is_not_on_path_is_reported_with_windows_fix() {
    let world = user();
    assert_eq!(changed(&world, "install", "tools"), "");
}

#[test]
fn an_entry_of_path_in_another_spelling_is_the_same_directory() {
    let world = user();
    let path = world.path("Ada Lovelace/bin").display().to_string();
    for spelling in [path.to_uppercase(), path.replace('\\', "/"), format!("{path}\\")] {
        let world = user();
        let _ = &spelling;
        assert_eq!(
            changed(&world.set("PATH", &spelling), "install", "Ada Lovelace\\bin"),
            "",
            "{spelling}"
        );
    }
}

#[test]
fn without_a_directory_install_names_the_option() {
    let world = user();
    let (exit, stdout, stderr) = run(&world, &["install"]);
    assert_eq!((exit, stdout.as_str()), (Exit::Failure, ""));
    assert_eq!(cause_and_hint(&stderr), "");
}

#[test]
fn uninstall_restores_a_config_with_windows_line_ends() {
    let before = "{\r\n\t\"psFormat\": \"table\",\r\n\t\"auths\": {}\r\n}\r\n";
    let world = user().file(CONFIG, before);
    changed(&world, "install", "Ada Lovelace\\bin");
    assert_eq!(world.read(CONFIG), "");
    assert_eq!(changed(&world, "uninstall", "Ada Lovelace\\bin"), "");
    assert_eq!(world.read(CONFIG), before);
    assert!(fs::read_dir(world.path("Ada Lovelace\\bin")).unwrap().next().is_none());
}

#[test]
fn doctor_finds_programs_by_the_suffixes_of_pathext() {
    let world = user();
    changed(&world, "install", "Ada Lovelace\\bin");
    batch_file(&world, "Ada Lovelace\\bin\\docker.bat", "Docker version 29.7.2, build 1");
    batch_file(&world, "Ada Lovelace\\bin\\podman.cmd", "podman version 5.6.0");
    assert_eq!(
        run(&world, &["doctor", "--offline"]),
        (Exit::Success, String::new(), String::new())
    );
}

#[test]
fn doctors_fixes_quote_paths_for_powershell() {
    let world = user();
    let foreign = "{\"credHelpers\": {\"rg.fr-par.scw.cloud\": \"other\"}}";
    let world = world.file(CONFIG, foreign);
    batch_file(&world, "Ada Lovelace\\bin\\docker.bat", "Docker version 29.7.2, build 1");
    assert_eq!(
        run(&world, &["doctor", "--offline"]),
        (Exit::Failure, String::new(), String::new())
    );
}
