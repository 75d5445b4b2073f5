use super::{Added, Entry, FoundEntry, NotAConfig, Removed, add, find, remove};

fn entry() -> Entry {
    Entry { env: vec![("SCW_CONFIG_PATH", "/etc/scw.yaml".to_owned())] }
}

const OTHER: &str = "\
# Nodes of the web cluster.
apiVersion: kubelet.config.k8s.io/v1beta1   # old
kind: CredentialProviderConfig
providers:
# Amazon's
- name: ecr-credential-provider
  matchImages: [\"*.dkr.ecr.*.amazonaws.com\"]
  defaultCacheDuration: \"12h\"
  apiVersion: credentialprovider.kubelet.k8s.io/v1
  env:
    - name: AWS_SECRET_ACCESS_KEY
      value: hidden # do not tell
# the end
";

fn added(text: &str) -> String {
    match add(text, &entry(), false) {
        Ok(Added::Text { text, .. }) => text,
        other => panic!("{other:?} for {text}"),
    }
}

fn removed(text: &str) -> (String, bool) {
    match remove(text) {
        Ok(Removed::Text { text, has_providers }) => (text, has_providers),
        other => panic!("{other:?} for {text}"),
    }
}

const NEW: &str = "\
apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
  - name: scw-credential-provider
    apiVersion: credentialprovider.kubelet.k8s.io/v1
    matchImages:
      - rg.fr-par.scw.cloud
      - rg.nl-ams.scw.cloud
      - rg.pl-waw.scw.cloud
      - rg.it-mil.scw.cloud
      - rg.it-mil.scw.eu
      - rg.*.scw.cloud
      - rg.*.scw.eu
    defaultCacheDuration: 5m0s
    env:
      - name: SCW_CONFIG_PATH
        value: \"/etc/scw.yaml\"
";

#[test]
fn a_new_file_is_whole_and_goes_again() {
    assert_eq!(added(""), NEW);
    assert_eq!(add(NEW, &entry(), false), Ok(Added::Already));
    assert_eq!(remove(NEW), Ok(Removed::File));
    assert_eq!(added("# ours"), format!("# ours\n{}", NEW.trim_end()));
    assert_eq!(added("# ours\n"), format!("# ours\n{NEW}"));
}

#[test]
fn an_entry_is_added_after_the_others_and_taken_back_byte_for_byte() {
    let indented = OTHER.replace("\n  ", "\n      ").replace("\n- name", "\n    - name");
    let two = OTHER.replace("# the end\n", "\n- {name: b, matchImages: [c.d]}\n\n# the end\n\n");
    let one_line = OTHER.split("  env").next().unwrap().to_owned();
    let block = format!("{one_line}  args:\n  - |\n    a\n\n    b\n\n\n# end\n");
    for text in [
        OTHER.to_owned(),
        indented,
        two,
        OTHER.replace('\n', "\r\n"),
        OTHER.trim_end().to_owned(),
        one_line.trim_end().to_owned(),
        one_line,
        block,
        format!("---\n{OTHER}...\n"),
        format!("\u{feff}{OTHER}"),
    ] {
        let new = added(&text);
        assert_eq!(removed(&new), (text.clone(), true), "{new}");
        let found = find(&new).unwrap().unwrap();
        assert_eq!(found.match_images.len(), 7);
        assert_eq!(found.env, [("SCW_CONFIG_PATH".to_owned(), "/etc/scw.yaml".to_owned())]);
        assert_eq!(add(&new, &entry(), false), Ok(Added::Already), "{new}");
    }
    let expected = NEW.lines().skip(3).map(|line| line[2..].to_owned() + "\n");
    let (head, end) = OTHER.split_at(OTHER.find("# the end").unwrap());
    assert_eq!(added(OTHER), format!("{head}{}{end}", expected.collect::<String>()));
}

#[test]
fn an_empty_list_gets_its_first_entry() {
    let text = "kind: CredentialProviderConfig\napiVersion: kubelet.config.k8s.io/v1\n\
                providers: # none yet\n# end\n";
    let new = added(text);
    assert_eq!(removed(&new), (text.to_owned(), false));
}

#[test]
fn an_entry_that_was_changed_stays_unless_forced() {
    let changed = NEW.replace("5m0s", "1h0m0s");
    assert_eq!(add(&changed, &entry(), false), Ok(Added::Differs { line: 4 }));
    let forced = add(&changed, &entry(), true);
    let Ok(Added::Text { text, .. }) = forced else { panic!("{forced:?}") };
    assert_eq!(text, NEW);
    // In the middle, it stays there.
    let other = "  - name: other\n    matchImages: [a.b]\n";
    let between = |entry: &str| format!("{entry}{other}");
    let forced = add(&between(&changed), &entry(), true);
    let Ok(Added::Text { text, .. }) = forced else { panic!("{forced:?}") };
    assert_eq!(text, between(NEW));
    assert_eq!(removed(&text), (format!("{}{other}", &NEW[..NEW.find("  - name").unwrap()]), true));
}

#[test]
fn what_is_found_is_what_the_kubelet_reads() {
    let text = OTHER.replace("ecr-credential-provider", "scw-credential-provider");
    let found = FoundEntry {
        line: 6,
        api_version: "credentialprovider.kubelet.k8s.io/v1".to_owned(),
        match_images: vec!["*.dkr.ecr.*.amazonaws.com".to_owned()],
        env: vec![("AWS_SECRET_ACCESS_KEY".to_owned(), "hidden".to_owned())],
        has_cache_duration: true,
    };
    assert_eq!(find(&text), Ok(Some(found)));
    assert_eq!(find(OTHER), Ok(None));
    assert_eq!(find(""), Ok(None));
}

#[test]
fn what_is_not_understood_is_left_unchanged() {
    let head = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\n";
    let json = r#"{"apiVersion":"kubelet.config.k8s.io/v1","kind":"CredentialProviderConfig","providers":[]}"#;
    for (text, error) in [
        ("a: [", NotAConfig::Syntax { line: 2, column: 1 }),
        ("kind: Pod\napiVersion: v1\n", NotAConfig::OtherKind),
        ("kind: CredentialProviderConfig\napiVersion: v1\n", NotAConfig::OtherKind),
        ("- a\n", NotAConfig::OtherKind),
        ("text", NotAConfig::OtherKind),
        (&format!("{OTHER}---\n{OTHER}"), NotAConfig::Documents),
        (head, NotAConfig::NoProviders),
        (json, NotAConfig::Braces { line: 1 }),
        (&format!("{head}providers: []\n"), NotAConfig::Braces { line: 3 }),
        (&format!("{head}providers: [{{name: a}}]\n"), NotAConfig::Braces { line: 3 }),
        (&format!("{head}providers:\n-\n  name: a\n"), NotAConfig::Layout { line: 5 }),
    ] {
        assert_eq!(add(text, &entry(), true), Err(error), "{text}");
    }
    assert_eq!(remove(&format!("{head}providers: []\n")), Ok(Removed::Already));
    let flow = format!("{head}providers: [{{name: scw-credential-provider}}]\n");
    assert_eq!(remove(&flow), Err(NotAConfig::Braces { line: 3 }));
}
