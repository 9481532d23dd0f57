//! The binary with each encoder: what the manifest says of it, what is kept, and what is said when something is missing.

use std::path::{Path, PathBuf};
use std::process::Output;

const EXPERIMENT: &str = "\
version: 1
name: encoders
datasets: [words]
methods: [lamas]
seeds: 1
limit: {train: 4, test: 4}
controller: {passes: 1}
resamples: 20
";

/// Runs the experiment with an encoder; caches go into the folder.
fn sweep(folder: &Path, out: &str, encoder: &str) -> Output {
    let experiment = folder.join("encoders.yaml");
    std::fs::write(&experiment, format!("{EXPERIMENT}encoder: {encoder}\n")).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    assert_cmd::Command::cargo_bin("lamas-bench")
        .unwrap()
        .current_dir(root)
        .env("LAMAS_CACHE_DIR", folder.join("cache"))
        .arg("sweep")
        .arg(&experiment)
        .arg("--out")
        .arg(folder.join(out))
        .output()
        .unwrap()
}

fn recorded(folder: &Path, out: &str) -> String {
    let text = std::fs::read_to_string(folder.join(out).join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    manifest["encoder"].as_str().unwrap().to_owned()
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_missing_model_and_missing_rows_end_the_run_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let given = folder.path().join("own.jsonl");
    std::fs::write(&given, "{\"text\": \"of another set\", \"embedding\": [1, 0]}\n").unwrap();
    let nowhere = folder.path().join("nowhere");
    for (encoder, says) in [
        (format!("{{name: minilm, folder: {}}}", nowhere.display()), "scripts/minilm/fetch.py"),
        (format!("{{name: file, path: {}}}", given.display()), "4 of 4 texts have no row"),
        (format!("{{name: file, path: {}}}", nowhere.display()), "No such file"),
    ] {
        let output = sweep(folder.path(), "run", &encoder);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(!folder.path().join("run").exists(), "{message}");
        assert!(message.contains(says) && message.contains(folder.path().to_str().unwrap()), "{message}");
    }
}

#[test]
fn the_manifest_tells_shuffled_embeddings_from_others() {
    let folder = tempfile::tempdir().unwrap();
    succeeded(&sweep(folder.path(), "plain", "hashed"));
    succeeded(&sweep(folder.path(), "control", "{name: hashed, shuffled: true}"));
    assert_eq!(recorded(folder.path(), "control"), format!("{}+shuffled", recorded(folder.path(), "plain")));
    assert!(!folder.path().join("cache").exists(), "hashed features are not kept");
}

#[test]
fn a_models_embeddings_are_kept() {
    let Some(model) = std::env::var_os("LAMAS_MINILM").map(PathBuf::from) else {
        lamas_testing::skip("minilm", "a_models_embeddings_are_kept", "LAMAS_MINILM does not name a folder");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let encoder = format!("{{name: minilm, folder: {}}}", std::path::absolute(model).unwrap().display());
    succeeded(&sweep(folder.path(), "first", &encoder));
    let kept = || {
        let entries = std::fs::read_dir(folder.path().join("cache/embeddings")).unwrap();
        let mut kept: Vec<_> = entries
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name(), entry.metadata().unwrap().modified().unwrap()))
            .collect();
        kept.sort();
        kept
    };
    let first = kept();
    assert_eq!(first.len(), 3, "training queries, test queries, operators: {first:?}");
    succeeded(&sweep(folder.path(), "second", &encoder));
    assert_eq!(kept(), first);
    assert!(recorded(folder.path(), "second").starts_with("all-MiniLM-L6-v2-"));
}
