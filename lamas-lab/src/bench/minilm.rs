//! Texts that MiniLM embeds a second, one at a time and many at once, on one thread and on two, beside sentence-transformers
//! on the same texts.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use lamas_controller::ControllerError;
use lamas_controller::encoder::{Encoder, MiniLm, ModelFolder};
use serde::Deserialize;

use super::part::{Measured, Setup};
use super::row::{Row, Target};
use super::spread::{Spread, timed};
use crate::wordproblems;
use lamas_bench::run::RunError;

const BATCH: usize = 64;

/// Threads and texts at once.
const CASES: [(usize, usize); 4] = [(1, 1), (1, BATCH), (2, 1), (2, BATCH)];

/// What sentence-transformers did in these cases on another two-core machine.
const ELSEWHERE: [f64; 4] = [33.0, 43.0, 48.0, 76.0];

/// The environment variable that names a folder for sentence-transformers, and the script that installs it there.
const FOLDER_VARIABLE: &str = "LAMAS_SENTENCE_TRANSFORMERS";
const SCRIPT: &str = "scripts/sentence_transformers/run.sh";

/// Measures it where the model's files are found.
///
/// # Errors
/// When the model or sentence-transformers cannot be used although they are there.
pub fn measure(setup: &Setup) -> Result<Measured, RunError> {
    let folder = match ModelFolder::find(None) {
        Ok(folder) => folder,
        Err(error) => {
            let row = |(case, least): ((usize, usize), f64)| {
                Row::skipped(what(case), UNIT, Target::AtLeast(least), error.to_string())
            };
            return Ok(Measured { rows: CASES.into_iter().zip(ELSEWHERE).map(row).collect(), curves: Vec::new() });
        }
    };
    let texts: Vec<String> =
        wordproblems::generate(wordproblems::SEED, BATCH).into_iter().map(|problem| problem.question).collect();
    let beside = std::env::var_os(FOLDER_VARIABLE)
        .map(|installed| Beside::measure(Path::new(&installed), folder.path(), &texts, setup.repetitions))
        .transpose()?;
    let failed = |why| RunError::Controller { cell: "minilm".to_owned(), why: Box::new(why) };
    let encoder = MiniLm::load(&folder).map_err(failed)?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut rows = Vec::new();
    for (index, (threads, batch)) in CASES.into_iter().enumerate() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| RunError::Environment(format!("threads cannot be started: {error}")))?;
        let mut rates = Vec::new();
        for _ in 0..setup.repetitions {
            let (seconds, ()) = pool.install(|| timed(|| all(&encoder, &texts, batch))).map_err(failed)?;
            rates.push(texts.len() as f64 / seconds);
        }
        let (least, note) = match &beside {
            Some(beside) => (Spread::of(beside.rates[index].clone()).median, format!("{}, here", beside.versions)),
            None => (ELSEWHERE[index], "sentence-transformers on another machine".to_owned()),
        };
        rows.push(Row::measured(what((threads, batch)), UNIT, Target::AtLeast(least), Spread::of(rates)).noted(note));
    }
    Ok(Measured { rows, curves: Vec::new() })
}

const UNIT: &str = "texts a second";

fn what((threads, batch): (usize, usize)) -> String {
    let threads = if threads == 1 { "one thread".to_owned() } else { format!("{threads} threads") };
    format!("all-MiniLM-L6-v2, {batch} at once, {threads}")
}

fn all(encoder: &MiniLm, texts: &[&str], batch: usize) -> Result<(), ControllerError> {
    texts.chunks(batch).try_for_each(|chunk| encoder.encode(chunk).map(drop))
}

/// What sentence-transformers does with the same texts.
#[derive(Deserialize)]
struct Beside {
    versions: String,
    /// Texts a second, by case.
    rates: Vec<Vec<f64>>,
}

impl Beside {
    fn measure(installed: &Path, model: &Path, texts: &[String], repetitions: usize) -> Result<Self, RunError> {
        let failed = |error: &dyn std::fmt::Display| RunError::Environment(format!("{SCRIPT} failed: {error}"));
        let asked = serde_json::json!({ "texts": texts, "cases": CASES, "repetitions": repetitions }).to_string();
        let mut command = Command::new(SCRIPT);
        command.arg(installed).arg(model).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut script = command.spawn().map_err(|error| failed(&error))?;
        if let Some(mut input) = script.stdin.take() {
            input.write_all(asked.as_bytes()).map_err(|error| failed(&error))?;
        }
        let said = script.wait_with_output().map_err(|error| failed(&error))?;
        if !said.status.success() {
            return Err(failed(&format!("{}; run it by hand to see why", said.status)));
        }
        let beside: Self = serde_json::from_slice(&said.stdout).map_err(|error| failed(&error))?;
        if beside.rates.len() != CASES.len() {
            return Err(failed(&"it does not give a rate for each case"));
        }
        Ok(beside)
    }
}
