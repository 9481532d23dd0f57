//! Which plans are worth learning about: the Pareto front over score, path and cost, and its neighbours.

use lamas_core::race::Race;
use lamas_core::random::Seed;
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bank::Bank;
use crate::prices::Mean;
use crate::values::{Keep, Values};
use crate::{AdaptiveError, Result};

/// How many replays it takes until so many plans are left: few replays of many plans first, then more of fewer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Screening {
    /// Rows that a round before the first one looks at, drawn at random, with one replay of every plan on each. It is left out
    /// where there are no more rows than that; 64.
    pub rows: usize,
    /// Replays of every plan on every row in the first round; 1.
    pub first: usize,
    /// Replays in the last round; 64.
    pub last: usize,
    /// How many plans are left at the end; 64.
    pub keep: usize,
}

impl Default for Screening {
    fn default() -> Self {
        Self { rows: 64, first: 1, last: 64, keep: 64 }
    }
}

/// Plans that are left, with what they bring.
#[derive(Debug, Clone)]
pub struct Screened {
    /// The plans.
    pub plans: Vec<Race>,
    /// What each brings on every row.
    pub values: Values,
    /// How many there were.
    pub tried: usize,
}

impl Screening {
    /// The plans of a space that are left. Each round replays what is left eight times as often as the one before, and keeps an
    /// eighth of it: the front first, then what is nearest to it.
    ///
    /// # Errors
    /// When a bank can replay none of them, or a number is 0.
    pub fn screen(&self, bank: &Bank, mut plans: Vec<Race>, seed: Seed) -> Result<Screened> {
        for (key, value) in [("rows", self.rows), ("first", self.first), ("last", self.last), ("keep", self.keep)] {
            if value == 0 {
                return Err(AdaptiveError::Setting { key, value: "0".to_owned(), expected: "must be 1 or more" });
            }
        }
        let tried = plans.len();
        if bank.len() > self.rows {
            plans = self.thinned(&some_rows(bank, self.rows, seed)?, plans, 1, seed);
        }
        let mut replays = self.first;
        while replays < self.last && plans.len() > self.keep {
            plans = self.thinned(bank, plans, replays, seed);
            replays = (replays * ROUND).min(self.last);
        }
        let (values, left) = Values::replayed(bank, &plans, self.last, seed, Keep::Seconds);
        plans = chosen(&plans, &left);
        if plans.is_empty() {
            return Err(AdaptiveError::NoPlan { tried });
        }
        let few = nearest(&values.overall(), self.keep);
        Ok(Screened { plans: chosen(&plans, &few), values: values.only(&few), tried })
    }

    /// One round.
    fn thinned(&self, bank: &Bank, plans: Vec<Race>, replays: usize, seed: Seed) -> Vec<Race> {
        if plans.len() <= self.keep {
            return plans;
        }
        let (possible, means) = overall(bank, &plans, replays, seed);
        chosen(&possible, &nearest(&means, (possible.len() / ROUND).max(2 * self.keep)))
    }
}

/// So many rows of a bank, drawn at random.
fn some_rows(bank: &Bank, count: usize, seed: Seed) -> Result<Bank> {
    let mut rows: Vec<usize> = (0..bank.len()).collect();
    rows.shuffle(&mut seed.stream("screening", &[]));
    rows.truncate(count);
    bank.subset(&rows)
}

/// By how much a round thins plans out.
const ROUND: usize = 8;

/// Plans whose values on all rows are held at once.
const AT_ONCE: usize = 2048;

/// The plans that can be replayed, with what each brings over all rows.
fn overall(bank: &Bank, plans: &[Race], replays: usize, seed: Seed) -> (Vec<Race>, Vec<Mean>) {
    let (mut possible, mut means) = (Vec::new(), Vec::new());
    for some in plans.chunks(AT_ONCE) {
        let (values, left) = Values::replayed(bank, some, replays, seed, Keep::Means);
        possible.extend(chosen(some, &left));
        means.extend(values.overall());
    }
    (possible, means)
}

fn chosen(plans: &[Race], places: &[usize]) -> Vec<Race> {
    places.iter().map(|&place| plans[place].clone()).collect()
}

/// Score, path and cost on one scale each: what counts against a plan, as a share of the range over all plans. Paths and
/// costs go by their logarithm, as a change of so much per cent counts alike everywhere.
type Point = [f64; 3];

fn points(means: &[Mean]) -> Vec<Point> {
    let log = |x: f64| x.max(f64::MIN_POSITIVE).ln();
    let raw: Vec<Point> = means.iter().map(|mean| [-mean.score, log(mean.length), log(mean.usd)]).collect();
    let range = |d: usize| {
        let values = raw.iter().map(|point| point[d]);
        let least = values.clone().fold(f64::INFINITY, f64::min);
        (least, (values.fold(f64::NEG_INFINITY, f64::max) - least).max(f64::MIN_POSITIVE))
    };
    let ranges = [range(0), range(1), range(2)];
    let scaled = |point: Point| std::array::from_fn(|d| (point[d] - ranges[d].0) / ranges[d].1);
    raw.into_iter().map(scaled).collect()
}

fn dominates(one: &Point, other: &Point) -> bool {
    one.iter().zip(other).all(|(one, other)| one <= other) && one != other
}

