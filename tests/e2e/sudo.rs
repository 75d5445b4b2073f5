//! `sudo install`: root writes the program, and everything else happens as the user who ran sudo.

pub mod links;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::Scenario;
use crate::install::{NEW, all_ready, bare, command};
use crate::keyring::start_daemon;
use crate::stage::{FR, KEY, Stage, answer_with, bind, both, run};

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "sudo_install_acts_as_the_invoking_user", needs: NEEDS, play: for_user },
    Scenario { name: "sudo_install_hides_roots_environment", needs: NEEDS, play: environment },
    Scenario {
        name: "sudo_install_uses_the_users_keyring",
        needs: &["setpriv", "dbus-daemon", "gnome-keyring-daemon"],
        play: keyring,
    },
    Scenario { name: "install_without_permissions_has_a_hint", needs: NEEDS, play: no_rights },
];

const NEEDS: &[&str] = &["setpriv"];
pub const UID: u32 = 12_345;
pub const GID: u32 = 12_346;
/// A supplementary group of the user.
const TEAM: u32 = 12_347;

/// Makes the stage's home the home of an ordinary user with a key in `config.yaml`. Creates one of
/// root's directories next to it.
pub fn set_up(stage: &Stage) -> PathBuf {
    bare(stage);
    let home = stage.home();
    let account = format!("ada:x:{UID}:{GID}::{}:/bin/sh\n", home.display());
    let groups = format!("ada:x:{GID}:\nteam:x:{TEAM}:ada\n");
    for (name, lines) in [("passwd", account), ("group", groups)] {
        let file = stage.directory.join(name);
        let system = format!("/etc/{name}");
        fs::write(&file, fs::read_to_string(&system).unwrap() + &lines).unwrap();
        bind(&file, &system);
    }
    set_mode(&stage.directory, 0o755);
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    let roots = stage.directory.join("roots");
    fs::create_dir(&roots).unwrap();
    give(&home);
    roots
}

/// Changes the owner of a file or a directory tree to the user.
pub fn give(path: &Path) {
    give_to(path, UID, GID);
}

/// Changes the owner and the group of a file or a directory tree.
pub fn give_to(path: &Path, user: u32, group: u32) {
    std::os::unix::fs::lchown(path, Some(user), Some(group)).unwrap();
    if path.symlink_metadata().unwrap().is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_to(&entry.unwrap().path(), user, group);
        }
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Runs the command like `sudo` does.
fn sudo_command(stage: &Stage, words: &[&str]) -> Command {
    let mut command = command(stage, words);
    command.env("HOME", "/nonexistent/root").env("SUDO_UID", UID.to_string());
    command.env("SUDO_GID", GID.to_string()).env("SUDO_USER", "ada");
    command
}

fn sudo(stage: &Stage, words: &[&str]) -> Output {
    run(sudo_command(stage, words), "")
}

#[track_caller]
fn sudo_ok(stage: &Stage, words: &[&str]) -> String {
    let output = sudo(stage, words);
    assert!(output.status.success(), "{words:?}: {}", both(&output));
    stage.stable(&both(&output))
}

/// A command run by the user.
fn as_user(stage: &Stage, words: &[&str]) -> Command {
    let ids = [format!("--reuid={UID}"), format!("--regid={GID}")];
    stage.command(&[&["setpriv", &ids[0], &ids[1], "--init-groups"], words].concat(), None)
}

