//! What a policy says about one query: scores for every layer and every operator that may have come before, on plain
//! numbers, so that deciding costs no tensor operations.

use crate::actions::Mask;

/// The scores of one query.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyTable {
    operators: usize,
    /// `[layers, previous operator, operators]`.
    scores: Vec<f64>,
}

impl PolicyTable {
    /// A table of these scores, `[layers, previous operator, operators]`, row-major.
    #[must_use]
    pub fn new(operators: usize, scores: Vec<f64>) -> Self {
        debug_assert_eq!(scores.len() % (operators * operators), 0);
        Self { operators, scores }
    }

    /// The first score that is no number; `None` where all are.
    #[must_use]
    pub fn not_finite(&self) -> Option<f64> {
        self.scores.iter().copied().find(|score| !score.is_finite())
    }

    /// How many operators there are.
    #[must_use]
    pub fn operators(&self) -> usize {
        self.operators
    }

    /// How many layers there are.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.scores.len() / (self.operators * self.operators)
    }

    /// The distribution of a layer over the allowed operators. `previous` is the first operator executed in the layer
    /// before; the first layer has none.
    #[must_use]
    pub fn distribution(&self, layer: usize, previous: Option<usize>, allowed: Mask) -> Distribution {
        let row = (layer * self.operators + previous.unwrap_or(0)) * self.operators;
        Distribution::softmax(&self.scores[row..row + self.operators], allowed)
    }
}

/// A softmax over the allowed operators of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    log_probs: Vec<f64>,
}

impl Distribution {
    /// `log p_o = s_o - log sum over allowed j of exp s_j`; minus infinity where not allowed.
    #[must_use]
    pub fn softmax(scores: &[f64], allowed: Mask) -> Self {
        let kept =
            |(operator, score): (usize, &f64)| if allowed.contains(operator) { *score } else { f64::NEG_INFINITY };
        let mut log_probs: Vec<f64> = scores.iter().enumerate().map(kept).collect();
        let total = log_sum_exp(log_probs.iter().copied());
        if total > f64::NEG_INFINITY {
            log_probs.iter_mut().for_each(|log_prob| *log_prob -= total);
        }
        Self { log_probs }
    }

    /// `log p` by operator; minus infinity where masked.
    #[must_use]
    pub fn log_probs(&self) -> &[f64] {
        &self.log_probs
    }

    /// `-sum p log p`, in nats.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        self.log_probs.iter().filter(|log_prob| log_prob.is_finite()).map(|log_prob| -log_prob.exp() * log_prob).sum()
    }
}

/// `log sum exp`, minus infinity over nothing.
pub(crate) fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + values.map(|value| (value - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_moves_its_mass_to_the_rest() {
        let scores = [0.3, -0.2, 0.9];
        let masked = Distribution::softmax(&scores, Mask(0b101));
        let odds = (0.3_f64 - 0.9).exp();
        assert!((masked.log_probs()[2].exp() - 1.0 / (1.0 + odds)).abs() < 1e-15);
        assert_eq!(masked.log_probs()[1], f64::NEG_INFINITY);
        assert_eq!(Distribution::softmax(&scores, Mask::NONE).log_probs(), [f64::NEG_INFINITY; 3]);
    }

    #[test]
    fn entropy_is_that_of_a_uniform_choice_when_all_scores_are_equal() {
        let uniform = Distribution::softmax(&[0.7; 7], Mask(0b111));
        assert!((uniform.entropy() - 3.0_f64.ln()).abs() < 1e-15);
        assert_eq!(Distribution::softmax(&[0.7; 7], Mask(0b1)).entropy(), 0.0);
    }

    #[test]
    fn rows_are_found_by_layer_and_previous_operator() {
        let table = PolicyTable::new(2, (0..8).map(f64::from).map(|x| x * x).collect());
        assert_eq!(table.layers(), 2);
        let row = table.distribution(1, Some(1), Mask::all(2));
        assert!((row.log_probs()[1] - row.log_probs()[0] - (49.0 - 36.0)).abs() < 1e-12);
    }
}
