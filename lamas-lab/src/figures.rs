//! Figures beside a report.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use lamas_bench::run::RunError;
use lamas_plots::{Figure, Format, Theme};

/// Writes figures into a folder, each as SVG and PNG under its name; all files, the report first.
///
/// # Errors
/// When one cannot be drawn or written.
pub fn save<N: Display>(
    report: PathBuf,
    out: &Path,
    figures: impl IntoIterator<Item = (N, Box<dyn Figure>)>,
) -> Result<Vec<PathBuf>, RunError> {
    let mut paths = vec![report];
    for (name, figure) in figures {
        let stem = out.join(name.to_string());
        let written = lamas_plots::save(&*figure, &Theme::default(), &stem, &[Format::Svg, Format::Png]);
        paths.extend(written.map_err(|error| RunError::file(&stem, error))?);
    }
    Ok(paths)
}
