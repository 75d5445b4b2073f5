//! Asking for a key on the terminal, without showing it.

use std::io::{self, ErrorKind};

use zeroize::Zeroizing;

/// Why nothing was typed.
#[derive(Debug)]
pub(crate) enum PromptEnd {
    /// Ctrl-C.
    Interrupted,
    /// There is no terminal, or it is gone.
    Failed(io::Error),
}

/// Asks `question` on the terminal and reads one line that is not shown. However it ends, the
/// terminal shows again what is typed: an interruption puts that right first.
///
/// # Errors
/// Nothing was typed.
pub(crate) fn secret(question: &str) -> Result<Zeroizing<String>, PromptEnd> {
    let _echo = keep_echo();
    match rpassword::prompt_password(question) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) if error.kind() == ErrorKind::Interrupted => Err(PromptEnd::Interrupted),
        // The end of the input without a line: as if an empty one were typed.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Zeroizing::default()),
        Err(error) => Err(PromptEnd::Failed(error)),
    }
}

/// While the value lives, an interruption gives the terminal the settings back that it has now.
#[cfg(unix)]
fn keep_echo() -> Option<crate::system::signals::BeforeExit> {
    use nix::sys::termios::{SetArg, tcgetattr, tcsetattr};
    let terminal = std::fs::File::open("/dev/tty").ok()?;
    let settings = std::sync::Mutex::new(tcgetattr(&terminal).ok()?);
    Some(crate::system::signals::before_exit(move || {
        if let Ok(settings) = settings.lock() {
            let _ = tcsetattr(&terminal, SetArg::TCSANOW, &settings);
        }
    }))
}

/// The shells of Windows reset the console before each line that they read.
#[cfg(not(unix))]
fn keep_echo() {}
