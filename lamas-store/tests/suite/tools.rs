//! Runs of programs in a store.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use lamas_core::chat::LatencySource;
use lamas_core::meter::CallMeter;
use lamas_core::tool::{Goal, Interpreter, Program, ToolError, ToolOutcome, ToolRun};
use lamas_core::units::Seconds;
use lamas_store::{Archive, Merged, Mode, Prune, Store, StoredInterpreter};
use serde_json::json;

/// Takes a little longer each time.
#[derive(Default)]
struct Slower(AtomicU32);

#[async_trait]
impl Interpreter for Slower {
    async fn run_metered(&self, program: &Program, _: &CallMeter) -> Result<ToolRun, ToolError> {
        if program.source.contains("broken") {
            return Err(ToolError("the sandbox is gone".to_owned()));
        }
        let runs = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let seconds = Seconds(f64::from(runs) / 3.0);
        Ok(ToolRun {
            outcome: ToolOutcome::Returned(program.source.clone()),
            stdout: "".into(),
            elapsed: seconds,
            source: LatencySource::Live,
            measured: seconds,
            waiting: Seconds(0.5),
        })
    }
}

fn program(source: &str) -> Program {
    Program { source: source.into(), goal: Goal::Call { function: "f".into() } }
}

fn interpreter(path: &Path, mode: Mode, wall_clock: f64) -> (Arc<Slower>, StoredInterpreter) {
    let inner = Arc::new(Slower::default());
    let store = Arc::new(Store::open(path, mode).unwrap());
    let stored = StoredInterpreter::new(inner.clone(), store, json!({"wall_clock": wall_clock}));
    (inner, stored)
}

#[tokio::test]
async fn a_program_is_run_once_and_its_times_come_back_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    let (_, first) = interpreter(&path, Mode::Replay, 10.0);
    let live = first.run(&program("a")).await.unwrap();
    assert_eq!((live.source, live.waiting), (LatencySource::Live, Seconds(0.5)));
    for mode in [Mode::Replay, Mode::StrictReplay] {
        let (inner, again) = interpreter(&path, mode, 10.0);
        let recorded = again.run(&program("a")).await.unwrap();
        let expected = ToolRun { source: LatencySource::Recorded, waiting: Seconds::ZERO, ..live.clone() };
        assert_eq!((recorded, inner.0.load(Ordering::SeqCst)), (expected, 0));
    }
}

#[tokio::test]
async fn other_limits_and_other_programs_are_run() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite");
    interpreter(&path, Mode::Replay, 10.0).1.run(&program("a")).await.unwrap();
    let (inner, other) = interpreter(&path, Mode::Replay, 1.0);
    other.run(&program("a")).await.unwrap();
    other.run(&program("b")).await.unwrap();
    assert!(other.run(&program("broken")).await.is_err());
    assert_eq!(inner.0.load(Ordering::SeqCst), 2);
    // Record measures anew; strict replay runs what is missing, which costs nothing, and keeps nothing.
    let (inner, anew) = interpreter(&path, Mode::Record, 10.0);
    assert_eq!(anew.run(&program("a")).await.unwrap().source, LatencySource::Live);
    assert_eq!(anew.run(&program("a")).await.unwrap().source, LatencySource::Recorded);
    assert_eq!(inner.0.load(Ordering::SeqCst), 1);
    let (inner, strict) = interpreter(&path, Mode::StrictReplay, 10.0);
    strict.run(&program("c")).await.unwrap();
    assert_eq!(inner.0.load(Ordering::SeqCst), 1);
    assert_eq!(Archive::existing(&path).unwrap().stats().unwrap().runs, 3);
}

#[tokio::test]
async fn runs_are_looked_after_like_answers() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two, three) = (dir.path().join("1.sqlite"), dir.path().join("2.sqlite"), dir.path().join("3.sqlite"));
    interpreter(&one, Mode::Replay, 10.0).1.run(&program("a")).await.unwrap();
    let archive = Archive::existing(&one).unwrap();
    let mut lines = Vec::new();
    assert_eq!(archive.export(&mut lines).unwrap(), 1);

    let other = Archive::create(&two).unwrap();
    assert_eq!(other.import(&mut lines.as_slice()).unwrap(), Merged { added: 1, present: 0 });
    assert_eq!(other.import(&mut lines.as_slice()).unwrap(), Merged { added: 0, present: 1 });
    let mut again = Vec::new();
    other.export(&mut again).unwrap();
    assert_eq!(again, lines);
    let merged = Archive::create(&three).unwrap();
    assert_eq!(merged.merge(&two).unwrap(), Merged { added: 1, present: 0 });
    assert_eq!((merged.verify().unwrap().checked, merged.verify().unwrap().faults.len()), (1, 0));

    let sql = "UPDATE tool_run SET run = replace(run, 'live', 'recorded')";
    rusqlite::Connection::open(&three).unwrap().execute_batch(sql).unwrap();
    let faults = merged.verify().unwrap().faults;
    assert!(faults.len() == 1 && faults[0].contains("checksum"), "{faults:?}");
    assert_eq!(merged.prune(&Prune { model: Some("m".to_owned()), before: None }).unwrap(), 0);
    assert_eq!(merged.prune(&Prune::default()).unwrap(), 1);
}
