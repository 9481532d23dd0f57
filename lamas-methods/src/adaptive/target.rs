//! A target instead of a price: the prices that keep to it, and for which share of the queries.

use lamas_adaptive::Result;
use lamas_adaptive::budget::{Ascent, HeldOut, Target, held_out, solve};
use lamas_adaptive::policy::training::Lesson;
use lamas_adaptive::policy::{Learned, PolicySettings};
use lamas_adaptive::prices::Prices;
use lamas_core::random::Seed;
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// How a target is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    /// What came of it on the bank, in words.
    said: String,
    /// Prices, each with its share of the queries.
    shares: Vec<(f64, Prices)>,
    /// What the same search brings on rows that it did not see.
    held_out: HeldOut,
}

impl Kept {
    /// Finds the price on the bank. What the target does not name has the price that it has here.
    pub(super) fn new(
        target: Target,
        lesson: &Lesson<'_>,
        learned: &Learned,
        settings: &PolicySettings,
        prices: Prices,
        seed: Seed,
    ) -> Result<Self> {
        let ascent = Ascent::default();
        let policy = |prices| Ok(learned.choices(lesson.queries, &[prices])?.concat());
        let answer = solve(lesson.values, &policy, &target, prices, &ascent)?;
        let held_out = held_out(lesson, learned.freedom(), settings, &target, prices, &ascent, seed)?;
        let shares = answer.choices.iter().map(|choice| (choice.share, choice.prices)).collect();
        Ok(Self { said: answer.to_string(), shares, held_out })
    }

    /// The prices that a test query is asked at. Where a target lies between two of them, chance says which, in their shares.
    pub(super) fn prices(&self, row: usize, seed: Seed) -> Prices {
        let drawn: f64 = seed.stream("share", &[row as u64]).random();
        let mut reached = 0.0;
        let within = |(share, _): &&(f64, Prices)| {
            reached += share;
            drawn < reached
        };
        let found = self.shares.iter().find(within).or(self.shares.last());
        found.expect("a target is answered with a price").1
    }
}
