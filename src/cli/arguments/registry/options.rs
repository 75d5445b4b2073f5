//! Options of the commands that use the Registry API.

use std::path::PathBuf;

use clap::{Arg, Args};

use crate::cli::arguments::options::{
    ApiProfileOption, DeleteWithoutAskingOption, OneRegionOption, RegionsOption, TimeoutOption,
};
use crate::cli::command::{Account, Deletion, ItemSelection, ListQuery, Order, Output, Regions};
use crate::cli::values::output;
use crate::registry::Reference;

/// Which account, and how its API is called.
#[derive(Debug, Args)]
pub(super) struct AccountOptions {
    #[command(flatten)]
    profile: ApiProfileOption,
    /// Read this Scaleway config file instead
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    timeout: TimeoutOption,
    /// Print each call to the API on stderr
    #[arg(short = 'D', long)]
    debug: bool,
}

impl AccountOptions {
    pub(super) fn into_account(self, bound_profile: Option<&str>) -> Account {
        Account {
            profile: self.profile.into_choice(bound_profile),
            config: self.config,
            timeout: self.timeout.timeout,
            debug: self.debug,
        }
    }
}

/// Which account, and how the result is printed.
#[derive(Debug, Args)]
#[command(mut_arg("timeout", timeout_of_each_command))]
pub(super) struct AccountArguments {
    #[command(flatten)]
    account: AccountOptions,
    /// Format: human, wide, json, yaml or human=COL,COL
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_parser = output,
        default_value = "human",
        hide_default_value = true
    )]
    output: Output,
}

fn timeout_of_each_command(timeout: Arg) -> Arg {
    timeout.help("Time limit [default: 2m; 5m to delete or wait]")
}

impl AccountArguments {
    pub(super) fn into_parts(self, bound_profile: Option<&str>) -> (Account, Output) {
        (self.account.into_account(bound_profile), self.output)
    }
}

/// One region, and an account.
#[derive(Debug, Args)]
pub(super) struct OneRegionArguments {
    #[command(flatten)]
    region: OneRegionOption,
    #[command(flatten)]
    account: AccountArguments,
}

impl OneRegionArguments {
    pub(super) fn into_parts(
        self,
        bound_profile: Option<&str>,
    ) -> (Option<String>, Account, Output) {
        let (account, output) = self.account.into_parts(bound_profile);
        (self.region.region, account, output)
    }

    /// Selects these items in the region.
    pub(super) fn into_selection(
        self,
        references: Vec<Reference>,
        bound_profile: Option<&str>,
    ) -> ItemSelection {
        let (region, account, output) = self.into_parts(bound_profile);
        ItemSelection { references, region, account, output }
    }
}

/// One region, several or all, and an account.
#[derive(Debug, Args)]
#[command(mut_arg("region", regions_of_profile))]
pub(super) struct RegionsArguments {
    #[command(flatten)]
    regions: RegionsOption,
    #[command(flatten)]
    account: AccountArguments,
}

fn regions_of_profile(region: Arg) -> Arg {
    region.help("Regions, or all [default: the profile's]")
}

impl RegionsArguments {
    pub(super) fn into_parts(self, bound_profile: Option<&str>) -> (Regions, Account, Output) {
        let (account, output) = self.account.into_parts(bound_profile);
        (self.regions.into(), account, output)
    }

    /// Lists what is in these regions.
    pub(super) fn into_query(
        self,
        order: Option<Order>,
        name: Option<String>,
        bound_profile: Option<&str>,
    ) -> ListQuery {
        let (regions, account, output) = self.into_parts(bound_profile);
        ListQuery { order, name, regions, account, output }
    }
}

/// How items are deleted.
#[derive(Debug, Args)]
pub(super) struct DeletionArguments {
    /// Wait until the deletion is complete
    #[arg(short, long)]
    wait: bool,
    #[command(flatten)]
    consent: DeleteWithoutAskingOption,
}

impl DeletionArguments {
    pub(super) fn of_items(self, items: ItemSelection) -> Deletion {
        Deletion { items, yes: self.consent.yes, wait: self.wait }
    }
}
