//! How a store is used.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a store is used.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Not at all.
    Off,
    /// Every question is asked anew, once, and its answer takes the place of an older one.
    Record,
    /// A question that has an answer gets it; any other is asked, and its answer kept.
    #[default]
    Replay,
    /// A question that has an answer gets it; any other is an error. Nothing is asked and nothing is paid.
    #[serde(alias = "strict-replay")]
    StrictReplay,
    /// As `replay`, from a bank: of each question there are so many samples and no more, and every
    /// experiment, seed and pass draws among them.
    Bank,
    /// As `strict_replay`, from a bank.
    #[serde(alias = "strict-bank")]
    StrictBank,
}

impl Mode {
    /// Whether the model is asked what the store does not answer.
    #[must_use]
    pub fn asks(self) -> bool {
        !matches!(self, Self::StrictReplay | Self::StrictBank)
    }

    /// Whether questions draw among the samples of a bank.
    #[must_use]
    pub fn draws(self) -> bool {
        matches!(self, Self::Bank | Self::StrictBank)
    }

    /// The mode that gives the same answers and asks nobody.
    #[must_use]
    pub fn strict(self) -> Self {
        if self.draws() { Self::StrictBank } else { Self::StrictReplay }
    }
}
