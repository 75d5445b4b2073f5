//! Several calls at once, in bounded number.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many calls are under way at most.
const THREADS: usize = 8;

/// Does `work` for each of `inputs`, some at a time, and gives the results in their order.
pub(crate) fn in_parallel<I: Sync, O: Send>(inputs: &[I], work: impl Fn(&I) -> O + Sync) -> Vec<O> {
    if let [input] = inputs {
        return vec![work(input)];
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(inputs.len()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS.min(inputs.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(input) = inputs.get(at) else { return };
                    let output = work(input);
                    if let Ok(mut done) = done.lock() {
                        done.push((at, output));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, output)| output).collect()
}
