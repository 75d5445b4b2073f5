//! The command line of `usage`.

use clap::Args;

use super::registry::{Regions, reference};

/// `usage`.
#[derive(Debug, Clone, Args)]
pub struct UsageOptions {
    /// Namespace or image [default: all namespaces]
    #[arg(value_name = "NAMESPACE|IMAGE", value_parser = reference)]
    pub reference: Option<String>,
    /// Estimate the cost at EUR per GB and month
    #[arg(long, value_name = "EUR", value_parser = price)]
    pub price: Option<f64>,
    #[command(flatten)]
    /// Where.
    pub regions: Regions,
}

fn price(text: &str) -> Result<f64, String> {
    let price = text.parse().ok().filter(|price: &f64| price.is_finite() && *price >= 0.0);
    price.ok_or_else(|| "a price is a number, as in 0.027".to_owned())
}
