//! No key is left in the program's memory when it ends. strace holds the process before its last
//! system call, and its memory is searched.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Scenario;
use crate::keyring::{Keyring, Session, login};
use crate::kubelet_model;
use crate::stage::{FR, KEY, NL, OTHER_KEY, RELEASE_BUILD, Stage};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "memory_has_no_key_after_the_answer",
        needs: &[RELEASE_BUILD, "strace", "dbus-daemon", "gnome-keyring-daemon"],
        play: no_key_remains,
    },
    Scenario { name: "memory_is_not_dumped", needs: &["prlimit"], play: no_core },
];

/// How long strace holds a process, in microseconds. It is killed as soon as it was searched.
const HELD: &str = "inject=exit_group:delay_enter=20000000";

/// A process that has answered, held before it ends.
struct Held {
    strace: Child,
    pid: u32,
    answer: String,
}

impl Held {
    fn start(command: &Command, request: &str) -> Self {
        let words: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let mut strace = Command::new("strace");
        // Without -f: its children end at once.
        strace.args(["-qq", "-o", "/dev/null", "-e", HELD]).args(words).env_clear();
        for (name, value) in command.get_envs() {
            strace.env(name, value.unwrap_or_default());
        }
        strace.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut strace = strace.spawn().unwrap();
        strace.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
        let id = strace.id();
        let children = format!("/proc/{id}/task/{id}/children");
        let start = Instant::now();
        let mut stopped = 0;
        let pid = loop {
            assert!(start.elapsed() < Duration::from_secs(10), "the process does not end");
            std::thread::sleep(Duration::from_millis(10));
            let pids = fs::read_to_string(&children).unwrap();
            let Ok(pid) = pids.trim().parse::<u32>() else { continue };
            let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
            // Each system call stops it for a moment, the last one for a long time.
            stopped = if state.contains(") t ") { stopped + 1 } else { 0 };
            if stopped == 30 {
                break pid;
            }
        };
        Self { strace, pid, answer: String::new() }
    }

    /// Ends the process. Returns its standard output.
    fn end(mut self) -> String {
        let _ = Command::new("kill").args(["-KILL", &self.pid.to_string()]).status();
        let _ = self.strace.kill();
        let _ = self.strace.wait();
        self.strace.stdout.take().unwrap().read_to_string(&mut self.answer).unwrap();
        self.strace.stderr.take().unwrap().read_to_string(&mut self.answer).unwrap();
        self.answer
    }

    /// The memory that the process can have written, by the names of the mappings.
    fn memory(&self) -> Vec<(String, Vec<u8>)> {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.pid)).unwrap();
        let mut memory = File::open(format!("/proc/{}/mem", self.pid)).unwrap();
        let mut found = Vec::new();
        for line in maps.lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            let name = words.get(5).unwrap_or(&"an unnamed mapping");
            if !words[1].starts_with("rw") {
                continue;
            }
            let (start, end) = words[0].split_once('-').unwrap();
            let [start, end] = [start, end].map(|it| u64::from_str_radix(it, 16).unwrap());
            let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
            memory.seek(SeekFrom::Start(start)).unwrap();
            memory.read_exact(&mut bytes).unwrap();
            found.push(((*name).to_owned(), bytes));
        }
        assert!(found.iter().any(|(name, _)| name == "[stack]"), "{maps}");
        found
    }
}

