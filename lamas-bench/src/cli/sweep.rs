//! `sweep`, `train` and `eval`.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use super::experiment::ExperimentArgs;
use super::out::{say, warn};
use crate::run::RunError;
use crate::run::progress::{Bars, Progress};
use crate::run::stop::{Answer, GRACE, Stop};
use crate::run::sweep::{Phase, Sweep};
use lamas_experiment::config::Experiment;
use lamas_experiment::config::yaml::Override;
use lamas_llm::limit::Waits;
use lamas_record::manifest;
use lamas_record::provenance::Provenance;
use lamas_report::Finished;

/// Runs an experiment, or a phase of it.
///
/// # Errors
/// See [`RunError`].
pub fn run(args: &ExperimentArgs, phase: Phase) -> anyhow::Result<()> {
    let experiment = Experiment::load(&args.experiment, &overrides(args)).map_err(RunError::from)?;
    let out = args.out.clone().unwrap_or_else(|| default_folder(&experiment));
    let folders = args.running.data.folders()?;
    start_threads(args.running.threads)?;
    let stop = stop_on_ctrl_c()?;
    let bars = Arc::new(Bars::new());
    let observer = Arc::new(Waits::new({
        let bars = Arc::clone(&bars);
        move |waiting: &str| bars.waiting(waiting)
    }));
    let sweep = Sweep::prepare(experiment, &folders, &out, &*bars, observer).inspect_err(|_| bars.finish())?;
    let (taken_over, cells) = sweep.taken_over();
    if taken_over > 0 {
        warn(format_args!("taken over from earlier starts: {taken_over} of {cells} cells"));
    }
    let ran = sweep.run(phase, &stop, &*bars);
    if let Some(spent) = sweep.spent() {
        let answered = manifest::read(sweep.directory()).map(|manifest| manifest.model.simulated);
        let note = answered.ok().and_then(Provenance::note);
        let whose = note.map_or_else(String::new, |note| format!(" ({note}: counted at list prices)"));
        let (usd, attempts, tokens) = (spent.usd.0, spent.attempts(), spent.tokens.0);
        warn(format_args!("paid so far: {usd:.4} USD for {attempts}, {tokens} tokens{whose}"));
    }
    let gaps = ran?;
    if phase == Phase::Train {
        say(format_args!("trained; evaluate with: {}", evaluation(args, &out)))?;
    } else {
        report(&out)?;
    }
    // What could be answered is told first.
    if gaps.is_empty() { Ok(()) } else { Err(RunError::Unrecorded(gaps).into()) }
}

/// The command that evaluates what these arguments have trained: it must be of the same experiment.
fn evaluation(args: &ExperimentArgs, out: &Path) -> String {
    let mut words = vec!["lamas-bench".to_owned(), "eval".to_owned(), args.experiment.display().to_string()];
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    option("--out", out.display().to_string());
    for change in overrides(args) {
        option("--set", change.written());
    }
    if let Some(folder) = &args.running.data.data_dir {
        option("--data-dir", folder.display().to_string());
    }
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "_-+=.,/:@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''")).into()
    }
}

fn report(out: &Path) -> anyhow::Result<()> {
    let report = Finished::open(out)?.report()?;
    say(report.main)?;
    print_paths(out, &report.figures)?;
    Ok(())
}

/// Names what was written, the figures one by one.
///
/// # Errors
/// When nobody reads it.
pub fn print_paths(out: &Path, figures: &[PathBuf]) -> Result<(), RunError> {
    say(format_args!("results  {}", out.join("results.csv").display()))?;
    say(format_args!("episodes {}", out.join("episodes.parquet").display()))?;
    say(format_args!("tables   {}", out.join("tables").display()))?;
    for figure in figures.iter().filter(|path| path.extension().is_some_and(|extension| extension == "png")) {
        say(format_args!("figure   {} (also .svg and .pdf)", figure.display()))?;
    }
    Ok(())
}

/// What the options of a command line change in its experiment.
pub fn overrides(args: &ExperimentArgs) -> Vec<Override> {
    let seed = args.seed.map(|seed| Override::new("seed", seed.into()));
    let calls = args.record_calls.then(|| Override::new("calls", true.into()));
    args.running.set.iter().cloned().chain(seed).chain(calls).collect()
}

/// Where a run goes that is not told: a folder of its own for each experiment.
pub fn default_folder(experiment: &Experiment) -> PathBuf {
    Path::new("runs").join(format!("{}-{}", experiment.draft.name, &experiment.hash()[..8]))
}

/// Cells that run at once; one for each core where no number is given.
///
/// # Errors
/// When the system refuses.
pub fn start_threads(threads: Option<usize>) -> anyhow::Result<()> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0));
    pool.build_global().context("the threads cannot be started")
}

/// The first Ctrl-C or SIGTERM ends what is at work within a few seconds and keeps what is finished; the second ends at once,
/// and so does the first where nothing is at work.
///
/// # Errors
/// When the system refuses.
pub fn stop_on_ctrl_c() -> anyhow::Result<Arc<Stop>> {
    let stop = Arc::new(Stop::default());
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || match asked.request() {
        Answer::Ending => warn(format_args!(
            "interrupted: no further call is made, and calls in flight have {} s to end; once more ends at once",
            GRACE.as_secs()
        )),
        Answer::AtOnce => {
            warn(format_args!("interrupted"));
            std::process::exit(130);
        }
    })
    .context("Ctrl-C cannot be watched for")?;
    Ok(stop)
}
