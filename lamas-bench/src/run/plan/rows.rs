//! In which order learning goes through the training rows: the same for every method of a seed.

use lamas_controller::settings::Settings;
use lamas_core::random::Seed;
use rand::seq::SliceRandom;

use crate::run::cell::Cell;

/// The training rows of a pass, shuffled.
#[must_use]
pub fn order(cell: &Cell, pass: u32) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..cell.data.dataset.train.len()).collect();
    rows.shuffle(&mut Seed(cell.seed).stream("order", &[u64::from(pass)]));
    rows
}

/// All K passes, as pass and row.
#[must_use]
pub fn sequence(cell: &Cell, settings: &Settings) -> Vec<(u32, usize)> {
    (0..settings.passes).flat_map(|pass| order(cell, pass).into_iter().map(move |row| (pass, row))).collect()
}

/// All K passes in batches, none of which reaches into the next pass.
pub struct Batches {
    left: std::vec::IntoIter<(u32, Vec<usize>)>,
}

impl Batches {
    /// The batches of a cell.
    #[must_use]
    pub fn new(cell: &Cell, settings: &Settings) -> Self {
        let of = |pass: u32| {
            let order = order(cell, pass);
            order.chunks(settings.batch).map(move |batch| (pass, batch.to_vec())).collect::<Vec<_>>()
        };
        let all: Vec<_> = (0..settings.passes).flat_map(of).collect();
        Self { left: all.into_iter() }
    }
}

impl Iterator for Batches {
    type Item = (u32, Vec<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left.next()
    }
}
