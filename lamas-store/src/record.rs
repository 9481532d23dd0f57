//! One kept answer.

use lamas_core::chat::ChatResponse;
use lamas_core::units::{Seconds, Tokens, Usd};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::question::{Asked, Key, Question};

/// The largest count that the file can hold: SQLite's integers are signed.
const MOST: u64 = i64::MAX as u64;

/// No call takes longer: some thirty years. What claims to have is no measurement.
const LONGEST: f64 = 1e9;

/// An answer with what it took and cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// What was asked.
    pub question: Question,
    /// What was answered, with the latencies as they were measured.
    pub response: ChatResponse,
    /// What it cost, without attempts that failed before.
    pub cost: Usd,
    /// When it was recorded, in milliseconds since 1970.
    pub recorded: u64,
}

impl Record {
    /// The record with durations rounded to nanoseconds and cost to 1e-12 USD, so that its numbers have few enough digits
    /// to come back exactly from JSON; and with counts that the file can hold.
    #[must_use]
    pub fn rounded(mut self) -> Self {
        let round = |value: f64, digit: f64| (value * digit).round() / digit;
        let ChatResponse { timing, usage, lost, .. } = &mut self.response;
        for seconds in [&mut timing.first_token, &mut timing.working, &mut timing.waiting] {
            *seconds = Seconds(round(seconds.0, 1e9));
        }
        for tokens in [&mut usage.input, &mut usage.output, &mut lost.input, &mut lost.output] {
            *tokens = Tokens(tokens.0.min(MOST));
        }
        self.recorded = self.recorded.min(MOST);
        self.cost = Usd(round(self.cost.0, 1e12));
        self
    }

    /// Says what no answer of ours can have, whoever made up a checksum for it.
    pub(super) fn check(&self) -> Result<(), String> {
        let timing = &self.response.timing;
        let seconds = [("first_token", timing.first_token), ("working", timing.working), ("waiting", timing.waiting)];
        if let Some((name, Seconds(value))) = seconds.iter().find(|(_, s)| !(0.0..=LONGEST).contains(&s.0)) {
            return Err(format!("{name} is {value} s, which no call takes"));
        }
        if !(self.cost.0 >= 0.0 && self.cost.0.is_finite()) {
            return Err(format!("its cost is {}, which no call costs", self.cost));
        }
        Ok(())
    }
}

/// A record as it is written: its question's text, its key and its checksum are each made once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sealed {
    pub(super) record: Record,
    /// The question in canonical JSON.
    pub(super) text: String,
    pub(super) key: Key,
    /// Over everything, to find records that were damaged or changed by hand.
    pub(super) checksum: [u8; 32],
}

impl Sealed {
    pub(super) fn new(record: Record) -> Self {
        let Record { question, response, cost, recorded } = record;
        Self::answer(Asked::new(question), response, cost, recorded)
    }

    /// The answer to a question, ready to be kept.
    pub(super) fn answer(asked: Asked, response: ChatResponse, cost: Usd, recorded: u64) -> Self {
        let Asked { question, text, key } = asked;
        let record = Record { question, response, cost, recorded }.rounded();
        let checksum = checksum(&text, &record);
        Self { record, text, key, checksum }
    }
}

pub(super) fn checksum(text: &str, record: &Record) -> [u8; 32] {
    let mut sum = Sha256::new();
    sum.update(text);
    let rest = (&record.response, &record.cost, &record.recorded);
    sum.update(serde_json::to_vec(&rest).expect("a record is made of texts and numbers"));
    sum.finalize().into()
}
