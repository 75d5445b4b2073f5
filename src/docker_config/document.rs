//! What stands in Docker's `config.json`, or podman's `auth.json`, and how it is changed.

use std::ops::Range;

use base64::Engine as _;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::json_text::{Layout, Member, Object, line_and_column, quoted, replaced};
use crate::registry_host::{RegistryHost, ServerUrl};
use crate::secret_key::SecretKey;

/// A config file's text, known to be valid and of the shape that we may edit.
///
/// What `with_…` and `without_…` do not touch stays byte for byte, and the second takes back the
/// first exactly. Where its owner could have written the same as we did, ours is marked by a
/// second blank, so that taking it back is not taking his: the `credsStore` that we add, entries in
/// a `credHelpers` that was there and empty, a document in a file that was there and empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigDocument {
    /// `None` if there is no such file.
    text: Option<String>,
}

/// Why a config file is not touched: where, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct NotEditable {
    line: usize,
    column: usize,
    what: String,
}

/// A login in plain text to one of our registries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainTextLogin {
    /// The key under `auths`, as it stands there.
    pub server: String,
    /// The registry that it is for.
    pub host: RegistryHost,
    /// Its secret key, if what stands there is one.
    pub key: Option<SecretKey>,
}

const CRED_HELPERS: &str = "credHelpers";
const CREDS_STORE: &str = "credsStore";
const AUTHS: &str = "auths";

/// What marks a thing as ours that its owner could have written as well.
const MARK: &str = "  ";

