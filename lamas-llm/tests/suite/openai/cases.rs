//! Habits of real servers, a test each, streamed and in one piece. The name behind `case_` is the habit's.

use std::io::Write;
use std::sync::Arc;

use super::support::{KEY, Log, Reply, Scripted, body, call, json, keyed, pieces, request, settings, sse};
use lamas_core::chat::{ChatError, ChatModel, ChatResponse, FinishReason};
use lamas_core::units::Tokens;
use lamas_llm::openai::OpenAiModel;
use serde_json::{Value, json};

const TEXT: &str = "The total is 7 + 5 = 12.\n\\boxed{12}";
const PIECES: [&str; 3] = ["The total is ", "7 + 5 = 12.\n", "\\boxed{12}"];

fn usage() -> Value {
    json!({"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29})
}

fn delta(text: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]})
}

fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

fn last_usage(usage: &Value) -> Value {
    json!({"choices": [], "usage": usage})
}

/// The events of a good answer without its usage.
fn unbilled() -> Vec<Value> {
    let role = json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": null}]});
    [vec![role], PIECES.map(delta).to_vec(), vec![finish("stop")]].concat()
}

/// The events of a good answer.
fn normal() -> Vec<Value> {
    [unbilled(), vec![last_usage(&usage())]].concat()
}

/// A good answer in one piece.
fn normal_whole() -> Value {
    json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}],
        "usage": usage()})
}

fn with(change: impl FnOnce(&mut Value)) -> Reply {
    let mut answer = normal_whole();
    change(&mut answer);
    json(&answer)
}

/// One call to a server that answers so, streamed or not.
async fn ask(stream: bool, replies: Vec<Reply>) -> (Result<ChatResponse, ChatError>, Scripted) {
    let server = Scripted::start(replies).await;
    let mut settings = settings(&[&server.base_url]);
    settings.stream = stream;
    settings.retries.most = 2;
    (call(&settings).await, server)
}

async fn streamed(reply: Reply) -> ChatResponse {
    ask(true, vec![reply]).await.0.unwrap()
}

async fn whole(reply: Reply) -> ChatResponse {
    ask(false, vec![reply]).await.0.unwrap()
}

fn is_right(response: &ChatResponse) {
    assert_eq!((&*response.text, response.finish, response.timing.attempts), (TEXT, FinishReason::Stop, 1));
    assert_eq!((response.usage.input, response.usage.output, response.usage.counted), (Tokens(20), Tokens(9), false));
}

/// The first attempt fails, the second is right.
async fn is_tried_again(stream: bool, bad: Reply) {
    let good = if stream { body(sse(&normal())) } else { json(&normal_whole()) };
    let response = ask(stream, vec![bad, good]).await.0.unwrap();
    assert_eq!((&*response.text, response.timing.attempts, response.finish), (TEXT, 2, FinishReason::Stop));
}

/// Every attempt fails, and the message repeats the server's words.
async fn says(stream: bool, reply: Reply, words: &str) -> ChatError {
    let error = ask(stream, vec![reply; 3]).await.0.unwrap_err();
    assert!(error.to_string().contains(words), "{error}");
    error
}

/// What the tokenizer makes of a text, as usage that is marked.
fn is_counted(response: &ChatResponse, input: u64) {
    assert_eq!(&*response.text, TEXT);
    assert_eq!(
        (response.usage.input, response.usage.output, response.usage.counted),
        (Tokens(input), Tokens(17), true)
    );
}

#[tokio::test]
async fn case_ok() {
    is_right(&streamed(body(sse(&normal()))).await);
    is_right(&whole(json(&normal_whole())).await);
}

#[tokio::test]
async fn case_perplexity() {
    let mut so_far = String::new();
    let events: Vec<Value> = (0..3)
        .map(|index| {
            so_far += PIECES[index];
            let usage = json!({"prompt_tokens": 20, "completion_tokens": 3 * (index + 1), "total_tokens": 20});
            let reason = if index == 2 { json!("stop") } else { Value::Null };
            json!({"usage": usage, "choices": [{"index": 0, "finish_reason": reason,
                "message": {"role": "assistant", "content": so_far}, "delta": {"role": "assistant", "content": PIECES[index]}}]})
        })
        .collect();
    is_right(&streamed(body(sse(&events))).await);
    is_right(&whole(with(|answer| answer["choices"][0]["delta"] = json!({"content": TEXT}))).await);
    // Early closed, the running usage is no end.
    is_tried_again(true, body(sse(&events[..2]))).await;
    is_tried_again(true, body(sse(&events[..2]).replace("data: [DONE]", ""))).await;
}

#[tokio::test]
async fn case_emptymessage() {
    for message in [json!({}), json!({"content": ""}), json!({"content": null}), Value::Null] {
        let event = |text: &str, reason: Value| json!({"choices": [{"index": 0, "finish_reason": reason, "message": message, "delta": {"content": text}}]});
        let [a, b, c] = PIECES;
        let events = [event(a, Value::Null), event(b, Value::Null), event(c, json!("stop")), last_usage(&usage())];
        is_right(&streamed(body(sse(&events))).await);
        let odd = with(|answer| {
            answer["choices"][0]["message"] = message.clone();
            answer["choices"][0]["delta"] = json!({"content": TEXT});
        });
        is_right(&whole(odd).await);
    }
}

