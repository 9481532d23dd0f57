//! The rows that the profile was calibrated on come out: score and output length of single calls, five samples with an
//! ensemble, and one review.
//!
//! Over generated problems these are means of the profile itself. With `LAMAS_DATA_DIR` set to a folder that holds the
//! public files, and `splits/paper.json`, they are also taken over the published test rows.

use std::path::{Path, PathBuf};

use crate::support::{
    ByText, answer, boxed, code, fenced, functions, maths, model, prepared, profile, reference, request, word_problems,
};
use lamas_core::chat::SampleIndex;
use lamas_core::problem::{Domain, Task};
use lamas_sim::{Mutants, Profile, SimModel};
use serde_json::Value;

/// A published row: score in per cent and critical path in tokens.
#[derive(Debug, Clone, Copy)]
struct Row {
    score: f64,
    tokens: f64,
}

/// What a set is calibrated on: arXiv 2601.10560 Table 3, and SelfRefine of AFlow's Table 1 (score only).
struct Target {
    section: &'static str,
    direct: Row,
    reasoned: Row,
    voted: Row,
    refined: f64,
}

const TARGETS: [Target; 3] = [
    Target {
        section: "gsm8k",
        direct: Row { score: 92.80, tokens: 405.2 },
        reasoned: Row { score: 92.23, tokens: 345.8 },
        voted: Row { score: 92.99, tokens: 488.3 },
        refined: 89.6,
    },
    Target {
        section: "math",
        direct: Row { score: 50.00, tokens: 1030.4 },
        reasoned: Row { score: 47.74, tokens: 989.3 },
        voted: Row { score: 50.35, tokens: 1220.6 },
        refined: 46.1,
    },
    Target {
        section: "humaneval",
        direct: Row { score: 88.55, tokens: 797.9 },
        reasoned: Row { score: 90.08, tokens: 734.5 },
        voted: Row { score: 90.84, tokens: 952.5 },
        refined: 87.8,
    },
];

/// Texts and tokens of one prompt's samples.
struct Bench<'a> {
    model: &'a SimModel,
    task: &'a Task,
    replicate: u64,
}

impl Bench<'_> {
    fn ask(&self, prompt: &str, ordinal: u32) -> (String, f64) {
        let mut request = request(prompt, self.replicate);
        request.sample = SampleIndex { replicate: self.replicate, ordinal };
        let answer = self.model.answer(&request).expect("the statement is known");
        (answer.text.to_string(), answer.usage.output.0 as f64)
    }

    fn right(&self, text: &str) -> f64 {
        let right = match self.task.problem.domain {
            Domain::Maths => boxed(text) == answer(self.task),
            Domain::Code => fenced(text).trim_end() == reference(self.task).trim_end(),
        };
        f64::from(u8::from(right))
    }

    fn reasoned(&self, ordinal: u32) -> (String, f64) {
        self.ask(&format!("{}\n\nThink step by step.", self.task.problem.statement), ordinal)
    }

    /// (score, path) of Generate, Gen-CoT, CoT*5+SC and SelfRefine.
    fn rows(&self) -> [(f64, f64); 4] {
        let statement = &self.task.problem.statement;
        let (direct, direct_tokens) = self.ask(&format!("{statement}\n\nAnswer directly."), 0);
        let samples: Vec<_> = (0..5).map(|ordinal| self.reasoned(ordinal)).collect();
        let options: String =
            ('A'..).zip(&samples).map(|(letter, (text, _))| format!("Option {letter}:\n{text}\n\n")).collect();
        let (choice, choice_tokens) =
            self.ask(&format!("{statement}\n\n{options}\nName the most consistent option by its letter."), 0);
        let named = usize::from(choice.as_bytes()[0] - b'A');
        let longest = samples.iter().map(|(_, tokens)| *tokens).fold(0.0, f64::max);
        let (first, first_tokens) = &samples[0];
        let (refined, refined_tokens) = self.ask(
            &format!("{statement}\n\nCurrent solution:\n{first}\n\nReview the current solution and rewrite it."),
            0,
        );
        [
            (self.right(&direct), direct_tokens),
            (self.right(first), *first_tokens),
            (self.right(&samples[named].0), longest + choice_tokens),
            (self.right(&refined), refined_tokens),
        ]
    }
}

/// Means over tasks and replicates.
fn means(model: &SimModel, tasks: &[Task], replicates: u64) -> [(f64, f64); 4] {
    let mut sums = [(0.0, 0.0); 4];
    for task in tasks {
        for replicate in 0..replicates {
            for (sum, (score, tokens)) in sums.iter_mut().zip((Bench { model, task, replicate }).rows()) {
                *sum = (sum.0 + score, sum.1 + tokens);
            }
        }
    }
    let n = tasks.len() as f64 * replicates as f64;
    sums.map(|(score, tokens)| (100.0 * score / n, tokens / n))
}

