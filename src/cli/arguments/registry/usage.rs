//! The command line of `usage`.

use clap::Args;

use super::options::RegionsArguments;
use crate::cli::command::Usage;
use crate::cli::values::{price, reference};
use crate::registry::Reference;

pub(in crate::cli::arguments) const USAGE_EXAMPLES: &str = "\
Examples:
  docker-credential-scw usage --region all
  docker-credential-scw usage my-ns
  docker-credential-scw usage --price 0.027 -o json

Largest first. Sizes are the API's: layers that images share count once per
image. The cost is an estimate for private images.
";

/// The arguments of `usage`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct UsageArguments {
    /// Namespace or image [default: all namespaces]
    #[arg(value_name = "NAMESPACE|IMAGE", value_parser = reference)]
    reference: Option<Reference>,
    /// Price in EUR per GB and month, to estimate the cost
    #[arg(long, value_name = "EUR", value_parser = price)]
    price: Option<f64>,
    #[command(flatten)]
    regions: RegionsArguments,
}

impl UsageArguments {
    pub(in crate::cli::arguments) fn into_usage(self, bound_profile: Option<&str>) -> Usage {
        let (regions, account, output) = self.regions.into_parts(bound_profile);
        Usage { reference: self.reference, price: self.price, regions, account, output }
    }
}
