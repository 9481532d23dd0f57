use candle_core::{D, DType, Device, Tensor, Var};
use lamas_core::operator::OperatorName;
use lamas_core::random::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::draw::sigmoid;
use super::{Draw, Layout};
use crate::Result;
use crate::encoder::Embeddings;
use crate::policy::{Init, unit};
use crate::product::product;
use crate::reinforce::{Learner, Network, Term, Terms};
use crate::settings::Settings;

/// What the gates depend on.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Conditioning {
    /// The query.
    #[default]
    Query,
    /// Nothing: one graph for all queries.
    Task,
}

/// One episode: what was drawn for it, and its whole reward if it was scored.
#[derive(Debug, Clone)]
pub struct GateEpisode {
    /// The draw.
    pub draw: Draw,
    /// R of equation (5); `None` = unscored.
    pub reward: Option<f64>,
}

/// One gate of a batch's draws, and what was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// Row of the batch.
    pub query: usize,
    /// Which gate.
    pub gate: usize,
    /// Whether it was open.
    pub open: bool,
}

/// The network: a logit for every gate.
#[derive(Debug)]
pub struct Gates {
    layout: Layout,
    logits: Logits,
    actions: usize,
}

impl Gates {
    /// Fresh gates over these operators, `operators: [actions, D]`. Without the query every gate starts at an even chance.
    ///
    /// # Errors
    /// When a setting cannot be used or the embeddings are not a matrix.
    pub fn new(
        layout: Layout,
        conditioning: Conditioning,
        settings: &Settings,
        operators: &Tensor,
        seed: Seed,
    ) -> Result<Self> {
        settings.check()?;
        let (actions, _) = operators.dims2()?;
        let logits = match conditioning {
            Conditioning::Task => Logits::Task(Var::zeros(layout.gates(), operators.dtype(), operators.device())?),
            Conditioning::Query => Logits::Query(Conditioned::new(&layout, settings, operators, seed)?),
        };
        Ok(Self { layout, logits, actions })
    }

    /// Which gates there are.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl Network for Gates {
    type Episode = GateEpisode;
    type Factor = Gate;

    fn dtype(&self) -> DType {
        self.logits.dtype()
    }

    fn parameters(&self) -> Vec<(&'static str, &Var)> {
        self.logits.parameters()
    }

    fn actions(&self) -> usize {
        self.actions
    }

    fn terms(&self, query: usize, episode: &GateEpisode, _: &Settings) -> Result<Option<Terms<Gate>>> {
        let Some(reward) = episode.reward else { return Ok(None) };
        let term = |(gate, open)| Term { factor: Gate { query, gate, open }, reward };
        Ok(Some(episode.draw.factors(&self.layout).map(term).collect()))
    }

    fn log_probs(&self, queries: &Tensor, gates: &[Gate]) -> Result<Tensor> {
        let row = |gate: &Gate| (gate.query * self.layout.gates() + gate.gate) as u32;
        let rows = Tensor::new(gates.iter().map(row).collect::<Vec<_>>(), queries.device())?;
        let signs: Vec<f64> = gates.iter().map(|gate| if gate.open { 1.0 } else { -1.0 }).collect();
        let signs = Tensor::new(signs, queries.device())?.to_dtype(self.dtype())?;
        let logits = self.logits.of(queries)?.flatten_all()?.index_select(&rows, 0)?;
        Ok(log_sigmoid(&(logits * signs)?)?)
    }
}

impl Learner<Gates> {
    /// The logits of some of the embedded queries, on plain numbers: `[rows][gates]`.
    ///
    /// # Errors
    /// When a row does not exist or does not fit the network, or a logit is no number.
    pub fn logits(&self, queries: &Embeddings, rows: &[usize]) -> Result<Vec<Vec<f64>>> {
        let gates = self.network();
        let queries = queries.tensor(rows, gates.dtype())?;
        let logits: Vec<Vec<f64>> = gates.logits.of(&queries)?.to_dtype(DType::F64)?.to_vec2()?;
        logits.iter().flatten().try_for_each(|&logit| self.descent.finite("a gate's logit", logit))?;
        Ok(logits)
    }

