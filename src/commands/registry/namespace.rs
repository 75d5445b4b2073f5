//! What is particular to namespaces.

use serde_json::{Map, Value};

use super::deletion::{self, RemoteItem};
use super::gathering::present;
use super::rows::rows;
use super::session::Session;
use super::{LONG_TIMEOUT, RegistryCommands, RegistryError, USUAL_TIMEOUT, listing, names};
use crate::cli::command::{NamespaceCreate, NamespaceList, NamespaceOwner, NamespaceUpdate, Order};
use crate::registry::Kind;

impl RegistryCommands<'_, '_> {
    pub(super) fn list_namespaces(&mut self, wanted: &NamespaceList) -> Result<(), RegistryError> {
        let query = &wanted.query;
        let order = query.order.map(Order::api_value);
        let filters = [
            ("order_by", order.as_deref()),
            ("project_id", wanted.owner.project_id.as_deref()),
            ("organization_id", wanted.owner.organization_id.as_deref()),
            ("name", query.name.as_deref()),
        ];
        let filters = present(&filters);
        self.list(Kind::Namespace, query, None, |api, _| {
            rows(api, Kind::Namespace, api.list(Kind::Namespace, &filters)?)
        })
    }

    pub(super) fn create_namespace(
        &mut self,
        wanted: &NamespaceCreate,
    ) -> Result<(), RegistryError> {
        listing::check(Kind::Namespace, &wanted.output)?;
        let usual = if wanted.wait { LONG_TIMEOUT } else { USUAL_TIMEOUT };
        let session = self.open(&wanted.account, usual)?;
        let api = session.api(&session.region(wanted.region.as_deref())?)?;
        let body = self.fields_of_new(wanted, &session)?;
        let start = self.environment.clock().now();
        let item = api.create_namespace(&body)?;
        let mut created = rows(&api, Kind::Namespace, vec![item])?;
        if wanted.wait {
            let time = (start, wanted.account.timeout.unwrap_or(usual));
            let clock = self.environment.clock();
            for row in created.iter_mut().filter(|row| row.item.status() != "ready") {
                let mut item = RemoteItem { api: &api, row: row.clone() };
                let errors =
                    deletion::wait_until_ready(&mut item, time, clock.as_ref(), self.console);
                *row = item.row;
                for error in errors {
                    self.fail(&error);
                }
            }
        }
        self.show(Kind::Namespace, created, &wanted.output, true)
    }

    /// The fields of a new namespace. The filter learns the keys that were typed in place of a name or a
    /// description.
    fn fields_of_new(
        &self,
        wanted: &NamespaceCreate,
        session: &Session<'_>,
    ) -> Result<Map<String, Value>, RegistryError> {
        let mut fields = Map::new();
        let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        if let Some(name) = &wanted.name {
            self.console.filter().know_if_key(name);
        }
        set("name", wanted.name.clone().unwrap_or_else(names::generated).into());
        set("is_public", wanted.is_public.into());
        if let Some(text) = &wanted.description {
            self.console.filter().know_those_in(text);
            set("description", text.clone().into());
        }
        match &wanted.owner {
            NamespaceOwner::Organization(id) => {
                set("organization_id", id.clone().into());
            }
            NamespaceOwner::Project(id) => {
                set("project_id", id.clone().into());
            }
            NamespaceOwner::OfProfile => {
                if let Some(id) = session.settings().project_id()? {
                    set("project_id", id.into());
                }
            }
        }
        Ok(fields)
    }

    pub(super) fn update_namespaces(
        &mut self,
        update: &NamespaceUpdate,
    ) -> Result<(), RegistryError> {
        let mut change = Map::new();
        if let Some(text) = &update.description {
            self.console.filter().know_those_in(text);
            change.insert("description".to_owned(), text.clone().into());
        }
        if let Some(is_public) = update.is_public {
            change.insert("is_public".to_owned(), is_public.into());
        }
        self.update(Kind::Namespace, &update.namespaces, &change)
    }
}
