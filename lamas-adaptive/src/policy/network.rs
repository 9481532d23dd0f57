//! The probability of every plan for a query at given prices.
//!
//! ```text
//! pi(a | x, lambda) = softmax over a of ( (Q(a; lambda) + d(x, a, lambda)) / tau(lambda) )
//! Q(a; lambda)      = S(a) - lambda_c C(a) - lambda_t T(a)                     means over the training rows
//! d(x, a, lambda)   = < Wq Px, W2 tanh(W1 [features(a) ; log lambda_t ; log lambda_c] + b1) > / sqrt(H)
//! log tau(lambda)   = t0 + < t, [log lambda_t ; log lambda_c] >
//! ```
//!
//! Q needs no learning: at any prices, also those between the ones that were trained, the plan with the largest Q is the best
//! single one. P projects on the training queries' principal components. All that is learned is by how much a query's own text moves that, and how sharp the choice is. W2 begins at zero,
//! and so does d.

use std::collections::BTreeMap;

use candle_core::{D, DType, Device, Tensor, Var};
use lamas_controller::ControllerError;
use lamas_controller::product::product;
use lamas_core::race::{Race, Until};
use lamas_core::random::{Seed, text_key};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::components::principal;
use super::settings::PolicySettings;
use crate::Result;
use crate::linear::dot;
use crate::prices::{Mean, Prices};

/// Dimensions of the hidden layer that plans and prices go through.
const WIDTH: usize = 32;

/// What stands for the logarithm of a price of 0: that of a price which makes one mean path, or one mean cost, worth so much.
const NOTHING: f64 = 1e-3;

/// What a network knows beforehand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// `[D]`: the mean of the training queries' embeddings.
    pub centre: Vec<f64>,
    /// `[components][D]`: what centred embeddings are projected on, of such a length that the mean squared length of a projection
    /// is 1.
    pub components: Vec<Vec<f64>>,
    /// `[plans][F]`.
    pub features: Vec<Vec<f64>>,
    /// `[plans]`: what each brings over the training rows.
    pub means: Vec<Mean>,
}

impl Known {
    /// What is known of these plans and queries. `queries: [rows][D]`, of which so many components are read.
    #[must_use]
    pub fn new(plans: &[Race], means: Vec<Mean>, queries: &[&[f32]], components: usize) -> Self {
        let features = standardised(plans.iter().zip(&means).map(|(plan, mean)| features(plan, mean)).collect());
        let dimensions = queries.first().map_or(0, |query| query.len());
        let mean = |d: usize| queries.iter().map(|query| f64::from(query[d])).sum::<f64>() / queries.len() as f64;
        let centre: Vec<f64> = (0..dimensions).map(mean).collect();
        let rows: Vec<Vec<f64>> = queries.iter().map(|query| centred(query, &centre)).collect();
        let mut components = principal(&rows, components);
        let squares: f64 = rows.iter().flat_map(|row| components.iter().map(|own| dot(own, row).powi(2))).sum();
        if squares > 0.0 {
            let scale = (rows.len() as f64 / squares).sqrt();
            components.iter_mut().flatten().for_each(|x| *x *= scale);
        } else {
            // Queries that are all the same say nothing.
            components = vec![vec![0.0; dimensions]];
        }
        Self { centre, components, features, means }
    }

    /// The logarithms of prices, as shares of what the mean plan brings: `[2]`.
    fn price_features(&self, prices: Prices) -> [f64; 2] {
        let mean = Mean::of(self.means.iter().copied());
        [prices.lambda_t * mean.length, prices.lambda_c * mean.usd].map(|share| share.max(NOTHING).ln() / 2.0)
    }

    /// `[plans]`: Q at these prices.
    pub(crate) fn worths(&self, prices: Prices) -> Vec<f64> {
        self.means.iter().map(|mean| mean.worth(prices)).collect()
    }
}

