//! A bank: a fixed number of samples of each question, among which everybody draws.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use lamas_core::chat::{
    ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, LatencySource, Lost, Message, SampleIndex, Sampling,
    Timing, Usage,
};
use lamas_core::meter::CallMeter;
use lamas_core::units::{Price, Seconds, Tokens};
use lamas_store::{
    Archive, Draw, Identity, Kept, Mode, Recorded, Recording, Samples, Store, StoreSettings, StoredModel,
};
use serde_json::json;

/// Answers with its number of calls.
#[derive(Default)]
struct Counting(AtomicU32);

#[async_trait]
impl ChatModel for Counting {
    async fn chat_metered(&self, _: &ChatRequest, _: &CallMeter) -> Result<ChatResponse, ChatError> {
        let call = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(ChatResponse {
            text: format!("answer {call}").into(),
            usage: Usage { input: Tokens(100), output: Tokens(10), counted: false },
            timing: Timing {
                first_token: Seconds(0.5),
                working: Seconds(f64::from(call)),
                waiting: Seconds(0.0),
                attempts: 1,
                source: LatencySource::Live,
            },
            finish: FinishReason::Stop,
            lost: Lost::default(),
        })
    }
}

struct Bank {
    model: Arc<Counting>,
    stored: StoredModel,
}

impl Bank {
    fn open(path: &Path, mode: Mode, samples: Option<u32>) -> Self {
        Self::of(&StoreSettings { mode, samples: samples.map(Samples::Number), ..at(path) })
    }

    fn of(settings: &StoreSettings) -> Self {
        settings.check().unwrap();
        Self::behind(Arc::new(settings.open().unwrap().unwrap()))
    }

    fn behind(store: Arc<Store>) -> Self {
        let model = Arc::new(Counting::default());
        let identity = Identity { model: "m".to_owned(), parameters: json!({}) };
        Self { stored: StoredModel::new(model.clone(), store, identity, Price::FREE), model }
    }

    async fn ask(&self, text: &str, replicate: u64, ordinal: u32) -> Result<String, ChatError> {
        let request = ChatRequest {
            messages: vec![Message::user(text)],
            sampling: Sampling::default(),
            sample: SampleIndex { replicate, ordinal },
        };
        self.stored.chat(&request).await.map(|response| response.text.to_string())
    }

    /// What so many identical questions of one episode are answered.
    async fn episode(&self, text: &str, replicate: u64, questions: u32) -> Vec<String> {
        let mut answers = Vec::new();
        for ordinal in 0..questions {
            answers.push(self.ask(text, replicate, ordinal).await.unwrap());
        }
        answers
    }

    fn calls(&self) -> u32 {
        self.model.0.load(Ordering::SeqCst)
    }
}

fn at(path: &Path) -> StoreSettings {
    StoreSettings { path: path.to_owned(), ..StoreSettings::default() }
}

fn set(answers: &[String]) -> BTreeSet<&String> {
    answers.iter().collect()
}

#[tokio::test(start_paused = true)]
async fn an_episode_draws_without_replacement_and_nothing_is_asked_twice() {
    let dir = tempfile::tempdir().unwrap();
    let bank = Bank::open(&dir.path().join("bank.sqlite"), Mode::Bank, Some(4));
    let first = bank.episode("q", 1, 8).await;
    assert_eq!(set(&first[..4]).len(), 4, "{first:?}");
    assert_eq!(first[..4], first[4..], "the sample index is folded");
    assert_eq!(bank.calls(), 4);
    // Other seeds and passes find the same samples, in orders of their own.
    let mut orders = BTreeSet::from([first[..4].to_vec()]);
    for replicate in 2..20 {
        let again = bank.episode("q", replicate, 4).await;
        assert_eq!(set(&again), set(&first));
        orders.insert(again);
    }
    assert!(orders.len() > 8, "{orders:?}");
    assert_eq!(bank.calls(), 4);
    bank.episode("another", 1, 4).await;
    assert_eq!(bank.calls(), 8);
}

