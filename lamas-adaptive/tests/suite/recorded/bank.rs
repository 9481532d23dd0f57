//! Banks of what real models answered.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use lamas_adaptive::bank::{Bank, Output, Row};
use lamas_core::problem::{Domain, Problem, ProblemId};
use lamas_core::race::Classes;
use lamas_core::units::{PathTokens, Seconds, Tokens, Usd};
use lamas_score::Rules;
use lamas_score::compare::Answer;
use lamas_score::read::final_answer;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What a token takes where all calls decode at one speed.
const SECONDS_A_TOKEN: f64 = 0.02;

fn lines<T: DeserializeOwned>(file: impl Read) -> Vec<T> {
    BufReader::new(file).lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

/// An answer that counts by its tokens alone: its prompt is free, and a token costs one.
fn output(class: Option<usize>, right: bool, tokens: f64) -> Output {
    Output {
        class,
        score: f64::from(u8::from(right)),
        output: Tokens(tokens as u64),
        length: PathTokens(tokens),
        seconds: Seconds(tokens * SECONDS_A_TOKEN),
        prompt: Usd::ZERO,
        completion: Usd(tokens),
        ran: None,
        passed: None,
        follow_ups: Vec::new(),
    }
}

fn problem(id: String, statement: &str) -> Problem {
    Problem {
        id: ProblemId(id.into()),
        domain: Domain::Maths,
        statement: statement.into(),
        entry_point: None,
        public_examples: [].into(),
    }
}

#[derive(Deserialize)]
struct Eight {
    idx: usize,
    question: String,
    pred: Vec<String>,
    score: Vec<bool>,
    response: Vec<String>,
}

/// 100 MATH problems with eight answers of Qwen2.5-Math each; a token is four characters.
pub fn math(data: &Path) -> Bank {
    let row = |row: &Eight| {
        let mut classes = Classes::default();
        let answers = row.pred.iter().zip(&row.score).zip(&row.response).map(|((answer, right), text)| {
            let class = Answer::read(Domain::Maths, answer).map(|answer| classes.add(&answer, Answer::same));
            output(class, *right, text.chars().count() as f64 / 4.0)
        });
        let outputs = vec![answers.collect()];
        Row { problem: problem(format!("math/{}", row.idx), &row.question), outputs }
    };
    let rows: Vec<Eight> = lines(File::open(data.join("recorded/math_qwen_cot_8samples.jsonl")).unwrap());
    Bank::new(vec!["generate_cot".into()], rows.iter().map(row).collect()).unwrap()
}

#[derive(Deserialize)]
struct Question {
    question: String,
    answer: String,
}

#[derive(Deserialize)]
struct Record {
    question: Option<Asked>,
    response: Option<Answered>,
}

#[derive(Deserialize)]
struct Asked {
    messages: Vec<Message>,
    sample: Sample,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

#[derive(Deserialize)]
struct Sample {
    ordinal: usize,
}

#[derive(Deserialize)]
struct Answered {
    text: String,
    usage: Usage,
}

#[derive(Deserialize)]
struct Usage {
    output: u64,
}

/// The generators of [`gsm8k`] with what their prompts begin with, before the question and behind it.
const PROMPTS: [(&str, &str, &str, &str); 2] = [
    ("generate_cot", "Solve a maths problem by reasoning", "Now the problem to solve:\n", "\n\nThink step by step"),
    ("generate", "Answer the following maths problem directly.", "Problem:\n", "\n\nGive the solution"),
];

/// 64 GSM8K problems: eight chains of thought and four direct answers of Qwen2.5-Coder-1.5B each.
pub fn gsm8k(data: &Path) -> Bank {
    let questions: Vec<Question> = lines(File::open(data.join("gsm8k_test.jsonl")).unwrap());
    let questions: HashMap<&str, &Question> = questions.iter().map(|row| (row.question.trim(), row)).collect();
    let records: Vec<Record> = lines(GzDecoder::new(File::open(data.join("recorded/qwen15_store.jsonl.gz")).unwrap()));
    let mut answers: HashMap<&str, Vec<Vec<(usize, &Answered)>>> = HashMap::new();
    for record in &records {
        let (Some(asked), Some(answered)) = (&record.question, &record.response) else { continue };
        let prompt = &asked.messages[0].content;
        let Some(generator) = PROMPTS.iter().position(|(_, begins, ..)| prompt.starts_with(begins)) else { continue };
        let (_, _, before, behind) = PROMPTS[generator];
        let statement = prompt.rsplit(before).next().and_then(|rest| rest.split(behind).next()).unwrap().trim();
        let row = answers.entry(statement).or_insert_with(|| vec![Vec::new(); PROMPTS.len()]);
        row[generator].push((asked.sample.ordinal, answered));
    }
    let mut statements: Vec<&&str> = answers.keys().collect();
    statements.sort();
    let row = |(number, statement): (usize, &&&str)| {
        let gold = lamas_score::read::reference_answer(&questions[**statement].answer).unwrap();
        let mut classes = Classes::default();
        let outputs = answers[**statement].iter().map(|of_generator| {
            let mut drawn = of_generator.clone();
            drawn.sort_by_key(|(ordinal, _)| *ordinal);
            let read = |(_, answered): &(usize, &Answered)| {
                let answer = final_answer(&answered.text).and_then(|text| Answer::read(Domain::Maths, &text));
                let right = Rules::NUMBER.score_text(&answered.text, &gold).score == Some(true);
                output(answer.map(|answer| classes.add(&answer, Answer::same)), right, answered.usage.output as f64)
            };
            drawn.iter().map(read).collect()
        });
        let outputs = outputs.collect();
        Row { problem: problem(format!("gsm8k/{number}"), statement), outputs }
    };
    let generators = PROMPTS.iter().map(|(name, ..)| (*name).into()).collect();
    Bank::new(generators, statements.iter().enumerate().map(row).collect()).unwrap()
}
