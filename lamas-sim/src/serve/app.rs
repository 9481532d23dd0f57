//! The paths, and one request's way through the server.

use std::fmt::Display;
use std::future::{Future, pending};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::stream;
use lamas_core::chat::{ChatRequest, ChatResponse, FILLER_FINGERPRINT, SIMULATED_FINGERPRINT, SampleIndex};
use lamas_core::units::Seconds;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use super::body::{Asked, Wanted};
use super::connection::{self, Link};
use super::error::ApiError;
use super::fault::{Fault, Faults};
use super::ledger::Ledger;
use super::limits::Limits;
use super::log::{Line, LogEntry, RequestEnd, RequestLog};
use super::reply::{Reply, now};
use super::schedule::{Due, Event, Speed, streamed, whole};
use super::upload::{Upload, Uploads};
use crate::SimModel;

/// Bodies from here on are worked on apart from the threads that serve, a few at a time.
const LARGE: usize = 128 << 10;
/// So many of them at once.
const LARGE_AT_ONCE: usize = 2;
/// How long a time-out keeps a client waiting at most.
const HANG: Duration = Duration::from_secs(600);
/// By how much a timer is late on average: it rounds up to whole milliseconds, and the system call below it does so too.
const ROUNDING: Duration = Duration::from_millis(1);
/// Where chat completions are asked for.
const COMPLETIONS: &str = "/v1/chat/completions";

/// Something that knows at once what a chat model says and how long it takes to say it.
///
/// Whoever answers is not a real model: all answers are marked as simulated.
pub trait Source: Send + Sync {
    /// The answer, with the time that it is to take.
    fn answer(&self, request: &ChatRequest) -> ChatResponse;

    /// Whether it knows what the request is about. What it does not know it may be asked all the same.
    fn knows(&self, request: &ChatRequest) -> bool;
}

impl Source for SimModel {
    fn answer(&self, request: &ChatRequest) -> ChatResponse {
        self.answer_any(request)
    }

    fn knows(&self, request: &ChatRequest) -> bool {
        Self::knows(self, request)
    }
}

/// How a server behaves.
#[derive(Debug)]
pub struct ServerSettings {
    /// The model's name; requests for any other get a 404.
    pub model: String,
    /// What stands behind the name: sent as `system_fingerprint`, behind the mark of what is simulated
    /// ([`SIMULATED_FINGERPRINT`], [`FILLER_FINGERPRINT`]).
    pub fingerprint: String,
    /// Whether requests about nothing that the source knows are refused, with a 400, instead of answered.
    pub strict: bool,
    /// How fast modelled time passes.
    pub speed: Speed,
    /// What a 429 asks for; scaled by `speed` as well.
    pub retry_after: Seconds,
    /// Which requests fail.
    pub faults: Faults,
    /// Where requests are written down.
    pub log: Option<RequestLog>,
    /// What clients may take.
    pub limits: Limits,
}

/// A chat model as an OpenAI-compatible server.
pub struct Server(Arc<Shared>);

/// What all requests share.
struct Shared {
    source: Arc<dyn Source>,
    settings: ServerSettings,
    ledger: Ledger,
    uploads: Uploads,
    /// Permits to work on large bodies.
    large: Semaphore,
    /// Requests about nothing that the source knows.
    unknown: AtomicU64,
    started: u64,
}

impl Server {
    /// A server that answers from a source.
    pub fn new(source: Arc<dyn Source>, settings: ServerSettings) -> Self {
        Self(Arc::new(Shared {
            source,
            ledger: Ledger::default(),
            uploads: Uploads::new(settings.limits),
            large: Semaphore::new(LARGE_AT_ONCE),
            unknown: AtomicU64::new(0),
            started: now(),
            settings,
        }))
    }

    /// The status and the body of the whole answer to a request with this body, at once: without a socket, waiting or
    /// faults.
    #[must_use]
    pub fn answer(&self, body: &[u8]) -> (u16, String) {
        match self.0.attempt(body) {
            Ok(attempt) => (StatusCode::OK.as_u16(), attempt.reply.whole(false)),
            Err(error) => (error.status.as_u16(), error.body()),
        }
    }

    /// Serves until `shutdown` is ready. Answers on their way then have ten more seconds. Says how many requests were about
    /// nothing that the source knows.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> u64 {
        let shared = Arc::clone(&self.0);
        let router = Router::new()
            .route(COMPLETIONS, post(completions))
            .route("/v1/models", get(models))
            .route("/v1/models/{*model}", get(model))
            .route("/healthz", get(async || "ok"))
            .fallback(unknown_path)
            .method_not_allowed_fallback(unknown_method)
            .with_state(self.0);
        connection::serve(listener, router, shared.settings.limits, shutdown).await;
        shared.unknown.load(Ordering::Relaxed)
    }
}

