//! What a method may use on one problem set with one seed, and in which order learning goes through its training rows.

use candle_core::{DType, Tensor};
use lamas_controller::Result;
use lamas_controller::actions::Actions;
use lamas_controller::encoder::Embeddings;
use lamas_controller::settings::{Compared, Settings};
use lamas_core::operator::OperatorSet;
use lamas_core::orchestrator::Schedule;
use lamas_core::random::Seed;
use rand::seq::SliceRandom;

/// What a method may use.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// The operators of the problem set's domain, in the order of the controller's actions.
    pub operators: &'a OperatorSet,
    /// The embeddings of their descriptions: `[operators, D]`.
    pub descriptions: &'a Embeddings,
    /// The training queries: `[train rows, D]`.
    pub train: &'a Embeddings,
    /// The test queries: `[test rows, D]`.
    pub test: &'a Embeddings,
    /// Operators of a layer at once or one after another.
    pub schedule: Schedule,
    /// Where all of the method's draws come from.
    pub seed: Seed,
}

impl Material<'_> {
    /// The controller's actions.
    ///
    /// # Errors
    /// When the settings' fallback is not one of the generating operators.
    pub fn actions(&self, settings: &Settings) -> Result<Actions> {
        Actions::new(self.operators, &settings.fallback)
    }

    /// The embeddings of the operators' descriptions as a tensor.
    ///
    /// # Shapes
    /// `[operators, D]`.
    ///
    /// # Errors
    /// When they do not make one.
    pub fn described(&self) -> Result<Tensor> {
        let rows: Vec<usize> = (0..self.descriptions.len()).collect();
        self.descriptions.tensor(&rows, DType::F32)
    }

    /// The seed of fresh weights.
    #[must_use]
    pub fn weights(&self) -> Seed {
        self.seed.derive("weights", &[])
    }

    /// The training rows of a pass, shuffled: the same for every method of a seed.
    #[must_use]
    pub fn order(&self, pass: u32) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.train.len()).collect();
        rows.shuffle(&mut self.seed.stream("order", &[u64::from(pass)]));
        rows
    }

    /// All K passes, as pass and row.
    #[must_use]
    pub fn sequence(&self, passes: u32) -> Vec<(u32, usize)> {
        (0..passes).flat_map(|pass| self.order(pass).into_iter().map(move |row| (pass, row))).collect()
    }

    /// All K passes in batches of training rows, each with its pass. No batch reaches into the next pass; but where rewards are
    /// compared within a query, a batch holds all passes over its rows.
    #[must_use]
    pub fn batches(&self, settings: &Settings) -> Vec<Vec<(u32, usize)>> {
        let chunks = |pass: u32| {
            let order = self.order(pass);
            order.chunks(settings.batch).map(<[usize]>::to_vec).collect::<Vec<_>>()
        };
        let with = |pass: u32, rows: &[usize]| rows.iter().map(|&row| (pass, row)).collect::<Vec<_>>();
        match settings.compared {
            Compared::Running => {
                let of = |pass| chunks(pass).into_iter().map(move |rows| with(pass, &rows));
                (0..settings.passes).flat_map(of).collect()
            }
            Compared::LeaveOneOut if settings.passes == 0 => Vec::new(),
            Compared::LeaveOneOut => {
                let all = |rows: Vec<usize>| (0..settings.passes).flat_map(|pass| with(pass, &rows)).collect();
                chunks(0).into_iter().map(all).collect()
            }
        }
    }
}
