//! Which calls wait, for what, and how long: never in silence.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lamas_core::wording::count;

use super::event::{CallEvent, CallObserver, WaitReason};

/// How long the last failure of an endpoint is worth telling.
const FRESH: Duration = Duration::from_secs(60);

/// Tells which calls wait, whenever that changes; nothing where none does.
pub struct Waits<F> {
    state: Mutex<State>,
    tell: F,
}

#[derive(Default)]
struct State {
    /// By endpoint and reason, in the order of names.
    waiting: BTreeMap<(Arc<str>, &'static str), Group>,
    failure: Option<(Instant, String)>,
}

#[derive(Default)]
struct Group {
    calls: usize,
    /// When the last of them is expected to go on.
    until: Option<Instant>,
}

impl<F: Fn(&str)> Waits<F> {
    /// Nobody waits yet.
    #[must_use]
    pub fn new(tell: F) -> Self {
        Self { state: Mutex::default(), tell }
    }
}

impl<F: Fn(&str) + Send + Sync> CallObserver for Waits<F> {
    fn observe(&self, event: &CallEvent) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.take(event);
        let text = state.text(Instant::now());
        drop(state);
        (self.tell)(&text);
    }
}

impl State {
    fn take(&mut self, event: &CallEvent) {
        match event {
            CallEvent::Waiting { endpoint, reason, expected } => {
                let group = self.waiting.entry((Arc::clone(endpoint), reason.as_str())).or_default();
                group.calls += 1;
                let wait = expected.and_then(|expected| Duration::try_from_secs_f64(expected.0).ok());
                group.until = group.until.max(wait.map(|wait| Instant::now() + wait));
                if *reason != WaitReason::Slot {
                    tracing::debug!(%endpoint, reason = reason.as_str(), seconds = expected.map(|e| e.0), "waiting");
                }
            }
            CallEvent::Resumed { endpoint, reason } => {
                let key = (Arc::clone(endpoint), reason.as_str());
                let Some(group) = self.waiting.get_mut(&key) else { return };
                group.calls -= 1;
                if group.calls == 0 {
                    self.waiting.remove(&key);
                }
            }
            CallEvent::Failed { endpoint, message, .. } => {
                self.failure = Some((Instant::now(), format!("{endpoint}: {message}")));
            }
        }
    }

    /// E.g. `waiting: 3 calls for requests per minute at URL (12 s); last failure: URL: HTTP 429: slow down`.
    fn text(&self, now: Instant) -> String {
        let groups = self.waiting.iter().map(|((endpoint, reason), group)| {
            let calls = count(group.calls, "call");
            let left = group.until.map(|until| until.saturating_duration_since(now).as_secs_f64().ceil());
            let left = left.filter(|left| *left > 0.0).map_or_else(String::new, |left| format!(" ({left:.0} s)"));
            format!("{calls} for {reason} at {endpoint}{left}")
        });
        let groups: Vec<String> = groups.collect();
        if groups.is_empty() {
            return String::new();
        }
        let fresh = self.failure.as_ref().filter(|(when, _)| now.saturating_duration_since(*when) < FRESH);
        let failure = fresh.map_or_else(String::new, |(_, message)| format!("; last failure: {message}"));
        format!("waiting: {}{failure}", groups.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_core::units::Seconds;

    fn told(events: &[CallEvent]) -> String {
        let mut state = State::default();
        for event in events {
            state.take(event);
        }
        state.text(Instant::now())
    }

    fn waiting(reason: WaitReason, expected: Option<f64>) -> CallEvent {
        CallEvent::Waiting { endpoint: "http://a".into(), reason, expected: expected.map(Seconds) }
    }

    #[test]
    fn reasons_are_counted_with_the_longest_wait_and_the_last_failure() {
        let failed = CallEvent::Failed { endpoint: "http://a".into(), attempt: 1, message: "HTTP 429: slow".into() };
        let events = [
            waiting(WaitReason::Slot, None),
            failed,
            waiting(WaitReason::RetryAfter, Some(5.0)),
            waiting(WaitReason::RetryAfter, Some(30.0)),
        ];
        assert_eq!(
            told(&events),
            "waiting: 1 call for a free slot at http://a, 2 calls for retry-after at http://a (30 s); last failure: \
             http://a: HTTP 429: slow"
        );
    }

    #[test]
    fn nothing_is_told_once_nobody_waits() {
        let resumed = CallEvent::Resumed { endpoint: "http://a".into(), reason: WaitReason::Slot };
        assert_eq!(told(&[waiting(WaitReason::Slot, None), resumed]), "");
    }
}
