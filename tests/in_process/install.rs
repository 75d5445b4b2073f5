//! `install` and `uninstall`.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use docker_credential_scw::Exit;
use docker_credential_scw::system::keyring::KeyringError;
use docker_credential_scw::system::users::InvokingUser;

use crate::support::{FR, KEY_A, KEY_B, Outcome, World, cause_and_hint};

const CONFIG: &str = ".docker/config.json";

/// A user with `~/bin` on PATH and a key.
fn user() -> World {
    let world = World::new().set("SCW_SECRET_KEY", KEY_A);
    fs::create_dir(world.path("bin")).unwrap();
    let (home, path) = (world.path(""), world.path("bin"));
    world.set("PATH", path).set("HOME", home)
}

fn run(world: &World, command: &str, words: &[&str]) -> Outcome {
    let path = format!("path={}", world.path("bin").display());
    let words = [&[command, &path], words].concat();
    world.run(&words, "")
}

#[track_caller]
fn install(world: &World, words: &[&str]) -> String {
    let outcome = run(world, "install", words);
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""), "{outcome:?}");
    assert!(!outcome.stdout.contains(KEY_A) && !outcome.stdout.contains(KEY_B));
    outcome.stdout.replace(world.home.path().to_str().unwrap(), "~")
}

#[track_caller]
fn uninstall(world: &World, words: &[&str]) -> String {
    let outcome = run(world, "uninstall", words);
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""), "{outcome:?}");
    outcome.stdout.replace(world.home.path().to_str().unwrap(), "~")
}

#[track_caller]
fn refused(world: &World, words: &[&str]) -> String {
    let before = fs::read(world.path(CONFIG)).ok();
    let outcome = run(world, "install", words);
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, ""), "{outcome:?}");
    assert_eq!(fs::read(world.path(CONFIG)).ok(), before, "nothing changed");
    cause_and_hint(&outcome.stderr)
}

