//! A bounded number of calls in parallel.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The default maximum number of parallel calls.
const THREADS: usize = 8;

/// Runs `work` for each of `inputs` in parallel. Returns the results in the order of the inputs.
pub(crate) fn in_parallel<I: Sync, O: Send>(inputs: &[I], work: impl Fn(&I) -> O + Sync) -> Vec<O> {
    in_parallel_at_most(THREADS, inputs, work)
}

/// Runs `work` for each of `inputs` in order, at most `threads` at a time.
///
/// The calling thread works, too. If the system creates no other thread, it does all of the work.
pub(crate) fn in_parallel_at_most<I: Sync, O: Send>(
    threads: usize,
    inputs: &[I],
    work: impl Fn(&I) -> O + Sync,
) -> Vec<O> {
    if let [input] = inputs {
        return vec![work(input)];
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(inputs.len()));
    let work_on = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(input) = inputs.get(at) else { return };
            let output = work(input);
            if let Ok(mut done) = done.lock() {
                done.push((at, output));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(inputs.len()) {
            if thread::Builder::new().spawn_scoped(scope, work_on).is_err() {
                break;
            }
        }
        work_on();
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, output)| output).collect()
}
