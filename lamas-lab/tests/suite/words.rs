//! `words` on the command line.

use std::process::Command;

/// More than a pipe holds, so that the program meets the closed end for certain.
#[test]
fn case_problems_that_nobody_reads_end_quietly() {
    let output = Command::new("bash")
        .args(["-c", "\"$BINARY\" words --count 5000 | head -1 > /dev/null; echo ${PIPESTATUS[0]}"])
        .env("BINARY", assert_cmd::cargo::cargo_bin("lamas-lab"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "141\n");
}

#[test]
fn case_more_problems_than_there_are_is_refused() {
    let binary = assert_cmd::cargo::cargo_bin("lamas-lab");
    let output = Command::new(binary).args(["words", "--count", "1000000000000"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is not in 0..=20000"));
}
