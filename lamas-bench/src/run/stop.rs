//! Ctrl-C and SIGTERM: whoever waits for anything is told at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// How long calls in flight have to end once a run is interrupted. What ends by then is kept, and is not paid for again.
pub const GRACE: Duration = Duration::from_secs(4);

/// Whether the user wants the run to end.
#[derive(Debug, Default)]
pub struct Stop {
    requested: AtomicBool,
    working: AtomicBool,
    told: Notify,
}

/// Of runs that nobody ends.
pub(super) static NEVER: Stop =
    Stop { requested: AtomicBool::new(false), working: AtomicBool::new(false), told: Notify::const_new() };

/// What a request to stop meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Cells are at work: they end within [`GRACE`].
    Ending,
    /// Nothing is at work that would have to end, or it was requested before: the process may end at once.
    AtOnce,
}

impl Stop {
    /// Asks the run to end.
    pub fn request(&self) -> Answer {
        // Looked at before anybody is told: work that only waits is done at once, and would seem never to have been.
        let working = self.working.load(Ordering::SeqCst);
        let before = self.requested.swap(true, Ordering::SeqCst);
        self.told.notify_waiters();
        if before || !working { Answer::AtOnce } else { Answer::Ending }
    }

    /// Whether the run is to end.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::SeqCst)
    }

    /// Returns once the run is to end.
    pub async fn requested(&self) {
        // Made before the look, so that no request in between goes unnoticed.
        let told = self.told.notified();
        if !self.is_requested() {
            told.await;
        }
    }

    /// Does work that looks at this.
    pub(crate) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        self.working.store(true, Ordering::SeqCst);
        let done = work();
        self.working.store(false, Ordering::SeqCst);
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_is_told_and_whoever_comes_later_too() {
        let stop = Stop::default();
        let waiting = stop.requested();
        tokio::pin!(waiting);
        assert!(futures::poll!(&mut waiting).is_pending());
        assert_eq!(stop.during(|| stop.request()), Answer::Ending);
        waiting.await;
        stop.requested().await;
        assert_eq!(stop.during(|| stop.request()), Answer::AtOnce, "the second time");
    }

    #[test]
    fn work_that_ends_as_soon_as_it_is_told_was_at_work() {
        for _ in 0..200 {
            let stop = Stop::default();
            let (begun, has_begun) = std::sync::mpsc::channel();
            let answer = std::thread::scope(|scope| {
                scope.spawn(|| {
                    stop.during(|| {
                        begun.send(()).unwrap();
                        while !stop.is_requested() {
                            std::thread::yield_now();
                        }
                    });
                });
                has_begun.recv().unwrap();
                stop.request()
            });
            assert_eq!(answer, Answer::Ending);
        }
    }

    #[test]
    fn nothing_at_work_is_waited_for() {
        assert_eq!(Stop::default().request(), Answer::AtOnce);
    }
}
