//! `bench` from end to end: what it prints and writes. Its figures are not asserted, since they are the machine's.

use std::path::Path;

use serde_json::Value;

#[test]
fn every_part_prints_its_target_its_figure_and_a_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut command = assert_cmd::Command::cargo_bin("lamas-lab").unwrap();
    command.current_dir(root).env_remove("LAMAS_DATA_DIR").env("LAMAS_MINILM", "nowhere");
    let output = command.args(["bench", "--quick", "--out"]).arg(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");

    let text = std::fs::read_to_string(folder.path().join("bench.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 16, "{text}");
    let printed = String::from_utf8(output.stdout).unwrap();
    for row in rows {
        let line = printed.lines().find(|line| line.contains(row["what"].as_str().unwrap())).unwrap();
        if row["outcome"]["measured"].is_null() {
            assert!(line.contains("not measured: "), "{line}");
        } else {
            assert!(line.contains("holds") || line.contains("misses by "), "{line}");
            assert!(row["outcome"]["measured"]["median"].is_number(), "{line}");
        }
    }
    let skipped = rows.iter().filter(|row| row["outcome"]["measured"].is_null()).count();
    assert_eq!(skipped, 5, "the paper and MiniLM's four need files");
    // The served model is the modelled one, or the comparison of their clocks would mean nothing.
    assert!(text.contains("8 of 8 episodes have the modelled path in tokens"), "{text}");

    assert_eq!(report["curves"].as_array().unwrap().len(), 11);
    for file in ["bench.md", "bench.csv", "growth.svg", "growth.png"] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
    assert!(!folder.path().join("scratch").exists());
}

#[test]
fn a_part_that_fails_loses_nothing_that_was_measured_before() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut command = assert_cmd::Command::cargo_bin("lamas-lab").unwrap();
    command.current_dir(root).env_remove("LAMAS_DATA_DIR");
    command.args(["bench", "--quick", "--only", "controller", "--only", "paper", "--paper", "--data-dir"]);
    let output = command.arg(folder.path()).arg("--out").arg(folder.path().join("out")).output().unwrap();
    let (printed, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success() && said.contains("gsm8k"), "{said}");
    assert!(printed.contains("one update of 4 queries"), "{printed}");
    assert!(folder.path().join("out/bench.json").is_file());
}
