//! `validate-sim` from end to end.

use std::fs;
use std::path::Path;
use std::process::Output;

fn lab(args: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut command = assert_cmd::Command::cargo_bin("lamas-lab").unwrap();
    command.current_dir(root).env_remove("LAMAS_DATA_DIR").args(args).output().unwrap()
}

#[test]
fn the_simulated_model_is_validated_on_public_files_only() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    fs::create_dir(&nowhere).unwrap();
    let out = folder.path().join("validation");
    let output = lab(&["validate-sim", "--data-dir", nowhere.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let message = String::from_utf8_lossy(&output.stderr);
    if output.status.success() || message.contains("sha256") {
        lamas_testing::skip("no-data", "the_simulated_model_is_validated_on_public_files_only", "they lie in data/");
        return;
    }
    assert_eq!(output.status.code(), Some(3), "{message}");
    assert!(message.contains("`lamas-bench data fetch gsm8k humaneval math` brings them"), "{message}");
    assert!(message.contains("gsm8k_test.jsonl is missing"), "{message}");
    assert!(!out.exists(), "nothing is written before the files are there");
}

/// With the public files at hand the whole command is run on a few rows of each.
#[test]
fn every_published_figure_gets_a_verdict() {
    let Some(data) = std::env::var_os("LAMAS_DATA_DIR") else {
        lamas_testing::skip("data", "every_published_figure_gets_a_verdict", "LAMAS_DATA_DIR is not set");
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("validation");
    let (data, folder) = (data.to_str().unwrap().to_owned(), out.to_str().unwrap());
    let small = ["--set", "limit.train=8", "--set", "limit.test=6", "--set", "controller.passes=1", "--set", "seeds=1"];
    let output = lab(&[&["validate-sim", "--data-dir", &data, "--out", folder][..], &small[..]].concat());
    // On so few rows a calibration row may well be off; that is exit code 1, and everything is written all the same.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    let verdicts = fs::read_to_string(out.join("verdicts.csv")).unwrap();
    let outside = verdicts.lines().filter(|line| line.starts_with("calibration") && line.ends_with("outside")).count();
    assert_eq!(output.status.code(), Some(i32::from(outside > 0)), "{verdicts}");
    for wanted in
        ["calibration,gsm8k,Generate", "held_out,math,MaAS,as released", "held_out,gsm8k and math,\"one chain"]
    {
        assert!(verdicts.contains(wanted), "{wanted} is missing in {verdicts}");
    }
    assert!(out.join("verdicts.png").is_file() && out.join("verdicts.md").is_file());
    // The public folder is read and nothing else.
    assert!(!Path::new(&data).join("mutants.json").exists());
}
