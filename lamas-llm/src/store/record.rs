//! One kept answer.

use lamas_core::chat::ChatResponse;
use lamas_core::units::{Seconds, Usd};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::question::Question;

/// An answer with what it took and cost: a row of the store, and a line of an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// What was asked.
    pub question: Question,
    /// What was answered, with the latencies as they were measured.
    pub response: ChatResponse,
    /// What it cost.
    pub cost: Usd,
    /// When it was recorded, in milliseconds since 1970.
    pub recorded: u64,
}

impl Record {
    /// The record with durations rounded to nanoseconds and cost to 1e-12 USD, so that its numbers have few enough digits
    /// to come back exactly from JSON.
    #[must_use]
    pub fn rounded(mut self) -> Self {
        let round = |value: f64, digit: f64| (value * digit).round() / digit;
        let timing = &mut self.response.timing;
        for seconds in [&mut timing.first_token, &mut timing.working, &mut timing.waiting] {
            *seconds = Seconds(round(seconds.0, 1e9));
        }
        self.cost = Usd(round(self.cost.0, 1e12));
        self
    }

    /// A checksum over everything, to find rows that were damaged or changed by hand.
    pub(super) fn checksum(&self) -> [u8; 32] {
        let mut question = Sha256::new();
        question.update(self.question.canonical());
        let rest = (&self.response, &self.cost, &self.recorded);
        question.update(serde_json::to_vec(&rest).expect("a record is made of texts and numbers"));
        question.finalize().into()
    }
}
