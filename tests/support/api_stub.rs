//! A local Registry API with namespaces, images and tags in memory. Its responses have the format
//! of recorded ones, and it can simulate the faults of a service.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Map, Value, json};

/// A received request.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Including the query.
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// A fault that replaces a response.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Respond with this status, these headers and this body.
    Status(u16, &'static str, String),
    /// Respond with a body made from the number of requests so far.
    Body(fn(usize) -> String),
    /// Close the connection in the middle of the body.
    Cut,
    /// Close the connection without a response.
    Closed,
    /// Carry out the call, then close the connection without a response.
    Lost,
    /// Respond with something that is not HTTP.
    Garbage,
    /// Respond as usual, after this time.
    Late(Duration),
    /// Respond as usual.
    None,
}

/// Changes the images before a list call is answered. Gets the number of the call.
pub type Change = Box<dyn FnMut(usize, &mut Vec<Value>) + Send>;

/// Changes the tags before a call is answered.
pub type TagChange = Box<dyn FnMut(&Request, &mut Vec<Value>) + Send>;

/// What a deletion of this path meets instead of an answer.
pub type DeletionTrouble = Box<dyn FnMut(&str) -> Fault + Send>;

#[derive(Default)]
pub struct State {
    pub namespaces: Vec<Value>,
    pub images: Vec<Value>,
    pub tags: Vec<Value>,
    pub requests: Vec<Request>,
    /// One for each incoming call.
    pub faults: VecDeque<Fault>,
    /// For all calls whose path contains this text.
    pub always: Vec<(&'static str, Fault)>,
    /// How many times a deleted object can still be fetched.
    pub fetches_before_deleted: usize,
    deleting: BTreeMap<String, usize>,
    /// Deletions end in this status instead.
    pub deletion_ends_in: Option<&'static str>,
    /// Called before each list call with its number, to change the images.
    pub between: Option<Change>,
    /// Called before each call is answered.
    pub before: Option<TagChange>,
    /// Called for each deletion.
    pub on_delete: Option<DeletionTrouble>,
    /// A tag is not deleted while another one has its digest.
    pub refuses_aliases: bool,
    /// The most calls that were under way at the same time.
    pub most_at_once: usize,
    at_once: usize,
    lists: usize,
}

/// The stub. Stops when dropped.
pub struct ApiStub {
    pub url: String,
    state: Arc<Mutex<State>>,
}

pub const NAMESPACE: &str = include_str!("recorded/namespace.json");
pub const TAG: &str = include_str!("recorded/tag.json");

/// A recorded object with some values replaced.
pub fn object(recorded: &str, values: Value) -> Value {
    let mut object: Map<String, Value> = serde_json::from_str(recorded).unwrap();
    let Value::Object(values) = values else { panic!() };
    object.extend(values);
    Value::Object(object)
}

/// An ID that ends in this number.
pub fn id(number: usize) -> String {
    format!("{number:08x}-aaaa-4aaa-8aaa-{number:012x}")
}

pub fn namespace(number: usize, name: &str) -> Value {
    let endpoint = format!("rg.fr-par.scw.cloud/{name}");
    object(NAMESPACE, json!({"id": id(number), "name": name, "endpoint": endpoint}))
}

pub fn image(number: usize, name: &str, namespace: usize) -> Value {
    let recorded: Value = serde_json::from_str(include_str!("recorded/images.json")).unwrap();
    let recorded = recorded["images"][2].to_string();
    object(&recorded, json!({"id": id(number), "name": name, "namespace_id": id(namespace)}))
}

pub fn tag(number: usize, name: &str, image: usize) -> Value {
    let digest = format!("sha256:{number:064x}");
    let ids = json!({"id": id(number), "name": name, "image_id": id(image), "digest": digest});
    object(TAG, ids)
}

impl ApiStub {
    /// A stub without objects.
    pub fn empty() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(&stream, &state));
            }
        });
        Self { url, state }
    }

    /// A stub with two namespaces, three images (one with a slash in its name) and their tags.
    pub fn new() -> Self {
        let stub = Self::empty();
        stub.refill();
        stub
    }

    /// Resets the objects to those of [`ApiStub::new`].
    pub fn refill(&self) {
        let mut state = self.state();
        *state = State::default();
        state.namespaces = vec![namespace(1, "my-ns"), namespace(2, "other")];
        state.namespaces[1]["is_public"] = json!(true);
        state.images = vec![image(11, "app", 1), image(12, "team/app", 1), image(13, "app", 2)];
        state.images[1]["visibility"] = json!("private");
        state.tags = (0..7).map(|at| tag(100 + at, &format!("1.{at}"), 11)).collect();
        state.tags.push(tag(120, "latest", 12));
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The methods and paths of all requests, without the common prefix of the paths.
    pub fn calls(&self) -> Vec<String> {
        let requests = &self.state().requests;
        let short = |request: &Request| {
            let path = request.path.strip_prefix("/registry/v1/regions/").unwrap_or(&request.path);
            format!("{} {path}", request.method)
        };
        requests.iter().map(short).collect()
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    let mut out = stream;
    while let Some(request) = read(&mut reader) {
        let (number, fault) = {
            let mut state = state.lock().unwrap();
            state.requests.push(request.clone());
            state.at_once += 1;
            state.most_at_once = state.most_at_once.max(state.at_once);
            if let Some(mut before) = state.before.take() {
                before(&request, &mut state.tags);
                state.before = Some(before);
            }
            let on_delete = state.on_delete.as_mut().filter(|_| request.method == "DELETE");
            let deletion = on_delete.map(|trouble| trouble(&request.path));
            let always = state.always.iter().find(|(part, _)| request.path.contains(part)).cloned();
            let fault = match (always, deletion) {
                (Some((_, fault)), _) | (None, Some(fault)) => fault,
                (None, None) => state.faults.pop_front().unwrap_or(Fault::None),
            };
            (state.requests.len(), fault)
        };
        let json = "Content-Type: application/json\r\n";
        state.lock().unwrap().at_once -= 1;
        match fault {
            Fault::None | Fault::Late(_) => {
                if let Fault::Late(pause) = fault {
                    std::thread::sleep(pause);
                }
                let (status, body) = answer(&request, &mut state.lock().unwrap());
                write(&mut out, status, json, &body.to_string());
            }
            Fault::Status(status, headers, body) => write(&mut out, status, headers, &body),
            Fault::Body(body) => write(&mut out, 200, json, &body(number)),
            Fault::Cut => {
                let _ =
                    out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"images\":[");
                return;
            }
            Fault::Closed => return,
            Fault::Lost => {
                answer(&request, &mut state.lock().unwrap());
                return;
            }
            Fault::Garbage => {
                let _ = out.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n");
                return;
            }
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body: String::from_utf8(body).unwrap() })
}

