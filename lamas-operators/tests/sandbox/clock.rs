//! Time: limits are real, waiting is not working, and tokio's paused clock is no concern of the sandbox.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lamas_core::tool::Interpreter;

use super::*;

const NAP: &str = "import time\ndef solve():\n    time.sleep(0.3)\n    return 'rested'\n";
const ENDLESS: &str = "def solve():\n    while True:\n        pass\n";

fn one_server() -> PythonPool {
    pool(SandboxSettings { servers: Some(1.try_into().unwrap()), ..patient() })
}

#[test]
fn waiting_for_a_slot_is_not_execution() {
    let pool = one_server();
    pool.run_blocking(&call(NAP)).unwrap();
    let runs = std::thread::scope(|scope| {
        let threads = [(); 3].map(|()| scope.spawn(|| pool.run_blocking(&call(NAP)).unwrap()));
        threads.map(|thread| thread.join().unwrap())
    });
    let mut waited = runs.map(|run| {
        assert_eq!(run.outcome, ToolOutcome::Returned("rested".into()));
        assert!(run.elapsed.0 >= 0.3);
        assert_eq!(run.elapsed, run.measured);
        run.waiting.0
    });
    waited.sort_by(f64::total_cmp);
    // Each waited for those before it, and none counts that as its own.
    assert!(waited[1] >= 0.3 && waited[2] >= 0.6, "{waited:?}");
}

#[test]
fn a_run_that_is_stopped_counts_in_full() {
    let sleeping = HASTY.run_blocking(&call("import time\ndef solve():\n    time.sleep(60)\n")).unwrap();
    assert_eq!(sleeping.outcome, ToolOutcome::TimedOut);
    assert!(sleeping.elapsed.0 >= 2.0, "{:?}", sleeping.elapsed);
    let busy = HASTY.run_blocking(&call(ENDLESS)).unwrap();
    assert_eq!(busy.outcome, ToolOutcome::TimedOut);
    assert!(busy.elapsed.0 >= 0.9, "{:?}", busy.elapsed);
    let crashing = "import time, os\ndef solve():\n    time.sleep(0.2)\n    os._exit(1)\n";
    assert!(HASTY.run_blocking(&call(crashing)).unwrap().elapsed.0 >= 0.2);
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_stands_still_while_a_program_runs() {
    let started = tokio::time::Instant::now();
    let run = POOL.run(&call(NAP)).await.unwrap();
    assert_eq!(run.outcome, ToolOutcome::Returned("rested".into()));
    assert!(run.elapsed.0 >= 0.3);
    assert_eq!(started.elapsed(), Duration::ZERO);
    // The limit is kept although no timer of the runtime ever fires.
    assert_eq!(HASTY.run(&call(ENDLESS)).await.unwrap().outcome, ToolOutcome::TimedOut);
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[test]
fn many_runtimes_share_one_pool() {
    let pool = Arc::new(pool(patient()));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let pool = Arc::clone(&pool);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
                runtime.unwrap().block_on(async {
                    for n in 0..25 {
                        let program = call(&format!("def solve():\n    return {thread} * 1000 + {n}\n"));
                        let run = pool.run(&program).await.unwrap();
                        assert_eq!(run.outcome, ToolOutcome::Returned((thread * 1000 + n).to_string().into()));
                    }
                });
            });
        }
    });
}

#[tokio::test]
async fn a_run_that_nobody_wants_any_more_frees_its_slot() {
    let pool = one_server();
    pool.run(&call("def solve():\n    return 1\n")).await.unwrap();
    let started = Instant::now();
    let endless = call(ENDLESS);
    tokio::select! {
        run = pool.run(&endless) => panic!("{run:?}"),
        () = tokio::time::sleep(Duration::from_millis(200)) => {}
    }
    let next = pool.run(&call("def solve():\n    return 2\n")).await.unwrap();
    assert_eq!(next.outcome, ToolOutcome::Returned("2".into()));
    // The limits are a minute and more.
    assert!(started.elapsed() < Duration::from_secs(30));
}
