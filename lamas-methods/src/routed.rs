//! Of a handful of graphs the one that was best on the nearest training rows.

use std::path::Path;
use std::sync::Arc;

use lamas_controller::Result;
use lamas_controller::checkpoint::Origin;
use lamas_controller::neighbours::{best, nearest};
use lamas_controller::notes;
use lamas_controller::reinforce::Update;
use lamas_controller::settings::Settings;
use lamas_core::operator::OperatorName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::graph::{self, Graph, possible};
use crate::ground::Ground;
use crate::limit::Limit;
use crate::material::Material;
use crate::plan::{self, Episodes, Kind, Plan, SettingsGrid, Tunable};
use crate::planner::{FOUND, Planner, Trial, TrialResult};
use crate::spec::Spec;

/// What [`FOUND`] says that it is.
const NOTE: &str = "neighbours";

/// A handful of graphs, one of which a query gets for what it brought on similar training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteSpec {
    /// The graphs; those with operators that a domain lacks are left out.
    pub graphs: Vec<Graph>,
    /// How many training rows a query is compared with; 16.
    #[serde(default = "sixteen")]
    pub neighbours: usize,
}

fn sixteen() -> usize {
    16
}

impl Spec for RouteSpec {
    fn limits(&self) -> Vec<Limit> {
        let mut limits = graph::limits("route.graphs", &self.graphs);
        limits.push(Limit::new("route.neighbours", self.neighbours, 1_000_000));
        limits
    }

    fn check(&self) -> Result<(), Fault> {
        graph::check("route.graphs", &self.graphs)
    }

    fn operators(&self) -> Vec<(String, OperatorName)> {
        graph::named("route.graphs", &self.graphs)
    }

    fn plans(&self, settings: SettingsGrid<'_>) -> Result<Vec<Arc<dyn Plan>>, String> {
        plan::each(self, settings)
    }
}

impl Tunable for RouteSpec {
    const NAME: &'static str = "routed";
    const SHARES_EPISODES: bool = true;

    fn kind(&self, _settings: &Settings) -> Kind {
        Kind::Routed
    }

    fn fits(&self, _settings: &Settings, ground: &Ground<'_>) -> Result<(), Fault> {
        graph::fit("route.graphs", &self.graphs, ground)
    }

    fn may_run(&self) -> Vec<OperatorName> {
        self.names()
    }

    fn episodes(&self, settings: &Settings, material: &Material<'_>) -> Episodes {
        let graphs = possible("route.graphs", &self.graphs, material.operators).map_or(0, |graphs| graphs.len());
        Episodes { train: graphs * affordable(graphs, settings, material.train.len()), per_answer: 1 }
    }

    fn planner<'a>(&'a self, settings: &'a Arc<Settings>, material: Material<'a>) -> Result<Box<dyn Planner + 'a>> {
        Ok(Box::new(Routed::new(self, settings, material)?))
    }
}

/// How many rows the whole handful can run on within K passes' episodes, and each at most once a pass.
fn affordable(graphs: usize, settings: &Settings, rows: usize) -> usize {
    let passes = settings.passes as usize;
    (passes * rows).checked_div(graphs).unwrap_or(0).min(rows)
}

/// What each graph brought on the training rows.
struct Routed<'a> {
    material: Material<'a>,
    settings: &'a Settings,
    neighbours: usize,
    /// Training rows that the handful runs on, with their passes.
    sequence: Vec<(u32, usize)>,
    table: Table,
    is_over: bool,
}

/// The table that queries are routed by.
#[derive(Debug, Serialize, Deserialize)]
struct Table {
    /// The handful.
    graphs: Vec<Arc<Graph>>,
    /// The training rows, by number.
    rows: Vec<usize>,
    /// `[graphs][rows]`: S - lambda_c C - lambda_t T; `None` = unscored.
    values: Vec<Vec<Option<f64>>>,
}

impl<'a> Routed<'a> {
    /// A table without values.
    fn new(spec: &RouteSpec, settings: &'a Settings, material: Material<'a>) -> Result<Self> {
        let graphs = possible("route.graphs", &spec.graphs, material.operators)?;
        let graphs: Vec<_> = graphs.into_iter().map(Arc::new).collect();
        let mut sequence = material.sequence(settings.passes);
        sequence.truncate(affordable(graphs.len(), settings, material.train.len()));
        let rows = sequence.iter().map(|(_, row)| *row).collect();
        let table = Table { values: vec![Vec::new(); graphs.len()], graphs, rows };
        Ok(Self { material, settings, neighbours: spec.neighbours, sequence, table, is_over: false })
    }
}

impl Planner for Routed<'_> {
    fn next(&mut self) -> Result<Vec<Trial>> {
        if std::mem::replace(&mut self.is_over, true) {
            return Ok(Vec::new());
        }
        let of = |graph| self.sequence.iter().map(move |&(pass, row)| Trial::of_graph(row, pass, graph));
        Ok(self.table.graphs.iter().flat_map(of).collect())
    }

    fn learn(&mut self, results: Vec<TrialResult>) -> Result<Option<Update>> {
        let values: Vec<_> = results.iter().map(|result| result.reward(self.settings)).collect();
        self.table.values = values.chunks(self.sequence.len()).map(<[_]>::to_vec).collect();
        Ok(None)
    }

    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial>>> {
        let Table { graphs, rows: known, values } = &self.table;
        let trial = |&row: &usize| {
            let near = nearest(self.material.test.row(row), self.material.train, known, self.neighbours);
            vec![Trial::of_graph(row, 0, &graphs[best(values, &near)])]
        };
        Ok(rows.iter().map(trial).collect())
    }

    fn file(&self) -> Option<&'static str> {
        Some(FOUND)
    }

    fn save(&self, path: &Path, origin: &Origin) -> Result<()> {
        notes::save(path, NOTE, &self.table, origin, self.settings)
    }

    fn load(&mut self, path: &Path, origin: &Origin) -> Result<()> {
        self.table = notes::load(path, NOTE, origin, self.settings)?;
        Ok(())
    }
}
