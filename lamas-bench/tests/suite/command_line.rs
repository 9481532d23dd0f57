//! The binary from end to end: what it writes, that it repeats itself, and what it says of bad input.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use polars::prelude::*;

/// A small experiment in a folder of its own, run from the project's root.
struct Bench {
    folder: tempfile::TempDir,
}

const SMALL: &str = "\
version: 1
name: small
datasets: [words, functions]
methods: [generate, maas, lamas, {name: uniform, like: lamas, lambda_t: [1e-4], set: {credit: uniform}}]
seeds: 2
lambda_t: [0, 1e-3]
limit: {train: 8, test: 10}
controller: {passes: 1}
resamples: 100
traces: 1
";

impl Bench {
    fn new(experiment: &str) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(bench.path("small.yaml"), experiment).unwrap();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = assert_cmd::Command::cargo_bin("lamas-bench").unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        command.current_dir(root).env_remove("LAMAS_DATA_DIR").args(args).output().unwrap()
    }

    fn sweep(&self, out: &str, more: &[&str]) -> Output {
        let (file, out) = (self.path("small.yaml"), self.path(out));
        let mut args = vec!["sweep", file.to_str().unwrap(), "--out", out.to_str().unwrap()];
        args.extend(more);
        self.run(&args)
    }
}

/// The message with the temporary folder taken out.
fn message(bench: &Bench, output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).replace(bench.folder.path().to_str().unwrap(), "DIR")
}

fn table(path: &Path) -> DataFrame {
    let table = ParquetReader::new(fs::File::open(path).unwrap()).finish().unwrap();
    table.drop_many(lamas_record::rows::WALL_CLOCK_COLUMNS)
}

#[test]
fn a_sweep_repeats_itself_on_any_number_of_threads_and_goes_on_where_it_ended() {
    let bench = Bench::new(SMALL);
    let first = bench.sweep("one", &["--threads", "1"]);
    assert!(first.status.success(), "{}", message(&bench, &first));
    assert!(bench.sweep("two", &["--threads", "2"]).status.success());

    let csv = |run: &str| fs::read_to_string(bench.path(run).join("results.csv")).unwrap();
    assert_eq!(csv("one"), csv("two"));
    let episodes = |run: &str| table(&bench.path(run).join("episodes.parquet"));
    assert!(episodes("one").equals_missing(&episodes("two")));

    let results = csv("one");
    let head = results.lines().next().unwrap();
    for column in
        "dataset,method,lambda_t,seed,split,n,unscored,score,cp_len,cp_len_p90,latency_s,cost_usd,simulated".split(',')
    {
        assert!(head.split(',').any(|name| name == column), "{column} is missing from {head}");
    }
    // Two sets, two seeds: one test row for generate, train and test rows for each lambda_t of a method that learns.
    assert_eq!(results.lines().count() - 1, 2 * 2 * (1 + 2 + 2 * 2 + 2));
    for file in [
        "manifest.json",
        "tables/words.md",
        "tables/words.tex",
        "tables/words.csv",
        "figures/front.svg",
        "figures/front.png",
    ] {
        assert!(bench.path("one").join(file).is_file(), "{file} is missing");
    }
    let shown = String::from_utf8_lossy(&first.stdout).into_owned();
    assert!(shown.contains("simulated model") && shown.contains("front.png"), "{shown}");
    let svg = fs::read_to_string(bench.path("one/figures/front.svg")).unwrap();
    assert!(svg.contains("simulated"), "the figure must say that it is simulated");

    // A cell that was lost is run again; the others stay, and the whole is as before.
    let cell = bench.path("one/cells/words.lamas.1e-3.s1");
    let kept = bench.path("one/cells/words.generate.s1/test.parquet");
    let before = fs::metadata(&kept).unwrap().modified().unwrap();
    fs::remove_dir_all(&cell).unwrap();
    assert!(bench.sweep("one", &[]).status.success());
    assert_eq!(fs::metadata(&kept).unwrap().modified().unwrap(), before);
    assert_eq!(csv("one"), csv("two"));

    // Tables and figures again, without a model.
    fs::remove_dir_all(bench.path("one/figures")).unwrap();
    assert!(bench.run(&["report", bench.path("one").to_str().unwrap()]).status.success());
    assert!(bench.path("one/figures/front.png").is_file());

    // A damaged checkpoint is named, and nothing else is touched.
    fs::remove_file(cell.join("test.parquet")).unwrap();
    fs::write(cell.join("checkpoint.safetensors"), b"not a checkpoint").unwrap();
    let damaged = bench.sweep("one", &[]);
    assert_eq!(damaged.status.code(), Some(6));
    assert!(message(&bench, &damaged).contains("checkpoint.safetensors"), "{}", message(&bench, &damaged));
    assert_eq!(csv("one"), csv("two"));

    // Another experiment does not take over the folder.
    let other = bench.sweep("one", &["--set", "resamples=50"]);
    assert_eq!(other.status.code(), Some(6));
    assert!(message(&bench, &other).contains("another experiment"));
}

