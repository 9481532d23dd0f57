//! How many tokens a call takes, and how long.
//!
//! ```text
//! log N = log mean(section, request) + problem effect + delta [wrong] + spread e - c
//! t     = first token + N / (rate x factor) x congestion
//! ```
//!
//! The constant c makes the mean over problems and samples the one in the profile.

use lamas_core::chat::{ChatRequest, LatencySource, Role, Timing};
use lamas_core::random::{Seed, Stream};
use lamas_core::units::{Seconds, Tokens};
use rand::RngExt;
use rand_distr::StandardNormal;

use super::profile::{Duration, Latency, Length, Profile, Section};
use super::prose::BYTES_PER_TOKEN;
use super::request::Request;

/// Tokens that the form of a chat costs for each message.
const TOKENS_PER_MESSAGE: u64 = 4;
/// Tokens of an answer about no problem, under a profile without sections.
const NEUTRAL_TOKENS: f64 = 60.0;

/// Output lengths of one section.
#[derive(Debug, Clone)]
pub(super) struct Lengths {
    section: Section,
    wrong: f64,
    between: f64,
}

impl Lengths {
    /// The lengths of a section.
    pub(super) fn new(length: &Length, section: &Section) -> Self {
        Self { section: section.clone(), wrong: length.wrong.get(), between: length.between.get() }
    }

    /// Draws how long an output is; `effect` is the problem's own part.
    pub(super) fn draw(&self, request: &Request<'_>, effect: f64, wrong: bool, stream: &mut Stream) -> f64 {
        let (mean, share) = self.mean_and_wrong_share(request);
        let spread = self.section.spread.get();
        let correction = (self.between * self.between + spread * spread) / 2.0 + (share * self.wrong.exp_m1()).ln_1p();
        let noise: f64 = stream.sample(StandardNormal);
        let wrong = if wrong { self.wrong } else { 0.0 };
        (mean.ln() + effect + wrong + spread * noise - correction).exp()
    }

    /// The mean of a kind of request, and the share of wrong outputs that is in that mean.
    fn mean_and_wrong_share(&self, request: &Request<'_>) -> (f64, f64) {
        let Section { tokens, success, .. } = &self.section;
        let failing = 1.0 - success.reasoned.get();
        let (mean, share) = match request {
            Request::Direct => (Some(tokens.direct), 1.0 - success.direct.get()),
            Request::Reasoned => (None, failing),
            Request::Program => (tokens.program, 1.0 - success.program.unwrap_or(success.reasoned).get()),
            Request::WriteUp(_) => (tokens.write_up, failing),
            Request::Ensemble(_) => (Some(tokens.ensemble), 0.0),
            Request::Refine => (tokens.refine, failing),
            Request::Reflect => (tokens.reflect, failing),
        };
        (mean.unwrap_or(tokens.reasoned).get(), share)
    }
}

/// How long an answer is that is about no problem: as the profile's shortest are, which name an option.
pub(super) fn neutral_length(profile: &Profile, stream: &mut Stream) -> f64 {
    let means: Vec<f64> = profile.sections.values().map(|section| section.tokens.ensemble.get()).collect();
    let mean = if means.is_empty() { NEUTRAL_TOKENS } else { means.iter().sum::<f64>() / means.len() as f64 };
    mean * log_normal(profile.length.between.get(), stream)
}

/// Tokens of a text: one for every four bytes begun.
pub(super) fn tokens(text: &str) -> u64 {
    text.len().div_ceil(BYTES_PER_TOKEN) as u64
}

/// Tokens of a prompt: its texts, and the form of each message.
pub(super) fn input_tokens(request: &ChatRequest) -> Tokens {
    Tokens(request.messages.iter().map(|message| tokens(&message.content) + TOKENS_PER_MESSAGE).sum())
}

/// Draws how long a call with this much output takes. `episode` is the stream that the calls of an episode share.
pub(super) fn timing(latency: &Latency, output: Tokens, stream: &mut Stream, episode: &mut Stream) -> Timing {
    let first_token = duration(&latency.first_token, stream);
    let rate = latency.decoding.tokens_per_second.get() * log_normal(latency.decoding.sigma.get(), stream);
    let decoding = output.0 as f64 / rate * log_normal(latency.congestion.get(), episode);
    Timing {
        first_token,
        working: first_token + Seconds(decoding),
        waiting: Seconds::ZERO,
        attempts: 1,
        source: LatencySource::Simulated,
    }
}

/// A log-normal duration.
pub(super) fn duration(duration: &Duration, stream: &mut Stream) -> Seconds {
    Seconds(duration.median.get() * log_normal(duration.sigma.get(), stream))
}

/// A log-normal factor of median 1.
fn log_normal(sigma: f64, stream: &mut Stream) -> f64 {
    let z: f64 = stream.sample(StandardNormal);
    (sigma * z).exp()
}

/// A key of everything in a request that a model sees, and of which sample is meant. Greedy samples are all the same.
pub(super) fn call_stream(seed: Seed, request: &ChatRequest) -> Stream {
    let ChatRequest { messages, sampling, sample } = request;
    let mut keys: Vec<u64> = Vec::with_capacity(2 * messages.len() + 6);
    for message in messages {
        let role = match message.role {
            Role::System => 0,
            Role::User => 1,
            Role::Assistant => 2,
        };
        keys.extend([role, lamas_core::random::text_key(&message.content)]);
    }
    keys.extend([sampling.temperature.to_bits(), sampling.top_p.map_or(u64::MAX, f64::to_bits)]);
    if sampling.temperature > 0.0 {
        keys.extend([sample.replicate, u64::from(sample.ordinal)]);
    }
    seed.stream("sim/call", &keys)
}
