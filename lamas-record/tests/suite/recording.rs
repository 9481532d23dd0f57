//! Recordings: what goes in comes out, and what is none of ours is told.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use lamas_core::chat::{
    ChatResponse, FinishReason, LatencySource, Lost, Message, SampleIndex, Sampling, Timing, Usage,
};
use lamas_core::tool::{Goal, Program, ToolOutcome, ToolRun};
use lamas_core::units::{Seconds, Tokens, Usd};
use lamas_record::checksums::of_file;
use lamas_record::parquet::{read_parquet, write_parquet};
use lamas_record::recording::manifest::{About, RecordingManifest};
use lamas_record::recording::{Export, check, load, load_all, manifest_of, records, write};
use lamas_store::{Archive, Kept, Question, Record, StoreError, ToolRecord};
use polars::prelude::{DataFrame, DataType, NamedFrom, Series};
use serde_json::json;

fn answer(text: &str, sample: u32) -> Kept {
    let question = Question {
        model: "m".to_owned(),
        parameters: json!({"top_k": 40}),
        messages: vec![Message::user("a secret statement")],
        sampling: Sampling::default(),
        sample: SampleIndex { replicate: 0, ordinal: sample },
    };
    let timing = Timing {
        first_token: Seconds(1.0 / 3.0),
        working: Seconds(1800.0),
        waiting: Seconds(0.1),
        attempts: 1,
        source: LatencySource::Live,
    };
    let response = ChatResponse {
        text: text.into(),
        usage: Usage { input: Tokens(11), output: Tokens(3), counted: false },
        timing,
        finish: FinishReason::Stop,
        lost: Lost::default(),
    };
    // 2026-11-25 and the day after.
    let recorded = 1_795_600_000_000 + u64::from(sample) * 86_400_000;
    Kept::Answer(Box::new(Record { question, response, cost: Usd(1e-6), recorded }))
}

fn run() -> Kept {
    let program = Program { source: "def solve(): return 7".into(), goal: Goal::Call { function: "solve".into() } };
    let run = ToolRun {
        outcome: ToolOutcome::Returned("7".into()),
        stdout: "".into(),
        elapsed: Seconds(0.25),
        source: LatencySource::Live,
        measured: Seconds(0.25),
        waiting: Seconds(0.0),
    };
    Kept::Run(Box::new(ToolRecord { program, limits: json!({"cpu": 1}), run, recorded: 1_795_600_000_000 }))
}

fn archive(folder: &Path, name: &str, kept: &[Kept]) -> Arc<Archive> {
    let archive = Archive::create(&folder.join(name)).unwrap();
    archive.take_in(&mut kept.iter().cloned().map(Ok::<_, StoreError>)).unwrap();
    Arc::new(archive)
}

fn export(questions: bool) -> Export {
    let about = json!({
        "model": "m", "weights": "m.gguf", "sha256": "00", "quantisation": "Q4_K_M", "server": "s", "machine": {"cores": 2}
    });
    let about: About = serde_json::from_value(about).unwrap();
    Export { about, prompts: [("generate.maths.j2".to_owned(), "01".to_owned())].into(), questions }
}

fn lines(archive: &Archive) -> Vec<u8> {
    let mut lines = Vec::new();
    archive.export(&mut lines).unwrap();
    lines
}

#[test]
fn a_recording_is_taken_in_as_it_went_out_and_its_manifest_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let from = archive(folder.path(), "from.sqlite", &[answer("one", 0), answer("two", 1), run()]);
    let path = folder.path().join("all.parquet");
    let written = write(&from, &path, export(true)).unwrap();
    assert_eq!(check(&path).unwrap(), written);
    let summary = &written.summary;
    assert_eq!((summary.answers, summary.runs, summary.output_tokens, summary.simulated), (2, 1, 6, 0));
    assert_eq!((summary.call_hours, &*summary.first, &*summary.last), (1.0, "2026-11-25", "2026-11-26"));
    assert_eq!((summary.asked.len(), summary.asked[0].answers), (1, 2));
    let (_, kept) = records(&path).unwrap();
    let to = archive(folder.path(), "to.sqlite", &kept);
    assert_eq!(lines(&to), lines(&from));
    let known = [("generate.maths.j2".to_owned(), "01".to_owned())].into();
    assert!(written.other_prompts(&known).is_empty());
    assert_eq!(
        written.other_prompts(&[("generate.maths.j2".to_owned(), "02".to_owned())].into()),
        ["generate.maths.j2"]
    );
}

