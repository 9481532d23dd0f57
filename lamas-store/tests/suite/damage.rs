//! Damaged, foreign and hostile stores and exports: what is wrong is named, and nothing damaged is given out.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use lamas_core::chat::{
    ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, LatencySource, Lost, Message, SampleIndex, Sampling,
    Timing, Usage,
};
use lamas_core::meter::CallMeter;
use lamas_core::tool::{Goal, Interpreter, Program, ToolError, ToolOutcome, ToolRun};
use lamas_core::units::{Price, Seconds, Tokens, Usd};
use lamas_store::{Archive, Identity, Key, Mode, Question, Record, Store, StoreError, StoredInterpreter, StoredModel};
use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::json;

fn request(text: &str) -> ChatRequest {
    ChatRequest { messages: vec![Message::user(text)], sampling: Sampling::default(), sample: SampleIndex::default() }
}

fn identity() -> Identity {
    Identity { model: "m".to_owned(), parameters: json!({"seed": 7}) }
}

fn answer(text: &str, lost: Lost) -> ChatResponse {
    ChatResponse {
        text: text.into(),
        usage: Usage { input: Tokens(11), output: Tokens(3), counted: false },
        timing: Timing {
            first_token: Seconds(0.25),
            working: Seconds(1.5),
            waiting: Seconds(0.5),
            attempts: 1,
            source: LatencySource::Live,
        },
        finish: FinishReason::Stop,
        lost,
    }
}

fn record(question: &str) -> Record {
    let lost = Lost { attempts: 1, input: Tokens(11), output: Tokens(2), estimated: true };
    Record {
        question: Question::new(&identity(), &request(question)),
        response: answer(&format!("answer to {question}"), if question == "b" { lost } else { Lost::default() }),
        cost: Usd(0.000_25),
        recorded: 1_700_000_000_000,
    }
}

fn program() -> Program {
    Program { source: "def f(): return 4".into(), goal: Goal::Call { function: "f".into() } }
}

/// Three answers and a run of a program, in one file.
fn filled(path: &Path) -> Archive {
    let archive = Archive::create(path).unwrap();
    for question in ["a", "b", "c"] {
        archive.keep(record(question), 0).unwrap();
    }
    let run = ToolRun {
        outcome: ToolOutcome::Returned("4".into()),
        stdout: "".into(),
        elapsed: Seconds(0.5),
        source: LatencySource::Live,
        measured: Seconds(0.5),
        waiting: Seconds(0.0),
    };
    let line = json!({"program": program(), "limits": {}, "run": run, "recorded": 5}).to_string();
    archive.import(&mut line.as_bytes()).unwrap();
    archive
}

fn exported(archive: &Archive) -> Result<String, StoreError> {
    let mut lines = Vec::new();
    archive.export(&mut lines)?;
    Ok(String::from_utf8(lines).unwrap())
}

fn change(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// Answers and runs programs, and counts how often it does.
#[derive(Default)]
struct Live(AtomicU32);

#[async_trait]
impl ChatModel for Live {
    async fn chat_metered(&self, _: &ChatRequest, _: &CallMeter) -> Result<ChatResponse, ChatError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(answer("fresh", Lost::default()))
    }
}

#[async_trait]
impl Interpreter for Live {
    async fn run_metered(&self, _: &Program, _: &CallMeter) -> Result<ToolRun, ToolError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(ToolError("there is no Python".to_owned()))
    }
}

fn key(question: &str) -> Key {
    record(question).question.key()
}

const TAMPERED: [&str; 6] = [
    "UPDATE response SET text = '42'",
    "UPDATE response SET output_tokens = 4",
    "UPDATE response SET recorded_ms = recorded_ms + 1",
    "UPDATE response SET cost_usd = 0.0",
    "UPDATE response SET lost = '{\"attempts\":1,\"input\":1,\"output\":1,\"estimated\":false}'",
    "UPDATE response SET question = replace(question, 'seed', 'salt')",
];

