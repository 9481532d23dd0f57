//! The whole traces of a run's test queries, each under the name of its episode.

use lamas_core::trace::Trace;
use lamas_record::RecordError;
use lamas_record::directory::cell_name;
use lamas_record::traces::read_traces;

use crate::{Finished, lambda_text};

/// Which episodes are wanted; what is left out does not matter, but for the seed and the problem.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// A problem set by name.
    pub dataset: Option<String>,
    /// A method by name.
    pub method: Option<String>,
    /// lambda_t per token.
    pub lambda_t: Option<f64>,
    /// The first seed of the run where none is given.
    pub seed: Option<u64>,
    /// A problem by its id; the first one that each problem set left a trace of where none is given.
    pub problem: Option<String>,
}

/// One episode that left its whole trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The problem's id.
    pub problem: String,
    /// Method, lambda_t where the method has one, and seed.
    pub by: String,
    /// What happened.
    pub trace: Trace,
}

/// The episodes that are wanted and left a trace, in the order of the experiment.
///
/// # Errors
/// When a cell's traces cannot be read.
pub fn saved(run: &Finished, wanted: &Wanted) -> Result<Vec<Saved>, RecordError> {
    let seed = wanted.seed.or_else(|| run.manifest.seeds.first().copied()).unwrap_or_default();
    let fits = |own: &str, wanted: &Option<String>| wanted.as_deref().is_none_or(|wanted| wanted == own);
    let series = run.series.iter().filter(|series| {
        fits(&series.dataset, &wanted.dataset)
            && fits(&series.method, &wanted.method)
            && (wanted.lambda_t.is_none() || wanted.lambda_t == series.lambda_t)
            && series.seeds.contains(&seed)
    });
    let mut found = Vec::new();
    for series in series {
        let cell = cell_name(&series.dataset, &series.method, series.lambda_t, seed);
        let traces = read_traces(&run.directory.cell_path(&cell).join("traces.json"))?;
        let title = run.title(&series.method);
        let lambda = series.lambda_t.map_or_else(String::new, |lambda| format!(", λ_t = {}", lambda_text(lambda)));
        let own = traces.into_iter().find(|saved| fits(&saved.problem, &wanted.problem));
        found.extend(own.map(|saved| Saved {
            problem: saved.problem,
            by: format!("{title}{lambda}, seed {seed}"),
            trace: saved.trace,
        }));
    }
    Ok(found)
}

/// The ids of the problems that left a trace, each once.
///
/// # Errors
/// When a cell's traces cannot be read.
pub fn problems(run: &Finished) -> Result<Vec<String>, RecordError> {
    let mut problems: Vec<String> = Vec::new();
    for cell in &run.manifest.cells {
        for saved in read_traces(&run.directory.cell_path(&cell.name).join("traces.json"))? {
            if !problems.contains(&saved.problem) {
                problems.push(saved.problem);
            }
        }
    }
    Ok(problems)
}
