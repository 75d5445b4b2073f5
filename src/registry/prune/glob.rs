//! Patterns for tag names.

/// A pattern for whole tag names: `*` matches any characters, `?` one character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob(String);

impl Glob {
    /// Parses a pattern; `None` if no tag can match it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_known = |c: char| c.is_ascii_alphanumeric() || "._-*?".contains(c);
        let is_pattern = !text.is_empty() && text.len() <= 256 && text.chars().all(is_known);
        is_pattern.then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the whole name matches.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let (mut pattern, mut rest) = (self.0.as_bytes(), name.as_bytes());
        // After the last `*`, and how far that star has been stretched.
        let mut star: Option<(&[u8], &[u8])> = None;
        loop {
            match (pattern.split_first(), rest.split_first()) {
                (Some((b'*', after)), _) => {
                    star = Some((after, rest));
                    pattern = after;
                }
                (Some((wanted, after)), Some((byte, others)))
                    if *wanted == b'?' || wanted == byte =>
                {
                    (pattern, rest) = (after, others);
                }
                (None, None) => return true,
                _ => {
                    let Some((after, [_, stretched @ ..])) = star else { return false };
                    star = Some((after, stretched));
                    (pattern, rest) = (after, stretched);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn a_pattern_matches_whole_names_only() {
        for (pattern, name, is_match) in [
            ("v1", "v1", true),
            ("v1", "v1.2", false),
            ("1", "v1", false),
            ("v*", "v", true),
            ("v*", "v1.2", true),
            ("*-rc*", "1.2-rc3", true),
            ("*-rc*", "1.2-r", false),
            ("?.?", "1.2", true),
            ("?.?", "1.22", false),
            ("*", "latest", true),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXbX", false),
            ("**", "", true),
            ("?", "", false),
        ] {
            assert_eq!(Glob::parse(pattern).unwrap().matches(name), is_match, "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_that_no_tag_can_match_is_refused() {
        for text in ["", "a/b", "a:b", "a b", "[ab]", "é", &"a".repeat(257)] {
            assert_eq!(Glob::parse(text), None, "{text}");
        }
    }
}
