//! A program that a package installed: only its package manager removes it.

use std::fs;
use std::os::unix::fs::symlink;

use docker_credential_scw::Exit;

use super::{CONFIG, install, uninstall, user};
use crate::support::{KEY_B, World};

/// Copies the program into a directory, as a package does.
pub(super) fn copy_program_to(world: &World, directory: &str) {
    fs::create_dir_all(world.path(directory)).unwrap();
    let program = world.path(directory).join("docker-credential-scw");
    fs::copy(&world.program_file, program).unwrap();
}

#[test]
fn a_program_of_a_package_is_left_to_the_package_manager() {
    for (directory, page) in [
        ("usr/bin", "usr/share/man/man1/docker-credential-scw.1.gz"),
        ("nix/store/it/bin", "nix/store/it/share/man/man1/docker-credential-scw.1"),
        ("scoop/it", "scoop/it/man/docker-credential-scw.1"),
    ] {
        let world = user().file(page, "");
        let world = world.config(format!("profiles: {{prod: {{secret_key: {KEY_B}}}}}\n"));
        copy_program_to(&world, directory);
        // Homebrew and Nix have links on PATH.
        fs::create_dir_all(world.path("links")).unwrap();
        let link = world.path("links/docker-credential-scw");
        symlink(world.path(directory).join("docker-credential-scw"), &link).unwrap();
        let links = world.path("links");
        let world = world.set("PATH", links);
        let outcome = world.run(&["install", "region=fr-par"], "");
        assert_eq!(
            world.shown(&outcome.stdout),
            "\
~/links/docker-credential-scw is there already
Created ~/.docker/config.json

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Docker, podman, buildah and skopeo now pull from these without a login.
"
        );
        for path in [directory, "links"] {
            world.run(&["install"], "");
            let path = format!("path={}", world.path(path).display());
            let outcome = world.run(&["uninstall", &path], "");
            assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
            let screen = world.shown(&outcome.stdout).replace(directory, "DIRECTORY");
            assert_eq!(
                screen.replace("links", "DIRECTORY"),
                "\
Removed ~/.docker/config.json
! ~/DIRECTORY/docker-credential-scw stays: remove the package that it came with
"
            );
            assert!(link.exists() && !world.path(CONFIG).exists(), "{directory}");
        }
        // The copy for a profile is not the package's.
        let path = format!("path={}", world.path(directory).display());
        world.run(&["install", "profile=prod", &path], "");
        let there = world.path(directory);
        let world = world.set("PATH", there);
        let outcome = world.run(&["uninstall", "profile=prod", "path=/usr/local/bin"], "");
        assert_eq!(
            world.shown(&outcome.stdout).replace(directory, "DIRECTORY"),
            "\
Removed ~/.docker/config.json
/usr/local/bin/docker-credential-scw-prod: nothing to remove
! ~/DIRECTORY/docker-credential-scw-prod is still there: `docker-credential-scw uninstall \
--profile prod --path ~/DIRECTORY` removes it
"
        );
        let outcome = world.run(&["uninstall", "path=/usr/local/bin"], "");
        assert_eq!(
            world.shown(&outcome.stdout).replace(directory, "DIRECTORY"),
            "\
~/.docker/config.json does not name it
/usr/local/bin/docker-credential-scw: nothing to remove
! ~/DIRECTORY/docker-credential-scw is still there: remove the package that it came with
"
        );
        world.run(&["uninstall", "profile=prod", &path], "");
        assert!(!world.path(directory).join("docker-credential-scw-prod").exists());
    }
}

#[test]
fn force_removes_a_program_next_to_a_man_page() {
    let world = user().file("share/man/man1/docker-credential-scw.1", "");
    install(&world, &["region=fr-par"]);
    assert_eq!(
        uninstall(&world, &[]),
        "\
Removed ~/.docker/config.json
! ~/bin/docker-credential-scw stays: remove the package that it came with
"
    );
    assert_eq!(
        uninstall(&world, &["--force"]),
        "\
~/.docker/config.json does not name it
Removed ~/bin/docker-credential-scw
"
    );
    // A dry run reports other copies, as the run does.
    install(&world, &["region=fr-par"]);
    copy_program_to(&world, "other");
    let path = std::env::join_paths([world.path("bin"), world.path("other")]).unwrap();
    let world = world.set("PATH", path);
    assert_eq!(
        uninstall(&world, &["--force", "--dry-run"]),
        "\
Would remove ~/.docker/config.json:
--- ~/.docker/config.json
+++ ~/.docker/config.json
@@ -1,5 +0,0 @@
-{
-\t\"credHelpers\": {
-\t\t\"rg.fr-par.scw.cloud\": \"scw\"
-\t}
-} \t
Would remove ~/bin/docker-credential-scw
! ~/other/docker-credential-scw is still there: remove the package that it came with
"
    );
    assert_eq!(
        uninstall(&world, &["--force"]),
        "\
Removed ~/.docker/config.json
Removed ~/bin/docker-credential-scw
! ~/other/docker-credential-scw is still there: remove the package that it came with
"
    );
}
