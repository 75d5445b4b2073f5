//! Whose host is it? Everything here that is not ours must never be answered with a secret.

use docker_credential_scw::registry_host::{RegistryHost, ServerUrl, is_region};
use proptest::prelude::*;

use crate::support::{FR, KEY_A, World};

/// Holds for every input: what is accepted means the same host to the `url` crate.
fn means_the_same_host(text: &str) -> Option<String> {
    let server = ServerUrl::parse(text)?;
    let has_scheme = text.len() > 8 && text[..8].contains("://");
    let url = if has_scheme { text.to_owned() } else { format!("https://{text}") };
    let url = url::Url::parse(&url).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert_eq!(url.host_str(), Some(server.host.to_string().as_str()), "{text:?}");
    assert_eq!(url.scheme() == "http", server.plain_http, "{text:?}");
    assert!(matches!(url.port_or_known_default(), Some(443)) || server.plain_http, "{text:?}");
    assert_eq!((url.username(), url.password()), ("", None), "{text:?}");
    Some(server.host.to_string())
}

#[test]
fn our_registries_are_recognised_in_every_form_that_clients_use() {
    for (text, host) in [
        ("rg.fr-par.scw.cloud", "rg.fr-par.scw.cloud"),
        ("RG.NL-AMS.SCW.CLOUD", "rg.nl-ams.scw.cloud"),
        ("https://rg.pl-waw.scw.cloud", "rg.pl-waw.scw.cloud"),
        ("HTTPS://rg.pl-waw.scw.cloud/", "rg.pl-waw.scw.cloud"),
        ("rg.it-mil.scw.eu", "rg.it-mil.scw.eu"),
        ("rg.fr-par.scw.eu:443", "rg.fr-par.scw.eu"),
        ("https://rg.it-mil.scw.cloud:443/v2/", "rg.it-mil.scw.cloud"),
        ("rg.fr-par.scw.cloud/ns/img:1.2", "rg.fr-par.scw.cloud"),
        ("rg.fr-par.scw.cloud:443/ns/img", "rg.fr-par.scw.cloud"),
        // Regions that do not exist yet.
        ("rg.de-fra.scw.cloud", "rg.de-fra.scw.cloud"),
        ("rg.es-sevilla.scw.cloud", "rg.es-sevilla.scw.cloud"),
    ] {
        assert_eq!(means_the_same_host(text).as_deref(), Some(host), "{text}");
    }
    let plain = ServerUrl::parse("http://rg.fr-par.scw.cloud").unwrap();
    assert!(plain.plain_http && plain.host.region() == "fr-par");
}

#[test]
fn the_known_registries_are_one_a_region_and_two_for_milan() {
    let known: Vec<_> = RegistryHost::known().map(|host| host.to_string()).collect();
    assert_eq!(
        known,
        [
            "rg.fr-par.scw.cloud",
            "rg.nl-ams.scw.cloud",
            "rg.pl-waw.scw.cloud",
            "rg.it-mil.scw.cloud",
            "rg.it-mil.scw.eu"
        ]
    );
}

#[test]
fn a_region_is_two_letters_a_dash_and_three_to_seven_letters() {
    for region in ["fr-par", "nl-ams", "de-fra", "es-sevilla"] {
        assert!(is_region(region), "{region}");
    }
    for not in [
        "",
        "-",
        "fr",
        "fr-",
        "-par",
        "f-par",
        "fra-par",
        "fr-pa",
        "fr-sevillas",
        "fr-PAR",
        "Fr-par",
        "fr-p4r",
        "fr-par-1",
        "fr_par",
        "fr-par ",
        "fr-pär",
        "*",
    ] {
        assert!(!is_region(not), "{not}");
    }
}

