//! Of a handful of graphs the one that turns out best: all run on the very query, several times each, and the graph with
//! the best mean of S - lambda_c C - lambda_t T gives the answer. Of its samples the first counts, which is the one that
//! every other method sees. It is a bound and no method, since it knows what it cannot know.

use std::sync::Arc;

use lamas_controller::Result;
use lamas_controller::neighbours::best;
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
use crate::planner::{Planner, Trial};
use crate::spec::Spec;

/// A handful of graphs, the best of which a query gets after all have run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HindsightSpec {
    /// The graphs; those with operators that a domain lacks are left out.
    pub graphs: Vec<Graph>,
    /// How often each runs on each query; 3.
    #[serde(default = "three")]
    pub samples: u32,
}

fn three() -> u32 {
    3
}

impl Spec for HindsightSpec {
    fn limits(&self) -> Vec<Limit> {
        let mut limits = graph::limits("hindsight.graphs", &self.graphs);
        limits.push(Limit::new("hindsight.samples", self.samples as usize, 10_000));
        limits
    }

    fn check(&self) -> Result<(), Fault> {
        graph::check("hindsight.graphs", &self.graphs)
    }

    fn operators(&self) -> Vec<(String, OperatorName)> {
        graph::named("hindsight.graphs", &self.graphs)
    }

    fn plans(&self, settings: SettingsGrid<'_>) -> Result<Vec<Arc<dyn Plan>>, String> {
        plan::each(self, settings)
    }
}

impl Tunable for HindsightSpec {
    const NAME: &'static str = "hindsight";
    const SHARES_EPISODES: bool = true;

    fn kind(&self, _settings: &Settings) -> Kind {
        Kind::Hindsight
    }

    fn fits(&self, _settings: &Settings, ground: &Ground<'_>) -> Result<(), Fault> {
        graph::fit("hindsight.graphs", &self.graphs, ground)
    }

    fn may_run(&self) -> Vec<OperatorName> {
        self.names()
    }

    fn episodes(&self, _settings: &Settings, material: &Material<'_>) -> Episodes {
        let handful = Handful::new(self, material);
        Episodes { train: 0, per_answer: handful.map_or(1, |handful| handful.attempts()) }
    }

    fn planner<'a>(&'a self, _settings: &'a Arc<Settings>, material: Material<'a>) -> Result<Box<dyn Planner + 'a>> {
        Ok(Box::new(Handful::new(self, &material)?))
    }
}

/// The graphs that can run on a problem set, and how often each does.
struct Handful {
    graphs: Vec<Arc<Graph>>,
    samples: u32,
}

impl Handful {
    fn new(spec: &HindsightSpec, material: &Material<'_>) -> Result<Self> {
        let graphs = possible("hindsight.graphs", &spec.graphs, material.operators)?;
        Ok(Self { graphs: graphs.into_iter().map(Arc::new).collect(), samples: spec.samples })
    }

    /// Episodes for each test query.
    fn attempts(&self) -> usize {
        self.graphs.len() * self.samples as usize
    }
}

impl Planner for Handful {
    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial>>> {
        let attempts = |&row: &usize| -> Vec<Trial> {
            let of = |graph| (0..self.samples).map(move |pass| Trial::of_graph(row, pass, graph));
            self.graphs.iter().flat_map(of).collect()
        };
        Ok(rows.iter().map(attempts).collect())
    }

    fn choose(&self, rewards: &[Option<f64>]) -> usize {
        let samples = self.samples as usize;
        let values: Vec<Vec<Option<f64>>> = rewards.chunks(samples).map(<[_]>::to_vec).collect();
        best(&values, &(0..samples).collect::<Vec<_>>()) * samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graph_with_the_best_mean_counts_with_its_first_sample() {
        let two = Handful { graphs: vec![Arc::default(), Arc::default()], samples: 3 };
        assert_eq!(two.attempts(), 6);
        assert_eq!(two.choose(&[Some(1.0), Some(0.0), Some(0.0), Some(0.0), Some(1.0), Some(0.9)]), 3);
        assert_eq!(two.choose(&[Some(0.5), None, None, Some(0.5), Some(0.5), Some(0.4)]), 0);
    }
}
