use lamas_core::operator::OperatorName;

use crate::actions::Actions;
use crate::{ControllerError, Result};

/// Which gates there are: first one for each operator of the order, then one for each pair, by later and then by earlier
/// operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Operators by action, in the order in which they run.
    order: Vec<usize>,
    /// Whether pairs have gates; otherwise each operator reads all that went before.
    edges: bool,
    /// Which positions of the order generate.
    generating: Vec<bool>,
    /// The position of the operator that is put in when no generating one is.
    fallback: usize,
}

impl Layout {
    /// The gates of these operators; those that there are not are left out.
    ///
    /// # Errors
    /// When the fallback is not among them.
    pub fn new(actions: &Actions, order: &[OperatorName], edges: bool) -> Result<Self> {
        let find = |name: &OperatorName| actions.names().iter().position(|known| known == name);
        let order: Vec<usize> = order.iter().filter_map(find).filter(|&operator| !actions.stops(operator)).collect();
        let fallback = order.iter().position(|&operator| operator == actions.fallback()).ok_or_else(|| {
            ControllerError::Setting {
                key: "fallback",
                value: format!("`{}`", actions.names()[actions.fallback()]),
                expected: "must be one of the operators that have gates".to_owned(),
            }
        })?;
        let generating = order.iter().map(|&operator| actions.generates(operator)).collect();
        Ok(Self { order, edges, generating, fallback })
    }

    /// Operators by action, in the order in which they run.
    #[must_use]
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// Whether pairs have gates.
    #[must_use]
    pub fn edges(&self) -> bool {
        self.edges
    }

    /// How many gates there are.
    #[must_use]
    pub fn gates(&self) -> usize {
        self.order.len() + self.pairs().len()
    }

    /// The pairs that have gates, as positions of the earlier and the later operator, in the order of their gates.
    #[must_use]
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        let all = (0..self.order.len()).flat_map(|to| (0..to).map(move |from| (from, to)));
        all.filter(|_| self.edges).collect()
    }

    /// The gate of a pair.
    #[must_use]
    pub fn pair_gate(&self, from: usize, to: usize) -> usize {
        self.order.len() + to * (to - 1) / 2 + from
    }

    /// The positions that run when these operators' gates are open: where none of them generates, the fallback as well.
    #[must_use]
    pub fn executed(&self, open: &[bool]) -> Vec<usize> {
        let answers = open.iter().zip(&self.generating).any(|(open, generates)| *open && *generates);
        (0..self.order.len()).filter(|&place| open[place] || (!answers && place == self.fallback)).collect()
    }
}