#[test]
fn case_a_changed_answer_is_named_and_neither_found_nor_exported_nor_merged() {
    for sql in TAMPERED {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.sqlite");
        let archive = filled(&path);
        change(&path, &format!("{sql} WHERE text = 'answer to a'"));
        let error = archive.find(key("a"), 0).unwrap_err();
        assert!(matches!(&error, StoreError::Record { .. }), "{sql}: {error}");
        let message = error.to_string();
        for part in ["store.sqlite", &key("a").to_string(), "store verify", "store prune"] {
            assert!(message.contains(part), "{sql}: {part} is not in {message}");
        }
        assert!(archive.find(key("c"), 0).unwrap().is_some(), "the others are whole");
        let mut lines = Vec::new();
        assert!(archive.export(&mut lines).is_err() && lines.is_empty(), "{sql}");
        let other = Archive::create(&dir.path().join("other.sqlite")).unwrap();
        assert!(other.merge(&path).unwrap_err().to_string().contains("/store.sqlite"), "{sql}");
        assert_eq!(other.stats().unwrap().models, [], "all or none");

        let stats = archive.stats().unwrap();
        assert_eq!((stats.models[0].answers, stats.damaged, stats.runs), (2, 1, 1));
        assert_eq!(archive.verify().unwrap().faults.len(), 1);
        assert_eq!(archive.prune_damaged().unwrap(), 1);
        assert_eq!(archive.verify().unwrap().faults, Vec::<String>::new());
        assert_eq!(exported(&archive).unwrap().lines().count(), 3);
    }
}

#[tokio::test]
async fn case_a_damaged_answer_is_asked_again_and_strict_replay_ends_with_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    for mode in [Mode::StrictReplay, Mode::Record, Mode::Replay] {
        drop(filled(&path));
        change(&path, "UPDATE response SET text = '42', recorded_ms = 1 << 62 WHERE text = 'answer to a'");
        let live = Arc::new(Live::default());
        let store = Arc::new(Store::open(&path, mode).unwrap());
        let model = StoredModel::new(live.clone(), store, identity(), Price::FREE).at_once();
        let outcome = model.chat(&request("a")).await;
        if mode == Mode::StrictReplay {
            let error = outcome.unwrap_err();
            assert!(error.is_fatal() && error.to_string().contains(&key("a").to_string()), "{error}");
            assert_eq!(live.0.load(Ordering::SeqCst), 0);
        } else {
            assert_eq!(&*outcome.unwrap().text, "fresh");
            assert_eq!(&*model.chat(&request("a")).await.unwrap().text, "fresh", "the new one has taken its place");
            assert_eq!(live.0.load(Ordering::SeqCst), 1);
        }
        std::fs::remove_file(&path).unwrap();
    }
}

#[tokio::test]
async fn case_a_damaged_run_of_a_program_is_run_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    drop(filled(&path));
    for sql in ["UPDATE tool_run SET recorded_ms = 6", "UPDATE tool_run SET run = replace(run, '0.5', '0.4')"] {
        change(&path, sql);
        for (mode, runs) in [(Mode::StrictReplay, 0), (Mode::Replay, 1)] {
            let live = Arc::new(Live::default());
            let store = Arc::new(Store::open(&path, mode).unwrap());
            let error = StoredInterpreter::new(live.clone(), store, json!({})).run(&program()).await.unwrap_err();
            assert_eq!(live.0.load(Ordering::SeqCst), runs, "{mode:?}: {error}");
            assert_eq!(error.to_string().contains("is damaged"), runs == 0, "{error}");
        }
    }
}

#[test]
fn case_damaged_records_are_replaced_by_whole_ones() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one.sqlite"), dir.path().join("two.sqlite"));
    let whole = exported(&filled(&one)).unwrap();
    let archive = filled(&two);
    let damage = "UPDATE response SET text = '42'; UPDATE tool_run SET checksum = x'00'";
    change(&two, damage);
    archive.merge(&one).unwrap();
    assert_eq!(exported(&archive).unwrap(), whole);
    change(&two, damage);
    archive.import(&mut whole.as_bytes()).unwrap();
    assert_eq!(exported(&archive).unwrap(), whole);
}

