//! The pages of this repository: their commands parse, their links lead somewhere, what they show is
//! what the program prints, and the files that they name exist.

mod claims;
mod clusters;
mod commands;
mod costs;
mod habits;
mod language;
mod links;
mod output;
mod readme;

use std::fs;
use std::path::{Path, PathBuf};

const PROGRAM: &str = "docker-credential-scw";

/// One page in Markdown.
struct Page {
    /// The path below the repository's root, with slashes.
    path: String,
    text: String,
}

/// A fenced block.
struct Block {
    language: String,
    text: String,
    /// Where the text is in the page.
    start: usize,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn page(path: &str) -> Page {
    Page { path: path.to_owned(), text: read(path) }
}

/// Every page, in the repository's root and in the directories that have pages.
fn pages() -> Vec<Page> {
    let mut paths = Vec::new();
    for directory in ["", "docs", "packaging", ".github"] {
        for entry in fs::read_dir(root().join(directory)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if Path::new(&name).extension().is_some_and(|extension| extension == "md") {
                paths.push(Path::new(directory).join(name));
            }
        }
    }
    paths.sort();
    let with_slashes = |path: &PathBuf| path.to_str().unwrap().replace('\\', "/");
    paths.iter().map(with_slashes).map(|path| page(&path)).collect()
}

impl Page {
    /// The fenced blocks. A fence may be indented, as in a list.
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            at += line.len();
            match (line.trim().strip_prefix("```"), &mut open) {
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some(language), None) => {
                    let (language, text) = (language.to_owned(), String::new());
                    open = Some(Block { language, text, start: at });
                }
                (None, Some(block)) => block.text += line,
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a fence is not closed", self.path);
        blocks
    }

    /// The texts of the blocks in this language.
    fn blocks_in(&self, language: &str) -> Vec<String> {
        let blocks = self.blocks().into_iter();
        blocks.filter(|block| block.language == language).map(|block| block.text).collect()
    }

    /// The text outside of fenced blocks.
    fn prose(&self) -> String {
        let mut is_inside = false;
        let mut prose = String::new();
        for line in self.text.split_inclusive('\n') {
            if line.trim().starts_with("```") {
                is_inside = !is_inside;
            } else if !is_inside {
                prose += line;
            }
        }
        prose
    }

    /// The texts between single backticks.
    fn inline_code(&self) -> Vec<String> {
        self.prose().split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    /// The anchors of the headings, as GitHub makes them.
    fn anchors(&self) -> Vec<String> {
        let prose = self.prose();
        let headings = prose.lines().filter(|line| line.starts_with('#'));
        headings
            .map(|line| {
                let heading = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
                heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
            })
            .collect()
    }
}
