//! What `doctor` finds between this machine and a registry: which hop failed, what Docker itself
//! would send, and whether an image can be pulled. Compares whole messages.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Scenario;
use crate::canary::base64;
use crate::doctor::{challenge, forward_443, of_host, read, sound};
use crate::keyring::{Keyring, Session, login as login_request};
use crate::registry::{Auth, Registry, docker_image};
use crate::stage::{FR, KEY, NL, OTHER_KEY, Stage, WRONG_KEY, both, run};
use crate::tls_server::{Request, Response, TlsServer};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "doctor_checks_an_image_at_a_real_registry",
        needs: &["docker-registry", "skopeo"],
        play: real_image,
    },
    Scenario { name: "doctor_distinguishes_images", needs: &[], play: images },
    Scenario { name: "doctor_names_the_hop_that_failed", needs: &[], play: hops },
    Scenario { name: "doctor_names_missing_certificate_files", needs: &[], play: authorities },
    Scenario {
        name: "doctor_checks_the_credentials_docker_would_send",
        needs: &[],
        play: dockers_own,
    },
    Scenario {
        name: "doctor_finds_an_outdated_key_in_the_keyring",
        needs: &["dbus-daemon", "gnome-keyring-daemon", "docker"],
        play: rotated,
    },
    Scenario { name: "doctor_ends_in_time", needs: &[], play: in_time },
];

/// The registry checks of `doctor` with these options.
#[track_caller]
fn doctor(stage: &Stage, options: &str, key: Option<&str>) -> (bool, Vec<Value>) {
    let line = format!("docker-credential-scw doctor -o json {options}");
    read(&stage.output(&line, key, ""))
}

/// The only registry check.
#[track_caller]
fn one(stage: &Stage, options: &str, key: Option<&str>) -> Value {
    let (_, checks) = doctor(stage, options, key);
    assert_eq!(checks.len(), 1, "{checks:?}");
    checks[0].clone()
}

#[track_caller]
fn assert_check(check: &Value, id: &str, found: &str, remedy: Option<&str>) {
    assert_eq!(
        (check["id"].as_str(), check["found"].as_str(), check["remedy"].as_str()),
        (Some(id), Some(found), remedy),
        "{check}"
    );
}

fn real_image(stage: &Stage) {
    sound(stage);
    let _registry = Registry::start(stage, Auth::Token, KEY);
    let image = format!("{FR}/ns/app");
    let copy = format!("skopeo copy {} docker://{image}:1.2", docker_image(stage));
    stage.ok(&copy, Some(KEY));

    let check = one(stage, &format!("{image}:1.2"), None);
    assert_eq!(check["subject"], format!("{image}:1.2"));
    let found = "it can be pulled with the key (from profile default); it is private";
    assert_check(&check, "image", found, None);

    let check = one(stage, &format!("{image}:1.3"), None);
    let found = "the image ns/app has no tag 1.3";
    assert_check(&check, "image-no-tag", found, Some("did you mean 1.2?"));
    stage.fails(&format!("skopeo inspect docker://{image}:1.3"), None);
    let check = one(stage, &image, None);
    let found = "the image ns/app has no tag latest";
    let remedy = format!("docker-credential-scw tag list {image}");
    assert_check(&check, "image-no-tag", found, Some(&remedy));
    stage.fails(&format!("skopeo inspect docker://{image}"), None);

    let check = one(stage, &format!("{FR}/ns/other:1"), None);
    assert_check(
        &check,
        "image-missing",
        "there is no image ns/other (the registry does not say whether its namespace exists)",
        Some(
            "check the name and the region; `docker-credential-scw image list --region all` shows \
             every image",
        ),
    );

    let check = one(stage, &format!("{image}:new --push"), None);
    assert_check(&check, "image", "it can be pushed with the key (from profile default)", None);
    let tags = stage.ok(&format!("skopeo list-tags docker://{image}"), None);
    assert!(tags.contains("1.2") && !tags.contains("new"), "{tags}");

    let check = one(stage, &format!("{image}:1.2"), Some(WRONG_KEY));
    assert_check(
        &check,
        "registry-wrong-key",
        "the key is not known (from variable SCW_SECRET_KEY)",
        Some(
            "create an API key in Scaleway's console (IAM, API keys) and set SCW_SECRET_KEY to its \
             secret key",
        ),
    );
    assert_eq!(check["subject"], FR);
}

