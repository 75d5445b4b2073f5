//! `sudo install`: root writes the program, and everything else happens as the user who ran sudo.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::Scenario;
use crate::install::{bare, command};
use crate::stage::{FR, KEY, Stage, bind, both, run};

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "sudo_install_acts_as_the_invoking_user", needs: NEEDS, play: for_user },
    Scenario { name: "sudo_install_follows_no_links_as_root", needs: NEEDS, play: links },
    Scenario { name: "sudo_install_is_safe_against_link_races", needs: NEEDS, play: race },
    Scenario { name: "sudo_install_keeps_links_among_dotfiles", needs: NEEDS, play: dotfiles },
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
    std::os::unix::fs::lchown(path, Some(UID), Some(GID)).unwrap();
    if path.symlink_metadata().unwrap().is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path());
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
    both(&output)
}

/// A command run by the user.
fn as_user(stage: &Stage, words: &[&str]) -> Command {
    let ids = [format!("--reuid={UID}"), format!("--regid={GID}")];
    stage.command(&[&["setpriv", &ids[0], &ids[1], "--init-groups"], words].concat(), None)
}

/// Everything below a directory: owner, mode and content.
fn tree(path: &Path) -> Vec<(PathBuf, u32, u32, Vec<u8>)> {
    let metadata = path.symlink_metadata().unwrap();
    let content = if metadata.is_file() { fs::read(path).unwrap() } else { Vec::new() };
    let mut found = vec![(path.to_owned(), metadata.uid(), metadata.mode(), content)];
    if metadata.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            found.extend(tree(&entry.unwrap().path()));
        }
    }
    found.sort();
    found
}

