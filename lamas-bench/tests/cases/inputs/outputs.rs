//! Where output goes: closed pipes, links, devices, places that cannot be written.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{FileTypeExt, symlink};
use std::process::{Command, Stdio};

use super::support::{Folder, experiment};

const ANSWERS: &[u8] = b"{\"id\": 0, \"answer\": \"5\"}\n";

fn score(folder: &Folder, out: &str) -> String {
    folder.said(&["score", "--dataset", "words", "--answers", "answers.jsonl", "--out", out])
}

#[test]
fn case_scores_are_written_through_links_and_into_devices() {
    let folder = Folder::new(&[("answers.jsonl", ANSWERS), ("real.csv", b"old")]);
    symlink("real.csv", folder.path("link.csv")).unwrap();
    assert_eq!(score(&folder, "link.csv"), "0 ");
    assert!(fs::symlink_metadata(folder.path("link.csv")).unwrap().is_symlink());
    assert!(fs::read_to_string(folder.path("real.csv")).unwrap().starts_with("id,score,"));
    assert_eq!(score(&folder, "/dev/null"), "0 ");
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    assert_eq!(folder.names(), ["answers.jsonl", "link.csv", "real.csv"]);
}

#[test]
fn case_a_place_that_cannot_be_written_is_named() {
    let folder = Folder::new(&[("answers.jsonl", ANSWERS), ("x.yaml", experiment("limit: {test: 1}").as_bytes())]);
    insta::assert_snapshot!(score(&folder, "no/such/scores.csv"), @"6 error: no/such/scores.csv: cannot be written: there is no folder no/such; make it first");
    insta::assert_snapshot!(score(&folder, "."), @"6 error: .: is a folder; give the name of a file in it");
    insta::assert_snapshot!(score(&folder, "/dev/full"), @"6 error: /dev/full: cannot be written: No space left on device (os error 28)");
    // A run's folder that is a file.
    let said = folder.said(&["sweep", "x.yaml", "--out", "answers.jsonl"]);
    assert!(said.starts_with("6 error: answers.jsonl"), "{said}");
    assert_eq!(fs::read(folder.path("answers.jsonl")).unwrap(), ANSWERS);
}

/// Starts a command, reads one line of what it prints and closes the pipe.
fn read_one_line(folder: &Folder, args: &[&str]) -> (String, Option<i32>, String) {
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("lamas-bench"))
        .current_dir(folder.path(""))
        .env("LAMAS_DATA_DIR", std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("data"))
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(1, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    (line, output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn case_a_closed_pipe_ends_every_command_quietly() {
    let folder = Folder::new(&[("x.yaml", experiment("methods: [generate]\nseeds: 1\nlimit: {test: 2}").as_bytes())]);
    assert!(folder.run(&["sweep", "x.yaml", "--out", "run"]).status.success());
    for args in [
        &["data", "list"][..],
        &["data", "verify", "words", "functions", "competition"],
        &["plan", "x.yaml"],
        &["doctor", "x.yaml"],
        &["report", "run"],
        &["sweep", "x.yaml", "--out", "run"],
        &["help"],
        &["sweep", "--help"],
    ] {
        let (line, code, stderr) = read_one_line(&folder, args);
        assert!(!line.is_empty(), "{args:?}");
        // What was short enough may have been written before the pipe was closed.
        assert!(matches!(code, Some(0 | 141)), "{args:?}: {code:?} {stderr}");
        assert!(!stderr.contains("panicked") && !stderr.contains("error:"), "{args:?}: {stderr}");
    }
}

/// Nobody reads from the start on, so that the first line meets a closed pipe.
#[test]
fn case_an_output_that_nobody_reads_ends_the_program_with_the_code_of_a_closed_pipe() {
    let folder = Folder::new(&[]);
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("data");
    let binary = assert_cmd::cargo::cargo_bin("lamas-bench");
    // The program is started only once the reader is gone: `exec` after the fifo's other end was opened and closed.
    let script = "exec 3> >(:); wait $!; \"$BINARY\" data list >&3; echo $?";
    let output = Command::new("bash")
        .args(["-c", script])
        .env("BINARY", binary)
        .env("LAMAS_DATA_DIR", data)
        .current_dir(folder.path(""))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "141");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    // The same for messages.
    let script = "exec 3> >(:); wait $!; \"$BINARY\" report nowhere 2>&3; echo $?";
    let output = Command::new("bash")
        .args(["-c", script])
        .env("BINARY", assert_cmd::cargo::cargo_bin("lamas-bench"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "6");
}
