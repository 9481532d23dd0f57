//! Of a handful of graphs the one that was best on the nearest training rows.

use std::path::Path;

use lamas_controller::Result;
use lamas_controller::checkpoint::Origin;
use lamas_controller::neighbours::{best, nearest};
use lamas_controller::notes;
use lamas_controller::reinforce::Update;
use lamas_controller::settings::Settings;
use lamas_core::orchestrator::FixedGraph;
use serde::{Deserialize, Serialize};

use super::FOUND;
use super::rows::sequence;
use super::{Planner, Trial, Tried, objective, possible};
use crate::run::cell::Cell;
use crate::run::prepare::Prepared;
use lamas_experiment::config::plan::{Graph, RouteSpec};

const KIND: &str = "neighbours";

/// What each graph brought on the training rows.
pub struct Routed<'a> {
    cell: &'a Cell,
    settings: &'a Settings,
    neighbours: usize,
    /// Training rows that the handful runs on, with their passes.
    sequence: Vec<(u32, usize)>,
    table: Table,
    tried: bool,
}

/// The table that queries are routed by.
#[derive(Debug, Serialize, Deserialize)]
struct Table {
    /// The handful.
    graphs: Vec<Graph>,
    /// The training rows, by number.
    rows: Vec<usize>,
    /// `[graphs][rows]`: S - lambda_c C - lambda_t T; `None` = unscored.
    values: Vec<Vec<Option<f64>>>,
}

/// How many episodes it learns from.
#[must_use]
pub fn episodes(spec: &RouteSpec, settings: &Settings, data: &Prepared) -> usize {
    let graphs = possible("route.graphs", &spec.graphs, &data.operators).map_or(0, |graphs| graphs.len());
    graphs * affordable(graphs, settings, data.dataset.train.len())
}

/// How many rows the whole handful can run on within K passes' episodes, and each at most once a pass.
fn affordable(graphs: usize, settings: &Settings, rows: usize) -> usize {
    let passes = settings.passes as usize;
    (passes * rows).checked_div(graphs).unwrap_or(0).min(rows)
}

impl<'a> Routed<'a> {
    /// A table without values.
    ///
    /// # Errors
    /// When no graph of the handful can run on these problems.
    pub fn new(cell: &'a Cell, spec: &RouteSpec, settings: &'a Settings) -> Result<Self> {
        let graphs = possible("route.graphs", &spec.graphs, &cell.data.operators)?;
        let mut sequence = sequence(cell, settings);
        sequence.truncate(affordable(graphs.len(), settings, cell.data.dataset.train.len()));
        let rows = sequence.iter().map(|(_, row)| *row).collect();
        let table = Table { values: vec![Vec::new(); graphs.len()], graphs, rows };
        Ok(Self { cell, settings, neighbours: spec.neighbours, sequence, table, tried: false })
    }
}

impl Planner for Routed<'_> {
    type Session = FixedGraph;

    fn next(&mut self) -> Result<Vec<Trial<FixedGraph>>> {
        if std::mem::replace(&mut self.tried, true) {
            return Ok(Vec::new());
        }
        let of = |graph: &Graph| {
            let graph = graph.clone();
            self.sequence.iter().map(move |&(pass, row)| Trial { row, pass, session: FixedGraph::new(graph.clone()) })
        };
        Ok(self.table.graphs.iter().flat_map(of).collect())
    }

    fn learn(&mut self, tried: Vec<Tried<FixedGraph>>) -> Result<Option<Update>> {
        let values: Vec<_> = tried.iter().map(|tried| objective(tried.outcome.as_ref(), self.settings)).collect();
        self.table.values = values.chunks(self.sequence.len()).map(<[_]>::to_vec).collect();
        Ok(None)
    }

    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial<FixedGraph>>>> {
        let Table { graphs, rows: known, values } = &self.table;
        let trial = |&row: &usize| {
            let near = nearest(self.cell.data.test.row(row), &self.cell.data.train, known, self.neighbours);
            let graph = graphs[best(values, &near)].clone();
            vec![Trial { row, pass: 0, session: FixedGraph::new(graph) }]
        };
        Ok(rows.iter().map(trial).collect())
    }

    fn file(&self) -> Option<&'static str> {
        Some(FOUND)
    }

    fn save(&self, path: &Path, origin: &Origin) -> Result<()> {
        notes::save(path, KIND, &self.table, origin, self.settings)
    }

    fn load(&mut self, path: &Path, origin: &Origin) -> Result<()> {
        self.table = notes::load(path, KIND, origin, self.settings)?;
        Ok(())
    }
}