fn write(out: &mut &TcpStream, status: u16, headers: &str, body: &str) {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} Whatever\r\n{headers}Content-Length: {length}\r\n\r\n");
    let _ = out.write_all((head + body).as_bytes());
}

fn not_found(kind: &str, id: &str) -> (u16, Value) {
    let message = "resource is not found";
    let body =
        json!({"type": "not_found", "message": message, "resource": kind, "resource_id": id});
    (404, body)
}

fn answer(request: &Request, state: &mut State) -> (u16, Value) {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').skip(3).collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", [_, "images", image, "tags"]) => {
            if !state.images.iter().any(|one| one["id"] == **image) {
                return not_found("image", image);
            }
            let mut tags = state.tags.clone();
            tags.retain(|tag| tag["image_id"] == **image);
            (200, page("tags", tags, &query))
        }
        ("GET", [_, kind @ ("namespaces" | "images")]) => {
            let at = state.lists;
            state.lists += 1;
            if let Some(mut between) = state.between.take() {
                between(at, &mut state.images);
                state.between = Some(between);
            }
            let all = if *kind == "images" { &state.images } else { &state.namespaces };
            (200, page(kind, all.clone(), &query))
        }
        ("POST", [region, "namespaces"]) => {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            let mut made = namespace(state.namespaces.len() + 1, body["name"].as_str().unwrap());
            for (name, value) in body.as_object().unwrap() {
                made[name] = value.clone();
            }
            made["region"] = json!(region);
            state.namespaces.push(made.clone());
            (200, made)
        }
        (method, [_, kind, id]) => {
            let refuses_aliases = state.refuses_aliases;
            let fetches_before_deleted = state.fetches_before_deleted;
            let State { namespaces, images, tags, deleting, deletion_ends_in, .. } = state;
            let all = match *kind {
                "namespaces" => namespaces,
                "images" => images,
                _ => tags,
            };
            let Some(at) = all.iter().position(|one| one["id"] == **id) else {
                return not_found(kind.trim_end_matches('s'), id);
            };
            let digest = all[at]["digest"].clone();
            let has_alias = all.iter().filter(|one| one["digest"] == digest).count() > 1;
            match method {
                "DELETE" if refuses_aliases && has_alias => {
                    let message = "tag digest is shared by other tags";
                    return (412, json!({"type": "precondition_failed", "message": message}));
                }
                "DELETE" => {
                    all[at]["status"] = json!("deleting");
                    deleting.insert((*id).to_owned(), fetches_before_deleted);
                }
                "PATCH" => {
                    let body: Value = serde_json::from_str(&request.body).unwrap();
                    for (name, value) in body.as_object().unwrap() {
                        all[at][name] = value.clone();
                    }
                }
                _ => {}
            }
            let shown = all[at].clone();
            if let (Some(fetches_before_deleted), "GET") = (deleting.get_mut(*id), method) {
                if *fetches_before_deleted == 0 {
                    if let Some(status) = deletion_ends_in {
                        all[at]["status"] = json!(status);
                        all[at]["status_message"] = json!("a layer is in use");
                        return (200, all[at].clone());
                    }
                    all.remove(at);
                    return not_found(kind.trim_end_matches('s'), id);
                }
                *fetches_before_deleted -= 1;
            }
            (200, shown)
        }
        _ => (404, json!({"message": "no such path"})),
    }
}

fn page(kind: &str, mut all: Vec<Value>, query: &BTreeMap<String, String>) -> Value {
    for filter in ["name", "namespace_id", "project_id", "organization_id"] {
        if let Some(wanted) = query.get(filter) {
            all.retain(|one| one[filter] == **wanted);
        }
    }
    let number =
        |name: &str, default: usize| query.get(name).map_or(default, |n| n.parse().unwrap());
    let (at, size) = (number("page", 1), number("page_size", 20).min(100));
    let total = all.len();
    let items: Vec<_> = all.into_iter().skip((at - 1) * size).take(size).collect();
    json!({kind: items, "total_count": total})
}
