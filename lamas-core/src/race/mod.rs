//! Races: operators that start at once on one snapshot, and a rule that says when their answer is decided.
//!
//! - [`Race`]: who runs, until when, and what follows where nothing was decided
//! - [`Rule`], [`Standing`], [`Verdict`]: what a rule sees after every arrival, and what it says
//! - [`rules`]: the rules, one a file; [`Until`] names them
//! - [`Equality`]: whether two answers are the same, for votes; [`Classes`], [`tally`]: the votes, counted
//!
//! A layer of an orchestrator is the race that waits for all.

mod arrival;
mod classes;
mod equality;
mod report;
mod rule;
pub mod rules;
mod tally;

use serde::{Deserialize, Serialize};

pub use self::arrival::Arrival;
pub use self::classes::Classes;
pub use self::equality::{Equality, SameText};
pub use self::report::WaveReport;
pub use self::rule::{Rule, Standing, Verdict};
pub use self::rules::Until;
pub use self::tally::{Votes, tally};
use crate::operator::OperatorName;

/// Operators that start at once on one snapshot, until their answer is decided.
///
/// ```
/// use lamas_core::race::{Entrant, Race, Until, rules::Agree};
/// use std::num::NonZeroU32;
///
/// // Five chains of thought, until two of them agree; where no two do, a vote of the model.
/// let until = Until::Agree(Agree(NonZeroU32::new(2).unwrap()));
/// let race = Race::new(vec![Entrant { operator: "generate_cot".into(), copies: 5 }], until);
/// let race = race.then(Race::of("sc_ensemble".into()));
/// assert_eq!(race.names().count(), 5);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Race {
    /// Who runs. Copies of one operator stand together.
    pub entrants: Vec<Entrant>,
    /// When it is decided.
    #[serde(default)]
    pub until: Until,
    /// What every entrant's solution goes through before it arrives, one operator after another, such as a run on the
    /// public examples. Each sees that solution alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub each: Vec<OperatorName>,
    /// What runs once all have arrived and nothing is decided: one wave after another, each on all that was made before. Their
    /// rules see the answers of earlier waves too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Race>,
    /// The rule of a wave that follows another sees the answers of this wave alone. Where the last wave ends undecided, the
    /// votes of all waves count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub afresh: bool,
    /// Whoever is still out when it is decided runs on behind the answer, and is paid in full, instead of being cancelled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drain: bool,
    /// One that fails for good ends the episode, instead of leaving the race to the others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
}

/// An operator that takes part in a race.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entrant {
    /// Which operator.
    pub operator: OperatorName,
    /// How many of it run.
    pub copies: u32,
}

impl Race {
    /// A race of these until this rule has decided.
    #[must_use]
    pub fn new(entrants: Vec<Entrant>, until: Until) -> Self {
        let (each, then) = (Vec::new(), Vec::new());
        Self { entrants, until, each, then, afresh: false, drain: false, strict: false }
    }

    /// One operator alone.
    #[must_use]
    pub fn of(operator: OperatorName) -> Self {
        Self::new(vec![Entrant { operator, copies: 1 }], Until::All)
    }

    /// A layer: it waits for all, and a failure of one is a failure of the layer.
    #[must_use]
    pub fn layer(operators: impl IntoIterator<Item = OperatorName>) -> Self {
        let entrants = operators.into_iter().map(|operator| Entrant { operator, copies: 1 }).collect();
        Self { strict: true, ..Self::new(entrants, Until::All) }
    }

    /// The same race, and what runs where it ends undecided, after whatever else runs then.
    #[must_use]
    pub fn then(mut self, next: Self) -> Self {
        self.then.push(next);
        self
    }

    /// The entrants of its first wave by name, copies spelled out, in declared order.
    pub fn names(&self) -> impl Iterator<Item = &OperatorName> {
        self.entrants.iter().flat_map(|entrant| (0..entrant.copies).map(|_| &entrant.operator))
    }

    /// Whether it is a plain layer.
    #[must_use]
    pub fn is_layer(&self) -> bool {
        self.strict && self.until == Until::All && self.each.is_empty() && self.then.is_empty()
    }
}