    /// Each operator of the order with the chance that its gate is open, where that is the same for all queries.
    ///
    /// # Errors
    /// When the parameters cannot be read.
    pub fn chances(&self) -> Result<Option<Vec<(OperatorName, f64)>>> {
        let gates = self.network();
        let Logits::Task(logits) = &gates.logits else { return Ok(None) };
        let logits = logits.to_dtype(DType::F64)?.to_vec1::<f64>()?;
        let name = |&operator: &usize| self.actions().names()[operator].clone();
        Ok(Some(gates.layout.order().iter().map(name).zip(logits.into_iter().map(sigmoid)).collect()))
    }
}

/// `log sigma(z) = log softmax([z, 0])` at z: exact and without overflow, also where z is 0.
///
/// # Shapes
/// `z: [factors]` to the same.
fn log_sigmoid(z: &Tensor) -> candle_core::Result<Tensor> {
    let pair = Tensor::stack(&[z, &z.zeros_like()?], 1)?;
    candle_nn::ops::log_softmax(&pair, D::Minus1)?.narrow(1, 0, 1)?.squeeze(1)
}

/// Where the logits come from.
#[derive(Debug)]
enum Logits {
    /// `[gates]`: the logits themselves.
    Task(Var),
    /// Products with the query.
    Query(Conditioned),
}

impl Logits {
    fn dtype(&self) -> DType {
        match self {
            Self::Task(logits) => logits.dtype(),
            Self::Query(network) => network.operators.dtype(),
        }
    }

    fn parameters(&self) -> Vec<(&'static str, &Var)> {
        match self {
            Self::Task(logits) => vec![("logits", logits)],
            Self::Query(network) => network.parameters(),
        }
    }

    /// The logits for a batch of queries.
    ///
    /// # Shapes
    /// `queries: [batch, D]` to `[batch, gates]`.
    fn of(&self, queries: &Tensor) -> Result<Tensor> {
        match self {
            Self::Task(logits) => {
                let gates = logits.dim(0)?;
                Ok(logits.reshape((1, gates))?.broadcast_as((queries.dim(0)?, gates))?.contiguous()?)
            }
            Self::Query(network) => network.logits(queries),
        }
    }
}

/// Gates that read the query: the cosine of two projections, each to H dimensions, over a temperature.
#[derive(Debug)]
struct Conditioned {
    /// `[positions, D]`, frozen.
    operators: Tensor,
    /// `[pairs]`: the positions of the earlier and the later operator; `None` without gates for pairs.
    pairs: Option<(Tensor, Tensor)>,
    query_weight: Var,
    query_bias: Var,
    operator_weight: Var,
    operator_bias: Var,
    /// `Wf`, `Wt` and `be`, where pairs have gates.
    edge: Option<[Var; 3]>,
    /// `[1, 1]`: the logarithm of the temperature; a parameter if it is learned.
    log_temperature: Var,
    learned_temperature: bool,
}

impl Conditioned {
    fn new(layout: &Layout, settings: &Settings, operators: &Tensor, seed: Seed) -> Result<Self> {
        let (_, input) = operators.dims2()?;
        let hidden = settings.hidden;
        let init = Init { seed, dtype: operators.dtype() };
        let weight = |name, fan_in: usize| init.uniform(name, &[input, hidden], move |_| fan_in);
        let bias = |name, fan_in: usize| init.uniform(name, &[hidden], move |_| fan_in);
        let order: Vec<u32> = layout.order().iter().map(|&operator| operator as u32).collect();
        let (pairs, edge) = if layout.edges() && layout.order().len() > 1 {
            let (from, to): (Vec<u32>, Vec<u32>) =
                layout.pairs().iter().map(|&(from, to)| (from as u32, to as u32)).unzip();
            let edge = [weight("gate.from", 2 * input)?, weight("gate.to", 2 * input)?, bias("gate.edge", 2 * input)?];
            (Some((Tensor::new(from, &Device::Cpu)?, Tensor::new(to, &Device::Cpu)?)), Some(edge))
        } else {
            (None, None)
        };
        Ok(Self {
            operators: operators.index_select(&Tensor::new(order, operators.device())?, 0)?,
            pairs,
            query_weight: weight("gate.query.weight", input)?,
            query_bias: bias("gate.query.bias", input)?,
            operator_weight: weight("gate.operator.weight", input)?,
            operator_bias: bias("gate.operator.bias", input)?,
            edge,
            log_temperature: Var::from_tensor(
                &Tensor::full(settings.temperature.initial.ln(), (1, 1), operators.device())?
                    .to_dtype(operators.dtype())?,
            )?,
            learned_temperature: settings.temperature.learned,
        })
    }

