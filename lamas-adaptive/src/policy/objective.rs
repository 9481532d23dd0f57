//! What a policy is worth, exactly: every plan counts with its probability, none is drawn.
//!
//! ```text
//! J    = mean over x and lambda of  sum over a of pi(a | x, lambda) Q(x, a; lambda)
//! loss = -J + w * mean over x and lambda of KL(best single plan || pi) = -J - w * mean of log pi(a* | x, lambda)
//! ```
//!
//! The pull towards the best single plan a* is a threshold: where another plan gains less than w, the optimum stays at a*; where
//! it gains g > w, a* keeps a share of w / g.

use candle_core::{D, DType, Device, Tensor};

use super::network::Network;
use crate::Result;
use crate::prices::Prices;
use crate::values::{Values, best};

/// The exact objective over some rows at some prices.
#[derive(Debug)]
pub struct Objective {
    prices: Vec<Prices>,
    /// `[N, prices, plans]`: Q.
    worths: Tensor,
    /// `[1, prices, plans]`: 1 at the best single plan.
    single: Tensor,
}

impl Objective {
    /// Over these rows of a table of values. The best single plan is that of the network's own means.
    ///
    /// # Errors
    /// When memory cannot be had.
    pub fn new(network: &Network, values: &Values, rows: &[usize], prices: &[Prices]) -> Result<Self> {
        let plans = values.plans();
        let of_row = |&row: &usize| {
            prices.iter().flat_map(move |&prices| values.row(row).iter().map(move |mean| mean.worth(prices)))
        };
        let shape = (rows.len(), prices.len(), plans);
        let worths = Tensor::from_vec(rows.iter().flat_map(of_row).collect::<Vec<f64>>(), shape, &Device::Cpu)?;
        let of_prices = |&prices: &Prices| {
            let single = best(&network.known().means, prices);
            (0..plans).map(move |plan| f64::from(u8::from(plan == single)))
        };
        let single: Vec<f64> = prices.iter().flat_map(of_prices).collect();
        let single = Tensor::from_vec(single, (1, prices.len(), plans), &Device::Cpu)?;
        let dtype = network.dtype();
        Ok(Self { prices: prices.to_vec(), worths: worths.to_dtype(dtype)?, single: single.to_dtype(dtype)? })
    }

    /// J of these queries, a scalar, differentiable.
    ///
    /// # Shapes
    /// `queries: [N, components]`, as [`Network::queries`] makes them.
    ///
    /// # Errors
    /// When the queries do not fit.
    pub fn value(&self, network: &Network, queries: &Tensor) -> Result<Tensor> {
        let log_probs = network.log_probs(queries, &self.prices)?;
        Ok((log_probs.exp()? * &self.worths)?.sum(D::Minus1)?.mean_all()?)
    }

    /// The loss with a pull of this weight, a scalar, differentiable.
    ///
    /// # Errors
    /// When the queries do not fit.
    pub fn loss(&self, network: &Network, queries: &Tensor, weight: f64) -> Result<Tensor> {
        let log_probs = network.log_probs(queries, &self.prices)?;
        let value = (log_probs.exp()? * &self.worths)?.sum(D::Minus1)?.mean_all()?;
        let away = log_probs.broadcast_mul(&self.single)?.sum(D::Minus1)?.mean_all()?.neg()?;
        Ok(((away * weight)? - value)?)
    }
}

/// `[N][prices][plans]`: the probabilities of all plans, on plain numbers.
///
/// # Errors
/// When the queries do not fit.
pub fn probabilities(network: &Network, queries: &[&[f32]], prices: &[Prices]) -> Result<Vec<Vec<Vec<f64>>>> {
    let log_probs = network.log_probs(&network.queries(queries)?, prices)?;
    Ok(log_probs.exp()?.to_dtype(DType::F64)?.to_vec3()?)
}

#[cfg(test)]
mod tests {
    use candle_core::backprop::GradStore;
    use lamas_core::race::Race;
    use lamas_core::random::Seed;

    use super::super::network::Known;
    use super::super::settings::PolicySettings;
    use super::*;
    use crate::prices::Mean;

    const PRICES: [Prices; 3] = [
        Prices { lambda_t: 0.0, lambda_c: 3.0 },
        Prices { lambda_t: 1e-4, lambda_c: 3.0 },
        Prices { lambda_t: 1e-3, lambda_c: 30.0 },
    ];

    fn number(i: usize) -> f64 {
        ((i * 7919 % 101) as f64 + 1.0) / 102.0
    }

