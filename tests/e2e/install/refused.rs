//! `install` and `uninstall` on bad disks, and without the permissions that they need.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::process::Command;

use super::{bare, command, install, ok};
use crate::Scenario;
use crate::stage::{Stage, bind, both, run};

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "install_on_bad_disks", needs: &["mount"], play: bad_disks },
    Scenario {
        name: "install_and_uninstall_dry_run_without_permissions",
        needs: &["setpriv"],
        play: without_rights,
    },
    Scenario { name: "uninstall_keeps_what_root_needs", needs: &[], play: what_root_needs },
];

fn bad_disks(stage: &Stage) {
    bare(stage);
    let before = format!("{{\"auths\": {{}}, \"x\": \"{}\"}}", "y".repeat(9000));
    let dir = stage.home().join(".docker");
    let config = dir.join("config.json");
    fs::create_dir(&dir).unwrap();
    let mount = |options: &[&str]| {
        let output = Command::new("mount").args(options).arg(&dir).output().unwrap();
        assert!(output.status.success(), "{}", both(&output));
    };
    let unmount = |path: &std::path::Path| {
        assert!(Command::new("umount").arg(path).status().unwrap().success());
    };
    let refused = |cause: &str, hint: &str| {
        let output = install(stage, &["install"]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert_eq!(stage.stable(&stderr), format!("error: {cause}\nhint: {hint}\n"));
        assert_eq!(fs::read_to_string(&config).unwrap(), before, "nothing is lost");
        assert_eq!(
            fs::read_dir(&dir)
                .unwrap()
                .filter(|entry| {
                    // A new file before it replaces the old one.
                    entry.as_ref().unwrap().file_name().to_string_lossy().contains("-new-")
                })
                .count(),
            0
        );
    };
    // Full: the existing file fits, but no second one.
    mount(&["-t", "tmpfs", "-o", "size=16k", "tmpfs"]);
    fs::write(&config, &before).unwrap();
    refused(
        "installed STAGE/bin/docker-credential-scw, but cannot write ~/.docker/config.json: no space \
         left",
        "free some disk space, then try again",
    );
    unmount(&dir);
    // Read-only.
    mount(&["-t", "tmpfs", "tmpfs"]);
    fs::write(&config, &before).unwrap();
    mount(&["-o", "remount,ro"]);
    refused(
        "cannot write ~/.docker/config.json: the file system is read-only",
        "name another directory with --docker-config",
    );
    mount(&["-o", "remount,rw"]);
    // A bind mount of a single file cannot be replaced, only overwritten.
    let elsewhere = stage.directory.join("elsewhere.json");
    fs::write(&elsewhere, &before).unwrap();
    let output = Command::new("mount").arg("--bind").arg(&elsewhere).arg(&config).output().unwrap();
    assert!(output.status.success());
    refused(
        "~/.docker/config.json can only be overwritten, not replaced (it is a mount point)",
        "write over it with --force; a crash meanwhile would leave half of the file",
    );
    ok(stage, &["install", "--force"]);
    assert_eq!(stage.helpers().len(), 5);
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), stage.docker_config());
    ok(stage, &["uninstall", "--force"]);
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), before);
    unmount(&config);
    unmount(&dir);
    // Without HOME, the user database has the home directory. A given directory works, too.
    let mut homeless = command(stage, &["install", "--docker-config", &dir.display().to_string()]);
    homeless.env_remove("HOME");
    assert!(run(homeless, "").status.success());
    assert!(config.exists());
}

const NO_PERMISSION: &str = "! Without --dry-run this fails: no permission to write to STAGE/bin; use sudo, or \
     name a directory of your own with --path, such as ~/.local/bin\n";

const ROOTS_CONFIG: &str = "! /root/.docker/config.json may name it as well, and only root can read it: run `sudo \
     PROGRAM uninstall --dry-run --path STAGE/bin --docker-config /root/.docker` to find out\n";

