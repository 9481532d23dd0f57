//! The server's paths and fields, over plain HTTP.

mod serve_support;
mod support;

use lamas_core::chat::Sampling;
use serde_json::{Value, json};
use serve_support::{Reply, body, prompt, serve, settings};

fn text(reply: &Reply, choice: usize) -> String {
    reply.json()["choices"][choice]["message"]["content"].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn a_whole_answer_has_the_form_of_openai() {
    let served = serve(settings()).await;
    let reply = served.post(&body(&json!({"seed": 7}))).await;
    assert_eq!(reply.status, 200);
    let answer = reply.json();
    let text = served.says(7, 0, Sampling::default());
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["model"], "gpt-4o-mini");
    assert_eq!(answer["choices"][0]["message"], json!({"role": "assistant", "content": text, "refusal": null}));
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    let usage = &answer["usage"];
    assert_eq!(usage["completion_tokens"], text.len().div_ceil(4));
    assert_eq!(
        usage["total_tokens"],
        usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap()
    );
    assert!(
        answer["id"].as_str().unwrap().starts_with("chatcmpl-") && answer["created"].as_u64().unwrap() > 1_700_000_000
    );
}

#[tokio::test]
async fn a_stream_says_the_same_in_pieces() {
    let served = serve(settings()).await;
    let fields = json!({"seed": 7, "stream": true, "stream_options": {"include_usage": true}});
    let reply = served.post(&body(&fields)).await;
    assert!(reply.whole && reply.head.contains("content-type: text/event-stream"), "{reply:?}");
    let events = reply.events();
    let (done, chunks) = events.split_last().unwrap();
    assert_eq!(*done, "[DONE]");
    let chunks: Vec<Value> = chunks.iter().map(|chunk| serde_json::from_str(chunk).unwrap()).collect();
    assert!(chunks.iter().all(|chunk| chunk["object"] == "chat.completion.chunk" && chunk["id"] == chunks[0]["id"]));
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    let (usage, spoken) = chunks.split_last().unwrap();
    assert_eq!(usage["choices"], json!([]));
    assert!(usage["usage"]["completion_tokens"].as_u64().unwrap() > 0);
    assert_eq!(spoken.last().unwrap()["choices"][0]["finish_reason"], "stop");
    assert!(spoken.iter().all(|chunk| chunk["usage"].is_null() && chunk.get("usage").is_some()));
    let said: String = spoken.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(said, served.says(7, 0, Sampling::default()));

    let silent = served.post(&body(&json!({"seed": 7, "stream": true}))).await;
    assert!(!silent.body.contains("usage"), "{silent:?}");
}

#[tokio::test]
async fn several_choices_are_samples_after_one_another() {
    let served = serve(settings()).await;
    let whole = served.post(&body(&json!({"seed": 7, "n": 3}))).await;
    for choice in 0..3 {
        assert_eq!(text(&whole, choice), served.says(7, choice as u32, Sampling::default()));
    }
    assert_ne!(text(&whole, 0), text(&whole, 1));
    let streamed = served.post(&body(&json!({"seed": 7, "n": 3, "stream": true}))).await;
    let mut said = vec![String::new(); 3];
    for event in streamed.events().into_iter().filter(|event| *event != "[DONE]") {
        let choice = serde_json::from_str::<Value>(event).unwrap()["choices"][0].clone();
        let at = choice["index"].as_u64().unwrap() as usize;
        said[at].push_str(choice["delta"]["content"].as_str().unwrap_or_default());
    }
    assert_eq!(said, [0, 1, 2].map(|choice| text(&whole, choice)));
}

#[tokio::test]
async fn a_seed_repeats_and_its_absence_goes_on() {
    let served = serve(settings()).await;
    let seeded = body(&json!({"seed": -1}));
    let first = text(&served.post(&seeded).await, 0);
    assert_eq!(first, text(&served.post(&seeded).await, 0));
    assert_eq!(first, served.says(u64::MAX, 0, Sampling::default()));
    for ordinal in 0..3 {
        assert_eq!(text(&served.post(&body(&json!({}))).await, 0), served.says(0, ordinal, Sampling::default()));
    }
    let cold = body(&json!({"temperature": 0}));
    assert_eq!(text(&served.post(&cold).await, 0), text(&served.post(&cold).await, 0));
}

