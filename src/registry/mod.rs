//! Scaleway's Registry API v1: namespaces, images and tags of one region.

mod budget;
mod error;
mod fields;
mod image_name;
mod item;
mod pages;
mod parallel;
pub(crate) mod prune;
mod reference;
mod resolve;
mod retry;
pub(crate) mod token_exchange;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value};
use ureq::http::Method;

use crate::keys::FoundKey;
use crate::printable::Printable;
use crate::scaleway::settings::ApiUrlSource;
use crate::system::clock::Clock;
use crate::system::http::{
    Answer, Authorization, Call, Content, HttpClient, address_of, percent_encoded,
};
use crate::system::output_filter::Filter;

pub(crate) use budget::Budget;
#[cfg(any(test, fuzzing))]
pub(crate) use error::error_in;
pub(crate) use error::{ApiError, Nature};
pub(crate) use fields::Fields;
pub(crate) use image_name::ImageName;
pub(crate) use item::{Item, Kind};
#[cfg(any(test, fuzzing))]
pub(crate) use pages::page_in;
pub(crate) use parallel::{in_parallel, in_parallel_at_most};
pub(crate) use reference::{Reference, ReferenceError, Target};
pub(crate) use resolve::{ResolveError, full_name};

use error::Asked;

/// The API of one region, with one key. Several threads may use it.
pub(crate) struct RegistryApi<'a> {
    pub(crate) http: &'a HttpClient,
    pub(crate) clock: Arc<dyn Clock>,
    /// Has no slash at the end.
    pub(crate) api_url: String,
    pub(crate) url_source: ApiUrlSource,
    pub(crate) region: String,
    pub(crate) key: FoundKey,
    /// Learns which UUIDs are IDs, and therefore no keys.
    pub(crate) filter: &'a Filter<'a>,
    /// Shared by all lists of a command.
    pub(crate) budget: Arc<Budget>,
    /// The time limit of a call.
    pub(crate) timeout: Duration,
    /// Notes to print in addition to the result.
    pub(crate) notes: Mutex<Vec<String>>,
    /// Errors because of which the result is incomplete.
    pub(crate) problems: Mutex<Vec<ApiError>>,
}

/// The outcome of a deletion.
pub(crate) enum Deleted {
    /// The service returned the item in this state.
    Is(Item),
    /// The service accepted the deletion and returned no item.
    Accepted,
    /// The answer to the deletion was lost, and the item no longer exists.
    Gone,
    /// The answer was lost, and the item has changed since. It is left unchanged.
    Changed,
}

/// The maximum number of attempts at a deletion whose answers are lost.
const DELETIONS: u32 = 4;

/// The time limit for checking whether a deletion was carried out.
const LOOK: Duration = Duration::from_secs(30);

/// The same limit once the time for the deletion is over.
const LAST_LOOK: Duration = Duration::from_secs(5);

