//! A strict model of the kubelet's credential providers: how it reads its configuration, which images
//! it asks a provider about, what it accepts as an answer, and for how long it keeps that.
//!
//! Written after `pkg/credentialprovider` of Kubernetes 1.34. Where the kubelet is lenient, the
//! model is not: it also refuses output on standard error of a provider that succeeds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Map, Value};
use yaml_tree::{Kind, Outline, Part};

/// The kubelet ends a provider after this time.
pub const TIMEOUT: Duration = Duration::from_secs(60);

pub const API_VERSION: &str = "credentialprovider.kubelet.k8s.io/v1";

/// A user name and a password.
pub type Login = (String, String);

/// Logins by the registry, or its pattern, that they are for.
type Logins = BTreeMap<String, Login>;

/// What a run of a provider left.
pub struct Execution {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
    pub time: Duration,
}

/// Runs a provider with this request on its standard input.
pub type Run<'a> = dyn Fn(&Provider, &str) -> Execution + Sync + 'a;

/// One provider of a `CredentialProviderConfig`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    pub name: String,
    pub match_images: Vec<String>,
    pub default_cache_duration: Duration,
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
}

/// A kubelet with its cache.
pub struct Kubelet {
    pub providers: Vec<Provider>,
    now: Mutex<Duration>,
    cache: Mutex<BTreeMap<(String, String), (Logins, Duration)>>,
    /// How often a provider was run.
    pub runs: AtomicUsize,
}

impl Kubelet {
    /// Reads a configuration as the kubelet does when it starts.
    pub fn start(config: &str) -> Result<Self, String> {
        let config =
            object(yaml(config)?, "the configuration", &["apiVersion", "kind", "providers"])?;
        require(&config, "apiVersion", "kubelet.config.k8s.io/v1")?;
        require(&config, "kind", "CredentialProviderConfig")?;
        let providers = array(config.get("providers"), "providers")?;
        let providers: Vec<_> = providers.into_iter().map(provider).collect::<Result<_, _>>()?;
        if providers.is_empty() {
            return Err("at least 1 item in plugins is required".to_owned());
        }
        let names: BTreeSet<_> = providers.iter().map(|provider| &provider.name).collect();
        if names.len() < providers.len() {
            return Err("a provider's name is there twice".to_owned());
        }
        let (now, cache, runs) = (Mutex::default(), Mutex::default(), AtomicUsize::new(0));
        Ok(Self { providers, now, cache, runs })
    }

    /// A kubelet with one provider for these images.
    pub fn with_provider(match_images: &[&str]) -> Self {
        let provider = Provider {
            name: "scw-credential-provider".to_owned(),
            match_images: match_images.iter().map(|image| (*image).to_owned()).collect(),
            default_cache_duration: Duration::from_secs(600),
            args: Vec::new(),
            env: Vec::new(),
        };
        let (now, cache, runs) = (Mutex::default(), Mutex::default(), AtomicUsize::new(0));
        Self { providers: vec![provider], now, cache, runs }
    }

    /// Lets time pass.
    pub fn wait(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }

    /// The logins that the kubelet tries for an image, before it pulls without one. The image is a
    /// pod's, as the kubelet completes it, without tag and digest.
    pub fn logins(&self, image: &str, run: &Run<'_>) -> Result<Vec<Login>, String> {
        let mut all = Vec::new();
        for provider in &self.providers {
            if provider.match_images.iter().any(|pattern| matches(pattern, image)) {
                let logins = self.ask(provider, image, run)?;
                let matching = logins.into_iter().filter(|(pattern, _)| matches(pattern, image));
                all.extend(matching.map(|(_, login)| login));
            }
        }
        Ok(all)
    }

