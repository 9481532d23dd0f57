//! Identical programs run once, whoever asks and when.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lamas_core::chat::LatencySource;
use lamas_core::meter::CallMeter;
use lamas_core::tool::{Interpreter, ToolError};
use lamas_operators::python::Memoised;

use super::*;

/// Counts its runs; takes a moment for each; fails the first of programs that ask for it.
#[derive(Default)]
struct Counting {
    runs: AtomicUsize,
}

#[async_trait]
impl Interpreter for Counting {
    async fn run_metered(&self, program: &Program, _: &CallMeter) -> Result<ToolRun, ToolError> {
        let run = self.runs.fetch_add(1, Ordering::SeqCst);
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(50))).await.unwrap();
        if run == 0 && program.source.contains("fail") {
            return Err(ToolError("the first run fails".into()));
        }
        Ok(ToolRun {
            outcome: ToolOutcome::Returned(format!("run {run}").into()),
            stdout: "printed".into(),
            elapsed: Seconds(1.5),
            source: LatencySource::Live,
            measured: Seconds(1.5),
            waiting: Seconds(0.5),
        })
    }
}

fn remembering(capacity: usize) -> Memoised<Counting> {
    Memoised::new(Counting::default(), capacity.try_into().unwrap())
}

fn runs(memo: &Memoised<Counting>) -> usize {
    memo.inner().runs.load(Ordering::SeqCst)
}

#[tokio::test]
async fn what_a_run_took_is_remembered_with_it() {
    let memo = remembering(8);
    let first = memo.run(&call("a")).await.unwrap();
    let second = memo.run(&call("a")).await.unwrap();
    assert_eq!((first.source, first.waiting), (LatencySource::Live, Seconds(0.5)));
    assert_eq!(second, ToolRun { source: LatencySource::Recorded, waiting: Seconds::ZERO, ..first });
    assert_eq!(runs(&memo), 1);
    // The goal is part of the program.
    memo.run(&check("a", "tests")).await.unwrap();
    assert_eq!(runs(&memo), 2);
}

#[test]
fn concurrent_programs_run_once_across_runtimes() {
    let memo = Arc::new(remembering(8));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
                runtime.unwrap().block_on(async {
                    let started = tokio::time::Instant::now();
                    let program = call("shared");
                    let (a, b, c) = tokio::join!(memo.run(&program), memo.run(&program), memo.run(&program));
                    for run in [a, b, c] {
                        assert_eq!(run.unwrap().outcome, ToolOutcome::Returned("run 0".into()));
                    }
                    // Who waits for another's run holds its own clock meanwhile.
                    assert_eq!(started.elapsed(), Duration::ZERO);
                });
            });
        }
    });
    assert_eq!(runs(&memo), 1);
}

#[tokio::test]
async fn a_failed_run_passes_to_who_waits_for_it() {
    let memo = remembering(8);
    let program = call("fail");
    let (first, second) = tokio::join!(memo.run(&program), memo.run(&program));
    assert_eq!(first.unwrap_err().0, "the first run fails");
    assert_eq!(second.unwrap().outcome, ToolOutcome::Returned("run 1".into()));
}

#[tokio::test]
async fn a_cancelled_run_passes_to_who_waits_for_it() {
    let memo = Arc::new(remembering(8));
    let (leader, waiter) = (call("slow"), call("slow"));
    let waiting = {
        let memo = Arc::clone(&memo);
        async move { memo.run(&waiter).await }
    };
    let mut waiting = tokio::spawn(waiting);
    tokio::select! {
        biased;
        run = memo.run(&leader) => panic!("{run:?}"),
        () = tokio::time::sleep(Duration::from_millis(10)) => {}
    }
    let run = (&mut waiting).await.unwrap().unwrap();
    assert_eq!(run.outcome, ToolOutcome::Returned("run 1".into()));
    // A waiter that gives up as well leaves nothing locked.
    let program = call("slower");
    for _ in 0..2 {
        tokio::select! {
            biased;
            _ = async { tokio::join!(memo.run(&program), memo.run(&program)) } => panic!("too early"),
            () = tokio::time::sleep(Duration::from_millis(10)) => {}
        }
    }
    assert!(memo.run(&program).await.is_ok());
}

#[tokio::test]
async fn the_oldest_is_forgotten_first() {
    let memo = remembering(2);
    for source in ["a", "b", "c", "b", "c"] {
        memo.run(&call(source)).await.unwrap();
    }
    assert_eq!(runs(&memo), 3);
    memo.run(&call("a")).await.unwrap();
    assert_eq!(runs(&memo), 4);
}

#[tokio::test]
async fn it_wraps_a_real_pool() {
    let memo = Memoised::new(POOL.clone(), 4.try_into().unwrap());
    let program = call("import time\ndef solve():\n    return time.perf_counter_ns()\n");
    let first = memo.run(&program).await.unwrap();
    assert_eq!(memo.run(&program).await.unwrap().outcome, first.outcome);
}