#[test]
fn the_first_screen() {
    assert_eq!(
        install(&user(), &[]),
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set
rg.nl-ams.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set
rg.pl-waw.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set
rg.it-mil.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set
rg.it-mil.scw.eu     scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
}

#[test]
fn without_a_key_the_screen_says_where_to_get_one() {
    let screen = install(&user().set("SCW_SECRET_KEY", ""), &["region=fr-par"]);
    assert_eq!(
        screen,
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key

Fix this, then run install again.
"
    );
    // Scripts get what is missing and what to do in two fields.
    let text = install(&user().set("SCW_SECRET_KEY", ""), &["region=fr-par", "-o", "json"]);
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let registry = &report["registries"][0];
    assert_eq!(registry["problem"], "no source has a key");
    assert_eq!(registry["hint"], "docker-credential-scw save-key");
}

#[test]
fn under_sudo_a_key_in_a_variable_may_be_hidden() {
    let mut world = user().set("SCW_SECRET_KEY", "");
    let home = world.path("");
    world.invoking_user = Some(InvokingUser { uid: 1000, gid: 1000, name: "ada".into(), home });
    assert_eq!(
        install(&world, &["region=fr-par"]),
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json
! SCW_SECRET_KEY: not visible under sudo, and no other source has a key; if your shell sets it, \
pulls use it
  -> docker-credential-scw save-key

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     -         no source has a key; sudo docker-credential-scw save-key

Fix what is marked !, then run install again.
"
    );
    let world = world.config(format!("secret_key: {KEY_A}\n"));
    let screen = install(&world, &["region=fr-par"]);
    assert!(!screen.contains("SCW_SECRET_KEY"), "{screen}");
}

#[test]
fn a_dry_run_says_what_it_would_create_and_remove() {
    let world = user();
    let screen = install(&world, &["--dry-run", "region=fr-par"]);
    let start = "Would install ~/bin/docker-credential-scw\nWould create ~/.docker/config.json:\n";
    assert!(screen.starts_with(start), "{screen}");
    install(&world, &["region=fr-par"]);
    let screen = uninstall(&world, &["--dry-run"]);
    assert!(screen.starts_with("Would remove ~/.docker/config.json:\n"), "{screen}");
}

#[test]
fn a_broken_key_is_shown_in_the_table_with_its_remedy() {
    let screen = install(&user().set("SCW_SECRET_KEY", "SCW12345678901234567"), &["region=fr-par"]);
    assert!(screen.contains("the variable SCW_SECRET_KEY holds an access key"), "{screen}");
    assert!(!screen.contains("SCW1234"));
}

#[test]
fn the_program_is_there_and_executable_and_a_second_time_changes_nothing() {
    let world = user();
    install(&world, &[]);
    let program = world.path("bin/docker-credential-scw");
    assert_eq!(fs::metadata(&program).unwrap().permissions().mode() & 0o7777, 0o755);
    assert_eq!(fs::read(&program).unwrap(), fs::read(&world.program_file).unwrap());
    assert_eq!(fs::metadata(world.path(CONFIG)).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(world.path(".docker")).unwrap().permissions().mode() & 0o777, 0o700);
    let before = fs::metadata(&program).unwrap().modified().unwrap();
    let screen = install(&world, &[]);
    assert!(screen.starts_with(
        "~/bin/docker-credential-scw is there already\n~/.docker/config.json names it already\n"
    ));
    assert_eq!(fs::metadata(&program).unwrap().modified().unwrap(), before);
    assert_eq!(fs::read_dir(world.path("bin")).unwrap().count(), 1);
}

#[test]
fn uninstall_gives_everything_back_and_twice_in_a_row_is_fine() {
    for before in [None, Some(""), Some("{}\n"), Some("{\n  \"auths\": {}, \"x\":1}")] {
        let mut world = user();
        if let Some(text) = before {
            world = world.file(CONFIG, text);
        }
        install(&world, &[]);
        let screen = uninstall(&world, &[]);
        let change = if before.is_some() { "Changed" } else { "Removed" };
        let expected =
            format!("{change} ~/.docker/config.json\nRemoved ~/bin/docker-credential-scw\n");
        assert_eq!(screen, expected);
        assert_eq!(fs::read_to_string(world.path(CONFIG)).ok().as_deref(), before);
        assert_eq!(world.path(".docker").exists(), before.is_some());
        assert_eq!(fs::read_dir(world.path("bin")).unwrap().count(), 0);
        assert!(!world.path(".local").exists(), "no state of ours");
        let screen = uninstall(&world, &[]);
        assert!(screen.contains("does not name it") && screen.contains("nothing of ours"));
    }
}

#[test]
fn the_name_people_know_works_too() {
    let world = user();
    let outcome =
        run(&world, "install-docker-helper", &["region=nl-ams", "yes=true", "force=false"]);
    assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
    assert!(world.read(CONFIG).contains("rg.nl-ams.scw.cloud"));
    assert!(!world.read(CONFIG).contains("rg.fr-par.scw.cloud"));
}

#[test]
fn regions_can_be_given_more_than_once_and_milan_has_two_names() {
    let world = user();
    install(&world, &["--region", "it-mil", "--region=de-fra"]);
    let text = world.read(CONFIG);
    for host in ["rg.it-mil.scw.cloud", "rg.it-mil.scw.eu", "rg.de-fra.scw.cloud"] {
        assert!(text.contains(host), "{text}");
    }
    assert_eq!(text.matches("\"scw\"").count(), 3);
}

#[test]
fn the_script_of_scw_is_replaced_and_other_programs_are_not() {
    for script in [
        "#!/bin/sh\nscw registry docker-helper \"$@\"\n",
        "#!/bin/sh\nPROFILE_NAME=\"p\"\nif [[ ! -z \"$PROFILE_NAME\" ]]\nthen\n\texport SCW_PROFILE=\"$PROFILE_NAME\"\nfi\nscw -c c registry docker-helper \"$@\"\n",
    ] {
        let world = user().file("bin/docker-credential-scw", script);
        assert!(install(&world, &[]).contains("the script of scw registry install-docker-helper"));
    }
    for foreign in ["#!/bin/sh\necho scw\n", "\x7fELF something", ""] {
        let world = user().file("bin/docker-credential-scw", foreign);
        let line = refused(&world, &[]);
        let told = format!(
            "{} is not this program; check what it is, then remove it or replace it with --force",
            world.path("bin/docker-credential-scw").display()
        );
        assert_eq!(line, told);
        assert_eq!(world.read("bin/docker-credential-scw"), foreign);
        assert!(!world.path(".docker").exists());
        assert!(install(&world, &["--force"]).contains("what stood there"));
        assert!(uninstall(&world, &[]).contains("Removed"));
    }
    let world = user();
    symlink("/nonexistent/elsewhere", world.path("bin/docker-credential-scw")).unwrap();
    refused(&world, &[]);
    let world = user();
    fs::create_dir(world.path("bin/docker-credential-scw")).unwrap();
    assert!(
        refused(&world, &[])
            .contains("is a directory; remove it, or name another directory with --path")
    );
    assert!(
        refused(&world, &["--force"])
            .contains("is a directory; remove it, or name another directory with --path")
    );
    // Somebody's own script around the same call, and a text that quotes us, are foreign too.
    for foreign in [
        "#!/bin/bash\necho work >>/tmp/log\nexec scw -p work registry docker-helper \"$@\"\n",
        "#!/bin/sh\nlogger pull\nscw registry docker-helper \"$@\"\n",
        "docker-credential-scw: credential helper for rg.<region>.scw.cloud\n",
    ] {
        let world = user().file("bin/docker-credential-scw", foreign);
        refused(&world, &[]);
        uninstall(&world, &[]);
        assert_eq!(world.read("bin/docker-credential-scw"), foreign);
    }
}

#[test]
fn a_program_that_cannot_be_executed_is_put_right() {
    let world = user();
    install(&world, &[]);
    let program = world.path("bin/docker-credential-scw");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o644)).unwrap();
    let screen = install(&world, &[]);
    assert!(
        screen.contains("which not everybody could execute")
            && screen.contains("ready while it is set\n")
    );
    assert_eq!(fs::metadata(&program).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn an_unknown_region_is_registered_and_told() {
    let screen = install(&user(), &["region=fr-pra"]);
    let told = "! rg.fr-pra.scw.cloud: no such region; did you mean fr-par?\n  \
                -> docker-credential-scw install --region fr-par\n  \
                -> docker-credential-scw uninstall --region fr-pra\n";
    assert!(screen.contains(told), "{screen}");
    let screen = install(&user(), &["region=de-fra"]);
    let told = "! rg.de-fra.scw.cloud: no region that this version knows (fr-par, nl-ams, pl-waw, it-mil)\n  \
                -> check the region's name; if it is wrong, then:\n  \
                -> docker-credential-scw uninstall --region de-fra\n";
    assert!(screen.contains(told), "{screen}");
    assert!(!screen.contains("now pull"), "{screen}");
}

#[test]
fn a_host_that_loses_its_binding_is_told_where_the_plain_helper_is_in_use() {
    let world = user().config(format!("profiles: {{prod: {{secret_key: {KEY_B}}}}}\n"));
    install(&world, &[]);
    install(&world, &["profile=prod", "region=nl-ams"]);
    let screen = uninstall(&world, &["profile=prod"]);
    assert!(
        screen.contains("! rg.nl-ams.scw.cloud has no helper now: install wires it"),
        "{screen}"
    );
    install(&world, &["region=nl-ams"]);
    uninstall(&world, &[]);
    assert!(!world.path(CONFIG).exists());
}

#[test]
fn a_copy_elsewhere_on_path_is_told() {
    let world = user();
    install(&world, &[]);
    fs::create_dir(world.path("other")).unwrap();
    let other = format!("path={}", world.path("other").display());
    let outcome = world.run(&["uninstall", &other], "");
    let there = world.path("bin").display().to_string();
    let told = format!(
        "! {there}/docker-credential-scw is still there: `docker-credential-scw uninstall --path \
         {there}` removes it\n"
    );
    assert!(outcome.stdout.contains(&told), "{}", outcome.stdout);
}

/// The program where a package or somebody else has put it.
fn standing_at(world: &World, directory: &str) {
    fs::create_dir_all(world.path(directory)).unwrap();
    let program = world.path(directory).join("docker-credential-scw");
    fs::copy(&world.program_file, program).unwrap();
}

#[test]
fn without_a_path_the_program_stays_where_path_finds_it() {
    let world = user();
    standing_at(&world, "bin");
    let outcome = world.run(&["install"], "");
    let program = world.path("bin/docker-credential-scw");
    let said = format!("{} is there already\n", program.display());
    assert!(outcome.stdout.starts_with(&said), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("ready while it is set"), "{}", outcome.stdout);
    let outcome = world.run(&["uninstall"], "");
    assert!(outcome.stdout.contains(&format!("Removed {}", program.display())), "{outcome:?}");
    assert!(!program.exists() && !world.path(CONFIG).exists());
    // What stands there is another one: the default directory is meant.
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let outcome = world.run(&["install", "--dry-run"], "");
    // Not everybody may write there.
    let said = outcome.stdout.clone() + &outcome.stderr;
    assert!(said.contains("/usr/local/bin"), "{outcome:?}");
}

#[test]
fn what_a_package_put_there_is_left_to_it() {
    for (directory, page) in [
        ("usr/bin", "usr/share/man/man1/docker-credential-scw.1.gz"),
        ("nix/store/it/bin", "nix/store/it/share/man/man1/docker-credential-scw.1"),
        ("scoop/it", "scoop/it/man/docker-credential-scw.1"),
    ] {
        let world = user().file(page, "");
        let world = world.config(format!("profiles: {{prod: {{secret_key: {KEY_B}}}}}\n"));
        standing_at(&world, directory);
        // Homebrew and Nix have links on PATH.
        fs::create_dir_all(world.path("links")).unwrap();
        let link = world.path("links/docker-credential-scw");
        symlink(world.path(directory).join("docker-credential-scw"), &link).unwrap();
        let links = world.path("links");
        let world = world.set("PATH", links);
        let outcome = world.run(&["install"], "");
        let said = format!("{} is there already\n", link.display());
        assert!(outcome.stdout.starts_with(&said), "{}", outcome.stdout);
        for path in [directory, "links"] {
            world.run(&["install"], "");
            let path = format!("path={}", world.path(path).display());
            let outcome = world.run(&["uninstall", &path], "");
            assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
            let stays = "docker-credential-scw stays: remove the package that it came with";
            assert!(outcome.stdout.contains(stays), "{}", outcome.stdout);
            assert!(link.exists() && !world.path(CONFIG).exists(), "{directory}");
        }
        // A second name in that place is ours.
        let path = format!("path={}", world.path(directory).display());
        world.run(&["install", "profile=prod", &path], "");
        let there = world.path(directory);
        let world = world.set("PATH", there);
        let outcome = world.run(&["uninstall", "profile=prod", "path=/usr/local/bin"], "");
        let there = format!(
            "docker-credential-scw-prod is still there: `docker-credential-scw uninstall --profile prod \
             --path {}` removes it",
            world.path(directory).display()
        );
        assert!(outcome.stdout.contains(&there), "{}", outcome.stdout);
        let outcome = world.run(&["uninstall", "path=/usr/local/bin"], "");
        let there = "docker-credential-scw is still there: remove the package that it came with";
        assert!(outcome.stdout.contains(there), "{}", outcome.stdout);
        world.run(&["uninstall", "profile=prod", &path], "");
        assert!(!world.path(directory).join("docker-credential-scw-prod").exists());
    }
}

#[test]
fn a_second_copy_beside_one_that_docker_finds_is_in_nobodys_way() {
    let world = user();
    standing_at(&world, "bin");
    fs::create_dir(world.path("off-path")).unwrap();
    let path = format!("path={}", world.path("off-path").display());
    let outcome = world.run(&["install", &path], "");
    assert!(outcome.stdout.contains("ready while it is set"), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("not on PATH"), "{}", outcome.stdout);
}

#[test]
fn a_program_that_its_owner_alone_may_execute_is_put_right_in_its_place() {
    let world = user();
    standing_at(&world, "bin");
    let program = world.path("bin/docker-credential-scw");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o750)).unwrap();
    let outcome = world.run(&["install"], "");
    let said = format!("Replaced {}, which not everybody could execute\n", program.display());
    assert!(outcome.stdout.starts_with(&said), "{outcome:?}");
}

#[test]
fn whoever_put_the_manual_there_by_hand_insists() {
    let world = user().file("share/man/man1/docker-credential-scw.1", "");
    install(&world, &[]);
    assert!(uninstall(&world, &[]).contains("stays: remove the package that it came with"));
    assert!(uninstall(&world, &["--force"]).contains("Removed ~/bin/docker-credential-scw"));
    // A dry run tells of other copies, as the run does.
    install(&world, &[]);
    standing_at(&world, "other");
    let path = std::env::join_paths([world.path("bin"), world.path("other")]).unwrap();
    let world = world.set("PATH", path);
    for words in [&["--force", "--dry-run"][..], &["--force"]] {
        let screen = uninstall(&world, words);
        assert!(screen.contains("! ~/other/docker-credential-scw is still there"), "{screen}");
    }
}

#[test]
fn a_file_for_docker_config_is_told_apart_from_a_directory() {
    let world = user().file("config.json", "{}");
    let file = world.path("config.json");
    let line = refused(&world, &["--docker-config", file.to_str().unwrap()]);
    let told = "is not a directory; name the directory of config.json with --docker-config";
    assert_eq!(line, format!("{} {told}", file.display()));
}

#[test]
fn a_region_given_twice_is_registered_once() {
    let world = user();
    install(&world, &["region=fr-par", "region=fr-par,nl-ams"]);
    assert_eq!(world.read(CONFIG).matches(FR).count(), 1);
    uninstall(&world, &[]);
    assert!(!world.path(CONFIG).exists());
}

