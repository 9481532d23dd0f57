//! Servers that answer from a script, and what the tests of the OpenAI client share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse, Message, SampleIndex, Sampling};
use lamas_llm::limit::{CallEvent, CallObserver};
use lamas_llm::openai::{EndpointSettings, KeySource, OpenAiModel, OpenAiSettings};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A key that must not get out.
pub const KEY: &str = "sk-THE-SECRET-0123456789";

/// Settings with one endpoint whose key comes from a file.
pub fn keyed(base_url: &str, dir: &tempfile::TempDir) -> OpenAiSettings {
    let file = dir.path().join("key.txt");
    std::fs::write(&file, KEY).unwrap();
    let mut settings = settings(&[base_url]);
    settings.endpoints[0].key = Some(KeySource::File(file));
    settings
}

/// What the server does with one connection, in order.
#[derive(Clone)]
pub enum Reply {
    /// Status line and headers beyond the usual, and the body.
    Http(&'static str, String),
    /// An event stream, ended properly or cut by closing the connection within the body.
    Stream { events: Vec<String>, cut: bool },
    /// These bytes as they are, in these pieces, head included; then the connection is closed.
    Raw(Vec<Vec<u8>>),
    /// A head, then this again and again until the client hangs up.
    Endless(&'static str, Vec<u8>),
    /// The connection is reset.
    Reset,
    /// Nothing comes, until the client gives up.
    Silence,
}

/// A server that treats its n-th connection as the n-th reply says, and keeps the bodies that it was sent.
pub struct Scripted {
    pub base_url: String,
    pub requests: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = requests.clone();
        tokio::spawn(async move {
            for reply in replies {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(answer(stream, reply, log.clone()));
            }
        });
        Self { base_url, requests }
    }

    pub fn bodies(&self) -> Vec<Value> {
        let requests = self.requests.lock().unwrap();
        requests.iter().map(|r| serde_json::from_str(r.split_once("\r\n\r\n").unwrap().1).unwrap()).collect()
    }
}

async fn answer(mut stream: TcpStream, reply: Reply, log: Arc<Mutex<Vec<String>>>) {
    let request = read_request(&mut stream).await;
    log.lock().unwrap().push(request);
    let text = match reply {
        Reply::Http(head, body) => {
            format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
        }
        Reply::Stream { events, cut } => {
            let body: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
            let promised = body.len() + if cut { 100 } else { 0 };
            format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {promised}\r\nconnection: close\r\n\r\n{body}"
            )
        }
        Reply::Raw(pieces) => {
            stream.set_nodelay(true).unwrap();
            for piece in pieces {
                // The client may have heard enough.
                if stream.write_all(&piece).await.is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
            let _ = stream.shutdown().await;
            return;
        }
        Reply::Endless(head, again) => {
            let head = format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(&again).await.is_ok() {}
            return;
        }
        Reply::Reset => {
            stream.set_zero_linger().unwrap();
            return;
        }
        Reply::Silence => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            return;
        }
    };
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.unwrap();
        text.extend_from_slice(&piece[..read]);
        let so_far = String::from_utf8_lossy(&text);
        if let Some((head, body)) = so_far.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return so_far.into_owned();
            }
        }
        assert!(read > 0, "the request ended early: {so_far}");
    }
}

/// A stream with this body, in one piece.
pub fn body(text: impl Into<Vec<u8>>) -> Reply {
    pieces(vec![text.into()])
}

/// A stream with this body, in these pieces.
pub fn pieces(pieces: Vec<Vec<u8>>) -> Reply {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    Reply::Raw([vec![head.as_bytes().to_vec()], pieces].concat())
}

/// A stream of these events, ended by `[DONE]`.
pub fn sse(events: &[Value]) -> String {
    let events: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    events + "data: [DONE]\n\n"
}

/// An answer in one piece with this body.
pub fn json(body: &Value) -> Reply {
    Reply::Http("200 OK", body.to_string())
}

/// A whole answer with usage.
pub fn whole(text: &str) -> Reply {
    Reply::Http("200 OK", completion(&json!(text)).to_string())
}

/// The body of a whole answer with this content.
pub fn completion(content: &Value) -> Value {
    json!({
        "id": "x", "object": "chat.completion", "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19},
    })
}

/// An event of a stream that says `text`.
pub fn delta(text: &str) -> String {
    json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]}).to_string()
}

/// The events that end a stream.
pub fn end(reason: &str) -> Vec<String> {
    vec![
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}).to_string(),
        json!({"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 7}}).to_string(),
        "[DONE]".to_owned(),
    ]
}

/// A server error.
pub fn failing(head: &'static str, message: &str) -> Reply {
    Reply::Http(head, json!({"error": {"message": message, "type": "server_error"}}).to_string())
}

/// Settings for whole answers from these URLs, with pauses of milliseconds.
pub fn settings(base_urls: &[&str]) -> OpenAiSettings {
    let mut settings: OpenAiSettings =
        serde_yaml::from_str("{name: gpt-4o-mini, stream: false, retries: {first: 0.005}}").unwrap();
    settings.endpoints = base_urls.iter().copied().map(EndpointSettings::at).collect();
    settings
}

/// Keeps all events.
#[derive(Default)]
pub struct Log(pub Mutex<Vec<CallEvent>>);

impl CallObserver for Log {
    fn observe(&self, event: &CallEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

pub fn request(text: &str) -> ChatRequest {
    ChatRequest { messages: vec![Message::user(text)], sampling: Sampling::default(), sample: SampleIndex::default() }
}

/// One call with these settings.
pub async fn call(settings: &OpenAiSettings) -> Result<ChatResponse, ChatError> {
    OpenAiModel::new(settings, Arc::new(())).unwrap().chat(&request("What is 2+2?")).await
}
