//! `save-key`: one line of config.yaml, and every other byte as it was.

use docker_credential_scw::Exit;

use crate::support::{FR, KEY_A, KEY_B, KEY_C, Outcome, World, stable};

const CONFIG: &str = ".config/scw/config.yaml";

fn path(world: &World) -> String {
    world.path(CONFIG).display().to_string()
}

#[track_caller]
fn saved(text: &str, words: &[&str]) -> String {
    let world = World::new().config(text);
    let outcome = world.run(&[&["save-key"], words].concat(), KEY_A);
    assert_eq!(outcome.exit, Exit::Success, "{text:?}: {outcome:?}");
    assert_eq!(outcome.stdout.lines().count(), 1, "{outcome:?}");
    world.read(CONFIG)
}

#[track_caller]
fn refused(text: &str, words: &[&str]) -> String {
    let world = World::new().config(text);
    let outcome = world.run(&[&["save-key"], words].concat(), KEY_A);
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (Exit::Failure, ""), "{text:?}");
    assert_eq!(world.read(CONFIG), text);
    outcome.stderr.replace(&path(&world), "FILE")
}

/// Each text, and what it becomes: `@` is replaced by the key.
fn check(words: &[&str], cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(saved(text, words), expected.replace('@', KEY_A), "{words:?}: {text:?}");
    }
}

#[test]
fn the_key_of_the_root_is_one_line() {
    check(
        &[],
        &[
            ("", "secret_key: @\n"),
            ("# mine\n", "# mine\nsecret_key: @\n"),
            ("# mine", "# mine\nsecret_key: @"),
            ("---\n", "---\nsecret_key: @\n"),
            ("secret_key:\n", "secret_key: @\n"),
            ("secret_key: # none yet\n", "secret_key: @ # none yet\n"),
            ("secret_key: ~\nb: 1\n", "secret_key: @\nb: 1\n"),
            ("secret_key: \"\"  # x\n", "secret_key: \"@\"  # x\n"),
            ("access_key: SCWX\nb: 1\n", "access_key: SCWX\nsecret_key: @\nb: 1\n"),
            ("a: 1\naccess_key: 'SCWX' # x", "a: 1\naccess_key: 'SCWX' # x\nsecret_key: @"),
            ("a: 1\r\nb: 2\r\n", "a: 1\r\nsecret_key: @\r\nb: 2\r\n"),
            ("  a: 1\n  b: 2\n", "  a: 1\n  secret_key: @\n  b: 2\n"),
            ("\u{feff}a: 1\n", "\u{feff}a: 1\nsecret_key: @\n"),
            (
                "# file\n\n# all\nprofiles:\n  p:\n    b: é # ü\n",
                "# file\n\nsecret_key: @\n# all\nprofiles:\n  p:\n    b: é # ü\n",
            ),
            ("# file\nprofiles: {}\n", "# file\nprofiles: {}\nsecret_key: @\n"),
            ("a: |\n  text\n\n# c\nb: 2\n", "secret_key: @\na: |\n  text\n\n# c\nb: 2\n"),
            ("a: 1\n...\n---\nb: 1\n", "a: 1\nsecret_key: @\n...\n---\nb: 1\n"),
        ],
    );
}

#[test]
fn the_key_of_a_profile_is_one_line_in_it() {
    check(
        &["--profile", "prod"],
        &[
            ("", "profiles:\n  prod:\n    secret_key: @\n"),
            ("a: 1", "a: 1\nprofiles:\n  prod:\n    secret_key: @"),
            (" a: 1\r\n", " a: 1\r\n profiles:\r\n   prod:\r\n     secret_key: @\r\n"),
            ("profiles:\na: 1\n", "profiles:\n  prod:\n    secret_key: @\na: 1\n"),
            (
                "profiles:\n    # first\n    dev:\n        a: 1\n",
                "profiles:\n    prod:\n      secret_key: @\n    # first\n    dev:\n        a: 1\n",
            ),
            ("profiles:\n  prod: # p\n", "profiles:\n  prod: # p\n    secret_key: @\n"),
            (
                "profiles:\n  prod:\n    # region\n    default_region: fr-par\n",
                "profiles:\n  prod:\n    secret_key: @\n    # region\n    default_region: fr-par\n",
            ),
            (
                "profiles:\n  prod: &p\n    access_key: SCWX\n    a: 1\n",
                "profiles:\n  prod: &p\n    access_key: SCWX\n    secret_key: @\n    a: 1\n",
            ),
            (
                "base: &b\n  a: 1\nprofiles:\n  prod:\n    a: 2\n    <<: *b # x\n    c: 3\n",
                "base: &b\n  a: 1\nprofiles:\n  prod:\n    a: 2\n    <<: *b # x\n    secret_key: @\n    c: 3\n",
            ),
            ("profiles: {prod: {secret_key: ''}}\n", "profiles: {prod: {secret_key: '@'}}\n"),
        ],
    );
    check(&["--profile", "default"], &[("a: 1\n", "a: 1\nsecret_key: @\n")]);
    check(&["--profile", "1e3"], &[("", "profiles:\n  \"1e3\":\n    secret_key: @\n")]);
    check(&["--profile", "No"], &[("", "profiles:\n  \"No\":\n    secret_key: @\n")]);
    check(&["--profile", "a #b"], &[("", "profiles:\n  \"a #b\":\n    secret_key: @\n")]);
}