/// Inputs that attackers send, and what sloppy matching has answered in other helpers.
fn hostile_corpus() -> Vec<Vec<u8>> {
    let suffixes: [&[u8]; 34] = [
        b"\r",
        b"\n\n",
        b" \n ",
        b":80",
        b":0443",
        b":443:443",
        b":",
        b":443x",
        b":+443",
        b":4430",
        b".",
        b"..",
        b"?x",
        b"#x",
        b"\n.evil.com",
        b"\r.evil.com",
        b"\0",
        b"\0.evil.com",
        b" .evil.com",
        b" x",
        b"%2e",
        b"%2eevil.com",
        b".evil.com",
        b"@evil.com",
        b":443@evil.com",
        b"\\@evil.com",
        b"\\.evil.com",
        b"/@evil.com",
        b"/\\evil.com",
        b"/?x",
        b"/#x",
        b";evil.com",
        b",evil.com",
        b"\xff",
    ];
    let prefixes: [&[u8]; 26] = [
        b"http://",
        b"HTTP://",
        b"ftp://",
        b"file://",
        b"https:",
        b"https:/",
        b"https:///",
        b"//",
        b"/",
        b"https://https://",
        b"user@",
        b"user:pw@",
        b"https://user:pw@",
        b"evil.com/",
        b"evil.com?",
        b"evil.com#",
        b"evil.com\\",
        b"evil.com:443/",
        b"evil",
        b"evil-",
        b"x.",
        b"-",
        b".",
        b"ssh://",
        b"https://evil.com/",
        b"\x00",
    ];
    let mut corpus: Vec<Vec<u8>> = Vec::new();
    for host in [FR, "https://rg.fr-par.scw.cloud"] {
        corpus.extend(suffixes.iter().map(|suffix| [host.as_bytes(), suffix].concat()));
    }
    corpus.extend(prefixes.iter().map(|prefix| [prefix, FR.as_bytes()].concat()));
    let others = [
        "rg..scw.cloud",
        "rg.scw.cloud",
        "rg.*.scw.cloud",
        "*.scw.cloud",
        "rg.fr-par.scw.cloud.evil.com",
        "rg.fr-par.evil.scw.cloud",
        "rg.fr-par.scw.cloud.",
        "rg.fr-par.scw.cloudx",
        "rg.fr-par.scw-cloud",
        "rg.fr-par.scwxcloud",
        "rgxfr-par.scw.cloud",
        "rg.fr-par.scw.com",
        "rg.fr-par.scw.eu.evil.com",
        "rg.fr-par.\u{455}cw.cloud",
        "rg.fr-par.xn--cw-ylc.cloud",
        "rg\u{ff0e}fr-par\u{ff0e}scw\u{ff0e}cloud",
        "rg\u{3002}fr-par.scw.cloud",
        "rg.fr-par.scw.clo\u{ad}ud",
        "rg.fr-par.scw.c\u{202e}loud",
        "rg.\u{212a}r-par.scw.cloud",
        "\u{a0}rg.fr-par.scw.cloud",
        "\u{feff}rg.fr-par.scw.cloud",
        "unused",
        "localhost",
        "127.0.0.1",
        "[::1]:443",
        "s3.fr-par.scw.cloud",
        "{\"ServerURL\":\"rg.fr-par.scw.cloud\"}",
    ];
    corpus.extend(others.iter().map(|text| text.as_bytes().to_vec()));
    corpus.push(vec![b'a'; 1_000_000]);
    corpus.push([FR.as_bytes(), &[b'a'; 1_000_000]].concat());
    corpus
}

#[test]
fn the_hostile_corpus_is_never_answered_with_a_secret() {
    let world = World::new().set("SCW_SECRET_KEY", KEY_A);
    for input in hostile_corpus() {
        let shown = String::from_utf8_lossy(&input[..input.len().min(80)]).into_owned();
        let outcome = world.get(&input);
        assert_eq!(outcome.exit, docker_credential_scw::Exit::Failure, "{shown:?}");
        assert!(!outcome.stdout.contains(KEY_A) && !outcome.stderr.contains(KEY_A), "{shown:?}");
        let store = serde_json::json!({
            "ServerURL": String::from_utf8_lossy(&input), "Username": "u", "Secret": KEY_A,
        });
        let outcome = world.run(&["store"], store.to_string());
        assert_eq!(outcome.exit, docker_credential_scw::Exit::Failure, "{shown:?}");
        assert!(!outcome.stdout.contains(KEY_A) && !outcome.stderr.contains(KEY_A), "{shown:?}");
    }
    assert_eq!(world.keyring.state().calls, 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn whatever_is_accepted_means_the_same_host_to_the_url_crate(text in "\\PC{0,60}") {
        means_the_same_host(&text);
    }

    #[test]
    fn also_when_it_looks_much_like_ours(
        scheme in "(https?://|HTTPS://|//|https:/|[a-z]{1,5}:)?",
        before in "([a-z@.:/?#\\\\%-]{0,4})",
        host in "rg[.-][a-zA-Z]{2}-[a-zA-Z]{2,8}\\.scw[.:/@]?(cloud|eu|CLOUD)",
        after in "([.:/?#@\\\\%a-z0-9 \t~-]{0,8}|:443|:443/[!-~]{0,12}|/[!-~]{0,12})",
    ) {
        means_the_same_host(&format!("{scheme}{before}{host}{after}"));
        means_the_same_host(&format!("{scheme}{host}{after}"));
    }

    #[test]
    fn a_registry_host_reads_what_it_writes(region in "[a-z]{2}-[a-z]{3,7}", eu in any::<bool>()) {
        let text = format!("rg.{region}.scw.{}", if eu { "eu" } else { "cloud" });
        let host = RegistryHost::from_host(&text).unwrap();
        prop_assert_eq!(host.region(), region);
        prop_assert_eq!(host.to_string(), text);
    }
}
