//! A server that nobody here wrote, llama.cpp's with random weights: a call that is dropped is gone from it, by its own log.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::support::{request, settings};
use lamas_core::chat::ChatModel;
use lamas_llm::openai::OpenAiModel;
use serde_json::json;

/// The process, ended with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(venv: &std::ffi::OsStr, folder: &Path) -> Option<(Served, String)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/llama_cpp/run.sh");
    let mut command = Command::new("sh");
    command.arg(script).arg(venv).args([folder.join("random.gguf"), folder.join("log")]);
    let mut server = Served(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().to_owned();
    url.starts_with("http://").then_some((server, url))
}

/// Waits until a line of the log holds these words, and gives the last that does.
async fn says(log: &Path, words: &str, times: usize) -> String {
    for _ in 0..20_000 {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().filter(|line| line.contains(words)).collect();
        if lines.len() >= times {
            return lines[times - 1].to_owned();
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("the log does not say `{words}` {times} times: {}", std::fs::read_to_string(log).unwrap_or_default());
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "how soon it is gone depends on the machine: it is told, not asserted")]
async fn case_a_cancelled_call_is_gone_from_llama_cpp() {
    let name = "case_a_cancelled_call_is_gone_from_llama_cpp";
    let Some(venv) = std::env::var_os("LAMAS_LLAMA_CPP") else {
        lamas_testing::skip("llama-cpp", name, "LAMAS_LLAMA_CPP names no folder");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let Some((server, url)) = start(&venv, folder.path()) else {
        lamas_testing::skip("llama-cpp", name, "xllamacpp cannot be installed here");
        return;
    };
    let log = folder.path().join("log");
    let mut settings = settings(&[&format!("{url}/v1")]);
    // As long as its memory of a conversation goes, which takes it some seconds.
    settings.max_tokens = Some(4000);
    settings.extra.insert("ignore_eos".to_owned(), json!(true));
    for (call, stream) in [true, false, true].into_iter().enumerate() {
        settings.stream = stream;
        let model = OpenAiModel::new(&settings, Arc::new(())).unwrap();
        let question = request("What is 2+2?");
        tokio::select! {
            answer = model.chat(&question) => panic!("it had no time for an answer: {answer:?}"),
            _line = says(&log, "processing task, is_child", call + 1) => {}
        }
        let dropped = Instant::now();
        says(&log, "cancel task", call + 1).await;
        println!("stream {stream}: cancelled after {:?}", dropped.elapsed());
        // Its slot is free, long before the answer would have ended.
        let line = says(&log, "stop processing: n_tokens = ", call + 1).await;
        let tokens = line.split("n_tokens = ").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
        assert!(tokens.parse::<u32>().unwrap() < 4000, "{line}");
    }
    drop(server);
}
