//! `calls.jsonl`: every call of a run with its prompt and its completion, where that is asked for.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse};
use lamas_core::meter::CallMeter;
use serde::{Deserialize, Serialize};

use super::RecordError;
use super::directory::no_link;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// What was asked.
    pub request: ChatRequest,
    /// What came; `None` where nothing did.
    pub response: Option<ChatResponse>,
    /// Why nothing came.
    pub error: Option<ChatError>,
}

/// A chat model whose calls are written down, in the order in which they end.
pub struct RecordedCalls {
    inner: Arc<dyn ChatModel>,
    path: PathBuf,
    file: Mutex<File>,
}

impl RecordedCalls {
    /// A model whose calls are added to a file.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn new(inner: Arc<dyn ChatModel>, path: &Path) -> Result<Self, RecordError> {
        no_link(path)?;
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.map_err(|error| RecordError::unwritable(path, error))?;
        Ok(Self { inner, path: path.to_owned(), file: Mutex::new(file) })
    }

    fn write(&self, record: &CallRecord) -> Result<(), ChatError> {
        let unwritable = |error: &dyn std::fmt::Display| {
            ChatError::Fatal(format!("{}: the call cannot be written down: {error}", self.path.display()))
        };
        let mut line = serde_json::to_string(record).map_err(|error| unwritable(&error))?;
        line.push('\n');
        // One write for a line: lines of calls that end at the same time do not mix.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes()).map_err(|error| unwritable(&error))
    }
}

#[async_trait]
impl ChatModel for RecordedCalls {
    async fn chat_metered(&self, request: &ChatRequest, meter: &CallMeter) -> Result<ChatResponse, ChatError> {
        let outcome = self.inner.chat_metered(request, meter).await;
        let (response, error) = match outcome.clone() {
            Ok(response) => (Some(response), None),
            Err(error) => (None, Some(error)),
        };
        self.write(&CallRecord { request: request.clone(), response, error })?;
        outcome
    }
}
