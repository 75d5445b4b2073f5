//! Items that are named one by one: `get` and `update`.

use serde_json::{Map, Value};

use super::rows::{Row, rows};
use super::session::{Access, RegistryError, Session};
use super::{RegistryCommands, USUAL_TIMEOUT, details, listing};
use crate::cli::command::{ItemSelection, Output};
use crate::explain::{Explain as _, Explanation};
use crate::printable::Printable;
use crate::registry::{ImageName, Item, Kind, Reference, RegistryApi, ResolveError, in_parallel};

/// A reference, and the region where its item is.
pub(super) type Located = (Reference, String);

impl RegistryCommands<'_, '_> {
    /// Prints items.
    pub(super) fn get(
        &mut self,
        kind: Kind,
        selection: &ItemSelection,
    ) -> Result<(), RegistryError> {
        let output = &selection.output;
        listing::check(kind, output)?;
        let session = self.open(&selection.account, USUAL_TIMEOUT)?;
        let located = located(&session, selection, Access::Read)?;
        let apis = apis(&session, &located)?;
        let mut found = Vec::new();
        for ((reference, _), result) in located.iter().zip(found_rows(&apis, kind, &located)) {
            match result {
                Ok(rows) => found.extend(rows),
                Err(error) => self.fail_to_find(error, reference, selection),
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
        self.show(kind, found, output, selection.references.len() == 1)
    }

    /// Changes items, and prints them.
    pub(super) fn update(
        &mut self,
        kind: Kind,
        selection: &ItemSelection,
        change: &Map<String, Value>,
    ) -> Result<(), RegistryError> {
        listing::check(kind, &selection.output)?;
        let session = self.open(&selection.account, USUAL_TIMEOUT)?;
        let located = located(&session, selection, Access::Write(kind))?;
        let apis = apis(&session, &located)?;
        let mut shown = Vec::new();
        for (reference, region) in &located {
            let api = api_of(&apis, region)?;
            let changed = match changed(api, kind, reference, change) {
                Ok(changed) => changed,
                Err(error) => {
                    self.fail_to_find(error.into(), reference, selection);
                    continue;
                }
            };
            match rows(api, kind, changed) {
                Ok(rows) => shown.extend(rows),
                Err(error) => {
                    let name = Printable(&reference.text);
                    let cause = format!("{name} was changed, but cannot be shown: {error}");
                    self.fail(&Explanation { cause, hint: error.hint() });
                }
            }
        }
        self.fail_for_problems(&apis);
        if shown.is_empty() {
            return Ok(());
        }
        self.show(kind, shown, &selection.output, selection.references.len() == 1)
    }

    /// Reports why a reference leads to nothing.
    pub(super) fn fail_to_find(
        &mut self,
        error: RegistryError,
        reference: &Reference,
        selection: &ItemSelection,
    ) {
        let is_region_named = selection.region.is_some() || reference.region.is_some();
        let image = ImageName::parse(&reference.text);
        let error = match image {
            _ if !is_region_named => error.maybe_in_another_region(),
            Ok(image) => error.maybe_of_another_account(&image),
            Err(_) => error,
        };
        self.fail_with(&error);
    }
}

fn changed(
    api: &RegistryApi<'_>,
    kind: Kind,
    reference: &Reference,
    change: &Map<String, Value>,
) -> Result<Vec<Item>, ResolveError> {
    let update = |item: Item| api.update(kind, item.id(), &reference.text, change);
    let items = resolved(api, kind, reference)?.into_iter();
    Ok(items.map(update).collect::<Result<Vec<_>, _>>()?)
}

/// Returns the references with their regions. One that has none stops everything: nothing was sent yet.
pub(super) fn located(
    session: &Session<'_>,
    selection: &ItemSelection,
    access: Access,
) -> Result<Vec<Located>, RegistryError> {
    located_in(session, &selection.references, selection.region.as_deref(), access)
}

/// As [`located`], for references without a selection.
pub(super) fn located_in(
    session: &Session<'_>,
    references: &[Reference],
    region: Option<&str>,
    access: Access,
) -> Result<Vec<Located>, RegistryError> {
    references.iter().map(|reference| session.located(reference, access, region)).collect()
}

/// The APIs of these regions, one each.
pub(super) fn apis<'s>(
    session: &'s Session<'_>,
    located: &[Located],
) -> Result<Vec<RegistryApi<'s>>, RegistryError> {
    let mut regions: Vec<_> = located.iter().map(|(_, region)| region.as_str()).collect();
    regions.sort_unstable();
    regions.dedup();
    regions.into_iter().map(|region| session.api(region)).collect()
}

pub(super) fn api_of<'s>(
    apis: &'s [RegistryApi<'s>],
    region: &str,
) -> Result<&'s RegistryApi<'s>, RegistryError> {
    let missing = || RegistryError::Unexpected(format!("the region {region} was not asked"));
    apis.iter().find(|api| api.region == region).ok_or_else(missing)
}

/// The items that each reference names, as rows.
pub(super) fn found_rows(
    apis: &[RegistryApi<'_>],
    kind: Kind,
    located: &[Located],
) -> Vec<Result<Vec<Row>, RegistryError>> {
    in_parallel(located, |(reference, region)| {
        let api = api_of(apis, region)?;
        rows(api, kind, resolved(api, kind, reference)?)
    })
}

/// The items that a reference names: one, or several tags.
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