#[tokio::test]
async fn limits_and_stops_end_an_answer() {
    let served = serve(settings()).await;
    for field in ["max_tokens", "max_completion_tokens"] {
        let reply = served.post(&body(&json!({"seed": 1, field: 5}))).await;
        let sampling = Sampling { max_tokens: Some(5), ..Sampling::default() };
        assert_eq!(text(&reply, 0), served.says(1, 0, sampling));
        assert_eq!(reply.json()["choices"][0]["finish_reason"], "length");
        assert_eq!(reply.json()["usage"]["completion_tokens"], 5);
    }
    for stop in [json!("Step 2"), json!(["nowhere", "Step 2"])] {
        let reply = served.post(&body(&json!({"seed": 1, "stop": stop}))).await;
        assert!(text(&reply, 0).starts_with("Step 1") && !text(&reply, 0).contains("Step 2"));
        assert_eq!(reply.json()["choices"][0]["finish_reason"], "stop");
    }
}

#[tokio::test]
async fn messages_come_in_parts_and_roles() {
    let served = serve(settings()).await;
    let statement = prompt(0, "");
    let messages = json!([
        {"role": "system", "content": "You are careful."},
        {"role": "user", "content": [{"type": "text", "text": statement}, {"type": "text", "text": "Think step by step."}]},
        {"role": "assistant", "content": "It is \\boxed{7}."},
        {"role": "user", "content": "Please revise your answer."},
    ]);
    let reply = served.post(&body(&json!({"seed": 3, "messages": messages}))).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(text(&reply, 0).contains("\\boxed{"));
}

#[tokio::test]
async fn models_are_listed() {
    let served = serve(settings()).await;
    let list = served.send("GET", "/v1/models", "").await.json();
    assert_eq!((list["object"].as_str(), list["data"][0]["id"].as_str()), (Some("list"), Some("gpt-4o-mini")));
    let one = served.send("GET", "/v1/models/gpt-4o-mini", "").await.json();
    assert_eq!(one, list["data"][0]);
    assert_eq!(served.send("GET", "/v1/models/other", "").await.error().0, 404);
    assert_eq!(served.send("GET", "/healthz", "").await.body, "ok");
}

#[tokio::test]
async fn errors_have_the_form_of_openai() {
    let served = serve(settings()).await;
    let invalid = json!("invalid_request_error");
    let post = async |text: &str| served.send("POST", "/v1/chat/completions", text).await.error();
    assert_eq!(post("{\"model\": ").await, (400, invalid.clone(), Value::Null, Value::Null));
    assert_eq!(post(r#"{"model": "gpt-4o-mini"}"#).await, (400, invalid.clone(), json!("messages"), Value::Null));
    assert_eq!(
        served.post(&body(&json!({"model": "gpt-9"}))).await.error(),
        (404, invalid.clone(), json!("model"), json!("model_not_found"))
    );
    let unknown = json!([{"role": "user", "content": "How much is the fish?"}]);
    assert_eq!(
        served.post(&body(&json!({"messages": unknown}))).await.error(),
        (400, invalid.clone(), json!("messages"), json!("unknown_problem"))
    );
    assert_eq!(
        served.post(&body(&json!({"tools": [{"type": "function"}]}))).await.error(),
        (400, invalid.clone(), json!("tools"), json!("unsupported_parameter"))
    );
    assert_eq!(
        served.send("POST", "/v1/embeddings", "{}").await.error(),
        (404, invalid.clone(), Value::Null, Value::Null)
    );
    assert_eq!(served.send("GET", "/v1/chat/completions", "").await.error().0, 405);
    let large = format!("{{\"model\": \"{}\"}}", "x".repeat(17 << 20));
    assert_eq!(post(&large).await.0, 413);
}
