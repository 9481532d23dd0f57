//! One graph for all queries, found by trial: candidates ([`propose`]), and a race among them within a budget of episodes
//! ([`Halving`]).

mod halving;
mod propose;

pub use halving::{Halving, Round};
pub use propose::{Graph, propose};
