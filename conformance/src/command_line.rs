//! The command line: a table of what a docker-credential helper does.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use credential_helper_conformance::{Options, Report, run};

/// Test a docker-credential helper against the protocol.
///
/// Every case runs the helper in a new home directory. The secrets are made up for each run, and are
/// never in arguments.
#[derive(Parser)]
#[command(name = "credential-helper-conformance")]
struct Arguments {
    /// The helper's program
    #[arg(required_unless_present = "page")]
    helper: Option<PathBuf>,
    /// The helper's name in the report; by default the name of its file
    #[arg(long)]
    name: Option<String>,
    /// A server for which the helper stores credentials; give three; by default example.org's
    #[arg(long = "server", value_name = "URL")]
    servers: Vec<String>,
    /// The user name to store
    #[arg(long, default_value = "somebody@example.org")]
    user: String,
    /// A program that prepares the home directory, which is its HOME
    #[arg(long, value_name = "PROGRAM")]
    set_up: Option<PathBuf>,
    /// A variable to pass on to the helper, which otherwise only has HOME and PATH
    #[arg(long = "pass", value_name = "VARIABLE")]
    variables: Vec<String>,
    /// The time limit of each call, in seconds
    #[arg(long, default_value_t = 30)]
    deadline: u64,
    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
    /// Print one page of tables from these results in JSON
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "helper")]
    page: Vec<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

const SERVERS: [&str; 3] = ["registry.example.org", "mirror.example.org", "images.example.org"];

pub(crate) fn main() -> ExitCode {
    match perform(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Returns whether the helper conforms.
fn perform(arguments: Arguments) -> io::Result<bool> {
    if !arguments.page.is_empty() {
        let read = |path| Ok(serde_json::from_slice(&std::fs::read(path)?)?);
        let reports: Vec<Report> = arguments.page.iter().map(read).collect::<io::Result<_>>()?;
        io::stdout().write_all(Report::page(&reports).as_bytes())?;
        return Ok(true);
    }
    let helper = arguments.helper.unwrap_or_default().canonicalize()?;
    let file_name = helper.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut servers = arguments.servers;
    if servers.is_empty() {
        servers.extend(SERVERS.map(str::to_owned));
    }
    if servers.len() < 3 {
        return Err(io::Error::other("give --server three times: some cases need several servers"));
    }
    let value = |name: &String| Some((name.into(), std::env::var_os(name)?));
    let variables = arguments.variables.iter().filter_map(value).collect();
    let report = run(&Options {
        helper,
        name: arguments.name.unwrap_or(file_name),
        servers,
        user: arguments.user,
        set_up: arguments.set_up.map(|path| path.canonicalize()).transpose()?,
        variables,
        deadline: Duration::from_secs(arguments.deadline),
    })?;
    let text = match arguments.output {
        Format::Table => report.table(),
        Format::Json => serde_json::to_string_pretty(&report)? + "\n",
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(report.conforms())
}
