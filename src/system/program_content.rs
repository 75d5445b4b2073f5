//! Compares a program's file in chunks, without loading it as a whole.

use std::io::{self, BufRead as _, ErrorKind, Read};

use crate::system::wiped::WipedBytes;

/// The chunk size in bytes. Another program's file may contain a key, so the chunk is wiped.
const CHUNK: usize = 64 * 1024;

/// The content of a program's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Identical to this program.
    Same,
    /// An executable with this program's mark.
    Marked,
    /// The script that `scw registry install-docker-helper` writes.
    ScwScript,
    /// An executable that is a truncated copy of this program.
    Incomplete,
    /// Anything else.
    Other,
}

/// This program's file, which several threads read at any position.
pub(super) trait ReadAt {
    /// Reads from this position until the buffer is full or the file ends. Returns the number of bytes.
    fn read_at(&self, position: usize, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Compares `file` with `own`. If they differ, searches an executable for `mark`. Stops reading as
/// soon as the result is known.
///
/// # Errors
/// Returns the system's error if reading fails, and [`ErrorKind::FileTooLarge`] past `limit` bytes.
pub(super) fn of(
    file: &mut dyn Read,
    own: &dyn ReadAt,
    mark: &[u8],
    limit: usize,
) -> io::Result<Content> {
    let mut buffer = WipedBytes::new(vec![0; mark.len() + CHUNK]);
    let mut compared = vec![0; CHUNK];
    // The end of the last chunk, where the mark may start.
    let mut kept = 0;
    let (mut total, mut is_same, mut is_executable) = (0, true, false);
    loop {
        let Some(room) = buffer.get_mut(kept..kept + CHUNK) else { return Ok(Content::Other) };
        let count = fill(file, room)?;
        let chunk = room.get(..count).unwrap_or_default();
        let was_same = is_same;
        if is_same {
            let part = compared.get_mut(..count).unwrap_or_default();
            is_same = own.read_at(total, part)? == count && is_equal(part, chunk);
        }
        if total == 0 {
            is_executable = is_program(chunk);
            if !is_same && !is_executable {
                let is_script = count < CHUNK && is_scw_script(chunk);
                return Ok(if is_script { Content::ScwScript } else { Content::Other });
            }
        }
        total += count;
        if total > limit {
            return Err(ErrorKind::FileTooLarge.into());
        }
        // While the contents are identical, the mark is not searched: it may be in the identical
        // part.
        let seen = buffer.get(..kept + count).unwrap_or_default();
        let is_marked = !is_same
            && (contains(seen, mark) || (was_same && start_contains(own, total - count, mark)?));
        if is_marked {
            return Ok(Content::Marked);
        }
        if count < CHUNK {
            break;
        }
        let end = kept + count;
        kept = mark.len().saturating_sub(1).min(end);
        buffer.copy_within(end - kept..end, 0);
    }
    Ok(match is_same {
        true if own.read_at(total, &mut [0])? == 0 => Content::Same,
        true if is_executable && start_contains(own, total, mark)? => Content::Marked,
        true if is_executable => Content::Incomplete,
        _ => Content::Other,
    })
}

/// Returns whether the first `length` bytes of this program contain the mark.
fn start_contains(own: &dyn ReadAt, length: usize, mark: &[u8]) -> io::Result<bool> {
    let mut buffer = vec![0; mark.len() + CHUNK];
    let mut start = 0;
    while start < length {
        let room = buffer.get_mut(..(length - start).min(mark.len() + CHUNK)).unwrap_or_default();
        let count = own.read_at(start, room)?;
        if contains(room.get(..count).unwrap_or_default(), mark) {
            return Ok(true);
        }
        if count < room.len() {
            break;
        }
        // Chunks overlap, because the mark may be in two.
        start += CHUNK;
    }
    Ok(false)
}

/// Compares two parts of a program. musl compares byte by byte, which takes 20 ms for a program.
fn is_equal(left: &[u8], right: &[u8]) -> bool {
    if !cfg!(target_env = "musl") {
        return left == right;
    }
    let ((words, rest), (others, others_rest)) = (left.as_chunks(), right.as_chunks());
    let is_same = |(word, other): (&[u8; 16], &[u8; 16])| {
        u128::from_ne_bytes(*word) == u128::from_ne_bytes(*other)
    };
    left.len() == right.len() && rest == others_rest && words.iter().zip(others).all(is_same)
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match file.read(room) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Returns whether the file starts like an executable: ELF, Mach-O (either byte order, or
/// universal), PE.
fn is_program(content: &[u8]) -> bool {
    const MAGIC: [&[u8]; 5] =
        [b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xca\xfe\xba\xbe", b"MZ"];
    MAGIC.iter().any(|magic| content.starts_with(magic))
}

/// Returns whether the file is the script that scw writes: a call of `scw registry docker-helper`
/// after the choice of a profile. A script with any other line was edited by its owner.
fn is_scw_script(content: &[u8]) -> bool {
    let text = String::from_utf8_lossy(content);
    let Some(text) = text.strip_prefix("#!/bin/sh\n") else { return false };
    let is_call =
        |line: &str| line.starts_with("scw ") && line.ends_with("registry docker-helper \"$@\"");
    let is_choice = |line: &str| {
        let starts = ["PROFILE_NAME=", "if [[ ", "export SCW_PROFILE="];
        starts.iter().any(|start| line.starts_with(start)) || matches!(line, "then" | "fi" | "")
    };
    let mut lines = text.lines().map(str::trim);
    text.lines().any(|line| is_call(line.trim()))
        && lines.all(|line| is_call(line) || is_choice(line))
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    let Some(&first) = needle.first() else { return true };
    let mut rest = haystack;
    // A slice is a reader with a fast search, even in a debug build.
    while let Ok(1..) = rest.skip_until(first) {
        let after = haystack.len() - rest.len();
        if haystack.get(after - 1..).is_some_and(|from| from.starts_with(needle)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::{CHUNK, Content, ReadAt, fill, of};

    const MARK: &[u8] = b"a mark of 20 letters";
    const LIMIT: usize = 16 * CHUNK;

    /// Counts the bytes read.
    struct Counted<'a>(&'a [u8], usize);

    impl Read for Counted<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            // Returns less than requested, as a file system may.
            let room = buffer.len().min(10_000);
            let count = self.0.read(&mut buffer[..room])?;
            self.1 += count;
            Ok(count)
        }
    }

    impl ReadAt for &[u8] {
        fn read_at(&self, position: usize, buffer: &mut [u8]) -> io::Result<usize> {
            fill(&mut self.get(position..).unwrap_or_default(), buffer)
        }
    }

    /// An executable of this length with the mark at `at` and `fill` everywhere else.
    fn program(length: usize, at: usize, fill: u8) -> Vec<u8> {
        let mut content = vec![fill; length];
        content[..4].copy_from_slice(b"\x7fELF");
        content[at..at + MARK.len()].copy_from_slice(MARK);
        content
    }

    /// The result, and how many bytes were read.
    fn inspected(content: &[u8], own: &[u8]) -> (Content, usize) {
        let mut file = Counted(content, 0);
        let found = of(&mut file, &own, MARK, LIMIT).unwrap();
        (found, file.1)
    }

    #[test]
    fn no_byte_is_read_twice_and_none_once_the_answer_is_known() {
        let own = program(5 * CHUNK + 7, 3 * CHUNK, 1);
        assert_eq!(inspected(&own, &own), (Content::Same, own.len()));
        let other = program(9 * CHUNK, CHUNK + 5, 2);
        assert_eq!(inspected(&other, &own), (Content::Marked, 2 * CHUNK));
        // The same length, with a different last byte.
        let mut last = own.clone();
        *last.last_mut().unwrap() = 9;
        assert_eq!(inspected(&last, &own), (Content::Marked, own.len()));
        assert_eq!(inspected(&own[..2 * CHUNK], &own), (Content::Incomplete, 2 * CHUNK));
        assert_eq!(inspected(&own[..100], &own), (Content::Incomplete, 100));
        assert_eq!(inspected(&vec![b'x'; 8 * CHUNK], &own), (Content::Other, CHUNK));
        let mut longer = own.clone();
        longer.resize(own.len() + CHUNK, 1);
        assert_eq!(inspected(&longer, &own).0, Content::Marked);
        assert_eq!(inspected(&[], &own), (Content::Other, 0));
    }

    #[test]
    fn a_mark_is_found_wherever_chunks_end() {
        let own = program(100, 10, 1);
        for at in (CHUNK - MARK.len() - 1..=CHUNK + 1).chain(2 * CHUNK - MARK.len()..=2 * CHUNK) {
            let content = program(3 * CHUNK, at, b'a');
            assert_eq!(inspected(&content, &own).0, Content::Marked, "{at}");
        }
        // The same in the part that this program has as well.
        for at in (CHUNK - MARK.len() - 1..=CHUNK + 1).chain(2 * CHUNK - MARK.len()..=2 * CHUNK) {
            let content = program(4 * CHUNK, at, 1);
            let mut longer = content.clone();
            longer.resize(4 * CHUNK + 1, 1);
            assert_eq!(inspected(&longer, &content).0, Content::Marked, "{at}");
            assert_eq!(inspected(&content, &longer).0, Content::Marked, "{at}");
            let cut = &content[..at + MARK.len() - 1];
            assert_eq!(inspected(cut, &content).0, Content::Incomplete, "{at}");
        }
        let mut none = vec![b'a'; 3 * CHUNK];
        none[..4].copy_from_slice(b"\x7fELF");
        assert_eq!(inspected(&none, &own), (Content::Other, 3 * CHUNK));
    }

    #[test]
    fn a_file_without_end_is_cut_off_at_the_limit() {
        let own = program(LIMIT * 2, LIMIT + 5, 1);
        let error = of(&mut own.as_slice(), &own.as_slice(), MARK, LIMIT).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn scws_script_is_distinguished_from_a_script_with_another_line() {
        let script = "#!/bin/sh\nscw registry docker-helper \"$@\"\n";
        assert_eq!(inspected(script.as_bytes(), b"own").0, Content::ScwScript);
        let more = format!("{script}echo hello\n");
        assert_eq!(inspected(more.as_bytes(), b"own").0, Content::Other);
    }
}
