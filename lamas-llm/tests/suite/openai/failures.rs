//! Calls that fail: what is tried again, what ends the call, what ends the run.

use std::sync::Arc;

use super::support::{
    KEY, Log, Reply, Scripted, call, completion, delta, end, failing, keyed, request, settings, whole,
};
use lamas_core::chat::{ChatError, ChatModel};
use lamas_llm::limit::{CallEvent, WaitReason};
use lamas_llm::openai::{EndpointSettings, KeySource, OpenAiModel, OpenAiSettings, Timeouts};
use serde_json::json;

#[tokio::test]
async fn a_429_waits_as_told_and_the_waiting_is_kept_apart() {
    let busy = Reply::Http("429 Too Many Requests\r\nretry-after-ms: 80", json!({"error": "slow down"}).to_string());
    let server = Scripted::start(vec![busy, whole("4")]).await;
    let log = Arc::new(Log::default());
    let settings = settings(&[&server.base_url]);
    let response = OpenAiModel::new(&settings, log.clone()).unwrap().chat(&request("2+2?")).await.unwrap();
    assert_eq!(response.timing.attempts, 2);
    assert!(response.timing.waiting.0 >= 0.08, "{:?}", response.timing);
    let events = log.0.lock().unwrap();
    assert!(matches!(&events[0], CallEvent::Failed { attempt: 1, message, .. } if message.contains("slow down")));
    let CallEvent::Waiting { reason, expected, .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!(*reason, WaitReason::RetryAfter);
    assert!(expected.unwrap().0 >= 0.08);
    assert!(matches!(&events[2], CallEvent::Resumed { reason: WaitReason::RetryAfter, .. }));
}

#[tokio::test]
async fn passing_failures_are_tried_again() {
    let inside = Reply::Http("200 OK", json!({"error": {"code": 502, "message": "provider down"}}).to_string());
    let cut = Reply::Http("200 OK\r\nx: y", completion(&json!("4")).to_string()[..40].to_owned());
    let empty = Reply::Http("200 OK", json!({"choices": []}).to_string());
    let server = Scripted::start(vec![
        failing("500 Internal Server Error", "oops"),
        failing("503 Service Unavailable", "overloaded"),
        failing("499 Client Closed Request", "the client has gone, says a proxy"),
        failing("520 Unknown", "<html>"),
        Reply::Reset,
        inside,
        cut,
        empty,
        whole("4"),
    ])
    .await;
    let response = call(&settings(&[&server.base_url])).await.unwrap();
    assert_eq!((&*response.text, response.timing.attempts), ("4", 9));
}

#[tokio::test]
async fn cut_and_empty_streams_are_tried_again() {
    let mut complete = vec![delta("four")];
    complete.extend(end("stop"));
    let server = Scripted::start(vec![
        Reply::Stream { events: vec![delta("fo")], cut: true },
        // The connection is closed in order, but the answer has no end.
        Reply::Stream { events: vec![delta("fo")], cut: false },
        Reply::Stream { events: vec![], cut: false },
        Reply::Stream { events: vec!["{not json".to_owned()], cut: false },
        Reply::Stream { events: vec![json!({"error": {"message": "engine died"}}).to_string()], cut: false },
        Reply::Stream { events: complete, cut: false },
    ])
    .await;
    let settings = OpenAiSettings { stream: true, ..settings(&[&server.base_url]) };
    let response = call(&settings).await.unwrap();
    assert_eq!((&*response.text, response.timing.attempts), ("four", 6));
}

#[tokio::test]
async fn silence_runs_into_the_time_outs() {
    for (stream, timeouts, what) in [
        (false, Timeouts { total: 0.1, ..Timeouts::default() }, "the whole answer"),
        (true, Timeouts { first_token: 0.1, ..Timeouts::default() }, "the first token"),
    ] {
        let server = Scripted::start(vec![Reply::Silence; 2]).await;
        let mut settings = OpenAiSettings { stream, timeouts, ..settings(&[&server.base_url]) };
        settings.retries.most = 1;
        let error = call(&settings).await.unwrap_err();
        let ChatError::Exhausted { message, attempts: 2, .. } = &error else { panic!("{error:?}") };
        assert!(message.contains(&format!("{what} did not come within 0.1 s")), "{message}");
    }
}

#[tokio::test]
async fn nobody_listening_is_a_passing_failure() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let mut settings = settings(&[&base_url]);
    settings.retries.most = 2;
    let error = call(&settings).await.unwrap_err();
    assert!(
        matches!(&error, ChatError::Exhausted { attempts: 3, message, .. } if message.contains("no connection")),
        "{error}"
    );
}

