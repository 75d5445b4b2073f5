//! The date of the man pages.

use std::error::Error;

const CHANGELOG: &str = include_str!("../../../CHANGELOG.md");

/// The day of `SOURCE_DATE_EPOCH` in UTC, otherwise of the newest release in the changelog,
/// otherwise nothing. Never the day of the build. Format: `YYYY-MM-DD`.
pub fn of_this_release() -> Result<String, Box<dyn Error>> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) => Ok(day(seconds.parse::<u32>()? / 86_400)),
        Err(_) => Ok(newest_release(CHANGELOG).unwrap_or_default().to_owned()),
    }
}

/// The date in the first heading like `## [1.2.3] - 2026-11-21`.
fn newest_release(changelog: &str) -> Option<&str> {
    let headings = changelog.lines().filter_map(|line| line.strip_prefix("## "));
    let dates = headings.filter_map(|heading| heading.rsplit_once(" - "));
    dates.map(|(_, date)| date.trim()).next()
}

/// The date this many days after 1970-01-01.
fn day(mut days: u32) -> String {
    let is_leap = |year: u32| {
        (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
    };
    let mut year = 1970;
    while days >= 365 + u32::from(is_leap(year)) {
        days -= 365 + u32::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u32::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}

#[cfg(test)]
mod tests {
    use super::{day, newest_release};

    #[test]
    fn days_are_counted_from_1970() {
        for (seconds, date) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_251_199, "2024-02-29"),
            (1_735_689_599, "2024-12-31"),
            (1_735_689_600, "2025-01-01"),
            (1_795_219_200, "2026-11-21"),
        ] {
            assert_eq!(day(seconds / 86_400), date);
        }
    }

    #[test]
    fn the_changelogs_first_date_is_the_newest() {
        let changelog =
            "# Changelog\n\n## Unreleased\n\n## [1.1.0] - 2026-12-01\n\n## [1.0.0] - 2026-11-21\n";
        assert_eq!(newest_release(changelog), Some("2026-12-01"));
        assert_eq!(newest_release("## Unreleased\n"), None);
    }
}
