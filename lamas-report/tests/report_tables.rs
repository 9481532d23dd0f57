//! Every kind of table on a small run made up here: Markdown, and LaTeX for one of each kind.

use std::fs;

use lamas_core::orchestrator::{LayerReport, OperatorReport};
use lamas_core::units::Tokens;
use lamas_experiment::config::output::TableDraft;
use lamas_record::checksums::Sums;
use lamas_record::directory::{cell_name, write_text};
use lamas_record::parquet::{concatenate, write_parquet};
use lamas_record::rows::{CellKey, EpisodeRow, Split, episodes};
use lamas_report::Finished;
use lamas_report::bootstrap::Comparison;
use lamas_report::figures::usage;
use lamas_report::table::Table;
use lamas_report::tables::build;
use serde_json::json;

/// Test rows and training rows of a dataset.
const TEST: usize = 40;
const TRAIN: usize = 10;

/// A method at one lambda_t: how often it is right in ten, the length of its path, its graphs.
struct Made {
    method: &'static str,
    lambda_t: Option<f64>,
    right: usize,
    path: f64,
    graphs: &'static [&'static str],
    learns: bool,
}

const fn made(
    method: &'static str,
    lambda_t: Option<f64>,
    right: usize,
    path: f64,
    graphs: &'static [&'static str],
    learns: bool,
) -> Made {
    Made { method, lambda_t, right, path, graphs, learns }
}

const WIDE: &[&str] = &["generate+generate_cot > [sc_ensemble]", "generate", "generate+generate_cot > sc_ensemble"];

/// Nodes that read several others: one operator each.
const NODES: &[&str] = &["generate() > generate_cot() > programmer() > self_refine(1) > sc_ensemble(1+2+3+4)"];

const ALL: [Made; 9] = [
    made("generate", None, 7, 400.0, &["generate"], false),
    made("gen_cot", None, 7, 350.0, &["generate_cot"], false),
    made("maas", Some(0.0), 8, 1500.0, WIDE, true),
    made("lamas", Some(0.0), 9, 1200.0, WIDE, true),
    made("lamas", Some(1e-4), 8, 600.0, WIDE, true),
    made("lamas", Some(1e-3), 5, 380.0, WIDE, true),
    made("own", Some(0.0), 8, 1000.0, &["generate_cot > [self_refine]", "generate_cot > self_refine"], true),
    made("nodes", Some(0.0), 8, 1000.0, NODES, true),
    made("oracle", Some(0.0), 10, 300.0, WIDE, true),
];

/// Layers from a shorthand for the ones above: `generate+generate_cot > [sc_ensemble]`, operators that had nothing to do in
/// brackets; `sc_ensemble(1+2)` is a node of a graph that reads the first two.
fn layers(graph: &str) -> Vec<LayerReport> {
    let layer = |layer: &str| {
        let (names, reads) = match layer.strip_suffix(')').and_then(|layer| layer.split_once('(')) {
            None => (layer, None),
            Some((name, reads)) => {
                let reads = reads.split('+').filter(|read| !read.is_empty());
                (name, Some(reads.map(|read| read.parse::<usize>().unwrap() - 1).collect()))
            }
        };
        let report = |name: &str| OperatorReport {
            operator: name.trim_matches(['[', ']']).into(),
            skipped: name.starts_with('['),
            ran: None,
            output: Tokens(1),
            part: lamas_core::trace::Part::Needed,
            failed: false,
        };
        LayerReport { operators: names.split('+').map(report).collect(), reads, waves: vec![] }
    };
    graph.split(" > ").map(layer).collect()
}

fn row(made: &Made, split: Split, pass: u32, position: usize, seed: u64) -> EpisodeRow {
    // Uneven, so that queries and seeds differ.
    let x = (position * 7 + seed as usize * 3 + made.method.len()) % 10;
    let unscored = made.method == "maas" && split == Split::Test && position == 5;
    let path = made.path * (0.7 + 0.06 * x as f64);
    EpisodeRow {
        split,
        pass,
        position: position as u32,
        problem: format!("p/{position}"),
        layers: layers(made.graphs[position % made.graphs.len()]),
        drawn: Vec::new(),
        score: (!unscored).then(|| f64::from(u8::from(x < made.right))),
        reason: String::new(),
        extracted: String::new(),
        cp_len: path,
        cp_len_released: path,
        cp_len_layers: path,
        redraws: 0,
        latency_s: path / 50.0,
        cost_usd: path * 1e-6,
        input_tokens: 100,
        output_tokens: path as u64,
        lost_tokens: 0,
        cancelled_tokens: 0,
        cancelled_usd: 0.0,
        deciders: None,
        estimated_usd: 0.0,
        model_calls: 1,
        no_text: 0,
        filtered: 0,
        simulated_calls: 0,
        real_calls: 0,
        tool_s: 0.0,
        waiting_s: 0.0,
        reward_cost: None,
        reward_latency: None,
        reward: None,
        log_prob: None,
        entropy: None,
        answer: String::new(),
        measured_tool_s: 0.0,
    }
}

