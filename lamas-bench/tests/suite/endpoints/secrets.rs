//! Logs, call records, and the key that is in none of them.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::support::{KEY, Lab, Reply, Server, half, json};

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn case_a_run_that_tells_everything_does_not_tell_the_key() {
    let asked = AtomicUsize::new(0);
    // Every other call fails, and the failure repeats the key; so do the answers.
    let server = Server::start(move |request| match asked.fetch_add(1, Ordering::SeqCst) % 2 {
        0 => json(
            "500 Internal Server Error",
            format!(r#"{{"error": {{"message": "{} is overloaded"}}}}"#, request.head.replace(['"', '\r', '\n'], " ")),
        ),
        _ => {
            let reply = half(request);
            Reply { body: reply.body.replace("It is ", &format!("Bearer {KEY} says ")), ..reply }
        }
    });
    let lab = Lab::new(&server.url(), ", key: {env: LAMAS_TEST_KEY}");
    let ran = lab.sweep("one", &["-vv", "--log-json", "DIR/log.jsonl", "--record-calls"]);
    assert!(ran.status.success(), "{}", lab.said(&ran));
    assert!(server.requests().iter().all(|request| request.head.contains(KEY)), "the key is sent");

    let log = lab.read("log.jsonl");
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failed = lines.iter().filter(|line| line["fields"]["message"].as_str() == Some("attempt failed")).count();
    assert!(failed > 0 && log.contains("[hidden]"), "{log}");
    assert!(lab.plain(&ran.stderr).contains("attempt failed"), "{}", lab.plain(&ran.stderr));

    let calls = lab.read("one/calls.jsonl");
    let calls: Vec<lamas_record::calls::CallRecord> =
        calls.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(calls.len(), 24);
    assert!(calls.iter().all(|call| {
        !call.request.messages.is_empty()
            && call
                .response
                .as_ref()
                .is_some_and(|response| response.text.contains("boxed") && response.timing.attempts >= 1)
    }));

    assert!(calls.iter().all(|call| call.response.as_ref().is_some_and(|response| response.text.contains("[hidden]"))));

    // A key that is refused, with the server quoting it.
    let quoting = Server::start(|request| {
        json(
            "401 Unauthorized",
            format!(r#"{{"error": {{"message": "bad key: {}"}}}}"#, request.head.replace(['"', '\r', '\n'], " ")),
        )
    });
    let second = Lab::new(&quoting.url(), ", key: {env: LAMAS_TEST_KEY}");
    let refused = second.sweep("two", &["-vv"]);
    assert_eq!(refused.status.code(), Some(5));
    let examined = second.run(&["doctor", "DIR/live.yaml"]);
    assert_eq!(examined.status.code(), Some(4));

    for output in [&ran, &refused, &examined] {
        for text in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(text).contains(KEY));
        }
    }
    let mut found = Vec::new();
    for lab in [&lab, &second] {
        files(&lab.path("."), &mut found);
    }
    assert!(found.len() > 20);
    for file in found {
        let holds = fs::read(&file).unwrap().windows(KEY.len()).any(|bytes| bytes == KEY.as_bytes());
        assert!(!holds, "{} holds the key", file.display());
    }
}

#[test]
fn rust_log_goes_before_the_flags_and_the_default_is_quiet() {
    let server = Server::well();
    let lab = Lab::new(&server.url(), "");
    let quiet = lab.sweep("one", &[]);
    assert_eq!(lab.said(&quiet), "0 paid so far: 0.0007 USD for 24 calls, 720 tokens");
    let unwritable = lab.sweep("two", &["--log-json", "DIR/no/such/log.jsonl"]);
    assert!(lab.said(&unwritable).starts_with("6 error: DIR/no/such/log.jsonl: "), "{}", lab.said(&unwritable));
}
