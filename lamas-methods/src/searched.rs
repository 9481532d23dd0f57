//! One graph for all queries, found by successive halving on the training rows.

use std::path::Path;
use std::sync::Arc;

use lamas_controller::Result;
use lamas_controller::checkpoint::Origin;
use lamas_controller::notes;
use lamas_controller::reinforce::Update;
use lamas_controller::search::{self, Halving};
use lamas_controller::settings::Settings;
use lamas_core::operator::OperatorName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::graph::{self, Graph, MOST_OPERATORS, possible};
use crate::ground::Ground;
use crate::limit::Limit;
use crate::material::Material;
use crate::plan::{self, Episodes, Kind, Plan, SettingsGrid, Tunable};
use crate::planner::{FOUND, Planner, Trial, TrialResult};
use crate::spec::Spec;

/// What [`FOUND`] says that it is.
const NOTE: &str = "search";

/// A search for one graph: a tournament among random layered graphs on the training rows, with as many episodes as the
/// controller's K passes take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SearchSpec {
    /// Graphs that start at most; fewer where the episodes would not do; 32.
    pub candidates: usize,
    /// Training rows that each of them gets in the first round at least; 4.
    pub rows: usize,
    /// The most operators of a layer; 3.
    pub width: usize,
    /// The graphs among which to search, those with operators that a domain lacks left out, from the first on as many as a
    /// tournament takes; random layers by default.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub graphs: Vec<Graph>,
}

impl Default for SearchSpec {
    fn default() -> Self {
        Self { candidates: 32, rows: 4, width: 3, graphs: Vec::new() }
    }
}

impl Spec for SearchSpec {
    fn limits(&self) -> Vec<Limit> {
        let own = [
            Limit::new("search.candidates", self.candidates, 10_000),
            Limit::new("search.rows", self.rows, 1_000_000),
            Limit::new("search.width", self.width, MOST_OPERATORS),
        ];
        let given = if self.graphs.is_empty() { Vec::new() } else { graph::limits("search.graphs", &self.graphs) };
        own.into_iter().chain(given).collect()
    }

    fn check(&self) -> Result<(), Fault> {
        graph::check("search.graphs", &self.graphs)
    }

    fn operators(&self) -> Vec<(String, OperatorName)> {
        graph::named("search.graphs", &self.graphs)
    }

    fn plans(&self, settings: SettingsGrid<'_>) -> Result<Vec<Arc<dyn Plan>>, String> {
        plan::each(self, settings)
    }
}

impl Tunable for SearchSpec {
    const NAME: &'static str = "searched";
    const SHARES_EPISODES: bool = true;

    fn kind(&self, _settings: &Settings) -> Kind {
        Kind::Searched
    }

    fn fits(&self, settings: &Settings, ground: &Ground<'_>) -> Result<(), Fault> {
        match self.graphs.is_empty() {
            true => ground.actions(settings).map(drop),
            false => graph::fit("search.graphs", &self.graphs, ground),
        }
    }

    fn episodes(&self, settings: &Settings, material: &Material<'_>) -> Episodes {
        let given = possible("search.graphs", &self.graphs, material.operators).map_or(0, |graphs| graphs.len());
        let most = if self.graphs.is_empty() { self.candidates } else { given.min(self.candidates) };
        Episodes { train: self.tournament(most, settings, material).episodes(), per_answer: 1 }
    }

    fn planner<'a>(&'a self, settings: &'a Arc<Settings>, material: Material<'a>) -> Result<Box<dyn Planner + 'a>> {
        Ok(Box::new(Searched::new(self, settings, &material)?))
    }
}

impl SearchSpec {
    /// The tournament of at most `most` graphs that the training rows and passes allow.
    fn tournament(&self, most: usize, settings: &Settings, material: &Material<'_>) -> Halving {
        Halving::new(most, self.rows, settings.passes as usize * material.train.len())
    }
}

/// A tournament among graphs.
struct Searched<'a> {
    settings: &'a Settings,
    graphs: Vec<Arc<Graph>>,
    tournament: Halving,
    /// Training rows with their passes, in the order in which the tournament goes through them.
    sequence: Vec<(u32, usize)>,
    winner: Option<Arc<Graph>>,
}

