//! An allowance per minute.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// Seconds of allowance that a single use may take at most.
const LONGEST_DEBT: f64 = 3600.0;

/// Seconds that nothing waits longer than: a hundred years, which every clock can add.
const LONGEST_WAIT: f64 = 3.2e9;

/// A token bucket on tokio's clock that never lets a minute see more than its limit.
///
/// It holds a tenth of the minute's allowance (at least one unit) and refills so that any 60 seconds give out at most
/// `limit`. Only a single take of more than a tenth may exceed it, by what it has above that tenth.
///
/// ```text
/// capacity = max(limit / 10, 1)
/// rate     = (limit - capacity + 1) / 60 s
/// ```
///
/// Who takes more than is there goes into debt and waits until it is repaid, in the order of arrival. What a call uses
/// is only known afterwards, so that [`Bucket::settle`] corrects the estimate; this is why the bucket is our own and not
/// a crate's, beside tokio's clock.
#[derive(Debug)]
pub struct Bucket {
    capacity: f64,
    /// Units per second.
    rate: f64,
    state: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    units: f64,
    at: Instant,
}

impl Bucket {
    /// A full bucket for `limit` units a minute.
    #[must_use]
    pub fn per_minute(limit: u32) -> Self {
        let limit = f64::from(limit);
        let capacity = (limit / 10.0).max(1.0);
        Self {
            capacity,
            rate: (limit - capacity + 1.0) / 60.0,
            state: Mutex::new(Level { units: capacity, at: Instant::now() }),
        }
    }

    /// Takes `units` and says how long the taker has to wait before using them.
    pub fn take(&self, units: f64) -> Duration {
        self.change(-units)
    }

    /// Takes `units` for a call that may be cancelled while it waits; then they are given back.
    pub(super) fn reserve(&self, units: f64) -> Reservation<'_> {
        Reservation { wait: self.take(units), bucket: self, units }
    }

    /// How long the next taker of `units` would have to wait.
    pub fn wait_for(&self, units: f64) -> Duration {
        let level = self.refilled();
        self.debt(level.units - units)
    }

    /// Corrects an earlier [`Bucket::take`] of `taken` units that turned out to be `used`. No single use counts for more
    /// than an hour's allowance: a server that claims absurd numbers must not hold up every later call for ever.
    pub fn settle(&self, taken: f64, used: f64) {
        self.change(taken - used.min(self.rate * LONGEST_DEBT));
    }

    fn change(&self, units: f64) -> Duration {
        let mut level = self.refilled();
        level.units = (level.units + units).min(self.capacity);
        self.debt(level.units)
    }

    fn debt(&self, units: f64) -> Duration {
        Duration::try_from_secs_f64((-units / self.rate).clamp(0.0, LONGEST_WAIT)).unwrap_or_default()
    }

    fn refilled(&self) -> std::sync::MutexGuard<'_, Level> {
        let mut level = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        let gained = now.duration_since(level.at).as_secs_f64() * self.rate;
        level.units = (level.units + gained).min(self.capacity);
        level.at = now;
        level
    }
}

/// Units that are taken, but not yet used; given back when it is dropped.
pub(crate) struct Reservation<'a> {
    /// How long to wait before using them.
    pub(super) wait: Duration,
    bucket: &'a Bucket,
    units: f64,
}

impl Reservation<'_> {
    /// The units are used.
    pub(super) fn used(self) {
        let units = self.units;
        self.settle(units);
    }

    /// `used` units were used in the end.
    pub(super) fn settle(mut self, used: f64) {
        self.bucket.settle(self.units, used);
        self.units = 0.0;
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.bucket.settle(self.units, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Takes and idles on a paused clock; returns when each take may be used, and how many units it took.
    fn takes(limit: u32, steps: &[(u32, u32)]) -> Vec<(f64, f64)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let start = Instant::now();
            let bucket = Bucket::per_minute(limit);
            let mut used = Vec::new();
            for &(idle_ms, units) in steps {
                tokio::time::advance(Duration::from_millis(u64::from(idle_ms))).await;
                let units = f64::from(units);
                let ready = start.elapsed() + bucket.take(units);
                used.push((ready.as_secs_f64(), units));
            }
            used
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_minute_sees_more_than_the_limit(
            limit in 1_u32..500,
            steps in prop::collection::vec((0_u32..3000, 1_u32..50), 1..200),
        ) {
            let most = (limit / 10).max(1);
            let steps: Vec<_> = steps.into_iter().map(|(idle, units)| (idle, units.min(most))).collect();
            let used = takes(limit, &steps);
            for (from, _) in &used {
                // Rounding of durations to nanoseconds must not count a take at the very end of the window.
                let window = used.iter().filter(|(at, _)| at >= from && *at < from + 60.0 - 1e-6);
                let units: f64 = window.map(|(_, units)| units).sum();
                prop_assert!(units < f64::from(limit) + 1.0, "{units} units within a minute of {limit}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_settled_overestimate_is_given_back() {
        let bucket = Bucket::per_minute(600);
        assert_eq!(bucket.take(60.0), Duration::ZERO);
        assert!(bucket.wait_for(30.0) > Duration::ZERO);
        bucket.settle(60.0, 10.0);
        assert_eq!(bucket.wait_for(50.0), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn case_an_absurd_use_neither_panics_nor_blocks_for_ever() {
        let bucket = Bucket::per_minute(1);
        bucket.take(1.0);
        bucket.settle(1.0, u64::MAX as f64);
        let wait = bucket.wait_for(1.0);
        assert!(wait > Duration::from_secs(3000) && wait < Duration::from_secs(4000), "{wait:?}");
        assert!(bucket.take(f64::INFINITY) <= Duration::from_secs_f64(LONGEST_WAIT));
    }

    #[tokio::test(start_paused = true)]
    async fn more_than_a_bucket_holds_waits_instead_of_never_passing() {
        let bucket = Bucket::per_minute(60);
        let wait = bucket.take(600.0);
        assert!(wait > Duration::from_secs(500) && wait < Duration::from_secs(800), "{wait:?}");
    }
}
