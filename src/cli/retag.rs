//! The command line of `retag`.

use clap::Args;

use super::registry::{OneRegion, reference};

/// `retag`.
#[derive(Debug, Clone, Args)]
pub struct RetagOptions {
    /// Image with its tag or digest
    #[arg(value_name = "IMAGE", value_parser = reference)]
    pub image: String,
    /// The same image with the new tag
    #[arg(required = true, value_name = "NEW", value_parser = reference)]
    pub new: Vec<String>,
    #[command(flatten)]
    /// Where.
    pub region: OneRegion,
}