#[test]
fn case_a_changed_line_is_refused_with_its_number() {
    let dir = tempfile::tempdir().unwrap();
    let whole = exported(&filled(&dir.path().join("one.sqlite"))).unwrap();
    let two = Archive::create(&dir.path().join("two.sqlite")).unwrap();
    for (from, to) in [("answer to b", "answer to x"), ("\"output\":3", "\"output\":4"), ("0.00025", "0.00026")] {
        let error = two.import(&mut whole.replace(from, to).as_bytes()).unwrap_err();
        assert!(matches!(error, StoreError::Line { .. }) && error.to_string().contains("checksum"), "{from}: {error}");
    }
    // Exports of older programs have no checksums; what no call can take or cost is refused there, too.
    let bare: String = whole
        .lines()
        .map(|line| {
            let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
            line.as_object_mut().unwrap().shift_remove("checksum");
            format!("{line}\n")
        })
        .collect();
    for (from, to) in
        [("0.00025", "-1"), ("\"working\":1.5", "\"working\":-1.5"), ("\"working\":1.5", "\"working\":1e300")]
    {
        let error = two.import(&mut bare.replace(from, to).as_bytes()).unwrap_err();
        assert!(matches!(error, StoreError::Line { line: 1, .. }), "{to}: {error}");
    }
    assert_eq!(two.import(&mut bare.as_bytes()).unwrap().added, 4);
    assert_eq!(exported(&two).unwrap(), whole);
}

#[test]
fn case_hostile_lines_are_refused_without_filling_memory() {
    let dir = tempfile::tempdir().unwrap();
    let archive = Archive::create(&dir.path().join("store.sqlite")).unwrap();
    let endless = BufReader::new(std::io::repeat(b'x'));
    let error = archive.import(&mut { endless }).unwrap_err().to_string();
    assert!(error.contains("line 1") && error.contains("longer than"), "{error}");
    let nested = format!("{{\"question\": {}", "[".repeat(1 << 20));
    for hostile in [
        nested.as_bytes(),
        &[0x1f, 0x8b, 8, 0, 0, 0],
        b"\xff\xfe{}",
        b"{\"program\": 1}",
        b"null",
        b"[]",
        b"{\"question\": {\"model\": \"m\"}, \"cost\": 1e999}",
    ] {
        let error = archive.import(&mut BufReader::new(hostile)).unwrap_err();
        assert!(matches!(error, StoreError::Line { line: 1, .. }), "{error}");
    }
    assert!(archive.import(&mut [0x1f, 0x8b].as_slice()).unwrap_err().to_string().contains("unpack"));
}

#[test]
fn case_usage_of_2_to_the_63_is_kept_as_what_a_store_can_hold() {
    let dir = tempfile::tempdir().unwrap();
    let archive = Archive::create(&dir.path().join("store.sqlite")).unwrap();
    for question in ["a", "b"] {
        let mut absurd = record(question);
        absurd.response.usage.output = Tokens(1 << 63);
        absurd.response.lost.input = Tokens(u64::MAX);
        archive.keep(absurd, 0).unwrap();
        let found = archive.find(key(question), 0).unwrap().unwrap();
        assert_eq!(found.response.usage.output, Tokens((1 << 63) - 1));
    }
    assert_eq!(archive.stats().unwrap().models[0].output, Tokens(u64::MAX - 1), "the sum does not overflow");
    assert_eq!(archive.verify().unwrap().faults, Vec::<String>::new());
    exported(&archive).unwrap();
}

#[test]
fn a_store_of_an_older_program_is_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    let archive = filled(&path);
    let whole = exported(&archive).unwrap();
    drop(archive);
    // As they were: no column for lost attempts, and a checksum over a run alone.
    change(&path, "DELETE FROM response WHERE lost <> ''; ALTER TABLE response DROP COLUMN lost");
    let connection = Connection::open(&path).unwrap();
    let run: String = connection.query_row("SELECT run FROM tool_run", [], |row| row.get(0)).unwrap();
    let old: [u8; 32] = sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(run)).into();
    connection.execute("UPDATE tool_run SET checksum = ?1", (old,)).unwrap();
    drop(connection);
    let archive = Archive::existing(&path).unwrap();
    assert_eq!(archive.verify().unwrap().faults, Vec::<String>::new());
    let without: String =
        whole.lines().filter(|line| !line.contains("answer to b")).map(|line| format!("{line}\n")).collect();
    assert_eq!(exported(&archive).unwrap(), without);
}