    fn parameters(&self) -> Vec<(&'static str, &Var)> {
        let always = [
            ("query.weight", &self.query_weight),
            ("query.bias", &self.query_bias),
            ("operator.weight", &self.operator_weight),
            ("operator.bias", &self.operator_bias),
        ];
        let edge = self.edge.iter().flat_map(|edge| ["edge.from", "edge.to", "edge.bias"].into_iter().zip(edge));
        let temperature = self.learned_temperature.then_some(("log_temperature", &self.log_temperature));
        always.into_iter().chain(edge).chain(temperature).collect()
    }

    /// The products with the queries.
    ///
    /// # Shapes
    /// `queries: [batch, D]` to `[batch, gates]`.
    fn logits(&self, queries: &Tensor) -> Result<Tensor> {
        let query = product(queries, &self.query_weight)?.broadcast_add(&self.query_bias)?;
        let mut gates = product(&self.operators, &self.operator_weight)?.broadcast_add(&self.operator_bias)?;
        if let (Some((from, to)), Some([from_weight, to_weight, bias])) = (&self.pairs, &self.edge) {
            let from = product(&self.operators, from_weight)?.index_select(from, 0)?;
            let to = product(&self.operators, to_weight)?.index_select(to, 0)?;
            gates = Tensor::cat(&[gates, (from + to)?.broadcast_add(bias)?], 0)?;
        }
        let cosines = product(&unit(&query)?, &unit(&gates)?.t()?)?;
        Ok(cosines.broadcast_mul(&self.log_temperature.neg()?.exp()?)?)
    }
}

#[cfg(test)]
mod tests {
    use lamas_core::operator::Role;

    use super::*;
    use crate::actions::Actions;
    use crate::descent::Update;
    use crate::settings::{Compared, Selection, Temperature};

    fn learner(edges: bool, conditioning: Conditioning, settings: Settings) -> (Learner<Gates>, Embeddings) {
        let roles = [Role::Generate, Role::Generate, Role::Refine];
        let names = ["generate", "generate_cot", "self_refine"];
        let actions = Actions::from_roles(names.map(Into::into).into_iter().zip(roles).collect(), &"generate".into());
        let actions = actions.unwrap();
        let layout = Layout::new(&actions, &names.map(Into::into), edges).unwrap();
        let values = |n: usize| (0..n).map(|i| ((i * 7 % 11) as f32 - 5.0) / 4.0).collect::<Vec<_>>();
        let operators = Embeddings::normalised(4, values(12)).unwrap().tensor(&[0, 1, 2], DType::F64).unwrap();
        let queries = Embeddings::normalised(4, values(8)).unwrap();
        let gates = Gates::new(layout, conditioning, &settings, &operators, Seed(9)).unwrap();
        let learner = Learner::new(settings, actions, gates).unwrap();
        (learner, queries)
    }

