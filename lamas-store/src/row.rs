//! Answers as rows of the table `response`. What is read is checked, and named where it is damaged.

use lamas_core::chat::{ChatResponse, FinishReason, LatencySource, Lost, Timing, Usage};
use lamas_core::units::{Seconds, Tokens, Usd};
use rusqlite::types::FromSql;
use rusqlite::{Connection, Row, named_params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::question::{Key, key_of};
use super::record::{Record, Sealed, checksum};

const INSERT: &str = "
INSERT INTO response (key, model, question, text, finish, input_tokens, output_tokens, counted, first_token_s, working_s,
    waiting_s, attempts, source, cost_usd, recorded_ms, checksum, lost)
VALUES (:key, :model, :question, :text, :finish, :input, :output, :counted, :first_token, :working,
    :waiting, :attempts, :source, :cost, :recorded, :checksum, :lost)
ON CONFLICT (key) DO UPDATE SET
    model = excluded.model, question = excluded.question, text = excluded.text, finish = excluded.finish,
    input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, counted = excluded.counted,
    first_token_s = excluded.first_token_s, working_s = excluded.working_s, waiting_s = excluded.waiting_s,
    attempts = excluded.attempts, source = excluded.source, cost_usd = excluded.cost_usd,
    recorded_ms = excluded.recorded_ms, checksum = excluded.checksum, lost = excluded.lost
WHERE response.recorded_ms < :since
";

/// Writes an answer, in the place of one that was recorded before `since` if there is one; says whether it did.
pub(super) fn insert(connection: &Connection, sealed: &Sealed, since: u64) -> Result<bool, rusqlite::Error> {
    let Sealed { record: Record { question, response, cost, recorded }, text, key, checksum } = sealed;
    let ChatResponse { text: answer, usage, timing, finish, lost } = response;
    let changed = connection.prepare_cached(INSERT)?.execute(named_params! {
        ":key": key.0,
        ":model": question.model,
        ":question": text,
        ":text": &**answer,
        ":finish": name(finish),
        ":input": stored(usage.input.0),
        ":output": stored(usage.output.0),
        ":counted": usage.counted,
        ":first_token": timing.first_token.0,
        ":working": timing.working.0,
        ":waiting": timing.waiting.0,
        ":attempts": timing.attempts,
        ":source": name(&timing.source),
        ":cost": cost.0,
        ":recorded": stored(*recorded),
        ":checksum": checksum,
        ":lost": if lost.is_nothing() { String::new() } else { json(lost) },
        ":since": stored(since),
    })?;
    Ok(changed > 0)
}

/// Reads a row of `SELECT * FROM response`, and holds it against its key and its checksum.
pub(super) fn read_answer(row: &Row<'_>) -> Result<Sealed, String> {
    let tokens = |name| column(row, name).and_then(count).map(Tokens);
    let seconds = |name| column(row, name).map(Seconds);
    let (key, text): (Vec<u8>, String) = (column(row, "key")?, column(row, "question")?);
    if key_of(&text).0 != *key {
        return Err("the question does not belong to its key".to_owned());
    }
    let lost: String = column(row, "lost")?;
    let record = Record {
        question: parsed("question", &text)?,
        response: ChatResponse {
            text: column::<String>(row, "text")?.into(),
            usage: Usage {
                input: tokens("input_tokens")?,
                output: tokens("output_tokens")?,
                counted: column(row, "counted")?,
            },
            timing: Timing {
                first_token: seconds("first_token_s")?,
                working: seconds("working_s")?,
                waiting: seconds("waiting_s")?,
                attempts: column(row, "attempts")?,
                source: named::<LatencySource>(&column::<String>(row, "source")?)?,
            },
            finish: named::<FinishReason>(&column::<String>(row, "finish")?)?,
            lost: if lost.is_empty() { Lost::default() } else { parsed("lost", &lost)? },
        },
        cost: Usd(column(row, "cost_usd")?),
        recorded: count(column(row, "recorded_ms")?)?,
    };
    let written: Vec<u8> = column(row, "checksum")?;
    let checksum = checksum(&text, &record);
    if checksum != *written || record.question.model != column::<String>(row, "model")? {
        return Err("the answer does not belong to its checksum".to_owned());
    }
    record.check()?;
    Ok(Sealed { key: Key(checksum_of(&key)?), record, text, checksum })
}

fn checksum_of(key: &[u8]) -> Result<[u8; 32], String> {
    key.try_into().map_err(|_| "its key is no SHA-256".to_owned())
}

/// What to call a row of either table: `answer 5e8c..`, or by its place where its key cannot be read.
pub(super) fn title(kind: &str, row: &Row<'_>) -> String {
    match (row.get::<_, Vec<u8>>("key"), row.get::<_, i64>("rowid")) {
        (Ok(key), _) if key.len() == 32 => format!("{kind} {}", hex(&key)),
        (_, Ok(rowid)) => format!("{kind} in row {rowid}"),
        _ => format!("{kind} without a key"),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn column<T: FromSql>(row: &Row<'_>, name: &str) -> Result<T, String> {
    row.get(name).map_err(|error| format!("column {name}: {error}"))
}

pub(super) fn parsed<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("column {name}: {error}"))
}

/// SQLite's integers are signed; what is larger was cut when it was sealed.
pub(super) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn count(stored: i64) -> Result<u64, String> {
    u64::try_from(stored).map_err(|_| format!("{stored} is no count"))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it is made of texts and numbers")
}

/// The name of a variant, as everywhere in JSON.
fn name(variant: &impl Serialize) -> String {
    serde_json::to_value(variant).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn named<T: DeserializeOwned>(name: &str) -> Result<T, String> {
    serde_json::from_value(name.into()).map_err(|error| error.to_string())
}
