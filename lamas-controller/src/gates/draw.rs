use lamas_core::operator::OperatorName;
use lamas_core::orchestrator::Node;
use lamas_core::race::Race;
use lamas_core::random::Stream;
use rand::RngExt;

use super::Layout;
use crate::settings::Selection;

/// A draw of all gates that were asked: those of the operators, and those of the pairs of which both run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// `[positions]`: the raw gates of the operators.
    pub open: Vec<bool>,
    /// The positions that run, the environment's fallback among them.
    pub executed: Vec<usize>,
    /// The raw gates of the pairs among these.
    pub edges: Vec<Edge>,
}

/// The gate of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// Position of the operator that is read.
    pub from: usize,
    /// Position of the operator that reads.
    pub to: usize,
    /// Whether it does.
    pub open: bool,
}

impl Draw {
    /// Draws from `logits: [gates]`, or opens what is at least as likely open as closed.
    #[must_use]
    pub fn new(layout: &Layout, logits: &[f64], selection: Selection, random: &mut Stream) -> Self {
        let mut open = |gate: usize| match selection {
            Selection::Draw => random.random::<f64>() < sigmoid(logits[gate]),
            Selection::MostProbable => logits[gate] >= 0.0,
        };
        let kept: Vec<bool> = (0..layout.order().len()).map(&mut open).collect();
        let executed = layout.executed(&kept);
        let asked = layout.pairs().into_iter().filter(|(from, to)| executed.contains(from) && executed.contains(to));
        let edges = asked.map(|(from, to)| Edge { from, to, open: open(layout.pair_gate(from, to)) }).collect();
        Self { open: kept, executed, edges }
    }

    /// The gates that were asked, each with what was drawn.
    pub fn factors(&self, layout: &Layout) -> impl Iterator<Item = (usize, bool)> {
        let operators = self.open.iter().copied().enumerate();
        operators.chain(self.edges.iter().map(|edge| (layout.pair_gate(edge.from, edge.to), edge.open)))
    }

    /// The graph: what runs, in order, and what each reads. Without gates for pairs each reads the one before it, which
    /// holds all that went before.
    #[must_use]
    pub fn nodes(&self, layout: &Layout, names: &[OperatorName]) -> Vec<Node> {
        let reads = |place: usize, position: usize| -> Vec<usize> {
            if !layout.edges() {
                return place.checked_sub(1).into_iter().collect();
            }
            let open = |from: usize| self.edges.iter().any(|e| e.open && (e.from, e.to) == (from, position));
            (0..place).filter(|&earlier| open(self.executed[earlier])).collect()
        };
        let node = |(place, &position): (usize, &usize)| Node {
            race: Race::of(names[layout.order()[position]].clone()),
            reads: reads(place, position),
        };
        self.executed.iter().enumerate().map(node).collect()
    }

    /// `log pi` of the raw draw, in nats.
    #[must_use]
    pub fn log_prob(&self, layout: &Layout, logits: &[f64]) -> f64 {
        self.factors(layout).map(|(gate, open)| log_sigmoid(if open { logits[gate] } else { -logits[gate] })).sum()
    }

    /// Mean entropy of the gates that were asked, in nats.
    #[must_use]
    pub fn entropy(&self, layout: &Layout, logits: &[f64]) -> f64 {
        let of = |z: f64| -(sigmoid(z) * log_sigmoid(z) + sigmoid(-z) * log_sigmoid(-z));
        let (sum, count) =
            self.factors(layout).fold((0.0, 0.0), |(sum, count), (gate, _)| (sum + of(logits[gate]), count + 1.0));
        sum / count
    }
}

pub(super) fn sigmoid(z: f64) -> f64 {
    log_sigmoid(z).exp()
}

