//! Quantities with their units, so that tokens, seconds and dollars cannot be mixed up.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub};

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// A count of model tokens.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tokens(pub u64);

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Debug, Default, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        #[schemars(inline)]
        pub struct $name(pub f64);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(0.0);

            /// The larger of two, by total order.
            #[must_use]
            pub fn max(self, other: Self) -> Self {
                if other.0.total_cmp(&self.0).is_gt() { other } else { self }
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl Mul<f64> for $name {
            type Output = Self;
            fn mul(self, factor: f64) -> Self {
                Self(self.0 * factor)
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(quantities: I) -> Self {
                quantities.fold(Self::ZERO, Add::add)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)?;
                f.write_str($unit)
            }
        }
    };
}

quantity!(
    /// A duration in seconds, on whichever clock the trace was taken.
    Seconds,
    " s"
);
quantity!(
    /// Money in US dollars.
    Usd,
    " USD"
);
quantity!(
    /// The length of a path of work in output tokens; tool time enters at the rate [`Gamma`] (equation 9).
    PathTokens,
    " tokens"
);

impl Add for Tokens {
    type Output = Self;
    /// Saturates: a server may claim any number, and no sum of such claims may come out small.
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Tokens {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self(0), Add::add)
    }
}

impl From<Tokens> for PathTokens {
    fn from(tokens: Tokens) -> Self {
        // Token counts are far below 2^53.
        Self(tokens.0 as f64)
    }
}

/// The one rate that turns tool seconds into tokens: gamma of equation (9), in tokens per second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Gamma(pub f64);

impl Default for Gamma {
    /// 50 tokens per second, the paper's setting.
    fn default() -> Self {
        Self(50.0)
    }
}

impl Gamma {
    /// `gamma * t_tool`, the second term of equation (9).
    #[must_use]
    pub fn tokens(self, tool: Seconds) -> PathTokens {
        PathTokens(self.0 * tool.0)
    }
}

/// What a model charges, in USD per million tokens. What is read from a file is checked: with a price below 0, or one that
/// is no number, no budget would ever be spent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// USD per million input tokens.
    #[serde(deserialize_with = "per_million")]
    pub input: f64,
    /// USD per million output tokens; reasoning tokens count as output.
    #[serde(deserialize_with = "per_million")]
    pub output: f64,
}

/// The highest price that is believed, in USD per million tokens. No sum over 2^64 tokens at this price is infinite.
const HIGHEST_PRICE: f64 = 1e9;

fn per_million<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let price = f64::deserialize(deserializer)?;
    if (0.0..=HIGHEST_PRICE).contains(&price) {
        return Ok(price);
    }
    Err(D::Error::custom(format_args!("{price} is no price; write USD per million tokens, from 0 to {HIGHEST_PRICE}")))
}

impl Price {
    /// A model that costs nothing.
    pub const FREE: Self = Self { input: 0.0, output: 0.0 };

    /// What a call with this usage costs.
    #[must_use]
    pub fn cost(&self, input: Tokens, output: Tokens) -> Usd {
        Usd((input.0 as f64 * self.input + output.0 as f64 * self.output) / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_charged_per_million() {
        let price = Price { input: 0.15, output: 0.60 };
        let cost = price.cost(Tokens(1_000_000), Tokens(500_000));
        assert!((cost.0 - 0.45).abs() < 1e-12);
    }

    #[test]
    fn case_sums_of_absurd_counts_stay_at_the_largest() {
        let most = Tokens(u64::MAX);
        assert_eq!(most + Tokens(1), most);
        assert_eq!([Tokens(1 << 63), Tokens(1 << 63), Tokens(7)].into_iter().sum::<Tokens>(), most);
        let mut total = most;
        total += most;
        assert_eq!(total, most);
        assert!(Price { input: HIGHEST_PRICE, output: HIGHEST_PRICE }.cost(most, most).0.is_finite());
    }

    #[test]
    fn tool_time_becomes_tokens_at_gamma() {
        assert_eq!(Gamma::default().tokens(Seconds(1.5)), PathTokens(75.0));
    }
}
