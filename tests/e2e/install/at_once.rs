//! `install` and `uninstall` concurrently, and killed at every system call.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{bare, command, ok};
use crate::Scenario;
use crate::registry::{Auth, Registry};
use crate::stage::{KEY, Stage, both, run};

pub const SCENARIOS: &[Scenario] = &[
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
];

fn region(n: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
    format!("{}{}-abc", letter(n / 26), letter(n))
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
    let helpers = stage.helpers();
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
                let docker_wrote = stage.docker_config();
                assert!(docker_wrote.contains("registry.example.org"), "a login is lost");
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
    assert!(stage.helpers().len() >= 2);
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
            let is_registered = text.is_some_and(|text| text.contains("\"scw\""));
            assert!(bin.exists() || !is_registered, "{place}: registered but missing");
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
