//! How far the rules agree with the package `math-verify`, on reference answers, their variants, and recorded model
//! answers. `docs/scoring.md` lists the classes of disagreement and which side we take in each.
//!
//! It needs Python with access to a package index, and time: the environment variable `LAMAS_MATH_VERIFY` names the folder for
//! the virtual environment and asks for it. Of the many pairs a quarter is judged, the same one every time;
//! `LAMAS_MATH_VERIFY_ALL=1` judges them all, as `docs/measured/scoring.md` reports.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use lamas_core::random::{Seed, text_key};
use lamas_score::Rules;
use rand::RngExt;
use serde_json::{Value, json};

use super::data::{folder, math_answers, rows, text};
use super::variants::variants;

/// One answer to be judged by both.
struct Pair {
    /// Where it comes from.
    set: &'static str,
    /// Which of our rules judge it.
    rules: Rules,
    gold: String,
    answer: String,
    /// Whether the answer is bare LaTeX, not a model's whole text.
    bare: bool,
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is the test's report")]
fn verdicts_agree_with_math_verify() {
    let test = "verdicts_agree_with_math_verify";
    let Some(folder) = folder(test) else { return };
    let Some(venv) = std::env::var_os("LAMAS_MATH_VERIFY").map(PathBuf::from) else {
        lamas_testing::skip(
            "math-verify",
            test,
            "LAMAS_MATH_VERIFY does not name a folder for the virtual environment",
        );
        return;
    };
    let mut pairs = reference_pairs(&folder);
    pairs.extend(recorded_numbers(&folder));
    if std::env::var_os("LAMAS_MATH_VERIFY_ALL").is_none() {
        pairs.retain(is_sampled);
    }
    // Few, and the only ones that models wrote about LaTeX.
    pairs.extend(recorded_maths(&folder));
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("math_verify");
    std::fs::create_dir_all(&scratch).expect("a writable target folder");
    let Some(verdicts) = judged(&pairs, &venv, &scratch) else {
        lamas_testing::skip("math-verify", test, "math-verify could not be installed or run");
        return;
    };

    let mut tables: BTreeMap<&str, [[usize; 3]; 2]> = BTreeMap::new();
    let mut disagreements = String::new();
    for (pair, verdict) in pairs.iter().zip(&verdicts) {
        let ours = ours(pair);
        let column = match verdict {
            Some(true) => 0,
            Some(false) => 1,
            None => 2,
        };
        tables.entry(pair.set).or_default()[usize::from(!ours)][column] += 1;
        if *verdict != Some(ours) {
            let shown = if pair.bare { pair.answer.clone() } else { score(pair).extracted };
            writeln!(disagreements, "{}\tours {ours}\ttheirs {verdict:?}\t{}\t{shown}", pair.set, pair.gold)
                .expect("a string");
        }
    }
    std::fs::write(scratch.join("disagreements.tsv"), disagreements).expect("a writable target folder");
    println!(
        "{:40} {:>9} {:>9} {:>9} {:>9} {:>9}  agreement",
        "set", "both", "ours only", "theirs", "neither", "theirs failed"
    );
    let (mut agreed, mut compared) = (0, 0);
    for (set, [[both, ours, failed_right], [theirs, neither, failed_wrong]]) in tables {
        let failed = failed_right + failed_wrong;
        let (same, all) = (both + neither, both + neither + ours + theirs);
        let share = same as f64 / all as f64;
        (agreed, compared) = (agreed + same, compared + all);
        println!("{set:40} {both:9} {ours:9} {theirs:9} {neither:9} {failed:9}  {:.2}%", 100.0 * share);
        assert!(share > 0.985, "{set}: {share}");
    }
    println!("all in all {:.2}% of {compared}", 100.0 * agreed as f64 / compared as f64);
    println!("the disagreements: {}", scratch.join("disagreements.tsv").display());
    assert!(agreed as f64 >= 0.995 * compared as f64, "below the agreement that docs/scoring.md reports");
}

/// Whether a pair is in the quarter that is always judged.
fn is_sampled(pair: &Pair) -> bool {
    Seed(1).stream("agreement", &[text_key(&pair.gold), text_key(&pair.answer)]).random_bool(0.25)
}

fn score(pair: &Pair) -> lamas_score::Score {
    let answer = if pair.bare { format!(r"\boxed{{{}}}", pair.answer) } else { pair.answer.clone() };
    pair.rules.score_text(&answer, &pair.gold)
}

fn ours(pair: &Pair) -> bool {
    score(pair).score.unwrap_or_else(|| panic!("unscored: {}", pair.gold))
}

/// Every distinct reference answer against itself and against its variants.
fn reference_pairs(folder: &Path) -> Vec<Pair> {
    let (answers, _) = math_answers(folder);
    let mut pairs = Vec::new();
    for (at, gold) in answers.iter().enumerate() {
        let mut add = |set, answer: String| {
            pairs.push(Pair { set, rules: Rules::LATEX, gold: gold.clone(), answer, bare: true });
        };
        add("MATH references, themselves", gold.clone());
        for variant in variants(gold, &answers[(at + 37) % answers.len()]) {
            let set = if variant.right { "MATH references, rewritten" } else { "MATH references, changed" };
            add(set, variant.text);
        }
    }
    pairs
}

/// Eight recorded answers to each of a hundred MATH problems.
fn recorded_maths(folder: &Path) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for row in rows(folder, "recorded/math_qwen_cot_8samples.jsonl") {
        let gold = Rules::LATEX.score_text("0", text(&row, "gt_cot")).expected;
        for answer in row["code"].as_array().expect("samples") {
            pairs.push(Pair {
                set: "recorded MATH answers",
                rules: Rules::LATEX,
                gold: gold.clone(),
                answer: answer.as_str().expect("text").to_owned(),
                bare: false,
            });
        }
    }
    pairs
}

