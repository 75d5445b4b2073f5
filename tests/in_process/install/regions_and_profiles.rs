//! Registering some regions, and helpers that are bound to a profile.

use std::fs;

use docker_credential_scw::Exit;

use super::{CONFIG, install, refused, run, uninstall, user};
use crate::support::{KEY_A, KEY_B, World, stable};

#[test]
fn install_docker_helper_is_another_name_of_install() {
    let world = user();
    let outcome =
        run(&world, "install-docker-helper", &["region=nl-ams", "yes=true", "force=false"]);
    assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
    assert_eq!(
        world.read(CONFIG),
        "\
{
\t\"credHelpers\": {
\t\t\"rg.nl-ams.scw.cloud\": \"scw\"
\t}
} \t"
    );
}

#[test]
fn regions_can_be_repeated_and_milan_has_two_registries() {
    let world = user();
    install(&world, &["--region", "it-mil", "--region=de-fra"]);
    let text = world.read(CONFIG);
    assert_eq!(
        text,
        "\
{
\t\"credHelpers\": {
\t\t\"rg.it-mil.scw.cloud\": \"scw\",
\t\t\"rg.it-mil.scw.eu\": \"scw\",
\t\t\"rg.de-fra.scw.cloud\": \"scw\"
\t}
} \t"
    );
}

#[test]
fn a_region_given_twice_is_registered_once() {
    let world = user();
    install(&world, &["region=fr-par", "region=fr-par,nl-ams"]);
    assert_eq!(
        world.read(CONFIG),
        "\
{
\t\"credHelpers\": {
\t\t\"rg.fr-par.scw.cloud\": \"scw\",
\t\t\"rg.nl-ams.scw.cloud\": \"scw\"
\t}
} \t"
    );
    uninstall(&world, &[]);
    assert!(!world.path(CONFIG).exists());
}

#[test]
fn an_unknown_region_is_registered_and_reported() {
    let screen = install(&user(), &["region=fr-pra"]);
    assert_eq!(
        screen,
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json
! rg.fr-pra.scw.cloud: no such region; did you mean fr-par?
  -> docker-credential-scw install --region fr-par
  -> docker-credential-scw uninstall --region fr-pra

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-pra.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Ready, but what is marked ! may still get in the way.
"
    );
    let screen = install(&user(), &["region=de-fra"]);
    assert_eq!(
        screen,
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json
! rg.de-fra.scw.cloud: no region that this version knows (fr-par, nl-ams, pl-waw, it-mil)
  -> check the region's name; if it is wrong, then:
  -> docker-credential-scw uninstall --region de-fra

REGISTRY             HELPER  KEY FROM                 STATUS
rg.de-fra.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Ready, but what is marked ! may still get in the way.
"
    );
}

#[test]
fn the_fix_of_an_unknown_region_names_the_directories_that_install_was_given() {
    let world = user();
    fs::create_dir(world.path("other")).unwrap();
    let (path, config) = (world.path("other"), world.path("docker"));
    let about = |words: &[&str]| {
        let options =
            ["--path", path.to_str().unwrap(), "--docker-config", config.to_str().unwrap()];
        let outcome = world.run(&[words, &options].concat(), "");
        assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""), "{outcome:?}");
        stable(&world.shown(&outcome.stdout))
    };
    // A dry run registers nothing, so there is nothing to undo.
    assert_eq!(
        about(&["install", "--dry-run", "--region", "fr-pra"]),
        "\
Would install ~/other/docker-credential-scw
Would create ~/docker/config.json:
--- ~/docker/config.json
+++ ~/docker/config.json
@@ -0,0 +1,5 @@
+{
+\t\"credHelpers\": {
+\t\t\"rg.fr-pra.scw.cloud\": \"scw\"
+\t}
+}
! rg.fr-pra.scw.cloud: no such region; did you mean fr-par?
  -> PROGRAM install --path ~/other --docker-config ~/docker --region fr-par
! ~/other/docker-credential-scw: ~/other is not on PATH, so Docker does not find it
  -> add the directory to PATH: export PATH=~/other:$PATH
