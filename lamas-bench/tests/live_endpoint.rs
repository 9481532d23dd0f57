//! The binary against an endpoint over HTTP: a small server on the loopback that answers every chat completion alike.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A server with one answer, which counts its requests.
struct Server {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn start(status: &'static str, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let count = Arc::clone(&count);
                std::thread::spawn(move || answer(stream, status, body, &count));
            }
        });
        Self { port, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn answer(mut stream: TcpStream, status: &str, body: &str, asked: &AtomicUsize) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut request = vec![0; length];
    if length == 0 || reader.read_exact(&mut request).is_err() {
        return;
    }
    asked.fetch_add(1, Ordering::SeqCst);
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // A client that has gone away is not the server's concern.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

const ANSWER: &str = r#"{"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0,
  "finish_reason": "stop", "message": {"role": "assistant", "content": "It is \\boxed{0.5}."}}],
  "usage": {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}}"#;

const REFUSAL: &str = r#"{"error": {"message": "Incorrect API key provided", "type": "invalid_request_error",
  "param": null, "code": "invalid_api_key"}}"#;

fn sweep(server: &Server, folder: &Path, out: &str) -> Output {
    let experiment = format!(
        "version: 1\nname: live\ndatasets: [words]\nmethods: [generate, gen_cot]\nseeds: 4\nlimit: {{train: 1, test: 3}}\n\
         resamples: 50\nmodel: {{openai: {{name: m, stream: false, price: {{input: 1, output: 1}}, endpoints: \
         [{{base_url: \"http://127.0.0.1:{}/v1\"}}]}}}}\nstore: {{path: {}, mode: replay}}\n",
        server.port,
        folder.join("store.sqlite").display()
    );
    let file = folder.join("live.yaml");
    fs::write(&file, experiment).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut command = assert_cmd::Command::cargo_bin("lamas-bench").unwrap();
    command.current_dir(root).args(["sweep", file.to_str().unwrap(), "--threads", "2", "--out"]);
    command.arg(folder.join(out)).output().unwrap()
}

#[test]
fn an_endpoint_is_asked_once_for_each_sample_and_its_results_are_not_called_simulated() {
    let server = Server::start("200 OK", ANSWER);
    let folder = tempfile::tempdir().unwrap();
    let first = sweep(&server, folder.path(), "one");
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    // Three queries, four seeds, two methods of one call each.
    assert_eq!(server.asked(), 24);
    let results = fs::read_to_string(folder.path().join("one/results.csv")).unwrap();
    assert_eq!(results.lines().count(), 9);
    assert!(
        results.lines().skip(1).all(|line| line.ends_with(",false") && line.contains(",3,0,0.0,10.0,")),
        "{results}"
    );
    assert!(!String::from_utf8_lossy(&first.stdout).contains("simulated"));

    // Another run over the same store pays for nothing.
    let again = sweep(&server, folder.path(), "two");
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert_eq!(server.asked(), 24);
}

#[test]
fn a_key_that_is_refused_ends_the_run_with_that_message_whatever_other_cells_say() {
    let server = Server::start("401 Unauthorized", REFUSAL);
    let folder = tempfile::tempdir().unwrap();
    let refused = sweep(&server, folder.path(), "one");
    let message = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(5), "{message}");
    assert!(message.contains("the model cannot be used") && !message.contains("interrupted"), "{message}");
}
