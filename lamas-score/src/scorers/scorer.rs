//! What a scorer is.

use lamas_core::problem::{Gold, Problem};
use lamas_core::tool::Program;

use crate::score::Score;

/// Decides whether an answer is right.
pub trait Scorer: Sync {
    /// The name in the manifests of datasets.
    fn name(&self) -> &'static str;

    /// The verdict on a text, of which thoughts are part.
    fn judge(&self, answer_text: &str, problem: &Problem, gold: &Gold) -> Verdict;

    /// The score against a reference answer as text; a scorer that has to run something leaves it unscored.
    fn compare(&self, _answer_text: &str, gold_answer: &str) -> Score {
        Score::unscored(gold_answer, format!("`{}` is scored by running it", self.name()))
    }
}

/// What a scorer says of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// This is its score.
    Scored(Score),
    /// It hangs on a run of this program, which [`code_score`](crate::code::code_score) scores.
    Run(Program),
}

/// The verdict of a scorer that compares two texts.
pub(super) fn compared(scorer: &dyn Scorer, answer_text: &str, gold: &Gold) -> Verdict {
    Verdict::Scored(match gold {
        Gold::Answer { answer, .. } => scorer.compare(answer_text, answer),
        Gold::Tests { .. } => {
            Score::unscored("", format!("`{}` needs a dataset with reference answers", scorer.name()))
        }
    })
}
