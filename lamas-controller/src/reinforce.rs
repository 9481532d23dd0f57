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
//!
//! With `compared: leave_one_out`, A(o) = R(o) - the mean reward of the other episodes of the same query, all of which are in one
//! batch; an episode without others teaches nothing.
//!
//! What the factors of a draw are is a [`Network`]'s own business: [`crate::layers`] and [`crate::gates`] say it for theirs.

use std::sync::Arc;

use candle_core::{DType, Tensor, Var};

use crate::actions::Actions;
use crate::baseline::{Baseline, leave_one_out};
use crate::descent::Descent;
pub use crate::descent::{Step, Update};
use crate::settings::{Compared, Settings};
use crate::{ControllerError, Result};

/// Something with parameters that gives draws a probability.
pub trait Network {
    /// What is kept of one episode: its draw, and what came of it.
    type Episode;
    /// Names one factor of the probability of a batch's draws.
    type Factor: Copy;

    /// The number type it computes in.
    fn dtype(&self) -> DType;

    /// Its parameters by name, in a fixed order.
    fn parameters(&self) -> Vec<(&'static str, &Var)>;

    /// How many actions it knows.
    fn actions(&self) -> usize;

    /// The factors of the probability of one episode's draw with their rewards; `None` when it is unscored. `query` is its
    /// row in the batch.
    ///
    /// # Errors
    /// When draw and outcome do not match.
    fn terms(&self, query: usize, episode: &Self::Episode, settings: &Settings) -> Result<Option<Terms<Self::Factor>>>;

    /// The logarithm of each factor, differentiable.
    ///
    /// # Shapes
    /// `queries: [batch, D]` to `[factors]`.
    ///
    /// # Errors
    /// When a factor lies outside the network or the batch.
    fn log_probs(&self, queries: &Tensor, factors: &[Self::Factor]) -> Result<Tensor>;
}

/// A factor of a draw's probability, and the reward that it is weighed with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term<F> {
    /// The factor.
    pub factor: F,
    /// R(o), equation (7), of the operator that the factor stands for; or R, equation (5), of the whole episode.
    pub reward: f64,
}

/// The factors of a draw, or of all draws of a batch.
pub type Terms<F> = Vec<Term<F>>;

/// The loss of a batch, not yet differentiated.
#[derive(Debug)]
pub struct Loss<F> {
    /// Equation (8), a scalar.
    pub value: Tensor,
    /// The baseline with this batch in it.
    pub baseline: Baseline,
    /// The factors with their rewards.
    pub terms: Terms<F>,
}

/// A network in training.
#[derive(Debug)]
pub struct Learner<N> {
    settings: Arc<Settings>,
    actions: Arc<Actions>,
    network: N,
    pub(crate) descent: Descent,
}

