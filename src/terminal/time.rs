//! Times that can be read.

use std::time::SystemTime;

use jiff::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Returns how long ago a time was, as in `3 days ago`. Text that is not a time is unchanged.
pub(crate) fn relative(text: &str, now: SystemTime) -> String {
    let (Ok(then), Ok(now)) = (text.parse::<Timestamp>(), Timestamp::try_from(now)) else {
        return text.to_owned();
    };
    let seconds = now.as_second().saturating_sub(then.as_second());
    if seconds < 0 {
        return exact(text);
    }
    let (number, unit) = match seconds {
        ..MINUTE => return "just now".to_owned(),
        MINUTE..HOUR => (seconds / MINUTE, "minute"),
        HOUR..DAY => (seconds / HOUR, "hour"),
        _ => match seconds / DAY {
            days @ ..14 => (days, "day"),
            days @ 14..60 => (days / 7, "week"),
            days @ 60..730 => (days / 30, "month"),
            days => (days / 365, "year"),
        },
    };
    format!("{number} {unit}{} ago", if number == 1 { "" } else { "s" })
}

/// A time as a number that others can be compared with: nanoseconds since 1970.
pub(crate) fn instant(text: &str) -> Option<i128> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_nanosecond)
}

/// Returns the time in RFC 3339, to the second. Text that is not a time is unchanged.
pub(crate) fn exact(text: &str) -> String {
    if let Some(seconds) = seconds_of_usual(text) {
        return [seconds, "Z"].concat();
    }
    let Ok(time) = text.parse::<Timestamp>() else { return text.to_owned() };
    Timestamp::from_second(time.as_second())
        .map_or_else(|_| text.to_owned(), |time| time.to_string())
}

/// Returns a time without its fraction and its zone if it is written as the API writes times, such as
/// `2026-11-21T12:00:00.123456Z`. Parsing the times of a long list took a fifth of the instructions for its table.
/// Days that not every month has, and years outside of 2000 to 2999, are left to the parser.
fn seconds_of_usual(text: &str) -> Option<&str> {
    let (seconds, rest) = text.split_at_checked(19)?;
    let is_fraction = match rest.as_bytes() {
        [b'Z'] => true,
        [b'.', digits @ .., b'Z'] => {
            matches!(digits.len(), 1..=9) && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    let is_format = seconds.bytes().zip(*b"2___-__-__T__:__:__").all(|(byte, expected)| {
        if expected == b'_' { byte.is_ascii_digit() } else { byte == expected }
    });
    let number = |at: usize| match seconds.as_bytes().get(at..at + 2) {
        Some([tens, ones]) => tens.wrapping_sub(b'0').wrapping_mul(10).wrapping_add(ones - b'0'),
        _ => u8::MAX,
    };
    let is_time = || {
        matches!(number(5), 1..=12)
            && matches!(number(8), 1..=28)
            && number(11) < 24
            && number(14) < 60
            && number(17) < 60
    };
    (is_fraction && is_format && is_time()).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use jiff::Timestamp;

    use super::{exact, relative, seconds_of_usual};

    proptest::proptest! {
        #[test]
        fn a_usual_time_is_what_the_parser_reads(
            text in "(19[0-9]{2}|2[0-9]{3}|9999)-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,10})?(Z|\\+00:00|z)?"
        ) {
            if let Some(seconds) = seconds_of_usual(&text) {
                let time: Timestamp = text.parse().unwrap();
                let parsed = Timestamp::from_second(time.as_second()).unwrap().to_string();
                proptest::prop_assert_eq!(format!("{seconds}Z"), parsed);
            }
        }
    }

    #[test]
    fn most_times_need_no_parser() {
        for time in
            ["2026-11-21T12:00:00Z", "2026-11-21T12:00:00.1Z", "2000-01-01T00:00:00.123456789Z"]
        {
            assert_eq!(seconds_of_usual(time), time.get(..19));
        }
        for other in [
            "1999-11-28T12:00:00Z",
            "2026-11-29T12:00:00Z",
            "2026-13-21T12:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T12:00:00.Z",
            "2026-11-21T12:00:00",
            "2026-11-21 12:00:00Z",
            "2026-11-21T12:0é:00Z",
        ] {
            assert_eq!(seconds_of_usual(other), None, "{other}");
        }
    }

    #[test]
    fn times_are_relative_to_now() {
        // 2026-11-21T12:00:00Z
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_262_400);
        for (then, text) in [
            ("2026-11-21T12:00:00.123456Z", "just now"),
            ("2026-11-21T11:59:01Z", "just now"),
            ("2026-11-21T11:59:00.430796789Z", "1 minute ago"),
            ("2026-11-21T10:01:00Z", "1 hour ago"),
            ("2026-11-18T12:00:00Z", "3 days ago"),
            ("2026-11-01T12:00:00Z", "2 weeks ago"),
            ("2026-07-17T09:50:07.430796Z", "4 months ago"),
            ("2024-01-01T00:00:00+01:00", "2 years ago"),
            ("2026-11-21T12:00:05Z", "2026-11-21T12:00:05Z"),
            ("soon", "soon"),
            ("", ""),
        ] {
            assert_eq!(relative(then, now), text, "{then}");
        }
        assert_eq!(exact("2026-07-17T09:50:07.430796Z"), "2026-07-17T09:50:07Z");
        assert_eq!(exact("never"), "never");
    }
}
