//! The bundled problem sets: files and manifests agree, the word problems are what the generator makes, and every
//! answer holds when it is worked out again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use lamas_core::digest::sha256;
use lamas_core::random::Seed;
use lamas_lab::wordproblems::{ROWS, SEED, WordProblem, generate, to_jsonl};
use proptest::prelude::*;
use regex::Regex;
use serde_json::Value;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data")
}

fn read(name: &str) -> String {
    let path = data().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rows(name: &str) -> Vec<Value> {
    read(name).lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

fn words() -> Vec<WordProblem> {
    read("word_problems.jsonl").lines().map(|line| serde_json::from_str(line).expect("a word problem")).collect()
}

// Files, manifests and splits

#[test]
fn manifests_of_the_bundled_sets_describe_their_files() {
    for name in ["words", "functions", "competition"] {
        let manifest: serde_yaml::Value = serde_yaml::from_str(&read(&format!("{name}.yaml"))).expect("a manifest");
        let file = manifest["file"].as_str().expect("a file name");
        let text = read(file);
        assert_eq!(manifest["sha256"].as_str(), Some(sha256(text.as_bytes()).as_str()), "sha256 in data/{name}.yaml");
        assert_eq!(manifest["rows"].as_u64(), Some(text.lines().count() as u64), "rows in data/{name}.yaml");
        assert!(manifest.get("source").is_none(), "{name} ships with the project");
    }
}

#[test]
fn splits_part_their_rows() {
    for (file, sets) in [
        ("paper.json", [("gsm8k", 264, 1055), ("humaneval", 33, 131), ("math", 119, 486)]),
        ("bundled.json", [("words", 64, 256), ("functions", 12, 48), ("competition", 30, 120)]),
    ] {
        let splits: Value = serde_json::from_str(&read(&format!("splits/{file}"))).expect("a split file");
        for (name, train, test) in sets {
            let numbers = |part: &str| -> Vec<u64> {
                splits[name][part].as_array().expect("row numbers").iter().map(|n| n.as_u64().expect("a row")).collect()
            };
            let (first, second) = (numbers("train"), numbers("test"));
            assert_eq!((first.len(), second.len()), (train, test), "{name} in {file}");
            let all: BTreeSet<u64> = first.iter().chain(&second).copied().collect();
            assert_eq!(all.len(), train + test, "{name} in {file}: no row twice");
            let manifest: serde_yaml::Value = serde_yaml::from_str(&read(&format!("{name}.yaml"))).expect("a manifest");
            assert!(all.last() < manifest["rows"].as_u64().as_ref(), "{name} in {file}: rows exist");
            assert_eq!(splits[name]["source"].as_str(), manifest["file"].as_str(), "{name} in {file}: same file");
        }
    }
}

/// The bundled split puts rows in the order of SHA-256("lamas-bundled-1:NAME:ROW"); the first fifth trains.
#[test]
fn the_bundled_split_can_be_drawn_again() {
    let splits: BTreeMap<String, Value> = serde_json::from_str(&read("splits/bundled.json")).expect("a split file");
    for (name, split) in splits {
        let count = rows(split["source"].as_str().expect("a file name")).len();
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_cached_key(|row| sha256(format!("lamas-bundled-1:{name}:{row}").as_bytes()));
        order[..count / 5].sort_unstable();
        order[count / 5..].sort_unstable();
        assert_eq!(split["train"], serde_json::json!(order[..count / 5]), "{name}");
        assert_eq!(split["test"], serde_json::json!(order[count / 5..]), "{name}");
    }
}

// Word problems

#[test]
fn word_problems_are_what_the_generator_makes() {
    let made = to_jsonl(&generate(SEED, ROWS)).expect("JSON");
    assert!(
        made == read("word_problems.jsonl"),
        "data/word_problems.jsonl differs from what the generator makes; if that is intended, write it again with \
         `lamas-lab words --seed 2601` and put the new sha256 into data/words.yaml"
    );
}

#[test]
fn word_problems_differ_and_have_all_lengths() {
    let problems = words();
    let questions: BTreeSet<&str> = problems.iter().map(|problem| problem.question.as_str()).collect();
    assert_eq!(questions.len(), problems.len());
    let mut lengths = BTreeMap::new();
    for problem in &problems {
        *lengths.entry(problem.steps).or_insert(0) += 1;
    }
    assert_eq!(lengths.keys().copied().collect::<Vec<_>>(), (2..=8).collect::<Vec<_>>());
    assert!(lengths.values().all(|&count| count >= 5), "{lengths:?}");
    let most = lengths.values().max().expect("some length");
    assert!(most * 2 < problems.len(), "no length makes up half of the set: {lengths:?}");
}

#[test]
fn a_longer_run_begins_with_the_shorter_one() {
    assert_eq!(generate(SEED, 90)[..70], generate(SEED, 70));
}

#[test]
fn word_problems_hold_when_worked_out_again() {
    for problem in words() {
        check_word_problem(&problem);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn word_problems_of_any_seed_hold(seed: u64) {
        for problem in generate(Seed(seed), 66) {
            check_word_problem(&problem);
        }
    }
}

/// One line of a solution: `Lead 3 * 4 = $12 tail.`
static STEP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(\d[\d.]*(?: [-+*/] \d[\d.]*)+) = \$?(\d+(?:\.\d+)?)( [^=]*)?\.$").expect("a pattern")
});
static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d+(?:\.\d+)?").expect("a pattern"));

/// Hundredths, in which all quantities of these problems are exact (rates and factors included).
fn hundredths(text: &str) -> i128 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<2}").parse().expect("at most two decimals")
}

