//! Commands for the user to type: how this program is called there, and where `sudo` is needed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::fix::Command;
use crate::docker::config::files_podman_reads;
use crate::helper_name::HelperName;
use crate::system::environment::Environment;
use crate::system::files;
use crate::system::program_file::{self, Found, OwnProgram};

/// Directories in which sudo finds programs, whatever the PATH of the invoking user is.
const SUDO_DIRECTORIES: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The user who types the commands: what they may change, and how they call this program.
#[derive(Debug, Clone, Default)]
pub(crate) struct Operator {
    /// The user's number.
    user: Option<u32>,
    /// The process is root's, and not because of `sudo`: no command needs `sudo`.
    is_root: bool,
    /// The process is root's because of `sudo`.
    is_under_sudo: bool,
    /// The process is still root's, so the files are root's as well: it does not act as the user.
    is_about_root: bool,
    /// A name under which a shell finds this program, and its file.
    found: Option<(String, PathBuf)>,
    /// The file of the program that runs.
    running: Option<PathBuf>,
    /// The directory of Docker's config, if `install` would not find it by itself.
    docker_config: Option<PathBuf>,
    /// The directories that a run of `install` was given. Its next commands name them as well.
    given: GivenDirectories,
    /// Where `install` puts the program without `--path`.
    default_directory: Option<PathBuf>,
    /// The first directory on PATH in which the user may add files, for systems without a default one.
    first_writable: Option<PathBuf>,
    /// The directories that fixes change in which the user may add and remove files.
    writable: BTreeSet<PathBuf>,
}

/// The directories that a run of `install` was given, if it would not find them by itself.
#[derive(Debug, Clone, Default)]
struct GivenDirectories {
    path: Option<PathBuf>,
    docker_config: Option<PathBuf>,
}

/// What a command of this program is about, for its options.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Target<'a> {
    /// The profile that the helper is bound to.
    pub(crate) profile: Option<&'a str>,
    /// The directory of the program.
    pub(crate) path: Option<&'a Path>,
    /// The directory of Docker's config.
    pub(crate) docker_config: Option<&'a Path>,
}

impl Operator {
    /// Finds out who types. `docker_config` is the path of the config that the commands are about.
    pub(crate) fn of(
        environment: &Environment,
        this_program: &OwnProgram,
        docker_config: Option<&Path>,
    ) -> Self {
        let operator = Self::of_program(environment, this_program, None, &[]);
        // Under sudo, install means the invoking user's config; sudo also drops DOCKER_CONFIG.
        let is_another = operator.is_under_sudo || environment.variable("DOCKER_CONFIG").is_some();
        let directory = docker_config.and_then(Path::parent).filter(|_| is_another);
        Self { docker_config: directory.map(Path::to_owned), ..operator }
    }

    /// As [`Operator::of`], for commands that name their config. They do not begin with one of the
    /// programs in `removed`, and may begin with the name bound to `profile`.
    pub(crate) fn of_program(
        environment: &Environment,
        this_program: &OwnProgram,
        profile: Option<&str>,
        removed: &[PathBuf],
    ) -> Self {
        let is_under_sudo = environment.is_under_sudo();
        let user = environment.uid();
        let stays = |path: &PathBuf| !removed.contains(path);
        let bound = profile.map(|profile| HelperName::of_profile(Some(profile)));
        let names = [HelperName::default()].into_iter().chain(bound);
        let is_same =
            |path: &PathBuf| matches!(program_file::inspect(path, this_program), Ok(Found::Same));
        let find = |helper: HelperName| {
            let name = helper.program();
            let path = environment.find_program(&name).filter(stays).filter(is_same)?;
            Some((name, path))
        };
        let found = names.into_iter().find_map(find);
        let directory = found.as_ref().and_then(|(_, path)| Some(path.parent()?.to_owned()));
        let default_directory =
            directory.or_else(|| program_file::DEFAULT_DIRECTORY.map(PathBuf::from));
        let podmans = files_podman_reads(environment);
        let podmans = podmans.iter().filter_map(|file| Some(file.parent()?.to_owned()));
        let on_path = environment.program_dirs();
        let may_write = |directory: &PathBuf| files::may_write(directory).is_ok();
        let first_writable = on_path.iter().find(|directory| may_write(directory)).cloned();
        let changed = on_path.into_iter().chain(podmans);
        Self {
            user,
            is_root: user == Some(0) && !is_under_sudo,
            is_under_sudo,
            is_about_root: is_under_sudo && environment.root_child().is_none(),
            found,
            running: environment.program_file().filter(stays),
            docker_config: None,
            given: GivenDirectories::default(),
            writable: changed.chain(default_directory.clone()).filter(may_write).collect(),
            default_directory,
            first_writable,
        }
    }