"
    );
    assert_eq!(
        about(&["install", "--region", "fr-pra"]),
        "\
Installed ~/other/docker-credential-scw
Created ~/docker/config.json
! rg.fr-pra.scw.cloud: no such region; did you mean fr-par?
  -> PROGRAM install --path ~/other --docker-config ~/docker --region fr-par
  -> PROGRAM uninstall --path ~/other --docker-config ~/docker --region fr-pra
! ~/other/docker-credential-scw: ~/other is not on PATH, so Docker does not find it
  -> add the directory to PATH: export PATH=~/other:$PATH

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-pra.scw.cloud  scw     variable SCW_SECRET_KEY  Docker does not start it (see above)

Fix what is marked !, then run install again.
"
    );
    assert_eq!(
        about(&["install", "--dry-run", "--region", "fr-pra"]),
        "\
~/other/docker-credential-scw is there already
~/docker/config.json names it already
! rg.fr-pra.scw.cloud: no such region; did you mean fr-par?
  -> PROGRAM install --path ~/other --docker-config ~/docker --region fr-par
  -> PROGRAM uninstall --path ~/other --docker-config ~/docker --region fr-pra
! ~/other/docker-credential-scw: ~/other is not on PATH, so Docker does not find it
  -> add the directory to PATH: export PATH=~/other:$PATH
"
    );
    about(&["uninstall", "--region", "fr-pra"]);
    assert!(!config.exists() && fs::read_dir(&path).unwrap().next().is_none());
}

#[test]
fn uninstall_of_a_profile_reports_registries_without_a_helper() {
    let world = user().config(format!("profiles: {{prod: {{secret_key: {KEY_B}}}}}\n"));
    install(&world, &[]);
    install(&world, &["profile=prod", "region=nl-ams"]);
    let screen = uninstall(&world, &["profile=prod"]);
    assert_eq!(
        screen,
        "\
Changed ~/.docker/config.json
Removed ~/bin/docker-credential-scw-prod
! ~/.docker/config.json names scw for rg.fr-par.scw.cloud, rg.pl-waw.scw.cloud, \
rg.it-mil.scw.cloud, rg.it-mil.scw.eu: `docker-credential-scw uninstall --path ~/bin` undoes \
that
! rg.nl-ams.scw.cloud has no helper now: install registers it again
"
    );
    install(&world, &["region=nl-ams"]);
    uninstall(&world, &[]);
    assert!(!world.path(CONFIG).exists());
}

