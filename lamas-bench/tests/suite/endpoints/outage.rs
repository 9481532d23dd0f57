//! A server that goes away and comes back, and one that cannot answer a single question.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lamas_record::parquet::read_parquet;
use polars::prelude::DataFrame;

use super::support::{Lab, Reply, Request, Server, half, json, models};

/// Short pauses: the attempts of a call are used up in a second.
const SHORT: [&str; 2] = ["--set", "model.openai.retries.first=0.002"];

fn episodes(lab: &Lab, run: &str) -> DataFrame {
    read_parquet(&lab.path(run).join("episodes.parquet")).unwrap().drop_many(SECONDS)
}

/// What no two live runs share.
const SECONDS: [&str; 3] = ["latency_s", "waiting_s", "measured_tool_s"];

/// The start of the third query.
const EVIL: &str = "Ngozi is reading";

fn broken() -> Reply {
    json("502 Bad Gateway", r#"{"error": {"message": "no upstream"}}"#)
}

/// A server that answers so many chats and then none until it is mended.
fn fails_after(answers: usize) -> (Server, Arc<AtomicUsize>) {
    let left = Arc::new(AtomicUsize::new(answers));
    let own = Arc::clone(&left);
    let server = Server::start(move |request: &Request| {
        if request.line.starts_with("GET ") {
            return models(&["m"]);
        }
        match own.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => half(request),
            Err(_) => broken(),
        }
    });
    (server, left)
}

#[test]
fn case_an_outage_is_no_result_and_the_next_start_asks_again() {
    let well = Server::well();
    let undisturbed = Lab::new(&well.url(), "");
    assert!(undisturbed.sweep("one", &[]).status.success());

    for store in [&[][..], &["--set", "store.mode=off"]] {
        let (server, left) = fails_after(9);
        let lab = Lab::new(&server.url(), "");
        let out = lab.sweep("one", &[&SHORT[..], store].concat());
        let said = lab.said(&out);
        assert!(said.starts_with("5 ") && said.contains("HTTP 502: no upstream"), "{said}");
        assert!(said.contains("the same command goes on once it is back"), "{said}");
        assert!(!lab.path("one/episodes.parquet").exists());
        // Still away: nothing gets lost.
        assert_eq!(lab.sweep("one", &[&SHORT[..], store].concat()).status.code(), Some(5));
        left.store(usize::MAX, Ordering::SeqCst);
        let out = lab.sweep("one", &[&SHORT[..], store].concat());
        assert!(out.status.success(), "{}", lab.said(&out));
        assert_eq!(episodes(&lab, "one").column("score").unwrap().null_count(), 0, "no episode is unscored");
        assert!(episodes(&lab, "one").equals_missing(&episodes(&undisturbed, "one")));
    }
}

#[test]
fn case_nobody_at_the_address_is_said_before_the_first_cell() {
    // A port that nobody listens at.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let lab = Lab::new(&format!("http://127.0.0.1:{port}/v1"), "");
    // Attempts with their pauses would take minutes.
    let said = lab.said(&lab.sweep("one", &["--set", "model.openai.retries.first=60"]));
    assert!(
        said.starts_with("5 ") && said.contains(&format!("nobody answers at http://127.0.0.1:{port}/v1")),
        "{said}"
    );
    assert!(said.contains("start the server, or correct `base_url`"), "{said}");
}

#[test]
fn a_server_that_lists_no_models_and_one_of_two_endpoints_will_do() {
    let server = Server::start(|request| match request.line.starts_with("GET ") {
        true => json("500 Internal Server Error", "{}"),
        false => half(request),
    });
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let lab = Lab::new(&server.url(), "");
    let two = format!(
        "model.openai.endpoints=[{{base_url: \"http://127.0.0.1:{port}/v1\"}}, {{base_url: \"{}\"}}]",
        server.url()
    );
    let out = lab.sweep("one", &["--set", &two]);
    assert!(out.status.success(), "{}", lab.said(&out));
    assert_eq!(episodes(&lab, "one").column("score").unwrap().null_count(), 0);
}

#[test]
fn case_a_question_that_no_server_answers_is_unscored_and_stays_so() {
    for (status, body, asked_again) in [
        ("500 Internal Server Error", r#"{"error": {"message": "it crashed"}}"#, true),
        (
            "400 Bad Request",
            r#"{"error": {"message": "maximum context length", "code": "context_length_exceeded"}}"#,
            false,
        ),
        ("400 Bad Request", r#"{"error": {"message": "filtered", "code": "content_filter"}}"#, false),
    ] {
        let server = Server::start(move |request| {
            let evil = request.body.contains("Say OK.") || !request.body.contains(EVIL);
            match (request.line.starts_with("GET "), evil) {
                (true, _) => models(&["m"]),
                (false, true) => half(request),
                (false, false) => json(status, body),
            }
        });
        let lab = Lab::new(&server.url(), "");
        let out = lab.sweep("one", &SHORT);
        assert!(out.status.success(), "{}", lab.said(&out));
        let episodes = episodes(&lab, "one");
        // One of three queries, under four seeds and two methods.
        assert_eq!(episodes.column("score").unwrap().null_count(), 8, "{status}");
        let asked = server.requests().iter().filter(|request| request.body.contains(EVIL)).count();
        assert_eq!(asked > 8, asked_again, "{asked}");
        // The tiny question is paid as well.
        let answers = server
            .requests()
            .iter()
            .filter(|request| request.line.starts_with("POST ") && !request.body.contains(EVIL))
            .count();
        let spending = lab.read("one/spending.csv");
        assert_eq!(
            spending.lines().filter(|line| line.contains(",20,10,") && line.ends_with(",answered,told")).count(),
            answers
        );
        assert_eq!(answers > 16, asked_again, "{answers}");
        assert!(lab.sweep("one", &SHORT).status.success());
        let after = server.requests().iter().filter(|request| request.body.contains(EVIL)).count();
        assert_eq!(after, asked, "what was refused is not asked again");
    }
}

#[test]
fn case_what_a_call_lost_before_the_server_was_looked_at_is_in_its_cost() {
    // The streams of one question are always cut.
    let server = Server::start(|request| {
        if request.line.starts_with("GET ") {
            return models(&["m"]);
        }
        let reply = half(request);
        match request.body.contains(EVIL) {
            true => Reply { body: reply.body.split_inclusive("\n\n").next().unwrap().to_owned(), ..reply },
            false => reply,
        }
    });
    let lab = Lab::new(&server.url(), "");
    let out = lab.sweep("one", &[&SHORT[..], &["--set", "model.openai.retries.most=1"]].concat());
    assert!(out.status.success(), "{}", lab.said(&out));
    let spending = lab.read("one/spending.csv");
    let failed: Vec<&str> = spending.lines().filter(|line| line.contains(",failed,")).collect();
    // Two rounds of two attempts for each of eight episodes.
    assert_eq!(failed.len(), 32);
    let tokens = |line: &&str| line.split(',').skip(1).take(2).map(|count| count.parse::<u64>().unwrap()).sum::<u64>();
    let lost = read_parquet(&lab.path("one/episodes.parquet")).unwrap();
    let lost = lost.column("lost_tokens").unwrap().cast(&polars::prelude::DataType::UInt64).unwrap();
    assert_eq!(lost.u64().unwrap().iter().flatten().sum::<u64>(), failed.iter().map(tokens).sum::<u64>());
}
