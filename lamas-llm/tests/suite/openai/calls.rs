//! Calls that end well: plain and streamed answers, odd servers, usage, headers, and what is sent.

use std::sync::Arc;

use super::support::{Reply, Scripted, call, completion, delta, end, request, settings, whole};
use lamas_core::chat::{ChatModel, FinishReason, LatencySource};
use lamas_core::units::Tokens;
use lamas_llm::openai::{OpenAiModel, OpenAiSettings};
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::test]
async fn a_plain_answer_has_text_usage_and_timing() {
    let server = Scripted::start(vec![whole("4")]).await;
    let response = call(&settings(&[&server.base_url])).await.unwrap();
    assert_eq!(&*response.text, "4");
    assert_eq!((response.usage.input, response.usage.output, response.usage.counted), (Tokens(12), Tokens(7), false));
    assert_eq!(response.finish, FinishReason::Stop);
    assert_eq!(response.timing.attempts, 1);
    assert_eq!(response.timing.source, LatencySource::Live);
    assert!(response.timing.working.0 > 0.0);
    assert_eq!(response.timing.first_token, response.timing.working);
    let body = &server.bodies()[0];
    assert_eq!(body["temperature"], 1.0);
    assert!(body.get("stream").is_none() && body.get("stop").is_none() && body.get("seed").is_none());
}

#[tokio::test]
async fn an_answer_that_is_marked_as_simulated_is_labelled_so() {
    let mut body = completion(&json!("4"));
    body["system_fingerprint"] = json!("simulated_5d41402abc");
    let marked = json!({"choices": [{"delta": {"content": "4"}}], "system_fingerprint": "simulated_5d41402abc"});
    let events = [vec![marked.to_string()], end("stop")].concat();
    let server =
        Scripted::start(vec![Reply::Http("200 OK", body.to_string()), Reply::Stream { events, cut: false }]).await;
    let plain = settings(&[&server.base_url]);
    let streamed = OpenAiSettings { stream: true, ..plain.clone() };
    for settings in [plain, streamed] {
        assert_eq!(call(&settings).await.unwrap().timing.source, LatencySource::Simulated);
    }
}

#[tokio::test]
async fn a_streamed_answer_is_put_together() {
    let mut events = vec![json!({"choices": [{"delta": {"role": "assistant", "content": ""}}]}).to_string()];
    events.extend([delta("fo"), delta("ur")]);
    events.extend(end("length"));
    let server = Scripted::start(vec![Reply::Stream { events, cut: false }]).await;
    let settings = OpenAiSettings { stream: true, ..settings(&[&server.base_url]) };
    let response = call(&settings).await.unwrap();
    assert_eq!(&*response.text, "four");
    assert_eq!(response.finish, FinishReason::Length);
    assert_eq!(response.usage.output, Tokens(7));
    assert!(response.timing.first_token.0 > 0.0 && response.timing.first_token.0 <= response.timing.working.0);
    assert_eq!(server.bodies()[0]["stream_options"], json!({"include_usage": true}));
}

#[tokio::test]
async fn usage_that_the_server_leaves_out_is_counted() {
    let mut body = completion(&json!("The answer is 4."));
    body.as_object_mut().unwrap().remove("usage");
    let events = vec![delta("The answer"), delta(" is 4."), end("stop")[0].clone(), "[DONE]".to_owned()];
    let server =
        Scripted::start(vec![Reply::Http("200 OK", body.to_string()), Reply::Stream { events, cut: false }]).await;
    let plain = settings(&[&server.base_url]);
    let streamed = OpenAiSettings { stream: true, ..plain.clone() };
    for settings in [plain, streamed] {
        let usage = call(&settings).await.unwrap().usage;
        // o200k: What| is| |2|+|2|? and The| answer| is| |4|. The chat format adds 3 and a role to the message, and 3 for
        // the answer.
        assert_eq!((usage.input, usage.output, usage.counted), (Tokens(7 + 4 + 3), Tokens(6), true));
    }
}

#[tokio::test]
async fn odd_but_common_answers_are_understood() {
    for (message, text) in [
        (json!({"content": null}), ""),
        (json!({"content": [{"type": "text", "text": "fo"}, {"type": "text", "text": "ur"}]}), "four"),
        (json!({"content": null, "refusal": "I cannot."}), "I cannot."),
        (json!({"content": "four", "tool_calls": null, "annotations": [], "unknown": {"x": [1]}}), "four"),
    ] {
        let usage = json!({"prompt_tokens": 5, "completion_tokens": 3, "cost": null});
        let body = json!({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage, "service_tier": "x", "error": null});
        let server = Scripted::start(vec![Reply::Http("200 OK", body.to_string())]).await;
        let response = call(&settings(&[&server.base_url])).await.unwrap();
        assert_eq!(&*response.text, text, "{body}");
        assert_eq!(response.finish, FinishReason::Stop);
    }
}

