//! Which tables there are: those that the experiment defines, as Markdown, CSV and LaTeX.
//!
//! - [`methods`]: a row for each method and lambda_t, columns to choose from
//! - [`systems`]: what each method can do
//! - [`fronts`]: what a method's whole front over lambda_t is worth
//! - [`pairs`]: two methods beside each other over lambda_t
//! - [`text`]: estimates, titles and notes as text

pub mod fronts;
pub mod methods;
pub mod pairs;
pub mod systems;
pub mod text;

use std::path::PathBuf;

use super::Finished;
use super::bootstrap::Comparison;
use super::table::Table;
use lamas_experiment::config::output::{ReferencePoint, TableDraft, TableKind};
use lamas_record::RecordError;
use lamas_record::directory::write_text;

/// Writes every table; all of them are returned as Markdown for the terminal.
///
/// # Errors
/// When a file cannot be written.
pub fn write(run: &Finished, comparisons: &[Comparison<'_>]) -> Result<(String, Vec<PathBuf>), RecordError> {
    let folder = run.directory.folder("tables")?;
    let (mut terminal, mut paths) = (String::new(), Vec::new());
    for draft in definitions(run)? {
        let table = build(run, comparisons, &draft);
        terminal += &table.markdown();
        terminal.push('\n');
        for (extension, text) in [("md", table.markdown()), ("csv", table.csv()), ("tex", table.latex())] {
            let path = folder.join(format!("{}.{extension}", draft.name));
            write_text(&path, &text)?;
            paths.push(path);
        }
    }
    Ok((terminal, paths))
}

/// One table.
#[must_use]
pub fn build(run: &Finished, comparisons: &[Comparison<'_>], draft: &TableDraft) -> Table {
    let asked =
        |comparison: &&Comparison<'_>| draft.datasets.is_empty() || draft.datasets.contains(&comparison.data.name);
    let comparisons: Vec<&Comparison<'_>> = comparisons.iter().filter(asked).collect();
    match draft.kind {
        TableKind::Methods => methods::table(run, &comparisons, draft),
        TableKind::Systems => systems::table(run, &comparisons, draft),
        TableKind::Fronts => fronts::table(run, &comparisons, draft),
        TableKind::Pairs => pairs::table(run, &comparisons, draft),
    }
}

/// The tables of the experiment; by default one of all methods for each problem set.
fn definitions(run: &Finished) -> Result<Vec<TableDraft>, RecordError> {
    let tables: Vec<TableDraft> = run.definitions("tables")?;
    if !tables.is_empty() {
        return Ok(tables);
    }
    let default = run.manifest.datasets.iter().map(|data| TableDraft {
        name: data.name.clone(),
        title: data.title.clone(),
        kind: TableKind::Methods,
        datasets: vec![data.name.clone()],
        rows: Vec::new(),
        columns: Vec::new(),
        against: Vec::new(),
        reference: ReferencePoint::default(),
        published: false,
        note: String::new(),
    });
    Ok(default.collect())
}
