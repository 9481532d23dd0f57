//! One attempt at one endpoint.

use std::sync::Arc;
use std::time::Duration;

use async_openai::error::OpenAIError;
use async_trait::async_trait;
use futures::StreamExt;
use lamas_core::chat::{ChatRequest, FinishReason, Usage};
use lamas_core::units::Seconds;
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};

use super::count;
use super::refusal::{Refusal, classify, classify_inside};
use super::settings::{EndpointSettings, OpenAiSettings, SettingsError};
use super::transport::{Transport, connect};
use super::wire::{Completion, body};
use crate::http::causes;
use crate::limit::{Answer, Author, Endpoint, Failure, Meter};

/// Why an answer of a simulated model's server is none.
const NO_PROBLEM: &str = "the server simulates a model, and the request holds no problem that it knows: start `serve-sim` with \
                          the experiment's data sets (`--dataset`, `--data-dir`), and look at the prompts";

/// An endpoint that async-openai talks to.
pub(super) struct OpenAiEndpoint {
    settings: Arc<OpenAiSettings>,
    /// The model's name here.
    model: String,
    /// Where the key came from, for messages.
    key: String,
    transport: Transport,
}

/// What has come of an answer so far.
#[derive(Default)]
struct Gathered {
    text: String,
    reasoning: String,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
    first_token: Option<Seconds>,
    author: Author,
}

#[async_trait]
impl Endpoint for OpenAiEndpoint {
    async fn attempt(&self, request: &ChatRequest, meter: &Meter) -> Result<Answer, Failure> {
        let answer = self.ask(request, meter).await?;
        if answer.author == Author::Filler {
            return Err(Failure::Rejected(NO_PROBLEM.to_owned()));
        }
        Ok(answer)
    }
}

impl OpenAiEndpoint {
    /// One attempt, whose answer may be filler.
    pub(super) async fn ask(&self, request: &ChatRequest, meter: &Meter) -> Result<Answer, Failure> {
        let body = body(&self.settings, &self.model, request);
        let total = self.settings.timeouts.total();
        let attempt = async {
            if self.settings.stream { self.streamed(body, meter).await } else { self.whole(body, meter).await }
        };
        let gathered = timeout(total, attempt).await.unwrap_or_else(|_| Err(late("the whole answer", total)));
        gathered.map(|gathered| self.answer(request, gathered)).map_err(|failure| self.without_secrets(failure))
    }

    pub(super) fn new(settings: &Arc<OpenAiSettings>, endpoint: &EndpointSettings) -> Result<Self, SettingsError> {
        Ok(Self {
            settings: settings.clone(),
            model: endpoint.name.clone().unwrap_or_else(|| settings.name.clone()),
            key: endpoint.key.as_ref().map_or_else(|| "none was given".to_owned(), ToString::to_string),
            transport: connect(endpoint, &settings.timeouts)?,
        })
    }

    /// The names of the models that the server says it has; `None` where it has no such list.
    pub(super) async fn models(&self, limit: Duration) -> Result<Option<Vec<String>>, Failure> {
        match self.transport.get("/models", limit).await {
            Ok(body) => Ok(names(&body)),
            Err(OpenAIError::Boxed(boxed)) if boxed.downcast_ref().is_some_and(Refusal::is_unknown_path) => Ok(None),
            Err(error) => Err(self.without_secrets(self.failure(&error))),
        }
    }

    /// Whether anybody answers there at all, whatever the answer; how long a connection may take is a setting.
    pub(super) async fn reach(&self, limit: Duration) -> Result<(), String> {
        match self.transport.get("/models", limit).await {
            Err(OpenAIError::Reqwest(error)) if error.is_connect() => {
                let causes = causes(&error);
                Err(self.transport.secrets.hide(&causes))
            }
            _ => Ok(()),
        }
    }

    async fn whole(&self, body: Value, meter: &Meter) -> Result<Gathered, Failure> {
        let chat = self.transport.client.chat();
        let completion: Completion = chat.create_byot(body).await.map_err(|error| self.unsent(&error, meter))?;
        let mut gathered = Gathered::default();
        self.gather(&mut gathered, &completion, meter)?;
        if completion.choice().is_none() {
            return Err(passing("the answer holds no choice"));
        }
        Ok(gathered)
    }

