//! Races in experiment files: what is read, and how what is wrong is told.

use std::path::Path;

use lamas_core::race::Until;
use lamas_experiment::config::{Experiment, Tree};

/// What is said of a file whose seventh line is this layer.
fn said(layer: &str) -> String {
    let yaml = format!(
        "version: 1\nname: x\ndatasets: [words]\nmethods:\n  - name: mine\n    graph:\n      - {layer}\n      - [self_refine]\n"
    );
    let read = Tree::of(Path::new("x.yaml"), &yaml).and_then(|tree| Experiment::from_tree(tree, &[]));
    read.map_or_else(|error| error.to_string(), |experiment| experiment.methods[0].about.clone())
}

#[test]
fn a_race_stands_where_a_layer_may_and_says_what_it_is() {
    assert_eq!(said("[generate, generate_cot]"), "generate + generate_cot > self_refine");
    assert_eq!(
        said("{race: {generate_cot: 5}, until: {agree: 2}, then: [[sc_ensemble]]}"),
        "generate_cot*5 until 2 agree, else sc_ensemble > self_refine"
    );
}

#[test]
fn case_what_is_wrong_in_a_race_is_told_with_file_line_and_key() {
    let wrong = [
        "{race: {generate_cot: 2}, until: {agree: 3}}",
        "{race: {generate_cot: 2}, until: {agre: 2}}",
        "{race: {generate_cot: 2}, until: {agree: 0}}",
        "{race: {generate_cot: 2}, until: {agree: two}}",
        "{race: {generate_cot: 2}, until: agree}",
        "{race: {generate_cot: 2}, until: agreed}",
        "{race: {generate_cot: 2}, until: {passes: 1}}",
        "{race: {generate_cot: 2}, until: {beta: 1.5}}",
        "{race: {generate_cot: 2}, until: {agree: 2, first: 1}}",
        "{race: {generate_cot: 2}, untill: {agree: 2}}",
        "{race: {generate_cto: 2}, until: {agree: 2}}",
        "{race: {generate_cot: 0}, until: {agree: 2}}",
        "{race: [generate_cot], until: {agree: 2}}",
        "{race: {generate_cot: 2000}, until: {agree: 2}}",
        "{race: {generate_cot: 2}, until: {agree: 2}, then: [[vote], [refine]]}",
        "generate",
    ];
    insta::assert_snapshot!(wrong.map(said).join("\n"), @"");
}

#[test]
fn races_may_be_told_apart_by_their_rules() {
    let yaml = "version: 1\nname: x\ndatasets: [words]\nmethods:\n  - {name: a, graph: [{race: {generate: 3}, until: {first: 1}}]}\n";
    let tree = Tree::of(Path::new("x.yaml"), yaml).unwrap();
    let experiment = Experiment::from_tree(tree, &[]).unwrap();
    let record = experiment.methods[0].plans[0].record();
    assert_eq!(record.to_string(), r#"{"fixed":[{"race":{"generate":3},"until":{"first":1}}]}"#);
    let until: Until = serde_json::from_value(record["fixed"][0]["until"].clone()).unwrap();
    assert_eq!(until.to_string(), "the first 1");
}
