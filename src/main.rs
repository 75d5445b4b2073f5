//! The binary: passes the process's arguments, environment and streams to `run`.

use std::io;
use std::process::ExitCode;

use docker_credential_scw::system::{resources, streams};
use docker_credential_scw::{Exit, begin, failed, panic_without_payload, run};

/// musl's allocator checks and separates its memory more than Rust code needs, which costs system calls
/// and page faults at every start.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[expect(clippy::disallowed_methods, reason = "`run` wraps the stream in the filter")]
fn main() -> ExitCode {
    panic_without_payload();
    resources::forbid_core_dumps();
    streams::fail_on_large_files();
    #[expect(clippy::disallowed_methods, reason = "the one place where arguments are read")]
    let args: Vec<_> = std::env::args_os().collect();
    let (mut stdin, mut stdout) = (streams::stdin(), streams::stdout());
    // Not locked: the panic hook of another thread has to be able to write.
    let mut stderr = io::stderr();
    match begin(args) {
        Ok(Some((args, environment))) => {
            run(&args, &environment, &mut stdin, &mut stdout, &mut stderr).into()
        }
        Ok(None) => Exit::Success.into(),
        Err(error) => failed(&error, &mut stderr).into(),
    }
}
