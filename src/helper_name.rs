//! The name of one of this project's credential helpers, as in `credHelpers` and in file names.

use std::fmt;
use std::path::Path;

use crate::program_name::ProgramName;

/// The prefix of every credential helper's file name (docker-credential-helpers, `client`).
pub const HELPER_PREFIX: &str = "docker-credential-";

/// The plain helper's name in `credHelpers`.
const PLAIN: &str = "scw";

/// One of this project's helpers: the plain one, or one whose name binds it to a profile of
/// Scaleway's `config.yaml`.
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
    /// Returns the helper that is bound to `profile`, or the plain one for `None`.
    pub fn of_profile(profile: Option<&str>) -> Self {
        Self { profile: profile.map(str::to_owned) }
    }

    /// Parses a value of `credHelpers` or `credsStore`. Returns `None` for another project's
    /// helper.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PLAIN)?;
        if rest.is_empty() {
            return Some(Self::default());
        }
        rest.strip_prefix('-').map(|profile| Self::of_profile(Some(profile)))
    }

    /// Parses the file name of a program. Returns `None` if it is not one of this project's
    /// helpers.
    pub fn of_file(path: &Path) -> Option<Self> {
        let name = ProgramName::from_arg0(Some(path.file_name()?));
        Self::parse(name.as_str().strip_prefix(HELPER_PREFIX)?)
    }

    /// The profile that the helper is bound to, if any.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// Returns whether the helper is not bound to a profile.
    pub fn is_plain(&self) -> bool {
        self.profile.is_none()
    }

    /// The name that clients look for on PATH, such as `docker-credential-scw-prod`.
    pub fn program(&self) -> String {
        format!("{HELPER_PREFIX}{self}")
    }

    /// The file name: [`HelperName::program`], with `.exe` on Windows.
    pub fn file_name(&self) -> String {
        self.program() + std::env::consts::EXE_SUFFIX
    }
}

impl fmt::Display for HelperName {
    /// Writes the name as in `credHelpers`: `scw`, or `scw-prod`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PLAIN)?;
        self.profile.iter().try_for_each(|profile| write!(f, "-{profile}"))
    }
}

/// A value of `credHelpers` or `credsStore`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfiguredHelper {
    /// One of this project's helpers.
    Ours(HelperName),
    /// Another project's helper. An empty name means that Docker stores credentials in its own
    /// file.
    Other(String),
}

impl ConfiguredHelper {
    /// Parses a value of `credHelpers` or `credsStore`.
    pub fn parse(text: &str) -> Self {
        HelperName::parse(text).map_or_else(|| Self::Other(text.to_owned()), Self::Ours)
    }

    /// The helper, if it is one of this project's.
    pub fn scw_helper(&self) -> Option<&HelperName> {
        match self {
            Self::Ours(name) => Some(name),
            Self::Other(_) => None,
        }
    }

    /// Returns whether it is one of this project's helpers.
    pub fn is_scw_helper(&self) -> bool {
        self.scw_helper().is_some()
    }

    /// Returns whether the name is empty: Docker uses its own file and starts no helper.
    pub fn is_dockers_file(&self) -> bool {
        matches!(self, Self::Other(name) if name.is_empty())
    }

    /// The name that clients look for on PATH.
    pub fn program(&self) -> String {
        format!("{HELPER_PREFIX}{self}")
    }
}

impl fmt::Display for ConfiguredHelper {
    /// Writes the name as in the config.
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
    fn names_survive_parsing_and_printing() {
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
    fn other_projects_helpers_are_recognised() {
        for text in ["", "SCW", "scwx", "pass", "osxkeychain", "ecr-login", "my-scw"] {
            assert_eq!(HelperName::parse(text), None, "{text}");
            let configured = ConfiguredHelper::parse(text);
            assert!(!configured.is_scw_helper());
            assert_eq!(configured.is_dockers_file(), text.is_empty());
            assert_eq!(configured.to_string(), text);
            assert_eq!(configured.program(), format!("docker-credential-{text}"));
        }
        for file in ["/bin/docker", "/bin/docker-credential-", "/bin/scw", "/"] {
            assert_eq!(HelperName::of_file(Path::new(file)), None, "{file}");
        }
    }
}
