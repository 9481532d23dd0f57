//! The modes of a store, over a model that counts its calls and takes its time on a paused clock.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lamas_core::chat::{
    ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, LatencySource, Lost, Message, SampleIndex, Sampling,
    Timing, Usage,
};
use lamas_core::meter::{CallMeter, Reading};
use lamas_core::units::{Price, Seconds, Tokens};
use lamas_store::{Identity, Mode, Store, StoreSettings, StoredModel};
use serde_json::json;
use tokio::time::Instant;

/// Answers with its number of calls, after two seconds; fails on demand.
#[derive(Default)]
struct Counting {
    calls: AtomicU32,
    failures: AtomicU32,
    source: LatencySource,
}

#[async_trait]
impl ChatModel for Counting {
    async fn chat_metered(&self, _: &ChatRequest, _: &CallMeter) -> Result<ChatResponse, ChatError> {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if call <= self.failures.load(Ordering::SeqCst) {
            return Err(ChatError::Exhausted { message: "broken".to_owned(), attempts: 9, lost: Lost::default() });
        }
        Ok(ChatResponse {
            text: format!("answer {call}").into(),
            usage: Usage { input: Tokens(100), output: Tokens(10), counted: false },
            timing: Timing {
                first_token: Seconds(0.5),
                working: Seconds(2.0),
                waiting: Seconds(0.0),
                attempts: 3,
                source: self.source,
            },
            finish: FinishReason::Length,
            lost: Lost::default(),
        })
    }
}

fn request(text: &str, ordinal: u32) -> ChatRequest {
    ChatRequest {
        messages: vec![Message::user(text)],
        sampling: Sampling::default(),
        sample: SampleIndex { replicate: u64::MAX, ordinal },
    }
}

struct Fixture {
    model: Arc<Counting>,
    store: Arc<Store>,
    stored: StoredModel,
}

impl Fixture {
    fn open(path: &Path, mode: Mode) -> Self {
        Self::over(path, mode, Counting::default())
    }

    fn over(path: &Path, mode: Mode, model: Counting) -> Self {
        let model = Arc::new(model);
        let store = Arc::new(Store::open(path, mode).unwrap());
        let identity = Identity { model: "m".to_owned(), parameters: json!({"top_p": 0.9}) };
        let price = Price { input: 1.0, output: 2.0 };
        let stored = StoredModel::new(model.clone(), store.clone(), identity, price);
        Self { model, store, stored }
    }

    async fn text(&self, text: &str, ordinal: u32) -> String {
        self.stored.chat(&request(text, ordinal)).await.unwrap().text.to_string()
    }

    fn calls(&self) -> u32 {
        self.model.calls.load(Ordering::SeqCst)
    }
}

#[tokio::test(start_paused = true)]
async fn replay_gives_back_text_usage_finish_and_latency() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    let live = Fixture::open(&path, Mode::Record).stored.chat(&request("q", 0)).await.unwrap();
    assert_eq!(live.timing.source, LatencySource::Live);

    for mode in [Mode::Replay, Mode::StrictReplay] {
        let again = Fixture::open(&path, mode);
        let start = Instant::now();
        let replayed = again.stored.chat(&request("q", 0)).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(2), "the recorded time passes on the clock");
        let timing = Timing { source: LatencySource::Recorded, ..live.timing };
        assert_eq!(replayed, ChatResponse { timing, ..live.clone() });
        assert_eq!((again.calls(), again.store.hits(), again.store.misses()), (0, 1, 0));
    }
}

/// Drops a call after so many milliseconds; what it has used by then.
async fn cancelled(stored: &StoredModel, after_ms: u64) -> Reading {
    let meter = CallMeter::default();
    let start = Instant::now();
    let request = request("q", 0);
    let call = stored.chat_metered(&request, &meter);
    assert!(tokio::time::timeout(Duration::from_millis(after_ms), call).await.is_err());
    meter.reading(Seconds(start.elapsed().as_secs_f64()))
}

