//! How long something takes, and what time it is. Durations come from clocks that never go back, times of day from the one that
//! people set.

use std::time::{Duration, Instant, SystemTime};

use crate::units::Seconds;

/// The seconds since it was started.
///
/// ```
/// use lamas_core::stopwatch::Stopwatch;
/// use lamas_core::units::Seconds;
///
/// let watch = Stopwatch::real();
/// assert!(watch.elapsed() >= Seconds::ZERO);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Start);

#[derive(Debug, Clone, Copy)]
enum Start {
    Run(tokio::time::Instant),
    Real(Instant),
}

impl Stopwatch {
    /// Starts now on the clock of the run, which is the executor's: a simulated run's jumps over what would be waited for, and
    /// stands still while something is computed.
    #[must_use]
    pub fn of_run() -> Self {
        Self(Start::Run(tokio::time::Instant::now()))
    }

    /// Starts now on the machine's clock, whatever the run's does.
    #[must_use]
    pub fn real() -> Self {
        Instant::now().into()
    }

    /// The time since it was started.
    #[must_use]
    pub fn elapsed(&self) -> Seconds {
        let elapsed = match self.0 {
            Start::Run(start) => start.elapsed(),
            Start::Real(start) => start.elapsed(),
        };
        Seconds(elapsed.as_secs_f64())
    }
}

impl From<Instant> for Stopwatch {
    /// Started at this moment of the machine's clock.
    fn from(start: Instant) -> Self {
        Self(Start::Real(start))
    }
}

/// The time since the first moment of 1970, by the clock that people set.
#[must_use]
pub fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_clock_of_the_run_jumps_and_the_machines_does_not() {
        let (run, real) = (Stopwatch::of_run(), Stopwatch::real());
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(run.elapsed(), Seconds(3600.0));
        assert!(real.elapsed() < Seconds(3600.0));
    }
}
