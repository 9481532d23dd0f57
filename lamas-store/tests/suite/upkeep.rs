//! Upkeep of a store, several processes at once, and processes that are killed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lamas_core::chat::{
    ChatResponse, FinishReason, LatencySource, Lost, Message, SampleIndex, Sampling, Timing, Usage,
};
use lamas_core::units::{Seconds, Tokens, Usd};
use lamas_store::{Archive, Merged, Prune, Question, Record, StoreError};
use proptest::prelude::*;
use serde_json::json;

fn record(model: &str, question: &str, recorded: u64) -> Record {
    Record {
        question: Question {
            model: model.to_owned(),
            parameters: json!({"seed": 7, "extra": {"a": [1, 0.25]}}),
            messages: vec![Message::system("be brief"), Message::user(question)],
            sampling: Sampling { temperature: 0.7, ..Sampling::default() },
            sample: SampleIndex { replicate: u64::MAX, ordinal: 2 },
        },
        response: ChatResponse {
            text: format!("answer to {question}").into(),
            usage: Usage { input: Tokens(100), output: Tokens(10), counted: true },
            timing: Timing {
                first_token: Seconds(0.123_456_789),
                working: Seconds(2.0),
                waiting: Seconds(0.5),
                attempts: 2,
                source: LatencySource::Live,
            },
            finish: FinishReason::Stop,
            lost: Lost::default(),
        },
        cost: Usd(0.000_021),
        recorded,
    }
}

fn filled(path: &Path, records: &[Record]) -> Archive {
    let archive = Archive::create(path).unwrap();
    for record in records {
        archive.keep(record.clone(), 0).unwrap();
    }
    archive
}

fn exported(archive: &Archive) -> String {
    let mut lines = Vec::new();
    archive.export(&mut lines).unwrap();
    String::from_utf8(lines).unwrap()
}

#[test]
fn export_and_import_give_the_same_store() {
    let dir = tempfile::tempdir().unwrap();
    let records = [record("m", "a\n\"ü\"", 1), record("m", "b", 2), record("n", "a", 3)];
    let one = filled(&dir.path().join("one.sqlite"), &records);
    let lines = exported(&one);
    assert_eq!(lines.lines().count(), 3);

    let two = Archive::create(&dir.path().join("two.sqlite")).unwrap();
    let mut from = lines.as_bytes();
    assert_eq!(two.import(&mut from).unwrap(), Merged { added: 3, present: 0 });
    assert_eq!(two.import(&mut lines.as_bytes()).unwrap(), Merged { added: 0, present: 3 });
    assert_eq!(exported(&two), lines);
    assert_eq!(two.verify().unwrap().faults, Vec::<String>::new());
    for record in &records {
        assert_eq!(two.find(record.question.key(), 0).unwrap().as_ref(), Some(record));
    }
}

#[test]
fn a_bad_line_is_named_and_nothing_is_imported() {
    let dir = tempfile::tempdir().unwrap();
    let good = exported(&filled(&dir.path().join("one.sqlite"), &[record("m", "a", 1)]));
    let two = Archive::create(&dir.path().join("two.sqlite")).unwrap();
    let lines = format!("{good}\n{{\"question\": 1}}\n");
    let error = two.import(&mut lines.as_bytes()).unwrap_err();
    assert!(matches!(error, StoreError::Line { line: 3, .. }), "{error}");
    assert_eq!(exported(&two), "");
}

#[test]
fn a_merge_adds_what_is_new_and_keeps_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let other = dir.path().join("other.sqlite");
    let mut newer = record("m", "a", 9);
    newer.response.text = "another answer".into();
    drop(filled(&other, &[newer, record("m", "b", 2)]));
    let one = filled(&dir.path().join("one.sqlite"), &[record("m", "a", 1)]);
    assert_eq!(one.merge(&other).unwrap(), Merged { added: 1, present: 1 });
    assert_eq!(one.merge(&other).unwrap(), Merged { added: 0, present: 2 });
    let kept = one.find(record("m", "a", 1).question.key(), 0).unwrap().unwrap();
    assert_eq!(&*kept.response.text, "answer to a");
    assert!(matches!(one.merge(&dir.path().join("none")), Err(StoreError::Missing { .. })));
}

