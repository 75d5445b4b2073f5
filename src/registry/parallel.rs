//! A bounded number of calls in parallel.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, RangeInclusive};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
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

/// Numbers that several threads work on, and their results until these are taken.
struct Queue<O> {
    state: Mutex<QueueState<O>>,
    changed: Condvar,
    last: u64,
    ahead: u64,
}

struct QueueState<O> {
    /// The next number to work on.
    next: u64,
    /// The number whose result is taken next.
    wanted: u64,
    done: BTreeMap<u64, O>,
    is_over: bool,
}

/// What the thread that takes the results does next.
enum Turn<O> {
    Take(O),
    Work(u64),
    End,
}

/// Runs `work` for each of these numbers in parallel, and passes the results to `take` in order, until
/// that breaks.
///
/// A thread begins the next number at once, without waiting for the others, but none that is `ahead` or
/// more after the number whose result is taken next. So at most `ahead` results are in memory,
/// and at most as many are never taken. The calling thread works and takes. If the system creates no other
/// thread, it does all of the work.
pub(super) fn in_parallel_in_order<O: Send>(
    numbers: RangeInclusive<u64>,
    ahead: u64,
    work: impl Fn(u64) -> O + Sync,
    mut take: impl FnMut(O) -> ControlFlow<()>,
) {
    let (first, last) = numbers.into_inner();
    let state = QueueState { next: first, wanted: first, done: BTreeMap::new(), is_over: false };
    let queue = Queue { state: Mutex::new(state), changed: Condvar::new(), last, ahead };
    let others = last.saturating_sub(first).min(THREADS as u64 - 1);
    thread::scope(|scope| {
        let _end = EndOnPanic(&queue);
        let work_on = || {
            let _end = EndOnPanic(&queue);
            while let Some(number) = queue.next() {
                queue.add(number, work(number));
            }
        };
        for _ in 0..others {
            if thread::Builder::new().spawn_scoped(scope, work_on).is_err() {
                break;
            }
        }
        loop {
            match queue.turn() {
                Turn::Take(output) => {
                    if take(output).is_break() {
                        break;
                    }
                }
                Turn::Work(number) => queue.add(number, work(number)),
                Turn::End => break,
            }
        }
        queue.end();
    });
}

/// Ends the work if a thread panics. The others would wait for its result for ever.
struct EndOnPanic<'q, O>(&'q Queue<O>);

impl<O> Drop for EndOnPanic<'_, O> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.end();
        }
    }
}

impl<O> Queue<O> {
    fn lock(&self) -> MutexGuard<'_, QueueState<O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        self.lock().is_over = true;
        self.changed.notify_all();
    }

    /// Waits for a number to work on; `None` after the last.
    fn next(&self) -> Option<u64> {
        let mut state = self.lock();
        loop {
            if state.is_over || state.next > self.last {
                return None;
            }
            if let Some(number) = self.begin(&mut state) {
                return Some(number);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes the next number, unless it is too far ahead.
    fn begin(&self, state: &mut QueueState<O>) -> Option<u64> {
        let number = state.next;
        let is_ready = number <= self.last && number - state.wanted < self.ahead;
        is_ready.then(|| {
            state.next += 1;
            number
        })
    }

    fn add(&self, number: u64, output: O) {
        self.lock().done.insert(number, output);
        self.changed.notify_all();
    }

    /// Waits for something to do for the thread that takes the results.
    fn turn(&self) -> Turn<O> {
        let mut state = self.lock();
        loop {
            if state.is_over || state.wanted > self.last {
                return Turn::End;
            }
            let wanted = state.wanted;
            if let Some(output) = state.done.remove(&wanted) {
                state.wanted += 1;
                drop(state);
                self.changed.notify_all();
                return Turn::Take(output);
            }
            if let Some(number) = self.begin(&mut state) {
                return Turn::Work(number);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::in_parallel_in_order;

    #[test]
    fn results_are_taken_in_order_and_only_some_are_ahead() {
        let (begun, mut taken) = (AtomicU64::new(0), Vec::new());
        let work = |number: u64| {
            begun.fetch_max(number, Ordering::SeqCst);
            // The first of eight is the last to end.
            std::thread::sleep(Duration::from_millis(8 - number % 8));
            number
        };
        in_parallel_in_order(2..=60, 5, work, |number| {
            assert!(begun.load(Ordering::SeqCst) <= number + 5);
            taken.push(number);
            ControlFlow::Continue(())
        });
        assert_eq!(taken, (2..=60).collect::<Vec<_>>());
    }

    #[test]
    fn work_ends_when_results_are_no_longer_taken() {
        for last in [0, 1, 2, 3, u64::MAX - 1] {
            let worked = AtomicU64::new(0);
            let mut taken = 0;
            let work = |_| worked.fetch_add(1, Ordering::SeqCst);
            in_parallel_in_order(1..=last, 32, work, |_| {
                taken += 1;
                if taken == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            assert_eq!(taken, last.min(3));
            assert!(worked.into_inner() <= taken + 32);
        }
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_of_another_thread_ends_the_work() {
        let caller = std::thread::current().id();
        let work = |_| {
            assert_eq!(std::thread::current().id(), caller);
            std::thread::sleep(Duration::from_millis(1));
        };
        in_parallel_in_order(1..=1000, 32, work, |()| ControlFlow::Continue(()));
    }
}
