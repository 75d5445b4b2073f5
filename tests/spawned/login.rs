//! `login` and `logout` with clients that record how they are called.

mod command_line;
mod helper;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::{FR, KEY, OTHER_KEY, PROGRAM, command, run, shown};

const NL: &str = "rg.nl-ams.scw.cloud";

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

    fn finish_with(&self, script: &str) {
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

    /// The recorded calls since the last time.
    fn take_calls(&self) -> String {
        let calls = self.calls();
        let _ = fs::remove_file(self.path("calls"));
        calls
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    /// Replaces what differs between runs.
    fn stable(&self, text: &str) -> String {
        text.replace(self.home.path().to_str().unwrap(), "~").replace(PROGRAM, "PROGRAM")
    }
}

/// How a client is called to log in to this registry.
fn login_call(client: &str, host: &str) -> String {
    format!("~/bin/{client} login --username nologin --password-stdin {host}\n")
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
        assert_eq!(machine.calls(), login_call(program, NL));
        assert_eq!(machine.read("stdin"), KEY);
        assert!(!machine.read("variables").contains(KEY));
        assert_eq!(stdout, "printed on standard output\n");
        assert_eq!(
            machine.stable(&stderr),
            "printed on standard error\n\
             docker-credential-scw: rg.nl-ams.scw.cloud: no helper is registered; to fix it: \
             PROGRAM install\n"
        );
    }
}

#[test]
fn the_defaults_are_docker_and_the_default_region() {
    let machine = Machine::new(&["docker", "podman"]);
    machine.config(&format!("secret_key: {KEY}\ndefault_zone: pl-waw-2\n"));
    assert_eq!(machine.run(&["login"], &[], "").status.code(), Some(0));
    assert_eq!(machine.take_calls(), login_call("docker", "rg.pl-waw.scw.cloud"));
    machine.run(&["login"], &[("SCW_DEFAULT_REGION", "nl-ams")], "");
    assert_eq!(machine.take_calls(), login_call("docker", NL));
    machine.run(&["logout"], &[("SCW_DEFAULT_REGION", "it-mil")], "");
    assert_eq!(
        machine.take_calls(),
        "~/bin/docker logout rg.it-mil.scw.cloud\n~/bin/docker logout rg.it-mil.scw.eu\n"
    );
}

#[test]
fn the_exit_code_is_the_clients_even_after_a_signal() {
    for (end, code) in [("exit 125", 125), ("kill -TERM $$", 143), ("kill -KILL $$", 137)] {
        let machine = Machine::new(&["docker"]);
        machine.finish_with(end);
        assert_eq!(machine.run(&["login"], WITH_KEY, "").status.code(), Some(code), "{end}");
        assert_eq!(machine.run(&["logout"], WITH_KEY, "").status.code(), Some(code), "{end}");
    }
}

#[test]
fn no_client_is_started_after_one_that_ctrl_c_ended() {
    for end in ["kill -INT $$", "exit 130"] {
        let machine = Machine::new(&["docker"]);
        machine.finish_with(end);
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
        machine.stable(&stderr)
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
    assert_eq!(
        message,
        "error: the variable SCW_SECRET_KEY holds an access key (they begin with SCW), not a secret \
         key\n\
         hint: use the secret key (a UUID) of that API key, or unset SCW_SECRET_KEY to use another \
         source\n"
    );
    let message = refused(&["login"], &[], "");
    assert_eq!(
        message,
        "error: no key for rg.fr-par.scw.cloud\n\
         hint: set SCW_SECRET_KEY, run `docker-credential-scw save-key`, or pipe the key in \
         with --secret-key-stdin\n"
    );
    let message = refused(&["login", "--profile", "prod"], WITH_KEY, "");
    assert_eq!(
        message,
        "error: profile \"prod\" was requested, but ~/.config/scw/config.yaml does not exist\n\
         hint: add it: `docker-credential-scw save-key profile=prod`\n"
    );
    machine.config("profiles: {prod: {}}\n");
    let message = refused(&["login", "--profile", "prod"], WITH_KEY, "");
    assert_eq!(
        message,
        "error: profile \"prod\" in ~/.config/scw/config.yaml has no secret_key\n\
         hint: add secret_key to that profile\n"
    );
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
    assert_eq!(machine.take_calls(), login_call("docker", FR));
    assert_eq!(machine.read("stdin"), OTHER_KEY);
    machine.run(&["login", "--profile", "prod"], WITH_KEY, "");
    assert_eq!(machine.read("stdin"), [OTHER_KEY, OTHER_KEY].concat());
    assert_eq!(machine.calls(), login_call("docker", NL));
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
        let printed = "printed on standard output\n".repeat(5);
        format!("{printed}\nREGISTRY             RESULT\n{rows}")
    };
    let output = machine.run(&["login", "--region", "all"], WITH_KEY, "");
    let (code, stdout, stderr) = shown(&output);
    assert_eq!((code, stdout), (Some(0), table(&["logged in"; 5])));
    assert_eq!(
        machine.stable(&stderr),
        "printed on standard error\n".repeat(5)
            + "docker-credential-scw: all 5 registries: no helper is registered; to fix it: PROGRAM \
               install\n"
    );
    assert_eq!(machine.calls().lines().count(), 5);
    assert_eq!(machine.read("stdin"), KEY.repeat(5));

    machine.finish_with("case \"$*\" in *nl-ams*) exit 9;; esac");
    let output = machine.run(&["logout", "region=all"], WITH_KEY, "");
    let failed = "failed (exit code 9)";
    let rows = ["logged out", failed, "logged out", "logged out", "logged out"];
    let printed = "printed on standard error\n".repeat(5);
    assert_eq!(shown(&output), (Some(1), table(&rows), printed));
}

#[test]
fn logout_reports_a_key_that_still_works() {
    let machine = Machine::new(&["docker"]);
    machine.register(FR, "scw");
    let (code, _, stderr) = shown(&machine.run(&["logout"], WITH_KEY, ""));
    assert_eq!(code, Some(0));
    assert_eq!(
        stderr,
        "printed on standard error\n\
         docker-credential-scw: the helper still answers for rg.fr-par.scw.cloud, with the key of \
         variable SCW_SECRET_KEY: logging out does not touch that\n"
    );
    let (_, _, stderr) = shown(&machine.run(&["logout"], &[], ""));
    assert_eq!(stderr, "printed on standard error\n");
}
