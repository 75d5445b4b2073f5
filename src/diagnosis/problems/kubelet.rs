//! Problems of the kubelet's credential provider.

use std::path::{Path, PathBuf};

use crate::diagnosis::{Check, Command, Fix, Section, Status};
use crate::explain::Explain as _;
use crate::kubernetes::provider::ProviderFault;
use crate::kubernetes::provider_config::NotAConfig;
use crate::printable::printable_path;
use crate::program_name::{CREDENTIAL_PROVIDER, HELPER};

/// The files of one kubelet, and what its entry for the program says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) program: PathBuf,
    pub(crate) config: PathBuf,
    /// The options of `install` that name these files.
    pub(crate) options: Vec<String>,
    /// Commands that change these files are typed with `sudo`.
    pub(crate) sudo: bool,
    /// The key file that `install` writes into the entry if `SCW_CONFIG_PATH` is not set.
    pub(crate) default_key_file: Option<PathBuf>,
    /// The variables that the entry sets.
    pub(crate) env: Vec<(String, String)>,
}

/// A problem of the kubelet's credential provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KubeletProblem {
    /// The program is not there.
    ProgramMissing,
    /// A directory has the program's name.
    ProgramDirectory,
    /// The directory of the credential providers is a file.
    BinDirIsFile,
    /// The program is not executable for all users.
    ProgramNotExecutable,
    /// The program's file is cut off.
    ProgramIncomplete,
    /// Another program or file has the program's name.
    ProgramForeign,
    /// Another version of the program.
    ProgramOtherVersion,
    /// The file cannot be read, for this reason.
    ProgramUnreadable(String),
    /// The program fails or does not answer, for this reason.
    ProgramFails(ProviderFault, String),
    /// The configuration does not exist.
    ConfigMissing,
    /// The configuration cannot be read, for this reason.
    ConfigUnreadable(String),
    /// The file is not a `CredentialProviderConfig`, or cannot be edited safely.
    ConfigBroken(NotAConfig),
    /// The configuration has no entry for the program.
    NotRegistered,
    /// The entry, on this line, has another apiVersion than the program supports.
    EntryVersion(usize),
    /// The entry, on this line, has no matchImages.
    EntryWithoutImages(usize),
    /// The entry, on this line, has no defaultCacheDuration.
    EntryWithoutDuration(usize),
    /// The entry, on this line, lacks these registries.
    EntryLacks(usize, Vec<String>),
    /// The settings of the entry, on this line, differ from those that `install` writes.
    EntryDiffers(usize),
    /// This pattern of matchImages is not for a registry of Scaleway.
    ForeignImages(String),
    /// The entry names the file with the key by a relative path.
    KeyFileRelative(String),
    /// The file with the key does not exist.
    KeyFileMissing(PathBuf),
    /// Other users may read the file with the key.
    KeyFileReadable(PathBuf),
    /// There is no key for images of this pattern.
    NoKey(String),
    /// A source of the key for images of this pattern is broken, for this reason.
    KeyBroken(String, String),
}

