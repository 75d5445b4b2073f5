//! Options that several commands have.

use std::time::Duration;

use clap::{Arg, Args};

use crate::cli::command::{OutputFormat, ProfileChoice, Regions};
use crate::cli::values::{duration, profile_name, region, region_or_all};
use crate::registry_host::REGIONS;

/// `--region` with one or several regions.
#[derive(Debug, Args)]
pub(super) struct RegionsOption {
    /// Regions, or all
    #[arg(long, value_name = "REGION", value_parser = region_or_all, value_delimiter = ',')]
    region: Vec<RegionArgument>,
}

/// One region, or every one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum RegionArgument {
    /// Every region with a registry.
    All,
    /// One.
    One(String),
}

impl From<RegionsOption> for Regions {
    fn from(option: RegionsOption) -> Self {
        let mut regions: Vec<String> = Vec::new();
        let has_all = option.region.contains(&RegionArgument::All);
        for argument in option.region {
            let named = match argument {
                RegionArgument::All => REGIONS.map(str::to_owned).to_vec(),
                RegionArgument::One(region) => vec![region],
            };
            for region in named {
                if !regions.contains(&region) {
                    regions.push(region);
                }
            }
        }
        match (regions.is_empty(), has_all) {
            (true, _) => Self::Default,
            (false, true) => Self::All(regions),
            (false, false) => Self::Named(regions),
        }
    }
}

/// `--region` of a command that does not accept regions with `--kubelet`.
pub(super) fn regions_of_docker(region: Arg) -> Arg {
    region.help("Regions, or all [default: all]").conflicts_with("kubelet")
}

/// `--region` with one region.
#[derive(Debug, Args)]
pub(super) struct OneRegionOption {
    /// Region [default: the name's, else the profile's]
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(super) region: Option<String>,
}

/// `--profile` of a command that uses the profile's key.
#[derive(Debug, Args)]
pub(super) struct KeyProfileOption {
    /// Profile of config.yaml that has the key
    #[arg(long, value_name = "NAME", value_parser = profile_name)]
    pub(super) profile: Option<String>,
}

/// `--profile` of a command that uses the Registry API.
#[derive(Debug, Args)]
pub(super) struct ApiProfileOption {
    /// Profile of config.yaml
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
}

impl ApiProfileOption {
    pub(super) fn into_choice(self, bound_profile: Option<&str>) -> ProfileChoice {
        ProfileChoice { named: self.profile, bound: bound_profile.map(str::to_owned) }
    }
}

/// `--timeout`.
#[derive(Debug, Args)]
pub(super) struct TimeoutOption {
    /// Time limit of a call [default: 2m]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) timeout: Option<Duration>,
}

/// `--yes` of a command that deletes.
#[derive(Debug, Args)]
pub(super) struct DeleteWithoutAskingOption {
    /// Delete without asking
    #[arg(short, long)]
    pub(super) yes: bool,
}

/// `--output` of a command that prints a report.
#[derive(Debug, Args)]
pub(super) struct ReportOutputOption {
    /// Output format: human or json
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub(super) output: OutputFormat,
}