#[test]
fn hostile_text_in_the_config_is_escaped() {
    let before = "{\"credHelpers\": {\"rg.fr-par.scw.cloud\": \"ev\\u001b[31mil\\u202e\", \"rg.nl-ams.scw.cloud\": \"scw-\\u001b]0;x\\u0007\"}}";
    let world = user().file(CONFIG, before);
    for screen in [install(&world, &[]), uninstall(&world, &[])] {
        let hostile = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!screen.contains(hostile), "{screen:?}");
    }
}

#[test]
fn a_value_may_hold_an_equals_sign() {
    let world = user().file("a=b/x", "");
    let path = world.path("a=b");
    let outcome = world.run(&["install", "--path", path.to_str().unwrap(), "region=fr-par"], "");
    assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
    assert!(path.join("docker-credential-scw").exists());
    let relative = world.run(&["install", "--path", "a=b"], "");
    assert!(relative.stderr.contains("a=b does not exist"), "{relative:?}");
}

#[test]
fn an_empty_directory_that_was_there_stays() {
    // Docker makes its directory with the second mode, too.
    for mode in [0o755, 0o700] {
        let world = user();
        fs::create_dir(world.path(".docker")).unwrap();
        fs::set_permissions(world.path(".docker"), fs::Permissions::from_mode(mode)).unwrap();
        install(&world, &[]);
        uninstall(&world, &[]);
        assert_eq!(fs::read_dir(world.path(".docker")).unwrap().count(), 0, "{mode:o}");
    }
    let world = user();
    fs::create_dir(world.path("dot")).unwrap();
    fs::set_permissions(world.path("dot"), fs::Permissions::from_mode(0o700)).unwrap();
    symlink("dot", world.path(".docker")).unwrap();
    install(&world, &[]);
    uninstall(&world, &[]);
    assert_eq!(fs::read_dir(world.path("dot")).unwrap().count(), 0);
    assert!(fs::symlink_metadata(world.path(".docker")).unwrap().is_symlink());
}

#[test]
fn every_directory_that_was_made_is_removed_unless_something_else_is_in_it() {
    for keeps in [None, Some("a/kept"), Some("a/b/kept"), Some("a/b/c/kept")] {
        let world = user();
        let config = world.path("a/b/c");
        let words = ["--docker-config", config.to_str().unwrap()];
        install(&world, &words);
        // A second run changes what the first one made, and is taken back with it.
        install(&world, &[&words[..], &["region=de-fra"]].concat());
        if let Some(path) = keeps {
            fs::write(world.path(path), "").unwrap();
        }
        uninstall(&world, &words);
        assert!(!config.join("config.json").exists(), "{keeps:?}");
        let last = keeps.map_or("", |path| path.rsplit_once('/').unwrap().0);
        for directory in ["a", "a/b", "a/b/c"] {
            let is_needed = keeps.is_some() && last.starts_with(directory);
            assert_eq!(world.path(directory).exists(), is_needed, "{keeps:?}: {directory}");
        }
    }
}

#[test]
fn a_directory_that_is_a_link_to_nowhere_is_made_where_it_leads() {
    let world = user();
    symlink("dotfiles/docker", world.path(".docker")).unwrap();
    install(&world, &[]);
    assert!(world.path("dotfiles/docker/config.json").exists());
    uninstall(&world, &[]);
    assert!(fs::symlink_metadata(world.path(".docker")).unwrap().is_symlink());
}

#[test]
fn what_a_killed_install_left_beside_the_program_is_removed() {
    let world = user().file("bin/.docker-credential-scw-program-Abc", "half a program");
    install(&world, &[]);
    assert_eq!(fs::read_dir(world.path("bin")).unwrap().count(), 1);
}

#[test]
fn what_stays_behind_after_uninstall_is_said() {
    // Docker has written the file anew meanwhile, and our mark is gone.
    let docker_wrote = "{\n\t\"auths\": {},\n\t\"credsStore\": \"secretservice\",\n\t\"credHelpers\": \
        {\n\t\t\"rg.fr-par.scw.cloud\": \"scw\"\n\t}\n}";
    let world = user().file(CONFIG, docker_wrote);
    assert!(uninstall(&world, &[]).contains("! credsStore secretservice stays"));
}

#[test]
fn another_version_of_it_is_replaced_and_removed() {
    let mut world = user();
    install(&world, &[]);
    let mut newer = fs::read(&world.program_file).unwrap();
    newer.extend(b"another build");
    world = world.file("newer", newer);
    world.program_file = world.path("newer");
    assert!(install(&world, &["--dry-run"]).contains("Would replace"));
    assert!(
        install(&world, &[])
            .contains("Replaced ~/bin/docker-credential-scw, another version of it")
    );
    world.program_file = env!("CARGO_BIN_EXE_docker-credential-scw").into();
    assert!(uninstall(&world, &[]).contains("Removed"));
}

#[test]
fn a_directory_that_is_none_is_one_line_that_says_what_to_do() {
    let world = user().file("file", "");
    let at = |path: &str| format!("--path={}", world.path(path).display());
    let run = |path: &str| world.run(&["install", &at(path)], "");
    let (missing, file) = (world.path("missing/dir"), world.path("file"));
    for (path, told) in [
        (
            "missing/dir",
            format!(
                "{} does not exist; create it with `mkdir -p {}`, or name another directory with \
                 --path",
                missing.display(),
                missing.display()
            ),
        ),
        (
            "file",
            format!("{} is not a directory; name another directory with --path", file.display()),
        ),
    ] {
        let outcome = run(path);
        assert_eq!((outcome.exit, cause_and_hint(&outcome.stderr)), (Exit::Failure, told));
        assert!(!world.path(".docker").exists(), "nothing changed");
    }
}

#[test]
fn a_config_that_is_broken_is_refused_with_its_place_before_anything_is_changed() {
    for text in ["{", "{\"credHelpers\": []}", "{\"credHelpers\":{},\"credHelpers\":{}}", "[]"] {
        let world = user().file(CONFIG, text);
        let line = refused(&world, &[]);
        assert!(line.contains(".docker/config.json: line 1, column "), "{line}");
        assert!(line.ends_with("; fix that place in the file, then try again"), "{line}");
        assert!(!world.path("bin/docker-credential-scw").exists());
        let outcome = run(&world, "uninstall", &[]);
        assert_eq!(outcome.exit, Exit::Failure);
        assert_eq!(world.read(CONFIG), text);
    }
}

#[test]
fn an_entry_that_names_another_helper_is_shown_and_kept_unless_forced() {
    let before =
        "{\"credHelpers\": {\"rg.fr-par.scw.cloud\": \"other\", \"rg.nl-ams.scw.cloud\": \"\"}}";
    let world = user().file(CONFIG, before);
    let screen = install(&world, &[]);
    assert!(
        screen
            .contains("! rg.fr-par.scw.cloud is left to the helper other (--force takes it over)")
    );
    assert!(screen.contains("the helper other is registered instead of this one\n"), "{screen}");
    assert!(
        world
            .read(CONFIG)
            .contains("\"rg.fr-par.scw.cloud\": \"other\", \"rg.nl-ams.scw.cloud\": \"\"")
    );
    uninstall(&world, &[]);
    assert_eq!(world.read(CONFIG), before);
    install(&world, &["--force"]);
    assert!(!world.read(CONFIG).contains("other"));
}

#[test]
fn two_profiles_for_two_regions() {
    let world = user()
        .set("SCW_SECRET_KEY", "")
        .config(format!("secret_key: {KEY_A}\nprofiles:\n  prod:\n    secret_key: {KEY_B}\n"));
    install(&world, &[]);
    let screen = install(&world, &["--profile", "prod", "region=nl-ams"]);
    assert!(screen.contains("rg.nl-ams.scw.cloud  scw-prod  profile prod  ready"), "{screen}");
    assert!(world.path("bin/docker-credential-scw-prod").exists());
    assert!(screen.contains("rg.nl-ams.scw.cloud had the helper scw before"), "{screen}");
    // Installing the plain helper anew does not take the binding away.
    let screen = install(&world, &[]);
    assert!(screen.contains("rg.nl-ams.scw.cloud stays bound to the helper scw-prod"), "{screen}");
    assert!(screen.contains("rg.nl-ams.scw.cloud  scw-prod  profile prod     ready"), "{screen}");
    assert!(screen.contains("now pull from these without a login"), "{screen}");
    let screen = uninstall(&world, &[]);
    assert_eq!(
        screen,
        "\
Changed ~/.docker/config.json
! ~/bin/docker-credential-scw stays: it is still needed
! ~/.docker/config.json names scw-prod for rg.nl-ams.scw.cloud: `docker-credential-scw uninstall \
--profile prod --path ~/bin` undoes that
! `docker-credential-scw uninstall --all --path ~/bin` undoes all of it
"
    );
    assert!(world.path("bin/docker-credential-scw-prod").exists());
    let screen = uninstall(&world, &["profile=prod"]);
    assert_eq!(
        screen,
        "\
Removed ~/.docker/config.json
Removed ~/bin/docker-credential-scw-prod
! ~/bin/docker-credential-scw is still there, and nothing needs it: `docker-credential-scw uninstall \
--path ~/bin` removes it
"
    );
    assert!(!world.path(CONFIG).exists() && !world.path("bin/docker-credential-scw-prod").exists());
    uninstall(&world, &[]);
    assert_eq!(fs::read_dir(world.path("bin")).unwrap().count(), 0);
    let line = refused(&world, &["profile=gone", "region=nl-ams"]);
    let told = format!(
        "this helper is bound to the profile \"gone\", but {} has no such profile (it has prod); add it: \
         `docker-credential-scw save-key profile=gone`, or install it anyway with --force",
        world.path(".config/scw/config.yaml").display()
    );
    assert_eq!(line, told);
    assert!(!world.path("bin/docker-credential-scw-gone").exists());
    let forced = install(&world, &["profile=gone", "region=nl-ams", "--force"]);
    assert!(forced.contains("`docker-credential-scw save-key profile=gone`"), "{forced}");
    for bad in ["profile=", "profile=a/b", "profile=a\\b"] {
        assert_eq!(run(&world, "install", &[bad]).exit, Exit::Usage, "{bad}");
    }
}

