//! Errors of `config.yaml`, and how to fix them.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use yaml_tree::Limit;

use super::ScalewayConfig;
use crate::explain::Explain;
use crate::printable::{Printable, printable_path};
use crate::secret_key::NotASecretKey;
use crate::shell::Shell;
use crate::system::environment::Environment;

/// How many existing profiles an error lists.
const LISTED_PROFILES: usize = 10;

/// What chose a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChosenBy {
    /// The name that the program was started under.
    ProgramName,
    /// `--profile`.
    Argument,
    /// The variable `SCW_PROFILE`.
    Variable,
    /// `active_profile` in the file itself.
    ActiveProfile,
}

/// An error in `config.yaml`. The cause names the file and the line. Neither cause nor hint quotes
/// a value.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read, or is too large.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The kind of the system's error.
        kind: io::ErrorKind,
        /// The reason.
        why: String,
    },
    /// The file is not UTF-8.
    NotUtf8 {
        /// The file.
        path: PathBuf,
    },
    /// The file is not YAML.
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line of the error, counted from 1.
        line: usize,
        /// The column of the error, counted from 1.
        column: usize,
    },
    /// Parsing the file would take far more memory or time than any file of Scaleway's tools.
    TooComplex {
        /// The file.
        path: PathBuf,
        /// The limit that is exceeded.
        limit: Limit,
    },
    /// A mapping was expected.
    NotAMapping {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is not a mapping.
        what: String,
    },
    /// `active_profile` is not text.
    NotAName {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// A setting is not text.
    NotAText {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The setting's name.
        key: String,
    },
    /// The profile, or the whole file, does not exist.
    NoSuchProfile {
        /// The file.
        path: PathBuf,
        /// The missing profile.
        profile: String,
        /// What chose the profile.
        chosen_by: ChosenBy,
        /// The existing profiles; `None` if the file does not exist.
        known: Option<Vec<String>>,
    },
    /// A profile was chosen by name, and neither it nor the root has a key.
    NoKeyInProfile {
        /// The file.
        path: PathBuf,
        /// The profile.
        profile: String,
    },
    /// A `secret_key` is not a secret key.
    NotASecretKey {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The profile that contains the value.
        profile: String,
        /// What is wrong with the value; `None` if it is a mapping or a sequence.
        problem: Option<NotASecretKey>,
    },
}

impl ConfigError {
    pub(super) fn unreadable(path: &Path, limit: usize, error: &io::Error) -> Self {
        let why = match error.kind() {
            io::ErrorKind::FileTooLarge => {
                format!("it is larger than {} MiB", limit / (1024 * 1024))
            }
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
            _ => error.to_string(),
        };
        Self::Unreadable { path: path.to_owned(), kind: error.kind(), why }
    }

    /// The error for a profile that was chosen by name if the file does not exist.
    pub(crate) fn no_file(environment: &Environment, profile: &str, chosen_by: ChosenBy) -> Self {
        let path = ScalewayConfig::path(environment).unwrap_or_else(|| "config.yaml".into());
        Self::NoSuchProfile { path, profile: profile.to_owned(), chosen_by, known: None }
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, why, .. } => {
                write!(f, "cannot read {}: {why}", printable_path(path))
            }
            Self::NotUtf8 { path } => write!(f, "{} is not UTF-8 text", printable_path(path)),
            Self::Syntax { path, line, column } => write!(
                f,
                "{} is not valid YAML at line {line}, column {column}",
                printable_path(path)
            ),
            Self::TooComplex { path, limit } => {
                let path = printable_path(path);
                match limit {
                    Limit::Values => {
                        write!(f, "{path} has more than {} values or separators", yaml_tree::VALUES)
                    }
                    Limit::Depth => {
                        write!(f, "{path} is nested more than {} levels deep", yaml_tree::DEPTH)
                    }
                    Limit::Steps => write!(
                        f,
                        "{path} repeats too much through aliases (`*name`) and merges (`<<`)"
                    ),
                }
            }
            Self::NotAMapping { path, line, what } => write!(
                f,
                "{} line {line}: {} is not a mapping (`name: value` lines)",
                printable_path(path),
                Printable(what)
            ),
            Self::NotAName { path, line } => {
                write!(f, "{} line {line}: active_profile is not a name", printable_path(path))
            }
            Self::NotAText { path, line, key } => {
                write!(f, "{} line {line}: {key} is not text", printable_path(path))
            }
            Self::NoSuchProfile { path, profile, chosen_by, known } => {
                write_no_such_profile(f, path, profile, *chosen_by, known.as_deref())
            }
            Self::NoKeyInProfile { path, profile } => write!(
                f,
                "profile \"{}\" in {} has no secret_key",
                Printable(profile),
                printable_path(path)
            ),
            Self::NotASecretKey { path, line, profile, problem } => {
                let (path, profile) = (printable_path(path), Printable(profile));
                write!(f, "{path} line {line}: secret_key of profile \"{profile}\" ")?;
                match problem {
                    Some(problem) => write!(f, "{problem}"),
                    None => f.write_str("is not text"),
                }
            }
        }
    }
}

