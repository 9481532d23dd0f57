//! Episodes of one method on one problem set, answered by the store where it can and by the simulated model elsewhere.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse};
use lamas_core::units::Price;
use lamas_llm::limit::Budget;
use lamas_llm::store::{Archive, Identity, Question};

use super::estimate::{Estimate, Scale, Spread, estimate};
use crate::config::{Experiment, Method, ModelChoice, Plan as Layers};
use crate::dataset::Dataset;
use crate::run::RunError;
use crate::run::cell::{Cell, CellError, Surroundings};
use crate::run::directory::{Lock, RunDirectory};
use crate::run::progress::Silent;
use crate::run::record::EpisodeRow;
use crate::run::sweep::prepare_all;
use crate::run::world::World;

/// Rows of each split that are tried.
const ROWS: usize = 16;

/// Calls that must have been recorded before they say anything of the real model.
const ENOUGH: u64 = 20;

/// How much longer or shorter a model's answers may be of which nothing is known.
const UNKNOWN: f64 = 2.0;

/// Runs samples.
pub struct Sampler {
    /// The experiment on the simulated model.
    experiment: Experiment,
    /// The real model's store and identity.
    store: Option<(Arc<Archive>, Identity)>,
    price: Option<Price>,
    /// What `prepare` leaves for `sample`; in a temporary folder.
    directory: RunDirectory,
    prices: Mutex<BTreeMap<(), Price>>,
    _lock: Lock,
    _folder: tempfile::TempDir,
}