#[test]
fn a_profile_takes_the_registries_of_the_plain_helper_only_where_they_are_named() {
    let with_both = || {
        let world = user()
            .set("SCW_SECRET_KEY", "")
            .config(format!("secret_key: {KEY_A}\nprofiles:\n  prod:\n    secret_key: {KEY_B}\n"));
        install(&world, &["region=fr-par,nl-ams"]);
        world
    };
    let bound = |world: &World| world.read(CONFIG).matches("\"scw-prod\"").count();
    let plain = |world: &World| world.read(CONFIG).matches("\"scw\"").count();
    let world = with_both();
    // Without a region it takes what is free.
    let screen = install(&world, &["--profile", "prod"]);
    let told = "rg.fr-par.scw.cloud, rg.nl-ams.scw.cloud stay with the plain helper; \
                `docker-credential-scw install --region all --profile prod --path ~/bin` takes over \
                all of them\n";
    assert!(screen.contains(told), "{screen}");
    assert!(screen.contains("rg.fr-par.scw.cloud  scw       profile default  ready\n"), "{screen}");
    assert!(screen.contains("rg.pl-waw.scw.cloud  scw-prod  profile prod     ready\n"), "{screen}");
    assert_eq!((plain(&world), bound(&world)), (2, 3));
    let json: serde_json::Value =
        serde_json::from_str(&install(&world, &["--profile", "prod", "-o", "json"])).unwrap();
    assert_eq!(json["kept"][0]["helper"], "scw");
    // One that is named is taken, and the command that is told takes the others.
    let screen = install(&world, &["--profile", "prod", "--region=nl-ams"]);
    assert!(!screen.contains("stay with the plain helper"), "{screen}");
    assert_eq!((plain(&world), bound(&world)), (1, 4));
    let screen = install(&world, &["--profile", "prod"]);
    assert!(screen.contains("rg.fr-par.scw.cloud stays with the plain helper; `"), "{screen}");
    let screen = install(&world, &["--region", "all", "--profile", "prod"]);
    assert!(screen.contains("rg.fr-par.scw.cloud had the helper scw before"), "{screen}");
    assert_eq!((plain(&world), bound(&world)), (0, 5));
    let world = with_both();
    install(&world, &["--profile", "prod", "--force"]);
    assert_eq!((plain(&world), bound(&world)), (0, 5));
}

#[test]
fn a_dry_run_shows_the_change_and_touches_nothing() {
    let auth = "bm9sb2dpbjpzZWNyZXQtdmFsdWU=";
    let before = format!("{{\n  \"auths\": {{\"docker.io\": {{\"auth\": \"{auth}\"}}}}\n}}\n");
    let world = user().file(CONFIG, &before);
    let screen = install(&world, &["--dry-run", "region=fr-par"]);
    assert_eq!(
        screen,
        "\
Would install ~/bin/docker-credential-scw
Would change ~/.docker/config.json:
--- ~/.docker/config.json
+++ ~/.docker/config.json
@@ -1,3 +1,6 @@
 {
-  \"auths\": ...
+  \"auths\": ...,
+  \"credHelpers\": {
+    \"rg.fr-par.scw.cloud\": \"scw\"
+  }
 }
"
    );
    assert_eq!(world.read(CONFIG), before);
    assert_eq!(fs::read_dir(world.path("bin")).unwrap().count(), 0);
    install(&world, &[]);
    let after = world.read(CONFIG);
    let screen = uninstall(&world, &["--dry-run"]);
    assert!(screen.contains("-    \"rg.fr-par.scw.cloud\": \"scw\",\n"), "{screen}");
    assert!(screen.contains("Would remove ~/bin/docker-credential-scw") && !screen.contains(auth));
    assert_eq!(world.read(CONFIG), after);
}

#[test]
fn the_store_that_docker_would_have_chosen_is_named_in_a_config_that_is_empty() {
    let with_store = |world: World| {
        let world = world.file("bin/docker-credential-secretservice", "");
        let rights = fs::Permissions::from_mode(0o755);
        fs::set_permissions(world.path("bin/docker-credential-secretservice"), rights).unwrap();
        world
    };
    let world = with_store(user());
    let screen = install(&world, &[]);
    assert!(screen.contains("credsStore secretservice is named there"), "{screen}");
    assert!(world.read(CONFIG).contains("\"credsStore\":\t \"secretservice\""));
    uninstall(&world, &[]);
    assert!(!world.path(CONFIG).exists());
    for before in ["{\"auths\": {\"docker.io\": {}}}", "{\"credsStore\": \"pass\"}"] {
        let world = with_store(user().file(CONFIG, before));
        assert!(!install(&world, &[]).contains("credsStore"));
    }
    // `pass` goes first where it is there, by Docker's rule, and then its helper is what counts.
    let world = with_store(user()).file("bin/pass", "");
    fs::set_permissions(world.path("bin/pass"), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(!install(&world, &[]).contains("credsStore"));
}

fn login(key: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("nologin:{key}"))
}

fn with_login(server: &str, key: &str) -> String {
    format!("{{\"auths\": {{\"{server}\": {{\"auth\": \"{}\"}}}}}}", login(key))
}

const AUTH_FILE: &str = ".config/containers/auth.json";

#[test]
fn plain_text_keys_are_told_of_and_with_consent_removed_once_they_are_kept_elsewhere() {
    let docker = with_login(FR, KEY_A)
        .replace("{\"auths\": {", "{\"auths\": {\"docker.io\": {\"auth\": \"eA==\"}, ");
    let world = user().set("SCW_SECRET_KEY", "").config(format!("secret_key: {KEY_A}\n"));
    let world = world.file(CONFIG, &docker).file(AUTH_FILE, with_login(FR, KEY_A));
    let screen = install(&world, &[]);
    for file in ["~/.docker/config.json", "~/.config/containers/auth.json"] {
        let line = format!("! {file}: plaintext credentials for rg.fr-par.scw.cloud");
        assert!(screen.contains(&line), "{screen}");
    }
    assert!(screen.ends_with("Ready, but what is marked ! may still get in the way.\n"));
    assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_A));

    let screen = install(&world, &["--yes"]);
    for file in ["~/.docker/config.json", "~/.config/containers/auth.json"] {
        let line =
            format!("\nRemoved the plaintext credentials for rg.fr-par.scw.cloud from {file}\n");
        assert!(screen.contains(&line), "{screen}");
    }
    assert!(world.read(CONFIG).starts_with("{\"auths\": {\"docker.io\": {\"auth\": \"eA==\"}}"));
    assert_eq!(world.read(AUTH_FILE), "{\"auths\": {}}");
    assert!(world.keyring.state().entries.is_empty(), "it is what `get` answers anyway");
}

#[test]
fn a_key_in_a_variable_is_kept_before_its_plain_text_goes() {
    let world = user().file(CONFIG, with_login(FR, KEY_A));
    let screen = install(&world, &["--yes"]);
    let told = "\
Copied the key for rg.fr-par.scw.cloud from the variable SCW_SECRET_KEY to the keyring
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
Removed the plaintext credentials for rg.fr-par.scw.cloud from ~/.docker/config.json

REGISTRY";
    assert!(screen.starts_with(told), "{screen}");
    assert_eq!(world.set("SCW_SECRET_KEY", "").key_for(FR), KEY_A);
    // Where it cannot be, that is told.
    let world = user().file(CONFIG, with_login(FR, KEY_A));
    world.keyring.fails_with(KeyringError::Absent("no bus".to_owned()));
    let screen = install(&world, &["--yes"]);
    let told = "! rg.fr-par.scw.cloud: the key is in the variable SCW_SECRET_KEY only now\n  \
                -> set the variable in your shell's profile\n";
    assert!(screen.contains(told), "{screen}");
}

