//! `namespace`, `image` and `tag`: Scaleway's Registry API for people and scripts.

mod columns;
mod delete;
mod deletion;
mod deletion_log;
mod details;
mod gathering;
mod image;
mod listing;
mod names;
mod namespace;
mod prune;
mod retag;
mod rows;
mod selection;
mod session;
mod tag;
mod usage;

use std::sync::Arc;
use std::time::Duration;

use super::CommandError;
use crate::cli::command::{Account, ImageCommand, NamespaceCommand, Output, TagCommand};
use crate::exit::Exit;
use crate::explain::Explain;
use crate::printable::{Escaped, Printable};
use crate::registry::{Kind, RegistryApi};
use crate::system::environment::Environment;
use crate::system::http::CallLog;
use crate::terminal::Console;
use rows::Row;
use session::{RegistryError, Session};

/// How long a call may take, unless it deletes or waits.
const USUAL_TIMEOUT: Duration = Duration::from_secs(120);

/// How long a deletion may take, and waiting.
const LONG_TIMEOUT: Duration = Duration::from_secs(300);

/// Runs these commands.
pub(super) struct RegistryCommands<'a, 'c> {
    environment: &'a Environment,
    console: &'a mut Console<'c>,
    /// Whether something failed that did not stop the rest.
    has_failed: bool,
    /// The calls of commands with `--debug`.
    calls: Arc<CallLog>,
}

impl<'a, 'c> RegistryCommands<'a, 'c> {
    pub(super) fn new(environment: &'a Environment, console: &'a mut Console<'c>) -> Self {
        environment.watch_signals();
        Self { environment, console, has_failed: false, calls: Arc::default() }
    }

    /// `namespace`.
    pub(super) fn namespace(mut self, command: &NamespaceCommand) -> Result<Exit, CommandError> {
        let done = match command {
            NamespaceCommand::List(list) => self.list_namespaces(list),
            NamespaceCommand::Get(namespaces) => self.get(Kind::Namespace, namespaces),
            NamespaceCommand::Create(create) => self.create_namespace(create),
            NamespaceCommand::Update(update) => self.update_namespaces(update),
            NamespaceCommand::Delete(deletion) => self.delete(Kind::Namespace, deletion, false),
            NamespaceCommand::Prune(prune) => self.prune_namespaces(prune),
        };
        self.end(done)
    }

    /// `image`.
    pub(super) fn image(mut self, command: &ImageCommand) -> Result<Exit, CommandError> {
        let done = match command {
            ImageCommand::List(list) => self.list_images(list),
            ImageCommand::Get(images) => self.get(Kind::Image, images),
            ImageCommand::Update(update) => self.update_images(update),
            ImageCommand::Delete(deletion) => self.delete(Kind::Image, deletion, false),
            ImageCommand::Prune(prune) => self.prune_images(prune),
        };
        self.end(done)
    }

    /// `tag`.
    pub(super) fn tag(mut self, command: &TagCommand) -> Result<Exit, CommandError> {
        let done = match command {
            TagCommand::List(list) => self.list_tags(list),
            TagCommand::Get(tags) => self.get(Kind::Tag, tags),
            TagCommand::Delete(tags) => self.delete(Kind::Tag, &tags.deletion, tags.force),
            TagCommand::Prune(prune) => self.prune_tags(prune),
        };
        self.end(done)
    }

    fn end(mut self, done: Result<(), RegistryError>) -> Result<Exit, CommandError> {
        for call in self.calls.take() {
            self.console.report(&Escaped(&call).to_string());
        }
        match done {
            Ok(()) => {}
            Err(RegistryError::Output(error)) => return Err(error.into()),
            Err(error) => {
                self.fail_with(&error);
                if error.is_usage() {
                    return Ok(Exit::Usage);
                }
            }
        }
        Ok(if self.has_failed { Exit::Failure } else { Exit::Success })
    }

    /// Reports an error, without stopping.
    fn fail(&mut self, error: &(impl Explain + ?Sized)) {
        self.fail_shown(error, |part| Escaped(part).to_string());
    }

    fn fail_shown(&mut self, error: &(impl Explain + ?Sized), show: impl Fn(&str) -> String) {
        self.has_failed = true;
        self.console.explain(error, show);
    }

    fn fail_with(&mut self, error: &RegistryError) {
        match error {
            // A value in a file or a variable may be a key; these name nothing by its ID.
            RegistryError::Settings(_) | RegistryError::Key(_) => {
                self.fail_shown(error, |part| Printable(part).to_string());
            }
            _ => self.fail(error),
        }
    }

    /// Reports what hid a part of the result.
    fn fail_for_problems(&mut self, apis: &[RegistryApi<'_>]) {
        for error in apis.iter().flat_map(RegistryApi::taken_problems) {
            self.fail(&error);
        }
    }

    /// Opens a session; `usual` is the time that a call may take unless `--timeout` is given.
    fn open<'s>(&self, account: &'s Account, usual: Duration) -> Result<Session<'s>, RegistryError>
    where
        'a: 's,
        'c: 's,
    {
        if let Some(file) = &account.config {
            self.environment.set_scaleway_config(file);
        }
        let timeout = account.timeout.unwrap_or(usual);
        let log = account.debug.then(|| Arc::clone(&self.calls));
        Session::open(self.environment, &account.profile, timeout, self.console.filter(), log)
    }

    fn show(
        &mut self,
        kind: Kind,
        rows: Vec<Row>,
        output: &Output,
        single: bool,
    ) -> Result<(), RegistryError> {
        listing::show(self.environment, self.console, kind, rows, output, single)
    }
}
