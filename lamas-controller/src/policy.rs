//! The controller's network: one score for every query, layer, operator and operator that may have come before.
//!
//! Layer l scores operator o for query q, with e_o the operator's embedding and e_prev that of the first operator executed
//! in the layer before, as the cosine
//!
//! ```text
//! s_l(q, prev, o) = < unit(Wq_l q + bq_l), unit(Wo_l [e_o ; e_prev] + bo_l) > / temperature_l
//! ```
//!
//! Since `Wo [e_o ; e_prev] = W1 e_o + W2 e_prev`, and there are only as many e_prev as operators, the operators' side is
//! computed for all pairs at once, and all layers share one product on either side. A whole batch of queries costs four
//! matrix products, whatever layers they will reach.

use candle_core::{D, DType, Device, Tensor, Var};
use lamas_core::random::Seed;
use rand::RngExt;

use crate::actions::Mask;
use crate::product::product;
use crate::settings::{Settings, Temperature};
use crate::table::PolicyTable;
use crate::{ControllerError, Result};

/// Stands for minus infinity among scores; its exponential is zero in 32-bit floats, and it makes no NaN in a gradient.
const EXCLUDED: f64 = -1e30;

/// The network's sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dims {
    /// L.
    pub layers: usize,
    /// O.
    pub operators: usize,
    /// D, dimensions of an embedding.
    pub input: usize,
    /// H, dimensions of the comparison.
    pub hidden: usize,
}

/// One factor of a draw's probability: this operator, out of all that are not excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Row of the batch.
    pub query: usize,
    /// Which layer.
    pub layer: usize,
    /// The first operator executed in the layer before.
    pub previous: Option<usize>,
    /// The operator chosen.
    pub operator: usize,
    /// The operators that could not be chosen.
    pub excluded: Mask,
}

/// The network.
#[derive(Debug)]
pub struct Policy {
    dims: Dims,
    /// `[O, D]`, frozen.
    operators: Tensor,
    /// `[D, L * H]`; column block l is the transpose of layer l's matrix.
    query_weight: Var,
    /// `[L * H]`.
    query_bias: Var,
    /// `[D, L * H]`: W1.
    operator_weight: Var,
    /// `[L * H]`.
    operator_bias: Var,
    /// `[D, (L - 1) * H]`: W2 of the later layers; none with a single layer.
    previous_weight: Option<Var>,
    /// `[L, 1, 1]`: the logarithm of each layer's temperature.
    log_temperature: Tensor,
    /// The same as a parameter, if it is learned.
    learned_temperature: Option<Var>,
}

impl Policy {
    /// A network with fresh weights over these operators' embeddings, whose number type it takes.
    ///
    /// # Shapes
    /// `operators: [O, D]`.
    ///
    /// Weights and biases are drawn uniformly from `+-1 / sqrt(fan_in)`, with a fan-in of D for the queries and the first
    /// layer's operators and of 2 D for the later layers' operators.
    ///
    /// # Errors
    /// When a setting cannot be used or the embeddings are not a matrix.
    pub fn new(settings: &Settings, operators: &Tensor, seed: Seed) -> Result<Self> {
        settings.check()?;
        let (count, input) = operators.dims2()?;
        let dims = Dims { layers: settings.layers, operators: count, input, hidden: settings.hidden };
        let (layers, width) = (dims.layers, dims.layers * dims.hidden);
        let init = Init { seed, dtype: operators.dtype() };
        let (single, double) = (input, 2 * input);
        let later = |layer: usize| if layer == 0 { single } else { double };
        let previous_weight =
            (layers > 1).then(|| init.uniform("previous.weight", &[input, width - dims.hidden], |_| double));
        let Temperature { initial, learned } = settings.temperature;
        let log_temperature = Var::from_tensor(&init.constant(initial.ln(), layers)?)?;
        Ok(Self {
            dims,
            operators: operators.clone(),
            query_weight: init.uniform("query.weight", &[input, width], |_| single)?,
            query_bias: init.uniform("query.bias", &[width], |_| single)?,
            operator_weight: init.uniform("operator.weight", &[input, width], |column| later(column / dims.hidden))?,
            operator_bias: init.uniform("operator.bias", &[width], |column| later(column / dims.hidden))?,
            previous_weight: previous_weight.transpose()?,
            log_temperature: if learned {
                log_temperature.as_tensor().clone()
            } else {
                log_temperature.as_detached_tensor()
            },
            learned_temperature: learned.then_some(log_temperature),
        })
    }

    /// The network's sizes.
    #[must_use]
    pub fn dims(&self) -> Dims {
        self.dims
    }

    /// The number type it computes in.
    #[must_use]
    pub fn dtype(&self) -> DType {
        self.operators.dtype()
    }

