use super::*;
use crate::Graph;

fn graph(yaml: &str) -> Graph {
    serde_yaml::from_str(yaml).unwrap()
}

fn fault(yaml: &str) -> String {
    graph(yaml).check("graph").unwrap_err().to_string()
}

#[test]
fn a_graph_comes_back_as_it_was_written_in_yaml_and_json() {
    for yaml in [
        "[[generate, generate_cot], [sc_ensemble]]",
        "[{race: {generate_cot: 5, generate: 2}, until: {agree: 2}}, [self_refine]]",
        "[{race: {generate_cot: 3}, until: unbeatable, then: [{race: {generate_cot: 3}, until: {beta: 0.5}, afresh: true}, [vote]], drain: true}]",
        "[{race: {generate: 4}, until: passes}, {race: {generate: 2}, until: {first: 1}, each: [test]}]",
        "[{race: {generate: 2}, until: all}]",
    ] {
        let read = graph(yaml);
        assert_eq!(read.check("graph"), Ok(()), "{yaml}");
        let written = serde_yaml::to_value(&read).unwrap();
        assert_eq!(written, serde_yaml::from_str::<serde_yaml::Value>(yaml).unwrap(), "{yaml}");
        let json = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<Graph>(&json).unwrap(), read, "{json}");
    }
}

#[test]
fn a_graph_reads_as_one_line() {
    let said = |yaml: &str| graph(yaml).to_string();
    assert_eq!(said("[[generate, generate_cot], [sc_ensemble]]"), "generate + generate_cot > sc_ensemble");
    let waves = "[{race: {generate_cot: 2}, until: {agree: 2}, then: [{race: {generate_cot: 6}, until: {agree: 2}}]}, [self_refine]]";
    assert_eq!(said(waves), "generate_cot*2 until 2 agree, else generate_cot*6 until 2 agree > self_refine");
    assert_eq!(said("[{race: {generate: 4}, until: passes}]"), "generate*4 each check until one passes");
    assert_eq!(
        said("[{race: {generate_cot: 5, generate: 1}, until: {first: 3}, drain: true}]"),
        "generate_cot*5 + generate until the first 3 (the others run on)"
    );
}

#[test]
fn the_executor_gets_what_is_written() {
    let races = graph("[{race: {generate: 4}, until: passes, then: [[self_refine], [vote]]}, [test]]").races();
    let [race, layer] = races.as_slice() else { panic!("{races:?}") };
    assert!(layer.is_layer() && !race.is_layer() && !race.strict);
    assert_eq!((race.names().count(), race.each.as_slice(), race.then.len()), (4, &["check".into()][..], 2));
    assert!(race.then.iter().all(Race::is_layer));
}

#[test]
fn a_race_that_can_never_be_decided_is_refused_where_it_stands() {
    assert_eq!(
        fault("[[generate], {race: {generate_cot: 2}, until: {agree: 3}}]"),
        "graph[1].until: asks for 3 answers, but 2 is the most that come"
    );
    assert_eq!(
        fault("[{race: {generate: 2}, until: {beta: 0.99}}]"),
        "graph[0].until: asks for 0.99, but 2 answers that all agree give 0.8750"
    );
    assert_eq!(
        fault("[{race: {}, until: {first: 1}}]"),
        "graph[0].race: needs at least one operator, such as {generate_cot: 5}"
    );
    // A second wave counts the answers of the first, unless it begins afresh.
    let waves = |afresh: bool| {
        format!(
            "[{{race: {{generate: 2}}, until: {{agree: 2}}, then: [{{race: {{generate: 1}}, until: {{agree: 3}}, afresh: {afresh}}}]}}]"
        )
    };
    assert_eq!(graph(&waves(false)).check("graph"), Ok(()));
    assert_eq!(fault(&waves(true)), "graph[0].then[0].until: asks for 3 answers, but 1 is the most that come");
}

