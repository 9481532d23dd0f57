//! One method on one dataset with one lambda_t and one seed, as data.

use std::sync::Arc;

use lamas_controller::Result;
use lamas_controller::settings::Settings;
use lamas_core::random::Seed;
use lamas_experiment::config::Method;
use lamas_methods::{Material, Plan, Planner};
use lamas_record::directory::cell_name;
use lamas_record::rows::CellKey;

use super::prepare::Prepared;

/// One cell of a sweep.
#[derive(Clone)]
pub struct Cell {
    /// Which method.
    pub method: Arc<Method>,
    /// Which of its plans.
    pub plan: Arc<dyn Plan>,
    /// Which dataset.
    pub data: Arc<Prepared>,
    /// The training seed.
    pub seed: u64,
}

impl Cell {
    /// The settings; `None` where its plan has none.
    #[must_use]
    pub fn settings(&self) -> Option<&Settings> {
        self.plan.settings().map(|settings| &**settings)
    }

    fn lambda_t(&self) -> Option<f64> {
        self.settings().map(|settings| settings.lambda_t)
    }

    /// What its rows share.
    #[must_use]
    pub fn key(&self, simulated: bool) -> CellKey {
        CellKey {
            dataset: self.data.dataset.manifest.name.clone(),
            method: self.method.name.clone(),
            lambda_t: self.lambda_t(),
            seed: self.seed,
            simulated,
        }
    }

    /// Its folder's name, e.g. `words.lamas.1e-4.s1`.
    #[must_use]
    pub fn name(&self) -> String {
        cell_name(&self.data.dataset.manifest.name, &self.method.name, self.lambda_t(), self.seed)
    }

    /// What its method may use.
    #[must_use]
    pub fn material(&self) -> Material<'_> {
        let Prepared { operators, descriptions, train, test, .. } = &*self.data;
        let (schedule, seed) = (self.method.schedule, Seed(self.seed));
        Material { operators, descriptions, train, test, schedule, seed }
    }

    /// Its method, which has learned nothing.
    ///
    /// # Errors
    /// When the settings do not fit the operators.
    pub fn planner(&self) -> Result<Box<dyn Planner + '_>> {
        self.plan.planner(self.material())
    }

    /// How many episodes its learning takes: never more than K passes over the training rows.
    #[must_use]
    pub fn training_episodes(&self) -> u64 {
        self.plan.episodes(&self.material()).train as u64
    }

    /// How many episodes its evaluation takes.
    #[must_use]
    pub fn test_episodes(&self) -> u64 {
        (self.plan.episodes(&self.material()).per_answer * self.data.dataset.test.len()) as u64
    }

    /// Whether it and the other one may run side by side, asking for the same episodes once: they differ in their settings
    /// alone.
    #[must_use]
    pub fn shares_episodes(&self, other: &Self) -> bool {
        let same = self.method.name == other.method.name && self.seed == other.seed;
        same && Arc::ptr_eq(&self.data, &other.data) && self.plan.shares_episodes()
    }
}

/// Those that run together beside each other, in the order of the first of each group; each of the others alone.
pub fn side_by_side<T>(items: impl IntoIterator<Item = T>, together: impl Fn(&T, &T) -> bool) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    for item in items {
        match groups.iter_mut().rev().find(|group| together(&item, &group[0])) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    groups
}
