//! What a method must know of the problems before it runs on them.

use lamas_controller::ControllerError;
use lamas_controller::actions::Actions;
use lamas_controller::settings::Settings;
use lamas_core::operator::{OperatorName, OperatorSet, Role};

use crate::fault::Fault;

/// A problem set, as far as a method must know it to say whether it can answer there.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// Its name.
    pub dataset: &'a str,
    /// The operators that work on its problems.
    pub operators: &'a OperatorSet,
    /// Whether a step before or after the layers answers, whatever the layers do.
    pub answered: bool,
    /// Whether any problem set of the experiment asks for programs.
    pub programs: bool,
}

impl Ground<'_> {
    /// Whether all of these operators work there, each with its key.
    ///
    /// # Errors
    /// Names the first one that does not.
    pub(crate) fn has_all(&self, named: Vec<(String, OperatorName)>) -> Result<(), Fault> {
        match named.into_iter().find(|(_, name)| self.operators.get(name).is_none()) {
            Some((key, name)) => {
                let problem = format!(
                    "`{name}` does not work on the problems of `{}`; take it out, or run the method on other problem sets",
                    self.dataset
                );
                Err(Fault::new(key, problem))
            }
            None => Ok(()),
        }
    }

    /// What a controller of these settings chooses from there.
    ///
    /// # Errors
    /// When the settings' fallback is not one of the generating operators.
    pub(crate) fn actions(&self, settings: &Settings) -> Result<Actions, Fault> {
        Actions::new(self.operators, &settings.fallback).map_err(|error| setting("set.", error))
    }

    /// Whether an operator makes candidates from the problem alone.
    pub(crate) fn generates(&self, name: &OperatorName) -> bool {
        self.operators.get(name).is_some_and(|operator| operator.role() == Role::Generate)
    }

    /// The operators that do, for messages.
    pub(crate) fn generating(&self) -> String {
        let names = self.operators.iter().map(|operator| operator.name()).filter(|name| self.generates(name));
        names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }
}

/// What the controller says of a setting, as a fault of the entry's key for it.
pub(crate) fn setting(below: &str, error: ControllerError) -> Fault {
    match error {
        ControllerError::Setting { key, value, expected } => {
            Fault::new(format!("{below}{key}"), format!("is {value}, but {expected}"))
        }
        other => Fault::from(other.to_string()),
    }
}
