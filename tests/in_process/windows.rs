//! `install`, `doctor` and `uninstall` with Windows' paths, suffixes and line ends. The other tests of
//! these commands need a Unix system: they use permissions, links and shell scripts.
#![cfg(windows)]

use std::fs;

use docker_credential_scw::Exit;

use crate::support::{KEY_A, World, cause_and_hint};

const CONFIG: &str = ".docker/config.json";

/// The directory for programs, which is on PATH.
const BIN: &str = "Ada Lovelace\\bin";

/// A user with a directory for programs, the name of which has a space, and a key. The key's file is
/// named by a variable, because the helper that `install` starts has this machine's home directory.
fn user() -> World {
    let world = World::new().config(format!("secret_key: {KEY_A}\n"));
    fs::create_dir_all(world.path(BIN)).unwrap();
    fs::create_dir_all(world.path("tools")).unwrap();
    let (bin, config) = (world.path(BIN), world.path(".config\\scw\\config.yaml"));
    world.set("PATH", bin).set("SCW_CONFIG_PATH", config).set("LANG", "en_US.UTF-8")
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

const TABLE: &str = "
REGISTRY             HELPER  KEY FROM         STATUS
rg.fr-par.scw.cloud  scw     profile default  ready
rg.nl-ams.scw.cloud  scw     profile default  ready
rg.pl-waw.scw.cloud  scw     profile default  ready
rg.it-mil.scw.cloud  scw     profile default  ready
rg.it-mil.scw.eu     scw     profile default  ready

Docker, podman, buildah and skopeo now pull from these without a login.
";

#[test]
fn install_writes_the_program_with_its_suffix_and_registers_it_by_its_name() {
    let world = user();
    let done = "Installed ~\\Ada Lovelace\\bin\\docker-credential-scw.exe\nCreated ~\\.docker\\config.json\n";
    assert_eq!(changed(&world, "install", BIN), format!("{done}{TABLE}"));
    let installed = fs::read(world.path(BIN).join("docker-credential-scw.exe")).unwrap();
    assert_eq!(installed, fs::read(&world.program_file).unwrap());
    assert_eq!(
        world.read(CONFIG),
        r#"{
	"credHelpers": {
		"rg.fr-par.scw.cloud": "scw",
		"rg.nl-ams.scw.cloud": "scw",
		"rg.pl-waw.scw.cloud": "scw",
		"rg.it-mil.scw.cloud": "scw",
		"rg.it-mil.scw.eu": "scw"
	}
} 	"#,
        "the whitespace at the end marks a file that install created"
    );
}

#[test]
fn a_directory_that_is_not_on_path_is_reported_with_windows_fix() {
    assert_eq!(
        changed(&user(), "install", "tools"),
        r"Installed ~\tools\docker-credential-scw.exe
Created ~\.docker\config.json
! ~\tools\docker-credential-scw.exe: ~\tools is not on PATH, so Docker does not find it
  -> add the directory to the Path of your account's environment variables

REGISTRY             HELPER  KEY FROM         STATUS
rg.fr-par.scw.cloud  scw     profile default  Docker does not start it (see above)
rg.nl-ams.scw.cloud  scw     profile default  Docker does not start it (see above)
rg.pl-waw.scw.cloud  scw     profile default  Docker does not start it (see above)
rg.it-mil.scw.cloud  scw     profile default  Docker does not start it (see above)
rg.it-mil.scw.eu     scw     profile default  Docker does not start it (see above)

Fix what is marked !, then run install again.
"
    );
}

#[test]
fn an_entry_of_path_in_another_spelling_is_the_same_directory() {
    let spellings: [fn(&str) -> String; 3] =
        [|path| path.to_uppercase(), |path| path.replace('\\', "/"), |path| format!("{path}\\")];
    for spelling in spellings {
        let world = user();
        let path = spelling(world.path(BIN).to_str().unwrap());
        let screen = changed(&world.set("PATH", &path), "install", BIN);
        assert!(screen.ends_with(TABLE), "{path}: {screen}");
    }
}

#[test]
fn without_a_directory_install_names_the_option() {
    let (exit, stdout, stderr) = run(&user(), &["install"]);
    assert_eq!((exit, stdout.as_str()), (Exit::Failure, ""));
    assert_eq!(
        cause_and_hint(&stderr),
        "this system has no usual directory for programs; name a directory that is on PATH with \
         --path <DIR>"
    );
}

