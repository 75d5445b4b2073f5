//! `docs/claims.md`: each quoted claim is in its page, each named test exists, and no page or strong
//! sentence is left out. `SECURITY.md` names its tests in the same way.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{Page, page, pages, read, root};

/// The page of claims.
const CLAIMS: &str = "docs/claims.md";

/// How many claims each page has at least. Raise a number when you add rows.
const LEAST: [(&str, usize); 24] = [
    ("README.md", 33),
    ("docs/ci.md", 3),
    ("docs/clients.md", 4),
    ("docs/comparison.md", 8),
    ("docs/conformance.md", 6),
    ("docs/costs.md", 4),
    ("docs/design.md", 40),
    ("docs/devcontainers.md", 1),
    ("docs/docker-builds.md", 4),
    ("docs/doctor.md", 29),
    ("docs/exit-codes.md", 7),
    ("docs/files.md", 43),
    ("docs/github.md", 7),
    ("docs/gitlab.md", 3),
    ("docs/incus.md", 1),
    ("docs/keys.md", 44),
    ("docs/kubernetes.md", 17),
    ("docs/nomad.md", 1),
    ("docs/platforms.md", 14),
    ("docs/prune.md", 31),
    ("docs/registry.md", 35),
    ("docs/systemd.md", 3),
    ("docs/testcontainers.md", 2),
    ("docs/usage.md", 5),
];

/// A sentence with one of these words promises something.
const STRONG: [&str; 5] = ["never", "always", "unchanged", "refused", "byte for byte"];

/// A row about a page: what it quotes, and the tests or the reason why there is none.
struct Claim {
    page: String,
    quote: String,
    shown_by: ShownBy,
}

enum ShownBy {
    Tests(Vec<String>),
    Nothing { why: String },
}

/// The rows of `docs/claims.md`.
fn claims() -> Vec<Claim> {
    let mut found = Vec::new();
    let mut heading = String::new();
    for line in read(CLAIMS).lines() {
        if let Some(text) = line.strip_prefix("## ") {
            text.clone_into(&mut heading);
        }
        let Some(row) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) else {
            continue;
        };
        let cells: Vec<_> = row.split(" | ").collect();
        let (page, quote, shown_by) = match *cells.as_slice() {
            ["claim", "tests"] | ["page", "claim", "why"] => continue,
            [quote, tests] => (heading.as_str(), quote, ShownBy::Tests(names_in(tests))),
            [page, quote, why] => (page, quote, ShownBy::Nothing { why: why.to_owned() }),
            _ => panic!("not a row: {line}"),
        };
        found.push(Claim { page: page.to_owned(), quote: one_line(quote), shown_by });
    }
    found
}

/// The names between backticks.
fn names_in(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The names of all tests and scenarios.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut left: Vec<_> =
        ["src", "tests", "conformance", "yaml-tree"].map(|name| root().join(name)).into();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let is_e2e = path.starts_with(root().join("tests/e2e"));
            let text = fs::read_to_string(&path).unwrap();
            found.extend(if is_e2e { scenarios_in(&text) } else { tests_in(&text) });
        }
    }
    found
}

/// The functions after `#[test]`, with other attributes in between.
fn tests_in(text: &str) -> Vec<String> {
    let after = text.split("#[test]\n").skip(1);
    let name = |rest: &str| {
        let line = rest.lines().map(str::trim).find(|line| !line.starts_with("#["))?;
        let (name, _) = line.strip_prefix("fn ")?.split_once('(')?;
        Some(name.to_owned())
    };
    after.filter_map(name).collect()
}

