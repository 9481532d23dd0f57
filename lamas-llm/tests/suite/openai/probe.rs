//! A look at an endpoint before a run.

use super::support::{Reply, Scripted, delta, end, settings, whole};
use lamas_llm::limit::Failure;
use lamas_llm::openai::Probe;

async fn probe(replies: Vec<Reply>, stream: bool) -> (Probe, Scripted) {
    let server = Scripted::start(replies).await;
    let mut settings = settings(&[&server.base_url]);
    settings.stream = stream;
    (Probe::new(&settings, &settings.endpoints[0]).unwrap(), server)
}

fn list(body: &str) -> Reply {
    Reply::Http("200 OK", body.to_owned())
}

#[tokio::test]
async fn lists_of_models_come_in_several_shapes() {
    let shapes = [
        r#"{"object": "list", "data": [{"id": "a"}, {"id": "b"}]}"#,
        r#"{"models": [{"name": "a"}, {"name": "b"}]}"#,
        r#"["a", "b"]"#,
    ];
    let (probe, server) = probe(shapes.map(list).to_vec(), false).await;
    for _ in shapes {
        assert_eq!(probe.models().await.unwrap().unwrap(), ["a", "b"]);
    }
    assert!(server.requests.lock().unwrap().iter().all(|request| request.starts_with("GET /v1/models ")));
}

#[tokio::test]
async fn a_server_without_a_list_is_no_failure_and_a_refused_key_is_one() {
    let refused = r#"{"error": {"message": "bad key", "code": "invalid_api_key"}}"#;
    let replies = vec![
        Reply::Http("404 Not Found", "not here".to_owned()),
        list("<html>"),
        Reply::Http("401 Unauthorized", refused.to_owned()),
    ];
    let (probe, _server) = probe(replies, false).await;
    assert_eq!(probe.models().await.unwrap(), None);
    assert_eq!(probe.models().await.unwrap(), None);
    assert!(matches!(probe.models().await, Err(Failure::Fatal(_))));
}

#[tokio::test]
async fn a_tiny_call_says_what_came() {
    let (probe, server) = probe(vec![whole("OK")], false).await;
    assert_eq!(probe.name(), "gpt-4o-mini");
    let answer = probe.call().await.unwrap();
    assert_eq!((&*answer.text, answer.usage.counted, answer.first_token), ("OK", false, None));
    assert_eq!(server.bodies()[0]["max_tokens"], 64);
}

#[tokio::test]
async fn a_streamed_call_says_when_its_first_token_came() {
    let events = [vec![delta("O"), delta("K")], end("stop")].concat();
    let (probe, _server) = probe(vec![Reply::Stream { events, cut: false }], true).await;
    assert!(probe.call().await.unwrap().first_token.is_some());
}
