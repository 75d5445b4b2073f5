//! What can be wrong with `config.yaml`, and what its owner can do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use yaml_tree::Limit;

use super::ScalewayConfig;
use crate::environment::Environment;
use crate::printable::{Printable, printable_path};
use crate::secret_key::NotASecretKey;

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

/// Something is wrong with `config.yaml`: one line that names the place and the remedy, and never
/// quotes a value.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// The system does not let us read it.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
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
            io::ErrorKind::FileTooLarge => format!("larger than {} MiB", limit / (1024 * 1024)),
            io::ErrorKind::PermissionDenied => "permission denied: it must be readable by the \
                user who runs Docker's client"
                .to_owned(),
            _ => error.to_string(),
        };
        Self::Unreadable { path: path.to_owned(), why }
    }
}

impl ConfigError {
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
            Self::Unreadable { path, why } => {
                write!(f, "cannot read {}: {why}", printable_path(path))
            }
            Self::NotUtf8 { path } => {
                write!(f, "{} is not UTF-8 text: save it as UTF-8", printable_path(path))
            }
            Self::Syntax { path, line, column } => write!(
                f,
                "{} is not valid YAML at line {line}, column {column}: mend that line (indentation, \
                 quotes), or write the file anew with `scw init`",
                printable_path(path)
            ),
            Self::TooComplex { path, limit } => {
                let path = printable_path(path);
                match limit {
                    Limit::Values => write!(
                        f,
                        "{path} has more than {} values or separators: remove what is not Scaleway's",
                        yaml_tree::VALUES
                    ),
                    Limit::Depth => write!(
                        f,
                        "{path} is nested more than {} levels deep: remove what is not Scaleway's",
                        yaml_tree::DEPTH
                    ),
                    Limit::Steps => write!(
                        f,
                        "{path} repeats too much through aliases (`*name`) and merges (`<<`): write \
                         the values where they are used"
                    ),
                }
            }
            Self::NotAMapping { path, line, what } => write!(
                f,
                "{} line {line}: {} is not a mapping (`name: value` lines): mend it, or write the \
                 file anew with `scw init`",
                printable_path(path),
                Printable(what)
            ),
            Self::NotAName { path, line } => write!(
                f,
                "{} line {line}: active_profile is no name: write the name of one profile there",
                printable_path(path)
            ),
            Self::NotAText { path, line, key } => write!(
                f,
                "{} line {line}: {key} is no text: write one value there",
                printable_path(path)
            ),
            Self::NoSuchProfile { path, profile, chosen_by, known } => {
                write!(
                    f,
                    "no profile {:?} in {}, ",
                    Printable(profile).to_string(),
                    printable_path(path)
                )?;
                match chosen_by {
                    ChosenBy::ProgramName => write!(
                        f,
                        "though this helper is named for it: add it with `scw init -p {}`",
                        Printable(profile)
                    )?,
                    ChosenBy::Argument => {
                        f.write_str("though --profile names it: name one that is there")?;
                    }
                    ChosenBy::Variable => {
                        f.write_str("though SCW_PROFILE names it: unset or correct SCW_PROFILE")?;
                    }
                    ChosenBy::ActiveProfile => {
                        f.write_str("though active_profile names it: correct active_profile")?;
                    }
                }
                let Some(known) = known else { return f.write_str(" (there is no such file)") };
                let mut shown: Vec<_> =
                    known.iter().take(KNOWN).map(|name| Printable(name).to_string()).collect();
                if known.len() > KNOWN {
                    shown.push(format!("and {} more", known.len() - KNOWN));
                }
                if known.is_empty() {
                    f.write_str(" (the file has no named profile)")
                } else {
                    write!(f, " (the file has {})", shown.join(", "))
                }
            }
            Self::NoKeyInProfile { path, profile } => write!(
                f,
                "profile \"{}\" in {} has no secret_key: add it there",
                Printable(profile),
                printable_path(path)
            ),
            Self::NoKeyThere { path, line, profile, problem } => {
                let (path, profile) = (printable_path(path), Printable(profile));
                write!(f, "{path} line {line}: secret_key of profile \"{profile}\" ")?;
                match problem {
                    Some(problem) => write!(f, "{problem}: correct it there"),
                    None => f.write_str("is no text: a secret key is a UUID"),
                }
            }
        }
    }
}