#[tokio::test]
async fn case_textchoice() {
    let event = |text: &str, reason: Value| json!({"choices": [{"index": 0, "text": text, "finish_reason": reason}]});
    let mut events = PIECES.map(|piece| event(piece, Value::Null)).to_vec();
    events.extend([event("", json!("stop")), last_usage(&usage())]);
    is_right(&streamed(body(sse(&events))).await);
    let plain = json!({"choices": [{"text": TEXT, "finish_reason": "stop"}], "usage": usage()});
    is_right(&whole(json(&plain)).await);
}

#[tokio::test]
async fn case_finisherror() {
    for reason in [json!("error"), json!("aborted"), json!("something_new"), json!(7)] {
        let end = json!({"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": reason}]});
        is_tried_again(true, body(sse(&[delta(PIECES[0]), end.clone()]))).await;
        is_tried_again(true, body(sse(&[delta(PIECES[0]), end, last_usage(&usage())]))).await;
        is_tried_again(false, with(|answer| answer["choices"][0]["finish_reason"] = reason.clone())).await;
    }
    let error = says(true, body(sse(&[delta("a"), finish("error")])), "the server ended the answer with `error`").await;
    assert!(matches!(error, ChatError::Exhausted { attempts: 3, .. }));
}

#[tokio::test]
async fn case_finisherrorwhole() {
    let broken = |answer: &mut Value| {
        answer["choices"][0]["finish_reason"] = json!("error");
        answer["choices"][0]["error"] = json!({"code": 502, "message": "Upstream died"});
    };
    is_tried_again(false, with(broken)).await;
    says(false, with(broken), "Upstream died").await;
    let end = json!({"choices": [{"delta": {}, "finish_reason": "error", "error": {"code": 502, "message": "Upstream died"}}]});
    is_tried_again(true, body(sse(&[delta("The"), end.clone()]))).await;
    says(true, body(sse(&[delta("The"), end])), "Upstream died").await;
}

#[tokio::test]
async fn case_insufficient() {
    let end = json!({"choices": [{"index": 0, "delta": {"content": ""},
        "finish_reason": "insufficient_system_resource"}], "usage": usage()});
    is_tried_again(true, body(sse(&[delta(PIECES[0]), end]))).await;
    is_tried_again(false, with(|answer| answer["choices"][0]["finish_reason"] = json!("insufficient_system_resource")))
        .await;
}

#[tokio::test]
async fn case_nofinish() {
    let events = [PIECES.map(delta).to_vec(), vec![last_usage(&usage())]].concat();
    is_tried_again(true, body(sse(&events))).await;
    is_tried_again(false, with(|answer| answer["choices"][0]["finish_reason"] = Value::Null)).await;
    let unnamed =
        |answer: &mut Value| drop(answer["choices"][0].as_object_mut().unwrap().shift_remove("finish_reason"));
    is_tried_again(false, with(unnamed)).await;
    says(false, with(unnamed), "the answer has no finish reason, so that it may be a part of one").await;
    // Cut by nobody: the server says itself that this is all.
    says(true, body(sse(&events)), "the answer has no finish reason, so that it may be a part of one").await;
    says(true, body(sse(&events).replace("data: [DONE]", "")), "the stream was cut before the answer ended").await;
}

#[tokio::test]
async fn case_emptystop() {
    let zero = json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0});
    for usage in [zero, Value::Null] {
        is_tried_again(true, body(sse(&[delta(""), finish("stop"), last_usage(&usage)]))).await;
        let empty = with(|answer| {
            answer["choices"][0]["message"]["content"] = json!("");
            answer["usage"] = usage.clone();
        });
        is_tried_again(false, empty).await;
    }
}

#[tokio::test]
async fn case_zerocompletion() {
    let zero = json!({"prompt_tokens": 20, "completion_tokens": 0, "total_tokens": 20});
    is_counted(&streamed(body(sse(&[unbilled(), vec![last_usage(&zero)]].concat()))).await, 20);
    is_counted(&whole(with(|answer| answer["usage"] = zero)).await, 20);
}

#[tokio::test]
async fn case_firstusage() {
    let zero = json!({"prompt_tokens": 20, "completion_tokens": 0, "total_tokens": 20});
    let mut events = unbilled();
    events[0]["usage"] = zero.clone();
    is_counted(&streamed(body(sse(&events))).await, 20);
    // A later usage counts more.
    events.push(last_usage(&usage()));
    is_right(&streamed(body(sse(&events))).await);
    is_tried_again(true, body(sse(&events[..3]))).await;
}

