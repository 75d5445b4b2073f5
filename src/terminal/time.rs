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
    let Ok(time) = text.parse::<Timestamp>() else { return text.to_owned() };
    Timestamp::from_second(time.as_second())
        .map_or_else(|_| text.to_owned(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{exact, relative};

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
