//! What stands under one key of a method's entry.

use std::fmt::Debug;
use std::sync::Arc;

use lamas_core::operator::OperatorName;

use crate::fault::Fault;
use crate::limit::Limit;
use crate::plan::{Plan, SettingsGrid};

/// The value of one key of a method's entry, as it is written.
pub trait Spec: Debug {
    /// How large its parts may be.
    fn limits(&self) -> Vec<Limit> {
        Vec::new()
    }

    /// Whether it makes sense otherwise.
    ///
    /// # Errors
    /// The first fault, at its key below the entry.
    fn check(&self) -> Result<(), Fault> {
        Ok(())
    }

    /// The operators that it names, each with its key below the entry.
    fn operators(&self) -> Vec<(String, OperatorName)> {
        Vec::new()
    }

    /// The operators that it names, without their keys.
    fn names(&self) -> Vec<OperatorName> {
        self.operators().into_iter().map(|(_, name)| name).collect()
    }

    /// Its plans: one for each of the settings, or a single one that has none.
    ///
    /// # Errors
    /// When there are no settings that could be used.
    fn plans(&self, settings: SettingsGrid<'_>) -> Result<Vec<Arc<dyn Plan>>, String>;
}