fn for_user(stage: &Stage) {
    let roots = set_up(stage);
    let home = stage.home();
    let screen = sudo_ok(stage, &["install"]);
    // With the user's key.
    assert_eq!(screen, all_ready(NEW));
    for path in [".docker", ".docker/config.json"] {
        let metadata = fs::metadata(home.join(path)).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (UID, GID), "{path}");
    }
    let program = stage.directory.join("bin/docker-credential-scw");
    let metadata = fs::metadata(&program).unwrap();
    assert_eq!((metadata.uid(), metadata.mode() & 0o7777), (0, 0o755));
    // A second run that changes the file keeps the user as its owner.
    sudo_ok(stage, &["install", "--region", "de-fra"]);
    assert_eq!(fs::metadata(home.join(".docker/config.json")).unwrap().uid(), UID);
    // A given directory in the user's home also belongs to the user.
    let named = home.join("named");
    sudo_ok(stage, &["install", "--docker-config", &named.display().to_string()]);
    assert_eq!(fs::metadata(named.join("config.json")).unwrap().uid(), UID);
    let screen = sudo_ok(stage, &["uninstall", "--docker-config", &named.display().to_string()]);
    assert_eq!(
        screen,
        "Removed ~/named/config.json\n\
         ! STAGE/bin/docker-credential-scw stays: it is still needed\n\
         ! ~/.docker/config.json names scw for rg.fr-par.scw.cloud, rg.nl-ams.scw.cloud, \
         rg.pl-waw.scw.cloud, rg.it-mil.scw.cloud, rg.it-mil.scw.eu, rg.de-fra.scw.cloud: `sudo \
         docker-credential-scw uninstall --path STAGE/bin` undoes that\n\
         ! `sudo docker-credential-scw uninstall --all --path STAGE/bin --docker-config ~/named` \
         undoes all of it\n"
    );
    assert!(!named.exists() && program.exists());
    sudo_ok(stage, &["uninstall"]);
    assert!(!home.join(".docker").exists() && !program.exists());
    // A program in the user's home is also written as the user.
    let theirs = home.join("bin");
    fs::create_dir(&theirs).unwrap();
    give(&theirs);
    let path = format!("--path={}", theirs.display());
    let mut own = stage.command(&[stage.program.to_str().unwrap(), "install", &path], None);
    own.env("SUDO_UID", UID.to_string());
    let output = run(own, "");
    assert!(output.status.success(), "{}", both(&output));
    let metadata = fs::metadata(theirs.join("docker-credential-scw")).unwrap();
    assert_eq!((metadata.uid(), metadata.gid(), metadata.mode() & 0o7777), (UID, GID, 0o755));
    sudo_ok(stage, &["install"]);
    sudo_ok(stage, &["uninstall"]);
    assert!(!home.join(".docker").exists());
    // A user ID that is not in the user database.
    let mut unknown = command(stage, &["install"]);
    unknown.env("SUDO_UID", "54321").env("HOME", &home);
    let output = run(unknown, "");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: user ID 54321 is not in the user database, so the home directory is unknown\n\
         hint: add --docker-config /root/.docker to install for root\n"
    );
    assert!(!output.status.success() && !home.join(".docker").exists());
    // Root's own directory, given explicitly.
    let own = roots.join("docker");
    sudo_ok(stage, &["install", "--docker-config", &own.display().to_string()]);
    assert_eq!(fs::metadata(own.join("config.json")).unwrap().uid(), 0);
    assert!(!home.join(".docker").exists());
}

