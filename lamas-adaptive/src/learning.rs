//! All of it in one: from a bank to a policy.

use lamas_core::random::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::bank::Bank;
use crate::front::{Screened, Screening};
use crate::plans::Space;
use crate::policy::training::Lesson;
use crate::policy::{Learned, PolicySettings};
use crate::prices::Prices;

/// What shapes learning from a bank.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdaptiveSettings {
    /// Which plans there are.
    pub space: Space,
    /// Which of them are learned about.
    pub screening: Screening,
    /// The policy over them.
    pub policy: PolicySettings,
}

impl AdaptiveSettings {
    /// Learns from a bank for all of these prices at once. `queries: [rows][D]` are the embeddings of the bank's queries. What comes
    /// back beside the policy is what its plans bring on the bank, for [`crate::budget`].
    ///
    /// # Errors
    /// When a setting cannot be used, no plan can be replayed, or the rows do not fit together.
    pub fn learn(&self, bank: &Bank, queries: &[&[f32]], prices: &[Prices], seed: Seed) -> Result<(Learned, Screened)> {
        let screened = self.screening.screen(bank, self.space.plans(bank), seed)?;
        let lesson = Lesson { plans: &screened.plans, values: &screened.values, queries, prices };
        let learned = Learned::learn(&lesson, &self.policy, seed)?;
        Ok((learned, screened))
    }
}
