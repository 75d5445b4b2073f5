//! `install` and `uninstall` as processes: with clients, concurrently, killed, and on bad disks.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::process::{Command, Output};

use crate::Scenario;
use crate::registry::{Auth, Registry, docker_image};
use crate::stage::{FR, KEY, NL, OTHER_KEY, Stage, WRONG_KEY, bind, both, run};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "install_then_clients_pull_without_a_login_and_not_after_uninstall",
        needs: &["docker", "podman", "buildah", "skopeo", "docker-registry", "htpasswd"],
        play: clients,
    },
    Scenario {
        name: "install_two_profiles_for_two_registries_with_different_keys",
        needs: &["skopeo", "docker-registry", "htpasswd"],
        play: two_profiles,
    },
    Scenario {
        name: "install_keeps_pulls_with_dockers_own_login",
        needs: &["docker", "podman", "skopeo", "docker-registry", "htpasswd"],
        play: own_login,
    },
    Scenario { name: "install_50_times_at_once_loses_nothing", needs: &[], play: many_at_once },
    Scenario {
        name: "install_during_docker_logins_logins",
        needs: &["docker", "docker-registry", "htpasswd"],
        play: during_docker_logins,
    },
    Scenario {
        name: "install_killed_at_every_system_call",
        needs: &["strace"],
        play: killed_everywhere,
    },
    Scenario { name: "install_on_bad_disks", needs: &["mount"], play: bad_disks },
    Scenario {
        name: "install_and_uninstall_dry_run_without_permissions",
        needs: &["setpriv"],
        play: without_rights,
    },
    Scenario { name: "uninstall_keeps_what_root_needs", needs: &[], play: what_root_needs },
];

/// A machine without registered helpers, with the program in `~/bin`, which is on PATH.
pub fn bare(stage: &Stage) {
    fs::remove_dir_all(stage.home().join(".docker")).unwrap();
    fs::remove_file(stage.directory.join("bin/docker-credential-scw")).unwrap();
}

pub fn command(stage: &Stage, words: &[&str]) -> Command {
    let program = stage.program.display().to_string();
    let path = format!("path={}", stage.directory.join("bin").display());
    stage.command(&[&[program.as_str(), words[0], &path], &words[1..]].concat(), None)
}

fn install(stage: &Stage, words: &[&str]) -> Output {
    run(command(stage, words), "")
}

#[track_caller]
fn ok(stage: &Stage, words: &[&str]) -> String {
    let output = install(stage, words);
    assert!(output.status.success(), "{words:?}: {}", both(&output));
    both(&output)
}

fn clients(stage: &Stage) {
    bare(stage);
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    let _registry = Registry::start(stage, Auth::Token, KEY);
    let image = docker_image(stage);
    let push = format!("skopeo copy {image} docker://{FR}/ns/app:1");
    stage.fails(&push, None);
    let screen = ok(stage, &["install"]);
    assert!(screen.contains("profile default  ready"), "{screen}");
    stage.ok(&push, None);
    let lines = [
        format!("docker manifest inspect {FR}/ns/app:1"),
        format!("podman pull {FR}/ns/app:1"),
        format!("podman push {FR}/ns/app:1"),
        format!("buildah pull --policy always {FR}/ns/app:1"),
        format!("buildah push {FR}/ns/app:1"),
        format!("skopeo inspect docker://{FR}/ns/app:1"),
    ];
    for line in &lines {
        stage.ok(line, None);
    }
    ok(stage, &["uninstall"]);
    for line in &lines {
        stage.fails(line, None);
    }
    assert!(!stage.home().join(".docker/config.json").exists());
}

fn two_profiles(stage: &Stage) {
    bare(stage);
    stage.scaleway_config(&format!(
        "profiles:\n  prod:\n    secret_key: {KEY}\n  dev:\n    secret_key: {OTHER_KEY}\n"
    ));
    ok(stage, &["install", "--profile", "prod", "--region", "fr-par"]);
    ok(stage, &["install", "--profile", "dev", "--region", "nl-ams"]);
    let image = docker_image(stage);
    let push = |host: &str| format!("skopeo copy {image} docker://{host}/ns/app:1");
    {
        let _registry = Registry::start(stage, Auth::Htpasswd, KEY);
        stage.ok(&push(FR), Some(WRONG_KEY));
        stage.fails(&push(NL), None);
    }
    let _registry = Registry::start(stage, Auth::Htpasswd, OTHER_KEY);
    stage.ok(&push(NL), Some(WRONG_KEY));
    stage.fails(&push(FR), None);
    ok(stage, &["uninstall", "--profile", "prod"]);
    assert!(stage.docker_config().contains("scw-dev"));
    ok(stage, &["uninstall", "--profile", "dev"]);
    assert!(!stage.home().join(".docker").exists());
}

