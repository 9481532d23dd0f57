//! What an attempt has used so far.

use std::sync::{Mutex, MutexGuard, PoisonError};

use lamas_core::chat::{ChatRequest, Lost, Usage};
use lamas_core::meter::{CallMeter, Course};
use lamas_core::stopwatch::Stopwatch;
use lamas_core::units::Tokens;

use super::gate::{input_estimate, tokens_in};

/// What one attempt has used so far. It outlives the attempt, so that this is known also of one that fails, or whose call
/// is dropped: a provider bills both. Whoever made the call is told as it goes.
///
/// An attempt is taken to be billed until the endpoint says otherwise. Where the server does not say what it used, the
/// prompt and what has come so far are counted at a quarter of their bytes; of an attempt whose answer comes in one piece, the
/// share of its time that has passed is taken for the share of its answer. The result is marked as estimated.
#[derive(Debug)]
pub struct Meter<'a> {
    call: Option<&'a CallMeter>,
    /// Of the prompt, estimated.
    input: Tokens,
    clock: Stopwatch,
    /// How an answer is expected to go, once there is one to learn from.
    expected: Option<Course>,
    reading: Mutex<Reading>,
}

#[derive(Debug, Default)]
struct Reading {
    /// What the server said last.
    told: Option<Usage>,
    /// Bytes of text that came after it said so.
    untold: u64,
    received: bool,
    refused: bool,
    in_one_piece: bool,
}

impl<'a> Meter<'a> {
    /// The meter of an attempt that begins now.
    #[must_use]
    pub fn begin(request: &ChatRequest, call: Option<&'a CallMeter>, expected: Option<Course>) -> Self {
        let input = Tokens(input_estimate(request));
        let meter = Self { call, input, clock: Stopwatch::of_run(), expected, reading: Mutex::default() };
        if let Some(call) = call {
            call.attempt();
        }
        meter.tell(&meter.reading());
        meter
    }

    /// The tokens of the prompt, estimated.
    #[must_use]
    pub fn input(&self) -> Tokens {
        self.input
    }

    /// Some generated text has come; reasoning counts.
    pub fn received(&self, text: &str) {
        self.received_bytes(text.len() as u64);
    }

    /// The same, in bytes.
    pub fn received_bytes(&self, bytes: u64) {
        let mut reading = self.reading();
        reading.received |= bytes > 0;
        reading.untold = reading.untold.saturating_add(bytes);
        self.tell(&reading);
    }

    /// The server said what the attempt has used so far; the last word counts.
    pub fn told(&self, usage: Usage) {
        let mut reading = self.reading();
        reading.told = Some(usage);
        reading.untold = 0;
        self.tell(&reading);
    }

    /// The answer comes in one piece: until then nothing is seen of what is generated.
    pub fn in_one_piece(&self) {
        self.reading().in_one_piece = true;
    }

    /// The server was not reached, or refused the request: nothing is billed unless some of an answer has come.
    pub fn refused(&self) {
        let mut reading = self.reading();
        reading.refused = true;
        self.tell(&reading);
    }

    /// What the attempt is billed, if nothing comes of it.
    pub(super) fn lost(&self) -> Lost {
        let reading = self.reading();
        if reading.is_free() {
            return Lost::default();
        }
        let Usage { input, output, counted } = self.used(&reading);
        Lost { attempts: 1, input, output, estimated: counted }
    }

    fn used(&self, reading: &Reading) -> Usage {
        if reading.is_free() {
            return Usage::default();
        }
        let told = reading.told.unwrap_or(Usage { input: self.input, output: Tokens(0), counted: true });
        let seen = told.output + Tokens(tokens_in(reading.untold));
        let is_blind = reading.in_one_piece && reading.told.is_none();
        let unseen =
            self.expected.filter(|_| is_blind).map_or(Tokens(0), |course| course.emitted(self.clock.elapsed()));
        Usage { input: told.input, output: seen.max(unseen), counted: told.counted || reading.untold > 0 }
    }

