//! Which plan a query gets: a network over plans, trained with the exact gradient of the objective.
//!
//! - [`settings`]: what shapes network and training
//! - [`components`]: what of a query's embedding it reads
//! - [`network`]: the probability of every plan for a query at given prices
//! - [`objective`]: what a network is worth, and the loss that is differentiated
//! - [`training`]: one network trained; the weight of its shrinkage found by cross-validation
//! - [`learned`]: what came of it, to be kept and asked

pub mod components;
pub mod learned;
pub mod network;
pub mod objective;
pub mod settings;
pub mod training;

pub use self::learned::Learned;
pub use self::settings::PolicySettings;
