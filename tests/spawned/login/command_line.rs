//! Arguments of `login` and `logout`.

use std::fs;
use std::process::Command;

use super::{Machine, NL, WITH_KEY, login_call};
use crate::{FR, KEY, PROGRAM, answer_with, shown};

#[test]
fn typos_are_usage_errors_with_a_suggestion() {
    let machine = Machine::new(&["docker"]);
    for (words, message) in [
        (
            vec!["login", "--program", "dokcer"],
            "invalid value 'dokcer' for '--program <PROGRAM>'\n  \
             [possible values: docker, podman, nerdctl, buildah, skopeo]\n\n  \
             tip: a similar value exists: 'docker'",
        ),
        (
            vec!["login", "region=Paris"],
            "invalid value 'Paris' for '--region <REGION>': a region looks like fr-par, nl-ams, \
             pl-waw, it-mil, or all",
        ),
        (
            vec!["login", "--regoin", "all"],
            "unexpected argument '--regoin' found\n\n  \
             tip: a similar argument exists: '--region'\n\n\
             Usage: docker-credential-scw login --region <REGION> [REGISTRY]...",
        ),
        (
            vec!["logout", "--secret-key-stdin"],
            "unexpected argument '--secret-key-stdin' found\n\n\
             Usage: docker-credential-scw logout [OPTIONS] [REGISTRY]...",
        ),
    ] {
        let error = format!("error: {message}\n\nFor more information, try '--help'.\n");
        let result = shown(&machine.run(&words, WITH_KEY, ""));
        assert_eq!(result, (Some(2), String::new(), error), "{words:?}");
    }
    assert_eq!(machine.calls(), "");
}

mod on_a_terminal {
    use std::time::Duration;

    use rexpect::session::{PtySession, spawn_command};

    use super::*;

    /// A shell on its own terminal, in which the program runs.
    struct Shell(PtySession);

    impl std::ops::Deref for Shell {
        type Target = PtySession;

        fn deref(&self) -> &PtySession {
            &self.0
        }
    }

    impl std::ops::DerefMut for Shell {
        fn deref_mut(&mut self) -> &mut PtySession {
            &mut self.0
        }
    }

    impl Drop for Shell {
        fn drop(&mut self) {
            // An interactive shell ignores SIGTERM.
            let _ = self.0.send_line("exit");
        }
    }

    fn shell(machine: &Machine) -> Shell {
        let mut command = machine.command(&[]);
        let path =
            command.get_envs().find(|(name, _)| *name == "PATH").unwrap().1.unwrap().to_owned();
        command = Command::new("/bin/sh");
        command.env_clear().env("HOME", machine.home.path()).env("PATH", path).env("PS1", "$ ");
        let mut shell = Shell(spawn_command(command, Some(10_000)).unwrap());
        // The driving library turns the echo off.
        line(&mut shell, "stty echo; echo \"ready\"");
        shell.exp_string("ready\r\n").unwrap();
        shell
    }

    fn line(shell: &mut Shell, line: &str) {
        shell.send_line(line).unwrap();
    }

    /// Checks that the terminal echoes input and handles Ctrl-C.
    fn has_echo(shell: &mut Shell) {
        line(shell, "stty -a; echo \"end\" of stty");
        let stty_printed = shell.exp_string("end of stty").unwrap();
        for setting in [" echo ", " icanon ", "isig "] {
            assert!(stty_printed.contains(setting), "{setting}: {stty_printed}");
        }
    }

    #[test]
    fn login_prompts_for_the_key_without_echo() {
        let machine = Machine::new(&["docker"]);
        let mut shell = shell(&machine);
        line(&mut shell, &format!("{PROGRAM} login; echo ended with $?"));
        shell.exp_string("Secret key for rg.fr-par.scw.cloud: ").unwrap();
        line(&mut shell, KEY);
        let shown = shell.exp_string("ended with 0").unwrap();
        assert_eq!(
            machine.stable(&shown),
            "\r\n\
             printed on standard output\r\n\
             printed on standard error\r\n\
             docker-credential-scw: rg.fr-par.scw.cloud: no helper is registered; to fix it: \
             PROGRAM install\r\n"
        );
        assert_eq!(machine.read("stdin"), KEY);
        has_echo(&mut shell);
    }

