//! Dispatches the arguments, and turns the result into output and an exit code.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};

use crate::cli::{self, Refusal, command::Command};
use crate::commands::{self, CommandError};
use crate::exit::Exit;
use crate::explain::{Explain, on_one_line, on_two_lines, shortened};
use crate::printable::Printable;
use crate::program_name::ProgramName;
use crate::protocol::wire::Action;
use crate::protocol::{self, ActionError, kubelet};
#[cfg(unix)]
use crate::sudo::invoking_user;
use crate::system::environment::Environment;
use crate::system::output_filter::{Filter, FilteredWriter};
use crate::system::resources::exhausted;
use crate::terminal::{Console, Wrap, wrap_for};

/// Prints what failed and how to fix it.
pub fn failed(error: &dyn Explain, stderr: &mut dyn Write) -> Exit {
    failed_within(error, Wrap::at(None), stderr)
}

/// Prints what failed and how to fix it, wrapped for a terminal.
fn failed_within(error: &dyn Explain, wrap: Wrap, stderr: &mut dyn Write) -> Exit {
    let text = on_two_lines(error, |label, part| wrap.after(label, &Printable(part).to_string()));
    let _ = stderr.write_all(text.as_bytes());
    Exit::Failure
}

/// Runs the program. `args` starts with the program's name.
///
/// Handles the protocol's actions before anything else is read: `get` runs at every pull.
pub fn run(
    args: &[OsString],
    environment: &Environment,
    stdin: &mut dyn Read,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Exit {
    let filter = Filter::new(environment);
    let stdout = &mut FilteredWriter::new(stdout, &filter);
    let stderr = &mut FilteredWriter::new(stderr, &filter);
    let program = ProgramName::from_arg0(args.first().map(OsString::as_os_str));
    let words = args.get(1..).unwrap_or_default();
    let action = words.first().and_then(|word| Action::from_name(word.to_str()?));
    if let (Some(action), [_]) = (action, words) {
        return run_action(action, &program, environment, stdin, stdout, stderr);
    }
    if is_credential_provider(&program, words) {
        return answer_kubelet(program.bound_profile(), environment, stdin, stdout, stderr);
    }
    let name = Printable(program.as_str());
    match (action, words) {
        (None, []) => answer(&cli::help(), Exit::Failure, stdout, stderr),
        (Some(_), [_, word]) if cli::is_help_option(word) => match cli::parse(args) {
            Err(Refusal::Help(help)) => answer(&help, Exit::Success, stdout, stderr),
            _ => Exit::Usage,
        },
        (Some(_), _) => {
            let usage = format!("Usage: {name} <get|store|erase|list|version>\n");
            answer(&usage, Exit::Failure, stdout, stderr)
        }
        (None, [word]) if is_version(word) => {
            answer(&version(&program), Exit::Success, stdout, stderr)
        }
        (None, [word, rest @ ..]) => match cli::parse(args) {
            Ok(command) => {
                if let Err(error) = act_as_invoking_user(&command, environment, args) {
                    return failed(&error, stderr);
                }
                run_command(&command, environment, stdin, stdout, stderr, &filter)
            }
            Err(Refusal::Help(help)) => answer(&help, Exit::Success, stdout, stderr),
            Err(Refusal::Misuse { text, is_unknown_word }) => {
                let _ = stderr.write_all(text.as_bytes());
                // A known command with a missing argument is not an unknown action.
                if !(is_unknown_word && rest.is_empty()) {
                    return Exit::Usage;
                }
                // The protocol requires this message for a single unknown word.
                let word = Printable(word.to_string_lossy());
                let text = format!("{name}: unknown action: {word}\n");
                answer(&text, Exit::Failure, stdout, stderr)
            }
        },
    }
}

/// Runs one of the protocol's actions.
fn run_action(
    action: Action,
    program: &ProgramName,
    environment: &Environment,
    stdin: &mut dyn Read,
    stdout: &mut FilteredWriter<'_>,
    stderr: &mut FilteredWriter<'_>,
) -> Exit {
    let nothing = &mut io::empty();
    // Tell a user at a terminal what to type. A pipe needs no hint, and `get` runs at every pull.
    let stdin = match environment.is_stdin_terminal().then(|| waits_for(action)) {
        None => stdin,
        Some(None) => nothing,
        Some(Some(what)) => {
            let _ = stderr.write_all(message_line(&what).as_bytes());
            stdin
        }
    };
    let done = protocol::perform(action, program.bound_profile(), environment, stdin);
    report(action, done, environment, stdout, stderr)
}

/// Returns what to tell the user at a terminal who has to type the action's input; `None` if the
/// action needs no input.
fn waits_for(action: Action) -> Option<String> {
    let end = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };
    match action {
        Action::Get | Action::Erase => Some(format!(
            "waiting for a server URL, such as rg.fr-par.scw.cloud: type it, press Enter, then {end}"
        )),
        Action::Store => Some(format!(
            "waiting for JSON with ServerURL, Username and Secret, then {end}; to log in, use \
             `docker-credential-scw login`"
        )),
        Action::List => None,
    }
}