/// A token for these actions on `ns/app`, as a registry issues it.
fn token(actions: &str) -> Response {
    let claims = if actions.is_empty() {
        r#"{"access":[]}"#.to_owned()
    } else {
        format!(r#"{{"access":[{{"type":"repository","name":"ns/app","actions":[{actions}]}}]}}"#)
    };
    let claims = base64(claims.as_bytes()).replace('+', "-").replace('/', "_");
    let claims = claims.trim_end_matches('=');
    Response::json(200, &format!(r#"{{"token":"e30.{claims}.c2ln"}}"#))
}

/// A registry with a public and a private image. The key gives access to both.
fn answer(request: &Request) -> Response {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let has_key = request.authorization.as_deref().is_some_and(|it| it.starts_with("Basic "));
    let bearer = request.authorization.as_deref().and_then(|it| it.strip_prefix("Bearer "));
    match path {
        "/token" if query.contains("gone-ns") => {
            Response::json(404, r#"{"type":"not_found","resource":"namespace"}"#)
        }
        "/token" if query.contains("opaque") => Response::json(200, r#"{"token":"opaque"}"#),
        "/token" if has_key && query.contains("ns%2Fapp") => token(r#""pull""#),
        "/token" if has_key => token(""),
        "/token" if query.contains("public") => token(r#""anonymous""#),
        "/token" => Response::json(401, "{}"),
        "/v2/" if bearer.is_some() => Response::json(200, "{}"),
        "/v2/ns/public/manifests/latest" | "/v2/ns/app/manifests/latest" if bearer.is_some() => {
            Response::json(200, "")
        }
        "/v2/ns/forbidden/manifests/latest" => Response::json(403, ""),
        "/v2/ns/odd/manifests/latest" => Response::json(500, ""),
        "/v2/ns/page/manifests/latest" => {
            let headers = vec![("Content-Type", "text/html; charset=utf-8".to_owned())];
            Response { status: 403, headers, body: String::new() }
        }
        _ => challenge(&format!("https://{}/token", request.host)),
    }
}

fn images(stage: &Stage) {
    sound(stage);
    let server = TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 0), answer);
    let _forward = forward_443(server.port);
    let pull = |image: &str| one(stage, &format!("{FR}/{image}"), None);
    let private = "it can be pulled with the key (from profile default); it is private";
    assert_check(&pull("ns/app"), "image", private, None);
    let asked = server.asked();
    let scope =
        "/token?service=registry%20and%20more&account=nologin&scope=repository%3Ans%2Fapp%3Apull";
    assert!(asked.iter().any(|request| request.target == scope), "{asked:?}");
    assert_check(&pull("ns/public"), "image", "it can be pulled; it is public", None);
    let see = "give the key's owner the permission set ContainerRegistryReadOnly in Scaleway's \
               console (IAM)";
    let push = "give the key's owner the permission set ContainerRegistryFullAccess in Scaleway's \
                console (IAM)";
    let denied = "access denied: the key (from profile default) may not pull it, or there is no \
                  such namespace (the registry does not say which)";
    for image in ["ns/forbidden", "ns/not-mine"] {
        assert_check(&pull(image), "image-denied", denied, Some(see));
    }
    assert_check(
        &pull("gone-ns/app"),
        "image-no-namespace",
        "there is no namespace gone-ns in this registry",
        Some(
            "check the name and the region; `docker-credential-scw image list --region all` shows \
             every image",
        ),
    );
    let (id, found) = ("registry-odd", "unexpected answer: status 500");
    let again =
        "try again; if this persists, check https://status.scaleway.com and any proxy in between";
    assert_check(&pull("ns/odd"), id, found, Some(again));

    let found = "a web page (status 403) instead of an answer";
    let fix = "a proxy, a filter or a login page answers: allow this machine to reach \
               rg.fr-par.scw.cloud:443";
    assert_check(&pull("ns/page"), "registry-web-page", found, Some(fix));

    let denied = denied.replace("may not pull it", "may not push it");
    let pushed = one(stage, &format!("--push {FR}/ns/app"), None);
    assert_check(&pushed, "image-denied", &denied, Some(push));
    let pushed = one(stage, &format!("--push {FR}/ns/opaque"), None);
    let found =
        "the key is accepted (from profile default); whether it may push shows only when pushing";
    assert_check(&pushed, "image", found, None);
    let asked = server.asked();
    assert!(!asked.iter().any(|request| request.target.contains("/blobs/")), "{asked:?}");
    assert!(asked.iter().any(|request| request.target.ends_with("%2Fapp%3Apull%2Cpush")));

    stage.scaleway_config("");
    assert_check(&pull("ns/public"), "image", "it can be pulled; it is public", None);
    assert_check(
        &pull("ns/app"),
        "image-needs-key",
        "it is private, or does not exist, and there is no key to try",
        Some(
            "give the helper a key: set SCW_SECRET_KEY, or add a profile to Scaleway's config.yaml",
        ),
    );
}

/// A proxy that answers each CONNECT with a status, or forwards it to a port of this machine.
fn proxy(status_to: fn(&str) -> Result<u16, u16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut first = String::new();
                reader.read_line(&mut first).unwrap();
                let mut line = String::new();
                while reader.read_line(&mut line).unwrap() > 2 {
                    line.clear();
                }
                let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
                match status_to(&target) {
                    Err(status) => {
                        write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n")
                            .unwrap();
                    }
                    Ok(port) => {
                        let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
                        write!(stream, "HTTP/1.1 200 OK\r\n\r\n").unwrap();
                        let mut back = (server.try_clone().unwrap(), stream.try_clone().unwrap());
                        std::thread::spawn(move || std::io::copy(&mut back.0, &mut back.1));
                        let _ = std::io::copy(&mut reader, &mut server);
                    }
                }
            });
        }
    });
    port
}

