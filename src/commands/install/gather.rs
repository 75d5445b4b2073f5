//! What `install` finds before it plans anything. Nothing is changed here.

use std::path::PathBuf;

use super::Request;
use super::findings::unreadable;
use super::registrations::Answers;
use crate::cli::command::InstallTarget;
use crate::commands::CommandError;
use crate::commands::program_path::program_path;
use crate::commands::refusals::Refusals;
use crate::diagnosis::facts::plaintext::{self, PlaintextFile};
use crate::diagnosis::{Check, Operator, Target};
use crate::docker::config::{ConfigDocument, read_config};
use crate::docker::logins::DockerLogins;
use crate::keys::KeyLookup;
use crate::registry_host::RegistryHost;
use crate::system::program_file::{Found, ProgramError};

/// What is on the machine.
pub(super) struct Facts {
    /// The path of the program's file.
    pub(super) program: PathBuf,
    /// What that file is now.
    pub(super) program_before: Found,
    /// Docker's config; `None` if a dry run may not read it.
    pub(super) config: Option<ConfigDocument>,
    /// The requested registries, without those that are left to another helper: what another helper
    /// answers is not asked.
    pub(super) hosts: Vec<RegistryHost>,
    pub(super) answers: Answers,
    /// The logins that Docker uses without a helper.
    pub(super) docker_logins: DockerLogins,
    /// Files with plaintext credentials that may be removed.
    pub(super) plaintext: Vec<PlaintextFile>,
    /// Who types the commands of fixes.
    pub(super) operator: Operator,
    /// Files that cannot be read.
    pub(super) findings: Vec<Check>,
}

impl Facts {
    /// Gathers the facts.
    ///
    /// # Errors
    /// Returns [`CommandError`] if the program cannot be installed, the profile has no usable key, or
    /// Docker's config cannot be read. In a dry run, a lack of rights is no error but a refusal.
    pub(super) fn gather(
        request: &Request<'_>,
        refusals: &mut Refusals,
    ) -> Result<Self, CommandError> {
        let (environment, path) = (request.environment, &request.target.docker_config);
        let (program, program_before) = program(request, refusals)?;
        let config = refusals.check(read_config(path))?;
        let empty = ConfigDocument::default();
        let document = config.as_ref().unwrap_or(&empty);
        let hosts = request.registries.without_kept(document);
        let answers = Answers::of(&request.lookup, &hosts);
        let docker_logins = DockerLogins::gather(environment, document, &hosts, &request.time);
        // Where Docker keeps a login of another account, podman may depend on its own.
        let is_switched = |host: &&RegistryHost| {
            let answer = answers.key(host);
            let stays = || docker_logins.of_another_account(document, host, answer).is_some();
            request.wanted.options.force || answer.is_none() || !stays()
        };
        let switched: Vec<_> = hosts.iter().filter(is_switched).cloned().collect();
        let (plaintext, broken) = plaintext::gather(environment, path, &switched);
        let mut operator = Operator::of(environment, request.files.own(), Some(path));
        if !request.wanted.options.mode.is_dry_run() {
            operator = operator.once_installed(environment, &program);
        }
        let InstallTarget { path: directory, docker_config, .. } = &request.wanted.target;
        let (directory, docker_config) = (directory.as_deref(), docker_config.as_deref());
        let given = Target { path: directory, docker_config, profile: None };
        let operator = operator.with_directories(&given, &program);
        let unreadable = |it| unreadable(it, path, environment, &operator);
        let findings = broken.into_iter().map(unreadable).collect();
        Ok(Self {
            program,
            program_before,
            config,
            hosts,
            answers,
            docker_logins,
            plaintext,
            operator,
            findings,
        })
    }
}

/// Finds the program's file, and checks that it may be replaced and that the profile has a key.
fn program(
    request: &Request<'_>,
    refusals: &mut Refusals,
) -> Result<(PathBuf, Found), CommandError> {
    let (target, force) = (&request.wanted.target, request.wanted.options.force);
    let files = &request.files;
    let path = program_path(target, request.environment, files)?;
    let found = refusals.check(files.inspect(&path))?.unwrap_or(Found::Unreadable);
    if found == Found::Foreign && !force {
        return Err(ProgramError::Foreign(path).into());
    }
    if found != Found::Same {
        refusals.check(files.may_change(&path))?;
    }
    if let Some(profile) = &target.profile
        && !force
    {
        // A misspelt profile would be registered, and fail at every pull.
        KeyLookup::new(request.environment, Some(profile))
            .bound_key()
            .map_err(CommandError::ProfileToBind)?;
    }
    Ok((path, found))
}
