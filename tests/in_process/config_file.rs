//! Scaleway's `config.yaml`: where it is, which content is valid, and the errors about broken content.

use proptest::prelude::*;

use crate::support::{FR, KEY_A, KEY_B, KEY_C, NOT_FOUND, Outcome, World, stable};

fn key_in(config: &str) -> String {
    World::new().config(config).key_for(FR)
}

#[test]
fn the_file_is_found_where_scaleways_tools_write_it() {
    let one = |key: &str| format!("secret_key: {key}\n");
    let mut world = World::new().file(".config/scw/config.yml", one(KEY_C));
    assert_eq!(world.key_for(FR), KEY_C, "the fall-back name");
    world = world.config(one(KEY_A));
    assert_eq!(world.key_for(FR), KEY_A);
    let xdg = world.home.path().join("xdg");
    world = world.file("xdg/scw/config.yaml", one(KEY_B)).set("XDG_CONFIG_HOME", &xdg);
    assert_eq!(world.key_for(FR), KEY_B);
    let explicit = world.home.path().join("own.yaml");
    world = world.file("own.yaml", one(KEY_C)).set("SCW_CONFIG_PATH", &explicit);
    assert_eq!(world.key_for(FR), KEY_C);
    let missing = world.home.path().join("missing.yaml");
    world = world.set("SCW_CONFIG_PATH", &missing);
    assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND), "a missing file is no error");
    let through_a_file = world.home.path().join("own.yaml/config.yaml");
    world = world.set("SCW_CONFIG_PATH", &through_a_file);
    assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND), "nor is a path through a file");
}

// Windows knows its home directories by other means.
#[cfg(unix)]
#[test]
fn home_is_the_variable_or_what_the_system_says() {
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(elsewhere.path().join(".config/scw")).unwrap();
    let text = format!("secret_key: {KEY_B}\n");
    std::fs::write(elsewhere.path().join(".config/scw/config.yaml"), text).unwrap();
    let world = World::new().config(format!("secret_key: {KEY_A}\n"));
    assert_eq!(world.key_for(FR), KEY_A);
    assert_eq!(world.set("HOME", elsewhere.path()).key_for(FR), KEY_B);
}

#[test]
fn every_way_to_write_the_same_yaml_is_read() {
    for config in [
        format!("secret_key: {KEY_A}"),
        format!("\u{feff}secret_key: {KEY_A}\r\naccess_key: SCWX\r\n"),
        format!("---\n# comment\nsecret_key: \"{KEY_A}\" # comment\n...\n"),
        format!("{{\"secret_key\": '{KEY_A}', other: [1, {{}}]}}"),
        format!("secret_key: >-\n  {KEY_A}\n"),
        format!("? secret_key\n: {KEY_A}\n? [a, b]\n: x\n"),
        format!("secret_key: !!str {KEY_A}\nunknown: !thing {{x: 1}}\n"),
        format!("send_telemetry: true\nsecret_key: {KEY_A}\nnumber: 1.5e3\n"),
        format!("a: &k {KEY_A}\nsecret_key: *k\n"),
        format!("base: &b {{secret_key: {KEY_A}}}\n<<: *b\n"),
        format!("base: &b {{secret_key: {KEY_B}}}\n<<: *b\nsecret_key: {KEY_A}\n"),
        // Merged in order, as the SDK's library does.
        format!("secret_key: {KEY_B}\n<<: {{secret_key: {KEY_A}}}\n"),
        format!("<<: [{{secret_key: {KEY_A}}}, {{secret_key: {KEY_B}}}]\n"),
        format!("active_profile: p\nprofiles: {{<<: {{p: {{secret_key: {KEY_A}}}}}}}\n"),
        format!("a: &a {{x: 1}}\nb: &b {{secret_key: {KEY_A}}}\n<<: [*a, *b]\n"),
        format!("secret_key: {KEY_B}\nsecret_key: {KEY_A}\n"),
        format!("secret_key: {KEY_A}\n---\nsecret_key: {KEY_B}\n"),
        format!("active_profile: p\nprofiles: {{p: {{secret_key: {KEY_A}}}}}\n"),
        format!("active_profile: null\nsecret_key: {KEY_A}\nprofiles:\n"),
        format!("active_profile: p\nsecret_key: {KEY_A}\nprofiles:\n  p:\n"),
        format!("active_profile: p\nsecret_key: {KEY_A}\nprofiles: {{p: {{secret_key: ~}}}}\n"),
        format!("active_profile: \"é p\"\nprofiles: {{\"é p\": {{secret_key: {KEY_A}}}}}\n"),
        format!("\n\n\nsecret_key:     {KEY_A}     \n\n"),
    ] {
        assert_eq!(key_in(&config), KEY_A, "{config}");
    }
}

