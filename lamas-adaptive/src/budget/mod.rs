//! Targets instead of prices: so many seconds, tokens or dollars, and the price at which a policy keeps to them.
//!
//! - [`target`]: what is asked for, and what of it a choice of plans brings
//! - [`ascent`]: the price that brings it, by dual ascent on the bank
//! - [`held_out`](mod@held_out): whether that holds on rows that the search did not see

pub mod ascent;
pub mod held_out;
pub mod target;

pub use self::ascent::{Answer, Ascent, solve};
pub use self::held_out::{HeldOut, held_out};
pub use self::target::{Choice, Measure, Measured, Target};