#[tokio::test]
async fn another_endpoint_takes_over() {
    let ill = Scripted::start(vec![failing("500 Internal Server Error", "oops"); 2]).await;
    let well = Scripted::start(vec![whole("4")]).await;
    let mut settings = settings(&[&ill.base_url, &well.base_url]);
    // A pause that the test would not outlive: failing over must not wait for it.
    settings.retries.first = 3600.0;
    settings.retries.longest = 3600.0;
    let response = call(&settings).await.unwrap();
    assert_eq!((&*response.text, response.timing.attempts), ("4", 2));
}

#[tokio::test]
async fn bad_keys_and_empty_purses_end_the_run_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let refused =
        json!({"error": {"message": format!("Incorrect API key provided: {KEY}"), "code": "invalid_api_key"}});
    let quota = json!({"error": {"message": "You exceeded your current quota", "type": "insufficient_quota"}});
    let gone = json!({"error": {"message": format!("no model for {KEY}"), "code": "model_not_found"}});
    for (head, body, says) in [
        ("401 Unauthorized", &refused, "refuses the key"),
        ("429 Too Many Requests", &quota, "is used up"),
        ("404 Not Found", &gone, "no such model"),
    ] {
        let server = Scripted::start(vec![Reply::Http(head, body.to_string())]).await;
        let error = call(&keyed(&server.base_url, &dir)).await.unwrap_err();
        assert!(error.is_fatal(), "{error:?}");
        let message = error.to_string();
        assert!(message.contains(says) && message.contains(&server.base_url), "{message}");
        assert!(!message.contains("THE-SECRET"), "{message}");
        assert!(head.starts_with("404") || message.contains("key.txt"), "{message}");
        assert_eq!(server.requests.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_wait_of_hours_ends_the_run() {
    let busy = Reply::Http("429 Too Many Requests\r\nretry-after: 7200", json!({"error": "daily limit"}).to_string());
    let server = Scripted::start(vec![busy]).await;
    let error = call(&settings(&[&server.base_url])).await.unwrap_err();
    assert!(error.is_fatal() && error.to_string().contains("wait 7200 s"), "{error}");
}

#[tokio::test]
async fn a_request_that_is_too_long_is_rejected_alone() {
    let body =
        json!({"error": {"message": "maximum context length is 8192 tokens", "code": "context_length_exceeded"}});
    let server = Scripted::start(vec![Reply::Http("400 Bad Request", body.to_string())]).await;
    let error = call(&settings(&[&server.base_url])).await.unwrap_err();
    assert!(matches!(&error, ChatError::Rejected { message, .. } if message.contains("8192")), "{error:?}");
}

#[tokio::test]
async fn redirects_are_not_followed_with_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let thief = Scripted::start(vec![whole("4")]).await;
    let head: &'static str = format!("307 Temporary Redirect\r\nlocation: {}", thief.base_url).leak();
    let server = Scripted::start(vec![Reply::Http(head, String::new())]).await;
    let error = call(&keyed(&server.base_url, &dir)).await.unwrap_err();
    assert!(error.is_fatal() && error.to_string().contains("redirects"), "{error}");
    assert!(thief.requests.lock().unwrap().is_empty());
}

#[test]
fn a_key_that_is_missing_or_unusable_is_named_by_its_place() {
    let mut settings = settings(&[]);
    let with = |key| EndpointSettings { key: Some(key), ..EndpointSettings::at("http://localhost/v1") };
    settings.endpoints = vec![with(KeySource::Env("LAMAS_TEST_NO_SUCH_KEY".to_owned()))];
    let message = OpenAiModel::new(&settings, Arc::new(())).err().unwrap().to_string();
    assert!(message.contains("environment variable LAMAS_TEST_NO_SUCH_KEY"), "{message}");

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key.txt");
    std::fs::write(&file, "sk-two\nlines").unwrap();
    settings.endpoints = vec![with(KeySource::File(file))];
    let message = OpenAiModel::new(&settings, Arc::new(())).err().unwrap().to_string();
    assert!(message.contains("characters that no header may hold") && !message.contains("sk-two"), "{message}");
}
