//! The binary with each encoder: what the manifest says of it, what is kept, and what is said when something is missing.

use std::path::PathBuf;
use std::process::Output;

use super::support::Bench;

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

fn sweep(bench: &Bench, out: &str, encoder: &str) -> Output {
    bench.run("sweep", out, &["--set", &format!("encoder={encoder}")])
}

fn recorded(bench: &Bench, out: &str) -> String {
    let manifest: serde_json::Value = serde_json::from_str(&bench.read(&format!("{out}/manifest.json"))).unwrap();
    manifest["encoder"].as_str().unwrap().to_owned()
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_missing_model_and_missing_rows_end_the_run_with_a_remedy() {
    let bench = Bench::new(EXPERIMENT);
    let given = bench.path("own.jsonl");
    std::fs::write(&given, "{\"text\": \"of another set\", \"embedding\": [1, 0]}\n").unwrap();
    let nowhere = bench.path("nowhere");
    for (encoder, says) in [
        (format!("{{name: minilm, folder: {}}}", nowhere.display()), "scripts/minilm/fetch.py"),
        (format!("{{name: file, path: {}}}", given.display()), "4 of 4 texts have no row"),
        (format!("{{name: file, path: {}}}", nowhere.display()), "No such file"),
    ] {
        let output = sweep(&bench, "run", &encoder);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(!bench.path("run").exists(), "{message}");
        assert!(message.contains(says) && message.contains(bench.path("").to_str().unwrap()), "{message}");
    }
}

#[test]
fn the_manifest_tells_shuffled_embeddings_from_others() {
    let bench = Bench::new(EXPERIMENT);
    succeeded(&sweep(&bench, "plain", "hashed"));
    succeeded(&sweep(&bench, "control", "{name: hashed, shuffled: true}"));
    assert_eq!(recorded(&bench, "control"), format!("{}+shuffled", recorded(&bench, "plain")));
    assert!(!bench.path("cache").exists(), "hashed features are not kept");
}

#[test]
fn a_models_embeddings_are_kept() {
    let Some(model) = std::env::var_os("LAMAS_MINILM").map(PathBuf::from) else {
        lamas_testing::skip("minilm", "a_models_embeddings_are_kept", "LAMAS_MINILM does not name a folder");
        return;
    };
    let bench = Bench::new(EXPERIMENT);
    let encoder = format!("{{name: minilm, folder: {}}}", std::path::absolute(model).unwrap().display());
    succeeded(&sweep(&bench, "first", &encoder));
    let kept = || {
        let entries = std::fs::read_dir(bench.path("cache/embeddings")).unwrap();
        let mut kept: Vec<_> = entries
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name(), entry.metadata().unwrap().modified().unwrap()))
            .collect();
        kept.sort();
        kept
    };
    let first = kept();
    assert_eq!(first.len(), 3, "training queries, test queries, operators: {first:?}");
    succeeded(&sweep(&bench, "second", &encoder));
    assert_eq!(kept(), first);
    assert!(recorded(&bench, "second").starts_with("all-MiniLM-L6-v2-"));
}
