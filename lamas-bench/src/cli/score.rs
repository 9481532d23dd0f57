//! `score`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use lamas_core::problem::{Domain, Task};
use lamas_core::tool::Interpreter;
use lamas_operators::python::{PythonPool, SandboxSettings};
use polars::prelude::*;

use super::args::ScoreArgs;
use super::out::{Output, say};
use crate::run::RunError;
use crate::run::judge::judge_text;
use lamas_experiment::dataset::lines::{Row, lines};
use lamas_experiment::dataset::load::{decode, find, own, own_id, parse, read};
use lamas_experiment::dataset::{DataError, Manifest};
use lamas_score::Score;

/// One saved answer.
struct Answer {
    line: usize,
    id: String,
    text: String,
}

/// Scores saved answers and prints the mean.
///
/// # Errors
/// When a file cannot be read, there is no answer or an id is unknown, the scores cannot be written, or nothing could be scored.
pub fn run(args: &ScoreArgs) -> anyhow::Result<()> {
    let folders = args.folder.folders()?;
    let manifest = folders.manifest(&args.dataset)?;
    // A file of the user's own is none that the manifest could know.
    let (path, tasks_of): (_, fn(&_, &_, &_) -> _) = match &args.data {
        Some(path) => (path.clone(), parse),
        None => (find(&folders, &manifest)?, own),
    };
    let out = Output::open(&args.out, &[&args.answers, &path])?;
    let tasks = tasks_of(&manifest, &path, &read(&path)?)?;
    let answers = answers(&args.answers)?;
    if answers.is_empty() {
        anyhow::bail!("{}: holds no answer; write one `{{\"id\": .., \"answer\": ..}}` a line", args.answers.display());
    }
    let paired = pair(&manifest, &tasks, answers, &args.answers)?;
    let scores = score_all(&manifest, &paired, args.allow_reduced_sandbox)?;
    write(out, &args.out, &paired, &scores)?;
    say(summary(&scores)?)?;
    Ok(())
}

/// Saved answers with their lines.
fn answers(path: &Path) -> Result<Vec<Answer>, DataError> {
    let bytes = read(path)?;
    let answer = |line: usize, text: &str| -> Result<Answer, String> {
        let row = Row::parse(text)?;
        row.only(&["id", "answer"])?;
        Ok(Answer { line, id: row.text("id")?, text: row.string("answer")? })
    };
    lines(decode(path, &bytes)?)
        .map(|(line, text)| {
            answer(line, text).map_err(|message| DataError::Row { path: path.to_owned(), line, message })
        })
        .collect()
}

/// An answer beside its task.
struct Paired {
    id: String,
    task: Arc<Task>,
    text: String,
}

fn pair(manifest: &Manifest, tasks: &[Arc<Task>], answers: Vec<Answer>, path: &Path) -> Result<Vec<Paired>, DataError> {
    let by_id: HashMap<&str, &Arc<Task>> = tasks.iter().map(|task| (own_id(manifest, task), task)).collect();
    let mut lines_of: HashMap<&str, usize> = HashMap::new();
    let mut paired = Vec::with_capacity(answers.len());
    for Answer { line, id, text } in answers {
        let refuse = |message: String| DataError::Row { path: path.to_owned(), line, message };
        // As a row is written: `00`, `+0` and ` 0` are other texts, which may be meant as ids.
        let by_row = || id.parse::<usize>().ok().filter(|row| row.to_string() == id).and_then(|row| tasks.get(row));
        let task = by_id.get(id.as_str()).copied().or_else(by_row).ok_or_else(|| {
            let (rows, name) = (tasks.len(), &manifest.name);
            refuse(format!("id `{id}` is neither a row number below {rows} nor a task of `{name}`"))
        })?;
        // By task: a row's number and its id are two names of one.
        if let Some(first) = lines_of.insert(own_id(manifest, task), line) {
            let message = format!("id `{id}` has an answer in line {first} already; one answer a task can be scored");
            return Err(refuse(message));
        }
        paired.push(Paired { id, task: Arc::clone(task), text });
    }
    Ok(paired)
}

fn score_all(manifest: &Manifest, paired: &[Paired], allow_reduced: bool) -> anyhow::Result<Vec<Score>> {
    let settings = SandboxSettings { allow_reduced, ..SandboxSettings::default() };
    let environment = |error: &dyn std::fmt::Display| RunError::Environment(error.to_string());
    let pool = PythonPool::new(settings).map_err(|error| environment(&error))?;
    if manifest.domain == Domain::Code {
        pool.report().map_err(|error| environment(&error))?;
    }
    let checker: &dyn Interpreter = &pool;
    let runtime = tokio::runtime::Builder::new_current_thread().build().context("the runtime cannot be started")?;
    let judged = paired.iter().map(|one| judge_text(manifest.scorer, &one.task, &one.text, checker));
    Ok(runtime.block_on(async {
        use futures::StreamExt;
        futures::stream::iter(judged).buffered(16).collect().await
    }))
}

fn write(out: Output, path: &Path, paired: &[Paired], scores: &[Score]) -> anyhow::Result<()> {
    let number = |score: &Score| score.score.map(u32::from);
    let columns = vec![
        Column::new("id".into(), paired.iter().map(|one| one.id.as_str()).collect::<Vec<_>>()),
        Column::new("score".into(), scores.iter().map(number).collect::<Vec<_>>()),
        Column::new("extracted".into(), scores.iter().map(|score| score.extracted.as_str()).collect::<Vec<_>>()),
        Column::new("expected".into(), scores.iter().map(|score| score.expected.as_str()).collect::<Vec<_>>()),
        Column::new("reason".into(), scores.iter().map(|score| score.reason.as_str()).collect::<Vec<_>>()),
    ];
    let mut table = DataFrame::new(scores.len(), columns).map_err(|error| RunError::table(path, &error))?;
    out.write(|to| Ok(CsvWriter::new(to).finish(&mut table)?))?;
    Ok(())
}

/// What came of all answers.
///
/// # Errors
/// When none could be scored: that is no result.
fn summary(scores: &[Score]) -> anyhow::Result<String> {
    let scored = scores.iter().filter_map(|score| score.score);
    let (right, all) = scored.fold((0_usize, 0_usize), |(right, all), score| (right + usize::from(score), all + 1));
    let unscored = scores.len() - all;
    if all == 0 {
        let first = scores.first().map_or("", |score| score.reason.as_str());
        anyhow::bail!("no answer could be scored ({unscored} unscored); the first reason was: {first}");
    }
    let percent = 100.0 * right as f64 / all as f64;
    Ok(format!("score {percent:.2}% ({right} of {all}), {unscored} unscored"))
}
