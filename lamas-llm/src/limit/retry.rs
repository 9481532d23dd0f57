//! How often a call is tried again, and how long it pauses in between.

use std::time::Duration;

use lamas_core::chat::ChatRequest;
use lamas_core::random::{Seed, text_key};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Attempts and pauses after passing failures.
///
/// ```text
/// pause(n) = min(longest, first * factor^(n-1)) * (1 - jitter * u),  u in [0, 1), n = failed attempts so far
/// ```
///
/// A `Retry-After` of the server replaces the pause, with up to `first` seconds of jitter on top.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retries {
    /// The most retries of a call, over all endpoints; 8 by default, so at most 9 attempts.
    pub most: u32,
    /// The first pause in seconds; 0.5 by default.
    pub first: f64,
    /// What each pause is multiplied by; 2 by default.
    pub factor: f64,
    /// The longest pause of our own in seconds; 60 by default.
    pub longest: f64,
    /// The share of a pause that is left to chance, 0 to 1; 0.5 by default.
    pub jitter: f64,
    /// The longest `Retry-After` that is waited for, in seconds; 600 by default. Where a server
    /// asks for more and no other endpoint is well, a daily allowance is used up, and the run ends with its message.
    pub longest_retry_after: f64,
}

impl Default for Retries {
    fn default() -> Self {
        Self { most: 8, first: 0.5, factor: 2.0, longest: 60.0, jitter: 0.5, longest_retry_after: 600.0 }
    }
}

impl Retries {
    /// Says what is wrong with these settings, if anything.
    ///
    /// # Errors
    /// A message that names the key, its value and the range.
    pub fn check(&self) -> Result<(), String> {
        let day = 86_400.0;
        for (key, value, low, high) in [
            ("first", self.first, 0.0, day),
            ("factor", self.factor, 1.0, 100.0),
            ("longest", self.longest, 0.0, day),
            ("jitter", self.jitter, 0.0, 1.0),
            ("longest_retry_after", self.longest_retry_after, 0.0, day),
        ] {
            if !(low..=high).contains(&value) {
                return Err(format!(
                    "retries.{key} is {value}, but must lie between {low} and {high}; correct it or leave it out"
                ));
            }
        }
        Ok(())
    }

    /// The pause of our own after `failed` attempts (from 1).
    pub(super) fn pause(&self, request: &ChatRequest, failed: u32) -> Duration {
        let exponent = i32::try_from(failed.saturating_sub(1)).unwrap_or(i32::MAX);
        let full = (self.first * self.factor.powi(exponent)).min(self.longest);
        Duration::from_secs_f64(full * (1.0 - self.jitter * chance(request, failed)))
    }

    /// The pause that the server asked for, spread a little so that those who wait do not all come back at once.
    pub(super) fn asked(&self, request: &ChatRequest, failed: u32, retry_after: Duration) -> Duration {
        retry_after + Duration::from_secs_f64(self.first * self.jitter * chance(request, failed))
    }
}

/// A number in [0, 1) that depends on the request and the attempt alone, so that no pause depends on the order of calls.
fn chance(request: &ChatRequest, failed: u32) -> f64 {
    let text = request.messages.last().map_or(0, |message| text_key(&message.content));
    let keys = [text, request.sample.replicate, u64::from(request.sample.ordinal), u64::from(failed)];
    Seed(0).stream("retry jitter", &keys).random_range(0.0..1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_core::chat::{Message, SampleIndex, Sampling};

    fn request(text: &str) -> ChatRequest {
        ChatRequest {
            messages: vec![Message::user(text)],
            sampling: Sampling::default(),
            sample: SampleIndex::default(),
        }
    }

    #[test]
    fn pauses_grow_to_the_longest_and_differ_between_requests() {
        let exact = Retries { jitter: 0.0, longest: 3.0, ..Retries::default() };
        let pauses: Vec<f64> = (1..=5).map(|n| exact.pause(&request("a"), n).as_secs_f64()).collect();
        assert_eq!(pauses, [0.5, 1.0, 2.0, 3.0, 3.0]);
        let spread = Retries::default();
        assert_ne!(spread.pause(&request("a"), 1), spread.pause(&request("b"), 1));
        assert_eq!(spread.pause(&request("a"), 1), spread.pause(&request("a"), 1));
        assert_eq!(exact.pause(&request("a"), u32::MAX).as_secs_f64(), 3.0);
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let retries = Retries { jitter: 1.5, ..Retries::default() };
        assert_eq!(
            retries.check().unwrap_err(),
            "retries.jitter is 1.5, but must lie between 0 and 1; correct it or leave it out"
        );
        assert!(Retries { first: f64::NAN, ..Retries::default() }.check().is_err());
        assert!(Retries::default().check().is_ok());
    }
}
