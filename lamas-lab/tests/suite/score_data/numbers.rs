//! The rules `number` on recorded answers to GSM8K, against the labels that came with them.

use std::collections::BTreeMap;
use std::path::Path;

use lamas_score::Rules;
use serde_json::Value;

use super::data::{folder, rows, text};

/// One recorded answer.
pub struct Recorded {
    /// Which file and model.
    pub model: String,
    /// The reference answer.
    pub gold: String,
    /// The model's whole text.
    pub answer: String,
    /// Whether the recorder counted it as right, where the file says so.
    pub label: Option<bool>,
}

/// All recorded answers to GSM8K.
pub fn recorded(folder: &Path) -> Vec<Recorded> {
    let mut all = Vec::new();
    let golds: BTreeMap<String, String> = rows(folder, "gsm8k_test.jsonl")
        .iter()
        .map(|row| {
            let (_, answer) = text(row, "answer").rsplit_once("####").expect("a final answer");
            (text(row, "question").trim().to_owned(), answer.trim().to_owned())
        })
        .collect();
    for row in rows(folder, "recorded/gsm8k_gpt3_verifiers.jsonl") {
        let gold = golds[text(&row, "question").trim()].clone();
        for model in ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"] {
            all.push(Recorded {
                model: format!("GPT-3 {model}"),
                gold: gold.clone(),
                answer: text(&row[model], "solution").to_owned(),
                label: row[model]["is_correct"].as_bool(),
            });
        }
    }
    for (file, model) in [("gsm8k_tora70b", "ToRA 70B"), ("gsm8k_tora_code34b", "ToRA Code 34B")] {
        for row in rows(folder, &format!("recorded/{file}.jsonl")) {
            let Some(answer) = row["code"][0].as_str() else { continue };
            all.push(Recorded {
                model: model.to_owned(),
                gold: text(&row, "gt").to_owned(),
                answer: answer.to_owned(),
                label: tora_label(&row),
            });
        }
    }
    all.extend(mixtral_gpt4(folder, &golds));
    all
}

/// The file has no verdict, only the number that its recorder read from the answer.
fn tora_label(row: &Value) -> Option<bool> {
    let number = |value: &Value| value.as_str()?.replace(',', "").parse::<f64>().ok();
    Some(number(&row["pred"][0]).is_some_and(|read| Some(read) == number(&row["gt"])))
}

fn mixtral_gpt4(folder: &Path, golds: &BTreeMap<String, String>) -> Vec<Recorded> {
    let path = folder.join("recorded/gsm8k_mixtral_gpt4.csv");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut records = csv_records(&text);
    let header = records.remove(0);
    let models = [("Mixtral 8x7B", 1), ("GPT-4", 2)];
    assert_eq!(header.len(), 5, "{header:?}");
    let mut all = Vec::new();
    for record in records {
        let Some(gold) = golds.get(record[0].trim()) else { continue };
        for (model, column) in models {
            all.push(Recorded {
                model: model.to_owned(),
                gold: gold.clone(),
                answer: record[column + 2].clone(),
                label: record[column].parse::<String>().ok().and_then(|label| label.to_lowercase().parse().ok()),
            });
        }
    }
    all
}

/// CSV with quoted fields, as RFC 4180 has it.
fn csv_records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            '\r' if !quoted => {}
            c => field.push(c),
        }
    }
    if !field.is_empty() || !record.is_empty() {
        record.push(field);
        records.push(record);
    }
    records
}

/// Disagreements with the labels that were read one by one, by model: those that only we, and only they, call right.
///
/// Only we: "$29.00" for 29 and the like (the recorders compared texts), "60 shells by her 10th birthday", "50% or 1/2".
/// Only they: labels given by hand or by dropping signs and points (0.84 for 84, -54 for 54, 7.8 for 8, "three"), and
/// sentences that end in a number of the question; and one text that ends with "it is not possible to determine".
const REVIEWED: &[(&str, usize, usize)] = &[
    ("GPT-3 175b_finetuning", 0, 0),
    ("GPT-3 175b_verification", 0, 0),
    ("GPT-3 6b_finetuning", 0, 0),
    ("GPT-3 6b_verification", 0, 0),
    ("GPT-4", 47, 1),
    ("Mixtral 8x7B", 6, 6),
    ("ToRA 70B", 0, 2),
    ("ToRA Code 34B", 0, 0),
];

#[test]
#[expect(clippy::print_stdout, reason = "the table is the test's report")]
fn numbers_agree_with_recorded_labels() {
    let Some(folder) = folder("numbers_agree_with_recorded_labels") else { return };
    let mut tables: BTreeMap<String, [[usize; 2]; 2]> = BTreeMap::new();
    let mut disagreements = Vec::new();
    for recorded in recorded(&folder) {
        let Some(label) = recorded.label else { continue };
        let score = Rules::NUMBER.score_text(&recorded.answer, &recorded.gold);
        let ours = score.score.expect("every reference answer holds a number");
        tables.entry(recorded.model.clone()).or_default()[usize::from(!ours)][usize::from(!label)] += 1;
        if ours != label {
            let end: String = recorded.answer.chars().rev().take(160).collect::<Vec<_>>().into_iter().rev().collect();
            disagreements.push(format!(
                "{}: ours {ours}, label {label}, gold {}, read {:?} ({}): {end:?}",
                recorded.model, recorded.gold, score.extracted, score.reason
            ));
        }
    }
    println!("{:24} {:>6} {:>10} {:>11} {:>8}", "model", "both", "ours only", "label only", "neither");
    for (model, [[both, ours], [label, neither]]) in &tables {
        println!("{model:24} {both:6} {ours:10} {label:11} {neither:8}");
    }
    let found: Vec<_> = tables.iter().map(|(model, [[_, ours], [label, _]])| (&**model, *ours, *label)).collect();
    assert_eq!(found, REVIEWED, "disagreements that were not reviewed, among:\n{}", disagreements.join("\n"));
}
