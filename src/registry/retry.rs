//! Trying again: only what is worth it, only where repeating is safe, and not for ever.

use std::time::{Duration, SystemTime};

use ureq::http::Method;

use super::error::{ApiError, Asked};
use crate::system::clock::Clock;
use crate::system::http::{Answer, Call, HttpClient, http_date};

/// How often a call is made at most.
const TRIES: u32 = 5;

/// How long all of that may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// An answer, and how many calls it took.
pub(super) struct Tried {
    pub(super) answer: Answer,
    pub(super) tries: u32,
}

/// Makes a call, and makes it again while the service is overloaded or cannot be reached.
///
/// # Errors
/// There is no answer, after all. An answer that says no is an answer.
pub(super) fn call(
    http: &HttpClient,
    call: &Call<'_>,
    clock: &dyn Clock,
    asked: &Asked,
) -> Result<Tried, ApiError> {
    let is_idempotent = call.method != Method::POST;
    let start = clock.now();
    let patience = call.within.map_or(PATIENCE, |within| within.min(PATIENCE));
    for tries in 1.. {
        let result = http.call(call);
        let wanted = match &result {
            Ok(answer) if !is_worth_retrying(answer.status, is_idempotent) => None,
            Ok(answer) => Some(retry_after(answer, clock.now()).unwrap_or(growing_pause(tries))),
            Err(error) if error.was_not_sent() => Some(growing_pause(tries)),
            Err(error) => (is_idempotent && error.is_transient()).then(|| growing_pause(tries)),
        };
        let spent = clock.now().duration_since(start).unwrap_or_default();
        match wanted {
            // What a service asks for may be longer than time itself.
            Some(pause) if tries < TRIES && spent.saturating_add(pause) <= patience => {
                clock.pause(pause);
            }
            _ => {
                let may_be_done = !is_idempotent;
                return match result {
                    Ok(answer) => Ok(Tried { answer, tries }),
                    Err(error) => {
                        let may_be_done =
                            may_be_done && !error.was_not_sent() && error.is_transient();
                        Err(ApiError::unanswered(asked, &error, may_be_done))
                    }
                };
            }
        }
    }
    // The loop ends by returning.
    Err(ApiError::new(asked, "it was tried too often", None))
}

fn is_worth_retrying(status: u16, is_idempotent: bool) -> bool {
    // 429 says that nothing was done.
    status == 429 || (is_idempotent && matches!(status, 502..=504))
}

/// Between half and one and a half of what it doubles to, so that callers do not come all at once.
fn growing_pause(tries: u32) -> Duration {
    let pause = FIRST_PAUSE * 2u32.pow(tries.saturating_sub(1).min(10));
    pause.mul_f64(0.5 + fastrand::f64())
}

/// What the service asks for: seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(answer: &Answer, now: SystemTime) -> Option<Duration> {
    parse_retry_after(answer.header("retry-after")?, now)
}

fn parse_retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    Some(http_date(text)?.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{growing_pause, is_worth_retrying, parse_retry_after};

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let read = |text| parse_retry_after(text, now);
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:40 GMT"), Some(Duration::from_secs(3)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("18446744073709551615"), Some(Duration::from_secs(u64::MAX)));
        for nonsense in ["", "soon", "-1", "1.5", "99999999999999999999999"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn pauses_grow_and_differ() {
        for tries in 1..5 {
            let middle = 0.5 * 2f64.powi(tries - 1);
            let pause = growing_pause(tries.unsigned_abs()).as_secs_f64();
            assert!(pause >= middle * 0.5 && pause <= middle * 1.5, "{tries}: {pause}");
        }
    }

    #[test]
    fn what_may_have_been_done_is_not_done_again() {
        for status in [429, 502, 503, 504] {
            assert!(is_worth_retrying(status, true), "{status}");
            assert_eq!(is_worth_retrying(status, false), status == 429, "{status}");
        }
        for status in [200, 301, 400, 401, 403, 404, 409, 500, 501, 505] {
            assert!(!is_worth_retrying(status, true), "{status}");
        }
    }
}
