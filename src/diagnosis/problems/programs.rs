//! Problems of the helpers on PATH.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::diagnosis::{Check, Command, Fix, Operator, Section, Status};
use crate::helper_name::HelperName;
use crate::printable::printable_path;
use crate::system::files::{FileRights, OtherWriter};
use crate::system::process::AskError;

/// A problem of one helper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProgramProblem {
    /// A config names a helper that is not on PATH.
    Missing,
    /// Nothing is installed, and no config names a helper.
    NotInstalled,
    /// A directory has the helper's name.
    Directory,
    /// The helper's name is a link to nothing.
    BrokenLink,
    /// The file is empty, or cut off.
    Incomplete,
    /// The user may not execute the file.
    NotExecutable,
    /// The file system is mounted `noexec`.
    OnNoexec,
    /// The script of `scw registry install-docker-helper`, and whether the `scw` that it starts is on
    /// PATH.
    ScwScript(bool),
    /// Another version of the helper.
    OtherVersion(String),
    /// Another program under the helper's name.
    Foreign,
    /// The program fails when asked for its version.
    Fails,
    /// The program cannot be started, or does not answer.
    NotStarted(AskError),
    /// Another program of that name is earlier on PATH.
    Shadowed(PathBuf),
    /// Other users may change the file.
    Writable(OtherWriter),
    /// Other users may change a directory that leads to the helper.
    DirectoryWritable(OtherWriter),
}

/// What a problem of a helper is about, for its fix.
pub(crate) struct Helper<'a> {
    pub(crate) name: &'a HelperName,
    pub(crate) path: &'a Path,
    pub(crate) rights: FileRights,
    /// The user who owns a directory above the file's directory, if one does besides root.
    pub(crate) owner_of_way: Option<&'a str>,
    /// Where a link at `path` leads in the end, and the rights there.
    pub(crate) real: (PathBuf, FileRights),
    /// The regions whose registries are registered with it.
    pub(crate) regions: &'a BTreeSet<String>,
    /// `install` takes the file for another program, and replaces it by force only.
    pub(crate) is_foreign: bool,
    /// The helper is bound to a profile that has no key: `install` refuses it.
    pub(crate) lacks_profile: bool,
}

