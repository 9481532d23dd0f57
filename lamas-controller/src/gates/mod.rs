//! A graph of independent gates: each operator of a declared order is in or out, and so is, where wanted, each edge between
//! two operators that are in. What is in runs in the declared order, which is a topological one.
//!
//! ```text
//! log pi(g given x) = sum over drawn gates of  g log sigma(z(x)) + (1 - g) log(1 - sigma(z(x)))
//! ```
//!
//! with one logit z for each gate: either a number of its own (the same graph for all queries), or with a query's embedding q
//! the cosine of two projections, as in [`crate::policy`],
//!
//! ```text
//! z(x) = < unit(Wq q + bq), unit(v) > / temperature        v = Wo e_o + bo              for an operator
//!                                                          v = Wf e_from + Wt e_to + be  for an edge
//! ```
//!
//! A plain product instead of the cosine runs away within some ten steps of Adam, before anything is learned. Gates are
//! learned by REINFORCE as the layers of [`crate::reinforce`] are, each gate of an episode times the advantage of the
//! episode's whole reward.
//!
//! - [`Layout`]: which gates there are
//! - [`Draw`]: a draw of them, and the graph that comes of it
//! - [`Gates`]: the network, and the factors that it learns by
//! - [`GateSession`]: a draw at work on one query

mod draw;
mod layout;
mod network;
mod session;

pub use draw::{Draw, Edge};
pub use layout::Layout;
pub use network::{Conditioning, Gate, GateEpisode, Gates};
pub use session::GateSession;
