//! Reads the values of arguments. The errors become the ends of clap's messages.

use std::time::Duration;

use super::arguments::RegionArgument;
use super::command::{Age, Output};
use crate::explain::on_one_line;
use crate::registry::prune::Glob;
use crate::registry::{ImageName, Reference};
use crate::registry_host::{REGIONS, RegistryHost, ServerUrl, is_region};

pub(super) fn image(text: &str) -> Result<ImageName, String> {
    ImageName::parse(text).map_err(|error| error.to_string())
}

pub(super) fn region(text: &str) -> Result<String, String> {
    region_in(text).ok_or_else(|| format!("a region looks like {}", REGIONS.join(", ")))
}

pub(super) fn region_or_all(text: &str) -> Result<RegionArgument, String> {
    if text == "all" {
        return Ok(RegionArgument::All);
    }
    let unknown = || format!("a region looks like {}, or all", REGIONS.join(", "));
    region_in(text).map(RegionArgument::One).ok_or_else(unknown)
}

fn region_in(text: &str) -> Option<String> {
    is_region(text).then(|| text.to_owned())
}

/// Reads a registry as people write it: with `https://`, a namespace or an image as well.
pub(super) fn registry(text: &str) -> Result<RegistryHost, String> {
    if is_region(text) || text == "all" {
        return Err(format!("that is no registry: use --region {text}"));
    }
    match ServerUrl::parse(text) {
        Some(ServerUrl { plain_http: true, .. }) => {
            Err("a key is sent over https only: leave out http://".to_owned())
        }
        Some(ServerUrl { host, .. }) => Ok(host),
        None => Err("a registry looks like rg.fr-par.scw.cloud".to_owned()),
    }
}

pub(super) fn profile_name(text: &str) -> Result<String, String> {
    let is_file_name = !text.is_empty()
        && !text.contains(|c: char| c.is_control() || matches!(c, '/' | '\\' | ':'));
    if is_file_name {
        return Ok(text.to_owned());
    }
    Err("it becomes part of a file name, so it must not be empty or contain / \\ :".to_owned())
}

/// Reads a name or an ID.
pub(super) fn reference(text: &str) -> Result<Reference, String> {
    Reference::parse(text).map_err(|error| on_one_line(&error))
}

/// Reads the name of a new namespace. The API has more rules. References and paths are refused here,
/// because they were meant for another argument.
pub(super) fn new_name(text: &str) -> Result<String, String> {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_usual) {
        return Ok(text.to_owned());
    }
    Err("a new name is letters, digits and dashes, as in my-ns".to_owned())
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time looks like 30s, 5m or 1h".to_owned();
    let span: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).map_err(|_| wrong())
}

pub(super) fn age(text: &str) -> Result<Age, String> {
    let wrong = || "an age is a number with m, h, d or w, as in 12h, 30d or 8w".to_owned();
    let (at, unit) = text.char_indices().next_back().ok_or_else(wrong)?;
    let seconds: u64 = match unit {
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let number: u32 = text.get(..at).and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
    let duration = Duration::from_secs(u64::from(number) * seconds);
    Ok(Age { text: text.to_owned(), duration })
}

pub(super) fn pattern(text: &str) -> Result<Glob, String> {
    let wrong =
        || "no tag can match: use letters, digits, . _ - and the wildcards * and ?".to_owned();
    Glob::parse(text).ok_or_else(wrong)
}

pub(super) fn price(text: &str) -> Result<f64, String> {
    let price = text.parse().ok().filter(|price: &f64| price.is_finite() && *price >= 0.0);
    price.ok_or_else(|| "a price is a number, as in 0.027".to_owned())
}

/// Reads the output format of a list, with the columns of a table.
pub(super) fn output(text: &str) -> Result<Output, String> {
    let (format, columns) = match text.split_once('=') {
        Some((format, columns)) => (format, Some(columns)),
        None => (text, None),
    };
    let list = || -> Result<Vec<String>, String> {
        let Some(columns) = columns else { return Ok(Vec::new()) };
        let columns: Vec<_> = columns.split(',').map(|name| name.trim().to_owned()).collect();
        if columns.iter().any(String::is_empty) {
            return Err("columns follow the =, as in human=NAME,SIZE".to_owned());
        }
        Ok(columns)
    };
    match (format, columns) {
        ("human", _) => Ok(Output::Human(list()?)),
        ("wide", _) => Ok(Output::Wide(list()?)),
        // `scw` has json=pretty. JSON is always printed like that here.
        ("json", None | Some("pretty")) => Ok(Output::Json),
        ("yaml", None) => Ok(Output::Yaml),
        _ => {
            Err("it is human, wide, json or yaml, or has columns, as in human=NAME,SIZE".to_owned())
        }
    }
}
