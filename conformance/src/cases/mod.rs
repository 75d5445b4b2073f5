//! The cases. Each returns what the helper does, or how that differs.

mod concurrency;
mod hosts;
mod requests;
mod round_trips;
mod streams;
mod words;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Options;
use crate::helper::{End, Helper, Outcome, Streams};
use crate::report::{Row, Verdict};

/// What clients take as "no credentials", by an exact comparison.
pub(crate) const NOT_FOUND: &str = "credentials not found in native keychain";
const NO_SERVER_URL: &str = "no credentials server URL";
const NO_USERNAME: &str = "no credentials username";

/// The longest text of a helper in a report, in characters.
const SHOWN: usize = 120;

/// One case.
pub(crate) struct Case {
    name: &'static str,
    requires: &'static str,
    perform: Perform,
}

type Perform = fn(&Suite) -> Judged;

/// What the helper does as required, or does not.
pub(crate) type Judged = Result<String, Deviation>;

/// How a helper deviates.
#[derive(Debug, Clone)]
pub(crate) struct Deviation {
    verdict: Verdict,
    does: String,
}

/// Every case, in the order of the report. The last one looks for processes that were left behind.
pub(crate) static ALL: std::sync::LazyLock<Vec<Case>> = std::sync::LazyLock::new(|| {
    [
        words::cases(),
        requests::cases(),
        round_trips::cases(),
        hosts::cases(),
        streams::cases(),
        concurrency::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// A helper, and what to store in it.
pub struct Suite {
    helper: Helper,
    servers: Vec<String>,
    user: String,
    /// The processes of the set-up.
    before: Vec<(i32, String)>,
}

/// What `get` answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    server: String,
    user: String,
    secret: String,
}

fn case(name: &'static str, requires: &'static str, perform: Perform) -> Case {
    Case { name, requires, perform }
}

fn differs(does: impl Into<String>) -> Deviation {
    Deviation { verdict: Verdict::Differs, does: does.into() }
}

impl Suite {
    pub(crate) fn new(helper: Helper, options: &Options) -> Self {
        let before = helper.processes();
        let Options { servers, user, .. } = options.clone();
        Self { helper, servers, user, before }
    }

    pub(crate) fn row(&self, case: &Case) -> Row {
        let (does, verdict) = match (case.perform)(self) {
            Ok(does) => (does, Verdict::Ok),
            Err(Deviation { verdict, does }) => (does, verdict),
        };
        for server in &self.servers {
            self.erase(server);
        }
        let does = shortened(&self.helper.stable(&does));
        Row { case: case.name.into(), requires: case.requires.into(), does, verdict }
    }

    pub(crate) fn end_processes(&self) {
        self.helper.end_processes();
    }

    fn server(&self) -> &str {
        self.servers.first().map_or("", String::as_str)
    }

    fn call(&self, words: &[&str], request: impl AsRef<[u8]>) -> Outcome {
        self.helper.call(words, request.as_ref(), Streams::Open)
    }

    fn get(&self, server: impl AsRef<[u8]>) -> Outcome {
        self.call(&["get"], server)
    }

    fn erase(&self, server: &str) -> Outcome {
        self.call(&["erase"], server)
    }

    fn store(&self, server: &str, user: &str, secret: &str) -> Outcome {
        self.call(&["store"], request(server, user, secret))
    }

    /// Stores credentials. A refusal with a message ends the case: what follows cannot be tested.
    fn stored(&self, server: &str, user: &str, secret: &str) -> Result<(), Deviation> {
        let outcome = self.store(server, user, secret);
        if outcome.end == End::Exit(0) {
            return Ok(());
        }
        let is_refusal = outcome.end == End::Exit(1) && !outcome.text().is_empty();
        let verdict = if is_refusal { Verdict::Refuses } else { Verdict::Differs };
        let mut does = format!("store: {}", outcome.shown());
        if !secret.is_empty() {
            does = does.replace(secret, "(the secret)");
        }
        Err(Deviation { verdict, does })
    }

    /// Stores a new secret for the first server.
    fn stored_new(&self) -> Result<String, Deviation> {
        let secret = new_secret();
        self.stored(self.server(), &self.user, &secret)?;
        Ok(secret)
    }

    /// Gets the credentials, and checks that they are these.
    fn answers(&self, asked: &str, user: &str, secret: &str) -> Judged {
        let outcome = self.get(asked);
        let found = outcome.credentials()?;
        if found.is_empty() {
            return Err(differs("exit 0, empty credentials"));
        }
        let wrong = |what: &str| differs(format!("another {what}"));
        if found.secret != secret {
            return Err(wrong("Secret"));
        }
        if found.user != user {
            let text = format!("another Username: {:?}", found.user);
            return Err(differs(text.replace(secret, "(the secret)")));
        }
        Ok("the credentials".to_owned())
    }
}

impl Credentials {
    /// Returns whether there is neither a user name nor a secret, which clients take for a login.
    fn is_empty(&self) -> bool {
        self.user.is_empty() && self.secret.is_empty()
    }
}

impl Outcome {
    /// Standard output without whitespace around it.
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim().to_owned()
    }

    /// The result in words.
    fn shown(&self) -> String {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let text = text.trim().escape_debug().to_string();
            text.replace("\\\"", "\"").replace("\\'", "'")
        };
        let mut shown = self.end.shown();
        for (name, bytes) in [("", &self.stdout), ("stderr: ", &self.stderr)] {
            if !bytes.is_empty() {
                shown = format!("{shown}, {name}{}", text(bytes));
            }
        }
        shown
    }

    /// Checks for a failure with this message on standard output, as clients compare it.
    fn fails_with(&self, message: &str) -> Judged {
        let is_it = self.end == End::Exit(1) && self.text() == message;
        if is_it { Ok(self.shown_without_stderr()) } else { Err(differs(self.shown())) }
    }

    /// Checks for a failure with any message on standard output.
    fn fails(&self) -> Judged {
        let is_failure = self.end == End::Exit(1) && !self.text().is_empty();
        if is_failure { Ok(self.shown_without_stderr()) } else { Err(differs(self.shown())) }
    }

    fn shown_without_stderr(&self) -> String {
        Self { stderr: Vec::new(), ..self.clone() }.shown()
    }

    fn succeeds_silently(&self) -> Judged {
        let is_silent = self.end == End::Exit(0) && self.stdout.is_empty();
        if is_silent { Ok("exit 0".to_owned()) } else { Err(differs(self.shown())) }
    }

    /// Parses the answer of `get`.
    fn credentials(&self) -> Result<Credentials, Deviation> {
        if self.end != End::Exit(0) {
            return Err(differs(self.shown()));
        }
        let Ok(Value::Object(object)) = serde_json::from_slice(&self.stdout) else {
            return Err(differs("exit 0, and the answer is not one JSON object"));
        };
        let text = |name: &str| {
            let text = object.get(name).and_then(Value::as_str).map(str::to_owned);
            text.ok_or_else(|| differs(format!("the answer has no {name}")))
        };
        let (server, user, secret) = (text("ServerURL")?, text("Username")?, text("Secret")?);
        if object.len() > 3 {
            return Err(differs("the answer has more than three fields"));
        }
        Ok(Credentials { server, user, secret })
    }

    /// Parses the answer of `list`.
    fn listed(&self) -> Result<BTreeMap<String, String>, Deviation> {
        let listed = serde_json::from_slice(&self.stdout);
        match listed {
            Ok(listed) if self.end == End::Exit(0) => Ok(listed),
            _ => Err(differs(self.shown())),
        }
    }

    /// Returns whether this text is anywhere in the output.
    fn shows(&self, secret: &str) -> bool {
        let both = [self.stdout.as_slice(), self.stderr.as_slice()];
        both.iter().any(|bytes| String::from_utf8_lossy(bytes).contains(secret))
    }
}

impl End {
    fn shown(self) -> String {
        match self {
            Self::Exit(code) => format!("exit {code}"),
            Self::Signal(signal) => format!("killed by signal {signal}"),
            Self::Deadline => "no end before the deadline".to_owned(),
            Self::OutputOpen => "a child keeps the output open".to_owned(),
        }
    }
}

/// A `store` request, as Docker's client writes it.
fn request(server: &str, user: &str, secret: &str) -> String {
    let object = serde_json::json!({"ServerURL": server, "Username": user, "Secret": secret});
    object.to_string() + "\n"
}

/// A random UUID: some helpers store nothing else.
fn new_secret() -> String {
    let digits = format!("{:032x}", fastrand::u128(..));
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).collect::<String>().trim_end().to_owned() + "…"
}
