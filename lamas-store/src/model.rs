//! A chat model that asks a store first.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse, SampleIndex};
use lamas_core::meter::{CallMeter, Course};
use lamas_core::stopwatch::since_1970;
use lamas_core::tool::ToolRun;
use lamas_core::units::{Price, Seconds};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::archive::Archive;
use super::error::StoreError;
use super::mode::Mode;
use super::question::{Asked, Identity, Key, Question};
use super::record::{Record, Sealed};
use super::recording::Recording;
use super::samples::Draw;

/// Entries among the turns beyond which those that nobody waits for are cleared away.
const MANY_TURNS: usize = 1024;

/// A store in use: its file, its mode, and whose turn it is.
pub struct Store {
    archive: Arc<Archive>,
    mode: Mode,
    /// Among which samples of a question is drawn; `None` where each is a question of its own.
    bank: Option<Draw>,
    /// What is looked for before the file.
    recording: Recording,
    /// Answers older than this do not count, in milliseconds since 1970.
    since: u64,
    /// One lock per question that is being asked.
    turns: Mutex<HashMap<Key, Weak<tokio::sync::Mutex<()>>>>,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl Store {
    /// Opens a store; a new one is begun unless the mode asks nobody.
    ///
    /// # Errors
    /// When the file cannot be used, is damaged, or does not exist and only replay is wanted.
    pub fn open(path: &Path, mode: Mode) -> Result<Self, StoreError> {
        let archive = if mode.asks() { Archive::create(path)? } else { Archive::existing(path)? };
        // A record that its index has lost would be asked again, and paid again, without a word.
        archive.check_structure()?;
        Ok(Self::of(archive, mode))
    }

    /// A store without a file, which is all that recordings need.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn nowhere(mode: Mode) -> Result<Self, StoreError> {
        Archive::in_memory().map(|archive| Self::of(archive, mode))
    }

    fn of(archive: Archive, mode: Mode) -> Self {
        Self {
            archive: Arc::new(archive),
            mode,
            bank: None,
            recording: Recording::default(),
            since: if mode == Mode::Record { now() } else { 0 },
            turns: Mutex::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// The same store as a bank that draws among these samples of each question, where it is one.
    #[must_use]
    pub fn drawing(self, bank: Option<Draw>) -> Self {
        Self { bank, ..self }
    }

    /// The same store over a recording, which answers before the file does.
    #[must_use]
    pub fn over(self, recording: Recording) -> Self {
        Self { recording, ..self }
    }

    /// What a request asks of this store: in a bank, the sample that it draws.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn question(&self, identity: &Identity, request: &ChatRequest) -> Result<Question, StoreError> {
        let question = Question::new(identity, request);
        let samples = match self.bank {
            None => return Ok(question),
            Some(Draw::Of(samples)) => samples,
            Some(Draw::Recorded) => self.recorded(&question)?,
        };
        Ok(question.drawn(samples))
    }

    /// How many samples of a question are there, but one at least.
    fn recorded(&self, question: &Question) -> Result<NonZeroU32, StoreError> {
        let mut samples = 0;
        while self.holds(question.in_bank(samples).key())? {
            samples += 1;
        }
        Ok(NonZeroU32::new(samples).unwrap_or(NonZeroU32::MIN))
    }

    fn holds(&self, key: Key) -> Result<bool, StoreError> {
        Ok(self.recording.answer(key).is_some() || self.archive.find(key, self.since)?.is_some())
    }

    /// The run of a program that a recording holds.
    pub(super) fn recorded_run(&self, key: Key) -> Option<ToolRun> {
        self.recording.run(key).cloned()
    }

    /// The file.
    #[must_use]
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Questions that were answered from the store since it was opened.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Questions that were not in the store since it was opened.
    pub fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }

    /// How it is used.
    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// Answers and runs older than this do not count.
    pub(super) fn since(&self) -> u64 {
        self.since
    }

    /// Waits until nobody else asks the same question.
    async fn turn(&self, key: Key) -> OwnedMutexGuard<()> {
        let lock = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            if turns.len() > MANY_TURNS {
                turns.retain(|_, lock| lock.strong_count() > 0);
            }
            let known = turns.get(&key).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let lock = Arc::default();
                turns.insert(key, Arc::downgrade(&lock));
                lock
            })
        };
        lock.lock_owned().await
    }

    async fn find(&self, key: Key) -> Result<Option<ChatResponse>, StoreError> {
        let since = self.since;
        let found = match self.recording.answer(key) {
            Some(answer) => Some(answer.clone()),
            None => self.blocking(move |archive| archive.find(key, since)).await?.map(|record| record.response),
        };
        let tally = if found.is_some() { &self.hits } else { &self.misses };
        tally.fetch_add(1, Ordering::Relaxed);
        Ok(found)
    }

    async fn keep(&self, sealed: Sealed) -> Result<Record, StoreError> {
        let since = self.since;
        self.blocking(move |archive| archive.keep_sealed(sealed, since)).await
    }

    /// Runs file work off the executor. A paused clock stands still meanwhile, so that it takes no virtual time.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Archive) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let archive = self.archive.clone();
        let done = tokio::task::spawn_blocking(move || work(&archive)).await;
        done.unwrap_or_else(|error| {
            let source = std::io::Error::other(format!("the response store broke off: {error}"));
            Err(StoreError::Io { path: self.archive.path().to_owned(), source })
        })
    }
}

