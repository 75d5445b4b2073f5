//! Arguments of `login` and `logout`.

use std::fs;
use std::process::Command;

use super::{Machine, WITH_KEY};
use crate::{FR, KEY, PROGRAM, shown};

#[test]
fn typos_are_usage_errors_with_a_suggestion() {
    let machine = Machine::new(&["docker"]);
    for (words, message) in [
        (vec!["login", "--program", "dokcer"], "docker"),
        (vec!["login", "region=Paris"], "a region looks like fr-par"),
        (vec!["login", "--regoin", "all"], "--region"),
        (vec!["logout", "--secret-key-stdin"], "--secret-key-stdin"),
    ] {
        let (code, _, stderr) = shown(&machine.run(&words, WITH_KEY, ""));
        assert_eq!(code, Some(2), "{words:?}");
        assert!(stderr.contains(message), "{stderr}");
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
        let shown = shell.exp_string("end of stty").unwrap();
        for setting in [" echo ", " icanon ", "isig "] {
            assert!(shown.contains(setting), "{setting}: {shown}");
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
        assert!(!shown.contains(&KEY[..8]), "{shown}");
        assert!(shown.contains("printed on standard output"), "{shown}");
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
        assert!(!shown.contains(&KEY[..8]), "{shown}");
        assert!(shown.contains("Saved the secret key of profile \"prod\" in "), "{shown}");
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
        assert!(machine.read("answer").contains(KEY));
        line(&mut shell, &format!("{PROGRAM} list; echo ended with $?"));
        shell.exp_string("ended with 0").unwrap();
    }

    #[test]
    fn a_typed_access_key_has_a_specific_error() {
        let machine = Machine::new(&["docker"]);
        let mut shell = shell(&machine);
        line(&mut shell, &format!("{PROGRAM} login --region all; echo ended with $?"));
        shell.exp_string("Secret key for ").unwrap();
        line(&mut shell, "SCW12345678901234567");
        let shown = shell.exp_string("ended with 1").unwrap();
        assert!(shown.contains("what was typed holds an access key"), "{shown}");
        assert!(!shown.contains("SCW1234"));
        assert_eq!(machine.calls(), "");
    }

    #[test]
    fn the_key_is_typed_once_for_all_regions() {
        let machine = Machine::new(&["docker"]);
        let mut shell = shell(&machine);
        line(&mut shell, &format!("{PROGRAM} login --region all; echo ended with $?"));
        shell.exp_string("Secret key for ").unwrap();
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
        shell.exp_string("Secret key for ").unwrap();
        shell.exp_string(": ").unwrap();
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
        machine.ends_with("exec tail -f \"$HOME/words\"");
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
        let words = "login --username nologin --password-stdin rg.nl-ams.scw.cloud\n";
        assert_eq!(machine.calls(), format!("~/bin/docker {words}"));
        fs::remove_file(machine.path("calls")).unwrap();
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