impl RegistryApi<'_> {
    /// Lists the namespaces, images or tags that match the filters. For the tags of one image, see
    /// [`RegistryApi::tags`].
    pub(crate) fn list(&self, kind: Kind, filters: &[(&str, &str)]) -> Result<Vec<Item>, ApiError> {
        let asked = self.asked(&format!("list the {}", kind.plural()), false);
        pages::list(self, kind, &format!("/{}", kind.plural()), filters, &asked)
    }

    /// Lists the tags of an image that match the filters.
    pub(crate) fn tags(
        &self,
        image_id: &str,
        filters: &[(&str, &str)],
    ) -> Result<Vec<Item>, ApiError> {
        let asked = self.asked(&format!("list the tags of the image {image_id}"), false);
        let path = format!("/images/{}/tags", percent_encoded(image_id));
        pages::list(self, Kind::Tag, &path, filters, &asked)
    }

    /// Gets an item.
    pub(crate) fn get(&self, kind: Kind, id: &str) -> Result<Item, ApiError> {
        self.get_within(kind, id, None)
    }

    /// Gets an item that completes a list. Uses the list's budget.
    pub(crate) fn get_for_list(&self, kind: Kind, id: &str) -> Result<Item, ApiError> {
        let asked = self.asked(&format!("get the {} {id}", kind.word()), false);
        self.budget.request().map_err(|over| ApiError::over_budget(&asked, over))?;
        self.get(kind, id)
    }

    /// Gets an item, within this time if given.
    pub(crate) fn get_within(
        &self,
        kind: Kind,
        id: &str,
        within: Option<Duration>,
    ) -> Result<Item, ApiError> {
        let asked = self.asked(&format!("get the {} {id}", kind.word()), false);
        let url = self.url(&item_path(kind, id), &[]);
        self.read(&url, within, &asked, "one object", |fields| one(kind, fields))
    }

    /// Creates a namespace.
    pub(crate) fn create_namespace(&self, body: &Map<String, Value>) -> Result<Item, ApiError> {
        let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
        let asked = self.asked(&format!("create the namespace {}", Printable(name)), true);
        self.change(Method::POST, Kind::Namespace, "/namespaces", Some(body), &asked)
    }

    /// Changes an item. `called` is its name in messages.
    pub(crate) fn update(
        &self,
        kind: Kind,
        id: &str,
        called: &str,
        body: &Map<String, Value>,
    ) -> Result<Item, ApiError> {
        let asked = self.asked(&format!("update the {} {called}", kind.word()), true);
        self.change(Method::PATCH, kind, &item_path(kind, id), Some(body), &asked)
    }

    /// Deletes an item, whose status is `deleting` from then on. If the answer is lost, gets the item,
    /// and deletes it again if it exists and `is_same` as before.
    pub(crate) fn delete(
        &self,
        kind: Kind,
        id: &str,
        called: &str,
        force: bool,
        is_same: impl Fn(&Item) -> bool,
    ) -> Result<Deleted, ApiError> {
        let asked = self.asked(&format!("delete the {} {called}", kind.word()), true);
        let query: &[(&str, &str)] = if force { &[("force", "true")] } else { &[] };
        let url = self.url(&item_path(kind, id), query);
        let start = self.clock.now();
        for tries in 1.. {
            let spent = self.clock.now().duration_since(start).unwrap_or_default();
            let left = self.timeout.saturating_sub(spent).max(LAST_LOOK);
            let error = match self.send_deletion(kind, &url, left, &asked) {
                Err(error) if error.may_be_done => error,
                known => return known,
            };
            match self.get_within(kind, id, Some(left.min(LOOK))) {
                Err(missing) if missing.nature == Nature::NotFound => return Ok(Deleted::Gone),
                Ok(item) if item.status() == "deleting" => return Ok(Deleted::Is(item)),
                Ok(item) if !is_same(&item) => return Ok(Deleted::Changed),
                Ok(_) if tries < DELETIONS && spent < self.timeout => {
                    self.clock.pause(retry::growing_pause(tries));
                }
                Ok(_) => return Err(error),
                Err(_) => return Err(error.with_unknown_outcome()),
            }
        }
        // The loop ends by returning.
        Err(ApiError::new(&asked, "it was tried too often", None))
    }

    fn send_deletion(
        &self,
        kind: Kind,
        url: &str,
        within: Duration,
        asked: &Asked,
    ) -> Result<Deleted, ApiError> {
        let (answer, _) = self.call(Method::DELETE, url, None, Some(within), asked)?;
        if (200..300).contains(&answer.status) {
            let object = Fields::parse(&answer.body).and_then(|fields| one(kind, fields));
            return match object {
                Some(item) => Ok(Deleted::Is(item)),
                None if answer.body.is_empty() => Ok(Deleted::Accepted),
                None => Err(ApiError::unexpected_content(asked, &answer, "one object")),
            };
        }
        Err(ApiError::of_answer(asked, &answer))
    }

    fn change(
        &self,
        method: Method,
        kind: Kind,
        path: &str,
        body: Option<&Map<String, Value>>,
        asked: &Asked,
    ) -> Result<Item, ApiError> {
        // An object of texts and booleans can always be serialized.
        let body = body.and_then(|body| serde_json::to_vec(body).ok());
        let (answer, _) = self.call(method, &self.url(path, &[]), body.as_deref(), None, asked)?;
        if !(200..300).contains(&answer.status) {
            return Err(ApiError::of_answer(asked, &answer));
        }
        Fields::parse(&answer.body)
            .and_then(|fields| one(kind, fields))
            .ok_or_else(|| ApiError::unexpected_content(asked, &answer, "one object"))
    }

    /// Makes a GET request, and parses the object in its answer with `read`.
    fn read<T>(
        &self,
        url: &str,
        within: Option<Duration>,
        asked: &Asked,
        promised: &str,
        read: impl FnOnce(Fields) -> Option<T>,
    ) -> Result<T, ApiError> {
        let (answer, _) = self.answer_to_get(url, within, asked)?;
        Fields::parse(&answer.body)
            .and_then(read)
            .ok_or_else(|| ApiError::unexpected_content(asked, &answer, promised))
    }

    /// Makes a GET request. Returns its answer if it succeeds, and the memory that it takes once parsed.
    fn answer_to_get(
        &self,
        url: &str,
        within: Option<Duration>,
        asked: &Asked,
    ) -> Result<(Answer, usize), ApiError> {
        let (answer, memory) = self.call(Method::GET, url, None, within, asked)?;
        if (200..300).contains(&answer.status) {
            Ok((answer, memory))
        } else {
            Err(ApiError::of_answer(asked, &answer))
        }
    }

    /// Makes a call. Returns its answer, and the memory that it takes once parsed.
    fn call(
        &self,
        method: Method,
        url: &str,
        body: Option<&[u8]>,
        within: Option<Duration>,
        asked: &Asked,
    ) -> Result<(Answer, usize), ApiError> {
        let authorization = Authorization::Token(&self.key.key);
        let within = Some(within.unwrap_or(self.timeout));
        let content = body.map(Content::json);
        let call = Call { method, url, authorization, accept: None, content, within };
        let mut answer = retry::call(self.http, call, self.clock.as_ref(), asked)?;
        let memory =
            budget::memory_for(&answer.body).map_err(|over| ApiError::over_budget(asked, over))?;
        let is_success = (200..300).contains(&answer.status);
        self.filter.learn_from_answer(&mut answer.body, is_success);
        Ok((answer, memory))
    }

    /// Takes the notes so far.
    pub(crate) fn taken_notes(&self) -> Vec<String> {
        self.notes.lock().map(|mut notes| std::mem::take(&mut *notes)).unwrap_or_default()
    }

    /// Records an error that makes the result incomplete.
    pub(crate) fn add_problem(&self, error: ApiError) {
        if let Ok(mut problems) = self.problems.lock()
            && !problems.iter_mut().any(|known| *known == error)
        {
            problems.push(error);
        }
    }

    /// Takes the errors that made the result incomplete.
    pub(crate) fn taken_problems(&self) -> Vec<ApiError> {
        self.problems.lock().map(|mut problems| std::mem::take(&mut *problems)).unwrap_or_default()
    }

    /// Returns the number of tags of an image.
    pub(crate) fn tag_count(&self, image_id: &str) -> Result<u64, ApiError> {
        let asked = self.asked(&format!("count the tags of the image {image_id}"), false);
        self.budget.request().map_err(|over| ApiError::over_budget(&asked, over))?;
        let path = format!("/images/{}/tags", percent_encoded(image_id));
        let url = self.url(&path, &[("page", "1"), ("page_size", "1")]);
        self.read(&url, None, &asked, "a list of tags", |fields| fields.number("total_count"))
    }

    fn note(&self, note: String) {
        if let Ok(mut notes) = self.notes.lock() {
            notes.push(note);
        }
    }

    fn asked(&self, what: &str, writes: bool) -> Asked {
        Asked {
            what: what.to_owned(),
            region: self.region.clone(),
            host: address_of(&self.api_url).unwrap_or_default(),
            url_source: self.url_source,
            writes,
            key_source: self.key.source.to_string(),
        }
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> String {
        let mut url = format!("{}/registry/v1/regions/{}{path}", self.api_url, self.region);
        for (at, (name, value)) in query.iter().enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            url.push_str(name);
            url.push('=');
            url.push_str(&percent_encoded(value));
        }
        url
    }
}

fn item_path(kind: Kind, id: &str) -> String {
    format!("/{}/{}", kind.plural(), percent_encoded(id))
}

fn one(kind: Kind, fields: Fields) -> Option<Item> {
    let has_id = fields.text("id").is_some();
    has_id.then_some(Item { kind, fields })
}
