//! What is particular to namespaces.

use serde_json::{Map, Value};

use super::deletion::{self, RemoteItem};
use super::{LONG_TIMEOUT, RegistryCommands, RegistryError, USUAL_TIMEOUT, listing, names, rows};
use crate::cli::registry::{NamespaceCreate, NamespaceList, NamespaceUpdate, api_word};
use crate::registry::Kind;

impl RegistryCommands<'_, '_> {
    pub(super) fn list_namespaces(&mut self, options: &NamespaceList) -> Result<(), RegistryError> {
        let order = options.order_by.as_ref().map(api_word);
        let filters = [
            ("order_by", order.as_deref()),
            ("project_id", options.project_id.as_deref()),
            ("organization_id", options.organization_id.as_deref()),
            ("name", options.name.as_deref()),
        ];
        let filters = super::present(&filters);
        self.list(Kind::Namespace, &options.regions, None, order.as_deref(), |api, _| {
            rows(api, Kind::Namespace, api.list(Kind::Namespace, &filters)?)
        })
    }

    pub(super) fn create_namespace(
        &mut self,
        options: &NamespaceCreate,
    ) -> Result<(), RegistryError> {
        let output = &options.region.account.output;
        listing::check(Kind::Namespace, output)?;
        let usual = if options.wait { LONG_TIMEOUT } else { USUAL_TIMEOUT };
        let session = self.open(&options.region.account, usual)?;
        let api = session.api(&session.region(options.region.region.as_deref())?)?;
        let mut body = Map::new();
        let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
        let name = options.new_name.as_ref().or(options.name.as_ref());
        if let Some(name) = name {
            self.console.filter().know_if_key(name);
        }
        set("name", name.cloned().unwrap_or_else(names::made_up).into());
        set("is_public", options.is_public.into());
        if let Some(text) = &options.description {
            self.console.filter().know_those_in(text);
            set("description", text.clone().into());
        }
        if let Some(id) = &options.organization_id {
            set("organization_id", id.clone().into());
        } else if let Some(id) = options
            .project_id
            .clone()
            .map_or_else(|| session.settings().project_id(), |id| Ok(Some(id)))?
        {
            set("project_id", id.into());
        }
        let start = self.environment.clock().now();
        let item = api.create_namespace(&body)?;
        let mut made = rows(&api, Kind::Namespace, vec![item])?;
        if options.wait {
            let clock = self.environment.clock();
            for row in &mut made {
                if row.item.status() == "ready" {
                    continue;
                }
                let mut waited_for = RemoteItem { api: &api, row: row.clone() };
                let errors = deletion::wait_until_ready(
                    &mut waited_for,
                    (start, options.region.account.timeout.unwrap_or(usual)),
                    clock.as_ref(),
                    self.console,
                );
                *row = waited_for.row;
                for error in errors {
                    self.fail(&error);
                }
            }
        }
        self.show(Kind::Namespace, made, output, true)
    }

    pub(super) fn update_namespace(
        &mut self,
        options: &NamespaceUpdate,
    ) -> Result<(), RegistryError> {
        let mut body = Map::new();
        if let Some(text) = &options.description {
            self.console.filter().know_those_in(text);
            body.insert("description".to_owned(), text.clone().into());
        }
        if let Some(is_public) = options.is_public {
            body.insert("is_public".to_owned(), is_public.into());
        }
        self.update(Kind::Namespace, &options.references, &options.region, &body)
    }
}
