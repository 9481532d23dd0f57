//! How the environment turns a raw draw into a layer that can be executed. None of this is the policy's doing, which is
//! why the raw draw and not the rewritten layer is what the policy is scored on.

use serde::{Deserialize, Serialize};

use crate::actions::Actions;

/// A layer as it is executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Executed {
    /// The operators in the order in which they are declared; the first one conditions the next layer.
    pub operators: Vec<usize>,
    /// Whether the graph ends after this layer.
    pub ends: bool,
}

impl Executed {
    /// The place, among the executed operators, of the one that a drawn operator led to: itself, or where it was written
    /// over, the operator that stands in the layer's first place instead.
    #[must_use]
    pub fn place_of(&self, drawn: usize) -> usize {
        self.operators.iter().position(|&operator| operator == drawn).unwrap_or(0)
    }
}

/// The rules. In the first layer a stop among the draws makes the layer the fallback alone and ends the graph; a draw
/// that holds no generating operator makes it the fallback alone; otherwise the first generating operator comes first.
/// In later layers a stop ends the graph after its layer.
#[must_use]
pub fn execute(layer: usize, drawn: &[usize], actions: &Actions) -> Executed {
    let ends = drawn.iter().any(|&operator| actions.stops(operator));
    if layer > 0 {
        return Executed { operators: drawn.to_vec(), ends };
    }
    let generating = drawn.iter().position(|&operator| actions.generates(operator));
    match generating {
        Some(place) if !ends => {
            let mut operators = drawn.to_vec();
            operators[..=place].rotate_right(1);
            Executed { operators, ends }
        }
        _ => Executed { operators: vec![actions.fallback()], ends },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::tests::actions;

    #[test]
    fn a_stop_in_the_first_layer_becomes_the_fallback_and_ends_the_graph() {
        for drawn in [&[4][..], &[1, 4], &[4, 2, 3]] {
            assert_eq!(execute(0, drawn, &actions()), Executed { operators: vec![0], ends: true });
        }
    }

    #[test]
    fn a_first_layer_that_cannot_answer_becomes_the_fallback() {
        assert_eq!(execute(0, &[3, 2], &actions()), Executed { operators: vec![0], ends: false });
    }

    #[test]
    fn a_generating_operator_comes_first_and_the_rest_keep_their_order() {
        assert_eq!(execute(0, &[3, 2, 1, 0], &actions()).operators, [1, 3, 2, 0]);
        assert_eq!(execute(0, &[1, 0], &actions()).operators, [1, 0]);
    }

    #[test]
    fn later_layers_run_as_drawn_and_a_stop_ends_the_graph_after_them() {
        assert_eq!(execute(1, &[3, 4], &actions()), Executed { operators: vec![3, 4], ends: true });
        assert_eq!(execute(2, &[3, 1], &actions()), Executed { operators: vec![3, 1], ends: false });
    }

    #[test]
    fn a_drawn_operator_is_found_where_it_or_its_stand_in_is_executed() {
        assert_eq!(execute(0, &[3, 2, 1], &actions()).place_of(2), 2);
        assert_eq!(execute(0, &[1, 4], &actions()).place_of(1), 0);
    }
}
