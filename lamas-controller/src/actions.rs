//! The controller's actions: an operator is an index, a set of operators a bit mask.

use lamas_core::operator::{OperatorName, OperatorSet, Role};
use lamas_core::wording::closest;
use serde::{Deserialize, Serialize};

use crate::{ControllerError, Result};

/// A set of operators, as bits by operator index.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mask(pub u64);

impl Mask {
    /// No operator.
    pub const NONE: Self = Self(0);

    /// The most operators that a mask can hold.
    pub const CAPACITY: usize = 64;

    /// The first `operators` operators.
    #[must_use]
    pub fn all(operators: usize) -> Self {
        (0..operators).fold(Self::NONE, Self::with)
    }

    /// This set and one more operator.
    #[must_use]
    pub fn with(self, operator: usize) -> Self {
        Self(self.0 | 1 << operator)
    }

    /// The operators of this set that are not in the other.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether an operator belongs to it.
    #[must_use]
    pub fn contains(self, operator: usize) -> bool {
        self.0 >> operator & 1 == 1
    }

    /// Whether no operator belongs to it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl From<&[bool]> for Mask {
    fn from(flags: &[bool]) -> Self {
        flags.iter().enumerate().filter(|(_, flag)| **flag).fold(Self::NONE, |mask, (operator, _)| mask.with(operator))
    }
}

/// What the controller may choose from, in the order of the operator set.
///
/// ```
/// use lamas_controller::actions::Actions;
/// use lamas_core::operator::Role;
///
/// let operators = vec![("generate".into(), Role::Generate), ("early_stop".into(), Role::Stop)];
/// let actions = Actions::from_roles(operators, &"generate".into())?;
/// assert!(actions.generates(0) && actions.stops(1));
/// # Ok::<(), lamas_controller::ControllerError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actions {
    names: Vec<OperatorName>,
    generating: Mask,
    stopping: Mask,
    fallback: usize,
}

impl Actions {
    /// The actions of an operator set. `fallback` is what a first layer becomes that could not answer: `generate`.
    ///
    /// # Errors
    /// When the set is empty or too large, or the fallback is not one of its generating operators.
    pub fn new(operators: &OperatorSet, fallback: &OperatorName) -> Result<Self> {
        Self::from_roles(
            operators.iter().map(|operator| (operator.name().clone(), operator.role())).collect(),
            fallback,
        )
    }

    /// The same from names and roles alone.
    ///
    /// # Errors
    /// As [`Actions::new`].
    pub fn from_roles(operators: Vec<(OperatorName, Role)>, fallback: &OperatorName) -> Result<Self> {
        if operators.is_empty() || operators.len() > Mask::CAPACITY {
            return Err(ControllerError::Shape {
                operation: "operators of the controller",
                expected: format!("1 to {} operators", Mask::CAPACITY),
                got: operators.len().to_string(),
            });
        }
        let having = |role| Mask::from(operators.iter().map(|(_, r)| *r == role).collect::<Vec<_>>().as_slice());
        let (generating, stopping) = (having(Role::Generate), having(Role::Stop));
        let names: Vec<OperatorName> = operators.into_iter().map(|(name, _)| name).collect();
        let fallback = names
            .iter()
            .position(|name| name == fallback)
            .filter(|&operator| generating.contains(operator))
            .ok_or_else(|| unknown_fallback(fallback, &names, generating))?;
        Ok(Self { names, generating, stopping, fallback })
    }

    /// How many operators there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none; never so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The operators' names in order.
    #[must_use]
    pub fn names(&self) -> &[OperatorName] {
        &self.names
    }

    /// Whether an operator makes candidates from the problem alone.
    #[must_use]
    pub fn generates(&self, operator: usize) -> bool {
        self.generating.contains(operator)
    }

    /// Whether an operator ends the graph.
    #[must_use]
    pub fn stops(&self, operator: usize) -> bool {
        self.stopping.contains(operator)
    }

    /// The operator that a first layer becomes when it could not answer.
    #[must_use]
    pub fn fallback(&self) -> usize {
        self.fallback
    }
}

fn unknown_fallback(fallback: &OperatorName, names: &[OperatorName], generating: Mask) -> ControllerError {
    let possible: Vec<&str> =
        names.iter().enumerate().filter(|(index, _)| generating.contains(*index)).map(|(_, name)| &*name.0).collect();
    let hint = closest(&fallback.0, possible.iter().copied());
    let hint = hint.map_or_else(String::new, |name| format!(", did you mean `{name}`?"));
    ControllerError::Setting {
        key: "fallback",
        value: format!("`{fallback}`"),
        expected: format!("must be a generating operator of this experiment ({}){hint}", possible.join(", ")),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// 0 generate, 1 chain of thought, 2 ensemble, 3 refine, 4 stop.
    pub(crate) fn actions() -> Actions {
        let roles = [Role::Generate, Role::Generate, Role::Select, Role::Refine, Role::Stop];
        let names = ["generate", "generate_cot", "sc_ensemble", "self_refine", "early_stop"];
        Actions::from_roles(names.map(Into::into).into_iter().zip(roles).collect(), &"generate".into()).unwrap()
    }

    fn roles() -> Vec<(OperatorName, Role)> {
        vec![("generate".into(), Role::Generate), ("vote".into(), Role::Select), ("stop".into(), Role::Stop)]
    }

    #[test]
    fn roles_become_masks() {
        let actions = Actions::from_roles(roles(), &"generate".into()).unwrap();
        assert!(actions.generates(0) && !actions.generates(1) && !actions.generates(2));
        assert!(actions.stops(2) && !actions.stops(0));
        assert_eq!(actions.fallback(), 0);
    }

    #[test]
    fn a_fallback_that_does_not_generate_is_refused() {
        for (fallback, hint) in [("vote", false), ("genrate", true)] {
            let message = Actions::from_roles(roles(), &fallback.into()).unwrap_err().to_string();
            assert!(message.contains(fallback) && message.contains("(generate)"), "{message}");
            assert_eq!(message.contains("did you mean `generate`?"), hint, "{message}");
        }
    }

    #[test]
    fn a_mask_holds_sixty_four_operators() {
        assert!(Mask::all(64).contains(63));
        assert!(Mask::all(3).minus(Mask::all(3)).is_empty());
        assert_eq!(Mask::from([true, false, true].as_slice()), Mask(0b101));
    }
}