/// Runs a command. Errors are printed to standard error.
fn run_command(
    command: &Command,
    environment: &Environment,
    stdin: &mut dyn Read,
    stdout: &mut FilteredWriter<'_>,
    stderr: &mut FilteredWriter<'_>,
    filter: &Filter<'_>,
) -> Exit {
    let (done, credentials) = {
        let mut console = Console::new(environment, stdin, stdout, stderr, filter);
        let done = commands::perform(command, environment, &mut console);
        (done, console.take_credentials())
    };
    match (done, credentials) {
        (Ok(exit), None) => exit,
        (Ok(exit), Some(credentials)) => {
            written(write_credentials(&credentials, environment, stdout), exit, stderr)
        }
        // A closed pipe is not an error: the reader has seen enough.
        (Err(CommandError::Output(error)), _) if error.kind() == io::ErrorKind::BrokenPipe => {
            Exit::Failure
        }
        (Err(error), _) => {
            let wrap = wrap_for(environment, environment.terminals().stderr);
            failed_within(&error, wrap, stderr)
        }
    }
}

/// Starts the program again as the invoking user of `sudo` if the command works on their files.
/// Returns if this process already has the right user.
fn act_as_invoking_user(
    command: &Command,
    environment: &Environment,
    args: &[OsString],
) -> Result<(), CommandError> {
    #[cfg(unix)]
    if let Some(target) = command.install_target().filter(|_| environment.may_change_user()) {
        let directory = target.docker_config.as_deref();
        if let Some(user) = invoking_user::user_to_act_as(environment, directory)? {
            return Err(invoking_user::reexec_as(&user, environment, args).into());
        }
    }
    #[cfg(not(unix))]
    let _ = (command, environment, args);
    Ok(())
}

/// Prints a text that contains no secret. Returns `exit`, or [`Exit::Failure`] if writing fails.
fn answer(
    text: &str,
    exit: Exit,
    stdout: &mut FilteredWriter<'_>,
    stderr: &mut FilteredWriter<'_>,
) -> Exit {
    written(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()), exit, stderr)
}

fn is_version(word: &OsStr) -> bool {
    matches!(word.to_str(), Some("version" | "--version" | "-v" | "-V"))
}

/// Prints the result of an action. Errors go to standard output, where the protocol's callers
/// expect them. Docker 20.10, 28.2 and 28.5 show only the standard error of a failing `get`, and
/// Docker 29 only its standard output, so `get` writes errors to both. The protocol's own sentinel
/// messages go to standard output only.
fn report(
    action: Action,
    done: Result<protocol::Done, ActionError>,
    environment: &Environment,
    stdout: &mut FilteredWriter<'_>,
    stderr: &mut FilteredWriter<'_>,
) -> Exit {
    let (result, exit) = match done {
        Ok(done) => {
            if let Some(note) = &done.note {
                let _ = stderr.write_all(message_line(note).as_bytes());
            }
            let written = match action {
                _ if done.answer.is_empty() => Ok(()),
                Action::Get => write_credentials(&done.answer, environment, stdout),
                _ => check_stdout(environment).and_then(|()| stdout.write_all(&done.answer)),
            };
            (written, Exit::Success)
        }
        Err(error) if error.is_protocols_own() => {
            (stdout.write_all(format!("{error}\n").as_bytes()), Exit::Failure)
        }
        Err(error) => {
            let line = message_line(&on_one_line(&error));
            // Standard output first: a caller may read nothing else and must not wait.
            let result = stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush());
            if action == Action::Get {
                let _ = stderr.write_all(line.as_bytes());
            }
            (result, Exit::Failure)
        }
    };
    written(result.and_then(|()| stdout.flush()), exit, stderr)
}