/// What the tournament has found.
#[derive(Debug, Serialize, Deserialize)]
struct Found {
    /// The graph with the best lower bound of those in the last round.
    graph: Arc<Graph>,
    /// All that ran, as they were proposed.
    candidates: Vec<Candidate>,
}

/// One graph of the tournament.
#[derive(Debug, Serialize, Deserialize)]
struct Candidate {
    graph: Arc<Graph>,
    /// Scored episodes.
    episodes: usize,
    /// Mean of S - lambda_c C - lambda_t T; `None` without any.
    mean: Option<f64>,
    /// Its lower confidence bound; `None` with fewer than two.
    lower: Option<f64>,
}

impl<'a> Searched<'a> {
    /// A tournament that has not begun.
    fn new(spec: &SearchSpec, settings: &'a Settings, material: &Material<'_>) -> Result<Self> {
        let mut tournament = spec.tournament(spec.candidates, settings, material);
        let mut graphs = match spec.graphs.is_empty() {
            true => random(spec, settings, material, tournament.candidates())?,
            false => possible("search.graphs", &spec.graphs, material.operators)?,
        };
        if graphs.len() < tournament.candidates() {
            // A space this small has fewer of them.
            tournament = spec.tournament(graphs.len(), settings, material);
        }
        graphs.truncate(tournament.candidates());
        let (graphs, sequence) = (graphs.into_iter().map(Arc::new).collect(), material.sequence(settings.passes));
        Ok(Self { settings, graphs, tournament, sequence, winner: None })
    }

    fn found(&self) -> Found {
        let finite = |value: f64| value.is_finite().then_some(value);
        let candidate = |index: usize| Candidate {
            graph: Arc::clone(&self.graphs[index]),
            episodes: self.tournament.count(index),
            mean: finite(self.tournament.mean(index)),
            lower: finite(self.tournament.lower(index)),
        };
        Found {
            graph: Arc::clone(&self.graphs[self.tournament.winner()]),
            candidates: (0..self.tournament.candidates()).map(candidate).collect(),
        }
    }
}

/// So many random layered graphs of the operators that a controller chooses from; fewer where there are fewer.
fn random(spec: &SearchSpec, settings: &Settings, material: &Material<'_>, count: usize) -> Result<Vec<Graph>> {
    let actions = material.actions(settings)?;
    let mut random = material.seed.stream("graphs", &[]);
    let graphs = search::propose(&actions, settings.layers, spec.width, count, &mut random);
    let names = |layer: &Vec<usize>| layer.iter().map(|&o| actions.names()[o].clone()).collect::<Vec<_>>();
    Ok(graphs.iter().map(|graph| graph.iter().map(names).collect()).collect())
}

impl Planner for Searched<'_> {
    fn next(&mut self) -> Result<Vec<Trial>> {
        let Some(round) = self.tournament.round() else { return Ok(Vec::new()) };
        let rows = &self.sequence[round.places];
        let of = |&candidate: &usize| {
            let graph = &self.graphs[candidate];
            rows.iter().map(move |&(pass, row)| Trial::of_graph(row, pass, graph))
        };
        Ok(round.candidates.iter().flat_map(of).collect())
    }

    fn learn(&mut self, results: Vec<TrialResult>) -> Result<Option<Update>> {
        let Some(round) = self.tournament.round() else { return Ok(None) };
        let values: Vec<_> = results.iter().map(|result| result.reward(self.settings)).collect();
        let by_candidate: Vec<_> = values.chunks(round.places.len()).map(<[_]>::to_vec).collect();
        self.tournament.record(&by_candidate);
        Ok(None)
    }

    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial>>> {
        let graph = self.winner.as_ref().unwrap_or(&self.graphs[self.tournament.winner()]);
        Ok(rows.iter().map(|&row| vec![Trial::of_graph(row, 0, graph)]).collect())
    }

    fn file(&self) -> Option<&'static str> {
        Some(FOUND)
    }

    fn save(&self, path: &Path, origin: &Origin) -> Result<()> {
        notes::save(path, NOTE, &self.found(), origin, self.settings)
    }

    fn load(&mut self, path: &Path, origin: &Origin) -> Result<()> {
        let found: Found = notes::load(path, NOTE, origin, self.settings)?;
        self.winner = Some(found.graph);
        Ok(())
    }
}
