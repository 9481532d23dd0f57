//! The server's paths and fields, over plain HTTP.

use crate::serve_support::{Reply, body, lines, logged, prompt, serve, settings};
use lamas_core::chat::{ChatError, ChatModel, ChatRequest, LatencySource, Message, SampleIndex, Sampling};
use lamas_sim::serve::ServerSettings;
use serde_json::{Value, json};

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

/// Requests of all sorts that are about no known problem.
fn strangers() -> Vec<Value> {
    let user = |content: Value| json!([{"role": "user", "content": content}]);
    let tool = json!({"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}});
    vec![
        json!({"messages": user(json!("hello"))}),
        json!({"messages": user(json!(""))}),
        json!({"messages": user(Value::Null)}),
        json!({"messages": user(json!([]))}),
        json!({"messages": user(json!("\u{0}\u{feff}\u{202e}🙂"))}),
        json!({"messages": user(json!([{"type": "text", "text": "What is in"}, {"type": "text", "text": " a name?"}]))}),
        json!({"messages": user(json!("¿Cuánto cuesta el pescado? 魚はいくらですか。"))}),
        json!({"messages": user(json!("Tell me a story about ducks. ".repeat(60_000)))}),
        json!({"messages": user(json!("Say OK.")), "max_tokens": 64}),
        json!({"messages": user(json!("Say OK.")), "max_tokens": 1, "n": 128}),
        json!({"messages": user(json!("Write a Python function `solve` and review it step by step. \\boxed{")), "n": 2}),
        json!({"messages": [{"role": "system", "content": "You may call weather()."}, {"role": "user", "content": "Rain?"}],
            "tools": [tool], "tool_choice": "auto"}),
        json!({"messages": [
            {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hi, what can I do?"},
            {"role": "user", "content": "Choose A or B.\nA: one\nB: two"},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "1", "content": "A"}, {"role": "user", "content": "And now?"},
        ]}),
    ]
}

#[tokio::test]
async fn case_every_text_is_answered() {
    let served = serve(settings()).await;
    for fields in strangers() {
        let mut seeded = body(&fields);
        seeded["seed"] = json!(5);
        let reply = served.post(&seeded).await;
        assert_eq!(reply.status, 200, "{fields}");
        let answer = reply.json();
        let max_tokens = fields["max_tokens"].as_u64().unwrap_or(u64::MAX);
        for choice in 0..fields["n"].as_u64().unwrap_or(1) as usize {
            let text = text(&reply, choice);
            // It can be taken neither for an answer nor for a program, and its length is that of an answer.
            assert!(text.starts_with("A si") && !text.contains(['\\', '`', ':', '#']), "{text}");
            assert!(!text.contains(|c: char| c.is_ascii_digit()), "{text}");
            assert!((60..1200).contains(&text.len()) || max_tokens < 20, "{text}");
        }
        let output = answer["usage"]["completion_tokens"].as_u64().unwrap();
        let choices = fields["n"].as_u64().unwrap_or(1);
        assert!(output > 0 && output / choices <= max_tokens);
        assert!(answer["system_fingerprint"].as_str().unwrap().starts_with("simulated_filler_"));
        assert_eq!(served.post(&seeded).await.json()["choices"], answer["choices"], "the same seed, the same answer");

        seeded["stream"] = json!(true);
        let streamed = served.post(&seeded).await;
        let first = streamed.events().iter().filter_map(|event| serde_json::from_str::<Value>(event).ok()).fold(
            String::new(),
            |said, event| {
                assert!(event["system_fingerprint"].as_str().unwrap().starts_with("simulated_"));
                let choice = &event["choices"][0];
                said + if choice["index"] == 0 { choice["delta"]["content"].as_str().unwrap_or("") } else { "" }
            },
        );
        assert_eq!((first, streamed.events().last().copied()), (text(&reply, 0), Some("[DONE]")));
    }
    let unlike = [1, 2].map(|seed| json!({"seed": seed, "messages": [{"role": "user", "content": "hello"}]}));
    let [one, other] = [served.post(&body(&unlike[0])).await, served.post(&body(&unlike[1])).await];
    assert_ne!(one.json()["choices"], other.json()["choices"]);
}

#[tokio::test]
async fn a_strict_server_refuses_what_it_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(logged(ServerSettings { strict: true, ..settings() }, folder.path())).await;
    for fields in strangers() {
        assert_eq!(
            served.post(&body(&fields)).await.error(),
            (400, json!("invalid_request_error"), json!("messages"), json!("unknown_problem"))
        );
    }
    assert_eq!(served.post(&body(&json!({}))).await.status, 200);
    let lines = lines(folder.path(), strangers().len() + 1).await;
    let known: Vec<bool> = lines.iter().map(|line| line["known"].as_bool().unwrap()).collect();
    assert_eq!(known, [vec![false; strangers().len()], vec![true]].concat());
}

#[tokio::test]
async fn our_client_labels_the_answers_as_simulated_and_takes_no_filler() {
    let served = serve(settings()).await;
    for yaml in ["stream: true", "stream: false"] {
        let ask = async |text: &str| {
            let messages = vec![Message::user(text)];
            let request = ChatRequest { messages, sampling: Sampling::default(), sample: SampleIndex::default() };
            served.client(yaml).chat(&request).await
        };
        let response = ask(&prompt(0, "Think step by step.")).await.unwrap();
        assert_eq!(response.timing.source, LatencySource::Simulated);
        // An experiment must not count filler as a wrong answer.
        let error = ask("hello").await.unwrap_err();
        assert!(matches!(&error, ChatError::Rejected { message, .. } if message.contains("--dataset")), "{error}");
    }
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
    assert_eq!(
        served.post(&body(&json!({"tool_choice": "required"}))).await.error(),
        (400, invalid.clone(), json!("tool_choice"), json!("unsupported_parameter"))
    );
    assert_eq!(
        served.send("POST", "/v1/embeddings", "{}").await.error(),
        (404, invalid.clone(), Value::Null, Value::Null)
    );
    assert_eq!(served.send("GET", "/v1/chat/completions", "").await.error().0, 405);
    // Half of a character, as Python's json writes it.
    let half = r#"{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello \ud83d"}]}"#;
    let half = served.send("POST", "/v1/chat/completions", half).await;
    assert_eq!(half.status, 200, "{half:?}");
    let large = format!("{{\"model\": \"{}\"}}", "x".repeat(17 << 20));
    assert_eq!(post(&large).await.0, 413);
    assert_eq!(served.send("GET", "/v1/models/%FF", "").await.error().0, 400);
}
