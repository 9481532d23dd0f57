//! Slots and allowances of one endpoint.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use lamas_core::chat::{ChatRequest, LatencySource, Usage};
use lamas_core::meter::Course;
use lamas_core::units::{Seconds, Tokens};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::bucket::Bucket;

/// Output tokens that a first call is taken to need, before any is known.
pub(super) const OUTPUT_AT_FIRST: u64 = 256;

/// Bytes of text per token, for the estimate before a call.
const BYTES_PER_TOKEN: u64 = 4;

/// The most calls at once: each holds its prompt, its answer and a connection in memory.
const MOST_SLOTS: usize = 1 << 16;

/// What an endpoint allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Calls at once; 16 by default.
    pub concurrency: usize,
    /// Requests per minute; unlimited by default.
    pub requests_per_minute: Option<u32>,
    /// Tokens per minute, input and output together; unlimited by default. A call is let through on an estimate (a
    /// quarter of its bytes and the mean output so far), which is corrected when it has ended.
    pub tokens_per_minute: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrency: 16, requests_per_minute: None, tokens_per_minute: None }
    }
}

impl Limits {
    /// Says what is wrong with these limits, if anything.
    ///
    /// # Errors
    /// A message that names the key.
    pub fn check(&self) -> Result<(), String> {
        let zero = [
            ("concurrency", self.concurrency == 0),
            ("requests_per_minute", self.requests_per_minute == Some(0)),
            ("tokens_per_minute", self.tokens_per_minute == Some(0)),
        ];
        if let Some((key, _)) = zero.iter().find(|(_, is_zero)| *is_zero) {
            return Err(format!("{key} is 0, so that no call would ever be made; leave it out or raise it"));
        }
        if self.concurrency > MOST_SLOTS {
            return Err(format!("concurrency is {}, but must be at most {MOST_SLOTS}; lower it", self.concurrency));
        }
        Ok(())
    }
}

/// Tokens that a request's messages are taken to have, before the server says.
pub(super) fn input_estimate(request: &ChatRequest) -> u64 {
    let bytes: u64 = request.messages.iter().map(|message| message.content.len() as u64).sum();
    tokens_in(bytes)
}

/// The tokens that a text of this length is taken to have.
pub(super) fn tokens_in(bytes: u64) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN)
}

/// The most output that a request lets its answer have.
fn most_output(request: &ChatRequest) -> u64 {
    request.sampling.max_tokens.map_or(u64::MAX, u64::from)
}

/// The limits at work.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) slots: Semaphore,
    pub(super) requests: Option<Bucket>,
    pub(super) tokens: Option<Bucket>,
    /// Calls that hold or want a slot.
    load: AtomicUsize,
    outputs: AtomicU64,
    answers: AtomicU64,
    /// What all answers took, in microseconds.
    worked: AtomicU64,
}

impl Gate {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            slots: Semaphore::new(limits.concurrency),
            requests: limits.requests_per_minute.map(Bucket::per_minute),
            tokens: limits.tokens_per_minute.map(Bucket::per_minute),
            load: AtomicUsize::new(0),
            outputs: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            worked: AtomicU64::new(0),
        }
    }

    /// Tokens that the request is expected to use.
    pub(super) fn estimate(&self, request: &ChatRequest) -> f64 {
        let output = self.mean(&self.outputs).unwrap_or(OUTPUT_AT_FIRST).min(most_output(request));
        input_estimate(request).saturating_add(output) as f64
    }

    /// How an answer is expected to go, once there is one to learn from.
    pub(super) fn expected(&self, request: &ChatRequest) -> Option<Course> {
        let output = self.mean(&self.outputs)?.min(most_output(request));
        Some(Course {
            input: Tokens(input_estimate(request)),
            output: Tokens(output),
            first_token: Seconds::ZERO,
            working: Seconds(self.mean(&self.worked)? as f64 / 1e6),
            source: LatencySource::Live,
        })
    }

    fn mean(&self, sum: &AtomicU64) -> Option<u64> {
        sum.load(Ordering::Relaxed).checked_div(self.answers.load(Ordering::Relaxed))
    }

    /// Learns from an answer how long the next may be.
    pub(super) fn answered(&self, usage: Usage, working: Seconds) {
        let add = |sum: &AtomicU64, more: u64| {
            let added = |sum: u64| Some(sum.saturating_add(more));
            // The change is never refused.
            let _ = sum.fetch_update(Ordering::Relaxed, Ordering::Relaxed, added);
        };
        add(&self.outputs, usage.output.0);
        add(&self.worked, (working.0 * 1e6) as u64);
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// How long a call would wait for the minute's allowances.
    pub(super) fn wait_for(&self, estimate: f64) -> Duration {
        let wait = |bucket: &Option<Bucket>, units| bucket.as_ref().map_or(Duration::ZERO, |b| b.wait_for(units));
        wait(&self.requests, 1.0).max(wait(&self.tokens, estimate))
    }

    /// Calls that hold or want a slot.
    pub(super) fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }

    /// Counts one call for as long as the guard lives, also when the call is cancelled.
    pub(super) fn enter(&self) -> Load<'_> {
        self.load.fetch_add(1, Ordering::Relaxed);
        Load(&self.load)
    }
}

/// One call's share of a gate's load.
pub(super) struct Load<'a>(&'a AtomicUsize);

impl Drop for Load<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
