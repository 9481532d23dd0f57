//! Whether two answers are the same.
//!
//! - `latex`: answers in LaTeX, up to mathematical equivalence
//! - `classes`: answers that are the same, sorted as they arrive, and which most agree on

mod classes;
mod latex;

pub use self::classes::{Answer, plurality};
pub(crate) use self::latex::{Reading, SCALES, decimal, in_words, rational, scale_word, scaled, without_letter};
pub use self::latex::{equivalent, reads_as_maths};
