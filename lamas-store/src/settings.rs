//! What an experiment says about its store.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::mode::Mode;
use super::model::Store;
use super::samples::{Draw, Samples};

/// Where answers are kept, and how the store is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSettings {
    /// The file; `runs/store.sqlite` by default. It may be shared by experiments and by processes.
    pub path: PathBuf,
    /// How it is used; `replay` by default, so that nothing is paid twice.
    pub mode: Mode,
    /// How many samples of a question a bank holds, or `recorded` for as many as there are; 8. For the modes of a bank
    /// alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<Samples>,
    /// Recordings that are read where they lie, before the file: Parquet files as `store export` writes them; none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recordings: Vec<PathBuf>,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { path: "runs/store.sqlite".into(), mode: Mode::default(), samples: None, recordings: Vec::new() }
    }
}

/// Samples that a bank holds of each question where the settings do not say.
const SAMPLES: u32 = 8;
/// The most samples of a question.
const MOST_SAMPLES: u32 = 1024;

impl StoreSettings {
    /// Among which samples of a question it draws; `None` where it is no bank, and every sample is a question of its own.
    #[must_use]
    pub fn bank(&self) -> Option<Draw> {
        self.mode.draws().then(|| self.samples.unwrap_or(Samples::Number(SAMPLES)).draw())
    }

    /// Checks what can be checked without the file.
    ///
    /// # Errors
    /// A sentence on what is wrong, which begins with the key.
    pub fn check(&self) -> Result<(), String> {
        match self.samples {
            Some(Samples::Number(samples)) if !(1..=MOST_SAMPLES).contains(&samples) => {
                Err(format!("samples: {samples} is not between 1 and {MOST_SAMPLES}"))
            }
            Some(_) if !self.mode.draws() => {
                Err("samples: only a bank has them; write `mode: bank` or `mode: strict_bank`, or remove it".to_owned())
            }
            Some(Samples::Recorded(_)) if self.mode.asks() => {
                Err("samples: where the model is asked, their number must be known; give a number, or write \
                     `mode: strict_bank`"
                    .to_owned())
            }
            _ if !self.recordings.is_empty() && matches!(self.mode, Mode::Off | Mode::Record) => {
                Err("recordings: in this mode nothing is answered from them; choose another `mode`, or remove them"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Opens the store without its recordings; `None` when it is off.
    ///
    /// # Errors
    /// When the file cannot be used, or does not exist and only replay is wanted.
    pub fn open(&self) -> Result<Option<Store>, StoreError> {
        match self.mode {
            Mode::Off => Ok(None),
            mode => {
                let store = if self.is_read_only() { Store::nowhere(mode) } else { Store::open(&self.path, mode) };
                store.map(|store| Some(store.drawing(self.bank())))
            }
        }
    }

    /// Whether there are recordings alone: nobody is asked, and there is no file.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        !self.mode.asks() && !self.recordings.is_empty() && !self.path.exists()
    }
}