#[test]
fn what_would_mean_nothing_is_refused() {
    assert_eq!(fault("[]"), "graph: needs at least one layer, such as [generate]");
    assert_eq!(fault("[[generate], []]"), "graph[1]: a layer needs at least one operator");
    assert_eq!(
        fault("[{race: {generate: 2}, until: {agree: 2}, then: [[]]}]"),
        "graph[0].then[0]: a layer needs at least one operator"
    );
    assert_eq!(
        fault("[{race: {generate: 2}, until: {agree: 2}, afresh: true}]"),
        "graph[0].afresh: says something of a race under `then` only; remove it"
    );
    for key in ["then: [[vote]]", "drain: true"] {
        let name = key.split(':').next().unwrap();
        assert_eq!(
            fault(&format!("[{{race: {{generate: 2}}, {key}}}]")),
            format!("graph[0].{name}: never comes to it, since a race without another `until` waits for all")
        );
    }
}

#[test]
fn every_named_operator_has_its_key_and_every_start_counts() {
    let graph = graph(
        "[[generate], {race: {generate_cot: 3, programmer: 1}, until: {agree: 2}, each: [check], then: [[vote]]}]",
    );
    let keys: Vec<String> = graph.named("graph").into_iter().map(|(key, _)| key).collect();
    assert_eq!(
        keys,
        [
            "graph[0][0]",
            "graph[1].race.generate_cot",
            "graph[1].race.programmer",
            "graph[1].each[0]",
            "graph[1].then[0][0]"
        ]
    );
    assert_eq!(graph.limit("graph").size, 1 + 4 * 2 + 1);
    let many = "[{race: {generate: 4000000000, generate_cot: 4000000000}, until: {agree: 2}}]";
    assert!(serde_yaml::from_str::<Graph>(many).unwrap().limit("graph").fault().is_some());
}

#[test]
fn a_graph_of_nodes_comes_back_as_it_was_written_and_names_what_each_reads() {
    let yaml = "[{id: a, run: generate_cot}, {id: b, run: {race: {generate: 3}, until: {agree: 2}}}, {run: [self_refine, test], reads: [b]}, {run: sc_ensemble, reads: [a, b]}]";
    let read = graph(yaml);
    assert_eq!(read.check("graph"), Ok(()));
    assert_eq!(serde_yaml::to_value(&read).unwrap(), serde_yaml::from_str::<serde_yaml::Value>(yaml).unwrap());
    assert_eq!(serde_json::from_str::<Graph>(&serde_json::to_string(&read).unwrap()).unwrap(), read);
    assert_eq!(
        read.to_string(),
        "a: generate_cot; b: generate*3 until 2 agree; self_refine + test reads b; sc_ensemble reads a and b"
    );
    assert!(read.has_race() && read.contest().is_none());
    assert_eq!(read.limit("graph").size, 1 + 3 + 2 + 1);
    let keys: Vec<String> = read.named("graph").into_iter().map(|(key, _)| key).collect();
    let expected = ["graph[0].run", "graph[1].run.race.generate", "graph[2].run[0]", "graph[2].run[1]", "graph[3].run"];
    assert_eq!(keys, expected);
}

#[test]
fn nodes_that_cannot_read_what_they_name_are_refused_where_they_stand() {
    assert_eq!(
        fault("[{id: one, run: generate}, {run: sc_ensemble, reads: [ome]}]"),
        "graph[1].reads[0]: no node before this one has the id `ome`, did you mean `one`?"
    );
    // Nor itself, nor one behind it.
    assert_eq!(
        fault("[{id: a, run: generate, reads: [a]}]"),
        "graph[0].reads[0]: no node before this one has the id `a`"
    );
    assert_eq!(
        fault("[{id: a, run: generate}, {id: a, run: test}]"),
        "graph[1].id: another node has the id `a` already; give this one its own"
    );
    assert_eq!(
        fault("[[generate], {run: sc_ensemble}]"),
        "graph[1]: a graph has either layers or nodes; write all of them as {run: .., reads: [..]}, or none"
    );
    assert_eq!(fault("[{run: []}]"), "graph[0].run: a layer needs at least one operator");
    assert_eq!(
        fault("[{run: {race: {generate: 2}, until: {agree: 3}}}]"),
        "graph[0].run.until: asks for 3 answers, but 2 is the most that come"
    );
    // Layers within a race are no nodes.
    assert!(serde_yaml::from_str::<Graph>("[{race: {generate: 2}, until: {agree: 2}, then: [{run: vote}]}]").is_err());
}
