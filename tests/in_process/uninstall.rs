//! `uninstall`: what else needs the program, and what is printed about it.
#![cfg(unix)]

mod profiles;

use std::fs;
use std::os::unix::fs::symlink;

use docker_credential_scw::Exit;

use crate::support::{KEY_A, KEY_B, World};

const CONFIG: &str = ".docker/config.json";
const PLAIN: &str = "bin/docker-credential-scw";
const BOUND: &str = "bin/docker-credential-scw-prod";

/// A user with the program in `~/bin`, which is on PATH, and registered for every registry.
fn installed() -> World {
    let world = World::new()
        .config(format!("secret_key: {KEY_A}\nprofiles:\n  prod:\n    secret_key: {KEY_B}\n"));
    fs::create_dir(world.path("bin")).unwrap();
    let (home, path) = (world.path(""), world.path("bin"));
    let mut world = world.set("PATH", path).set("HOME", home);
    world.root_home = Some(world.path("root"));
    fs::copy(&world.program_file, world.path(PLAIN)).unwrap();
    done(&world, &["install"]);
    world
}

/// Runs a command that must succeed, and returns its screen.
#[track_caller]
fn done(world: &World, words: &[&str]) -> String {
    let outcome = world.run(words, "");
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""), "{outcome:?}");
    world.shown(&outcome.stdout)
}

/// Types a command as it was printed.
#[track_caller]
fn typed(world: &World, command: &str) -> String {
    let command = command.strip_prefix("sudo ").unwrap_or(command);
    let home = world.home.path().to_str().unwrap();
    let words: Vec<_> = command.split(' ').map(|word| word.replace('~', home)).collect();
    let program = world.path("bin").join(words[0].rsplit('/').next().unwrap());
    assert!(program.exists(), "the command can be typed: {command}");
    done(world, &words[1..].iter().map(String::as_str).collect::<Vec<_>>())
}

/// The commands between backticks.
fn commands(screen: &str) -> Vec<&str> {
    screen.split('`').skip(1).step_by(2).collect()
}

fn bind_prod(world: &World) {
    done(
        world,
        &["install", "--profile", "prod", "--region", "nl-ams", "--path", &at(world, "bin")],
    );
}

fn at(world: &World, path: &str) -> String {
    world.path(path).display().to_string()
}

fn with_helper(helper: &str) -> String {
    format!("{{\"credHelpers\": {{\"rg.fr-par.scw.cloud\": \"{helper}\"}}}}")
}

#[test]
fn the_program_stays_while_roots_config_names_it() {
    let world = installed().file("root/.docker/config.json", with_helper("scw"));
    let screen = done(&world, &["uninstall"]);
    assert_eq!(
        screen,
        "\
Removed ~/.docker/config.json
! ~/bin/docker-credential-scw stays: it is still needed
! ~/root/.docker/config.json names scw for rg.fr-par.scw.cloud: `sudo ~/bin/docker-credential-scw \
uninstall --docker-config ~/root/.docker` undoes that
! `sudo ~/bin/docker-credential-scw uninstall --all` undoes all of it
"
    );
    assert!(world.path(PLAIN).exists() && !world.path(CONFIG).exists());
    // The first command takes the last reference, and the program with it.
    let screen = typed(&world, commands(&screen)[0]);
    assert_eq!(
        screen,
        "\
Changed ~/root/.docker/config.json
Removed ~/bin/docker-credential-scw
",
    );
    assert_eq!(world.read("root/.docker/config.json"), "{}");
    // And the other way round: the user's config is what is left.
    let world = installed().file("root/.docker/config.json", with_helper("scw"));
    let screen = done(&world, &["uninstall", "--docker-config", &at(&world, "root/.docker")]);
    assert_eq!(
        screen,
        "\
Changed ~/root/.docker/config.json
! ~/bin/docker-credential-scw stays: it is still needed
! ~/.docker/config.json names scw for rg.fr-par.scw.cloud, rg.nl-ams.scw.cloud, \
rg.pl-waw.scw.cloud, rg.it-mil.scw.cloud, rg.it-mil.scw.eu: `docker-credential-scw uninstall` \
undoes that
! `docker-credential-scw uninstall --all --docker-config ~/root/.docker` undoes all of it
",
    );
    let screen = typed(&world, "docker-credential-scw uninstall");
    assert_eq!(
        screen,
        "\
Removed ~/.docker/config.json
Removed ~/bin/docker-credential-scw
",
    );
    // --force does not ask what else needs it.
    let world = installed().file("root/.docker/config.json", with_helper("scw"));
    let screen = done(&world, &["uninstall", "--force"]);
    assert_eq!(
        screen,
        "\
Removed ~/.docker/config.json
Removed ~/bin/docker-credential-scw
! ~/root/.docker/config.json names scw for rg.fr-par.scw.cloud: `sudo \
PROGRAM uninstall --docker-config ~/root/.docker` undoes \
that
! `sudo PROGRAM uninstall --all` undoes all of it
",
    );
}