impl KubeletProblem {
    /// The kind of problem, for scripts.
    pub(crate) fn id(&self) -> &'static str {
        match self {
            Self::ProgramMissing => "kubelet-program-missing",
            Self::ProgramDirectory => "kubelet-program-directory",
            Self::BinDirIsFile => "kubelet-bin-dir-file",
            Self::ProgramNotExecutable => "kubelet-program-not-executable",
            Self::ProgramIncomplete => "kubelet-program-incomplete",
            Self::ProgramForeign => "kubelet-program-foreign",
            Self::ProgramOtherVersion => "kubelet-program-other-version",
            Self::ProgramUnreadable(_) => "kubelet-program-unreadable",
            Self::ProgramFails(..) => "kubelet-program-fails",
            Self::ConfigMissing => "kubelet-config-missing",
            Self::ConfigUnreadable(_) => "kubelet-config-unreadable",
            Self::ConfigBroken(_) => "kubelet-config-broken",
            Self::NotRegistered => "kubelet-not-registered",
            Self::EntryVersion(_) => "kubelet-entry-version",
            Self::EntryWithoutImages(_) => "kubelet-entry-no-images",
            Self::EntryWithoutDuration(_) => "kubelet-entry-no-duration",
            Self::EntryLacks(..) => "kubelet-entry-lacks-registries",
            Self::EntryDiffers(_) => "kubelet-entry-differs",
            Self::ForeignImages(_) => "kubelet-foreign-images",
            Self::KeyFileRelative(_) => "kubelet-key-file-relative",
            Self::KeyFileMissing(_) => "kubelet-key-file-missing",
            Self::KeyFileReadable(_) => "kubelet-key-file-readable",
            Self::NoKey(_) => "kubelet-no-key",
            Self::KeyBroken(..) => "kubelet-key-broken",
        }
    }

    fn severity(&self) -> Status {
        match self {
            Self::ProgramOtherVersion
            | Self::EntryLacks(..)
            | Self::EntryDiffers(_)
            | Self::ForeignImages(_)
            | Self::KeyFileReadable(_) => Status::Warning,
            _ => Status::Failure,
        }
    }

    fn subject(&self, node: &Node) -> String {
        match self {
            Self::ProgramMissing
            | Self::ProgramDirectory
            | Self::ProgramNotExecutable
            | Self::ProgramIncomplete
            | Self::ProgramForeign
            | Self::ProgramOtherVersion
            | Self::ProgramUnreadable(_) => printable_path(&node.program),
            Self::BinDirIsFile => printable_path(node.bin_dir()),
            Self::ConfigMissing
            | Self::ConfigUnreadable(_)
            | Self::ConfigBroken(_)
            | Self::NotRegistered
            | Self::EntryVersion(_)
            | Self::EntryWithoutImages(_)
            | Self::EntryWithoutDuration(_)
            | Self::EntryLacks(..)
            | Self::EntryDiffers(_) => printable_path(&node.config),
            Self::KeyFileRelative(path) => printable_path(Path::new(path)),
            Self::KeyFileMissing(path) | Self::KeyFileReadable(path) => printable_path(path),
            Self::ForeignImages(pattern)
            | Self::NoKey(pattern)
            | Self::KeyBroken(pattern, _)
            | Self::ProgramFails(_, pattern) => pattern.clone(),
        }
    }

    fn cause(&self) -> String {
        match self {
            Self::ProgramMissing | Self::ConfigMissing | Self::KeyFileMissing(_) => {
                "not found".to_owned()
            }
            Self::ProgramDirectory => "a directory, not a program".to_owned(),
            Self::BinDirIsFile => "a file, not a directory".to_owned(),
            Self::ProgramNotExecutable => "not executable".to_owned(),
            Self::ProgramIncomplete => "incomplete: the file is cut off".to_owned(),
            Self::ProgramForeign => "another program, not this one".to_owned(),
            Self::ProgramOtherVersion => "another version of this program".to_owned(),
            Self::ProgramUnreadable(reason) | Self::ConfigUnreadable(reason) => reason.clone(),
            Self::ProgramFails(fault, _) => format!("no answer: the program {fault}"),
            Self::ConfigBroken(error) => error.to_string(),
            Self::NotRegistered => format!("does not have the provider {CREDENTIAL_PROVIDER}"),
            Self::EntryVersion(line) => format!(
                "line {line}: the provider has an apiVersion that this program does not support"
            ),
            Self::EntryWithoutImages(line) => {
                format!("line {line}: the provider has no matchImages")
            }
            Self::EntryWithoutDuration(line) => {
                format!("line {line}: the provider has no defaultCacheDuration")
            }
            Self::EntryLacks(line, hosts) => {
                format!("line {line}: matchImages lacks {}", hosts.join(", "))
            }
            Self::EntryDiffers(line) => {
                format!("line {line}: the provider has other settings, which were kept")
            }
            Self::ForeignImages(_) => {
                "not a Scaleway registry, so the helper returns no credentials".to_owned()
            }
            Self::KeyFileRelative(_) => {
                "not an absolute path, so it depends on the kubelet's working directory".to_owned()
            }
            Self::KeyFileReadable(_) => "other users can read it".to_owned(),
            Self::NoKey(_) => "no key".to_owned(),
            Self::KeyBroken(_, reason) => format!("no answer: {reason}"),
        }
    }

    fn fix(&self, node: &Node) -> Fix {
        match self {
            Self::ProgramMissing
            | Self::ProgramNotExecutable
            | Self::ProgramIncomplete
            | Self::ProgramOtherVersion
            | Self::ConfigMissing
            | Self::NotRegistered => node.install(false).into(),
            Self::ProgramForeign
            | Self::ProgramFails(..)
            | Self::EntryVersion(_)
            | Self::EntryWithoutImages(_)
            | Self::EntryWithoutDuration(_)
            | Self::EntryLacks(..)
            | Self::EntryDiffers(_)
            | Self::KeyFileRelative(_) => node.install(true).into(),
            Self::ProgramDirectory => {
                let path = node.program.to_string_lossy();
                Fix::Run(vec![node.typed(["rm", "-r", &*path]), node.install(false)])
            }
            Self::BinDirIsFile => {
                let path = node.bin_dir().to_string_lossy();
                let commands = vec![node.typed(["rm", &*path]), node.install(false)];
                Fix::ByHand("check what this file is".to_owned(), commands)
            }
            Self::ProgramUnreadable(_) | Self::ConfigUnreadable(_) => {
                "fix this, or run doctor with sudo".into()
            }
            Self::ConfigBroken(error) => error.hint().unwrap_or_default().into(),
            Self::ForeignImages(_) => "remove it from matchImages".into(),
            Self::KeyFileMissing(_) | Self::NoKey(_) => node.save_key().into(),
            Self::KeyFileReadable(path) => {
                node.typed(["chmod", "600", &*path.to_string_lossy()]).into()
            }
            Self::KeyBroken(..) => "fix this, then run doctor again".into(),
        }
    }

    /// Converts the problem into a check.
    pub(crate) fn check(&self, node: &Node) -> Check {
        let check = Check::ok(Section::Kubelet, self.id(), self.subject(node), self.cause());
        Check { status: self.severity(), fix: Some(self.fix(node)), ..check }
    }
}