fn write_no_such_profile(
    f: &mut fmt::Formatter<'_>,
    path: &Path,
    profile: &str,
    chosen_by: ChosenBy,
    known: Option<&[String]>,
) -> fmt::Result {
    let profile = Printable(profile);
    match chosen_by {
        ChosenBy::ProgramName => {
            write!(f, "this helper is bound to the profile \"{profile}\"")?;
        }
        ChosenBy::Argument => write!(f, "profile \"{profile}\" was requested")?,
        ChosenBy::Variable => write!(f, "SCW_PROFILE is \"{profile}\"")?,
        ChosenBy::ActiveProfile => write!(f, "active_profile is \"{profile}\"")?,
    }
    let path = printable_path(path);
    match known {
        None => write!(f, ", but {path} does not exist"),
        Some([]) => write!(f, ", but {path} has no named profile"),
        Some(known) => {
            write!(f, ", but {path} has no such profile (it has {})", first_of(known))
        }
    }
}

impl Explain for ConfigError {
    fn hint(&self) -> Option<String> {
        const REMOVE_THE_REST: &str = "remove everything that is not Scaleway's configuration";
        let hint = match self {
            Self::Unreadable { kind: io::ErrorKind::PermissionDenied, .. } => {
                "make it readable for the user who runs Docker"
            }
            Self::Unreadable { kind: io::ErrorKind::IsADirectory, .. } => {
                "move the directory away and run `docker-credential-scw save-key`, or set \
                 SCW_CONFIG_PATH to another file"
            }
            Self::Unreadable { kind: io::ErrorKind::FileTooLarge, .. }
            | Self::TooComplex { limit: Limit::Values | Limit::Depth, .. } => REMOVE_THE_REST,
            Self::Unreadable { .. } => {
                "replace it with a regular file that you can read, or set SCW_CONFIG_PATH to another \
                 file"
            }
            Self::NotUtf8 { .. } => "save it as UTF-8",
            Self::Syntax { .. } => {
                "fix that line (indentation, quotes), or move the file away and run \
                 `docker-credential-scw save-key`"
            }
            Self::TooComplex { limit: Limit::Steps, .. } => {
                "replace the aliases and merges with the values themselves"
            }
            Self::NotAMapping { .. } => {
                "fix that line, or move the file away and run `docker-credential-scw save-key`"
            }
            Self::NotAName { .. } => "set it to the name of one profile",
            Self::NotAText { .. } => "set it to a single text value",
            Self::NoSuchProfile { profile, chosen_by, known, .. } => match chosen_by {
                ChosenBy::Argument if known.is_some() => "name a profile that exists",
                ChosenBy::ProgramName | ChosenBy::Argument => {
                    let profile = Shell::NATIVE.word(&Printable(profile).to_string());
                    return Some(format!(
                        "add it: `docker-credential-scw save-key profile={profile}`"
                    ));
                }
                ChosenBy::Variable => "unset SCW_PROFILE, or set it to a profile that exists",
                ChosenBy::ActiveProfile => "set active_profile to a profile that exists",
            },
            Self::NoKeyInProfile { .. } => "add secret_key to that profile",
            Self::NotASecretKey { problem: Some(problem), .. } => return problem.hint(),
            Self::NotASecretKey { problem: None, .. } => "set it to a secret key (a UUID)",
        };
        Some(hint.to_owned())
    }
}

/// Lists the first of these names on one line.
fn first_of(names: &[String]) -> String {
    let mut shown: Vec<_> =
        names.iter().take(LISTED_PROFILES).map(|name| Printable(name).to_string()).collect();
    if names.len() > LISTED_PROFILES {
        shown.push(format!("and {} more", names.len() - LISTED_PROFILES));
    }
    shown.join(", ")
}
