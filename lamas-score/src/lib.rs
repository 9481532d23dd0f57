//! Scorers: whether an answer is right, as pure functions with their rules written down in `docs/scoring.md`.
//!
//! - `text`: the score of a text, by the rules that a dataset names
//! - `number`: answers that are one number
//! - `latex`: answers in LaTeX, up to mathematical equivalence
//! - `code`: Python functions; the hidden tests decide, in the sandbox
//! - `examples`, `literal`: the examples that a code problem itself shows
//! - `extract`, `boxed`: where in a model's text its answer stands

mod boxed;
mod code;
mod examples;
mod extract;
mod latex;
mod literal;
mod number;
#[cfg(test)]
mod robust;
mod text;

pub use self::boxed::last_boxed;
pub use self::code::{CodeError, code_program, code_score};
pub use self::examples::public_examples;
pub use self::text::{Rules, Score, score_text};
