//! What still needs a program that `uninstall` is about to remove, and the commands that undo that.

use std::path::{Path, PathBuf};

use super::advice::Commands;
use super::hints;
use super::references::{Config, Unreadable, Whose, helpers_in};
use crate::helper_name::HelperName;
use crate::printable::printable_path;
use crate::sudo::program_files::ProgramFiles;
use crate::system::program_file::{self, Found};

/// One name of this program in a directory.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// The helper by that name.
    pub(super) helper: HelperName,
    pub(super) found: Found,
}

/// Something that needs a program, or may need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    what: String,
    /// The command that undoes it; what else to do is part of `what`.
    command: Option<String>,
}

/// What may need a program.
pub(super) struct Needs<'a> {
    pub(super) commands: &'a Commands<'a>,
    pub(super) configs: &'a [Config],
    /// Files that cannot be read, with the reason.
    pub(super) unreadable: &'a [Unreadable],
    /// The directory of the program may only be changed by root.
    pub(super) only_by_root: bool,
}

impl Program {
    /// The program under this path, which ends with one of its names.
    pub(super) fn at(path: PathBuf, found: Found) -> Self {
        let helper = HelperName::of_file(&path).unwrap_or_default();
        Self { path, helper, found }
    }

    /// The directory that holds it.
    pub(super) fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    pub(super) fn is_this_program(&self) -> bool {
        matches!(
            self.found,
            Found::Same | Found::NotExecutable | Found::OtherVersion | Found::Incomplete
        )
    }

    fn is_plain(&self) -> bool {
        self.helper.is_plain()
    }
}

impl Need {
    /// The need as a sentence, with what undoes it.
    pub(super) fn in_words(&self) -> String {
        match &self.command {
            Some(command) => format!("{}: `{command}` undoes that", self.what),
            None => self.what.clone(),
        }
    }

    /// The same command undoes the other one.
    pub(super) fn is_undone_with(&self, other: &Self) -> bool {
        self.command.is_some() && self.command == other.command
    }
}

impl Needs<'_> {
    /// What needs `program`, with `others` in its directory. All other helpers need the plain one: it is
    /// what undoes them.
    pub(super) fn of(&self, program: &Program, others: &[Program]) -> Vec<Need> {
        let mut needs = Vec::new();
        for config in self.configs {
            let named = self.in_config(config);
            let needed = named
                .into_iter()
                .filter(|(helper, _)| program.is_plain() || *helper == program.helper);
            needs.extend(needed.map(|(_, need)| need));
        }
        for other in others.iter().filter(|other| other.directory() == program.directory()) {
            let need = self.of_name(program, other);
            let is_new = |need: &Need| !needs.iter().any(|known: &Need| known.is_undone_with(need));
            needs.extend(need.filter(is_new));
        }
        for Unreadable { file, error } in self.unreadable {
            // Root's files are closed to others.
            if file.whose != Whose::Roots || !error.is_permission_error() {
                let (path, cause) = (printable_path(&file.path), error.reason());
                let hint = hints::for_config(error).map(|hint| format!("; {hint}"));
                let hint = hint.unwrap_or_default();
                let what =
                    format!("{path} may name it as well, but that is not known: {cause}{hint}");
                needs.push(Need { what, command: None });
            }
        }
        needs
    }

    /// What a config still names after the change, with the helper.
    pub(super) fn in_config(&self, config: &Config) -> Vec<(HelperName, Need)> {
        let named = helpers_in(&config.after);
        let path = printable_path(&config.file.path);
        let mut needs = Vec::new();
        for (helper, hosts) in named.hosts {
            let what = format!("{path} names {helper} for {}", hosts.join(", "));
            needs.push((helper.clone(), self.undone_by(config, &helper, what)));
        }
        if let Some(store) = named.store {
            let what = format!("{path} names {store} as credsStore: remove that by hand");
            needs.push((store, Need { what, command: None }));
        }
        needs
    }

    fn undone_by(&self, config: &Config, helper: &HelperName, what: String) -> Need {
        let profile = helper.profile();
        let directory = config.file.path.parent();
        let commands = self.commands;
        let command = match (config.file.is_dockers, config.file.whose) {
            (true, Whose::Edited) => self.undo(profile),
            (true, Whose::Users) => {
                commands.command_for(None, &["uninstall"], profile, self.only_by_root)
            }
            (true, Whose::Roots) => commands.command_for(directory, &["uninstall"], profile, true),
            // install writes no file of podman's.
            (false, whose) => {
                let needs_root = self.only_by_root || whose == Whose::Roots;
                commands.command(&["uninstall", "--all"], None, needs_root)
            }
        };
        Need { what, command: Some(command) }
    }

    /// The command that undoes what was done for the plain helper, or for a profile.
    pub(super) fn undo(&self, profile: Option<&str>) -> String {
        self.commands.command(&["uninstall"], profile, self.only_by_root)
    }

    /// The command that undoes everything.
    pub(super) fn undo_all(&self) -> String {
        let is_roots = |config: &Config| {
            config.file.whose == Whose::Roots && !self.in_config(config).is_empty()
        };
        let needs_root = self.only_by_root || self.configs.iter().any(is_roots);
        self.commands.command(&["uninstall", "--all"], None, needs_root)
    }

    /// Why another name of the program needs `program`.
    fn of_name(&self, program: &Program, other: &Program) -> Option<Need> {
        let path = printable_path(&other.path);
        let is_link = || is_link_to(&other.path, &program.path);
        if other.found == Found::Unreadable {
            let what = format!("{path} may be a name of it as well, but cannot be read");
            return program.is_plain().then_some(Need { what, command: None });
        }
        let what = match other.helper.profile() {
            _ if !other.is_this_program() => return None,
            Some(profile) if program.is_plain() => {
                format!("{path} is bound to the profile {profile}")
            }
            _ if is_link() => format!("{path} is a link to it"),
            _ => return None,
        };
        let command = self.undo(other.helper.profile());
        Some(Need { what, command: Some(command) })
    }

    /// What root's config may need, where only root can read it.
    pub(super) fn known_to_root(&self) -> Option<Need> {
        let is_closed = |Unreadable { file, error }: &&Unreadable| {
            file.whose == Whose::Roots && file.is_dockers && error.is_permission_error()
        };
        let file = &self.unreadable.iter().find(is_closed)?.file;
        let path = printable_path(&file.path);
        let words = &["uninstall", "--dry-run"];
        let command = self.commands.command_for(file.path.parent(), words, None, true);
        let what = format!(
            "{path} may name it as well, and only root can read it: run `{command}` to find out"
        );
        Some(Need { what, command: None })
    }
}

fn is_link_to(link: &Path, program: &Path) -> bool {
    let is_link = link.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    is_link
        && link.canonicalize().ok().is_some_and(|real| Some(real) == program.canonicalize().ok())
}

/// The names of this program in these directories, but for the one at `except`.
pub(super) fn programs_in(
    directories: &[PathBuf],
    files: &ProgramFiles<'_>,
    except: &Path,
) -> Vec<Program> {
    let mut programs: Vec<Program> = Vec::new();
    for directory in directories {
        for path in program_file::names_in(directory).iter().map(|name| directory.join(name)) {
            let is_known = path == except || programs.iter().any(|program| program.path == path);
            let found = match files.inspect(&path) {
                _ if is_known => continue,
                Ok(found) => found,
                Err(error) if error.is_absence() => continue,
                Err(_) => Found::Unreadable,
            };
            programs.push(Program::at(path, found));
        }
    }
    programs.retain(|program| program.is_this_program() || program.found == Found::Unreadable);
    programs
}
