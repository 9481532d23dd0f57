//! The kinds of methods: where a method's graphs come from, what it learns from and what it keeps of that.
//!
//! A method's entry in an experiment says in one key where its graphs come from; that is a [`Recipe`]. Under settings it
//! becomes a [`Plan`], one for each value of lambda_t. A plan at work on one problem set with one seed is a [`Planner`]: it
//! is asked what to try on the training rows, told what came of it, and asked at last how to answer the test rows. Who runs
//! the episodes, and what they are kept in, is no business of this crate.
//!
//! Every kind has a file of its own, and a line in the list at the end of [`recipe`]:
//!
//! - [`fixed`]: the same layers for every query
//! - [`layered`]: a controller that draws layer after layer (LAMaS, MaAS, chains, random), where an entry says nothing
//! - [`gated`]: gates for operators and edges
//! - [`searched`]: one graph for all queries, found by trial
//! - [`routed`]: of a handful of graphs the one that was best on similar training rows
//! - [`adaptive`]: a race for each query, by a policy that is learned from single answers
//! - [`hindsight`]: of a handful of graphs the one that turns out best
//!
//! What they share: [`material`] (what a method may use), [`ground`] (where it can answer at all), [`graph`], which is made of [`element`]s: [`layer`]s (operators and
//! races) or [`node`]s; [`gradient`] (networks that learn in passes over the training rows).
//!
//! ```
//! use std::sync::Arc;
//!
//! use lamas_controller::settings::Settings;
//! use lamas_methods::{Kind, Recipe};
//!
//! // `search: {candidates: 8}` in an experiment.
//! let value: serde_yaml::Value = serde_yaml::from_str("{candidates: 8}").unwrap();
//! let recipe = Recipe::read("search", value).unwrap();
//! let plans = recipe.spec().plans(&|| Ok(vec![Arc::new(Settings::honest())])).unwrap();
//! assert_eq!(plans[0].kind(), Kind::Searched);
//! ```

pub mod adaptive;
pub mod contest;
pub mod element;
pub mod fault;
pub mod fixed;
pub mod gated;
pub mod gradient;
pub mod graph;
pub mod ground;
pub mod hindsight;
pub mod layer;
pub mod layered;
pub mod limit;
pub mod material;
pub mod node;
mod peeked;
pub mod plan;
pub mod planner;
pub mod recipe;
pub mod routed;
pub mod searched;
pub mod spec;

pub use contest::Contest;
pub use fault::Fault;
pub use graph::Graph;
pub use ground::Ground;
pub use layer::Layer;
pub use limit::Limit;
pub use material::Material;
pub use plan::{Episodes, Kind, Plan, SettingsGrid};
pub use planner::{Decider, Draws, Planner, Session, Trial, TrialResult};
pub use recipe::Recipe;
pub use spec::Spec;

// What an episode that is drawn for a bank is made with.
pub use lamas_adaptive::bank::Row;
pub use lamas_adaptive::drawing::{Drawing, Measures};
