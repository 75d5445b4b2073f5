//! The program: the process's arguments, environment and streams, handed to `run`.

use std::io;
use std::process::ExitCode;

use docker_credential_scw::{Exit, begin, panic_without_payload, run};

fn main() -> ExitCode {
    panic_without_payload();
    #[expect(clippy::disallowed_methods, reason = "the one place where arguments are read")]
    let args: Vec<_> = std::env::args_os().collect();
    match begin(args) {
        // Not locked: another thread may have to say that it failed.
        Ok(Some((args, environment))) => {
            run(&args, &environment, &mut io::stdin(), &mut io::stdout(), &mut io::stderr()).into()
        }
        Ok(None) => Exit::Success.into(),
        Err(error) => Exit::failed(&error, &mut io::stderr()).into(),
    }
}
