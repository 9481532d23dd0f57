//! Clients that are slow, greedy, rude or broken: the server gives each its due and goes on.

use std::time::Duration;

use crate::serve_support::{Served, body, lines, logged, prompt, serve, settings};
use lamas_sim::serve::{Limits, ServerSettings};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than anything here takes, on a machine that is busy.
const LONG: Duration = Duration::from_secs(300);
/// Short, for limits that are to be met.
const SHORT: Duration = Duration::from_millis(200);

fn limited(limits: Limits) -> ServerSettings {
    ServerSettings { limits, ..settings() }
}

/// What comes until the server ends the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end too.
    let _ended = timeout(LONG, stream.read_to_end(&mut bytes)).await.expect("the connection ends");
    String::from_utf8(bytes).expect("answers are UTF-8")
}

fn head(length: usize) -> String {
    format!("POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n")
}

async fn is_well(served: &Served) {
    let answer = timeout(LONG, served.post(&body(&json!({"seed": 1})))).await.expect("the server answers");
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_head_that_never_ends_ends_the_connection() {
    let served = serve(limited(Limits { head: SHORT, ..Limits::default() })).await;
    for start in ["", "POST /v1/chat/completions HTTP/1.1\r\nhost: loc"] {
        let mut stream = served.connect().await;
        stream.write_all(start.as_bytes()).await.unwrap();
        assert!(!rest(&mut stream).await.contains("200 OK"));
    }
    // A client that sends a byte now and then gains nothing by it.
    let mut stream = served.connect().await;
    let (mut reading, mut writing) = stream.split();
    let mut byte = [0];
    let drip = async {
        while writing.write_all(b"x").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = timeout(LONG, reading.read(&mut byte)) => drop(ended.expect("the connection ends")),
        () = drip => {}
    }
    is_well(&served).await;
}

#[tokio::test]
async fn a_body_that_never_ends_is_answered_with_a_408() {
    let served = serve(limited(Limits { body: SHORT, ..Limits::default() })).await;
    let mut stream = served.connect().await;
    stream.write_all(format!("{}{{", head(100)).as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    let error: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert!(error["error"]["message"].as_str().unwrap().contains("did not come within 0.2 s"), "{error}");
    is_well(&served).await;
}

#[tokio::test]
async fn an_answer_that_nobody_reads_ends_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { unread: SHORT, ..Limits::default() };
    let served = serve(logged(limited(limits), folder.path())).await;
    let mut stream = served.connect().await;
    // Far more than the buffers of a socket hold.
    let request = body(&json!({"n": 128, "seed": 1})).to_string();
    let requests = format!("{}{request}", head(request.len())).repeat(400);
    let written = timeout(LONG, stream.write_all(requests.as_bytes())).await.expect("the connection ends");
    if written.is_ok() {
        // All was taken in; what is left of the answers does not come.
        tokio::time::sleep(3 * SHORT).await;
    }
    is_well(&served).await;
    drop(stream);
    let answered = lines(folder.path(), 1).await.len();
    assert!(answered < 400, "{answered} answers went nowhere");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_their_turn() {
    let served = serve(limited(Limits { connections: 2, head: SHORT, ..Limits::default() })).await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(served.connect().await);
    }
    // Those before it say nothing and are ended one after another.
    is_well(&served).await;
}

#[tokio::test]
async fn bodies_are_bounded_one_by_one_and_together() {
    let limits = Limits { body_bytes: 2000, all_bodies: 3000, ..Limits::default() };
    let served = serve(limited(limits)).await;
    let mut first = served.connect().await;
    first.write_all(format!("{}{}", head(1900), "x".repeat(1800)).as_bytes()).await.unwrap();
    let error = loop {
        // Until the first body is on its way in, there is room for the second.
        let reply = served.send("POST", "/v1/chat/completions", &"x".repeat(1900)).await;
        if reply.status != 400 {
            break reply.error();
        }
    };
    assert_eq!((error.0, error.1), (503, json!("server_error")));
    assert_eq!(served.send("POST", "/v1/chat/completions", &"x".repeat(2001)).await.error().0, 413);
    // One that only promises to be too large need not come.
    let mut promised = served.connect().await;
    promised.write_all(head(99_999_999_999_999).as_bytes()).await.unwrap();
    promised.shutdown().await.unwrap();
    let reply = rest(&mut promised).await;
    assert!(reply.starts_with("HTTP/1.1 413"), "{reply}");
    first.write_all("x".repeat(100).as_bytes()).await.unwrap();
    first.shutdown().await.unwrap();
    rest(&mut first).await;
    // Its room is free again.
    assert_eq!(served.send("POST", "/v1/chat/completions", &"x".repeat(1900)).await.error().0, 400);
    is_well(&served).await;
}

#[tokio::test]
async fn heads_are_bounded() {
    let served = serve(settings()).await;
    for head in [
        format!("GET /v1/models HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(1 << 20)),
        format!("GET /v1/models HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(100_000)),
        format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "y".repeat(1 << 20)),
    ] {
        let mut stream = served.connect().await;
        // The server may end the connection before it has read everything.
        let _written = timeout(LONG, stream.write_all(head.as_bytes())).await.expect("the connection ends");
        let answer = rest(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    is_well(&served).await;
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let served = serve(settings()).await;
    for junk in
        [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"\0\0\0\0\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    {
        let mut stream = served.connect().await;
        stream.write_all(junk).await.unwrap();
        assert!(!rest(&mut stream).await.contains("200 OK"));
    }
    let mut stream = served.connect().await;
    let chunked = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(format!("{chunked}zzz\r\n").as_bytes()).await.unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 400"));
    is_well(&served).await;
}

#[tokio::test]
async fn requests_may_follow_each_other_before_the_answers() {
    let served = serve(settings()).await;
    let mut stream = served.connect().await;
    let requests: String = (0..3)
        .map(|seed| {
            let request = body(&json!({"seed": seed})).to_string();
            format!("{}{request}", head(request.len()))
        })
        .collect();
    let last = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(format!("{requests}{last}").as_bytes()).await.unwrap();
    let answers = rest(&mut stream).await;
    let texts: Vec<usize> = (0..3)
        .map(|seed| {
            let text = json!(served.says(seed, 0, lamas_core::chat::Sampling::default())).to_string();
            answers.find(&text).expect("each is answered")
        })
        .collect();
    assert!(texts.is_sorted() && answers.ends_with("ok"));
}

#[tokio::test]
async fn a_client_that_hangs_up_half_way_harms_nobody() {
    let served = serve(settings()).await;
    let request = body(&json!({"seed": 1, "stream": true})).to_string();
    let whole = format!("{}{request}", head(request.len()));
    for cut in [1, 20, whole.len() - request.len() - 2, whole.len() - 3, whole.len()] {
        let mut stream = served.connect().await;
        stream.write_all(&whole.as_bytes()[..cut]).await.unwrap();
        stream.shutdown().await.unwrap();
        // The server may have seen the end before it answered, or not.
        rest(&mut stream).await;
        let mut stream = served.connect().await;
        stream.write_all(&whole.as_bytes()[..cut]).await.unwrap();
        stream.set_zero_linger().unwrap();
    }
    is_well(&served).await;
}

#[tokio::test]
async fn bodies_that_are_none_get_a_plain_error() {
    let served = serve(settings()).await;
    for text in [
        "",
        "null",
        "[]",
        "\"x\"",
        "{",
        "{}",
        "{\"model\"",
        "{\"model\": \"\\ud800\"}",
        "\u{feff}{}",
        "\u{feff}",
        r#"{"model": "gpt-4o-mini", "messages": "x"}"#,
        r#"{"model": "gpt-4o-mini", "messages": [1]}"#,
        r#"{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": {"a": 1}}]}"#,
        r#"{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "x"}], "n": 1e999}"#,
        r#"{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "x"}], "n": 1000000}"#,
        r#"{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "x"}], "temperature": -1e308}"#,
        &"[".repeat(1 << 20),
        &format!("{{\"model\": \"{}\", \"messages\": []}}", "m".repeat(1 << 20)),
    ] {
        let reply = served.send("POST", "/v1/chat/completions", text).await;
        let (status, kind, _, _) = reply.error();
        assert_eq!((status, kind), (400, json!("invalid_request_error")), "{text:.80}");
        assert!(reply.body.len() < 1000, "{}", reply.body);
    }
    is_well(&served).await;
}

#[tokio::test]
async fn long_texts_of_a_known_problem_are_worked_on_beside_the_others() {
    let served = serve(settings()).await;
    let asked = prompt(0, "Review this solution and improve it.");
    let texts = [
        format!("{asked}{}", "\\boxed{".repeat(200_000)),
        format!("{asked}{}", "Output:\n".repeat(100_000)),
        format!("{asked}{}", "A: one\nB: two\nWhich option do you choose?\n".repeat(30_000)),
        format!("{asked} ").repeat(10_000),
        format!("{asked}{}", "```".repeat(300_000)),
    ];
    for text in &texts {
        let request = body(&json!({"seed": 1, "messages": [{"role": "user", "content": text}]}));
        let reply = timeout(LONG, served.post(&request)).await.expect("it does not take for ever");
        assert_eq!(reply.status, 200);
    }
}