impl ConfigDocument {
    /// Takes a file's content, or `None` for a file that does not exist.
    ///
    /// # Errors
    /// It is not JSON, its outermost value is no object, `credHelpers` is no object of strings,
    /// `credsStore` no string, `auths` no object, or one of these or a host of `credHelpers`
    /// stands there twice.
    pub fn parse(content: Option<&[u8]>) -> Result<Self, NotEditable> {
        let Some(bytes) = content else { return Ok(Self { text: None }) };
        let text = str::from_utf8(bytes).map_err(|error| {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let valid = String::from_utf8_lossy(valid);
            not_editable(&valid, valid.len(), "it is not UTF-8 text")
        })?;
        let document = Self { text: Some(text.to_owned()) };
        if document.is_blank() {
            return Ok(document);
        }
        // Serde's messages about the form of JSON quote nothing.
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| NotEditable {
            line: error.line(),
            column: error.column(),
            what: "it is not valid JSON".to_owned(),
        })?;
        document.check_shape(text)?;
        Ok(document)
    }

    fn check_shape(&self, text: &str) -> Result<(), NotEditable> {
        let root = self.root().ok_or_else(|| not_editable(text, 0, "it is no JSON object"))?;
        for key in [CRED_HELPERS, CREDS_STORE, AUTHS] {
            if let [_, second, ..] = root.members_where(|name| same_name(name, key)).as_slice() {
                let what = format!("{key} stands there a second time");
                return Err(not_editable(text, second.key_span.start, &what));
            }
        }
        let wrong =
            |member: &Member, what: &str| Err(not_editable(text, member.value_span.start, what));
        if let Some(member) = member(&root, CREDS_STORE)
            && root.string_of(member).is_none()
        {
            return wrong(member, "credsStore is no string");
        }
        if let Some(member) = member(&root, AUTHS)
            && root.object_of(member).is_none()
        {
            return wrong(member, "auths is no object");
        }
        let Some(helpers) = member(&root, CRED_HELPERS) else { return Ok(()) };
        let Some(object) = root.object_of(helpers) else {
            return wrong(helpers, "credHelpers is no object");
        };
        for (at, entry) in object.members.iter().enumerate() {
            if object.string_of(entry).is_none() {
                return wrong(entry, "an entry of credHelpers is no string");
            }
            if object.members.iter().take(at).any(|earlier| earlier.key == entry.key) {
                let what = format!("{:?} stands in credHelpers a second time", entry.key);
                return Err(not_editable(text, entry.key_span.start, &what));
            }
        }
        Ok(())
    }

    /// The file's content; `None` if it shall not exist.
    pub fn content(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Every registry with a helper of its own, and that helper's name.
    pub fn cred_helpers(&self) -> Vec<(String, String)> {
        let Some(root) = self.root() else { return Vec::new() };
        let object = member(&root, CRED_HELPERS).and_then(|member| root.object_of(member));
        object.map_or_else(Vec::new, |object| {
            let entry = |member: &Member| Some((member.key.clone(), object.string_of(member)?));
            object.members.iter().filter_map(entry).collect()
        })
    }

    /// The helper for `host`, which Docker looks up by exactly that key.
    pub fn cred_helper(&self, host: &str) -> Option<String> {
        self.cred_helpers().into_iter().find(|(key, _)| key == host).map(|(_, helper)| helper)
    }

    /// The store of all other logins.
    pub fn creds_store(&self) -> Option<String> {
        let root = self.root()?;
        root.string_of(member(&root, CREDS_STORE)?).filter(|store| !store.is_empty())
    }

    /// Docker chooses its platform's store by itself only while this is false
    /// (`ConfigFile.ContainsAuth` of docker/cli).
    pub fn contains_auth(&self) -> bool {
        let auths = self.root().and_then(|root| {
            root.object_of(member(&root, AUTHS)?).map(|auths| auths.members.len())
        });
        self.creds_store().is_some() || !self.cred_helpers().is_empty() || auths.unwrap_or(0) > 0
    }

    /// The logins to our registries that stand there in plain text.
    pub fn plain_text_logins(&self) -> Vec<PlainTextLogin> {
        let Some(root) = self.root() else { return Vec::new() };
        let Some(auths) = member(&root, AUTHS).and_then(|member| root.object_of(member)) else {
            return Vec::new();
        };
        let login = |entry: &Member| {
            let host = ServerUrl::parse(&entry.key)?.host;
            let login = auths.object_of(entry)?;
            let text = |name| {
                let found = login.members_where(|key| same_name(key, name));
                let text = login.string_of(found.last()?)?;
                (!text.is_empty()).then(|| Zeroizing::new(text))
            };
            let (auth, password) = (text("auth"), text("password"));
            let holds_secret = [&auth, &password].iter().any(|text| text.is_some())
                || ["identitytoken", "registrytoken"].iter().any(|name| text(name).is_some());
            let key = match (auth, password) {
                (Some(auth), _) => password_of(&auth),
                (None, password) => password,
            };
            let key = key.and_then(|key| SecretKey::parse(&key).ok());
            holds_secret.then(|| PlainTextLogin { server: entry.key.clone(), host, key })
        };
        auths.members.iter().filter_map(login).collect()
    }

    /// The document with these helpers for these hosts, and this `credsStore` if one is to be
    /// added.
    #[must_use]
    pub fn with_helpers(&self, entries: &[(String, String)], store: Option<&str>) -> Self {
        let pairs = || entries.iter().map(|(host, helper)| (host.as_str(), helper.as_str()));
        let Some(root) = self.root() else {
            let blank = self.text.as_deref();
            let text = new_document(pairs(), store);
            return Self::of(match blank {
                None => text,
                Some(blank) => format!("{text}{MARK}{blank}"),
            });
        };
        let helpers = member(&root, CRED_HELPERS).and_then(|member| root.object_of(member));
        let mut text = if let Some(helpers) = helpers {
            with_entries(&helpers, self.content().unwrap_or_default(), entries)
        } else {
            let layout = root.layout().unwrap_or_else(|| Layout::for_empty(root.before_first()));
            let helpers = layout.member(CRED_HELPERS, &layout.object(pairs()));
            root.with_appended(&layout, &[helpers])
        };
        if let (Some(store), Some(root)) = (store, Object::at(&text, 0)) {
            let layout = root.layout().unwrap_or_else(Layout::compact);
            text = root.with_appended(&layout, &[marked_store(store)]);
        }
        Self::of(text)
    }

    /// The document without the entries of `credHelpers` whose helper is `helper`, and without what
    /// else [`ConfigDocument::with_helpers`] added, where it stands there for nothing then.
    #[must_use]
    pub fn without_helper(&self, helper: &str) -> Self {
        let entries = self.cred_helpers();
        if !entries.iter().any(|(_, value)| value == helper) {
            return self.clone();
        }
        if entries.iter().all(|(_, value)| value == helper)
            && let Some(before) = self.before_we_made_it(&entries)
        {
            return before;
        }
        let mut document = self.clone();
        while let Some(shorter) = document.without_one_entry(helper) {
            document = shorter;
        }
        document.without_our_store()
    }

    /// The document without these entries of `auths`.
    #[must_use]
    pub fn without_logins(&self, servers: &[String]) -> Self {
        let mut document = self.clone();
        for server in servers {
            let Some(root) = document.root() else { break };
            let Some(auths) = member(&root, AUTHS).and_then(|member| root.object_of(member)) else {
                break;
            };
            if let Some(at) = auths.members.iter().position(|entry| entry.key == *server) {
                document = Self::of(auths.without(at));
            }
        }
        document
    }

    /// The text with every value blanked out that may be a secret, for people to look at.
    pub fn redacted(&self) -> String {
        let mut text = self.text.clone().unwrap_or_default();
        for key in [AUTHS, "HttpHeaders"] {
            let spans: Vec<_> = {
                let Some(root) = Object::at(&text, 0) else { break };
                let found = root.members_where(|name| same_name(name, key));
                found.iter().map(|member| member.value_span.clone()).collect()
            };
            for span in spans.into_iter().rev() {
                text = redact_values(&text, span, 2);
            }
        }
        text
    }

    fn of(text: String) -> Self {
        Self { text: Some(text) }
    }

    fn is_blank(&self) -> bool {
        self.text.as_ref().is_none_or(|text| text.trim_matches([' ', '\t', '\r', '\n']).is_empty())
    }

    fn root(&self) -> Option<Object<'_>> {
        Object::at(self.text.as_deref()?, 0)
    }

    /// What was there before [`ConfigDocument::with_helpers`] made the whole document, if it did
    /// and nobody changed it: no file, or a blank one.
    fn before_we_made_it(&self, entries: &[(String, String)]) -> Option<Self> {
        let text = self.text.as_deref()?;
        let store = self.creds_store();
        let pairs = entries.iter().map(|(host, helper)| (host.as_str(), helper.as_str()));
        let rest = text.strip_prefix(&new_document(pairs, store.as_deref()))?;
        match rest.strip_prefix(MARK) {
            Some(blank) => Some(Self::of(blank.to_owned())),
            None => rest.is_empty().then_some(Self { text: None }),
        }
    }

    /// Without the last entry for `helper`, and without a `credHelpers` that this leaves empty,
    /// unless it was there and empty before us.
    fn without_one_entry(&self, helper: &str) -> Option<Self> {
        let root = self.root()?;
        let place = root.members.iter().position(|member| same_name(&member.key, CRED_HELPERS))?;
        let object = root.object_of(root.members.get(place)?)?;
        let is_ours = |entry: &Member| object.string_of(entry).as_deref() == Some(helper);
        let at = object.members.iter().rposition(is_ours)?;
        let is_last = object.members.len() == 1;
        let was_empty = object.before_first() == MARK;
        Some(Self::of(if is_last && !was_empty { root.without(place) } else { object.without(at) }))
    }

    /// Without a `credsStore` of ours, unless somebody logged in through it meanwhile: those logins
    /// are found through it.
    fn without_our_store(self) -> Self {
        let shorter = self.root().and_then(|root| {
            let at = root.members.iter().position(|member| same_name(&member.key, CREDS_STORE))?;
            let is_ours = root.colon_of(root.members.get(at)?) == format!(":{MARK}");
            is_ours.then(|| Self::of(root.without(at)))
        });
        match shorter {
            Some(shorter) if !shorter.contains_auth() => shorter,
            _ => self,
        }
    }
}

