//! Why a `CredentialProviderConfig` is not read, or not changed.

use crate::explain::Explain;

/// Why a file is not read, or not changed. No text quotes the file: providers may have secrets in
/// their variables. The texts follow the file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAConfig {
    #[error("the file is not valid UTF-8")]
    NotUtf8,
    #[error("the file is not valid YAML (line {line}, column {column})")]
    Syntax { line: usize, column: usize },
    #[error("the file has more values than any real CredentialProviderConfig")]
    TooComplex,
    #[error("the file is not a CredentialProviderConfig of kubelet.config.k8s.io")]
    OtherKind,
    #[error("the file holds more than one YAML document")]
    Documents,
    #[error("the file has no list of providers")]
    NoProviders,
    /// The file, or the list, is written as JSON or as `[…]`.
    #[error("line {line} is written with {{…}} or […], which has no lines to add or remove")]
    Braces { line: usize },
    #[error("line {line} is written in a way that cannot be edited safely")]
    Layout { line: usize },
}

impl Explain for NotAConfig {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotUtf8 | Self::Syntax { .. } => "fix the file, then try again",
            Self::TooComplex => "name another file",
            Self::OtherKind => {
                "name the file that the kubelet has in --image-credential-provider-config"
            }
            Self::NoProviders => "add a line `providers:` to it, then try again",
            Self::Documents | Self::Braces { .. } | Self::Layout { .. } => {
                "edit the provider scw-credential-provider yourself, as docs/kubernetes.md shows it"
            }
        };
        Some(hint.to_owned())
    }
}
