//! Whether two answers are the same.
//!
//! - `latex`: answers in LaTeX, up to mathematical equivalence
//! - `votes`: which of several answers most agree on

mod latex;
mod votes;

pub(crate) use self::latex::{Reading, decimal, rational};
pub use self::latex::{equivalent, reads_as_maths};
pub use self::votes::plurality;