impl<N: Network> Learner<N> {
    /// Training of this network that has not begun.
    ///
    /// # Errors
    /// When a setting cannot be used or the network knows another number of actions.
    pub fn new(settings: impl Into<Arc<Settings>>, actions: Actions, network: N) -> Result<Self> {
        let settings = settings.into();
        settings.check()?;
        if network.actions() != actions.len() {
            return Err(ControllerError::Shape {
                operation: "embeddings of the operators",
                expected: format!("{} rows", actions.len()),
                got: format!("{} rows", network.actions()),
            });
        }
        let descent = Descent::new(&network.parameters(), &settings)?;
        Ok(Self { settings, actions: Arc::new(actions), network, descent })
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

    /// Settings and actions, for the sessions of many queries at once.
    pub(crate) fn shared(&self) -> (Arc<Settings>, Arc<Actions>) {
        (Arc::clone(&self.settings), Arc::clone(&self.actions))
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &N {
        &self.network
    }

    /// The running baseline.
    #[must_use]
    pub fn baseline(&self) -> Baseline {
        self.descent.baseline
    }

    /// One update from a batch of episodes, whose queries are the rows of `queries`.
    ///
    /// # Shapes
    /// `queries: [batch, D]`.
    ///
    /// Unscored episodes are left out. A batch without scored episodes changes nothing, and the result says so.
    ///
    /// # Errors
    /// When queries and episodes do not match, or the loss is not a number; nothing has changed then.
    pub fn update(&mut self, queries: &Tensor, batch: &[N::Episode]) -> Result<Update> {
        self.update_of(queries, batch, &(0..batch.len()).collect::<Vec<_>>())
    }

    /// The same where some episodes are of one query: `rows` names the query of each.
    ///
    /// # Errors
    /// As [`Learner::update`].
    pub fn update_of(&mut self, queries: &Tensor, batch: &[N::Episode], rows: &[usize]) -> Result<Update> {
        let terms = self.terms(batch)?;
        let scored = terms.iter().flatten().count();
        let step = match self.weighed(queries, terms, rows)? {
            Some(loss) => Some(self.descend(&loss)?),
            None => None,
        };
        Ok(Update { scored, unscored: batch.len() - scored, step })
    }

    /// The loss of a batch; `None` when nothing in it was scored.
    ///
    /// # Shapes
    /// `queries: [batch, D]` to a scalar.
    ///
    /// # Errors
    /// When queries and episodes do not match.
    pub fn loss(&self, queries: &Tensor, batch: &[N::Episode]) -> Result<Option<Loss<N::Factor>>> {
        self.loss_of(queries, batch, &(0..batch.len()).collect::<Vec<_>>())
    }

    /// The same where some episodes are of one query: `rows` names the query of each.
    ///
    /// # Errors
    /// As [`Learner::loss`].
    pub fn loss_of(&self, queries: &Tensor, batch: &[N::Episode], rows: &[usize]) -> Result<Option<Loss<N::Factor>>> {
        self.weighed(queries, self.terms(batch)?, rows)
    }

    /// `[batch]`: R(o), and the factor pi(o) that it belongs to.
    fn terms(&self, batch: &[N::Episode]) -> Result<Vec<Option<Terms<N::Factor>>>> {
        let terms = |(query, episode)| self.network.terms(query, episode, &self.settings);
        batch.iter().enumerate().map(terms).collect()
    }

    fn weighed(
        &self,
        queries: &Tensor,
        terms: Vec<Option<Terms<N::Factor>>>,
        rows: &[usize],
    ) -> Result<Option<Loss<N::Factor>>> {
        let (baseline, advantages) = self.advantages(&terms, rows);
        let terms: Vec<_> = terms.into_iter().flatten().flatten().collect();
        if terms.is_empty() {
            return Ok(None);
        }
        let advantages = Tensor::from_vec(advantages, terms.len(), queries.device())?.to_dtype(self.network.dtype())?;
        // loss = -(1/N) sum A(o) log pi(o)
        let factors: Vec<_> = terms.iter().map(|term| term.factor).collect();
        let log_pi = self.network.log_probs(queries, &factors)?;
        let value = (advantages * log_pi)?.mean_all()?.neg()?;
        Ok(Some(Loss { value, baseline, terms }))
    }

    /// The baseline with a batch in it, and A(o) of every factor of its scored episodes.
    fn advantages(&self, terms: &[Option<Terms<N::Factor>>], rows: &[usize]) -> (Baseline, Vec<f64>) {
        let rewards: Vec<f64> = terms.iter().flatten().flatten().map(|term| term.reward).collect();
        let (baseline, running) = self.descent.advantages(&rewards);
        match self.settings.compared {
            // A(o) = (R(o) - mean) / std
            Compared::Running => (baseline, running),
            Compared::LeaveOneOut => (baseline, against_others(terms, rows)),
        }
    }

    /// theta = Adam(theta, gradient of the loss)
    fn descend(&mut self, loss: &Loss<N::Factor>) -> Result<Step> {
        let rewards: Vec<f64> = loss.terms.iter().map(|term| term.reward).collect();
        self.descent.step(&loss.value, loss.baseline, &rewards)
    }
}

/// A(o) = R(o) - mean reward of the query's other episodes, of every factor.
fn against_others<F>(terms: &[Option<Terms<F>>], rows: &[usize]) -> Vec<f64> {
    let scored = || terms.iter().zip(rows).filter_map(|(terms, row)| Some((terms.as_ref()?, *row)));
    let mean = |terms: &Terms<F>| terms.iter().map(|term| term.reward).sum::<f64>() / terms.len().max(1) as f64;
    let episodes: Vec<(usize, f64)> = scored().map(|(terms, row)| (row, mean(terms))).collect();
    let others = leave_one_out(&episodes);
    let of = |((terms, _), others): ((&Terms<F>, usize), Option<f64>)| {
        terms.iter().map(|term| others.map_or(0.0, |others| term.reward - others)).collect::<Vec<_>>()
    };
    scored().zip(others).flat_map(of).collect()
}