    fn ask(&self, provider: &Provider, image: &str, run: &Run<'_>) -> Result<Logins, String> {
        let registry = image.split('/').next().unwrap();
        for key in [image, registry, "global"] {
            let now = *self.now.lock().unwrap();
            let cache = self.cache.lock().unwrap();
            if let Some((logins, expiry)) = cache.get(&(provider.name.clone(), key.to_owned()))
                && now <= *expiry
            {
                return Ok(logins.clone());
            }
        }
        self.runs.fetch_add(1, Ordering::Relaxed);
        let execution = run(provider, &request(image));
        if execution.time > TIMEOUT {
            return Err("the provider takes too long".to_owned());
        }
        if execution.code != Some(0) {
            return Err(format!("exit status {:?}: {}", execution.code, execution.stderr));
        }
        if !execution.stderr.is_empty() {
            return Err(format!("standard error is not empty: {}", execution.stderr));
        }
        let response = Response::decode(&execution.stdout)?;
        let key = match response.cache_key_type.as_str() {
            "Image" => image,
            "Registry" => registry,
            "Global" => "global",
            other => return Err(format!("invalid cacheKeyType: {other:?}")),
        };
        let duration = response.cache_duration.unwrap_or(provider.default_cache_duration);
        if !duration.is_zero() {
            let expiry = *self.now.lock().unwrap() + duration;
            let key = (provider.name.clone(), key.to_owned());
            self.cache.lock().unwrap().insert(key, (response.auth.clone(), expiry));
        }
        Ok(response.auth)
    }
}

/// The request as the kubelet encodes it.
pub fn request(image: &str) -> String {
    format!(
        "{{\"kind\":\"CredentialProviderRequest\",\"apiVersion\":\"{API_VERSION}\",\"image\":\"{image}\"}}\n"
    )
}

struct Response {
    cache_key_type: String,
    cache_duration: Option<Duration>,
    auth: Logins,
}

impl Response {
    fn decode(stdout: &[u8]) -> Result<Self, String> {
        let text = str::from_utf8(stdout).map_err(|_| "the answer is not UTF-8")?;
        // JSON is YAML, and the model's reader of YAML refuses a repeated name.
        serde_json::from_str::<Value>(text).map_err(|_| "the answer is not JSON")?;
        let known = ["apiVersion", "kind", "cacheKeyType", "cacheDuration", "auth"];
        let answer = object(yaml(text)?, "the answer", &known)?;
        require(&answer, "apiVersion", API_VERSION)?;
        require(&answer, "kind", "CredentialProviderResponse")?;
        let auth = match answer.get("auth") {
            None => Map::new(),
            Some(Value::Object(auth)) => auth.clone(),
            Some(_) => return Err("auth is not an object".to_owned()),
        };
        let login = |(host, login): (String, Value)| {
            let login = object(login, "a login", &["username", "password"])?;
            let login = (string(&login, "username")?, string(&login, "password")?);
            Ok((host, login))
        };
        Ok(Self {
            cache_key_type: string(&answer, "cacheKeyType")?,
            cache_duration: answer
                .get("cacheDuration")
                .map(|_| duration(&string(&answer, "cacheDuration")?))
                .transpose()?,
            auth: auth.into_iter().map(login).collect::<Result<_, String>>()?,
        })
    }
}

/// Whether a pattern of `matchImages`, or a registry in an answer, is for an image: as many labels in
/// the host, each matching; the same port; a path that the image's begins with.
pub fn matches(pattern: &str, image: &str) -> bool {
    let parts = |text: &str| {
        let (authority, path) = text.split_once('/').unwrap_or((text, ""));
        let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
        let labels: Vec<_> = host.split('.').map(str::to_owned).collect();
        (labels, port.to_owned(), path.to_owned())
    };
    let ((pattern, pattern_port, pattern_path), (image, port, path)) =
        (parts(pattern), parts(image));
    pattern.len() == image.len()
        && pattern_port == port
        && path.starts_with(&pattern_path)
        && pattern.iter().zip(&image).all(|(pattern, label)| label_matches(pattern, label))
}

/// Go's `path.Match` without classes and escapes.
fn label_matches(pattern: &str, label: &str) -> bool {
    assert!(!pattern.contains(['[', '\\']), "the model does not know {pattern}");
    match (pattern.chars().next(), label.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            let rest = &pattern[1..];
            (0..=label.len())
                .filter(|at| label.is_char_boundary(*at))
                .any(|at| label_matches(rest, &label[at..]))
        }
        (Some(wanted), Some(found)) if wanted == '?' || wanted == found => {
            label_matches(&pattern[wanted.len_utf8()..], &label[found.len_utf8()..])
        }
        _ => false,
    }
}

