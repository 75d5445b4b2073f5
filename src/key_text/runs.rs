//! Runs of bytes of one class.

use std::ops::Range;

use super::uuid::Class;

/// Finds the longest runs of at least `shortest` bytes of a class. `shortest` is at least 1.
///
/// Most runs of a text are shorter. So the search tests the last byte that a run would need first: if
/// that is not of the class, no run contains it, and the bytes before it are not tested.
pub(super) fn long_runs(
    text: &[u8],
    shortest: usize,
    class: Class,
) -> impl Iterator<Item = Range<usize>> {
    let is_other = move |byte: &u8| !class.has(*byte);
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let least = text.get(from..from + shortest)?;
            if let Some(other) = least.iter().rposition(is_other) {
                from += other + 1;
                continue;
            }
            let more = text.get(from + shortest..)?;
            let more = more.iter().position(is_other).unwrap_or(more.len());
            let run = from..from + shortest + more;
            from = run.end;
            return Some(run);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Class, long_runs};

    #[test]
    fn only_runs_of_at_least_the_length_are_found() {
        let runs = |text: &str, shortest| -> Vec<_> {
            long_runs(text.as_bytes(), shortest, Class::HEX)
                .map(|run| text.get(run).unwrap().to_owned())
                .collect()
        };
        assert_eq!(runs("abc", 3), ["abc"]);
        assert_eq!(runs("abc", 4), [""; 0]);
        assert_eq!(runs("xab.abcd.0x1234.abc", 3), ["abcd", "1234", "abc"]);
        assert_eq!(runs("12x123x1234x", 4), ["1234"]);
        assert_eq!(runs("ab x", 1), ["ab"]);
        assert_eq!(runs("", 1), [""; 0]);
    }
}
