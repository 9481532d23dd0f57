//! What was learned from a bank, as it is kept in a cell's folder and shared among cells.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use lamas_adaptive::bank::{Bank, Row};
use lamas_adaptive::front::Screened;
use lamas_adaptive::plans::named;
use lamas_adaptive::policy::Learned;
use lamas_adaptive::prices::{Mean, Prices};
use lamas_adaptive::values::best;
use lamas_controller::Result;
use lamas_controller::encoder::Embeddings;
use lamas_controller::neighbours::nearest;
use lamas_core::digest::sha256;
use lamas_core::random::Seed;
use serde::{Deserialize, Serialize};

use super::spec::AdaptiveSpec;
use super::target::Kept;

/// What was learned.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Found {
    /// The training rows of the bank, by number: those of which every output could be had.
    rows: Vec<usize>,
    /// How many races were gone through.
    tried: usize,
    /// Those that were learned about, in words, as the policy numbers them.
    races: Vec<String>,
    /// Whether programs were tried on public examples.
    pub(super) examples: bool,
    /// How a target is kept, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kept: Option<Kept>,
    /// What every race brought on every row of the bank, where queries get what was best on similar rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    near: Option<Near>,
    /// The policy.
    pub(super) learned: Learned,
}

/// Choice by what was best on similar training rows.
#[derive(Debug, Serialize, Deserialize)]
struct Near {
    neighbours: usize,
    /// `[rows][plans]`.
    means: Vec<Vec<Mean>>,
}

impl Found {
    pub(super) fn new(
        spec: &AdaptiveSpec,
        rows: Vec<usize>,
        bank: &Bank,
        screened: &Screened,
        learned: Learned,
        kept: Option<Kept>,
    ) -> Self {
        let races = learned.plans.iter().map(named).collect();
        let means = || (0..screened.values.rows()).map(|row| screened.values.row(row).to_vec()).collect();
        let near = spec.neighbours.map(|neighbours| Near { neighbours, means: means() });
        Self { rows, tried: screened.tried, races, examples: bank.has_examples(), kept, near, learned }
    }

    /// `[queries]`: the race that each query gets at its prices, by its place among the plans.
    pub(super) fn choose(
        &self,
        queries: &[(&[f32], Prices)],
        train: &Embeddings,
    ) -> lamas_adaptive::Result<Vec<usize>> {
        if let Some(near) = &self.near {
            return Ok(queries.iter().map(|(query, prices)| near.choose(query, *prices, train, &self.rows)).collect());
        }
        let mut chosen = Vec::with_capacity(queries.len());
        // Queries in a row mostly have equal prices.
        for same in queries.chunk_by(|(_, one), (_, other)| one == other) {
            let texts: Vec<&[f32]> = same.iter().map(|(query, _)| *query).collect();
            chosen.extend(self.learned.choices(&texts, &[same[0].1])?.into_iter().flatten());
        }
        Ok(chosen)
    }
}

impl Near {
    fn choose(&self, query: &[f32], prices: Prices, train: &Embeddings, rows: &[usize]) -> usize {
        let near = nearest(query, train, rows, self.neighbours);
        let plans = self.means.first().map_or(0, Vec::len);
        let mean = |plan: usize| Mean::of(near.iter().map(|&place| self.means[place][plan]));
        best(&(0..plans).map(mean).collect::<Vec<_>>(), prices)
    }
}

/// What cells of one entry have learned, so that those that learn from the same learn once.
#[derive(Debug, Clone, Default)]
pub(super) struct Memo(Arc<Mutex<BTreeMap<String, Arc<Found>>>>);

impl Memo {
    /// What learning depends on, beside the entry itself: seed, price of money, and what was drawn of which training rows.
    pub(super) fn key(seed: Seed, lambda_c: f64, rows: &[(usize, Arc<Row>)]) -> String {
        let drawn: Vec<_> = rows.iter().map(|(row, drawn)| (row, &drawn.problem.id, &drawn.outputs)).collect();
        let text = serde_json::to_string(&(seed.0, lambda_c, drawn));
        sha256(text.expect("outputs are plain data"))
    }

    /// What was learned under this key, or is learned now.
    pub(super) fn recall(&self, key: String, learn: impl FnOnce() -> Result<Found>) -> Result<Arc<Found>> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&key) {
            return Ok(Arc::clone(found));
        }
        let found = Arc::new(learn()?);
        known().insert(key, Arc::clone(&found));
        Ok(found)
    }
}
