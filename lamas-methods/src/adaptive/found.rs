//! What was learned from a bank, as it is kept in a cell's folder and shared among cells.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use lamas_adaptive::bank::{Bank, Row};
use lamas_adaptive::front::Screened;
use lamas_adaptive::plans::named;
use lamas_adaptive::policy::Learned;
use lamas_controller::Result;
use lamas_core::digest::sha256;
use lamas_core::random::Seed;
use serde::{Deserialize, Serialize};

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
    /// The policy.
    pub(super) learned: Learned,
}

impl Found {
    pub(super) fn new(learned: Learned, screened: &Screened, bank: &Bank, rows: Vec<usize>) -> Self {
        let races = learned.plans.iter().map(named).collect();
        Self { rows, tried: screened.tried, races, examples: bank.has_examples(), learned }
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
