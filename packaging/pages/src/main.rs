//! Writes the man pages and completion scripts of docker-credential-scw to a directory:
//!
//! ```sh
//! cargo run -p docker-credential-scw-pages -- target/pages
//! ```
//!
//! They are generated from the same definitions as the help, so every command has a page. Two runs
//! write identical bytes: the date is `SOURCE_DATE_EPOCH`, or the changelog's newest release.

#![allow(clippy::disallowed_methods, reason = "these rules only apply to the program")]

mod date;
mod manual;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_complete::Shell;
use docker_credential_scw::cli::Cli;
use docker_credential_scw::cli::completion;

/// Where each shell expects the script, within its directory in `completions`.
const SCRIPTS: [(Shell, &str); 5] = [
    (Shell::Bash, "bash/docker-credential-scw"),
    (Shell::Zsh, "zsh/_docker-credential-scw"),
    (Shell::Fish, "fish/docker-credential-scw.fish"),
    (Shell::PowerShell, "powershell/docker-credential-scw.ps1"),
    (Shell::Elvish, "elvish/docker-credential-scw.elv"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let out: PathBuf = std::env::args_os().nth(1).ok_or("name the directory to write to")?.into();
    let date = date::of_this_release()?;
    for (name, page) in manual::pages(Cli::command(), &date)? {
        write(&out.join("man").join(name), &page)?;
    }
    for (shell, name) in SCRIPTS {
        write(&out.join("completions").join(name), completion::script(shell).as_bytes())?;
    }
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, content)
}
