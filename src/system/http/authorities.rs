//! Checks `SSL_CERT_FILE` and `SSL_CERT_DIR`, which name the CA certificates to trust.
//!
//! rustls-native-certs silently skips what it cannot read. After a connection has failed, this
//! module finds out what is wrong.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::system::environment::Environment;
use crate::system::files;

const FILE: &str = "SSL_CERT_FILE";
const DIRECTORY: &str = "SSL_CERT_DIR";

/// The maximum size of a certificate file in bytes. The system's own has about 300 KiB.
const SIZE_LIMIT: usize = 16 * 1024 * 1024;

/// A variable that names unusable certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BrokenAuthorities {
    pub(crate) variable: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) fault: AuthoritiesFault,
}

/// What is wrong with a file or directory of certificates. The text follows the path.
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
    #[error("contains no certificate in PEM format")]
    NoCertificate,
}

/// Returns what is wrong with the certificates that a variable names. Returns `None` on systems
/// that always use their own store.
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
    fn faults_of_certificate_files_and_directories_are_found() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let source = here.join("Cargo.toml");
        assert_eq!(fault_of_file(&here.join("no.pem")), Some(AuthoritiesFault::Missing));
        assert_eq!(fault_of_file(here), Some(AuthoritiesFault::NotAFile));
        assert_eq!(fault_of_file(&source), Some(AuthoritiesFault::NoCertificate));
        // This source file contains the line.
        assert_eq!(fault_of_file(&here.join(file!())), None);
        assert_eq!(fault_of_directory(&here.join("none")), Some(AuthoritiesFault::Missing));
        assert_eq!(fault_of_directory(&source), Some(AuthoritiesFault::NotADirectory));
        assert_eq!(fault_of_directory(here), None);
    }
}
