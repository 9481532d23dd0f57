//! Methods that could never run or answer on a problem set are refused, with file, line and key.

use std::path::Path;

use lamas_experiment::config::{Experiment, Tree};
use lamas_experiment::dataset::{DataFolders, Manifest, fit};

/// What is said of a method, which stands in line 5, on these problem sets; nothing where it can run.
fn said(datasets: &[&str], method: &str) -> String {
    let yaml = format!("version: 1\nname: x\ndatasets: [{}]\nmethods:\n  - {method}\n", datasets.join(", "));
    let folders = DataFolders::new(Some(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../data")));
    let manifests: Vec<Manifest> = datasets.iter().map(|name| folders.manifest(name).unwrap()).collect();
    let experiment = Tree::of(Path::new("x.yaml"), &yaml).and_then(|tree| Experiment::from_tree(tree, &[]));
    let checked = experiment.and_then(|experiment| fit::check(&experiment, &manifests.iter().collect::<Vec<_>>()));
    checked.map_or_else(|error| error.to_string(), |()| String::new())
}

fn graph(datasets: &[&str], graph: &str) -> String {
    said(datasets, &format!("{{name: m, steps: false, graph: {graph}}}"))
}

#[test]
fn case_an_operator_that_does_not_work_on_the_problems_is_refused() {
    let words = "take it out, or run the method on other problem sets";
    for (dataset, written, key, name) in [
        ("words", "[[generate], [test]]", "graph[1][0]", "test"),
        ("functions", "[[programmer]]", "graph[0][0]", "programmer"),
        ("words", "[{race: {generate: 1, test: 2}}]", "graph[0].race.test", "test"),
        (
            "functions",
            "[{race: {generate: 2, programmer: 2}, until: passes}]",
            "graph[0].race.programmer",
            "programmer",
        ),
        ("words", "[{race: {generate: 2}, until: {agree: 2}, then: [[test]]}]", "graph[0].then[0][0]", "test"),
        ("words", "[{id: a, run: generate}, {run: test, reads: [a]}]", "graph[1].run", "test"),
    ] {
        assert_eq!(
            graph(&[dataset], written),
            format!("x.yaml:5: methods[0].{key}: `{name}` does not work on the problems of `{dataset}`; {words}")
        );
    }
    // It is enough that one of the problem sets lacks it.
    assert!(graph(&["functions", "words"], "[[generate], [test]]").contains("problems of `words`"));
    assert_eq!(graph(&["functions"], "[[generate], [test]]"), "");
}

#[test]
fn case_graphs_that_never_answer_are_refused_where_they_begin() {
    for (written, key) in [
        ("[[sc_ensemble]]", "graph[0]"),
        ("[[vote], [generate]]", "graph[0]"),
        ("[[early_stop], {race: {generate: 2}}]", "graph[0]"),
        ("[[check]]", "graph[0]"),
        ("[[test]]", "graph[0]"),
        ("[{race: {sc_ensemble: 2}}]", "graph[0]"),
        ("[{race: {early_stop: 2}}]", "graph[0]"),
        ("[{race: {self_refine: 2}}]", "graph[0]"),
        ("[{id: a, run: generate}, {run: self_refine}]", "graph[1]"),
    ] {
        let said = graph(&["functions"], written);
        let place = format!("x.yaml:5: methods[0].{key}: has nothing to work on, so that no query would get an answer");
        assert!(said.starts_with(&place), "{written}: {said}");
        assert!(said.contains("(`generate`, `generate_cot`, `multi_generate_cot`)"), "{said}");
    }
    assert_eq!(graph(&["functions"], "[[self_refine, generate], [vote]]"), "");
    let handful = said(&["words"], "{name: m, like: knn, route: {graphs: [[[generate]], [[vote]]]}}");
    assert!(handful.is_empty(), "the problem set's own last step answers: {handful}");
    let handful = said(&["words"], "{name: m, steps: false, like: knn, route: {graphs: [[[generate]], [[vote]]]}}");
    assert!(handful.starts_with("x.yaml:5: methods[0].route.graphs[1][0]: has nothing"), "{handful}");
}

#[test]
fn case_a_handful_needs_one_graph_that_works_on_the_problems() {
    let search =
        |graphs: &str| said(&["functions"], &format!("{{name: m, like: static_graph, search: {{graphs: {graphs}}}}}"));
    assert_eq!(search("[[[programmer]], [[generate]]]"), "");
    let none = search("[[[programmer]]]");
    assert!(none.starts_with("x.yaml:5: methods[0].search.graphs: is 1 graph, but needs at least one"), "{none}");
}

#[test]
fn case_a_fallback_that_cannot_answer_is_refused() {
    let own = |name: &str| said(&["words"], &format!("{{name: m, like: lamas, set: {{fallback: {name}}}}}"));
    assert_eq!(
        own("genrate"),
        "x.yaml:5: methods[0].set.fallback: `genrate` is no operator that generates, did you mean `generate`?"
    );
    assert!(
        own("early_stop").starts_with("x.yaml:5: methods[0].set.fallback: `early_stop` is no operator that generates")
    );
    assert_eq!(own("programmer"), "");
    let code = |entry: &str| said(&["functions"], entry);
    let refused = code("{name: m, like: lamas, set: {fallback: programmer}}");
    assert!(refused.starts_with("x.yaml:5: methods[0].set.fallback: is `programmer`, but must be"), "{refused}");
    // What stands under `controller` is told there.
    let refused = code("lamas\ncontroller:\n  fallback: programmer");
    assert!(refused.starts_with("x.yaml:7: controller.fallback: is `programmer`, but must be"), "{refused}");
    let refused = code("generate\ncontroller:\n  fallback: test");
    assert!(refused.starts_with("x.yaml:7: controller.fallback: `test` is no operator that generates"), "{refused}");
    let raising = code("generate\ncontroller: {released: {raising: [tst]}}");
    assert_eq!(raising, "x.yaml:6: controller.released.raising[0]: unknown operator `tst`, did you mean `test`?");
}

#[test]
fn case_waiting_for_a_program_that_passes_needs_programs() {
    let race = "[{race: {generate: 3}, until: passes}]";
    let refused = graph(&["words"], race);
    assert!(refused.starts_with("x.yaml:5: methods[0].graph[0].until: `passes` waits for a program"), "{refused}");
    let later =
        graph(&["words"], "[{race: {generate: 2}, until: {agree: 2}, then: [{race: {generate: 1}, until: passes}]}]");
    assert!(later.starts_with("x.yaml:5: methods[0].graph[0].then[0].until: `passes`"), "{later}");
    // Where one problem set has programs, all may run it: in maths it waits for all.
    assert_eq!(graph(&["functions"], race), "");
    assert_eq!(graph(&["words", "functions"], race), "");
}

#[test]
fn the_projects_own_experiments_fit_their_problem_sets() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = DataFolders::new(Some(&root.join("data")));
    let mut checked = 0;
    for entry in std::fs::read_dir(root.join("experiments")).unwrap() {
        let path = entry.unwrap().path();
        // Plans of several experiments stand there too.
        let Ok(experiment) = Experiment::load(&path, &[]) else { continue };
        let manifests: Vec<Manifest> =
            experiment.draft.datasets.iter().map(|name| folders.manifest(name).unwrap()).collect();
        fit::check(&experiment, &manifests.iter().collect::<Vec<_>>()).unwrap();
        checked += 1;
    }
    assert!(checked > 10, "{checked}");
}