fn run(folder: &std::path::Path) -> Finished {
    let (mut parts, mut cells) = (Vec::new(), Vec::new());
    for dataset in ["gsm8k", "math"] {
        for made in &ALL {
            for seed in [1, 2] {
                let key = CellKey {
                    dataset: dataset.to_owned(),
                    method: made.method.to_owned(),
                    lambda_t: made.lambda_t,
                    seed,
                    simulated: true,
                };
                let passes = if made.learns { 0..2 } else { 0..0 };
                let train = passes.flat_map(|pass| (0..TRAIN).map(move |at| row(made, Split::Train, pass, at, seed)));
                let test = (0..TEST).map(|at| row(made, Split::Test, 0, at, seed));
                let rows: Vec<EpisodeRow> = train.chain(test).collect();
                let part = folder.join(format!("part-{}.parquet", parts.len()));
                write_parquet(&part, &episodes(&key, &rows).unwrap()).unwrap();
                parts.push(part);
                let cell = cell_name(dataset, made.method, made.lambda_t, seed);
                fs::create_dir_all(folder.join("cells").join(&cell)).unwrap();
                write_text(&folder.join("cells").join(&cell).join("traces.json"), "[]").unwrap();
                cells.push(cell);
            }
        }
    }
    concatenate(&parts, &folder.join("episodes.parquet")).unwrap();
    let dataset = |name: &str, title: &str, margin: f64| json!({"name": name, "title": title, "sha256": "", "train": TRAIN, "test": TEST, "public_examples": "", "margin": margin});
    let method = |name: &str, title: &str, kind: &str, schedule: &str, stands_for: Option<&str>| {
        json!({"name": name, "title": title, "learned": kind == "learned", "kind": kind, "hindsight": kind == "hindsight",
            "stands_for": stands_for, "about": format!("what {title} is"), "schedule": schedule})
    };
    let manifest = json!({
        "version": 3, "lamas": "0", "name": "made", "experiment_sha256": "", "experiment": {"resamples": 500},
        "model": {"name": "simulated/made", "simulated": true, "profile_sha256": null},
        "sandbox": {"confinement": {"level": "full", "landlock_abi": 7, "seccomp": true, "namespaces": true}, "python": "3"},
        "encoder": "hashed-1", "seeds": [1, 2],
        "datasets": [dataset("gsm8k", "GSM8K", 1.0), dataset("math", "MATH", 2.0)],
        "methods": [
            method("generate", "Generate", "fixed", "parallel", None),
            method("gen_cot", "Gen-CoT", "fixed", "parallel", None),
            method("maas", "MaAS", "learned", "sequential", Some("MaAS")),
            method("lamas", "LAMaS", "learned", "parallel", Some("LAMaS")),
            method("own", "Static & own", "searched", "parallel", Some("AFlow")),
            method("nodes", "Graph, sequential", "learned", "sequential", None),
            method("oracle", "Oracle", "hindsight", "parallel", None),
        ],
        "cells": cells.iter().map(|name| json!({"name": name, "made_from": "", "taken_over": "nothing"})).collect::<Vec<_>>(),
    });
    write_text(&folder.join("manifest.json"), &manifest.to_string()).unwrap();
    let traces = cells.iter().map(|cell| format!("cells/{cell}/traces.json"));
    let files = ["manifest.json", "episodes.parquet"].into_iter().map(str::to_owned).chain(traces);
    Sums::of(folder, files).unwrap().write(folder).unwrap();
    Finished::open(folder).unwrap()
}

/// A table of the made-up run.
fn table(definition: &str) -> Table {
    let folder = tempfile::tempdir().unwrap();
    let finished = run(folder.path());
    let draft: TableDraft = serde_yaml::from_str(definition).unwrap();
    let data = finished.manifest.datasets.iter();
    let comparisons: Vec<_> = data.map(|data| Comparison::new(data, &finished.series, finished.resamples())).collect();
    build(&finished, &comparisons, &draft)
}

const METHODS: &str = "
name: table3
title: Fixed and learned
datasets: [gsm8k, math]
rows: [generate, maas, lamas@1e-4, lamas@chosen, oracle]
columns: [score, path, path_p90, path_difference, cost, unscored]
published: true
note: A note of its own.
";

#[test]
fn a_table_of_methods() {
    insta::assert_snapshot!(table(METHODS).markdown());
    insta::assert_snapshot!(table(METHODS).latex());
}

