//! Which hop between this machine and a registry fails: proxies, the token host, certificates.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::{assert_check, doctor, one};
use crate::Scenario;
use crate::doctor::{challenge, of_host, read, sound};
use crate::stage::{FR, Stage};
use crate::tls_server::{Response, TlsServer};

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "doctor_names_the_hop_that_failed", needs: &[], play: hops },
    Scenario { name: "doctor_names_missing_certificate_files", needs: &[], play: authorities },
    Scenario { name: "doctor_ends_in_time", needs: &[], play: in_time },
];

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
