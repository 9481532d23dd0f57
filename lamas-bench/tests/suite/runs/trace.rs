//! `trace`: single episodes of a run for a viewer of traces.

use std::collections::BTreeSet;
use std::process::Output;

use serde_json::Value;

use super::support::Bench;

fn trace(bench: &Bench, more: &[&str]) -> Output {
    let [run, out] = ["one", "out.json"].map(|name| bench.path(name));
    bench.run(&[&["trace", run.to_str().unwrap(), "--out", out.to_str().unwrap()], more].concat())
}

/// The episodes in the file, by name.
fn episodes(bench: &Bench) -> Vec<String> {
    let file: Value = serde_json::from_str(&bench.read("out.json")).unwrap();
    let events = file["traceEvents"].as_array().unwrap();
    let names = events.iter().filter(|event| event["name"] == "process_name");
    let named: Vec<(u64, String)> = names
        .map(|event| (event["pid"].as_u64().unwrap(), event["args"]["name"].as_str().unwrap().to_owned()))
        .collect();
    // Every event belongs to an episode, and every episode has calls.
    let with = |phase: &str| -> BTreeSet<u64> {
        let events = events.iter().filter(|event| event["ph"] == phase);
        events.map(|event| event["pid"].as_u64().unwrap()).collect()
    };
    let processes: BTreeSet<u64> = named.iter().map(|(pid, _)| *pid).collect();
    assert_eq!(with("X"), processes);
    assert!(with("s").is_subset(&processes) && with("s") == with("f"));
    named.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn single_episodes_of_a_run_are_written_for_a_viewer() {
    let bench = Bench::new();
    bench.swept("one");
    let written = trace(&bench, &[]);
    assert!(written.status.success(), "{}", bench.said(&written));
    let said = String::from_utf8_lossy(&written.stdout).into_owned();
    assert!(said.starts_with("2 episodes in ") && said.contains("ui.perfetto.dev"), "{said}");
    let (generate, lamas) = ("sums/4: Generate, seed 1", "sums/4: LAMaS, λ_t = 1e-3, seed 1");
    assert_eq!(episodes(&bench), [generate, lamas]);
    let chosen = trace(&bench, &["--method", "lamas", "--lambda-t", "0.001", "--problem", "sums/4", "--seed", "1"]);
    assert!(chosen.status.success(), "{}", bench.said(&chosen));
    assert_eq!(episodes(&bench), [lamas]);
}

#[test]
fn case_an_episode_that_is_not_there_is_refused_with_what_is() {
    let bench = Bench::new();
    bench.swept("one");
    let said = |more: &[&str]| bench.said(&trace(&bench, more));
    insta::assert_snapshot!(said(&["--method", "lamsa"]), @"2 error: --method lamsa: no episode of the run with a whole trace is of that, did you mean `lamas`?");
    insta::assert_snapshot!(said(&["--problem", "sums/7"]), @"2 error: --problem sums/7: no episode of the run with a whole trace is of that, did you mean `sums/4`?");
    insta::assert_snapshot!(said(&["--lambda-t", "0.5"]), @"2 error: --lambda-t 5e-1: no episode of the run with a whole trace is of that; there are `1e-3`");
    insta::assert_snapshot!(said(&["--method", "generate", "--lambda-t", "0.001"]), @"2 error: DIR/one: no episode of the run is all of this; leave an option out");
    let traces = bench.path("one/cells/sums.generate.s1/traces.json");
    let onto = bench.run(&["trace", bench.path("one").to_str().unwrap(), "--out", traces.to_str().unwrap()]);
    assert_eq!(onto.status.code(), Some(2), "{}", bench.said(&onto));
}
