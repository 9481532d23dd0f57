//! What a run may spend, and the arithmetic of what it has spent.

use lamas_core::chat::Usage;
use lamas_core::units::{Seconds, Tokens, Usd};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most that a run may spend, over all the times it is started. Nothing is limited by default.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// US dollars.
    pub usd: Option<Usd>,
    /// Tokens, input and output together.
    pub tokens: Option<u64>,
    /// Seconds of real time.
    pub wall_clock: Option<Seconds>,
}

/// What has been spent.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Spent {
    /// Calls that were answered and paid.
    pub calls: u64,
    /// Attempts that gave nothing and are billed.
    pub lost: u64,
    /// The tokens of both, input and output together.
    pub tokens: Tokens,
    /// The output of the longest of them.
    pub longest_output: Tokens,
    /// What they cost.
    pub usd: Usd,
    /// Real time.
    pub wall_clock: Seconds,
}

/// What is paid for one attempt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Payment {
    /// Its tokens; `counted` where the server did not say.
    pub usage: Usage,
    /// What they cost.
    pub cost: Usd,
    /// What it was paid for.
    pub outcome: AttemptEnd,
}

/// How an attempt ended that is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptEnd {
    /// With an answer.
    Answered,
    /// With a failure.
    Failed,
    /// Its call was dropped before it ended.
    Dropped,
}

impl AttemptEnd {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Answered, Self::Failed, Self::Dropped];

    /// As it stands in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }
}

impl Spent {
    /// What was paid for, e.g. `12 calls and 3 failed attempts`.
    #[must_use]
    pub fn attempts(&self) -> String {
        let Self { calls, lost, .. } = self;
        let count = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let calls = count(*calls, "call");
        if *lost == 0 { calls } else { format!("{calls} and {}", count(*lost, "failed attempt")) }
    }

    /// Adds a payment.
    pub fn add(&mut self, payment: &Payment) {
        let Payment { usage, cost, outcome } = payment;
        let count = if *outcome == AttemptEnd::Answered { &mut self.calls } else { &mut self.lost };
        *count = count.saturating_add(1);
        self.tokens += usage.input + usage.output;
        self.longest_output = self.longest_output.max(usage.output);
        self.usd += *cost;
    }
}

impl Budget {
    /// Says what is wrong with this budget, if anything.
    ///
    /// # Errors
    /// A message that names the key.
    pub fn check(&self) -> Result<(), String> {
        let usable = |amount: f64| amount > 0.0 && amount.is_finite();
        let wrong = [
            ("usd", self.usd.is_some_and(|usd| !usable(usd.0))),
            ("tokens", self.tokens == Some(0)),
            ("wall_clock", self.wall_clock.is_some_and(|seconds| !usable(seconds.0))),
        ];
        match wrong.iter().find(|(_, is_wrong)| *is_wrong) {
            Some((key, _)) => Err(format!("{key} must be above 0; leave it out for no limit")),
            None => Ok(()),
        }
    }

    /// The limit of money or tokens that would be broken with this much more spent. An amount that is no number breaks it.
    pub(super) fn broken_by(&self, spent: &Spent, more: Amount) -> Option<String> {
        let (tokens, usd) = (spent.tokens + more.tokens, spent.usd + more.usd);
        let usd = self.usd.filter(|limit| usd.0.is_nan() || usd > *limit);
        let tokens = self.tokens.filter(|limit| tokens.0 > *limit);
        usd.map(|limit| limit.to_string()).or_else(|| tokens.map(|limit| format!("{limit} tokens")))
    }

    /// What is left of the time; `None` where that is not limited.
    pub(super) fn time_left(&self, spent: &Spent) -> Option<Seconds> {
        Some((self.wall_clock? - spent.wall_clock).max(Seconds::ZERO))
    }

    /// That a limit is reached, with all that is spent.
    pub(super) fn reached(limit: &str, spent: &Spent) -> String {
        let Spent { tokens, usd, wall_clock, .. } = spent;
        format!(
            "the budget of {limit} is reached: {}, {} tokens, {:.4} USD and {:.0} s are spent",
            spent.attempts(),
            tokens.0,
            usd.0,
            wall_clock.0
        )
    }
}

/// Tokens and money.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Amount {
    pub(super) tokens: Tokens,
    pub(super) usd: Usd,
}

impl std::ops::Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { tokens: self.tokens + other.tokens, usd: self.usd + other.usd }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_must_be_positive() {
        let budget: Budget = serde_yaml::from_str("{usd: 5, tokens: 1000000, wall_clock: 3600}").unwrap();
        assert!(budget.check().is_ok());
        for wrong in ["{usd: 0}", "{tokens: 0}", "{wall_clock: -1}", "{usd: .nan}", "{usd: .inf}"] {
            let budget: Budget = serde_yaml::from_str(wrong).unwrap();
            assert!(budget.check().unwrap_err().contains("must be above 0"), "{wrong}");
        }
    }

    #[test]
    fn case_absurd_amounts_break_a_budget_instead_of_slipping_through_it() {
        let budget = Budget { tokens: Some(u64::MAX - 1), usd: Some(Usd(1.0)), wall_clock: None };
        let payment = Payment {
            usage: Usage { input: Tokens(1 << 63), output: Tokens(1 << 63), counted: false },
            cost: Usd::ZERO,
            outcome: AttemptEnd::Answered,
        };
        let mut spent = Spent::default();
        spent.add(&payment);
        spent.add(&payment);
        assert_eq!((spent.tokens, spent.calls), (Tokens(u64::MAX), 2), "the sum does not wrap");
        assert!(budget.broken_by(&spent, Amount::default()).unwrap().contains("tokens"));
        spent.add(&Payment { cost: Usd(f64::NAN), ..payment });
        assert!(budget.broken_by(&spent, Amount::default()).unwrap().contains("1 USD"));
    }
}
