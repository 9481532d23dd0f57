//! What a call has used so far, so that whoever cancels it can bill it.
//!
//! A model or an interpreter gets a [`CallMeter`] with each call and says in it, while the call is under way, what a
//! provider would bill if it ended now. There are two ways to know that. A live call says what has been sent and what has
//! come so far. A modelled or recorded one knows its whole [`Course`] beforehand, and is billed by the time that it had.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::chat::{ChatResponse, LatencySource, Lost, Usage};
use crate::tool::ToolRun;
use crate::units::{Seconds, Tokens};

/// How a call goes from its start to its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Course {
    /// Prompt tokens.
    pub input: Tokens,
    /// Tokens that it will have generated at its end.
    pub output: Tokens,
    /// Until the first of them.
    pub first_token: Seconds,
    /// Until its end.
    pub working: Seconds,
    /// Where these durations come from.
    pub source: LatencySource,
}

impl Course {
    /// The course of a call whose answer is known.
    #[must_use]
    pub fn of_call(response: &ChatResponse) -> Self {
        Self {
            input: response.usage.input,
            output: response.usage.output,
            first_token: response.timing.first_token,
            working: response.timing.working,
            source: response.timing.source,
        }
    }

    /// The course of a program's run whose end is known.
    #[must_use]
    pub fn of_run(run: &ToolRun) -> Self {
        let (input, output) = (Tokens(0), Tokens(0));
        Self { input, output, first_token: run.elapsed, working: run.elapsed, source: run.source }
    }

    /// The tokens that have come this long after its start: the first at `first_token`, the last at `working`, the others
    /// evenly between.
    ///
    /// ```
    /// use lamas_core::chat::LatencySource;
    /// use lamas_core::meter::Course;
    /// use lamas_core::units::{Seconds, Tokens};
    ///
    /// let course = Course {
    ///     input: Tokens(50),
    ///     output: Tokens(101),
    ///     first_token: Seconds(1.0),
    ///     working: Seconds(3.0),
    ///     source: LatencySource::Simulated,
    /// };
    /// let emitted = [0.5, 1.0, 2.0, 3.0, 9.0].map(|elapsed| course.emitted(Seconds(elapsed)).0);
    /// assert_eq!(emitted, [0, 1, 51, 101, 101]);
    /// ```
    #[must_use]
    pub fn emitted(&self, elapsed: Seconds) -> Tokens {
        if elapsed.0 >= self.working.0 {
            return self.output;
        }
        if elapsed.0 < self.first_token.0 || self.output.0 == 0 {
            return Tokens(0);
        }
        let share = (elapsed.0 - self.first_token.0) / (self.working.0 - self.first_token.0);
        // Counts are far below 2^53, and the share is below 1.
        Tokens(1 + ((self.output.0 - 1) as f64 * share) as u64)
    }
}

/// What is known of a call's time before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) enum Ahead {
    /// Nothing: it passes as it does.
    #[default]
    Live,
    /// It will be told, and until then no time passes for the call.
    ToBeTold,
    /// Everything.
    Known(Course),
}

/// What a call has used by a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// What the attempt under way has used; `counted` where that is estimated.
    pub usage: Usage,
    /// What attempts before it have used, which came to nothing.
    pub lost: Lost,
    /// Attempts begun.
    pub attempts: u32,
    /// How long the attempt under way has worked.
    pub working: Seconds,
    /// Until its first token, or for as long as it has worked where none has come.
    pub first_token: Seconds,
    /// Where these durations come from.
    pub source: LatencySource,
}

/// What one call has used so far. The caller keeps it; the model or interpreter writes into it.
///
/// It may be written to until the call's future has been dropped: what a model learns of its bill while it is dropped
/// counts too. A call that has written nothing has used nothing, such as one that still waits for its turn. A clone is the
/// same meter, for a call that outlives whoever waits for it.
///
/// ```
/// use lamas_core::chat::Usage;
/// use lamas_core::meter::CallMeter;
/// use lamas_core::units::{Seconds, Tokens};
///
/// let meter = CallMeter::default();
/// meter.attempt();
/// meter.used(Usage { input: Tokens(30), output: Tokens(12), counted: false });
/// assert_eq!(meter.reading(Seconds::ZERO).usage.output, Tokens(12));
/// ```
#[derive(Debug, Default, Clone)]
pub struct CallMeter(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    attempts: u32,
    since: Option<Instant>,
    first_token: Option<Instant>,
    usage: Usage,
    lost: Lost,
    expected: Option<Course>,
    ahead: Ahead,
}

impl CallMeter {
    /// An attempt begins to work now: it has its slot, and the request is sent.
    pub fn attempt(&self) {
        let mut state = self.state();
        let (attempts, lost) = (state.attempts.saturating_add(1), state.lost);
        *state = State { attempts, lost, since: Some(Instant::now()), ahead: state.ahead, ..State::default() };
    }

    /// What the attempt under way has used so far; the last word counts.
    pub fn used(&self, usage: Usage) {
        let mut state = self.state();
        if usage.output > Tokens(0) {
            state.first_token.get_or_insert_with(Instant::now);
        }
        state.usage = usage;
    }

    /// The attempt under way came to nothing, or is being dropped, and this is what it is billed.
    pub fn lost(&self, lost: Lost) {
        let mut state = self.state();
        state.lost += lost;
        state.usage = Usage::default();
        state.expected = None;
    }