fn own_login(stage: &Stage) {
    use base64::Engine as _;
    bare(stage);
    let _registry = Registry::start(stage, Auth::Htpasswd, KEY);
    let image = docker_image(stage);
    let auth = base64::engine::general_purpose::STANDARD.encode(format!("nologin:{KEY}"));
    let config = format!("{{\"auths\": {{\"{FR}\": {{\"auth\": \"{auth}\"}}}}}}");
    let pulls = [
        format!("docker manifest inspect {FR}/ns/app:1"),
        format!("podman pull {FR}/ns/app:1"),
        format!("skopeo inspect docker://{FR}/ns/app:1"),
    ];
    fs::create_dir_all(stage.home().join(".docker")).unwrap();
    fs::write(stage.home().join(".docker/config.json"), config).unwrap();
    stage.ok(&format!("skopeo copy {image} docker://{FR}/ns/app:1"), None);
    // Neither a key nor a keyring.
    let screen = ok(stage, &["install", "--yes"]);
    assert!(
        screen.contains(
            "Docker uses its own login, in plaintext in its config.json; the helper has no key\n"
        ),
        "{screen}"
    );
    for line in &pulls {
        stage.ok(line, None);
    }
    ok(stage, &["install", "--force"]);
    for line in &pulls {
        stage.fails(line, None);
    }
    // Once the helper has a key, it takes over.
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    for line in &pulls {
        stage.ok(line, None);
    }
    let screen = ok(stage, &["install", "--yes"]);
    assert!(screen.contains("Removed the plaintext credentials"), "{screen}");
    for line in &pulls {
        stage.ok(line, None);
    }
}

fn region(n: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
    format!("{}{}-abc", letter(n / 26), letter(n))
}

fn helpers(stage: &Stage) -> serde_json::Map<String, serde_json::Value> {
    let config: serde_json::Value = serde_json::from_str(&stage.docker_config()).unwrap();
    config["credHelpers"].as_object().unwrap().clone()
}

fn many_at_once(stage: &Stage) {
    bare(stage);
    ok(stage, &["install", "--profile", "old", "--region", "zz-abc", "--force"]);
    std::thread::scope(|scope| {
        for n in 0..50 {
            let region = region(n);
            scope.spawn(move || ok(stage, &["install", &format!("region={region}")]));
            if n % 10 == 0 {
                scope.spawn(move || ok(stage, &["uninstall", "--profile", "old"]));
                scope.spawn(move || ok(stage, &["uninstall", "--profile", "never-there"]));
            }
        }
    });
    let helpers = helpers(stage);
    for n in 0..50 {
        assert_eq!(helpers[&format!("rg.{}.scw.cloud", region(n))], "scw");
    }
    assert_eq!(helpers.len(), 50, "and the one that was uninstalled is gone");
    // Remove and install all of them at once.
    std::thread::scope(|scope| {
        for n in 0..25 {
            scope.spawn(move || ok(stage, &["uninstall"]));
            scope.spawn(move || ok(stage, &["install", &format!("--region={}", region(n))]));
        }
    });
    let parsed = fs::read_to_string(stage.home().join(".docker/config.json"));
    if let Ok(text) = parsed {
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
    }
}

/// Docker reads its config, asks the registry, and writes what it read with one more entry, so it
/// can overwrite a change made meanwhile. What install guarantees is that the file is always
/// complete, and that it never removes Docker's credentials.
fn during_docker_logins(stage: &Stage) {
    let _registry = Registry::start(stage, Auth::Htpasswd, KEY);
    let config = stage.home().join(".docker/config.json");
    std::thread::scope(|scope| {
        let installs = scope.spawn(|| {
            for n in 0..60 {
                ok(stage, &["install", &format!("region={}", region(n % 20))]);
                ok(stage, &["uninstall", "--profile", "p"]);
            }
        });
        let logins = scope.spawn(|| {
            for n in 0..15 {
                // An unrelated host, with plaintext credentials as Docker writes them.
                let line = "docker login registry.example.org -u nologin --password-stdin";
                let output = stage.output(line, None, KEY);
                assert!(output.status.success(), "{n}: {}", both(&output));
                assert!(stage.docker_config().contains("registry.example.org"), "a login is lost");
                assert!(
                    stage.output("docker logout registry.example.org", None, "").status.success()
                );
            }
        });
        while !(installs.is_finished() && logins.is_finished()) {
            let text = fs::read_to_string(&config).unwrap();
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text:?}");
        }
    });
    assert!(helpers(stage).len() >= 2);
}