    #[test]
    fn save_key_prompts_for_the_key_without_echo() {
        let machine = Machine::new(&[]);
        let mut shell = shell(&machine);
        line(&mut shell, &format!("{PROGRAM} save-key --profile prod; echo ended with $?"));
        shell.exp_string("Secret key: ").unwrap();
        line(&mut shell, KEY);
        let shown = shell.exp_string("ended with 0").unwrap();
        assert_eq!(
            machine.stable(&shown),
            "\r\nSaved the secret key of profile \"prod\" in ~/.config/scw/config.yaml\r\n\
             docker-credential-scw: to use this profile for pulls, run `docker-credential-scw \
             install --profile prod`, or set SCW_PROFILE=prod\r\n"
        );
        let saved = format!("profiles:\n  prod:\n    secret_key: {KEY}\n");
        assert_eq!(machine.read(".config/scw/config.yaml"), saved);
        line(&mut shell, &format!("{PROGRAM} save-key; echo ended with $?"));
        shell.exp_string("Secret key: ").unwrap();
        shell.send_control('c').unwrap();
        shell.exp_string("ended with 130").unwrap();
        assert_eq!(machine.read(".config/scw/config.yaml"), saved);
        has_echo(&mut shell);
    }

    #[test]
    fn get_on_a_terminal_says_what_to_type() {
        let machine = Machine::new(&[]);
        machine.config(&format!("secret_key: {KEY}\n"));
        let mut shell = shell(&machine);
        line(&mut shell, &format!("{PROGRAM} get >~/answer; echo ended with $?"));
        shell.exp_string("waiting for a server URL, such as rg.fr-par.scw.cloud: ").unwrap();
        line(&mut shell, FR);
        shell.send_control('d').unwrap();
        shell.exp_string("ended with 0").unwrap();
        assert_eq!(machine.read("answer"), answer_with(KEY));
        line(&mut shell, &format!("{PROGRAM} list; echo ended with $?"));
        shell.exp_string("ended with 0").unwrap();
    }

    #[test]
    fn a_typed_access_key_has_a_specific_error() {
        let machine = Machine::new(&["docker"]);
        let mut shell = shell(&machine);
        line(&mut shell, &format!("{PROGRAM} login --region all; echo ended with $?"));
        shell.exp_string("Secret key for rg.fr-par.scw.cloud: ").unwrap();
        line(&mut shell, "SCW12345678901234567");
        let shown = shell.exp_string("ended with 1").unwrap();
        assert_eq!(
            shown,
            "\r\nerror: what was typed holds an access key (they begin with SCW), not a secret \
             key\r\nhint: use the secret key (a UUID) of that API key\r\n"
        );
        assert_eq!(machine.calls(), "");
    }

    #[test]
    fn the_key_is_typed_once_for_all_regions() {
        let machine = Machine::new(&["docker"]);
        let mut shell = shell(&machine);
        line(&mut shell, &format!("{PROGRAM} login --region all; echo ended with $?"));
        shell.exp_string("Secret key for rg.fr-par.scw.cloud: ").unwrap();
        line(&mut shell, KEY);
        shell.exp_string("ended with 0").unwrap();
        assert_eq!(machine.read("stdin"), KEY.repeat(5));
    }

    #[test]
    fn ctrl_c_at_the_prompt_exits_with_130_and_restores_the_echo() {
        let machine = Machine::new(&["docker"]);
        let mut shell = shell(&machine);
        for words in ["login", "login --secret-key-stdin", "login --region all"] {
            line(&mut shell, &format!("{PROGRAM} {words}; echo ended with $?"));
            shell.exp_string("Secret key").unwrap();
            shell.exp_string(": ").unwrap();
            shell.send("c0ffee").unwrap();
            shell.send_control('c').unwrap();
            let shown = shell.exp_string("ended with 130").unwrap();
            assert!(!shown.contains("c0ffee"), "{shown}");
            has_echo(&mut shell);
        }
        assert_eq!(machine.calls(), "");
    }