#[test]
fn a_file_without_a_key_is_nothing_anywhere() {
    for config in [
        "",
        "\n",
        "# only a comment\n",
        "---\n",
        "~\n",
        "access_key: SCWX\n",
        "secret_key:\n",
        "secret_key: null\n",
        "profiles: {p: {secret_key: x}}\n",
    ] {
        let outcome = World::new().config(config).get(FR);
        assert_eq!(outcome, Outcome::failure(NOT_FOUND), "{config}");
    }
}

/// Broken files, and their errors.
#[test]
fn an_error_is_one_line_with_the_place_and_never_the_value() {
    for (config, expected) in [
        (
            "a: b\nsecret_key: [hunter2\n",
            "~/.config/scw/config.yaml is not valid YAML at line 3, column 1; fix that line \
             (indentation, quotes), or move the file away and run `docker-credential-scw \
             save-key`",
        ),
        (
            "a: b\n  secret_key: hunter2\n",
            "~/.config/scw/config.yaml is not valid YAML at line 2, column 13; fix that line \
             (indentation, quotes), or move the file away and run `docker-credential-scw \
             save-key`",
        ),
        (
            "secret_key: \"hunter2\n",
            "~/.config/scw/config.yaml is not valid YAML at line 1, column 13; fix that line \
             (indentation, quotes), or move the file away and run `docker-credential-scw \
             save-key`",
        ),
        (
            "secret_key: *hunter2\n",
            "~/.config/scw/config.yaml is not valid YAML at line 1, column 13; fix that line \
             (indentation, quotes), or move the file away and run `docker-credential-scw \
             save-key`",
        ),
        (
            "a: b\n\tsecret_key: hunter2\n",
            "~/.config/scw/config.yaml is not valid YAML at line 1, column 4; fix that line \
             (indentation, quotes), or move the file away and run `docker-credential-scw \
             save-key`",
        ),
        (
            "hunter2\n",
            "~/.config/scw/config.yaml line 1: the file's content is not a mapping (`name: \
             value` lines); fix that line, or move the file away and run `docker-credential-scw \
             save-key`",
        ),
        (
            "- secret_key: hunter2\n",
            "~/.config/scw/config.yaml line 1: the file's content is not a mapping (`name: \
             value` lines); fix that line, or move the file away and run `docker-credential-scw \
             save-key`",
        ),
        (
            "a: b\nactive_profile: [hunter2]\n",
            "~/.config/scw/config.yaml line 2: active_profile is not a name; set it to the name \
             of one profile",
        ),
        (
            "a: b\nprofiles: hunter2\n",
            "~/.config/scw/config.yaml line 2: profiles is not a mapping (`name: value` lines); \
             fix that line, or move the file away and run `docker-credential-scw save-key`",
        ),
        (
            "a: b\nprofiles:\n  p: hunter2\n",
            "~/.config/scw/config.yaml line 3: profile \"p\" is not a mapping (`name: value` \
             lines); fix that line, or move the file away and run `docker-credential-scw \
             save-key`",
        ),
        (
            "a: b\nsecret_key: hunter2\n",
            "~/.config/scw/config.yaml line 2: secret_key of profile \"default\" is not a secret \
             key; use a secret key: a UUID, 36 characters long",
        ),
        (
            "a: b\nsecret_key: SCWHUNTER2\n",
            "~/.config/scw/config.yaml line 2: secret_key of profile \"default\" holds an access \
             key (they begin with SCW), not a secret key; use the secret key (a UUID) of that \
             API key",
        ),
        (
            "secret_key: ''\n",
            "~/.config/scw/config.yaml line 1: secret_key of profile \"default\" is empty; use a \
             secret key: a UUID, 36 characters long",
        ),
        (
            "a: b\n\nsecret_key: {hunter2: 1}\n",
            "~/.config/scw/config.yaml line 3: secret_key of profile \"default\" is not text; \
             set it to a secret key (a UUID)",
        ),
        (
            "secret_key:\n  - hunter2\n",
            "~/.config/scw/config.yaml line 2: secret_key of profile \"default\" is not text; \
             set it to a secret key (a UUID)",
        ),
        (
            "secret_key: |\n  hunter2\n  hunter2\n",
            "~/.config/scw/config.yaml line 2: secret_key of profile \"default\" is not a secret \
             key; use a secret key: a UUID, 36 characters long",
        ),
    ] {
        let world = World::new().config(config);
        let outcome = world.get(FR);
        let line = outcome.our_line();
        assert_eq!(stable(line), expected);
        assert_eq!(outcome.stderr, outcome.stdout);
    }
}

