//! A small server on the loopback, and a folder in which the binary runs against it.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, Mutex};

/// What a client sent.
#[derive(Clone)]
pub struct Request {
    pub line: String,
    pub head: String,
    pub body: String,
}

impl Request {
    pub fn asks_for_a_stream(&self) -> bool {
        self.body.contains("\"stream\":true")
    }
}

/// What the server answers.
pub struct Reply {
    pub status: &'static str,
    pub kind: &'static str,
    pub body: String,
}

/// A server that answers as it is told, and keeps what it was sent.
pub struct Server {
    port: u16,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (kept, handler) = (Arc::clone(&log), Arc::new(handler));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, handler) = (Arc::clone(&kept), Arc::clone(&handler));
                std::thread::spawn(move || serve(stream, &*handler, &kept));
            }
        });
        Self { port, log }
    }

    /// Answers every chat with half, and lists its model `m`.
    pub fn well() -> Self {
        Self::start(|request| if request.line.starts_with("GET ") { models(&["m"]) } else { half(request) })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    /// How many chats it was asked for.
    pub fn asked(&self) -> usize {
        self.log.lock().unwrap().iter().filter(|request| request.line.starts_with("POST ")).count()
    }

    pub fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, handler: &dyn Fn(&Request) -> Reply, log: &Mutex<Vec<Request>>) {
    let Some(request) = read(&stream) else { return };
    log.lock().unwrap().push(request.clone());
    let Reply { status, kind, body } = handler(&request);
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // A client that has gone away is not the server's concern.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut line, mut head, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).unwrap_or(0) <= 2 {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&header);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { line: line.trim_end().to_owned(), head, body: String::from_utf8(body).unwrap() })
}

pub fn json(status: &'static str, body: impl Into<String>) -> Reply {
    Reply { status, kind: "application/json", body: body.into() }
}

pub fn models(names: &[&str]) -> Reply {
    let models: Vec<_> = names.iter().map(|name| serde_json::json!({"id": name, "object": "model"})).collect();
    json("200 OK", serde_json::json!({"object": "list", "data": models}).to_string())
}

const SAYS: &str = r#"It is \\boxed{0.5}."#;
const USAGE: &str = r#""usage": {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}"#;

/// Half, whole or streamed as the request asks.
pub fn half(request: &Request) -> Reply {
    if !request.asks_for_a_stream() {
        let choice = format!(r#"{{"finish_reason": "stop", "message": {{"role": "assistant", "content": "{SAYS}"}}}}"#);
        return json("200 OK", format!(r#"{{"choices": [{choice}], {USAGE}}}"#));
    }
    let events = [
        format!(r#"{{"choices": [{{"delta": {{"content": "{SAYS}"}}}}]}}"#),
        r#"{"choices": [{"delta": {}, "finish_reason": "stop"}]}"#.to_owned(),
        format!(r#"{{"choices": [], {USAGE}}}"#),
        "[DONE]".to_owned(),
    ];
    let body = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    Reply { status: "200 OK", kind: "text/event-stream", body }
}

/// The refusal of a key, as OpenAI words it.
pub fn refusal() -> Reply {
    let error = r#"{"error": {"message": "Incorrect API key provided", "type": "invalid_request_error", "code": "invalid_api_key"}}"#;
    json("401 Unauthorized", error)
}

/// A folder with an experiment and its store.
pub struct Lab {
    folder: tempfile::TempDir,
}

impl Lab {
    /// Three queries, four seeds, two methods of one call each; `model` are settings of the model `m` at `url`.
    pub fn new(url: &str, model: &str) -> Self {
        let lab = Self { folder: tempfile::tempdir().unwrap() };
        let experiment = format!(
            "version: 1\nname: live\ndatasets: [words]\nmethods: [generate, gen_cot]\nseeds: 4\nlimit: {{train: 1, test: 3}}\n\
             resamples: 50\nmodel: {{openai: {{name: m, price: {{input: 1, output: 1}}, retries: {{first: 0.01}}, \
             endpoints: [{{base_url: \"{url}\"{model}}}]}}}}\nstore: {{path: {}}}\n",
            lab.path("store.sqlite").display()
        );
        fs::write(lab.path("live.yaml"), experiment).unwrap();
        lab
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Changes a text in a file.
    pub fn change(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} holds no {from}");
        fs::write(self.path(name), text.replacen(from, to, 1)).unwrap();
    }

    /// Runs the binary from the project's root; `DIR` in arguments is this folder.
    pub fn run(&self, args: &[&str]) -> Output {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let folder = self.folder.path().to_str().unwrap();
        let mut command = assert_cmd::Command::cargo_bin("lamas-bench").unwrap();
        command.current_dir(root).env_remove("LAMAS_DATA_DIR").env_remove("RUST_LOG").env_remove("OPENAI_API_KEY");
        command.env("LAMAS_TEST_KEY", KEY).args(args.iter().map(|arg| arg.replace("DIR", folder))).output().unwrap()
    }

    pub fn sweep(&self, out: &str, more: &[&str]) -> Output {
        let out = format!("DIR/{out}");
        self.run(&[&["sweep", "DIR/live.yaml", "--threads", "2", "--out", &out], more].concat())
    }

    /// A text with this folder taken out.
    pub fn plain(&self, text: &[u8]) -> String {
        String::from_utf8_lossy(text).replace(self.folder.path().to_str().unwrap(), "DIR")
    }

    /// The exit code and what was said on standard error.
    pub fn said(&self, output: &Output) -> String {
        format!("{} {}", output.status.code().unwrap_or(-1), self.plain(&output.stderr).trim())
    }
}

/// What no file and no output may ever hold.
pub const KEY: &str = "sk-this-must-never-be-seen";

/// The project's root, where the binary finds the bundled sets.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The binary as a process that a test may end.
pub fn binary() -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lamas-bench"));
    command.current_dir(root()).env_remove("RUST_LOG").env_remove("OPENAI_API_KEY");
    command
}

/// A process that prints where it listens, ended with the test.
pub struct Served {
    child: std::process::Child,
    pub url: String,
}

impl Served {
    /// Starts it; the address is the last word of its first line. `None` where it prints none.
    pub fn start(command: &mut std::process::Command) -> Option<Self> {
        let pipe = std::process::Stdio::piped;
        let mut child = command.stdin(pipe()).stdout(pipe()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().next_back().unwrap_or_default().to_owned();
        let server = Self { child, url };
        server.url.starts_with("http://").then_some(server)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The simulated model over the bundled word problems as a server.
pub fn serve_simulated(speed: &str, log: &Path) -> Served {
    let mut serve = binary();
    serve.args(["serve-sim", "--port", "0", "--dataset", "words", "--speed", speed, "--log"]).arg(log);
    Served::start(&mut serve).unwrap()
}

/// How often a server has answered each request so far.
pub fn answered(log: &Path) -> HashMap<String, u64> {
    let mut answers = HashMap::new();
    for line in fs::read_to_string(log).unwrap().lines() {
        // The last line may still be on its way.
        let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        if line["outcome"] == "answered" {
            *answers.entry(line["key"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
    }
    answers
}