/// The result of `a op b op c` from left to right, as a fraction of hundredths.
fn evaluate(expression: &str) -> (i128, i128) {
    let mut words = expression.split(' ');
    let mut value = (hundredths(words.next().expect("a number")), 1);
    while let (Some(sign), Some(number)) = (words.next(), words.next()) {
        let number = hundredths(number);
        value = match sign {
            "+" => (value.0 + number * value.1, value.1),
            "-" => (value.0 - number * value.1, value.1),
            "*" => (value.0 * number, value.1 * 100),
            _ => (value.0 * 100, value.1 * number),
        };
    }
    value
}

fn check_word_problem(problem: &WordProblem) {
    let told = numbers_told(&problem.question);
    let lines: Vec<&str> = problem.solution.lines().collect();
    assert_eq!(lines.len(), problem.steps, "{problem:?}");
    let mut results: Vec<i128> = Vec::new();
    let mut used: BTreeSet<i128> = BTreeSet::new();
    for line in &lines {
        let step = STEP.captures(line).unwrap_or_else(|| panic!("{line:?} is no step of {problem:?}"));
        let mixed = step[1].contains(['+', '-']) && step[1].contains(['*', '/']);
        assert!(!mixed, "{line:?} would need precedence");
        let (top, bottom) = evaluate(&step[1]);
        let result = hundredths(&step[2]);
        assert_eq!(top, result * bottom, "{line:?} of {problem:?}");
        assert!(result > 0, "{line:?} of {problem:?}");
        for number in NUMBER.find_iter(&step[1]).map(|found| hundredths(found.as_str())) {
            assert!(
                told.contains(&number) || results.contains(&number) || line.contains("a.m."),
                "{line:?} uses a number that comes from nowhere: {problem:?}"
            );
            used.insert(number);
        }
        results.push(result);
    }
    assert_eq!(results.last().copied(), Some(hundredths(&problem.answer)), "{problem:?}");
    for result in &results[..results.len() - 1] {
        assert!(used.contains(result), "a step of {problem:?} is not needed");
    }
    check_wording(&problem.question);
}

/// The numbers a reader may use: those in the question in digits or words, one more than these where a person and
/// friends form a group, and what everybody knows (both ways, percent, minutes in an hour, ...).
fn numbers_told(question: &str) -> BTreeSet<i128> {
    const DIGITS: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    const PARTS: [(&str, i128); 10] = [
        ("half", 2),
        ("twice", 2),
        ("third", 3),
        ("thirds", 3),
        ("quarter", 4),
        ("quarters", 4),
        ("fifth", 5),
        ("fifths", 5),
        ("sixth", 6),
        ("tenth", 10),
    ];
    const HINTS: [(&str, i128); 5] =
        [("The average", 4), ("in a year", 12), ("Over a year", 12), ("three ages", 3), ("From Monday to Friday", 5)];
    const KNOWN: [&str; 6] = ["1", "2", "60", "100", "1000", "1.5"];
    let mut told: BTreeSet<i128> = NUMBER.find_iter(question).map(|found| hundredths(found.as_str())).collect();
    for word in question.split(|letter: char| !letter.is_alphabetic()).map(str::to_lowercase) {
        told.extend(DIGITS.iter().zip(1..).filter(|&(&name, _)| word == name).map(|(_, number)| 100 * number));
        told.extend(PARTS.iter().filter(|&&(name, _)| word == name).map(|&(_, number)| 100 * number));
    }
    if ["friend", "including", "next one"].iter().any(|hint| question.contains(hint)) {
        told.extend(told.clone().into_iter().map(|number| number + 100));
    }
    told.extend(HINTS.iter().filter(|&&(hint, _)| question.contains(hint)).map(|&(_, number)| 100 * number));
    told.extend(KNOWN.map(hundredths));
    told
}

