//! Who was ill lately.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// Nothing is blocked for longer, whatever a server asks for: a month, which every clock can add.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

/// What is remembered of an endpoint's failures.
#[derive(Debug)]
pub(super) struct Health(Mutex<State>);

#[derive(Debug)]
struct State {
    /// No calls before this moment: the server asked for it.
    blocked_until: Instant,
    /// Other endpoints are preferred until this moment.
    suspect_until: Instant,
    /// Failures since the last answer; those of one time of suspicion count as one.
    failures: u32,
}

impl Health {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self(Mutex::new(State { blocked_until: now, suspect_until: now, failures: 0 }))
    }

    /// How long no call should be made.
    pub(super) fn blocked_for(&self) -> Duration {
        self.state().blocked_until.saturating_duration_since(Instant::now())
    }

    /// How long another endpoint should be preferred.
    pub(super) fn ill_for(&self) -> Duration {
        let state = self.state();
        state.blocked_until.max(state.suspect_until).saturating_duration_since(Instant::now())
    }

    /// The endpoint failed and is to be avoided, where there is a choice, for the pause that belongs to its failures so
    /// far. So it is tried again less and less often while it stays ill.
    pub(super) fn suspect(&self, pause: impl Fn(u32) -> Duration) {
        let mut state = self.state();
        let now = Instant::now();
        if state.suspect_until <= now {
            state.failures = state.failures.saturating_add(1);
            state.suspect_until = now + pause(state.failures);
        }
    }

    /// The endpoint asked to be left alone for `pause`.
    pub(super) fn block(&self, pause: Duration) {
        let mut state = self.state();
        state.blocked_until = state.blocked_until.max(Instant::now() + pause.min(LONGEST));
    }

    /// The endpoint answered.
    pub(super) fn well(&self) {
        let mut state = self.state();
        state.suspect_until = Instant::now();
        state.failures = 0;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
