//! What a learning controller's settings start from.

use lamas_controller::settings::Settings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which learning rule the controller's settings start from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Exact log-probabilities, masked actions: the default.
    #[default]
    Honest,
    /// The released code's conventions where the paper is silent.
    Paper,
}

impl Preset {
    pub(super) fn settings(self) -> Settings {
        match self {
            Self::Honest => Settings::honest(),
            Self::Paper => Settings::paper(),
        }
    }
}