fn check_wording(question: &str) {
    assert!(question.ends_with('?'), "{question}");
    assert!(question.starts_with(|first: char| first.is_uppercase() || first.is_ascii_digit()), "{question}");
    for wrong in
        ["  ", " .", " ,", "..", " 1 hours", " 1 days", " 1 points", " a a", " a e", " a i", " a o", " an b", "{", "}"]
    {
        assert!(!question.contains(wrong), "{wrong:?} in {question}");
    }
    assert_eq!(question.matches('?').count(), 1, "{question}");
}

// Functions and competition problems

#[test]
fn function_problems_have_the_rows_that_they_should() {
    let problems = rows("function_problems.jsonl");
    let names: BTreeSet<&str> = problems.iter().map(|row| row["entry_point"].as_str().expect("a name")).collect();
    assert_eq!((problems.len(), names.len()), (60, 60));
    for (number, row) in problems.iter().enumerate() {
        let keys: Vec<&str> = row.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, ["task_id", "prompt", "entry_point", "canonical_solution", "test"]);
        assert_eq!(row["task_id"], format!("functions/{number:02}"));
        let name = row["entry_point"].as_str().expect("a name");
        let prompt = row["prompt"].as_str().expect("a prompt");
        assert!(prompt.starts_with(&format!("def {name}(")) && prompt.ends_with("\"\"\"\n"), "{name}");
        assert!(prompt.matches(">>> ").count() >= 2, "{name}");
        assert!(row["test"].as_str().is_some_and(|test| test.starts_with("def check(candidate):\n")), "{name}");
    }
}

/// Solutions pass, docstring examples pass, and mutants fail: see the script.
#[test]
fn function_problems_are_right_and_their_tests_have_teeth() {
    run_check("functions_check.py");
}

#[test]
fn competition_problems_cover_subjects_and_levels() {
    let problems = rows("competition_problems.jsonl");
    let distinct = |key: &str| -> BTreeSet<String> {
        problems.iter().map(|row| row[key].as_str().expect("a text").to_owned()).collect()
    };
    assert_eq!((problems.len(), distinct("problem").len()), (150, 150));
    assert_eq!(distinct("level"), (1..=5).map(|level| format!("Level {level}")).collect());
    let subjects = [
        "Algebra",
        "Counting & Probability",
        "Geometry",
        "Intermediate Algebra",
        "Number Theory",
        "Prealgebra",
        "Precalculus",
    ];
    assert_eq!(distinct("type"), subjects.map(str::to_owned).into());
    for row in &problems {
        let boxed = format!("\\boxed{{{}}}", row["answer"].as_str().expect("an answer"));
        let solution = row["solution"].as_str().expect("a solution");
        assert_eq!((solution.matches("\\boxed").count(), solution.matches(&boxed).count()), (1, 1), "{row}");
        for key in ["problem", "solution"] {
            assert_eq!(row[key].as_str().expect("a text").matches('$').count() % 2, 0, "{row}");
        }
    }
}

/// Every answer against a computation of its own, where sympy is at hand.
#[test]
fn competition_answers_agree_with_sympy() {
    let found = Command::new(python()).args(["-c", "import sympy"]).output();
    if found.is_ok_and(|output| output.status.success()) {
        run_check("competition_check.py");
    } else {
        let why = format!("{} cannot import it; LAMAS_CHECK_PYTHON names one that can", python());
        lamas_testing::skip("sympy", "competition_answers_agree_with_sympy", &why);
    }
}

fn python() -> String {
    std::env::var("LAMAS_CHECK_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

fn run_check(script: &str) {
    let path = data().join("check").join(script);
    let output = Command::new(python()).arg("-B").arg(&path).output().expect("python3 starts");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&said));
}