impl Node {
    fn bin_dir(&self) -> &Path {
        self.program.parent().unwrap_or(Path::new("/"))
    }

    fn typed<W: Into<String>>(&self, words: impl IntoIterator<Item = W>) -> Command {
        Command::new(words).with_sudo(self.sudo)
    }

    fn variable(&self, wanted: &str) -> Option<&str> {
        let found = self.env.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns `SCW_CONFIG_PATH=…` with the entry's key file, for the start of a command.
    fn key_file(&self) -> Option<String> {
        let path = self.variable("SCW_CONFIG_PATH")?;
        Path::new(path).is_absolute().then(|| format!("SCW_CONFIG_PATH={path}"))
    }

    /// Returns a command of this program, with the entry's profile.
    fn helper(&self, key_file: Option<String>, words: impl IntoIterator<Item = String>) -> Command {
        let env = key_file.map(|variable| ["env".to_owned(), variable]);
        let profile =
            self.variable("SCW_PROFILE").map(|name| ["--profile".to_owned(), name.to_owned()]);
        let start = env.into_iter().flatten().chain([HELPER.to_owned()]);
        self.typed(start.chain(words).chain(profile.into_iter().flatten()))
    }

    /// Returns the command that installs the program and the entry again, with the key file and the
    /// profile of the entry that it replaces.
    fn install(&self, force: bool) -> Command {
        let default = self.default_key_file.as_deref();
        let is_default = self.variable("SCW_CONFIG_PATH").map(Path::new) == default;
        let key_file = self.key_file().filter(|_| !is_default);
        let words = ["install", "--kubelet"].map(str::to_owned).into_iter();
        let force = force.then(|| "--force".to_owned());
        self.helper(key_file, words.chain(self.options.iter().cloned()).chain(force))
    }

    /// Returns the command that saves a key where the entry looks for it.
    fn save_key(&self) -> Command {
        self.helper(self.key_file(), ["save-key".to_owned()])
    }
}