    /// The same user, once a program is put at `program`: a shell finds it there, unless another one is
    /// earlier on PATH.
    pub(crate) fn once_installed(self, environment: &Environment, program: &Path) -> Self {
        let (Some(name), Some(directory)) = (program.file_name(), program.parent()) else {
            return self;
        };
        let has_it = |it: &PathBuf| it == directory || it.join(name).exists();
        if environment.program_dirs().into_iter().find(has_it).as_deref() != Some(directory) {
            return self;
        }
        let helper = HelperName::of_file(program).unwrap_or_default();
        Self { found: Some((helper.program(), program.to_owned())), ..self }
    }

    /// The same user after `install` with the directories of `target`. A shell may find the program's
    /// file `program`, and `install` then as well.
    pub(crate) fn with_directories(self, target: &Target<'_>, program: &Path) -> Self {
        let is_found = self.found.as_ref().is_some_and(|(_, found)| found == program);
        let given = GivenDirectories {
            path: target.path.filter(|_| !is_found).map(Path::to_owned),
            docker_config: target.docker_config.map(Path::to_owned),
        };
        Self { given, ..self }
    }

    /// Returns whether a shell finds this program.
    pub(crate) fn is_program_on_path(&self) -> bool {
        self.found.is_some()
    }

    /// A command that needs the right to add and remove files in `directory`.
    pub(crate) fn in_directory(&self, directory: &Path, command: Command) -> Command {
        self.with_right(self.writable.contains(directory), command)
    }

    /// A command that needs a right, which the user has or lacks.
    pub(crate) fn with_right(&self, has_right: bool, command: Command) -> Command {
        command.with_sudo(self.lacks(has_right))
    }

    /// A command that only the owner of a file may give, or root.
    pub(crate) fn as_owner(&self, owner: Option<u32>, command: Command) -> Command {
        self.with_right(owner.is_none() || owner == self.user, command)
    }

    /// A command that only root may give.
    pub(crate) fn as_root(&self, command: Command) -> Command {
        self.with_right(false, command)
    }

    /// Returns whether `sudo` is needed. Under `sudo`, the next command is not root's again.
    fn lacks(&self, has_right: bool) -> bool {
        !cfg!(windows) && !self.is_root && (self.is_under_sudo || !has_right)
    }

    /// This program with these words, as the user whose files the command is about.
    pub(crate) fn helper<W: AsRef<str>>(&self, words: impl IntoIterator<Item = W>) -> Command {
        self.typed(words.into_iter().map(|word| word.as_ref().to_owned()), self.is_about_root)
    }

    /// `install` with these options, for files in the home directory only: the program is in place.
    pub(crate) fn install(&self, options: &[&str]) -> Command {
        self.about_target("install", None, options, self.is_about_root)
    }

    /// `uninstall` with these options, of what `install` with the same ones did.
    pub(crate) fn uninstall(&self, options: &[&str]) -> Command {
        self.about_target("uninstall", None, options, self.is_about_root)
    }

