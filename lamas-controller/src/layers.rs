//! The layered policy as a network that learns: the factors of its draws, layer by layer, and what each earned.

use candle_core::{DType, Tensor, Var};

use crate::actions::Mask;
use crate::encoder::Embeddings;
use crate::episode::LayerEpisode;
use crate::policy::{Choice, Policy};
use crate::reinforce::{Learner, Network, Term, Terms};
use crate::settings::{LogProb, Settings};
use crate::table::PolicyTable;
use crate::{ControllerError, Result};

impl Network for Policy {
    type Episode = LayerEpisode;
    type Factor = Choice;

    fn dtype(&self) -> DType {
        self.dtype()
    }

    fn parameters(&self) -> Vec<(&'static str, &Var)> {
        self.parameters()
    }

    fn actions(&self) -> usize {
        self.dims().operators
    }

    fn terms(&self, query: usize, episode: &LayerEpisode, settings: &Settings) -> Result<Option<Terms<Choice>>> {
        let Some(outcome) = &episode.outcome else { return Ok(None) };
        let rewards = outcome.operator_rewards(settings);
        let executed = || episode.layers.iter().map(|layer| layer.executed.operators.len());
        if !rewards.iter().map(Vec::len).eq(executed()) {
            return Err(ControllerError::Shape {
                operation: "outcome of an episode",
                expected: format!("operators by layer {:?}", executed().collect::<Vec<_>>()),
                got: format!("{:?}", rewards.iter().map(Vec::len).collect::<Vec<_>>()),
            });
        }
        let everything = Mask::all(self.actions());
        let mut terms = Vec::new();
        for (index, (layer, rewards)) in episode.layers.iter().zip(&rewards).enumerate() {
            let masked = everything.minus(layer.allowed);
            let mut push = |operator, excluded, reward| {
                let factor = Choice { query, layer: index, previous: layer.previous, operator, excluded };
                terms.push(Term { factor, reward });
            };
            match settings.log_prob {
                LogProb::Exact => {
                    let mut excluded = masked;
                    for &operator in &layer.drawn {
                        push(operator, excluded, rewards[layer.executed.place_of(operator)]);
                        excluded = excluded.with(operator);
                    }
                }
                LogProb::Sum => {
                    for (&operator, &reward) in layer.executed.operators.iter().zip(rewards) {
                        push(operator, masked, reward);
                    }
                }
            }
        }
        Ok(Some(terms))
    }

    fn log_probs(&self, queries: &Tensor, choices: &[Choice]) -> Result<Tensor> {
        self.log_probs(queries, choices)
    }
}

impl Learner<Policy> {
    /// What the policy says about some of the embedded queries.
    ///
    /// # Shapes
    /// `queries: [queries, D]`, of which `rows` are read, to a table of `[layers, previous, operators]` for each.
    ///
    /// # Errors
    /// When a row does not exist or does not fit the network, or the policy says no number.
    pub fn tables(&self, queries: &Embeddings, rows: &[usize]) -> Result<Vec<PolicyTable>> {
        let policy = self.network();
        let tables = policy.tables(&queries.tensor(rows, policy.dtype())?)?;
        tables
            .iter()
            .filter_map(PolicyTable::not_finite)
            .try_for_each(|score| self.descent.finite("a score", score))?;
        Ok(tables)
    }
}
