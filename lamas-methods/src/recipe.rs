//! What a method's entry says of its graphs, as data; and the one list of the kinds that there are.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::spec::Spec;

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

            /// What may stand under each of these keys, with what it means.
            pub fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
                vec![$(($key, described(&generator.subschema_for::<$spec>(), &[$($doc),+]))),+]
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

/// A schema with what its key means.
fn described(of: &Schema, means: &[&str]) -> Schema {
    json_schema!({"description": means.concat().trim(), "allOf": [of]})
}

kinds! {
    /// A fixed graph: layers of operators, or races of them.
    "graph" => Fixed(crate::graph::Graph),
    /// One graph for all queries, found by trial.
    "search" => Searched(crate::searched::SearchSpec),
    /// A graph of gates that are learned.
    "gates" => Gated(crate::gated::GateSpec),
    /// What was best on similar queries.
    "route" => Routed(crate::routed::RouteSpec),
    /// A race for each query, by a policy that is learned from single answers to the training rows.
    "adaptive" => Adaptive(crate::adaptive::AdaptiveSpec),
    /// What turns out best.
    "hindsight" => Hindsight(crate::hindsight::HindsightSpec),
}