#[tokio::test(start_paused = true)]
async fn the_order_in_which_samples_are_drawn_differs_from_question_to_question() {
    let dir = tempfile::tempdir().unwrap();
    let bank = Bank::open(&dir.path().join("bank.sqlite"), Mode::Bank, Some(2));
    // If every question drew sample 0 under the same seed, two seeds might be one and the same run.
    let mut first_drawn = BTreeSet::new();
    for question in 0..20 {
        let question = format!("q{question}");
        let zero = bank.ask(&question, 0, 0).await.unwrap();
        first_drawn.insert(bank.ask(&question, 7, 0).await.unwrap() == zero);
    }
    assert_eq!(first_drawn.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_strict_bank_never_asks_and_says_how_to_record() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bank.sqlite");
    let Err(none) = StoreSettings { mode: Mode::StrictBank, ..at(&path) }.open() else {
        panic!("there is no bank yet");
    };
    assert!(none.to_string().contains("no such store"), "{none}");
    let recorded = Bank::open(&path, Mode::Bank, None).episode("q", 1, 8).await;
    let strict = Bank::open(&path, Mode::StrictBank, None);
    let replayed = strict.episode("q", 1, 8).await;
    assert_eq!(replayed, recorded);
    let missing = strict.ask("another", 1, 0).await.unwrap_err();
    assert!(matches!(missing, ChatError::Unrecorded(_)), "{missing:?}");
    let said = missing.to_string();
    assert!(said.contains("no answer of m to \"another\"") && said.contains("of 8) is recorded"), "{said}");
    assert!(said.contains("lamas-bench bank"), "{said}");
    assert_eq!(strict.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_smaller_bank_draws_among_the_first_samples_of_a_larger_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bank.sqlite");
    let eight = Bank::open(&path, Mode::Bank, Some(8)).episode("q", 1, 8).await;
    let three = Bank::open(&path, Mode::StrictBank, Some(3)).episode("q", 5, 3).await;
    assert_eq!(set(&three).len(), 3);
    assert!(set(&three).is_subset(&set(&eight)));
    let nine = Bank::open(&path, Mode::Bank, Some(9));
    nine.episode("q", 5, 9).await;
    assert_eq!(nine.calls(), 1, "one more sample is asked for");
}

#[tokio::test(start_paused = true)]
async fn a_recording_of_any_seeds_becomes_samples_of_a_bank() {
    let dir = tempfile::tempdir().unwrap();
    // Recorded as questions of their own: two seeds, three samples each.
    let replay = Bank::open(&dir.path().join("store.sqlite"), Mode::Replay, None);
    let mut recorded = replay.episode("q", 1111, 3).await;
    recorded.extend(replay.episode("q", 2222, 3).await);
    assert_eq!(replay.calls(), 6);
    let export = |name: &str| {
        let mut lines = Vec::new();
        Archive::existing(&dir.path().join(name)).unwrap().export(&mut lines).unwrap();
        lines
    };
    let lines = export("store.sqlite");

    let path = dir.path().join("bank.sqlite");
    let archive = Archive::create(&path).unwrap();
    let merged = archive.import_samples(&mut &lines[..]).unwrap();
    assert_eq!((merged.added, merged.present), (6, 0));
    let strict = Bank::open(&path, Mode::StrictBank, Some(6));
    assert_eq!(set(&strict.episode("q", 9, 6).await), set(&recorded));
    // Once more it brings nothing, whether as it was recorded or as the bank holds it.
    let again = archive.import_samples(&mut &lines[..]).unwrap();
    assert_eq!((again.added, again.present), (0, 6));
    let own = export("bank.sqlite");
    let again = archive.import_samples(&mut &own[..]).unwrap();
    assert_eq!((again.added, again.present), (0, 6));

    // Another machine's samples of the same question come to those that are there.
    let other = Bank::open(&dir.path().join("other.sqlite"), Mode::Bank, Some(2));
    other.episode("q", 1, 2).await;
    other.episode("r", 1, 2).await;
    let merged = archive.import_samples(&mut &export("other.sqlite")[..]).unwrap();
    assert_eq!((merged.added, merged.present), (4, 0));
    assert_eq!(archive.verify().unwrap().faults, Vec::<String>::new());
    let eight = Bank::open(&path, Mode::StrictBank, Some(8));
    // The two recordings count their calls alike, and differ in when they were made.
    assert_eq!(eight.episode("q", 9, 8).await.len(), 8);

    let broken = archive.import_samples(&mut &b"{\"question\": 1}\n"[..]).unwrap_err();
    assert!(broken.to_string().contains("line 1"), "{broken}");
}

#[test]
fn settings_of_a_bank_are_checked() {
    let read = |yaml: &str| -> Result<StoreSettings, String> {
        let settings: StoreSettings = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
        settings.check().map(|()| settings)
    };
    let samples = |yaml: &str| read(yaml).unwrap().bank();
    let of = |samples| Some(Draw::Of(std::num::NonZeroU32::new(samples).unwrap()));
    assert_eq!(samples("{mode: bank}"), of(8));
    assert_eq!(samples("{mode: bank, samples: 3}"), of(3));
    assert_eq!(samples("{mode: strict_bank, samples: 1024}"), of(1024));
    assert_eq!(samples("{mode: strict-bank}"), of(8));
    assert_eq!(samples("{mode: strict_bank, samples: recorded}"), Some(Draw::Recorded));
    assert_eq!(samples("{mode: replay}"), None);
    for (wrong, said) in [
        ("{mode: bank, samples: 0}", "samples: 0 is not between 1 and 1024"),
        ("{mode: bank, samples: 1025}", "samples: 1025 is not between"),
        ("{mode: replay, samples: 8}", "samples: only a bank has them"),
        ("{samples: 8}", "samples: only a bank has them"),
        ("{mode: bank, samples: recorded}", "samples: where the model is asked, their number must be known"),
        ("{mode: strict_bank, samples: all}", "a number of samples, or `recorded`"),
        ("{mode: record, recordings: [a.parquet]}", "recordings: in this mode nothing is answered from them"),
    ] {
        let message = read(wrong).unwrap_err();
        assert!(message.contains(said), "{wrong}: {message}");
    }
    // What no bank is says nothing of samples, so that experiments of old keep their hash.
    let written = serde_yaml::to_string(&StoreSettings::default()).unwrap();
    assert!(!written.contains("samples") && !written.contains("recordings"), "{written}");
}

#[tokio::test(start_paused = true)]
async fn a_bank_of_what_is_recorded_draws_among_as_many_samples_as_each_question_has() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bank.sqlite");
    let five = Bank::open(&path, Mode::Bank, Some(5)).episode("q", 1, 5).await;
    let two = Bank::open(&path, Mode::Bank, Some(2)).episode("r", 1, 2).await;
    let samples = Some(Samples::Recorded(Recorded::Recorded));
    let strict = Bank::of(&StoreSettings { mode: Mode::StrictBank, samples, ..at(&path) });
    for replicate in 3..9 {
        assert_eq!(set(&strict.episode("q", replicate, 5).await), set(&five));
        assert_eq!(set(&strict.episode("r", replicate, 2).await), set(&two));
    }
    let missing = strict.ask("another", 1, 0).await.unwrap_err();
    assert!(missing.to_string().contains("(sample 1) is recorded"), "{missing}");
    assert_eq!(strict.calls(), 0);
}

/// What a store holds, by key alone.
fn recording(path: &Path) -> Recording {
    let mut recording = Recording::default();
    let take = &mut |key, kept| {
        match kept {
            Kept::Answer(record) => recording.add_answer(key, record.response),
            Kept::Run(record) => recording.add_run(key, record.run),
        }
        Ok(())
    };
    Archive::existing(path).unwrap().records(take).unwrap();
    recording
}

#[tokio::test(start_paused = true)]
async fn a_recording_answers_before_the_file_and_needs_none() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bank.sqlite");
    let recorded = Bank::open(&path, Mode::Bank, Some(3)).episode("q", 1, 3).await;
    let recording = recording(&path);
    assert_eq!(recording.answers(), 3);
    let draw = Samples::Number(3);
    let over = |mode: Mode, store: Store| {
        let bank = StoreSettings { mode, samples: Some(draw), ..at(&path) }.bank();
        Bank::behind(Arc::new(store.drawing(bank).over(recording.clone())))
    };
    let nowhere = over(Mode::StrictBank, Store::nowhere(Mode::StrictBank).unwrap());
    assert_eq!(nowhere.episode("q", 1, 3).await, recorded);
    assert!(nowhere.ask("r", 1, 0).await.is_err());

    // What it lacks is asked and kept beside it.
    let beside = dir.path().join("beside.sqlite");
    let bank = over(Mode::Bank, Store::open(&beside, Mode::Bank).unwrap());
    assert_eq!(bank.episode("q", 1, 3).await, recorded);
    bank.episode("r", 1, 3).await;
    assert_eq!(bank.calls(), 3);
    let held: u64 = Archive::existing(&beside).unwrap().stats().unwrap().models.iter().map(|model| model.answers).sum();
    assert_eq!(held, 3);
}
