//! A correct helper, whose store is a file in the home directory. Only for the suite's own tests.
//!
//! `MODEL_FAULT` names one mistake to make, so that the tests see which case notices it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use serde_json::{Map, Value};

const NOT_FOUND: &str = "credentials not found in native keychain";

type Store = BTreeMap<String, (String, String)>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let fault = std::env::var("MODEL_FAULT").unwrap_or_default();
    let (answer, code) = match perform(&words, &fault) {
        Ok(answer) => (answer, 0),
        Err(message) if fault == "exit-2" => (message + "\n", 2),
        Err(message) => (message + "\n", 1),
    };
    let written = io::stdout().write_all(answer.as_bytes());
    ExitCode::from(if written.is_err() { 1 } else { code })
}

fn perform(words: &[String], fault: &str) -> Result<String, String> {
    let [word] = words else {
        return Err("Usage: credential-helper-model <store|get|erase|list|version>".to_owned());
    };
    if !["get", "store", "erase", "list", "version"].contains(&word.as_str()) {
        return Err(format!("credential-helper-model: unknown action: {word}"));
    }
    if word == "version" {
        return Ok("credential-helper-model (credential-helper-conformance) 0.0.0\n".to_owned());
    }
    let mut request = Vec::new();
    io::stdin().read_to_end(&mut request).map_err(|error| error.to_string())?;
    misbehave(word, fault);
    let _lock = if fault == "no-lock" { None } else { Some(lock().map_err(|it| it.to_string())?) };
    let mut store = read();
    match word.as_str() {
        "list" => {
            let listed: BTreeMap<_, _> = store.iter().map(|(url, (user, _))| (url, user)).collect();
            serde_json::to_string(&listed).map(|text| text + "\n").map_err(|it| it.to_string())
        }
        "get" => get(&store, &url_of(&request, fault)?, fault),
        "erase" => {
            let was_there = store.remove(&url_of(&request, fault)?).is_some();
            if !was_there && fault == "erase-fails" {
                return Err(NOT_FOUND.to_owned());
            }
            write(&store, fault)
        }
        _ => {
            let (url, credentials) = credentials_in(&request)?;
            store.insert(url, credentials);
            write(&store, fault)
        }
    }
}

/// The mistakes that do not depend on the request.
fn misbehave(word: &str, fault: &str) {
    match (fault, word) {
        ("hangs", "get") => std::thread::sleep(Duration::from_secs(3600)),
        ("writes-stderr", _) => drop(io::stderr().write_all(b"warning: a model\n")),
        ("writes-stdout", "store") => drop(io::stdout().write_all(b"stored\n")),
        ("leaves-child", "get") => {
            let mut sleep = Command::new("sleep");
            sleep.arg("60").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            drop(sleep.spawn());
        }
        _ => {}
    }
}

fn get(store: &Store, url: &str, fault: &str) -> Result<String, String> {
    let found = store.iter().find(|(stored, _)| match fault {
        "any-host" => true,
        "prefix" => url.starts_with(stored.as_str()),
        _ => *stored == url,
    });
    let (_, (user, secret)) = found.ok_or(NOT_FOUND)?;
    let answer = serde_json::json!({"ServerURL": url, "Username": user, "Secret": secret});
    Ok(answer.to_string() + "\n")
}

fn url_of(request: &[u8], fault: &str) -> Result<String, String> {
    let text = str::from_utf8(request).map_err(|_| "the server URL is not UTF-8")?.trim();
    let text = if fault == "joins-lines" { text.replace('\n', "") } else { text.to_owned() };
    if text.is_empty() {
        return Err("no credentials server URL".to_owned());
    }
    if text.contains(char::is_control) {
        return Err("the server URL contains a control character".to_owned());
    }
    Ok(text)
}

fn credentials_in(request: &[u8]) -> Result<(String, (String, String)), String> {
    let object: Map<String, Value> =
        serde_json::from_slice(request).map_err(|_| "the request is not a JSON object")?;
    let text = |name: &str| match object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
        Some((_, Value::String(text))) => Ok(text.clone()),
        None => Ok(String::new()),
        Some(_) => Err(format!("{name} is not a text")),
    };
    let (url, user, secret) = (text("ServerURL")?, text("Username")?, text("Secret")?);
    if url.is_empty() {
        return Err("no credentials server URL".to_owned());
    }
    if user.is_empty() {
        return Err("no credentials username".to_owned());
    }
    Ok((url, (user, secret)))
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(name)
}

/// Locks the store until the returned file is dropped.
fn lock() -> io::Result<File> {
    let file = File::create(path("lock"))?;
    file.lock()?;
    Ok(file)
}

fn read() -> Store {
    let text = fs::read(path("store.json")).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn write(store: &Store, fault: &str) -> Result<String, String> {
    if fault == "no-lock" {
        // Without a lock, another process changes the store in this time.
        std::thread::sleep(Duration::from_millis(50));
    }
    let text = serde_json::to_vec(store).map_err(|error| error.to_string())?;
    let new = path(&format!("store.{}", std::process::id()));
    fs::write(&new, text)
        .and_then(|()| fs::rename(&new, path("store.json")))
        .map_err(|error| error.to_string())?;
    Ok(String::new())
}
