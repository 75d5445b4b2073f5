//! A list of the calls of a run, for people who look for the cause of a problem.

use std::sync::Mutex;
use std::time::Duration;

use ureq::http::Method;

use super::{Answer, HttpError};

/// The most calls that are kept.
const CALL_LIMIT: usize = 1000;

/// The calls that were made. Several threads may add to it.
#[derive(Debug, Default)]
pub(crate) struct CallLog(Mutex<Calls>);

#[derive(Debug, Default)]
struct Calls {
    lines: Vec<String>,
    left_out: usize,
}

impl CallLog {
    /// Adds a call that took this time. Its URL holds no key: `Call::check_key` refuses that.
    pub(super) fn add(
        &self,
        method: &Method,
        url: &str,
        result: Result<&Answer, &HttpError>,
        time: Duration,
    ) {
        let Ok(mut calls) = self.0.lock() else { return };
        if calls.lines.len() == CALL_LIMIT {
            calls.left_out += 1;
            return;
        }
        let result = match result {
            Ok(answer) => {
                let id = answer.header("x-request-id");
                let id = id.map(|id| format!(", request ID {id}")).unwrap_or_default();
                format!("{}, {} bytes{id}", answer.status, answer.body.len())
            }
            Err(error) => error.to_string(),
        };
        calls.lines.push(format!("{method} {url}: {result}, {} ms", time.as_millis()));
    }

    /// Takes the calls so far, one per line.
    pub(crate) fn take(&self) -> Vec<String> {
        let Ok(mut calls) = self.0.lock() else { return Vec::new() };
        let Calls { mut lines, left_out } = std::mem::take(&mut *calls);
        if left_out > 0 {
            lines.push(format!("{left_out} more calls"));
        }
        lines
    }
}
