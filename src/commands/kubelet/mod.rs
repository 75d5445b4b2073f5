//! `install`, `uninstall` and `doctor` for the kubelet's credential provider.

mod doctor;
mod install;
mod uninstall;

use std::io;
use std::path::{Path, PathBuf};

use super::program_path::absolute;
use crate::cli::command::{KubeletPaths, Preset};
use crate::diagnosis::problems::kubelet::Node;
use crate::explain::Explain;
use crate::kubernetes::provider_config::NotAConfig;
use crate::printable::printable_path;
use crate::program_name::CREDENTIAL_PROVIDER;
use crate::shell::Shell;
use crate::system::environment::Environment;
use crate::system::files::{self, Change, Current, UpdateError, UpdateOptions};
use crate::system::program_file::ProgramError;
use crate::terminal::{Screen, printable_lines};
pub(super) use doctor::doctor;
pub(super) use install::install;
pub(super) use uninstall::uninstall;

/// Where k3s and RKE2 look for credential providers without an option.
const RANCHER: &str = "/var/lib/rancher/credentialprovider";

/// The files of one kubelet.
struct Target {
    program: PathBuf,
    config: PathBuf,
    preset: Option<Preset>,
    /// Commands that change these files are typed with `sudo`.
    sudo: bool,
}

/// Why the kubelet's credential provider was not installed, removed or checked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KubeletError {
    #[error("the kubelet's directory of credential providers and its configuration are not known")]
    NoPlace,
    #[error("{0} is a directory")]
    ConfigIsDirectory(String),
    #[error("no home directory for Scaleway's config.yaml")]
    NoHome,
    #[error(transparent)]
    Program(#[from] ProgramError),
    #[error("cannot create {}: {error}", printable_path(.directory))]
    NoDirectory { directory: PathBuf, error: io::Error },
    #[error(transparent)]
    Config(#[from] UpdateError<NotAConfig>),
}

impl Explain for KubeletError {
    fn hint(&self) -> Option<String> {
        let other_directory = "name another directory with --bin-dir";
        Some(match self {
            Self::NoPlace => "name both with --bin-dir and --config, as the kubelet has them in \
                              --image-credential-provider-bin-dir and \
                              --image-credential-provider-config; or add --preset k3s or rke2"
                .to_owned(),
            Self::ConfigIsDirectory(directory) => {
                format!(
                    "name a file in it, as in --config {}",
                    Shell::NATIVE.word(&format!("{directory}/scw.yaml"))
                )
            }
            Self::NoHome => "set SCW_CONFIG_PATH to a file".to_owned(),
            Self::Program(ProgramError::Foreign(_)) => {
                "check what it is, then remove it or replace it with --force".to_owned()
            }
            Self::Program(error) if error.is_permission_error() => {
                format!("use sudo, or {other_directory}")
            }
            Self::Program(ProgramError::Own(_)) => return None,
            Self::Program(_) => other_directory.to_owned(),
            Self::NoDirectory { error, .. } => match error.kind() {
                io::ErrorKind::PermissionDenied => format!("use sudo, or {other_directory}"),
                _ => other_directory.to_owned(),
            },
            Self::Config(UpdateError::OnlyInPlace { .. }) => {
                "write over it with --force; a crash meanwhile would leave half of the file"
                    .to_owned()
            }
            Self::Config(error) if error.is_permission_error() => "use sudo".to_owned(),
            Self::Config(error) => return error.hint(),
        })
    }
}

impl KubeletError {
    /// More rights would help.
    pub(super) fn is_permission_error(&self) -> bool {
        match self {
            Self::Program(error) => error.is_permission_error(),
            Self::NoDirectory { error, .. } => error.kind() == io::ErrorKind::PermissionDenied,
            Self::Config(error) => error.is_permission_error(),
            _ => false,
        }
    }
}

impl Target {
    fn of(paths: &KubeletPaths, environment: &Environment) -> Result<Self, KubeletError> {
        let of_preset = |path: &str| paths.preset.map(|_| Path::new(RANCHER).join(path));
        let directory = paths.bin_dir.as_deref().map(absolute).or_else(|| of_preset("bin"));
        let config = paths.config.as_deref().map(absolute).or_else(|| of_preset("config.yaml"));
        let (Some(directory), Some(config)) = (directory, config) else {
            return Err(KubeletError::NoPlace);
        };
        if config.is_dir() {
            return Err(KubeletError::ConfigIsDirectory(printable_path(&config)));
        }
        let file_name = format!("{CREDENTIAL_PROVIDER}{}", std::env::consts::EXE_SUFFIX);
        let sudo = environment.uid() != Some(0) || environment.is_under_sudo();
        Ok(Self { program: directory.join(file_name), config, preset: paths.preset, sudo })
    }

    fn directory(&self) -> &Path {
        self.program.parent().unwrap_or(Path::new("/"))
    }

    /// What the problems of this kubelet are about.
    fn node(&self, environment: &Environment) -> Node {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let options = if let Some(preset) = self.preset {
            vec!["--preset".to_owned(), preset.name().to_owned()]
        } else {
            let bin_dir = ["--bin-dir".to_owned(), path(self.directory())];
            bin_dir.into_iter().chain(["--config".to_owned(), path(&self.config)]).collect()
        };
        Node {
            program: self.program.clone(),
            config: self.config.clone(),
            options,
            sudo: self.sudo,
            default_key_file: self.default_key_file(environment),
            env: Vec::new(),
        }
    }

    /// The file with the key that `install` names when it is typed with `sudo` where that is needed,
    /// which removes variables; `None` if a variable names another.
    fn default_key_file(&self, environment: &Environment) -> Option<PathBuf> {
        let is_named = environment.variable("SCW_CONFIG_PATH").is_some();
        if self.sudo {
            return install::key_file_of_root(environment);
        }
        install::key_file(environment).filter(|_| !is_named)
    }

    /// What makes the kubelet read its configuration again: it does so at its start only.
    fn restart(&self) -> String {
        match self.preset {
            Some(Preset::K3s) => {
                "restart k3s: `systemctl restart k3s`, on an agent `systemctl restart k3s-agent`"
                    .to_owned()
            }
            Some(Preset::Rke2) => "restart RKE2: `systemctl restart rke2-server`, on an agent \
                                   `systemctl restart rke2-agent`"
                .to_owned(),
            None => "restart the kubelet".to_owned(),
        }
    }

    /// The options that the kubelet needs; `None` if the distribution sets them.
    fn kubelet_options(&self) -> Option<String> {
        self.preset.is_none().then(|| {
            format!(
                "--image-credential-provider-bin-dir={} --image-credential-provider-config={}",
                printable_path(self.directory()),
                printable_path(&self.config)
            )
        })
    }

    /// Changes the current configuration, and returns whether anything changed.
    fn update(
        &self,
        in_place: bool,
        edit: &dyn Fn(&str) -> Result<Change, NotAConfig>,
    ) -> Result<bool, KubeletError> {
        let options = UpdateOptions { in_place };
        Ok(files::update(&self.config, options, |current: Current<'_>| {
            let text = str::from_utf8(current.content.unwrap_or_default());
            edit(text.map_err(|_| NotAConfig::NotUtf8)?)
        })?)
    }

    /// Reads the configuration. Returns an empty text if the file does not exist.
    fn read_config(&self) -> Result<String, KubeletError> {
        Ok(self.existing_config()?.unwrap_or_default())
    }

    /// Reads the configuration. Returns `None` if the file does not exist.
    fn existing_config(&self) -> Result<Option<String>, KubeletError> {
        let path = || self.config.clone();
        let read = files::read_regular(&self.config, CONFIG_LIMIT);
        let bytes =
            read.map_err(|error| UpdateError::Io { what: "read".into(), path: path(), error })?;
        let Some(bytes) = bytes else { return Ok(None) };
        let text = str::from_utf8(&bytes).map(str::to_owned).map_err(|_| NotAConfig::NotUtf8);
        Ok(Some(text.map_err(|error| UpdateError::Refused { path: path(), error })?))
    }
}

/// Adds what is left to do by hand.
fn add_next(screen: &mut Screen, steps: &[String]) {
    if !steps.is_empty() {
        screen.verbatim("\nNext:\n");
        let steps: Vec<_> = steps.iter().map(|step| format!("  {step}")).collect();
        screen.verbatim(&printable_lines(&steps));
    }
}

/// No configuration of the kubelet's is larger, in bytes.
const CONFIG_LIMIT: usize = 1024 * 1024;
