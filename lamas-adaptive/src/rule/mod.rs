//! When a race is decided, learned: stopping has to be worth more than waiting.
//!
//! - [`state`]: what of a race's standing a model reads
//! - [`watched`]: how races over a bank stood after every arrival, and what stopping there would have brought
//! - [`confidence`]: the probability that the leading answer is right; [`logistic`] is what it is fitted with
//! - [`calibration`]: how far such probabilities can be trusted, on rows that were held out
//! - [`waiting`]: what waiting brings and costs
//! - [`learned`]: the rule; thresholds on a confidence are the special case that needs no model of waiting

pub mod calibration;
pub mod confidence;
pub mod learned;
pub mod logistic;
pub mod state;
pub mod waiting;
pub mod watched;

pub use self::learned::LearnedRule;
