//! How the policy behaves, for training curves: entropy and selections by layer, from the decisions alone.

use serde::{Deserialize, Serialize};

use crate::actions::Actions;
use crate::episode::Episode;

/// One layer's behaviour over a number of episodes.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerStatistics {
    /// Episodes that reached this layer.
    pub episodes: usize,
    /// Mean entropy of the distributions drawn from, in nats.
    pub entropy: f64,
    /// `[operators]`: how often each was drawn.
    pub drawn: Vec<usize>,
    /// `[operators]`: how often each was executed.
    pub executed: Vec<usize>,
}

/// The behaviour by layer, as far as any episode went.
#[must_use]
pub fn by_layer(episodes: &[Episode], actions: &Actions) -> Vec<LayerStatistics> {
    let deepest = episodes.iter().map(|episode| episode.layers.len()).max().unwrap_or(0);
    (0..deepest).map(|layer| of_layer(layer, episodes, actions.len())).collect()
}

fn of_layer(layer: usize, episodes: &[Episode], operators: usize) -> LayerStatistics {
    let mut statistics =
        LayerStatistics { drawn: vec![0; operators], executed: vec![0; operators], ..Default::default() };
    for decision in episodes.iter().filter_map(|episode| episode.layers.get(layer)) {
        statistics.episodes += 1;
        statistics.entropy += decision.entropy;
        decision.drawn.iter().for_each(|&operator| statistics.drawn[operator] += 1);
        decision.executed.operators.iter().for_each(|&operator| statistics.executed[operator] += 1);
    }
    statistics.entropy /= statistics.episodes as f64;
    statistics
}

#[cfg(test)]
mod tests {
    use lamas_core::operator::Role;

    use super::*;
    use crate::actions::Mask;
    use crate::episode::LayerDecision;
    use crate::rules::execute;

    #[test]
    fn draws_and_executions_are_counted_by_layer() {
        let names = [("generate".into(), Role::Generate), ("stop".into(), Role::Stop)];
        let actions = Actions::from_roles(names.to_vec(), &"generate".into()).unwrap();
        let decision = |layer, drawn: &[usize], entropy| LayerDecision {
            previous: None,
            allowed: Mask::all(2),
            drawn: drawn.to_vec(),
            executed: execute(layer, drawn, &actions),
            log_prob: 0.0,
            entropy,
        };
        let episode = |layers| Episode { layers, outcome: None };
        let episodes =
            [episode(vec![decision(0, &[0], 0.5), decision(1, &[1, 0], 0.25)]), episode(vec![decision(0, &[1], 0.25)])];
        let layers = by_layer(&episodes, &actions);
        assert_eq!(layers.len(), 2);
        assert_eq!((layers[0].episodes, layers[0].entropy), (2, 0.375));
        assert_eq!((layers[0].drawn.as_slice(), layers[0].executed.as_slice()), (&[1, 1][..], &[2, 0][..]));
        assert_eq!((layers[1].episodes, layers[1].drawn.as_slice()), (1, &[1, 1][..]));
    }
}