/// `log sigma(z)`, without overflow.
fn log_sigmoid(z: f64) -> f64 {
    z.min(0.0) - (-z.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use lamas_core::operator::Role;
    use lamas_core::random::Seed;
    use proptest::prelude::*;

    use super::*;
    use crate::actions::Actions;

    fn layout(edges: bool) -> (Layout, Vec<OperatorName>) {
        let roles = [Role::Generate, Role::Generate, Role::Refine, Role::Stop];
        let names = ["generate", "generate_cot", "self_refine", "early_stop"].map(OperatorName::from);
        let actions = Actions::from_roles(names.iter().cloned().zip(roles).collect(), &"generate".into()).unwrap();
        (Layout::new(&actions, &names, edges).unwrap(), actions.names().to_vec())
    }

    /// Every raw draw, found without the sampler.
    fn all(layout: &Layout) -> Vec<Draw> {
        let bits = |n: usize| (0..1_u32 << n).map(move |b| (0..n).map(|i| b >> i & 1 == 1).collect::<Vec<bool>>());
        let mut draws = Vec::new();
        for open in bits(layout.order().len()) {
            let executed = layout.executed(&open);
            let asked: Vec<_> =
                layout.pairs().into_iter().filter(|(f, t)| executed.contains(f) && executed.contains(t)).collect();
            for edge in bits(asked.len()) {
                let edges = asked.iter().zip(edge).map(|(&(from, to), open)| Edge { from, to, open }).collect();
                draws.push(Draw { open: open.clone(), executed: executed.clone(), edges });
            }
        }
        draws
    }

    proptest! {
        #[test]
        fn the_probabilities_of_all_draws_add_up_to_one(logits in prop::collection::vec(-4.0..4.0_f64, 6), edges: bool) {
            let (layout, _) = layout(edges);
            let total: f64 = all(&layout).iter().map(|draw| draw.log_prob(&layout, &logits).exp()).sum();
            prop_assert!((total - 1.0).abs() < 1e-12, "{}", total);
        }

        #[test]
        fn graphs_run_in_order_read_backwards_and_can_answer(logits in prop::collection::vec(-4.0..4.0_f64, 6), seed: u64) {
            for edges in [false, true] {
                let (layout, names) = layout(edges);
                for selection in [Selection::Draw, Selection::MostProbable] {
                    let draw = Draw::new(&layout, &logits, selection, &mut Seed(seed).stream("gates", &[]));
                    prop_assert!(all(&layout).contains(&draw));
                    prop_assert!(draw.executed.is_sorted() && (draw.executed.contains(&0) || draw.executed.contains(&1)));
                    let nodes = draw.nodes(&layout, &names);
                    prop_assert!(nodes.iter().enumerate().all(|(i, node)| node.reads.iter().all(|&r| r < i)));
                }
            }
        }
    }

    #[test]
    fn gates_open_as_often_as_their_probability_says() {
        let (layout, _) = layout(true);
        let logits = [0.5, -1.0, 2.0, 0.0, -0.3, 1.2];
        let mut random = Seed(5).stream("gates", &[]);
        let draws: Vec<Draw> = (0..40_000).map(|_| Draw::new(&layout, &logits, Selection::Draw, &mut random)).collect();
        for expected in all(&layout) {
            let p = expected.log_prob(&layout, &logits).exp();
            let share = draws.iter().filter(|draw| **draw == expected).count() as f64 / 40_000.0;
            assert!((share - p).abs() < 5.0 * (p * (1.0 - p) / 40_000.0).sqrt(), "{expected:?}: {share} against {p}");
        }
    }

    #[test]
    fn the_most_probable_graph_and_its_fallback() {
        let graph = |edges, logits: &[f64]| {
            let (layout, names) = layout(edges);
            let draw = Draw::new(&layout, logits, Selection::MostProbable, &mut Seed(0).stream("gates", &[]));
            let nodes = draw.nodes(&layout, &names);
            nodes.into_iter().map(|node| (node.race.entrants[0].operator.to_string(), node.reads)).collect::<Vec<_>>()
        };
        let node = |name: &str, reads: &[usize]| (name.to_owned(), reads.to_vec());
        assert_eq!(graph(false, &[-1.0, 1.0, 0.0]), [node("generate_cot", &[]), node("self_refine", &[0])]);
        // Nothing generates: the fallback runs, and its gate stays closed in the draw.
        assert_eq!(graph(false, &[-1.0, -1.0, 1.0]), [node("generate", &[]), node("self_refine", &[0])]);
        // Gates of pairs: (generate, cot), (generate, refine), (cot, refine).
        let expected = [node("generate", &[]), node("generate_cot", &[]), node("self_refine", &[1])];
        assert_eq!(graph(true, &[1.0, 1.0, 1.0, -1.0, -1.0, 1.0]), expected);
    }

    #[test]
    fn the_entropy_is_that_of_a_coin_at_zero_and_none_when_sure() {
        let (layout, _) = layout(false);
        let draw = Draw { open: vec![true; 3], executed: vec![0, 1, 2], edges: vec![] };
        assert!((draw.entropy(&layout, &[0.0; 3]) - 2.0_f64.ln()).abs() < 1e-15);
        assert!(draw.entropy(&layout, &[800.0; 3]) < 1e-300);
        assert!((draw.log_prob(&layout, &[0.0; 3]) + 3.0 * 2.0_f64.ln()).abs() < 1e-15);
    }
}