#[test]
fn every_printed_command_works_until_nothing_is_left() {
    let files = [("root/.docker/config.json", "scw-prod"), (".config/containers/auth.json", "scw")];
    for first in [&["uninstall"][..], &["uninstall", "--profile", "prod"]] {
        let world = files
            .iter()
            .fold(installed(), |world, (path, helper)| world.file(path, with_helper(helper)));
        bind_prod(&world);
        let mut screen = done(&world, first);
        let mut to_type: Vec<String> = Vec::new();
        let is_done = || fs::read_dir(world.path("bin")).unwrap().count() == 0;
        for _ in 0..10 {
            // --all comes last.
            let printed =
                commands(&screen).into_iter().filter(|command| !command.ends_with("--all"));
            to_type.extend(printed.map(str::to_owned));
            if to_type.is_empty() && !is_done() {
                to_type.push("docker-credential-scw uninstall --all".to_owned());
            }
            if is_done() {
                break;
            }
            screen = typed(&world, &to_type.remove(0));
        }
        assert!(is_done(), "{first:?}: {screen}");
        for (path, _) in files {
            assert_eq!(world.read(path), "{}", "{path}");
        }
        assert!(!world.path(CONFIG).exists());
    }
}

#[test]
fn the_helper_as_credential_store_keeps_the_program() {
    let world = installed().file(CONFIG, "{\"credsStore\": \"scw\"}");
    for (words, expected) in [
        (
            &["uninstall"][..],
            "\
~/.docker/config.json does not name it
! ~/bin/docker-credential-scw stays: it is still needed
! ~/.docker/config.json names scw as credsStore: remove that by hand
! `docker-credential-scw uninstall --all` undoes all of it
",
        ),
        (
            &["uninstall", "--all"],
            "\
~/.docker/config.json does not name it
! ~/bin/docker-credential-scw stays: it is still needed
! ~/.docker/config.json names scw as credsStore: remove that by hand
",
        ),
    ] {
        let screen = done(&world, words);
        assert_eq!(screen, expected);
        assert!(world.path(PLAIN).exists());
    }
}

#[test]
fn links_to_a_program_keep_it() {
    let world = installed();
    bind_prod(&world);
    symlink("docker-credential-scw-prod", world.path("bin/docker-credential-scw-dev")).unwrap();
    let screen = done(&world, &["uninstall", "--profile", "prod"]);
    assert_eq!(
        screen,
        "\
Changed ~/.docker/config.json
! ~/bin/docker-credential-scw-prod stays: it is still needed
! ~/bin/docker-credential-scw-dev is a link to it: `docker-credential-scw uninstall --profile \
dev` undoes that
! ~/.docker/config.json names scw for rg.fr-par.scw.cloud, rg.pl-waw.scw.cloud, \
rg.it-mil.scw.cloud, rg.it-mil.scw.eu: `docker-credential-scw uninstall` undoes that
! `docker-credential-scw uninstall --all` undoes all of it
! rg.nl-ams.scw.cloud has no helper now: install registers it again
",
    );
    assert!(world.path(BOUND).exists());
    typed(&world, "docker-credential-scw uninstall --profile dev");
    done(&world, &["uninstall", "--profile", "prod"]);
    assert!(!world.path(BOUND).exists());
}

/// A file that cannot be read is not the same as no file.
#[test]
fn a_program_that_cannot_be_read_is_an_error_before_anything_is_changed() {
    for at_path in [true, false] {
        let world = installed();
        let before = world.read(CONFIG);
        fs::remove_file(world.path(PLAIN)).unwrap();
        // No file can have a name of this length, so even its metadata cannot be read.
        symlink("x".repeat(300), world.path(PLAIN)).unwrap();
        let path = at(&world, "bin");
        let named = ["uninstall", "--path", &path];
        let words = &named[..if at_path { 3 } else { 1 }];
        let outcome = world.run(words, "");
        assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, ""), "{outcome:?}");
        assert_eq!(
            world.shown(&outcome.stderr),
            "error: cannot read ~/bin/docker-credential-scw: File name too long (os error 36)\n",
        );
        assert_eq!(world.read(CONFIG), before);
    }
}

#[test]
fn what_cannot_be_read_may_name_the_program_which_then_stays() {
    let world = installed().file("root/.docker/config.json", "{ nonsense");
    let screen = done(&world, &["uninstall"]);
    assert_eq!(
        screen,
        "\
Removed ~/.docker/config.json
! ~/bin/docker-credential-scw stays: it is still needed
! ~/root/.docker/config.json may name it as well, but that is not known: line 1, column 3: it \
is not valid JSON; fix that place in the file, then try again
! `docker-credential-scw uninstall --all` undoes all of it
",
    );
    assert!(world.path(PLAIN).exists() && !world.path(CONFIG).exists());
    assert_eq!(
        done(&world, &["uninstall", "--force"]),
        "\
~/.docker/config.json does not name it
Removed ~/bin/docker-credential-scw
! ~/root/.docker/config.json may name it as well, but that is not known: line 1, column 3: it \
is not valid JSON; fix that place in the file, then try again
! `PROGRAM uninstall --all` undoes all of it
",
    );
}
