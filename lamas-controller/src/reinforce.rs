//! REINFORCE with a running baseline and one reward per operator: equation (8).
//!
//! The loss is a mean over the factors of the drawn layers' probabilities, each times the advantage of the operator that
//! it stands for:
//!
//! ```text
//! loss = -(1/N) sum over queries, layers, operators of A(o) log pi(o)        A(o) = (R(o) - mean) / std
//! ```
//!
//! With `log_prob: exact`, `pi(o_i)` is the probability of the i-th operator of the raw draw given those before it; each is
//! an action of its own, so each is multiplied by the advantage of its own operator, or where the environment wrote the
//! draw over, of the operator that ran instead. With `log_prob: sum`, `pi(o)` is the unconditional probability of an
//! executed operator. N counts the factors of the whole batch.

use candle_core::Tensor;
use lamas_core::random::Seed;

use crate::actions::{Actions, Mask};
use crate::baseline::Baseline;
use crate::descent::Descent;
pub use crate::descent::{Step, Update};
use crate::encoder::Embeddings;
use crate::episode::Episode;
use crate::policy::{Choice, Policy};
use crate::settings::{LogProb, Settings};
use crate::table::PolicyTable;
use crate::{ControllerError, Result};

/// A factor of a draw's probability, and R(o) of the operator that it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// The factor.
    pub choice: Choice,
    /// R(o), equation (7).
    pub reward: f64,
}

/// The loss of a batch, not yet differentiated.
#[derive(Debug)]
pub struct Loss {
    /// Equation (8), a scalar.
    pub value: Tensor,
    /// The baseline with this batch in it.
    pub baseline: Baseline,
    /// The factors with their rewards.
    pub terms: Vec<Term>,
}

/// The policy in training.
#[derive(Debug)]
pub struct Learner {
    pub(crate) settings: Settings,
    pub(crate) actions: Actions,
    pub(crate) policy: Policy,
    pub(crate) descent: Descent,
}

impl Learner {
    /// A fresh learner over these operators, `operators: [actions, dimensions]`, in whose number type it computes.
    ///
    /// # Errors
    /// When a setting cannot be used or there is not one embedding for each action.
    pub fn new(settings: Settings, actions: Actions, operators: &Tensor, seed: Seed) -> Result<Self> {
        settings.check()?;
        if operators.dim(0)? != actions.len() {
            return Err(ControllerError::Shape {
                operation: "embeddings of the operators",
                expected: format!("{} rows", actions.len()),
                got: format!("{:?}", operators.shape()),
            });
        }
        let policy = Policy::new(&settings, operators, seed)?;
        let descent = Descent::new(&policy.parameters(), &settings)?;
        Ok(Self { settings, actions, policy, descent })
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The actions.
    #[must_use]
    pub fn actions(&self) -> &Actions {
        &self.actions
    }

    /// The network.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The running baseline.
    #[must_use]
    pub fn baseline(&self) -> Baseline {
        self.descent.baseline
    }

    /// What the policy says about some of the embedded queries.
    ///
    /// # Errors
    /// When a row does not exist or does not fit the network.
    pub fn tables(&self, queries: &Embeddings, rows: &[usize]) -> Result<Vec<PolicyTable>> {
        self.policy.tables(&queries.tensor(rows, self.policy.dtype())?)
    }

    /// One update from a batch of episodes, whose queries are the rows of `queries: [batch, dimensions]`.
    ///
    /// Unscored episodes are left out. A batch without scored episodes changes nothing, and the result says so.
    ///
    /// # Errors
    /// When queries and episodes do not match, or the loss is not a number; nothing has changed then.
    pub fn update(&mut self, queries: &Tensor, batch: &[Episode]) -> Result<Update> {
        let scored = batch.iter().filter(|episode| episode.outcome.is_some()).count();
        let step = match self.loss(queries, batch)? {
            Some(loss) => Some(self.descend(&loss)?),
            None => None,
        };
        Ok(Update { scored, unscored: batch.len() - scored, step })
    }

    /// The loss of a batch; `None` when nothing in it was scored.
    ///
    /// # Errors
    /// When queries and episodes do not match.
    pub fn loss(&self, queries: &Tensor, batch: &[Episode]) -> Result<Option<Loss>> {
        // R(o), and the factor pi(o) that it belongs to.
        let terms: Vec<Term> = batch
            .iter()
            .enumerate()
            .map(|(query, episode)| self.terms(query, episode))
            .collect::<Result<Vec<_>>>()?
            .concat();
        if terms.is_empty() {
            return Ok(None);
        }
        // A(o) = (R(o) - mean) / std
        let rewards: Vec<f64> = terms.iter().map(|term| term.reward).collect();
        let (baseline, advantages) = self.descent.advantages(&rewards);
        let advantages = Tensor::from_vec(advantages, terms.len(), queries.device())?.to_dtype(self.policy.dtype())?;
        // loss = -(1/N) sum A(o) log pi(o)
        let choices: Vec<Choice> = terms.iter().map(|term| term.choice).collect();
        let log_pi = self.policy.log_probs(queries, &choices)?;
        let value = (advantages * log_pi)?.mean_all()?.neg()?;
        Ok(Some(Loss { value, baseline, terms }))
    }

    /// theta = Adam(theta, gradient of the loss)
    fn descend(&mut self, loss: &Loss) -> Result<Step> {
        let rewards: Vec<f64> = loss.terms.iter().map(|term| term.reward).collect();
        self.descent.step(&loss.value, loss.baseline, &rewards)
    }

    /// The factors of one episode's probability with their rewards; none when it is unscored.
    fn terms(&self, query: usize, episode: &Episode) -> Result<Vec<Term>> {
        let Some(outcome) = &episode.outcome else { return Ok(Vec::new()) };
        let rewards = outcome.operator_rewards(&self.settings);
        let executed = || episode.layers.iter().map(|layer| layer.executed.operators.len());
        if !rewards.iter().map(Vec::len).eq(executed()) {
            return Err(ControllerError::Shape {
                operation: "outcome of an episode",
                expected: format!("operators by layer {:?}", executed().collect::<Vec<_>>()),
                got: format!("{:?}", rewards.iter().map(Vec::len).collect::<Vec<_>>()),
            });
        }
        let everything = Mask::all(self.actions.len());
        let mut terms = Vec::new();
        for (index, (layer, rewards)) in episode.layers.iter().zip(&rewards).enumerate() {
            let masked = everything.minus(layer.allowed);
            let mut push = |operator, excluded, reward| {
                let choice = Choice { query, layer: index, previous: layer.previous, operator, excluded };
                terms.push(Term { choice, reward });
            };
            match self.settings.log_prob {
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
        Ok(terms)
    }
}