#[test]
fn training_and_evaluation_apart_give_what_a_sweep_gives() {
    let bench = Bench::new(&SMALL.replace("words, functions", "words"));
    assert!(bench.sweep("whole", &[]).status.success());
    let (file, out) = (bench.path("small.yaml"), bench.path("apart"));
    let (file, out) = (file.to_str().unwrap(), out.to_str().unwrap());
    let early = bench.run(&["eval", file, "--out", out]);
    assert_eq!(early.status.code(), Some(6), "there is no checkpoint yet");
    for phase in ["train", "eval"] {
        let done = bench.run(&[phase, file, "--out", out]);
        assert!(done.status.success(), "{phase}: {}", message(&bench, &done));
    }
    let csv = |run: &str| fs::read_to_string(bench.path(run).join("results.csv")).unwrap();
    assert_eq!(csv("apart"), csv("whole"));

    // The command that `train` names is of the same experiment, and a shell takes it as it stands.
    let (set, out) = ("lambda_t=[1e-3, 1e-4]", bench.path("set"));
    let trained = bench.run(&["train", file, "--out", out.to_str().unwrap(), "--set", set, "--seed", "4"]);
    let said = String::from_utf8(trained.stdout).unwrap();
    let named = said.trim().strip_prefix("trained; evaluate with: lamas-bench ").unwrap();
    assert!(named.contains(&format!("--set '{set}' --set seed=4")), "{said}");
    let program = assert_cmd::cargo::cargo_bin("lamas-bench");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let command = format!("{} {named}", program.display());
    let done =
        assert_cmd::Command::new("sh").current_dir(root).env_remove("LAMAS_DATA_DIR").args(["-c", &command]).output();
    let done = done.unwrap();
    assert!(done.status.success(), "{command}: {}", message(&bench, &done));
}

#[test]
fn bad_input_is_named_with_its_place_and_remedy() {
    let said = |experiment: &str, more: &[&str]| {
        let bench = Bench::new(experiment);
        let output = bench.sweep("out", more);
        format!("{} {}", output.status.code().unwrap(), message(&bench, &output).trim())
    };
    let with = |from: &str, to: &str| SMALL.replace(from, to);
    insta::assert_snapshot!(said(&with("maas, lamas,", "maas, lamsa,"), &[]), @"2 error: DIR/small.yaml:4: methods[2]: unknown method `lamsa`, did you mean `lamas`?");
    insta::assert_snapshot!(said(&with("seeds: 2", "sedes: 2"), &[]), @"2 error: DIR/small.yaml:5: unknown key `sedes`, did you mean `seeds`?");
    insta::assert_snapshot!(said(&with("passes: 1", "tua: 0.3"), &[]), @"2 error: DIR/small.yaml:8: controller: unknown key `tua`, did you mean `tau`?");
    insta::assert_snapshot!(said(&with("words, functions", "wrods"), &[]), @"2 error: DIR/small.yaml:3: datasets: unknown dataset `wrods`, did you mean `words`?");
    insta::assert_snapshot!(said(&with("credit: uniform", "gamma: 3"), &[]), @"2 error: DIR/small.yaml:4: methods[3]: set: gamma stands under `controller`, one for all methods, or their paths would not compare");
    insta::assert_snapshot!(said(SMALL, &["--set", "seeds=0"]), @"2 error: --set seeds=0: seeds: 0 is not between 1 and 10000");
    insta::assert_snapshot!(said(&with("words, functions", "gsm8k"), &[]), @"3 error: gsm8k_test.jsonl is missing (looked in data/); `lamas-bench data fetch gsm8k` brings it, or point --data-dir at it");
    insta::assert_snapshot!(said(SMALL, &["--set", "sandbox.python=/nowhere/python3"]), @"2 error: --set sandbox.python=/nowhere/python3: sandbox.python: `/nowhere/python3` does not run (No such file or directory (os error 2)); install Python 3.9 or later, or name one in the setting `python`");
}