    /// `install` with these options where the program is to be put into `directory`, or into the
    /// default one.
    pub(crate) fn install_program(&self, directory: Option<&Path>, options: &[&str]) -> Command {
        // Without a default directory, `install` asks for one.
        let is_without_default = self.default_directory.is_none();
        let first_writable = self.first_writable.as_deref().filter(|_| is_without_default);
        let directory = directory.or(first_writable);
        let is_default = directory.is_none() || directory == self.default_directory.as_deref();
        let target = directory.or(self.default_directory.as_deref());
        let has_right = target.is_some_and(|target| self.writable.contains(target));
        let path = directory.filter(|_| !is_default);
        self.about_target("install", path, options, self.lacks(has_right))
    }

    /// `install` with these options for a helper that is bound to a profile and not on PATH: next to
    /// the program that was found. `install` itself looks for the bound name only.
    pub(crate) fn install_next_to(&self, options: &[&str]) -> Command {
        let default = program_file::DEFAULT_DIRECTORY.map(Path::new);
        let found = self.found.as_ref().and_then(|(_, path)| path.parent());
        let target = found.or(default);
        let has_right = target.is_some_and(|target| self.writable.contains(target));
        let path = target.filter(|target| Some(*target) != default);
        self.about_target("install", path, options, self.lacks(has_right))
    }

    /// Returns whether the user lacks the right to add and remove files in `directory`.
    pub(crate) fn lacks_right_to(&self, directory: &Path) -> bool {
        self.lacks(self.writable.contains(directory))
    }

    fn about_target(
        &self,
        verb: &str,
        path: Option<&Path>,
        options: &[&str],
        sudo: bool,
    ) -> Command {
        let given = &self.given;
        let path = path.or(given.path.as_deref());
        let usual = self.docker_config.as_deref().filter(|_| sudo);
        let docker_config = given.docker_config.as_deref().or(usual);
        let mut words = vec![verb.to_owned()];
        words.extend(Target { path, docker_config, profile: None }.options());
        words.extend(options.iter().map(|&option| option.to_owned()));
        self.typed(words, sudo)
    }

    /// This program with these words about `target`. `needs_root` says that its files are not the
    /// user's.
    pub(crate) fn command(&self, words: &[&str], target: &Target<'_>, needs_root: bool) -> Command {
        let words = words.iter().map(|&word| word.to_owned());
        self.typed(words.chain(target.options()), self.lacks(!needs_root))
    }

    fn typed(&self, words: impl IntoIterator<Item = String>, sudo: bool) -> Command {
        let program = self.program(sudo && !self.is_under_sudo);
        Command::new([program].into_iter().chain(words)).with_sudo(sudo)
    }

    /// The program as the first word of a command: its name if the shell finds it, else its path.
    /// `sudo` looks for names in its own directories only.
    fn program(&self, by_sudo: bool) -> String {
        let is_usual = |path: &Path| {
            path.parent()
                .is_some_and(|it| SUDO_DIRECTORIES.iter().any(|usual| it == Path::new(usual)))
        };
        let path = match &self.found {
            Some((name, path)) if !by_sudo || is_usual(path) => return name.clone(),
            Some((_, path)) => Some(path),
            None => self.running.as_ref(),
        };
        path.map_or_else(|| HelperName::default().program(), |it| it.to_string_lossy().into_owned())
    }
}

impl Target<'_> {
    fn options(&self) -> Vec<String> {
        let absolute = |path: &Path| {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            path.to_string_lossy().into_owned()
        };
        let options = [
            ("--profile", self.profile.map(str::to_owned)),
            ("--path", self.path.map(absolute)),
            ("--docker-config", self.docker_config.map(absolute)),
        ];
        let given = options.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?]));
        given.flatten().collect()
    }
}

#[cfg(test)]
impl Operator {
    /// An ordinary user, or root, with the program on PATH.
    pub(crate) fn of_test(user: u32) -> Self {
        let plain = HelperName::default().program();
        let path = Path::new("/usr/local/bin").join(&plain);
        Self { user: Some(user), is_root: user == 0, found: Some((plain, path)), ..Self::default() }
    }
}
