//! The learned controller: it reads a query, decides layer by layer which operators run side by side and when to stop,
//! and learns from what came of it. Equation numbers are those of the LAMaS paper (arXiv 2601.10560); `docs/algorithm.md`
//! says where each stands and where we deviate.
//!
//! The way of one query: [`encoder`] turns its text into numbers once; [`policy`] turns these into a [`table`] of scores
//! for every layer; [`sample`] draws operators from it; [`rules`] makes an executable layer of the draw; [`orchestrate`]
//! does so step by step while the executor runs the layers. Then [`reward`] and [`credit`] say what each operator earned,
//! [`baseline`] normalises that, [`layers`] says which factors of the draw each belongs to, [`reinforce`] makes one step
//! with [`descent`] and [`adam`], and [`checkpoint`] keeps it all.
//!
//! Beside it stand other ways of coming by a graph, which the tables compare with it: [`gates`] (a graph of independent
//! gates, learned with the same step), [`search`] (one graph for all queries, found by trial) and [`neighbours`] (what
//! worked best on similar queries). [`notes`] keeps what these have found. [`released`] counts as the authors'
//! released code does, for comparison. `docs/rivals.md` describes them.
//!
//! ```
//! use candle_core::DType;
//! use lamas_controller::actions::{Actions, Mask};
//! use lamas_controller::encoder::{Encoder, Hashed};
//! use lamas_controller::policy::Policy;
//! use lamas_controller::reinforce::Learner;
//! use lamas_controller::settings::Settings;
//! use lamas_core::operator::Role;
//! use lamas_core::random::Seed;
//!
//! let operators = vec![("generate".into(), Role::Generate), ("early_stop".into(), Role::Stop)];
//! let descriptions = Hashed.encode(&["Answers directly.", "Ends the graph."])?.tensor(&[0, 1], DType::F32)?;
//! let settings = Settings::honest();
//! let actions = Actions::from_roles(operators, &settings.fallback)?;
//! let policy = Policy::new(&settings, &descriptions, Seed(42))?;
//! let learner = Learner::new(settings, actions, policy)?;
//!
//! let queries = Hashed.encode(&["What is 7 times 8?"])?;
//! let table = &learner.tables(&queries, &[0])?[0];
//! let first_layer = table.distribution(0, None, Mask::all(2));
//! let total: f64 = first_layer.log_probs().iter().map(|log_prob| log_prob.exp()).sum();
//! assert!((total - 1.0).abs() < 1e-12);
//! # Ok::<(), lamas_controller::ControllerError>(())
//! ```

pub mod actions;
pub mod adam;
pub mod baseline;
pub mod checkpoint;
pub mod credit;
pub mod descent;
pub mod encoder;
pub mod episode;
mod error;
pub mod gates;
pub mod layers;
pub mod neighbours;
pub mod notes;
pub mod orchestrate;
pub mod policy;
pub mod product;
pub mod reinforce;
pub mod released;
pub mod reward;
pub mod rules;
pub mod sample;
pub mod search;
pub mod settings;
pub mod table;

pub use error::ControllerError;

/// What the parts of this crate return.
pub type Result<T, E = ControllerError> = std::result::Result<T, E>;
