//! What an experiment says about its store.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::mode::Mode;
use super::model::Store;

/// Where answers are kept, and how the store is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSettings {
    /// The file; `runs/store.sqlite` by default. It may be shared by experiments and by processes.
    pub path: PathBuf,
    /// How it is used; `replay` by default, so that nothing is paid twice.
    pub mode: Mode,
    /// How many samples of a question a bank holds; 8. For the modes of a bank alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<u32>,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { path: "runs/store.sqlite".into(), mode: Mode::default(), samples: None }
    }
}

/// Samples that a bank holds of each question where the settings do not say.
const SAMPLES: u32 = 8;
/// The most samples of a question.
const MOST_SAMPLES: u32 = 1024;

impl StoreSettings {
    /// How many samples of a question there are; `None` where it is no bank, and every sample is a question of its own.
    #[must_use]
    pub fn bank(&self) -> Option<NonZeroU32> {
        let samples = NonZeroU32::new(self.samples.unwrap_or(SAMPLES));
        samples.filter(|_| self.mode.draws())
    }

    /// Checks what can be checked without the file.
    ///
    /// # Errors
    /// A sentence on what is wrong, which begins with the key.
    pub fn check(&self) -> Result<(), String> {
        match self.samples {
            Some(samples) if !(1..=MOST_SAMPLES).contains(&samples) => {
                Err(format!("samples: {samples} is not between 1 and {MOST_SAMPLES}"))
            }
            Some(_) if !self.mode.draws() => {
                Err("samples: only a bank has them; write `mode: bank` or `mode: strict_bank`, or remove it".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Opens the store; `None` when it is off.
    ///
    /// # Errors
    /// When the file cannot be used, or does not exist and only replay is wanted.
    pub fn open(&self) -> Result<Option<Arc<Store>>, StoreError> {
        match self.mode {
            Mode::Off => Ok(None),
            mode => Store::open(&self.path, mode).map(|store| Some(Arc::new(store.drawing(self.bank())))),
        }
    }
}
