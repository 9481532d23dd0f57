//! One attempt at one endpoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lamas_core::chat::{ChatRequest, Usage};
use lamas_core::units::{Seconds, Tokens};
use reqwest::StatusCode;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout, timeout_at};

use super::body::Unread;
use super::count;
use super::error::SettingsError;
use super::reading::{Broken, Incoming, Told, Whole};
use super::refusal::{Reader, Refusal, names_stream_options};
use super::request::{STREAM_OPTIONS, body};
use super::settings::{EndpointSettings, OpenAiSettings};
use super::transport::{Success, Transport, Unanswered, connect};
use crate::http::causes;
use crate::limit::{Answer, Author, Endpoint, Failure, Meter};

/// Why an answer of a simulated model's server is none.
const NO_PROBLEM: &str = "the server simulates a model, and the request holds no problem that it knows: start `serve-sim` with \
                          the experiment's data sets (`--dataset`, `--data-dir`), and look at the prompts";

/// How long the rest of a stream is waited for once nothing but a last usage or `[DONE]` can follow; and once the answer seems
/// to be whole, but the server may go on.
const REST: Duration = Duration::from_secs(2);
const PERHAPS_MORE: Duration = Duration::from_secs(15);

/// What may come too late, and the key of its limit.
const FIRST_TOKEN: [&str; 2] = ["the first token", "first_token"];
const TOTAL: [&str; 2] = ["the whole answer", "total"];

/// An endpoint that async-openai talks to.
pub(super) struct OpenAiEndpoint {
    settings: Arc<OpenAiSettings>,
    base_url: String,
    /// The model's name here.
    model: String,
    /// Where the key came from, for messages.
    key: String,
    /// The server has refused `stream_options`, and answered without.
    plain_stream: AtomicBool,
    transport: Transport,
}

/// An answer, and when it and its first token came.
struct Read {
    whole: Whole,
    working: Seconds,
    first_token: Option<Seconds>,
}

/// When things came, from the sending of the request.
#[derive(Default)]
struct Times {
    generated: usize,
    first_token: Option<Seconds>,
    /// Nothing was missing any more, and nothing has come since that goes on with the answer.
    whole: Option<Seconds>,
}

impl Times {
    /// Looks at what has come by now.
    fn look(&mut self, incoming: &Incoming, now: Seconds) {
        let went_on = incoming.generated() > self.generated;
        self.generated = incoming.generated();
        if incoming.has_token() {
            self.first_token = self.first_token.or(Some(now));
        }
        if !incoming.is_whole() {
            self.whole = None;
        } else if went_on || self.whole.is_none() {
            self.whole = Some(now);
        }
    }

    /// An answer with its times, after which nothing more comes.
    fn read(&self, whole: Whole, now: Seconds) -> Read {
        Read { whole, working: self.whole.unwrap_or(now), first_token: self.first_token }
    }
}

/// What of an answer has been told to the meter.
#[derive(Default)]
struct Seen {
    generated: usize,
    usage: Option<Told>,
}

impl Seen {
    /// Tells it what has come since. A usage that came with text is taken to know it.
    fn tell(&mut self, incoming: &Incoming, meter: &Meter<'_>) {
        let (generated, usage) = (incoming.generated(), incoming.usage());
        meter.received_bytes(generated.saturating_sub(self.generated) as u64);
        if let Some(told) = usage.filter(|_| usage != self.usage) {
            meter.told(told.with_input(|| meter.input()));
        }
        *self = Self { generated, usage };
    }
}

#[async_trait]
impl Endpoint for OpenAiEndpoint {
    async fn attempt(&self, request: &ChatRequest, meter: &Meter<'_>) -> Result<Answer, Failure> {
        let answer = self.ask(request, meter).await?;
        if answer.author == Author::Filler {
            return Err(Failure::Rejected(NO_PROBLEM.to_owned()));
        }
        Ok(answer)
    }
}

impl OpenAiEndpoint {
    /// One attempt, whose answer may be filler.
    pub(super) async fn ask(&self, request: &ChatRequest, meter: &Meter<'_>) -> Result<Answer, Failure> {
        let total = self.settings.timeouts.total();
        let read = timeout(total, self.read(request, meter)).await;
        let read = read.unwrap_or_else(|_| Err(late(TOTAL, total)));
        read.map(|read| self.answer(request, read)).map_err(|failure| self.without_secrets(failure))
    }

