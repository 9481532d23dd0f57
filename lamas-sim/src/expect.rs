//! What a profile implies on average, in closed form: what its numbers are fitted with, without asking the model anything.
//!
//! ```text
//! voted(p)   = share of right ones among the options that an ensemble of five names
//! refined(p) = p (1 - b) + (1 - p) g
//! ```

use lamas_core::random::{Seed, text_key};

use super::beta::Quantiles;
use super::latent::Prior;
use super::profile::{Answers, Length, Profile, Section};

/// Samples of CoT*5+SC.
pub const SAMPLES: u32 = 5;
/// Points at which a distribution over problems is evaluated.
const POINTS: u32 = 2000;
/// How far the integral over a normal variable goes, in standard deviations, and in how many steps.
const REACH: f64 = 8.0;
const STEPS: u32 = 1600;

/// Means over the problems of a set and over samples: scores between 0 and 1, lengths in tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Expected {
    /// Score of a direct answer.
    pub direct: f64,
    /// Score of a step-by-step answer.
    pub reasoned: f64,
    /// Score of five of them and an ensemble.
    pub voted: f64,
    /// Score of one of them, reviewed.
    pub refined: f64,
    /// Length of a direct answer.
    pub direct_length: f64,
    /// Length of a step-by-step answer.
    pub reasoned_length: f64,
    /// Length of the longest of five and the ensemble's call.
    pub voted_length: f64,
}

/// The problems of one section, of which any seed can be asked.
pub struct Population<'a> {
    prior: Prior,
    answers: &'a Answers,
    length: &'a Length,
    section: &'a Section,
    /// `voted(p)` on an even grid over p.
    votes: Vec<f64>,
    longest: f64,
}

impl<'a> Population<'a> {
    /// The problems of a section.
    #[must_use]
    pub fn new(profile: &'a Profile, section: &'a Section) -> Self {
        let votes = (0..=POINTS).map(|point| voted(f64::from(point) / f64::from(POINTS), &profile.answers));
        Self {
            prior: Prior::new(profile, section),
            votes: votes.collect(),
            longest: longest(SAMPLES, section.spread.get()),
            answers: &profile.answers,
            length: &profile.length,
            section,
        }
    }

    /// What to expect of these problems in the world of a seed.
    #[must_use]
    pub fn expected(&self, seed: Seed, statements: &[&str]) -> Expected {
        let Section { success, tokens, .. } = self.section;
        let centre = self.length.between.get().powi(2) / 2.0;
        let longer = |p: f64| 1.0 + (1.0 - p) * self.length.wrong.get().exp_m1();
        let mut sum = Expected::default();
        for statement in statements {
            let latent = self.prior.draw_in(seed, statement, text_key(statement));
            let effect = (latent.length - centre).exp();
            let direct = effect * longer(latent.direct) / longer(success.direct.get());
            let reasoned = effect * longer(latent.reasoned) / longer(success.reasoned.get());
            sum.direct += latent.direct;
            sum.reasoned += latent.reasoned;
            sum.voted += self.vote(latent.reasoned);
            sum.refined += latent.reasoned * (1.0 - latent.breaks) + (1.0 - latent.reasoned) * latent.repairs;
            sum.direct_length += tokens.direct.get() * direct;
            sum.reasoned_length += tokens.reasoned.get() * reasoned;
            sum.voted_length += tokens.reasoned.get() * reasoned * self.longest + tokens.ensemble.get();
        }
        let n = statements.len() as f64;
        Expected {
            direct: sum.direct / n,
            reasoned: sum.reasoned / n,
            voted: sum.voted / n,
            refined: sum.refined / n,
            direct_length: sum.direct_length / n,
            reasoned_length: sum.reasoned_length / n,
            voted_length: sum.voted_length / n,
        }
    }

    /// The score of CoT*5+SC over all problems that there could be, at another kappa.
    #[must_use]
    pub fn voted_at(&self, concentration: f64) -> f64 {
        let quantiles = Quantiles::new(self.section.success.reasoned.get(), concentration);
        let middle = |point: u32| (f64::from(point) + 0.5) / f64::from(POINTS);
        (0..POINTS).map(|point| voted(quantiles.at(middle(point)), self.answers)).sum::<f64>() / f64::from(POINTS)
    }

    fn vote(&self, p: f64) -> f64 {
        let at = p * f64::from(POINTS);
        let low = (at.floor() as usize).min(POINTS as usize - 1);
        self.votes[low] + (self.votes[low + 1] - self.votes[low]) * (at - low as f64)
    }
}

