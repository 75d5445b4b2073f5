//! The name that the program was started under.

use std::ffi::OsStr;
use std::path::Path;

/// The plain helper's program name.
pub(crate) const HELPER: &str = "docker-credential-scw";

/// The program's name as the kubelet's credential provider.
pub(crate) const CREDENTIAL_PROVIDER: &str = "scw-credential-provider";

/// The name that the program was started under. It may contain a profile of Scaleway's
/// `config.yaml`.
///
/// For `"credHelpers": {"rg.nl-ams.scw.cloud": "scw-prod"}`, Docker starts
/// `docker-credential-scw-prod`. So a second name for the program binds a registry to an account,
/// and no state has to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProgramName {
    name: String,
}

impl ProgramName {
    /// Parses the first argument: its last path component, without `.exe`.
    pub(crate) fn from_arg0(arg0: Option<&OsStr>) -> Self {
        let file = arg0.map(Path::new).and_then(Path::file_name).unwrap_or(OsStr::new(HELPER));
        let mut name = file.to_string_lossy().into_owned();
        let stem = name.len().saturating_sub(4);
        if name.get(stem..).is_some_and(|end| end.eq_ignore_ascii_case(".exe")) {
            name.truncate(stem);
        }
        Self { name }
    }

    /// The whole name, such as `docker-credential-scw-prod`.
    pub(crate) fn as_str(&self) -> &str {
        &self.name
    }

    /// Returns whether the program was started as the kubelet's credential provider.
    pub(crate) fn is_credential_provider(&self) -> bool {
        self.name == CREDENTIAL_PROVIDER
    }

    /// The profile in the name: `prod` in `docker-credential-scw-prod`.
    pub(crate) fn bound_profile(&self) -> Option<&str> {
        self.name.strip_prefix(HELPER)?.strip_prefix('-')
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::ProgramName;

    #[test]
    fn the_profile_follows_the_helpers_name() {
        for (arg0, name, profile) in [
            ("docker-credential-scw", "docker-credential-scw", None),
            ("/usr/local/bin/docker-credential-scw", "docker-credential-scw", None),
            ("docker-credential-scw-prod", "docker-credential-scw-prod", Some("prod")),
            ("./docker-credential-scw-eu-2.EXE", "docker-credential-scw-eu-2", Some("eu-2")),
            ("docker-credential-scw.exe", "docker-credential-scw", None),
            ("docker-credential-scw-", "docker-credential-scw-", Some("")),
            ("docker-credential-scwx-prod", "docker-credential-scwx-prod", None),
            ("renamed", "renamed", None),
            ("/", "docker-credential-scw", None),
        ] {
            let program = ProgramName::from_arg0(Some(OsStr::new(arg0)));
            assert_eq!((program.as_str(), program.bound_profile()), (name, profile), "{arg0}");
        }
        assert_eq!(ProgramName::from_arg0(None).as_str(), "docker-credential-scw");
    }
}
