//! Faults, and that answers are the same with them and without.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::serve_support::{at_rates, body, lines, logged, prompt, scripted, serve, settings};
use futures::future::join_all;
use lamas_core::chat::{ChatModel, ChatRequest, Message, SampleIndex, Sampling};
use lamas_core::units::Seconds;
use lamas_sim::serve::{ServerSettings, Speed};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

const EVERY: [&str; 7] = ["429=0.1", "500=0.05", "503=0.05", "reset=0.05", "cut=0.05", "malformed=0.05", "empty=0.05"];

/// Three samples and two ways of asking for each of some problems.
fn requests(problems: usize) -> Vec<ChatRequest> {
    let mut requests = Vec::new();
    for problem in 0..problems {
        for instruction in ["Think step by step.", "Answer directly."] {
            for ordinal in 0..3 {
                requests.push(ChatRequest {
                    messages: vec![Message::user(prompt(problem, instruction))],
                    sampling: Sampling { max_tokens: Some(400), ..Sampling::default() },
                    sample: SampleIndex { replicate: 0xDEAD_BEEF_DEAD_BEEF, ordinal },
                });
            }
        }
    }
    requests
}

#[tokio::test]
async fn our_client_gets_what_it_would_get_in_the_same_process() {
    for (yaml, settings) in [
        ("stream: true", settings()),
        ("stream: false", settings()),
        ("stream: true", at_rates(&EVERY)),
        ("stream: false", at_rates(&EVERY)),
    ] {
        let served = serve(settings).await;
        let client = served.client(yaml);
        let requests = requests(20);
        let answers = join_all(requests.iter().map(|request| client.chat(request))).await;
        for (request, answer) in requests.iter().zip(answers) {
            let (answer, expected) = (answer.unwrap(), served.model.answer(request).unwrap());
            assert_eq!((answer.text, answer.usage, answer.finish), (expected.text, expected.usage, expected.finish));
        }
    }
}

