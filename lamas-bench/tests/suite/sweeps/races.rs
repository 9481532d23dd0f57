//! Races in experiments, from end to end on bundled sets: what is decided, what is cancelled, and what is said of it.

use lamas_core::orchestrator::LayerReport;
use polars::prelude::*;

use super::support::Bench;

const RACES: &str = "\
version: 1
name: races
datasets: [words, functions]
seeds: 1
limit: {train: 4, test: 10}
resamples: 100
traces: 1
methods:
  - {name: one, like: gen_cot}
  - {name: all_4, steps: false, graph: [{race: {generate_cot: 4}}, [vote]]}
  - {name: agree_2_4, steps: false, graph: [{race: {generate_cot: 4}, until: {agree: 2}}]}
  - {name: drained, steps: false, graph: [{race: {generate_cot: 4}, until: {agree: 2}, drain: true}]}
  - {name: in_turn, steps: false, schedule: sequential, graph: [{race: {generate_cot: 4}, until: {agree: 2}}]}
  - {name: longer, steps: false, graph: [{race: {generate_cot: 2}, until: {agree: 2}, then: [[sc_ensemble]]}, [self_refine]]}
  - {name: layer, steps: false, graph: [[generate, generate, generate, generate]]}
  - {name: first_pass_4, steps: false, graph: [{race: {generate: 4}, until: passes}]}
  - name: nodes
    steps: false
    graph: [{id: a, run: generate}, {id: b, run: generate_cot}, {id: c, run: self_refine, reads: [a]}, {run: vote, reads: [c, b]}]
tables:
  - name: races
    title: Races
    columns: [about, score, path, path_p50, path_p90, path_p99, cost, cancelled_cost, cancelled_tokens, deciders]
  - {name: systems, title: Systems, kind: systems}
figures:
  - {name: races, kind: races}
  - {name: timeline, kind: timeline, rows: [all_4, agree_2_4]}
";

/// What is looked at in an episode.
#[derive(Debug, Clone)]
struct Seen {
    score: f64,
    path: f64,
    cost: f64,
    cancelled: f64,
    deciders: Option<f64>,
    calls: u32,
    layers: Vec<LayerReport>,
}

/// The episodes of a method on a problem set, in order.
fn seen(episodes: &DataFrame, dataset: &str, method: &str) -> Vec<Seen> {
    let text = |name: &str| episodes.column(name).unwrap().str().unwrap().clone();
    let number = |name: &str| episodes.column(name).unwrap().f64().unwrap().clone();
    let (datasets, methods, layers) = (text("dataset"), text("method"), text("layers"));
    let calls = episodes.column("model_calls").unwrap().u32().unwrap().clone();
    let [scores, paths, costs, cancelled, deciders] =
        ["score", "cp_len", "cost_usd", "cancelled_usd", "deciders"].map(number);
    let own = |row: &usize| datasets.get(*row) == Some(dataset) && methods.get(*row) == Some(method);
    let all: Vec<Seen> = (0..episodes.height())
        .filter(own)
        .map(|row| Seen {
            score: scores.get(row).unwrap(),
            path: paths.get(row).unwrap(),
            cost: costs.get(row).unwrap(),
            cancelled: cancelled.get(row).unwrap(),
            deciders: deciders.get(row),
            calls: calls.get(row).unwrap(),
            layers: serde_json::from_str(layers.get(row).unwrap()).unwrap(),
        })
        .collect();
    assert_eq!(all.len(), 10, "{dataset} {method}");
    all
}

fn sum(episodes: &[Seen], read: impl Fn(&Seen) -> f64) -> f64 {
    episodes.iter().map(read).sum()
}