/// Processes for the user have the user's IDs, groups and variables, and no key of root's.
fn environment(stage: &Stage) {
    const ROOTS_KEY: &str = "5ec0ffee-cafe-4bad-8bed-5ec2e7ca4a49";
    set_up(stage);
    let home = stage.home();
    // The user's credential store sees what any of the user's processes can see.
    let store = stage.directory.join("bin/docker-credential-spy");
    let script = format!(
        "#!/bin/sh\ncat >/dev/null\n{{ id -u; id -G; env | sort; \
         grep -E '^(Uid|Gid|Groups):' /proc/$PPID/status; \
         cat /proc/*/environ | tr '\\0' '\\n'; }} >>{}/seen 2>/dev/null\n\
         echo 'credentials not found in native keychain'; exit 1\n",
        home.display()
    );
    fs::write(&store, script).unwrap();
    set_mode(&store, 0o755);
    fs::create_dir(home.join(".docker")).unwrap();
    fs::write(home.join(".docker/config.json"), "{\"credsStore\": \"spy\"}").unwrap();
    fs::remove_file(home.join(".config/scw/config.yaml")).unwrap();
    give(&home);
    for owner in [UID, 0] {
        let session = format!("/run/user/{UID}");
        fs::create_dir_all(&session).unwrap();
        chown(&session, Some(owner), None).unwrap();
        let mut command = sudo_command(stage, &["install", "--region=fr-par"]);
        command.env("SCW_SECRET_KEY", ROOTS_KEY).env("SCW_TOKEN", ROOTS_KEY);
        command.env("DOCKER_AUTH_CONFIG", ROOTS_KEY).env("ANYTHING", ROOTS_KEY);
        command.env("XDG_CONFIG_HOME", "/root/.config").env("XDG_RUNTIME_DIR", "/run/user/0");
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/0/bus");
        command.env("LANG", "C.UTF-8").env("TERM", "dumb");
        let output = run(command, "");
        assert!(output.status.success(), "{}", both(&output));
        // What the store printed: other programs' output.
        let seen = fs::read_to_string(home.join("seen")).unwrap();
        fs::remove_file(home.join("seen")).unwrap();
        assert!(!seen.contains(ROOTS_KEY), "{seen}");
        assert_eq!(
            stage.stable(&both(&output)),
            "Installed STAGE/bin/docker-credential-scw\n\
             Changed ~/.docker/config.json\n\
             ! SCW_SECRET_KEY: not visible under sudo, and no other source has a key; if your shell \
             sets it, pulls use it\n\
             \x20 -> docker-credential-scw save-key\n\
             \n\
             REGISTRY             HELPER  KEY FROM  STATUS\n\
             rg.fr-par.scw.cloud  scw     -         no source has a key; docker-credential-scw save-key\n\
             \n\
             Fix what is marked !, then run install again.\n"
        );
        let line = |start: &str| seen.lines().find(|line| line.starts_with(start));
        let ids = format!("Uid:\t{UID}\t{UID}\t{UID}\t{UID}");
        assert_eq!(line("Uid:"), Some(ids.as_str()), "of the parent: {seen}");
        let ids = format!("Gid:\t{GID}\t{GID}\t{GID}\t{GID}");
        assert_eq!(line("Gid:"), Some(ids.as_str()), "of the parent: {seen}");
        assert_eq!(line("Groups:").map(str::trim), Some(&*format!("Groups:\t{GID} {TEAM}")));
        assert!(seen.starts_with(&format!("{UID}\n{GID} {TEAM}\n")), "{seen}");
        let expected = [
            format!("HOME={}", home.display()),
            "LANG=C.UTF-8".to_owned(),
            "LOGNAME=ada".to_owned(),
            "TERM=dumb".to_owned(),
            "USER=ada".to_owned(),
        ];
        for variable in expected {
            assert!(line(&variable).is_some(), "{variable}: {seen}");
        }
        let session = format!("XDG_RUNTIME_DIR=/run/user/{UID}");
        assert_eq!(line("XDG_RUNTIME"), Some(session.as_str()).filter(|_| owner == UID), "{seen}");
        for variable in ["SUDO_", "DBUS_", "XDG_CONFIG", "DOCKER_AUTH", "ANYTHING", "SCW_"] {
            assert_eq!(line(variable), None, "{seen}");
        }
        sudo_ok(stage, &["uninstall"]);
    }
}

