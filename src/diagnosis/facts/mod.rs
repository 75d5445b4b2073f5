//! Facts about a machine, gathered without changing anything.

pub(crate) mod clients;
pub(crate) mod programs;

use std::thread;

use crate::system::environment::Environment;
use clients::FoundClient;
use programs::HelperFile;

/// Starts the helpers and the container clients on PATH, all at the same time, and returns what is
/// known of each. `own` is the content of this program's file.
pub(crate) fn programs_and_clients(
    environment: &Environment,
    own: &[u8],
) -> (Vec<HelperFile>, Vec<FoundClient>) {
    thread::scope(|scope| {
        let clients = || clients::gather(environment);
        let started = thread::Builder::new().spawn_scoped(scope, clients);
        let helpers = programs::gather(environment, own);
        let found = started.ok().and_then(|handle| handle.join().ok());
        (helpers, found.unwrap_or_else(clients))
    })
}

/// Does `work` for all of `items` at the same time, and returns the results in their order. Where the
/// system makes no thread, the calling one works.
fn at_once<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let work = &work;
    thread::scope(|scope| {
        let start = |item| thread::Builder::new().spawn_scoped(scope, move || work(item));
        let started: Vec<_> = items.iter().map(start).collect();
        let result = |(item, started): (&T, std::io::Result<thread::ScopedJoinHandle<'_, R>>)| {
            let done = started.ok().and_then(|handle| handle.join().ok());
            done.unwrap_or_else(|| work(item))
        };
        items.iter().zip(started).map(result).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::at_once;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        assert_eq!(at_once(&[3_u64, 1, 2], |number| number * 10), [30, 10, 20]);
        assert_eq!(at_once(&[] as &[u8], |_| 1), [] as [i32; 0]);
    }
}
