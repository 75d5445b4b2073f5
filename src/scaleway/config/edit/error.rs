//! Errors of saving a key in `config.yaml`.

use std::fmt;
use std::path::PathBuf;

use crate::explain::Explain;
use crate::printable::{Printable, printable_path};
use crate::scaleway::config::{ConfigError, DEFAULT_PROFILE};

/// Why a key was not saved. The file is unchanged.
#[derive(Debug)]
pub(crate) enum NotSaved {
    /// The file is not in the format of Scaleway's tools.
    Config(ConfigError),
    /// The profile has a different key.
    OtherKey { path: PathBuf, line: usize, profile: String },
    /// The key cannot be inserted without changing something else.
    NotEditable { path: PathBuf, obstacle: Obstacle },
}

/// What makes an edit unsafe. Lines are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// A mapping is written in flow style, as `{…}`.
    Braces { line: usize },
    /// Another profile uses the same value, through an alias or a merge.
    Shared { line: usize },
    /// There is more than one document.
    Documents,
    /// Another construct.
    Layout { line: usize },
}

impl std::error::Error for NotSaved {}

impl Explain for NotSaved {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            Self::OtherKey { .. } | Self::NotEditable { .. } => None,
        }
    }
}

impl fmt::Display for NotSaved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => write!(f, "{error}"),
            Self::OtherKey { path, line, profile } => {
                write!(f, "{} line {line} holds another secret key", printable_path(path))?;
                if profile != DEFAULT_PROFILE {
                    write!(f, " for profile \"{}\"", Printable(profile))?;
                }
                Ok(())
            }
            Self::NotEditable { path, obstacle } => {
                let path = printable_path(path);
                match obstacle {
                    Obstacle::Braces { line } => {
                        write!(
                            f,
                            "{path} line {line} is written as {{…}}, with no line for the key"
                        )
                    }
                    Obstacle::Shared { line } => write!(
                        f,
                        "{path} line {line} is shared with another profile through an alias or `<<`"
                    ),
                    Obstacle::Documents => write!(f, "{path} holds more than one YAML document"),
                    Obstacle::Layout { line } => write!(
                        f,
                        "{path} line {line} is written in a way that cannot be edited safely"
                    ),
                }
            }
        }
    }
}
