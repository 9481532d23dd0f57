//! Learns which race to start for a query, and when it is decided, from answers that were recorded once.
//!
//! - [`bank`]: the recorded outputs of every training row
//! - [`drawing`]: one of its rows, as the executor draws it
//! - [`replay`]: a race over them, exactly as the executor would run it, without a model
//! - [`plans`], [`values`], [`front`]: all races of a space, what each brings on every row, and which are worth learning about
//! - [`prices`]: what a plan is worth at given prices of latency and money
//! - [`policy`]: which plan a query gets at given prices, learned with the exact gradient
//! - [`rule`]: when a race is decided, learned
//! - [`budget`]: the prices at which a target for latency or money is met
//! - [`learning`]: all of it in one

pub mod bank;
pub mod budget;
pub mod drawing;
mod error;
pub mod front;
pub mod learning;
mod linear;
pub mod plans;
pub mod policy;
pub mod prices;
pub mod replay;
pub mod rule;
pub mod values;

pub use error::AdaptiveError;

/// What the parts of this crate return.
pub type Result<T, E = AdaptiveError> = std::result::Result<T, E>;