#[test]
fn two_profiles_for_two_regions() {
    let world = user()
        .set("SCW_SECRET_KEY", "")
        .config(format!("secret_key: {KEY_A}\nprofiles:\n  prod:\n    secret_key: {KEY_B}\n"));
    install(&world, &[]);
    let screen = install(&world, &["--profile", "prod", "region=nl-ams"]);
    assert_eq!(
        screen,
        "\
Installed ~/bin/docker-credential-scw-prod
Changed ~/.docker/config.json
rg.nl-ams.scw.cloud had the helper scw before

REGISTRY             HELPER    KEY FROM      STATUS
rg.nl-ams.scw.cloud  scw-prod  profile prod  ready

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
    assert!(world.path("bin/docker-credential-scw-prod").exists());
    // Installing the plain helper again keeps the binding.
    let screen = install(&world, &[]);
    assert_eq!(
        screen,
        "\
~/bin/docker-credential-scw is there already
~/.docker/config.json names it already
rg.nl-ams.scw.cloud stays bound to the helper scw-prod (--force takes it over)

REGISTRY             HELPER    KEY FROM         STATUS
rg.fr-par.scw.cloud  scw       profile default  ready
rg.nl-ams.scw.cloud  scw-prod  profile prod     ready
rg.pl-waw.scw.cloud  scw       profile default  ready
rg.it-mil.scw.cloud  scw       profile default  ready
rg.it-mil.scw.eu     scw       profile default  ready

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
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
}

#[test]
fn a_profile_that_does_not_exist_needs_force() {
    let world = user().config(format!("profiles:\n  prod:\n    secret_key: {KEY_B}\n"));
    let world = world.set("SCW_SECRET_KEY", "");
    assert_eq!(
        refused(&world, &["profile=gone", "region=nl-ams"]),
        "this helper is bound to the profile \"gone\", but ~/.config/scw/config.yaml has no \
         such profile (it has prod); add it: `docker-credential-scw save-key profile=gone`, \
         or install it anyway with --force"
    );
    assert!(!world.path("bin/docker-credential-scw-gone").exists());
    let forced = install(&world, &["profile=gone", "region=nl-ams", "--force"]);
    assert_eq!(
        forced,
        "\
Installed ~/bin/docker-credential-scw-gone
Created ~/.docker/config.json

REGISTRY             HELPER    KEY FROM  STATUS
rg.nl-ams.scw.cloud  scw-gone  -         this helper is bound to the profile \"gone\", but \
~/.config/scw/config.yaml has no such profile (it has prod); add it: `docker-credential-scw \
save-key profile=gone`

Fix this, then run install again.
"
    );
    for bad in ["profile=", "profile=a/b", "profile=a\\b"] {
        assert_eq!(run(&world, "install", &[bad]).exit, Exit::Usage, "{bad}");
    }
}

#[test]
fn a_profile_takes_over_only_the_regions_that_are_named() {
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
    // Without a region, it takes the registries that have no helper.
    let screen = install(&world, &["--profile", "prod"]);
    assert_eq!(
        screen,
        "\
Installed ~/bin/docker-credential-scw-prod
Changed ~/.docker/config.json
rg.fr-par.scw.cloud, rg.nl-ams.scw.cloud stay with the plain helper; `docker-credential-scw \
install --region all --profile prod --path ~/bin` takes over all of them

REGISTRY             HELPER    KEY FROM         STATUS
rg.fr-par.scw.cloud  scw       profile default  ready
rg.nl-ams.scw.cloud  scw       profile default  ready
rg.pl-waw.scw.cloud  scw-prod  profile prod     ready
rg.it-mil.scw.cloud  scw-prod  profile prod     ready
rg.it-mil.scw.eu     scw-prod  profile prod     ready

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
    assert_eq!((plain(&world), bound(&world)), (2, 3));
    let json: serde_json::Value =
        serde_json::from_str(&install(&world, &["--profile", "prod", "-o", "json"])).unwrap();
    assert_eq!(json["kept"][0]["helper"], "scw");
    // It takes a region that is named. The printed command takes the others.
    let screen = install(&world, &["--profile", "prod", "--region=nl-ams"]);
    assert_eq!(
        screen,
        "\
~/bin/docker-credential-scw-prod is there already
Changed ~/.docker/config.json
rg.nl-ams.scw.cloud had the helper scw before

REGISTRY             HELPER    KEY FROM      STATUS
rg.nl-ams.scw.cloud  scw-prod  profile prod  ready

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
    assert_eq!((plain(&world), bound(&world)), (1, 4));
    let screen = install(&world, &["--profile", "prod"]);
    assert_eq!(
        screen,
        "\
~/bin/docker-credential-scw-prod is there already
~/.docker/config.json names it already
rg.fr-par.scw.cloud stays with the plain helper; `docker-credential-scw install --region all \
--profile prod --path ~/bin` takes over all of them

REGISTRY             HELPER    KEY FROM         STATUS
rg.fr-par.scw.cloud  scw       profile default  ready
rg.nl-ams.scw.cloud  scw-prod  profile prod     ready
rg.pl-waw.scw.cloud  scw-prod  profile prod     ready
rg.it-mil.scw.cloud  scw-prod  profile prod     ready
rg.it-mil.scw.eu     scw-prod  profile prod     ready

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
    let screen = install(&world, &["--region", "all", "--profile", "prod"]);
    assert_eq!(
        screen,
        "\
~/bin/docker-credential-scw-prod is there already
Changed ~/.docker/config.json
rg.fr-par.scw.cloud had the helper scw before

REGISTRY             HELPER    KEY FROM      STATUS
rg.fr-par.scw.cloud  scw-prod  profile prod  ready
rg.nl-ams.scw.cloud  scw-prod  profile prod  ready
rg.pl-waw.scw.cloud  scw-prod  profile prod  ready
rg.it-mil.scw.cloud  scw-prod  profile prod  ready
rg.it-mil.scw.eu     scw-prod  profile prod  ready

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
    assert_eq!((plain(&world), bound(&world)), (0, 5));
    let world = with_both();
    install(&world, &["--profile", "prod", "--force"]);
    assert_eq!((plain(&world), bound(&world)), (0, 5));
}