/// The plans that no other one beats in score, path and cost at once; of equal ones the first. In order.
///
/// ```
/// use lamas_adaptive::front::front;
/// use lamas_adaptive::prices::Mean;
///
/// let plan = |score, length, usd| Mean { score, length, seconds: 0.0, usd };
/// let plans = [plan(0.8, 300.0, 0.01), plan(0.9, 300.0, 0.02), plan(0.8, 310.0, 0.01), plan(0.8, 300.0, 0.01)];
/// assert_eq!(front(&plans), [0, 1]);
/// ```
#[must_use]
pub fn front(plans: &[Mean]) -> Vec<usize> {
    front_of(&points(plans))
}

fn front_of(points: &[Point]) -> Vec<usize> {
    // Whoever comes later in this order beats nobody before it.
    let mut order: Vec<usize> = (0..points.len()).collect();
    let key = |place: usize| points[place];
    order.sort_by(|&a, &b| key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal).then(a.cmp(&b)));
    let mut front: Vec<usize> = Vec::new();
    for place in order {
        let beaten = |&by: &usize| points[by] == points[place] || dominates(&points[by], &points[place]);
        if !front.iter().any(beaten) {
            front.push(place);
        }
    }
    front.sort_unstable();
    front
}

/// So many plans, in order: those of the front, spread out where there are more, then those that come up to one of them with the
/// least help in every measure.
#[must_use]
pub fn nearest(plans: &[Mean], keep: usize) -> Vec<usize> {
    let points = points(plans);
    let front = front_of(&points);
    let mut kept = if front.len() > keep { spread(&points, &front, keep) } else { front.clone() };
    let help = |place: usize| -> f64 {
        let behind = |&by: &usize| {
            let gaps = points[place].iter().zip(&points[by]).map(|(own, other)| own - other);
            gaps.fold(0.0, f64::max)
        };
        front.iter().map(behind).fold(f64::INFINITY, f64::min)
    };
    let mut rest: Vec<(f64, usize)> = (0..points.len())
        .filter(|place| front.binary_search(place).is_err())
        .map(|place| (help(place), place))
        .collect();
    rest.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let missing = keep.saturating_sub(kept.len());
    kept.extend(rest.into_iter().take(missing).map(|(_, place)| place));
    kept.sort_unstable();
    kept
}

/// So many of some points: the best in each measure, then always the one farthest from those that are chosen.
fn spread(points: &[Point], among: &[usize], keep: usize) -> Vec<usize> {
    let best = |d: usize| among.iter().copied().min_by(|&a, &b| points[a][d].total_cmp(&points[b][d]));
    let mut chosen: Vec<usize> = Vec::new();
    for extreme in (0..3).filter_map(best) {
        if !chosen.contains(&extreme) && chosen.len() < keep {
            chosen.push(extreme);
        }
    }
    let distance = |a: usize, b: usize| -> f64 { (0..3).map(|d| (points[a][d] - points[b][d]).powi(2)).sum() };
    let mut gaps: Vec<f64> =
        among.iter().map(|&a| chosen.iter().map(|&b| distance(a, b)).fold(f64::INFINITY, f64::min)).collect();
    while chosen.len() < keep {
        let farthest = (0..among.len()).max_by(|&a, &b| gaps[a].total_cmp(&gaps[b]).then(b.cmp(&a)));
        let Some(farthest) = farthest.map(|place| among[place]) else { break };
        chosen.push(farthest);
        for (gap, &a) in gaps.iter_mut().zip(among) {
            *gap = gap.min(distance(a, farthest));
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plans() -> impl Strategy<Value = Vec<Mean>> {
        let plan = (0_u32..6, 1_u32..6, 1_u32..6).prop_map(|(score, length, usd)| Mean {
            score: f64::from(score) / 5.0,
            length: f64::from(length) * 100.0,
            seconds: 0.0,
            usd: f64::from(usd) / 100.0,
        });
        prop::collection::vec(plan, 1..40)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn at_any_price_the_best_plan_is_on_the_front(plans in plans(), t in 0.0_f64..0.01, c in 0.0_f64..30.0) {
            let prices = crate::prices::Prices { lambda_t: t, lambda_c: c };
            let front = front(&plans);
            let best = |places: &mut dyn Iterator<Item = usize>| {
                places.map(|place| plans[place].worth(prices)).fold(f64::NEG_INFINITY, f64::max)
            };
            prop_assert!((best(&mut (0..plans.len())) - best(&mut front.iter().copied())).abs() < 1e-12);
        }

        #[test]
        fn the_front_is_kept_before_its_neighbours(plans in plans(), keep in 1_usize..50) {
            let (front, kept) = (front(&plans), nearest(&plans, keep));
            prop_assert_eq!(kept.len(), keep.min(plans.len()));
            prop_assert!(kept.is_sorted_by(|a, b| a < b));
            let of_front = kept.iter().filter(|place| front.contains(place)).count();
            prop_assert_eq!(of_front, front.len().min(keep));
        }
    }

    #[test]
    fn the_nearest_neighbour_is_the_one_that_lacks_least() {
        let plan = |score, length| Mean { score, length, seconds: 0.0, usd: 0.01 };
        let plans = [plan(0.5, 100.0), plan(0.9, 400.0), plan(0.6, 401.0), plan(0.89, 400.0)];
        assert_eq!(nearest(&plans, 3), [0, 1, 3]);
    }
}