fn centred(query: &[f32], centre: &[f64]) -> Vec<f64> {
    query.iter().zip(centre).map(|(x, mean)| f64::from(*x) - mean).collect()
}

/// What a plan is, in numbers: what it brings, how many it starts, and by which rule it ends.
fn features(plan: &Race, mean: &Mean) -> Vec<f64> {
    let log = |x: f64| x.max(1e-12).ln();
    let copies = |race: &Race| race.entrants.iter().map(|entrant| f64::from(entrant.copies)).sum::<f64>();
    let kinds = plan.entrants.len() as f64;
    let agree = match &plan.until {
        Until::Agree(agree) => f64::from(agree.0.get()),
        _ => 0.0,
    };
    let first = match &plan.until {
        Until::First(first) => f64::from(first.0.get()),
        _ => 0.0,
    };
    let then = plan.then.iter().map(copies).sum();
    vec![mean.score, log(mean.length), log(mean.usd), copies(plan), kinds, agree, first, then]
}

/// Every column with mean 0 and deviation 1; a column of equal values is 0.
fn standardised(mut rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let count = rows.len() as f64;
    for column in 0..rows.first().map_or(0, Vec::len) {
        let mean = rows.iter().map(|row| row[column]).sum::<f64>() / count;
        let deviation = (rows.iter().map(|row| (row[column] - mean).powi(2)).sum::<f64>() / count).sqrt();
        for row in &mut rows {
            row[column] = if deviation > 1e-12 { (row[column] - mean) / deviation } else { 0.0 };
        }
    }
    rows
}

/// The parameters by name, as plain numbers.
pub type Weights = BTreeMap<String, Vec<f64>>;

/// The network.
#[derive(Debug)]
pub struct Network {
    known: Known,
    hidden: usize,
    dtype: DType,
    /// `[components, H]`: Wq.
    query: Var,
    /// `[F + 2, WIDTH]`: W1.
    plan: Var,
    /// `[WIDTH]`: b1.
    bias: Var,
    /// `[WIDTH, H]`: W2.
    compared: Var,
    /// `[3, 1]`: t0 and t.
    temperature: Var,
}

impl Network {
    /// A network that has learned nothing: every query gets the softmax over Q.
    ///
    /// # Errors
    /// When memory cannot be had.
    pub fn new(known: Known, settings: &PolicySettings, dtype: DType, seed: Seed) -> Result<Self> {
        let dimensions = known.components.len();
        let inputs = known.features.first().map_or(0, Vec::len) + 2;
        let uniform = |name: &str, rows: usize, columns: usize, bound: f64| -> Result<Var> {
            let mut random = seed.stream("weights", &[text_key(name)]);
            let values: Vec<f64> = (0..rows * columns).map(|_| (2.0 * random.random::<f64>() - 1.0) * bound).collect();
            Ok(Var::from_tensor(&Tensor::from_vec(values, (rows, columns), &Device::Cpu)?.to_dtype(dtype)?)?)
        };
        let temperature = Tensor::new(&[[settings.temperature.ln()], [0.0], [0.0]], &Device::Cpu)?.to_dtype(dtype)?;
        Ok(Self {
            // Queries have a length of 1, so that their products have a variance of 1.
            query: uniform("query", dimensions, settings.hidden, 3.0_f64.sqrt())?,
            plan: uniform("plan", inputs, WIDTH, 1.0 / (inputs as f64).sqrt())?,
            bias: Var::zeros(WIDTH, dtype, &Device::Cpu)?,
            compared: Var::zeros((WIDTH, settings.hidden), dtype, &Device::Cpu)?,
            temperature: Var::from_tensor(&temperature)?,
            hidden: settings.hidden,
            dtype,
            known,
        })
    }