/// A whole document of ours, laid out as Docker lays out its own.
fn new_document<'a>(
    entries: impl Iterator<Item = (&'a str, &'a str)>,
    store: Option<&str>,
) -> String {
    let layout = Layout::of_docker();
    let mut members = vec![layout.member(CRED_HELPERS, &layout.object(entries))];
    members.extend(store.map(marked_store));
    Object::at("{\n}", 0).map_or_else(String::new, |object| object.with_appended(&layout, &members))
}

fn marked_store(store: &str) -> String {
    format!("{}:{MARK}{}", quoted(CREDS_STORE), quoted(store))
}

/// The text with these entries in `object`, its `credHelpers`.
fn with_entries(object: &Object<'_>, text: &str, entries: &[(String, String)]) -> String {
    let was_empty = object.members.is_empty();
    let layout = object.layout().unwrap_or_else(Layout::compact);
    let is_new = |host: &str| object.members.iter().all(|member| member.key != host);
    let added: Vec<_> = entries
        .iter()
        .filter(|(host, _)| is_new(host))
        .map(|(host, helper)| layout.member(host, &quoted(helper)))
        .collect();
    if was_empty {
        let start = object.span.start + 1;
        return replaced(text, start..start, &format!("{MARK}{}", added.join(", ")));
    }
    let mut text = object.with_appended(&layout, &added);
    // Those that are replaced stand before what was appended: from the last to the first, none
    // moves another.
    for member in object.members.iter().rev() {
        if let Some((_, helper)) = entries.iter().find(|(host, _)| *host == member.key) {
            text = replaced(&text, member.value_span.clone(), &quoted(helper));
        }
    }
    text
}

/// Docker, podman and the others are written in Go, whose JSON library takes a name in any letter
/// case.
fn same_name(key: &str, name: &str) -> bool {
    key.eq_ignore_ascii_case(name)
}

fn member<'o>(object: &'o Object<'_>, name: &str) -> Option<&'o Member> {
    object.members.iter().find(|member| same_name(&member.key, name))
}

/// The password in the base64 of `user:password`.
fn password_of(auth: &str) -> Option<Zeroizing<String>> {
    let decoded = base64::engine::general_purpose::STANDARD.decode(auth.trim()).ok();
    let decoded = Zeroizing::new(decoded?);
    let text = str::from_utf8(&decoded).ok()?.trim_end_matches('\0');
    Some(Zeroizing::new(text.split_once(':')?.1.to_owned()))
}

/// Blanks out the values of the object at `span`, and of the objects that are its values.
fn redact_values(text: &str, span: Range<usize>, levels: usize) -> String {
    let Some(object) = Object::at(text, span.start).filter(|_| levels > 0) else {
        return replaced(text, span, "\"...\"");
    };
    let mut text = text.to_owned();
    for member in object.members.iter().rev() {
        text = redact_values(&text, member.value_span.clone(), levels - 1);
    }
    text
}

fn not_editable(text: &str, at: usize, what: &str) -> NotEditable {
    let (line, column) = line_and_column(text, at);
    NotEditable { line, column, what: what.to_owned() }
}