#[test]
fn stats_are_sums_by_model_and_prune_removes_what_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let records = [record("m", "a", 1), record("m", "b", 5), record("n", "a", 3)];
    let archive = filled(&dir.path().join("one.sqlite"), &records);
    let stats = archive.stats().unwrap();
    assert!(stats.bytes > 0);
    let m = &stats.models[0];
    assert_eq!((m.model.as_str(), m.answers, m.input, m.output), ("m", 2, Tokens(200), Tokens(20)));
    assert_eq!((m.counted, m.working, m.waiting), (2, Seconds(4.0), Seconds(1.0)));
    assert!((m.cost.0 - 0.000_042).abs() < 1e-12 && (m.first_token.0 - 0.123_456_789).abs() < 1e-12);
    assert_eq!((m.oldest, m.newest), (1, 5));

    let of_m_before_4 = Prune { model: Some("m".to_owned()), before: Some(4) };
    assert_eq!(archive.prune(&of_m_before_4).unwrap(), 1);
    assert_eq!(archive.prune(&Prune { model: Some("n".to_owned()), before: None }).unwrap(), 1);
    assert_eq!(archive.stats().unwrap().models.len(), 1);
    assert_eq!(archive.prune(&Prune::default()).unwrap(), 1);
    assert_eq!(archive.stats().unwrap().models, []);
}

#[test]
fn verify_finds_rows_that_were_changed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("one.sqlite");
    let archive = filled(&path, &[record("m", "a", 1), record("m", "b", 2), record("m", "c", 3)]);
    let sql = "UPDATE response SET text = '42' WHERE recorded_ms = 1;
        UPDATE response SET question = replace(question, '0.7', '0.8') WHERE recorded_ms = 2;";
    rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let verification = archive.verify().unwrap();
    assert_eq!((verification.checked, verification.faults.len()), (3, 2), "{:?}", verification.faults);
    let key = record("m", "a", 1).question.key().to_string();
    assert!(verification.faults.iter().any(|fault| fault.contains(&key) && fault.contains("checksum")));
    assert!(verification.faults.iter().any(|fault| fault.contains("does not belong to its key")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_text_and_latency_survives_export_and_import(
        question in any::<String>(), answer in any::<String>(), nanoseconds in 0_u64..1_000_000_000_000, temperature in 0_u32..200,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut record = record("m", &question, 1);
        record.response.text = answer.into();
        record.response.timing.working = Seconds(Duration::from_nanos(nanoseconds).as_secs_f64());
        record.question.sampling.temperature = f64::from(temperature) / 100.0;
        let one = filled(&dir.path().join("one.sqlite"), &[record.clone()]);
        let two = Archive::create(&dir.path().join("two.sqlite")).unwrap();
        two.import(&mut exported(&one).as_bytes()).unwrap();
        let found = two.find(record.question.key(), 0).unwrap();
        prop_assert_eq!(found, Some(record.rounded()));
    }
}

/// Not a test of its own: what a child process does. It writes answers until it is killed or has written enough, and
/// leaves the number of each one that `keep` has confirmed in a file beside the store.
#[test]
#[ignore = "run by other tests in a child process"]
fn child_that_writes() {
    let variable = |name| std::env::var(name).unwrap();
    let (path, name, count) = (PathBuf::from(variable("STORE")), variable("NAME"), variable("COUNT"));
    let archive = Archive::create(&path).unwrap();
    for number in 0..count.parse().unwrap() {
        archive.keep(record("m", &format!("{name} {number} {}", "long ".repeat(200)), number), 0).unwrap();
        std::fs::write(path.with_extension(&name), (number + 1).to_string()).unwrap();
    }
}

fn child(path: &Path, name: &str, count: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "upkeep::child_that_writes", "--ignored"])
        .envs([("STORE", path.as_os_str()), ("NAME", name.as_ref()), ("COUNT", count.to_string().as_ref())])
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn confirmed(path: &Path, name: &str) -> u64 {
    std::fs::read_to_string(path.with_extension(name)).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[test]
fn a_killed_process_leaves_every_confirmed_answer_and_a_whole_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    let mut total = 0;
    for round in 0..3 {
        let name = format!("round{round}");
        let mut child = child(&path, &name, u64::MAX);
        let start = Instant::now();
        while confirmed(&path, &name) < 20 * (round + 1) {
            assert!(start.elapsed() < Duration::from_secs(60), "the child writes nothing");
            std::thread::sleep(Duration::from_millis(5));
        }
        // SIGKILL on Unix: no destructor, no handler.
        child.kill().unwrap();
        child.wait().unwrap();
        total += confirmed(&path, &name);
        let verification = Archive::existing(&path).unwrap().verify().unwrap();
        assert_eq!(verification.faults, Vec::<String>::new());
        assert!(verification.checked >= total, "{} answers of {total} are left", verification.checked);
    }
}

#[test]
fn several_processes_write_one_store() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    // All of them begin the store, two of them with the same questions.
    let children: Vec<Child> = ["a", "a", "b", "c"].iter().map(|name| child(&path, name, 50)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let verification = Archive::existing(&path).unwrap().verify().unwrap();
    assert_eq!((verification.checked, verification.faults), (150, vec![]));
}