#[test]
fn the_profile_that_holds_the_bad_value_is_named() {
    let config =
        "secret_key: bad\nactive_profile: p\nprofiles:\n  p: {}\n  q: {secret_key: worse}\n";
    let outcome = World::new().config(config).get(FR);
    assert_eq!(
        stable(outcome.our_line()),
        "~/.config/scw/config.yaml line 1: secret_key of profile \"default\" is not a secret \
         key; use a secret key: a UUID, 36 characters long",
    );
    let outcome = World::new().config(config).set("SCW_PROFILE", "q").get(FR);
    assert_eq!(
        stable(outcome.our_line()),
        "~/.config/scw/config.yaml line 5: secret_key of profile \"q\" is not a secret key; \
         use a secret key: a UUID, 36 characters long",
    );
}

#[test]
fn a_mistake_in_one_profile_leaves_the_others_working() {
    let config = format!("secret_key: {KEY_A}\nprofiles:\n  p: {{secret_key: [x]}}\n");
    assert_eq!(key_in(&config), KEY_A);
}

#[test]
fn a_file_that_is_not_text_or_too_large_or_a_directory_is_named() {
    let outcome = World::new().config(b"secret_key: \xff\xfe").get(FR);
    assert_eq!(
        stable(outcome.our_line()),
        "~/.config/scw/config.yaml is not UTF-8 text; save it as UTF-8"
    );
    let outcome = World::new().config("# x\n".repeat(300_000)).get(FR);
    assert_eq!(
        stable(outcome.our_line()),
        "cannot read ~/.config/scw/config.yaml: it is larger than 1 MiB; remove everything \
         that is not Scaleway's configuration",
    );
    let outcome = World::new().file(".config/scw/config.yaml/x", "").get(FR);
    assert_eq!(
        stable(outcome.our_line()),
        "cannot read ~/.config/scw/config.yaml: it is a directory; move the directory away \
         and run `docker-credential-scw save-key`, or set SCW_CONFIG_PATH to another file",
    );
}

#[test]
fn a_key_in_the_place_of_a_name_is_not_shown() {
    let active = |name: &str| World::new().config(format!("active_profile: {name}\n"));
    let listed = format!("active_profile: gone\nprofiles: {{secret_key={KEY_A}: {{}}}}\n");
    let of_profile = format!("profiles:\n  {KEY_A}: text\n");
    let home = World::new();
    let at = home.home.path().join(KEY_A);
    let worlds = [
        active(KEY_A),
        active(&KEY_A[..35]),
        active(&format!("prod\n  secret_key {KEY_A}")),
        World::new().config(listed),
        World::new().config(of_profile),
        World::new().set("SCW_PROFILE", KEY_A),
        World::new().started_as(&format!("docker-credential-scw-{KEY_A}")),
        home.file(&format!("{KEY_A}/x"), "").set("SCW_CONFIG_PATH", at),
    ];
    for world in worlds {
        let outcome = world.get(FR);
        assert!(!outcome.our_line().contains(&KEY_A[..35]), "{outcome:?}");
        assert!(!outcome.stderr.contains(&KEY_A[..35]), "{outcome:?}");
    }
    for words in [vec![KEY_A], vec![KEY_A, "x"]] {
        let outcome = World::new().run(&words, "");
        assert!(!format!("{outcome:?}").contains(KEY_A), "{outcome:?}");
    }
}

