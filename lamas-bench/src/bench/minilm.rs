//! Texts that MiniLM embeds a second, one at a time and many at once, on one thread and on two.

use lamas_controller::ControllerError;
use lamas_controller::encoder::{Encoder, MiniLm, ModelFolder};

use super::part::{Measured, Setup};
use super::row::{Row, Target};
use super::spread::{Spread, timed};
use crate::run::RunError;
use crate::wordproblems;

const BATCH: usize = 64;
/// Threads, texts at once, and what sentence-transformers does on a two-core machine.
const REFERENCE: [(usize, usize, f64); 4] = [(1, 1, 33.0), (1, BATCH, 43.0), (2, 1, 48.0), (2, BATCH, 76.0)];

/// Measures it where the model's files are found.
///
/// # Errors
/// When the model cannot be used although it is there.
pub fn measure(setup: &Setup) -> Result<Measured, RunError> {
    let what = |threads: usize, batch: usize| {
        let threads = if threads == 1 { "one thread".to_owned() } else { format!("{threads} threads") };
        format!("all-MiniLM-L6-v2, {batch} at once, {threads}")
    };
    let folder = match ModelFolder::find(None) {
        Ok(folder) => folder,
        Err(error) => {
            let row = |(threads, batch, least)| {
                Row::skipped(what(threads, batch), "texts a second", Target::AtLeast(least), error.to_string())
            };
            return Ok(Measured { rows: REFERENCE.map(row).to_vec(), curves: Vec::new() });
        }
    };
    let failed = |source| RunError::Controller { cell: "minilm".to_owned(), source };
    let encoder = MiniLm::load(&folder).map_err(failed)?;
    let texts: Vec<String> =
        wordproblems::generate(wordproblems::SEED, BATCH).into_iter().map(|problem| problem.question).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut rows = Vec::new();
    for (threads, batch, least) in REFERENCE {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| RunError::Environment(format!("threads cannot be started: {error}")))?;
        let mut rates = Vec::new();
        for _ in 0..setup.repetitions {
            let (seconds, ()) = pool.install(|| timed(|| all(&encoder, &texts, batch))).map_err(failed)?;
            rates.push(texts.len() as f64 / seconds);
        }
        rows.push(Row::measured(what(threads, batch), "texts a second", Target::AtLeast(least), Spread::of(rates)));
    }
    Ok(Measured { rows, curves: Vec::new() })
}

fn all(encoder: &MiniLm, texts: &[&str], batch: usize) -> Result<(), ControllerError> {
    texts.chunks(batch).try_for_each(|chunk| encoder.encode(chunk).map(drop))
}
