//! The price that keeps to a target, by dual ascent whose multiplier is a PID controller (Stooke, Achiam and Abbeel, arXiv
//! 2007.03964): the integral alone is plain dual ascent, which swings around the solution; the proportional and the derivative
//! part damp it.
//!
//! ```text
//! D_k   = (measured - target) / target                  how far beyond the target
//! I_k   = I_(k-1) + D_k
//! price = price_0 exp(Kp D_k + Ki I_k + Kd (D_k - D_(k-1))+)
//! ```
//!
//! The price goes by its logarithm: it stays above 0, and a step is a share of it. Plans are whole, so that what is measured
//! jumps as the price moves. At a jump the two choices beside it are mixed, in the shares that meet the target: the solution of
//! the linear programme that dual ascent solves.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::target::{Choice, Measure, Measured, Target};
use crate::Result;
use crate::prices::Prices;
use crate::values::Values;

/// How dual ascent goes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ascent {
    /// Kp; 0.5.
    pub proportional: f64,
    /// Ki; 0.5.
    pub integral: f64,
    /// Kd; 0.2.
    pub derivative: f64,
    /// The most steps; 80.
    pub steps: usize,
    /// How far from the target is near enough, as a share of it; 0.01.
    pub tolerance: f64,
}

impl Default for Ascent {
    fn default() -> Self {
        Self { proportional: 0.5, integral: 0.5, derivative: 0.2, steps: 80, tolerance: 0.01 }
    }
}

/// What dual ascent found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// One choice for all queries, or two with the shares of the queries that get each.
    pub choices: Vec<Choice>,
    /// What they bring on the bank.
    pub measured: Measured,
    /// The measure of the target.
    pub measure: Measure,
    /// How much there may be of it.
    pub most: f64,
    /// The least score, where one was asked for.
    pub floor: Option<f64>,
    /// Why the target cannot be met; `measured` is the nearest that was found then.
    pub missed: Option<Missed>,
    /// Steps of the ascent; 0 where the target is met without any price.
    pub steps: usize,
}

/// Why a target cannot be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// No plan is short or cheap enough.
    Target,
    /// Whatever keeps to the target scores below the floor.
    Floor,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.measure {
            Measure::LatencyP95S => "latency_p95_s",
            Measure::CpLen => "cp_len",
            Measure::UsdPerQuery => "usd_per_query",
        };
        match self.missed {
            None => write!(f, "{name} {} is kept: {}", self.most, self.measured),
            Some(Missed::Target) => {
                write!(f, "{name} {} cannot be reached; the nearest is {}", self.most, self.measured)
            }
            Some(Missed::Floor) => {
                let floor = self.floor.unwrap_or_default();
                write!(
                    f,
                    "{name} {} cannot be kept with a score of {floor}; the nearest is {}",
                    self.most, self.measured
                )
            }
        }
    }
}

/// Prices beyond these change no choice any more: a target's worth of tokens or dollars costs more than any answer brings, or
/// nothing.
const DEAREST: f64 = 1e4;
const CHEAPEST: f64 = 1e-6;

/// The most that the other price is divided by for a floor's sake.
const MOST_RELIEF: f64 = 1024.0;

/// A bracket of prices as narrow as this, as a share, is narrow enough.
const NARROW: f64 = 0.005;

/// Finds the price at which a policy keeps to a budget. `policy` says which plan each row of the bank gets at given prices;
/// `prices` is where the search begins, and the price of what the target does not name stays as it is there, unless a floor
/// asks for less.
///
/// # Errors
/// When the budget is none, or the policy fails.
pub fn solve(
    values: &Values,
    policy: &dyn Fn(Prices) -> Result<Vec<usize>>,
    budget: &Target,
    prices: Prices,
    ascent: &Ascent,
) -> Result<Answer> {
    let (measure, most) = budget.check()?;
    let search = Search { values, policy, measure, most, budget, start: prices };
    let mut answer = search.keep(0.0, ascent)?;
    let mut relief = 1.0;
    // A floor is kept by paying more of what the target does not name.
    while answer.missed == Some(Missed::Floor) && relief <= MOST_RELIEF {
        let next = search.keep(relief, ascent)?;
        if next.measured.mean.score >= answer.measured.mean.score {
            answer = Answer { steps: answer.steps + next.steps, ..next };
        }
        relief *= 2.0;
    }
    Ok(answer)
}

struct Search<'a> {
    values: &'a Values,
    policy: &'a dyn Fn(Prices) -> Result<Vec<usize>>,
    measure: Measure,
    most: f64,
    budget: &'a Target,
    start: Prices,
}

/// A choice that was tried.
struct Tried {
    choice: Choice,
    /// The price of what the target names.
    price: f64,
    /// How far beyond the target, as a share of it.
    excess: f64,
}

