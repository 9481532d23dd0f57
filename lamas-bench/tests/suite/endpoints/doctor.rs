//! `doctor`: what it says of servers that are well and of servers that are not.

use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::support::{Lab, Server, half, json, models, refusal};

/// The lines about the endpoint, without what differs from run to run.
fn endpoint(lab: &Lab, server: &Server, output: &Output) -> String {
    let text = lab.plain(&output.stdout).replace(&server.url(), "URL");
    let about = ["endpoint", "key", "model", "call", "streaming", "usage"];
    let lines = text.lines().filter(|line| line.split_whitespace().nth(1).is_some_and(|what| about.contains(&what)));
    let seconds = regex::Regex::new(r"\d+\.\d+ s").unwrap();
    let lines: Vec<String> = lines.map(|line| seconds.replace_all(line, "SECONDS").into_owned()).collect();
    format!("{}\n{}", output.status.code().unwrap(), lines.join("\n"))
}

fn examine(server: &Server, model: &str, more: &[&str]) -> String {
    let lab = Lab::new(&server.url(), model);
    let output = lab.run(&[&["doctor", "DIR/live.yaml"], more].concat());
    endpoint(&lab, server, &output)
}

#[test]
fn a_server_that_is_well_passes_every_check() {
    let server = Server::well();
    insta::assert_snapshot!(examine(&server, ", key: {env: LAMAS_TEST_KEY}", &[]), @r"
    0
    ok      endpoint    URL answers
    ok      key         the environment variable LAMAS_TEST_KEY is accepted
    ok      model       `m` is in the server's list
    ok      call        20 tokens in, 10 out, SECONDS
    ok      streaming   first token after SECONDS
    ok      usage       the server says how many tokens it used
    ");
    assert!(
        server.requests().iter().all(|request| request.head.contains("Bearer ") || request.head.contains("bearer "))
    );
    insta::assert_snapshot!(examine(&server, "", &["--set", "model.openai.stream=false"]), @r"
    0
    ok      endpoint    URL answers
    ok      key         none is needed
    ok      model       `m` is in the server's list
    ok      call        20 tokens in, 10 out, SECONDS
    ok      usage       the server says how many tokens it used
    ");
}

#[test]
fn each_failure_is_named_with_what_to_do() {
    let well = Server::well();
    insta::assert_snapshot!(examine(&well, ", key: {env: NO_SUCH_KEY}", &[]), @r"
    4
    failed  key         the key is to come from environment variable NO_SUCH_KEY, but it is not set; set it, or name another place under `key`
    ");

    let refuses = Server::start(|_| refusal());
    insta::assert_snapshot!(examine(&refuses, ", key: {env: LAMAS_TEST_KEY}", &[]), @r"
    4
    ok      endpoint    URL answers
    failed  key         the server refuses the key (environment variable LAMAS_TEST_KEY); check that it is complete and still valid (HTTP 401: Incorrect API key provided)
    ");

    let lab = Lab::new("http://127.0.0.1:1/v1", "");
    let down = lab.run(&["doctor", "DIR/live.yaml"]);
    assert_eq!(down.status.code(), Some(4));
    assert!(
        lab.plain(&down.stdout).contains("failed  endpoint    http://127.0.0.1:1/v1: no connection"),
        "{}",
        lab.plain(&down.stdout)
    );
    assert!(lab.plain(&down.stdout).contains("start the server, or correct `base_url`"));

    let unknown = Server::start(|request| {
        let gone = r#"{"error": {"message": "The model `m` does not exist", "code": "model_not_found"}}"#;
        if request.line.starts_with("GET ") { models(&["mm", "other"]) } else { json("404 Not Found", gone) }
    });
    insta::assert_snapshot!(examine(&unknown, "", &[]), @r"
    4
    ok      endpoint    URL answers
    failed  model       `m` is not in the server's list; it has mm, other
    failed  call        no such model or path; check `name` and `base_url` (HTTP 404: The model `m` does not exist)
    ");

    let whole = Server::start(|request| {
        let body = r#"{"choices": [{"finish_reason": "stop", "message": {"content": "OK"}}]}"#;
        if request.line.starts_with("GET ") || request.asks_for_a_stream() {
            json("404 Not Found", "")
        } else {
            json("200 OK", body)
        }
    });
    insta::assert_snapshot!(examine(&whole, "", &["--set", "model.openai.stream=false"]), @r"
    0
    ok      endpoint    URL answers
    ok      key         none is needed
    note    model       `m` answers; the server has no list of models
    ok      call        10 tokens in, 1 out, SECONDS
    note    usage       the server does not say; tokens are counted here, without what it hides
    ");

    let broke = Server::start(|request| {
        let quota = r#"{"error": {"message": "You exceeded your current quota", "type": "insufficient_quota"}}"#;
        if request.line.starts_with("GET ") { models(&["m"]) } else { json("429 Too Many Requests", quota) }
    });
    insta::assert_snapshot!(examine(&broke, "", &[]), @r"
    4
    ok      endpoint    URL answers
    ok      model       `m` is in the server's list
    failed  call        the quota of the key (none was given) is used up; add credit or use another key (HTTP 429: You exceeded your current quota)
    ");

    let nameless =
        Server::start(|request| if request.line.starts_with("GET ") { models(&["model.gguf"]) } else { half(request) });
    insta::assert_snapshot!(examine(&nameless, "", &[]), @r"
    0
    ok      endpoint    URL answers
    ok      key         none is needed
    note    model       `m` is not in the server's list; it has model.gguf; it answers nevertheless
    ok      call        20 tokens in, 10 out, SECONDS
    ok      streaming   first token after SECONDS
    ok      usage       the server says how many tokens it used
    ");
}

#[test]
fn case_a_server_that_loads_its_model_is_waited_for() {
    let (listed, asked) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let server = Server::start(move |request| {
        let is_list = request.line.starts_with("GET ");
        let counter = if is_list { &listed } else { &asked };
        // As llama.cpp says it.
        let loading = r#"{"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}"#;
        match counter.fetch_add(1, Ordering::SeqCst) {
            0 => json("503 Service Unavailable", loading),
            _ if is_list => models(&["m"]),
            _ => half(request),
        }
    });
    let lab = Lab::new(&server.url(), "");
    let output = lab.run(&["doctor", "DIR/live.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", lab.said(&output));
    let waited = lab.plain(&output.stderr);
    assert!(waited.contains("loads its model: waiting up to 600 s"), "{waited}");
    assert_eq!(server.asked(), 2);
    // Another 503 is told at once, in the server's words.
    let busy = Server::start(|_| json("503 Service Unavailable", r#"{"error": "all workers are busy"}"#));
    let lab = Lab::new(&busy.url(), "");
    let output = lab.run(&["doctor", "DIR/live.yaml"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(lab.plain(&output.stdout).contains("HTTP 503: all workers are busy"), "{}", lab.plain(&output.stdout));
}

#[test]
fn surroundings_are_checked_before_the_endpoint() {
    let server = Server::well();
    let lab = Lab::new(&server.url(), "");
    let shown = |more: &[&str]| {
        let output = lab.run(&[&["doctor", "DIR/live.yaml"], more].concat());
        (output.status.code().unwrap(), lab.plain(&output.stdout))
    };
    let (code, text) = shown(&["--set", "datasets=[words, gsm8k]", "--set", "sandbox.python=/nowhere/python3"]);
    assert_eq!(code, 4);
    assert!(text.contains("ok      data        words: 1 row to train, 3 to test"), "{text}");
    assert!(text.contains("failed  data        gsm8k_test.jsonl is missing"), "{text}");
    assert!(text.contains("failed  python") && text.contains("/nowhere/python3"), "{text}");
    let (_, text) = shown(&["--set", "model.openai.price=null"]);
    assert!(text.contains("failed  price       the model cannot be used: what `m` costs is not known"), "{text}");
    let (_, text) = shown(&["--set", "model.openai.price=null", "--set", "prices={m: {input: 1, output: 2}}"]);
    assert!(text.contains("ok      price       1 USD per million tokens in, 2 out"), "{text}");
    let (_, text) = shown(&["--set", "store.mode=strict_replay"]);
    assert!(text.contains("failed  store") && text.contains("no such store"), "{text}");
    assert!(text.contains("note    endpoint    nobody is asked: only what is recorded is answered"), "{text}");
    let (code, text) = shown(&["--set", "model=simulated"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("simulated as gpt-4o-mini: nobody is called"), "{text}");
}
