use lamas_core::random::Stream;
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::actions::Actions;

/// A layered graph: `[layers][operators]`, operators by index.
pub type Graph = Vec<Vec<usize>>;

/// How many draws are made for each graph that is wanted before the space counts as exhausted.
const PATIENCE: usize = 64;

/// Different layered graphs to try, at most `count`: every generating operator alone, in order, and then random ones of 1 to
/// `layers` layers with 1 to `width` different operators each. The first layer holds generating operators, since nothing
/// else has anything to work on there, and none holds one that stops.
#[must_use]
pub fn propose(actions: &Actions, layers: usize, width: usize, count: usize, random: &mut Stream) -> Vec<Graph> {
    let working: Vec<usize> = (0..actions.len()).filter(|&operator| !actions.stops(operator)).collect();
    let generating: Vec<usize> = working.iter().copied().filter(|&operator| actions.generates(operator)).collect();
    let mut graphs: Vec<Graph> = generating.iter().map(|&operator| vec![vec![operator]]).take(count).collect();
    let mut draws = PATIENCE * count;
    while graphs.len() < count && draws > 0 {
        draws -= 1;
        let depth = random.random_range(1..=layers);
        let graph: Graph = (0..depth)
            .map(|layer| draw_layer(if layer == 0 { &generating } else { &working }, width, random))
            .collect();
        if !graphs.contains(&graph) {
            graphs.push(graph);
        }
    }
    graphs
}

/// Some of these operators, in their own order.
fn draw_layer(from: &[usize], width: usize, random: &mut Stream) -> Vec<usize> {
    let size = random.random_range(1..=width.min(from.len()));
    let mut pool = from.to_vec();
    let (drawn, _) = pool.partial_shuffle(random, size);
    let mut layer = drawn.to_vec();
    layer.sort_unstable();
    layer
}

#[cfg(test)]
mod tests {
    use lamas_core::random::Seed;
    use proptest::prelude::*;

    use super::*;
    use crate::actions::tests::actions;

    proptest! {
        #[test]
        fn proposals_differ_can_answer_and_keep_to_their_bounds(
            seed: u64, layers in 1..5_usize, width in 1..4_usize, count in 1..40_usize,
        ) {
            let graphs = propose(&actions(), layers, width, count, &mut Seed(seed).stream("graphs", &[]));
            prop_assert!(graphs.len() <= count);
            for (index, graph) in graphs.iter().enumerate() {
                prop_assert!(!graphs[..index].contains(graph));
                prop_assert!((1..=layers).contains(&graph.len()));
                prop_assert!(graph.iter().all(|layer| (1..=width).contains(&layer.len())));
                prop_assert!(graph.iter().all(|layer| layer.is_sorted_by(|a, b| a < b)));
                prop_assert!(graph[0].iter().all(|&operator| actions().generates(operator)));
                prop_assert!(!graph.iter().flatten().any(|&operator| actions().stops(operator)));
            }
        }
    }

    #[test]
    fn a_small_space_is_exhausted_and_a_large_one_gives_as_many_as_wanted() {
        let draw = |layers, width, count| propose(&actions(), layers, width, count, &mut Seed(1).stream("graphs", &[]));
        assert_eq!(draw(1, 2, 40), [vec![vec![0]], vec![vec![1]], vec![vec![0, 1]]]);
        assert_eq!(draw(4, 3, 32).len(), 32);
        assert_eq!(draw(4, 3, 32), draw(4, 3, 32));
    }
}
