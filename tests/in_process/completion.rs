//! `completion`: the scripts, and what they ask for. That the shells take them is shown where the
//! packages are tested.

use docker_credential_scw::Exit;

use crate::support::{KEY_A, Outcome, World, stable};

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

fn script(shell: &str) -> String {
    let outcome = World::new().run(&["completion", shell], "");
    assert_eq!((outcome.exit, outcome.stderr.as_str()), (Exit::Success, ""), "{shell}");
    outcome.stdout
}

#[test]
fn every_script_knows_commands_options_regions_and_asks_for_profiles() {
    for shell in SHELLS {
        let script = script(shell);
        // Scripts are clap's, for four shells: what has to be in each of them.
        for word in ["install", "uninstall", "docker-config", "fr-par", "it-mil", "json"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        assert!(script.contains("docker-credential-scw completion --profiles"), "{shell}");
        assert!(!script.contains("SCW_PROFILE_NAMES"), "{shell}");
    }
}

#[test]
fn bash_looks_for_every_command_under_the_name_that_it_notes() {
    let script = script("bash");
    let noted: Vec<_> =
        script.lines().filter_map(|line| line.trim().strip_prefix("cmd=\"")).collect();
    assert!(noted.len() > 5);
    for name in noted.iter().filter(|name| **name != "\"") {
        let case = format!("        {})\n", name.trim_end_matches('"'));
        assert!(script.contains(&case), "{case}");
    }
}

#[test]
fn a_region_that_no_script_knows_is_taken_all_the_same() {
    let world = World::new();
    let config = world.path("docker").display().to_string();
    let path = world.home.path().display().to_string();
    let words =
        ["install", "--dry-run", "--region", "se-sto", "--path", &path, "--docker-config", &config];
    let outcome = world.run(&words, "");
    assert_eq!(outcome.exit, Exit::Success, "{outcome:?}");
    let (program, fix) = if cfg!(windows) {
        ("docker-credential-scw.exe", "the Path of your account's environment variables")
    } else {
        ("docker-credential-scw", "PATH: export PATH=~:$PATH")
    };
    let expected = format!(
        "\
Would install ~/{program}
Would create ~/docker/config.json:
--- ~/docker/config.json
+++ ~/docker/config.json
@@ -0,0 +1,5 @@
+{{
+	\"credHelpers\": {{
+		\"rg.se-sto.scw.cloud\": \"scw\"
+	}}
+}}
! rg.se-sto.scw.cloud: no region that this version knows (fr-par, nl-ams, pl-waw, it-mil)
  -> check the region's name
! ~/{program}: ~ is not on PATH, so Docker does not find it
  -> add the directory to {fix}
"
    );
    assert_eq!(stable(&world.shown(&outcome.stdout)), expected);
}

#[test]
fn the_names_of_profiles_are_printed_and_nothing_else_of_the_file() {
    let config = format!(
        "secret_key: {KEY_A}\naccess_key: SCWXXXXXXXXXXXXXXXXX\nprofiles:\n  \
         prod:\n    secret_key: {KEY_A}\n  dev.eu-1: {{}}\n"
    );
    let outcome = World::new().config(config).run(&["completion", "--profiles"], "");
    assert_eq!(
        outcome,
        Outcome { stdout: "default\ndev.eu-1\nprod\n".to_owned(), ..Outcome::success() }
    );
}

#[test]
fn a_name_that_a_shell_would_expand_is_left_out() {
    let config = "profiles:\n  $(touch x): {}\n  \"a b\": {}\n  '`id`': {}\n  -x: {}\n  ok: {}\n";
    let outcome = World::new().config(config).run(&["completion", "--profiles"], "");
    assert_eq!(outcome, Outcome { stdout: "default\nok\n".to_owned(), ..Outcome::success() });
}

#[test]
fn without_a_file_or_with_a_broken_one_there_are_no_names_and_no_words() {
    for world in [World::new(), World::new().config("profiles: [")] {
        assert_eq!(world.run(&["completion", "--profiles"], ""), Outcome::success());
    }
}

#[test]
fn it_wants_one_shell() {
    for words in [&["completion"][..], &["completion", "tcsh"], &["completion", "bash", "zsh"]] {
        assert_eq!(World::new().run(words, "").exit, Exit::Usage, "{words:?}");
    }
}
