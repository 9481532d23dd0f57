//! Reading the public files.

use std::path::PathBuf;

use serde_json::Value;

/// The folder of public files, or none, said aloud.
pub fn folder(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("LAMAS_DATA_DIR").map(PathBuf::from);
    if folder.is_none() {
        lamas_testing::skip("data", test, "LAMAS_DATA_DIR is not set");
    }
    folder
}

/// The rows of a JSONL file in the folder.
pub fn rows(folder: &std::path::Path, name: &str) -> Vec<Value> {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

/// A field that holds text.
pub fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_else(|| panic!("no text in {field}: {row}"))
}

/// The distinct reference answers of the MATH test file, in order of their first row.
pub fn math_answers(folder: &std::path::Path) -> (Vec<String>, usize) {
    let rows = rows(folder, "math_test.jsonl");
    let mut seen = std::collections::HashSet::new();
    let answers: Vec<_> = rows
        .iter()
        .map(|row| {
            let score = lamas_score::Rules::LATEX.score_text("0", text(row, "solution"));
            score.expected
        })
        .collect();
    (answers.iter().filter(|answer| seen.insert((*answer).clone())).cloned().collect(), rows.len())
}
