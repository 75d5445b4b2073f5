//! `doctor` and the registries: how it judges their responses, and where it sends the key.

use std::net::TcpListener;
use std::process::Output;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::Value;

use crate::Scenario;
use crate::canary::base64;
use crate::registry::{Auth, BOTH, Registry};
use crate::stage::{FR, KEY, Stage, WRONG_KEY, both};
use crate::tls_server::{Request, Response, TlsServer};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "doctor_asks_real_registries_of_both_kinds",
        needs: &["docker-registry", "htpasswd"],
        play: real_registries,
    },
    Scenario { name: "doctor_distinguishes_registry_responses", needs: &[], play: answers },
    Scenario { name: "doctor_sends_the_key_to_no_foreign_endpoint", needs: &[], play: foreign },
    Scenario { name: "doctor_rejects_bad_certificates", needs: &[], play: certificates },
    Scenario { name: "doctor_checks_each_of_milans_names", needs: &[], play: twins },
    Scenario { name: "doctor_has_a_deadline_for_silent_registries", needs: &[], play: silence },
];

/// Registers the helper everywhere, so that only the registries can cause problems.
pub fn sound(stage: &Stage) {
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    let registered = [
        FR,
        "rg.nl-ams.scw.cloud",
        "rg.pl-waw.scw.cloud",
        "rg.it-mil.scw.cloud",
        "rg.it-mil.scw.eu",
    ];
    stage.register(&registered.map(|host| (host, "scw")));
}

fn doctor(stage: &Stage, key: Option<&str>) -> (bool, Vec<Value>) {
    let output = stage.output("docker-credential-scw doctor -o json", key, "");
    read(&output)
}

#[track_caller]
pub fn read(output: &Output) -> (bool, Vec<Value>) {
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", both(output)));
    assert!(output.stderr.is_empty(), "{}", both(output));
    let works = report["pulls_will_work"].as_bool().unwrap();
    assert_eq!(output.status.code(), Some(i32::from(!works)));
    let checks = report["checks"].as_array().unwrap().iter();
    (works, checks.filter(|check| check["section"] == "registry").cloned().collect())
}

#[track_caller]
pub fn of_host<'c>(checks: &'c [Value], host: &str) -> &'c Value {
    let is_about = |check: &&Value| {
        let subject = check["subject"].as_str().unwrap();
        subject.starts_with("all ") || subject.split(", ").any(|it| it == host)
    };
    checks.iter().find(is_about).unwrap_or_else(|| panic!("{checks:?}"))
}

fn real_registries(stage: &Stage) {
    sound(stage);
    for auth in BOTH {
        let registry = Registry::start(stage, auth, KEY);
        let mut takes_it =
            vec![FR, "rg.nl-ams.scw.cloud", "rg.pl-waw.scw.cloud", "rg.it-mil.scw.eu"];
        if auth == Auth::Token {
            // This token endpoint belongs to Paris. Keys for other regions are not sent to it.
            takes_it.truncate(1);
            stage.register(&[(FR, "scw")]);
        }
        let (works, checks) = doctor(stage, None);
        assert!(works, "{checks:?}");
        for host in takes_it {
            let found = &of_host(&checks, host)["found"];
            assert_eq!(found, "the key is accepted (from profile default)", "{auth:?}");
        }
        // One of Milan's two names is unreachable here, which does not prevent pulls.
        let twin = of_host(&checks, "rg.it-mil.scw.cloud");
        assert_eq!(twin["status"], "warning");
        assert_eq!(twin["found"], "no connection: host not found (DNS)");

        let (works, checks) = doctor(stage, Some(WRONG_KEY));
        assert!(!works);
        let check = of_host(&checks, FR);
        assert_eq!(check["id"], "registry-wrong-key");
        assert_eq!(check["found"], "the key is not known (from variable SCW_SECRET_KEY)");

        drop(registry);
        let (works, checks) = doctor(stage, None);
        assert!(!works);
        let check = of_host(&checks, FR);
        assert_eq!(check["id"], "registry-refused");
        assert_eq!(check["found"], "no connection: connection refused");
        let offline = stage.output("docker-credential-scw doctor --offline -o json", None, "");
        assert!(read(&offline).0);
    }
    // Without a key, doctor still checks that the registries respond.
    let _registry = Registry::start(stage, BOTH[0], KEY);
    stage.scaleway_config("");
    let (works, checks) = doctor(stage, None);
    assert!(!works);
    assert_eq!(of_host(&checks, FR)["found"], "it answers; there is no key to try");
}

pub fn challenge(realm: &str) -> Response {
    Response::json(401, "{}")
        .with("WWW-Authenticate", format!("Bearer realm=\"{realm}\",service=\"registry and more\""))
}

