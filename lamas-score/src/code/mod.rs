//! Python functions as answers.
//!
//! - `lines`: what tells code from prose
//! - `fences`: the parts of a text
//! - `wrapping`: what else models put around code
//! - `program`: from a text to a program
//! - `check`: a program under its hidden tests
//! - `examples`, `literal`: the examples that a code problem itself shows

mod check;
mod examples;
mod fences;
mod lines;
mod literal;
mod program;
#[cfg(test)]
mod replies;
mod wrapping;

pub use self::check::{CodeError, code_program, code_score};
pub use self::examples::public_examples;
pub use self::program::{defining, preamble, program};