/// The difference between no config and one that `install` made. `mark` is what follows its last
/// line.
fn difference(lines: &str, sign: &str, mark: &str) -> String {
    let config = "{\n\
                  \t\"credHelpers\": {\n\
                  \t\t\"rg.fr-par.scw.cloud\": \"scw\",\n\
                  \t\t\"rg.nl-ams.scw.cloud\": \"scw\",\n\
                  \t\t\"rg.pl-waw.scw.cloud\": \"scw\",\n\
                  \t\t\"rg.it-mil.scw.cloud\": \"scw\",\n\
                  \t\t\"rg.it-mil.scw.eu\": \"scw\"\n\
                  \t}\n\
                  }";
    let head = format!("--- ~/.docker/config.json\n+++ ~/.docker/config.json\n@@ {lines} @@\n");
    let lines = config.lines().fold(head, |text, line| text + sign + line + "\n");
    lines.strip_suffix('\n').unwrap().to_owned() + mark + "\n"
}

/// A dry run needs no permissions, and reports those that the run would need.
fn without_rights(stage: &Stage) {
    bare(stage);
    let (uid, home) = (12_345, stage.home());
    for path in [stage.directory.as_path(), &home] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    chown(&home, Some(uid), Some(uid)).unwrap();
    let ids = [format!("--reuid={uid}"), format!("--regid={uid}")];
    let unprivileged = |words: &[&str], code: i32| {
        let words = command(stage, words);
        let mut command = stage.command(&["setpriv", &ids[0], &ids[1], "--clear-groups"], None);
        command.args(words.get_args());
        let output = run(command, "");
        assert_eq!(output.status.code(), Some(code), "{}", both(&output));
        stage.stable(&both(&output))
    };
    let bin = stage.directory.join("bin");
    assert_eq!(
        unprivileged(&["install", "--dry-run"], 0),
        "Would install STAGE/bin/docker-credential-scw\n\
         Would create ~/.docker/config.json:\n"
            .to_owned()
            + &difference("-0,0 +1,9", "+", "")
            + NO_PERMISSION
    );
    assert!(!home.join(".docker").exists() && fs::read_dir(&bin).unwrap().count() == 0);
    // A config that only root can read, in a directory that only root can change.
    ok(stage, &["install"]);
    let config = home.join(".docker/config.json");
    let before = fs::read_to_string(&config).unwrap();
    fs::set_permissions(home.join(".docker"), fs::Permissions::from_mode(0o755)).unwrap();
    let unreadable = "! Without --dry-run this fails: cannot read ~/.docker/config.json: permission \
                      denied; check who owns it and its directory\n";
    assert_eq!(
        unprivileged(&["install", "--dry-run"], 0),
        format!(
            "STAGE/bin/docker-credential-scw is there already\n\
             ~/.docker/config.json cannot be read, so its change is not shown\n\
             {unreadable}\
             ! ~/.docker, ~/.docker/config.json: owned by root, and you have no permission to read \
             it\n\
             \x20 -> sudo chown {uid} ~/.docker ~/.docker/config.json\n"
        )
    );
    // The user's own file, which the user may not read.
    chown(&config, Some(uid), Some(uid)).unwrap();
    fs::set_permissions(&config, fs::Permissions::from_mode(0o000)).unwrap();
    assert_eq!(
        unprivileged(&["install", "--dry-run"], 0),
        format!(
            "STAGE/bin/docker-credential-scw is there already\n\
             ~/.docker/config.json cannot be read, so its change is not shown\n\
             {unreadable}\
             ! ~/.docker/config.json: cannot read it: permission denied\n\
             \x20 -> make sure that you may read the file and enter its directory, then:\n\
             \x20 -> docker-credential-scw install\n"
        )
    );
    assert_eq!(
        unprivileged(&["uninstall", "--dry-run"], 0),
        format!(
            "~/.docker/config.json cannot be read, so its change is not shown\n\
             Would remove STAGE/bin/docker-credential-scw\n\
             {ROOTS_CONFIG}{unreadable}{NO_PERMISSION}"
        )
    );
    chown(&config, Some(0), Some(0)).unwrap();
    fs::set_permissions(&config, fs::Permissions::from_mode(0o644)).unwrap();
    let removed =
        "Would remove ~/.docker/config.json:\n".to_owned() + &difference("-1,9 +0,0", "-", " \t");
    let not_writable = "! Without --dry-run this fails: cannot write ~/.docker/config.json: permission \
                        denied; check who owns it and its directory\n";
    assert_eq!(
        unprivileged(&["uninstall", "--dry-run"], 0),
        format!(
            "{removed}Would remove STAGE/bin/docker-credential-scw\n\
             {ROOTS_CONFIG}{NO_PERMISSION}{not_writable}"
        )
    );
    // A program that cannot be read is not the same as a missing one.
    let program = bin.join("docker-credential-scw");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o711)).unwrap();
    let cause = "no permission to read STAGE/bin/docker-credential-scw, so it is not known which \
                 program that is";
    let hint = "use sudo, or name another directory with --path";
    assert_eq!(
        unprivileged(&["uninstall", "--dry-run"], 0),
        format!(
            "{removed}STAGE/bin/docker-credential-scw cannot be read, so uninstall cannot tell whether to \
             remove it\n\
             ! Without --dry-run this fails: {cause}; {hint}\n\
             {not_writable}"
        )
    );
    assert_eq!(unprivileged(&["uninstall"], 1), format!("error: {cause}\nhint: {hint}\n"));
    assert_eq!(fs::read_to_string(&config).unwrap(), before);
    assert!(program.exists());
}

