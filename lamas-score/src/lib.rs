//! Reads answers out of a model's text, compares them, and says whether they are right; `docs/scoring.md` has the rules.
//!
//! One reader for all: what operators keep, what votes compare and what is scored come from here. All of it is pure, and
//! takes time that grows with the text's length alone.
//!
//! - [`read`]: where in a text its answer stands
//! - [`compare`]: whether two answers are the same
//! - [`code`]: Python programs, and the examples that a problem shows
//! - [`Rules`]: the scorers, by the names that datasets use

pub mod code;
pub mod compare;
pub mod read;
#[cfg(test)]
mod robust;
mod score;
mod scorers;

pub use self::score::Score;
pub use self::scorers::{Rules, Verdict};
