//! Cells side by side.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;

/// Works on all items, each thread taking the next one that is left; results in the items' order.
///
/// As many threads as the pool has, but not the pool's: one of those that waits for other parallel work, such as a table being
/// written, would begin the next cell on top of its own stack, and so on until the stack ends.
pub(super) fn on_threads<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, work(item)));
        }
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..rayon::current_num_threads()).map(|_| scope.spawn(take)).collect();
        let joined = threads.into_iter().map(ScopedJoinHandle::join);
        joined.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn every_item_is_worked_on_once_and_results_keep_their_order() {
        let items: Vec<usize> = (0..100).collect();
        // Other parallel work in between does not begin a further item on the same thread.
        thread_local!(static DEPTH: std::cell::Cell<usize> = const { std::cell::Cell::new(0) });
        let results = on_threads(&items, |item| {
            DEPTH.with(|depth| depth.set(depth.get() + 1));
            let sum: usize = (0..1000usize).into_par_iter().map(|x| x % 3).sum();
            let depth = DEPTH.with(|depth| depth.replace(depth.get() - 1));
            (item * 2, sum, depth)
        });
        let expected: Vec<_> = items.iter().map(|item| (item * 2, 999, 1)).collect();
        assert_eq!(results, expected);
        assert!(on_threads(&[], |(): &()| ()).is_empty());
    }
}
