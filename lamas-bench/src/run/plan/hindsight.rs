//! Of a handful of graphs the one that turns out best: all run on the very query, several times each, and the graph with
//! the best mean of S - lambda_c C - lambda_t T gives the answer. Of its samples the first counts, which is the one that
//! every other method sees. It is a bound and no method, since it knows what it cannot know.

use lamas_controller::Result;
use lamas_controller::neighbours::best;
use lamas_core::orchestrator::FixedGraph;

use super::{Planner, Trial, possible};
use crate::run::cell::Cell;
use lamas_experiment::config::plan::{Graph, HindsightSpec};

/// A handful of graphs and how often each runs.
pub struct Hindsight {
    graphs: Vec<Graph>,
    samples: u32,
}

impl Hindsight {
    /// The graphs that a cell's domain has all operators for.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(cell: &Cell, spec: &HindsightSpec) -> Result<Self> {
        let graphs = possible("hindsight.graphs", &spec.graphs, &cell.data.operators)?;
        Ok(Self { graphs, samples: spec.samples })
    }

    /// Episodes for each test query.
    #[must_use]
    pub fn attempts(&self) -> usize {
        self.graphs.len() * self.samples as usize
    }
}

impl Planner for Hindsight {
    type Session = FixedGraph;

    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial<FixedGraph>>>> {
        let attempts = |&row: &usize| -> Vec<Trial<FixedGraph>> {
            let of = |graph: &Graph| {
                let graph = graph.clone();
                (0..self.samples).map(move |pass| Trial { row, pass, session: FixedGraph::new(graph.clone()) })
            };
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
        let two = Hindsight { graphs: vec![Vec::new(), Vec::new()], samples: 3 };
        assert_eq!(two.attempts(), 6);
        assert_eq!(two.choose(&[Some(1.0), Some(0.0), Some(0.0), Some(0.0), Some(1.0), Some(0.9)]), 3);
        assert_eq!(two.choose(&[Some(0.5), None, None, Some(0.5), Some(0.5), Some(0.4)]), 0);
    }
}
