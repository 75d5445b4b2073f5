//! What the repository says of itself: file names, limits, versions, workflows.

use std::fs;

use super::{page, pages, read, root};

/// Whether a span of code names a file or directory of this repository.
fn is_path(span: &str) -> bool {
    let roots = ["src/", "tests/", "packaging/", "docs/", "benches/", ".github/", ".ci/"];
    roots.iter().any(|root| span.starts_with(root))
        && !span.contains([' ', '*', '<', '{', '(', '='])
        && !span.contains("…")
}

#[test]
fn every_file_that_a_page_names_exists() {
    let mut found = 0;
    for page in pages() {
        for span in page.inline_code().iter().filter(|span| is_path(span)) {
            assert!(root().join(span).exists(), "{}: no {span}", page.path);
            found += 1;
        }
    }
    assert!(found >= 60, "only {found} names were found");
}

#[test]
fn the_design_names_the_value_of_each_limit() {
    let design = page("docs/design.md");
    let mut found = 0;
    for row in design.text.lines().filter(|line| line.starts_with('|')) {
        let Some((_, constant)) = row.split_once("s | `") else { continue };
        let seconds = row.split('|').nth(2).unwrap().trim().strip_suffix(" s").unwrap();
        let (name, file) = constant.split_once("` in `").unwrap();
        let file = file.split('`').next().unwrap();
        let wanted = format!("const {name}: Duration = Duration::from_secs({seconds});");
        assert!(read(file).contains(&wanted), "{file}: no {wanted}");
        found += 1;
    }
    assert!(found >= 10, "only {found} limits were found");
}

/// The limit in the row of `docs/design.md` that begins like this, in seconds.
fn limit(what: &str) -> u64 {
    let row = format!("| {what} | ");
    let design = page("docs/design.md").text;
    let (_, rest) = design.split_once(&row).unwrap_or_else(|| panic!("{what}"));
    rest.split_once(" s |").unwrap().0.parse().unwrap()
}

#[test]
fn what_doctor_waits_for_adds_up_to_less_than_30_s() {
    let programs = limit("all programs that `doctor` asks");
    // At the same time as the programs.
    assert!(limit("the keyring answers at all") <= programs);
    assert!(programs + limit("all registries that `doctor` asks") < 30);
}

#[test]
fn the_page_about_doctor_names_the_limit_of_getent() {
    let sentence = format!(
        "In the static program without `HOME`, a `getent` that does not answer adds up to {} seconds.",
        limit("`getent`, in the static program"),
    );
    assert!(in_one_line(&page("docs/doctor.md").text).contains(&sentence), "{sentence}");
}

/// The text without line breaks.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_promises_name_the_limits_of_the_design() {
    let sentence = format!(
        "`install` waits at most {} s for another program and {} s for all of them; `doctor` waits at \
         most {} s and {} s.",
        limit("another credential helper, all calls"),
        limit("all programs that one command asks"),
        limit("one program that `doctor` asks, all calls"),
        limit("all programs that `doctor` asks"),
    );
    assert!(in_one_line(&page("SECURITY.md").text).contains(&sentence), "{sentence}");
}

#[test]
fn the_page_about_the_registry_names_the_limits_of_a_command() {
    let source = read("src/registry/budget.rs");
    let value = |name: &str| {
        let (_, rest) = source.split_once(&format!("\nconst {name}: usize = ")).unwrap();
        rest.split_once(';').unwrap().0.to_owned()
    };
    assert_eq!(value("MEMORY"), "512 * 1024 * 1024");
    let number = |name: &str| value(name).replace('_', ",");
    let sentence = format!(
        "One command lists at most {} items and uses at most {} requests and 512 MiB of memory",
        number("ITEMS"),
        number("REQUESTS")
    );
    assert!(page("docs/registry.md").text.contains(&sentence), "{sentence}");
}

fn workflows() -> Vec<(String, String)> {
    let directory = root().join(".github/workflows");
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let path = |name: std::ffi::OsString| format!(".github/workflows/{}", name.to_str().unwrap());
    names.map(path).map(|path| (path.clone(), read(&path))).collect()
}

#[test]
fn workflows_name_actions_by_their_commit() {
    for (path, text) in workflows() {
        for line in text.lines() {
            let Some((_, action)) = line.split_once("uses: ") else { continue };
            let (_, version) = action.split_once('@').unwrap();
            let (commit, comment) = version.split_once(' ').unwrap_or((version, ""));
            let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_commit && comment.starts_with("# v"), "{path}: {action}");
        }
    }
}

#[test]
fn workflows_give_no_right_that_no_job_asked_for() {
    for (path, text) in workflows() {
        assert!(text.contains("\npermissions: {}\n"), "{path}");
    }
}

#[test]
fn workflows_run_scripts_that_exist() {
    let mut found = 0;
    for (path, text) in workflows() {
        let words = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        for word in words.flat_map(str::split_whitespace) {
            let is_script = [".ci/", "tests/", "packaging/"].iter().any(|it| word.starts_with(it));
            if is_script && word.chars().all(|c| c.is_ascii_alphanumeric() || "./-_".contains(c)) {
                assert!(root().join(word).exists(), "{path}: no {word}");
                found += 1;
            }
        }
    }
    assert!(found >= 6, "only {found} scripts were found");
}

#[test]
fn the_oldest_rust_is_read_from_cargo_toml() {
    let oldest = env!("CARGO_PKG_RUST_VERSION");
    for (path, text) in workflows() {
        assert!(!text.contains(oldest), "{path} repeats the version of Rust");
    }
}

#[test]
fn a_report_of_a_bug_asks_for_doctors_findings() {
    let form = read(".github/ISSUE_TEMPLATE/bug.yml");
    assert!(form.contains("docker-credential-scw doctor -o json"));
}

#[test]
fn the_changelog_begins_with_what_is_unreleased() {
    let changelog = read("CHANGELOG.md");
    let headings: Vec<_> = changelog.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(headings.first(), Some(&"## Unreleased"));
    let is_released = headings.len() > 1;
    // What no released version had is not a change and not a fix.
    let kinds: Vec<_> = changelog.lines().filter(|line| line.starts_with("### ")).collect();
    assert!(is_released || kinds == ["### Added"], "{kinds:?}");
}

#[cfg(unix)]
#[test]
fn release_notes_are_the_changelogs_section() {
    let notes = |version: &str, changelog: &str| {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("CHANGELOG.md");
        fs::write(&file, changelog).unwrap();
        let script = root().join("packaging/release-notes");
        // Not by its first line: a build of Nix has no /usr/bin/env.
        let mut command = std::process::Command::new("bash");
        let output = command.arg(script).arg(version).arg(&file).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let changelog = "# Changelog\n\n## Unreleased\n\n## [1.1.0] - 2026-12-01\n\n### Added\n- More.\n\n\
        ## [1.0.0] - 2026-11-21\n\n### Added\n- All.\n";
    let more = "### Added\n- More.\n".to_owned();
    assert_eq!(notes("1.1.0", changelog), (Some(0), more, String::new()));
    let all = "### Added\n- All.\n".to_owned();
    assert_eq!(notes("1.0.0", changelog), (Some(0), all, String::new()));
    let missing = "packaging/release-notes: CHANGELOG.md has no section for 1.2.0\n".to_owned();
    assert_eq!(notes("1.2.0", changelog), (Some(1), String::new(), missing));
    let empty = "packaging/release-notes: the section for Unreleased is empty\n".to_owned();
    assert_eq!(notes("Unreleased", changelog), (Some(1), String::new(), empty));
}
