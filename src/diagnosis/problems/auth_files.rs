//! Problems of the files that podman, buildah and skopeo read before Docker's config.

use std::path::PathBuf;

use super::{Kind, Problem, Scope};
use crate::diagnosis::facts::Facts;
use crate::diagnosis::facts::configs::AuthFile;
use crate::diagnosis::{Command, Fix, Operator, Section, Status};
use crate::helper_name::ConfiguredHelper;
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;

const VARIABLE: &str = "REGISTRY_AUTH_FILE";

/// A problem of such a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AuthFileProblem {
    /// It cannot be read, which stops podman. `aside` is a free name to move it to; `None` if it is
    /// no file.
    Broken { path: PathBuf, reason: String, aside: Option<PathBuf>, has_podman: bool },
    /// It registers another project's helper.
    OtherHelper { path: PathBuf, host: RegistryHost, helper: ConfiguredHelper, has_podman: bool },
    /// `REGISTRY_AUTH_FILE` names a file that does not exist.
    Variable(PathBuf),
}

/// Judges these files.
pub(crate) fn judge(facts: &Facts, scope: &Scope) -> Vec<Problem> {
    let of_file = |file| of_file(facts, scope, file);
    let mut problems: Vec<_> = facts.auth_files.iter().flat_map(of_file).collect();
    let missing = facts.registry_auth_file.iter().filter(|(_, exists)| !exists);
    problems.extend(missing.map(|(path, _)| AuthFileProblem::Variable(path.clone())));
    problems.into_iter().map(Problem::AuthFile).collect()
}

fn of_file(facts: &Facts, scope: &Scope, file: &AuthFile) -> Vec<AuthFileProblem> {
    let has_podman = facts.podman().is_some();
    let path = file.path.clone();
    let config = match &file.content {
        Ok(config) => config,
        Err(reason) => {
            let aside = file.is_file.then(|| file.free_name.clone());
            let reason = reason.clone();
            return vec![AuthFileProblem::Broken { path, reason, aside, has_podman }];
        }
    };
    let other = |(key, helper): (String, ConfiguredHelper)| {
        let host = RegistryHost::from_host(&key).filter(|host| scope.has(host))?;
        let path = path.clone();
        (!helper.is_scw_helper()).then_some(AuthFileProblem::OtherHelper {
            path,
            host,
            helper,
            has_podman,
        })
    };
    config.cred_helpers().into_iter().filter_map(other).collect()
}

impl Kind for AuthFileProblem {
    fn id(&self) -> &'static str {
        match self {
            Self::Broken { .. } => "podman-file-broken",
            Self::OtherHelper { .. } => "podman-other-helper",
            Self::Variable(_) => "podman-file-variable",
        }
    }

    fn section(&self) -> Section {
        Section::Config
    }

    fn subject(&self) -> String {
        match self {
            Self::Broken { path, .. } | Self::OtherHelper { path, .. } => printable_path(path),
            Self::Variable(_) => VARIABLE.to_owned(),
        }
    }

    fn severity(&self) -> Status {
        match self {
            Self::Broken { has_podman: true, .. } | Self::OtherHelper { has_podman: true, .. } => {
                Status::Failure
            }
            Self::Broken { .. } | Self::OtherHelper { .. } | Self::Variable(_) => Status::Warning,
        }
    }

    fn cause(&self) -> String {
        match self {
            Self::Broken { reason, .. } => reason.clone(),
            Self::OtherHelper { host, helper, .. } if helper.is_dockers_file() => {
                format!("podman asks no helper for {host}, by an empty entry in credHelpers")
            }
            Self::OtherHelper { host, helper, .. } => {
                format!("podman asks the helper {helper} for {host}, by credHelpers of this file")
            }
            Self::Variable(path) => {
                format!("it names {}, which does not exist", printable_path(path))
            }
        }
    }

    fn fix(&self, operator: &Operator) -> Fix {
        match self {
            Self::Broken { path, aside: Some(aside), .. } => {
                let names = [path, aside].map(|path| path.to_string_lossy().into_owned());
                let mv = Command::new(["mv".to_owned()].into_iter().chain(names));
                match path.parent() {
                    Some(directory) => operator.in_directory(directory, mv).into(),
                    None => mv.into(),
                }
            }
            Self::Broken { aside: None, .. } | Self::Variable(_) => Command::unset(VARIABLE).into(),
            Self::OtherHelper { host, .. } => {
                format!("delete {host} from credHelpers in this file").into()
            }
        }
    }
}