async fn completions(
    State(shared): State<Arc<Shared>>,
    Extension(link): Extension<Link>,
    request: Request,
) -> Result<Response, ApiError> {
    let start = Instant::now();
    let upload = shared.uploads.read(request.into_body()).await?;
    let attempt =
        if upload.bytes.len() < LARGE { shared.attempt(&upload.bytes) } else { shared.large_attempt(upload).await };
    shared.respond(attempt?, start, link).await
}

async fn models(State(shared): State<Arc<Shared>>) -> Response {
    json_response(&json!({"object": "list", "data": [shared.card()]}))
}

async fn model(
    State(shared): State<Arc<Shared>>,
    name: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let Path(name) = name.map_err(|error| ApiError::invalid(Some("model"), error.to_string()))?;
    shared.has(&name)?;
    Ok(json_response(&shared.card()))
}

async fn unknown_path(method: Method, uri: Uri) -> ApiError {
    let message = format!("unknown path: {method} {}; chat completions are asked for at {COMPLETIONS}", uri.path());
    ApiError::invalid(None, message).with_status(StatusCode::NOT_FOUND)
}

async fn unknown_method(method: Method, uri: Uri) -> ApiError {
    ApiError::invalid(None, format!("{} does not take the method {method}", uri.path()))
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
}

/// One attempt at a request, decided and not yet carried out.
struct Attempt {
    fault: Option<Fault>,
    reply: Reply,
    entry: LogEntry,
    stream: bool,
    include_usage: bool,
}

impl Shared {
    fn card(&self) -> Value {
        json!({"id": self.settings.model, "object": "model", "created": self.started, "owned_by": "lamas-simulated"})
    }

    fn has(&self, model: &str) -> Result<(), ApiError> {
        if model == self.settings.model {
            return Ok(());
        }
        let message = format!("the model '{model}' does not exist; this server has '{}'", self.settings.model);
        Err(ApiError::invalid(Some("model"), message).with_status(StatusCode::NOT_FOUND).coded("model_not_found"))
    }

    /// Decides what becomes of a request with a large body, which takes a while.
    async fn large_attempt(self: &Arc<Self>, upload: Upload) -> Result<Attempt, ApiError> {
        let broken = |error: &dyn Display| {
            ApiError::server(StatusCode::INTERNAL_SERVER_ERROR, format!("the request could not be worked on: {error}"))
        };
        let _permit = self.large.acquire().await.map_err(|error| broken(&error))?;
        let shared = Arc::clone(self);
        let attempt = tokio::task::spawn_blocking(move || shared.attempt(&upload.bytes)).await;
        attempt.map_err(|error| broken(&error))?
    }

    /// Decides what becomes of a request.
    fn attempt(&self, body: &[u8]) -> Result<Attempt, ApiError> {
        let asked = &Asked::read(body)?;
        self.has(&asked.model)?;
        let key = asked.key();
        let number = self.ledger.attempt(key);
        let fault = self.settings.faults.decide(key, number, asked);
        let sample = match asked.wanted {
            Wanted::Sample(sample) => sample,
            // What fails is not given out, so that the retry gets it.
            Wanted::Next => {
                let given = if fault.is_some() { 0 } else { asked.choices };
                SampleIndex { replicate: 0, ordinal: self.ledger.give(key, given) }
            }
        };
        let known = self.source.knows(&asked.choice(sample, 0));
        let mut entry = LogEntry { log: self.settings.log.clone(), line: Line::new(key, number, asked, sample, known) };
        if !known {
            self.count_unknown();
            if self.settings.strict {
                entry.end(RequestEnd::Rejected);
                let message = "the messages hold no problem statement that the simulated model knows";
                return Err(ApiError::invalid(Some("messages"), message).coded("unknown_problem"));
            }
        }
        let choice = |choice| self.source.answer(&asked.choice(sample, choice));
        let mut answers: Vec<ChatResponse> = (0..asked.choices).map(choice).collect();
        entry.line.answers(&answers);
        for answer in &mut answers {
            if let Some(text) = fault.and_then(|fault| fault.rewrite(&answer.text)) {
                answer.text = text.into();
            }
        }
        let id = format!("chatcmpl-{key:016x}-{}", sample.ordinal);
        let model = self.settings.model.clone();
        let mark = if known { SIMULATED_FINGERPRINT } else { FILLER_FINGERPRINT };
        let fingerprint = format!("{mark}{}", self.settings.fingerprint);
        let reply = Reply::new(id, model, fingerprint, answers, asked.include_usage);
        Ok(Attempt { fault, reply, entry, stream: asked.stream, include_usage: asked.include_usage })
    }

