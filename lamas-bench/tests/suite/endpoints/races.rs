//! Races against an endpoint: what is cancelled, what of it is kept, and how it is replayed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::support::{Lab, Server, half, models};

/// Answers every chat with half; every third one takes long.
fn slow_third() -> Server {
    let chats = AtomicUsize::new(0);
    Server::start(move |request| {
        if request.line.starts_with("GET ") {
            return models(&["m"]);
        }
        if chats.fetch_add(1, Ordering::Relaxed) % 3 == 1 {
            std::thread::sleep(Duration::from_millis(1500));
        }
        half(request)
    })
}

/// Three queries, one after another, each asked three times at once.
fn sweep(lab: &Lab, out: &str, race: &str, mode: &str) -> (bool, String) {
    let methods = format!("methods=[{{name: raced, steps: false, graph: [{{race: {{generate: 3}}, {race}}}]}}]");
    let mode = format!("store.mode={mode}");
    let set = ["--set", &methods, "--set", &mode, "--set", "seeds=1", "--set", "concurrency=1"];
    let output = lab.sweep(out, &set);
    (output.status.success(), lab.said(&output))
}

fn answers(lab: &Lab) -> String {
    let stats = lab.run(&["store", "--store", "DIR/store.sqlite", "stats", "--json"]);
    let stats: serde_json::Value = serde_json::from_slice(&stats.stdout).unwrap();
    stats["models"][0]["answers"].to_string()
}

/// A column of the only row of a run's results.
fn result(lab: &Lab, out: &str, column: &str) -> String {
    let text = lab.read(&format!("{out}/results.csv"));
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let (head, row) = (lines.next().unwrap(), lines.next().unwrap());
    row[head.iter().position(|name| *name == column).unwrap()].to_owned()
}

#[test]
fn a_race_is_replayed_without_the_answers_that_it_cancelled() {
    let server = slow_third();
    let lab = Lab::new(&server.url(), "");
    let (went_well, said) = sweep(&lab, "live", "until: {agree: 2}", "replay");
    assert!(went_well, "{said}");
    assert_eq!((server.asked(), answers(&lab).as_str()), (9, "6"), "a cancelled call is no answer");
    assert_ne!(result(&lab, "live", "deciders"), "", "{}", lab.read("live/results.csv"));

    let (went_well, said) = sweep(&lab, "strict", "until: {agree: 2}", "strict_replay");
    assert!(went_well, "{said}");
    for column in ["n", "unscored", "score", "cp_len", "deciders", "model_calls", "simulated"] {
        assert_eq!(result(&lab, "strict", column), result(&lab, "live", column), "{column}");
    }
    assert_eq!(result(&lab, "strict", "cancelled_usd"), "0.0", "what they had used is not kept");
    let (went_well, said) = sweep(&lab, "needed", "until: {first: 3}", "strict_replay");
    assert!(!went_well && said.contains("is recorded; record it with"), "{said}");

    // Whoever runs on is kept, so that every rule can be replayed.
    let (went_well, said) = sweep(&lab, "drained", "until: {agree: 2}, drain: true", "replay");
    assert!(went_well, "{said}");
    assert_eq!((answers(&lab).as_str(), result(&lab, "drained", "cancelled_usd").as_str()), ("9", "0.0"));
    let (went_well, said) = sweep(&lab, "all", "until: {first: 3}", "strict_replay");
    assert!(went_well, "{said}");
    assert_eq!(result(&lab, "all", "deciders"), "3.0");
}
