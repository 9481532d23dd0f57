//! Which figures there are: typed series out of a finished run, drawn by `lamas-plots`.
//!
//! - [`front`]: score against critical path over lambda_t, every method in it
//! - [`learning`]: training curves
//! - [`usage`]: which operators are chosen in each layer as lambda_t grows
//! - [`trace`]: one query as a timeline and as a graph, the critical path in red

pub mod front;
pub mod learning;
pub mod trace;
pub mod usage;

use std::path::PathBuf;

use lamas_plots::{Figure, Format, Theme};

use super::Finished;
use super::bootstrap::Comparison;
use crate::run::RunError;
use crate::run::record::Split;

/// Writes every figure as SVG, PNG and PDF.
///
/// # Errors
/// When the run's files cannot be read or a figure cannot be drawn or written.
pub fn write(run: &Finished, comparisons: &[Comparison<'_>]) -> Result<Vec<PathBuf>, RunError> {
    let folder = run.directory.path("figures");
    std::fs::create_dir_all(&folder).map_err(|error| RunError::file(&folder, error))?;
    let methods = run.manifest.methods.iter().map(|method| method.title.clone());
    let theme = Theme::new(methods, lamas_operators::registry::names());
    let mut figures: Vec<(String, Box<dyn Figure>)> =
        vec![("front".to_owned(), Box::new(front::figure(run, comparisons)))];
    for data in &run.manifest.datasets {
        if let Some(figure) = learning::figure(run, data)? {
            figures.push((format!("training_{}", data.name), Box::new(figure)));
        }
        if let Some((timeline, graph)) = trace::figures(run, data)? {
            figures.push((format!("timeline_{}", data.name), Box::new(timeline)));
            figures.push((format!("graph_{}", data.name), Box::new(graph)));
        }
    }
    for (method, figure) in usage::figures(run, Split::Test)? {
        figures.push((format!("operators_{method}"), Box::new(figure)));
    }
    let mut paths = Vec::new();
    for (name, figure) in &figures {
        let stem = folder.join(name);
        let written = lamas_plots::save(&**figure, &theme, &stem, &Format::ALL);
        paths.extend(written.map_err(|error| RunError::file(&stem, error))?);
    }
    Ok(paths)
}
