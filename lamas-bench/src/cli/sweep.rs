//! `sweep`, `train` and `eval`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

use super::args::ExperimentArgs;
use crate::config::Experiment;
use crate::config::yaml::Override;
use crate::dataset::DataFolders;
use crate::report::Finished;
use crate::run::progress::{Bars, Progress};
use crate::run::provenance::Provenance;
use crate::run::sweep::{Phase, Sweep};
use crate::run::waits::Waits;
use crate::run::{RunError, manifest};

/// Runs an experiment, or a phase of it.
///
/// # Errors
/// See [`RunError`].
pub fn run(args: &ExperimentArgs, phase: Phase) -> anyhow::Result<()> {
    let experiment = Experiment::load(&args.experiment, &overrides(args)).map_err(RunError::from)?;
    let out = args.out.clone().unwrap_or_else(|| default_folder(&experiment));
    let folders = DataFolders::new(args.running.data.data_dir.as_deref());
    start_threads(args.running.threads)?;
    let stop = stop_on_ctrl_c()?;
    let bars = Arc::new(Bars::new());
    let observer = Arc::new(Waits::new(Arc::clone(&bars)));
    let sweep = Sweep::prepare(experiment, &folders, &out, &*bars, observer).inspect_err(|_| bars.finish())?;
    let ran = sweep.run(phase, &stop, &*bars);
    if let Some(spent) = sweep.spent() {
        let answered = manifest::read(sweep.directory()).map(|manifest| manifest.model.simulated);
        let note = answered.ok().and_then(Provenance::note);
        let whose = note.map_or_else(String::new, |note| format!(" ({note}: counted at list prices)"));
        eprintln!("paid so far: {:.4} USD for {} calls, {} tokens{whose}", spent.usd.0, spent.calls, spent.tokens.0);
    }
    ran?;
    if phase == Phase::Train {
        println!("trained; evaluate with: lamas-bench eval {} --out {}", args.experiment.display(), out.display());
        return Ok(());
    }
    report(&out)
}

fn report(out: &Path) -> anyhow::Result<()> {
    let report = Finished::open(out)?.report()?;
    println!("{}", report.main);
    print_paths(out, &report.figures);
    Ok(())
}

/// Names what was written, the figures one by one.
pub fn print_paths(out: &Path, figures: &[PathBuf]) {
    println!("results  {}", out.join("results.csv").display());
    println!("episodes {}", out.join("episodes.parquet").display());
    println!("tables   {}", out.join("tables").display());
    for figure in figures.iter().filter(|path| path.extension().is_some_and(|extension| extension == "png")) {
        println!("figure   {} (also .svg and .pdf)", figure.display());
    }
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

/// The first Ctrl-C lets batches end and keeps finished cells; the second ends at once.
///
/// # Errors
/// When the system refuses.
pub fn stop_on_ctrl_c() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .context("Ctrl-C cannot be watched for")?;
    Ok(stop)
}