/// How often an ensemble of five samples names a right one, where each is right with probability `p`, wrong in the usual
/// way with (1 - p) omega, and else wrong in a way of its own.
#[must_use]
pub fn voted(p: f64, answers: &Answers) -> f64 {
    let usual = (1.0 - p) * answers.attractor.get();
    let own = 1.0 - p - usual;
    let plurality = answers.plurality.get();
    let mut total = 0.0;
    for right in 0..=SAMPLES {
        for attracted in 0..=SAMPLES - right {
            let single = SAMPLES - right - attracted;
            let ways = choose(SAMPLES, right) * choose(SAMPLES - right, attracted);
            let chance = ways * power(p, right) * power(usual, attracted) * power(own, single);
            total += chance * named_right(right, attracted, single, plurality);
        }
    }
    total
}

/// The same given how many are right, wrong in the usual way, and wrong in ways of their own.
fn named_right(right: u32, attracted: u32, single: u32, plurality: f64) -> f64 {
    let most = right.max(attracted).max(single.min(1));
    let leads = |votes: u32| votes == most;
    let of = |group: u32, leading: bool| if leads(group) == leading { group } else { 0 };
    let singles = |leading: bool| if leads(1) == leading { single } else { 0 };
    let share = |leading: bool| {
        let all = of(right, leading) + of(attracted, leading) + singles(leading);
        (all > 0).then(|| f64::from(of(right, leading)) / f64::from(all))
    };
    let first = share(true).unwrap_or(0.0);
    share(false).map_or(first, |others| plurality * first + (1.0 - plurality) * others)
}

/// The mean of the longest of `n` log-normal lengths, relative to the mean of one: `E max_i exp(s z_i - s^2 / 2)`.
#[must_use]
pub fn longest(n: u32, spread: f64) -> f64 {
    let step = 2.0 * REACH / f64::from(STEPS);
    // The density of the largest of n normal variables is n phi(z) Phi(z)^(n - 1).
    (0..=STEPS)
        .map(|index| {
            let z = f64::from(index) * step - REACH;
            let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
            let below = super::latent::phi(z);
            f64::from(n) * density * power(below, n - 1) * (spread * z - spread * spread / 2.0).exp() * step
        })
        .sum()
}

fn power(base: f64, exponent: u32) -> f64 {
    base.powi(exponent.cast_signed())
}

fn choose(n: u32, k: u32) -> f64 {
    (0..k).map(|i| f64::from(n - i) / f64::from(i + 1)).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        Profile::embedded("gpt-4o-mini").unwrap()
    }

    #[test]
    fn a_vote_follows_the_plurality() {
        let mut answers = profile().answers;
        answers.plurality = 1.0.try_into().unwrap();
        assert_eq!(voted(1.0, &answers), 1.0);
        assert_eq!(voted(0.0, &answers), 0.0);
        // Two right, two wrong alike, one alone: a right one is named in half of the cases.
        assert_eq!(named_right(2, 2, 1, 1.0), 0.5);
        assert_eq!(named_right(1, 0, 4, 1.0), 0.2);
        assert_eq!(named_right(2, 1, 2, 1.0), 1.0);
        // All wrong answers alike: the majority of five.
        answers.attractor = 1.0.try_into().unwrap();
        let majority = |p: f64| (3..=5).map(|k| choose(5, k) * power(p, k) * power(1.0 - p, 5 - k)).sum::<f64>();
        assert!((voted(0.7, &answers) - majority(0.7)).abs() < 1e-12);
    }

    #[test]
    fn the_longest_of_one_is_the_mean_and_of_more_is_longer() {
        assert!((longest(1, 0.3) - 1.0).abs() < 1e-6);
        // E max of five standard normal variables is 1.16296; for small spreads the mean grows by spread times that.
        assert!(((longest(5, 0.001) - 1.0) / 0.001 - 1.16296).abs() < 1e-2);
    }

    #[test]
    fn many_problems_have_the_means_of_the_profile() {
        let mut profile = profile();
        profile.answers.text_signal = 0.0.try_into().unwrap();
        let section = profile.section("math").unwrap();
        let population = Population::new(&profile, section);
        let statements: Vec<String> = (0..4000).map(|number| format!("Find x number {number}.")).collect();
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        let expected = population.expected(Seed(3), &statements);
        assert!((expected.reasoned - 0.4774).abs() < 0.02, "{expected:?}");
        assert!((expected.voted - population.voted_at(section.concentration.get())).abs() < 0.02, "{expected:?}");
        assert!((expected.reasoned_length / 989.3 - 1.0).abs() < 0.03, "{expected:?}");
    }
}
