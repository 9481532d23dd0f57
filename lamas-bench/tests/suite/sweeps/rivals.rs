//! Every rival from end to end on a bundled set: it runs, repeats itself, and its learning is counted and kept.

use std::fs;

use lamas_core::orchestrator::LayerReport;
use polars::prelude::*;

use super::support::Bench;

/// `oracle` has values of lambda_t of its own.
const RIVALS: &str = "\
version: 1
name: rivals
datasets: [words]
methods: [generate_steps, random, chain_policy, static_graph, static_chain, graph_sequential, knn, oracle]
seeds: 1
lambda_t: [1e-4]
limit: {train: 10, test: 6}
controller: {passes: 2}
resamples: 100
traces: 1
";

/// Two passes over ten rows.
const BUDGET: usize = 20;

/// The values of a column for one method and split.
fn of(episodes: &DataFrame, method: &str, split: &str, column: &str) -> Vec<String> {
    let text = |name: &str| episodes.column(name).unwrap().str().unwrap().clone();
    let (methods, splits, values) = (text("method"), text("split"), text(column));
    (0..episodes.height())
        .filter(|&row| methods.get(row) == Some(method) && splits.get(row) == Some(split))
        .map(|row| values.get(row).unwrap().to_owned())
        .collect()
}

#[test]
fn all_rivals_run_repeat_themselves_and_go_on_where_they_ended() {
    let bench = Bench::new(RIVALS);
    bench.done("sweep", "one", &["--threads", "1"]);
    bench.done("sweep", "two", &["--threads", "2"]);
    bench.done("train", "apart", &[]);
    bench.done("eval", "apart", &[]);
    for other in ["two", "apart"] {
        assert_eq!(bench.read("one/results.csv"), bench.read(&format!("{other}/results.csv")), "{other}");
        assert!(bench.episodes("one").equals_missing(&bench.episodes(other)), "{other}");
    }

    let episodes = bench.episodes("one");
    let count = |method: &str, split: &str| of(&episodes, method, split, "problem").len();
    // Learning is counted, on training rows, within the budget of the controller's passes.
    let learned = [
        ("generate_steps", 0),
        ("random", 0),
        ("chain_policy", BUDGET),
        ("static_graph", 2 * 10),
        ("static_chain", BUDGET),
        ("graph_sequential", BUDGET),
        ("knn", 5 * 4),
        ("oracle", 0),
    ];
    for (method, spent) in learned {
        assert_eq!(count(method, "train"), spent, "{method}");
        assert!(spent <= BUDGET, "{method}");
        assert_eq!(count(method, "test") % 6, 0, "{method}");
        assert!(count(method, "test") > 0, "{method}");
    }

    // One graph for all queries, written down where a human can read it.
    let ran = |method: &str| -> Vec<Vec<Vec<String>>> {
        let layers = of(&episodes, method, "test", "layers");
        let names = |text: &String| {
            let layers: Vec<LayerReport> = serde_json::from_str(text).unwrap();
            let names =
                |layer: &LayerReport| layer.operators.iter().map(|report| report.operator.to_string()).collect();
            layers.iter().map(names).collect()
        };
        layers.iter().map(names).collect()
    };
    let one = |method: &str| {
        let mut layers = ran(method);
        layers.dedup();
        assert_eq!(layers.len(), 1, "{method}: {layers:?}");
        layers.remove(0)
    };
    let cell = |method: &str| bench.path("one/cells").join(format!("words.{method}.1e-4.s1"));
    let found: serde_yaml::Value =
        serde_yaml::from_str(&fs::read_to_string(cell("static_graph").join("found.yaml")).unwrap()).unwrap();
    let layers: Vec<Vec<String>> = serde_yaml::from_value(found["found"]["graph"].clone()).unwrap();
    assert_eq!(one("static_graph"), layers);
    assert!(one("static_chain").iter().all(|layer| layer.len() == 1));
    assert!(ran("chain_policy").iter().flatten().all(|layer| layer.len() == 1));
    assert!(ran("graph_sequential").iter().flatten().all(|layer| layer.len() == 1));

    // The manifest tells what is what.
    let manifest: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(bench.path("one/manifest.json")).unwrap()).unwrap();
    let method = |name: &str| {
        let methods = manifest["methods"].as_array().unwrap();
        methods.iter().find(|method| method["name"] == name).unwrap_or_else(|| panic!("{name}")).clone()
    };
    let kinds = ["generate_steps", "random", "chain_policy", "static_graph", "static_chain", "knn", "oracle"];
    let expected = ["fixed", "random", "learned", "searched", "learned", "routed", "hindsight"];
    assert_eq!(kinds.map(|name| method(name)["kind"].as_str().unwrap().to_owned()), expected);
    assert_eq!(method("oracle")["hindsight"], true);
    assert_eq!(method("graph_sequential")["stands_for"], "G-Designer");

    // A cell that lost its test rows is evaluated again from what was learned; what was learned is checked first.
    for (name, file) in
        [("static_graph", "found.yaml"), ("knn", "found.yaml"), ("static_chain", "checkpoint.safetensors")]
    {
        fs::remove_file(cell(name).join("test.parquet")).unwrap();
        bench.done("sweep", "one", &[]);
        assert_eq!(bench.read("one/results.csv"), bench.read("two/results.csv"), "{name}");
        fs::remove_file(cell(name).join("test.parquet")).unwrap();
        let kept = fs::read(cell(name).join(file)).unwrap();
        fs::write(cell(name).join(file), &kept[..kept.len() - 20]).unwrap();
        let damaged = bench.run("sweep", "one", &[]);
        assert_eq!(damaged.status.code(), Some(6), "{name}");
        assert!(String::from_utf8_lossy(&damaged.stderr).contains(file), "{name}");
        fs::write(cell(name).join(file), kept).unwrap();
        bench.done("sweep", "one", &[]);
    }
}

#[test]
fn cells_that_differ_in_lambda_t_run_what_they_share_once_and_get_what_each_gets_alone() {
    let bench = Bench::new(RIVALS);
    let sweep = |out: &str, lambdas: &str| {
        let methods = format!("methods=[static_graph, knn, {{name: best, like: oracle, lambda_t: {lambdas}}}]");
        let lambdas = format!("lambda_t={lambdas}");
        bench.done("sweep", out, &["--set", &methods, "--set", &lambdas, "--set", "calls=true"]);
        let calls = fs::read_to_string(bench.path(out).join("calls.jsonl")).unwrap().lines().count();
        (bench.episodes(out), calls)
    };
    let (both, calls) = sweep("both", "[0, 1e-4]");
    let mut alone = Vec::new();
    for (out, lambdas, lambda_t) in [("free", "[0]", 0.0), ("dear", "[1e-4]", 1e-4)] {
        let (episodes, calls) = sweep(out, lambdas);
        let its_own = both.column("lambda_t").unwrap().f64().unwrap().equal(lambda_t);
        assert!(both.filter(&its_own).unwrap().equals_missing(&episodes), "{out}");
        alone.push(calls);
    }
    // The oracle's five graphs of three samples and the neighbours' learning are the same for both.
    assert!(alone.iter().all(|&alone| calls >= alone), "{calls} of {alone:?}");
    assert!(3 * calls < 2 * (alone[0] + alone[1]), "{calls} of {alone:?}");
}
