//! The chat model made from settings.

use std::sync::Arc;

use async_trait::async_trait;
use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse};
use lamas_core::meter::CallMeter;

use super::endpoint::OpenAiEndpoint;
use super::error::SettingsError;
use super::settings::OpenAiSettings;
use crate::limit::{CallObserver, Member, Pool, Purse};

/// A chat model behind OpenAI-compatible endpoints.
///
/// Its connections belong to the tokio runtime on which they were opened: make one model per runtime.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
///
/// use lamas_core::chat::{ChatModel, ChatRequest, Message, SampleIndex, Sampling};
/// use lamas_llm::openai::{OpenAiModel, OpenAiSettings};
///
/// // OpenAI's own endpoint; the key is read from the environment variable OPENAI_API_KEY.
/// let model = OpenAiModel::new(&OpenAiSettings::named("gpt-4o-mini"), Arc::new(()))?;
/// let messages = vec![Message::user("What is 2+2?")];
/// let request = ChatRequest { messages, sampling: Sampling::default(), sample: SampleIndex::default() };
/// let response = model.chat(&request).await?;
/// assert!(response.timing.working.0 > 0.0);
/// # Ok(())
/// # }
/// ```
pub struct OpenAiModel(Pool);

impl OpenAiModel {
    /// Checks the settings, reads the keys and sets up the clients. Nothing is sent yet.
    ///
    /// # Errors
    /// When a setting cannot be used or a key cannot be read.
    pub fn new(settings: &OpenAiSettings, observer: Arc<dyn CallObserver>) -> Result<Self, SettingsError> {
        settings.check()?;
        let shared = Arc::new(settings.clone());
        let member = |endpoint: &super::EndpointSettings| {
            let client = Box::new(OpenAiEndpoint::new(&shared, endpoint)?);
            Ok(Member::new(endpoint.base_url.as_str(), client, endpoint.weight, &endpoint.limits()))
        };
        let members = settings.endpoints.iter().map(member).collect::<Result<_, SettingsError>>()?;
        Ok(Self(Pool::new(members, settings.retries.clone(), observer)))
    }

    /// The model with a purse that every call is paid from; when it is empty, calls fail with [`ChatError::Fatal`].
    #[must_use]
    pub fn paid_from(self, purse: Arc<Purse>) -> Self {
        Self(self.0.paid_from(purse))
    }
}

#[async_trait]
impl ChatModel for OpenAiModel {
    async fn chat_metered(&self, request: &ChatRequest, meter: &CallMeter) -> Result<ChatResponse, ChatError> {
        self.0.chat_metered(request, meter).await
    }
}