#[test]
fn without_questions_nothing_of_them_is_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let from = archive(folder.path(), "from.sqlite", &[answer("one", 0), run()]);
    let [with, without] = ["with.parquet", "without.parquet"].map(|name| folder.path().join(name));
    write(&from, &with, export(true)).unwrap();
    write(&from, &without, export(false)).unwrap();
    let text = |path: &Path| -> String {
        let table = read_parquet(path).unwrap();
        let asked = table.column("asked").unwrap().cast(&DataType::String).unwrap();
        let asked = asked.str().unwrap();
        (0..asked.len()).filter_map(|row| asked.get(row)).collect()
    };
    assert!(text(&with).contains("secret") && !text(&without).contains("secret"));
    let refused = records(&without).unwrap_err().to_string();
    assert!(refused.contains("name it under `store.recordings`"), "{refused}");
    let (_, own) = load(&without).unwrap();
    assert_eq!((own.answers(), &own), (1, &load(&with).unwrap().1));
    assert_eq!(load_all(&[with, without]).unwrap(), own);
}

/// A file that was changed, with a manifest that fits it.
fn forged(path: &Path, change: impl FnOnce(DataFrame) -> DataFrame) {
    write_parquet(path, &change(read_parquet(path).unwrap())).unwrap();
    let text = fs::read_to_string(manifest_of(path)).unwrap();
    let manifest: RecordingManifest = serde_json::from_str(&text).unwrap();
    let manifest = RecordingManifest { sha256: of_file(path).unwrap(), ..manifest };
    fs::write(manifest_of(path), serde_json::to_string(&manifest).unwrap()).unwrap();
}

#[test]
fn what_is_none_of_ours_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let empty = archive(folder.path(), "empty.sqlite", &[]);
    let path = folder.path().join("all.parquet");
    assert!(write(&empty, &path, export(true)).unwrap_err().to_string().contains("holds no answers"));
    assert!(check(&path).unwrap_err().to_string().contains("a recording has its manifest beside it"));
    let from = archive(folder.path(), "from.sqlite", &[answer("one", 0), run()]);
    let column = |name: &str, texts: [&str; 2]| Series::new(name.into(), texts.as_slice());
    let kept_key = {
        write(&from, &path, export(true)).unwrap();
        let table = read_parquet(&path).unwrap();
        table.column("key").unwrap().str().unwrap().get(0).unwrap().to_owned()
    };
    let changes = [
        ("key", ["no key", "no key"], "record 1: its key is no SHA-256"),
        ("key", [&kept_key, &kept_key], "record 2: what was asked does not belong to its key"),
        ("kind", ["answer", "song"], "record 2: its kind is not known"),
        ("answered", ["{}", "{}"], "record 1: column answered: "),
    ];
    for (name, texts, said) in changes {
        write(&from, &path, export(true)).unwrap();
        forged(&path, |mut table| {
            table.with_column(column(name, texts).into()).unwrap();
            table
        });
        let error = records(&path).unwrap_err().to_string();
        assert!(error.contains(said) && error.contains("all.parquet"), "{error}");
    }
    write(&from, &path, export(true)).unwrap();
    fs::write(&path, fs::read(&path).unwrap().split_last().unwrap().1).unwrap();
    assert!(check(&path).unwrap_err().to_string().contains("fetch both again"));
    let manifest = fs::read_to_string(manifest_of(&path)).unwrap().replacen("\"version\": 1", "\"version\": 7", 1);
    fs::write(manifest_of(&path), manifest).unwrap();
    assert!(check(&path).unwrap_err().to_string().contains("is of version 7"));
}
