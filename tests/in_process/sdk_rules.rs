//! The rules of Scaleway's Go SDK and of `scw` about keys, profiles, files and variables, as a table:
//! the case, its source, the input, and what this program does with it.
//!
//! Each source is a file of `scaleway-sdk-go` (`scw/`, `validation/`) or of `scaleway-cli` (`cli:`) as of
//! August 2026, with the name of the test and of its case, or the function that has the rule. A case
//! that differs on purpose quotes the row of `docs/keys.md` that says so.

mod files;
mod profiles;
mod settings;
mod values;

use docker_credential_scw::explain::on_one_line;
use docker_credential_scw::scaleway::settings::Settings;
use docker_credential_scw::system::environment::VARIABLES;

use crate::support::{FR, KEY_A, KEY_B, NOT_FOUND, Outcome, World, stable};

/// Where the file usually is.
const CONFIG: &str = ".config/scw/config.yaml";
/// The other name that the SDK accepts.
const CONFIG_YML: &str = ".config/scw/config.yml";

const SIMPLE: &str = "\
access_key: SCWXXXXXXXXXXXXXXXXX
secret_key: {A}
default_organization_id: 00000000-0000-4000-8000-000000000001
default_project_id: 00000000-0000-4000-8000-000000000002
default_region: nl-ams
user_agent: someone
";

/// The other profile is not the active one.
const COMPLETE: &str = "\
access_key: SCWXXXXXXXXXXXXXXXXX
secret_key: {A}
api_url: https://api.example.org
s3_endpoint: s3.nl-ams.scw.cloud
s3_use_path_style: false
insecure: false
default_region: nl-ams
default_zone: nl-ams-1
profiles:
  other:
    access_key: SCWYYYYYYYYYYYYYYYYY
    secret_key: {B}
    insecure: true
    send_telemetry: true
    default_region: fr-par
";

/// One rule.
struct Case {
    source: &'static str,
    /// Path below the home directory, and text. `{A}` and `{B}` are keys.
    files: &'static [(&'static str, &'static str)],
    /// Name and value. `~` is the home directory.
    variables: &'static [(&'static str, &'static str)],
    wanted: Wanted,
    /// How this program differs from the SDK, in the words of `docs/keys.md`.
    differs: Option<&'static str>,
}

