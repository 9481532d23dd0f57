//! One look at an endpoint before a run depends on it.

use std::sync::Arc;
use std::time::Duration;

use lamas_core::chat::{ChatRequest, Message, SampleIndex, Sampling};

use super::endpoint::OpenAiEndpoint;
use super::error::SettingsError;
use super::settings::{EndpointSettings, OpenAiSettings};
use crate::limit::{Answer, Bill, Failure, Meter, Purse};

/// The longest wait for a list of models.
const LIST: Duration = Duration::from_secs(20);

/// Output tokens that the tiny call may use, enough for a model that thinks before it speaks.
const TINY: u32 = 64;

/// An endpoint to be tried, in one attempt each and without the limits of a run.
pub struct Probe {
    endpoint: OpenAiEndpoint,
    name: String,
    url: String,
    purse: Option<Arc<Purse>>,
}

impl Probe {
    /// Reads the endpoint's key and sets up its client. Nothing is sent yet.
    ///
    /// # Errors
    /// When a setting cannot be used or the key cannot be read.
    pub fn new(settings: &OpenAiSettings, endpoint: &EndpointSettings) -> Result<Self, SettingsError> {
        settings.check()?;
        let name = endpoint.name.clone().unwrap_or_else(|| settings.name.clone());
        Ok(Self {
            endpoint: OpenAiEndpoint::new(&Arc::new(settings.clone()), endpoint)?,
            name,
            url: endpoint.base_url.clone(),
            purse: None,
        })
    }

    /// The probe with a purse that its calls are paid from.
    #[must_use]
    pub fn paid_from(self, purse: Arc<Purse>) -> Self {
        Self { purse: Some(purse), ..self }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The model's name at this endpoint.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the models that the server says it has; `None` where it has no such list.
    ///
    /// # Errors
    /// When nobody answers there, or the key is refused.
    pub async fn models(&self) -> Result<Option<Vec<String>>, Failure> {
        self.endpoint.models(LIST).await
    }

    /// Looks whether anybody answers there at all. It costs nothing.
    ///
    /// # Errors
    /// Why no connection can be made.
    pub async fn reach(&self) -> Result<(), String> {
        self.endpoint.reach(LIST).await
    }

    /// Whether the server is there but not ready, as llama.cpp says while it loads its model (503, `Loading model`).
    #[must_use]
    pub fn is_loading(failure: &Failure) -> bool {
        let (Failure::Passing { message } | Failure::Busy { message, .. }) = failure else { return false };
        message.starts_with("HTTP 503") && message.to_lowercase().contains("loading")
    }

    /// One tiny call, with the settings of the run.
    ///
    /// # Errors
    /// When it fails; see [`Failure`]. It is fatal that the purse is closed.
    pub async fn call(&self) -> Result<Answer, Failure> {
        let request = ChatRequest {
            messages: vec![Message::user("Say OK.")],
            sampling: Sampling { max_tokens: Some(TINY), ..Sampling::default() },
            sample: SampleIndex::default(),
        };
        let share = match &self.purse {
            Some(purse) => Some(purse.reserve(&request).await.map_err(Failure::Fatal)?),
            None => None,
        };
        let bill = Bill::new(Meter::begin(&request, None, None), share, None);
        let asked = self.endpoint.ask(&request, bill.meter()).await;
        match &asked {
            Ok(answer) => bill.answered(answer.usage),
            Err(_) => drop(bill.failed()),
        }
        asked
    }
}
