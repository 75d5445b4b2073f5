//! A conformance suite for docker-credential helpers: runs a helper, and compares what it does with
//! what the protocol and its clients require.
//!
//! The requirements come from docker/docker-credential-helpers (`credentials/credentials.go` and
//! `client/`), and from what clients do with the answers. The suite needs processes and signals of Unix.
#![cfg(unix)]

mod cases;
mod helper;
mod report;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

pub use cases::Suite;
pub use report::{Report, Row, Verdict};

use helper::Helper;

/// What to test, and with which servers.
#[derive(Debug, Clone)]
pub struct Options {
    /// The helper's program.
    pub helper: PathBuf,
    /// Its name in the report.
    pub name: String,
    /// The servers for which the helper stores credentials: three or more.
    pub servers: Vec<String>,
    /// The user name in requests that do not test user names.
    pub user: String,
    /// A program that prepares the home directory.
    pub set_up: Option<PathBuf>,
    /// The variables that the helper gets besides `HOME` and the `PATH` of the environment.
    pub variables: Vec<(OsString, OsString)>,
    /// The time limit of a call.
    pub deadline: Duration,
}

/// Runs every case in a new home directory.
///
/// # Errors
/// Returns an error if the home directory cannot be made, or the set-up fails.
pub fn run(options: &Options) -> io::Result<Report> {
    let home = tempfile::Builder::new().prefix("conformance").tempdir()?;
    let helper = Helper::new(options, home.path())?;
    if let Some(program) = &options.set_up {
        helper.set_up(program)?;
    }
    let suite = Suite::new(helper, options);
    let rows = cases::ALL.iter().map(|case| suite.row(case)).collect();
    suite.end_processes();
    Ok(Report { helper: options.name.clone(), rows })
}
