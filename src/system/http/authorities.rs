//! `SSL_CERT_FILE` and `SSL_CERT_DIR`: the certificates that servers are checked with.
//!
//! rustls-native-certs reads them, skips what it cannot read, and says nothing about it: what is wrong
//! is looked up here, once a connection has failed because of it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::system::environment::Environment;
use crate::system::files;

const FILE: &str = "SSL_CERT_FILE";
const DIRECTORY: &str = "SSL_CERT_DIR";

/// The largest file of certificates that is looked at: the system's own has about 300 KiB.
const SIZE_LIMIT: usize = 16 * 1024 * 1024;

/// A variable names certificates that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BrokenAuthorities {
    pub(crate) variable: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) fault: AuthoritiesFault,
}

/// What is wrong with a file or directory of certificates. The texts follow the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AuthoritiesFault {
    #[error("does not exist")]
    Missing,
    #[error("is a directory, not a file")]
    NotAFile,
    #[error("is not a directory")]
    NotADirectory,
    #[error("cannot be read ({0})")]
    Unreadable(ErrorKind),
    #[error("holds no certificate in PEM format")]
    NoCertificate,
}

/// Returns what is wrong with the certificates that a variable names; `None` if none does, or on
/// systems whose own store is always used.
pub(crate) fn broken_authorities(environment: &Environment) -> Option<BrokenAuthorities> {
    if cfg!(any(target_os = "macos", windows)) {
        return None;
    }
    let file = environment.path_variable(FILE).and_then(|path| {
        let fault = fault_of_file(&path)?;
        Some(BrokenAuthorities { variable: FILE, path, fault })
    });
    file.or_else(|| {
        let directories = environment.variable(DIRECTORY)?;
        std::env::split_paths(&directories).filter(|path| !path.as_os_str().is_empty()).find_map(
            |path| {
                let fault = fault_of_directory(&path)?;
                Some(BrokenAuthorities { variable: DIRECTORY, path, fault })
            },
        )
    })
}

fn fault_of_file(path: &Path) -> Option<AuthoritiesFault> {
    if path.is_dir() {
        return Some(AuthoritiesFault::NotAFile);
    }
    match files::read_regular(path, SIZE_LIMIT) {
        Ok(None) => Some(AuthoritiesFault::Missing),
        Ok(Some(text)) => {
            let begin = b"-----BEGIN CERTIFICATE-----";
            let has_one = text.windows(begin.len()).any(|part| part == begin);
            (!has_one).then_some(AuthoritiesFault::NoCertificate)
        }
        Err(error) => Some(AuthoritiesFault::Unreadable(error.kind())),
    }
}

fn fault_of_directory(path: &Path) -> Option<AuthoritiesFault> {
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => None,
        Ok(_) => Some(AuthoritiesFault::NotADirectory),
        Err(error) if error.kind() == ErrorKind::NotFound => Some(AuthoritiesFault::Missing),
        Err(error) => Some(AuthoritiesFault::Unreadable(error.kind())),
    }
}

#[cfg(test)]
mod tests {
    use super::{AuthoritiesFault, fault_of_directory, fault_of_file};
    use std::path::Path;

    #[test]
    fn what_is_wrong_with_files_and_directories_of_certificates() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let source = here.join("Cargo.toml");
        assert_eq!(fault_of_file(&here.join("no.pem")), Some(AuthoritiesFault::Missing));
        assert_eq!(fault_of_file(here), Some(AuthoritiesFault::NotAFile));
        assert_eq!(fault_of_file(&source), Some(AuthoritiesFault::NoCertificate));
        // This very source has the line in it.
        assert_eq!(fault_of_file(&here.join(file!())), None);
        assert_eq!(fault_of_directory(&here.join("none")), Some(AuthoritiesFault::Missing));
        assert_eq!(fault_of_directory(&source), Some(AuthoritiesFault::NotADirectory));
        assert_eq!(fault_of_directory(here), None);
    }
}
