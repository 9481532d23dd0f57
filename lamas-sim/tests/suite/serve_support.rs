//! A simulated model behind HTTP, and what the tests of the server share.

use std::sync::Arc;
use std::time::Duration;

use lamas_core::chat::{ChatRequest, Message, SampleIndex, Sampling};
use lamas_core::units::Seconds;
use lamas_llm::openai::{EndpointSettings, OpenAiModel, OpenAiSettings};
use lamas_sim::serve::{Faults, Limits, Rates, RequestLog, Script, Server, ServerSettings, Speed};
use lamas_sim::{Mutants, SimModel};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::support::{model, profile, word_problems};

/// A server on the loopback.
pub struct Served {
    pub base_url: String,
    pub model: Arc<SimModel>,
    stop: Arc<Notify>,
}

/// Settings without faults, waiting or log.
pub fn settings() -> ServerSettings {
    ServerSettings {
        model: "gpt-4o-mini".to_owned(),
        fingerprint: "test".to_owned(),
        strict: false,
        speed: Speed::INSTANT,
        retry_after: Seconds(1.0),
        faults: Faults::default(),
        log: None,
        limits: Limits::default(),
    }
}

/// Settings with faults from a script.
pub fn scripted(script: &str) -> ServerSettings {
    let script = Script::parse(script, "script").expect("the script is sound");
    ServerSettings { faults: Faults { script, ..Faults::default() }, ..settings() }
}

/// Settings with faults by rate.
pub fn at_rates(rates: &[&str]) -> ServerSettings {
    let rates = Rates::parse(rates.iter().copied()).expect("the rates are sound");
    ServerSettings { faults: Faults { rates, ..Faults::default() }, ..settings() }
}

/// Serves the simulated model with sixty word problems.
pub async fn serve(settings: ServerSettings) -> Served {
    let model = Arc::new(model(profile(), "gsm8k", &word_problems(60), &Mutants::default()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has a free port");
    let base_url = format!("http://{}/v1", listener.local_addr().expect("a bound socket has an address"));
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    let server = Server::new(model.clone(), settings);
    tokio::spawn(server.serve(listener, async move { stopped.notified().await }));
    Served { base_url, model, stop }
}

impl Served {
    /// What the model says to the first problem in the same process.
    pub fn says(&self, replicate: u64, ordinal: u32, sampling: Sampling) -> String {
        let request = ChatRequest {
            messages: vec![Message::user(prompt(0, "Think step by step."))],
            sampling,
            sample: SampleIndex { replicate, ordinal },
        };
        self.model.answer(&request).expect("the problem is known").text.to_string()
    }

    /// Our own client, with pauses of milliseconds.
    pub fn client(&self, yaml: &str) -> OpenAiModel {
        let text =
            format!("{{name: gpt-4o-mini, send_sample: true, retries: {{first: 0.001, longest: 0.005}}, {yaml}}}");
        let mut settings: OpenAiSettings = serde_yaml::from_str(&text).expect("the settings are sound");
        settings.endpoints = vec![EndpointSettings::at(self.base_url.as_str())];
        OpenAiModel::new(&settings, Arc::new(())).expect("the settings are sound")
    }

    /// Tells the server to end.
    pub fn stop(&self) {
        self.stop.notify_one();
    }

    /// Posts a chat completion; status, headers and the text of the body.
    pub async fn post(&self, body: &Value) -> Reply {
        self.send("POST", "/v1/chat/completions", &body.to_string()).await
    }

    fn address(&self) -> &str {
        self.base_url["http://".len()..].trim_end_matches("/v1")
    }

    /// A connection on which nothing was sent.
    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address()).await.expect("the server listens")
    }

    /// Whether nobody listens any more.
    pub async fn refuses(&self) -> bool {
        TcpStream::connect(self.address()).await.is_err()
    }

    /// Sends anything, over a connection of its own, which is handed back unread.
    pub async fn open(&self, method: &str, path: &str, body: &str) -> TcpStream {
        let mut stream = self.connect().await;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        // A server that refuses a body need not read it.
        let _written = stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).await;
        stream
    }

    /// Sends anything and reads all that comes back.
    pub async fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        let mut stream = self.open(method, path, body).await;
        let mut bytes = Vec::new();
        let ended = stream.read_to_end(&mut bytes).await;
        let text = String::from_utf8(bytes).expect("answers are UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let chunked = head.contains("transfer-encoding: chunked");
        Reply {
            status: head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0),
            head: head.to_owned(),
            body: if chunked { unchunked(body) } else { body.to_owned() },
            ended: ended.map(drop).map_err(|error| error.kind()),
            whole: if chunked { body.ends_with("0\r\n\r\n") } else { true },
        }
    }
}

/// What came back over a connection.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
    /// How the connection ended.
    pub ended: Result<(), std::io::ErrorKind>,
    /// Whether the last chunk came.
    pub whole: bool,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The data of all events.
    pub fn events(&self) -> Vec<&str> {
        self.body.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect()
    }

    /// Status, and the fields of the error object.
    pub fn error(&self) -> (u16, Value, Value, Value) {
        let error = &self.json()["error"];
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{self:?}");
        (self.status, error["type"].clone(), error["param"].clone(), error["code"].clone())
    }
}

fn unchunked(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a chunk begins with its size");
        // The last chunk is empty; a cut one is short.
        let piece = &rest[..size.min(rest.len())];
        text.push_str(piece);
        body = rest.get(size + 2..).unwrap_or("");
        if size == 0 {
            break;
        }
    }
    text
}

/// A problem of the server with an instruction.
pub fn prompt(problem: usize, instruction: &str) -> String {
    format!("{}\n{instruction}", word_problems(60)[problem].problem.statement)
}

/// The body of a request about the first problem, with further fields.
pub fn body(fields: &Value) -> Value {
    let mut body = json!({
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": prompt(0, "Think step by step.")}],
    });
    for (key, value) in fields.as_object().expect("fields are an object") {
        body[key] = value.clone();
    }
    body
}

/// A log in a folder.
pub fn logged(settings: ServerSettings, folder: &std::path::Path) -> ServerSettings {
    let log = RequestLog::create(&folder.join("log.jsonl")).expect("the folder is writable");
    ServerSettings { log: Some(log), ..settings }
}

/// The lines of that log, once there are this many.
pub async fn lines(folder: &std::path::Path, count: usize) -> Vec<Value> {
    for _ in 0..6000 {
        let text = std::fs::read_to_string(folder.join("log.jsonl")).expect("the log is there");
        let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if lines.len() >= count {
            return lines;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the log never had {count} lines");
}
