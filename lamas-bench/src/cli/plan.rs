//! `plan`.

use std::io::Write;
use std::num::NonZeroUsize;

use super::experiment::ExperimentArgs;
use super::out;
use super::sweep::{default_folder, overrides};
use crate::bank::missing::Missing;
use crate::forecast::Forecast;
use crate::forecast::estimate::{Effort, Range};
use crate::run::RunError;
use lamas_core::wording::{count, duration, short};
use lamas_experiment::config::{Experiment, ModelChoice};

/// Says what an experiment will take.
///
/// # Errors
/// When the experiment, its data or its store cannot be read.
pub fn run(args: &ExperimentArgs) -> anyhow::Result<()> {
    let experiment = Experiment::load(&args.experiment, &overrides(args)).map_err(RunError::from)?;
    let out = args.out.clone().unwrap_or_else(|| default_folder(&experiment));
    let folders = args.running.data.folders()?;
    let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let plan = Forecast::new(&experiment, &folders, &out, args.running.threads.unwrap_or_else(cores))?;
    write!(out::stdout(), "{}", text(&experiment, &plan)).map_err(out::unwritten)?;
    Ok(())
}

fn text(experiment: &Experiment, plan: &Forecast) -> String {
    let mut lines = vec![head(experiment, plan), String::new()];
    lines.extend(table(plan));
    lines.push(String::new());
    lines.extend(notes(experiment, plan));
    lines.join("\n") + "\n"
}

fn head(experiment: &Experiment, plan: &Forecast) -> String {
    let (finished, all) = plan.finished;
    let done = if finished > 0 { format!(", {finished} of them finished") } else { String::new() };
    let model = match &experiment.draft.model {
        ModelChoice::Simulated(_) => {
            "the simulated model, which costs nothing: what follows is what a real one would take".to_owned()
        }
        ModelChoice::Openai(settings) => settings.name.clone(),
    };
    let (input, output) = (plan.price.input, plan.price.output);
    format!(
        "{}: {}{done}, on {model}, at {input} USD per million tokens in and {output} out",
        experiment.draft.name,
        count(all, "cell")
    )
}

fn table(plan: &Forecast) -> Vec<String> {
    let mut cells = vec![
        ["problem set", "method", "episodes", "calls", "tokens in", "tokens out", "USD", "time"].map(str::to_owned),
    ];
    let row = |dataset: &str, method: &str, episodes: u64, estimate: &Effort, hours: Range| {
        [
            dataset.to_owned(),
            method.to_owned(),
            short(episodes as f64),
            range(estimate.calls, short),
            range(estimate.input, short),
            range(estimate.output, short),
            range(estimate.usd, short),
            range(hours.times(3600.0), duration),
        ]
    };
    cells.extend(plan.rows.iter().map(|r| row(&r.dataset, &r.method, r.episodes, &r.estimate, r.hours)));
    let episodes = plan.rows.iter().map(|row| row.episodes).sum();
    cells.push(row("total", "", episodes, &plan.total, plan.hours.0));
    aligned(&cells)
}

/// Columns of equal width: the first two to the left, figures to the right.
fn aligned(cells: &[[String; 8]]) -> Vec<String> {
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..8).map(width).collect();
    let line = |row: &[String; 8]| {
        let padded = row.iter().zip(&widths).enumerate().map(|(column, (text, &width))| match column {
            0 | 1 => format!("{text:<width$}"),
            _ => format!("{text:>width$}"),
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    cells.iter().map(line).collect()
}

fn notes(experiment: &Experiment, plan: &Forecast) -> Vec<String> {
    let mut notes = vec![
        "3.4k [1.2k, 7M] reads: 3,400 are expected, and 1,200 to 7 million are likely. The time of a row is what it would \
         take alone."
            .to_owned(),
        format!("The time is set by: {}.", plan.hours.1),
    ];
    let raced =
        experiment.methods.iter().filter_map(|method| Some((&method.name, method.graph().filter(|g| g.has_race())?)));
    notes.extend(raced.map(|(name, graph)| format!("{name} races: {graph}.")));
    let (recorded, calls) = (plan.recorded.0, count(plan.recorded.1, "call"));
    notes.push(match recorded {
        0 => {
            format!("From {calls} of the simulated model; a learned method may settle anywhere within its range.")
        }
        _ => format!(
            "From {calls}, {recorded} of them answered by {}, the others by the simulated model.",
            experiment.draft.store.path.display()
        ),
    });
    if let Some(held) = &plan.held {
        let least = if held.cut_short { "at least (there was no time to try all) " } else { "at least " };
        notes.push(format!(
            "{} holds {least}{} of these calls already: {} tokens, {} USD that will not be paid again.",
            experiment.draft.store.path.display(),
            held.calls,
            short(held.tokens.0 as f64),
            short(held.usd.0),
        ));
    }
    notes.extend(plan.missing.as_ref().map(|missing| lacks(experiment, missing)));
    let budget = &experiment.draft.budget;
    let held = plan.held.unwrap_or_default();
    if let Some(usd) = budget.usd.filter(|usd| plan.total.usd.mean - held.usd.0 > usd.0) {
        notes.push(format!("The budget of {usd} will probably be spent before the end."));
    }
    notes
}

/// What the bank lacks.
fn lacks(experiment: &Experiment, missing: &Missing) -> String {
    let Missing { roots, cells } = missing;
    let file = experiment.draft.store.path.display();
    let all = roots.held() + roots.missing();
    if roots.missing() + cells.missing() == 0 {
        return format!(
            "{file} holds all {all} answers that methods begin with, and all that fixed graphs ask beyond them."
        );
    }
    format!(
        "{file} lacks {} of the {all} answers that methods begin with, and at least {} of those that fixed graphs ask beyond \
         them; `lamas-bench bank` records what is missing.",
        roots.missing(),
        cells.beyond(roots),
    )
}

/// `mean [low, high]`, or the mean alone where the range adds nothing.
fn range(range: Range, text: fn(f64) -> String) -> String {
    let [low, mean, high] = [range.low, range.mean, range.high].map(text);
    if low == mean && mean == high { mean } else { format!("{mean} [{low}, {high}]") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_that_adds_nothing_is_left_out() {
        assert_eq!(range(Range { low: 1.0, mean: 1.0, high: 1.0 }, short), "1");
        assert_eq!(range(Range { low: 0.5, mean: 1.0, high: 2000.0 }, short), "1 [0.500, 2.00k]");
        assert_eq!(range(Range { low: 1.0, mean: 1.5, high: 90.0 }, duration), "1.5 s [1 s, 1.5 min]");
    }
}
