//! The binary as a server: it says where it listens, answers about bundled problems, and ends on Ctrl-C.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A running `serve-sim`.
struct Serving {
    process: Child,
    address: String,
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let mut process = command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").and_then(|rest| rest.strip_suffix("/v1"));
        Self { address: address.unwrap_or_else(|| panic!("{line}")).to_owned(), process }
    }

    fn ask(&self, body: &Value) -> (String, Value) {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close";
        write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), serde_json::from_str(body).unwrap())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended as it should.
        let _ = self.process.kill();
    }
}

fn command(arguments: &[&str]) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lamas-bench"));
    command.current_dir(root).env_remove("LAMAS_DATA_DIR").args(["serve-sim", "--port", "0"]).args(arguments);
    command
}

/// The first word problem, put in a prompt of nobody's.
fn request(seed: u32) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let rows = std::fs::read_to_string(root.join("data/word_problems.jsonl")).unwrap();
    let row: Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    let content = format!("Solve this, please: {} Put the result into \\boxed{{}}.", row["question"].as_str().unwrap());
    json!({"model": "sim", "seed": seed, "messages": [{"role": "user", "content": content}]})
}

#[test]
fn it_answers_fails_on_request_and_ends_on_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let (script, log) = (folder.path().join("script.yaml"), folder.path().join("log.jsonl"));
    std::fs::write(&script, "- {fault: 503, seeds: [2], attempts: [1]}\n").unwrap();
    let paths = [&script, &log].map(|path| path.to_str().unwrap());
    let mut serving = Serving::start(&[
        "--speed",
        "inf",
        "--dataset",
        "words",
        "--model-name",
        "sim",
        "--script",
        paths[0],
        "--log",
        paths[1],
    ]);
    let (status, answer) = serving.ask(&request(1));
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(answer["choices"][0]["message"]["content"].as_str().unwrap().contains("\\boxed{"), "{answer}");
    assert!(answer["system_fingerprint"].as_str().unwrap().starts_with("simulated_"));
    assert_eq!(serving.ask(&request(2)).0, "HTTP/1.1 503 Service Unavailable");
    assert_eq!(serving.ask(&request(2)).0, "HTTP/1.1 200 OK");

    let told = Command::new("kill").args(["-INT", &serving.process.id().to_string()]).status().unwrap();
    assert!(told.success() && serving.process.wait().unwrap().success());
    let log = std::fs::read_to_string(log).unwrap();
    let outcomes: Vec<Value> =
        log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["outcome"].clone()).collect();
    assert_eq!(outcomes, ["answered", "503", "answered"]);
}

#[test]
fn arguments_that_cannot_be_used_are_named() {
    for (arguments, code, says) in [
        (["--fault", "418=0.1"], 2, "there are 429, 500"),
        (["--profile", "gpt-9"], 2, "unknown profile `gpt-9`"),
        (["--script", "no/such/script.yaml"], 2, "no/such/script.yaml"),
        (["--speed", "0"], 2, "not a speed"),
        (["--dataset", "wrods"], 3, "unknown dataset `wrods`"),
    ] {
        let output = command(&arguments).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{message}");
        assert!(message.contains(says), "{message}");
    }
}
