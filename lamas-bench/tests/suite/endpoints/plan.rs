//! `plan`: what it says beforehand, without a key and without a call.

use super::support::{Lab, Server};

fn plan(lab: &Lab, more: &[&str]) -> String {
    plan_in(lab, "DIR/one", more)
}

fn plan_in(lab: &Lab, out: &str, more: &[&str]) -> String {
    let output = lab.run(&[&["plan", "DIR/live.yaml", "--out", out, "--threads", "2"], more].concat());
    assert!(output.status.success(), "{}", lab.said(&output));
    lab.plain(&output.stdout)
}

/// The mean in the `total` line under this heading.
fn total(text: &str, column: usize) -> f64 {
    let line = text.lines().find(|line| line.starts_with("total")).unwrap();
    let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    let mean = cells[column].split(' ').next().unwrap();
    let (figures, factor) = match mean.strip_suffix('k') {
        Some(figures) => (figures, 1e3),
        None => (mean, 1.0),
    };
    figures.parse::<f64>().unwrap() * factor
}

#[test]
fn calls_are_exact_for_fixed_graphs_and_nobody_is_asked() {
    let server = Server::well();
    let lab = Lab::new(&server.url(), ", key: {env: NO_SUCH_KEY}");
    let text = plan(&lab, &[]);
    assert!(text.starts_with("live: 8 cells, on m, at 1 USD per million tokens in and 1 out"), "{text}");
    assert_eq!((total(&text, 1), total(&text, 2)), (24.0, 24.0), "{text}");
    assert!(server.requests().is_empty());
    let short = plan(&lab, &["--set", "model=openai/gpt-4o-mini"]);
    assert!(short.contains("on gpt-4o-mini, at 0.15 USD per million tokens in and 0.6 out"), "{short}");
    let learned = plan(&lab, &["--set", "methods=[lamas]", "--set", "limit={train: 8, test: 4}"]);
    assert!(total(&learned, 2) > total(&learned, 1), "a graph takes several calls: {learned}");
    let unknown = lab.run(&["plan", "DIR/live.yaml", "--set", "model=openai/nobody-knows"]);
    assert!(
        lab.said(&unknown).starts_with("2 ") && lab.said(&unknown).contains("write `price:"),
        "{}",
        lab.said(&unknown)
    );
}

#[test]
fn limits_of_the_endpoint_set_the_time() {
    let lab = Lab::new("http://127.0.0.1:1/v1", ", requests_per_minute: 1");
    let text = plan(&lab, &[]);
    assert!(text.contains("The time is set by: requests per minute."), "{text}");
    // 24 calls at one a minute.
    assert!(text.lines().any(|line| line.starts_with("total") && line.ends_with("  24 min")), "{text}");
}

#[test]
fn what_the_store_holds_and_what_is_finished_is_told_and_what_was_recorded_is_believed() {
    let server = Server::well();
    let lab = Lab::new(&server.url(), "");
    let done = lab.sweep("one", &[]);
    assert!(done.status.success(), "{}", lab.said(&done));
    let text = plan(&lab, &[]);
    assert!(
        text.contains("8 cells, 8 of them finished") && text.contains("holds at least 24 of these calls"),
        "{text}"
    );
    assert_eq!(total(&text, 1), 0.0, "{text}");
    // In another folder nothing is finished, but everything is held; every answer has ten tokens.
    let fresh = plan_in(&lab, "DIR/two", &[]);
    assert_eq!((total(&fresh, 2), total(&fresh, 3), total(&fresh, 4)), (24.0, 480.0, 240.0), "{fresh}");
    assert!(fresh.contains("holds at least 24 of these calls already: 720 tokens"), "{fresh}");
    let poor = plan_in(&lab, "DIR/two", &["--set", "budget.usd=0.0001", "--set", "seeds=40"]);
    assert!(poor.contains("The budget of 0.0001 USD will probably be spent before the end."), "{poor}");
}