/// `sudo` removes the entries from the invoking user's config. Root's config keeps the program.
fn what_root_needs(stage: &Stage) {
    bare(stage);
    let (uid, home) = (12_345, stage.home());
    let roots = stage.directory.join("root");
    let passwd = format!(
        "root:x:0:0::{}:/bin/sh\ntypist:x:{uid}:{uid}::{}:/bin/sh\n",
        roots.display(),
        home.display()
    );
    let file = stage.directory.join("passwd");
    fs::write(&file, passwd).unwrap();
    bind(&file, "/etc/passwd");
    for path in [stage.directory.as_path(), &home] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    chown(&home, Some(uid), Some(uid)).unwrap();
    let sudo = |words: &[&str]| {
        let mut command = command(stage, words);
        command.env("SUDO_UID", uid.to_string()).env("SUDO_GID", uid.to_string());
        let output = run(command, "");
        assert!(output.status.success(), "{}", both(&output));
        stage.stable(&both(&output))
    };
    let program = stage.directory.join("bin/docker-credential-scw");
    let roots_docker = roots.join(".docker").display().to_string();
    let set_up = || {
        sudo(&["install"]);
        sudo(&["install", "--docker-config", &roots_docker, "region=fr-par"]);
    };
    set_up();
    let screen = sudo(&["uninstall"]);
    let stays = "! STAGE/bin/docker-credential-scw stays: it is still needed\n";
    let undo = "`sudo docker-credential-scw uninstall";
    assert_eq!(
        screen,
        format!(
            "Removed ~/.docker/config.json\n{stays}\
             ! STAGE/root/.docker/config.json names scw for rg.fr-par.scw.cloud: {undo} --path \
             STAGE/bin --docker-config STAGE/root/.docker` undoes that\n\
             ! {undo} --all --path STAGE/bin` undoes all of it\n"
        )
    );
    assert!(program.exists() && !home.join(".docker").exists());
    let screen = sudo(&["uninstall", "--docker-config", &roots_docker]);
    assert_eq!(
        screen,
        "Removed STAGE/root/.docker/config.json\nRemoved STAGE/bin/docker-credential-scw\n"
    );
    assert!(!program.exists() && !roots.join(".docker").exists());
    // In the opposite order.
    set_up();
    let screen = sudo(&["uninstall", "--docker-config", &roots_docker]);
    assert_eq!(
        screen,
        format!(
            "Removed STAGE/root/.docker/config.json\n{stays}\
             ! ~/.docker/config.json names scw for rg.fr-par.scw.cloud, rg.nl-ams.scw.cloud, \
             rg.pl-waw.scw.cloud, rg.it-mil.scw.cloud, rg.it-mil.scw.eu: {undo} --path STAGE/bin` \
             undoes that\n\
             ! {undo} --all --path STAGE/bin --docker-config STAGE/root/.docker` undoes all of it\n"
        )
    );
    assert!(program.exists());
    sudo(&["uninstall"]);
    assert!(!program.exists());
    // Both at once.
    set_up();
    sudo(&["uninstall", "--all"]);
    assert!(!program.exists() && !home.join(".docker").exists() && !roots.join(".docker").exists());
}