/// Kills `install` and `uninstall` at their first, second, third … system call of each kind, until
/// a run completes. After each, the files must be either old or new, and complete.
fn killed_everywhere(stage: &Stage) {
    bare(stage);
    let old = "{\n  \"auths\": {},\n  \"psFormat\": \"x\"\n}\n";
    let dir = stage.home().join(".docker");
    fs::create_dir(&dir).unwrap();
    let config = dir.join("config.json");
    let read = || fs::read_to_string(&config).ok();
    fs::write(&config, old).unwrap();
    ok(stage, &["install", "region=fr-par"]);
    let registered = read();
    fs::remove_file(&config).unwrap();
    ok(stage, &["install", "region=fr-par"]);
    let made = read();
    let old = Some(old.to_owned());
    for (words, before, after) in [
        (&["install", "region=fr-par"][..], &old, &registered),
        (&["install", "region=fr-par"], &None, &made),
        (&["uninstall"], &registered, &old),
        (&["uninstall"], &made, &None),
    ] {
        sweep(stage, words, before.as_deref(), after.as_deref());
    }
    // The next complete run removes what the killed runs left.
    ok(stage, &["install", "region=fr-par"]);
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
    assert_eq!(fs::read_dir(stage.directory.join("bin")).unwrap().count(), 1);
}

