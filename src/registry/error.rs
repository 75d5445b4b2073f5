//! Errors of the Registry API: what failed, why, and what to do about it.

use std::fmt;

use serde_json::{Map, Value};

use super::budget::OverBudget;
use super::fields::Fields;
use crate::explain::Explain;
use crate::printable::{Escaped, Printable};
use crate::scaleway::settings::ApiUrlSource;
use crate::system::http::{Answer, HttpError, host_of};

/// The maximum length of the service's message, in characters.
const WORDS_LIMIT: usize = 400;

/// A failed call: what was asked, the cause, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    asked: String,
    /// The regions that answered with this error.
    regions: Vec<String>,
    cause: String,
    advice: Option<String>,
    pub(crate) nature: Nature,
    /// The service may have carried out the call: its answer was lost, or reports an internal error.
    pub(super) may_be_done: bool,
}

/// The kinds of errors that callers treat differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    /// The item does not exist.
    NotFound,
    /// The service did not answer, or has an internal problem. A retry may succeed.
    Passing,
    /// The answer exceeds a limit of this program.
    OverBudget,
    /// Anything else.
    Other,
}

impl std::error::Error for ApiError {}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", Escaped(&self.asked))?;
        if !self.regions.is_empty() {
            write!(f, " in {}", self.regions.join(", "))?;
        }
        write!(f, ": {}", Escaped(&self.cause))
    }
}

impl Explain for ApiError {
    fn hint(&self) -> Option<String> {
        self.advice.as_ref().map(|advice| Escaped(advice).to_string())
    }
}

/// What a call is about, for its errors.
#[derive(Clone)]
pub(crate) struct Asked {
    /// `delete the namespace my-ns`: follows `cannot`.
    pub(crate) what: String,
    pub(crate) region: String,
    /// The host of the API.
    pub(crate) host: String,
    pub(crate) url_source: ApiUrlSource,
    /// The call changes something.
    pub(crate) writes: bool,
    /// The source of the key.
    pub(crate) key_source: String,
}

impl ApiError {
    /// Creates an error that no answer of the service describes.
    pub(crate) fn new(asked: &Asked, cause: impl Into<String>, advice: Option<&str>) -> Self {
        Self {
            asked: asked.what.clone(),
            regions: vec![asked.region.clone()],
            cause: cause.into(),
            advice: advice.map(str::to_owned),
            nature: Nature::Other,
            may_be_done: false,
        }
    }

    /// Creates the error for answers that exceed a limit.
    pub(crate) fn over_budget(asked: &Asked, over: OverBudget) -> Self {
        let advice = match over {
            OverBudget::Answer | OverBudget::Pace { .. } => {
                "check SCW_API_URL and the proxy, or try again later"
            }
            _ => "ask for one region, one namespace or one name at a time, and check SCW_API_URL",
        };
        Self { nature: Nature::OverBudget, ..Self::new(asked, over.to_string(), Some(advice)) }
    }

    /// Creates the error for a call without an answer.
    pub(crate) fn unanswered(asked: &Asked, error: &HttpError, may_be_done: bool) -> Self {
        let hint = match error {
            _ if may_be_done => Some("check whether it was done before you try again".to_owned()),
            error if error.is_before_connection() => Some(match asked.url_source {
                ApiUrlSource::Default => "check the network and the proxy".to_owned(),
                ApiUrlSource::Variable => "check the network, the proxy and SCW_API_URL".to_owned(),
                ApiUrlSource::Config => {
                    "check the network, the proxy and api_url in config.yaml".to_owned()
                }
            }),
            _ => error.hint(),
        };
        let host = Printable(&asked.host);
        let cause = match asked.url_source {
            _ if matches!(error, HttpError::IsTheKey | HttpError::TooLarge) => error.to_string(),
            ApiUrlSource::Default => format!("{host}: {error}"),
            ApiUrlSource::Variable => format!("{host} (from SCW_API_URL): {error}"),
            ApiUrlSource::Config => format!("{host} (from api_url in config.yaml): {error}"),
        };
        let mut shown = Self::new(asked, cause, hint.as_deref());
        if *error == HttpError::IsTheKey {
            // The description of the call contains the key.
            "do that".clone_into(&mut shown.asked);
            shown.regions.clear();
        }
        if error.is_transient() {
            shown.nature = Nature::Passing;
            shown.may_be_done = !error.was_not_sent();
        }
        shown
    }