    /// A network with these parameters.
    ///
    /// # Errors
    /// When a parameter is missing or has another size.
    pub fn with_weights(known: Known, settings: &PolicySettings, weights: &Weights) -> Result<Self> {
        let network = Self::new(known, settings, DType::F32, Seed(0))?;
        for (name, var) in network.parameters() {
            let values = weights.get(name).cloned().unwrap_or_default();
            var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu)?.to_dtype(network.dtype)?)?;
        }
        Ok(network)
    }

    /// The parameters by name, in a fixed order.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, &Var)> {
        vec![
            ("query", &self.query),
            ("plan", &self.plan),
            ("bias", &self.bias),
            ("compared", &self.compared),
            ("temperature", &self.temperature),
        ]
    }

    /// The parameters' values.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn weights(&self) -> Result<Weights> {
        let values = |(name, var): (&str, &Var)| {
            Ok((name.to_owned(), var.flatten_all()?.to_dtype(DType::F64)?.to_vec1::<f64>()?))
        };
        self.parameters().into_iter().map(values).collect()
    }

    /// The number type it computes in.
    #[must_use]
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// What it knows beforehand.
    #[must_use]
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Queries as the network takes them. `queries: [N][D]` to `[N, components]`.
    ///
    /// # Errors
    /// When a query has another length than those that the network was made for.
    pub fn queries(&self, queries: &[&[f32]]) -> Result<Tensor> {
        let Known { centre, components, .. } = &self.known;
        if let Some(odd) = queries.iter().find(|query| query.len() != centre.len()) {
            let (expected, got) = (format!("rows of {} values", centre.len()), format!("{} values", odd.len()));
            return Err(ControllerError::Shape { operation: "embeddings of queries", expected, got }.into());
        }
        let project = |query: &&[f32]| {
            let row = centred(query, centre);
            components.iter().map(|own| dot(own, &row)).collect::<Vec<f64>>()
        };
        let values: Vec<f64> = queries.iter().flat_map(project).collect();
        Ok(Tensor::from_vec(values, (queries.len(), components.len()), &Device::Cpu)?.to_dtype(self.dtype)?)
    }

    /// The logarithm of the probability of every plan, differentiable.
    ///
    /// # Shapes
    /// `queries: [N, components]` to `[N, prices, plans]`.
    ///
    /// # Errors
    /// When the queries do not fit.
    pub fn log_probs(&self, queries: &Tensor, prices: &[Prices]) -> Result<Tensor> {
        let (count, plans) = (queries.dim(0)?, self.known.means.len());
        let matrix = |values: Vec<f64>, rows: usize| -> Result<Tensor> {
            let columns = values.len() / rows.max(1);
            Ok(Tensor::from_vec(values, (rows, columns), &Device::Cpu)?.to_dtype(self.dtype)?)
        };
        let inputs = prices.iter().flat_map(|&prices| {
            let of_price = self.known.price_features(prices);
            self.known.features.iter().flat_map(move |of_plan| of_plan.iter().copied().chain(of_price))
        });
        let inputs = matrix(inputs.collect(), prices.len() * plans)?;
        let worths = matrix(prices.iter().flat_map(|&prices| self.known.worths(prices)).collect(), prices.len())?;
        let of_prices = prices.iter().flat_map(|&prices| [1.0].into_iter().chain(self.known.price_features(prices)));
        let of_prices = matrix(of_prices.collect(), prices.len())?;

        let hidden = product(&inputs, &self.plan)?.broadcast_add(&self.bias)?.tanh()?;
        let compared = product(&hidden, &self.compared)?;
        let own = (product(queries, &self.query)? / (self.hidden as f64).sqrt())?;
        let moved = product(&own, &compared.t()?)?.reshape((count, prices.len(), plans))?;
        let log_temperature = product(&of_prices, &self.temperature)?;
        let logits = moved.broadcast_add(&worths)?.broadcast_mul(&log_temperature.neg()?.exp()?)?;
        Ok(candle_nn::ops::log_softmax(&logits, D::Minus1)?)
    }
}