    #[test]
    fn sigterm_at_the_prompt_restores_the_echo() {
        let machine = Machine::new(&["docker"]);
        let mut shell = shell(&machine);
        let start = format!("sh -c 'echo $$ >\"$HOME/pid\"; exec {PROGRAM} login'");
        line(&mut shell, &format!("{start}; echo ended with $?"));
        shell.exp_string("Secret key for rg.fr-par.scw.cloud: ").unwrap();
        // The prompt is printed just before the echo is turned off.
        std::thread::sleep(Duration::from_millis(300));
        let pid = machine.read("pid");
        assert!(Command::new("kill").args(["-TERM", pid.trim()]).status().unwrap().success());
        shell.exp_string("ended with 130").unwrap();
        has_echo(&mut shell);
    }

    #[test]
    fn ctrl_c_ends_the_client_and_then_login() {
        let machine = Machine::new(&["docker"]);
        // The output comes from the process that then waits. If a shell printed it and then started
        // `sleep`, a Ctrl-C in between would only end the shell after `sleep`.
        fs::write(machine.path("words"), "it runs\n").unwrap();
        machine.finish_with("exec tail -f \"$HOME/words\"");
        let mut shell = shell(&machine);
        for words in ["login", "login --region all"] {
            line(
                &mut shell,
                &format!("SCW_SECRET_KEY={KEY} {PROGRAM} {words}; echo ended with $?"),
            );
            shell.exp_string("it runs").unwrap();
            shell.send_control('c').unwrap();
            shell.exp_string("ended with 130").unwrap();
            has_echo(&mut shell);
        }
        assert_eq!(machine.calls().lines().count(), 2, "{}", machine.calls());
    }
}

#[test]
fn registries_are_accepted_in_the_form_of_docker_login() {
    let machine = Machine::new(&["docker"]);
    machine.config(&format!("secret_key: {KEY}\n"));
    for name in
        ["rg.nl-ams.scw.cloud", "https://rg.nl-ams.scw.cloud/my-ns", "RG.nl-ams.scw.cloud/a/b"]
    {
        let output = machine.run(&["login", name], &[], "");
        assert_eq!(output.status.code(), Some(0), "{name}: {:?}", shown(&output));
        assert_eq!(machine.take_calls(), login_call("docker", NL));
    }
    machine.run(
        &["logout", "rg.it-mil.scw.eu", "rg.fr-par.scw.cloud", "rg.it-mil.scw.eu/x"],
        &[],
        "",
    );
    let calls = "~/bin/docker logout rg.it-mil.scw.eu\n~/bin/docker logout rg.fr-par.scw.cloud\n";
    assert_eq!(machine.calls(), calls);
    for (name, why) in [
        ("fr-par", "that is no registry: use --region fr-par"),
        ("all", "that is no registry: use --region all"),
        ("docker.io", "a registry looks like rg.fr-par.scw.cloud"),
        ("http://rg.fr-par.scw.cloud", "a key is sent over https only: leave out http://"),
    ] {
        let (code, stdout, stderr) = shown(&machine.run(&["login", name], &[], ""));
        let error = format!(
            "error: invalid value '{name}' for '[REGISTRY]...': {why}\n\n\
             For more information, try '--help'.\n"
        );
        assert_eq!((code, stdout.as_str(), stderr), (Some(2), "", error));
    }
    let output = machine.run(&["login", "rg.fr-par.scw.cloud", "--region", "nl-ams"], &[], "");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn several_regions_can_be_separated_by_commas_or_repeated() {
    let machine = Machine::new(&["docker"]);
    for words in [
        &["login", "--region", "fr-par,nl-ams"][..],
        &["login", "region=fr-par", "region=nl-ams", "region=fr-par"],
        &["logout", "--region=fr-par", "--region=nl-ams"],
    ] {
        let before = machine.calls().lines().count();
        let output = machine.run(words, WITH_KEY, "");
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", shown(&output).2);
        let calls = machine.calls();
        let hosts: Vec<_> = calls
            .lines()
            .skip(before)
            .map(|call| call.rsplit(' ').next().unwrap_or_default())
            .collect();
        assert_eq!(hosts, [FR, "rg.nl-ams.scw.cloud"], "{words:?}");
    }
}
