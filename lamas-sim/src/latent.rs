//! What is hidden about a problem: how often each way of answering succeeds, and how long its outputs are.
//!
//! Everything here is a function of the statement's text, the section and the model seed. A problem's name and its place
//! in the catalogue play no part.
//!
//! ```text
//! f = standardised features of the statement                        (length, number of quantities)
//! z = -sqrt(R2) f + sqrt(1 - R2) e,   e correlated between ways of answering
//! p = F^-1(Phi(z)),                   F = Beta(mu kappa, (1 - mu) kappa)
//! ```

use lamas_core::random::Seed;
use rand::RngExt;
use rand_distr::StandardNormal;
use statrs::function::erf::erfc;

use super::beta::Quantiles;
use super::profile::{Answers, Length, Profile, Section, Text};

/// A statement counts as no further from its problem set than this, in standard deviations, so that a section may be
/// used for a problem set that it was not made for.
const EXTREME: f64 = 2.0;

/// The hidden state of one problem.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Latent {
    /// Success of a direct answer.
    pub direct: f64,
    /// Success of a step-by-step answer.
    pub reasoned: f64,
    /// Success of a program that runs.
    pub program: f64,
    /// How often a review repairs a wrong solution.
    pub repairs: f64,
    /// How often a review breaks a right solution.
    pub breaks: f64,
    /// How often a reflection on failed tests repairs a program.
    pub reflects: f64,
    /// Whether programs have the attractor of reasoned answers.
    pub shares_attractor: bool,
    /// Whether the attractor of a code problem passes the public examples.
    pub attractor_passes: bool,
    /// Effect on the logarithm of output lengths.
    pub length: f64,
}

/// Draws the latents of a section's problems.
#[derive(Debug, Clone)]
pub(super) struct Prior {
    seed: Seed,
    answers: Answers,
    length: Length,
    text: Text,
    direct: Quantiles,
    reasoned: Quantiles,
    program: Quantiles,
    repairs: Quantiles,
    breaks: Quantiles,
    reflects: Quantiles,
}

impl Prior {
    /// The prior of one section.
    pub(super) fn new(profile: &Profile, section: &Section) -> Self {
        let quantiles = |mu: f64| Quantiles::new(mu, section.concentration.get());
        let Section { success, refine, reflect, .. } = section;
        Self {
            seed: profile.seed,
            answers: profile.answers.clone(),
            length: profile.length.clone(),
            text: section.text.clone(),
            direct: quantiles(success.direct.get()),
            reasoned: quantiles(success.reasoned.get()),
            program: quantiles(success.program.unwrap_or(success.reasoned).get()),
            repairs: quantiles(refine.repairs.get()),
            breaks: quantiles(refine.breaks.get()),
            reflects: quantiles(reflect.unwrap_or(refine.repairs).get()),
        }
    }

    /// The latents of the problem with this statement, whose [`text_key`](lamas_core::random::text_key) is `key`.
    pub(super) fn draw(&self, statement: &str, key: u64) -> Latent {
        self.draw_in(self.seed, statement, key)
    }

    /// The same in the world of another seed.
    pub(super) fn draw_in(&self, seed: Seed, statement: &str, key: u64) -> Latent {
        let mut stream = seed.stream("sim/latent", &[key]);
        let mut normal = || -> f64 { stream.sample(StandardNormal) };
        let feature = hardness(&self.text, statement);
        let known = self.answers.text_signal.get();
        let predicted = |rest: f64| -known.sqrt() * feature + (1.0 - known).sqrt() * rest;

        let common = normal();
        let direct = tied(self.answers.direct_reasoned.get(), known, common, normal());
        let program = tied(self.answers.reasoned_program.get(), known, common, normal());
        let length = normal();
        let [repairs, breaks, reflects] = [normal(), normal(), normal()];
        Latent {
            direct: self.direct.at(phi(predicted(direct))),
            reasoned: self.reasoned.at(phi(predicted(common))),
            program: self.program.at(phi(predicted(program))),
            repairs: self.repairs.at(phi(repairs)),
            breaks: self.breaks.at(phi(breaks)),
            reflects: self.reflects.at(phi(reflects)),
            // A longer statement has a longer answer as far as it is a harder one.
            length: self.length.between.get() * (known.sqrt() * feature + (1.0 - known).sqrt() * length),
            shares_attractor: stream.random_bool(self.answers.shared_attractor.get()),
            attractor_passes: stream.random_bool(self.answers.passes_public.get()),
        }
    }
}

/// A normal number whose correlation with `common` makes the latents correlate by `r` once the text's share is in.
fn tied(r: f64, known: f64, common: f64, own: f64) -> f64 {
    let rest = if known < 1.0 { ((r - known) / (1.0 - known)).clamp(-1.0, 1.0) } else { 0.0 };
    rest * common + (1.0 - rest * rest).sqrt() * own
}

/// The standard normal distribution function.
pub(super) fn phi(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

/// The standardised sum of a statement's features; positive is harder.
pub(super) fn hardness(text: &Text, statement: &str) -> f64 {
    let [length, numbers] = features(statement);
    let [long, many] = [(&text.length, length), (&text.quantities, numbers)]
        .map(|(feature, value)| (value - feature.mean.get()) / feature.sd.get());
    let [a, b] = [text.length.weight.get(), text.quantities.weight.get()];
    let variance = a * a + b * b + 2.0 * a * b * text.correlation.get();
    if variance > 0.0 { ((a * long + b * many) / variance.sqrt()).clamp(-EXTREME, EXTREME) } else { 0.0 }
}

/// The features of a statement: logarithm of its words, logarithm of one plus its quantities.
#[must_use]
pub fn features(statement: &str) -> [f64; 2] {
    // Counts of a text are far below 2^53.
    let words = statement.split_whitespace().count().max(1) as f64;
    [words.ln(), (quantities(statement) as f64).ln_1p()]
}

/// How many numbers a statement holds; `1,200.5` is one.
fn quantities(statement: &str) -> usize {
    let bytes = statement.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let joins = |at: usize| matches!(bytes[at], b',' | b'.') && digit(at + 1);
    let starts = |at: usize| digit(at) && !(at > 0 && (digit(at - 1) || (at > 1 && joins(at - 1) && digit(at - 2))));
    (0..bytes.len()).filter(|&at| starts(at)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_separators_is_one_quantity() {
        assert_eq!(quantities("She pays $1,200.50 for 3 robes, 2 of them blue. 5"), 4);
        assert_eq!(quantities("none"), 0);
    }

    #[test]
    fn phi_is_the_normal_distribution_function() {
        assert!((phi(0.0) - 0.5).abs() < 1e-12);
        assert!((phi(1.96) - 0.975).abs() < 1e-4);
    }
}