/// Recorded answers to GSM8K, of several models.
fn recorded_numbers(folder: &Path) -> Vec<Pair> {
    super::numbers::recorded(folder)
        .into_iter()
        .map(|recorded| Pair {
            set: "recorded GSM8K answers",
            rules: Rules::NUMBER,
            gold: recorded.gold,
            answer: recorded.answer,
            bare: false,
        })
        .collect()
}

/// The verdicts of math-verify, one a pair; none where it cannot be run. Equal pairs are judged once.
fn judged(pairs: &[Pair], venv: &Path, scratch: &Path) -> Option<Vec<Option<bool>>> {
    let key = |pair: &Pair| (pair.gold.clone(), pair.answer.clone(), pair.bare);
    let mut seen = HashSet::new();
    let mut lines = String::new();
    for (id, pair) in pairs.iter().enumerate() {
        if seen.insert(key(pair)) {
            let line = json!({"id": id, "gold": pair.gold, "answer": pair.answer, "boxed": pair.bare});
            writeln!(lines, "{line}").expect("a string");
        }
    }
    let (asked, answered) = (scratch.join("pairs.jsonl"), scratch.join("verdicts.jsonl"));
    // The same question need not be asked twice.
    let known = std::fs::read_to_string(&asked).is_ok_and(|old| old == lines) && answered.exists();
    if !known {
        let _ = std::fs::remove_file(&answered);
        std::fs::write(&asked, lines).ok()?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/math_verify/run.sh");
        let partial = scratch.join("verdicts.partial");
        let status = Command::new(script).args([venv, &asked, &partial]).status().ok()?;
        if !status.success() {
            return None;
        }
        std::fs::rename(partial, &answered).ok()?;
    }
    let verdicts: HashMap<u64, Option<bool>> = std::fs::read_to_string(answered)
        .ok()?
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|row| (row["id"].as_u64().expect("an id"), row["verdict"].as_bool()))
        .collect();
    let mut by_key = HashMap::new();
    for (id, pair) in pairs.iter().enumerate() {
        if let Some(verdict) = verdicts.get(&(id as u64)) {
            by_key.insert(key(pair), *verdict);
        }
    }
    Some(pairs.iter().map(|pair| by_key[&key(pair)]).collect())
}