fn hops(stage: &Stage) {
    sound(stage);
    let realm = "https://api.scaleway.com/registry-internal/v1/regions/fr-par/tokens";
    let server =
        TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 443), move |_| challenge(realm));
    let bearerhost = |why: &str| {
        format!(
            "the registry answers, but there is no connection to its token host api.scaleway.com: \
             {why}"
        )
    };
    let open = "let this machine reach api.scaleway.com on port 443, as well as the registry";
    let ask = |options: &str| one(stage, options, None);
    let check = ask("--region fr-par");
    let found = bearerhost("host not found (DNS)");
    assert_check(&check, "registry-unknown-name", &found, Some(open));
    assert_eq!(check["status"], "failure");

    let hosts = stage.directory.join("hosts");
    let names = fs::read_to_string(&hosts).unwrap();
    fs::write(&hosts, format!("{names}127.0.0.2 api.scaleway.com\n")).unwrap();
    let found = bearerhost("connection refused");
    assert_check(&ask("--region fr-par"), "registry-refused", &found, Some(open));
    // All regions have the same problem: one line.
    let (_, checks) = doctor(stage, "", None);
    let check = of_host(&checks, FR);
    assert_eq!(
        check["subject"],
        "rg.fr-par.scw.cloud, rg.nl-ams.scw.cloud, rg.pl-waw.scw.cloud, rg.it-mil.scw.eu"
    );
    fs::write(&hosts, format!("{names}127.0.0.1 api.scaleway.com\n")).unwrap();
    let found = bearerhost("the certificate is for another name");
    let other = "find out what answers in its place: a proxy, the network's login page, or DNS";
    assert_check(&ask("--region fr-par"), "registry-certificate-name", &found, Some(other));
    fs::write(&hosts, &names).unwrap();

    let through = |port: u16, variable: &str| {
        let line = format!(
            "env {variable}=http://user:s3cret@127.0.0.1:{port} docker-credential-scw doctor \
             --region fr-par -o json"
        );
        let output = stage.output(&line, None, "");
        assert!(!String::from_utf8_lossy(&output.stdout).contains("s3cret"));
        let (_, checks) = read(&output);
        assert_eq!(checks.len(), 1, "{checks:?}");
        checks[0].clone()
    };
    let port = proxy(|target| if target.starts_with("rg.") { Ok(443) } else { Err(403) });
    let found = format!(
        "the proxy 127.0.0.1:{port} (from HTTPS_PROXY) opens no connection to the token host \
         api.scaleway.com (status 403)"
    );
    let allow = "allow api.scaleway.com:443 in the proxy, as well as the registry, or add \
                 api.scaleway.com to NO_PROXY";
    let check = through(port, "HTTPS_PROXY");
    assert_check(&check, "registry-proxy-refuses", &found, Some(allow));
    let port = proxy(|_| Err(502));
    let found = format!(
        "the proxy 127.0.0.1:{port} (from all_proxy) opens no connection to it (status 502)"
    );
    let allow = "allow rg.fr-par.scw.cloud:443 in the proxy, or add it to NO_PROXY";
    assert_check(&through(port, "all_proxy"), "registry-proxy-refuses", &found, Some(allow));
    let port = proxy(|_| Err(407));
    let found =
        format!("the proxy 127.0.0.1:{port} (from https_proxy) asks for a login (status 407)");
    let login = format!(
        "put the user name and password of the proxy into https_proxy, as in \
         http://USER:PASSWORD@127.0.0.1:{port}"
    );
    assert_check(&through(port, "https_proxy"), "registry-proxy-login", &found, Some(&login));
    let found = "no connection to the proxy 127.0.0.1:9 (from HTTPS_PROXY): connection refused";
    let correct = "check the proxy, or correct its address in HTTPS_PROXY (unset HTTPS_PROXY if \
                   there is none)";
    assert_check(&through(9, "HTTPS_PROXY"), "registry-refused", found, Some(correct));

    for (address, id, found, remedy) in [
        (
            "socks5://127.0.0.1:1080",
            "registry-proxy-socks",
            "HTTPS_PROXY names a SOCKS proxy, which doctor cannot use",
            "name an HTTP proxy in HTTPS_PROXY, as in http://proxy.example:3128",
        ),
        (
            "http://",
            "registry-proxy-address",
            "the address in HTTPS_PROXY is not a proxy's address",
            "correct HTTPS_PROXY, as in http://proxy.example:3128",
        ),
        (
            "http://no-such-proxy.example:3128",
            "registry-unknown-name",
            "no connection to the proxy no-such-proxy.example:3128 (from HTTPS_PROXY): host not \
             found (DNS)",
            correct,
        ),
    ] {
        let line = format!("env HTTPS_PROXY={address} docker-credential-scw doctor -o json");
        let (works, checks) = read(&stage.output(&line, None, ""));
        assert!(!works && checks.len() == 1, "{checks:?}");
        assert_check(&checks[0], id, found, Some(remedy));
    }
    drop(server);
}

