//! Whether a target is kept on rows that the search for its price did not see.

use lamas_core::random::Seed;
use serde::{Deserialize, Serialize};

use super::ascent::{Ascent, solve};
use super::target::{Choice, Measured, Target};
use crate::Result;
use crate::policy::objective::probabilities;
use crate::policy::settings::PolicySettings;
use crate::policy::training::{Freedom, Lesson, folds, most_probable, others};
use crate::prices::Prices;
use crate::values::best;

/// What a search for a price brings on rows that were held out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// How much there may be of what the target names.
    pub most: f64,
    /// What the held-out rows came to.
    pub measured: Measured,
    /// An interval of 95% of what the target names, over rows.
    pub interval: (f64, f64),
}

/// Parts into which the shares of two choices are cut: a row counts with each of them.
const PARTS: usize = 20;

/// Resamples of the rows for the interval.
const RESAMPLES: usize = 500;

/// Learns and searches on all but one part of the rows at a time, and takes what comes of it on that part.
///
/// # Errors
/// When the target is none, or the rows do not fit together.
pub fn held_out(
    lesson: &Lesson<'_>,
    freedom: Option<Freedom>,
    settings: &PolicySettings,
    target: &Target,
    prices: Prices,
    ascent: &Ascent,
    seed: Seed,
) -> Result<HeldOut> {
    let (measure, most) = target.check()?;
    let values = lesson.values;
    let parts = folds(values.rows(), settings.folds, seed);
    let part = |_| Choice { share: 1.0 / PARTS as f64, prices, plans: vec![0; values.rows()] };
    let mut choices: Vec<Choice> = (0..PARTS).map(part).collect();
    for rows in &parts {
        let seen = others(&parts, rows);
        let seen = if seen.is_empty() { rows.clone() } else { seen };
        let network = freedom.map(|freedom| lesson.train(&seen, freedom, settings, seed)).transpose()?;
        let means = values.means(&seen);
        let plans = |prices: Prices, rows: &[usize]| -> Result<Vec<usize>> {
            let Some(network) = &network else { return Ok(vec![best(&means, prices); rows.len()]) };
            let queries: Vec<&[f32]> = rows.iter().map(|&row| lesson.queries[row]).collect();
            Ok(probabilities(network, &queries, &[prices])?.iter().map(|of_row| most_probable(&of_row[0])).collect())
        };
        let answer = solve(&values.of_rows(&seen), &|prices| plans(prices, &seen), target, prices, ascent)?;
        let mut reached = 0.0;
        for Choice { share, prices, .. } in &answer.choices {
            let chosen = plans(*prices, rows)?;
            let (from, to) =
                ((reached * PARTS as f64).round() as usize, ((reached + share) * PARTS as f64).round() as usize);
            for choice in &mut choices[from..to.min(PARTS)] {
                rows.iter().zip(&chosen).for_each(|(&row, &plan)| choice.plans[row] = plan);
            }
            reached += share;
        }
    }
    let all: Vec<usize> = (0..values.rows()).collect();
    let interval = Measured::interval(values, &choices, measure, 0.95, RESAMPLES, seed);
    Ok(HeldOut { most, measured: Measured::of(values, &all, &choices), interval })
}
