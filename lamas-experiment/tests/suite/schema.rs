//! The schema of experiment files: as committed, and as the program reads files.

use std::path::{Path, PathBuf};

use lamas_experiment::config::reference::reference;
use lamas_experiment::config::{Experiment, Tree, schema};
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn experiments() -> Vec<PathBuf> {
    let files = ["experiments", "experiments/paper"].iter().flat_map(|folder| {
        let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect::<Vec<_>>()
    });
    // The plan of a sensitivity study is the laboratory's.
    files.filter(|path| !path.ends_with("sensitivity.yaml")).collect()
}

fn faults(yaml: &str) -> Vec<String> {
    let value: Value = serde_yaml::from_str(yaml).unwrap();
    let validator = jsonschema::draft7::new(&schema::schema()).unwrap();
    validator.iter_errors(&value).map(|fault| fault.instance_path().to_string()).collect()
}

#[test]
fn what_is_committed_is_current() {
    let remedy =
        "`lamas-bench schema` prints the one, `lamas-bench schema --reference` what follows the marker in the other";
    assert!(read("experiments/experiment.schema.json") == schema::text(), "experiment.schema.json is old; {remedy}");
    let document = read("docs/experiment.md");
    let (_, tables) = document.split_once("<!-- made from the schema -->\n").expect("the document has its marker");
    assert!(tables == reference(), "docs/experiment.md is old; {remedy}");
}

#[test]
fn every_experiment_satisfies_it_and_says_so_to_editors() {
    let files = experiments();
    assert!(files.len() > 8, "{files:?}");
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(faults(&text), Vec::<String>::new(), "{}", path.display());
        let up = if path.parent().unwrap().ends_with("paper") { "../" } else { "" };
        let line = format!("# yaml-language-server: $schema={up}experiment.schema.json");
        assert_eq!(text.lines().next(), Some(line.as_str()), "{}", path.display());
    }
}

#[test]
fn what_the_program_refuses_for_keys_and_types_the_schema_refuses_there() {
    let head = "{version: 1, name: x, datasets: [words]";
    for (rest, place) in [
        ("methods: [lamas], sedes: 3", ""),
        ("methods: [lamas], seeds: many", "/seeds"),
        ("methods: [lamas], seeds: 2.5", "/seeds"),
        ("methods: [lamas], lambda_t: 0.1", "/lambda_t"),
        ("methods: [lamas], controller: {tua: 0.3}", "/controller"),
        ("methods: [lamas], controller: {credit: all}", "/controller/credit"),
        ("methods: [lamas], model: openia/gpt-4o-mini", "/model"),
        ("methods: [lamas], model: {openai: {name: x, endpoints: [{url: y}]}}", "/model"),
        ("methods: [lamas], encoder: minilm2", "/encoder"),
        ("methods: [lamas], store: {mode: sometimes}", "/store/mode"),
        ("methods: [lamsa]", "/methods/0"),
        ("methods: [{like: lamas}]", "/methods/0"),
        ("methods: [{name: x, like: lamas, sead: 3}]", "/methods/0"),
        ("methods: [{name: x, search: {candidates: few}}]", "/methods/0"),
        ("methods: [{name: x, like: lamas, set: {tau: high}}]", "/methods/0"),
        ("methods: [{name: x, graph: [{race: {generate: 2}, untl: {agree: 2}}]}]", "/methods/0"),
        ("methods: [{name: x, graph: [{race: {generate: 2}, until: {agree: 0}}]}]", "/methods/0"),
        ("methods: [{name: x, graph: [{race: {generate: 2}, until: {beta: 1.5}}]}]", "/methods/0"),
        ("methods: [{name: x, graph: [{race: [generate], until: passes}]}]", "/methods/0"),
        ("methods: [lamas], tables: [{name: t, title: T, kind: methods, column: [score]}]", "/tables/0"),
        ("methods: [lamas], figures: [{name: f, kind: pie}]", "/figures/0/kind"),
    ] {
        let yaml = format!("{head}, {rest}}}");
        let read = Tree::of(Path::new("x.yaml"), &yaml).and_then(|tree| Experiment::from_tree(tree, &[]));
        assert!(read.is_err(), "{rest}");
        assert!(faults(&yaml).iter().any(|fault| fault == place), "{rest}: {:?}", faults(&yaml));
    }
}

#[test]
fn what_the_program_reads_the_schema_allows() {
    for rest in [
        "methods: [lamas, {name: x, graph: [[generate], [self_refine]]}]",
        "methods: [{name: x, like: lamas, set: {tau: 0.5, released: {redraw: false}}, stands_for: Y, about: Z}]",
        "methods: [{name: x, like: static_chain, gates: {order: [generate], given: task}}, {name: y, route: {graphs: [[[generate]]]}}]",
        "methods: [{name: x, graph: [{race: {generate: 2}, until: {agree: 2}, then: [{race: {generate: 2}, afresh: true, until: unbeatable}, [vote]], drain: true}, [vote]]}]",
        "methods: [{name: x, route: {graphs: [[{race: {generate: 4}, until: passes}], [{race: {generate: 4}, each: [check], until: {beta: 0.8}}]]}}]",
        "methods: [lamas], model: simulated/stress, lambda_t: [0, 1.0e-4], limit: {train: null, test: 4}",
        "methods: [lamas], model: {simulated: {profile: stress, set: {answers.attractor: 0.3}}}",
        "methods: [lamas], model: {openai: {name: m, endpoints: [{base_url: 'http://x/v1', key: {env: KEY}, headers: {a: b, c: {env: D}}}], extra: {reasoning_effort: null}}}, price: {input: 1, output: 2}",
        "methods: [lamas], encoder: {name: minilm, shuffled: true}, budget: {usd: 3.5}, prices: {m: {input: 1, output: 2}}",
    ] {
        let yaml = format!("{{version: 1, name: x, datasets: [words], {rest}}}");
        let read = Tree::of(Path::new("x.yaml"), &yaml).and_then(|tree| Experiment::from_tree(tree, &[]));
        assert!(read.is_ok(), "{rest}: {}", read.err().unwrap());
        assert_eq!(faults(&yaml), Vec::<String>::new(), "{rest}");
    }
}
