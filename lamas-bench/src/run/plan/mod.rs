//! Methods at work in a cell. The one loop ([`super::cell`]) asks a [`Planner`] what to try, runs it, and tells it what came
//! of it, until the planner has nothing more to try; then it asks what to do with each test query.
//!
//! - [`fixed`]: the same layers for every query
//! - [`drawn`]: a controller that draws layer after layer (LAMaS, MaAS, chains, random)
//! - [`gated`]: gates for operators and edges
//! - [`searched`]: one graph for all queries, found by trial
//! - [`routed`]: of a handful of graphs the one that was best on similar training rows
//! - [`hindsight`]: of a handful of graphs the one that turns out best
//! - [`rows`]: the order of the training rows

pub mod drawn;
pub mod fixed;
pub mod gated;
pub mod hindsight;
pub mod routed;
pub mod rows;
pub mod searched;

use std::path::Path;

use lamas_controller::checkpoint::Origin;
use lamas_controller::credit::Outcome;
use lamas_controller::reinforce::Update;
use lamas_controller::settings::Settings;
use lamas_controller::{ControllerError, Result};
use lamas_core::operator::{OperatorName, OperatorSet};
use lamas_core::orchestrator::{FixedGraph, Orchestrator};

use crate::run::cell::Cell;
use lamas_experiment::config::Plan;
use lamas_experiment::config::plan::Graph;

/// The file in a cell's folder that holds what was learned by gradient.
pub const CHECKPOINT: &str = "checkpoint.safetensors";

/// The file in a cell's folder that holds what was found by trial, as YAML.
pub const FOUND: &str = "found.yaml";

/// One query's orchestrator, which can say afterwards what it drew.
pub trait Session: Orchestrator {
    /// What the episode's row shows of the draws.
    fn said(&self) -> Said {
        Said::default()
    }

    /// The session of a further attempt at the query, where this one drew what raises; `None` where nothing did.
    fn again(&self, _attempt: u32) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }
}

impl Session for FixedGraph {}

/// What a session says of its draws.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Said {
    /// The operators that were drawn, layer by layer; none where nothing is drawn.
    pub drawn: Vec<Vec<OperatorName>>,
    /// Log-probability of all decisions, in nats.
    pub log_prob: Option<f64>,
    /// Mean entropy of the distributions drawn from, in nats.
    pub entropy: Option<f64>,
}

/// An episode to run.
pub struct Trial<S> {
    /// The row of its split.
    pub row: usize,
    /// Which pass over the rows it belongs to, from 0. Trials of the same row and pass see the same samples.
    pub pass: u32,
    /// Who decides.
    pub session: S,
}

/// A trial with what came of it.
pub struct Tried<S> {
    /// The row of the training split.
    pub row: usize,
    /// Who decided.
    pub session: S,
    /// What came of it; `None` = unscored.
    pub outcome: Option<Outcome>,
}

/// A method at work in one cell. Everything that it tries and learns from are training rows. By default it learns nothing.
pub trait Planner {
    /// Who decides in one episode.
    type Session: Session;

    /// The next episodes to learn from; none when learning is over.
    ///
    /// # Errors
    /// When the controller gives up.
    fn next(&mut self) -> Result<Vec<Trial<Self::Session>>> {
        Ok(Vec::new())
    }

    /// Learns from these episodes, in the order in which they were asked for; says so where that was a step of an optimiser.
    ///
    /// # Errors
    /// When the controller gives up.
    fn learn(&mut self, _tried: Vec<Tried<Self::Session>>) -> Result<Option<Update>> {
        Ok(None)
    }

    /// The episodes that answer these test queries: one for each, or several of which [`Planner::choose`] takes one.
    ///
    /// # Errors
    /// When the controller gives up.
    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial<Self::Session>>>>;

    /// Which of a query's episodes counts, by their whole rewards (`None` = unscored).
    fn choose(&self, _rewards: &[Option<f64>]) -> usize {
        0
    }

    /// The file in the cell's folder that holds what was learned; `None` where nothing is.
    fn file(&self) -> Option<&'static str> {
        None
    }

    /// Writes what was learned.
    ///
    /// # Errors
    /// When it cannot be written.
    fn save(&self, _path: &Path, _origin: &Origin) -> Result<()> {
        Ok(())
    }

    /// Takes what was learned from the file, which must belong to this experiment.
    ///
    /// # Errors
    /// When it cannot be read, is damaged or foreign.
    fn load(&mut self, _path: &Path, _origin: &Origin) -> Result<()> {
        Ok(())
    }
}

/// Something to be done with a planner, whichever it is.
pub trait Job {
    /// What comes of it.
    type Out;

    /// Does it.
    fn run<P: Planner>(self, planner: Result<P>) -> Self::Out;
}

/// Does something with a cell's planner, fresh from its making.
pub fn with_planner<J: Job>(cell: &Cell, job: J) -> J::Out {
    match (&cell.method.plan, &cell.settings) {
        (Plan::Fixed(graph), _) => job.run(Ok(fixed::Fixed(graph))),
        (_, None) => unreachable!("only a fixed graph has no settings"),
        (Plan::Drawn, Some(settings)) => job.run(drawn::Drawn::new(cell, settings)),
        (Plan::Gated(spec), Some(settings)) => job.run(gated::Gated::new(cell, spec, settings)),
        (Plan::Searched(spec), Some(settings)) => job.run(searched::Searched::new(cell, spec, settings)),
        (Plan::Routed(spec), Some(settings)) => job.run(routed::Routed::new(cell, spec, settings)),
        (Plan::Hindsight(spec), Some(_)) => job.run(hindsight::Hindsight::new(cell, spec)),
    }
}

/// S - lambda_c C - lambda_t T of an episode; `None` = unscored.
fn objective(outcome: Option<&Outcome>, settings: &Settings) -> Option<f64> {
    outcome.map(|outcome| outcome.reward(settings).total())
}

/// The graphs of which a domain has all operators.
///
/// # Errors
/// When it has all of none.
fn possible(key: &'static str, graphs: &[Graph], operators: &OperatorSet) -> Result<Vec<Graph>> {
    let there = |graph: &&Graph| graph.iter().flatten().all(|name: &OperatorName| operators.get(name).is_some());
    let possible: Vec<Graph> = graphs.iter().filter(there).cloned().collect();
    if possible.is_empty() {
        let names: Vec<&str> = operators.iter().map(|operator| &*operator.name().0).collect();
        let expected =
            format!("needs at least one graph of operators that work on these problems ({})", names.join(", "));
        return Err(ControllerError::Setting { key, value: format!("{} graphs", graphs.len()), expected });
    }
    Ok(possible)
}
