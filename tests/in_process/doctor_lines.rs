//! `doctor`: whole parts of the screen for set-ups that are easily judged wrong, and what they show once
//! the printed fixes are typed.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::chown;

use docker_credential_scw::Exit;
use nix::unistd::Uid;
use serde_json::Value;

use crate::doctor::{CONFIG, auths, checks, mode, script, shown, sound, type_line, write};
use crate::support::{FR, KEY_A, KEY_B, NL, World};

const FILES: &str = "Docker's and podman's files";
/// A user without an entry in the user database.
const USER: u32 = 54321;
const KEY: &str = "The key";
const CONFIG_FOUND: &str =
    "  ✓ ~/.docker/config.json: found; Docker, podman, buildah and skopeo read it\n";
const FOUND_ALL: &str = "  ✓ all 5 registries: registered with the helper scw\n";

/// The lines below a heading of the screen.
#[track_caller]
fn part(world: &World, words: &[&str], heading: &str) -> String {
    let (_, screen) = shown(world, words);
    let (_, rest) = screen.split_once(&format!("{heading}\n")).expect("the heading");
    rest.split_once("\n\n").expect("a part after it").0.to_owned() + "\n"
}

/// The last line of the screen.
fn verdict(world: &World, words: &[&str]) -> String {
    shown(world, words).1.lines().next_back().unwrap_or_default().to_owned()
}

