//! The secret key that is typed or piped in.

use super::LoginError;
use crate::secret_key::SecretKey;
use crate::system::environment::Environment;
use crate::terminal::{Console, PromptEnd, prompt};

/// A line with a key is never longer, in bytes.
const KEY_LIMIT: usize = 4096;

/// Reads the key from standard input, or asks for it if that is a terminal.
///
/// # Errors
/// Returns [`LoginError`] if there is no secret key.
pub(in crate::commands) fn key_from_stdin(
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<SecretKey, LoginError> {
    const FROM: &str = "standard input";
    if environment.terminals().stdin {
        return typed_key("Secret key: ");
    }
    let bytes =
        console.read_secret(KEY_LIMIT).map_err(|error| LoginError::Unreadable(FROM, error))?;
    // Text that is not UTF-8 is no key.
    parsed(FROM, str::from_utf8(&bytes).unwrap_or("-"))
}

/// Asks for the key without showing it.
///
/// # Errors
/// Returns [`LoginError`] if no secret key was typed.
pub(super) fn typed_key(question: &str) -> Result<SecretKey, LoginError> {
    match prompt::secret(question) {
        Ok(text) => parsed("what was typed", &text),
        Err(PromptEnd::Interrupted) => Err(LoginError::Interrupted),
        Err(PromptEnd::Failed(error)) => Err(LoginError::Unreadable("the terminal", error)),
    }
}

fn parsed(from: &'static str, text: &str) -> Result<SecretKey, LoginError> {
    SecretKey::parse(text).map_err(|problem| LoginError::NotAKey { from, problem })
}