#[test]
fn uninstall_restores_a_config_with_windows_line_ends() {
    let before = "{\r\n\t\"psFormat\": \"table\",\r\n\t\"auths\": {}\r\n}\r\n";
    let world = user().file(CONFIG, before);
    changed(&world, "install", BIN);
    assert_eq!(
        world.read(CONFIG),
        "{\r\n\t\"psFormat\": \"table\",\r\n\t\"auths\": {},\r\n\t\"credHelpers\": {\r\n\
         \t\t\"rg.fr-par.scw.cloud\": \"scw\",\r\n\t\t\"rg.nl-ams.scw.cloud\": \"scw\",\r\n\
         \t\t\"rg.pl-waw.scw.cloud\": \"scw\",\r\n\t\t\"rg.it-mil.scw.cloud\": \"scw\",\r\n\
         \t\t\"rg.it-mil.scw.eu\": \"scw\"\r\n\t}\r\n}\r\n"
    );
    assert_eq!(
        changed(&world, "uninstall", BIN),
        "Changed ~\\.docker\\config.json\nRemoved ~\\Ada Lovelace\\bin\\docker-credential-scw.exe\n"
    );
    assert_eq!(world.read(CONFIG), before);
    assert!(fs::read_dir(world.path(BIN)).unwrap().next().is_none());
}

#[test]
fn doctor_finds_programs_by_the_suffixes_of_pathext() {
    let world = user();
    changed(&world, "install", BIN);
    batch_file(&world, "Ada Lovelace\\bin\\docker.bat", "Docker version 29.7.2, build 1");
    batch_file(&world, "Ada Lovelace\\bin\\podman.cmd", "podman version 5.6.0");
    let (exit, screen, stderr) = run(&world, &["doctor", "--offline"]);
    assert_eq!((exit, stderr.as_str()), (Exit::Success, ""), "{screen}");
    assert_eq!(
        screen,
        r"The program
  ✓ PROGRAM: this program, version VERSION
  ✓ ~\Ada Lovelace\bin\docker-credential-scw.exe: found on PATH; same version; runs

Docker's and podman's files
  ✓ ~\.docker\config.json: found; Docker, podman, buildah and skopeo read it
  ✓ all 5 registries: registered with the helper scw

The key
  ✓ all 5 registries: from the profile default in ~\.config\scw\config.yaml
  ✓ keyring: it answers

Programs that pull
  ✓ ~\Ada Lovelace\bin\docker.bat: Docker version 29.7.2, build 1
  ✓ ~\Ada Lovelace\bin\podman.cmd: podman version 5.6.0

Pulls will work.
"
    );
}

#[test]
fn doctors_fixes_are_quoted_for_powershell_and_work() {
    let foreign = "{\"credHelpers\": {\"rg.fr-par.scw.cloud\": \"other\"}}";
    let mut world = user().file(CONFIG, foreign);
    // The program runs from a directory with a space in its name, which is not on PATH.
    fs::create_dir(world.path("My Downloads")).unwrap();
    let program = world.path("My Downloads\\docker-credential-scw.exe");
    fs::copy(&world.program_file, &program).unwrap();
    world.program_file = program;
    let (exit, screen, stderr) = run(&world, &["doctor", "--offline"]);
    assert_eq!((exit, stderr.as_str()), (Exit::Failure, ""), "{screen}");
    assert_eq!(
        screen,
        r#"The program
  ✓ PROGRAM: this program, version VERSION
  ✗ docker-credential-scw: not installed: it is not on PATH, and no config file names it
    → & "PROGRAM" install --path "~\Ada Lovelace\bin"

Docker's and podman's files
  ✓ ~\.docker\config.json: found; Docker, podman, buildah and skopeo read it
  ✗ rg.fr-par.scw.cloud: the helper other is registered, and it is not on PATH
    → & "PROGRAM" install --force --region fr-par

The key
  ✓ all 5 registries: from the profile default in ~\.config\scw\config.yaml
  ✓ keyring: it answers

Programs that pull
  ✗ PATH: none of these is on PATH: docker, podman, nerdctl, buildah, skopeo
    → install docker or podman

No program that pulls images is installed. Fix what is marked ✗.
"#
    );
    // Each printed command, in order, with the words as PowerShell passes them.
    assert!(changed(&world, "install", BIN).starts_with("Installed "));
    let (exit, screen, _) = run(&world, &["install", "--force", "--region", "fr-par"]);
    assert_eq!(exit, Exit::Success, "{screen}");
    let (_, report, _) = run(&world, &["doctor", "--offline", "-o", "json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let checks = report["checks"].as_array().unwrap().iter();
    let failures = checks.filter(|check| check["status"] == "failure");
    assert_eq!(failures.map(|check| &check["id"]).collect::<Vec<_>>(), ["client-none"]);
}
