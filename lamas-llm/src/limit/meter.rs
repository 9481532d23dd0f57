//! What an attempt has used so far.

use std::sync::{Mutex, MutexGuard, PoisonError};

use lamas_core::chat::{ChatRequest, Lost, Usage};
use lamas_core::units::Tokens;

use super::gate::{input_estimate, tokens_in};

/// What one attempt has used so far. It outlives the attempt, so that this is known also of one that fails, or whose call
/// is dropped: a provider bills both.
///
/// An attempt is taken to be billed until the endpoint says otherwise. Where the server does not say what it used, the
/// prompt and what has come so far are counted at a quarter of their bytes, and the result is marked as estimated.
#[derive(Debug, Default)]
pub struct Meter(Mutex<Reading>);

#[derive(Debug, Default)]
struct Reading {
    /// What the server said last.
    told: Option<Usage>,
    /// Bytes of text that came after it said so.
    untold: u64,
    received: bool,
    refused: bool,
}

impl Meter {
    /// Some generated text has come; reasoning counts.
    pub fn received(&self, text: &str) {
        self.received_bytes(text.len() as u64);
    }

    /// The same, in bytes.
    pub fn received_bytes(&self, bytes: u64) {
        let mut reading = self.reading();
        reading.received |= bytes > 0;
        reading.untold = reading.untold.saturating_add(bytes);
    }

    /// The server said what the attempt has used so far; the last word counts.
    pub fn told(&self, usage: Usage) {
        let mut reading = self.reading();
        reading.told = Some(usage);
        reading.untold = 0;
    }

    /// The server was not reached, or refused the request: nothing is billed unless some of an answer has come.
    pub fn refused(&self) {
        self.reading().refused = true;
    }

    /// What the attempt is billed, if nothing comes of it.
    pub(super) fn lost(&self, request: &ChatRequest) -> Lost {
        let reading = self.reading();
        let Reading { told, untold, received, refused } = &*reading;
        if *refused && !received && told.is_none() {
            return Lost::default();
        }
        let known = told.unwrap_or(Usage { input: Tokens(input_estimate(request)), output: Tokens(0), counted: true });
        Lost {
            attempts: 1,
            input: known.input,
            output: known.output + Tokens(tokens_in(*untold)),
            estimated: known.counted || *untold > 0,
        }
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_core::chat::{Message, SampleIndex, Sampling};

    /// Ten tokens.
    fn lost(use_it: impl FnOnce(&Meter)) -> (u32, u64, u64, bool) {
        let messages = vec![Message::user("x".repeat(40))];
        let request = ChatRequest { messages, sampling: Sampling::default(), sample: SampleIndex::default() };
        let meter = Meter::default();
        use_it(&meter);
        let Lost { attempts, input, output, estimated } = meter.lost(&request);
        (attempts, input.0, output.0, estimated)
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
        assert_eq!(lost(Meter::refused), (0, 0, 0, false));
        assert_eq!(
            lost(|meter| {
                meter.received("1234");
                meter.refused();
            }),
            (1, 10, 1, true)
        );
    }
}