/// Types every command of every fix, in order, and returns the ids of the problems that are left.
fn type_all(world: &mut World, words: &[&str]) -> Vec<String> {
    let report = world.run(&[&["doctor", "--offline", "-o", "json"], words].concat(), "");
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    for check in report["checks"].as_array().unwrap() {
        for line in check["commands"].as_array().unwrap() {
            let line = line.as_str().unwrap();
            assert!(type_line(world, line, line), "not typed: {line}");
        }
    }
    let (_, left) = checks(world);
    let left = left.iter().filter(|check| check["status"] != "ok");
    left.map(|check| check["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_source_that_another_one_hides_is_named() {
    let world = sound();
    world.store(FR, KEY_B);
    let world = world.set("SCW_SECRET_KEY", KEY_B);
    assert_eq!(
        part(&world, &["--region", "fr-par"], KEY),
        "  ✓ rg.fr-par.scw.cloud: from the variable SCW_SECRET_KEY; it hides the keyring and the profile default in \
         ~/.config/scw/config.yaml\n  \
         ✓ ~/.config/scw/config.yaml: readable by its owner only\n  \
         ✓ keyring: it answers\n"
    );
}

#[test]
fn regions_that_were_left_out_of_install_are_no_problem_until_they_are_asked_for() {
    let mut world = sound();
    fs::remove_file(world.path(CONFIG)).unwrap();
    assert_eq!(world.run(&["install", "--region", "fr-par"], "").exit, Exit::Success);
    assert_eq!(
        part(&world, &[], FILES),
        format!(
            "{CONFIG_FOUND}  \
             ✓ rg.fr-par.scw.cloud: registered with the helper scw\n  \
             ✓ rg.nl-ams.scw.cloud, rg.pl-waw.scw.cloud, rg.it-mil.scw.cloud, rg.it-mil.scw.eu: \
             not registered, so pulls there get no key from the helper\n"
        )
    );
    assert_eq!(verdict(&world, &[]), "Pulls will work.");
    assert_eq!(
        part(&world, &["--region", "nl-ams"], FILES),
        format!(
            "{CONFIG_FOUND}  \
             ✗ rg.nl-ams.scw.cloud: no helper is registered\n    \
             → docker-credential-scw install --region nl-ams\n"
        )
    );
    assert_eq!(
        verdict(&world, &["--region", "nl-ams"]),
        "Pulls will not work. Fix what is marked ✗."
    );
    assert_eq!(type_all(&mut world, &["--region", "nl-ams"]), [] as [&str; 0]);
    assert_eq!(verdict(&world, &["--region", "nl-ams"]), "Pulls will work.");
}

#[test]
fn pulls_fail_if_nothing_is_registered_whatever_plaintext_credentials_there_are() {
    let mut world = sound();
    write(&world, CONFIG, &auths(FR, KEY_B));
    assert_eq!(
        part(&world, &[], FILES),
        format!(
            "{CONFIG_FOUND}  \
             ✗ rg.nl-ams.scw.cloud, rg.pl-waw.scw.cloud, rg.it-mil.scw.cloud, rg.it-mil.scw.eu: \
             no helper is registered\n    \
             → docker-credential-scw install\n  \
             ✗ rg.fr-par.scw.cloud: Docker uses its own login, in plaintext in its config.json; the \
             helper has another key (profile default), so switching may change the account\n    \
             → docker-credential-scw install --force --region fr-par\n"
        )
    );
    assert_eq!(verdict(&world, &[]), "Pulls will not work. Fix what is marked ✗.");
    // What is left is in the file, and no longer used.
    assert_eq!(type_all(&mut world, &[]), ["plaintext"]);

    let mut world = sound();
    let hosts = [FR, NL, "rg.pl-waw.scw.cloud", "rg.it-mil.scw.cloud", "rg.it-mil.scw.eu"];
    let entries: Vec<_> = hosts
        .iter()
        .map(|host| auths(host, KEY_B).replace("{\"auths\":{", "").replace("}}}", "}"))
        .collect();
    write(&world, CONFIG, &format!("{{\"auths\":{{{}}}}}", entries.join(",")));
    assert_eq!(
        part(&world, &[], FILES),
        format!(
            "{CONFIG_FOUND}  \
             ✗ all 5 registries: Docker uses its own login, in plaintext in its config.json; the \
             helper has another key (profile default), so switching may change the account\n    \
             → docker-credential-scw install --force --region fr-par,nl-ams,pl-waw,it-mil\n"
        )
    );
    assert_eq!(verdict(&world, &[]), "Pulls will not work. Fix what is marked ✗.");
    assert_eq!(type_all(&mut world, &[]), ["plaintext"]);

    let mut world = sound();
    write(&world, CONFIG, "{}");
    assert_eq!(
        part(&world, &[], FILES),
        format!(
            "{CONFIG_FOUND}  ✗ all 5 registries: no helper is registered\n    \
             → docker-credential-scw install\n"
        )
    );
    assert_eq!(type_all(&mut world, &[]), [] as [&str; 0]);
}

#[test]
fn a_misspelt_region_gets_a_suggestion() {
    let mut world = sound();
    let config = world.read(CONFIG).replace(FR, "rg.fr-pra.scw.cloud");
    write(&world, CONFIG, &config);
    assert_eq!(
        part(&world, &[], FILES),
        format!(
            "{CONFIG_FOUND}  \
             ✓ rg.nl-ams.scw.cloud, rg.pl-waw.scw.cloud, rg.it-mil.scw.cloud, rg.it-mil.scw.eu: \
             registered with the helper scw\n  \
             ✗ rg.fr-pra.scw.cloud: no such region; did you mean fr-par?\n    \
             → docker-credential-scw install --region fr-par\n    \
             → docker-credential-scw uninstall --region fr-pra\n"
        )
    );
    assert_eq!(type_all(&mut world, &[]), [] as [&str; 0]);
    assert_eq!(part(&world, &[], FILES), format!("{CONFIG_FOUND}{FOUND_ALL}"));
}

#[test]
fn the_fix_returns_files_of_root_to_the_user() {
    // Only root can give files away.
    if !Uid::effective().is_root() {
        return;
    }
    for (path, permissions, line) in [
        (
            ".docker/config.json",
            0o600,
            "✗ ~/.docker/config.json: owned by root, and you have no permission to read it\n    → sudo chown 54321 ~/.docker/config.json\n",
        ),
        (
            ".docker/config.json",
            0o644,
            "! ~/.docker/config.json: owned by root, and you have no permission to change it\n    → sudo chown 54321 ~/.docker/config.json\n",
        ),
        (
            ".docker",
            0o700,
            "✗ ~/.docker: owned by root, and you have no permission to read it\n    → sudo chown -R 54321 ~/.docker\n",
        ),
        (
            ".config/scw",
            0o700,
            "✗ ~/.config/scw: owned by root, and you have no permission to read it\n    → sudo chown -R 54321 ~/.config/scw\n",
        ),
        (
            ".config/scw/config.yaml",
            0o600,
            "✗ ~/.config/scw/config.yaml: owned by root, and you have no permission to read it\n    → sudo chown 54321 ~/.config/scw/config.yaml\n",
        ),
        (
            ".local/state/docker-credential-scw",
            0o700,
            "✗ ~/.local/state/docker-credential-scw: owned by root, and you have no permission to read it\n    → sudo chown -R 54321 ~/.local/state/docker-credential-scw\n",
        ),
    ] {
        let mut world = sound();
        world.uid = Some(USER);
        fs::create_dir_all(world.state_dir()).unwrap();
        let own = ["-R".to_owned(), USER.to_string(), world.path("").display().to_string()];
        let status = std::process::Command::new("chown").args(own).status();
        assert!(status.unwrap().success());
        chown(world.path(path), Some(0), None).unwrap();
        mode(&world, path, permissions);
        let files = part(&world, &[], FILES);
        assert_eq!(files, format!("{CONFIG_FOUND}{FOUND_ALL}  {line}"));
        assert_eq!(type_all(&mut world, &[]), [] as [&str; 0], "{path}");
    }
}

#[test]
fn a_variable_that_names_the_wrong_path_is_the_subject() {
    let key_of = |world: &World| part(world, &[], KEY);
    let set = |name: &str, path: &str| {
        let world = sound();
        let path = world.path(path);
        world.set(name, path)
    };
    let mut world = set("SCW_CONFIG_PATH", "nowhere.yaml");
    assert_eq!(
        key_of(&world),
        "  ✗ SCW_CONFIG_PATH: it names ~/nowhere.yaml, which does not exist\n    \
         → unset SCW_CONFIG_PATH\n  ✓ keyring: it answers\n"
    );
    assert_eq!(type_all(&mut world, &[]), [] as [&str; 0]);
    let mut world = set("SCW_CONFIG_PATH", "bin");
    assert_eq!(
        key_of(&world),
        "  ✗ SCW_CONFIG_PATH: it names ~/bin, which is a directory\n    \
         → unset SCW_CONFIG_PATH\n  ✓ keyring: it answers\n"
    );
    assert_eq!(type_all(&mut world, &[]), [] as [&str; 0]);
    // Another source has a key.
    let world = set("SCW_CONFIG_PATH", "nowhere.yaml").set("SCW_SECRET_KEY", KEY_A);
    assert_eq!(
        key_of(&world),
        "  ✓ all 5 registries: from the variable SCW_SECRET_KEY\n  \
         ! SCW_CONFIG_PATH: it names ~/nowhere.yaml, which does not exist\n    \
         → unset SCW_CONFIG_PATH\n  ✓ keyring: it answers\n"
    );

    for (path, fault) in
        [("nowhere", "does not exist"), (".docker/config.json", "is not a directory")]
    {
        let mut world = set("DOCKER_CONFIG", path);
        assert_eq!(
            part(&world, &[], FILES),
            format!(
                "  ✗ DOCKER_CONFIG: it names ~/{path}, which {fault}\n    → unset DOCKER_CONFIG\n"
            )
        );
        assert_eq!(type_all(&mut world, &[]), [] as [&str; 0]);
    }
    // Without another config, the directory is made.
    let mut world = set("DOCKER_CONFIG", "nowhere");
    fs::remove_dir_all(world.path(".docker")).unwrap();
    assert_eq!(
        part(&world, &[], FILES),
        "  ✗ DOCKER_CONFIG: it names ~/nowhere, which does not exist\n    \
         → docker-credential-scw install\n"
    );
    assert_eq!(type_all(&mut world, &[]), [] as [&str; 0]);
}

#[test]
fn a_profile_that_is_chosen_twice_hides_nothing() {
    let text = format!("active_profile: prod\nprofiles:\n  prod:\n    secret_key: {KEY_A}\n");
    let world = sound().config(text);
    mode(&world, ".config/scw/config.yaml", 0o600);
    let world = world.set("SCW_PROFILE", "prod");
    let words = ["install", "--profile", "prod", "--region", "nl-ams"];
    let path = world.path("bin").display().to_string();
    let outcome = world.run(&[&words[..], &["--path", &path]].concat(), "");
    assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
    assert_eq!(
        part(&world, &[], KEY),
        "  ✓ all 5 registries: from the profile prod in ~/.config/scw/config.yaml\n  \
         ✓ ~/.config/scw/config.yaml: readable by its owner only\n  ✓ keyring: it answers\n"
    );
}

#[test]
fn an_empty_auth_file_of_podmans_is_moved_away_to_a_free_name() {
    let mut world = sound();
    write(&world, ".config/containers/auth.json", "");
    write(&world, ".config/containers/auth.json.broken", "kept");
    assert_eq!(
        part(&world, &[], FILES),
        format!(
            "{CONFIG_FOUND}{FOUND_ALL}  \
             ✗ ~/.config/containers/auth.json: the file is empty, which podman, buildah and skopeo \
             refuse to read\n    \
             → mv ~/.config/containers/auth.json ~/.config/containers/auth.json.broken2\n"
        )
    );
    assert_eq!(type_all(&mut world, &[]), [] as [&str; 0]);
    assert_eq!(world.read(".config/containers/auth.json.broken"), "kept");
    // Without podman it stops nothing.
    let world = sound();
    write(&world, ".config/containers/auth.json", "");
    fs::remove_file(world.path("bin/podman")).unwrap();
    assert_eq!(verdict(&world, &[]), "Pulls will work. What is marked ! needs attention.");
}

#[test]
fn the_helper_as_creds_store_is_enough_for_docker_alone() {
    let mut world = sound();
    write(&world, CONFIG, "{\"credsStore\":\"scw\"}");
    assert_eq!(
        part(&world, &[], FILES),
        format!(
            "{CONFIG_FOUND}  \
             ✗ all 5 registries: scw is registered as credsStore, which podman, buildah and skopeo do \
             not use\n    → docker-credential-scw install\n"
        )
    );
    assert_eq!(type_all(&mut world, &[]), [] as [&str; 0]);
    let world = sound();
    write(&world, CONFIG, "{\"credsStore\":\"scw\"}");
    fs::remove_file(world.path("bin/podman")).unwrap();
    assert_eq!(
        part(&world, &[], FILES),
        format!(
            "{CONFIG_FOUND}  ✓ all 5 registries: registered with the helper scw, as credsStore\n"
        )
    );
    assert_eq!(verdict(&world, &[]), "Pulls will work.");
}

#[test]
fn without_a_program_that_pulls_that_is_the_verdict() {
    let world = sound();
    for client in ["docker", "podman"] {
        fs::remove_file(world.path("bin").join(client)).unwrap();
    }
    assert_eq!(verdict(&world, &[]), "No program that pulls images is installed.");
    write(&world, CONFIG, "{}");
    assert_eq!(
        verdict(&world, &[]),
        "No program that pulls images is installed. Fix what is marked ✗."
    );
}

#[test]
fn only_programs_that_are_there_are_recommended() {
    let world = sound();
    for client in ["docker", "podman"] {
        fs::remove_file(world.path("bin").join(client)).unwrap();
    }
    script(&world, "bin/skopeo", "echo skopeo version 1.20.0");
    write(&world, ".config/containers/auth.json", &auths(FR, KEY_B));
    assert_eq!(
        part(&world, &[], FILES),
        format!(
            "{CONFIG_FOUND}  \
             ✓ ~/.config/containers/auth.json: found; podman, buildah and skopeo read it before \
             Docker's\n{FOUND_ALL}  \
             ✗ ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which \
             skopeo uses before the helper; the helper has another key (profile default)\n    \
             → skopeo logout --authfile ~/.config/containers/auth.json rg.fr-par.scw.cloud\n"
        )
    );
}

#[test]
fn no_hint_sends_users_to_scw() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut directories = vec![root];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                assert!(!text.contains("scw init"), "{}", path.display());
            }
        }
    }
}

#[test]
fn a_helper_that_was_never_installed_is_one_problem() {
    let world = sound();
    fs::remove_file(world.path("bin/docker-credential-scw")).unwrap();
    fs::remove_dir_all(world.path(".docker")).unwrap();
    let (works, checks) = checks(&world);
    assert!(!works);
    let failures = checks.iter().filter(|check| check["status"] != "ok");
    let failures: Vec<_> = failures.map(|check| check["id"].as_str().unwrap()).collect();
    assert_eq!(failures, ["not-installed"]);
}
