//! How many samples of a question a bank holds.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many samples of a question a bank holds, as an experiment says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a number of samples, or `recorded`")]
pub enum Samples {
    /// So many of every question.
    Number(u32),
    /// Of each question as many as there are.
    Recorded(Recorded),
}

/// The word for as many as there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recorded {
    /// As many as there are.
    Recorded,
}

/// Among which samples of a question is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// So many, whether they are there or not.
    Of(NonZeroU32),
    /// Those that are there.
    Recorded,
}

impl Samples {
    pub(super) fn draw(self) -> Draw {
        match self {
            // None at all is refused before; one is the nearest number.
            Self::Number(samples) => Draw::Of(NonZeroU32::new(samples).unwrap_or(NonZeroU32::MIN)),
            Self::Recorded(_) => Draw::Recorded,
        }
    }
}
