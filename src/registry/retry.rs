//! Retries: only after errors that may pass, only if repeating is safe, and within limits.

use std::time::{Duration, SystemTime};

use ureq::http::Method;

use super::error::{ApiError, Asked};
use crate::system::clock::Clock;
use crate::system::http::{Answer, Call, HttpClient, http_date};

/// The maximum number of attempts at a call.
const TRIES: u32 = 5;

/// The time limit for retries. A single call may take longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The first pause. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Makes a call. Repeats it while the service is overloaded or cannot be reached.
///
/// # Errors
/// Returns an error if there is no answer in the end. A refusal is an answer.
pub(super) fn call(
    http: &HttpClient,
    mut call: Call<'_>,
    clock: &dyn Clock,
    asked: &Asked,
) -> Result<Answer, ApiError> {
    // The caller of a deletion first checks whether it was carried out, then repeats it.
    let is_idempotent = !matches!(call.method, Method::POST | Method::DELETE);
    let start = clock.now();
    let limit = call.within;
    let patience = limit.map_or(PATIENCE, |within| within.min(PATIENCE));
    for tries in 1.. {
        let result = http.call(&call);
        let wanted = match &result {
            Ok(answer) if !is_worth_retrying(answer.status, is_idempotent) => None,
            Ok(answer) => Some(retry_after(answer, clock.now()).unwrap_or(growing_pause(tries))),
            Err(error) if error.was_not_sent() => Some(growing_pause(tries)),
            Err(error) => (is_idempotent && error.is_transient()).then(|| growing_pause(tries)),
        };
        let spent = clock.now().duration_since(start).unwrap_or_default();
        match wanted {
            // The requested pause may overflow.
            Some(pause) if tries < TRIES && spent.saturating_add(pause) <= patience => {
                clock.pause(pause);
                let rest = |limit: Duration| limit.saturating_sub(spent.saturating_add(pause));
                call.within = limit.map(|limit| rest(limit).max(Duration::from_secs(1)));
            }
            _ => {
                let may_be_done = !is_idempotent;
                return match result {
                    Ok(answer) => Ok(answer),
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
    // With status 429, nothing was carried out.
    status == 429 || (is_idempotent && matches!(status, 502..=504))
}

/// Returns a pause that doubles with each attempt. A random factor from 0.5 to 1.5 spreads the callers.
pub(super) fn growing_pause(tries: u32) -> Duration {
    let pause = FIRST_PAUSE * 2u32.pow(tries.saturating_sub(1).min(10));
    pause.mul_f64(0.5 + fastrand::f64())
}

/// Returns the pause in `Retry-After`: seconds, or a date (RFC 9110, 10.2.3).
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
