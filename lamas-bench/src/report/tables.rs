//! Which tables there are.

use std::path::PathBuf;

use super::Finished;
use super::bootstrap::{Estimate, Resampled};
use super::lambda_text;
use super::measure::Measure;
use super::series::Series;
use super::table::{Cell, Table};
use crate::run::RunError;
use crate::run::directory::write_text;
use crate::run::manifest::DatasetRecord;

/// Writes every table; the first is returned for the terminal.
///
/// # Errors
/// When a file cannot be written.
pub fn write(run: &Finished) -> Result<(String, Vec<PathBuf>), RunError> {
    let folder = run.directory.path("tables");
    std::fs::create_dir_all(&folder).map_err(|error| RunError::file(&folder, error))?;
    let (mut terminal, mut paths) = (String::new(), Vec::new());
    for data in &run.manifest.datasets {
        let table = comparison(run, data);
        terminal += &table.markdown();
        terminal.push('\n');
        for (extension, text) in [("md", table.markdown()), ("csv", csv(&table)), ("tex", table.latex())] {
            let path = folder.join(format!("{}.{extension}", data.name));
            write_text(&path, &text)?;
            paths.push(path);
        }
    }
    Ok((terminal, paths))
}

/// All methods on one dataset, with intervals and differences.
fn comparison(run: &Finished, data: &DatasetRecord) -> Table {
    let series: Vec<&Series> = run.series.iter().filter(|series| series.dataset == data.name).collect();
    let resampled = |measure| Resampled::new(&series, measure, run.resamples());
    let (score, path, latency) = (resampled(Measure::Score), resampled(Measure::Path), resampled(Measure::Latency));
    let reference = series.iter().position(|series| series.method == "maas");
    let rows = series.iter().enumerate().map(|(index, series)| {
        let shorter = match reference {
            Some(maas) if maas != index => signed(path.relative(index, maas), 1),
            _ => String::new(),
        };
        vec![
            Cell::new(run.title(&series.method)),
            Cell::new(series.lambda_t.map_or_else(|| "-".to_owned(), lambda_text)),
            Cell::new(shown(score.mean(index), Measure::Score)),
            Cell::new(shown(path.mean(index), Measure::Path)),
            Cell::new(format!("{:.1}", series.quantile(Measure::Path, 0.9))),
            Cell::new(shorter),
            Cell::new(shown(latency.mean(index), Measure::Latency)),
            Cell::new(format!("{:.4}", series.spent_usd)),
            Cell::new(format!("{}/{}", series.count() - series.scored(), series.count())),
        ]
    });
    let mut rows: Vec<Vec<Cell>> = rows.collect();
    mark_best(&mut rows, 2, |index| score.mean(index).value);
    mark_best(&mut rows, 3, |index| -path.mean(index).value);
    Table {
        title: title(run, data),
        notes: notes(run, data),
        head: head(reference.is_some()),
        rows: drop_empty(rows, reference.is_some()),
    }
}

/// Where the column that compares with MaAS stands.
const AGAINST_MAAS: usize = 5;

fn head(with_reference: bool) -> Vec<String> {
    let mut head: Vec<String> = [
        "Method",
        "λ_t",
        "Score % [95%]",
        "CP_len [95%]",
        "CP P90",
        "CP vs MaAS % [95%]",
        "Latency s [95%]",
        "Cost USD",
        "Unscored",
    ]
    .map(ToOwned::to_owned)
    .to_vec();
    if !with_reference {
        head.remove(AGAINST_MAAS);
    }
    head
}

fn drop_empty(mut rows: Vec<Vec<Cell>>, with_reference: bool) -> Vec<Vec<Cell>> {
    if !with_reference {
        for row in &mut rows {
            row.remove(AGAINST_MAAS);
        }
    }
    rows
}

fn mark_best(rows: &mut [Vec<Cell>], column: usize, goodness: impl Fn(usize) -> f64) {
    if let Some(best) = (0..rows.len()).max_by(|&a, &b| goodness(a).total_cmp(&goodness(b))) {
        rows[best][column].best = true;
    }
}

fn title(run: &Finished, data: &DatasetRecord) -> String {
    let simulated =
        if run.manifest.model.simulated { " (simulated model: not evidence about any real one)" } else { "" };
    format!("{}, {} test queries, {} seeds{simulated}", data.title, data.test, run.manifest.seeds.len())
}

fn notes(run: &Finished, data: &DatasetRecord) -> Vec<String> {
    vec![format!(
        "CP_len is the critical path of the whole trace in tokens (equation 9), steps before and after the layers \
             included; cost is the money for all {} test queries. Intervals: bootstrap over queries and seeds, {} \
             resamples. Model: {}.",
        data.test,
        run.resamples(),
        run.manifest.model.name
    )]
}

fn shown(estimate: Estimate, measure: Measure) -> String {
    let digits = measure.digits();
    let Estimate { value, low, high } = estimate;
    format!("{value:.digits$} [{low:.digits$}, {high:.digits$}]")
}

fn signed(estimate: Estimate, digits: usize) -> String {
    let Estimate { value, low, high } = estimate;
    format!("{value:+.digits$} [{low:+.digits$}, {high:+.digits$}]")
}

fn csv(table: &Table) -> String {
    let field = |text: &str| {
        if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    };
    let line = |cells: Vec<String>| cells.join(",") + "\n";
    let mut text = line(table.head.iter().map(|head| field(head)).collect());
    for row in &table.rows {
        text += &line(row.iter().map(|cell| field(&cell.text)).collect());
    }
    text
}
