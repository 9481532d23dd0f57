//! `store`.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::{Args, Subcommand};
use lamas_store::{Archive, Merged, ModelStats, Prune, Stats, StoreError};

use super::out::{self, Output};
use crate::run::RunError;
use lamas_core::wording::count;

/// A response store, and what to do with it.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: StoreCommand,

    /// The store.
    #[arg(long, global = true, value_name = "FILE", default_value = "runs/store.sqlite")]
    pub store: PathBuf,
}

/// What to do with a store.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Say what it holds, by model.
    Stats {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write every answer as a line of JSON, in the order of keys.
    Export {
        /// Where to; standard output by default.
        file: Option<PathBuf>,
    },
    /// Take in the lines of an export, all or none. A question that has an answer keeps it.
    Import {
        /// The export; `-` is standard input.
        file: PathBuf,
    },
    /// Take in the answers of other stores. A question that has an answer keeps it.
    Merge {
        /// The other stores.
        #[arg(required = true)]
        others: Vec<PathBuf>,
    },
    /// Remove the answers that meet every condition given, and give their space back.
    #[command(group = clap::ArgGroup::new("which").required(true).multiple(true))]
    Prune {
        /// Of this model.
        #[arg(long, value_name = "NAME", group = "which")]
        model: Option<String>,
        /// Recorded before so many days.
        #[arg(long, value_name = "DAYS", group = "which")]
        older_than: Option<u64>,
        /// All of them.
        #[arg(long, group = "which", conflicts_with_all = ["model", "older_than"])]
        all: bool,
        /// The damaged ones, and build the file's indices anew.
        #[arg(long, group = "which", conflicts_with_all = ["model", "older_than", "all"])]
        damaged: bool,
    },
    /// Check the file's structure, and the key and the checksum of every answer.
    Verify,
}

impl StoreArgs {
    /// The files that it is told to read.
    #[must_use]
    pub fn inputs(&self) -> Vec<&Path> {
        let read: &[PathBuf] = match &self.command {
            StoreCommand::Import { file } => std::slice::from_ref(file),
            StoreCommand::Merge { others } => others,
            _ => &[],
        };
        read.iter().chain([&self.store]).map(PathBuf::as_path).collect()
    }
}

/// Does with a store what is asked.
///
/// # Errors
/// When a file cannot be read or written, a line is no answer, or the check finds a fault.
pub fn run(args: &StoreArgs) -> anyhow::Result<()> {
    let mut out = out::stdout();
    run_to(args, &mut out).map_err(anyhow::Error::from)
}

fn run_to(args: &StoreArgs, out: &mut dyn Write) -> Result<(), RunError> {
    let path = &args.store;
    let existing = || Archive::existing(path).map_err(|error| stored(&error));
    let mut say = |text: String| writeln!(out, "{text}").map_err(|error| RunError::file("standard output", error));
    match &args.command {
        StoreCommand::Stats { json } => say(stats(path, &existing()?.stats().map_err(|error| stored(&error))?, *json)?),
        StoreCommand::Export { file: None } => {
            existing()?.export(out).map(drop).map_err(|error| RunError::Store(error.to_string()))
        }
        StoreCommand::Export { file: Some(file) } => {
            let archive = existing()?;
            let lines = Output::open(file, &store_files(path).each_ref().map(PathBuf::as_path))?
                .write(|mut to| Ok(archive.export(&mut to)?))?;
            say(format!("{}: {} written", file.display(), count(lines, "record")))
        }
        StoreCommand::Import { file } => {
            let mut from = open(file)?;
            let archive = Archive::create(path).map_err(|error| stored(&error))?;
            let merged = archive.import(&mut *from).map_err(|error| match error {
                StoreError::Line { line, problem } => {
                    RunError::file(file, format!("line {line}: {problem}; nothing was imported"))
                }
                other => stored(&other),
            })?;
            say(taken(file, merged))
        }
        StoreCommand::Merge { others } => {
            let archive = Archive::create(path).map_err(|error| stored(&error))?;
            others.iter().try_for_each(|other| say(taken(other, archive.merge(other).map_err(|error| stored(&error))?)))
        }
        StoreCommand::Prune { model, older_than, damaged, all: _ } => {
            let which = Prune { model: model.clone(), before: older_than.map(days_ago) };
            let archive = existing()?;
            let removed = if *damaged { archive.prune_damaged() } else { archive.prune(&which) };
            let removed = removed.map_err(|error| stored(&error))?;
            say(format!("{}: {} removed", path.display(), count(removed, "record")))
        }
        StoreCommand::Verify => {
            let verification = existing()?.verify().map_err(|error| stored(&error))?;
            for fault in &verification.faults {
                say(fault.clone())?;
            }
            match verification.faults.len() {
                0 => say(format!("{}: {} are right", path.display(), count(verification.checked, "record"))),
                faults => Err(RunError::file(
                    path,
                    format!(
                        "{} found among {}; `store prune --damaged` removes what is damaged",
                        if faults == 1 { "1 fault was".to_owned() } else { format!("{faults} faults were") },
                        count(verification.checked, "record")
                    ),
                )),
            }
        }
    }
}

