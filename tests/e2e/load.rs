//! Many calls at once, and many one after another: all are answered, and nothing is left of them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Scenario;
use crate::keyring::{Keyring, Session, login};
use crate::kubelet_model;
use crate::stage::{FR, KEY, NL, OTHER_KEY, RELEASE_BUILD, Stage};

const KEYRING: &[&str] = &[RELEASE_BUILD, "dbus-daemon", "gnome-keyring-daemon"];

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "load_1000_gets_at_once", needs: &[RELEASE_BUILD], play: many_gets },
    Scenario { name: "load_100_kubelet_requests_at_once", needs: &[RELEASE_BUILD], play: kubelet },
    Scenario { name: "load_200_keyring_calls_at_once", needs: KEYRING, play: keyring_calls },
    Scenario { name: "load_a_day_of_pulls", needs: KEYRING, play: a_day },
];

/// Calls that are started, and wait for their requests.
struct Calls {
    children: Vec<(Child, String)>,
    answers: PathBuf,
}

impl Calls {
    fn new(stage: &Stage) -> Self {
        let answers = stage.directory.join("answers");
        fs::create_dir_all(&answers).unwrap();
        Self { children: Vec::new(), answers }
    }

    fn start(&mut self, mut command: Command, request: &str) {
        let answer = File::create(self.answer_of(self.children.len())).unwrap();
        command.stdin(Stdio::piped()).stdout(answer.try_clone().unwrap()).stderr(answer);
        self.children.push((command.spawn().unwrap(), request.to_owned()));
    }

    fn answer_of(&self, at: usize) -> PathBuf {
        self.answers.join(at.to_string())
    }

    /// Sends all requests. Returns the answers and how long they took.
    fn finish(mut self) -> (Vec<String>, Duration) {
        let start = Instant::now();
        for (child, request) in &mut self.children {
            child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
        }
        for (child, _) in &mut self.children {
            child.wait().unwrap();
        }
        let took = start.elapsed();
        let count = self.children.len();
        let answers = (0..count).map(|at| fs::read_to_string(self.answer_of(at)).unwrap());
        let answers = answers.collect();
        fs::remove_dir_all(&self.answers).unwrap();
        (answers, took)
    }
}

/// The files below these directories, with their sizes.
fn files(stage: &Stage) -> BTreeMap<PathBuf, u64> {
    let mut found = BTreeMap::new();
    let mut left = vec![stage.home(), stage.directory.join("tmp")];
    while let Some(path) = left.pop() {
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            found.insert(path, 0);
        } else {
            found.insert(path, metadata.len());
        }
    }
    found
}

/// The processes of this scenario whose name starts with `docker-credenti`.
fn helpers() -> Vec<PathBuf> {
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let is_helper = |process: &PathBuf| {
        let name = fs::read_to_string(process.join("comm"));
        name.is_ok_and(|name| name.starts_with("docker-credenti"))
    };
    processes.filter(is_helper).collect()
}

fn answer(host: &str, key: &str) -> String {
    format!("{{\"ServerURL\":\"{host}\",\"Username\":\"nologin\",\"Secret\":\"{key}\"}}\n")
}

fn many_gets(stage: &Stage) {
    stage.scaleway_config(&format!("secret_key: {OTHER_KEY}\n"));
    let before = files(stage);
    let mut calls = Calls::new(stage);
    for at in 0..1000 {
        let key = (at % 2 == 0).then_some(KEY);
        calls.start(stage.command(&["docker-credential-scw", "get"], key), FR);
    }
    let (answers, took) = calls.finish();
    for (at, found) in answers.iter().enumerate() {
        assert_eq!(*found, answer(FR, if at % 2 == 0 { KEY } else { OTHER_KEY }), "call {at}");
    }
    println!("1000 gets at once: {took:?}");
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_eq!(helpers(), Vec::<PathBuf>::new());
    assert_eq!(files(stage), before);
}