fn for_user(stage: &Stage) {
    let roots = set_up(stage);
    let home = stage.home();
    let screen = sudo_ok(stage, &["install"]);
    assert!(screen.contains("profile default  ready"), "with the user's key: {screen}");
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
    let needed = format!("! {}/.docker/config.json names scw for", home.display());
    assert!(!named.exists() && program.exists() && screen.contains(&needed), "{screen}");
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

/// With root's rights, each of these links would let the user read or write root's files.
fn links(stage: &Stage) {
    type Prepare = fn(&Path, &Path);
    const ENTRIES: &str = r#"{"credHelpers":{"rg.fr-par.scw.cloud":"scw"}}"#;
    let roots = set_up(stage);
    let home = stage.home();
    fs::create_dir(roots.join("docker")).unwrap();
    set_mode(&roots.join("docker"), 0o700);
    for (name, mode) in [("docker/config.json", 0o600), ("open.json", 0o644)] {
        fs::write(roots.join(name), ENTRIES).unwrap();
        set_mode(&roots.join(name), mode);
    }
    fs::write(roots.join("secret.json"), r#"{"HttpHeaders":{"X":"of-root-only"}}"#).unwrap();
    set_mode(&roots.join("secret.json"), 0o600);
    let login = r#"{"auths":{"rg.fr-par.scw.cloud":{"auth":"bm9sb2dpbjo"}}}"#;
    fs::write(roots.join("auth.json"), login).unwrap();
    let config_to_absent: Prepare = |home, roots| {
        fs::create_dir(home.join(".docker")).unwrap();
        symlink(roots.join("profile.sh"), home.join(".docker/config.json")).unwrap();
    };
    let directory_to_absent: Prepare =
        |home, roots| symlink(roots.join("new/deep"), home.join(".docker")).unwrap();
    let config_to_open: Prepare = |home, roots| {
        fs::create_dir(home.join(".docker")).unwrap();
        symlink(roots.join("open.json"), home.join(".docker/config.json")).unwrap();
    };
    let config_to_secret: Prepare = |home, roots| {
        fs::create_dir(home.join(".docker")).unwrap();
        symlink(roots.join("secret.json"), home.join(".docker/config.json")).unwrap();
    };
    let directory_to_roots: Prepare =
        |home, roots| symlink(roots.join("docker"), home.join(".docker")).unwrap();
    let podmans: Prepare = |home, roots| {
        fs::create_dir_all(home.join(".config/containers")).unwrap();
        symlink(roots.join("auth.json"), home.join(".config/containers/auth.json")).unwrap();
    };
    let own_state: Prepare = |home, roots| {
        fs::create_dir_all(home.join(".local/state")).unwrap();
        symlink(roots.join("state"), home.join(".local/state/docker-credential-scw")).unwrap();
    };
    let before = tree(&roots);
    for (name, prepare, words) in [
        ("an absent file", config_to_absent, ["install", "--region=fr-par"].as_slice()),
        ("an absent directory", directory_to_absent, &["install"]),
        ("a readable file", config_to_open, &["install"]),
        ("a readable file, by force", config_to_open, &["install", "--force", "--yes"]),
        ("a readable file", config_to_open, &["uninstall"]),
        ("a private file", config_to_secret, &["install"]),
        ("a private file, shown", config_to_secret, &["install", "--dry-run"]),
        (
            "a private file, shown as JSON",
            config_to_secret,
            &["install", "--dry-run", "-o", "json"],
        ),
        ("root's directory", directory_to_roots, &["uninstall"]),
        ("root's directory", directory_to_roots, &["install"]),
        ("podman's file", podmans, &["install", "--yes"]),
        ("the state directory", own_state, &["uninstall", "--purge"]),
        ("a named directory", directory_to_absent, &["install", "--docker-config", "home/.docker"]),
    ] {
        prepare(&home, &roots);
        give(&home);
        let output = sudo(stage, words);
        assert_eq!(tree(&roots), before, "{name} {words:?}: {}", both(&output));
        assert!(!both(&output).contains("of-root-only"), "{name}: {}", both(&output));
        assert!(!both(&output).contains("internal error"), "{name}: {}", both(&output));
        let docker = home.join(".docker");
        if docker.is_symlink() {
            fs::remove_file(&docker).unwrap();
        } else if docker.exists() {
            fs::remove_dir_all(&docker).unwrap();
        }
        let _ = fs::remove_dir_all(home.join(".config/containers"));
        let _ = fs::remove_dir_all(home.join(".local"));
    }
}

/// While `install` creates a long chain of directories, the user replaces one of them with a link.
fn race(stage: &Stage) {
    let roots = set_up(stage);
    let home = stage.home();
    let chain: PathBuf = (0..40).map(|number| format!("d{number}")).collect();
    let docker = home.join("a").join(&chain);
    for _ in 0..5 {
        // The same chain, empty, in root's directory.
        let _ = fs::remove_dir_all(roots.join("a"));
        fs::create_dir_all(roots.join("a").join(chain.parent().unwrap())).unwrap();
        fs::create_dir(home.join("a")).unwrap();
        give(&home.join("a"));
        symlink(&docker, home.join(".docker")).unwrap();
        give(&home.join(".docker"));
        let before = tree(&roots);
        let exchange = format!(
            "cd {home}; i=0; while [ $i -lt 400 ]; do i=$((i+1)); mv a b; ln -s {roots}/a a; \
             rm a; mv b a; done",
            home = home.display(),
            roots = roots.display()
        );
        let mut user = as_user(stage, &["sh", "-c", &exchange]);
        let mut user = user.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        for _ in 0..8 {
            sudo(stage, &["install", "--region=fr-par"]);
        }
        user.wait().unwrap();
        assert_eq!(tree(&roots), before);
        fs::remove_file(home.join(".docker")).unwrap();
        for name in ["a", "b"] {
            let path = home.join(name);
            if path.is_symlink() {
                fs::remove_file(&path).unwrap();
            } else if path.exists() {
                fs::remove_dir_all(&path).unwrap();
            }
        }
    }
}

/// The links of users who keep their dotfiles elsewhere are left in place.
fn dotfiles(stage: &Stage) {
    set_up(stage);
    let home = stage.home();
    let dotfiles = home.join("dotfiles");
    let file = dotfiles.join("docker.json");
    let link = home.join(".docker/config.json");
    for (name, target, exists) in [
        ("relative", "../dotfiles/docker.json", true),
        ("absolute", file.to_str().unwrap(), true),
        ("dangling", "../dotfiles/docker.json", false),
        ("chained", "../first", true),
    ] {
        fs::create_dir(&dotfiles).unwrap();
        fs::create_dir(home.join(".docker")).unwrap();
        symlink(target, &link).unwrap();
        symlink("dotfiles/docker.json", home.join("first")).unwrap();
        if exists {
            fs::write(&file, "{\"psFormat\": \"x\"}").unwrap();
        }
        give(&home);
        sudo_ok(stage, &["install", "--region=fr-par"]);
        assert!(link.is_symlink(), "{name}");
        assert_eq!(fs::metadata(&file).unwrap().uid(), UID, "{name}");
        assert!(fs::read_to_string(&file).unwrap().contains("\"rg.fr-par.scw.cloud\": \"scw\""));
        sudo_ok(stage, &["uninstall"]);
        assert!(link.is_symlink(), "{name}");
        assert_eq!(file.exists(), exists, "{name}");
        for directory in [&dotfiles, &home.join(".docker")] {
            fs::remove_dir_all(directory).unwrap();
        }
        fs::remove_file(home.join("first")).unwrap();
    }
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
        let seen = fs::read_to_string(home.join("seen")).unwrap();
        fs::remove_file(home.join("seen")).unwrap();
        assert!(!seen.contains(ROOTS_KEY), "{seen}");
        assert!(!both(&output).contains(ROOTS_KEY), "{}", both(&output));
        let hidden = "! SCW_SECRET_KEY: not visible under sudo, and no other source has a key; if your \
                      shell sets it, pulls use it\n  -> docker-credential-scw save-key\n";
        assert!(both(&output).contains(hidden), "{}", both(&output));
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
    let mut bus = bus.stderr(Stdio::null()).spawn().unwrap();
    wait_for("the bus", || session.join("bus").exists());
    let in_session = |words: &[&str]| {
        let mut command = as_user(stage, words);
        command.env("XDG_RUNTIME_DIR", &session);
        command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}/bus", session.display()));
        command
    };
    let unlocked =
        in_session(&["gnome-keyring-daemon", "--unlock", "--daemonize", "--components=secrets"]);
    assert!(run(unlocked, "a password").status.success());
    // Until then, a call would make the bus start another keyring, which is locked.
    wait_for("the keyring", || {
        let bus = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"];
        let owner = ["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"];
        both(&run(in_session(&[&bus[..], &owner].concat()), "")).contains("boolean true")
    });
    // Plaintext credentials, as left by `docker login`.
    let auth = crate::canary::base64(format!("nologin:{KEY}").as_bytes());
    let config = format!("{{\"auths\":{{\"{FR}\":{{\"auth\":\"{auth}\"}}}}}}");
    fs::create_dir(home.join(".docker")).unwrap();
    fs::write(home.join(".docker/config.json"), config).unwrap();
    give(&home);
    let screen = sudo_ok(stage, &["install", "--region=fr-par", "--yes"]);
    assert!(screen.contains("keyring"), "{screen}");
    let config = fs::read_to_string(home.join(".docker/config.json")).unwrap();
    assert!(!config.contains(&auth), "{screen}");
    let program = stage.directory.join("bin/docker-credential-scw");
    let answer = run(in_session(&[program.to_str().unwrap(), "get"]), FR);
    let expected =
        format!("{{\"ServerURL\":\"{FR}\",\"Username\":\"nologin\",\"Secret\":\"{KEY}\"}}\n");
    assert_eq!(String::from_utf8_lossy(&answer.stdout), expected, "{}", both(&answer));
    let names = home.join(".local/state/docker-credential-scw/stored-hosts.json");
    assert_eq!(fs::metadata(names).unwrap().uid(), UID);
    sudo_ok(stage, &["uninstall", "--purge"]);
    bus.kill().unwrap();
    bus.wait().unwrap();
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
        String::from_utf8(output.stderr).unwrap()
    };
    let stderr = unprivileged(&["install"]);
    assert!(
        stderr.contains("hint: use sudo, or name a directory of your own with --path"),
        "{stderr}"
    );
    assert!(!home.join(".docker").exists() && !program.exists());
    let own = roots.join("own");
    sudo_ok(stage, &["install", "--docker-config", &own.display().to_string()]);
    let theirs = roots.join("theirs");
    fs::create_dir(&theirs).unwrap();
    for (rights, words) in [(0o644, "permission denied"), (0o600, "cannot read")] {
        fs::write(theirs.join("config.json"), "{}").unwrap();
        set_mode(&theirs.join("config.json"), rights);
        let stderr = unprivileged(&["install", "--docker-config", &theirs.display().to_string()]);
        assert!(stderr.contains(words) && stderr.contains("config.json"), "{stderr}");
        assert_eq!(fs::read_to_string(theirs.join("config.json")).unwrap(), "{}");
        assert_eq!(fs::read_dir(&theirs).unwrap().count(), 1);
    }
}