    /// The parameters by name, in a fixed order.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, &Var)> {
        let always = [
            ("query.weight", &self.query_weight),
            ("query.bias", &self.query_bias),
            ("operator.weight", &self.operator_weight),
            ("operator.bias", &self.operator_bias),
        ];
        let previous = self.previous_weight.iter().map(|weight| ("previous.weight", weight));
        let temperature = self.learned_temperature.iter().map(|log| ("log_temperature", log));
        always.into_iter().chain(previous).chain(temperature).collect()
    }

    /// Every score of a batch of queries.
    ///
    /// # Shapes
    /// `queries: [batch, D]` to `[layers, batch, previous * operators]`.
    ///
    /// # Errors
    /// When the queries do not fit the network.
    pub fn scores(&self, queries: &Tensor) -> Result<Tensor> {
        let Dims { layers, operators, input, hidden } = self.dims;
        let (batch, dimensions) = queries.dims2()?;
        if dimensions != input {
            return Err(ControllerError::Shape {
                operation: "scores of queries",
                expected: format!("[batch, {input}]"),
                got: format!("[{batch}, {dimensions}]"),
            });
        }
        let query = product(queries, &self.query_weight)?.broadcast_add(&self.query_bias)?;
        let query = unit(&query.reshape((batch, layers, hidden))?)?.transpose(0, 1)?.contiguous()?;
        let own = product(&self.operators, &self.operator_weight)?.broadcast_add(&self.operator_bias)?;
        let own = own.reshape((1, operators, layers, hidden))?;
        let pairs = match &self.previous_weight {
            Some(weight) => {
                let previous = product(&self.operators, weight)?.reshape((operators, 1, layers - 1, hidden))?;
                // The first layer has nothing before it.
                own.broadcast_add(&previous.pad_with_zeros(2, 1, 0)?)?
            }
            None => own.broadcast_as((operators, operators, layers, hidden))?,
        };
        let pairs = unit(&pairs)?.reshape((operators * operators, layers, hidden))?.permute((1, 2, 0))?.contiguous()?;
        let cosines = product(&query, &pairs)?;
        Ok(cosines.broadcast_mul(&self.log_temperature.neg()?.exp()?)?)
    }

    /// The tables of a batch of queries, on plain numbers.
    ///
    /// # Shapes
    /// `queries: [batch, D]` to `batch` tables of `[layers, previous, operators]`.
    ///
    /// # Errors
    /// As [`Policy::scores`].
    pub fn tables(&self, queries: &Tensor) -> Result<Vec<PolicyTable>> {
        let operators = self.dims.operators;
        let by_query = self.scores(queries)?.transpose(0, 1)?.flatten_from(1)?.to_dtype(DType::F64)?;
        Ok(by_query.to_vec2::<f64>()?.into_iter().map(|scores| PolicyTable::new(operators, scores)).collect())
    }

    /// The log-probability of each choice, differentiable.
    ///
    /// # Shapes
    /// `queries: [batch, D]` to `[choices]`.
    ///
    /// # Errors
    /// When a choice lies outside the network or the batch, or excludes itself.
    pub fn log_probs(&self, queries: &Tensor, choices: &[Choice]) -> Result<Tensor> {
        if let Some(choice) = choices.iter().find(|choice| choice.excluded.contains(choice.operator)) {
            return Err(ControllerError::Shape {
                operation: "log-probability of a choice",
                expected: "an operator that could be chosen".to_owned(),
                got: format!("operator {} of layer {}, which was masked", choice.operator, choice.layer),
            });
        }
        let Dims { operators, .. } = self.dims;
        let batch = queries.dim(0)?;
        let row = |c: &Choice| ((c.layer * batch + c.query) * operators + c.previous.unwrap_or(0)) as u32;
        let rows = self.vector(choices.iter().map(row).collect(), (choices.len(),))?;
        let chosen = self.vector(choices.iter().map(|c| c.operator as u32).collect(), (choices.len(), 1))?;
        let excluded: Vec<f64> = choices
            .iter()
            .flat_map(|c| (0..operators).map(|o| if c.excluded.contains(o) { EXCLUDED } else { 0.0 }))
            .collect();
        let excluded = self.vector(excluded, (choices.len(), operators))?.to_dtype(self.dtype())?;
        let scores = self.scores(queries)?.reshape(((), operators))?.index_select(&rows, 0)?;
        let log_probs = candle_nn::ops::log_softmax(&(scores + excluded)?, D::Minus1)?;
        Ok(log_probs.gather(&chosen, 1)?.flatten_all()?)
    }

    fn vector<T: candle_core::WithDType>(
        &self,
        values: Vec<T>,
        shape: impl Into<candle_core::Shape>,
    ) -> Result<Tensor> {
        Ok(Tensor::from_vec(values, shape.into(), self.operators.device())?)
    }
}

/// Brings the last dimension to unit length. The bias keeps it from being zero.
///
/// # Shapes
/// `[.., hidden]` to the same.
pub(crate) fn unit(x: &Tensor) -> candle_core::Result<Tensor> {
    x.broadcast_div(&x.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?)
}

/// Makes fresh parameters. The tensor library's own generator cannot be seeded on the CPU.
pub(crate) struct Init {
    pub(crate) seed: Seed,
    pub(crate) dtype: DType,
}

impl Init {
    /// Uniform in `+-1 / sqrt(fan_in)`, with the fan-in given by column.
    pub(crate) fn uniform(&self, name: &str, shape: &[usize], fan_in: impl Fn(usize) -> usize) -> Result<Var> {
        let mut random = self.seed.stream("weights", &[lamas_core::random::text_key(name)]);
        let columns = shape[shape.len() - 1];
        let bounds: Vec<f64> = (0..columns).map(|column| 1.0 / (fan_in(column) as f64).sqrt()).collect();
        let values: Vec<f64> = (0..shape.iter().product())
            .map(|index: usize| (2.0 * random.random::<f64>() - 1.0) * bounds[index % columns])
            .collect();
        Ok(Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(self.dtype)?)?)
    }

    fn constant(&self, value: f64, layers: usize) -> Result<Tensor> {
        Ok(Tensor::full(value, (layers, 1, 1), &Device::Cpu)?.to_dtype(self.dtype)?)
    }
}