fn kubelet(stage: &Stage) {
    let before = files(stage);
    let mut calls = Calls::new(stage);
    let request = kubelet_model::request(&format!("{FR}/ns/app:1"));
    for _ in 0..100 {
        let words = ["docker-credential-scw", "kubelet-credential-provider"];
        calls.start(stage.command(&words, Some(KEY)), &request);
    }
    let (answers, took) = calls.finish();
    let expected = format!(
        "{{\"apiVersion\":\"credentialprovider.kubelet.k8s.io/v1\",\
         \"kind\":\"CredentialProviderResponse\",\"cacheKeyType\":\"Registry\",\
         \"cacheDuration\":\"5m0s\",\
         \"auth\":{{\"{FR}\":{{\"username\":\"nologin\",\"password\":\"{KEY}\"}}}}}}\n"
    );
    for found in answers {
        assert_eq!(found, expected);
    }
    println!("100 kubelet requests at once: {took:?}");
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_eq!(helpers(), Vec::<PathBuf>::new());
    assert_eq!(files(stage), before);
}

fn keyring_calls(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Unlocked);
    let words = |action| ["docker-credential-scw", action];
    let hosts: Vec<_> = ('a'..='e').map(|letter| format!("rg.a{letter}-abc.scw.cloud")).collect();
    for host in &hosts {
        assert_eq!(session.call("store", &login(host, KEY)), "");
    }
    assert_eq!(session.call("store", &login(FR, OTHER_KEY)), "");
    assert_eq!(session.call("erase", FR), "");
    let before = (files(stage), session.open_files());
    let mut calls = Calls::new(stage);
    for at in 0..200 {
        let host = &hosts[at % 5];
        match at % 10 {
            3 => calls.start(session.command(&words("store")), &login(host, OTHER_KEY)),
            6 => calls.start(session.command(&words("store")), &login(FR, OTHER_KEY)),
            9 => calls.start(session.command(&words("erase")), FR),
            _ => calls.start(session.command(&words("get")), host),
        }
    }
    let (answers, took) = calls.finish();
    println!("200 keyring calls at once: {took:?}");
    let mut wrong = Vec::new();
    for (at, found) in answers.iter().enumerate() {
        let host = &hosts[at % 5];
        let is_right = match at % 10 {
            3 | 6 | 9 => found.is_empty(),
            _ => [KEY, OTHER_KEY].iter().any(|key| *found == answer(host, key)),
        };
        if !is_right {
            wrong.push(format!("call {at}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong answers, took {took:?}:\n{}", wrong.len(), wrong.concat());
    assert!(took < Duration::from_secs(60), "{took:?}");
    assert_eq!(session.call("erase", FR), "");
    assert_eq!(helpers(), Vec::<PathBuf>::new());
    assert_eq!((files(stage), session.open_files()), before);
}

/// What a busy machine does in a day: most calls find the key in the environment or the file, some
/// ask the keyring.
fn a_day(stage: &Stage) {
    const PULLS: usize = 5000;
    let session = Session::start(stage, &Keyring::Unlocked);
    assert_eq!(session.call("store", &login(NL, OTHER_KEY)), "");
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    assert_eq!(session.call("get", NL), answer(NL, OTHER_KEY));
    let before = (files(stage), session.open_files());
    let memory = session.memory();
    let start = Instant::now();
    for at in 0..PULLS {
        let (host, key) = if at % 20 == 0 { (NL, OTHER_KEY) } else { (FR, KEY) };
        assert_eq!(session.call("get", host), answer(host, key), "pull {at}");
    }
    println!("{PULLS} pulls: {:?}", start.elapsed());
    assert_eq!(helpers(), Vec::<PathBuf>::new());
    assert_eq!((files(stage), session.open_files()), before);
    // The daemons may keep freed memory, but not that of each call.
    let grown = session.memory().saturating_sub(memory);
    assert!(grown < 8 * 1024, "the session's daemons grew by {grown} KiB");
}
