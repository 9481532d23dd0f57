//! The shape of the traces that operators leave: what runs side by side, what waits for what, and who sees what.

use lamas_core::critical_path::{by_time, by_tokens};
use lamas_core::exec::Episode;
use lamas_core::tool::ToolOutcome;
use lamas_core::trace::{Span, SpanKind, Trouble};
use lamas_core::units::{Gamma, PathTokens, Seconds, Usd};

use crate::support::{Scene, maths, says};

fn work(episode: &Episode) -> Vec<&Span> {
    episode.trace.work().map(|(span, _)| span).collect()
}

/// The places of the work that each piece of work waits for.
fn edges(episode: &Episode) -> Vec<Vec<usize>> {
    let work = work(episode);
    let place = |id| work.iter().position(|span| span.id == id).expect("edges lead to work");
    work.iter().map(|span| span.after.iter().map(|id| place(*id)).collect()).collect()
}

#[tokio::test(start_paused = true)]
async fn three_samples_run_side_by_side_and_the_path_takes_the_longest() {
    let replies = vec![says("1", 10), says("2", 50), says("3", 90), says("4", 20), says("5", 7)];
    let layers: [&[&str]; 3] = [&["generate"], &["multi_generate_cot"], &["self_refine"]];
    let episode = Scene::new(maths(), layers, replies).play().await.episode;

    assert_eq!(edges(&episode), [vec![], vec![0], vec![0], vec![0], vec![1, 2, 3]]);
    // On the clock, too: all three began at 10 s, and what followed waited for the slowest.
    let starts: Vec<Seconds> = work(&episode).iter().map(|span| span.start).collect();
    assert_eq!(starts, [0.0, 10.0, 10.0, 10.0, 100.0].map(Seconds));

    let path = by_tokens(&episode.trace, Gamma(50.0));
    assert_eq!(path.length, PathTokens(10.0 + 90.0 + 7.0));
    assert_eq!(path.layer(1).next().unwrap().length, PathTokens(90.0));
    // Money counts all three, at one dollar a token.
    assert_eq!(episode.trace.cost(), Usd(177.0));
}

#[tokio::test(start_paused = true)]
async fn retries_are_serial_and_tool_time_counts() {
    let program = "```python\ndef solve():\n    return 42\n```";
    let replies = vec![says(program, 30), says(program, 20), says("42", 10)];
    let outcomes = [ToolOutcome::TimedOut, ToolOutcome::Returned("42".into())];
    let episode = Scene::new(maths(), [&["programmer"]], replies).running(outcomes).play().await.episode;

    let kinds: Vec<&SpanKind> = work(&episode).iter().map(|span| &span.kind).collect();
    let (call, run) = (&SpanKind::ModelCall, &SpanKind::ToolRun);
    assert_eq!(kinds, [call, run, call, run, call]);
    assert_eq!(edges(&episode), [vec![], vec![0], vec![1], vec![2], vec![3]]);
    assert_eq!(by_tokens(&episode.trace, Gamma(50.0)).length, PathTokens(60.0 + 2.0 * 0.5 * 50.0));
    assert_eq!(by_time(&episode.trace).length, Seconds(61.0));
    assert_eq!(work(&episode)[1].trouble, Some(Trouble::TimedOut));
}

#[tokio::test(start_paused = true)]
async fn a_parallel_layer_reads_the_snapshot_and_not_itself() {
    let replies = || vec![says(r"\boxed{1}", 1), says(r"\boxed{2}", 1), says(r"\boxed{3}", 1)];
    let layers: [&[&str]; 2] = [&["generate"], &["generate_cot", "self_refine"]];

    let parallel = Scene::new(maths(), layers, replies()).play().await;
    assert!(parallel.asked[2].contains("Current solution:\n\\boxed{1}\n"));
    assert_eq!(parallel.texts(), [r"\boxed{3}", r"\boxed{2}"]);
    assert_eq!(edges(&parallel.episode), [vec![], vec![0], vec![0]]);

    let sequential = Scene::new(maths(), layers, replies()).sequential().play().await;
    assert!(sequential.asked[2].contains("Current solution:\n\\boxed{2}\n"));
    assert_eq!(sequential.texts(), [r"\boxed{1}", r"\boxed{3}"]);
    assert_eq!(edges(&sequential.episode), [vec![], vec![0], vec![1]]);
}

#[tokio::test(start_paused = true)]
async fn an_ensemble_beside_its_candidates_has_none_but_runs_after_them_in_sequence() {
    let layers: [&[&str]; 1] = [&["multi_generate_cot", "sc_ensemble"]];
    let samples = || vec![says("1", 1), says("2", 1), says("2", 1)];

    let parallel = Scene::new(maths(), layers, samples()).play().await;
    let skipped: Vec<bool> = parallel.episode.layers[0].operators.iter().map(|report| report.skipped).collect();
    assert_eq!(skipped, [false, true]);

    let mut replies = samples();
    replies.push(says("Choice: A", 1));
    let sequential = Scene::new(maths(), layers, replies).sequential().play().await;
    assert_eq!(sequential.texts(), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn an_operator_without_work_is_never_critical() {
    let episode = Scene::new(maths(), [&["generate", "early_stop"]], vec![says("42", 3)]).play().await.episode;
    let critical: Vec<bool> =
        by_tokens(&episode.trace, Gamma(50.0)).operators.iter().map(|operator| operator.critical).collect();
    assert_eq!(critical, [true, false]);
}
