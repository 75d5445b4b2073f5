//! `credential-helper-conformance HELPER`: tests a docker-credential helper. For Unix only.

#[cfg(unix)]
mod command_line;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    command_line::main()
}

#[cfg(not(unix))]
fn main() {}