#[test]
fn one_gamma_counts_tool_time_for_every_method() {
    let fixed = "{name: program, graph: [[programmer]], steps: false}";
    let bench = Bench::new(&SMALL.replace("words, functions", "words").replace(
        "generate, maas, lamas, {name: uniform, like: lamas, lambda_t: [1e-4], set: {credit: uniform}}",
        fixed,
    ));
    let path = |out: &str, gamma: &str| {
        let done = bench.sweep(out, &["--set", gamma]);
        assert!(done.status.success(), "{}", message(&bench, &done));
        let episodes = table(&bench.path(out).join("episodes.parquet"));
        let sum = |name: &str| episodes.column(name).unwrap().f64().unwrap().sum().unwrap();
        (sum("cp_len"), sum("tool_s"))
    };
    let ((none, tool), (thousand, _)) = (path("none", "controller.gamma=0"), path("thousand", "controller.gamma=1000"));
    assert!(tool > 0.0);
    assert!((thousand - none - 1000.0 * tool).abs() < 1e-6 * thousand, "{none} {thousand} {tool}");
}

#[test]
fn saved_answers_are_scored_without_a_model() {
    let bench = Bench::new(SMALL);
    let answers = "{\"id\": 0, \"answer\": \"so it is \\\\boxed{0.5}\"}\n{\"id\": 1, \"answer\": \"no idea\"}\n";
    fs::write(bench.path("answers.jsonl"), answers).unwrap();
    let (from, to) = (bench.path("answers.jsonl"), bench.path("scores.csv"));
    let done =
        bench.run(&["score", "--dataset", "words", "--answers", from.to_str().unwrap(), "--out", to.to_str().unwrap()]);
    assert!(done.status.success(), "{}", message(&bench, &done));
    assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), "score 0.00% (0 of 2), 0 unscored");
    assert!(fs::read_to_string(to).unwrap().starts_with("id,score,extracted,expected,reason\n0,0,0.5,"));
}

#[test]
fn every_manifest_is_read_and_every_bundled_set_is_whole() {
    let bench = Bench::new(SMALL);
    let listed = bench.run(&["data", "list"]);
    assert!(listed.status.success(), "{}", message(&bench, &listed));
    for name in ["words", "functions", "competition", "gsm8k", "humaneval", "math"] {
        assert!(String::from_utf8_lossy(&listed.stdout).contains(name), "{name} is not listed");
    }
    let verified = bench.run(&["data", "verify", "words", "functions", "competition"]);
    assert!(verified.status.success(), "{}", message(&bench, &verified));
}

#[test]
fn the_public_sets_load_with_their_published_splits() {
    use lamas_experiment::dataset::{DataFolders, Dataset};
    let Some(folder) = std::env::var_os("LAMAS_DATA_DIR") else {
        lamas_testing::skip("data", "the_public_sets_load_with_their_published_splits", "LAMAS_DATA_DIR is not set");
        return;
    };
    // The manifests and the public files in one folder, since other tests of this process have the same working folder.
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data").canonicalize().unwrap();
    let both = tempfile::tempdir().unwrap();
    for entry in [bundled, folder.into()].iter().flat_map(|from| fs::read_dir(from).unwrap()) {
        let path = entry.unwrap().path();
        let link = both.path().join(path.file_name().unwrap());
        if !link.exists() {
            std::os::unix::fs::symlink(&path, link).unwrap();
        }
    }
    let folders = DataFolders::new(Some(both.path()));
    for (name, train, test) in [("gsm8k", 264, 1055), ("humaneval", 33, 131), ("math", 119, 486)] {
        let dataset = Dataset::load(&folders, name, &Default::default()).unwrap();
        assert_eq!((dataset.train.len(), dataset.test.len()), (train, test), "{name}");
    }
}