/// Returns whether the program was started to answer the kubelet.
fn is_credential_provider(program: &ProgramName, words: &[OsString]) -> bool {
    match words {
        [] => program.is_credential_provider(),
        [word] => word == "kubelet-credential-provider",
        _ => false,
    }
}

/// Answers the kubelet with JSON on standard output. Prints errors on one line of standard error,
/// which the kubelet logs.
fn answer_kubelet(
    bound_profile: Option<&str>,
    environment: &Environment,
    stdin: &mut dyn Read,
    stdout: &mut FilteredWriter<'_>,
    stderr: &mut FilteredWriter<'_>,
) -> Exit {
    if environment.is_stdin_terminal() {
        let waiting = "waiting for a CredentialProviderRequest as JSON, which the kubelet sends";
        let _ = stderr.write_all(message_line(waiting).as_bytes());
    }
    match kubelet::answer(bound_profile, environment, stdin) {
        Ok(answer) => {
            written(write_credentials(&answer, environment, stdout), Exit::Success, stderr)
        }
        Err(error) => {
            let _ = stderr.write_all(message_line(&on_one_line(&error)).as_bytes());
            Exit::Failure
        }
    }
}

/// Writes an answer that contains a key.
fn write_credentials(
    answer: &[u8],
    environment: &Environment,
    stdout: &mut FilteredWriter<'_>,
) -> io::Result<()> {
    check_stdout(environment)?;
    stdout.write_credentials(answer)
}

/// Fails if an answer on standard output would be lost.
fn check_stdout(environment: &Environment) -> io::Result<()> {
    if environment.is_stdout_closed() {
        return Err(io::Error::other(
            "it is closed, or it is a null device that is open for reading and writing",
        ));
    }
    Ok(())
}

/// Returns the exit code after writing to standard output. Reports write errors, except for a
/// closed pipe.
fn written(result: io::Result<()>, exit: Exit, stderr: &mut FilteredWriter<'_>) -> Exit {
    match result {
        Ok(()) => exit,
        Err(error) => {
            if error.kind() != io::ErrorKind::BrokenPipe {
                let line = message_line(&format!("cannot write to standard output: {error}"));
                let _ = stderr.write_all(line.as_bytes());
            }
            Exit::Failure
        }
    }
}

/// Formats a message with the program's name in front, since it may appear within another program's
/// output. Short enough for every pipe.
fn message_line(message: &str) -> String {
    shortened(format!("{}: {}", env!("CARGO_PKG_NAME"), Printable(message))) + "\n"
}

/// Formats the version as the protocol requires: `NAME (PACKAGE) VERSION`.
fn version(program: &ProgramName) -> String {
    let name = Printable(program.as_str());
    format!("{name} ({}) {}\n", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}

/// Installs a panic hook that prints only the source location: the panic's message may contain a
/// key. If the machine has run out of threads, descriptors or memory, the hook reports that
/// instead, because libraries panic then.
#[expect(
    clippy::disallowed_methods,
    reason = "the line of a panic: constant text and a place in the source"
)]
pub fn panic_without_payload() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // Leave out the directories of the build machine.
        let place = place.rsplit_once("/src/").map_or_else(
            || place.clone(),
            |(above, file)| {
                let package = above.rsplit('/').next().unwrap_or_default();
                format!("{package}/src/{file}")
            },
        );
        let line = message_line(&match exhausted() {
            Some(exhausted) => exhausted.to_string(),
            None => format!("internal error at {place}: please report it"),
        });
        let _ = io::stdout().write_all(line.as_bytes());
        let _ = io::stderr().write_all(line.as_bytes());
        #[expect(clippy::exit, reason = "the protocol's callers know only the exit codes 0 and 1")]
        std::process::exit(1);
    }));
}