/// The key, its halves, as a number, as UTF-16, and as in `auths` and in a Secret.
fn forms(key: &str) -> Vec<(&'static str, Vec<u8>)> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let login = STANDARD.encode(format!("nologin:{key}"));
    let half = login.len() / 2;
    let config = format!(r#"{{"auths":{{"{FR}":{{"auth":"{login}"}}}}}}"#);
    // The start has only names.
    let secret = STANDARD.encode(&config).split_off(68);
    let digits = key.replace('-', "");
    let number: Vec<u8> =
        (0..16).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()).collect();
    vec![
        ("the first half", key.as_bytes()[..18].to_vec()),
        ("the second half", key.as_bytes()[18..].to_vec()),
        ("without dashes", digits.into_bytes()),
        ("as bytes in reverse", number.iter().rev().copied().collect()),
        ("as bytes", number),
        ("the first half in a login", login.as_bytes()[12..half].to_vec()),
        ("the second half in a login", login.as_bytes()[half..].to_vec()),
        ("a part of a Secret", secret.as_bytes()[..40].to_vec()),
        ("as UTF-16", key.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ]
}

/// The start of a text in these bytes. Fast in a build without optimisations, which `windows` is not.
fn position(bytes: &[u8], text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + bytes[from..].iter().position(|byte| *byte == text[0])?;
        if bytes[at..].starts_with(text) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Where the process still has one of the keys. Leaves out the environment variables, which the
/// kernel put on the stack.
fn keys_in(held: &Held, keys: &[&str]) -> Vec<String> {
    let environment = fs::read(format!("/proc/{}/environ", held.pid)).unwrap();
    let mut found = Vec::new();
    for (name, mut bytes) in held.memory() {
        if name == "[stack]" {
            let at = position(&bytes, &environment).unwrap();
            bytes[at..at + environment.len()].fill(0);
        }
        for (form, text) in keys.iter().flat_map(|key| forms(key)) {
            if position(&bytes, &text).is_some() {
                found.push(format!("{form} in {name}"));
            }
        }
    }
    found
}

#[track_caller]
fn check(what: &str, command: &Command, request: &str, answer: &str) {
    let held = Held::start(command, request);
    let found = keys_in(&held, &[KEY, OTHER_KEY]);
    let answered = held.end();
    assert!(answered.contains(answer), "{what}: {answered}");
    assert_eq!(found, Vec::<String>::new(), "{what}");
}

fn no_key_remains(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Unlocked);
    let helper = |words: &[&str]| session.command(&[&["docker-credential-scw"], words].concat());
    let with_key = |words: &[&str]| {
        let mut command = helper(words);
        command.env("SCW_SECRET_KEY", KEY);
        command
    };
    let pod = kubelet_model::request("rg.fr-par.scw.cloud/ns/app");

    let forms = forms(KEY);
    // The search finds a key that is there.
    let mut command = helper(&["get"]);
    command.env("UNRELATED", KEY);
    let held = Held::start(&command, FR);
    let (_, half) = &forms[0];
    assert!(held.memory().iter().any(|(_, bytes)| position(bytes, half).is_some()));
    held.end();

    check("get from the environment", &with_key(&["get"]), FR, KEY);
    check(
        "the kubelet, from the environment",
        &with_key(&["kubelet-credential-provider"]),
        &pod,
        KEY,
    );
    // What is searched for is what was printed.
    let printed = |form: &str| {
        let (_, text) = forms.iter().find(|(name, _)| *name == form).unwrap();
        String::from_utf8(text.clone()).unwrap()
    };
    let auth = printed("the second half in a login");
    check("docker-config", &with_key(&["docker-config"]), "", &auth);
    let secret = printed("a part of a Secret");
    check("kubernetes-secret", &with_key(&["kubernetes-secret"]), "", &secret);
    check("store", &helper(&["store"]), &login(FR, KEY), "");
    let escaped = login(FR, KEY).replace("-5ec2", "\\u002d5ec2").replace("\"}", "\\n\"}");
    check("store with escapes", &helper(&["store"]), &escaped, "");
    check("get from the keyring", &helper(&["get"]), FR, KEY);
    check("the kubelet, from the keyring", &helper(&["kubelet-credential-provider"]), &pod, KEY);
    check("list from the keyring", &helper(&["list"]), "", FR);
    check("store another", &helper(&["store"]), &login(FR, OTHER_KEY), "");
    check("erase", &helper(&["erase"]), FR, "");
    check(
        "store something else",
        &helper(&["store"]),
        &login(FR, &format!("{KEY}0")),
        "not a secret",
    );

    let quoted = KEY.replace('-', "\\x2d");
    for (what, config) in [
        ("plain", format!("secret_key: {KEY}\nprofiles:\n  dev:\n    secret_key: {OTHER_KEY}\n")),
        (
            "quoted",
            format!("secret_key: \"{quoted}\"\nprofiles: {{dev: {{secret_key: '{OTHER_KEY}'}}}}\n"),
        ),
    ] {
        stage.scaleway_config(&config);
        check(&format!("get from the file, {what}"), &helper(&["get"]), FR, KEY);
        check(
            &format!("the kubelet, from the file, {what}"),
            &helper(&["kubelet-credential-provider"]),
            &pod,
            KEY,
        );
        check(&format!("list from the file, {what}"), &helper(&["list"]), "", NL);
        check(&format!("store the file's key, {what}"), &helper(&["store"]), &login(FR, KEY), "");
    }
    let config = stage.home().join(".config/scw/config.yaml");
    fs::remove_file(&config).unwrap();

    check("save-key", &helper(&["save-key"]), &format!("{KEY}\n"), "");
    assert!(fs::read_to_string(&config).unwrap().contains(KEY));
    let other = format!("{OTHER_KEY}\n");
    check("save-key --force", &helper(&["save-key", "--force"]), &other, "");
    assert!(fs::read_to_string(&config).unwrap().contains(OTHER_KEY));
    fs::remove_file(&config).unwrap();
    plaintext_credentials(stage, &helper);
}

/// Credentials in Docker's config are read, compared and removed.
fn plaintext_credentials(stage: &Stage, helper: &dyn Fn(&[&str]) -> Command) {
    use base64::Engine as _;
    let login = base64::engine::general_purpose::STANDARD.encode(format!("nologin:{KEY}"));
    let config = stage.home().join(".docker/config.json");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(&config, format!(r#"{{"auths":{{"{FR}":{{"auth":"{login}"}}}}}}"#)).unwrap();
    let path = stage.home().join("bin");
    fs::create_dir(&path).unwrap();
    let path = path.to_str().unwrap();
    let install = ["install", "--region", "fr-par", "--path", path];
    check("doctor", &helper(&["doctor", "--offline"]), "", "its own login");
    check("install --dry-run", &helper(&[&install[..], &["--dry-run"]].concat()), "", FR);
    check("install --yes", &helper(&[&install[..], &["--yes"]].concat()), "", FR);
    assert!(!fs::read_to_string(&config).unwrap().contains(&login));
    check("uninstall", &helper(&["uninstall", "--path", path]), "", "config.json");
}

/// A crash leaves no file with the program's memory, even where the user allows it.
fn no_core(stage: &Stage) {
    let is_dumped = |words: &[&str], key: Option<&str>| {
        let words = [&["prlimit", "--core=unlimited:unlimited"], words].concat();
        let mut command = stage.command(&words, key);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let id = child.id().to_string();
        let start = Instant::now();
        let process = format!("/proc/{id}/stat");
        // Both programs read standard input, and sleep as long as there is none.
        let name = format!("({}) S ", &words[2][..words[2].len().min(15)]);
        while !fs::read_to_string(&process).unwrap().contains(&name) {
            assert!(start.elapsed() < Duration::from_secs(10), "{words:?} does not read");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(Command::new("kill").args(["-ABRT", &id]).status().unwrap().success());
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(6), "{words:?}");
        status.core_dumped()
    };
    if !is_dumped(&["cat"], None) {
        println!("this machine dumps no memory: nothing to see");
    }
    assert!(!is_dumped(&["docker-credential-scw", "get"], Some(KEY)));
}
