//! What an experiment says about its store.

use std::path::PathBuf;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::model::Store;

/// Where answers are kept, and how the store is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSettings {
    /// The file; `runs/store.sqlite` by default. It may be shared by experiments and by processes.
    pub path: PathBuf,
    /// How it is used; `replay` by default, so that nothing is paid twice.
    pub mode: Mode,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { path: "runs/store.sqlite".into(), mode: Mode::default() }
    }
}

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
}

impl StoreSettings {
    /// Opens the store; `None` when it is off.
    ///
    /// # Errors
    /// When the file cannot be used, or does not exist and only replay is wanted.
    pub fn open(&self) -> Result<Option<Arc<Store>>, StoreError> {
        match self.mode {
            Mode::Off => Ok(None),
            mode => Store::open(&self.path, mode).map(|store| Some(Arc::new(store))),
        }
    }
}
