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
        "{run: [generate], reads: [b]}",
        "{run: generate, read: [a]}",
        "{run: {race: {generate_cot: 2}, until: {agree: 3}}}",
        "{id: a, reads: []}",
    ];
    insta::assert_snapshot!(wrong.map(said).join("\n"), @r#"
    x.yaml:7: methods[0].graph[0].until: asks for 3 answers, but 2 is the most that come
    x.yaml:7: methods[0].graph[0].until: unknown key `agre`, did you mean `agree`?
    x.yaml:7: methods[0].graph[0].until.agree: invalid value: integer `0`, expected a whole number of 1 or more
    x.yaml:7: methods[0].graph[0].until.agree: invalid type: string "two", expected a whole number of 1 or more
    x.yaml:7: methods[0].graph[0].until: `agree` needs a number of answers, as in `{agree: 2}`
    x.yaml:7: methods[0].graph[0].until: unknown rule `agreed`; there are all, first, agree, unbeatable, beta, passes
    x.yaml:7: methods[0].graph[0].until: `passes` takes nothing; write it without a value
    x.yaml:7: methods[0].graph[0].until.beta: 1.5 is no probability; write a number from 0 to 1
    x.yaml:7: methods[0].graph[0].until: one rule only, but `first` follows `agree`
    x.yaml:7: methods[0].graph[0]: unknown key `untill`, did you mean `until`?
    x.yaml:7: methods[0].graph[0].race.generate_cto: unknown operator `generate_cto`, did you mean `generate_cot`?
    x.yaml:7: methods[0].graph[0].race.generate_cot: invalid value: integer `0`, expected a whole number of 1 or more
    x.yaml:7: methods[0].graph[0].race: invalid type: sequence, expected operators and how many of each, such as {generate_cot: 5, generate: 2}
    x.yaml:6: methods[0].graph: 2001 is not between 1 and 1000
    x.yaml:7: methods[0].graph[0].then[1][0]: unknown operator `refine`; there are `generate`, `generate_cot`, `multi_generate_cot`, `sc_ensemble`, `self_refine`, `programmer`, `test`, `early_stop`, `vote`, `check`
    x.yaml:7: methods[0].graph[0]: invalid type: string "generate", expected a layer: operators such as [generate, generate_cot], or a race such as {race: {generate_cot: 5}, until: {agree: 2}}; or a node such as {run: sc_ensemble, reads: [a, b]}
    x.yaml:7: methods[0].graph[0]: a graph has either layers or nodes; write all of them as {run: .., reads: [..]}, or none
    x.yaml:7: methods[0].graph[0]: unknown key `read`, did you mean `reads`?
    x.yaml:7: methods[0].graph[0].run.until: asks for 3 answers, but 2 is the most that come
    x.yaml:7: methods[0].graph[0]: missing field `run`
    "#);
}

#[test]
fn races_may_be_told_apart_by_their_rules() {
    let yaml = "version: 1\nname: x\ndatasets: [words]\nmethods:\n  - {name: a, graph: [{race: {generate: 3}, until: {first: 1}}]}\n";
    let tree = Tree::of(Path::new("x.yaml"), yaml).unwrap();
    let experiment = Experiment::from_tree(tree, &[]).unwrap();
    let record = experiment.methods[0].plans[0].record();
    assert_eq!(record.to_string(), r#"{"fixed":[{"race":{"generate":3},"until":{"first":1}}]}"#);
    let until: Until = serde_json::from_value(record["fixed"][0]["until"].clone()).unwrap();
    assert_eq!(until.to_string(), "the first");
}
