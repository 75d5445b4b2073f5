//! The program: the process's arguments, environment and streams, handed to `run`.

use std::io;
use std::process::ExitCode;

use docker_credential_scw::{Environment, panic_without_payload, run};

fn main() -> ExitCode {
    panic_without_payload();
    #[expect(clippy::disallowed_methods, reason = "the one place where arguments are read")]
    let args: Vec<_> = std::env::args_os().collect();
    let environment = Environment::of_process();
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    run(&args, &environment, &mut stdin.lock(), &mut stdout.lock(), &mut stderr.lock()).into()
}