    /// Creates the error for an answer that reports a failure.
    pub(crate) fn of_answer(asked: &Asked, answer: &Answer) -> Self {
        let status = answer.status;
        if (300..400).contains(&status) {
            return Self::redirected(asked, answer);
        }
        let Some(object) = Fields::parse(&answer.body).map(Map::from) else {
            return Self::wordless(asked, answer);
        };
        let message = text(&object, "message");
        let kind = text(&object, "type");
        let advice = advice(asked, kind, status, &object);
        let mut cause = if message.is_empty() { status_text(status) } else { message.to_owned() };
        let details = details(&object);
        if !details.is_empty() {
            cause = format!("{cause} ({details})");
        }
        let is_not_found = kind == "not_found" || (kind.is_empty() && status == 404);
        let nature = nature(is_not_found, status);
        let may_be_done = status >= 500;
        let regions = vec![asked.region.clone()];
        let (asked, cause) = (asked.what.clone(), shortened(&cause));
        Self { asked, regions, cause, advice, nature, may_be_done }
    }

    /// Creates the error for a successful answer with unexpected content.
    pub(crate) fn unexpected_content(asked: &Asked, answer: &Answer, expected: &str) -> Self {
        let cause = format!(
            "the answer (status {}) is {} where {expected} was expected",
            answer.status,
            looks_like(&answer.body)
        );
        let advice = if asked.writes {
            "check whether it was done before you try again"
        } else {
            "check SCW_API_URL and the proxy, or try again later"
        };
        Self::new(asked, cause, Some(advice))
    }

    /// Adds the regions of `other` if it is otherwise the same error. Returns whether it is.
    pub(crate) fn merge(&mut self, other: &Self) -> bool {
        let is_same = self.asked == other.asked
            && self.cause == other.cause
            && self.advice == other.advice
            && self.nature == other.nature;
        if is_same {
            self.regions.extend(other.regions.iter().cloned());
        }
        is_same
    }

    /// Returns the same error for a call that may have been carried out.
    pub(super) fn with_unknown_outcome(self) -> Self {
        let advice = Some("check whether it was done before you try again".to_owned());
        Self { advice, ..self }
    }

    fn redirected(asked: &Asked, answer: &Answer) -> Self {
        let target = answer.header("location").and_then(host_of);
        let target = target.unwrap_or_else(|| "elsewhere".to_owned());
        // The service chose this text, so it may contain the key.
        let target = Printable(target);
        let cause = format!("the service redirects to {target}, where the key is not sent");
        Self::new(asked, cause, Some("check SCW_API_URL"))
    }

    /// Creates the error for a failure whose body is not a JSON object.
    fn wordless(asked: &Asked, answer: &Answer) -> Self {
        let status = answer.status;
        let cause = format!("{}, the answer is {}", status_text(status), looks_like(&answer.body));
        let advice = advice(asked, "", status, &Map::new());
        let advice = advice.or_else(|| {
            (status == 404).then(|| "check SCW_API_URL: this may not be Scaleway's API".to_owned())
        });
        // The API's own 404 names in JSON what was not found. An empty body still means "not found";
        // any other body comes from another server.
        let nature = nature(status == 404 && answer.body.is_empty(), status);
        let may_be_done = status >= 500;
        let regions = vec![asked.region.clone()];
        Self { asked: asked.what.clone(), regions, cause, advice, nature, may_be_done }
    }
}

/// Returns the error for an answer to a deletion.
#[cfg(any(test, fuzzing))]
pub(crate) fn error_in(status: u16, body: &[u8]) -> ApiError {
    let asked = Asked {
        what: "delete the namespace my-ns".to_owned(),
        region: "fr-par".to_owned(),
        host: "api.scaleway.com".to_owned(),
        url_source: ApiUrlSource::Default,
        writes: true,
        key_source: "SCW_SECRET_KEY".to_owned(),
    };
    ApiError::of_answer(&asked, &Answer::without_headers(status, body))
}

fn nature(is_not_found: bool, status: u16) -> Nature {
    match status {
        _ if is_not_found => Nature::NotFound,
        429 | 500.. => Nature::Passing,
        _ => Nature::Other,
    }
}

