//! Recorded outputs of real models, as their authors publish them.
//!
//! | file | published by |
//! | --- | --- |
//! | `math_qwen_cot_8samples.jsonl` | QwenLM/Qwen2.5-Math: eight samples for each of 100 MATH problems, with verdicts |
//! | `gsm8k_gpt3_verifiers.jsonl` | openai/grade-school-math: four GPT-3 models on the GSM8K test rows, with verdicts |
//! | `gsm8k_mixtral_gpt4.csv` | lm-sys/RouteLLM: Mixtral-8x7B and GPT-4-1106 on the same rows, with verdicts |
//! | `gsm8k_tora70b.jsonl`, `gsm8k_tora_code34b.jsonl` | microsoft/ToRA: program-aided answers on the same rows |

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use lamas_sim::features;
use polars::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use lamas_bench::run::RunError;
use lamas_score::Rules;

/// The samples of one problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Which are right.
    pub right: Vec<bool>,
    /// Logarithms of their lengths in bytes, which are in proportion to tokens.
    pub log_lengths: Vec<f64>,
    /// What they answer.
    pub answers: Vec<String>,
}

/// One problem's features and how often it was solved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// See [`lamas_sim::features`].
    pub features: [f64; 2],
    /// Share of models that solved it.
    pub success: f64,
}

/// Everything that is fitted to.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Eight samples for each of 100 problems.
    pub eight: Vec<Samples>,
    /// Verdicts over the GSM8K test rows.
    pub verdicts: Vec<Verdict>,
    /// Reasoned answer right, program right: for each pair of models, over the GSM8K test rows.
    pub pairs: Vec<(String, Vec<(bool, bool)>)>,
}

#[derive(Deserialize)]
struct Eight {
    score: Vec<bool>,
    response: Vec<String>,
    pred: Vec<String>,
}

#[derive(Deserialize)]
struct Graded {
    is_correct: bool,
}

#[derive(Deserialize)]
struct Verified {
    question: String,
    #[serde(rename = "6b_finetuning")]
    small: Graded,
    #[serde(rename = "6b_verification")]
    small_verified: Graded,
    #[serde(rename = "175b_finetuning")]
    large: Graded,
    #[serde(rename = "175b_verification")]
    large_verified: Graded,
}

#[derive(Deserialize)]
struct Programmed {
    question: String,
    gt: String,
    pred: Vec<String>,
}

/// The models of `gsm8k_mixtral_gpt4.csv`, and the ToRA files.
const REASONED: [(&str, &str); 2] =
    [("GPT-4", "gpt-4-1106-preview"), ("Mixtral", "mistralai/Mixtral-8x7B-Instruct-v0.1")];
const PROGRAMS: [(&str, &str); 2] =
    [("ToRA-70B", "gsm8k_tora70b.jsonl"), ("ToRA-Code-34B", "gsm8k_tora_code34b.jsonl")];

impl Recorded {
    /// Reads the five files from a folder.
    ///
    /// # Errors
    /// Names the file that is missing or does not parse.
    pub fn read(folder: &Path) -> Result<Self, RunError> {
        let eight: Vec<Eight> = lines(&folder.join("math_qwen_cot_8samples.jsonl"))?;
        let verified: Vec<Verified> = lines(&folder.join("gsm8k_gpt3_verifiers.jsonl"))?;
        let routed = Routed::read(&folder.join("gsm8k_mixtral_gpt4.csv"))?;
        let mut pairs = Vec::new();
        for (program, file) in PROGRAMS {
            let programmed: Vec<Programmed> = lines(&folder.join(file))?;
            for (model, column) in REASONED {
                pairs.push((format!("{model}, {program}"), routed.paired(column, &programmed)?));
            }
        }
        Ok(Self {
            eight: eight.into_iter().map(Into::into).collect(),
            verdicts: verified.iter().map(Into::into).collect(),
            pairs,
        })
    }
}

impl From<Eight> for Samples {
    fn from(row: Eight) -> Self {
        let log_lengths = row.response.iter().map(|text| (text.len() as f64).ln()).collect();
        Self { right: row.score, log_lengths, answers: row.pred }
    }
}

impl From<&Verified> for Verdict {
    fn from(row: &Verified) -> Self {
        let graded = [&row.small, &row.small_verified, &row.large, &row.large_verified];
        let right = graded.iter().filter(|graded| graded.is_correct).count();
        Self { features: features(&row.question), success: right as f64 / graded.len() as f64 }
    }
}

/// Verdicts by question.
struct Routed {
    path: PathBuf,
    table: DataFrame,
    /// The row of each question.
    rows: HashMap<String, usize>,
}

impl Routed {
    fn read(path: &Path) -> Result<Self, RunError> {
        let read = || -> PolarsResult<(DataFrame, HashMap<String, usize>)> {
            // No types are guessed: every column is text.
            let options = CsvReadOptions::default().with_infer_schema_length(Some(0));
            let table = options.try_into_reader_with_file_path(Some(path.to_owned()))?.finish()?;
            let questions = table.column("prompt")?.str()?;
            let rows =
                (0..table.height()).filter_map(|row| Some((questions.get(row)?.trim().to_owned(), row))).collect();
            Ok((table, rows))
        };
        let (table, rows) = read().map_err(|error| RunError::table(path, &error))?;
        Ok(Self { path: path.to_owned(), table, rows })
    }

    /// The model's verdict and the program's, on every question that both have.
    fn paired(&self, model: &str, programs: &[Programmed]) -> Result<Vec<(bool, bool)>, RunError> {
        let column = self.table.column(model).and_then(|column| column.str());
        let verdicts = column.map_err(|error| RunError::table(&self.path, &error))?;
        let pair = |program: &Programmed| {
            let row = *self.rows.get(program.question.trim())?;
            let reasoned = verdicts.get(row)?.eq_ignore_ascii_case("true");
            let answer = program.pred.first().map_or("", String::as_str);
            Some((reasoned, Rules::NUMBER.score_text(answer, &program.gt).score == Some(true)))
        };
        Ok(programs.iter().filter_map(pair).collect())
    }
}

/// The rows of a file of JSON lines.
fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, RunError> {
    let text = std::fs::read_to_string(path).map_err(|error| RunError::file(path, error))?;
    text.lines()
        .enumerate()
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| RunError::file(path, format!("line {}: {error}", index + 1)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_named() {
        let error = Recorded::read(Path::new("nowhere")).unwrap_err().to_string();
        assert!(error.starts_with("nowhere/math_qwen_cot_8samples.jsonl: "), "{error}");
    }

    #[test]
    fn questions_are_paired_by_their_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("routed.csv");
        std::fs::write(&path, "prompt,m,m_response\n\"Two, or\nthree?\",True,\"a\n\"\nFour?,False,b\n").unwrap();
        let program = |question: &str, pred: &str| Programmed {
            question: question.to_owned(),
            gt: "1,000".to_owned(),
            pred: vec![pred.to_owned()],
        };
        let programs = [program("Four?", "1000.0"), program(" Two, or\nthree?", "12"), program("Five?", "1000")];
        let pairs = Routed::read(&path).unwrap().paired("m", &programs).unwrap();
        assert_eq!(pairs, [(false, true), (true, false)]);
    }
}
