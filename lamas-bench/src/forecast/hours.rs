//! How long a plan takes: cells side by side, under the limits of the endpoints.

use super::estimate::{Effort, Range};
use super::quick::endpoint;
use super::sample::Sample;
use crate::run::cell::Cell;
use crate::run::context::WINDOW;
use lamas_experiment::config::Experiment;
use lamas_record::rows::EpisodeRow;

/// The cells of a plan, and what they share.
#[derive(Debug)]
pub struct Schedule {
    threads: f64,
    /// Episodes in flight while a cell evaluates.
    concurrency: usize,
    /// Calls in flight over all endpoints.
    slots: Option<f64>,
    /// Calls per minute over all endpoints, where each has a limit.
    requests: Option<f64>,
    /// Tokens per minute over all endpoints, where each has a limit.
    tokens: Option<f64>,
    longest: f64,
    sum: f64,
}

impl Schedule {
    /// No cell yet; `threads` of them will run at once.
    #[must_use]
    pub fn new(experiment: &Experiment, threads: usize) -> Self {
        let endpoints = endpoint(experiment).map(|settings| settings.endpoints.as_slice());
        let limit = |read: &dyn Fn(&lamas_llm::openai::EndpointSettings) -> Option<u32>| {
            endpoints?.iter().map(|endpoint| read(endpoint).map(f64::from)).sum::<Option<f64>>()
        };
        Self {
            threads: threads as f64,
            concurrency: experiment.draft.concurrency,
            slots: endpoints.map(|endpoints| endpoints.iter().map(|endpoint| endpoint.concurrency as f64).sum()),
            requests: limit(&|endpoint| endpoint.requests_per_minute),
            tokens: limit(&|endpoint| endpoint.tokens_per_minute),
            longest: 0.0,
            sum: 0.0,
        }
    }

    /// Adds a cell, or the first of cells that share episodes, with its training episodes in batches and its test episodes in
    /// windows.
    pub fn add(&mut self, sample: &Sample, cell: &Cell, train: u64, test: u64) {
        let batch = cell.plan.batch().unwrap_or(self.concurrency).min(self.concurrency);
        let batches = train as f64 / batch.max(1) as f64 * mean_of_longest(&sample.train.rows, batch);
        let window = WINDOW.max(self.concurrency);
        let rounds = window as f64 / self.concurrency as f64;
        let windows = test as f64 / window as f64 * rounds * mean_of_longest(&sample.test.rows, self.concurrency);
        let seconds = (batches + windows) * sample.scale.seconds;
        self.longest = self.longest.max(seconds);
        self.sum += seconds;
    }

    /// Hours, and what sets them.
    #[must_use]
    pub fn hours(&self, estimate: &Effort) -> (Range, &'static str) {
        let Effort { calls, input, output, call_seconds, .. } = *estimate;
        let per_minute = |amount: Range, limit: f64| amount.times(60.0 / limit);
        // Longer answers make longer chains.
        let chains = (self.sum / self.threads).max(self.longest);
        let relative = if call_seconds.mean > 0.0 { call_seconds.times(1.0 / call_seconds.mean) } else { call_seconds };
        let bounds = [
            (Some(relative.times(chains)), "chains of calls that wait for each other"),
            (self.slots.map(|slots| call_seconds.times(1.0 / slots)), "concurrency"),
            (self.requests.map(|limit| per_minute(calls, limit)), "requests per minute"),
            (self.tokens.map(|limit| per_minute(input + output, limit)), "tokens per minute"),
        ];
        let known = bounds.into_iter().filter_map(|(range, why)| Some((range?, why)));
        let known: Vec<(Range, &'static str)> = known.collect();
        let why = known.iter().max_by(|a, b| a.0.mean.total_cmp(&b.0.mean)).map_or("", |(_, why)| *why);
        let seconds = known.iter().map(|(range, _)| *range).fold(Range::default(), Range::max);
        (seconds.times(1.0 / 3600.0), why)
    }
}

/// The mean, over groups of `size` episodes that run at once, of the longest of them.
fn mean_of_longest(rows: &[EpisodeRow], size: usize) -> f64 {
    let groups = rows.chunks(size.max(1)).map(|group| group.iter().map(|row| row.latency_s).fold(0.0, f64::max));
    let groups: Vec<f64> = groups.collect();
    groups.iter().sum::<f64>() / groups.len().max(1) as f64
}