    pub(super) fn new(settings: &Arc<OpenAiSettings>, endpoint: &EndpointSettings) -> Result<Self, SettingsError> {
        let model = endpoint.name.clone().unwrap_or_else(|| settings.name.clone());
        count::load(&model);
        Ok(Self {
            settings: settings.clone(),
            base_url: endpoint.base_url.clone(),
            model,
            key: endpoint.key.as_ref().map_or_else(|| "none was given".to_owned(), ToString::to_string),
            plain_stream: AtomicBool::new(false),
            transport: connect(endpoint, &settings.timeouts)?,
        })
    }

    /// The names of the models that the server says it has; `None` where it has no such list.
    pub(super) async fn models(&self, limit: Duration) -> Result<Option<Vec<String>>, Failure> {
        match self.transport.get("/models", limit).await {
            Ok(body) => Ok(names(&body)),
            Err(Unanswered::Refused(refusal)) if refusal.is_unknown_path() => Ok(None),
            Err(error) => Err(self.without_secrets(self.failure(error))),
        }
    }

    /// Whether anybody answers there at all, whatever the answer; how long a connection may take is a setting.
    pub(super) async fn reach(&self, limit: Duration) -> Result<(), String> {
        match self.transport.get("/models", limit).await {
            Err(Unanswered::Network(error)) if error.is_connect() => {
                let causes = causes(&error);
                Err(self.transport.secrets.hide(&causes))
            }
            _ => Ok(()),
        }
    }

    async fn read(&self, request: &ChatRequest, meter: &Meter<'_>) -> Result<Read, Failure> {
        let mut body = body(&self.settings, &self.model, request);
        if self.plain_stream.load(Ordering::Relaxed) {
            body.shift_remove(STREAM_OPTIONS);
        }
        let has_options = body.contains_key(STREAM_OPTIONS);
        if !self.settings.stream {
            meter.in_one_piece();
        }
        let start = Instant::now();
        // An answer in one piece has no first token to wait for.
        let limit = self.settings.stream.then(|| self.settings.timeouts.first_token());
        let Success { status, body: mut packed } = within(start, limit, self.open(body, meter)).await??;
        let mut incoming = Incoming::default();
        let mut times = Times::default();
        let mut seen = Seen::default();
        let broken = |broken: &Broken| self.broken(broken, status, has_options, meter);
        let now = || Seconds(start.elapsed().as_secs_f64());
        while !incoming.is_done() {
            let piece = packed.chunk();
            let piece = if incoming.is_whole() {
                let rest = if incoming.is_closed() { REST } else { PERHAPS_MORE };
                timeout(rest, piece).await.unwrap_or(Ok(None))
            } else if times.first_token.is_none() {
                within(start, limit, piece).await?
            } else {
                piece.await
            };
            match piece {
                Ok(Some(piece)) => {
                    let pushed = incoming.push(&piece);
                    times.look(&incoming, now());
                    seen.tell(&incoming, meter);
                    pushed.map_err(|error| broken(&error))?;
                }
                Ok(None) => break,
                Err(error) => {
                    return incoming.torn().map(|whole| times.read(whole, now())).map_err(|_| passing(torn(&error)));
                }
            }
            if let Some(limit) = limit.filter(|_| times.first_token.is_none())
                && start.elapsed() > limit
                && !incoming.is_whole()
            {
                // Signs of life without a token may come so fast that the time-out above is never looked at.
                return Err(late(FIRST_TOKEN, limit));
            }
        }
        let end = now();
        let ended = incoming.ended();
        // Without an answer too, the server may have said what it used.
        seen.tell(&incoming, meter);
        let whole = ended.map_err(|error| broken(&error))?;
        Ok(times.read(whole, end))
    }

    /// Asks. Where the server refuses `stream_options`, it is asked once more without, and never again with.
    async fn open(&self, mut body: Map<String, Value>, meter: &Meter<'_>) -> Result<Success, Failure> {
        let refused = match self.transport.ask(&body).await {
            Err(Unanswered::Refused(refusal)) if refusal.is_about_stream_options() => refusal,
            other => return other.map_err(|error| self.unanswered(error, meter)),
        };
        if body.shift_remove(STREAM_OPTIONS).is_none() {
            return Err(self.unanswered(Unanswered::Refused(refused), meter));
        }
        let response = self.transport.ask(&body).await.map_err(|error| self.unanswered(error, meter))?;
        self.ask_without_options();
        Ok(response)
    }