/// A registry with its own token endpoint. `token` responds to token requests, `last` to requests
/// with a token.
fn answering(stage: &Stage, token: fn() -> Response, last: fn() -> Response) -> TlsServer {
    TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 0), move |request| {
        if request.target.starts_with("/token") {
            token()
        } else if request.authorization.is_some() {
            last()
        } else {
            challenge(&format!("https://{}/token?x=1", request.host))
        }
    })
}

/// Runs `doctor` with `server` as the registry for Paris.
fn ask(stage: &Stage, server: &TlsServer) -> (bool, Value, Option<Value>) {
    let forward = forward_443(server.port);
    stage.register(&[(FR, "scw")]);
    let (works, checks) = doctor(stage, None);
    drop(forward);
    let clock = checks.iter().find(|check| check["id"] == "clock").cloned();
    (works, of_host(&checks, FR).clone(), clock)
}

/// Forwards port 443 to `port` while the value lives.
pub struct Forward(std::sync::Arc<std::sync::atomic::AtomicBool>);

impl Drop for Forward {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::SeqCst);
        // Wake the thread up, so that the port becomes free.
        let _ = std::net::TcpStream::connect("127.0.0.1:443");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

pub fn forward_443(port: u16) -> Forward {
    let ended = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let forward = Forward(std::sync::Arc::clone(&ended));
    let listener = TcpListener::bind("127.0.0.1:443").unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            if ended.load(std::sync::atomic::Ordering::SeqCst) {
                return;
            }
            let Ok(client) = stream else { continue };
            let server = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
            for (mut from, mut to) in
                [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)]
            {
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(std::net::Shutdown::Write);
                });
            }
        }
    });
    forward
}

type Answer = fn() -> Response;

fn answers(stage: &Stage) {
    sound(stage);
    let ok = || Response::json(200, "{}");
    let token = || Response::json(200, r#"{"token":"t-o-k-e-n"}"#);
    let server = answering(stage, token, ok);
    let (works, check, clock) = ask(stage, &server);
    assert!(works, "{check}");
    let found = "the key is accepted (from profile default)";
    assert_eq!((check["found"].as_str(), clock), (Some(found), None));
    let asked = server.asked();
    let asked: Vec<_> = asked.iter().filter(|request| request.host == FR).collect();
    assert_eq!(asked[0].target, "/v2/");
    assert_eq!(asked[0].authorization, None);
    assert_eq!(asked[1].target, "/token?x=1&service=registry%20and%20more&account=nologin");
    let basic = format!("Basic {}", base64(format!("nologin:{KEY}").as_bytes()));
    assert_eq!(asked[1].authorization.as_deref(), Some(basic.as_str()));
    assert_eq!(asked[2].authorization.as_deref(), Some("Bearer t-o-k-e-n"));

    let cases: [(&str, Answer, Answer); 9] = [
        (
            "registry-expired-key",
            || Response::json(401, r#"{"type":"denied_authentication","reason":"expired"}"#),
            || Response::json(200, ""),
        ),
        ("registry-wrong-key", || Response::json(401, ""), || Response::json(200, "")),
        (
            "registry-no-permission",
            || Response::json(403, r#"{"type":"permissions_denied"}"#),
            || Response::json(200, ""),
        ),
        (
            "registry-token-refused",
            || Response::json(200, r#"{"access_token":"t"}"#),
            || Response::json(401, ""),
        ),
        (
            "registry-no-permission",
            || Response::json(200, r#"{"token":"t"}"#),
            || Response::json(403, ""),
        ),
        ("registry-odd", || Response::json(200, "<html>"), || Response::json(200, "")),
        ("registry-odd", || Response::json(200, "{}"), || Response::json(200, "")),
        ("registry-odd", || Response::json(503, ""), || Response::json(200, "")),
        (
            "registry-odd",
            || Response::json(200, r#"{"token":"t\r\nx: y"}"#),
            || Response::json(302, "").with("Location", "https://registry.example.org/"),
        ),
    ];
    for (id, token, last) in cases {
        let server = answering(stage, token, last);
        let (works, check, _) = ask(stage, &server);
        assert_eq!((works, check["id"].as_str()), (false, Some(id)), "{check}");
    }
    for silent in [
        Response::json(200, "{}"),
        Response::json(401, "{}"),
        Response::json(401, "").with("WWW-Authenticate", "Negotiate"),
    ]
    .map(|response| (response.status, response.headers))
    {
        let server = TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 0), move |_| {
            Response { status: silent.0, headers: silent.1.clone(), body: String::new() }
        });
        let (works, check, _) = ask(stage, &server);
        assert_eq!((works, check["id"].as_str()), (false, Some("registry-odd")), "{check}");
        assert!(server.asked().iter().all(|request| request.authorization.is_none()));
    }
    let server =
        TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 0), |request: &Request| {
            let answer = match request.authorization {
                Some(_) => Response::json(200, "{}"),
                None => Response::json(401, "{}").with("WWW-Authenticate", "Basic realm=\"x\""),
            };
            answer.with("Date", "Tue, 15 Nov 1994 08:12:31 GMT")
        });
    let (works, check, clock) = ask(stage, &server);
    assert!(works, "{check}");
    let clock = clock.unwrap();
    // The seconds since 1994.
    let found: String =
        clock["found"].as_str().unwrap().chars().filter(|c| !c.is_ascii_digit()).collect();
    assert_eq!(found, "it is  s ahead of the registries' clock");
    let proxy = "env HTTPS_PROXY=http://127.0.0.1:9 docker-credential-scw doctor -o json";
    let (works, checks) = read(&stage.output(proxy, None, ""));
    assert!(!works, "{checks:?}");
    assert_eq!(checks.len(), 1, "{checks:?}");
    assert_eq!(checks[0]["subject"], "all 5 registries");
    assert_eq!(
        checks[0]["found"],
        "no connection to the proxy 127.0.0.1:9 (from HTTPS_PROXY): connection refused"
    );
}

fn foreign(stage: &Stage) {
    sound(stage);
    let evil = TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 0), |_| {
        Response::json(200, r#"{"token":"t"}"#)
    });
    let realms = [
        format!("https://registry.example.org:{}/token", evil.port),
        format!("https://{FR}@registry.example.org:{}/token", evil.port),
        format!("https://rg.nl-ams.scw.cloud:{}/token", evil.port),
        format!("http://{FR}:{}/token", evil.port),
    ];
    for realm in realms {
        let named = realm.clone();
        let server = TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 0), move |_| {
            challenge(&named)
        });
        let (works, check, _) = ask(stage, &server);
        assert!(!works);
        assert_eq!(check["id"], "registry-foreign-endpoint", "{check}");
        assert_eq!(
            check["found"],
            format!("the token endpoint is not Scaleway's ({realm}), so the key was not sent")
        );
        let asked = server.asked();
        let mut of_paris = asked.iter().filter(|request| request.host == FR);
        assert!(of_paris.all(|request| request.authorization.is_none()));
    }
    // A trusted token endpoint that redirects: the key must not follow.
    let away = format!("https://registry.example.org:{}/", evil.port);
    let server = TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 0), move |request| {
        if request.target.starts_with("/token") {
            return Response::json(307, "").with("Location", away.clone());
        }
        challenge(&format!("https://{}/token", request.host))
    });
    let (works, check, _) = ask(stage, &server);
    assert_eq!((works, check["id"].as_str()), (false, Some("registry-odd")), "{check}");
    let asked = evil.asked();
    let mut foreign =
        asked.iter().filter(|request| !request.host.starts_with("rg.nl-ams.scw.cloud:"));
    assert!(foreign.next().is_none(), "{asked:?}");
}