    /// Three queries of five dimensions, four plans, and a network that has learned something.
    fn case() -> (Network, Values, Vec<Vec<f32>>) {
        let mean = |i: usize| Mean {
            score: number(i),
            length: 300.0 + 500.0 * number(i + 31),
            seconds: 0.0,
            usd: 0.01 * number(i + 57),
        };
        let values = Values::known((0..3).map(|row| (0..4).map(|plan| mean(4 * row + plan)).collect()).collect());
        let queries: Vec<Vec<f32>> =
            (0..3).map(|row| (0..5).map(|d| number(5 * row + d + 200) as f32 - 0.5).collect()).collect();
        let plans: Vec<Race> = (1..=4).map(|_| Race::of("generate".into())).collect();
        let borrowed: Vec<&[f32]> = queries.iter().map(Vec::as_slice).collect();
        let known = Known::new(&plans, values.overall(), &borrowed, 2);
        let settings = PolicySettings { hidden: 3, ..PolicySettings::default() };
        let network = Network::new(known, &settings, DType::F64, Seed(5)).unwrap();
        let compared = network.parameters()[3].1;
        let learned: Vec<f64> = (0..compared.elem_count()).map(|i| 0.1 * (number(i + 300) - 0.5)).collect();
        compared.set(&Tensor::from_vec(learned, compared.shape(), &Device::Cpu).unwrap()).unwrap();
        (network, values, queries)
    }

    fn gradients(network: &Network, of: &GradStore) -> Vec<f64> {
        let of = |(_, var): (&str, &candle_core::Var)| {
            let gradient = of.get(var).expect("every parameter has a gradient");
            gradient.flatten_all().unwrap().to_vec1::<f64>().unwrap()
        };
        network.parameters().into_iter().flat_map(of).collect()
    }

    #[test]
    fn the_gradient_is_the_sum_over_all_plans_one_by_one() {
        let (network, values, queries) = case();
        let borrowed: Vec<&[f32]> = queries.iter().map(Vec::as_slice).collect();
        let tensor = network.queries(&borrowed).unwrap();
        let rows = [0, 1, 2];
        let objective = Objective::new(&network, &values, &rows, &PRICES).unwrap();
        let value = objective.value(&network, &tensor).unwrap();
        let ours = gradients(&network, &value.backward().unwrap());

        // J and dJ = sum of pi Q and of pi Q d log pi, over every row, price and plan apart.
        let probabilities = probabilities(&network, &borrowed, &PRICES).unwrap();
        let (mut total, mut theirs) = (0.0, vec![0.0; ours.len()]);
        let share = 1.0 / (rows.len() * PRICES.len()) as f64;
        for row in rows {
            for (at, &prices) in PRICES.iter().enumerate() {
                for (plan, &probability) in probabilities[row][at].iter().enumerate() {
                    let worth = values.row(row)[plan].worth(prices);
                    total += share * probability * worth;
                    let log_prob = network.log_probs(&tensor, &PRICES).unwrap();
                    let log_prob = log_prob.get(row).unwrap().get(at).unwrap().get(plan).unwrap();
                    let single = gradients(&network, &log_prob.backward().unwrap());
                    theirs.iter_mut().zip(single).for_each(|(sum, d)| *sum += share * probability * worth * d);
                }
            }
        }
        assert!((value.to_scalar::<f64>().unwrap() - total).abs() < 1e-12);
        let largest = ours.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
        assert!(largest > 1e-4, "the case shows nothing: {largest}");
        let gap = ours.iter().zip(&theirs).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs()));
        assert!(gap < 1e-10, "{gap}");
    }

    #[test]
    fn the_gradient_of_the_loss_is_that_of_finite_differences() {
        let (network, values, queries) = case();
        let borrowed: Vec<&[f32]> = queries.iter().map(Vec::as_slice).collect();
        let tensor = network.queries(&borrowed).unwrap();
        let objective = Objective::new(&network, &values, &[0, 1, 2], &PRICES).unwrap();
        let loss = || objective.loss(&network, &tensor, 0.1).unwrap();
        let ours = loss().backward().unwrap();
        let step = 1e-6;
        for (name, var) in network.parameters() {
            let gradient = ours.get(var).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
            let start = var.flatten_all().unwrap().to_vec1::<f64>().unwrap();
            for (index, gradient) in gradient.iter().enumerate() {
                let at = |by: f64| {
                    let mut moved = start.clone();
                    moved[index] += by;
                    var.set(&Tensor::from_vec(moved, var.shape(), &Device::Cpu).unwrap()).unwrap();
                    loss().to_scalar::<f64>().unwrap()
                };
                let slope = (at(step) - at(-step)) / (2.0 * step);
                at(0.0);
                assert!((gradient - slope).abs() < 1e-7, "{name}[{index}]: {gradient} and {slope}");
            }
        }
    }

    #[test]
    fn a_network_that_has_learned_nothing_gives_every_query_the_best_single_plan_most_often() {
        let (network, values, queries) = case();
        let fresh = Network::new(network.known().clone(), &PolicySettings::default(), DType::F32, Seed(1)).unwrap();
        let borrowed: Vec<&[f32]> = queries.iter().map(Vec::as_slice).collect();
        // Also at prices that no training sees.
        let prices = [Prices { lambda_t: 3.3e-4, lambda_c: 11.0 }, Prices { lambda_t: 0.0, lambda_c: 0.0 }];
        for of_query in probabilities(&fresh, &borrowed, &prices).unwrap() {
            for (of_price, &prices) in of_query.iter().zip(&prices) {
                let most = (0..of_price.len()).max_by(|&a, &b| of_price[a].total_cmp(&of_price[b])).unwrap();
                assert_eq!(most, best(&values.overall(), prices));
            }
        }
    }
}
