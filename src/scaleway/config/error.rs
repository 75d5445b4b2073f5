//! What can be wrong with `config.yaml`, and what its owner can do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use yaml_tree::Limit;

use super::ScalewayConfig;
use crate::explain::Explain;
use crate::printable::{Printable, printable_path, shell_word};
use crate::secret_key::NotASecretKey;
use crate::system::environment::Environment;

/// How many profiles are named where another was asked for.
const KNOWN: usize = 10;

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

/// Something is wrong with `config.yaml`. The cause names the file and the line. Neither cause nor
/// hint quotes a value.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read, or is too large.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The kind of the system's error.
        kind: io::ErrorKind,
        /// Why, such as the system's words.
        why: String,
    },
    /// It is not UTF-8.
    NotUtf8 {
        /// The file.
        path: PathBuf,
    },
    /// It is not YAML.
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where it stops being YAML, counted from 1.
        line: usize,
        /// The column of that line, counted from 1.
        column: usize,
    },
    /// It is YAML, but takes more memory or time than anything that Scaleway's tools write.
    TooComplex {
        /// The file.
        path: PathBuf,
        /// What it has too much of.
        limit: Limit,
    },
    /// A mapping was expected.
    NotAMapping {
        /// The file.
        path: PathBuf,
        /// Where, counted from 1.
        line: usize,
        /// What should be a mapping.
        what: String,
    },
    /// `active_profile` is no text.
    NotAName {
        /// The file.
        path: PathBuf,
        /// Where, counted from 1.
        line: usize,
    },
    /// A setting is no text.
    NotAText {
        /// The file.
        path: PathBuf,
        /// Where, counted from 1.
        line: usize,
        /// The setting's name.
        key: String,
    },
    /// The profile is not in the file, or there is no file.
    NoSuchProfile {
        /// The file.
        path: PathBuf,
        /// The profile that is missing.
        profile: String,
        /// What asked for it.
        chosen_by: ChosenBy,
        /// The profiles that are there; `None` if there is no such file.
        known: Option<Vec<String>>,
    },
    /// A profile was asked for by name, and neither it nor the file's root has a key.
    NoKeyInProfile {
        /// The file.
        path: PathBuf,
        /// The profile.
        profile: String,
    },
    /// `secret_key` holds no secret key.
    NoKeyThere {
        /// The file.
        path: PathBuf,
        /// Where, counted from 1.
        line: usize,
        /// The profile that holds the value.
        profile: String,
        /// What the value is; `None` if it is a mapping or a sequence.
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

    /// The error for a profile that was asked for by name where there is no file at all.
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
                let profile = Printable(profile);
                match chosen_by {
                    ChosenBy::ProgramName => {
                        write!(f, "this helper is named for the profile \"{profile}\"")?;
                    }
                    ChosenBy::Argument => write!(f, "the profile \"{profile}\" is asked for")?,
                    ChosenBy::Variable => write!(f, "SCW_PROFILE is \"{profile}\"")?,
                    ChosenBy::ActiveProfile => write!(f, "active_profile is \"{profile}\"")?,
                }
                let path = printable_path(path);
                match known.as_deref() {
                    None => write!(f, ", but {path} does not exist"),
                    Some([]) => write!(f, ", but {path} has no named profile"),
                    Some(known) => {
                        write!(f, ", but {path} has no such profile (it has {})", first_of(known))
                    }
                }
            }
            Self::NoKeyInProfile { path, profile } => write!(
                f,
                "profile \"{}\" in {} has no secret_key",
                Printable(profile),
                printable_path(path)
            ),
            Self::NoKeyThere { path, line, profile, problem } => {
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

impl Explain for ConfigError {
    fn hint(&self) -> Option<String> {
        const REMOVE_OTHERS: &str = "remove what is not Scaleway's";
        let hint = match self {
            Self::Unreadable { kind: io::ErrorKind::PermissionDenied, .. } => {
                "make it readable for the user who runs Docker's client"
            }
            Self::Unreadable { kind: io::ErrorKind::IsADirectory, .. } => {
                "move the directory away and run `docker-credential-scw save-key`, or set \
                 SCW_CONFIG_PATH to another file"
            }
            Self::Unreadable { kind: io::ErrorKind::FileTooLarge, .. }
            | Self::TooComplex { limit: Limit::Values | Limit::Depth, .. } => REMOVE_OTHERS,
            Self::Unreadable { .. } => {
                "replace it with a regular file that you can read, or set SCW_CONFIG_PATH to another \
                 file"
            }
            Self::NotUtf8 { .. } => "save it as UTF-8",
            Self::Syntax { .. } => {
                "fix that line (indentation, quotes), or move the file away and run \
                 `docker-credential-scw save-key`"
            }
            Self::TooComplex { limit: Limit::Steps, .. } => "write the values where they are used",
            Self::NotAMapping { .. } => {
                "fix that line, or move the file away and run `docker-credential-scw save-key`"
            }
            Self::NotAName { .. } => "set it to the name of one profile",
            Self::NotAText { .. } => "set it to one value",
            Self::NoSuchProfile { profile, chosen_by, known, .. } => match chosen_by {
                ChosenBy::ProgramName => {
                    let profile = shell_word(&Printable(profile).to_string());
                    return Some(format!(
                        "add it: `docker-credential-scw save-key profile={profile}`"
                    ));
                }
                ChosenBy::Variable => "unset SCW_PROFILE, or set it to a profile that exists",
                ChosenBy::ActiveProfile => "set active_profile to a profile that exists",
                ChosenBy::Argument if known.is_none() => "run `docker-credential-scw save-key`",
                ChosenBy::Argument => "name a profile that exists",
            },
            Self::NoKeyInProfile { .. } => "add secret_key to that profile",
            Self::NoKeyThere { problem: Some(problem), .. } => return problem.hint(),
            Self::NoKeyThere { problem: None, .. } => "set it to a secret key (a UUID)",
        };
        Some(hint.to_owned())
    }
}

/// The first of these names, in one line.
fn first_of(names: &[String]) -> String {
    let mut shown: Vec<_> =
        names.iter().take(KNOWN).map(|name| Printable(name).to_string()).collect();
    if names.len() > KNOWN {
        shown.push(format!("and {} more", names.len() - KNOWN));
    }
    shown.join(", ")
}
