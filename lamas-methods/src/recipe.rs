//! What a method's entry says of its graphs, as data; and the one list of the kinds that there are.

use std::fmt::Debug;
use std::ops::RangeInclusive;
use std::sync::Arc;

use lamas_controller::settings::Settings;
use lamas_core::operator::OperatorName;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::plan::Plan;

/// A method's settings, one for each of its values of lambda_t. They are made when a plan asks for them: one without any
/// setting must not fail for what it does not read.
pub type SettingsGrid<'a> = &'a dyn Fn() -> Result<Vec<Arc<Settings>>, String>;

/// The value of one key of a method's entry, as it is written.
pub trait Spec: Debug {
    /// How large its parts may be.
    fn limits(&self) -> Vec<Limit> {
        Vec::new()
    }

    /// Whether it makes sense otherwise.
    ///
    /// # Errors
    /// A sentence that names the key below the entry.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// The operators that it names, and the key below the entry under which it does.
    fn operators(&self) -> (&'static str, Vec<OperatorName>) {
        ("", Vec::new())
    }

    /// Its plans: one for each of the settings, or a single one that has none.
    ///
    /// # Errors
    /// When there are no settings that could be used.
    fn plans(&self, settings: SettingsGrid<'_>) -> Result<Vec<Arc<dyn Plan>>, String>;
}

/// A size that an entry sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Its key below the entry.
    pub key: &'static str,
    /// What it is.
    pub size: usize,
    /// What it may be.
    pub range: RangeInclusive<usize>,
}

impl Limit {
    /// A size of 1 to `most`.
    #[must_use]
    pub fn new(key: &'static str, size: usize, most: usize) -> Self {
        Self { key, size, range: 1..=most }
    }

    /// What is wrong with it, where something is.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let (least, most) = (self.range.start(), self.range.end());
        (!self.range.contains(&self.size)).then(|| format!("{} is not between {least} and {most}", self.size))
    }
}

/// Makes of the list of kinds an enum whose variants are read from, and written under, their keys.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $key:literal => $kind:ident($spec:ty),)+) => {
        /// Where a method's graphs come from, by the key that says so. An entry without any of these keys has a controller
        /// that draws layers ([`crate::layered`]).
        #[derive(Debug, Clone, PartialEq, Serialize)]
        pub enum Recipe {
            $($(#[doc = $doc])+ #[serde(rename = $key)] $kind($spec),)+
        }

        impl Recipe {
            /// The keys that say where graphs come from.
            pub const KEYS: &'static [&'static str] = &[$($key),+];

            /// Reads the value of one of these keys.
            ///
            /// # Errors
            /// When the value does not fit, or the key is not one of them.
            pub fn read<'de, D: Deserializer<'de>>(key: &str, value: D) -> Result<Self, D::Error> {
                match key {
                    $($key => <$spec>::deserialize(value).map(Self::$kind),)+
                    other => Err(D::Error::unknown_field(other, Self::KEYS)),
                }
            }

            /// The key that it stands under.
            #[must_use]
            pub fn key(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $key,)+
                }
            }

            /// The value of that key.
            #[must_use]
            pub fn spec(&self) -> &dyn Spec {
                match self {
                    $(Self::$kind(spec) => spec,)+
                }
            }
        }
    };
}

kinds! {
    /// A fixed graph: layers of operators.
    "graph" => Fixed(crate::graph::Graph),
    /// One graph for all queries, found by trial.
    "search" => Searched(crate::searched::SearchSpec),
    /// A graph of gates that are learned.
    "gates" => Gated(crate::gated::GateSpec),
    /// What was best on similar queries.
    "route" => Routed(crate::routed::RouteSpec),
    /// What turns out best.
    "hindsight" => Hindsight(crate::hindsight::HindsightSpec),
}