#[test]
fn another_key_is_replaced_with_force_only() {
    let text =
        format!("a: 1\nsecret_key: '{KEY_B}' # old\nprofiles:\n  prod:\n    secret_key: {KEY_C}\n");
    let expected = refused(&text, &[]);
    assert_eq!(
        expected,
        "error: FILE line 2 holds another secret key\nhint: use --force to replace it\n"
    );
    let expected = refused(&text, &["--profile", "prod"]);
    assert_eq!(
        expected,
        "error: FILE line 5 holds another secret key for profile \"prod\"\nhint: use --force to \
         replace it\n"
    );
    assert_eq!(saved(&text, &["--force"]), text.replace(KEY_B, KEY_A));
    assert_eq!(saved(&text, &["--force", "--profile", "prod"]), text.replace(KEY_C, KEY_A));
    // A value that is not a key may be a mistyped key, such as one with a digit too few.
    assert_eq!(
        refused("secret_key: tbd\n", &[]),
        "\
error: FILE line 1 holds another secret key
hint: use --force to replace it
",
    );
    assert_eq!(saved("secret_key: tbd\n", &["--force"]), format!("secret_key: {KEY_A}\n"));
}

#[test]
fn the_same_key_is_saved_already() {
    let text = format!("profiles:\n  prod:\n    secret_key: {}\n", KEY_A.to_uppercase());
    let world = World::new().config(&text);
    let outcome = world.run(&["save-key", "--profile", "prod"], KEY_A);
    let expected =
        format!("Unchanged: {} has this secret key of profile \"prod\" already\n", path(&world));
    assert_eq!((outcome.exit, outcome.stdout), (Exit::Success, expected));
    assert_eq!(world.read(CONFIG), text);
}

#[test]
fn what_cannot_be_edited_safely_is_unchanged() {
    let add = "add this line yourself: secret_key: <KEY>";
    let top = format!("{add} (at the top level)\n");
    let prod = format!("{add} (in profile \"prod\")\n");
    let profile = ["--profile", "prod", "--force"];
    for (text, words, expected) in [
        (
            "{a: 1}\n",
            &[][..],
            format!("line 1 is written as {{…}}, with no line for the key\nhint: {top}"),
        ),
        (
            "profiles: {prod: {a: 1}}\n",
            &profile,
            format!("line 1 is written as {{…}}, with no line for the key\nhint: {prod}"),
        ),
        (
            "base: &b {secret_key: x}\nprofiles:\n  prod: *b\n",
            &profile,
            format!("line 3 is shared with another profile through an alias or `<<`\nhint: {prod}"),
        ),
        (
            "profiles:\n  prod: &p\n    secret_key: x\n  dev:\n    <<: *p\n",
            &profile,
            format!("line 3 is shared with another profile through an alias or `<<`\nhint: {prod}"),
        ),
        (
            "profiles:\n  prod:\n    secret_key: &k x\n  dev:\n    secret_key: *k\n",
            &profile,
            format!("line 3 is shared with another profile through an alias or `<<`\nhint: {prod}"),
        ),
        ("a: 1\n---\nb: 1\n", &profile, format!("holds more than one YAML document\nhint: {prod}")),
        (
            "secret_key: >\n  x\n  y\n",
            &["--force"],
            format!("line 2 is written in a way that cannot be edited safely\nhint: {top}"),
        ),
    ] {
        let expected = format!("error: FILE {expected}");
        assert_eq!(refused(text, words), expected, "{text:?}");
    }
    let expected = refused("a: [\n", &[]);
    assert_eq!(
        expected,
        "\
error: FILE is not valid YAML at line 2, column 1
hint: fix that line (indentation, quotes), or move the file away and run `docker-credential-scw \
save-key`
",
    );
}