/// A user session with a keyring on its bus: `install` moves a plaintext key there.
fn keyring(stage: &Stage) {
    set_up(stage);
    let home = stage.home();
    fs::remove_file(home.join(".config/scw/config.yaml")).unwrap();
    let session = PathBuf::from(format!("/run/user/{UID}"));
    fs::create_dir_all(&session).unwrap();
    give(&session);
    set_mode(&session, 0o700);
    let mut bus = as_user(
        stage,
        &[
            "dbus-daemon",
            "--session",
            "--nofork",
            &format!("--address=unix:path={}/bus", session.display()),
        ],
    );
    let bus = bus.stderr(Stdio::null()).spawn().unwrap();
    wait_for("the bus", || session.join("bus").exists());
    let in_session = |words: &[&str]| {
        let mut command = as_user(stage, words);
        command.env("XDG_RUNTIME_DIR", &session);
        command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}/bus", session.display()));
        command
    };
    let daemon = start_daemon(&in_session, &["--unlock"], "a password");
    // Plaintext credentials, as left by `docker login`.
    let auth = crate::canary::base64(format!("nologin:{KEY}").as_bytes());
    let config = format!("{{\"auths\":{{\"{FR}\":{{\"auth\":\"{auth}\"}}}}}}");
    fs::create_dir(home.join(".docker")).unwrap();
    fs::write(home.join(".docker/config.json"), config).unwrap();
    give(&home);
    let screen = sudo_ok(stage, &["install", "--region=fr-par", "--yes"]);
    assert_eq!(
        screen,
        "Copied the key for rg.fr-par.scw.cloud from ~/.docker/config.json to the keyring\n\
         Installed STAGE/bin/docker-credential-scw\n\
         Changed ~/.docker/config.json\n\
         Removed the plaintext credentials for rg.fr-par.scw.cloud from ~/.docker/config.json\n\
         \n\
         REGISTRY             HELPER  KEY FROM  STATUS\n\
         rg.fr-par.scw.cloud  scw     keyring   ready\n\
         \n\
         Docker, podman, buildah and skopeo now pull from these without a login.\n"
    );
    assert_eq!(
        stage.docker_config(),
        "{\"auths\":{},\"credHelpers\":{\"rg.fr-par.scw.cloud\":\"scw\"}}"
    );
    let program = stage.directory.join("bin/docker-credential-scw");
    let answer = run(in_session(&[program.to_str().unwrap(), "get"]), FR);
    assert_eq!(both(&answer), answer_with(FR, KEY));
    let names = home.join(".local/state/docker-credential-scw/stored-hosts.json");
    assert_eq!(fs::metadata(names).unwrap().uid(), UID);
    sudo_ok(stage, &["uninstall", "--purge"]);
    for mut child in [daemon, bus] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

fn wait_for(what: &str, is_there: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_there() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} is not there");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Without root, root's directories and other users' configs are refused and left unchanged.
fn no_rights(stage: &Stage) {
    let roots = set_up(stage);
    let home = stage.home();
    let program = stage.directory.join("bin/docker-credential-scw");
    let unprivileged = |words: &[&str]| {
        let words = command(stage, words);
        let mut command = as_user(stage, &[]);
        command.args(words.get_args());
        let output = run(command, "");
        assert_eq!(output.status.code(), Some(1), "{}", both(&output));
        stage.stable(&both(&output))
    };
    let stderr = unprivileged(&["install"]);
    assert_eq!(
        stderr,
        "error: no permission to write to STAGE/bin\n\
         hint: use sudo, or name a directory of your own with --path, such as ~/.local/bin\n"
    );
    assert!(!home.join(".docker").exists() && !program.exists());
    let own = roots.join("own");
    sudo_ok(stage, &["install", "--docker-config", &own.display().to_string()]);
    let theirs = roots.join("theirs");
    fs::create_dir(&theirs).unwrap();
    for (rights, verb) in [(0o644, "write"), (0o600, "read")] {
        fs::write(theirs.join("config.json"), "{}").unwrap();
        set_mode(&theirs.join("config.json"), rights);
        let stderr = unprivileged(&["install", "--docker-config", &theirs.display().to_string()]);
        assert_eq!(
            stderr,
            format!(
                "error: cannot {verb} STAGE/roots/theirs/config.json: permission denied\n\
                 hint: check who owns it and its directory\n"
            )
        );
        assert_eq!(fs::read_to_string(theirs.join("config.json")).unwrap(), "{}");
        assert_eq!(fs::read_dir(&theirs).unwrap().count(), 1);
    }
}
