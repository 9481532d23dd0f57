//! How races over a bank stood after every arrival.

use lamas_core::race::Race;
use lamas_core::random::Seed;
use rayon::prelude::*;

use super::state::{Reading, lead, pace};
use crate::bank::Bank;
use crate::prices::Mean;
use crate::replay::{Draw, Replayer};
use crate::{AdaptiveError, Result};

/// A race after an arrival.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What [`Reading`] makes of it, and behind that what is known of the query.
    pub numbers: Vec<f64>,
    /// The leader's votes ahead of the second; `None` while no answer has a vote.
    pub lead: Option<usize>,
    /// What [`pace`] says.
    pub pace: f64,
    /// How many are out.
    pub outstanding: usize,
    /// What stopping here brings: all who arrived decide, and most votes count.
    pub stop: Mean,
}

/// One field of entrants, raced over a bank so many times without any rule.
#[derive(Debug, Clone)]
pub struct Watched {
    pub(crate) reading: Reading,
    /// `[rows][replays][arrivals]`.
    steps: Vec<Vec<Vec<Step>>>,
}

impl Watched {
    /// Watches the first wave of a race so many times on every row. `known: [rows][..]` are further numbers about each query,
    /// such as its embedding; empty ones if there are none.
    ///
    /// # Errors
    /// When a row has fewer outputs than the race takes.
    pub fn new(bank: &Bank, race: &Race, known: &[Vec<f64>], replays: usize, seed: Seed) -> Result<Self> {
        let reading = Reading { generators: bank.generators().to_vec() };
        let of_replay = |row: usize, replay: usize| {
            let mut steps = Vec::new();
            let draw = Draw::new(bank, row, replay, seed);
            let whole = Replayer::default().watch(bank, row, race, &draw, &mut |seen, stop| {
                let votes = seen.votes();
                let mut numbers = reading.numbers(seen, &votes);
                numbers.extend(known.get(row).into_iter().flatten());
                let outstanding = seen.outstanding.len();
                steps.push(Step { numbers, lead: lead(&votes), pace: pace(seen), outstanding, stop: stop.into() });
            });
            whole.then_some(steps)
        };
        let of_row = |row: usize| {
            let steps: Option<Vec<_>> = (0..replays).map(|replay| of_replay(row, replay)).collect();
            steps.ok_or_else(|| AdaptiveError::Bank {
                place: format!("row {}", bank.rows()[row].problem.id),
                what: "it has fewer outputs than the race takes".to_owned(),
                remedy: "record more, or start fewer",
            })
        };
        let steps = (0..bank.len()).into_par_iter().map(of_row).collect::<Result<_>>()?;
        Ok(Self { reading, steps })
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.steps.len()
    }

    /// How many numbers a step is.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.steps.iter().flatten().flatten().next().map_or(0, |step| step.numbers.len())
    }

    /// `[replays][arrivals]` of a row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[Vec<Step>] {
        &self.steps[row]
    }

    /// The steps at which an answer leads, of some rows. Each row counts alike, each with its weight.
    pub(crate) fn led<'s>(&'s self, rows: &'s [usize]) -> impl Iterator<Item = (&'s Step, f64)> {
        rows.iter().flat_map(|&row| {
            let led = || self.steps[row].iter().flatten().filter(|step| step.lead.is_some());
            let weight = 1.0 / led().count().max(1) as f64;
            led().map(move |step| (step, weight))
        })
    }
}