#[test]
fn an_alias_is_replaced_where_it_stands() {
    let text = "x: &k tbd\nprofiles:\n  prod:\n    secret_key: *k # shared\n    a: 1\n";
    let new = saved(text, &["--profile", "prod", "--force"]);
    assert_eq!(new, text.replace("*k", KEY_A));
}

#[test]
fn a_saved_key_is_what_get_answers_with() {
    let world = World::new();
    let outcome = world.run(&["save-key"], format!("  {KEY_A}\r\n"));
    let expected = format!("Saved the secret key in {}\n", path(&world));
    assert_eq!(outcome, Outcome { stdout: expected, ..Outcome::success() });
    assert_eq!(world.key_for(FR), KEY_A);
    let outcome = world.run(&["save-key", "profile=prod"], KEY_B);
    let expected = format!("Saved the secret key of profile \"prod\" in {}\n", path(&world));
    assert_eq!(outcome.stdout, expected);
    assert_eq!(
        outcome.stderr,
        "docker-credential-scw: to use this profile for pulls, run `docker-credential-scw install \
         --profile prod`, or set SCW_PROFILE=prod\n"
    );
    let world = world.started_as("docker-credential-scw-prod");
    assert_eq!(world.key_for(FR), KEY_B);
    // The name of the program says which profile.
    let outcome = world.run(&["save-key"], KEY_B);
    assert_eq!(
        stable(&outcome.stdout),
        "Unchanged: ~/.config/scw/config.yaml has this secret key of profile \"prod\" already\n",
    );
}

#[test]
fn it_says_what_comes_before_the_saved_key() {
    let world = World::new().set("SCW_SECRET_KEY", KEY_B);
    let outcome = world.run(&["save-key"], KEY_A);
    let expected = "docker-credential-scw: pulls use another key, from variable SCW_SECRET_KEY\n";
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, expected));

    let text = format!("active_profile: prod\nprofiles:\n  prod:\n    secret_key: {KEY_B}\n");
    let outcome = World::new().config(text).run(&["save-key"], KEY_A);
    assert_eq!(outcome.exit, Exit::Success);
    // Windows' permissions are not read.
    let readable = "docker-credential-scw: other users can read ~/.config/scw/config.yaml: run \
                    `chmod 600 ~/.config/scw/config.yaml`\n";
    let another = "docker-credential-scw: pulls use another key: active_profile in the file names a \
                   profile that has another key\n";
    let readable = if cfg!(windows) { "" } else { readable };
    assert_eq!(stable(&outcome.stderr), format!("{readable}{another}"));

    let world = World::new();
    assert_eq!(world.store(FR, KEY_B).exit, Exit::Success);
    let outcome = world.run(&["save-key"], KEY_A);
    let expected = "docker-credential-scw: the keyring has keys that are used before this one, for \
                rg.fr-par.scw.cloud\n";
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, expected));
}

#[test]
fn a_dry_run_shows_the_change_without_a_key() {
    let text = format!("a: 1\nsecret_key: {KEY_B}\n");
    let world = World::new().config(&text);
    let outcome = world.run(&["save-key", "--dry-run", "--force"], KEY_A);
    let file = path(&world);
    let expected = format!(
        "--- {file}\n+++ {file}\n@@ -1,2 +1,2 @@\n a: 1\n-secret_key: (not shown)\n\
         +secret_key: (not shown)\nWould save the secret key in {file}\n"
    );
    assert_eq!(
        (outcome.exit, outcome.stdout, outcome.stderr),
        (Exit::Success, expected, String::new())
    );
    assert_eq!(world.read(CONFIG), text);
    let world = World::new();
    assert_eq!(world.run(&["save-key", "--dry-run"], KEY_A).exit, Exit::Success);
    assert!(!world.path(".config").exists());
}

#[test]
fn what_is_no_key_is_not_saved() {
    for (input, expected) in [
        ("", "standard input is empty\nhint: use a secret key: a UUID, 36 characters long\n"),
        (
            "SCWXXXXXXXXXXXXXXXXX",
            "standard input holds an access key (they begin with SCW), not a secret key\nhint: use the \
             secret key (a UUID) of that API key\n",
        ),
        (
            "\u{0}",
            "standard input is not a secret key\nhint: use a secret key: a UUID, 36 characters long\n",
        ),
    ] {
        let world = World::new();
        let outcome = world.run(&["save-key"], input);
        let expected = format!("error: {expected}");
        assert_eq!((outcome.exit, outcome.stderr), (Exit::Failure, expected));
        assert!(!world.path(".config").exists());
    }
    // As an argument it is refused, and not repeated.
    let outcome = World::new().run(&["save-key", KEY_A], "");
    assert_eq!(outcome.exit, Exit::Usage);
    assert!(!outcome.stderr.contains("aaaaaaaa"), "{}", outcome.stderr);
}

