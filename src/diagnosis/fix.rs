//! What to do about a problem: commands that work when typed, or words where only a person can act.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::helper_name::HelperName;
use crate::printable::{Printable, shell_word};
use crate::system::environment::Environment;
use crate::system::files;
use crate::system::program_file::{self, Found};

/// What to do about a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fix {
    /// These commands, one after another.
    Run(Vec<Command>),
    /// Something only a person can do, then these commands.
    ByHand(String, Vec<Command>),
}

/// A command as words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// Whether it has to be typed with `sudo`.
    pub(crate) sudo: bool,
    /// The program and its arguments.
    pub(crate) words: Vec<String>,
}

impl Fix {
    /// The commands of the fix.
    pub(crate) fn commands(&self) -> &[Command] {
        match self {
            Self::Run(commands) | Self::ByHand(_, commands) => commands,
        }
    }

    /// What a person has to do first.
    pub(crate) fn words(&self) -> Option<&str> {
        match self {
            Self::Run(_) => None,
            Self::ByHand(words, _) => Some(words),
        }
    }

    /// The lines of the fix as people see them.
    pub(crate) fn lines(&self) -> Vec<String> {
        let then = if self.commands().is_empty() { "" } else { ", then:" };
        let words = self.words().map(|words| Printable(words).to_string() + then);
        words.into_iter().chain(self.commands().iter().map(Command::line)).collect()
    }

    /// The fix in one line.
    pub(crate) fn line(&self) -> String {
        let commands: Vec<_> = self.commands().iter().map(Command::line).collect();
        let then = if commands.is_empty() { "" } else { ", then: " };
        let words = self.words().map(|words| Printable(words).to_string() + then);
        words.unwrap_or_default() + &commands.join(" && ")
    }
}

impl Command {
    /// A command that is typed as it is.
    pub(crate) fn new<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        Self { sudo: false, words: words.into_iter().map(Into::into).collect() }
    }

    /// The same, with `sudo` in front where `needed`.
    pub(crate) fn with_sudo(self, needed: bool) -> Self {
        Self { sudo: needed, ..self }
    }

    /// The line to type, quoted for a shell.
    pub(crate) fn line(&self) -> String {
        let mut line = String::from(if self.sudo { "sudo" } else { "" });
        for word in &self.words {
            let _ = write!(line, "{}{}", if line.is_empty() { "" } else { " " }, shell_word(word));
        }
        line
    }
}

impl From<Command> for Fix {
    fn from(command: Command) -> Self {
        Self::Run(vec![command])
    }
}

impl From<String> for Fix {
    fn from(words: String) -> Self {
        Self::ByHand(words, Vec::new())
    }
}

impl From<&str> for Fix {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}

/// Who would type the commands: what they may change, and how they call this program.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    /// The user's number.
    user: Option<u32>,
    /// The process is root's, and not because of `sudo`: no command needs `sudo`.
    is_root: bool,
    /// The process is root's because of `sudo`, and looks at root's files.
    is_behind_sudo: bool,
    /// This program as the first word of a command.
    program: String,
    /// The directory of Docker's config, if `install` would not find it by itself.
    docker_config: Option<PathBuf>,
    /// Where `install` puts the program without `--path`.
    default_directory: Option<PathBuf>,
}

impl Operator {
    /// Finds out who types. `own` is the content of this program's file, and `docker_config` the
    /// path of the config that is looked at.
    pub(crate) fn of(environment: &Environment, own: &[u8], docker_config: Option<&Path>) -> Self {
        let is_behind_sudo = environment.is_under_sudo();
        let user = environment.uid();
        let plain = HelperName::default();
        let found = environment.find_program(&plain.program());
        let is_same = |path: &PathBuf| matches!(program_file::inspect(path, own), Ok(Found::Same));
        let found = found.filter(is_same);
        let own_file =
            || environment.program_file().map(|file| file.to_string_lossy().into_owned());
        let program =
            if found.is_some() { None } else { own_file() }.unwrap_or_else(|| plain.program());
        // Under sudo, install means the invoking user's config; sudo also drops DOCKER_CONFIG.
        let is_another = is_behind_sudo || environment.variable("DOCKER_CONFIG").is_some();
        let directory = docker_config.and_then(Path::parent).filter(|_| is_another);
        Self {
            user,
            is_root: user == Some(0) && !is_behind_sudo,
            is_behind_sudo,
            program,
            docker_config: directory.map(Path::to_owned),
            default_directory: found
                .and_then(|found| Some(found.parent()?.to_owned()))
                .or_else(|| program_file::DEFAULT_DIRECTORY.map(PathBuf::from)),
        }
    }

    /// A command that needs the right to add and remove files in `directory`.
    pub(crate) fn in_directory(&self, directory: &Path, command: Command) -> Command {
        command.with_sudo(self.lacks(files::may_write(directory).is_ok()))
    }

    /// A command that only the owner of a file may give, or root.
    pub(crate) fn as_owner(&self, owner: Option<u32>, command: Command) -> Command {
        command.with_sudo(self.lacks(owner.is_none() || owner == self.user))
    }

    /// A command that only root may give.
    pub(crate) fn as_root(&self, command: Command) -> Command {
        command.with_sudo(self.lacks(false))
    }

    /// `sudo` is needed: under `sudo`, the person who types is not root again.
    fn lacks(&self, has_right: bool) -> bool {
        !cfg!(windows) && !self.is_root && (self.is_behind_sudo || !has_right)
    }

    /// This program with these words, as the user whose files were looked at.
    pub(crate) fn helper<W: AsRef<str>>(&self, words: impl IntoIterator<Item = W>) -> Command {
        let mut command = vec![self.program.clone()];
        command.extend(words.into_iter().map(|word| word.as_ref().to_owned()));
        Command::new(command).with_sudo(self.is_behind_sudo)
    }

    /// `install` with these options, for files in the home directory only: the program is in place.
    pub(crate) fn install(&self, options: &[&str]) -> Command {
        let needs_root = self.is_behind_sudo;
        self.install_words(None, options, needs_root)
    }

    /// `install` with these options where the program is to be put into `directory`, or into the
    /// default one.
    pub(crate) fn install_program(&self, directory: Option<&Path>, options: &[&str]) -> Command {
        let is_default = directory.is_none() || directory == self.default_directory.as_deref();
        let target = directory.or(self.default_directory.as_deref());
        let has_right = target.is_some_and(|target| files::may_write(target).is_ok());
        let path = directory.filter(|_| !is_default);
        self.install_words(path, options, self.lacks(has_right))
    }

    fn install_words(&self, path: Option<&Path>, options: &[&str], sudo: bool) -> Command {
        let mut words = vec![self.program.clone(), "install".to_owned()];
        let mut option = |name: &str, value: Option<&Path>| {
            if let Some(value) = value {
                words.extend([name.to_owned(), value.to_string_lossy().into_owned()]);
            }
        };
        option("--path", path);
        option("--docker-config", self.docker_config.as_deref().filter(|_| sudo));
        words.extend(options.iter().map(|&option| option.to_owned()));
        Command::new(words).with_sudo(sudo)
    }
}