/// Scores within `points`, lengths within five per cent.
fn check(target: &Target, means: [(f64, f64); 4], points: f64) {
    let rows = [("Generate", target.direct), ("Gen-CoT", target.reasoned), ("CoT*5+SC", target.voted)];
    for ((name, row), (score, tokens)) in rows.into_iter().zip(means) {
        assert!((score - row.score).abs() < points, "{} {name}: score {score:.2} instead of {row:?}", target.section);
        assert!(
            (tokens / row.tokens - 1.0).abs() < 0.05,
            "{} {name}: {tokens:.1} tokens instead of {row:?}",
            target.section
        );
    }
    let refined = means[3].0;
    assert!(
        (refined - target.refined).abs() < points + 0.5,
        "{} SelfRefine: {refined:.2} instead of {}",
        target.section,
        target.refined
    );
}

/// The profile without its text signal, since generated statements are not like published ones.
fn without_text() -> Profile {
    let mut profile = profile();
    profile.answers.text_signal = 0.0.try_into().expect("a probability");
    profile
}

/// Over generated problems the population is checked: single calls over many problems, and what voting and reviewing
/// change over fewer, since such differences scatter less than scores.
#[tokio::test]
async fn calibration_rows_come_out_over_generated_problems() {
    for target in &TARGETS {
        let n = 12_000;
        let tasks = if target.section == "humaneval" { functions(n) } else { word_problems(n) };
        let mutants = prepared(&tasks, &ByText).await;
        let model = model(without_text(), target.section, &tasks, &mutants);
        let [direct, reasoned] = singles(&model, &tasks);
        let [_, single, voted, refined] = means(&model, &tasks[..2000], 1);
        let gained = |row: (f64, f64)| reasoned.0 + row.0 - single.0;
        check(target, [direct, reasoned, (gained(voted), voted.1), (gained(refined), refined.1)], 1.0);
    }
}

/// Means of a direct and of a step-by-step call.
fn singles(model: &SimModel, tasks: &[Task]) -> [(f64, f64); 2] {
    let mut sums = [(0.0, 0.0); 2];
    for task in tasks {
        let bench = Bench { model, task, replicate: 1 };
        let calls = [bench.ask(&format!("{}\n\nAnswer directly.", task.problem.statement), 0), bench.reasoned(0)];
        for (sum, (text, tokens)) in sums.iter_mut().zip(calls) {
            *sum = (sum.0 + bench.right(&text), sum.1 + tokens);
        }
    }
    sums.map(|(score, tokens)| (100.0 * score / tasks.len() as f64, tokens / tasks.len() as f64))
}

/// The published test rows of a set.
fn published(folder: &Path, section: &str) -> Vec<Task> {
    let read =
        |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let splits: Value = serde_json::from_str(&read("splits/paper.json")).expect("splits are JSON");
    let source = splits[section]["source"].as_str().expect("a split names its file");
    let rows: Vec<Value> =
        read(source).lines().map(|line| serde_json::from_str(line).expect("a row is JSON")).collect();
    let test = splits[section]["test"].as_array().expect("a split has test rows");
    test.iter().map(|row| task(section, &rows[row.as_u64().expect("a row number") as usize])).collect()
}

fn task(section: &str, row: &Value) -> Task {
    let field = |name: &str| row[name].as_str().unwrap_or_else(|| panic!("{section}: no `{name}`"));
    match section {
        "gsm8k" => maths("row", field("question"), field("answer").rsplit("#### ").next().expect("an answer")),
        "math" => maths("row", field("problem"), boxed(field("solution"))),
        _ => code("row", field("entry_point"), field("prompt"), field("canonical_solution"), &[], field("test")),
    }
}

#[tokio::test]
async fn calibration_rows_come_out_on_published_test_rows() {
    let Some(folder) = std::env::var_os("LAMAS_DATA_DIR").map(PathBuf::from) else {
        let test = "calibration_rows_come_out_on_published_test_rows";
        return lamas_testing::skip("data", test, "LAMAS_DATA_DIR is not set");
    };
    for target in &TARGETS {
        let tasks = published(&folder, target.section);
        let mutants: Mutants = prepared(&tasks, &ByText).await;
        let model = model(profile(), target.section, &tasks, &mutants);
        let replicates = 8_000 / tasks.len() as u64;
        check(target, means(&model, &tasks, replicates), 1.0);
    }
}
