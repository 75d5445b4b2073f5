//! The program's file: what `install` puts in its place, and what `uninstall` removes.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use docker_credential_scw::Exit;

use super::packages::copy_program_to;
use super::{CONFIG, install, refused, uninstall, user};
use crate::support::cause_and_hint;

#[test]
fn a_second_install_changes_nothing() {
    let world = user();
    install(&world, &[]);
    let program = world.path("bin/docker-credential-scw");
    assert_eq!(fs::metadata(&program).unwrap().permissions().mode() & 0o7777, 0o755);
    assert_eq!(fs::read(&program).unwrap(), fs::read(&world.program_file).unwrap());
    assert_eq!(fs::metadata(world.path(CONFIG)).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(world.path(".docker")).unwrap().permissions().mode() & 0o777, 0o700);
    let before = fs::metadata(&program).unwrap().modified().unwrap();
    assert_eq!(
        install(&world, &["region=fr-par"]),
        "\
~/bin/docker-credential-scw is there already
~/.docker/config.json names it already

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
    assert_eq!(fs::metadata(&program).unwrap().modified().unwrap(), before);
    assert_eq!(fs::read_dir(world.path("bin")).unwrap().count(), 1);
}

#[test]
fn only_the_script_of_scw_is_replaced_without_force() {
    for script in [
        "#!/bin/sh\nscw registry docker-helper \"$@\"\n",
        "#!/bin/sh\nPROFILE_NAME=\"p\"\nif [[ ! -z \"$PROFILE_NAME\" ]]\nthen\n\texport SCW_PROFILE=\"$PROFILE_NAME\"\nfi\nscw -c c registry docker-helper \"$@\"\n",
    ] {
        let world = user().file("bin/docker-credential-scw", script);
        assert_eq!(
            install(&world, &["region=fr-par"]),
            "\
Replaced ~/bin/docker-credential-scw, the script of scw registry install-docker-helper
Created ~/.docker/config.json

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
        );
    }
    for foreign in ["#!/bin/sh\necho scw\n", "\x7fELF something", ""] {
        let world = user().file("bin/docker-credential-scw", foreign);
        assert_eq!(
            refused(&world, &[]),
            "~/bin/docker-credential-scw is not this program; check what it is, then remove it \
             or replace it with --force"
        );
        assert_eq!(world.read("bin/docker-credential-scw"), foreign);
        assert!(!world.path(".docker").exists());
        assert_eq!(
            install(&world, &["--force", "region=fr-par"]),
            "\
Replaced ~/bin/docker-credential-scw, what stood there
Created ~/.docker/config.json

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
        );
        assert_eq!(
            uninstall(&world, &[]),
            "\
Removed ~/.docker/config.json
Removed ~/bin/docker-credential-scw
"
        );
    }
}

#[test]
fn a_dangling_link_and_a_directory_are_never_replaced() {
    let world = user();
    symlink("/nonexistent/elsewhere", world.path("bin/docker-credential-scw")).unwrap();
    assert_eq!(
        refused(&world, &[]),
        "~/bin/docker-credential-scw is not this program; check what it is, then remove it \
         or replace it with --force"
    );
    let world = user();
    fs::create_dir(world.path("bin/docker-credential-scw")).unwrap();
    assert_eq!(
        refused(&world, &[]),
        "~/bin/docker-credential-scw is a directory; remove it, or name another directory \
         with --path"
    );
    assert_eq!(
        refused(&world, &["--force"]),
        "~/bin/docker-credential-scw is a directory; remove it, or name another directory \
         with --path"
    );
}

#[test]
fn a_script_around_the_same_call_and_a_text_that_quotes_the_program_are_left_unchanged() {
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
fn install_makes_the_program_executable() {
    let world = user();
    install(&world, &[]);
    let program = world.path("bin/docker-credential-scw");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o644)).unwrap();
    let screen = install(&world, &[]);
    assert_eq!(
        screen,
        "\
Replaced ~/bin/docker-credential-scw, which not everybody could execute
~/.docker/config.json names it already

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set
rg.nl-ams.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set
rg.pl-waw.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set
rg.it-mil.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set
rg.it-mil.scw.eu     scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
    assert_eq!(fs::metadata(&program).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn uninstall_reports_another_copy_on_path() {
    let world = user();
    install(&world, &[]);
    fs::create_dir(world.path("other")).unwrap();
    let other = format!("path={}", world.path("other").display());
    let outcome = world.run(&["uninstall", &other], "");
    assert_eq!(
        world.shown(&outcome.stdout),
        "\
Removed ~/.docker/config.json
~/other/docker-credential-scw: nothing to remove
! ~/bin/docker-credential-scw is still there: `docker-credential-scw uninstall --path ~/bin` \
removes it
"
    );
}

#[test]
fn without_a_path_the_program_stays_where_it_is_found_on_path() {
    let world = user();
    copy_program_to(&world, "bin");
    let outcome = world.run(&["install", "region=fr-par"], "");
    let program = world.path("bin/docker-credential-scw");
    assert_eq!(
        world.shown(&outcome.stdout),
        "\
~/bin/docker-credential-scw is there already
Created ~/.docker/config.json

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
    let outcome = world.run(&["uninstall"], "");
    assert_eq!(
        world.shown(&outcome.stdout),
        "\
Removed ~/.docker/config.json
Removed ~/bin/docker-credential-scw
"
    );
    assert!(!program.exists() && !world.path(CONFIG).exists());
}

#[test]
fn without_a_path_another_program_of_that_name_is_left_for_the_default_directory() {
    let world = user();
    let program = world.path("bin/docker-credential-scw");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let outcome = world.run(&["install", "--dry-run"], "");
    // A fragment: the rest depends on whether this user may write there.
    let output = outcome.stdout.clone() + &outcome.stderr;
    assert!(output.contains("/usr/local/bin"), "{outcome:?}");
}

#[test]
fn a_second_copy_outside_path_is_no_problem() {
    let world = user();
    copy_program_to(&world, "bin");
    fs::create_dir(world.path("off-path")).unwrap();
    let path = format!("path={}", world.path("off-path").display());
    let outcome = world.run(&["install", &path, "region=fr-par"], "");
    assert_eq!(
        world.shown(&outcome.stdout),
        "\
Installed ~/off-path/docker-credential-scw
Created ~/.docker/config.json

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
}

#[test]
fn install_replaces_a_program_that_only_its_owner_may_execute() {
    let world = user();
    copy_program_to(&world, "bin");
    let program = world.path("bin/docker-credential-scw");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o750)).unwrap();
    let outcome = world.run(&["install", "region=fr-par"], "");
    assert_eq!(
        world.shown(&outcome.stdout),
        "\
Replaced ~/bin/docker-credential-scw, which not everybody could execute
Created ~/.docker/config.json

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
}

#[test]
fn temporary_files_of_a_killed_install_are_removed() {
    let world = user().file("bin/.docker-credential-scw-program-Abc", "half a program");
    install(&world, &[]);
    assert_eq!(fs::read_dir(world.path("bin")).unwrap().count(), 1);
}

#[test]
fn another_version_is_replaced_and_removed() {
    let mut world = user();
    install(&world, &[]);
    let mut newer = fs::read(&world.program_file).unwrap();
    newer.extend(b"another build");
    world = world.file("newer", newer);
    world.program_file = world.path("newer");
    assert_eq!(
        install(&world, &["--dry-run", "region=fr-par"]),
        "\
Would replace ~/bin/docker-credential-scw, another version of it
~/.docker/config.json names it already
"
    );
    assert_eq!(
        install(&world, &["region=fr-par"]),
        "\
Replaced ~/bin/docker-credential-scw, another version of it
~/.docker/config.json names it already

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
    world.program_file = env!("CARGO_BIN_EXE_docker-credential-scw").into();
    assert_eq!(
        uninstall(&world, &[]),
        "\
Removed ~/.docker/config.json
Removed ~/bin/docker-credential-scw
"
    );
}

#[test]
fn a_path_that_is_not_a_directory_is_an_error_with_a_hint() {
    let world = user().file("file", "");
    let at = |path: &str| format!("--path={}", world.path(path).display());
    let run = |path: &str| world.run(&["install", &at(path)], "");
    let (missing, file) = (world.path("missing/dir"), world.path("file"));
    for (path, expected) in [
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
        assert_eq!((outcome.exit, cause_and_hint(&outcome.stderr)), (Exit::Failure, expected));
        assert!(!world.path(".docker").exists(), "nothing changed");
    }
}
