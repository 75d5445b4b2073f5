//! The name of a credential helper of this project, as `credHelpers` and file names have it.

use std::fmt;
use std::path::Path;

use crate::program_name::ProgramName;

/// What every credential helper's file name starts with (docker-credential-helpers, `client`).
pub const HELPER_PREFIX: &str = "docker-credential-";

/// The name of the plain helper in `credHelpers`.
const PLAIN: &str = "scw";

/// A helper of this project: the plain one, or one that is bound to a profile of Scaleway's
/// `config.yaml` by its name.
///
/// `"credHelpers": {"rg.nl-ams.scw.cloud": "scw-prod"}` makes Docker start
/// `docker-credential-scw-prod`, which answers with the key of the profile `prod`.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct HelperName {
    profile: Option<String>,
}

impl HelperName {
    /// Returns the helper that is bound to `profile`, or the plain one.
    pub fn of_profile(profile: Option<&str>) -> Self {
        Self { profile: profile.map(str::to_owned) }
    }

    /// Parses a value of `credHelpers` or `credsStore`; `None` if it is another project's helper.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PLAIN)?;
        if rest.is_empty() {
            return Some(Self::default());
        }
        rest.strip_prefix('-').map(|profile| Self::of_profile(Some(profile)))
    }

    /// Parses the name of a program's file; `None` if it is not one of this project's helpers.
    pub fn of_file(path: &Path) -> Option<Self> {
        let name = ProgramName::from_arg0(Some(path.file_name()?));
        Self::parse(name.as_str().strip_prefix(HELPER_PREFIX)?)
    }

    /// The profile that the helper is bound to.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// Returns whether no profile is bound.
    pub fn is_plain(&self) -> bool {
        self.profile.is_none()
    }

    /// The name that callers look for on PATH: `docker-credential-scw-prod`.
    pub fn program(&self) -> String {
        format!("{HELPER_PREFIX}{self}")
    }

    /// The name of the program's file: that of [`HelperName::program`], with `.exe` on Windows.
    pub fn file_name(&self) -> String {
        self.program() + std::env::consts::EXE_SUFFIX
    }
}

impl fmt::Display for HelperName {
    /// Writes the name as `credHelpers` has it: `scw`, or `scw-prod`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PLAIN)?;
        self.profile.iter().try_for_each(|profile| write!(f, "-{profile}"))
    }
}

/// A helper as `credHelpers` or `credsStore` names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfiguredHelper {
    /// One of this project's.
    Ours(HelperName),
    /// Another project's. An empty name stands for Docker's own file.
    Other(String),
}

impl ConfiguredHelper {
    /// Reads a value of `credHelpers` or `credsStore`.
    pub fn parse(text: &str) -> Self {
        HelperName::parse(text).map_or_else(|| Self::Other(text.to_owned()), Self::Ours)
    }

    /// The helper, if it is one of this project's.
    pub fn ours(&self) -> Option<&HelperName> {
        match self {
            Self::Ours(name) => Some(name),
            Self::Other(_) => None,
        }
    }

    /// Returns whether it is one of this project's.
    pub fn is_ours(&self) -> bool {
        self.ours().is_some()
    }

    /// Returns whether it stands for Docker's own file, where no helper is asked.
    pub fn is_dockers_file(&self) -> bool {
        matches!(self, Self::Other(name) if name.is_empty())
    }

    /// The name that callers look for on PATH.
    pub fn program(&self) -> String {
        format!("{HELPER_PREFIX}{self}")
    }
}

impl fmt::Display for ConfiguredHelper {
    /// Writes the name as the config has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours(name) => write!(f, "{name}"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{ConfiguredHelper, HelperName};

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for (text, profile) in [
            ("scw", None),
            ("scw-prod", Some("prod")),
            ("scw-a-b", Some("a-b")),
            ("scw-", Some("")),
        ] {
            let name = HelperName::parse(text).unwrap_or_default();
            assert_eq!((name.to_string().as_str(), name.profile()), (text, profile));
            assert_eq!(name, HelperName::of_profile(profile));
            assert_eq!(name.program(), format!("docker-credential-{text}"));
            let file = Path::new("/usr/local/bin").join(name.file_name());
            assert_eq!(HelperName::of_file(&file), Some(name));
        }
    }

    #[test]
    fn other_helpers_are_not_ours() {
        for text in ["", "SCW", "scwx", "pass", "osxkeychain", "ecr-login", "my-scw"] {
            assert_eq!(HelperName::parse(text), None, "{text}");
            let configured = ConfiguredHelper::parse(text);
            assert!(!configured.is_ours());
            assert_eq!(configured.is_dockers_file(), text.is_empty());
            assert_eq!(configured.to_string(), text);
            assert_eq!(configured.program(), format!("docker-credential-{text}"));
        }
        for file in ["/bin/docker", "/bin/docker-credential-", "/bin/scw", "/"] {
            assert_eq!(HelperName::of_file(Path::new(file)), None, "{file}");
        }
    }
}
