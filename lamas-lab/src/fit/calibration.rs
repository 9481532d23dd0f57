//! What follows from published rows once the rest of the profile is given. Each is the solution of one equation:
//!
//! ```text
//! kappa     voted(mu, kappa) = score of CoT*5+SC
//! breaks    mu (1 - b) + (1 - mu) g = score of SelfRefine
//! ensemble  N E[longest of five] + ensemble = CP_len of CoT*5+SC, given the spread within a problem
//! spread    the same, given the ensemble
//! ```

use lamas_sim::Profile;
use lamas_sim::expect::{Population, SAMPLES, longest};
use lamas_sim::profile::Section;

use super::{Fit, Standing, exact};
use crate::validate::published::{Row, rows};

/// The bounds between which kappa is searched, on the log scale.
const KAPPA: (f64, f64) = (0.005, 20.0);
/// The same for the spread of lengths.
const SPREAD: (f64, f64) = (0.0, 1.0);

/// Every number of the profile that was fitted to calibration rows.
#[must_use]
pub fn fits(profile: &Profile) -> Vec<Fit> {
    let published = rows();
    let mut fits = Vec::new();
    for (name, section) in &profile.sections {
        let row = |method: &str| published.iter().find(|row| row.figures.dataset == *name && row.method == method);
        if let (Some(reasoned), Some(voted), Some(refined)) = (row("gen_cot"), row("cot5_sc"), row("self_refine")) {
            fits.extend(of_section(profile, name, section, [reasoned, voted, refined]));
        }
    }
    fits
}

fn of_section(profile: &Profile, name: &str, section: &Section, [reasoned, voted, refined]: [&Row; 3]) -> Vec<Fit> {
    let score = |row: &Row| row.figures.score.unwrap_or(f64::NAN) / 100.0;
    let (mean, path) = (reasoned.figures.path.unwrap_or(f64::NAN), voted.figures.path.unwrap_or(f64::NAN));
    let kappa = concentration(&Population::new(profile, section), score(voted));
    let breaks = breaks(score(reasoned), section.refine.repairs.get(), score(refined));
    let ensemble = path - mean * longest(SAMPLES, section.spread.get());
    let spread = solve(SPREAD, |spread| mean * longest(SAMPLES, spread) + section.tokens.ensemble.get() - path);
    let fit = |quantity: &str, fitted: f64, used: f64, source| Fit {
        quantity: quantity.to_owned(),
        on: name.to_owned(),
        fitted: exact(fitted),
        profile: used,
        source,
        standing: Standing::Fitted,
    };
    vec![
        fit("kappa", kappa, section.concentration.get(), "score of CoT*5+SC"),
        fit("breaks", breaks, section.refine.breaks.get(), "score of SelfRefine, given g"),
        fit("ensemble", ensemble, section.tokens.ensemble.get(), "CP_len of CoT*5+SC, given the spread"),
        fit("spread within", spread, section.spread.get(), "CP_len of CoT*5+SC, given the ensemble"),
    ]
}

/// The kappa at which five samples and an ensemble score so much. More kappa means more problems that are solved now and
/// then, and so more for a vote to gain.
#[must_use]
pub fn concentration(population: &Population<'_>, voted: f64) -> f64 {
    solve((KAPPA.0.ln(), KAPPA.1.ln()), |log| population.voted_at(log.exp()) - voted).exp()
}

/// How often a review has to break a right solution for the published score, where it repairs a wrong one this often.
#[must_use]
pub fn breaks(reasoned: f64, repairs: f64, refined: f64) -> f64 {
    (reasoned + (1.0 - reasoned) * repairs - refined) / reasoned
}

/// Where a rising function crosses zero.
fn solve((mut low, mut high): (f64, f64), f: impl Fn(f64) -> f64) -> f64 {
    while high - low > 1e-6 {
        let middle = f64::midpoint(low, high);
        if f(middle) < 0.0 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_is_found_again_from_the_score_that_it_gives() {
        let profile = Profile::embedded("gpt-4o-mini").unwrap();
        let population = Population::new(&profile, profile.section("gsm8k").unwrap());
        for kappa in [0.1, 0.25, 0.8] {
            let found = concentration(&population, population.voted_at(kappa));
            assert!((found / kappa - 1.0).abs() < 0.02, "{found} instead of {kappa}");
        }
    }

    #[test]
    fn what_a_review_breaks_makes_up_for_what_it_repairs() {
        let b = breaks(0.9, 0.2, 0.88);
        assert!((0.9 * (1.0 - b) + 0.1 * 0.2 - 0.88).abs() < 1e-12);
    }
}
