//! Endpoints that are gone: their failures are nobody's result.
//!
//! A call whose attempts are used up may be the endpoint's fault or its own: a server that is down fails every question, a
//! question that crashes a server fails alone. They are told apart by a question that any server answers. Where that fails
//! too, the run ends, so that no episode is left unscored for a server that will be back; where it is answered, the call
//! is tried once more and then given up, and its episode is unscored for good.

use std::sync::Arc;

use async_trait::async_trait;
use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse, Lost};
use lamas_core::meter::CallMeter;
use tokio::sync::OnceCell;

use super::probe::Probe;
use crate::limit::Failure;

/// A chat model whose endpoints are looked at: before the first call, and when a call has failed for good.
pub struct Watched {
    inner: Arc<dyn ChatModel>,
    probes: Vec<Probe>,
    /// Why nobody can be asked, where that is so.
    first: OnceCell<Result<(), String>>,
    /// One look for all calls that fail at the same time, and what it found.
    out: tokio::sync::Mutex<Option<String>>,
}

/// What goes on once a server is back.
const REMEDY: &str = "everything that was answered is kept; the same command goes on once it is back";

impl Watched {
    /// A model behind these endpoints.
    #[must_use]
    pub fn new(inner: Arc<dyn ChatModel>, probes: Vec<Probe>) -> Self {
        Self { inner, probes, first: OnceCell::new(), out: tokio::sync::Mutex::default() }
    }

    /// Looks whether anybody answers at one endpoint at least.
    async fn reach(&self) -> Result<(), String> {
        let mut last = Ok(());
        for probe in &self.probes {
            last = probe.reach().await.map_err(|message| format!("nobody answers at {}: {message}", probe.url()));
            if last.is_ok() {
                break;
            }
        }
        let remedy =
            "start the server, or correct `base_url`, the network or the proxy (`lamas-bench doctor` says more)";
        last.map_err(|message| format!("{message}; {remedy}"))
    }

    /// Whether a question that any server answers is answered. Calls that fail together look once.
    async fn well(&self) -> Result<(), ChatError> {
        let mut out = self.out.lock().await;
        if let Some(message) = &*out {
            return Err(ChatError::Fatal(message.clone()));
        }
        let mut failed = Ok(());
        for probe in &self.probes {
            failed = match probe.call().await {
                Ok(_) | Err(Failure::Rejected(_)) => return Ok(()),
                Err(Failure::Fatal(message)) => Err(format!("{}: {message}", probe.url())),
                Err(Failure::Passing { message } | Failure::Busy { message, .. }) => {
                    Err(format!("{}: {message}", probe.url()))
                }
            };
        }
        failed.map_err(|message| {
            let message = format!("it has answered nothing for as long as calls are tried again: {message}; {REMEDY}");
            ChatError::Fatal(out.insert(message).clone())
        })
    }
}

#[async_trait]
impl ChatModel for Watched {
    async fn chat_metered(&self, request: &ChatRequest, meter: &CallMeter) -> Result<ChatResponse, ChatError> {
        self.first.get_or_init(|| self.reach()).await.clone().map_err(ChatError::Fatal)?;
        let before = match self.inner.chat_metered(request, meter).await {
            Err(ChatError::Exhausted { lost, .. }) => lost,
            other => return other,
        };
        self.well().await?;
        let again = and_lost(self.inner.chat_metered(request, meter).await, before);
        if let Err(ChatError::Exhausted { .. }) = again {
            self.well().await?;
        }
        again
    }
}

/// What came of a call that has lost this before.
fn and_lost(mut outcome: Result<ChatResponse, ChatError>, before: Lost) -> Result<ChatResponse, ChatError> {
    match &mut outcome {
        Ok(ChatResponse { lost, .. }) | Err(ChatError::Exhausted { lost, .. } | ChatError::Rejected { lost, .. }) => {
            *lost += before;
        }
        Err(ChatError::Fatal(_) | ChatError::Unrecorded(_)) => {}
    }
    outcome
}
