//! Errors in two parts: what failed, and what to do about it.
//!
//! An error keeps the two apart until it is printed, so no code has to parse a sentence. Lower
//! layers do not know which command uses them: only the hints in `commands` name options.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::printable::Printable;

/// The maximum length of a line of a message, in bytes.
pub(crate) const LINE_LIMIT: usize = 2048;

/// An error with separate cause and hint. Its `Display` is the cause.
pub trait Explain: fmt::Display {
    /// What failed, on what, and why. Starts in lower case and has no full stop.
    fn cause(&self) -> String {
        self.to_string()
    }

    /// What to do about it, as an instruction without a full stop; `None` if there is no useful
    /// advice.
    fn hint(&self) -> Option<String>;
}

/// A copy of an error's cause and hint. In JSON, an object with both fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What failed, on what, and why.
    #[serde(serialize_with = "shown")]
    pub cause: String,
    /// What to do about it.
    #[serde(serialize_with = "shown_if_any")]
    pub hint: Option<String>,
}

impl Explanation {
    /// Creates an explanation without a hint.
    pub fn of_cause(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), hint: None }
    }

    /// Replaces the hint.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl<E: Explain + ?Sized> From<&E> for Explanation {
    fn from(error: &E) -> Self {
        Self { cause: error.cause(), hint: error.hint() }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)
    }
}

impl Explain for Explanation {
    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

/// Formats the error as `CAUSE; HINT`, for callers of the protocol and for use within a line.
pub fn on_one_line(error: &(impl Explain + ?Sized)) -> String {
    match error.hint() {
        Some(hint) => format!("{}; {hint}", error.cause()),
        None => error.cause(),
    }
}

/// Formats the error as two lines, `error: CAUSE` and `hint: HINT`. `show` formats a label and an
/// escaped part.
pub(crate) fn on_two_lines(
    error: &(impl Explain + ?Sized),
    show: impl Fn(&str, &str) -> String,
) -> String {
    let line = |label: &str, text: &str| shortened(show(label, text)) + "\n";
    let hint = error.hint().map(|hint| line("hint: ", &hint));
    line("error: ", &error.cause()) + &hint.unwrap_or_default()
}

/// Truncates a line to [`LINE_LIMIT`].
pub(crate) fn shortened(mut line: String) -> String {
    if let Some((at, _)) = line.char_indices().find(|(at, _)| *at >= LINE_LIMIT) {
        line.truncate(at);
        line.push_str("...");
    }
    line
}

fn shown<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Printable(text))
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn shown_if_any<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_ref().map(|text| Printable(text).to_string()).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::{Explanation, LINE_LIMIT, on_one_line, on_two_lines};

    fn unreadable() -> Explanation {
        Explanation::of_cause("cannot read the file: permission denied")
    }

    fn with_hint() -> Explanation {
        unreadable().with_hint("make it readable")
    }

    #[test]
    fn the_protocol_gets_one_line_and_the_terminal_two() {
        let show = |label: &str, text: &str| label.to_owned() + &text.to_uppercase();
        let both = "cannot read the file: permission denied; make it readable";
        assert_eq!(on_one_line(&with_hint()), both);
        assert_eq!(on_one_line(&unreadable()), "cannot read the file: permission denied");
        assert_eq!(
            on_two_lines(&with_hint(), show),
            "error: CANNOT READ THE FILE: PERMISSION DENIED\nhint: MAKE IT READABLE\n"
        );
        assert_eq!(
            on_two_lines(&unreadable(), show),
            "error: CANNOT READ THE FILE: PERMISSION DENIED\n"
        );
    }

    #[test]
    fn each_line_has_a_limit() {
        let long = Explanation::of_cause("x".repeat(9000)).with_hint("y".repeat(9000));
        let text = on_two_lines(&long, |label, text| label.to_owned() + text);
        let lengths: Vec<_> = text.lines().map(str::len).collect();
        assert_eq!(lengths, [LINE_LIMIT + 3, LINE_LIMIT + 3]);
    }

    #[test]
    fn json_has_a_field_for_each_part_and_no_key() {
        let key = "11111111-2222-3333-4444-555555555555";
        let error = Explanation::of_cause(format!("no {key}")).with_hint(format!("remove {key}"));
        assert_eq!(
            serde_json::to_string(&error).unwrap(),
            r#"{"cause":"no (not shown)","hint":"remove (not shown)"}"#
        );
        assert_eq!(
            serde_json::to_string(&unreadable()).unwrap(),
            r#"{"cause":"cannot read the file: permission denied","hint":null}"#
        );
    }
}