impl Search<'_> {
    /// A price at which what the bank takes on average is worth one right answer.
    fn unit(&self) -> f64 {
        let means = self.values.overall();
        let mean = crate::prices::Mean::of(means);
        match self.measure {
            Measure::LatencyP95S | Measure::CpLen => 1.0 / mean.length.max(f64::MIN_POSITIVE),
            Measure::UsdPerQuery => 1.0 / mean.usd.max(f64::MIN_POSITIVE),
        }
    }

    /// What comes of a price, with the other one divided by `1 + relief`.
    fn at(&self, price: f64, relief: f64) -> Result<Tried> {
        let Prices { lambda_t, lambda_c } = self.start;
        let prices = match self.measure {
            Measure::LatencyP95S | Measure::CpLen => Prices { lambda_t: price, lambda_c: lambda_c / (1.0 + relief) },
            Measure::UsdPerQuery => Prices { lambda_t: lambda_t / (1.0 + relief), lambda_c: price },
        };
        let choice = Choice { share: 1.0, prices, plans: (self.policy)(prices)? };
        let measured = self.measured(std::slice::from_ref(&choice));
        Ok(Tried { choice, price, excess: measured.in_measure(self.measure) / self.most - 1.0 })
    }

    fn measured(&self, choices: &[Choice]) -> Measured {
        Measured::of(self.values, &(0..self.values.rows()).collect::<Vec<_>>(), choices)
    }

    /// The target kept with the other price divided by `1 + relief`.
    fn keep(&self, relief: f64, ascent: &Ascent) -> Result<Answer> {
        let free = self.at(0.0, relief)?;
        if free.excess <= 0.0 {
            return Ok(self.answer(vec![free.choice], 0));
        }
        let tightest = self.at(self.unit() * DEAREST, relief)?;
        if tightest.excess > 0.0 {
            let missed = self.answer(vec![tightest.choice], 0);
            return Ok(Answer { missed: Some(Missed::Target), ..missed });
        }
        self.ascend(free, tightest, relief, ascent)
    }

    fn ascend(&self, mut beyond: Tried, mut within: Tried, relief: f64, ascent: &Ascent) -> Result<Answer> {
        let unit = self.unit();
        let (mut integral, mut before, mut now) = (0.0, 0.0, 0.0_f64);
        for step in 1..=ascent.steps {
            let Ascent { proportional, integral: rate, derivative, .. } = ascent;
            let exponent = proportional * now + rate * integral + derivative * (now - before).max(0.0);
            let tried = self.at((unit * exponent.exp()).clamp(unit * CHEAPEST, unit * DEAREST), relief)?;
            // One far off pulls no harder than one that is twice the target.
            (before, now) = (now, tried.excess.clamp(-1.0, 1.0));
            integral += now;
            let excess = tried.excess;
            *(if excess > 0.0 { &mut beyond } else { &mut within }) = tried;
            if excess <= 0.0 && excess >= -ascent.tolerance {
                return Ok(self.answer(vec![within.choice], step));
            }
            if (within.price / beyond.price - 1.0).abs() < NARROW {
                return Ok(self.answer(self.mixed(beyond, within), step));
            }
        }
        Ok(self.answer(self.mixed(beyond, within), ascent.steps))
    }

    /// The shares of two choices that meet the target together.
    fn mixed(&self, beyond: Tried, within: Tried) -> Vec<Choice> {
        let share = match self.measure {
            Measure::CpLen | Measure::UsdPerQuery => -within.excess / (beyond.excess - within.excess),
            // 95 of 100 keep to the target as long as no more than the others exceed it.
            Measure::LatencyP95S => {
                let (more, less) = (self.slow(&beyond.choice), self.slow(&within.choice));
                if more > less { (0.05 - less) / (more - less) } else { 0.0 }
            }
        };
        let share = share.clamp(0.0, 1.0);
        let shared = |share, choice: Choice| Choice { share, ..choice };
        let both = [shared(1.0 - share, within.choice), shared(share, beyond.choice)];
        both.into_iter().filter(|choice| choice.share > 0.0).collect()
    }

    /// The share of queries that take longer than the target.
    fn slow(&self, choice: &Choice) -> f64 {
        let of = |(row, &plan): (usize, &usize)| {
            let seconds = self.values.seconds(row, plan);
            let slow = seconds.iter().filter(|&&taken| f64::from(taken) > self.most).count();
            slow as f64 / seconds.len().max(1) as f64
        };
        choice.plans.iter().enumerate().map(of).sum::<f64>() / choice.plans.len().max(1) as f64
    }

    fn answer(&self, choices: Vec<Choice>, steps: usize) -> Answer {
        let measured = self.measured(&choices);
        let floor = self.budget.floor;
        let missed = floor.filter(|floor| measured.mean.score < floor - 1e-9).map(|_| Missed::Floor);
        Answer { choices, measured, measure: self.measure, most: self.most, floor, missed, steps }
    }
}
