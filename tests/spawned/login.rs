//! `login` and `logout` with clients that record how they are called.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::{FR, KEY, OTHER_KEY, PROGRAM, command, run, shown};

/// A home directory with its own programs on PATH.
struct Machine {
    home: tempfile::TempDir,
}

/// Records its arguments, standard input and environment, then exits as the file `end` says.
const RECORDER: &str = "#!/bin/sh
echo \"$0 $*\" >>\"$HOME/calls\"
cat >>\"$HOME/stdin\"
/usr/bin/env >\"$HOME/variables\"
echo printed on standard output
echo printed on standard error >&2
[ -e \"$HOME/end\" ] && . \"$HOME/end\"
exit 0
";

impl Machine {
    fn new(programs: &[&str]) -> Self {
        let machine = Self { home: tempfile::tempdir().unwrap() };
        fs::create_dir(machine.path("bin")).unwrap();
        for program in programs {
            machine.program(program, RECORDER);
        }
        machine
    }

    fn path(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Puts the program on PATH and registers it for `host` in Docker's config.
    fn register(&self, host: &str, helper: &str) {
        let name = format!("docker-credential-{helper}");
        std::os::unix::fs::symlink(PROGRAM, self.path("bin").join(name)).unwrap();
        fs::create_dir_all(self.path(".docker")).unwrap();
        let text = format!("{{\"credHelpers\":{{\"{host}\":\"{helper}\"}}}}");
        fs::write(self.path(".docker/config.json"), text).unwrap();
    }

    fn config(&self, text: &str) {
        fs::create_dir_all(self.path(".config/scw")).unwrap();
        fs::write(self.path(".config/scw/config.yaml"), text).unwrap();
    }

    fn ends_with(&self, script: &str) {
        fs::write(self.path("end"), script).unwrap();
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = command(PROGRAM, self.home.path(), words);
        // The script needs `cat`. Programs in the current directory must not be started.
        command.env("PATH", format!(":.:{}:/usr/bin:/bin", self.path("bin").display()));
        command.current_dir(self.home.path());
        command
    }

    fn run(&self, words: &[&str], variables: &[(&str, &str)], stdin: &str) -> Output {
        let mut command = self.command(words);
        command.envs(variables.iter().copied());
        run(command, stdin.as_bytes())
    }

    /// The recorded calls, one per line, with `~` for the home directory.
    fn calls(&self) -> String {
        self.read("calls").replace(self.home.path().to_str().unwrap(), "~")
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }
}

const WITH_KEY: &[(&str, &str)] = &[("SCW_SECRET_KEY", KEY)];

#[test]
fn the_key_is_only_passed_on_standard_input() {
    for program in ["docker", "podman", "nerdctl", "buildah", "skopeo"] {
        let machine = Machine::new(&[program]);
        machine.config(&format!("secret_key: {KEY}\n"));
        let named = format!("program={program}");
        let output = machine.run(&["login", &named, "region=nl-ams"], &[], "not for the child");
        let (code, stdout, stderr) = shown(&output);
        assert_eq!(code, Some(0), "{stderr}");
        assert_eq!(
            machine.calls(),
            format!(
                "~/bin/{program} login --username nologin --password-stdin rg.nl-ams.scw.cloud\n"
            )
        );
        assert_eq!(machine.read("stdin"), KEY);
        assert!(!machine.read("variables").contains(KEY));
        assert_eq!(stdout, "printed on standard output\n");
        let (theirs, ours) = stderr.split_once('\n').unwrap();
        assert_eq!(theirs, "printed on standard error");
        assert_eq!(
            ours,
            format!(
                "docker-credential-scw: rg.nl-ams.scw.cloud: no helper is registered; to fix it: {} \
                 install\n",
                env!("CARGO_BIN_EXE_docker-credential-scw")
            )
        );
    }
}

#[test]
fn the_defaults_are_docker_and_the_default_region() {
    let machine = Machine::new(&["docker", "podman"]);
    machine.config(&format!("secret_key: {KEY}\ndefault_zone: pl-waw-2\n"));
    assert_eq!(machine.run(&["login"], &[], "").status.code(), Some(0));
    assert!(machine.calls().starts_with("~/bin/docker login"), "{}", machine.calls());
    assert!(machine.calls().ends_with(" rg.pl-waw.scw.cloud\n"));
    machine.run(&["login"], &[("SCW_DEFAULT_REGION", "nl-ams")], "");
    assert!(machine.calls().ends_with(" rg.nl-ams.scw.cloud\n"));
    machine.run(&["logout"], &[("SCW_DEFAULT_REGION", "it-mil")], "");
    assert!(
        machine.calls().ends_with(
            "~/bin/docker logout rg.it-mil.scw.cloud\n~/bin/docker logout rg.it-mil.scw.eu\n"
        ),
        "{}",
        machine.calls()
    );
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
fn the_exit_code_is_the_clients_even_after_a_signal() {
    for (end, code) in [("exit 125", 125), ("kill -TERM $$", 143), ("kill -KILL $$", 137)] {
        let machine = Machine::new(&["docker"]);
        machine.ends_with(end);
        assert_eq!(machine.run(&["login"], WITH_KEY, "").status.code(), Some(code), "{end}");
        assert_eq!(machine.run(&["logout"], WITH_KEY, "").status.code(), Some(code), "{end}");
    }
}

#[test]
fn no_client_is_started_after_one_that_ctrl_c_ended() {
    for end in ["kill -INT $$", "exit 130"] {
        let machine = Machine::new(&["docker"]);
        machine.ends_with(end);
        for command in ["login", "logout"] {
            let output = machine.run(&[command, "--region", "all"], WITH_KEY, "");
            let printed = "printed on standard output\n".to_owned();
            let expected = (Some(130), printed, "printed on standard error\n".to_owned());
            assert_eq!(shown(&output), expected, "{command}: {end}");
        }
        assert_eq!(machine.calls().lines().count(), 2, "{}", machine.calls());
        // There is no advice after Ctrl-C.
        let output = machine.run(&["login"], WITH_KEY, "");
        assert_eq!(
            (output.status.code(), shown(&output).2),
            (Some(130), "printed on standard error\n".to_owned())
        );
    }
}

#[test]
fn a_client_that_does_not_read_the_key_is_fine() {
    let machine = Machine::new(&[]);
    machine.program("docker", "#!/bin/sh\nexec <&-\nexit 7\n");
    assert_eq!(machine.run(&["login"], WITH_KEY, "").status.code(), Some(7));
}

#[test]
fn a_missing_client_is_an_error_that_lists_the_others() {
    let machine = Machine::new(&["podman", "skopeo"]);
    // Empty and relative entries of PATH are ignored.
    fs::copy(machine.path("bin/podman"), machine.path("docker")).unwrap();
    let mut command = machine.command(&["login"]);
    command.env("PATH", format!(":.:bin:{}", machine.path("bin").display()));
    let (code, stdout, stderr) = shown(&run(command, b""));
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert_eq!(
        stderr,
        "error: docker is not on PATH\n\
         hint: install it, or use what is there (podman, skopeo), as in --program podman\n"
    );
    let mut command = machine.command(&["logout", "--program", "nerdctl"]);
    command.env("PATH", "bin");
    let (_, _, stderr) = shown(&run(command, b""));
    assert_eq!(
        stderr,
        "error: nerdctl is not on PATH\n\
         hint: install it (no other program that pulls images is on PATH either)\n"
    );
    assert_eq!(machine.calls(), "");
}

#[test]
fn the_key_is_checked_before_a_client_is_started() {
    let machine = Machine::new(&["docker"]);
    let refused = |words: &[&str], variables: &[(&str, &str)], stdin: &str| {
        let output = machine.run(words, variables, stdin);
        let (code, stdout, stderr) = shown(&output);
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
        assert_eq!(machine.calls(), "");
        assert!(!stderr.contains("SCW1234") && !stderr.contains("c0ffee"), "{stderr}");
        stderr
    };
    let stdin = &["login", "--secret-key-stdin"];
    let access_key = "SCW12345678901234567";
    let malformed = "hint: use a secret key: a UUID, 36 characters long\n";
    let message = refused(stdin, &[], access_key);
    assert_eq!(
        message,
        "error: standard input holds an access key (they begin with SCW), not a secret key\n\
         hint: use the secret key (a UUID) of that API key\n"
    );
    let message = refused(stdin, &[], "c0ffee");
    assert_eq!(message, format!("error: standard input is not a secret key\n{malformed}"));
    let message = refused(stdin, &[], "\n");
    assert_eq!(message, format!("error: standard input is empty\n{malformed}"));
    let message = refused(&["login"], &[("SCW_SECRET_KEY", access_key)], "");
    assert!(message.contains("the variable SCW_SECRET_KEY holds an access key"), "{message}");
    let message = refused(&["login"], &[], "");
    assert_eq!(
        message,
        "error: no key for rg.fr-par.scw.cloud\n\
         hint: set SCW_SECRET_KEY, run `docker-credential-scw save-key`, or pipe the key in \
         with --secret-key-stdin\n"
    );
    let message = refused(&["login", "--profile", "prod"], WITH_KEY, "");
    assert!(message.starts_with("error: profile \"prod\" was requested, but "), "{message}");
    assert!(
        message.ends_with(" does not exist\nhint: run `docker-credential-scw save-key`\n"),
        "{message}"
    );
    machine.config("profiles: {prod: {}}\n");
    let message = refused(&["login", "--profile", "prod"], WITH_KEY, "");
    assert!(message.contains("has no secret_key"), "{message}");
}

#[test]
fn an_invalid_profile_has_no_hint_for_another_command() {
    let machine = Machine::new(&["docker"]);
    machine.config("profiles:\n  prod:\n    secret_key: SCW12345678901234567\n");
    let path = machine.path(".config/scw/config.yaml");
    let path = path.display();
    for (words, message) in [
        (
            &["login", "--profile", "gone"][..],
            format!(
                "error: profile \"gone\" was requested, but {path} has no such profile (it has \
                 prod)\nhint: name a profile that exists\n"
            ),
        ),
        (
            &["login", "--profile", "prod"],
            format!(
                "error: {path} line 3: secret_key of profile \"prod\" holds an access key (they begin \
                 with SCW), not a secret key\nhint: use the secret key (a UUID) of that API key\n"
            ),
        ),
    ] {
        let result = shown(&machine.run(words, &[], ""));
        assert_eq!(result, (Some(1), String::new(), message), "{words:?}");
    }
    assert!(!machine.path("calls").exists());
}

#[test]
fn a_key_from_standard_input_or_a_profile_takes_precedence() {
    let machine = Machine::new(&["docker"]);
    machine.config(&format!(
        "profiles:\n  prod:\n    secret_key: {OTHER_KEY}\n    default_region: nl-ams\n"
    ));
    machine.run(&["login", "--secret-key-stdin"], WITH_KEY, &format!("{OTHER_KEY}\r\n"));
    assert_eq!(machine.read("stdin"), OTHER_KEY);
    machine.run(&["login", "--profile", "prod"], WITH_KEY, "");
    assert_eq!(machine.read("stdin"), [OTHER_KEY, OTHER_KEY].concat());
    assert!(machine.calls().ends_with(" rg.nl-ams.scw.cloud\n"), "{}", machine.calls());
    let output = machine.run(&["login", "--profile", "prod", "--secret-key-stdin"], &[], "");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn login_to_all_regions_ends_with_a_table() {
    let machine = Machine::new(&["docker"]);
    let table = |rows: &[&str]| {
        let hosts =
            ["fr-par.scw.cloud", "nl-ams.scw.cloud", "pl-waw.scw.cloud", "it-mil.scw.cloud"];
        let hosts = hosts.iter().copied().chain(["it-mil.scw.eu"]).zip(rows);
        let rows = hosts.fold(String::new(), |rows, (host, row)| {
            rows + &format!("{:<21}{row}\n", format!("rg.{host}"))
        });
        format!("\nREGISTRY             RESULT\n{rows}")
    };
    let output = machine.run(&["login", "--region", "all"], WITH_KEY, "");
    assert_eq!(output.status.code(), Some(0));
    let (_, stdout, stderr) = shown(&output);
    assert!(stdout.ends_with(&table(&["logged in"; 5])), "{stdout}");
    assert_eq!(
        stderr.matches("all 5 registries: no helper is registered; to fix it: ").count(),
        1,
        "{stderr}"
    );
    assert_eq!(machine.calls().lines().count(), 5);
    assert_eq!(machine.read("stdin"), KEY.repeat(5));

    machine.ends_with("case \"$*\" in *nl-ams*) exit 9;; esac");
    let output = machine.run(&["logout", "region=all"], WITH_KEY, "");
    assert_eq!(output.status.code(), Some(1));
    let failed = "failed (exit code 9)";
    let rows = ["logged out", failed, "logged out", "logged out", "logged out"];
    assert!(shown(&output).1.ends_with(&table(&rows)), "{}", shown(&output).1);
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

#[test]
fn podman_logs_in_through_a_helper_that_has_the_key() {
    for program in ["podman", "buildah", "skopeo"] {
        let machine = Machine::new(&[program]);
        machine.register(FR, "scw");
        let output = machine.run(&["login", "--program", program], WITH_KEY, "");
        let (code, _, stderr) = shown(&output);
        assert_eq!((code, stderr.as_str()), (Some(0), "printed on standard error\n"));
        assert_eq!(machine.calls(), format!("~/bin/{program} login {FR}\n"));
        assert_eq!(machine.read("stdin"), "");
    }
    // Docker passes the key to the helper itself.
    let machine = Machine::new(&["docker"]);
    machine.register(FR, "scw");
    machine.run(&["login"], WITH_KEY, "");
    assert!(machine.calls().contains("--password-stdin"));
}

#[test]
fn a_key_that_differs_from_the_helpers_is_stored_first() {
    let machine = Machine::new(&["podman"]);
    machine.register(FR, "scw");
    let words = ["login", "--program", "podman", "--secret-key-stdin"];
    // The key cannot be stored: there is no keyring.
    let (code, _, stderr) = shown(&machine.run(&words, &[], OTHER_KEY));
    assert_eq!(code, Some(1));
    assert!(stderr.contains("cannot store the key for rg.fr-par.scw.cloud: there is no keyring"));
    assert!(stderr.contains("SCW_SECRET_KEY"), "{stderr}");
    // For every client, a variable takes precedence over stored keys.
    machine.config(&format!("secret_key: {OTHER_KEY}\n"));
    machine.program("docker", RECORDER);
    for program in ["podman", "docker"] {
        let words = ["login", "--program", program, "--secret-key-stdin"];
        let (code, _, stderr) = shown(&machine.run(&words, WITH_KEY, OTHER_KEY));
        assert_eq!(code, Some(1));
        let message = "error: the helper has another key for rg.fr-par.scw.cloud (variable \
                    SCW_SECRET_KEY)\nhint: change or remove that key first\n";
        assert_eq!(stderr, message);
    }
    assert_eq!(machine.calls(), "");
    // Without the variable, the login works.
    assert_eq!(machine.run(&words, &[], OTHER_KEY).status.code(), Some(0));
    assert_eq!(machine.calls(), format!("~/bin/podman login {FR}\n"));
}

#[test]
fn login_uses_the_key_of_the_helpers_profile() {
    let machine = Machine::new(&["podman", "docker"]);
    machine.register(FR, "scw-prod");
    machine
        .config(&format!("secret_key: {OTHER_KEY}\nprofiles: {{prod: {{secret_key: {KEY}}}}}\n"));
    let output = machine.run(&["login", "--program", "podman"], &[], "");
    assert_eq!(output.status.code(), Some(0));
    machine.run(&["login"], &[], "");
    assert_eq!(machine.read("stdin"), KEY);
    let words = ["login", "--program", "podman", "--secret-key-stdin"];
    let (code, _, stderr) = shown(&machine.run(&words, &[], OTHER_KEY));
    assert_eq!(code, Some(1));
    assert!(stderr.contains("this helper is bound to the profile \"prod\""), "{stderr}");
}

#[test]
fn a_failing_helper_is_an_error_and_nothing_is_stored() {
    let machine = Machine::new(&["podman"]);
    machine.register(FR, "scw");
    fs::remove_file(machine.path("bin/docker-credential-scw")).unwrap();
    machine.program("docker-credential-scw", "#!/bin/sh\nexit 3\n");
    let words = ["login", "--program", "podman"];
    let (code, _, stderr) = shown(&machine.run(&words, WITH_KEY, ""));
    assert_eq!(code, Some(1));
    let message = "error: the helper for rg.fr-par.scw.cloud has no answer: the helper failed\n";
    assert_eq!(stderr, message);
    assert_eq!(machine.calls(), "");
}

#[test]
fn a_registered_helper_that_is_missing_is_an_error_before_login() {
    let machine = Machine::new(&["docker", "podman"]);
    machine.register(FR, "scw-prod");
    fs::remove_file(machine.path("bin/docker-credential-scw-prod")).unwrap();
    for program in ["docker", "podman"] {
        let (code, _, stderr) = shown(&machine.run(&["login", "--program", program], WITH_KEY, ""));
        assert_eq!(code, Some(1));
        assert!(
            stderr.contains(
                "names the helper scw-prod for rg.fr-par.scw.cloud, which is not on PATH"
            ) && stderr.contains("`docker-credential-scw install --profile prod`"),
            "{stderr}"
        );
    }
    assert_eq!(machine.calls(), "");
}

#[test]
fn plaintext_credentials_are_reported() {
    // Without a helper, the client stores the key as plaintext, and `login` says so.
    let machine = Machine::new(&["docker"]);
    machine.ends_with(&format!(
        "mkdir -p \"$HOME/.docker\"; echo '{{\"auths\":{{\"{FR}\":{{\"auth\":\"bm9sb2dpbjp4\"}}}}}}' >\"$HOME/.docker/config.json\""
    ));
    let (_, _, stderr) = shown(&machine.run(&["login"], WITH_KEY, ""));
    let message = format!(
        ".docker/config.json: plaintext credentials for {FR}; to fix it: {} install --yes\n",
        env!("CARGO_BIN_EXE_docker-credential-scw")
    );
    assert!(stderr.contains(&message), "{stderr}");
    // With the helper registered, older credentials in podman's file are used before it.
    let machine = Machine::new(&["podman"]);
    machine.register(FR, "scw");
    fs::create_dir_all(machine.path("run/containers")).unwrap();
    let auths = format!("{{\"auths\":{{\"{FR}\":{{\"auth\":\"bm9sb2dpbjp4\"}}}}}}");
    fs::write(machine.path("run/containers/auth.json"), auths).unwrap();
    let runtime = machine.path("run").display().to_string();
    let variables = [("SCW_SECRET_KEY", KEY), ("XDG_RUNTIME_DIR", &runtime)];
    let (_, _, stderr) = shown(&machine.run(&["login", "--program", "podman"], &variables, ""));
    assert!(
        stderr.contains(
            "auth.json: plaintext credentials for rg.fr-par.scw.cloud, which podman uses before the \
             helper; to fix it: "
        ),
        "{stderr}"
    );
}

#[test]
fn logout_reports_a_key_that_still_works() {
    let machine = Machine::new(&["docker"]);
    machine.register(FR, "scw");
    let (code, _, stderr) = shown(&machine.run(&["logout"], WITH_KEY, ""));
    assert_eq!(code, Some(0));
    assert!(
        stderr.contains(
            "still answers for rg.fr-par.scw.cloud, with the key of variable SCW_SECRET_KEY"
        ),
        "{stderr}"
    );
    let (_, _, stderr) = shown(&machine.run(&["logout"], &[], ""));
    assert_eq!(stderr, "printed on standard error\n");
}

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