fn text<'a>(object: &'a Map<String, Value>, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn status_text(status: u16) -> String {
    let words = match status {
        400 => "bad request",
        401 => "not authenticated",
        403 => "not allowed",
        404 => "not found",
        409 => "in conflict",
        412 => "a precondition is not met",
        429 => "too many requests",
        504 => "the service did not answer in time",
        500..=599 => "the service has a problem",
        _ => "unexpected",
    };
    format!("{words} (status {status})")
}

/// Describes the format of an unexpected body.
fn looks_like(body: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(body.get(..200).unwrap_or(body)).to_lowercase();
    let text = text.trim_start();
    if text.is_empty() {
        "empty"
    } else if text.starts_with("<!doctype html") || text.starts_with("<html") {
        "an HTML page"
    } else if text.starts_with('<') {
        "XML"
    } else if text.starts_with('{') || text.starts_with('[') {
        match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
            Err(error) if error.is_eof() => "cut off",
            Err(_) => "broken JSON",
            Ok(_) => "other JSON",
        }
    } else {
        "not JSON"
    }
}

/// Returns the details of an error object in a few words.
fn details(object: &Map<String, Value>) -> String {
    let mut parts = Vec::new();
    let resource = [text(object, "resource"), text(object, "resource_id")].join(" ");
    if !resource.trim().is_empty() {
        parts.push(resource.trim().to_owned());
    }
    for field in ["precondition", "current_state", "help_message", "reason"] {
        if !text(object, field).is_empty() {
            parts.push(text(object, field).to_owned());
        }
    }
    for detail in object.get("details").and_then(Value::as_array).into_iter().flatten() {
        let Value::Object(detail) = detail else { continue };
        let mut words = Vec::new();
        for field in ["argument_name", "reason", "action", "resource", "help_message"] {
            if !text(detail, field).is_empty() {
                words.push(text(detail, field).to_owned());
            }
        }
        for field in ["quota", "current"] {
            if let Some(number) = detail.get(field).filter(|number| number.is_number()) {
                words.push(format!("{field} {number}"));
            }
        }
        parts.push(words.join(": "));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// Returns what to do about the error, if anything is known to help.
fn advice(asked: &Asked, kind: &str, status: u16, object: &Map<String, Value>) -> Option<String> {
    let source = &asked.key_source;
    let advice = match (kind, status) {
        ("denied_authentication", _) => match text(object, "reason") {
            "expired" => format!(
                "create a new API key in Scaleway's console (IAM, API keys): the one from {source} \
                 has expired"
            ),
            "not_found" => format!(
                "check the secret key from {source}: no API key has it, so it was deleted or mistyped"
            ),
            _ => format!("check the secret key from {source}: it is not accepted"),
        },
        ("permissions_denied", _) | ("", 403) => {
            let set = if asked.writes {
                "ContainerRegistryFullAccess"
            } else {
                "ContainerRegistryReadOnly"
            };
            format!("add the permission set {set} to the IAM policy of the API key from {source}")
        }
        ("quotas_exceeded", _) => {
            "delete what you no longer need, or ask for more in Scaleway's console (Organization, \
             Quotas)"
                .to_owned()
        }
        ("precondition_failed", _) if text(object, "precondition") == "resource_still_in_use" => {
            "it is still in use: delete what uses it first".to_owned()
        }
        ("precondition_failed", _) | ("", 412) => {
            "change what the message names, then try again".to_owned()
        }
        // Only the message tells this error from others.
        ("", 400 | 409) if asked.writes && text(object, "message").contains("already exist") => {
            "choose another name: all customers of a region share the names of namespaces"
                .to_owned()
        }
        (_, 504) if asked.writes => {
            "check whether it was done before you try again: the service works on, sometimes for \
             minutes"
                .to_owned()
        }
        ("transient_state", _) => {
            "try again in a minute: another change is still in progress".to_owned()
        }
        ("locked", _) => {
            "ask Scaleway's support: it is locked, perhaps because of unpaid bills".to_owned()
        }
        ("out_of_stock", _) => "try later, or in another region".to_owned(),
        ("resource_expired", _) => "create it again: it is gone for good".to_owned(),
        ("too_many_requests", _) | ("", 429) => "wait a minute and try again".to_owned(),
        ("", 401) => format!("check the secret key from {source}: it is not accepted"),
        (_, 500..) => {
            "try again later, and check https://status.scaleway.com for known problems".to_owned()
        }
        _ => return None,
    };
    Some(advice)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(WORDS_LIMIT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
