//! A damaged list of stored hosts, killed runs, and several runs at once.

use docker_credential_scw::Exit;

use crate::support::{FR, KEY_A, KEY_B, KEY_C, LIST_OF_ALL, NL, NOT_FOUND, Outcome, World, stable};

const LIST: &str = ".local/state/docker-credential-scw/stored-hosts.json";

#[test]
fn a_damaged_list_is_named_with_its_remedy() {
    for text in [
        "{",
        "[]",
        "{\"rg.fr-par.scw.cloud\":\"odd\"}",
        "{\"version\":1}",
        "{\"version\":0,\"hosts\":{}}",
    ] {
        let world = World::new().file(LIST, text);
        let outcome = world.get(FR);
        let line = outcome.our_line();
        assert_eq!(
            stable(line),
            "~/.local/state/docker-credential-scw/stored-hosts.json is damaged; run `docker \
             logout` for any of Scaleway's registries to repair it, then log in again",
        );
    }
}

#[test]
fn list_shows_registries_that_need_no_stored_key() {
    let world = World::new().file(LIST, "{");
    let outcome = world.set("SCW_SECRET_KEY", KEY_A).run(&["list"], "");
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""));
    assert_eq!(outcome.stdout, LIST_OF_ALL);
}

#[test]
fn a_list_of_256_kib_is_read_and_a_longer_one_is_refused() {
    const LIMIT: usize = 256 * 1024;
    let list = |length: usize| {
        let entry = "\"rg.fr-par.scw.cloud\":\"stored\"}";
        format!("{{{}{entry}", " ".repeat(length - entry.len() - 1))
    };
    let world = World::new();
    world.store(FR, KEY_A);
    let world = world.file(LIST, list(LIMIT));
    assert_eq!(world.key_for(FR), KEY_A);
    let world = world.file(LIST, list(LIMIT + 1));
    assert_eq!(
        stable(world.get(FR).our_line()),
        "cannot read ~/.local/state/docker-credential-scw/stored-hosts.json: file too large; remove \
         ~/.local/state/docker-credential-scw/stored-hosts.json, then log in again",
    );
}

#[test]
fn a_directory_in_place_of_the_list_is_named() {
    let world = World::new();
    std::fs::create_dir_all(world.path(LIST)).unwrap();
    let line = "cannot read ~/.local/state/docker-credential-scw/stored-hosts.json: it is a directory; \
                remove the directory ~/.local/state/docker-credential-scw/stored-hosts.json, then log in \
                again";
    assert_eq!(stable(world.get(FR).our_line()), line);
    // Registries that the file names would be missing from the list.
    let world = world.set("SCW_SECRET_KEY", KEY_A);
    assert_eq!(stable(world.run(&["list"], "").our_line()), line);
    assert_eq!(world.key_for(FR), KEY_A);
}

#[test]
fn a_logout_or_login_repairs_a_damaged_list_and_leaves_no_key() {
    for repair in [|world: &World| world.erase(FR), |world: &World| world.store(FR, KEY_C)] {
        let world = World::new();
        world.store(FR, KEY_A);
        world.store(NL, KEY_B);
        let world = world.file(LIST, "{");
        assert_eq!(repair(&world), Outcome::success());
        assert_eq!(world.get(NL), Outcome::failure(NOT_FOUND));
        assert!(!world.keyring.state().entries.contains_key(NL));
        let expected = if world.keyring.state().entries.is_empty() {
            ""
        } else {
            "{\"rg.fr-par.scw.cloud\":\"stored\"}\n"
        };
        assert_eq!(world.stored_hosts(), expected);
    }
}

