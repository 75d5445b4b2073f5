//! Pages keep to plain words. CONTRIBUTING has the rules and the glossary.

use super::pages;

/// Words to avoid, and what to write instead.
const AVOIDED: [(&str, &str); 12] = [
    ("anew", "again"),
    ("behind it", "after it"),
    ("blanks", "whitespace"),
    ("goes on", "continues"),
    ("mend", "fix"),
    ("mends", "fixes"),
    ("no more", "no longer"),
    ("nobody", "name the subject, or \"not found\""),
    ("of ours", "of the helper"),
    ("whence", "source"),
    ("whoever", "name the subject"),
    ("wired", "registered"),
];

#[test]
fn pages_use_plain_words() {
    for page in pages() {
        for (at, line) in page.prose().lines().enumerate() {
            let words: Vec<_> = line.split(|c: char| !c.is_alphabetic()).collect();
            let text = format!(" {} ", words.join(" ").to_lowercase());
            for (word, instead) in AVOIDED {
                let is_used = text.contains(&format!(" {word} "));
                assert!(!is_used, "{}, line {} of the prose: {word}: {instead}", page.path, at + 1);
            }
        }
    }
}