#[tokio::test(start_paused = true)]
async fn case_a_cancelled_call_is_no_answer_and_a_recorded_one_is_cut_by_its_own_time() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    let live = Fixture::open(&path, Mode::Replay);
    cancelled(&live.stored, 1000).await;
    assert_eq!(live.text("q", 0).await, "answer 1", "the first was never answered");
    assert_eq!((live.calls(), live.store.misses()), (1, 2));
    for mode in [Mode::Replay, Mode::StrictReplay] {
        let again = Fixture::open(&path, mode);
        // Ten tokens, the first after half a second, the last after two.
        for (after_ms, output) in [(400, 0), (500, 1), (1000, 4), (1999, 9)] {
            let Reading { usage, source, .. } = cancelled(&again.stored, after_ms).await;
            assert_eq!((usage.input, usage.output, source), (Tokens(100), Tokens(output), LatencySource::Recorded));
        }
        assert_eq!((again.calls(), again.text("q", 0).await.as_str()), (0, "answer 1"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_simulated_answer_stays_simulated() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    let simulated = || Counting { source: LatencySource::Simulated, ..Counting::default() };
    let first = Fixture::over(&path, Mode::Record, simulated()).stored.chat(&request("q", 0)).await.unwrap();
    assert_eq!(first.timing.source, LatencySource::Simulated);
    // Whoever is behind the store by now.
    for mode in [Mode::Replay, Mode::StrictReplay] {
        let again = Fixture::open(&path, mode).stored.chat(&request("q", 0)).await.unwrap();
        assert_eq!(again, first);
    }
    let merged = dir.path().join("merged.sqlite");
    Store::open(&merged, Mode::Replay).unwrap().archive().merge(&path).unwrap();
    assert_eq!(Fixture::open(&merged, Mode::Replay).stored.chat(&request("q", 0)).await.unwrap(), first);
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_come_at_once_with_its_recorded_timing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    let live = Fixture::open(&path, Mode::Record).stored.chat(&request("q", 0)).await.unwrap();
    let again = Fixture::open(&path, Mode::Replay).stored.at_once();
    let start = Instant::now();
    let replayed = again.chat(&request("q", 0)).await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(replayed.timing.working, live.timing.working);
    assert_eq!(replayed.timing.source, LatencySource::Recorded);
}

#[tokio::test(start_paused = true)]
async fn a_store_alone_answers_what_it_holds_and_asks_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    let text = Fixture::open(&path, Mode::Record).text("q", 0).await;
    let identity = Identity { model: "m".to_owned(), parameters: json!({"top_p": 0.9}) };
    let alone = StoredModel::alone(Arc::new(Store::open(&path, Mode::Replay).unwrap()), identity);
    assert_eq!(*alone.chat(&request("q", 0)).await.unwrap().text, *text);
    assert!(alone.chat(&request("other", 0)).await.unwrap_err().is_fatal());
}

#[tokio::test(start_paused = true)]
async fn a_miss_is_asked_in_replay_and_an_error_in_strict_replay() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    assert!(Store::open(&path, Mode::StrictReplay).err().unwrap().to_string().contains("no such store"));

    let replay = Fixture::open(&path, Mode::Replay);
    assert_eq!(replay.text("q", 0).await, "answer 1");
    assert_eq!(replay.text("q", 1).await, "answer 2", "another sample of the same question");
    assert_eq!(replay.text("q", 0).await, "answer 1");

    let strict = Fixture::open(&path, Mode::StrictReplay);
    assert_eq!(strict.text("q", 1).await, "answer 2");
    let error = strict.stored.chat(&request("unheard of", 0)).await.unwrap_err();
    assert!(error.is_fatal() && error.to_string().contains("unheard of"), "{error}");
    assert_eq!(strict.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn record_asks_anew_once_per_run() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    let first = Fixture::open(&path, Mode::Record);
    assert_eq!(first.text("q", 0).await, "answer 1");
    assert_eq!(first.text("q", 0).await, "answer 1");
    assert_eq!(first.calls(), 1);

    // The wall clock tells runs apart, to the millisecond.
    std::thread::sleep(Duration::from_millis(3));
    let second = Fixture::open(&path, Mode::Record);
    second.model.calls.store(10, Ordering::SeqCst);
    assert_eq!(second.text("q", 0).await, "answer 11");
    assert_eq!(Fixture::open(&path, Mode::StrictReplay).text("q", 0).await, "answer 11");
}

#[tokio::test(start_paused = true)]
async fn one_question_is_asked_once_however_many_ask_it() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = Fixture::open(&dir.path().join("store.sqlite"), Mode::Record);
    let start = Instant::now();
    let texts = futures::future::join_all((0..20).map(|_| fixture.text("q", 0))).await;
    assert!(texts.iter().all(|text| text == "answer 1"), "{texts:?}");
    assert_eq!((fixture.calls(), fixture.store.hits()), (1, 19));
    assert_eq!(start.elapsed(), Duration::from_secs(2), "those who waited do not wait again");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_not_kept_and_the_next_one_asks() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = Fixture::open(&dir.path().join("store.sqlite"), Mode::Replay);
    fixture.model.failures.store(1, Ordering::SeqCst);
    let (request, other) = (request("q", 0), request("q", 0));
    let (first, second) = tokio::join!(fixture.stored.chat(&request), fixture.stored.chat(&other));
    assert!(matches!(first, Err(ChatError::Exhausted { .. })));
    assert_eq!(&*second.unwrap().text, "answer 2");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_makes_room_for_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = Fixture::open(&dir.path().join("store.sqlite"), Mode::Replay);
    let cancelled = tokio::time::timeout(Duration::from_secs(1), fixture.text("q", 0)).await;
    assert!(cancelled.is_err());
    assert_eq!(fixture.text("q", 0).await, "answer 1");
}

#[tokio::test(start_paused = true)]
async fn two_stores_on_one_file_agree_on_the_answer() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    let (a, b) = (Fixture::open(&path, Mode::Replay), Fixture::open(&path, Mode::Replay));
    b.model.calls.store(100, Ordering::SeqCst);
    let (from_a, from_b) = tokio::join!(a.text("q", 0), b.text("q", 0));
    assert_eq!(from_a, from_b);
    assert_eq!(Fixture::open(&path, Mode::StrictReplay).text("q", 0).await, from_a);
}

#[test]
fn off_opens_nothing() {
    let settings: StoreSettings = serde_yaml::from_str("{mode: off}").unwrap();
    assert!(settings.open().unwrap().is_none());
    assert_eq!(StoreSettings::default().mode, Mode::Replay, "nothing is paid twice unless that is asked for");
    for name in ["strict_replay", "strict-replay"] {
        let settings: StoreSettings = serde_yaml::from_str(&format!("{{path: a.sqlite, mode: {name}}}")).unwrap();
        assert_eq!(settings.mode, Mode::StrictReplay);
    }
    assert!(serde_yaml::from_str::<StoreSettings>("{mode: of}").is_err());
    assert!(!Path::new("runs").exists(), "an unused store leaves no folder");
}
