//! The shapes of the graphs that a method ran, steps before and after the layers left out.

use std::collections::BTreeSet;

use lamas_core::operator::OperatorName;
use lamas_core::orchestrator::LayerReport;

/// What is said of the graphs of a method.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Graphs {
    /// How many different ones for one seed, the seed with the most.
    pub distinct: usize,
    /// Layers, as a mean over episodes; every node of a graph without layers counts as one.
    pub layers: f64,
    /// Operators in the widest layer of any.
    pub widest: usize,
    /// Whether any layer was a race that did not wait for all.
    pub races: bool,
    /// Whether any two operators of a graph could run side by side, where the schedule lets them.
    pub parallel: bool,
}

/// A graph as far as two of them are the same: which operators, and what they read. Whether one had nothing to do is left
/// out: the graph that was asked for is the same.
type Shape = Vec<(Vec<OperatorName>, Option<Vec<usize>>)>;

/// Graphs while they are being read.
#[derive(Debug, Clone, Default)]
pub struct GraphCount {
    graphs: Graphs,
    /// Those of the seed being read.
    seen: BTreeSet<Shape>,
    episodes: f64,
}

impl GraphCount {
    /// The next episodes are those of another seed.
    pub fn next_seed(&mut self) {
        self.seen.clear();
    }

    /// Adds an episode.
    pub fn add(&mut self, layers: Vec<LayerReport>) {
        let graphs = &mut self.graphs;
        self.episodes += 1.0;
        graphs.layers += layers.len() as f64;
        let widest = layers.iter().map(|layer| layer.operators.len()).max();
        graphs.widest = graphs.widest.max(widest.unwrap_or(0));
        graphs.parallel |= parallel(&layers);
        graphs.races |= layers.iter().any(|layer| !layer.waves.is_empty());
        let names = |layer: LayerReport| layer.operators.into_iter().map(|report| report.operator).collect();
        self.seen.insert(
            layers
                .into_iter()
                .map(|mut layer| {
                    let reads = layer.reads.take();
                    (names(layer), reads)
                })
                .collect(),
        );
        graphs.distinct = graphs.distinct.max(self.seen.len());
    }

    /// What is said of them.
    #[must_use]
    pub fn finish(self) -> Graphs {
        Graphs { layers: self.graphs.layers / self.episodes, ..self.graphs }
    }
}

/// Whether two operators need not wait for each other: two of one layer, or two nodes of which neither reads the other, not
/// by way of others either.
fn parallel(layers: &[LayerReport]) -> bool {
    let mut before: Vec<BTreeSet<usize>> = Vec::with_capacity(layers.len());
    for (index, layer) in layers.iter().enumerate() {
        let all: BTreeSet<usize> = match &layer.reads {
            None => (0..index).collect(),
            Some(reads) => {
                let further = reads.iter().filter_map(|&read| before.get(read)).flatten().copied();
                further.chain(reads.iter().copied()).collect()
            }
        };
        if layer.operators.len() > 1 || all.len() < index {
            return true;
        }
        before.push(all);
    }
    false
}

#[cfg(test)]
mod tests {
    use lamas_core::orchestrator::OperatorReport;
    use lamas_core::trace::Part;
    use lamas_core::units::Tokens;

    use super::*;

    fn layer(names: &[&str], reads: Option<&[usize]>) -> LayerReport {
        let report = |name: &&str| OperatorReport {
            operator: (*name).trim_start_matches('!').into(),
            skipped: name.starts_with('!'),
            ran: None,
            output: Tokens(1),
            part: Part::Needed,
            failed: false,
        };
        LayerReport {
            operators: names.iter().map(report).collect(),
            reads: reads.map(<[usize]>::to_vec),
            waves: vec![],
        }
    }

    fn of(episodes: &[Vec<LayerReport>]) -> Graphs {
        let mut count = GraphCount::default();
        episodes.iter().for_each(|layers| count.add(layers.clone()));
        count.finish()
    }

    #[test]
    fn case_a_node_that_reads_many_is_one_operator_wide() {
        let nodes = ["generate", "generate_cot", "programmer", "multi_generate_cot", "self_refine"];
        let mut graph: Vec<LayerReport> = nodes.iter().map(|name| layer(&[name], Some(&[]))).collect();
        graph.push(layer(&["sc_ensemble"], Some(&[0, 1, 2, 3, 4])));
        let graphs = of(&[graph]);
        assert_eq!((graphs.widest, graphs.layers, graphs.distinct, graphs.parallel), (1, 6.0, 1, true));
    }

    #[test]
    fn layers_are_counted_as_they_ran() {
        let wide = vec![layer(&["generate", "generate_cot"], None), layer(&["!sc_ensemble"], None)];
        let same = vec![layer(&["generate", "generate_cot"], None), layer(&["sc_ensemble"], None)];
        let other = vec![layer(&["generate"], None)];
        assert_eq!(
            of(&[wide, same, other]),
            Graphs { distinct: 2, layers: 5.0 / 3.0, widest: 2, races: false, parallel: true }
        );
        assert_eq!(of(&[vec![]]), Graphs { distinct: 1, ..Graphs::default() });
    }

    #[test]
    fn what_a_node_reads_makes_another_graph() {
        let chain = vec![layer(&["a"], Some(&[])), layer(&["b"], Some(&[0])), layer(&["c"], Some(&[1]))];
        let further = vec![layer(&["a"], Some(&[])), layer(&["b"], Some(&[0])), layer(&["c"], Some(&[0, 1]))];
        let fork = vec![layer(&["a"], Some(&[])), layer(&["b"], Some(&[0])), layer(&["c"], Some(&[0]))];
        assert!(!parallel(&chain) && !parallel(&further), "c waits for both, by way of b");
        assert!(parallel(&fork));
        assert_eq!(of(&[chain, further, fork]).distinct, 3);
    }

    #[test]
    fn graphs_are_counted_for_each_seed() {
        let mut count = GraphCount::default();
        for seed in [&["a", "b"][..], &["c"]] {
            count.next_seed();
            seed.iter().for_each(|name| count.add(vec![layer(&[name], None)]));
        }
        assert_eq!(count.finish().distinct, 2);
    }
}