fn provider(value: Value) -> Result<Provider, String> {
    let known = [
        "name",
        "matchImages",
        "defaultCacheDuration",
        "apiVersion",
        "args",
        "env",
        "tokenAttributes",
    ];
    let value = object(value, "a provider", &known)?;
    let name = string(&value, "name")?;
    if name.is_empty() || name.contains(['/', ' ']) || name == "." || name == ".." {
        return Err(format!("not a provider's name: {name:?}"));
    }
    require(&value, "apiVersion", API_VERSION)?;
    let strings = |name: &str| {
        let text = |value: Value| value.as_str().map(str::to_owned).ok_or(format!("in {name}"));
        array(value.get(name), name)?.into_iter().map(text).collect::<Result<Vec<_>, _>>()
    };
    let variable = |value| {
        let value = object(value, "a variable", &["name", "value"])?;
        Ok((string(&value, "name")?, string(&value, "value")?))
    };
    let match_images = strings("matchImages")?;
    if match_images.is_empty() {
        return Err("at least 1 item in matchImages is required".to_owned());
    }
    Ok(Provider {
        name,
        match_images,
        default_cache_duration: duration(&string(&value, "defaultCacheDuration")?)?,
        args: strings("args")?,
        env: array(value.get("env"), "env")?
            .into_iter()
            .map(variable)
            .collect::<Result<_, String>>()?,
    })
}

/// A duration as Go writes it: hours, minutes and whole seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let (mut seconds, mut number) = (0, String::new());
    for character in text.chars() {
        let unit = match character {
            '0'..='9' => {
                number.push(character);
                continue;
            }
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return Err(format!("not a duration: {text}")),
        };
        seconds += unit * number.parse::<u64>().map_err(|_| format!("not a duration: {text}"))?;
        number.clear();
    }
    if number.is_empty() || text == "0" {
        Ok(Duration::from_secs(seconds))
    } else {
        Err(text.to_owned())
    }
}

fn object(value: Value, what: &str, known: &[&str]) -> Result<Map<String, Value>, String> {
    let Value::Object(object) = value else { return Err(format!("{what} is not an object")) };
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(format!("unknown field {unknown:?} in {what}")),
        None => Ok(object),
    }
}

fn array(value: Option<&Value>, what: &str) -> Result<Vec<Value>, String> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items.clone()),
        Some(_) => Err(format!("{what} is not a list")),
    }
}

fn string(object: &Map<String, Value>, name: &str) -> Result<String, String> {
    let text = object.get(name).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| format!("no text {name:?}"))
}

fn require(object: &Map<String, Value>, name: &str, value: &str) -> Result<(), String> {
    let found = string(object, name)?;
    if found == value { Ok(()) } else { Err(format!("{name} is {found:?}")) }
}

/// A YAML document with everything in place. A plain scalar that YAML 1.1 takes for something else
/// than a text is not a text here either.
pub fn yaml(text: &str) -> Result<Value, String> {
    let outline = Outline::parse(text).map_err(|refused| format!("not YAML: {refused:?}"))?;
    if outline.has_more_documents() {
        return Err("more than one document".to_owned());
    }
    outline.root().map_or(Ok(Value::Null), |root| value_of(&outline, root))
}

fn value_of(outline: &Outline<'_>, part: &Part) -> Result<Value, String> {
    Ok(match &part.kind {
        Kind::Scalar { text, plain: false } => Value::from(text.as_str()),
        Kind::Scalar { text, .. } => scalar(text),
        Kind::Alias => return Err("the model does not follow aliases".to_owned()),
        Kind::Sequence => {
            let items = outline.items(part).into_iter().map(|item| value_of(outline, item));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Kind::Mapping { .. } => {
            let mut object = Map::new();
            for (name, value) in outline.entries(part) {
                let name = name.scalar().ok_or("a name that is no text")?;
                if object.insert(name.to_owned(), value_of(outline, value)?).is_some() {
                    return Err(format!("the name {name:?} is there twice"));
                }
            }
            Value::Object(object)
        }
    })
}

fn scalar(text: &str) -> Value {
    let lower = text.to_lowercase();
    match lower.as_str() {
        "" | "~" | "null" => Value::Null,
        "true" | "yes" | "on" | "y" => Value::Bool(true),
        "false" | "no" | "off" | "n" => Value::Bool(false),
        _ if lower.starts_with("0x") || lower.parse::<f64>().is_ok() => Value::from(0),
        _ => Value::from(text),
    }
}
