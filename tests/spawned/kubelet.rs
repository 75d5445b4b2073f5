//! The kubelet's credential provider as a process: started by its name, without HOME, many at once.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::kubelet_model::{Execution, Kubelet, Provider, request};
use crate::{KEY, PROGRAM, run, shown};

const APP: &str = "rg.fr-par.scw.cloud/ns/app";

/// Runs a provider of `bin_dir` with the variables that a system service has, and its own.
fn start(bin_dir: &Path, provider: &Provider, request: &str) -> Execution {
    let started = Instant::now();
    let mut command = Command::new(bin_dir.join(&provider.name));
    command.args(&provider.args).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.envs(provider.env.iter().cloned());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = run(command, request.as_bytes());
    let stderr = String::from_utf8(output.stderr).unwrap();
    Execution { code: output.status.code(), stdout: output.stdout, stderr, time: started.elapsed() }
}

#[test]
fn a_hundred_pods_that_start_at_once_get_the_key() {
    let node = tempfile::tempdir().unwrap();
    symlink(PROGRAM, node.path().join("scw-credential-provider")).unwrap();
    let config = node.path().join("config.yaml");
    fs::write(&config, format!("secret_key: {KEY}\n")).unwrap();
    let text = format!(
        "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n\
         - name: scw-credential-provider\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\n\
         \x20 matchImages: [rg.*.scw.cloud]\n  defaultCacheDuration: 5m0s\n\
         \x20 env: [{{name: SCW_CONFIG_PATH, value: {}}}]\n",
        config.display()
    );
    let kubelet = Kubelet::start(&text).unwrap();
    let provide = |provider: &Provider, request: &str| start(node.path(), provider, request);
    let login = vec![("nologin".to_owned(), KEY.to_owned())];
    std::thread::scope(|scope| {
        for number in 0..100 {
            let (kubelet, login, provide) = (&kubelet, &login, &provide);
            scope.spawn(move || {
                // A registry each, so that no answer comes from the cache.
                let name = |digit: u8| char::from(b'a' + digit);
                let region = format!("aa-{}{}x", name(number / 10), name(number % 10));
                let image = format!("rg.{region}.scw.cloud/ns/app");
                assert_eq!(kubelet.logins(&image, provide).as_ref(), Ok(login));
            });
        }
    });
    assert_eq!(kubelet.runs.load(Ordering::Relaxed), 100);
    assert_eq!(kubelet.logins("rg.aa-aax.scw.cloud/other/image", &provide), Ok(login));
    assert_eq!(kubelet.runs.load(Ordering::Relaxed), 100, "the cache has the registry");
}

#[test]
fn it_is_fast_and_does_not_wait_for_anything() {
    let node = tempfile::tempdir().unwrap();
    symlink(PROGRAM, node.path().join("scw-credential-provider")).unwrap();
    let kubelet = Kubelet::with_provider(&["rg.*.scw.cloud"]);
    let provider = Provider {
        env: vec![("SCW_SECRET_KEY".to_owned(), KEY.to_owned())],
        ..kubelet.providers[0].clone()
    };
    let execution = start(node.path(), &provider, &request(APP));
    assert_eq!((execution.code, execution.stderr.as_str()), (Some(0), ""));
    assert!(execution.time < Duration::from_secs(10), "{:?}", execution.time);
}

#[test]
fn an_answer_to_the_kubelet_that_cannot_arrive_is_a_failure() {
    let script = format!("exec '{PROGRAM}' kubelet-credential-provider >&-");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script]).env_clear().env("SCW_SECRET_KEY", KEY);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let message = "docker-credential-scw: cannot write to standard output: it is closed, or it is a \
                   null device that is open for reading and writing\n";
    let expected = (Some(1), String::new(), message.to_owned());
    assert_eq!(shown(&run(command, request(APP).as_bytes())), expected);
}
