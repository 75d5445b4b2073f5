//! `namespace`, `image` and `tag`: Scaleway's Registry API for people and scripts.

mod deletion;
mod deletion_log;
mod image;
mod listing;
mod names;
mod namespace;
mod prune;
mod rows;
mod session;
mod tag;

use std::time::Duration;

use serde_json::{Map, Value};

use crate::cli::named_regions;
use crate::cli::registry::{
    Account, Deletion, ImageCommand, NamespaceCommand, OneRegion, Output, Regions, TagCommand,
};
use crate::exit::Exit;
use crate::explain::{Explain, Explanation, on_two_lines};
use crate::printable::{Escaped, Printable};
use crate::registry::{Item, Kind, Reference, RegistryApi, ResolveError, in_parallel};
use crate::system::environment::Environment;
use crate::terminal::Console;

use super::CommandError;
use deletion::RemoteItem;
use deletion_log::DeletionLog;
use rows::{Row, rows};
use session::{Access, RegistryError, Session};

/// How long a call may take, unless it deletes or waits.
const USUAL_TIMEOUT: Duration = Duration::from_secs(2 * 60);

/// How long a deletion may take, and waiting.
const LONG_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Runs these commands.
pub(super) struct RegistryCommands<'a, 'c> {
    environment: &'a Environment,
    bound_profile: Option<&'a str>,
    console: &'a mut Console<'c>,
    /// Whether something failed that did not stop the rest.
    has_failed: bool,
}

impl<'a, 'c> RegistryCommands<'a, 'c> {
    pub(super) fn new(
        environment: &'a Environment,
        bound_profile: Option<&'a str>,
        console: &'a mut Console<'c>,
    ) -> Self {
        environment.watch_signals();
        Self { environment, bound_profile, console, has_failed: false }
    }

    /// `namespace`.
    pub(super) fn namespace(mut self, command: &NamespaceCommand) -> Result<Exit, CommandError> {
        let done = match command {
            NamespaceCommand::List(options) => self.list_namespaces(options),
            NamespaceCommand::Get(options) => {
                self.get(Kind::Namespace, &options.references, &options.region)
            }
            NamespaceCommand::Create(options) => self.create_namespace(options),
            NamespaceCommand::Update(options) => self.update_namespace(options),
            NamespaceCommand::Delete(options) => self.delete(
                Kind::Namespace,
                &options.references,
                &options.region,
                &options.deletion,
                false,
            ),
            NamespaceCommand::Prune(options) => self.prune_namespaces(options),
        };
        self.end(done)
    }

    /// `image`.
    pub(super) fn image(mut self, command: &ImageCommand) -> Result<Exit, CommandError> {
        let done = match command {
            ImageCommand::List(options) => self.list_images(options),
            ImageCommand::Get(options) => {
                self.get(Kind::Image, &options.references, &options.region)
            }
            ImageCommand::Update(options) => self.update_image(options),
            ImageCommand::Delete(options) => self.delete(
                Kind::Image,
                &options.references,
                &options.region,
                &options.deletion,
                false,
            ),
            ImageCommand::Prune(options) => self.prune_images(options),
        };
        self.end(done)
    }

    /// `tag`.
    pub(super) fn tag(mut self, command: &TagCommand) -> Result<Exit, CommandError> {
        let done = match command {
            TagCommand::List(options) => self.list_tags(options),
            TagCommand::Get(options) => self.get(Kind::Tag, &options.references, &options.region),
            TagCommand::Delete(options) => self.delete(
                Kind::Tag,
                &options.references,
                &options.region,
                &options.deletion,
                options.force,
            ),
            TagCommand::Prune(options) => self.prune_tags(options),
        };
        self.end(done)
    }

