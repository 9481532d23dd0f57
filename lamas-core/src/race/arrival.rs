//! An entrant that has come to its end.

use crate::operator::{OperatorName, Solution};
use crate::units::{Seconds, Tokens};

/// An entrant that has done its work.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// Its place among all entrants of the race and of the waves before it, in declared order.
    pub entrant: usize,
    /// Which operator.
    pub operator: OperatorName,
    /// The solution that it leaves standing; `None` where it made none.
    pub solution: Option<Solution>,
    /// The class of its answer, numbered in the order of first arrivals. `None` where it gave no answer: it has no vote.
    pub class: Option<usize>,
    /// For operators that run programs: whether the last one did what it was to do.
    pub ran: Option<bool>,
    /// Output tokens over all of its calls.
    pub output: Tokens,
    /// When it arrived: its own path in seconds, from the episode's start.
    pub at: Seconds,
}