/// What this program does.
enum Wanted {
    /// `get` returns this key.
    Key(&'static str),
    /// No source has a key.
    NotFound,
    /// `get` prints this error.
    Error(&'static str),
    /// The region.
    Region(&'static str),
    /// The region of this profile, as with `--profile`.
    RegionOf(&'static str, &'static str),
    /// Why there is no region.
    NoRegion(&'static str),
    /// The project.
    Project(&'static str),
    /// The organization.
    Organization(&'static str),
    /// The URL of the API.
    ApiUrl(&'static str),
    /// `namespace list` prints this error and sends nothing.
    NoCall(&'static str),
}

const fn case(
    source: &'static str,
    files: &'static [(&'static str, &'static str)],
    variables: &'static [(&'static str, &'static str)],
    wanted: Wanted,
) -> Case {
    Case { source, files, variables, wanted, differs: None }
}

/// A case in which this program does something else on purpose.
const fn differs(
    words: &'static str,
    source: &'static str,
    files: &'static [(&'static str, &'static str)],
    variables: &'static [(&'static str, &'static str)],
    wanted: Wanted,
) -> Case {
    Case { source, files, variables, wanted, differs: Some(words) }
}

impl Case {
    fn world(&self) -> World {
        let mut world = World::new();
        for (path, text) in self.files {
            world = world.file(path, with_keys(text));
        }
        let home = world.home.path().to_str().unwrap().to_owned();
        for (name, value) in self.variables {
            world = world.set(name, with_keys(value).replace('~', &home));
        }
        world
    }

    fn check(&self, world: &World) {
        let source = self.source;
        let environment = world.environment();
        let settings = |profile| Settings::load(&environment, profile);
        let region = |profile| {
            let found = settings(profile).and_then(|settings| settings.region());
            found.map_err(|error| stable(&on_one_line(&error)))
        };
        match self.wanted {
            Wanted::Key(key) => {
                let answer = format!(
                    "{{\"ServerURL\":\"{FR}\",\"Username\":\"nologin\",\"Secret\":\"{key}\"}}\n"
                );
                let expected = Outcome { stdout: answer, ..Outcome::success() };
                assert_eq!(world.get(FR), expected, "{source}");
            }
            Wanted::NotFound => {
                assert_eq!(world.get(FR), Outcome::failure(NOT_FOUND), "{source}");
            }
            Wanted::Error(line) => {
                let outcome = world.get(FR);
                assert_eq!(stable(outcome.our_line()), line, "{source}");
            }
            Wanted::Region(name) => assert_eq!(region(None), Ok(name.to_owned()), "{source}"),
            Wanted::RegionOf(profile, name) => {
                assert_eq!(region(Some(profile)), Ok(name.to_owned()), "{source}");
            }
            Wanted::NoRegion(why) => assert_eq!(region(None), Err(why.to_owned()), "{source}"),
            Wanted::Project(id) => {
                let found = settings(None).unwrap().project_id().unwrap();
                assert_eq!(found.as_deref(), Some(id), "{source}");
            }
            Wanted::Organization(id) => {
                let found = settings(None).unwrap().organization_id().unwrap();
                assert_eq!(found.as_deref(), Some(id), "{source}");
            }
            Wanted::ApiUrl(url) => {
                assert_eq!(settings(None).unwrap().api_url().unwrap().0, url, "{source}");
            }
            Wanted::NoCall(error) => {
                let outcome = world.run(&["namespace", "list"], "");
                assert_eq!(stable(&outcome.stderr), error, "{source}");
            }
        }
    }
}

fn with_keys(text: &str) -> String {
    text.replace("{A}", KEY_A).replace("{B}", KEY_B)
}

fn all() -> impl Iterator<Item = &'static Case> {
    files::CASES.iter().chain(profiles::CASES).chain(values::CASES).chain(settings::CASES)
}

#[test]
fn each_rule_of_the_sdk_is_followed_or_the_difference_is_documented() {
    for case in all() {
        case.check(&case.world());
    }
    let count = all().count();
    assert!(count >= 90, "only {count} cases");
}

#[test]
fn each_difference_from_the_sdk_is_a_row_of_the_page() {
    let page = include_str!("../../docs/keys.md");
    let (_, rest) = page.split_once("\n## Differences from Scaleway's tools\n").unwrap();
    let section = rest.split("\n## ").next().unwrap();
    let rows: Vec<_> = section.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let words: Vec<_> = all().filter_map(|case| case.differs).collect();
    for word in &words {
        let count = rows.iter().filter(|row| row.starts_with(&format!("| {word} |"))).count();
        assert_eq!(count, 1, "{word}");
    }
    for row in rows {
        let is_tested = words.iter().any(|word| row.starts_with(&format!("| {word} |")));
        assert!(is_tested || NOT_IN_THE_TABLE.iter().any(|one| row.starts_with(one)), "{row}");
    }
}

/// Differences that have tests of their own.
const NOT_IN_THE_TABLE: [&str; 2] = [
    // `each_source_hides_those_below_it`.
    "| a key in the keyring |",
    // `each_variable_of_the_sdk_is_read_or_named_as_not_read`.
    "| `insecure: true`, `SCW_INSECURE` |",
];

#[test]
fn without_a_home_directory_there_is_no_file() {
    // config_test.go, TestLoadProfileAndActiveProfile: No config without home dir
    assert_eq!(World::new().homeless().get(FR), Outcome::failure(NOT_FOUND));
}

#[cfg(unix)]
#[test]
fn the_mode_of_the_file_changes_nothing_unless_it_cannot_be_read() {
    use std::os::unix::fs::PermissionsExt as _;
    // config_test.go, TestLoadProfileAndActiveProfile: Read config.yml too permissive (four cases), with
    // correct permissions, too restrictive. The SDK warns on stdout. `doctor` warns here.
    for mode in [0o700, 0o650, 0o477, 0o605, 0o600, 0o300] {
        let world = World::new().file(CONFIG_YML, format!("secret_key: {KEY_A}\n"));
        let file = world.path(CONFIG_YML);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        if mode & 0o400 != 0 {
            assert_eq!(world.key_for(FR), KEY_A, "{mode:o}");
        } else if !nix::unistd::Uid::effective().is_root() {
            assert_eq!(
                stable(world.get(FR).our_line()),
                "cannot read ~/.config/scw/config.yml: permission denied; make it readable for the user \
                 who runs Docker"
            );
        }
    }
}

#[test]
fn each_variable_of_the_sdk_is_read_or_named_as_not_read() {
    // env.go. The pages name those that the SDK uses for a key, a region or the connection.
    let page = include_str!("../../docs/keys.md");
    let not_read = [
        ("SCALEWAY_ACCESS_KEY", true),
        ("SCW_REGION", true),
        ("SCALEWAY_REGION", true),
        ("SCW_ORGANIZATION", true),
        ("SCALEWAY_ORGANIZATION", true),
        ("SCW_INSECURE", true),
        ("SCW_TLSVERIFY", true),
        ("SCW_ACCESS_KEY", true),
        // Nothing here is stored in a cache, sent to Object Storage or in a test phase.
        ("SCW_CACHE_DIR", false),
        ("SCW_S3_ENDPOINT", false),
        ("SCW_S3_USE_PATH_STYLE", false),
        ("SCW_USER_AGENT", false),
        ("SCW_ENABLE_BETA", false),
    ];
    for (name, is_named) in not_read {
        assert!(!VARIABLES.contains(&name), "{name} is read");
        assert_eq!(page.contains(&format!("`{name}`")), is_named, "{name}");
    }
    for name in [
        "SCW_SECRET_KEY",
        "SCW_TOKEN",
        "SCALEWAY_TOKEN",
        "SCW_PROFILE",
        "SCW_CONFIG_PATH",
        "SCW_API_URL",
        "SCW_DEFAULT_REGION",
        "SCW_DEFAULT_ZONE",
        "SCW_DEFAULT_PROJECT_ID",
        "SCW_DEFAULT_ORGANIZATION_ID",
    ] {
        assert!(VARIABLES.contains(&name), "{name} is not read");
    }
}
