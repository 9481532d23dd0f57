//! One graph for all queries, found by successive halving on the training rows.

use std::path::Path;

use lamas_controller::Result;
use lamas_controller::checkpoint::Origin;
use lamas_controller::notes;
use lamas_controller::reinforce::Update;
use lamas_controller::search::{self, Halving};
use lamas_controller::settings::Settings;
use lamas_core::orchestrator::FixedGraph;
use lamas_core::random::Seed;
use serde::{Deserialize, Serialize};

use super::FOUND;
use super::rows::sequence;
use super::{Planner, Trial, Tried, objective};
use crate::run::cell::Cell;
use lamas_experiment::config::plan::{Graph, SearchSpec};

const KIND: &str = "search";

/// A race among graphs.
pub struct Searched<'a> {
    settings: &'a Settings,
    graphs: Vec<Graph>,
    race: Halving,
    /// Training rows with their passes, in the order in which the race goes through them.
    sequence: Vec<(u32, usize)>,
    winner: Option<Graph>,
}

/// What the race has found.
#[derive(Debug, Serialize, Deserialize)]
struct Found {
    /// The graph with the best lower bound of those in the last round.
    graph: Graph,
    /// All that ran, as they were proposed.
    candidates: Vec<Candidate>,
}

/// One graph of the race.
#[derive(Debug, Serialize, Deserialize)]
struct Candidate {
    graph: Graph,
    /// Scored episodes.
    episodes: usize,
    /// Mean of S - lambda_c C - lambda_t T; `None` without any.
    mean: Option<f64>,
    /// Its lower confidence bound; `None` with fewer than two.
    lower: Option<f64>,
}

/// The race that an experiment's training rows and passes allow.
#[must_use]
pub fn race(spec: &SearchSpec, settings: &Settings, rows: usize) -> Halving {
    Halving::new(spec.candidates, spec.rows, settings.passes as usize * rows)
}

impl<'a> Searched<'a> {
    /// A race that has not begun.
    ///
    /// # Errors
    /// When the settings do not fit the operators.
    pub fn new(cell: &Cell, spec: &SearchSpec, settings: &'a Settings) -> Result<Self> {
        let actions = cell.data.actions(&settings.fallback)?;
        let mut race = race(spec, settings, cell.data.dataset.train.len());
        let mut random = Seed(cell.seed).stream("graphs", &[]);
        let graphs = search::propose(&actions, settings.layers, spec.width, race.candidates(), &mut random);
        if graphs.len() < race.candidates() {
            // A space this small leaves fewer to race.
            race = self::race(
                &SearchSpec { candidates: graphs.len(), ..spec.clone() },
                settings,
                cell.data.dataset.train.len(),
            );
        }
        let named = |graph: &search::Graph| -> Graph {
            graph.iter().map(|layer| layer.iter().map(|&o| actions.names()[o].clone()).collect()).collect()
        };
        let graphs = graphs.iter().map(named).collect();
        Ok(Self { settings, graphs, race, sequence: sequence(cell, settings), winner: None })
    }

    fn found(&self) -> Found {
        let finite = |value: f64| value.is_finite().then_some(value);
        let candidate = |index: usize| Candidate {
            graph: self.graphs[index].clone(),
            episodes: self.race.count(index),
            mean: finite(self.race.mean(index)),
            lower: finite(self.race.lower(index)),
        };
        Found {
            graph: self.graphs[self.race.winner()].clone(),
            candidates: (0..self.race.candidates()).map(candidate).collect(),
        }
    }
}

impl Planner for Searched<'_> {
    type Session = FixedGraph;

    fn next(&mut self) -> Result<Vec<Trial<FixedGraph>>> {
        let Some(round) = self.race.round() else { return Ok(Vec::new()) };
        let rows = &self.sequence[round.places];
        let of = |&candidate: &usize| {
            let graph = &self.graphs[candidate];
            rows.iter().map(move |&(pass, row)| Trial { row, pass, session: FixedGraph::new(graph.clone()) })
        };
        Ok(round.candidates.iter().flat_map(of).collect())
    }

    fn learn(&mut self, tried: Vec<Tried<FixedGraph>>) -> Result<Option<Update>> {
        let Some(round) = self.race.round() else { return Ok(None) };
        let values: Vec<_> = tried.iter().map(|tried| objective(tried.outcome.as_ref(), self.settings)).collect();
        let by_candidate: Vec<_> = values.chunks(round.places.len()).map(<[_]>::to_vec).collect();
        self.race.record(&by_candidate);
        Ok(None)
    }

    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial<FixedGraph>>>> {
        let graph = self.winner.as_ref().unwrap_or(&self.graphs[self.race.winner()]);
        let trial = |&row: &usize| vec![Trial { row, pass: 0, session: FixedGraph::new(graph.clone()) }];
        Ok(rows.iter().map(trial).collect())
    }

    fn file(&self) -> Option<&'static str> {
        Some(FOUND)
    }

    fn save(&self, path: &Path, origin: &Origin) -> Result<()> {
        notes::save(path, KIND, &self.found(), origin, self.settings)
    }

    fn load(&mut self, path: &Path, origin: &Origin) -> Result<()> {
        let found: Found = notes::load(path, KIND, origin, self.settings)?;
        self.winner = Some(found.graph);
        Ok(())
    }
}
