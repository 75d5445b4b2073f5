//! `namespace`, `image` and `tag`: Scaleway's Registry API for people and scripts.

mod deletion;
mod deletion_log;
mod details;
mod image;
mod listing;
mod names;
mod namespace;
mod prune;
mod rows;
mod session;
mod tag;
mod usage;

use std::time::Duration;

use serde_json::{Map, Value};

use crate::cli::named_regions;
use crate::cli::registry::{
    Account, Deletion, ImageCommand, NamespaceCommand, OneRegion, Output, Regions, TagCommand,
};
use crate::exit::Exit;
use crate::explain::{Explain, Explanation};
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
const USUAL_TIMEOUT: Duration = Duration::from_secs(120);

/// How long a deletion may take, and waiting.
const LONG_TIMEOUT: Duration = Duration::from_secs(300);

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

    /// Reports why a reference leads to nothing.
    fn fail_unless_found(
        &mut self,
        error: RegistryError,
        reference: &Reference,
        options: &OneRegion,
    ) {
        let is_named = options.region.is_some() || reference.region.is_some();
        self.fail_with(&if is_named { error } else { error.maybe_in_another_region() });
    }

    /// Reports what hid a part of what was asked for.
    fn fail_for_problems(&mut self, apis: &[RegistryApi<'_>]) {
        for error in apis.iter().flat_map(RegistryApi::taken_problems) {
            self.fail(&error);
        }
    }

    /// Opens a session; `usual` is the time that a call may take unless `--timeout` says otherwise.
    fn open(&self, account: &Account, usual: Duration) -> Result<Session<'a>, RegistryError> {
        if let Some(file) = &account.config {
            self.environment.set_scaleway_config(file);
        }
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

    /// Lists by `read` in the regions asked for. What comes from several is put into `order`.
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
        let Some(Gathered { mut items, regions }) = self.gather(regions, named, read)? else {
            return Ok(());
        };
        if items.is_empty() && output.is_for_people() {
            let regions = regions.join(", ");
            self.console.report(&format!("no {} found in {regions}", kind.plural()));
            return Ok(());
        }
        if regions.len() > 1 {
            listing::sort(&mut items, order);
        }
        self.show(kind, items, output, false)
    }

    /// Reads in the regions asked for, at the same time: one that fails is reported. Returns `None`
    /// if nothing could be read.
    fn gather<T: Send>(
        &mut self,
        regions: &Regions,
        named: Option<&str>,
        read: impl Fn(&RegistryApi<'_>, Option<&Reference>) -> Result<Vec<T>, RegistryError> + Sync,
    ) -> Result<Option<Gathered<T>>, RegistryError> {
        let session = self.open(&regions.account, USUAL_TIMEOUT)?;
        let named_regions = named_regions(&regions.region);
        let is_named = named_regions.is_some();
        let (reference, regions) = regions_of(&session, named, named_regions)?;
        let is_named = is_named || reference.as_ref().is_some_and(|one| one.region.is_some());
        let in_several = regions.len() > 1;
        let mut errors: Vec<RegistryError> = Vec::new();
        let mut add = |error: RegistryError| {
            if !errors.iter_mut().any(|known| known.merge(&error)) {
                errors.push(error);
            }
        };
        let mut apis = Vec::new();
        for region in &regions {
            match session.api(region) {
                Ok(api) => apis.push(api),
                Err(error) if in_several => add(error),
                Err(error) => return Err(error),
            }
        }
        let (mut items, mut unknown, mut was_found) = (Vec::new(), Vec::new(), false);
        for result in in_parallel(&apis, |api| read(api, reference.as_ref())) {
            match result {
                Ok(found) => {
                    was_found = true;
                    items.extend(found);
                }
                // What a reference names need not be in every region, but in one.
                Err(RegistryError::Resolve(error)) if in_several && error.is_unknown() => {
                    unknown.push(error);
                }
                Err(error) if in_several => add(error),
                Err(error) if is_named => return Err(error),
                Err(error) => return Err(error.maybe_in_another_region()),
            }
        }
        for error in apis.iter().flat_map(RegistryApi::taken_problems) {
            add(error.into());
        }
        for note in apis.iter().flat_map(RegistryApi::taken_notes) {
            self.console.report(&note);
        }
        for error in &errors {
            self.fail_with(error);
        }
        if !was_found {
            for error in unknown {
                self.fail(&error);
            }
            return Ok(None);
        }
        Ok(Some(Gathered { items, regions }))
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
        for ((reference, _), result) in wanted.iter().zip(results) {
            match result {
                Ok(rows) => found.extend(rows),
                Err(error) => self.fail_unless_found(error, reference, options),
            }
        }
        self.fail_for_problems(&apis);
        if found.is_empty() {
            return Ok(());
        }
        if matches!(output, Output::Human(columns) if columns.is_empty()) {
            let times = listing::TimeStyle::of(self.environment, self.console);
            let text: Vec<_> = found.iter().map(|row| details::of(row, &times)).collect();
            return Ok(self.console.print(&text.join("\n"))?);
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
        for ((reference, region), result) in wanted.iter().zip(results) {
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
                Err(error) => self.fail_unless_found(error, reference, options),
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

    /// Changes items.
    fn update(
        &mut self,
        kind: Kind,
        references: &[String],
        options: &OneRegion,
        body: &Map<String, Value>,
    ) -> Result<(), RegistryError> {
        let output = &options.account.output;
        listing::check(kind, output)?;
        let session = self.open(&options.account, USUAL_TIMEOUT)?;
        let access = Access::Write(kind);
        let wanted = understood(&session, references, access, options.region.as_deref())?;
        let apis = apis(&session, &wanted)?;
        let mut shown = Vec::new();
        for (reference, region) in &wanted {
            let api = api_of(&apis, region)?;
            let changed = resolved(api, kind, reference).and_then(|items| {
                let update = |item: Item| api.update(kind, item.id(), &reference.text, body);
                Ok(items.into_iter().map(update).collect::<Result<Vec<_>, _>>()?)
            });
            let changed = match changed {
                Ok(changed) => changed,
                Err(error) => {
                    self.fail_unless_found(error.into(), reference, options);
                    continue;
                }
            };
            match rows(api, kind, changed) {
                Ok(rows) => shown.extend(rows),
                Err(error) => {
                    let called = Printable(&reference.text);
                    let cause = format!("{called} was changed, but cannot be shown: {error}");
                    self.fail(&Explanation { cause, hint: error.hint() });
                }
            }
        }
        self.fail_for_problems(&apis);
        if shown.is_empty() {
            return Ok(());
        }
        self.show(kind, shown, output, references.len() == 1)
    }
}

/// What was read in some regions.
struct Gathered<T> {
    items: Vec<T>,
    /// The regions that were asked.
    regions: Vec<String>,
}

/// The reference, and the regions that are asked. A reference with a registry in front says itself
/// where it is.
fn regions_of(
    session: &Session<'_>,
    named: Option<&str>,
    regions: Option<Vec<String>>,
) -> Result<(Option<Reference>, Vec<String>), RegistryError> {
    let one = match regions.as_deref() {
        Some([region]) => Some(region.as_str()),
        _ => None,
    };
    let Some(text) = named else {
        let regions = match regions {
            Some(regions) => regions,
            None => vec![session.region(None)?],
        };
        return Ok((None, regions));
    };
    let (reference, region) = session.reference(text, Access::Read, one)?;
    let regions = match (reference.region.is_some(), regions) {
        (true, Some(named)) if !named.contains(&region) => {
            return Err(RegistryError::OtherRegion(reference.text, region, named.join(", ")));
        }
        (false, Some(named)) => named,
        (true, _) | (false, None) => vec![region],
    };
    Ok((Some(reference), regions))
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

/// What each reference means, as rows.
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
