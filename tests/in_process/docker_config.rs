//! Docker's config: every byte that is not ours stays, and what we add can be taken back.

mod logins;

use docker_credential_scw::docker::config::ConfigDocument;
use docker_credential_scw::helper_name::{ConfiguredHelper, HelperName};
use docker_credential_scw::registry_host::RegistryHost;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{FR, KEY_A, NL};

fn entries(hosts: &[&str], helper: &str) -> Vec<(RegistryHost, HelperName)> {
    hosts.iter().map(|host| (registry(host), ours(helper))).collect()
}

fn registry(host: &str) -> RegistryHost {
    RegistryHost::from_host(host).unwrap()
}

fn ours(helper: &str) -> HelperName {
    HelperName::parse(helper).unwrap()
}

fn parse(text: &str) -> ConfigDocument {
    ConfigDocument::parse(Some(text.as_bytes())).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Installs for two hosts and gives the text; checks that it is what Docker will understand, and
/// that uninstalling gives the very bytes back.
#[track_caller]
fn installed(before: Option<&str>, store: Option<&str>) -> String {
    let document = ConfigDocument::parse(before.map(str::as_bytes)).unwrap();
    let after = document.with_helpers(&entries(&[FR, NL], "scw"), store);
    let text = after.content().unwrap().to_owned();
    let json: serde_json::Value = serde_json::from_str(&text).expect(&text);
    let json = json.as_object().unwrap();
    let helpers = json.iter().find(|(key, _)| key.eq_ignore_ascii_case("credHelpers")).unwrap().1;
    assert_eq!((&helpers[FR], &helpers[NL]), (&"scw".into(), &"scw".into()), "{text}");
    assert_eq!(
        json.get("credsStore").and_then(|value| value.as_str()).filter(|store| !store.is_empty()),
        store.or(document.creds_store().map(|store| store.to_string()).as_deref())
    );
    let back = parse(&text).without_helper(&ours("scw"));
    assert_eq!(back.content(), before, "from:\n{text}");
    assert_eq!(after.with_helpers(&entries(&[FR, NL], "scw"), None), after, "twice is once");
    text
}

#[test]
fn a_file_that_is_not_there_is_laid_out_as_docker_would() {
    assert_eq!(
        installed(None, None),
        "{\n\t\"credHelpers\": {\n\t\t\"rg.fr-par.scw.cloud\": \"scw\",\n\t\t\"rg.nl-ams.scw.cloud\": \
         \"scw\"\n\t}\n}"
    );
    let with_store = installed(None, Some("secretservice"));
    assert_eq!(
        with_store,
        "{\n\t\"credHelpers\": {\n\t\t\"rg.fr-par.scw.cloud\": \"scw\",\n\t\t\"rg.nl-ams.scw.cloud\": \
         \"scw\"\n\t},\n\t\"credsStore\":\t \"secretservice\"\n}"
    );
}

#[test]
fn what_is_added_looks_like_its_surroundings() {
    for (before, after) in [
        ("{}", r#"{"credHelpers": {"rg.fr-par.scw.cloud": "scw", "rg.nl-ams.scw.cloud": "scw"}}"#),
        (
            r#"{"auths":{},"psFormat":"x"}"#,
            r#"{"auths":{},"psFormat":"x","credHelpers":{"rg.fr-par.scw.cloud":"scw","rg.nl-ams.scw.cloud":"scw"}}"#,
        ),
        (
            "{\n    \"auths\": {}\n}\n",
            "{\n    \"auths\": {},\n    \"credHelpers\": {\n        \"rg.fr-par.scw.cloud\": \"scw\",\n        \
             \"rg.nl-ams.scw.cloud\": \"scw\"\n    }\n}\n",
        ),
        (
            "{\r\n\t\"credHelpers\": {\r\n\t\t\"gcr.io\": \"gcr\"\r\n\t}\r\n}",
            "{\r\n\t\"credHelpers\": {\r\n\t\t\"gcr.io\": \"gcr\",\r\n\t\t\"rg.fr-par.scw.cloud\": \"scw\",\r\n\t\t\
             \"rg.nl-ams.scw.cloud\": \"scw\"\r\n\t}\r\n}",
        ),
        (
            "{ \"credhelpers\" : { \"gcr.io\" : \"gcr\" } , \"x\" : 1 }",
            "{ \"credhelpers\" : { \"gcr.io\" : \"gcr\", \"rg.fr-par.scw.cloud\" : \"scw\", \"rg.nl-ams.scw.cloud\" \
             : \"scw\" } , \"x\" : 1 }",
        ),
    ] {
        assert_eq!(installed(Some(before), None), after);
    }
}

#[test]
fn every_odd_document_comes_back_byte_for_byte() {
    for before in [
        "",
        " ",
        "\n",
        "  \n\t\r\n",
        "{}",
        "{ }",
        "{\n}",
        "{\n}\n",
        "{\r\n}",
        "\n\n{}\n\n",
        "{\n\n\n}",
        r#"{"credHelpers":{}}"#,
        r#"{"credHelpers": { }, "x": 1}"#,
        "{\n\t\"credHelpers\": {\n\t}\n}",
        "{\"credHelpers\": {\n\n}}",
        "{\n\t\"auths\": {},\n\t\"credsStore\": \"pass\"\n}",
        "{\n  \"detachKeys\":  \"ctrl-x\",\n  \"credsStore\":  \"desktop\"\n}\n",
        "{\"credsStore\": null, \"auths\": null}",
        "{\"credsStore\": \"\"}",
        "{\"a\":1e300,\"b\":-0.0,\"c\":123456789012345678901234567890,\"d\":\"\\u00e9\\/\\ud83d\\ude00\"}",
        "{\"a\"\n:\n1\n,\n\"b\"\n:\n[{\"}\":\"]\"},[],{}]\n}",
        "{\"a\":1,\n\"b\":2}",
        "{\n\"a\": 1,\n\"b\": 2\n}\n",
        "{\n\n\t\"a\": \"{\\\"credHelpers\\\": 1}\",\n\n\t\"é\": null\n\n}",
        "{   \"a\"  :  1  ,    \"b\":true   }",
    ] {
        installed(Some(before), None);
        if !before.contains("credsStore") {
            installed(Some(before), Some("secretservice"));
        }
    }
}

#[test]
fn what_is_not_a_config_is_refused_with_its_place_and_never_a_value() {
    for (text, words) in [
        ("{", "line 1, column 1: it is not valid JSON"),
        ("{\"auths\": {}\n  \"x\": 1}", "line 2, column 3: it is not valid JSON"),
        ("{} {}", "line 1, column 4: it is not valid JSON"),
        ("{\"a\": 1,}", "line 1, column 9: it is not valid JSON"),
        ("{'a': 1}", "line 1, column 2: it is not valid JSON"),
        ("// comment\n{}", "line 1, column 1: it is not valid JSON"),
        ("\u{feff}{}", "line 1, column 1: it is not valid JSON"),
        ("[]", "line 1, column 1: it is not a JSON object"),
        ("null", "line 1, column 1: it is not a JSON object"),
        ("\"hunter2\"", "line 1, column 1: it is not a JSON object"),
        ("{\n\"credHelpers\": []}", "line 2, column 16: credHelpers is not an object"),
        ("{\"credHelpers\": null}", "line 1, column 17: credHelpers is not an object"),
        (
            "{\"credHelpers\": {\"a\": \"x\",\n \"b\": 1}}",
            "line 2, column 7: a value in credHelpers is not a string",
        ),
        ("{\"credHelpers\": {}, \"credHelpers\": {}}", "line 1, column 21: duplicate credHelpers"),
        ("{\"credHelpers\": {}, \"CREDHELPERS\": {}}", "line 1, column 21: duplicate credHelpers"),
        (
            "{\"cred\\u0048elpers\": {}, \"credHelpers\": {}}",
            "line 1, column 26: duplicate credHelpers",
        ),
        (
            "{\"credHelpers\": {\"a\": \"x\",\n\"a\": \"y\"}}",
            "line 2, column 1: duplicate entry \"a\" in credHelpers",
        ),
        ("{\"credsStore\": 1}", "line 1, column 16: credsStore is not a string"),
        ("{\"credsStore\": {}}", "line 1, column 16: credsStore is not a string"),
        ("{\"auths\": \"hunter2\"}", "line 1, column 11: auths is not an object"),
        ("{\"auths\": {}, \"auths\": {}}", "line 1, column 15: duplicate auths"),
    ] {
        let error = ConfigDocument::parse(Some(text.as_bytes())).unwrap_err().to_string();
        assert_eq!(error, words, "{text}");
    }
    let error = ConfigDocument::parse(Some(b"{\n\"a\": \"\xff\"}")).unwrap_err().to_string();
    assert_eq!(error, "line 2, column 7: it is not UTF-8 text");
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(5000), "]".repeat(5000));
    let after = parse(&deep).with_helpers(&entries(&[FR], "scw"), None);
    assert!(parse(after.content().unwrap()).without_helper(&ours("scw")).content() == Some(&*deep));
}

#[test]
fn replacing_an_entry_keeps_its_place() {
    let before = "{\"credHelpers\": {\"rg.fr-par.scw.cloud\": \"other\" , \"x\": \"y\"}}";
    let after = parse(before).with_helpers(&entries(&[FR, NL], "scw-prod"), None);
    assert_eq!(
        after.content().unwrap(),
        "{\"credHelpers\": {\"rg.fr-par.scw.cloud\": \"scw-prod\" , \"x\": \"y\", \"rg.nl-ams.scw.cloud\": \
         \"scw-prod\"}}"
    );
    assert_eq!(after.cred_helper(&registry(FR)), Some(ConfiguredHelper::Ours(ours("scw-prod"))));
}

#[test]
fn only_entries_of_that_very_helper_go_and_an_empty_cred_helpers_with_them() {
    let text = "{\n  \"credHelpers\": {\n    \"rg.fr-par.scw.cloud\": \"scw\",\n    \"rg.nl-ams.scw.cloud\": \
                \"scw-prod\",\n    \"gcr.io\": \"gcr\"\n  }\n}";
    let without = parse(text).without_helper(&ours("scw"));
    assert_eq!(
        without.content().unwrap(),
        "{\n  \"credHelpers\": {\n    \"rg.nl-ams.scw.cloud\": \"scw-prod\",\n    \"gcr.io\": \"gcr\"\n  }\n}"
    );
    let docker_wrote =
        "{\n\t\"auths\": {},\n\t\"credHelpers\": {\n\t\t\"rg.fr-par.scw.cloud\": \"scw\"\n\t}\n}";
    let without = parse(docker_wrote).without_helper(&ours("scw"));
    assert_eq!(without.content().unwrap(), "{\n\t\"auths\": {}\n}");
    let foreign = parse("{\"credHelpers\": {\"gcr.io\": \"gcr\"}}");
    assert_eq!(foreign.without_helper(&ours("scw")), foreign);
}

#[test]
fn a_store_that_was_used_for_a_login_meanwhile_stays() {
    let after = parse("{}").with_helpers(&entries(&[FR], "scw"), Some("pass"));
    let text = after
        .content()
        .unwrap()
        .replace("\"credsStore\"", "\"auths\": {\"docker.io\": {}}, \"credsStore\"");
    let without = parse(&text).without_helper(&ours("scw"));
    assert_eq!(without.creds_store(), Some(ConfiguredHelper::Other("pass".to_owned())));
    assert!(without.cred_helpers().is_empty());
}

#[test]
fn keys_with_lone_surrogates_are_different_keys() {
    let text = "{\"credHelpers\": {\"\\ud800a\": \"x\", \"\\ud800b\": \"y\"}}";
    let after = parse(text).with_helpers(&entries(&[FR], "scw"), None);
    assert_eq!(parse(after.content().unwrap()).without_helper(&ours("scw")).content(), Some(text));
}

#[test]
fn many_entries_take_no_longer_than_they_are_many() {
    let entries: Vec<_> = (0..60_000).map(|n| format!("\"host{n}\": \"x\"")).collect();
    let text = format!("{{\"credHelpers\": {{{}}}}}", entries.join(", "));
    let start = std::time::Instant::now();
    installed(Some(&text), None);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

/// Of a size that took many minutes when each entry was taken out of a new copy of the text.
#[test]
fn any_number_of_entries_is_taken_out_at_once() {
    const COUNT: usize = 50_000;
    let list =
        |entry: &dyn Fn(usize) -> String| (0..COUNT).map(entry).collect::<Vec<_>>().join(",\n\t\t");
    let entries = list(&|n| format!("\"rg.fr-par.scw.cloud/{n}\": \"scw\""));
    let text = format!("{{\"credHelpers\": {{\n\t\t\"a\": \"b\",\n\t\t{entries}\n\t}}}}");
    let without = parse(&text).without_helper(&ours("scw"));
    assert_eq!(without.content(), Some("{\"credHelpers\": {\n\t\t\"a\": \"b\"\n\t}}"));

    let login = base64(&format!("nologin:{KEY_A}"));
    let logins = list(&|n| format!("\"rg.fr-par.scw.cloud/{n}\": {{\"auth\": \"{login}\"}}"));
    let document = parse(&format!("{{\"auths\": {{\n\t\t{logins}}}}}"));
    let found = document.plaintext_logins();
    assert_eq!(found.len(), COUNT);
    assert!(found.iter().all(|login| login.key.is_some()));
    assert_eq!(document.without_logins(&found).content(), Some("{\"auths\": {}}"));

    let others = list(&|n| format!("\"other{n}\": [1]"));
    let shown = parse(&format!("{{{others}}}")).redacted();
    assert_eq!(shown, format!("{{{}}}", list(&|n| format!("\"other{n}\": ..."))));
}

#[test]
fn docker_chooses_a_store_only_while_nothing_is_configured() {
    for (text, contains) in [
        ("", false),
        ("{}", false),
        (r#"{"auths": {}, "credHelpers": {}, "credsStore": ""}"#, false),
        (r#"{"psFormat": "x"}"#, false),
        (r#"{"auths": {"docker.io": {}}}"#, true),
        (r#"{"credHelpers": {"gcr.io": "gcr"}}"#, true),
        (r#"{"credsStore": "pass"}"#, true),
    ] {
        assert_eq!(parse(text).contains_auth(), contains, "{text}");
    }
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// White space as people and programs write it.
fn whitespace() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", "", " ", "\n", "\n\t", "\n  ", "\r\n    ", "\t", "  ", "\n\n  "])
}

fn json_string() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 {}\\[\\]:,./é😀\\\\\"\u{1}-]{0,12}"
        .prop_map(|text| serde_json::Value::from(text).to_string())
}

/// JSON values with their formatting, as text.
fn json_value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        json_string(),
        select(vec![
            "null",
            "true",
            "1",
            "-0.0",
            "1E+5",
            "123456789012345678901234567890",
            "\"\\u00e9\\/\""
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let item = (whitespace(), inner.clone(), whitespace())
            .prop_map(|(a, value, b)| format!("{a}{value}{b}"));
        let array = (whitespace(), prop::collection::vec(item, 0..4)).prop_map(|(space, items)| {
            if items.is_empty() { format!("[{space}]") } else { format!("[{}]", items.join(",")) }
        });
        let member = (whitespace(), json_string(), whitespace(), whitespace(), inner, whitespace());
        let member =
            member.prop_map(|(a, key, b, c, value, d)| format!("{a}{key}{b}:{c}{value}{d}"));
        let object =
            (whitespace(), prop::collection::vec(member, 0..4)).prop_map(|(space, members)| {
                if members.is_empty() {
                    format!("{{{space}}}")
                } else {
                    format!("{{{}}}", members.join(","))
                }
            });
        prop_oneof![array, object]
    })
}

/// A `credHelpers` of other registries, in any formatting.
fn helpers() -> impl Strategy<Value = String> {
    let entry = |n: usize| {
        (whitespace(), whitespace(), whitespace(), whitespace())
            .prop_map(move |(a, b, c, d)| format!("{a}\"host{n}.example\"{b}:{c}\"other\"{d}"))
    };
    let entries = prop_oneof![
        whitespace().prop_map(str::to_owned),
        entry(1),
        (entry(1), entry(2)).prop_map(|(first, second)| format!("{first},{second}")),
    ];
    (entries, select(vec!["credHelpers", "credhelpers", "cred\\u0048elpers"]))
        .prop_map(|(entries, key)| format!("\"{key}\":{{{entries}}}"))
}

fn config() -> impl Strategy<Value = String> {
    let other = (0..1000u32, whitespace(), json_value(), whitespace())
        .prop_map(|(n, space, value, after)| format!("\"key{n}\":{space}{value}{after}"));
    let member =
        prop_oneof![4 => other, 1 => helpers(), 1 => Just("\"credsStore\": \"pass\"".to_owned())];
    let members = prop::collection::vec((whitespace(), member, whitespace()), 0..6);
    (whitespace(), members, whitespace(), whitespace()).prop_map(
        |(before, members, inner, after)| {
            let members: Vec<_> =
                members.into_iter().map(|(a, member, b)| format!("{a}{member}{b}")).collect();
            let members = if members.is_empty() { inner.to_owned() } else { members.join(",") };
            format!("{before}{{{members}}}{after}")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    #[test]
    fn uninstall_after_install_is_the_identity_on_bytes(
        text in config(),
        hosts in prop::sample::subsequence(vec![FR, NL, "rg.it-mil.scw.eu"], 1..=3),
        store in prop::option::of(Just("secretservice")),
    ) {
        // Documents with a duplicate key are refused and left unchanged.
        let Ok(before) = ConfigDocument::parse(Some(text.as_bytes())) else { return Ok(()) };
        let store = store.filter(|_| !before.contains_auth() && !before.has_creds_store());
        let after = before.with_helpers(&entries(&hosts, "scw"), store);
        let written = after.content().unwrap();
        prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(written).is_ok(), "{}", written);
        let read = ConfigDocument::parse(Some(written.as_bytes())).unwrap();
        for host in &hosts {
            let helper = read.cred_helper(&registry(host));
            prop_assert_eq!(helper, Some(ConfiguredHelper::Ours(ours("scw"))));
        }
        let entries = read.cred_helpers();
        for entry in before.cred_helpers() {
            prop_assert!(entries.contains(&entry), "{:?}", entry);
        }
        let back = read.without_helper(&ours("scw"));
        prop_assert_eq!(back.content(), Some(text.as_str()), "by way of {}", written);
    }

    #[test]
    fn in_two_steps_as_well(text in config()) {
        let Ok(before) = ConfigDocument::parse(Some(text.as_bytes())) else { return Ok(()) };
        let first = before.with_helpers(&entries(&[FR], "scw"), None);
        let second = first.with_helpers(&entries(&[FR, NL], "scw"), None);
        let back = second.without_helper(&ours("scw"));
        prop_assert_eq!(back.content(), Some(text.as_str()), "by way of {:?}", second);
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(document) = ConfigDocument::parse(Some(&bytes)) {
            let after = document.with_helpers(&entries(&[FR], "scw"), Some("pass"));
            prop_assert!(ConfigDocument::parse(after.content().map(str::as_bytes)).is_ok());
        }
    }
}
