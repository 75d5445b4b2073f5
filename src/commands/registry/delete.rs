//! `namespace delete`, `image delete` and `tag delete`.

use std::time::SystemTime;

use super::deletion::{self, RemoteItem};
use super::deletion_log::DeletionLog;
use super::selection::{Located, api_of, apis, found_rows, located};
use super::session::{Access, RegistryError};
use super::{LONG_TIMEOUT, RegistryCommands, listing};
use crate::cli::command::{Deletion, ItemSelection};
use crate::registry::{Kind, RegistryApi};

impl RegistryCommands<'_, '_> {
    /// Deletes items, and prints what they are now.
    pub(super) fn delete(
        &mut self,
        kind: Kind,
        wanted: &Deletion,
        force: bool,
    ) -> Result<(), RegistryError> {
        let selection = &wanted.items;
        listing::check(kind, &selection.output)?;
        let session = self.open(&selection.account, LONG_TIMEOUT)?;
        let located = located(&session, selection, Access::Write(kind))?;
        let apis = apis(&session, &located)?;
        let items = self.items_to_delete(kind, selection, &located, &apis)?;
        if force {
            self.warn_of_force(&items);
        }
        if let Err(error) = deletion::confirm(&items, kind, wanted.yes, self.console) {
            self.fail(&error);
            return Ok(());
        }
        let start = self.environment.clock().now();
        let mut deleting = self.send_deletions(kind, items, force);
        if wanted.wait && !deleting.is_empty() {
            self.wait_for_deletions(kind, selection, &mut deleting, start);
        }
        if deleting.is_empty() {
            return Ok(());
        }
        let rows = deleting.into_iter().map(|one| one.row).collect();
        self.show(kind, rows, &selection.output, selection.references.len() == 1)
    }

    /// Finds the items, each once. Reports references that name nothing.
    fn items_to_delete<'s>(
        &mut self,
        kind: Kind,
        selection: &ItemSelection,
        located: &[Located],
        apis: &'s [RegistryApi<'s>],
    ) -> Result<Vec<RemoteItem<'s>>, RegistryError> {
        let mut items: Vec<RemoteItem<'s>> = Vec::new();
        for ((reference, region), result) in located.iter().zip(found_rows(apis, kind, located)) {
            let rows = match result {
                Ok(rows) => rows,
                Err(error) => {
                    self.fail_to_find(error, reference, selection);
                    continue;
                }
            };
            let api = api_of(apis, region)?;
            for row in rows {
                // Two references may name the same item.
                let is_same = |other: &RemoteItem<'_>| {
                    other.row.region == row.region && other.row.item.id() == row.item.id()
                };
                if !items.iter().any(is_same) {
                    items.push(RemoteItem { api, row });
                }
            }
        }
        Ok(items)
    }

    /// Sends the deletions, and returns the items whose deletion was accepted.
    fn send_deletions<'s>(
        &mut self,
        kind: Kind,
        items: Vec<RemoteItem<'s>>,
        force: bool,
    ) -> Vec<RemoteItem<'s>> {
        let names = items.iter().map(|item| item.row.called());
        let log = DeletionLog::new(names, self.console.filter());
        let interruption = log.print_if_interrupted();
        let (deleting, errors) = deletion::delete(items, kind, force, &log);
        drop(interruption);
        for error in errors {
            self.fail(&error);
        }
        deleting
    }

    fn wait_for_deletions(
        &mut self,
        kind: Kind,
        selection: &ItemSelection,
        deleting: &mut [RemoteItem<'_>],
        start: SystemTime,
    ) {
        let clock = self.environment.clock();
        let timeout = selection.account.timeout.unwrap_or(LONG_TIMEOUT);
        let time = (start, timeout);
        let errors = deletion::wait_until_gone(deleting, kind, time, clock.as_ref(), self.console);
        for error in errors {
            self.fail(&error);
        }
    }
}
