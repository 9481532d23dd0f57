//! What was learned: plans, what they bring, and a network where the text was worth it.

use lamas_core::race::Race;
use lamas_core::random::Seed;
use serde::{Deserialize, Serialize};

use super::network::{Known, Network, Weights};
use super::objective::probabilities;
use super::settings::PolicySettings;
use super::training::{Freedom, Lesson, Shrinkage, most_probable};
use crate::Result;
use crate::prices::{Mean, Prices};
use crate::values::best;

/// A policy, as plain data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// The plans.
    pub plans: Vec<Race>,
    /// `[plans]`: what each brings over the training rows.
    pub means: Vec<Mean>,
    /// What cross-validation found.
    pub curve: Vec<Shrinkage>,
    /// The network; `None` where every query gets the best single plan.
    trained: Option<Trained>,
    settings: PolicySettings,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Trained {
    freedom: Freedom,
    known: Known,
    weights: Weights,
}

impl Learned {
    /// Learns from a bank's values: finds how far a query's text may move the choice, then trains on all rows.
    ///
    /// # Errors
    /// When a setting cannot be used, or the rows do not fit together.
    pub fn learn(lesson: &Lesson<'_>, settings: &PolicySettings, seed: Seed) -> Result<Self> {
        settings.check()?;
        let (curve, freedom) = lesson.validate(settings, seed)?;
        let rows: Vec<usize> = (0..lesson.values.rows()).collect();
        let trained = |freedom| -> Result<Trained> {
            let network = lesson.train(&rows, freedom, settings, seed)?;
            Ok(Trained { freedom, known: network.known().clone(), weights: network.weights()? })
        };
        Ok(Self {
            plans: lesson.plans.to_vec(),
            means: lesson.values.overall(),
            curve,
            trained: freedom.map(trained).transpose()?,
            settings: settings.clone(),
        })
    }

    /// How far it may leave the best single plan; `None` where every query gets that plan.
    #[must_use]
    pub fn freedom(&self) -> Option<Freedom> {
        self.trained.as_ref().map(|trained| trained.freedom)
    }

    /// `[N][prices][plans]`: the probability of every plan.
    ///
    /// # Errors
    /// When a query has another length than the training queries.
    pub fn probabilities(&self, queries: &[&[f32]], prices: &[Prices]) -> Result<Vec<Vec<Vec<f64>>>> {
        let Some(Trained { known, weights, .. }) = &self.trained else {
            let of = |&prices: &Prices| {
                let single = best(&self.means, prices);
                (0..self.plans.len()).map(|plan| f64::from(u8::from(plan == single))).collect()
            };
            return Ok(vec![prices.iter().map(of).collect(); queries.len()]);
        };
        probabilities(&Network::with_weights(known.clone(), &self.settings, weights)?, queries, prices)
    }

    /// `[N][prices]`: the plan that each query gets, by its place in [`Learned::plans`].
    ///
    /// # Errors
    /// As [`Learned::probabilities`].
    pub fn choices(&self, queries: &[&[f32]], prices: &[Prices]) -> Result<Vec<Vec<usize>>> {
        let probabilities = self.probabilities(queries, prices)?;
        Ok(probabilities.iter().map(|of_query| of_query.iter().map(|p| most_probable(p)).collect()).collect())
    }
}