    /// How the attempt under way is expected to go, where nothing can be seen of it before its end. If it is cancelled, its
    /// share of that is its output, marked as estimated.
    pub fn expects(&self, course: Course) {
        self.state().expected = Some(course);
    }

    /// How the call goes, for certain: it is modelled, or was recorded. Time is counted from the call's start.
    pub fn follows(&self, course: Course) {
        self.state().ahead = Ahead::Known(course);
    }

    /// How the call goes will be told by [`Self::follows`], after some work that takes no time on the clock of the run, such
    /// as a program that really runs and whose duration is drawn, or a look into a store. Until then whoever puts calls in
    /// the order of their ends waits for it.
    pub fn will_follow(&self) {
        self.state().ahead = Ahead::ToBeTold;
    }

    /// Nothing was found to follow: time passes as it does.
    pub fn goes_live(&self) {
        self.state().ahead = Ahead::Live;
    }

    /// What the call has used by now. `elapsed` is the time since its start on the clock that it follows, if it follows a
    /// course; a live call is read by tokio's clock.
    #[must_use]
    pub fn reading(&self, elapsed: Seconds) -> Reading {
        let state = self.state();
        match state.ahead {
            Ahead::Live => state.live(),
            Ahead::ToBeTold => Reading {
                usage: Usage::default(),
                lost: state.lost,
                attempts: 1,
                working: elapsed,
                first_token: elapsed,
                source: LatencySource::Simulated,
            },
            Ahead::Known(course) => Reading {
                usage: Usage { input: course.input, output: course.emitted(elapsed), counted: false },
                lost: state.lost,
                attempts: 1,
                working: elapsed,
                first_token: Seconds(course.first_token.0.min(elapsed.0)),
                source: course.source,
            },
        }
    }

    pub(crate) fn ahead(&self) -> Ahead {
        self.state().ahead
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is a single step, so a panic elsewhere leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn live(&self) -> Reading {
        let working = self.since.map_or(Seconds::ZERO, |since| Seconds(since.elapsed().as_secs_f64()));
        let first_token = self
            .first_token
            .zip(self.since)
            .map_or(working, |(first, since)| Seconds(first.saturating_duration_since(since).as_secs_f64()));
        let usage = match self.expected {
            Some(course) => {
                let output = self.usage.output.max(course.emitted(working));
                let input = if self.usage.input > Tokens(0) { self.usage.input } else { course.input };
                Usage { input, output, counted: true }
            }
            None => self.usage,
        };
        let (lost, attempts) = (self.lost, self.attempts);
        Reading { usage, lost, attempts, working, first_token, source: LatencySource::Live }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const COURSE: Course = Course {
        input: Tokens(30),
        output: Tokens(100),
        first_token: Seconds(1.0),
        working: Seconds(10.0),
        source: LatencySource::Recorded,
    };

    fn used(usage: Usage) -> (u64, u64, bool) {
        (usage.input.0, usage.output.0, usage.counted)
    }

    #[test]
    fn nothing_said_is_nothing_used() {
        let reading = CallMeter::default().reading(Seconds(5.0));
        assert_eq!((used(reading.usage), reading.lost, reading.attempts), ((0, 0, false), Lost::default(), 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_live_call_is_billed_what_has_come_and_what_failed_before() {
        let meter = CallMeter::default();
        meter.attempt();
        meter.used(Usage { input: Tokens(10), output: Tokens(3), counted: true });
        let lost = Lost { attempts: 1, input: Tokens(10), output: Tokens(4), estimated: true };
        meter.lost(lost);
        tokio::time::advance(Duration::from_secs(7)).await;
        meter.attempt();
        tokio::time::advance(Duration::from_secs(2)).await;
        meter.used(Usage { input: Tokens(10), output: Tokens(1), counted: false });
        tokio::time::advance(Duration::from_secs(3)).await;
        meter.used(Usage { input: Tokens(10), output: Tokens(8), counted: false });
        let reading = meter.reading(Seconds::ZERO);
        assert_eq!((used(reading.usage), reading.lost, reading.attempts), ((10, 8, false), lost, 2));
        assert_eq!((reading.working, reading.first_token), (Seconds(5.0), Seconds(2.0)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_of_which_nothing_is_seen_is_billed_its_share_of_what_is_expected() {
        let meter = CallMeter::default();
        meter.attempt();
        meter.expects(COURSE);
        tokio::time::advance(Duration::from_millis(5500)).await;
        assert_eq!(used(meter.reading(Seconds::ZERO).usage), (30, 50, true));
        tokio::time::advance(Duration::from_secs(99)).await;
        assert_eq!(used(meter.reading(Seconds::ZERO).usage), (30, 100, true), "never more than expected");
    }

    #[test]
    fn a_known_course_is_billed_by_its_own_time() {
        let meter = CallMeter::default();
        meter.will_follow();
        assert_eq!(used(meter.reading(Seconds(1.0)).usage), (0, 0, false));
        meter.follows(COURSE);
        let reading = meter.reading(Seconds(5.5));
        assert_eq!((used(reading.usage), reading.working, reading.attempts), ((30, 50, false), Seconds(5.5), 1));
        assert_eq!(used(meter.reading(Seconds(0.5)).usage), (30, 0, false), "all of its input, once it is sent");
        assert_eq!(meter.reading(Seconds(0.5)).first_token, Seconds(0.5));
    }
}
