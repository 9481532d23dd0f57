//! `trace`.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::PathBuf;

use clap::Args;
use lamas_core::chrome_trace::chrome_traces;
use lamas_core::wording::count;
use lamas_experiment::config::{ConfigError, suggest};
use lamas_report::saved::{Saved, Wanted, problems, saved};
use lamas_report::{Finished, lambda_text};

use super::out::{Output, say};

/// Episodes of a finished run.
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// The run's folder, as `sweep` named it.
    pub run: PathBuf,

    /// Where the events go, as JSON.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,

    /// Only this problem set.
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,

    /// Only this method.
    #[arg(long, value_name = "NAME")]
    pub method: Option<String>,

    /// Only this lambda_t.
    #[arg(long, value_name = "NUMBER")]
    pub lambda_t: Option<f64>,

    /// Another seed than the run's first.
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,

    /// Another problem than the first one of each set, by its id, such as `words/0`.
    #[arg(long, value_name = "ID")]
    pub problem: Option<String>,
}

/// Writes what happened in single episodes as Chrome's trace events.
///
/// # Errors
/// When no finished run lies there, the run has no such episode, or the file cannot be written.
pub fn run(args: &TraceArgs) -> anyhow::Result<()> {
    let finished = Finished::open(&args.run)?;
    args.check(&finished)?;
    let read: Vec<PathBuf> = args.inputs(&finished);
    let out = Output::open(&args.out, &read.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    let episodes = saved(&finished, &args.wanted())?;
    if episodes.is_empty() {
        let message = "no episode of the run is all of this; leave an option out".to_owned();
        return Err(ConfigError::Invalid { place: args.run.display().to_string(), message }.into());
    }
    let said =
        format!("{} in {}; open it in https://ui.perfetto.dev", count(episodes.len(), "episode"), args.out.display());
    let named = |Saved { problem, by, trace }| (format!("{problem}: {by}"), trace);
    let named: Vec<_> = episodes.into_iter().map(named).collect();
    let events = chrome_traces(named.iter().map(|(name, trace)| (name.clone(), trace)));
    out.write(|to| Ok(serde_json::to_writer(to, &events)?))?;
    say(said)?;
    Ok(())
}

impl TraceArgs {
    /// What is read of the run.
    fn inputs(&self, run: &Finished) -> Vec<PathBuf> {
        let traces = run.manifest.cells.iter().map(|cell| run.directory.cell_path(&cell.name).join("traces.json"));
        traces.chain(["manifest.json", "episodes.parquet"].map(|name| run.directory.path(name))).collect()
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            dataset: self.dataset.clone(),
            method: self.method.clone(),
            lambda_t: self.lambda_t,
            seed: self.seed,
            problem: self.problem.clone(),
        }
    }

    /// Whether the run knows everything that is named.
    fn check(&self, run: &Finished) -> Result<(), anyhow::Error> {
        let manifest = &run.manifest;
        known("--dataset", self.dataset.as_ref(), manifest.datasets.iter().map(|data| data.name.clone()))?;
        known("--method", self.method.as_ref(), manifest.methods.iter().map(|method| method.name.clone()))?;
        let lambdas = manifest.methods.iter().flat_map(|method| run.all_lambdas(&method.name)).map(lambda_text);
        known("--lambda-t", self.lambda_t.map(lambda_text), lambdas)?;
        known("--seed", self.seed, manifest.seeds.iter().map(u64::to_string))?;
        known("--problem", self.problem.as_ref(), problems(run)?)?;
        Ok(())
    }
}

/// Refuses what is given, but not among what there is.
fn known(
    option: &str,
    given: Option<impl Display>,
    there: impl IntoIterator<Item = String>,
) -> Result<(), ConfigError> {
    let Some(given) = given.map(|given| given.to_string()) else { return Ok(()) };
    let there: BTreeSet<String> = there.into_iter().collect();
    if there.contains(&given) {
        return Ok(());
    }
    let hint = suggest::hint(&given, there.iter().map(String::as_str));
    let message = format!("no episode of the run with a whole trace is of that{hint}");
    Err(ConfigError::Invalid { place: format!("{option} {given}"), message })
}
