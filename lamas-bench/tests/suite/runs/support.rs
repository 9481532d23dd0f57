//! A small experiment in a folder of its own, and data that may be changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use lamas_core::digest::sha256;

/// An experiment file and its runs.
pub struct Bench {
    folder: tempfile::TempDir,
}

/// Two methods, one of which learns, on problems of our own.
pub const SMALL: &str = "\
version: 1
name: small
datasets: [sums]
methods: [generate, lamas]
seeds: 1
lambda_t: [1e-3]
controller: {passes: 1}
resamples: 50
traces: 1
prompts: DIR/prompts
encoder: {name: file, path: DIR/embeddings.jsonl}
model: {simulated: {profile: DIR/profile.yaml}}
";

/// Rows of the problem set; the first half trains.
const ROWS: usize = 8;

impl Bench {
    pub fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["data", "prompts"] {
            fs::create_dir(bench.path(folder)).unwrap();
        }
        bench.write("small.yaml", SMALL);
        bench.problems(|row| row + 30);
        bench.split([0, 1, 2, 3], [4, 5, 6, 7]);
        bench.embeddings(0.5);
        bench.write("prompts/generate.maths.j2", "Solve it.\n{{ statement }}\n");
        let profile = root().join("lamas-sim/profiles/gpt-4o-mini.yaml");
        fs::copy(profile, bench.path("profile.yaml")).unwrap();
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file; `DIR` in it is this folder.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text.replace("DIR", self.folder.path().to_str().unwrap())).unwrap();
    }

    pub fn change(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{name} holds no {from}");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// The problem set, with these answers, and its manifest.
    pub fn problems(&self, answer: impl Fn(usize) -> usize) {
        let row = |row: usize| {
            let question = statement(row);
            let answer = answer(row).to_string();
            serde_json::json!({"question": question, "answer": answer, "solution": "It is so."}).to_string() + "\n"
        };
        let rows: String = (0..ROWS).map(row).collect();
        fs::write(self.path("data/sums.jsonl"), &rows).unwrap();
        let sha256 = sha256(rows);
        self.write(
            "data/sums.yaml",
            &format!(
                "version: 1\nname: sums\ntitle: Sums\ndomain: maths\nscorer: number\nfile: sums.jsonl\nsha256: {sha256}\n\
                 rows: {ROWS}\nlicence: CC0-1.0\nfields: {{id: null, statement: question, answer: answer, answer_in: whole, \
                 solution: solution}}\nsplit: {{file: sums-split.json, name: sums}}\nsimulated_as: gsm8k\n"
            ),
        );
    }

    pub fn split(&self, train: [usize; 4], test: [usize; 4]) {
        self.write("data/sums-split.json", &serde_json::json!({"sums": {"train": train, "test": test}}).to_string());
    }

    /// Embeddings of all statements and of the operators' descriptions; `first` is part of the first row.
    pub fn embeddings(&self, first: f64) {
        use lamas_operators::prompt::Prompts;
        use lamas_operators::registry;
        let prompts = std::sync::Arc::new(Prompts::load(None).unwrap());
        let operators = registry::operators(lamas_core::problem::Domain::Maths, &prompts);
        let descriptions = operators.iter().map(|operator| operator.description().to_owned());
        let texts: Vec<String> = (0..ROWS).map(statement).chain(descriptions).collect();
        let line = |(index, text): (usize, &String)| {
            let x = if index == 0 { first } else { 0.1 * index as f64 };
            serde_json::json!({"text": text, "embedding": [1.0, x]}).to_string() + "\n"
        };
        let lines: String = texts.iter().enumerate().map(line).collect();
        fs::write(self.path("embeddings.jsonl"), lines).unwrap();
    }

    pub fn run(&self, args: &[&str]) -> Output {
        let mut command = assert_cmd::Command::cargo_bin("lamas-bench").unwrap();
        command.current_dir(root()).env_remove("LAMAS_DATA_DIR").env_remove("RUST_LOG").args(args).output().unwrap()
    }

    pub fn sweep(&self, out: &str, more: &[&str]) -> Output {
        let [file, out, data] = ["small.yaml", out, "data"].map(|name| self.path(name));
        let [file, out, data] = [&file, &out, &data].map(|path| path.to_str().unwrap());
        self.run(&[&["sweep", file, "--out", out, "--data-dir", data], more].concat())
    }

    pub fn swept(&self, out: &str) -> String {
        let output = self.sweep(out, &[]);
        assert!(output.status.success(), "{}", self.said(&output));
        self.said(&output)
    }

    pub fn report(&self, out: &str) -> Output {
        self.run(&["report", self.path(out).to_str().unwrap()])
    }

    /// The exit code and what was said on standard error.
    pub fn said(&self, output: &Output) -> String {
        let text = String::from_utf8_lossy(&output.stderr).replace(self.folder.path().to_str().unwrap(), "DIR");
        format!("{} {}", output.status.code().unwrap_or(-1), text.trim())
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn manifest(&self, out: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(&format!("{out}/manifest.json"))).unwrap()
    }
}

fn statement(row: usize) -> String {
    format!("Ann has {} apples and gets {} more. How many apples does Ann have?", row + 10, 20)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
