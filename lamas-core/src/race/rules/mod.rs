//! When a race is decided: one rule a file.

mod agree;
mod all;
mod beta;
mod first;
mod passes;
mod text;
mod unbeatable;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use schemars::JsonSchema;

pub use self::agree::Agree;
pub use self::all::All;
pub use self::beta::Beta;
pub use self::first::First;
pub use self::passes::Passes;
pub use self::unbeatable::Unbeatable;
use crate::race::Rule;

/// A rule by its name, as files have it: `all`, `first: 3`, `agree: 2`, `unbeatable`, `beta: 0.95`, `passes`.
#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Until {
    /// All have arrived.
    #[default]
    All,
    /// The first so many answers are there.
    First(First),
    /// So many agree.
    Agree(Agree),
    /// No other answer can catch up.
    Unbeatable,
    /// The leading answer is the majority's with this probability.
    Beta(Beta),
    /// A program passes the public examples.
    Passes,
    /// A rule from elsewhere, such as a learned one.
    #[schemars(skip)]
    Given(Arc<dyn Rule>),
}

impl Until {
    /// The rule.
    #[must_use]
    pub fn rule(&self) -> &dyn Rule {
        match self {
            Self::All => &All,
            Self::First(rule) => rule,
            Self::Agree(rule) => rule,
            Self::Unbeatable => &Unbeatable,
            Self::Beta(rule) => rule,
            Self::Passes => &Passes,
            Self::Given(rule) => &**rule,
        }
    }
}

impl Eq for Until {}

impl PartialEq for Until {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::First(one), Self::First(other)) => one == other,
            (Self::Agree(one), Self::Agree(other)) => one == other,
            (Self::Beta(one), Self::Beta(other)) => one == other,
            (Self::Given(one), Self::Given(other)) => Arc::ptr_eq(one, other),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Hash for Until {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::First(First(answers)) => answers.hash(state),
            Self::Agree(Agree(votes)) => votes.hash(state),
            // From 0 to 1: two that are equal have the same bits, but for the sign of 0.
            Self::Beta(rule) => rule.wanted().abs().to_bits().hash(state),
            Self::Given(rule) => Arc::as_ptr(rule).cast::<()>().hash(state),
            Self::All | Self::Unbeatable | Self::Passes => {}
        }
    }
}

#[cfg(test)]
mod tests;
