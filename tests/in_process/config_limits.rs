//! A `config.yaml` that is made to cost time or memory: it is read, or refused with a reason.

use docker_credential_scw::Exit;
use yaml_tree::{Document, Limit, Refused, STEPS};

use crate::support::{FR, KEY_A, NOT_FOUND, World};

/// One mebibyte, the largest file that is read.
const MAXIMUM: usize = 1024 * 1024;

fn times(count: usize, unit: impl Fn(usize) -> String) -> String {
    (0..count).map(unit).collect()
}

/// What `get` says about this file, without the file's name.
fn refusal(config: &str) -> String {
    assert!(config.len() <= MAXIMUM, "{}", config.len());
    let world = World::new().config(config);
    let outcome = world.get(FR);
    assert_eq!(outcome.exit, Exit::Failure);
    let path = world.path(".config/scw/config.yaml").display().to_string();
    outcome.our_line().replace(&path, "FILE").trim_end().to_owned()
}

const VALUES: &str = "FILE has more than 100000 values or separators; remove \
                      everything that is not Scaleway's configuration";
const DEPTH: &str = "FILE is nested more than 100 levels deep; remove everything that is not Scaleway's configuration";
const STEPS_TAKEN: &str = "FILE repeats too much through aliases (`*name`) \
                           and merges (`<<`); replace the aliases and merges with the values themselves";

#[test]
fn a_file_that_multiplies_itself_is_refused() {
    let large = |count| format!("a: &a {{{}}}\n", times(count, |n| format!("k{n}: x,")));
    let text = format!("a: &a {}\n", "x".repeat(500_000));
    for config in [
        // Each of many profiles is, or merges in, the same large mapping.
        large(10_000) + "profiles:\n" + &times(10_000, |n| format!("  p{n}: {{<<: *a}}\n")),
        large(10_000) + "profiles:\n" + &times(20_000, |n| format!("  p{n}: *a\n")),
        // One long text is the key of many profiles, or the name of many profiles.
        text.clone() + "profiles:\n" + &times(15_000, |n| format!("  p{n}: {{secret_key: *a}}\n")),
        text + "profiles: {" + &"*a : {},".repeat(15_000) + "}\n",
        // The parser expands the handle of a tag.
        format!("%TAG !e! tag:{}\n---\na: [{}]\n", "x".repeat(500_000), "!e!x y,".repeat(20_000)),
    ] {
        assert_eq!(refusal(&config), STEPS_TAKEN, "{}", &config[..40]);
    }
}

#[test]
fn a_file_of_too_many_values_or_levels_is_refused() {
    let half = MAXIMUM / 2 - 10;
    for config in [
        format!("x: {{{}}}", "a,".repeat(half)),
        format!("[{}", "a,".repeat(half)),
        format!("{{{}", "? ".repeat(half)),
        format!("{{{}}}", "[a]: b,".repeat(140_000)),
        "a:\n".repeat(300_000),
        times(60_000, |n| format!("p{n}: x\n")),
    ] {
        assert_eq!(refusal(&config), VALUES, "{}", &config[..40]);
    }
    for config in ["- ".repeat(half), "? ".repeat(40_000), format!("x: {}", "[".repeat(200))] {
        assert_eq!(refusal(&config), DEPTH, "{}", &config[..40]);
    }
}

#[test]
fn any_number_of_merges_is_followed_and_each_mapping_once() {
    let key = format!("secret_key: {KEY_A}");
    let mappings = times(200, |n| format!("a{n}: &a{n} {{x: {n}}}\n"));
    let aliases = times(200, |n| format!("*a{n}, "));
    let wide = format!("{mappings}b: &b {{{key}}}\n<<: [{aliases}*b]\n");
    assert_eq!(World::new().config(wide).key_for(FR), KEY_A);

    let chain = times(15_000, |n| format!("a{}: &a{} {{<<: *a{n}}}\n", n + 1, n + 1));
    let chain = format!("a0: &a0 {{{key}}}\n{chain}<<: *a15000\n");
    assert_eq!(World::new().config(chain).key_for(FR), KEY_A);

    let fan = times(30, |n| format!("a{}: &a{} {{<<: [*a{n}, *a{n}, *a{n}]}}\n", n + 1, n + 1));
    let fan = format!("a0: &a0 {{{key}}}\n{fan}<<: *a30\n");
    assert_eq!(World::new().config(fan).key_for(FR), KEY_A);

    let circle = format!("a: &a\n  <<: *a\n  b: &b\n    <<: [*a, *b]\n    {key}\n<<: [*a, *b]\n");
    assert_eq!(World::new().config(circle).key_for(FR), KEY_A);
    let circle = "a: &a\n  <<: *a\n<<: *a\n";
    assert_eq!(World::new().config(circle).get(FR).stdout, NOT_FOUND);
}

#[test]
fn the_largest_files_that_tools_write_are_read() {
    let settings = "    access_key: SCWXXXXXXXXXXXXXXXXX\n    default_region: fr-par\n";
    let profiles = times(6_000, |n| format!("  p{n}:\n    secret_key: {KEY_A}\n{settings}"));
    let config = format!("active_profile: p5999\nprofiles:\n{profiles}");
    assert!(config.len() > MAXIMUM * 2 / 3 && config.len() < MAXIMUM);
    assert_eq!(World::new().config(&config).key_for(FR), KEY_A);
    let document = Document::parse(&config).unwrap();
    document.root().unwrap().get("profiles").unwrap().unwrap().entries().unwrap();
    assert!(document.steps() < STEPS / 20, "{}", document.steps());
}

/// Steps, as time depends on what else the machine does.
#[test]
fn the_cost_of_a_look_up_is_linear() {
    let steps = |levels: usize| {
        let fan = times(levels, |n| {
            format!("a{}: &a{} {{<<: [*a{n}, *a{n}, *a{n}, *a{n}]}}\n", n + 1, n + 1)
        });
        let text = format!("a0: &a0 {{x: y}}\n{fan}<<: *a{levels}\n");
        let document = Document::parse(&text).unwrap();
        assert!(document.root().unwrap().get("secret_key").unwrap().is_none());
        document.steps()
    };
    let (few, many) = (steps(100), steps(1000));
    assert!(many <= few * 11, "{few} steps for 100 levels, {many} for 1000");
}

#[test]
fn work_is_counted_for_the_whole_document() {
    let text = format!("{{{}}}", "a: b,".repeat(20_000));
    let document = Document::parse(&text).unwrap();
    let root = document.root().unwrap();
    let refused = (0..STEPS).find_map(|_| root.get("c").err());
    assert_eq!(refused, Some(Limit::Steps));
    assert!(root.entries().is_err() && document.steps() <= STEPS);
    let deep = "[".repeat(101);
    assert_eq!(Document::parse(&deep).err(), Some(Refused::Limit(Limit::Depth)));
}