    fn end(mut self, done: Result<(), RegistryError>) -> Result<Exit, CommandError> {
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
        self.console.tell(&on_two_lines(error, show));
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

    /// Opens a session; `usual` is the time that a call may take unless `--timeout` says otherwise.
    fn open(&self, account: &Account, usual: Duration) -> Result<Session<'a>, RegistryError> {
        let profile = account.profile.as_deref();
        let timeout = account.timeout.unwrap_or(usual);
        Session::open(self.environment, self.bound_profile, profile, timeout, self.console.filter())
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

    /// Lists by `read` in the regions asked for, at the same time: one that fails is reported. What
    /// comes from several is put into `order`.
    fn list(
        &mut self,
        kind: Kind,
        regions: &Regions,
        named: Option<&str>,
        order: Option<&str>,
        read: impl Fn(&RegistryApi<'_>, Option<&Reference>) -> Result<Vec<Row>, RegistryError> + Sync,
    ) -> Result<(), RegistryError> {
        let output = &regions.account.output;
        listing::check(kind, output)?;
        let session = self.open(&regions.account, USUAL_TIMEOUT)?;
        let named_regions = named_regions(&regions.region);
        let in_several = named_regions.as_ref().is_some_and(|regions| regions.len() > 1);
        // A reference with a registry in front says itself where it is.
        let one = named_regions.as_ref().and_then(|regions| regions.first());
        let one = one.filter(|_| !in_several).map(String::as_str);
        let (reference, region) = match named {
            Some(text) => {
                let (reference, region) = session.reference(text, Access::Read, one)?;
                let region = reference.region.is_some().then_some(region);
                (Some(reference), region)
            }
            None => (None, None),
        };
        let regions = match (region, named_regions) {
            (Some(region), Some(named)) if !named.contains(&region) => {
                let text = reference.map(|reference| reference.text).unwrap_or_default();
                return Err(RegistryError::OtherRegion(text, region, named.join(", ")));
            }
            (Some(region), _) => vec![region],
            (None, Some(named)) => named,
            (None, None) => vec![session.region(None)?],
        };
        let apis: Vec<_> = regions.iter().map(|region| session.api(region)).collect();
        let mut found = Vec::new();
        let mut present = Vec::new();
        for api in apis {
            match api {
                Ok(api) => present.push(api),
                Err(error) if in_several => self.fail_with(&error),
                Err(error) => return Err(error),
            }
        }
        let several = present.len() > 1;
        let mut unknown = Vec::new();
        let mut was_found = false;
        for result in in_parallel(&present, |api| read(api, reference.as_ref())) {
            match result {
                Ok(rows) => {
                    was_found = true;
                    found.extend(rows);
                }
                Err(RegistryError::Resolve(error)) if several && error.is_unknown() => {
                    unknown.push(error);
                }
                Err(error) if in_several => self.fail_with(&error),
                Err(error) => return Err(error),
            }
        }
        for api in &present {
            for note in api.taken_notes() {
                self.console.report(&note);
            }
        }
        // What a reference names need not be in every region, but in one.
        if !was_found {
            for error in unknown {
                self.fail(&error);
            }
        }
        if self.has_failed && found.is_empty() && !was_found {
            return Ok(());
        }
        if several {
            listing::sort(&mut found, order);
        }
        self.show(kind, found, output, false)
    }

    fn get(
        &mut self,
        kind: Kind,
        references: &[String],
        options: &OneRegion,
    ) -> Result<(), RegistryError> {
        let output = &options.account.output;
        listing::check(kind, output)?;
        let session = self.open(&options.account, USUAL_TIMEOUT)?;
        let wanted = understood(&session, references, Access::Read, options.region.as_deref())?;
        let apis = apis(&session, &wanted)?;
        let results = looked_up(&apis, kind, &wanted);
        let mut found = Vec::new();
        for result in results {
            match result {
                Ok(rows) => found.extend(rows),
                Err(error) => self.fail_with(&error),
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        self.show(kind, found, output, references.len() == 1)
    }

    fn delete(
        &mut self,
        kind: Kind,
        references: &[String],
        options: &OneRegion,
        deletion: &Deletion,
        force: bool,
    ) -> Result<(), RegistryError> {
        let output = &options.account.output;
        listing::check(kind, output)?;
        let session = self.open(&options.account, LONG_TIMEOUT)?;
        let wanted =
            understood(&session, references, Access::Write(kind), options.region.as_deref())?;
        let apis = apis(&session, &wanted)?;
        let results = looked_up(&apis, kind, &wanted);
        let mut items: Vec<RemoteItem<'_>> = Vec::new();
        for ((_, region), result) in wanted.iter().zip(results) {
            match result {
                Ok(rows) => {
                    let api = api_of(&apis, region)?;
                    for row in rows {
                        // Two references may mean the same.
                        let is_same = |other: &RemoteItem<'_>| {
                            other.row.region == row.region && other.row.item.id() == row.item.id()
                        };
                        if !items.iter().any(is_same) {
                            items.push(RemoteItem { api, row });
                        }
                    }
                }
                Err(error) => self.fail_with(&error),
            }
        }
        if force {
            self.warn_of_force(&items);
        }
        if let Err(error) = deletion::confirm(&items, kind, deletion, self.console) {
            self.fail(&error);
            return Ok(());
        }
        let start = self.environment.clock().now();
        let names = items.iter().map(|item| item.row.called());
        let log = DeletionLog::new(names, self.console.filter());
        let interruption = log.tell_if_interrupted();
        let (mut deleting, errors) = deletion::delete(items, kind, force, &log);
        drop(interruption);
        for error in errors {
            self.fail(&error);
        }
        if deletion.wait && !deleting.is_empty() {
            let clock = self.environment.clock();
            let timeout = options.account.timeout.unwrap_or(LONG_TIMEOUT);
            let errors = deletion::wait_until_gone(
                &mut deleting,
                kind,
                (start, timeout),
                clock.as_ref(),
                self.console,
            );
            for error in errors {
                self.fail(&error);
            }
        }
        if deleting.is_empty() {
            return Ok(());
        }
        let rows = deleting.into_iter().map(|one| one.row).collect();
        self.show(kind, rows, output, references.len() == 1)
    }

    /// Changes one item.
    fn update(
        &mut self,
        kind: Kind,
        reference: &str,
        options: &OneRegion,
        body: &Map<String, Value>,
    ) -> Result<(), RegistryError> {
        let output = &options.account.output;
        listing::check(kind, output)?;
        let session = self.open(&options.account, USUAL_TIMEOUT)?;
        let (reference, region) =
            session.reference(reference, Access::Write(kind), options.region.as_deref())?;
        let api = session.api(&region)?;
        let mut changed = Vec::new();
        for item in resolved(&api, kind, &reference)? {
            let called = &reference.text;
            changed.push(api.update(kind, item.id(), called, body)?);
        }
        match rows(&api, kind, changed) {
            Ok(changed) => self.show(kind, changed, output, true),
            Err(error) => {
                let called = Printable(&reference.text);
                let cause = format!("{called} was changed, but cannot be shown: {error}");
                self.fail(&Explanation { cause, hint: error.hint() });
                Ok(())
            }
        }
    }
}

/// The references, understood. One that cannot be stops everything: nothing was sent yet.
fn understood(
    session: &Session<'_>,
    references: &[String],
    access: Access,
    region: Option<&str>,
) -> Result<Vec<(Reference, String)>, RegistryError> {
    references.iter().map(|text| session.reference(text, access, region)).collect()
}

/// The APIs of the regions that are wanted, one each.
fn apis<'s>(
    session: &'s Session<'_>,
    wanted: &[(Reference, String)],
) -> Result<Vec<RegistryApi<'s>>, RegistryError> {
    let mut regions: Vec<_> = wanted.iter().map(|(_, region)| region.as_str()).collect();
    regions.sort_unstable();
    regions.dedup();
    regions.into_iter().map(|region| session.api(region)).collect()
}

fn api_of<'s>(
    apis: &'s [RegistryApi<'s>],
    region: &str,
) -> Result<&'s RegistryApi<'s>, RegistryError> {
    let missing = || RegistryError::Said(format!("the region {region} was not asked"));
    apis.iter().find(|api| api.region == region).ok_or_else(missing)
}

/// What each reference means, as it is shown.
fn looked_up(
    apis: &[RegistryApi<'_>],
    kind: Kind,
    wanted: &[(Reference, String)],
) -> Vec<Result<Vec<Row>, RegistryError>> {
    in_parallel(wanted, |(reference, region)| {
        let api = api_of(apis, region)?;
        rows(api, kind, resolved(api, kind, reference)?)
    })
}

/// The filters that are set.
fn present<'f>(filters: &[(&'static str, Option<&'f str>)]) -> Vec<(&'static str, &'f str)> {
    filters.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect()
}

/// What a reference means: one item, or several tags.
fn resolved(
    api: &RegistryApi<'_>,
    kind: Kind,
    reference: &Reference,
) -> Result<Vec<Item>, ResolveError> {
    match kind {
        Kind::Namespace => Ok(vec![api.namespace(reference)?]),
        Kind::Image => Ok(vec![api.image(reference)?]),
        Kind::Tag => api.tags_meant(reference),
    }
}
