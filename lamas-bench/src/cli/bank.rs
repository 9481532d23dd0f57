//! `bank`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::experiment::ExperimentArgs;
use super::out::{say, warn};
use super::sweep::{default_folder, overrides, start_threads, stop_on_ctrl_c};
use crate::bank::fill::{Filled, Part, Standing, fill};
use crate::run::RunError;
use crate::run::progress::Silent;
use crate::run::sweep::Sweep;
use lamas_core::wording::{count, duration, short};
use lamas_experiment::config::Experiment;
use lamas_store::Mode;

/// How often it says how far it is.
const EVERY: Duration = Duration::from_secs(20);

/// Failures that are named.
const SHOWN: usize = 10;

/// Asks everything that an experiment asks and its bank lacks.
///
/// # Errors
/// See [`RunError`]; and when something could not be had.
pub fn run(args: &ExperimentArgs) -> anyhow::Result<()> {
    let mut experiment = Experiment::load(&args.experiment, &overrides(args)).map_err(RunError::from)?;
    // What is to be answered from a bank alone is recorded into it first.
    let store = &mut experiment.draft.store;
    if store.mode == Mode::StrictBank {
        store.mode = Mode::Bank;
    }
    store.check().map_err(|problem| RunError::from(experiment.tree.error("store", format!("store: {problem}"))))?;
    let file = store.path.display().to_string();
    // A folder of its own: the results of a sweep are left alone.
    let out = args.out.clone().unwrap_or_else(|| {
        let mut folder = default_folder(&experiment).into_os_string();
        folder.push("-bank");
        folder.into()
    });
    let folders = args.running.data.folders()?;
    start_threads(args.running.threads)?;
    let stop = stop_on_ctrl_c()?;
    let sweep = Sweep::prepare(experiment, &folders, &out, &Silent, Arc::new(()))?;
    let teller = Teller::default();
    let filled = fill(&sweep, &stop, &|standing| teller.tell(standing));
    let Filled { calls, tokens, failed } = filled.inspect_err(|_| teller.last())?;
    for (why, (place, times)) in failed.iter().take(SHOWN) {
        warn(format_args!("{} failed, {place} first: {why}", count(times, "time")));
    }
    say(format_args!("{file}: {} made, {} tokens", count(calls, "call"), short(tokens as f64)))?;
    if failed.is_empty() {
        return Ok(say(format_args!("everything that {} asks is recorded", args.experiment.display()))?);
    }
    let times: u64 = failed.values().map(|(_, times)| times).sum();
    let message = format!("{} could not be had; the same command asks for them again", count(times, "answer"));
    Err(RunError::Model(message).into())
}

/// Says now and then how far it is.
#[derive(Default)]
struct Teller {
    told: Mutex<Option<(Instant, Standing)>>,
}

impl Teller {
    fn tell(&self, standing: &Standing) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let due = told.as_ref().is_none_or(|(when, last)| when.elapsed() >= EVERY || last.part != standing.part);
        if due || standing.done == standing.all {
            warn(line(standing));
            *told = Some((Instant::now(), standing.clone()));
        } else if let Some((_, last)) = told.as_mut() {
            last.clone_from(standing);
        }
    }

    /// Says how far it was when it ended.
    fn last(&self) {
        if let Some((_, standing)) = &*self.told.lock().unwrap_or_else(PoisonError::into_inner) {
            warn(line(standing));
        }
    }
}

fn line(standing: &Standing) -> String {
    let Standing { part, done, all, calls, tokens, left } = standing;
    let what = match part {
        Part::Roots => "first answers that were missing",
        Part::Cells => "episodes on the bank",
    };
    let left = left.map_or_else(String::new, |left| format!(", {} left", duration(left.as_secs_f64())));
    format!("{what}: {done} of {all}; {} so far, {} tokens{left}", count(calls, "call"), short(*tokens as f64))
}