#[test]
fn a_table_of_differences_and_verdicts_on_one_set() {
    let definition = "
name: differences
title: Differences
datasets: [math]
columns: [score_difference, verdict, cost_difference]
against: [generate, lamas@1e-4]
";
    insta::assert_snapshot!(table(definition).markdown());
}

#[test]
fn a_table_of_what_learning_took() {
    let definition = "
name: learning
title: Learning
datasets: [math]
rows: [generate, maas, lamas, lamas@chosen, own]
columns: [stands_for, about, learning_episodes, learning_tokens, learning_cost]
";
    insta::assert_snapshot!(table(definition).markdown());
}

#[test]
fn a_table_of_systems() {
    let definition = "{name: table1, title: Systems, kind: systems, published: true}";
    insta::assert_snapshot!(table(definition).markdown());
    insta::assert_snapshot!(table(definition).latex());
}

#[test]
fn a_table_of_fronts() {
    let definition = "{name: fronts, title: Fronts, kind: fronts, datasets: [gsm8k], against: [lamas@1e-4, generate]}";
    insta::assert_snapshot!(table(definition).markdown());
    insta::assert_snapshot!(table(definition).latex());
}

#[test]
fn a_table_of_pairs() {
    let definition = "{name: pairs, title: Two methods, kind: pairs, rows: [maas, lamas]}";
    insta::assert_snapshot!(table(definition).markdown());
    insta::assert_snapshot!(table(definition).latex());
}

#[test]
fn case_the_figure_of_operators_counts_every_choice() {
    let folder = tempfile::tempdir().unwrap();
    let finished = run(folder.path());
    let figures = usage::figures(&finished, Split::Test, &["lamas".parse().unwrap()]).unwrap();
    let [(method, figure)] = figures.as_slice() else { panic!("one method was asked for") };
    assert_eq!((method.as_str(), figure.lambdas.as_slice()), ("lamas", &[0.0, 1e-4, 1e-3][..]));
    let share = |layer: usize, operator: &str| {
        let operators = &figure.rows[0].layers[layer].operators;
        operators.iter().find(|share| share.operator == operator).map(|share| share.share[0])
    };
    // Of 40 queries 14 chose a vote that had nothing to do, 13 a vote that had, and 13 none.
    assert_eq!(share(1, "sc_ensemble"), Some(27.0 / 40.0));
    assert_eq!((share(0, "generate"), share(0, "generate_cot")), (Some(1.0), Some(27.0 / 40.0)));
    assert_eq!(share(0, "sc_ensemble"), None, "what a layer never held is not drawn in it");
    insta::assert_snapshot!(figure.footnotes.join("\n"), @r"
    Shares of all test queries, 2 seeds. What a layer never held is not drawn in it.
    Operators count where they were chosen; of these choices 14.9% had nothing to work on.
    ");
}

#[test]
fn a_report_writes_what_the_experiment_defines_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut finished = run(folder.path());
    finished.manifest.experiment = json!({
        "resamples": 100,
        "tables": [serde_yaml::from_str::<serde_json::Value>(METHODS).unwrap()],
        "figures": [{"name": "figure2", "kind": "front", "highlight": ["lamas", "maas"], "published": true}],
    });
    let report = finished.report().unwrap();
    let names = |paths: &[std::path::PathBuf]| -> Vec<String> {
        paths.iter().map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string()).collect()
    };
    assert_eq!(names(&report.tables), ["tables/table3.md", "tables/table3.csv", "tables/table3.tex"]);
    assert_eq!(names(&report.figures), ["figures/figure2.svg", "figures/figure2.png", "figures/figure2.pdf"]);
    let svg = fs::read_to_string(folder.path().join("figures/figure2.svg")).unwrap();
    for text in ["LAMaS (published)", "Static &amp; own", "simulated model"] {
        assert!(svg.contains(text), "{text} is missing");
    }
    let kept = tempfile::tempdir().unwrap();
    fs::create_dir(kept.path().join("tables")).unwrap();
    fs::write(kept.path().join("tables/old.md"), "").unwrap();
    fs::write(kept.path().join("README.md"), "mine").unwrap();
    let refused = lamas_report::publish::copy(&finished.directory, kept.path()).unwrap_err().to_string();
    assert!(refused.contains("is none of an earlier report"), "{refused}");
    assert!(kept.path().join("tables/old.md").is_file(), "other tables were taken away");
    // An earlier copy has its manifest.
    fs::write(kept.path().join("manifest.json"), "{}").unwrap();
    let copied = lamas_report::publish::copy(&finished.directory, kept.path()).unwrap();
    assert_eq!(copied.len(), 2 + 3 + 3);
    assert!(kept.path().join("README.md").is_file() && !kept.path().join("tables/old.md").exists());
    assert!(kept.path().join("manifest.json").is_file() && !kept.path().join("episodes.parquet").exists());
}
