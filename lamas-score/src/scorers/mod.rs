//! Scorers: the rules by which answers are right or wrong.
//!
//! A scorer is one file here and one line in [`SCORERS`]; a dataset's manifest names it.

mod code;
mod latex;
mod number;
mod scorer;

use std::fmt;

use lamas_core::problem::{Gold, Problem};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::scorer::Scorer;
pub use self::scorer::Verdict;
use crate::score::Score;

/// All scorers.
const SCORERS: &[&dyn Scorer] = &[&number::Number, &latex::Latex, &code::Code];

/// Which rules decide: a scorer, by its name.
///
/// ```
/// use lamas_score::Rules;
///
/// let score = Rules::LATEX.score_text(r"so the sum is $\boxed{0.75}$.", r"\frac{3}{4}");
/// assert_eq!(score.score, Some(true));
/// assert_eq!(score.reason, "boxed: same exact value");
/// assert!(Rules::named("guess").is_none());
/// ```
#[derive(Clone, Copy)]
pub struct Rules(&'static dyn Scorer);

impl Rules {
    /// One number, as an exact rational.
    pub const NUMBER: Self = Self(&number::Number);
    /// LaTeX, up to mathematical equivalence.
    pub const LATEX: Self = Self(&latex::Latex);
    /// A Python function, by hidden tests.
    pub const CODE: Self = Self(&code::Code);

    /// The rules of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        SCORERS.iter().find(|scorer| scorer.name() == name).map(|scorer| Self(*scorer))
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The verdict on a text as the answer to a problem.
    #[must_use]
    pub fn judge(self, answer_text: &str, problem: &Problem, gold: &Gold) -> Verdict {
        self.0.judge(answer_text, problem, gold)
    }

    /// The score of a text against the gold answer (a bare answer, or a solution that marks its answer).
    #[must_use]
    pub fn score_text(self, answer_text: &str, gold_answer: &str) -> Score {
        self.0.compare(answer_text, gold_answer)
    }
}

impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Rules {}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Rules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Rules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| {
            let known: Vec<_> = SCORERS.iter().map(|scorer| format!("`{}`", scorer.name())).collect();
            serde::de::Error::custom(format!("unknown scorer `{name}`; there are {}", known.join(", ")))
        })
    }
}