#[tokio::test]
async fn the_same_attempts_fail_whatever_the_order() {
    let mut runs = Vec::new();
    for reversed in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let served = serve(logged(at_rates(&EVERY), folder.path())).await;
        let client = served.client("stream: true");
        let mut requests = requests(20);
        if reversed {
            requests.reverse();
            for request in &requests {
                client.chat(request).await.unwrap();
            }
        } else {
            join_all(requests.iter().map(|request| async { client.chat(request).await.unwrap() })).await;
        }
        let lines = lines(folder.path(), requests.len()).await;
        let outcomes: BTreeMap<(String, u64), (String, String)> = lines
            .iter()
            .map(|line| {
                let text = |key: &str| line[key].as_str().unwrap().to_owned();
                let what = (text("outcome"), line["working_s"].to_string());
                ((text("key"), line["attempt"].as_u64().unwrap()), what)
            })
            .collect();
        let answered: Vec<&str> =
            outcomes.iter().filter(|(_, (outcome, _))| outcome == "answered").map(|((key, _), _)| &**key).collect();
        let distinct: std::collections::BTreeSet<&&str> = answered.iter().collect();
        assert_eq!((answered.len(), distinct.len()), (requests.len(), requests.len()), "each key is answered once");
        assert!(outcomes.len() > requests.len() * 5 / 4, "about four in ten attempts fail");
        runs.push(outcomes);
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn a_failed_attempt_takes_no_sample_from_those_without_a_seed() {
    let script = "- {fault: 500, requests: [1]}\n- {fault: cut, requests: [1]}\n- {fault: empty, requests: [1]}";
    let (failing, sound) = (serve(scripted(script)).await, serve(settings()).await);
    let mut texts = Vec::new();
    for _ in 0..5 {
        let reply = failing.post(&body(&json!({"stream": false}))).await;
        texts.extend(
            serde_json::from_str::<Value>(&reply.body)
                .ok()
                .and_then(|answer| answer["choices"][0]["message"]["content"].as_str().map(str::to_owned)),
        );
    }
    let expected = [sound.post(&body(&json!({}))).await, sound.post(&body(&json!({}))).await]
        .map(|reply| reply.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned());
    assert_eq!(texts, expected);
}

#[tokio::test]
async fn statuses_have_their_bodies_and_headers() {
    let script = "- {fault: 429, attempts: [1]}\n- {fault: 500, attempts: [2]}\n- {fault: 503, attempts: [3]}";
    let served = serve(ServerSettings { speed: Speed::REAL, retry_after: Seconds(1.5), ..scripted(script) }).await;
    let request = body(&json!({"seed": 1, "max_tokens": 1}));
    let limited = served.post(&request).await;
    assert_eq!(limited.error(), (429, json!("requests"), Value::Null, json!("rate_limit_exceeded")));
    assert!(limited.head.contains("retry-after: 2") && limited.head.contains("retry-after-ms: 1500"), "{limited:?}");
    for status in [500, 503] {
        let (got, kind, ..) = served.post(&request).await.error();
        assert_eq!((got, kind), (status, json!("server_error")));
    }
    assert_eq!(served.post(&request).await.status, 200);
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    let served = serve(scripted("- {fault: reset, attempts: [1]}")).await;
    for stream in [false, true] {
        let request = body(&json!({"seed": 1, "n": 1 + u32::from(stream), "stream": stream}));
        let reply = served.post(&request).await;
        assert_eq!((reply.ended, reply.head.as_str()), (Err(std::io::ErrorKind::ConnectionReset), ""));
        assert_eq!(served.post(&request).await.status, 200);
    }
}

#[tokio::test]
async fn a_time_out_lasts_until_the_client_gives_up() {
    let served = serve(scripted("- {fault: timeout, attempts: [1]}")).await;
    let request = body(&json!({"seed": 1}));
    assert!(tokio::time::timeout(Duration::from_millis(300), served.post(&request)).await.is_err());
    assert_eq!(served.post(&request).await.status, 200);
}

#[tokio::test]
async fn answers_break_off_or_break() {
    let script = "- {fault: cut, attempts: [1]}\n- {fault: malformed, attempts: [2]}\n- {fault: empty, attempts: [3]}";
    let served = serve(scripted(script)).await;
    let request = body(&json!({"seed": 1}));
    let cut = served.post(&request).await;
    assert!(cut.status == 200 && cut.body.starts_with("{\"id\"") && cut.head.contains("content-length"), "{cut:?}");
    assert!(serde_json::from_str::<Value>(&cut.body).is_err());
    let malformed = served.post(&request).await;
    assert!(malformed.status == 200 && serde_json::from_str::<Value>(&malformed.body).is_err(), "{malformed:?}");
    let empty = served.post(&request).await.json();
    assert_eq!(empty["choices"], json!([]));

    let request = body(&json!({"seed": 2, "stream": true, "stream_options": {"include_usage": true}}));
    let cut = served.post(&request).await;
    assert!(!cut.whole && cut.events().len() > 1 && !cut.body.contains("[DONE]"), "{cut:?}");
    let malformed = served.post(&request).await;
    let broken = malformed.events().iter().filter(|event| serde_json::from_str::<Value>(event).is_err()).count();
    assert_eq!(broken, 2, "an event that is no JSON, and the end of the stream: {malformed:?}");
    let empty = served.post(&request).await;
    let choices: usize = empty
        .events()
        .iter()
        .filter_map(|event| serde_json::from_str::<Value>(event).ok()?["choices"].as_array().map(Vec::len))
        .sum();
    assert!(choices == 0 && empty.body.contains("completion_tokens") && empty.body.contains("[DONE]"), "{empty:?}");
}

#[tokio::test]
async fn an_answer_may_be_blank_or_in_an_odd_place() {
    let served = serve(scripted("- {fault: blank, attempts: [1]}\n- {fault: displaced, attempts: [2]}")).await;
    let request = body(&json!({"seed": 1}));
    let mut texts = Vec::new();
    for _ in 0..3 {
        let answer = served.post(&request).await.json();
        texts.push(answer["choices"][0]["message"]["content"].as_str().unwrap().to_owned());
    }
    let last = texts[2].lines().last().unwrap();
    assert!(texts[0].is_empty() && texts[1].starts_with(last) && !texts[1].ends_with(last), "{texts:?}");
    let streamed = served.post(&body(&json!({"seed": 2, "stream": true}))).await;
    assert!(!streamed.body.contains("\"content\":\"S") && streamed.body.contains("[DONE]"), "{streamed:?}");
}

#[tokio::test]
async fn the_log_says_what_became_of_every_request() {
    let folder = tempfile::tempdir().unwrap();
    let scripted = scripted("- {fault: 503, attempts: [1], requests: [1]}");
    let served = serve(logged(ServerSettings { strict: true, ..scripted }, folder.path())).await;
    let request = body(&json!({"seed": 9, "n": 2}));
    served.post(&request).await;
    served.post(&request).await;
    served.post(&body(&json!({"messages": [{"role": "user", "content": "How much is the fish?"}]}))).await;
    let lines = lines(folder.path(), 3).await;
    let outcomes: Vec<&str> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["503", "answered", "rejected"]);
    assert_eq!(lines[0]["key"], lines[1]["key"]);
    assert_eq!((&lines[0]["attempt"], &lines[1]["attempt"], &lines[1]["seed"]), (&json!(1), &json!(2), &json!(9)));
    assert!(lines[1]["working_s"].as_f64().unwrap() > lines[1]["first_token_s"].as_f64().unwrap());
    assert_eq!(lines[0]["working_s"], lines[1]["working_s"]);
}

