//! `uninstall` by region, by profile and of everything.

use std::fs;
use std::os::unix::fs::symlink;

use docker_credential_scw::Exit;
use serde_json::{Value, json};

use super::{BOUND, CONFIG, PLAIN, at, bind_prod, done, installed, with_helper};
use crate::support::{KEY_B, stable};

#[test]
fn all_is_undone_at_once() {
    let world = installed()
        .file("root/.docker/config.json", with_helper("scw-prod"))
        .file(".config/containers/auth.json", with_helper("scw"));
    bind_prod(&world);
    symlink("docker-credential-scw", world.path("bin/docker-credential-scw-dev")).unwrap();
    fs::write(world.path("bin/docker-credential-scw-foreign"), "#!/bin/sh\n").unwrap();
    let before = [CONFIG, "root/.docker/config.json"].map(|path| world.read(path));
    let screen = done(&world, &["uninstall", "--all", "--dry-run"]);
    assert_eq!(
        screen,
        "\
Would remove ~/.docker/config.json:
--- ~/.docker/config.json
+++ ~/.docker/config.json
@@ -1,9 +0,0 @@
-{
-\t\"credHelpers\": {
-\t\t\"rg.fr-par.scw.cloud\": \"scw\",
-\t\t\"rg.nl-ams.scw.cloud\": \"scw-prod\",
-\t\t\"rg.pl-waw.scw.cloud\": \"scw\",
-\t\t\"rg.it-mil.scw.cloud\": \"scw\",
-\t\t\"rg.it-mil.scw.eu\": \"scw\"
-\t}
-} \t
Would change ~/.config/containers/auth.json:
--- ~/.config/containers/auth.json
+++ ~/.config/containers/auth.json
@@ -1,1 +1,1 @@
-{\"credHelpers\": {\"rg.fr-par.scw.cloud\": \"scw\"}}
+{}
Would change ~/root/.docker/config.json:
--- ~/root/.docker/config.json
+++ ~/root/.docker/config.json
@@ -1,1 +1,1 @@
-{\"credHelpers\": {\"rg.fr-par.scw.cloud\": \"scw-prod\"}}
+{}
Would remove ~/bin/docker-credential-scw-dev
Would remove ~/bin/docker-credential-scw-prod
Would remove ~/bin/docker-credential-scw
",
    );
    assert_eq!([CONFIG, "root/.docker/config.json"].map(|path| world.read(path)), before);
    // Whatever the name that it is started by binds.
    let world = world.started_as("docker-credential-scw-prod");
    let screen = done(&world, &["uninstall", "--all"]);
    assert_eq!(
        screen,
        "\
Removed ~/.docker/config.json
Changed ~/.config/containers/auth.json
Changed ~/root/.docker/config.json
Removed ~/bin/docker-credential-scw-dev
Removed ~/bin/docker-credential-scw-prod
Removed ~/bin/docker-credential-scw
"
    );
    let left = fs::read_dir(world.path("bin")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["docker-credential-scw-foreign"]);
    assert!(!world.path(CONFIG).exists());
    let outcome = world.run(&["uninstall", "--all", "--profile", "prod"], "");
    assert_eq!(outcome.exit, Exit::Usage);
}

#[test]
fn regions_are_undone_one_by_one() {
    let world = installed();
    let screen = done(&world, &["uninstall", "--region", "fr-par,it-mil", "region=fr-par"]);
    assert_eq!(
        screen,
        "\
Changed ~/.docker/config.json
! ~/bin/docker-credential-scw stays: it is still needed
! ~/.docker/config.json names scw for rg.nl-ams.scw.cloud, rg.pl-waw.scw.cloud: \
`docker-credential-scw uninstall` undoes that
"
    );
    let screen = done(&world, &["uninstall", "--region=nl-ams", "--region=pl-waw"]);
    assert_eq!(screen, "Removed ~/.docker/config.json\nRemoved ~/bin/docker-credential-scw\n");
    assert!(!world.path(CONFIG).exists());
    let world = installed();
    done(&world, &["install", "--region", "de-fra"]);
    let screen = done(&world, &["uninstall", "--region", "all"]);
    assert_eq!(
        screen,
        "\
Removed ~/.docker/config.json
Removed ~/bin/docker-credential-scw
",
    );
    assert!(!world.path(CONFIG).exists());
}

#[test]
fn stored_keys_of_other_regions_are_kept() {
    let world = installed();
    world.store("rg.fr-par.scw.cloud", KEY_B);
    world.store("rg.nl-ams.scw.cloud", KEY_B);
    let screen = done(&world, &["uninstall", "--region", "fr-par", "--purge"]);
    assert_eq!(
        screen,
        "\
Changed ~/.docker/config.json
! ~/bin/docker-credential-scw stays: it is still needed
Forgot the key stored for rg.fr-par.scw.cloud
! ~/.docker/config.json names scw for rg.nl-ams.scw.cloud, rg.pl-waw.scw.cloud, \
rg.it-mil.scw.cloud, rg.it-mil.scw.eu: `docker-credential-scw uninstall` undoes that
",
    );
    assert_eq!(world.keyring.state().entries.len(), 1);
}

#[test]
fn a_name_that_binds_a_profile_is_about_that_profile() {
    let world = installed().started_as("docker-credential-scw-prod");
    done(&world, &["install", "region=nl-ams", "--path", &at(&world, "bin")]);
    assert!(world.path(BOUND).exists());
    let mut helpers = json!({
        "rg.fr-par.scw.cloud": "scw",
        "rg.nl-ams.scw.cloud": "scw-prod",
        "rg.pl-waw.scw.cloud": "scw",
        "rg.it-mil.scw.cloud": "scw",
        "rg.it-mil.scw.eu": "scw",
    });
    let config = || serde_json::from_str::<Value>(&world.read(CONFIG)).unwrap();
    assert_eq!(config(), json!({"credHelpers": helpers}));
    let screen = done(&world, &["uninstall"]);
    assert_eq!(
        screen,
        "\
Changed ~/.docker/config.json
Removed ~/bin/docker-credential-scw-prod
! ~/.docker/config.json names scw for rg.fr-par.scw.cloud, rg.pl-waw.scw.cloud, \
rg.it-mil.scw.cloud, rg.it-mil.scw.eu: `docker-credential-scw uninstall` undoes that
! rg.nl-ams.scw.cloud has no helper now: install registers it again
",
    );
    assert!(!world.path(BOUND).exists() && world.path(PLAIN).exists());
    helpers.as_object_mut().unwrap().remove("rg.nl-ams.scw.cloud");
    assert_eq!(config(), json!({"credHelpers": helpers}));
    // What is typed counts for more than the name.
    let outcome = world.run(&["uninstall", "--profile", "dev"], "");
    assert_eq!(
        stable(&outcome.stdout),
        "\
~/.docker/config.json does not name it
/usr/local/bin/docker-credential-scw-dev: nothing to remove
! ~/.docker/config.json names scw for rg.fr-par.scw.cloud, rg.pl-waw.scw.cloud, \
rg.it-mil.scw.cloud, rg.it-mil.scw.eu: `docker-credential-scw uninstall` undoes that
",
    );
}