    async fn streamed(&self, body: Value, meter: &Meter) -> Result<Gathered, Failure> {
        let start = Instant::now();
        let limit = self.settings.timeouts.first_token();
        let no_token = |_| late("the first token", limit);
        let chat = self.transport.client.chat();
        let opening =
            timeout_at(start + limit, chat.create_stream_byot::<_, Completion>(body)).await.map_err(no_token)?;
        let mut events = opening.map_err(|error| self.unsent(&error, meter))?;
        let mut gathered = Gathered::default();
        let (mut any, mut any_choice) = (false, false);
        loop {
            let next = if gathered.first_token.is_some() {
                events.next().await
            } else {
                timeout_at(start + limit, events.next()).await.map_err(no_token)?
            };
            let Some(event) = next else { break };
            any = true;
            let completion = event.map_err(|error| self.unsent(&error, meter))?;
            any_choice |= completion.choice().is_some();
            self.gather(&mut gathered, &completion, meter)?;
            let has_token = !(gathered.text.is_empty() && gathered.reasoning.is_empty());
            if has_token && gathered.first_token.is_none() {
                gathered.first_token = Some(Seconds(start.elapsed().as_secs_f64()));
            }
        }
        match (any, gathered.finish.is_some() || gathered.usage.is_some()) {
            (false, _) => Err(passing("the stream holds no event; if the server cannot stream, set `stream: false`")),
            (true, false) => Err(passing("the stream was cut before the answer ended")),
            (true, true) if !any_choice => Err(passing("the answer holds no choice")),
            (true, true) => Ok(gathered),
        }
    }

    fn gather(&self, gathered: &mut Gathered, completion: &Completion, meter: &Meter) -> Result<(), Failure> {
        if let Some(error) = completion.error.as_ref().filter(|error| !error.is_null()) {
            let failure = classify_inside(error, &self.key);
            if !matches!(failure, Failure::Passing { .. }) {
                meter.refused();
            }
            return Err(failure);
        }
        if let Some(choice) = completion.choice() {
            let (text, reasoning) = (choice.text(), choice.reasoning());
            meter.received(&text);
            meter.received(&reasoning);
            gathered.text.push_str(&text);
            gathered.reasoning.push_str(&reasoning);
            gathered.finish = choice.finish().or(gathered.finish);
        }
        // Some servers send a running usage with every event; the last one counts.
        if let Some(usage) = completion.usage() {
            meter.told(usage);
            gathered.usage = Some(usage);
        }
        gathered.author = gathered.author.max(completion.author());
        Ok(())
    }

    fn answer(&self, request: &ChatRequest, gathered: Gathered) -> Answer {
        let Gathered { text, reasoning, usage, finish, first_token, author } = gathered;
        Answer {
            usage: usage.unwrap_or_else(|| count::usage(&self.model, request, &[&text, &reasoning])),
            text: text.into(),
            finish: finish.unwrap_or_default(),
            first_token,
            author,
        }
    }

    fn failure(&self, error: &OpenAIError) -> Failure {
        match error {
            OpenAIError::Boxed(boxed) => match boxed.downcast_ref::<Refusal>() {
                Some(refusal) => classify(refusal, &self.key),
                None => passing(boxed.to_string()),
            },
            OpenAIError::Reqwest(error) => passing(network(error)),
            OpenAIError::JSONDeserialize(error, _) => passing(format!("the answer is malformed: {error}")),
            OpenAIError::StreamError(error) => passing(format!("the stream was cut: {error}")),
            OpenAIError::InvalidArgument(problem) => Failure::Fatal(format!("the request cannot be built: {problem}")),
            other => passing(other.to_string()),
        }
    }

    /// The failure of a request that may not have come to be answered at all; then it is not billed.
    fn unsent(&self, error: &OpenAIError, meter: &Meter) -> Failure {
        let refused = match error {
            OpenAIError::Boxed(boxed) => boxed.downcast_ref().is_some_and(|refusal: &Refusal| !refusal.is_late()),
            OpenAIError::Reqwest(error) => error.is_connect(),
            OpenAIError::InvalidArgument(_) => true,
            _ => false,
        };
        if refused {
            meter.refused();
        }
        self.failure(error)
    }

    fn without_secrets(&self, failure: Failure) -> Failure {
        let hide = |message: String| self.transport.secrets.hide(&message);
        match failure {
            Failure::Passing { message } => Failure::Passing { message: hide(message) },
            Failure::Busy { message, retry_after } => Failure::Busy { message: hide(message), retry_after },
            Failure::Rejected(message) => Failure::Rejected(hide(message)),
            Failure::Fatal(message) => Failure::Fatal(hide(message)),
        }
    }
}

/// The names in a list of models, of which servers make objects under `data` or `models`, or a plain list.
fn names(body: &str) -> Option<Vec<String>> {
    let list: Value = serde_json::from_str(body).ok()?;
    let items = list.get("data").or_else(|| list.get("models")).unwrap_or(&list).as_array()?;
    let name = |item: &Value| item.get("id").or_else(|| item.get("name")).unwrap_or(item).as_str().map(str::to_owned);
    Some(items.iter().filter_map(name).collect())
}

fn passing(message: impl Into<String>) -> Failure {
    Failure::Passing { message: message.into() }
}

fn late(what: &str, limit: Duration) -> Failure {
    passing(format!("{what} did not come within {} s", limit.as_secs_f64()))
}

fn network(error: &reqwest::Error) -> String {
    let what = if error.is_connect() && error.is_timeout() {
        "no connection within the time-out"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_timeout() {
        "time-out"
    } else {
        "the connection broke"
    };
    format!("{what}: {}", causes(error))
}