#[test]
fn a_plain_text_key_that_is_the_only_one_is_stored_and_a_second_one_never_over_it() {
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, with_login(FR, KEY_A));
    let world = world.file(AUTH_FILE, with_login(FR, KEY_B));
    let screen = install(&world, &["--yes"]);
    let told = "\
Copied the key for rg.fr-par.scw.cloud from ~/.docker/config.json to the keyring
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
Removed the plaintext credentials for rg.fr-par.scw.cloud from ~/.docker/config.json
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman uses \
before the helper; the helper has another key (keyring)
  -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it

REGISTRY";
    assert!(screen.starts_with(told), "{screen}");
    assert_eq!(world.key_for(FR), KEY_A);
    assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_B));
}

/// What is said of plaintext credentials in podman's file while the helper has another key.
fn of_another_key(source: &str) -> String {
    format!(
        "! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman \
         uses before the helper; the helper has another key ({source})\n  \
         -> delete rg.fr-par.scw.cloud from auths in this file if you no longer need it\n"
    )
}

const LEFT: &str = "! rg.fr-par.scw.cloud: Docker uses its own login";
const PLAIN: &str = "in plaintext in its config.json";

/// A user who is logged in, and whose helper has no key: what install says.
#[track_caller]
fn stays_unregistered(world: &World, words: &[&str]) -> String {
    let screen = install(world, words);
    assert!(screen.contains(LEFT), "{screen}");
    assert!(screen.contains("rg.fr-par.scw.cloud  no      -         not registered"), "{screen}");
    let config = world.read(CONFIG);
    assert!(!config.contains("\"rg.fr-par.scw.cloud\": \"scw\""), "{config}");
    assert!(config.contains("\"rg.nl-ams.scw.cloud\": \"scw\""), "{config}");
    screen
}

#[test]
fn dockers_own_login_goes_on_working_where_the_helper_has_no_key() {
    let user = || user().set("SCW_SECRET_KEY", "").file(CONFIG, with_login(FR, KEY_A));
    let world = user();
    let screen = stays_unregistered(&world, &[]);
    let told = format!(
        "{LEFT}, {PLAIN}; the helper has no key\n  \
         -> docker-credential-scw install --yes --region fr-par\n"
    );
    assert!(screen.contains(&told), "{screen}");
    assert!(world.read(CONFIG).contains(&login(KEY_A)));
    // Once the helper has the same key, it is registered, and Docker's login is not used.
    let world = world.set("SCW_SECRET_KEY", KEY_A);
    let screen = install(&world, &[]);
    let told = "! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud\n  \
                -> docker-credential-scw install --yes\n";
    assert!(screen.contains(told), "{screen}");
    assert!(world.read(CONFIG).contains("\"rg.fr-par.scw.cloud\": \"scw\""));

    // Where there is no keyring to keep it in, agreeing changes nothing.
    let world = user();
    world.keyring.fails_with(KeyringError::Absent("no bus".to_owned()));
    let screen = stays_unregistered(&world, &["--yes"]);
    let told = "! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud; their key is \
                kept nowhere else and cannot be stored (there is no keyring in this session (no bus))\n  \
                -> docker-credential-scw save-key\n  -> docker-credential-scw install --yes\n";
    assert!(screen.contains(told), "{screen}");
    // What is registered stays registered.
    let registered = with_login(FR, KEY_A)
        .replace("}}}", "}}, \"credHelpers\": {\"rg.fr-par.scw.cloud\": \"scw\"}}");
    let world = user().file(CONFIG, registered);
    assert!(!install(&world, &[]).contains(LEFT));
    // --force says what that means.
    let world = user();
    let screen = install(&world, &["--force"]);
    let told = "! rg.fr-par.scw.cloud: Docker's login, in plaintext in its config.json, is no longer \
                used, and the helper has no key\n  -> docker-credential-scw save-key\n";
    assert!(screen.contains(told), "{screen}");
    assert!(world.read(CONFIG).contains("\"rg.fr-par.scw.cloud\": \"scw\""));
    // A dry run shows what would be.
    let screen = install(&user(), &["--dry-run"]);
    assert!(screen.contains(LEFT) && !screen.contains("+    \"rg.fr-par"), "{screen}");
    let screen = install(&user(), &["--dry-run", "--yes"]);
    assert!(screen.contains("\"rg.fr-par.scw.cloud\": \"scw\""), "{screen}");
}

/// Somebody without a key for the helper, whose config is this, and whose store `pass` answers `get`
/// for the registry with `answer`.
fn with_store(config: &str, answer: &str) -> World {
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, config).file(
        "bin/docker-credential-pass",
        format!("#!/bin/sh\nread host; [ \"$1 $host\" = \"get {FR}\" ] && {answer}\n"),
    );
    let program = world.path("bin/docker-credential-pass");
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    world
}

fn answer_with(key: &str) -> String {
    format!("echo '{{\"ServerURL\":\"{FR}\",\"Username\":\"nologin\",\"Secret\":\"{key}\"}}'")
}

const STORE: &str = "{\"auths\": {\"rg.fr-par.scw.cloud\": {}}, \"credsStore\": \"pass\"}";

#[test]
fn a_login_in_dockers_store_goes_on_working_or_is_taken_over() {
    // Docker asks its store for every registry, whether `auths` has an entry or not.
    for config in [STORE, "{\"credsStore\": \"pass\"}"] {
        let world = with_store(config, &answer_with(KEY_A));
        let screen = stays_unregistered(&world, &[]);
        assert!(screen.contains(&format!("{LEFT}, in its store pass; the helper has no key\n")));
        let screen = install(&world, &["--yes"]);
        let told = "Copied the key for rg.fr-par.scw.cloud from Docker's credential store pass to the \
                    keyring\n";
        assert!(screen.contains(told), "{screen}");
        assert!(screen.contains("rg.fr-par.scw.cloud  scw     keyring "), "{screen}");
        assert_eq!(world.key_for(FR), KEY_A);
    }
    // One that does not say what it has: the entry in `auths` stands for a login.
    let world = with_store(STORE, &answer_with(KEY_A));
    fs::write(world.path("bin/docker-credential-pass"), "#!/bin/sh\nexit 1\n").unwrap();
    stays_unregistered(&world, &[]);

    let not_a_key = "echo '{\"ServerURL\":\"x\",\"Username\":\"ada\",\"Secret\":\"hunter2\"}'";
    let world = with_store(STORE, not_a_key);
    let screen = stays_unregistered(&world, &["--yes"]);
    assert!(!screen.contains("--yes") && !screen.contains("hunter2"), "{screen}");
    // One that has nothing for it, or knows it by another name only.
    let nothing = "{ echo credentials not found in native keychain; false; }";
    assert!(!install(&with_store(STORE, nothing), &[]).contains(LEFT));
    // Docker chooses a store by itself while its config is empty.
    let world = with_store("{}", &answer_with(KEY_A)).file("bin/pass", "");
    fs::set_permissions(world.path("bin/pass"), fs::Permissions::from_mode(0o755)).unwrap();
    stays_unregistered(&world, &[]);
    // Without a keyring it goes on, too.
    let world = with_store(STORE, &answer_with(KEY_A));
    world.keyring.fails_with(KeyringError::Absent("no bus".to_owned()));
    let screen = stays_unregistered(&world, &["--yes"]);
    let told = "! rg.fr-par.scw.cloud: the key in Docker's store pass cannot be kept: there is no keyring \
                in this session (no bus)\n  -> docker-credential-scw save-key\n";
    assert!(screen.contains(told), "{screen}");

    // A store that has nothing for it, and one that is ours, are no login.
    let plain = with_login(FR, KEY_A).replace("}}}", "}}, \"credsStore\": \"pass\"}");
    let ours = STORE.replace("pass", "scw");
    for world in [with_store(&plain, nothing), with_store(&ours, "false")] {
        assert!(!install(&world, &[]).contains(LEFT));
    }
}

/// Docker's login to one registry is of another account than the helper's key: what install says of
/// it, and that nothing of it changes.
#[track_caller]
fn keeps_its_account(world: &World, words: &[&str], said: &str) {
    let (config, auth_file) = (world.read(CONFIG), fs::read(world.path(AUTH_FILE)).ok());
    let screen = install(world, words);
    // A dry run does not rely on the program that it does not install.
    let program =
        if words.contains(&"--dry-run") && !world.path("bin/docker-credential-scw").exists() {
            world.program_file.display().to_string()
        } else {
            "docker-credential-scw".to_owned()
        };
    let line = format!("{LEFT}, {said}\n  -> {program} install --force --region fr-par\n");
    assert!(screen.contains(&line), "{screen}");
    for wrong in ["removed", "plaintext credentials", "now pull"] {
        assert!(!screen.contains(wrong), "{wrong}: {screen}");
    }
    assert!(!screen.contains("+    \"rg.fr-par"), "{screen}");
    let now = world.read(CONFIG);
    assert!(!now.contains("\"rg.fr-par.scw.cloud\": \"scw\""), "{now}");
    let is_dry = words.contains(&"--dry-run");
    assert_eq!(now.contains("\"rg.nl-ams.scw.cloud\": \"scw\""), !is_dry);
    let logins = |text: &str| {
        let text = text.split(", \"credHelpers\"").next().unwrap_or_default();
        text.trim_end_matches('}').to_owned()
    };
    assert_eq!(logins(&now), logins(&config));
    assert_eq!(fs::read(world.path(AUTH_FILE)).ok(), auth_file);
    assert!(world.keyring.state().entries.is_empty());
}