    fn episodes(learner: &Learner<Gates>, queries: &Embeddings, rewards: &[Option<f64>]) -> Vec<GateEpisode> {
        let logits = learner.logits(queries, &[0, 1]).unwrap();
        let draw = |(row, reward): (usize, &Option<f64>)| {
            let draw = Draw::new(
                learner.network().layout(),
                &logits[row],
                Selection::Draw,
                &mut Seed(4).stream("gates", &[row as u64]),
            );
            GateEpisode { draw, reward: *reward }
        };
        rewards.iter().enumerate().map(draw).collect()
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        for (edges, conditioning) in
            [(false, Conditioning::Task), (true, Conditioning::Task), (true, Conditioning::Query)]
        {
            let (learner, queries) = learner(edges, conditioning, Settings::honest());
            let batch = episodes(&learner, &queries, &[Some(0.8), Some(-0.3)]);
            let tensor = queries.tensor(&[0, 1], DType::F64).unwrap();
            let loss = || learner.loss(&tensor, &batch).unwrap().unwrap().value;
            let gradients = loss().backward().unwrap();
            for (name, var) in learner.network().parameters() {
                let gradient = gradients.get(var).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
                let start = var.flatten_all().unwrap().to_vec1::<f64>().unwrap();
                for index in 0..start.len() {
                    let at = |step: f64| {
                        let mut moved = start.clone();
                        moved[index] += step;
                        var.set(&Tensor::from_vec(moved, var.shape(), &Device::Cpu).unwrap()).unwrap();
                        loss().to_scalar::<f64>().unwrap()
                    };
                    let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                    assert!((slope - gradient[index]).abs() < 1e-8, "{name}[{index}]: {slope} {}", gradient[index]);
                    at(0.0);
                }
            }
        }
    }

    #[test]
    fn the_loss_is_the_mean_over_gates_of_advantage_times_log_probability() {
        let (learner, queries) = learner(true, Conditioning::Query, Settings::honest());
        let batch = episodes(&learner, &queries, &[Some(0.8), Some(-0.3)]);
        let logits = learner.logits(&queries, &[0, 1]).unwrap();
        let counts: Vec<f64> =
            batch.iter().map(|e| e.draw.factors(learner.network().layout()).count() as f64).collect();
        let n = counts[0] + counts[1];
        let mean = (0.8 * counts[0] - 0.3 * counts[1]) / n;
        let std = ((counts[0] * (0.8 - mean).powi(2) + counts[1] * (-0.3 - mean).powi(2)) / n).sqrt();
        let log_pi = |row: usize| batch[row].draw.log_prob(learner.network().layout(), &logits[row]);
        let expected = -((0.8 - mean) / std * log_pi(0) + (-0.3 - mean) / std * log_pi(1)) / n;
        let tensor = queries.tensor(&[0, 1], DType::F64).unwrap();
        let loss = learner.loss(&tensor, &batch).unwrap().unwrap();
        assert!((loss.value.to_scalar::<f64>().unwrap() - expected).abs() < 1e-12);
        assert_eq!(loss.terms.len() as f64, n);
    }

    #[test]
    fn against_the_other_episodes_of_a_query_the_gradient_is_that_of_the_expected_reward() {
        let settings = Settings { compared: Compared::LeaveOneOut, ..Settings::honest() };
        let (learner, queries) = learner(false, Conditioning::Task, settings);
        let layout = learner.network().layout();
        let (_, var) = learner.network().parameters()[0];
        let start = vec![0.4, -0.7, 0.2];
        let set = |logits: &[f64]| var.set(&Tensor::new(logits, &Device::Cpu).unwrap()).unwrap();
        set(&start);
        // Every draw of three gates, with some reward of its own.
        let draws: Vec<Draw> = (0..8_usize)
            .map(|bits| {
                let open: Vec<bool> = (0..3).map(|gate| bits >> gate & 1 == 1).collect();
                Draw { executed: layout.executed(&open), open, edges: Vec::new() }
            })
            .collect();
        let rewards: Vec<f64> = (0..8_u32).map(|bits| f64::from(bits * 5 % 8) / 7.0).collect();
        let chance = |draw: &Draw, logits: &[f64]| draw.log_prob(layout, logits).exp();
        let expected =
            |logits: &[f64]| draws.iter().zip(&rewards).map(|(draw, r)| chance(draw, logits) * r).sum::<f64>();

        // The mean of the gradient over all pairs of draws of one query.
        let tensor = queries.tensor(&[0, 0], DType::F64).unwrap();
        let mut mean = [0.0; 3];
        for (one, first) in draws.iter().zip(&rewards) {
            for (other, second) in draws.iter().zip(&rewards) {
                let batch = [(one, first), (other, second)]
                    .map(|(draw, &reward)| GateEpisode { draw: draw.clone(), reward: Some(reward) });
                let loss = learner.loss_of(&tensor, &batch, &[7, 7]).unwrap().unwrap().value;
                let gradient = loss.backward().unwrap().get(var).unwrap().to_vec1::<f64>().unwrap();
                let pair = chance(one, &start) * chance(other, &start);
                mean.iter_mut().zip(gradient).for_each(|(mean, g)| *mean += pair * g);
            }
        }
        // Two episodes of three factors each, and a loss that is a mean over factors.
        for gate in 0..3 {
            let at = |step: f64| {
                let mut moved = start.clone();
                moved[gate] += step;
                expected(&moved)
            };
            let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((mean[gate] + slope / 3.0).abs() < 1e-8, "gate {gate}: {} and {slope}", mean[gate]);
        }
        // One episode alone has nothing to be compared with.
        let alone = [GateEpisode { draw: draws[3].clone(), reward: Some(1.0) }];
        let loss = learner.loss_of(&queries.tensor(&[0], DType::F64).unwrap(), &alone, &[7]).unwrap().unwrap();
        assert_eq!(loss.value.to_scalar::<f64>().unwrap(), 0.0);
    }

