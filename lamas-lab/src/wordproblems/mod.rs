//! Grade-school word problems from a seed.
//!
//! A *plot* (`plots`) is a small story whose numbers are drawn afresh each time: it tells its sentences and works
//! out its steps side by side, so that the question and its solution cannot drift apart. A *story* (`story`)
//! collects both and refuses numbers that make no sense (half a person, a fraction of a cent). Names, things and
//! number words are in `words`.
//!
//! The committed `data/word_problems.jsonl` is `generate(SEED, ROWS)`, one JSON object a line.

mod plots;
mod problem;
mod story;
mod words;

use std::collections::BTreeSet;

use lamas_core::random::Seed;
use rand::seq::SliceRandom;

pub use problem::WordProblem;
use story::Story;

/// The seed of the committed file.
pub const SEED: Seed = Seed(2601);
/// The rows of the committed file.
pub const ROWS: usize = 320;

/// The first `n` problems of `seed`. Every plot comes up once before any comes up again, in an order of its own each
/// round, and no two questions are equal. A longer run starts with the shorter one.
#[must_use]
pub fn generate(seed: Seed, n: usize) -> Vec<WordProblem> {
    let mut seen = BTreeSet::new();
    (0..n)
        .map(|row| {
            let round = row / plots::ALL.len();
            let mut order: Vec<usize> = (0..plots::ALL.len()).collect();
            order.shuffle(&mut seed.stream("word-plots", &[round as u64]));
            let plot = plots::ALL[order[row % plots::ALL.len()]];
            // A draw whose numbers do not work out is thrown away; the plots are written so that this is rare.
            (0..)
                .filter_map(|attempt| {
                    let mut story = Story::new(seed.stream("word-problem", &[row as u64, attempt]));
                    plot(&mut story);
                    story.finish(row)
                })
                .find(|problem| seen.insert(problem.question.clone()))
                .expect("the attempts never end")
        })
        .collect()
}

/// The problems as JSON lines, in the form of the committed file.
///
/// # Errors
/// Never in practice: only if a problem cannot be written as JSON.
pub fn to_jsonl(problems: &[WordProblem]) -> serde_json::Result<String> {
    problems.iter().try_fold(String::new(), |mut lines, problem| {
        lines.push_str(&serde_json::to_string(problem)?);
        lines.push('\n');
        Ok(lines)
    })
}
