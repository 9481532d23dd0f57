//! Sweeps against an endpoint.

use super::support::{Lab, Server, refusal};

#[test]
fn an_endpoint_is_asked_once_for_each_sample_and_its_results_are_not_called_simulated() {
    let server = Server::well();
    let lab = Lab::new(&server.url(), "");
    let first = lab.sweep("one", &[]);
    assert!(first.status.success(), "{}", lab.said(&first));
    // Three queries, four seeds, two methods of one call each.
    assert_eq!(server.asked(), 24);
    let results = lab.read("one/results.csv");
    assert_eq!(results.lines().count(), 9);
    assert!(
        results.lines().skip(1).all(|line| line.ends_with(",false") && line.contains(",3,0,0.0,10.0,")),
        "{results}"
    );
    assert!(!lab.plain(&first.stdout).contains("simulated"));
    assert!(lab.said(&first).contains("paid so far: 0.0007 USD for 24 calls, 720 tokens"), "{}", lab.said(&first));

    // Another run over the same store pays for nothing.
    let again = lab.sweep("two", &[]);
    assert!(again.status.success(), "{}", lab.said(&again));
    assert_eq!(server.asked(), 24);
    assert!(!lab.said(&again).contains("paid"));
    let answers = |run: &str| {
        let table = lamas_record::parquet::read_parquet(&lab.path(run).join("episodes.parquet")).unwrap();
        table.drop_many(["measured_tool_s", "waiting_s"])
    };
    assert!(answers("one").equals_missing(&answers("two")), "recorded answers and latencies are those of the live run");

    // So does a strict replay, for which there need not be a server at all.
    let gone =
        format!("model.openai.endpoints=[{{base_url: \"{}\", key: {{env: NO_SUCH_KEY}}}}]", "http://127.0.0.1:1");
    let strict = lab.sweep("three", &["--set", "store.mode=strict_replay", "--set", &gone]);
    assert!(strict.status.success(), "{}", lab.said(&strict));
    assert!(answers("one").equals_missing(&answers("three")));
}

#[test]
fn a_key_that_is_refused_ends_the_run_with_that_message_whatever_other_cells_say() {
    let server = Server::start(|_| refusal());
    let lab = Lab::new(&server.url(), "");
    let refused = lab.sweep("one", &[]);
    let message = lab.said(&refused);
    assert!(message.starts_with("5 "), "{message}");
    assert!(message.contains("the model cannot be used") && !message.contains("interrupted"), "{message}");
}