    #[test]
    fn what_pays_stays_in_and_what_costs_goes_out() {
        // `generate_cot` earns a point, every operator that runs costs a fifth.
        let temperature = Temperature { initial: 0.5, learned: false };
        let settings = Settings { learning_rate: 0.05, temperature, ..Settings::honest() };
        for conditioning in [Conditioning::Task, Conditioning::Query] {
            let (mut learner, queries) = learner(false, conditioning, settings.clone());
            for update in 0..300 {
                let logits = learner.logits(&queries, &[0, 1]).unwrap();
                let draw = |row: usize| {
                    let mut random = Seed(update).stream("gates", &[row as u64]);
                    let draw = Draw::new(learner.network().layout(), &logits[row], Selection::Draw, &mut random);
                    let reward = f64::from(u8::from(draw.executed.contains(&1))) - 0.2 * draw.executed.len() as f64;
                    GateEpisode { draw, reward: Some(reward) }
                };
                let batch = [draw(0), draw(1)];
                learner.update(&queries.tensor(&[0, 1], DType::F64).unwrap(), &batch).unwrap();
            }
            for logits in learner.logits(&queries, &[0, 1]).unwrap() {
                assert!(logits[1] > 0.5 && logits[0] < -0.5 && logits[2] < -0.5, "{conditioning:?}: {logits:?}");
            }
        }
    }

    #[test]
    fn a_batch_without_scored_episodes_changes_nothing() {
        let (mut learner, queries) = learner(true, Conditioning::Query, Settings::honest());
        let before = learner.logits(&queries, &[0, 1]).unwrap();
        let batch = episodes(&learner, &queries, &[None, None]);
        let update = learner.update(&queries.tensor(&[0, 1], DType::F64).unwrap(), &batch).unwrap();
        assert_eq!(update, Update { scored: 0, unscored: 2, step: None });
        assert_eq!(learner.logits(&queries, &[0, 1]).unwrap(), before);
    }

    #[test]
    fn gates_start_at_an_even_chance_or_within_the_reach_of_the_temperature() {
        let settings = Settings { temperature: Temperature { initial: 0.25, learned: true }, ..Settings::honest() };
        let (learner, queries) = learner(true, Conditioning::Query, settings);
        assert!(learner.logits(&queries, &[0, 1]).unwrap().concat().iter().all(|z| z.abs() <= 4.0));
        assert_eq!(learner.network().parameters().last().unwrap().0, "log_temperature");
        let (learner, queries) = self::learner(true, Conditioning::Task, Settings::honest());
        assert_eq!(learner.logits(&queries, &[0]).unwrap(), [vec![0.0; 6]]);
        let chances = learner.chances().unwrap().unwrap();
        assert_eq!((chances.len(), &*chances[2].0.0, chances[2].1), (3, "self_refine", 0.5));
    }
}