#[test]
fn a_login_of_another_account_stays_unless_forced() {
    let switching = "(variable SCW_SECRET_KEY), so switching may change the account";
    let another = |place: &str| format!("{place}; the helper has another key {switching}");
    let unknown =
        |place: &str| format!("{place}; it cannot be compared with the helper's key {switching}");
    let store = "in its store pass";
    let not_a_key = "echo '{\"ServerURL\":\"x\",\"Username\":\"ada\",\"Secret\":\"hunter2\"}'";
    for (world, said) in [
        (user().file(CONFIG, with_login(FR, KEY_A)), another(PLAIN)),
        (with_store(STORE, &answer_with(KEY_A)), another(store)),
        (with_store("{\"credsStore\": \"pass\"}", &answer_with(KEY_A)), another(store)),
        (with_store(STORE, not_a_key), unknown(store)),
        // A store that does not say what it has.
        (with_store(STORE, "exit 1"), unknown(store)),
        (user().file(CONFIG, with_login(FR, "not-a-uuid-token")), unknown(PLAIN)),
    ] {
        // What podman uses there has the helper's key, and would be gone with nothing in its place.
        let world = world.set("SCW_SECRET_KEY", KEY_B).file(AUTH_FILE, with_login(FR, KEY_B));
        for words in [&["--dry-run"][..], &["--dry-run", "--yes"], &[], &["--yes"]] {
            keeps_its_account(&world, words, &said);
        }
        let screen = install(&world, &["--force"]);
        assert!(screen.contains("rg.fr-par.scw.cloud  scw     variable"), "{screen}");
        let place = if said.starts_with(PLAIN) { PLAIN } else { store };
        let line = format!(
            "+ rg.fr-par.scw.cloud: Docker's login, {place}, is no longer used: the helper answers with \
             the key from the variable SCW_SECRET_KEY\n"
        );
        assert!(screen.contains(&line), "{screen}");
        assert_eq!(world.key_for(FR), KEY_B);
    }
}

#[test]
fn nobody_is_asked_about_a_login_of_another_account() {
    let world = user().on_a_terminal().set("SCW_SECRET_KEY", KEY_B);
    let world = world.file(CONFIG, with_login(FR, KEY_A));
    let outcome = run(&world, "install", &[]);
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""), "{outcome:?}");
    assert!(outcome.stdout.contains("so switching may change the account"), "{outcome:?}");
}

#[test]
fn a_login_with_the_key_that_the_helper_answers_with_is_switched() {
    for world in [
        user().file(CONFIG, with_login(FR, KEY_A)),
        with_store(STORE, &answer_with(KEY_A)).set("SCW_SECRET_KEY", KEY_A),
    ] {
        let screen = install(&world, &[]);
        assert!(!screen.contains(LEFT), "{screen}");
        assert!(screen.contains("rg.fr-par.scw.cloud  scw     variable"), "{screen}");
    }
}

#[test]
fn a_login_of_podmans_with_another_key_is_not_said_to_be_removable() {
    let world = user().file(AUTH_FILE, with_login(FR, KEY_B));
    let told = of_another_key("variable SCW_SECRET_KEY");
    for words in [&[][..], &["--dry-run"], &["--dry-run", "--yes"]] {
        let screen = install(&world, words);
        assert!(screen.contains(&told) && !screen.contains("--yes"), "{screen}");
    }
    let screen = install(&world, &["--yes"]);
    assert!(screen.contains(&told), "{screen}");
    assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_B));
}

#[test]
fn the_key_that_docker_uses_is_kept_before_any_other() {
    // Its store's before podman's, and before one in plain text, which Docker passes over.
    let plain = with_login(FR, KEY_B).replace("}}}", "}}, \"credsStore\": \"pass\"}");
    for config in [STORE, &plain] {
        let world = with_store(config, &answer_with(KEY_A));
        let world = world.file(AUTH_FILE, with_login(FR, KEY_B));
        let screen = install(&world, &["--yes"]);
        assert!(screen.contains(&of_another_key("keyring")), "{screen}");
        assert_eq!(world.key_for(FR), KEY_A);
        assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_B));
    }
    // Where Docker's cannot be kept, another account's is not put in its place.
    let broken = with_store(STORE, "false").file(AUTH_FILE, with_login(FR, KEY_B));
    fs::write(broken.path("bin/docker-credential-pass"), "#!/bin/sh\nexit 1\n").unwrap();
    let token = with_login(FR, "not-a-uuid-token");
    let other = user().set("SCW_SECRET_KEY", "").file(CONFIG, token);
    for world in [broken, other.file(AUTH_FILE, with_login(FR, KEY_B))] {
        let screen = stays_unregistered(&world, &["--yes"]);
        let told = "! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, \
                    which podman uses before the helper; Docker uses another login\n";
        assert!(screen.contains(told), "{screen}");
        assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_B));
        assert!(world.keyring.state().entries.is_empty());
    }
    // Of several entries, that with the very name; one that Docker does not find is none.
    let (other, exact) = (login(KEY_B), login(KEY_A));
    let both = format!(
        "{{\"auths\": {{\"https://{FR}/v1/\": {{\"auth\": \"{other}\"}}, \"{FR}\": {{\"auth\": \"{exact}\"}}}}}}"
    );
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, both);
    install(&world, &["--yes"]);
    assert_eq!(world.key_for(FR), KEY_A);
    for (server, is_dockers) in [
        ("https://rg.fr-par.scw.cloud/", true),
        ("rg.fr-par.scw.cloud/v1/", true),
        ("RG.fr-par.scw.cloud", false),
        ("rg.fr-par.scw.cloud:443", false),
    ] {
        let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, with_login(server, KEY_A));
        let screen = install(&world, &[]);
        assert_eq!(screen.contains(LEFT), is_dockers, "{server}: {screen}");
    }
}

#[test]
fn a_login_to_a_registry_that_is_left_to_another_helper_stays() {
    for helper in ["", "pass"] {
        let config = with_login(FR, KEY_A).replace(
            "}}}",
            &format!("}}}}, \"credHelpers\": {{\"rg.fr-par.scw.cloud\": \"{helper}\"}}}}"),
        );
        let world = user().file(CONFIG, &config).file(AUTH_FILE, with_login(FR, KEY_A));
        let screen = install(&world, &["--yes", "region=fr-par"]);
        assert!(screen.contains("~/.docker/config.json is left unchanged\n"), "{screen}");
        assert!(!screen.contains("removed"), "{screen}");
        assert_eq!(world.read(CONFIG), config);
        assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_A));
    }
}

#[test]
fn where_nothing_is_to_be_registered_the_config_stays_as_it_is() {
    for before in [
        with_login(FR, KEY_A),
        with_login(FR, KEY_A).replace("}}}", "}}, \"credHelpers\": {\"gcr.io\": \"gcr\"}}"),
    ] {
        let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, &before);
        for _ in 0..2 {
            let screen = install(&world, &["region=fr-par"]);
            assert!(screen.contains("~/.docker/config.json is left unchanged\n"), "{screen}");
            assert_eq!(world.read(CONFIG), before);
        }
    }
}

#[test]
fn why_the_helper_has_no_answer_is_said() {
    let world = user().set("SCW_SECRET_KEY", "").set("SCW_PROFILE", "nope");
    let world = world.config("secret_key: x\n").file(CONFIG, with_login(FR, KEY_A));
    let screen = stays_unregistered(&world, &["--yes"]);
    let told = "! rg.fr-par.scw.cloud: Docker uses its own login, in plaintext in its config.json; \
                SCW_PROFILE is \"nope\", but ~/.config/scw/config.yaml has no named profile\n  \
                -> unset SCW_PROFILE, or set it to a profile that exists, then:\n  \
                -> docker-credential-scw install --region fr-par\n";
    assert!(screen.contains(told), "{screen}");
    // Where the helper is registered, it is told of as any other.
    let registered = with_login(FR, KEY_A)
        .replace("}}}", "}}, \"credHelpers\": {\"rg.fr-par.scw.cloud\": \"scw\"}}");
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, registered);
    let screen = install(&world, &[]);
    let told = "! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud\n  \
                -> docker-credential-scw install --yes\n";
    assert!(screen.contains(told), "{screen}");
}