fn authorities(stage: &Stage) {
    sound(stage);
    let _server = TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 443), |request| {
        match request.authorization {
            Some(_) => Response::json(200, "{}"),
            None => Response::json(401, "{}").with("WWW-Authenticate", "Basic realm=\"x\""),
        }
    });
    let home = stage.home().display().to_string();
    let empty = stage.directory.join("empty.pem");
    fs::write(&empty, "").unwrap();
    let empty = empty.display().to_string();
    for (variable, path, fault) in [
        ("SSL_CERT_FILE", "/no/such.pem", "does not exist"),
        ("SSL_CERT_FILE", home.as_str(), "is a directory, not a file"),
        ("SSL_CERT_FILE", empty.as_str(), "contains no certificate in PEM format"),
        ("SSL_CERT_DIR", "/no/such", "does not exist"),
        ("SSL_CERT_DIR", empty.as_str(), "is not a directory"),
    ] {
        let line =
            format!("env {variable}={path} docker-credential-scw doctor --region fr-par -o json");
        let (works, checks) = read(&stage.output(&line, None, ""));
        assert!(!works && checks.len() == 1, "{checks:?}");
        let shown = path.to_owned();
        let found =
            format!("the certificate cannot be checked: {variable} names {shown}, which {fault}");
        let remedy = format!("unset {variable}");
        assert_check(&checks[0], "registry-authorities-unusable", &found, Some(&remedy));
    }
    // Run the fix as printed.
    assert!(doctor(stage, "--region fr-par", None).0);
}

