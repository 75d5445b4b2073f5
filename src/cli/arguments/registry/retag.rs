//! The command line of `retag`.

use clap::Args;

use super::options::OneRegionArguments;
use crate::cli::command::Retag;
use crate::cli::values::reference;
use crate::registry::Reference;

pub(in crate::cli::arguments) const RETAG_EXAMPLES: &str = "\
Examples:
  docker-credential-scw retag my-ns/app:1.2 my-ns/app:stable
  docker-credential-scw retag my-ns/app:1.2 my-ns/app:1 my-ns/app:latest
  docker-credential-scw retag my-ns/app@sha256:DIGEST my-ns/app:stable

Only the manifest is uploaded, and the digest stays the same. An existing tag is
moved; its previous digest is printed. To copy to another image, use
skopeo copy --all.
";

/// The arguments of `retag`.
#[derive(Debug, Args)]
pub(in crate::cli::arguments) struct RetagArguments {
    /// Image with its tag or digest, as in my-ns/app:1.2
    #[arg(value_name = "IMAGE", value_parser = reference)]
    image: Reference,
    /// The same image with a new tag, as in my-ns/app:stable
    #[arg(required = true, value_name = "NEW", value_parser = reference)]
    new: Vec<Reference>,
    #[command(flatten)]
    region: OneRegionArguments,
}

impl RetagArguments {
    pub(in crate::cli::arguments) fn into_retag(self, bound_profile: Option<&str>) -> Retag {
        let (region, account, output) = self.region.into_parts(bound_profile);
        Retag { image: self.image, new: self.new, region, account, output }
    }
}
