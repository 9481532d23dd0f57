//! The laboratory: what only those need who build LAMaS or doubt its simulated model.
//!
//! - [`validate`]: the simulated model against published figures
//! - [`fit`]: where the numbers of the simulated model's profile come from, computed again
//! - [`sensitivity`]: which conclusions hold over which region of the simulated model's assumptions
//! - [`wordproblems`]: the generator of the bundled word problems
//! - [`mod@bench`]: how fast everything is, end to end
//! - [`cli`]: the command line

pub mod bench;
pub mod cli;
mod figures;
pub mod fit;
pub mod sensitivity;
pub mod validate;
pub mod wordproblems;