/// A newer version may be installed in another directory of PATH, or was replaced by this one.
#[test]
fn a_list_of_a_newer_version_is_refused_and_nothing_is_removed() {
    let newer = "{\"version\":2,\"hosts\":{\"rg.fr-par.scw.cloud\":{\"since\":\"2027\"}}}\n";
    let world = World::new();
    world.store(FR, KEY_A);
    world.store(NL, KEY_B);
    let entries = world.keyring.state().entries.clone();
    let world = world.file(LIST, newer);
    for outcome in
        [world.get(FR), world.store(FR, KEY_C), world.erase(FR), world.run(&["list"], "")]
    {
        assert_eq!(
            stable(outcome.our_line()),
            "~/.local/state/docker-credential-scw/stored-hosts.json was written by a newer version of \
             this program (format 2); update this program, or set SCW_SECRET_KEY",
        );
    }
    assert_eq!(world.keyring.state().entries, entries);
    assert_eq!(world.stored_hosts(), newer);
    // Sources that come before stored keys still work.
    assert_eq!(world.set("SCW_SECRET_KEY", KEY_C).key_for(FR), KEY_C);
}

/// Names that this version does not know, such as those of a domain that Scaleway adds, stay.
#[test]
fn unknown_hosts_stay_in_the_list() {
    let world = World::new().file(LIST, "{\"rg.fr-par.scw.example\":\"stored\"}\n");
    assert_eq!(world.store(FR, KEY_A), Outcome::success());
    assert_eq!(world.erase(FR), Outcome::success());
    assert_eq!(world.stored_hosts(), "{\"rg.fr-par.scw.example\":\"stored\"}\n");
}

#[test]
fn what_a_killed_run_left_is_removed() {
    let world = World::new().file(".local/state/docker-credential-scw/.new-abc", "{}");
    world.store(FR, KEY_A);
    let names: Vec<_> = std::fs::read_dir(world.state_dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_state_directory_that_cannot_be_made_is_named() {
    let world = World::new().file(".local/state", "a file in its place");
    let outcome = world.store(FR, KEY_A);
    // The system's words differ.
    assert_eq!(
        stable(outcome.our_line())
            .replace("Path not found. (os error 3)", "Not a directory (os error 20)"),
        "cannot create ~/.local/state/docker-credential-scw: Not a directory (os error 20); \
         make sure that ~/.local/state/docker-credential-scw belongs to the user who runs \
         Docker",
    );
    assert!(world.keyring.state().entries.is_empty());
    assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND));
    let note = world.set("SCW_SECRET_KEY", KEY_A).store(FR, KEY_A);
    assert_eq!(note.exit, Exit::Success, "{note:?}");
}

#[cfg(unix)]
#[test]
fn the_list_holds_no_secret_and_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.store(FR, KEY_A);
    assert_eq!(world.stored_hosts(), "{\"rg.fr-par.scw.cloud\":\"stored\"}\n");
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(world.state_dir()), 0o700);
    for entry in std::fs::read_dir(world.state_dir()).unwrap() {
        assert_eq!(mode(entry.unwrap().path()), 0o600);
    }
}

#[test]
fn many_at_once_lose_nothing_and_tear_nothing() {
    let world = World::new().config(format!("secret_key: {KEY_C}\n"));
    let region = |n: usize| {
        let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
        format!("rg.{}{}-abc.scw.cloud", letter(n / 26), letter(n))
    };
    for n in (1..64).step_by(2) {
        world.store(&region(n), KEY_A);
    }
    std::thread::scope(|scope| {
        for n in 0..64 {
            let world = &world;
            scope.spawn(move || {
                let outcome = if n % 2 == 0 {
                    world.store(&region(n), KEY_B)
                } else {
                    world.erase(&region(n))
                };
                assert_eq!(outcome, Outcome::success());
            });
            scope.spawn(move || {
                let key = world.key_for(&region(n));
                assert!([KEY_A, KEY_B, KEY_C].contains(&key.as_str()));
            });
        }
    });
    for n in 0..64 {
        assert_eq!(world.key_for(&region(n)), if n % 2 == 0 { KEY_B } else { KEY_C });
    }
    let hosts: std::collections::BTreeMap<String, String> =
        serde_json::from_str(&world.stored_hosts()).unwrap();
    assert_eq!(hosts.len(), 32);
    assert_eq!(world.keyring.state().entries.len(), 32);
}