#[test]
fn races_run_repeat_themselves_and_are_paid_as_far_as_they_got() {
    let bench = Bench::new(RACES);
    bench.done("sweep", "one", &["--threads", "1"]);
    bench.done("sweep", "two", &["--threads", "2"]);
    assert_eq!(bench.read("one/results.csv"), bench.read("two/results.csv"));
    let episodes = bench.episodes("one");
    assert!(episodes.equals_missing(&bench.episodes("two")));

    for dataset in ["words", "functions"] {
        let of = |method: &str| seen(&episodes, dataset, method);
        let (all, agree, drained, in_turn) = (of("all_4"), of("agree_2_4"), of("drained"), of("in_turn"));
        for (((all, agree), drained), in_turn) in all.iter().zip(&agree).zip(&drained).zip(&in_turn) {
            assert!(agree.path <= all.path && agree.cost <= all.cost, "{agree:?} {all:?}");
            assert_eq!((agree.path, agree.score), (drained.path, drained.score), "who runs on delays nothing");
            assert!((drained.cost - all.cost).abs() < 1e-12 && drained.cancelled == 0.0, "and is paid in full");
            assert_eq!((all.cancelled, all.deciders), (0.0, Some(4.0)));
            assert_eq!(in_turn.cancelled, 0.0, "whoever has not started costs nothing");
            let wave = &agree.layers[0].waves[0];
            assert_eq!(agree.deciders, Some(if wave.decided { 2.0 } else { 4.0 }));
        }
        assert!(of("one").iter().all(|episode| episode.deciders.is_none()), "one call is no race");
        let longer = of("longer");
        let split = |episode: &Seen| episode.layers[0].waves.len() == 2;
        let calls = |episode: &Seen| if split(episode) { 4 } else { 3 };
        assert!(
            longer.iter().all(|episode| episode.layers.len() == 2 && episode.calls == calls(episode)),
            "{longer:?}"
        );
    }
    let words = seen(&episodes, "words", "agree_2_4");
    assert!(sum(&words, |episode| episode.cancelled) > 0.0);
    assert!(words.iter().all(|episode| episode.cancelled < episode.cost));
    assert!(sum(&words, |episode| episode.path) < sum(&seen(&episodes, "words", "all_4"), |episode| episode.path));

    // The refinement waits for what it reads and for nobody else, and the vote for both.
    for episode in seen(&episodes, "words", "nodes") {
        let output: Vec<f64> = episode.layers.iter().map(|layer| layer.operators[0].output.0 as f64).collect();
        assert_eq!(episode.path, f64::max(output[0] + output[2], output[1]), "{episode:?}");
        assert_eq!(episode.layers[3].reads, Some(vec![2, 1]));
    }

    // A program that passes the public examples wins, and its run is on the path; where there are none, all vote.
    let passing = seen(&episodes, "functions", "first_pass_4");
    let waves: Vec<_> = passing.iter().map(|episode| &episode.layers[0].waves[0]).collect();
    assert!(waves.iter().filter(|wave| wave.decided).count() > 5, "{waves:?}");
    for (episode, wave) in passing.iter().zip(&waves) {
        let ran = wave.winner.map(|winner| episode.layers[0].operators[winner].ran);
        assert_eq!(wave.decided, ran == Some(Some(true)), "{episode:?}");
    }
    assert!(sum(&passing, |episode| episode.score) >= sum(&seen(&episodes, "functions", "layer"), |e| e.score));
    let maths = seen(&episodes, "words", "first_pass_4");
    assert!(maths.iter().all(|episode| !episode.layers[0].waves[0].decided && episode.cancelled == 0.0));
}

#[test]
fn what_a_race_is_stands_in_plan_doctor_manifest_and_tables() {
    let bench = Bench::new(RACES);
    let words = "generate_cot*4 until 2 agree";
    let plan = bench.done("plan", "run", &[]);
    assert!(plan.contains(&format!("agree_2_4 races: {words}.")), "{plan}");
    assert!(!plan.contains("layer races"), "{plan}");
    let doctor = bench.done("doctor", "run", &[]);
    assert!(doctor.contains(&format!("agree_2_4: {words}")), "{doctor}");
    bench.done("sweep", "run", &["--set", "limit={train: 2, test: 4}"]);
    let manifest: serde_json::Value = serde_json::from_str(&bench.read("run/manifest.json")).unwrap();
    assert_eq!((&manifest["version"], &manifest["methods"][2]["graph"]), (&3.into(), &words.into()));
    let table = bench.read("run/tables/races.md");
    assert!(table.contains(words) && table.contains(" Cancelled USD ") && table.contains(" CP P99 "), "{table}");
    for figure in ["races.svg", "timeline_words.svg"] {
        assert!(bench.read(&format!("run/figures/{figure}")).contains("<svg"), "{figure}");
    }
    let systems = bench.read("run/tables/systems.md");
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let line = systems.lines().map(cells).find(|cells| cells.get(1).is_some_and(|name| name == "agree_2_4")).unwrap();
    assert_eq!(line[3..5], ["race", "nothing"], "{line:?}");
    assert!(bench.read("run/results.csv").starts_with(
        "dataset,method,lambda_t,seed,split,n,unscored,score,cp_len,cp_len_p50,cp_len_p90,cp_len_p99,latency_s,cost_usd,\
         cancelled_usd,input_tokens,output_tokens,cancelled_tokens,model_calls,deciders,simulated\n"
    ));
}
