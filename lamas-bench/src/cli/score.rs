//! `score`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use lamas_core::problem::{Domain, Task};
use lamas_core::tool::Interpreter;
use lamas_operators::python::{PythonPool, SandboxSettings};
use polars::prelude::*;
use serde::Deserialize;

use super::args::ScoreArgs;
use crate::dataset::load::{find, parse, read};
use crate::dataset::{DataFolders, Manifest};
use crate::run::RunError;
use crate::run::judge::judge_text;
use crate::run::parquet::write_csv;
use lamas_score::Score;

/// One saved answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    id: serde_json::Value,
    answer: String,
}

/// Scores saved answers and prints the mean.
///
/// # Errors
/// When a file cannot be read, an id is unknown, or the scores cannot be written.
pub fn run(args: &ScoreArgs) -> anyhow::Result<()> {
    let folders = DataFolders::new(args.folder.data_dir.as_deref());
    let manifest = folders.manifest(&args.dataset)?;
    let path = match &args.data {
        Some(path) => path.clone(),
        None => find(&folders, &manifest)?,
    };
    let tasks = parse(&manifest, &path, &read(&path)?)?;
    let answers = answers(&args.answers)?;
    let paired = pair(&manifest, &tasks, answers, &args.answers)?;
    let scores = score_all(&manifest, &paired, args.allow_reduced_sandbox)?;
    write(&args.out, &paired, &scores)?;
    println!("{}", summary(&scores));
    Ok(())
}

/// Saved answers with their lines.
fn answers(path: &Path) -> anyhow::Result<Vec<(usize, Answer)>> {
    let text = std::fs::read_to_string(path).map_err(|error| RunError::file(path, error))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            let answer = serde_json::from_str(line).with_context(|| format!("{}:{}", path.display(), index + 1))?;
            Ok((index + 1, answer))
        })
        .collect()
}

/// An answer beside its task.
struct Paired {
    id: String,
    task: Arc<Task>,
    text: String,
}

fn pair(
    manifest: &Manifest,
    tasks: &[Arc<Task>],
    answers: Vec<(usize, Answer)>,
    path: &Path,
) -> anyhow::Result<Vec<Paired>> {
    let own_id = |task: &Task| task.problem.id.0.strip_prefix(&format!("{}/", manifest.name)).map(ToOwned::to_owned);
    let by_id: HashMap<String, &Arc<Task>> = tasks.iter().filter_map(|task| Some((own_id(task)?, task))).collect();
    answers
        .into_iter()
        .map(|(line, Answer { id, answer })| {
            let id = match id {
                serde_json::Value::String(id) => id,
                other => other.to_string(),
            };
            let by_row = id.parse::<usize>().ok().and_then(|row| tasks.get(row));
            match by_id.get(&id).copied().or(by_row) {
                Some(task) => Ok(Paired { id, task: Arc::clone(task), text: answer }),
                None => bail!(
                    "{}:{line}: id `{id}` is neither a row number below {} nor a task of `{}`",
                    path.display(),
                    tasks.len(),
                    manifest.name
                ),
            }
        })
        .collect()
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

fn write(path: &Path, paired: &[Paired], scores: &[Score]) -> anyhow::Result<()> {
    let number = |score: &Score| score.score.map(u32::from);
    let columns = vec![
        Column::new("id".into(), paired.iter().map(|one| one.id.as_str()).collect::<Vec<_>>()),
        Column::new("score".into(), scores.iter().map(number).collect::<Vec<_>>()),
        Column::new("extracted".into(), scores.iter().map(|score| score.extracted.as_str()).collect::<Vec<_>>()),
        Column::new("expected".into(), scores.iter().map(|score| score.expected.as_str()).collect::<Vec<_>>()),
        Column::new("reason".into(), scores.iter().map(|score| score.reason.as_str()).collect::<Vec<_>>()),
    ];
    let mut table = DataFrame::new(scores.len(), columns).map_err(|error| RunError::table(path, &error))?;
    write_csv(path, &mut table)?;
    Ok(())
}

fn summary(scores: &[Score]) -> String {
    let scored = scores.iter().filter_map(|score| score.score);
    let (right, all) = scored.fold((0_usize, 0_usize), |(right, all), score| (right + usize::from(score), all + 1));
    let unscored = scores.len() - all;
    if all == 0 {
        return format!("no answer could be scored ({unscored} unscored)");
    }
    let percent = 100.0 * right as f64 / all as f64;
    format!("score {percent:.2}% ({right} of {all}), {unscored} unscored")
}