#[tokio::test]
async fn an_answer_that_nobody_waited_for_is_logged_as_abandoned() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(logged(ServerSettings { speed: "0.01".parse().unwrap(), ..settings() }, folder.path())).await;
    for stream in [false, true] {
        let request = body(&json!({"seed": 9, "stream": stream}));
        assert!(tokio::time::timeout(Duration::from_secs(3), served.post(&request)).await.is_err());
    }
    let lines = lines(folder.path(), 2).await;
    assert!(lines.iter().all(|line| line["outcome"] == "abandoned"), "{lines:?}");
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "how soon they are gone depends on the machine: it is told, not asserted")]
async fn case_calls_that_our_client_drops_are_gone_from_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(logged(ServerSettings { speed: "0.01".parse().unwrap(), ..settings() }, folder.path())).await;
    for (calls, stream) in [true, false].into_iter().enumerate() {
        let client = served.client(&format!("stream: {stream}"));
        assert!(tokio::time::timeout(Duration::from_secs(5), client.chat(&requests(1)[0])).await.is_err());
        let dropped = Instant::now();
        let lines = lines(folder.path(), calls + 1).await;
        println!("stream {stream}: gone after {:?}", dropped.elapsed());
        assert_eq!(lines[calls]["outcome"], "abandoned", "{lines:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_end_finishes_its_answers() {
    let served = serve(ServerSettings { speed: "10".parse().unwrap(), ..settings() }).await;
    let mut open =
        served.open("POST", "/v1/chat/completions", &body(&json!({"seed": 9, "stream": true})).to_string()).await;
    // The head of a streamed answer comes at once.
    let mut first = [0; 1];
    open.read_exact(&mut first).await.unwrap();
    let mut idle = served.connect().await;
    served.stop();
    // One that was not taken yet is reset.
    let end = idle.read(&mut [0; 1]).await;
    assert!(matches!(&end, Ok(0) | Err(_)), "an idle connection ends at once: {end:?}");
    let mut rest = String::new();
    open.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("data: [DONE]"), "{rest}");
    assert!(served.refuses().await, "nobody listens any more");
}