fn sweep(stage: &Stage, words: &[&str], before: Option<&str>, after: Option<&str>) {
    let config = stage.home().join(".docker/config.json");
    let bin = stage.directory.join("bin/docker-credential-scw");
    let program = fs::read(&stage.program).unwrap();
    let (mut killed, mut saw_before, mut saw_after) = (0, 0, 0);
    for calls in [
        "openat,read,fstat,statx,newfstatat,readlink,access,faccessat,faccessat2",
        "write,fsync,fdatasync,fchmod,fchown,chown,flock",
        "rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,close",
    ] {
        for n in 1.. {
            fs::create_dir_all(config.parent().unwrap()).unwrap();
            fs::set_permissions(config.parent().unwrap(), fs::Permissions::from_mode(0o700))
                .unwrap();
            match before {
                Some(text) => fs::write(&config, text).unwrap(),
                None => drop(fs::remove_file(&config)),
            }
            let _ = fs::remove_file(&bin);
            if words[0] == "uninstall" {
                fs::copy(&stage.program, &bin).unwrap();
            }
            let trace = format!("trace={calls}");
            let inject = format!("inject={calls}:signal=SIGKILL:when={n}");
            let strace = ["strace", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
            let mut command = stage.command(&strace, None);
            command.args(self::command(stage, words).get_args());
            let output = run(command, "");
            let text = fs::read_to_string(&config).ok();
            let place = format!("{words:?} killed at number {n} of {calls}");
            if text.as_deref() == before {
                saw_before += 1;
            } else {
                assert_eq!(text.as_deref(), after, "{place}");
                saw_after += 1;
            }
            assert!(!bin.exists() || fs::read(&bin).unwrap() == program, "{place}: half a program");
            let names_it = text.is_some_and(|text| text.contains("\"scw\""));
            assert!(bin.exists() || !names_it, "{place}: registered but missing");
            if output.status.success() {
                break;
            }
            // strace exits like its child. Anything else is an error of this test.
            let code = output.status.code();
            assert!(code.is_none_or(|code| code == 137), "{place}: {}", both(&output));
            killed += 1;
            assert!(n < 400, "it does not come to its end");
        }
    }
    assert!(killed > 30 && saw_before > 10 && saw_after > 3, "{killed} {saw_before} {saw_after}");
}

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
        assert!(stderr.starts_with("error: ") && stderr.contains(".docker"), "{stderr}");
        let end = format!("{cause}\nhint: {hint}\n");
        assert!(stderr.ends_with(&end) && stderr.lines().count() == 2, "{end}: {stderr}");
        assert_eq!(fs::read_to_string(&config).unwrap(), before, "nothing is lost");
        assert_eq!(
            fs::read_dir(&dir)
                .unwrap()
                .filter(|entry| {
                    entry.as_ref().unwrap().file_name().to_string_lossy().contains("-new-")
                })
                .count(),
            0
        );
    };
    // Full: the existing file fits, but no second one.
    mount(&["-t", "tmpfs", "-o", "size=16k", "tmpfs"]);
    fs::write(&config, &before).unwrap();
    refused(": no space left", "free some disk space, then try again");
    unmount(&dir);
    // Read-only.
    mount(&["-t", "tmpfs", "tmpfs"]);
    fs::write(&config, &before).unwrap();
    mount(&["-o", "remount,ro"]);
    refused(": the file system is read-only", "name another directory with --docker-config");
    mount(&["-o", "remount,rw"]);
    // A bind mount of a single file cannot be replaced, only overwritten.
    let elsewhere = stage.directory.join("elsewhere.json");
    fs::write(&elsewhere, &before).unwrap();
    let output = Command::new("mount").arg("--bind").arg(&elsewhere).arg(&config).output().unwrap();
    assert!(output.status.success());
    refused(
        " can only be overwritten, not replaced (it is a mount point)",
        "write over it with --force; a crash meanwhile would leave half of the file",
    );
    ok(stage, &["install", "--force"]);
    assert!(helpers(stage).len() == 5);
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
        both(&output)
    };
    let bin = stage.directory.join("bin");
    let refusal = format!(
        "! Without --dry-run this fails: no permission to write to {}; use sudo, or name a \
         directory of your own with --path, such as ~/.local/bin\n",
        bin.display()
    );
    let screen = unprivileged(&["install", "--dry-run"], 0);
    assert!(screen.contains(&refusal) && screen.contains("+\t\t\"rg.fr-par"), "{screen}");
    assert!(!home.join(".docker").exists() && fs::read_dir(&bin).unwrap().count() == 0);
    // A config that only root can read, in a directory that only root can change.
    ok(stage, &["install"]);
    let config = home.join(".docker/config.json");
    let before = fs::read_to_string(&config).unwrap();
    fs::set_permissions(home.join(".docker"), fs::Permissions::from_mode(0o755)).unwrap();
    for words in [&["install", "--dry-run"][..], &["uninstall", "--dry-run"]] {
        let screen = unprivileged(words, 0);
        let path = config.display();
        assert!(screen.contains("cannot be read, so its change is not shown\n"), "{screen}");
        let expected =
            format!("! Without --dry-run this fails: cannot read {path}: permission denied");
        assert!(screen.contains(&expected), "{screen}");
        assert!(!screen.contains("+\t\t\"rg.fr-par"), "{screen}");
    }
    fs::set_permissions(&config, fs::Permissions::from_mode(0o644)).unwrap();
    let screen = unprivileged(&["uninstall", "--dry-run"], 0);
    assert!(screen.contains("-\t\t\"rg.fr-par") && screen.contains(&refusal), "{screen}");
    let expected =
        format!("! Without --dry-run this fails: cannot write {}: permission", config.display());
    assert!(screen.contains(&expected), "{screen}");
    // A program that cannot be read is not the same as a missing one.
    let program = bin.join("docker-credential-scw");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o711)).unwrap();
    let expected = format!("no permission to read {}", program.display());
    let screen = unprivileged(&["uninstall", "--dry-run"], 0);
    assert!(screen.contains(&format!("! Without --dry-run this fails: {expected}")), "{screen}");
    let screen = unprivileged(&["uninstall"], 1);
    assert!(screen.starts_with(&format!("error: {expected}")), "{screen}");
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
        both(&output)
    };
    let program = stage.directory.join("bin/docker-credential-scw");
    let roots_docker = roots.join(".docker").display().to_string();
    let set_up = || {
        sudo(&["install"]);
        sudo(&["install", "--docker-config", &roots_docker, "region=fr-par"]);
    };
    set_up();
    let screen = sudo(&["uninstall"]);
    let expected = format!(
        "! {roots_docker}/config.json names scw for {FR}: `sudo docker-credential-scw uninstall --path {} \
         --docker-config {roots_docker}` undoes that\n",
        stage.directory.join("bin").display()
    );
    assert!(screen.contains(&expected), "{screen}");
    assert!(program.exists() && !home.join(".docker").exists());
    let screen = sudo(&["uninstall", "--docker-config", &roots_docker]);
    assert!(screen.contains("Removed "), "{screen}");
    assert!(!program.exists() && !roots.join(".docker").exists());
    // In the opposite order.
    set_up();
    let screen = sudo(&["uninstall", "--docker-config", &roots_docker]);
    assert!(screen.contains("/home/.docker/config.json names scw for "), "{screen}");
    assert!(program.exists());
    sudo(&["uninstall"]);
    assert!(!program.exists());
    // Both at once.
    set_up();
    sudo(&["uninstall", "--all"]);
    assert!(!program.exists() && !home.join(".docker").exists() && !roots.join(".docker").exists());
}
