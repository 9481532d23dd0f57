//! What every plan brings on every row, as means over replays.

use lamas_core::race::Race;
use lamas_core::random::Seed;
use rayon::prelude::*;

use crate::bank::Bank;
use crate::prices::{Mean, Prices};
use crate::replay::{Draw, Replay, Replayer};

/// What every plan brings on every row of a bank.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    plans: usize,
    replays: usize,
    /// `[rows][plans]`.
    means: Vec<Vec<Mean>>,
    /// `[rows][plans * replays]`: paths in seconds, where they were asked for.
    seconds: Vec<Vec<f32>>,
}

/// What is kept beside the means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Means,
    /// The seconds of every replay, for quantiles.
    Seconds,
}

impl Values {
    /// Replays every plan so many times on every row. Plans that take more than some row has recorded are left out: the second
    /// value names those that are left, by their place.
    ///
    /// The replays of a row draw the same outputs for every plan. Rows are spread over threads; nothing depends on how.
    #[must_use]
    pub fn replayed(bank: &Bank, plans: &[Race], replays: usize, seed: Seed, keep: Keep) -> (Self, Vec<usize>) {
        let of_rows: Vec<_> =
            (0..bank.len()).into_par_iter().map(|row| of_row(bank, row, plans, replays, seed, keep)).collect();
        let possible = |plan: &usize| of_rows.iter().all(|(means, _)| means[*plan].is_some());
        let left: Vec<usize> = (0..plans.len()).filter(possible).collect();
        let means = of_rows.iter().map(|(means, _)| left.iter().filter_map(|&plan| means[plan]).collect()).collect();
        let seconds = |seconds: &Vec<f32>| -> Vec<f32> {
            let of =
                |&plan: &usize| seconds.get(plan * replays..(plan + 1) * replays).unwrap_or_default().iter().copied();
            left.iter().flat_map(of).collect()
        };
        let seconds = of_rows.iter().map(|(_, of_row)| seconds(of_row)).collect();
        (Self { plans: left.len(), replays, means, seconds }, left)
    }

    /// Values that are known already, without seconds of single replays. `means: [rows][plans]`.
    #[must_use]
    pub fn known(means: Vec<Vec<Mean>>) -> Self {
        Self { plans: means.first().map_or(0, Vec::len), replays: 0, seconds: vec![Vec::new(); means.len()], means }
    }

    /// How many plans there are.
    #[must_use]
    pub fn plans(&self) -> usize {
        self.plans
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.means.len()
    }

    /// `[plans]`: what each brings on a row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[Mean] {
        &self.means[row]
    }

    /// `[plans]`: what each brings on average over some rows.
    #[must_use]
    pub fn means(&self, rows: &[usize]) -> Vec<Mean> {
        (0..self.plans).map(|plan| Mean::of(rows.iter().map(|&row| self.means[row][plan]))).collect()
    }

    /// `[plans]`: what each brings on average.
    #[must_use]
    pub fn overall(&self) -> Vec<Mean> {
        self.means(&(0..self.rows()).collect::<Vec<_>>())
    }

    /// The seconds of a plan's replays on a row; none where they were not kept.
    #[must_use]
    pub fn seconds(&self, row: usize, plan: usize) -> &[f32] {
        self.seconds[row].get(plan * self.replays..(plan + 1) * self.replays).unwrap_or_default()
    }

    /// The same for some of the rows.
    #[must_use]
    pub fn of_rows(&self, rows: &[usize]) -> Self {
        let of = |row: &usize| (self.means[*row].clone(), self.seconds[*row].clone());
        let (means, seconds) = rows.iter().map(of).unzip();
        Self { plans: self.plans, replays: self.replays, means, seconds }
    }

    /// The same for some of the plans.
    #[must_use]
    pub fn only(&self, plans: &[usize]) -> Self {
        let of = |plan: usize, seconds: &[f32]| {
            seconds.get(plan * self.replays..(plan + 1) * self.replays).unwrap_or_default().to_vec()
        };
        Self {
            plans: plans.len(),
            replays: self.replays,
            means: self.means.iter().map(|row| plans.iter().map(|&plan| row[plan]).collect()).collect(),
            seconds: self.seconds.iter().map(|row| plans.iter().flat_map(|&plan| of(plan, row)).collect()).collect(),
        }
    }
}

/// The plan that is worth most at these prices; of equals the first.
///
/// ```
/// use lamas_adaptive::prices::{Mean, Prices};
/// use lamas_adaptive::values::best;
///
/// let plan = |score, length| Mean { score, length, seconds: length / 50.0, usd: 0.0 };
/// let plans = [plan(0.80, 300.0), plan(0.90, 500.0)];
/// assert_eq!(best(&plans, Prices { lambda_t: 0.0, lambda_c: 0.0 }), 1);
/// assert_eq!(best(&plans, Prices { lambda_t: 1e-3, lambda_c: 0.0 }), 0);
/// ```
///
/// # Panics
/// Without any plan.
#[must_use]
pub fn best(plans: &[Mean], prices: Prices) -> usize {
    let worth: Vec<f64> = plans.iter().map(|mean| mean.worth(prices)).collect();
    assert!(!worth.is_empty(), "there is no plan to choose from");
    (1..worth.len()).fold(0, |best, next| if worth[next] > worth[best] { next } else { best })
}

/// `[plans]` means, `None` for what cannot be replayed, and `[plans * replays]` seconds.
fn of_row(
    bank: &Bank,
    row: usize,
    plans: &[Race],
    replays: usize,
    seed: Seed,
    keep: Keep,
) -> (Vec<Option<Mean>>, Vec<f32>) {
    let draws: Vec<Draw> = (0..replays).map(|replay| Draw::new(bank, row, replay, seed)).collect();
    let mut replayer = Replayer::default();
    let mut seconds = Vec::new();
    let mut means = Vec::with_capacity(plans.len());
    // `[replays]`: what came of the plan before, where its first wave was enough. A space lists plans that begin alike together.
    let mut early: Vec<Option<Replay>> = vec![None; replays];
    for (place, plan) in plans.iter().enumerate() {
        if place == 0 || !begin_alike(&plans[place - 1], plan) {
            early.fill(None);
        }
        let from = seconds.len();
        let mut sum = Some(Mean::default());
        for (draw, early) in draws.iter().zip(&mut early) {
            let replay = early.or_else(|| {
                let replay = replayer.run(bank, row, plan, draw);
                *early = replay.filter(|_| replayer.at_once());
                replay
            });
            let Some(replay) = replay else {
                sum = None;
                break;
            };
            sum = sum.map(|sum| sum.plus(replay.into(), 1.0));
            if keep == Keep::Seconds {
                seconds.push(replay.seconds.0 as f32);
            }
        }
        if keep == Keep::Seconds {
            seconds.resize(from + replays, f32::NAN);
        }
        means.push(sum.map(|sum| sum.scaled(1.0 / replays.max(1) as f64)));
    }
    (means, seconds)
}

/// Whether two plans differ in nothing but what follows their first wave.
fn begin_alike(one: &Race, other: &Race) -> bool {
    let Race { entrants, until, each, then: _, afresh, drain, strict } = one;
    (entrants, until, each) == (&other.entrants, &other.until, &other.each)
        && (afresh, drain, strict) == (&other.afresh, &other.drain, &other.strict)
}