#[tokio::test]
async fn case_previewusage() {
    let preview = last_usage(&json!({"prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24}));
    let response = streamed(body(sse(&[vec![preview.clone()], unbilled()].concat()))).await;
    assert_eq!((&*response.text, response.usage.output, response.usage.counted), (TEXT, Tokens(4), false));
    is_right(&streamed(body(sse(&[vec![preview.clone()], normal()].concat()))).await);
    is_tried_again(true, body(sse(std::slice::from_ref(&preview)))).await;
    is_tried_again(true, body(sse(&[preview, delta(PIECES[0])]))).await;
}

#[tokio::test]
async fn case_inputtokens_usageinchoice_floatusage() {
    for odd in [
        usage(),
        json!({"input_tokens": 20, "output_tokens": 9, "total_tokens": 29}),
        json!({"prompt_tokens": 20.0, "completion_tokens": 9.0, "total_tokens": 29.0}),
        json!({"prompt_tokens": "20", "completion_tokens": "9"}),
        json!({"prompt_tokens": 20, "total_tokens": 29}),
    ] {
        is_right(&streamed(body(sse(&[unbilled(), vec![last_usage(&odd)]].concat()))).await);
        is_right(&whole(with(|answer| answer["usage"] = odd.clone())).await);
        let mut in_choice = unbilled();
        in_choice[4]["choices"][0]["usage"] = odd.clone();
        is_right(&streamed(body(sse(&in_choice))).await);
        let moved = |answer: &mut Value| {
            answer.as_object_mut().unwrap().shift_remove("usage");
            answer["choices"][0]["usage"] = odd.clone();
        };
        is_right(&whole(with(moved)).await);
    }
    // What was generated alone: the prompt is counted here.
    let alone = json!({"completion_tokens": 9});
    let events = [unbilled(), vec![last_usage(&alone)]].concat();
    for response in [streamed(body(sse(&events))).await, whole(with(|answer| answer["usage"] = alone)).await] {
        assert_eq!(
            (response.usage.input, response.usage.output, response.usage.counted),
            (Tokens(14), Tokens(9), true)
        );
    }
}

#[tokio::test]
async fn case_absurdusage() {
    for absurd in [json!(1_u64 << 63), json!(u64::MAX), json!(1e30)] {
        for field in ["prompt_tokens", "completion_tokens"] {
            let mut usage = usage();
            usage[field] = absurd.clone();
            is_counted(&streamed(body(sse(&[unbilled(), vec![last_usage(&usage)]].concat()))).await, 14);
            is_counted(&whole(with(|answer| answer["usage"] = usage)).await, 14);
        }
        let mut usage = usage();
        usage["total_tokens"] = absurd;
        is_right(&whole(with(|answer| answer["usage"] = usage)).await);
    }
}

#[tokio::test]
async fn case_nospace_crlf_cronly_comments_idretry_multiline_pretty() {
    let events = sse(&normal());
    let pretty = |event: &Value| {
        let lines = serde_json::to_string_pretty(event).unwrap();
        lines.lines().map(|line| format!("data: {line}\n")).collect::<String>() + "\n"
    };
    for text in [
        events.replace("data: ", "data:"),
        events.replace('\n', "\r\n"),
        events.replace('\n', "\r"),
        format!(": OPENROUTER PROCESSING\n\n{}", events.replace("\n\n", "\n\n: keep-alive\n\n")),
        format!("retry: 3000\n{}", events.replace("data: ", "id: 1\nevent: message\ndata: ")),
        events.replace("data: {", "data:\ndata: {"),
        normal().iter().map(pretty).collect::<String>() + "data: [DONE]\n\n",
        events.replace("data: [DONE]\n\n", "data: [DONE]\n"),
        events.replace("data: [DONE]\n\n", ""),
        events.replace("data: {", "event: ping\ndata: {\"type\": \"ping\"}\n\ndata: {}\n\ndata: {"),
    ] {
        is_right(&streamed(body(text.clone())).await);
        let every_byte = text.bytes().map(|byte| vec![byte]).collect();
        is_right(&streamed(pieces(every_byte)).await);
    }
}

#[tokio::test]
async fn case_donespace_donelower_afterdone() {
    for end in
        ["data: [DONE] \n\n", "data:  [DONE]\n\n", "data: [done]\n\n", "data: [DONE]\n\ndata: {\"trailing\": tru\n\n"]
    {
        is_right(&streamed(body(sse(&normal()).replace("data: [DONE]\n\n", end))).await);
    }
    // Without a usage, the mark alone says that it is whole.
    for end in ["data: [DONE] \n\n", "data: [DONE]\n\n<html>", "data: [DONE]\n\n\u{0}data: {\n\n"] {
        is_counted(&streamed(body(sse(&unbilled()).replace("data: [DONE]\n\n", end))).await, 14);
    }
}

#[tokio::test]
async fn case_bom() {
    is_right(&streamed(body(format!("\u{feff}{}", sse(&normal())))).await);
    is_right(&streamed(body(sse(&normal()).replace("data: ", "data: \u{feff}"))).await);
    is_right(&whole(Reply::Http("200 OK", format!("\u{feff}{}", normal_whole()))).await);
}

#[tokio::test]
async fn case_emptydata() {
    for sign_of_life in ["data:\n\n", "data: \n\n", "data\n\n", "data:\n\ndata: \n\n", "data: null\n\n"] {
        is_right(&streamed(body(sse(&normal()).replace("data: ", &format!("{sign_of_life}data: ")))).await);
    }
}

#[tokio::test]
async fn case_surrogate() {
    let halves = [
        r#"data: {"choices":[{"index":0,"delta":{"content":"Good \ud83d"}}]}"#,
        r#"data: {"choices":[{"index":0,"delta":{"content":"\ude00 \\boxed{12}"}}]}"#,
    ];
    let end = sse(&[finish("stop"), last_usage(&usage())]);
    let text = streamed(body(format!("{}\n\n{}\n\n{end}", halves[0], halves[1]))).await.text;
    assert_eq!(&*text, "Good \u{1f600} \\boxed{12}");
    let text = streamed(body(format!("{}\n\n{end}", halves[0]))).await.text;
    assert_eq!(&*text, "Good \u{fffd}");
    let lone = normal_whole().to_string().replace("The total", r"Good \uD83D \uDE00 \ud83d\ude00");
    let text = whole(Reply::Http("200 OK", lone)).await.text;
    assert!(text.starts_with("Good \u{fffd} \u{fffd} \u{1f600} is 7"), "{text}");
}

#[tokio::test]
async fn case_badutf8_control_keepword() {
    let text = sse(&normal()).into_bytes();
    let bad = [b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"caf\xc3\"}}]}\n\n".to_vec(), text].concat();
    is_tried_again(true, body(bad)).await;
    is_tried_again(true, body(sse(&normal()).replacen("data: ", "data: keep-alive\n\ndata: ", 1))).await;
    is_tried_again(false, Reply::Http("200 OK", normal_whole().to_string().replace("\\n", "\n"))).await;
    is_tried_again(false, Reply::Http("200 OK", normal_whole().to_string().replace("29", "NaN"))).await;
}

#[tokio::test]
async fn case_split1_utf8split_crlfsplit() {
    let events = [delta("Café 😀 total "), delta("\\boxed{12}"), finish("stop"), last_usage(&usage())];
    for text in [sse(&events), sse(&events).replace('\n', "\r\n")] {
        let every_byte = text.bytes().map(|byte| vec![byte]).collect();
        assert_eq!(&*streamed(pieces(every_byte)).await.text, "Café 😀 total \\boxed{12}");
    }
}

/// A body in chunks that breaks off where the next chunk is due.
fn cut(text: &str) -> Reply {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    Reply::Raw(vec![format!("{head}{:x}\r\n{text}\r\n", text.len()).into_bytes()])
}

#[tokio::test]
async fn case_cutafterfinish_cutafterdone_chunkedcut() {
    is_right(&streamed(cut(&sse(&normal()).replace("data: [DONE]\n\n", ""))).await);
    is_right(&streamed(cut(&sse(&normal()))).await);
    is_counted(&streamed(cut(&sse(&unbilled()))).await, 14);
    is_tried_again(true, cut(&sse(&unbilled()).replace("data: [DONE]\n\n", ""))).await;
    is_tried_again(true, cut(&sse(&normal()[..3]).replace("data: [DONE]\n\n", ""))).await;
    is_tried_again(false, cut(&normal_whole().to_string())).await;
}

#[tokio::test]
async fn case_spoilt() {
    let whole = sse(&normal()).replace("data: [DONE]\n\n", "");
    for rubbish in ["data: {\"error\": {\"message\": \"too late\"}}\n\n", "data: {\"choi", "event: error\ndata: x\n\n"]
    {
        is_right(&streamed(body(format!("{whole}{rubbish}"))).await);
        let unfinished = sse(&normal()[..4]).replace("data: [DONE]\n\n", "");
        is_tried_again(true, body(format!("{unfinished}{rubbish}"))).await;
    }
}

#[tokio::test]
async fn case_silentend() {
    // The answer is whole; the connection stays open and nothing more comes.
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let text = sse(&normal()).replace("data: [DONE]\n\n", "");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let held = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _asked = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await.unwrap();
        let answer = format!("{head}{:x}\r\n{text}\r\n", text.len());
        tokio::io::AsyncWriteExt::write_all(&mut stream, answer.as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    });
    let mut settings = settings(&[&base_url]);
    settings.stream = true;
    let response = call(&settings).await.unwrap();
    is_right(&response);
    // Its time ended with it: the 2 s in which nothing more came are none of the model's.
    assert!(response.timing.waiting.0 >= 1.99, "{:?}", response.timing);
    held.abort();
}

#[tokio::test]
async fn case_errorevent() {
    for data in
        ["{\"message\": \"overloaded\", \"type\": \"overloaded_error\"}", "overloaded", "{\"error\": \"overloaded\"}"]
    {
        let text = format!("{}event: error\ndata: {data}\n\n", sse(&[delta("a")]).replace("data: [DONE]\n\n", ""));
        is_tried_again(true, body(text.clone())).await;
        says(true, body(text), "overloaded").await;
    }
}

#[tokio::test]
async fn case_lmstudio() {
    let said = json!({"error": "Unexpected endpoint or method. (POST /chat/completions)"});
    let words = "HTTP 200 with an error inside: Unexpected endpoint or method. (POST /chat/completions)";
    for stream in [true, false] {
        let error = says(stream, json(&said), words).await;
        assert!(error.is_fatal() && error.to_string().contains("check `name` and `base_url`"), "{error}");
        // What nobody knows may pass.
        let unknown = json(&json!({"error": "the model is resting"}));
        is_tried_again(stream, unknown.clone()).await;
        says(stream, unknown, "HTTP 200 with an error inside: the model is resting").await;
    }
}

#[tokio::test]
async fn case_cumulative() {
    let mut so_far = String::new();
    let mut events: Vec<Value> = PIECES
        .iter()
        .map(|piece| {
            so_far += piece;
            delta(&so_far)
        })
        .collect();
    events.push(finish("stop"));
    is_counted(&streamed(body(sse(&events))).await, 14);
    events.push(last_usage(&usage()));
    is_right(&streamed(body(sse(&events))).await);
}

/// Gemini, and what passes its answers on, name a finish in every event.
#[tokio::test]
async fn case_finishineveryevent() {
    let event = |text: &str| json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": "stop"}], "usage": usage()});
    is_right(&streamed(body(sse(&PIECES.map(event)))).await);
    is_right(&streamed(body(sse(&PIECES.map(event)).replace("data: [DONE]\n\n", ""))).await);
    is_tried_again(true, cut(&sse(&[event(PIECES[0]), event(PIECES[1])]).replace("data: [DONE]\n\n", ""))).await;
}

#[tokio::test]
async fn case_vllmerr() {
    let said = json!({"object": "error", "message": "This model's maximum context length is 10 tokens",
        "type": "BadRequestError", "code": 400});
    for stream in [true, false] {
        let words = "HTTP 200 with error 400 inside: This model's maximum context length is 10 tokens";
        let error = says(stream, json(&said), words).await;
        assert!(matches!(error, ChatError::Rejected { .. }), "it would fail again: {error:?}");
    }
    says(true, body(sse(&[said])), "maximum context length is 10").await;
}

#[tokio::test]
async fn case_html200() {
    let page =
        || Reply::Http("200 OK\r\ncontent-type: text/html", "<html><body>Please log in</body></html>".to_owned());
    for stream in [true, false] {
        says(stream, page(), "Please log in").await;
    }
}

#[tokio::test]
async fn case_ignorestream_http10_whitespacefirst_jsonlines() {
    let answer = format!("\n\n  {}", normal_whole());
    is_right(&whole(Reply::Http("200 OK", answer.clone())).await);
    let old = format!("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{answer}");
    is_right(&whole(Reply::Raw(vec![old.into_bytes()])).await);
    // The server's own way is read, whatever was asked for.
    is_right(&streamed(Reply::Http("200 OK", answer)).await);
    is_right(&whole(body(sse(&normal()))).await);
    is_right(&whole(cut(&sse(&normal()))).await);
    is_tried_again(false, body(sse(&normal()[..4]).replace("data: [DONE]\n\n", ""))).await;
    is_tried_again(true, with(|answer| answer["choices"][0]["finish_reason"] = json!("error"))).await;
    let lines: String = normal().iter().map(|event| format!("{event}\n")).collect();
    for stream in [true, false] {
        says(stream, body(lines.clone()), "the answer is malformed").await;
        says(stream, body(""), "neither JSON nor a stream of events").await;
    }
}

/// A server that refuses `stream_options` with this answer, and streams without a usage otherwise.
async fn refuses_options(head: &'static str, said: &Value) {
    let refusal = Reply::Http(head, said.to_string());
    let good = || body(sse(&unbilled()));
    let server = Scripted::start(vec![refusal.clone(), good(), good()]).await;
    let mut settings = settings(&[&server.base_url]);
    settings.stream = true;
    settings.retries.most = 0;
    let model = OpenAiModel::new(&settings, Arc::new(Log::default())).unwrap();
    for _ in 0..2 {
        is_counted(&model.chat(&request("What is 2+2?")).await.unwrap(), 14);
    }
    let asked: Vec<bool> = server.bodies().iter().map(|body| body.get("stream_options").is_some()).collect();
    assert_eq!(asked, [true, false, false]);
    assert!(server.bodies().iter().all(|body| body["stream"] == true));
    // In one piece it is never sent, and what fails once more is a failure.
    let (answer, server) = ask(false, vec![json(&normal_whole())]).await;
    is_right(&answer.unwrap());
    assert!(server.bodies()[0].get("stream_options").is_none());
    let (answer, server) = ask(true, vec![refusal.clone(), refusal]).await;
    assert!(matches!(answer, Err(ChatError::Rejected { .. })));
    assert_eq!(server.bodies().len(), 2);
}

#[tokio::test]
async fn case_stropt422() {
    let detail = json!([{"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]);
    refuses_options("422 Unprocessable Entity", &json!({"object": "error", "message": {"detail": detail}})).await;
}

#[tokio::test]
async fn case_stropt400() {
    let said = json!({"error": {"object": "error", "type": "invalid_request_error",
        "message": "Extra inputs are not permitted, field: 'stream_options'"}});
    refuses_options("400 Bad Request", &said).await;
}

#[tokio::test]
async fn case_stroptwordings() {
    for (head, said) in [
        ("400 Bad Request", json!({"error": {"message": "include_usage is not permitted"}})),
        ("400 Bad Request", json!("Unrecognized request argument supplied: streamOptions")),
        ("500 Internal Server Error", json!({"error": "json: unknown field \"stream_options\""})),
        ("415 Unsupported Media Type", json!({"detail": "stream options: not supported"})),
        ("200 OK", json!({"error": {"code": 400, "message": "unknown field stream_options"}})),
    ] {
        let (answer, server) = ask(true, vec![Reply::Http(head, said.to_string()), body(sse(&unbilled()))]).await;
        is_counted(&answer.unwrap(), 14);
        let asked: Vec<bool> = server.bodies().iter().map(|body| body.get("stream_options").is_some()).collect();
        assert_eq!(asked, [true, false], "{head} {said}");
    }
    let (answer, server) =
        ask(true, vec![Reply::Http("400 Bad Request", "streaming is not supported".to_owned())]).await;
    let error = answer.unwrap_err();
    assert!(error.is_fatal() && error.to_string().contains("set `stream: false`"), "{error}");
    assert_eq!(server.bodies().len(), 1);
}

#[tokio::test]
async fn case_numbercontent() {
    let number = |content: Value| with(|answer| answer["choices"][0]["message"]["content"] = content);
    assert_eq!(&*whole(number(json!(12))).await.text, "12");
    let [one, two] = [1, 2].map(|digit| json!({"choices": [{"index": 0, "delta": {"content": digit}}]}));
    assert_eq!(&*streamed(body(sse(&[one, two, finish("stop"), last_usage(&usage())]))).await.text, "12");
    // Nobody knows what it says, so that it is no wrong answer either.
    for strange in [json!(true), json!(false), json!({"answer": 12})] {
        is_tried_again(false, number(strange.clone())).await;
        let event = json!({"choices": [{"index": 0, "delta": {"content": strange}}]});
        is_tried_again(true, body(sse(&[event, finish("stop"), last_usage(&usage())]))).await;
    }
}

#[tokio::test]
async fn case_emptyerror() {
    for nothing in [json!({}), json!([]), json!(0), json!(null), json!(false), json!(""), json!({"code": null})] {
        is_right(&whole(with(|answer| answer["error"] = nothing.clone())).await);
        is_right(&whole(with(|answer| answer["choices"][0]["error"] = nothing.clone())).await);
        let mut events = normal();
        events.iter_mut().for_each(|event| event["error"] = nothing.clone());
        is_right(&streamed(body(sse(&events))).await);
    }
    is_tried_again(false, with(|answer| answer["error"] = json!({"message": "no"}))).await;
}

#[tokio::test]
async fn case_finishenum() {
    for reason in ["FinishReason.STOP", "FINISH_REASON_STOP", "<FinishReason.STOP: 'stop'>", "StopReason.end_turn"] {
        is_right(&whole(with(|answer| answer["choices"][0]["finish_reason"] = json!(reason))).await);
        let events = [PIECES.map(delta).to_vec(), vec![finish(reason), last_usage(&usage())]].concat();
        is_right(&streamed(body(sse(&events))).await);
    }
    is_tried_again(false, with(|answer| answer["choices"][0]["finish_reason"] = json!("FinishReason.ERROR"))).await;
}

#[tokio::test]
async fn case_lengthempty() {
    let thinks = json!({"choices": [{"index": 0, "delta": {"reasoning_content": "hm hm"}, "finish_reason": null}]});
    let response = streamed(body(sse(&[thinks, finish("length"), last_usage(&usage())]))).await;
    assert_eq!((&*response.text, response.finish, response.usage.output), ("", FinishReason::Length, Tokens(9)));
    let silent = with(|answer| {
        answer["choices"][0]["message"] = json!({"content": null, "reasoning": "hm hm"});
        answer["choices"][0]["finish_reason"] = json!("length");
    });
    let response = whole(silent).await;
    assert_eq!((&*response.text, response.finish, response.timing.attempts), ("", FinishReason::Length, 1));
}

#[tokio::test]
async fn case_reasoningonly_toolcalls() {
    let thinks =
        json!({"choices": [{"index": 0, "delta": {"reasoning_content": "Let me think"}, "finish_reason": null}]});
    for (first, reason, finished) in [
        (thinks, "stop", FinishReason::Stop),
        (
            json!({"choices": [{"delta": {"content": null, "tool_calls": [{"index": 0}]}}]}),
            "tool_calls",
            FinishReason::Other,
        ),
    ] {
        let response = streamed(body(sse(&[first, finish(reason), last_usage(&usage())]))).await;
        assert_eq!((&*response.text, response.finish, response.timing.attempts), ("", finished, 1));
    }
}

#[tokio::test]
async fn case_finishfilter() {
    for reason in ["content_filter", "SAFETY", "recitation"] {
        let response = streamed(body(sse(&[delta("I "), finish(reason), last_usage(&usage())]))).await;
        assert_eq!((&*response.text, response.finish, response.timing.attempts), ("I ", FinishReason::Filtered, 1));
        let response = whole(with(|answer| answer["choices"][0]["finish_reason"] = json!(reason))).await;
        assert_eq!(response.finish, FinishReason::Filtered);
    }
    // The filter may leave nothing at all.
    assert_eq!(streamed(body(sse(&[finish("content_filter")]))).await.finish, FinishReason::Filtered);
}

#[tokio::test]
async fn case_gemini429() {
    let said = json!([{"error": {"code": 429, "message": "You exceeded your current quota, please check your plan",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}]}}]);
    for stream in [true, false] {
        let server = Scripted::start(vec![Reply::Http("429 Too Many Requests", said.to_string())]).await;
        let mut settings = settings(&[&server.base_url]);
        settings.stream = stream;
        settings.retries.longest_retry_after = 30.0;
        let error = call(&settings).await.unwrap_err();
        assert!(error.is_fatal() && error.to_string().contains("the server asks to wait 34 s"), "{error}");
    }
}

#[tokio::test]
async fn case_gz() {
    let packed = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let reply = |kind: &str, text: &str| {
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n");
        Reply::Raw(vec![head.into_bytes(), packed(text)])
    };
    let (answer, server) = ask(true, vec![reply("text/event-stream", &sse(&normal()))]).await;
    is_right(&answer.unwrap());
    assert!(server.requests.lock().unwrap()[0].contains("accept-encoding: identity"), "it is not asked for");
    is_right(&whole(reply("application/json", &normal_whole().to_string())).await);
    let refused = b"HTTP/1.1 400 Bad Request\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n";
    let refused = Reply::Raw(vec![refused.to_vec(), packed(r#"{"error": {"message": "too long"}}"#)]);
    says(false, refused, "too long").await;
}

#[tokio::test]
async fn case_bomb() {
    let zeros = vec![b' '; 1 << 20];
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..100 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let head =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n";
    for stream in [true, false] {
        let reply = Reply::Raw(vec![head.to_vec(), bomb.clone()]);
        says(stream, reply, "is longer than").await;
    }
}

#[tokio::test]
async fn case_endless() {
    let events = sse(&[delta(&"x".repeat(10_000))]).replace("data: [DONE]\n\n", "");
    let cases: [(bool, &str, Vec<u8>, &str); 4] = [
        (false, "200 OK", vec![b' '; 4096], "the answer is longer than"),
        (true, "200 OK", vec![b'x'; 4096], "a line is longer than"),
        (true, "200 OK", b"data: x\n".repeat(500), "an event is longer than"),
        (true, "200 OK", events.into_bytes(), "the text is longer than"),
    ];
    for (stream, head, again, words) in cases {
        says(stream, Reply::Endless(head, again), words).await;
    }
    // The status has come; the rest of the page is not waited for.
    let error = says(false, Reply::Endless("400 Bad Request", b"no ".repeat(1000)), "HTTP 400: no no no").await;
    assert!(matches!(error, ChatError::Rejected { message, .. } if message.len() < 1000));
}

#[tokio::test]
async fn case_azurefirst_think_finishfirst_secondindex_plainctype() {
    let filters = json!({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]});
    is_right(&streamed(body(sse(&[vec![filters], normal()].concat()))).await);
    let [a, b, c] = PIECES.map(delta);
    let last = json!({"choices": [{"index": 0, "delta": {"content": PIECES[2]}, "finish_reason": "stop"}]});
    let nothing = json!({"choices": [{"index": 0, "delta": null, "finish_reason": null}]});
    let late = json!({"choices": null, "usage": usage()});
    is_right(&streamed(body(sse(&[a.clone(), b.clone(), last, nothing, late]))).await);
    let noise = json!({"choices": [{"index": 1, "delta": {"content": "NOISE"}}]});
    let both = json!({"choices": [{"index": 1, "delta": {"content": "NOISE"}}, b["choices"][0]]});
    is_right(&streamed(body(sse(&[a, noise, both, c, finish("stop"), last_usage(&usage())]))).await);
    let thought = "<think>\nfirst guess \\boxed{3}?</think>\n\nThe answer is 12.";
    let events = [delta(thought), finish("stop"), last_usage(&usage())];
    assert_eq!(&*streamed(body(sse(&events))).await.text, thought);
    let plain = format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n{}", sse(&normal()));
    is_right(&streamed(Reply::Raw(vec![plain.into_bytes()])).await);
}

#[tokio::test]
async fn case_redirect() {
    let reply = || Reply::Http("308 Permanent Redirect\r\nlocation: /ok/v1/chat/completions?token=x", "{}".to_owned());
    for stream in [true, false] {
        let error = ask(stream, vec![reply()]).await.0.unwrap_err().to_string();
        assert!(error.contains("redirects") && error.contains("to /ok/v1/chat/completions"), "{error}");
        assert!(!error.contains("token="), "{error}");
    }
}

/// One call to a server that knows our key and answers so; what we say of it, whichever way it went.
async fn with_key(stream: bool, reply: Reply) -> String {
    let dir = tempfile::tempdir().unwrap();
    let server = Scripted::start(vec![reply]).await;
    let mut settings = keyed(&server.base_url, &dir);
    settings.stream = stream;
    settings.retries.most = 0;
    let log = Arc::new(Log::default());
    let answer = OpenAiModel::new(&settings, log.clone()).unwrap().chat(&request("What is 2+2?")).await;
    assert!(server.requests.lock().unwrap()[0].contains(KEY), "the server must get the key");
    format!("{answer:?} {:?}", log.0.lock().unwrap())
}

#[tokio::test]
async fn case_keyinanswer() {
    let told = format!("your key is {KEY}, is it not? \\boxed{{12}}");
    let mut said = vec![with_key(false, with(|answer| answer["choices"][0]["message"]["content"] = json!(told))).await];
    // In pieces of every length, and in one event.
    for length in 1..=told.len() {
        let letters: Vec<char> = told.chars().collect();
        let parts = letters.chunks(length).map(|part| delta(&part.iter().collect::<String>())).collect();
        let events = [parts, vec![finish("stop"), last_usage(&usage())]].concat();
        said.push(with_key(true, body(sse(&events))).await);
    }
    for said in said {
        assert!(said.contains("your key is [hidden], is it not?") && !said.contains("THE-SECRET"), "{said}");
    }
}

#[tokio::test]
async fn case_keyspelled() {
    let spelled = |letter: &dyn Fn(char) -> String| KEY.chars().map(letter).collect::<String>();
    for text in [
        format!("{}\n{}", &KEY[..9], &KEY[9..]),
        KEY.to_uppercase(),
        KEY.chars().rev().collect(),
        spelled(&|c| format!("\\u{:04x}", u32::from(c))),
        spelled(&|c| format!("%{:02x}", u32::from(c))),
        // The end of the Base64 of `Bearer KEY`.
        "...1TRUNSRVQtMDEyMzQ1Njc4OQ==".to_owned(),
    ] {
        for stream in [true, false] {
            let answer = if stream {
                body(sse(&[delta("a "), delta(&text), finish("stop"), last_usage(&usage())]))
            } else {
                with(|answer| answer["choices"][0]["message"]["content"] = json!(text))
            };
            for reply in [
                answer,
                Reply::Http("400 Bad Request", json!({"error": {"message": text}}).to_string()),
                Reply::Http("500 Internal Server Error", text.clone()),
                json(&json!({"error": {"code": 502, "message": text}})),
                Reply::Http("200 OK", format!("<html>{text}")),
            ] {
                let said = with_key(stream, reply).await;
                let hidden = ["SECRET", "TERCES", "01234567", "6789", "\\\\u00", "%5", "MzQ1"]
                    .iter()
                    .all(|part| !said.contains(part));
                assert!(hidden && said.contains("[hidden]"), "{text}: {said}");
            }
        }
    }
}

#[tokio::test]
async fn case_keycutoff() {
    // Wherever the message is cut at 400 characters, and in whatever spelling.
    let escaped: String = KEY.chars().map(|letter| format!("\\u{:04x}", u32::from(letter))).collect();
    for before in 370..=400 {
        let text = format!("{}{KEY}", "x".repeat(before));
        let spelled = format!("{}{escaped}", "x".repeat(before));
        for reply in [
            Reply::Http("500 Internal Server Error", json!({"error": {"message": text}}).to_string()),
            Reply::Http("400 Bad Request", format!("{{\"error\": {{\"message\": \"{spelled}\"}}}}")),
            Reply::Http("400 Bad Request", text.clone()),
            json(&json!({"error": {"code": 502, "message": text}})),
            Reply::Http("200 OK", format!("<html>{text}")),
        ] {
            for stream in [true, false] {
                let said = with_key(stream, reply.clone()).await;
                assert!(!said.contains("sk-T") && !said.contains("SECRET"), "{before}: {said}");
            }
        }
    }
}

#[tokio::test]
async fn case_keyinredirect() {
    for place in [format!("https://other.example/{KEY}/v1"), format!("https://other.example/v1?key={KEY}")] {
        let head: &'static str = format!("307 Temporary Redirect\r\nlocation: {place}").leak();
        let said = with_key(false, Reply::Http(head, String::new())).await;
        assert!(said.contains("https://other.example/") && !said.contains("SECRET"), "{said}");
    }
}

#[tokio::test]
async fn case_keyinfinish() {
    let reason = format!("denied {KEY}");
    for stream in [true, false] {
        let reply = if stream {
            body(sse(&[delta("a"), finish(&reason)]))
        } else {
            with(|answer| answer["choices"][0]["finish_reason"] = json!(reason))
        };
        let said = with_key(stream, reply).await;
        assert!(said.contains("ended the answer with") && !said.to_uppercase().contains("SECRET"), "{said}");
    }
}
