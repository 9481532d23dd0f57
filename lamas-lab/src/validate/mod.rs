//! `validate-sim`: published figures against simulated ones, each with a verdict.
//!
//! What the simulated model was fitted to must come out, or the check fails. What it was not fitted to is a finding either
//! way.
//!
//! - [`published`]: what others published, as data (`published.yaml`)
//! - [`verdict`]: simulated against published
//! - [`report`]: tables and the figure

pub mod published;
pub mod report;
pub mod verdict;

use std::path::Path;
use std::sync::Arc;

use lamas_bench::run::RunError;
use lamas_bench::run::progress::Progress;
use lamas_bench::run::stop::Stop;
use lamas_bench::run::sweep::{Phase, Sweep};
use lamas_experiment::config::draft::Limit;
use lamas_experiment::config::yaml::Override;
use lamas_experiment::config::{ConfigError, Experiment, Tree};
use lamas_experiment::dataset::{DataFolders, Dataset};
use lamas_report::episodes::Episodes;
use verdict::Verdict;

/// The experiments, one for each problem set.
const EXPERIMENTS: &str = include_str!("experiments.yaml");

/// The experiments with these keys changed in each of them.
///
/// # Errors
/// When an override does not fit.
pub fn experiments(overrides: &[Override]) -> Result<Vec<Experiment>, ConfigError> {
    let all = Tree::of(Path::new("validate/experiments.yaml"), EXPERIMENTS)?;
    all.items().iter().map(|tree| Experiment::from_tree(tree.clone(), overrides)).collect()
}

/// Runs every experiment below a folder and gives a verdict on every published figure.
///
/// # Errors
/// When a problem set is missing, a run ends without a result, or a file cannot be written.
pub fn run(
    experiments: Vec<Experiment>,
    folders: &DataFolders,
    out: &Path,
    stop: &Stop,
    progress: &dyn Progress,
) -> Result<Vec<Verdict>, RunError> {
    // All of them before the first run, which takes a while.
    for name in experiments.iter().flat_map(|experiment| &experiment.draft.datasets) {
        Dataset::load(folders, name, &Limit::default())?;
    }
    let runs = experiments
        .into_iter()
        .map(|experiment| {
            let (name, hash) = (experiment.draft.name.clone(), experiment.hash());
            let folder = out.join(format!("{name}-{}", &hash[..8]));
            let sweep = Sweep::prepare(experiment, folders, &folder, progress, Arc::new(()))?;
            sweep.run(Phase::Both, stop, progress)?;
            Ok(Episodes::read(sweep.directory())?)
        })
        .collect::<Result<Vec<_>, RunError>>()?;
    verdict::all(&published::rows(), &runs)
}