fn certificates(stage: &Stage) {
    sound(stage);
    let strangers = {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![FR.to_owned()]).unwrap();
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    };
    let old = stage.certificate_with(|params| {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    });
    let others = stage.certificate_with(|params| {
        params.subject_alt_names =
            CertificateParams::new(vec!["example.org".to_owned()]).unwrap().subject_alt_names;
    });
    for (certificate, id, found) in [
        (
            strangers,
            "registry-certificate",
            "no connection: the certificate is signed by an unknown authority",
        ),
        (
            old,
            "registry-certificate-time",
            "no connection: the certificate is not valid at this machine's time",
        ),
        (others, "registry-certificate-name", "no connection: the certificate is for another name"),
    ] {
        let server =
            TlsServer::start(stage, certificate, ("127.0.0.1", 0), |_| Response::json(200, ""));
        let (works, check, _) = ask(stage, &server);
        assert!(!works);
        assert_eq!(check["id"], id, "{check}");
        assert_eq!(check["found"], found);
        assert!(server.asked().is_empty(), "it received a request");
    }
}

/// Milan's other name, which clients do not use, does not hide a problem of the registered one.
fn twins(stage: &Stage) {
    sound(stage);
    let milan = "rg.it-mil.scw.eu";
    stage.register(&[(milan, "scw")]);
    let strangers = {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![milan.to_owned()]).unwrap();
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    };
    let server =
        TlsServer::start(stage, strangers, ("127.0.0.1", 443), |_| Response::json(200, ""));
    let (works, checks) = doctor(stage, None);
    assert!(!works, "{checks:?}");
    assert_eq!(of_host(&checks, milan)["status"], "failure");
    assert!(server.asked().is_empty());
}

fn silence(stage: &Stage) {
    sound(stage);
    let _silent = TcpListener::bind("127.0.0.1:443").unwrap();
    let (works, checks) = doctor(stage, None);
    assert!(!works);
    let check = of_host(&checks, FR);
    assert_eq!(check["id"], "registry-timeout");
    assert_eq!(check["found"], "no connection: no answer within 10 s");
}