    fn count_unknown(&self) {
        if self.unknown.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(
                "a request holds no known problem; such requests are {}, and the request log says which they are",
                if self.settings.strict { "refused" } else { "answered with a text about nothing" }
            );
        }
    }

    /// Carries an attempt out.
    async fn respond(&self, attempt: Attempt, start: Instant, link: Link) -> Result<Response, ApiError> {
        let Attempt { fault, reply, entry, stream, include_usage } = attempt;
        // What fails is written down at once; what is answered, once it was.
        let entry = match fault {
            Some(fault) => {
                entry.end(RequestEnd::Failed(fault));
                None
            }
            None => Some(entry),
        };
        match fault {
            Some(Fault::RateLimit) => return Ok(self.rate_limited()),
            Some(Fault::ServerError) => {
                return Err(ApiError::server(StatusCode::INTERNAL_SERVER_ERROR, "the server had an error, on request"));
            }
            Some(Fault::Unavailable) => {
                return Err(ApiError::server(StatusCode::SERVICE_UNAVAILABLE, "the server is overloaded, on request"));
            }
            Some(Fault::Reset) => reset(&link, start).await,
            Some(Fault::Timeout) => reset(&link, start + HANG).await,
            Some(Fault::Cut | Fault::Malformed | Fault::Empty | Fault::Blank | Fault::Displaced) | None => {}
        }
        if stream {
            let events = streamed(reply.answers(), self.settings.speed, include_usage);
            return Ok(event_stream(reply, spoilt(events, fault), start, entry));
        }
        wait_until(start + whole(reply.answers(), self.settings.speed)).await;
        let mut body = reply.whole(fault == Some(Fault::Empty));
        if fault == Some(Fault::Cut) {
            return Ok(cut_in_the_middle(&body));
        }
        if fault == Some(Fault::Malformed) {
            body.truncate(body.floor_char_boundary(body.len() / 2));
        }
        if let Some(entry) = entry {
            entry.end(RequestEnd::Answered);
        }
        Ok(with_type(Body::from(body), "application/json"))
    }

    fn rate_limited(&self) -> Response {
        let pause = self.settings.speed.real(self.settings.retry_after);
        let message = format!("rate limit reached, on request; please try again in {} s", pause.as_secs_f64());
        let mut response = ApiError::rate_limit(message).into_response();
        let headers = response.headers_mut();
        // HTTP has whole seconds; OpenAI's own header has milliseconds and goes before it.
        headers.insert(header::RETRY_AFTER, HeaderValue::from(pause.as_secs_f64().ceil() as u64));
        headers.insert("retry-after-ms", HeaderValue::from(pause.as_millis() as u64));
        response
    }
}

/// Resets the connection at some time. The handler does not outlive it.
async fn reset(link: &Link, at: Instant) {
    wait_until(at).await;
    link.reset();
    pending::<()>().await;
}

/// The events of a stream with a fault in it.
fn spoilt(mut events: Vec<Due>, fault: Option<Fault>) -> Vec<Due> {
    let half = events.len() / 2;
    let due = events[half].0;
    match fault {
        Some(Fault::Cut) => events.splice(half.., [(due, Event::Cut)]),
        Some(Fault::Malformed) => events.splice(half..half, [(due, Event::Malformed)]),
        Some(Fault::Empty) => {
            events.retain(|(_, event)| matches!(event, Event::Usage | Event::Done));
            let due = events[0].0;
            events.insert(0, (due, Event::Empty));
            return events;
        }
        _ => return events,
    };
    events
}

fn event_stream(reply: Reply, events: Vec<Due>, start: Instant, entry: Option<LogEntry>) -> Response {
    let state = (events.into_iter(), entry, reply);
    let events = stream::unfold(state, move |(mut events, mut entry, reply)| async move {
        let (due, event) = events.next()?;
        wait_until(start + due).await;
        if event == Event::Done
            && let Some(entry) = entry.take()
        {
            entry.end(RequestEnd::Answered);
        }
        let bytes = if event == Event::Cut { Err(cut_on_request().await) } else { Ok(reply.event(&event)) };
        Some((bytes, (events, entry, reply)))
    });
    let mut response = with_type(Body::from_stream(events), "text/event-stream");
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The first half of a body whose length was announced in full.
fn cut_in_the_middle(body: &str) -> Response {
    let half = Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2]);
    let first = stream::once(async move { Ok(half) });
    let then = stream::once(async { Err(cut_on_request().await) });
    let mut response = with_type(Body::from_stream(stream::StreamExt::chain(first, then)), "application/json");
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    response
}

/// Ends the connection. What comes before it goes out first: a body that has nothing to say for a moment is flushed.
async fn cut_on_request() -> std::io::Error {
    yield_now().await;
    std::io::Error::other("cut on request")
}

fn json_response(value: &Value) -> Response {
    with_type(Body::from(value.to_string()), "application/json")
}

fn with_type(body: Body, content_type: &'static str) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Waits for a moment, unless it has passed.
async fn wait_until(moment: Instant) {
    let aim = moment.checked_sub(ROUNDING).unwrap_or(moment);
    if aim > Instant::now() {
        sleep_until(aim).await;
    }
}