/// A store's file, and what SQLite keeps beside it.
fn store_files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        name.into()
    })
}

fn stored(error: &StoreError) -> RunError {
    RunError::Store(error.to_string())
}

fn open(file: &Path) -> Result<Box<dyn BufRead>, RunError> {
    if file == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    Ok(Box::new(BufReader::new(File::open(file).map_err(|error| {
        RunError::file(file, format!("cannot be read: {error}; give the file that `store export` wrote, or `-`"))
    })?)))
}

fn taken(from: &Path, merged: Merged) -> String {
    let Merged { added, present } = merged;
    format!("{}: {} taken in, {present} were there already", from.display(), count(added, "record"))
}

fn days_ago(days: u64) -> u64 {
    let ago = Duration::from_secs(days.saturating_mul(86_400));
    let time = SystemTime::now().checked_sub(ago).unwrap_or(SystemTime::UNIX_EPOCH);
    u64::try_from(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

fn stats(path: &Path, stats: &Stats, json: bool) -> Result<String, RunError> {
    if json {
        return serde_json::to_string_pretty(stats).map_err(|error| RunError::file(path, error));
    }
    let mut lines = vec![format!("{}: {:.1} MiB", path.display(), stats.bytes as f64 / f64::from(1 << 20))];
    lines.extend(stats.models.iter().map(line));
    if stats.models.is_empty() {
        lines.push("no answers".to_owned());
    }
    if stats.runs > 0 {
        lines.push(format!("{} of programs", count(stats.runs, "run")));
    }
    if stats.damaged > 0 {
        lines.push(format!("{} damaged, left out above; `store verify` names them", count(stats.damaged, "record")));
    }
    Ok(lines.join("\n"))
}

fn line(model: &ModelStats) -> String {
    let share = |count: u64, what: &str| if count > 0 { format!(" ({count} of them {what})") } else { String::new() };
    let (counted, simulated) = (share(model.counted, "counted here"), share(model.simulated, "simulated"));
    let each = |total: f64| total / model.answers.max(1) as f64;
    format!(
        "{}: {}{counted}{simulated}, {} + {} tokens, {:.4} USD; {:.2} s each, {:.2} s to the first token, {:.2} s waited; {} to {}",
        model.model,
        count(model.answers, "answer"),
        model.input.0,
        model.output.0,
        model.cost.0,
        each(model.working.0),
        model.first_token.0,
        each(model.waiting.0),
        date(model.oldest),
        date(model.newest),
    )
}

/// E.g. `25 Nov 2026 14:03`, in UTC.
fn date(milliseconds: u64) -> String {
    let http = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds));
    http.get(5..22).map_or(http.clone(), str::to_owned)
}