fn login(host: &str, key: &str) -> String {
    let auth = base64(format!("nologin:{key}").as_bytes());
    format!(r#"{{"auths":{{"{host}":{{"auth":"{auth}"}}}}}}"#)
}

fn dockers_own(stage: &Stage) {
    sound(stage);
    let _server = takes_one_key(stage);
    let docker = |version: &str| {
        let path = stage.directory.join("bin/docker");
        let _ = fs::remove_file(&path);
        fs::write(&path, format!("#!/bin/sh\necho Docker version {version}, build 1\n")).unwrap();
        let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
        fs::set_permissions(&path, mode).unwrap();
    };
    // Docker 28.3 uses the variable before any helper.
    let with_variable = |key: &str| {
        let line = "docker-credential-scw doctor -o json --region fr-par";
        let words: Vec<_> = line.split(' ').collect();
        let mut command = stage.command(&words, None);
        command.env("DOCKER_AUTH_CONFIG", login(FR, key));
        read(&run(command, ""))
    };
    docker("28.3.0");
    let (works, checks) = with_variable(OTHER_KEY);
    assert!(!works, "{checks:?}");
    let found = "the key is not known (from variable DOCKER_AUTH_CONFIG)";
    assert_check(&checks[0], "registry-wrong-key", found, Some("unset DOCKER_AUTH_CONFIG"));
    let (works, checks) = with_variable("no-uuid");
    assert!(!works, "{checks:?}");
    let found = "the login is not a secret key (from variable DOCKER_AUTH_CONFIG)";
    assert_check(&checks[0], "registry-not-a-key", found, Some("unset DOCKER_AUTH_CONFIG"));
    assert!(with_variable(KEY).0);
    docker("28.2.2");
    assert!(with_variable(OTHER_KEY).0);

    // Nothing is registered, and Docker's file has old credentials.
    let config = stage.home().join(".docker/config.json");
    fs::write(&config, login(FR, OTHER_KEY)).unwrap();
    let (works, checks) = doctor(stage, "--region fr-par", None);
    assert!(!works, "{checks:?}");
    assert_check(
        &checks[0],
        "registry-wrong-key",
        "the key is not known (of Docker's login in plaintext in its config.json)",
        Some("docker logout rg.fr-par.scw.cloud && docker-credential-scw install --region fr-par"),
    );
    fs::write(&config, login(NL, KEY)).unwrap();
    let (works, checks) = doctor(stage, "--region nl-ams", None);
    assert!(works, "{checks:?}");
    let found = "the key is accepted (of Docker's login in plaintext in its config.json)";
    assert_check(&checks[0], "registry", found, None);
    fs::remove_file(&config).unwrap();
}

/// A server for Paris that accepts only `KEY`.
fn takes_one_key(stage: &Stage) -> TlsServer {
    let good = format!("Basic {}", base64(format!("nologin:{KEY}").as_bytes()));
    TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 443), move |request| match &request
        .authorization
    {
        Some(key) if *key == good => Response::json(200, "{}"),
        _ => Response::json(401, "{}").with("WWW-Authenticate", "Basic realm=\"x\""),
    })
}

/// The key in config.yaml was replaced, and the keyring still has the old one.
fn rotated(stage: &Stage) {
    sound(stage);
    let _server = takes_one_key(stage);
    let session = Session::start(stage, &Keyring::Unlocked);
    assert_eq!(session.call("store", &login_request(FR, OTHER_KEY)), "");
    let doctor = || {
        let line = "docker-credential-scw doctor --region fr-par -o json";
        let words: Vec<_> = line.split(' ').collect();
        read(&run(session.command(&words), ""))
    };
    let (works, checks) = doctor();
    assert!(!works);
    let remedy = "docker-credential-scw logout --region fr-par";
    assert_check(
        &checks[0],
        "registry-wrong-key",
        "the key is not known (from keyring); that of the profile default would work",
        Some(remedy),
    );
    let typed: Vec<_> = remedy.split(' ').collect();
    let output = run(session.command(&typed), "");
    assert!(output.status.success(), "{}", both(&output));
    let (works, checks) = doctor();
    assert!(works, "{checks:?}");
    assert_check(&checks[0], "registry", "the key is accepted (from profile default)", None);
}

fn in_time(stage: &Stage) {
    sound(stage);
    // The registry responds, but the token endpoint never does.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let realm = format!("https://{FR}:{port}/token");
    let _server = TlsServer::start(stage, stage.certificate(), ("127.0.0.1", 443), move |_| {
        challenge(&realm)
    });
    let start = Instant::now();
    let check = one(stage, &format!("{FR}/ns/app"), None);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_check(
        &check,
        "registry-timeout",
        "no connection: no answer within 10 s",
        Some("let this machine reach it on port 443, directly or through a proxy in HTTPS_PROXY"),
    );
}