#[test]
fn case_files_that_are_no_stores_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    drop(filled(&path));
    let whole = std::fs::read(&path).unwrap();
    let refused = |what: &str, bytes: &[u8]| {
        let path = dir.path().join("other.sqlite");
        std::fs::write(&path, bytes).unwrap();
        let error = Store::open(&path, Mode::Replay).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("other.sqlite") && !error.contains("panicked"), "{what}: {error}");
        error
    };
    // Cut within the header, within the schema, at a page, in the middle of one.
    for length in [50, 100, 1000, 4096, 8192, whole.len() - 4096, whole.len() - 1] {
        refused(&format!("cut at {length}"), &whole[..length]);
    }
    refused("text", &b"not a database ".repeat(1000));
    let dropped = dir.path().join("dropped.sqlite");
    std::fs::write(&dropped, &whole).unwrap();
    change(
        &dropped,
        "DROP TABLE tool_run; CREATE VIEW tool_run AS SELECT * FROM response; PRAGMA wal_checkpoint(TRUNCATE)",
    );
    let error = refused("a view", &std::fs::read(&dropped).unwrap());
    assert!(error.contains("columns"), "{error}");
    change(&dropped, "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
    assert!(refused("too new", &std::fs::read(&dropped).unwrap()).contains("format 99"));
}

#[test]
fn a_trigger_in_a_store_is_not_run() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    drop(filled(&path));
    change(
        &path,
        "CREATE TRIGGER evil AFTER INSERT ON response BEGIN DELETE FROM response WHERE text = 'answer to a'; END",
    );
    let archive = Archive::existing(&path).unwrap();
    archive.keep(record("d"), 0).unwrap();
    assert!(archive.find(key("a"), 0).unwrap().is_some());
}

/// What a store says, or why it does not.
fn said(path: &Path) -> Result<(Vec<Option<Record>>, String), StoreError> {
    let store = Store::open(path, Mode::StrictReplay)?;
    let archive = store.archive();
    let found = ["a", "b", "c", "unknown"].map(|question| archive.find(key(question), 0));
    let found = found.into_iter().collect::<Result<_, _>>()?;
    Ok((found, exported(archive)?))
}

fn whole_store() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    drop(filled(&path));
    let bytes = std::fs::read(&path).unwrap();
    (dir, path, bytes)
}

// `PROPTEST_CASES` tries more of them.
proptest! {
    #[test]
    fn case_a_flipped_bit_gives_the_same_answers_or_a_named_error(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let (_dir, path, mut bytes) = whole_store();
        let expected = said(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        std::fs::write(&path, &bytes).unwrap();
        match said(&path) {
            Ok(found) => prop_assert_eq!(found, expected, "byte {} bit {}", at, bit),
            Err(error) => prop_assert!(error.to_string().contains("store.sqlite"), "{}", error),
        }
        // Upkeep of whatever this is ends, too.
        if let Ok(archive) = Archive::existing(&path) {
            let _ = (archive.verify(), archive.stats(), archive.prune_damaged());
        }
    }

    #[test]
    fn case_no_bytes_make_a_store_or_an_import_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..6000), at in any::<prop::sample::Index>(), keep in any::<bool>(),
    ) {
        let (dir, path, whole) = whole_store();
        let lines = exported(&Archive::existing(&path).unwrap()).unwrap();
        // On their own, or over a part of a whole file.
        let mixed = |whole: &[u8]| {
            let mut mixed = if keep { whole.to_vec() } else { Vec::new() };
            let at = if keep { at.index(whole.len()) } else { 0 };
            mixed.splice(at..(at + bytes.len()).min(mixed.len()), bytes.iter().copied());
            mixed
        };
        std::fs::write(&path, mixed(&whole)).unwrap();
        if let Err(error) = said(&path) {
            prop_assert!(error.to_string().contains("store.sqlite"), "{}", error);
        }
        let other = Archive::create(&dir.path().join("other.sqlite")).unwrap();
        let lines = mixed(lines.as_bytes());
        if let Err(error) = other.import(&mut lines.as_slice()) {
            prop_assert!(matches!(error, StoreError::Line { .. }), "{}", error);
            prop_assert_eq!(other.stats().unwrap().models, vec![]);
        }
    }
}