/// A chat model behind a store.
///
/// Questions that are asked several times at once are asked once. Answers from the store come after the time they took
/// when they were recorded, on tokio's clock, and their timing says [`Recorded`](lamas_core::chat::LatencySource::Recorded), or that they are simulated
/// if they are; waiting is then the time spent beyond that, not what was waited for back then.
pub struct StoredModel {
    /// `None` where nobody may be asked.
    inner: Option<Arc<dyn ChatModel>>,
    store: Arc<Store>,
    identity: Identity,
    price: Price,
    pace: Pace,
}

/// When an answer from the store comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// After the time that it took.
    Recorded,
    /// At once.
    AtOnce,
}

impl StoredModel {
    /// A model behind a store. `identity` says who answers and `price` what that costs.
    #[must_use]
    pub fn new(inner: Arc<dyn ChatModel>, store: Arc<Store>, identity: Identity, price: Price) -> Self {
        Self { inner: Some(inner), store, identity, price, pace: Pace::Recorded }
    }

    /// A store without a model, which is all that strict replay needs: a miss is an error whatever the mode.
    #[must_use]
    pub fn alone(store: Arc<Store>, identity: Identity) -> Self {
        Self { inner: None, store, identity, price: Price::FREE, pace: Pace::Recorded }
    }

    /// Gives stored answers at once, so that going on with a run of hours takes no hours. Their timing is as recorded.
    #[must_use]
    pub fn at_once(self) -> Self {
        Self { pace: Pace::AtOnce, ..self }
    }
}

/// Asks, and keeps the answer.
async fn answered(
    inner: &dyn ChatModel,
    store: &Store,
    price: Price,
    asked: Asked,
    request: &ChatRequest,
    meter: &CallMeter,
) -> Result<ChatResponse, ChatError> {
    let response = inner.chat_metered(request, meter).await?;
    let cost = price.cost(response.usage.input, response.usage.output);
    let sealed = Sealed::answer(asked, response, cost, now());
    let own = sealed.record.response.clone();
    let waiting = own.timing.waiting;
    let mut kept = store.keep(sealed).await.map_err(|error| fatal(&error))?.response;
    if kept != own {
        // Another process was faster; what it was told is what later runs will be told. The waiting was ours.
        kept.timing.source = kept.timing.source.replayed();
        kept.timing.waiting = waiting;
    }
    Ok(kept)
}

#[async_trait]
impl ChatModel for StoredModel {
    async fn chat_metered(&self, request: &ChatRequest, meter: &CallMeter) -> Result<ChatResponse, ChatError> {
        let start = Instant::now();
        let asked = Asked::new(self.store.question(&self.identity, request).map_err(|error| fatal(&error))?);
        if self.inner.is_none() {
            meter.will_follow();
        }
        let turn = self.store.turn(asked.key).await;
        meter.will_follow();
        let inner = self.inner.as_ref().filter(|_| self.store.mode.asks());
        let inner = match (self.store.find(asked.key).await, inner) {
            (Ok(Some(answer)), _) => {
                drop(turn);
                return Ok(replayed(answer, start, self.pace, meter).await);
            }
            (Ok(None), None) => return Err(self.missing(&asked.question)),
            (Ok(None), Some(inner)) => inner,
            (Err(damaged @ StoreError::Record { .. }), Some(inner)) => {
                tracing::warn!("{damaged}; the question is asked again");
                inner
            }
            (Err(error), _) => return Err(fatal(&error)),
        };
        meter.goes_live();
        // Whoever asks the same meanwhile waits for `turn`, and finds the answer.
        answered(&**inner, &self.store, self.price, asked, request, meter).await
    }
}

impl StoredModel {
    fn missing(&self, question: &Question) -> ChatError {
        let asked = question.messages.last().map_or("", |message| &*message.content);
        let start: String = asked.chars().take(80).collect();
        let Question { model, sample: SampleIndex { replicate, ordinal }, .. } = question;
        let (sample, remedy) = match self.store.bank {
            Some(draw) => {
                let of = if let Draw::Of(samples) = draw { format!(" of {samples}") } else { String::new() };
                (
                    format!("sample {}{of}", ordinal + 1),
                    "record it with `lamas-bench bank EXPERIMENT`, or let `mode: bank` ask",
                )
            }
            None => (
                format!("sample {ordinal} of replicate {replicate}"),
                "record it with `mode: record`, or let `mode: replay` ask",
            ),
        };
        let path = self.store.archive.path().display();
        ChatError::Unrecorded(format!("{path}: no answer of {model} to {start:?} ({sample}) is recorded; {remedy}"))
    }
}

/// Whatever is wrong with the file is wrong for every later call.
fn fatal(error: &StoreError) -> ChatError {
    ChatError::Fatal(error.to_string())
}

/// Lets the recorded time pass, where that is wanted.
async fn replayed(mut response: ChatResponse, start: Instant, pace: Pace, meter: &CallMeter) -> ChatResponse {
    response.timing.source = response.timing.source.replayed();
    // What was lost before the answer was paid whatever became of the call.
    meter.lost(response.lost);
    meter.follows(Course::of_call(&response));
    if pace == Pace::AtOnce {
        response.timing.waiting = Seconds::ZERO;
        return response;
    }
    let working = Duration::try_from_secs_f64(response.timing.working.0).unwrap_or_default();
    tokio::time::sleep_until(start + working).await;
    response.timing.waiting = Seconds(start.elapsed().saturating_sub(working).as_secs_f64());
    response
}

pub(super) fn now() -> u64 {
    u64::try_from(since_1970().as_millis()).unwrap_or(u64::MAX)
}