    fn tell(&self, reading: &Reading) {
        if let Some(call) = self.call {
            call.used(self.used(reading));
        }
    }

    /// The attempt came to nothing; returns what it is billed.
    pub(super) fn failed(&self) -> Lost {
        let lost = self.lost();
        if let Some(call) = self.call {
            call.lost(lost);
        }
        lost
    }

    /// The attempt ends here, and so does its call; returns what it is billed.
    pub(super) fn dropped(&self) -> Lost {
        let lost = self.lost();
        if let Some(call) = self.call {
            let Lost { input, output, estimated, .. } = lost;
            call.used(Usage { input, output, counted: estimated });
        }
        lost
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    fn is_free(&self) -> bool {
        self.refused && !self.received && self.told.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_core::chat::{Message, SampleIndex, Sampling};
    use lamas_core::units::Seconds;

    /// Ten tokens.
    fn request() -> ChatRequest {
        let messages = vec![Message::user("x".repeat(40))];
        ChatRequest { messages, sampling: Sampling::default(), sample: SampleIndex::default() }
    }

    fn lost(use_it: impl FnOnce(&Meter<'_>)) -> (u32, u64, u64, bool) {
        let call = CallMeter::default();
        let meter = Meter::begin(&request(), Some(&call), None);
        use_it(&meter);
        let Lost { attempts, input, output, estimated } = meter.lost();
        let usage = call.reading(Seconds::ZERO).usage;
        assert_eq!((usage.input, usage.output, usage.counted), (input, output, estimated), "the caller is told");
        (attempts, input.0, output.0, estimated)
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_in_one_piece_is_billed_by_its_time() {
        let course = Course {
            input: Tokens(0),
            output: Tokens(100),
            first_token: Seconds::ZERO,
            working: Seconds(10.0),
            source: lamas_core::chat::LatencySource::Live,
        };
        let call = CallMeter::default();
        let meter = Meter::begin(&request(), Some(&call), Some(course));
        tokio::time::advance(std::time::Duration::from_secs(5)).await;
        assert_eq!(meter.lost().output, Tokens(0), "what is streamed is seen");
        meter.in_one_piece();
        let lost = meter.dropped();
        assert_eq!((lost.input, lost.output, lost.estimated), (Tokens(10), Tokens(50), true));
        let reading = call.reading(Seconds::ZERO);
        assert_eq!((reading.usage.output, reading.usage.counted, reading.working), (Tokens(50), true, Seconds(5.0)));
        tokio::time::advance(std::time::Duration::from_secs(50)).await;
        assert_eq!(meter.lost().output, Tokens(100), "never more than expected");
        meter.told(Usage { input: Tokens(12), output: Tokens(7), counted: false });
        assert_eq!(meter.failed(), Lost { attempts: 1, input: Tokens(12), output: Tokens(7), estimated: false });
        let reading = call.reading(Seconds::ZERO);
        assert_eq!((reading.usage, reading.lost.output), (Usage::default(), Tokens(7)));
    }

    #[test]
    fn what_the_server_does_not_say_is_estimated_and_marked() {
        let told = Usage { input: Tokens(12), output: Tokens(5), counted: false };
        assert_eq!(lost(|_| ()), (1, 10, 0, true), "a request without any sign of life may be billed");
        assert_eq!(lost(|meter| meter.received(&"y".repeat(81))), (1, 10, 21, true));
        assert_eq!(lost(|meter| meter.told(told)), (1, 12, 5, false));
        assert_eq!(
            lost(|meter| {
                meter.told(told);
                meter.received("12345678");
            }),
            (1, 12, 7, true),
            "a running usage does not know what came after it"
        );
    }

    #[test]
    fn a_refusal_is_not_billed_unless_some_of_an_answer_has_come() {
        let refused = lost(|meter| {
            meter.refused();
        });
        assert_eq!(refused, (0, 0, 0, false));
        assert_eq!(
            lost(|meter| {
                meter.received("1234");
                meter.refused();
            }),
            (1, 10, 1, true)
        );
    }
}