fn scenarios_in(text: &str) -> Vec<String> {
    let after = text.split("name: \"").skip(1);
    after.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

#[track_caller]
fn assert_exist(place: &str, names: &[String], tests: &BTreeSet<String>) {
    assert!(!names.is_empty(), "{place}: no test");
    for name in names {
        let exists = if name.contains('/') {
            root().join(name).is_file() && Path::new(name).extension().is_none()
        } else {
            tests.contains(name)
        };
        assert!(exists, "{place}: there is no test or script {name}");
    }
}

#[test]
fn each_claim_is_in_its_page_and_has_a_test_or_a_reason() {
    let tests = tests();
    assert!(tests.len() >= 800, "only {} tests were found", tests.len());
    let mut seen = BTreeSet::new();
    for Claim { page, quote, shown_by } in claims() {
        let count = one_line(&read(&page)).matches(&quote).count();
        assert_eq!(count, 1, "{page} has this {count} times: {quote}");
        assert!(seen.insert((page.clone(), quote.clone())), "{page}: twice: {quote}");
        match shown_by {
            ShownBy::Tests(names) => assert_exist(&format!("{page}: {quote}"), &names, &tests),
            ShownBy::Nothing { why } => assert!(!why.is_empty(), "{page}: {quote}"),
        }
    }
}

#[test]
fn each_page_has_its_claims() {
    let claims = claims();
    let is_about_us = |page: &Page| page.path == "README.md" || page.path.starts_with("docs/");
    let named: Vec<_> = LEAST.iter().map(|(page, _)| *page).collect();
    for page in pages().iter().filter(|page| is_about_us(page) && page.path != CLAIMS) {
        assert!(named.contains(&page.path.as_str()), "{}: add its claims to {CLAIMS}", page.path);
    }
    for (page, least) in LEAST {
        let shown =
            |claim: &&Claim| claim.page == page && matches!(claim.shown_by, ShownBy::Tests(_));
        let count = claims.iter().filter(shown).count();
        assert!(count >= least, "{page} has {count} claims in {CLAIMS}, and had {least}");
    }
}

/// Sentences and rows of tables, each on one line. Lists of `docs/doctor.md` and `docs/conformance.md` are
/// compared as a whole by their tests.
fn sentences(page: &Page) -> Vec<String> {
    let prose = page.prose();
    let mut found = Vec::new();
    for paragraph in prose.split("\n\n") {
        if paragraph.starts_with('|') {
            found.extend(paragraph.lines().map(one_line));
        } else {
            let items = paragraph.split("\n- ").map(one_line);
            found.extend(items.flat_map(|item| {
                item.split_inclusive(". ").map(str::to_owned).collect::<Vec<_>>()
            }));
        }
    }
    found
}

fn is_strong(sentence: &str) -> bool {
    let text =
        format!(" {} ", sentence.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " "));
    STRONG.iter().any(|word| text.contains(&format!(" {word} ")))
}

#[test]
fn each_strong_sentence_is_a_claim() {
    let claims = claims();
    let mut missing = Vec::new();
    for (path, _) in LEAST {
        let whole = ["docs/conformance.md", "docs/clients.md", "docs/doctor.md"].contains(&path);
        let quotes: Vec<_> =
            claims.iter().filter(|claim| claim.page == path).map(|claim| &claim.quote).collect();
        for sentence in sentences(&page(path)) {
            let is_row = sentence.starts_with('|');
            let start: String = sentence.trim_start_matches("- ").chars().take(40).collect();
            let is_quoted = quotes
                .iter()
                .any(|quote| sentence.contains(quote.as_str()) || quote.contains(start.trim_end()));
            if is_strong(&sentence) && !is_quoted && !(whole && is_row) {
                missing.push(format!("{path}: {sentence}"));
            }
        }
    }
    assert!(missing.is_empty(), "add these to {CLAIMS}, with their tests:\n{}", missing.join("\n"));
}

#[test]
fn the_tests_that_the_threat_model_names_exist() {
    let tests = tests();
    let security = page("SECURITY.md");
    let mut found = 0;
    for line in security.text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").collect();
        let [_, _, names] = cells.as_slice() else { continue };
        if names.contains('`') {
            assert_exist(line, &names_in(names), &tests);
            found += 1;
        }
    }
    assert!(found >= 30, "only {found} rows were found");
}
