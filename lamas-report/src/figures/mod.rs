//! Which figures there are: typed series out of a finished run, drawn by `lamas-plots`.
//!
//! - [`front`]: score against critical path over lambda_t, every method in it
//! - [`learning`]: training curves
//! - [`looks`]: which method has which colour, the same in every run
//! - [`races`]: critical path and score of races over the number of calls
//! - [`usage`]: which operators are chosen in each layer as lambda_t grows
//! - [`trace`]: one query as a timeline and as a graph, the critical path in red

pub mod front;
pub mod learning;
pub mod looks;
pub mod races;
pub mod trace;
pub mod usage;

use std::path::PathBuf;

use lamas_plots::{Figure, Format, Theme};
use rayon::prelude::*;

use super::Finished;
use super::bootstrap::Comparison;
use lamas_experiment::config::output::{FigureDraft, FigureKind};
use lamas_record::RecordError;
use lamas_record::directory::no_link;
use lamas_record::manifest::DatasetRecord;
use lamas_record::rows::Split;

/// A figure with its files' name.
type Named = (String, Box<dyn Figure + Send + Sync>);

/// Writes every figure as SVG, PNG and PDF.
///
/// # Errors
/// When the run's files cannot be read or a figure cannot be drawn or written.
pub fn write(run: &Finished, comparisons: &[Comparison<'_>]) -> Result<Vec<PathBuf>, RecordError> {
    let folder = run.directory.folder("figures")?;
    let definitions = definitions(run)?;
    let methods = run.manifest.methods.iter().map(|method| (method.name.as_str(), method.title.as_str()));
    let theme = Theme::new(looks::in_order(&methods.collect::<Vec<_>>()), lamas_operators::registry::names());
    let mut figures: Vec<Named> = Vec::new();
    for draft in definitions {
        figures.extend(build(run, comparisons, &draft)?);
    }
    let written: Vec<Result<Vec<PathBuf>, RecordError>> = figures
        .par_iter()
        .map(|(name, figure)| {
            let stem = folder.join(name);
            Format::ALL
                .iter()
                .try_for_each(|format| no_link(&folder.join(format!("{name}.{}", format.extension()))))?;
            lamas_plots::save(&**figure, &theme, &stem, &Format::ALL).map_err(|error| RecordError::file(&stem, error))
        })
        .collect();
    Ok(written.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}

/// The figures of one definition.
fn build(run: &Finished, comparisons: &[Comparison<'_>], draft: &FigureDraft) -> Result<Vec<Named>, RecordError> {
    let asked = |data: &DatasetRecord| draft.datasets.is_empty() || draft.datasets.contains(&data.name);
    let sets = run.manifest.datasets.iter().filter(|data| asked(data));
    let mut figures: Vec<Named> = Vec::new();
    let mut each =
        |name: &str, figure: Box<dyn Figure + Send + Sync>| figures.push((format!("{}_{name}", draft.name), figure));
    match draft.kind {
        FigureKind::Front => {
            let comparisons: Vec<&Comparison<'_>> = comparisons.iter().filter(|one| asked(one.data)).collect();
            figures.push((draft.name.clone(), Box::new(front::figure(run, &comparisons, draft))));
        }
        FigureKind::Training => {
            for data in sets {
                if let Some(figure) = learning::figure(run, data, &draft.rows)? {
                    each(&data.name, Box::new(figure));
                }
            }
        }
        FigureKind::Timeline => {
            for data in sets {
                if let Some(figure) = trace::timeline(run, data, draft)? {
                    each(&data.name, Box::new(figure));
                }
            }
        }
        FigureKind::Graph => {
            for data in sets {
                if let Some(figure) = trace::graph(run, data, draft)? {
                    each(&data.name, Box::new(figure));
                }
            }
        }
        FigureKind::Races => {
            let comparisons: Vec<&Comparison<'_>> = comparisons.iter().filter(|one| asked(one.data)).collect();
            figures.extend(
                races::figure(run, &comparisons, draft)
                    .map(|figure| -> Named { (draft.name.clone(), Box::new(figure)) }),
            );
        }
        FigureKind::Operators => {
            for (method, figure) in usage::figures(run, Split::Test, &draft.rows)? {
                each(&method, Box::new(figure));
            }
        }
    }
    Ok(figures)
}

/// The figures of the experiment; one of each kind by default.
fn definitions(run: &Finished) -> Result<Vec<FigureDraft>, RecordError> {
    let figures: Vec<FigureDraft> = run.definitions("figures")?;
    if !figures.is_empty() {
        return Ok(figures);
    }
    let default = [
        ("front", FigureKind::Front),
        ("training", FigureKind::Training),
        ("timeline", FigureKind::Timeline),
        ("graph", FigureKind::Graph),
        ("races", FigureKind::Races),
        ("operators", FigureKind::Operators),
    ];
    let draft = |(name, kind): (&str, FigureKind)| FigureDraft {
        name: name.to_owned(),
        kind,
        datasets: Vec::new(),
        rows: Vec::new(),
        highlight: Vec::new(),
        published: false,
        measure: None,
    };
    Ok(default.into_iter().map(draft).collect())
}
