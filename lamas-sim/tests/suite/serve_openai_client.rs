//! The server under the official `openai` client from PyPI.
//!
//! It needs Python with access to a package index: the environment variable `LAMAS_OPENAI_CLIENT` names the folder for
//! the virtual environment and asks for it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::serve_support::{Served, prompt, scripted, serve};
use lamas_core::chat::{ChatRequest, Message, SampleIndex, Sampling};
use serde_json::{Value, json};

/// Requests are known by their seeds.
const SCRIPT: &str = "
- {fault: 429, seeds: [10, 16], attempts: [1]}
- {fault: 500, seeds: [11]}
- {fault: 503, seeds: [12]}
- {fault: reset, seeds: [13]}
- {fault: timeout, seeds: [14]}
- {fault: cut, seeds: [15]}
";

/// What the client found, or none where it cannot be had.
async fn asked(served: &Served) -> Option<Value> {
    let test = "the_official_client_understands_the_server";
    let Some(venv) = std::env::var_os("LAMAS_OPENAI_CLIENT").map(PathBuf::from) else {
        lamas_testing::skip(
            "openai-client",
            test,
            "LAMAS_OPENAI_CLIENT does not name a folder for the virtual environment",
        );
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/openai_client/run.sh");
    let mut command = Command::new(script);
    command.arg(&venv).args([&served.base_url, &prompt(0, "Think step by step.")]);
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("no panic");
    let output = output.expect("the script can be started");
    // Without the package nothing is found out; with it, whatever goes wrong is a failure.
    if !output.status.success() && !venv.join("installed").exists() {
        lamas_testing::skip(
            "openai-client",
            test,
            &format!("openai could not be installed: {}", String::from_utf8_lossy(&output.stderr)),
        );
        return None;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).expect("the script writes JSON"))
}

fn answers(served: &Served, replicate: u64, choices: u32, sampling: &Sampling) -> Vec<Value> {
    let answer = |ordinal| {
        let messages = vec![Message::system("Be careful."), Message::user(prompt(0, "Think step by step."))];
        let sample = SampleIndex { replicate, ordinal };
        let request = ChatRequest { messages, sampling: sampling.clone(), sample };
        Value::from(&*served.model.answer(&request).expect("the problem is known").text)
    };
    (0..choices).map(answer).collect()
}

#[tokio::test]
async fn the_official_client_understands_the_server() {
    let served = serve(scripted(SCRIPT)).await;
    let Some(found) = asked(&served).await else { return };
    let sampling =
        Sampling { temperature: 0.7, top_p: Some(0.9), max_tokens: Some(300), stop: vec!["nowhere".to_owned()] };
    let expected = answers(&served, 1, 2, &sampling);
    assert_eq!(found["models"], json!(["gpt-4o-mini"]));
    assert_eq!(found["plain"], json!(expected));
    assert_eq!(found["streamed"], found["plain"]);
    let usage = found["usage"].as_array().expect("three counts");
    assert_eq!(usage[0].as_u64().unwrap() + usage[1].as_u64().unwrap(), usage[2].as_u64().unwrap());
    assert_eq!(found["streamed_usage"], json!([usage[1]]));
    assert_eq!(found["cut_short"], "length");
    let failure = |class: &str, code: Value, param: Value| json!({"class": class, "code": code, "param": param});
    assert_eq!(found["unknown_model"], failure("NotFoundError", json!("model_not_found"), json!("model")));
    let free = found["free"].as_object().expect("an object");
    assert_eq!(free.len(), 7);
    for (name, said) in free {
        assert_eq!(said["text"], said["streamed"], "{name}");
        assert!(said["text"].as_str().is_some_and(|text| text.starts_with("A simulated model")), "{name}: {said}");
        let finish = if name == "short" { "length" } else { "stop" };
        assert_eq!(said["finish"], json!([finish, finish]), "{name}");
        assert!(said["tokens"].as_u64().is_some_and(|tokens| (5..2000).contains(&tokens)), "{name}: {said}");
        let marks = said["fingerprints"].as_array().expect("a list");
        assert!(marks.iter().all(|mark| mark.as_str().is_some_and(|mark| mark.starts_with("simulated_"))), "{said}");
    }
    assert_eq!(found["no_messages"], failure("BadRequestError", Value::Null, json!("messages")));
    let class = |found: &Value| found["class"].as_str().unwrap_or("none").to_owned();
    let faults = ["429", "500", "503", "reset"].map(|fault| class(&found["faults"][fault]));
    assert_eq!(faults, ["RateLimitError", "InternalServerError", "InternalServerError", "APIConnectionError"]);
    assert_eq!(class(&found["time_out"]), "APITimeoutError");
    assert_ne!(class(&found["cut_stream"]), "none");
    assert_eq!(found["retried"], answers(&served, 16, 1, &Sampling::default())[0]);
}
