//! The columns of a recording.
//!
//! `kind` (answer or run), `key` (SHA-256 of what was asked, hexadecimal), `asked` (as JSON, or nothing), `answered` (as JSON,
//! with usage and seconds), `cost` (USD), `recorded` (milliseconds since 1970).

use lamas_core::units::Usd;
use lamas_store::{Kept, Key, Question, Record, Recording, ToolRecord};
use polars::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

const ANSWER: &str = "answer";
const RUN: &str = "run";

/// Rows that grow.
#[derive(Debug, Default)]
pub struct Rows {
    kind: Vec<&'static str>,
    key: Vec<String>,
    asked: Vec<Option<String>>,
    answered: Vec<String>,
    cost: Vec<f64>,
    recorded: Vec<u64>,
}

impl Rows {
    /// Adds a record, with what was asked or without.
    pub fn push(&mut self, key: Key, kept: &Kept, questions: bool) {
        let (kind, asked, answered, cost, recorded) = match kept {
            Kept::Answer(record) => {
                let Record { question, response, cost, recorded } = &**record;
                (ANSWER, json(question), json(response), cost.0, *recorded)
            }
            Kept::Run(record) => {
                let ToolRecord { program, limits, run, recorded } = &**record;
                (RUN, json(&(program, limits)), json(run), 0.0, *recorded)
            }
        };
        self.kind.push(kind);
        self.key.push(key.to_string());
        self.asked.push(questions.then_some(asked));
        self.answered.push(answered);
        self.cost.push(cost);
        self.recorded.push(recorded);
    }

    /// The rows as a table.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn table(self) -> PolarsResult<DataFrame> {
        let Self { kind, key, asked, answered, cost, recorded } = self;
        df!(
            "kind" => kind, "key" => key, "asked" => asked, "answered" => answered, "cost" => cost, "recorded" => recorded
        )
    }
}

/// A row as it is read.
struct Row<'a> {
    kind: &'a str,
    key: Key,
    asked: Option<&'a str>,
    answered: &'a str,
    cost: f64,
    recorded: u64,
}

/// What a table holds by key.
///
/// # Errors
/// Says which row is none of ours, and why.
pub fn recording(table: &DataFrame) -> Result<Recording, String> {
    let mut recording = Recording::default();
    each(table, |row| {
        match row.kind {
            ANSWER => recording.add_answer(row.key, parsed("answered", row.answered)?),
            _ => recording.add_run(row.key, parsed("answered", row.answered)?),
        }
        Ok(())
    })?;
    Ok(recording)
}

/// The records of a table that says what was asked.
///
/// # Errors
/// As [`recording`]; and when something does not belong to its key.
pub fn records(table: &DataFrame) -> Result<Vec<Kept>, String> {
    let mut records = Vec::new();
    each(table, |row| {
        let asked = row.asked.ok_or("it does not say what was asked")?;
        let (kept, key) = match row.kind {
            ANSWER => {
                let question: Question = parsed("asked", asked)?;
                let (key, response) = (question.key(), parsed("answered", row.answered)?);
                let record = Record { question, response, cost: Usd(row.cost), recorded: row.recorded };
                (Kept::Answer(Box::new(record)), key)
            }
            _ => {
                let (program, limits) = parsed("asked", asked)?;
                let run = parsed("answered", row.answered)?;
                let record = ToolRecord { program, limits, run, recorded: row.recorded };
                let key = record.key();
                (Kept::Run(Box::new(record)), key)
            }
        };
        if key != row.key {
            return Err("what was asked does not belong to its key".to_owned());
        }
        records.push(kept);
        Ok(())
    })?;
    Ok(records)
}

fn each<'t>(table: &'t DataFrame, mut take: impl FnMut(Row<'t>) -> Result<(), String>) -> Result<(), String> {
    let said = |error: PolarsError| error.to_string();
    let text = |name: &str| table.column(name).and_then(|column| column.str()).map_err(said);
    let (kinds, keys, asked, answered) = (text("kind")?, text("key")?, text("asked")?, text("answered")?);
    let costs = table.column("cost").and_then(|column| column.f64()).map_err(said)?;
    let recorded = table.column("recorded").and_then(|column| column.u64()).map_err(said)?;
    for place in 0..table.height() {
        let row = || {
            let kind = kinds.get(place).filter(|kind| [ANSWER, RUN].contains(kind)).ok_or("its kind is not known")?;
            let key = keys.get(place).and_then(Key::parse).ok_or("its key is no SHA-256")?;
            let (Some(answered), Some(cost), Some(recorded)) =
                (answered.get(place), costs.get(place), recorded.get(place))
            else {
                return Err("it is not whole");
            };
            Ok(Row { kind, key, asked: asked.get(place), answered, cost, recorded })
        };
        let took = row().map_err(str::to_owned).and_then(&mut take);
        took.map_err(|problem| format!("record {}: {problem}", place + 1))?;
    }
    Ok(())
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a record is made of texts and numbers")
}

fn parsed<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("column {column}: {error}"))
}