#[test]
fn a_file_that_get_would_not_read_is_unchanged() {
    let text = format!("# {}\n", "x".repeat(1024 * 1024));
    let expected = "error: cannot read FILE: it is larger than 1 MiB\nhint: remove everything that is not Scaleway's configuration\n";
    assert_eq!(refused(&text, &[]), expected);
}

#[test]
fn the_file_is_the_one_that_is_read() {
    let world = World::new();
    let world = world.file("scw.yaml", "");
    let named = world.path("scw.yaml");
    let world = world.set("SCW_CONFIG_PATH", named);
    assert_eq!(world.run(&["save-key"], KEY_A).exit, Exit::Success);
    assert_eq!(world.read("scw.yaml"), format!("secret_key: {KEY_A}\n"));

    let world = World::new().file(".config/scw/config.yml", "a: 1\n");
    assert_eq!(world.run(&["save-key"], KEY_A).exit, Exit::Success);
    assert!(!world.path(CONFIG).exists());
    assert_eq!(world.read(".config/scw/config.yml"), format!("a: 1\nsecret_key: {KEY_A}\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn under_sudo_root_writes_nothing_into_a_directory_of_the_user() {
    use docker_credential_scw::system::users::InvokingUser;
    use std::os::unix::fs::chown;
    let mut world = World::new();
    let home = world.path("ada");
    std::fs::create_dir(&home).unwrap();
    // Only root can give a directory away; for others it is not root's already.
    let _ = chown(&home, Some(1234), None);
    let file = home.join("config.yaml");
    world.invoking_user = Some(InvokingUser { uid: 1234, gid: 1234, name: "ada".into(), home });
    let world = world.set("SCW_CONFIG_PATH", &file);
    let outcome = world.run(&["save-key"], KEY_A);
    let expected = format!(
        "error: {} is in a directory of another user, and would belong to root\nhint: run save-key \
         without sudo\n",
        file.display()
    );
    assert_eq!((outcome.exit, outcome.stderr), (Exit::Failure, expected));
    assert!(!file.exists());
}

#[cfg(unix)]
#[test]
fn a_new_file_is_its_owners_only_and_a_link_stays_a_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let mode = |world: &World, path: &str| {
        world.path(path).metadata().unwrap().permissions().mode() & 0o7777
    };
    let world = World::new();
    assert_eq!(world.run(&["save-key"], KEY_A).exit, Exit::Success);
    assert_eq!((mode(&world, CONFIG), mode(&world, ".config/scw")), (0o600, 0o700));

    let world = World::new().file("dotfiles/scw.yaml", "a: 1\n");
    std::fs::create_dir_all(world.path(".config/scw")).unwrap();
    symlink("../../dotfiles/scw.yaml", world.path(CONFIG)).unwrap();
    let of_all = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(world.path("dotfiles/scw.yaml"), of_all).unwrap();
    let outcome = world.run(&["save-key"], KEY_A);
    let file = path(&world);
    let expected =
        format!("docker-credential-scw: other users can read {file}: run `chmod 600 {file}`\n");
    assert_eq!((outcome.exit, outcome.stderr), (Exit::Success, expected));
    assert!(world.path(CONFIG).is_symlink());
    assert_eq!(world.read("dotfiles/scw.yaml"), format!("a: 1\nsecret_key: {KEY_A}\n"));
    assert_eq!(mode(&world, "dotfiles/scw.yaml"), 0o644);
}

/// What Scaleway's tools write where nothing is configured yet.
#[test]
fn a_template_of_nothing_but_comments_keeps_them() {
    let text = "# Scaleway configuration file\n# access_key: SCW11111111111111111\n\n# profiles:\n\
                #   p:\n#     secret_key: 11111111-1111-1111-1111-111111111111\n";
    assert_eq!(saved(text, &[]), format!("{text}secret_key: {KEY_A}\n"));
    let new = saved(text, &["--profile", "p"]);
    assert_eq!(new, format!("{text}profiles:\n  p:\n    secret_key: {KEY_A}\n"));
}
