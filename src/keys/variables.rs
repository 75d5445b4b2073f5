//! The key or the profile in the environment.

use zeroize::Zeroizing;

use crate::explain::Explain;
use crate::secret_key::{NotASecretKey, SecretKey};
use crate::system::environment::Environment;

/// The variables for a key, in the order of Scaleway's SDK: the current name, then the older ones
/// that the SDK still supports.
const SECRET_KEY: [&str; 3] = ["SCW_SECRET_KEY", "SCW_TOKEN", "SCALEWAY_TOKEN"];

/// A variable with an unusable value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum VariableError {
    /// The value is not a secret key.
    #[error("the variable {name} {problem}")]
    NotASecretKey {
        /// The variable.
        name: &'static str,
        /// What is wrong with the value.
        problem: NotASecretKey,
    },
    /// The value is not valid Unicode.
    #[error("the variable {name} is not valid UTF-8")]
    NotUnicode {
        /// The variable.
        name: &'static str,
    },
}

impl Explain for VariableError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotASecretKey { name, problem } => {
                let hint = problem.hint().unwrap_or_else(|| "correct it".to_owned());
                format!("{hint}, or unset {name} to use another source")
            }
            Self::NotUnicode { name } => format!("correct {name}, or unset it"),
        })
    }
}

/// The first variable that is set, and its key. Whitespace counts as unset.
pub(super) fn secret_key(
    environment: &Environment,
) -> Result<Option<(&'static str, SecretKey)>, VariableError> {
    for name in SECRET_KEY {
        let Some(value) = text(environment, name)? else { continue };
        match SecretKey::parse(&value) {
            Ok(key) => return Ok(Some((name, key))),
            Err(NotASecretKey::Empty) => {}
            Err(problem) => return Err(VariableError::NotASecretKey { name, problem }),
        }
    }
    Ok(None)
}

/// The value of `SCW_PROFILE`.
pub(super) fn profile(environment: &Environment) -> Result<Option<String>, VariableError> {
    Ok(text(environment, "SCW_PROFILE")?.map(|name| name.to_string()))
}

fn text(
    environment: &Environment,
    name: &'static str,
) -> Result<Option<Zeroizing<String>>, VariableError> {
    let Some(value) = environment.variable(name) else { return Ok(None) };
    let value = value.into_string().map_err(|_| VariableError::NotUnicode { name })?;
    Ok(Some(Zeroizing::new(value)))
}