impl ProgramProblem {
    /// The kind of problem, for scripts.
    pub(crate) fn id(&self) -> &'static str {
        match self {
            Self::Missing => "helper-missing",
            Self::NotInstalled => "not-installed",
            Self::Directory => "program-directory",
            Self::BrokenLink => "program-broken-link",
            Self::Incomplete => "program-incomplete",
            Self::NotExecutable => "program-not-executable",
            Self::OnNoexec => "program-noexec",
            Self::ScwScript(_) => "program-scw-script",
            Self::OtherVersion(_) => "program-other-version",
            Self::Foreign => "program-foreign",
            Self::Fails | Self::NotStarted(_) => "program-does-not-run",
            Self::Shadowed(_) => "program-shadowed",
            Self::Writable(_) => "program-writable",
            Self::DirectoryWritable(_) => "directory-writable",
        }
    }

    /// Returns whether the helper gives Docker no answer because of it.
    pub(crate) fn stops_pulls(&self) -> bool {
        self.severity(true) == Status::Failure
    }

    /// Whether pulls fail, where a config names this helper or not.
    fn severity(&self, is_needed: bool) -> Status {
        match self {
            Self::Missing => Status::Failure,
            Self::ScwScript(true)
            | Self::OtherVersion(_)
            | Self::Shadowed(_)
            | Self::Writable(_)
            | Self::DirectoryWritable(_) => Status::Warning,
            _ if is_needed => Status::Failure,
            _ => Status::Warning,
        }
    }

    fn cause(&self) -> String {
        match self {
            Self::Missing => "named in a config file, but not found on PATH".to_owned(),
            Self::NotInstalled => {
                "not installed: it is not on PATH, and no config file names it".to_owned()
            }
            Self::Directory => "a directory, not a program".to_owned(),
            Self::BrokenLink => "a link to a file that does not exist".to_owned(),
            Self::Incomplete => "the file is incomplete".to_owned(),
            Self::NotExecutable => "you have no permission to execute it".to_owned(),
            Self::OnNoexec => {
                "its file system is mounted noexec, so no program runs there".to_owned()
            }
            Self::ScwScript(true) => "the script of `scw registry install-docker-helper`, which \
                                      starts scw for every pull"
                .to_owned(),
            Self::ScwScript(false) => "the script of `scw registry install-docker-helper`, which \
                                       starts scw, and scw is not on PATH"
                .to_owned(),
            Self::OtherVersion(version) => format!("version {version} of the helper"),
            Self::Foreign => "another program, not this helper".to_owned(),
            Self::Fails => "fails when asked for its version".to_owned(),
            Self::NotStarted(why) => why.of_started(),
            Self::Shadowed(first) => {
                format!("not used: {} is earlier on PATH", printable_path(first))
            }
            Self::Writable(who) => format!("{who} may change it"),
            Self::DirectoryWritable(who) => {
                format!("leads to the helper, and {who} may change what is in it")
            }
        }
    }

    fn fix(&self, helper: &Helper<'_>, operator: &Operator) -> Fix {
        match (self.fix_of_file(helper, operator), helper.name.profile()) {
            (Fix::Run(commands), Some(profile)) if helper.lacks_profile && self.is_install() => {
                let by_hand = format!("add the profile \"{profile}\" to Scaleway's config.yaml");
                Fix::ByHand(by_hand, commands)
            }
            (fix, _) => fix,
        }
    }

    /// Returns whether the fix is to install the helper.
    fn is_install(&self) -> bool {
        !matches!(
            self,
            Self::NotExecutable
                | Self::OnNoexec
                | Self::Shadowed(_)
                | Self::Writable(_)
                | Self::DirectoryWritable(_)
        )
    }

    fn fix_of_file(&self, helper: &Helper<'_>, operator: &Operator) -> Fix {
        let directory = helper.path.parent();
        let file = helper.path.to_string_lossy().into_owned();
        let in_place = |command: Command| match directory {
            Some(directory) => operator.in_directory(directory, command),
            None => command,
        };
        match self {
            Self::Missing if helper.name.profile().is_some() => {
                operator.install_next_to(&options(helper, false)).into()
            }
            Self::Missing | Self::NotInstalled => {
                operator.install_program(None, &options(helper, false)).into()
            }
            Self::Directory => replace(helper, operator, |operator| {
                vec![
                    in_place(Command::new(["rm", "-r", &file])),
                    operator.install_program(directory, &options(helper, false)),
                ]
            }),
            Self::BrokenLink
            | Self::Foreign
            | Self::Fails
            | Self::NotStarted(_)
            | Self::Incomplete
            | Self::ScwScript(_)
            | Self::OtherVersion(_) => {
                let options = options(helper, helper.is_foreign);
                replace(helper, operator, |operator| {
                    vec![operator.install_program(directory, &options)]
                })
            }
            Self::NotExecutable => {
                let chmod = Command::new(["chmod", "755", &file]);
                Fix::from(operator.as_owner(helper.rights.owner, chmod))
            }
            Self::OnNoexec => Fix::ByHand(
                "install the helper into a directory on PATH where programs run".to_owned(),
                Vec::new(),
            ),
            Self::Shadowed(_) => Fix::from(in_place(Command::new(["rm", &file]))),
            Self::Writable(who) | Self::DirectoryWritable(who) => {
                let (real, rights) = &helper.real;
                let file = real.to_string_lossy().into_owned();
                Fix::from(match who {
                    OtherWriter::Owner(_) => {
                        operator.as_root(Command::new(["chown", "root", &file]))
                    }
                    OtherWriter::Group(..) | OtherWriter::Everybody => {
                        let chmod = Command::new(["chmod", "go-w", &file]);
                        operator.as_owner(rights.owner, chmod)
                    }
                })
            }
        }
    }

    /// The problem as a check, where a config names this helper or not.
    pub(crate) fn check(&self, helper: &Helper<'_>, is_needed: bool, operator: &Operator) -> Check {
        let subject = printable_path(helper.path);
        let check = Check::ok(Section::Program, self.id(), subject, self.cause());
        let fix = Some(self.fix(helper, operator));
        Check { status: self.severity(is_needed), fix, ..check }
    }
}

/// The commands that replace a file. `install` writes with root's rights into root's directories
/// only, and a directory below one of the user's is not: it becomes the user's first.
fn replace(
    helper: &Helper<'_>,
    operator: &Operator,
    commands: impl FnOnce(&Operator) -> Vec<Command>,
) -> Fix {
    let commands = commands(operator);
    let directory = helper.path.parent().filter(|directory| operator.lacks_right_to(directory));
    let (Some(directory), Some(user)) = (directory, helper.owner_of_way) else {
        return Fix::Run(commands);
    };
    let directory = directory.to_string_lossy();
    let chown = operator.as_root(Command::new(["chown", user, &directory]));
    let commands = commands.into_iter().map(|command| command.with_sudo(false));
    Fix::Run([chown].into_iter().chain(commands).collect())
}

/// The options of `install` that put this helper in place: its profile, and the regions that are
/// registered with it, as it would take all others.
fn options<'a>(helper: &'a Helper<'_>, force: bool) -> Vec<&'a str> {
    let mut options = Vec::new();
    if let Some(profile) = helper.name.profile() {
        options.extend(["--profile", profile]);
        for region in helper.regions {
            options.extend(["--region", region]);
        }
    }
    if force {
        options.push("--force");
    }
    options
}