    /// From now on it is asked without `stream_options`; says so once.
    fn ask_without_options(&self) {
        if !self.plain_stream.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                endpoint = %self.base_url,
                "the server refuses `stream_options` and is asked without; tokens are counted here where it does not say them"
            );
        }
    }

    fn answer(&self, request: &ChatRequest, read: Read) -> Answer {
        let Whole { text, reasoning, usage, finish, author } = read.whole;
        Answer {
            usage: self.usage(request, usage, [&text, &reasoning]),
            text: self.transport.secrets.hide_in_answer(&text).into(),
            finish,
            working: read.working,
            first_token: read.first_token,
            author,
        }
    }

    /// What the server says, or where it does not, or says that text takes no tokens, what we count.
    fn usage(&self, request: &ChatRequest, told: Option<Told>, generated: [&String; 2]) -> Usage {
        let nothing = generated.iter().all(|text| text.is_empty());
        let counted = || count::usage(&self.model, request, &generated.map(String::as_str));
        match told {
            None => counted(),
            Some(Told { input: Some(input), output: 0 }) if !nothing => Usage { input: Tokens(input), ..counted() },
            Some(Told { output: 0, .. }) if !nothing => counted(),
            Some(told) => told.with_input(|| counted().input),
        }
    }

    fn reader(&self) -> Reader<'_> {
        Reader { key: &self.key, secrets: &self.transport.secrets }
    }

    /// The failure of a request that came to no answer; where the server was not reached or refused, it is not billed.
    fn unanswered(&self, error: Unanswered, meter: &Meter<'_>) -> Failure {
        let free = match &error {
            Unanswered::Refused(refusal) => !refusal.is_late(),
            Unanswered::Network(error) => error.is_connect(),
            Unanswered::Request(_) => true,
            Unanswered::TooLong(_) | Unanswered::Unreadable(_) | Unanswered::Packing(_) => false,
        };
        if free {
            meter.refused();
        }
        self.failure(error)
    }

    fn failure(&self, error: Unanswered) -> Failure {
        match error {
            Unanswered::Refused(refusal) => self.refused(&refusal),
            Unanswered::Network(error) => passing(network(&error)),
            Unanswered::TooLong(limit) => passing(Broken::TooLong { what: "the answer", limit }.to_string()),
            Unanswered::Unreadable(unreadable) => Failure::Fatal(unreadable.to_string()),
            Unanswered::Packing(error) => passing(torn(&Unread::Packing(error))),
            Unanswered::Request(problem) => Failure::Fatal(format!(
                "the request cannot be made: {problem}; look at `base_url`, `query` and `headers`"
            )),
        }
    }

    fn refused(&self, refusal: &Refusal) -> Failure {
        self.reader().classify(refusal)
    }

    /// What it means that no answer came of what the server sent with this status.
    fn broken(&self, broken: &Broken, status: StatusCode, has_options: bool, meter: &Meter<'_>) -> Failure {
        match broken {
            Broken::Said(error) => {
                let mut failure = self.reader().classify_inside(status, error);
                if has_options && names_stream_options(&error.to_string()) {
                    // The next attempt goes without them.
                    self.ask_without_options();
                    failure = passing(failure.message());
                }
                if !matches!(failure, Failure::Passing { .. }) {
                    meter.refused();
                }
                failure
            }
            Broken::Foreign(text) => passing(Broken::Foreign(self.reader().excerpt(text)).to_string()),
            Broken::Ended(reason) => passing(Broken::Ended(self.reader().excerpt(reason)).to_string()),
            other => passing(other.to_string()),
        }
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

/// What comes within a limit that began at `start`, where there is one.
async fn within<T>(start: Instant, limit: Option<Duration>, coming: impl Future<Output = T>) -> Result<T, Failure> {
    match limit {
        Some(limit) => timeout_at(start + limit, coming).await.map_err(|_| late(FIRST_TOKEN, limit)),
        None => Ok(coming.await),
    }
}

fn late([what, key]: [&str; 2], limit: Duration) -> Failure {
    let seconds = limit.as_secs_f64();
    passing(format!("{what} did not come within {seconds} s; if the server is merely slow, raise `timeouts.{key}`"))
}

/// Why an answer came to no end.
fn torn(error: &Unread) -> String {
    match error {
        Unread::Network(error) => format!("the answer was cut: {}", network(error)),
        Unread::Packing(error) => {
            format!("the answer cannot be unpacked: {error}; look at what compresses before the server")
        }
    }
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