#[test]
fn a_message_stays_short_whatever_the_file_contains() {
    let profiles: String = (0..30_000).map(|n| format!("  profile{n}: {{}}\n")).collect();
    let outcome = World::new().config(format!("active_profile: x\nprofiles:\n{profiles}")).get(FR);
    assert_eq!(
        stable(outcome.our_line()),
        "active_profile is \"x\", but ~/.config/scw/config.yaml has no such profile (it has profile0, \
         profile1, profile2, profile3, profile4, profile5, profile6, profile7, profile8, profile9, \
         and 29990 more); set active_profile to a profile that exists"
    );
    let outcome = World::new().config(format!("active_profile: {}\n", "é".repeat(9000))).get(FR);
    // A long name is shortened.
    let expected = format!("{}...", &outcome.our_line()[..outcome.our_line().len() - 3]);
    assert!(outcome.our_line().len() < 2200 && outcome.our_line() == expected);
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_files_place_does_not_hold_it_up() {
    for (place, expected) in [
        (
            ".config/scw/config.yaml",
            "cannot read ~/.config/scw/config.yaml: it is not a regular file; replace it with a \
             regular file that you can read, or set SCW_CONFIG_PATH to another file",
        ),
        (
            ".local/state/docker-credential-scw/stored-hosts.json",
            "cannot read ~/.local/state/docker-credential-scw/stored-hosts.json: it is not a \
             regular file; make sure that ~/.local/state/docker-credential-scw/stored-hosts.json \
             belongs to the user who runs Docker",
        ),
    ] {
        let world = World::new().file(place, "");
        let path = world.home.path().join(place);
        std::fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert_eq!(stable(world.get(FR).our_line()), expected);
    }
}

#[test]
fn hostile_text_in_names_is_escaped() {
    let config = "active_profile: \"p\\e[2J\\u202e\"\nprofiles: {\"q\\n\\r\\e]0;x\": {}}\n";
    let outcome = World::new().config(config).get(FR);
    let line = outcome.our_line();
    assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line:?}");
    assert_eq!(
        stable(line),
        stable(
            "active_profile is \"p\\u{1b}[2J\\u{202e}\", but ~/.config/scw/config.yaml has no \
             such profile (it has q\\n\\r\\u{1b}]0;x); set active_profile to a profile that \
             exists"
        ),
    );
}

#[test]
fn a_file_that_would_unfold_to_terabytes_or_nests_without_end_costs_what_its_text_costs() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..40 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    assert_eq!(key_in(&format!("{bomb}secret_key: {KEY_A}\n")), KEY_A);

    let mut fan_out = String::from("a0: &a0 {x: 1}\n");
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 8].join(", ");
        fan_out += &format!("a{level}: &a{level} {{<<: [{aliases}]}}\n");
    }
    assert_eq!(World::new().config(format!("{fan_out}<<: *a29\n")).get(FR).stdout, NOT_FOUND);

    let many: String = (0..20_000).map(|n| format!("k{n}: &a{n} x\nl{n}: *a{n}\n")).collect();
    assert_eq!(key_in(&format!("{many}secret_key: {KEY_A}\n")), KEY_A);

    let merges = "a: &a\n  <<: *a\n<<: *a\n";
    assert_eq!(World::new().config(merges).get(FR).exit, docker_credential_scw::Exit::Failure);

    for nested in ["[".repeat(100_000), "{a: ".repeat(50_000), "- ".repeat(100_000)] {
        let outcome = World::new().config(format!("x: {nested}")).get(FR);
        assert_eq!(outcome.exit, docker_credential_scw::Exit::Failure);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn any_text_is_read_or_refused_without_a_panic_or_a_quote(
        text in "([a-z_]{1,10}|secret_key|profiles|active_profile|hunter2|[\\[\\]{}:,&*!|>'\"#%@`<~ \n-]|  |\n  |: |\t|\u{feff}|é){0,40}"
    ) {
        let outcome = World::new().config(&text).get(FR);
        prop_assert!(outcome.exit == docker_credential_scw::Exit::Failure);
        if outcome.stdout != NOT_FOUND {
            // A name may be shown, a value never.
            let is_name = text.contains("profile");
            prop_assert!(is_name || !outcome.our_line().contains("hunter2"));
        }
    }
}
