//! Reads items in several regions at the same time.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::rows::Row;
use super::session::{Access, RegistryError, Session};
use super::{RegistryCommands, USUAL_TIMEOUT, listing};
use crate::cli::command::{Account, ListQuery, Regions};
use crate::registry::{Kind, Reference, RegistryApi, ResolveError, in_parallel};

/// Work that takes less time shows no progress.
const PROGRESS_AFTER: Duration = Duration::from_secs(1);

/// How often progress is shown.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

/// What was read in some regions.
pub(super) struct Gathered<T> {
    pub(super) items: Vec<T>,
    /// The regions that were asked.
    pub(super) regions: Vec<String>,
}

/// The results of all regions.
struct Collected<T> {
    items: Vec<T>,
    /// Regions in which the reference names nothing.
    unknown: Vec<ResolveError>,
    /// Whether a region has the answer.
    was_found: bool,
}

/// Errors of regions. Regions that fail in the same way share one.
#[derive(Default)]
struct RegionErrors(Vec<RegistryError>);

impl RegionErrors {
    fn add(&mut self, error: RegistryError) {
        if !self.0.iter_mut().any(|known| known.merge(&error)) {
            self.0.push(error);
        }
    }
}

impl RegistryCommands<'_, '_> {
    /// Prints the list that `read` makes in each of the regions. Lists of several regions are sorted
    /// into one.
    pub(super) fn list(
        &mut self,
        kind: Kind,
        query: &ListQuery,
        parent: Option<&Reference>,
        read: impl Fn(&RegistryApi<'_>, Option<&Reference>) -> Result<Vec<Row>, RegistryError> + Sync,
    ) -> Result<(), RegistryError> {
        listing::check(kind, &query.output)?;
        let gathered = self.gather(&query.regions, &query.account, parent, read)?;
        let Some(Gathered { mut items, regions }) = gathered else { return Ok(()) };
        if items.is_empty() && query.output.is_table() {
            let regions = regions.join(", ");
            self.console.report(&format!("no {} found in {regions}", kind.plural()));
            return Ok(());
        }
        if regions.len() > 1 {
            listing::sort(&mut items, query.order);
        }
        self.show(kind, items, &query.output, false)
    }

    /// Reads in the regions at the same time, and reports those that fail. Returns `None` if nothing
    /// could be read.
    pub(super) fn gather<T: Send>(
        &mut self,
        regions: &Regions,
        account: &Account,
        named: Option<&Reference>,
        read: impl Fn(&RegistryApi<'_>, Option<&Reference>) -> Result<Vec<T>, RegistryError> + Sync,
    ) -> Result<Option<Gathered<T>>, RegistryError> {
        let session = self.open(account, USUAL_TIMEOUT)?;
        let is_region_named = regions.named().is_some();
        let (reference, regions) = regions_of(&session, named, regions.named())?;
        let reference = reference.as_ref();
        let is_region_named =
            is_region_named || reference.is_some_and(|reference| reference.region.is_some());
        let mut errors = RegionErrors::default();
        let apis = apis_of(&session, &regions, &mut errors)?;
        let results = self
            .while_showing_progress(&session, || in_parallel(&apis, |api| read(api, reference)));
        let collected = if regions.len() > 1 {
            collected(results, &mut errors)
        } else {
            only(results, is_region_named)?
        };
        self.report_regions(&apis, errors);
        if !collected.was_found {
            for error in collected.unknown {
                self.fail(&error);
            }
            return Ok(None);
        }
        Ok(Some(Gathered { items: collected.items, regions }))
    }

    /// Runs `work`. After a second, shows how much of it is done.
    fn while_showing_progress<T: Send>(
        &mut self,
        session: &Session<'_>,
        work: impl Fn() -> T + Sync,
    ) -> T {
        if !self.console.shows_progress() {
            return work();
        }
        thread::scope(|scope| {
            let (working, ended) = mpsc::channel::<()>();
            let work = &work;
            let worker = thread::Builder::new().spawn_scoped(scope, move || {
                // Closes the channel at the end.
                let _working = working;
                work()
            });
            let Ok(worker) = worker else { return work() };
            let mut wait = PROGRESS_AFTER;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let (requests, items) = session.spent();
                self.console
                    .progress(&format!("Reading: {items} items in {requests} requests ..."));
                wait = PROGRESS_EVERY;
            }
            self.console.end_progress();
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn report_regions(&mut self, apis: &[RegistryApi<'_>], mut errors: RegionErrors) {
        for error in apis.iter().flat_map(RegistryApi::taken_problems) {
            errors.add(error.into());
        }
        for note in apis.iter().flat_map(RegistryApi::taken_notes) {
            self.console.report(&note);
        }
        for error in &errors.0 {
            self.fail_with(error);
        }
    }
}

/// Opens the API of each region. One of several that cannot be opened does not stop the others.
fn apis_of<'s>(
    session: &'s Session<'_>,
    regions: &[String],
    errors: &mut RegionErrors,
) -> Result<Vec<RegistryApi<'s>>, RegistryError> {
    let mut apis = Vec::new();
    for region in regions {
        match session.api(region) {
            Ok(api) => apis.push(api),
            Err(error) if regions.len() > 1 => errors.add(error),
            Err(error) => return Err(error),
        }
    }
    Ok(apis)
}

/// The results of several regions. What a reference names has to be in one of them only.
fn collected<T>(
    results: Vec<Result<Vec<T>, RegistryError>>,
    errors: &mut RegionErrors,
) -> Collected<T> {
    let mut collected = Collected { items: Vec::new(), unknown: Vec::new(), was_found: false };
    for result in results {
        match result {
            Ok(found) => {
                collected.was_found = true;
                collected.items.extend(found);
            }
            Err(RegistryError::Resolve(error)) if error.is_unknown() => {
                collected.unknown.push(error);
            }
            Err(error) => errors.add(error),
        }
    }
    collected
}

/// The result of the only region.
fn only<T>(
    results: Vec<Result<Vec<T>, RegistryError>>,
    is_region_named: bool,
) -> Result<Collected<T>, RegistryError> {
    let result: Result<Vec<Vec<T>>, _> = results.into_iter().collect();
    let items = result
        .map_err(|error| if is_region_named { error } else { error.maybe_in_another_region() })?;
    let items = items.into_iter().flatten().collect();
    Ok(Collected { items, unknown: Vec::new(), was_found: true })
}

/// Returns the reference, and the regions to ask. A reference that starts with a registry has its
/// region.
fn regions_of(
    session: &Session<'_>,
    named: Option<&Reference>,
    regions: Option<&[String]>,
) -> Result<(Option<Reference>, Vec<String>), RegistryError> {
    let only = match regions {
        Some([region]) => Some(region.as_str()),
        _ => None,
    };
    let Some(named) = named else {
        let regions = match regions {
            Some(regions) => regions.to_vec(),
            None => vec![session.region(None)?],
        };
        return Ok((None, regions));
    };
    let (reference, region) = session.located(named, Access::Read, only)?;
    let regions = match (reference.region.is_some(), regions) {
        (true, Some(named)) if !named.contains(&region) => {
            return Err(RegistryError::OtherRegion(reference.text, region, named.join(", ")));
        }
        (false, Some(named)) => named.to_vec(),
        (true, _) | (false, None) => vec![region],
    };
    Ok((Some(reference), regions))
}

/// The filters that are set.
pub(super) fn present<'f>(
    filters: &[(&'static str, Option<&'f str>)],
) -> Vec<(&'static str, &'f str)> {
    filters.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect()
}