#[tokio::test]
async fn everything_that_the_settings_name_is_sent() {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    std::fs::write(&key, "sk-secret\n").unwrap();
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/chat/completions"))
        .and(query_param("api-version", "2024-10-21"))
        .and(header("authorization", "Bearer sk-secret"))
        .and(header("openai-organization", "org"))
        .and(header("openai-project", "proj"))
        .and(header("x-title", "LAMaS"))
        .and(header("x-token", "sk-secret"))
        .and(body_partial_json(json!({
            "model": "deployed", "temperature": 0.5, "top_p": 0.9, "max_tokens": 64, "stop": ["END"], "top_k": 3,
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(completion(&json!("ok"))))
        .mount(&server)
        .await;
    let yaml = format!(
        "{{name: m, stream: false, temperature: 0.5, top_p: 0.9, max_tokens: 64, stop: [END], seed: 1, extra: {{top_k: 3}},
          endpoints: [{{base_url: '{}/v1/', name: deployed, key: {{file: '{path}'}}, organization: org, project: proj,
          headers: {{X-Title: LAMaS, X-Token: {{file: '{path}'}}}}, query: {{api-version: 2024-10-21}}}}]}}",
        server.uri(),
        path = key.display()
    );
    let settings: OpenAiSettings = serde_yaml::from_str(&yaml).unwrap();
    assert_eq!(&*call(&settings).await.unwrap().text, "ok");
}

#[tokio::test]
async fn two_samples_of_one_request_get_two_seeds() {
    let server = Scripted::start(vec![whole("a"), whole("b"), whole("c")]).await;
    let settings = OpenAiSettings { seed: Some(7), ..settings(&[&server.base_url]) };
    let model = OpenAiModel::new(&settings, Arc::new(())).unwrap();
    let mut request = request("2+2?");
    for ordinal in [0, 1, 0] {
        request.sample.ordinal = ordinal;
        model.chat(&request).await.unwrap();
    }
    let seeds: Vec<Value> = server.bodies().iter().map(|body| body["seed"].clone()).collect();
    assert_ne!(seeds[0], seeds[1]);
    assert_eq!(seeds[0], seeds[2]);
}

#[test]
fn settings_that_cannot_work_are_refused_with_their_key() {
    for (change, key) in [
        ("endpoints: []", "endpoints"),
        ("endpoints: [{base_url: api.openai.com}]", "endpoints[0].base_url"),
        ("endpoints: [{base_url: 'https://user:pass@host/v1'}]", "endpoints[0].base_url"),
        ("endpoints: [{base_url: 'https://host/v1/chat/completions'}]", "endpoints[0].base_url"),
        ("endpoints: [{base_url: 'https://host/v1', concurrency: 0}]", "endpoints[0]"),
        ("endpoints: [{base_url: 'https://host/v1', weight: 0}]", "endpoints[0].weight"),
        ("endpoints: [{base_url: 'https://host', headers: {Api-Key: abc}}]", "endpoints[0].headers.Api-Key"),
        ("endpoints: [{base_url: 'https://host', headers: {X-Auth-Token: abc}}]", "endpoints[0].headers.X-Auth-Token"),
        (
            "endpoints: [{base_url: 'https://host', headers: {Other: Bearer abcdefghijklmnop}}]",
            "endpoints[0].headers.Other",
        ),
        ("endpoints: [{base_url: 'https://host', headers: {\"A\\r\\nB\": b}}]", "endpoints[0].headers"),
        ("endpoints: [{base_url: 'https://host', headers: {A: \"b\\nc\"}}]", "endpoints[0].headers.A"),
        ("endpoints: [{base_url: 'https://host', organization: \"b\\nc\"}]", "endpoints[0].organization"),
        ("endpoints: [{base_url: 'https://host', query: {api_key: abc}}]", "endpoints[0].query.api_key"),
        ("endpoints: [{base_url: 'https://host'}], extra: {api_key: abc}", "extra.api_key"),
        ("endpoints: [{base_url: 'https://host'}], extra: {a: [{API-Key: abc}]}", "extra.a[0].API-Key"),
        ("endpoints: [{base_url: 'https://host'}], extra: {user: sk-abcdefghijklmnop}", "extra.user"),
        ("endpoints: [{base_url: 'https://host'}], timeouts: {total: 0}", "timeouts.total"),
        ("endpoints: [{base_url: 'https://host'}], extra: {n: 3}", "extra.n"),
        ("endpoints: [{base_url: 'https://host'}], retries: {factor: 0.5}", "retries"),
    ] {
        let settings: OpenAiSettings = serde_yaml::from_str(&format!("{{name: m, {change}}}")).unwrap();
        let message = settings.check().unwrap_err().to_string();
        assert!(message.starts_with(&format!("{key}: ")), "{change}: {message}");
        assert!(!message.contains("pass@") && !message.contains("abc"), "{message}");
        assert!(!message.contains(['\r', '\n']), "{message}");
    }
    assert!(serde_yaml::from_str::<OpenAiSettings>("{name: m, endpoints: [], temprature: 1}").is_err());
}

#[test]
fn settings_survive_a_round_trip() {
    let yaml = "
name: gpt-4o-mini-2024-07-18
endpoints:
- base_url: https://api.openai.com/v1
  key: {env: OPENAI_API_KEY}
  requests_per_minute: 500
  tokens_per_minute: 200000
  concurrency: 32
  weight: 1
timeouts: {connect: 10, first_token: 60, total: 300}
retries: {most: 8}
stream: true
price: {input: 0.15, output: 0.60}
";
    let settings: OpenAiSettings = serde_yaml::from_str(yaml).unwrap();
    settings.check().unwrap();
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<OpenAiSettings>(&json).unwrap(), settings);
    let yaml = serde_yaml::to_string(&settings).unwrap();
    assert_eq!(serde_yaml::from_str::<OpenAiSettings>(&yaml).unwrap(), settings, "{yaml}");
}