#[test]
fn a_dry_run_with_consent_says_what_the_run_will_do() {
    for has_keyring in [true, false] {
        let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, with_login(FR, KEY_A));
        if !has_keyring {
            world.keyring.fails_with(KeyringError::Absent("no bus".to_owned()));
        }
        let left = |words: &[&str]| {
            let report: serde_json::Value = serde_json::from_str(&install(&world, words)).unwrap();
            report["left_to_login"].clone()
        };
        let before = world.read(CONFIG);
        let would_be = left(&["--dry-run", "--yes", "-o", "json"]);
        assert_eq!(world.read(CONFIG), before);
        assert_eq!(would_be, left(&["--yes", "-o", "json"]), "{has_keyring}");
        assert_eq!(would_be.as_array().unwrap().is_empty(), has_keyring);
    }
}

#[test]
fn scripts_are_shown_no_more_than_people() {
    let store = format!("{{\"auths\": {{\"{FR}\": {{}}}}, \"credsStore\": \"{KEY_B}\"}}");
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, store);
    assert!(install(&world, &["-o", "json"]).contains("Docker uses its own login"));
}

#[test]
fn a_plain_text_key_of_one_namespace_is_not_made_that_of_the_registry() {
    let before = with_login("rg.fr-par.scw.cloud/team", KEY_B);
    let world = user().set("SCW_SECRET_KEY", "").file(AUTH_FILE, &before);
    let screen = install(&world, &["--yes"]);
    assert!(screen.contains("; their key is for a part of the registry only\n"), "{screen}");
    assert_eq!(world.read(AUTH_FILE), before);
    // Where the helper answers with that very key, it is of no use there.
    install(&world.set("SCW_SECRET_KEY", KEY_B), &["--yes"]);
}

#[test]
fn a_plain_text_key_that_somebody_changes_while_we_ask_stays() {
    struct Meddler(std::path::PathBuf, bool);
    impl std::io::Read for Meddler {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.1 {
                return Ok(0);
            }
            self.1 = true;
            fs::write(&self.0, with_login(FR, KEY_B))?;
            buffer[..1].copy_from_slice(b"y");
            Ok(1)
        }
    }
    let world = user().on_a_terminal().file(AUTH_FILE, with_login(FR, KEY_A));
    let args: Vec<std::ffi::OsString> =
        ["docker-credential-scw", "install", "--path", world.path("bin").to_str().unwrap()]
            .iter()
            .map(Into::into)
            .collect();
    let mut stdin = Meddler(world.path(AUTH_FILE), false);
    let mut stdout = Vec::new();
    docker_credential_scw::run(
        &args,
        &world.environment(),
        &mut stdin,
        &mut stdout,
        &mut std::io::sink(),
    );
    assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_B));
    assert!(
        String::from_utf8(stdout).unwrap().contains("another program changed the file meanwhile")
    );
}

#[test]
fn a_plain_text_key_that_cannot_be_kept_elsewhere_stays() {
    for key in [KEY_B, "hunter2"] {
        // No other source has a key.
        let before =
            format!("{{\"auths\": {{\"https://{FR}\": {{\"auth\": \"{}\"}}}}}}", login(key));
        let auth_file = ".config/containers/auth.json";
        let world = user().set("SCW_SECRET_KEY", "").file(auth_file, &before);
        world.keyring.fails_with(KeyringError::Locked);
        let screen = install(&world, &["-y"]);
        assert!(
            screen.contains("! ~/.config/containers/auth.json: plaintext credentials for"),
            "{screen}"
        );
        assert!(!screen.contains(key) && !screen.contains(&login(key)));
        assert_eq!(world.read(auth_file), before);
    }
}

#[test]
fn somebody_at_a_terminal_is_asked() {
    let before = format!("{{\"auths\": {{\"{FR}\": {{\"auth\": \"{}\"}}}}}}", login(KEY_A));
    for (answer, removed) in
        [("y\n", true), ("YES\n", true), ("n\n", false), ("\n", false), ("", false)]
    {
        let world = user().on_a_terminal().file(".config/containers/auth.json", &before);
        let path = format!("path={}", world.path("bin").display());
        let outcome = world.run(&["install", &path], answer);
        let file = world.path(".config/containers/auth.json");
        let question = format!(
            "{} has plaintext credentials for rg.fr-par.scw.cloud. Move the key to the keyring and \
             delete it from auth.json? [y/N] ",
            file.display()
        );
        assert_eq!(outcome.stderr, question);
        assert_eq!(world.read(".config/containers/auth.json") != before, removed, "{answer:?}");
    }
}

#[test]
fn an_auth_file_that_is_broken_is_told_of_and_left_alone() {
    let world = user().file(".config/containers/auth.json", "");
    install(&world, &["--yes"]);
    let world = user().file(".config/containers/auth.json", "{ nonsense");
    let screen = install(&world, &["--yes"]);
    assert!(screen.contains("! ~/.config/containers/auth.json: line 1, column 3: it is not valid JSON\n  -> mv ~/.config/containers/auth.json ~/.config/containers/auth.json.broken\n"), "{screen}");
    assert_eq!(world.read(".config/containers/auth.json"), "{ nonsense");
}

#[test]
fn what_else_would_defeat_the_helper_is_told() {
    let world = user().set("PATH", "/usr/bin:relative:");
    let screen = install(&world, &[]);
    let told = "! ~/bin/docker-credential-scw: ~/bin is not on PATH, so Docker does not find it\n  \
                -> add the directory to PATH: export PATH=~/bin:$PATH\n";
    assert!(screen.contains(told), "{screen}");
    assert!(
        screen.contains("Docker does not start it (see above)") && !screen.contains("ready while")
    );
    assert!(screen.ends_with("Fix what is marked !, then run install again.\n"));
    let auth = format!("{{\"auths\": {{\"{FR}\": {{\"auth\": \"{}\"}}}}}}", login(KEY_B));
    let screen = install(&user().set("DOCKER_AUTH_CONFIG", auth), &[]);
    assert!(
        screen.contains(
            "! DOCKER_AUTH_CONFIG: credentials for rg.fr-par.scw.cloud, which Docker uses before the \
             helper\n  -> unset DOCKER_AUTH_CONFIG\n"
        ),
        "{screen}"
    );
    let world = user().file("first/docker-credential-scw", "#!/bin/sh\n");
    let earlier = world.path("first/docker-credential-scw");
    fs::set_permissions(&earlier, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::join_paths([world.path("first"), world.path("bin")]).unwrap();
    let screen = install(&world.set("PATH", path), &[]);
    let told = "! ~/bin/docker-credential-scw: not used: ~/first/docker-credential-scw is earlier on \
                PATH\n  -> check what that program is, then:\n  -> rm ~/first/docker-credential-scw\n";
    assert!(screen.contains(told), "{screen}");
}

#[test]
fn docker_config_is_found_by_dockers_rule() {
    let world = user();
    let (variable, argument) = (world.path("by-variable"), world.path("by-argument"));
    let world = world.set("DOCKER_CONFIG", &variable);
    install(&world, &[]);
    assert!(variable.join("config.json").exists() && !world.path(CONFIG).exists());
    install(&world, &["--docker-config", argument.to_str().unwrap()]);
    assert!(argument.join("config.json").exists());
}

#[test]
fn without_a_home_there_is_one_line() {
    let world = user().set("HOME", "").homeless();
    assert_eq!(
        refused(&world, &[]),
        "there is no home directory to find Docker's config in; set HOME, or name the directory with \
         --docker-config"
    );
    assert_eq!(fs::read_dir(world.path("bin")).unwrap().count(), 0);
    let own = world.path("own");
    install(&world, &["--docker-config", own.to_str().unwrap()]);
    assert!(own.join("config.json").exists());
}

#[test]
fn stored_keys_are_forgotten_when_that_is_asked_for() {
    let world = user();
    install(&world, &[]);
    world.store(FR, KEY_B);
    let screen = uninstall(&world, &[]);
    assert!(
        screen.contains(
            "! the keys stored for rg.fr-par.scw.cloud are still in the keyring: --purge"
        )
    );
    assert!(
        uninstall(&world, &["--purge", "--dry-run"])
            .contains("Would forget the key stored for rg.fr-par.scw.cloud\n")
    );
    assert_eq!(world.keyring.state().entries.len(), 1);
    assert!(
        uninstall(&world, &["--purge"]).contains("Forgot the key stored for rg.fr-par.scw.cloud\n")
    );
    assert!(world.keyring.state().entries.is_empty());
}

#[test]
fn somebody_at_a_terminal_is_asked_about_stored_keys_and_yes_agrees() {
    for (words, answer, forgotten) in
        [(&[][..], "y\n", true), (&[][..], "\n", false), (&["--yes"][..], "", true)]
    {
        let world = user().on_a_terminal();
        world.store(FR, KEY_B);
        let path = format!("path={}", world.path("bin").display());
        let outcome = world.run(&[&["uninstall", &path], words].concat(), answer);
        assert_eq!(outcome.stderr.contains("Forget the keys stored for"), words.is_empty());
        assert_eq!(world.keyring.state().entries.is_empty(), forgotten, "{outcome:?}");
    }
}

#[test]
fn the_result_for_scripts_is_json() {
    let world = user();
    let json = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
    let report = json(install(&world, &["-o", "json"]));
    assert_eq!(report["program"], "~/bin/docker-credential-scw");
    assert_eq!(
        (&report["program_before"], &report["config_changed"]),
        (&"nothing".into(), &true.into())
    );
    assert_eq!(report["registries"].as_array().unwrap().len(), 5);
    assert_eq!(report["registries"][0]["ready"], true);
    assert_eq!(report["registries"][0]["key_from"], "variable SCW_SECRET_KEY");
    let report = json(uninstall(&world, &["output=json"]));
    assert_eq!(
        (&report["program_removed"], &report["config_changed"]),
        (&true.into(), &true.into())
    );
}

/// The steps of a report, as `ACTION TARGET STATUS`.
fn steps(text: &str) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(text).unwrap();
    let word = |step: &serde_json::Value, field: &str| step[field].as_str().unwrap().to_owned();
    let steps = report["steps"].as_array().unwrap().iter();
    let in_words = |step| ["action", "target", "status"].map(|field| word(step, field)).join(" ");
    steps.map(in_words).collect()
}

