//! Plain English in sources, help texts and pages: words to avoid, counted in each area.
//!
//! Long, indirect or archaic wording makes text slow to read. The glossary is in CONTRIBUTING. The
//! aim is less than one such word in 1,000 lines everywhere.

use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use docker_credential_scw::cli::Cli;

/// Words to avoid, each with the reason or the better word.
const AVOIDED: [(&str, &str); 46] = [
    ("anew", "archaic: \"again\""),
    ("as it is", "vague: \"unchanged\""),
    ("as they are", "vague: \"unchanged\""),
    ("be it", "archaic: \"even\", \"whether\""),
    ("behind", "only for places: \"after\""),
    ("beside", "\"next to\", \"other than\""),
    ("blank", "\"empty\", or \"space\""),
    ("blanks", "\"whitespace\""),
    ("give back", "\"return\""),
    ("gives back", "\"returns\""),
    ("given back", "\"returned\""),
    ("go on", "\"continue\""),
    ("goes on", "\"continues\""),
    ("in vain", "literary: say what happens"),
    ("looked at", "\"inspected\", \"checked\", \"read\""),
    ("looks at", "\"inspects\", \"checks\", \"reads\""),
    ("mend", "\"fix\""),
    ("mended", "\"fixed\""),
    ("mends", "\"fixes\""),
    ("no more", "\"no longer\""),
    ("nobody", "name the subject, or \"not found\""),
    ("of its own", "\"separate\", \"its\""),
    ("of ours", "\"of this program\""),
    ("of their own", "\"separate\", \"their\""),
    ("one a line", "\"one per line\""),
    ("plain text", "\"plaintext\""),
    ("put right", "\"fix\""),
    ("said", "\"printed\", \"reported\""),
    ("slip", "\"mistake\", \"typo\""),
    ("slips", "\"mistakes\", \"typos\""),
    ("somebody", "name the subject"),
    ("stands for", "\"means\", \"replaces\""),
    ("stands in", "\"is in\""),
    ("stands there", "\"is there\""),
    ("such as has", "split the sentence"),
    ("take away", "\"remove\""),
    ("taken away", "\"removed\""),
    ("takes away", "\"removes\""),
    ("this very", "\"this\""),
    ("told", "\"reported\", \"printed\""),
    ("whence", "\"source\""),
    ("whoever", "name the subject"),
    ("whom", "name the subject"),
    ("wired", "\"registered\""),
    ("wires", "\"registers\""),
    ("wiring", "\"registration\""),
];

/// The areas, and how many of these words each may still have. Lower the number after a rewrite. Never
/// raise it.
const AREAS: [(&[&str], usize); 11] = [
    (&["src/commands"], 0),
    (&["src/cli"], 0),
    (&["src/diagnosis"], 1),
    (&["src/terminal"], 0),
    (&["src/registry"], 0),
    // One is in a file format.
    (&["src"], 5),
    // Most of these quote messages of the program.
    (&["tests/in_process"], 16),
    (&["tests"], 0),
    (&["yaml-tree", "benches", "packaging", ".ci", "build.rs"], 2),
    (&["README.md", "CONTRIBUTING.md", "SECURITY.md", "RELEASING.md", "CHANGELOG.md"], 0),
    (&["docs"], 0),
];

/// These contain the words as examples, or were written by others.
const EXCLUDED: [&str; 8] = [
    "tests/in_process/words.rs",
    "tests/in_process/docs/language.rs",
    "tests/in_process/snapshots",
    // Written by released versions.
    "tests/fixtures",
    "tests/prism",
    "tests/e2e/registry-v1.openapi.yaml",
    "packaging/THIRD-PARTY-LICENSES.txt",
    "packaging/stage",
];

/// A word found: where, the line, the word and what to write instead.
struct Hit {
    place: String,
    word: &'static str,
    instead: &'static str,
}

/// Finds the words in a text. Underscores separate words, so that names in code count, too.
fn hits_in(name: &str, text: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let words: Vec<_> = line.split(|c: char| !c.is_alphabetic()).collect();
        let line = format!(" {} ", words.join(" ").to_lowercase());
        for (word, instead) in AVOIDED {
            let count = line.matches(&format!(" {word} ")).count();
            let place = format!("{name}:{}", at + 1);
            hits.extend((0..count).map(|_| Hit { place: place.clone(), word, instead }));
        }
    }
    hits
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text files of an area that no earlier area contains.
fn files_of(area: usize) -> Vec<PathBuf> {
    let earlier: Vec<_> = AREAS[..area].iter().flat_map(|(paths, _)| *paths).collect();
    let mut found = Vec::new();
    let mut left: Vec<PathBuf> = AREAS[area].0.iter().map(|path| root().join(path)).collect();
    while let Some(path) = left.pop() {
        let name = path.strip_prefix(root()).unwrap();
        let is_in = |other: &str| name.starts_with(other);
        let is_counted_before = earlier.iter().any(|other| is_in(other));
        if is_counted_before || EXCLUDED.iter().any(|other| is_in(other)) {
            continue;
        }
        match fs::read_dir(&path) {
            Ok(entries) => left.extend(entries.map(|entry| entry.unwrap().path())),
            Err(_) => found.push(path),
        }
    }
    found.sort();
    found
}

fn hits_of(area: usize) -> Vec<Hit> {
    let texts = files_of(area).into_iter().filter_map(|path| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        Some((name, fs::read_to_string(path).ok()?))
    });
    texts.flat_map(|(name, text)| hits_in(&name, &text)).collect()
}

fn listed(hits: &[Hit]) -> String {
    let line = |hit: &Hit| format!("  {}: {}: {}\n", hit.place, hit.word, hit.instead);
    hits.iter().map(line).collect()
}

#[test]
fn sources_and_pages_are_in_plain_english() {
    let mut too_many = String::new();
    for (area, (paths, limit)) in AREAS.iter().enumerate() {
        let hits = hits_of(area);
        if hits.len() > *limit {
            let found = hits.len();
            too_many +=
                &format!("{}: {found}, at most {limit}\n{}", paths.join(", "), listed(&hits));
        }
    }
    assert!(too_many.is_empty(), "words to avoid:\n{too_many}");
}

#[test]
fn help_texts_are_in_plain_english() {
    const LIMIT: usize = 6;
    let mut hits = Vec::new();
    let mut commands = vec![Cli::command()];
    while let Some(mut command) = commands.pop() {
        let help = command.render_long_help().to_string();
        hits.extend(hits_in(command.get_name(), &help));
        commands.extend(command.get_subcommands().cloned());
    }
    let found = hits.len();
    assert!(found <= LIMIT, "{found} words to avoid, at most {LIMIT}:\n{}", listed(&hits));
}
