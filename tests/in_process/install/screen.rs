//! What `install` prints about each registry, its program and its key.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use docker_credential_scw::system::users::InvokingUser;

use super::{CONFIG, install, login, uninstall, user};
use crate::support::{FR, KEY_A, KEY_B};

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
}

#[test]
fn json_has_the_missing_key_and_the_fix_in_two_fields() {
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
    assert_eq!(
        screen,
        "\
~/bin/docker-credential-scw is there already
~/.docker/config.json names it already

REGISTRY             HELPER  KEY FROM         STATUS
rg.fr-par.scw.cloud  scw     profile default  ready

Docker, podman, buildah and skopeo now pull from these without a login.
"
    );
}

#[test]
fn a_dry_run_prints_what_it_would_create_and_remove() {
    let world = user();
    let screen = install(&world, &["--dry-run", "region=fr-par"]);
    assert_eq!(
        screen,
        "\
Would install ~/bin/docker-credential-scw
Would create ~/.docker/config.json:
--- ~/.docker/config.json
+++ ~/.docker/config.json
@@ -0,0 +1,5 @@
+{
+\t\"credHelpers\": {
+\t\t\"rg.fr-par.scw.cloud\": \"scw\"
+\t}
+}
"
    );
    install(&world, &["region=fr-par"]);
    let screen = uninstall(&world, &["--dry-run"]);
    assert_eq!(
        screen,
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
"
    );
}

#[test]
fn a_broken_key_is_in_the_table_with_its_fix() {
    let screen = install(&user().set("SCW_SECRET_KEY", "SCW12345678901234567"), &["region=fr-par"]);
    assert_eq!(
        screen,
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json

REGISTRY             HELPER  KEY FROM  STATUS
rg.fr-par.scw.cloud  scw     -         the variable SCW_SECRET_KEY holds an access key (they \
begin with SCW), not a secret key; use the secret key (a UUID) of that API key, or unset \
SCW_SECRET_KEY to use another source

Fix this, then run install again.
"
    );
}

#[test]
fn other_programs_and_variables_that_hide_the_helper_are_reported() {
    let world = user();
    let path = format!("{}:relative:", world.path("empty").display());
    let world = world.set("PATH", path);
    assert_eq!(
        install(&world, &["region=fr-par"]),
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json
! ~/bin/docker-credential-scw: ~/bin is not on PATH, so Docker does not find it
  -> add the directory to PATH: export PATH=~/bin:$PATH

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  Docker does not start it (see above)

Fix what is marked !, then run install again.
"
    );
    let auth = format!("{{\"auths\": {{\"{FR}\": {{\"auth\": \"{}\"}}}}}}", login(KEY_B));
    let screen = install(&user().set("DOCKER_AUTH_CONFIG", auth), &["region=fr-par"]);
    assert_eq!(
        screen,
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json
! DOCKER_AUTH_CONFIG: credentials for rg.fr-par.scw.cloud, which Docker uses before the helper
  -> unset DOCKER_AUTH_CONFIG

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Ready, but what is marked ! may still get in the way.
"
    );
    let world = user().file("first/docker-credential-scw", "#!/bin/sh\n");
    let earlier = world.path("first/docker-credential-scw");
    fs::set_permissions(&earlier, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::join_paths([world.path("first"), world.path("bin")]).unwrap();
    let screen = install(&world.set("PATH", path), &["region=fr-par"]);
    assert_eq!(
        screen,
        "\
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json
! ~/bin/docker-credential-scw: not used: ~/first/docker-credential-scw is earlier on PATH
  -> check what that program is, then:
  -> rm ~/first/docker-credential-scw

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  Docker does not start it (see above)

Fix what is marked !, then run install again.
"
    );
}

#[test]
fn json_has_the_result_for_scripts() {
    let world = user();
    assert_eq!(
        install(&world, &["-o", "json", "region=fr-par"]),
        "\
{
  \"dry_run\": false,
  \"steps\": [
    {
      \"action\": \"install-program\",
      \"target\": \"~/bin/docker-credential-scw\",
      \"status\": \"done\",
      \"error\": null
    },
    {
      \"action\": \"change-config\",
      \"target\": \"~/.docker/config.json\",
      \"status\": \"done\",
      \"error\": null
    }
  ],
  \"program\": \"~/bin/docker-credential-scw\",
  \"program_before\": \"nothing\",
  \"config\": \"~/.docker/config.json\",
  \"config_changed\": true,
  \"creds_store_added\": null,
  \"refusals\": [],
  \"kept\": [],
  \"taken_over\": [],
  \"left_to_login\": [],
  \"findings\": [],
  \"registries\": [
    {
      \"host\": \"rg.fr-par.scw.cloud\",
      \"helper\": \"scw\",
      \"key_from\": \"variable SCW_SECRET_KEY\",
      \"ready\": true,
      \"problem\": null,
      \"hint\": null
    }
  ],
  \"diff\": null
}
"
    );
    assert_eq!(
        uninstall(&world, &["output=json"]),
        "\
{
  \"dry_run\": false,
  \"steps\": [
    {
      \"action\": \"change-config\",
      \"target\": \"~/.docker/config.json\",
      \"status\": \"done\",
      \"error\": null
    },
    {
      \"action\": \"remove-program\",
      \"target\": \"~/bin/docker-credential-scw\",
      \"status\": \"done\",
      \"error\": null
    }
  ],
  \"config\": \"~/.docker/config.json\",
  \"config_changed\": true,
  \"program\": \"~/bin/docker-credential-scw\",
  \"program_removed\": true,
  \"program_stays\": null,
  \"other_configs_changed\": [],
  \"other_programs_removed\": [],
  \"purged\": [],
  \"left\": [],
  \"refusals\": [],
  \"diff\": null
}
"
    );
}

#[test]
fn a_dry_run_prints_the_difference_and_changes_nothing() {
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
    install(&world, &["region=fr-par"]);
    let after = world.read(CONFIG);
    let screen = uninstall(&world, &["--dry-run"]);
    assert_eq!(
        screen,
        "\
Would change ~/.docker/config.json:
--- ~/.docker/config.json
+++ ~/.docker/config.json
@@ -1,6 +1,3 @@
 {
-  \"auths\": ...,
-  \"credHelpers\": {
-    \"rg.fr-par.scw.cloud\": \"scw\"
-  }
+  \"auths\": ...
 }
Would remove ~/bin/docker-credential-scw
"
    );
    assert_eq!(world.read(CONFIG), after);
}