const STEPS: [&str; 4] = [
    "keep-key rg.fr-par.scw.cloud",
    "install-program ~/bin/docker-credential-scw",
    "change-config ~/.docker/config.json",
    "remove-plaintext-credentials ~/.docker/config.json",
];

#[test]
fn a_dry_run_has_the_steps_that_the_run_does() {
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, with_login(FR, KEY_A));
    let with = |status: [&str; 4]| -> Vec<String> {
        STEPS.iter().zip(status).map(|(step, status)| format!("{step} {status}")).collect()
    };
    let planned = with(["planned"; 4]);
    assert_eq!(steps(&install(&world, &["--dry-run", "--yes", "-o", "json"])), planned);
    let asked = with(["needs-consent", "planned", "planned", "needs-consent"]);
    assert_eq!(steps(&install(&world, &["--dry-run", "-o", "json"])), asked);
    let screen = install(&world, &["--dry-run", "--yes", "region=fr-par"]);
    assert_eq!(
        screen,
        "\
Would copy the key for rg.fr-par.scw.cloud from ~/.docker/config.json to the keyring
Would install ~/bin/docker-credential-scw
Would change ~/.docker/config.json:
--- ~/.docker/config.json
+++ ~/.docker/config.json
@@ -1,1 +1,1 @@
-{\"auths\": ...}
+{\"auths\": ..., \"credHelpers\": {\"rg.fr-par.scw.cloud\": \"scw\"}}
Would remove the plaintext credentials for rg.fr-par.scw.cloud from ~/.docker/config.json
"
    );
    assert_eq!(steps(&install(&world, &["--yes", "-o", "json"])), with(["done"; 4]));
    let text = uninstall(&world, &["--yes", "-o", "json"]);
    let expected = [
        "change-config ~/.docker/config.json done",
        "remove-program ~/bin/docker-credential-scw done",
        "forget-key rg.fr-par.scw.cloud done",
    ];
    assert_eq!(steps(&text), expected);
}

#[test]
fn a_key_that_the_keyring_refuses_keeps_the_credentials_and_dockers_login() {
    let world = user().set("SCW_SECRET_KEY", "").file(CONFIG, with_login(FR, KEY_A));
    let world = world.file(AUTH_FILE, with_login(FR, KEY_A));
    world.keyring.fails_with(KeyringError::Locked);
    let text = install(&world, &["--yes", "region=fr-par", "-o", "json"]);
    let expected = [
        "keep-key rg.fr-par.scw.cloud failed",
        "install-program ~/bin/docker-credential-scw done",
        "change-config ~/.docker/config.json unchanged",
        "remove-plaintext-credentials ~/.docker/config.json skipped",
        "remove-plaintext-credentials ~/.config/containers/auth.json skipped",
    ];
    assert_eq!(steps(&text), expected);
    assert_eq!(world.read(CONFIG), with_login(FR, KEY_A));
    assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_A));
    assert_eq!(
        install(&world, &["--yes", "region=fr-par"]),
        "\
~/bin/docker-credential-scw is there already
~/.docker/config.json is left unchanged
! ~/.docker/config.json: plaintext credentials for rg.fr-par.scw.cloud; their key is kept nowhere else \
and cannot be stored (the keyring is locked)
  -> docker-credential-scw save-key
  -> docker-credential-scw install --yes
! ~/.config/containers/auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman uses \
before the helper; their key is kept nowhere else and cannot be stored (the keyring is locked)
  -> docker-credential-scw save-key
  -> docker-credential-scw install --yes
! rg.fr-par.scw.cloud: Docker uses its own login, in plaintext in its config.json; the helper has no key
  -> docker-credential-scw save-key
  -> docker-credential-scw install --force --region fr-par

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  no      -         not registered

Fix what is marked !, then run install again.
"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_after_a_step_says_what_was_done_before() {
    // Nobody can make a directory there.
    let world = user().set("SCW_SECRET_KEY", "").file(AUTH_FILE, with_login(FR, KEY_A));
    symlink("/proc/none/docker", world.path(".docker")).unwrap();
    let outcome = run(&world, "install", &["--yes", "region=fr-par"]);
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, ""));
    assert_eq!(
        outcome.stderr.replace(world.home.path().to_str().unwrap(), "~"),
        "error: the key for rg.fr-par.scw.cloud is in the keyring, ~/bin/docker-credential-scw is in its \
         place, but: cannot create the directory /proc/none/docker: No such file or directory (os error \
         2)\n"
    );
    assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_A));
}

#[test]
fn every_question_comes_before_the_first_change() {
    /// Answers yes to everything, and looks at the machine at each question.
    struct Answers(std::path::PathBuf, Vec<u8>);
    impl std::io::Read for Answers {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            assert_eq!(fs::read_dir(self.0.join("bin"))?.count(), 1, "nothing is installed");
            assert_eq!(fs::read_to_string(self.0.join(CONFIG))?, STORE);
            buffer[0] = self.1.pop().unwrap();
            Ok(1)
        }
    }
    let world = with_store(STORE, &answer_with(KEY_A)).on_a_terminal();
    let world = world.file(AUTH_FILE, with_login(FR, KEY_A));
    let path = world.path("bin").display().to_string();
    let words = ["docker-credential-scw", "install", "--path", &path, "--region", "fr-par"];
    let args: Vec<std::ffi::OsString> = words.iter().map(Into::into).collect();
    let mut answers = Answers(world.path(""), b"\ny\ny".to_vec());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let environment = world.environment();
    docker_credential_scw::run(&args, &environment, &mut answers, &mut stdout, &mut stderr);
    let shown = |text: Vec<u8>| {
        String::from_utf8(text).unwrap().replace(world.home.path().to_str().unwrap(), "~")
    };
    assert_eq!(
        shown(stderr),
        "Docker's credential store pass has the key for rg.fr-par.scw.cloud. Copy it to the keyring? \
         [y/N] ~/.config/containers/auth.json has plaintext credentials for rg.fr-par.scw.cloud. The \
         helper has the same key. Delete it from auth.json? [y/N] "
    );
    let stdout = shown(stdout);
    let start = "\
Copied the key for rg.fr-par.scw.cloud from Docker's credential store pass to the keyring
Installed ~/bin/docker-credential-scw
Changed ~/.docker/config.json
Removed the plaintext credentials for rg.fr-par.scw.cloud from ~/.config/containers/auth.json
";
    assert!(stdout.starts_with(start), "{stdout}");
}

#[test]
fn slips_on_the_command_line_get_suggestions() {
    for (words, suggestion) in [
        (vec!["instal", "--yes"], "'install'"),
        (vec!["install", "--pat=/x"], "'--path'"),
        (vec!["install", "regon=fr-par"], "'--region'"),
        (vec!["install", "--region", "paris"], "fr-par, nl-ams, pl-waw, it-mil"),
        (vec!["install", "-o", "yaml"], "human, json"),
    ] {
        let outcome = World::new().run(&words, "");
        assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Usage, ""), "{words:?}");
        assert!(outcome.stderr.contains(suggestion), "{words:?}: {}", outcome.stderr);
    }
    let one_word = World::new().run(&["instal"], "");
    assert_eq!(one_word.stdout, "docker-credential-scw: unknown action: instal\n");
    let tip = "  tip: some similar subcommands exist: 'install', 'uninstall', 'install-docker-helper', \
               'list'\n";
    assert!(one_word.stderr.contains(tip), "{one_word:?}");
}

#[test]
fn help_teaches_by_example_within_80_columns() {
    for words in [vec!["--help"], vec!["install", "--help"], vec!["uninstall", "-h"]] {
        let outcome = World::new().run(&words, "");
        assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""));
        assert!(outcome.stdout.contains("Examples:\n  "), "{}", outcome.stdout);
        for line in outcome.stdout.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
