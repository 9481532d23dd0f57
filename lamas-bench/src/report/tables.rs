//! Which tables there are.

use std::path::PathBuf;

use super::Finished;
use super::bootstrap::{Comparison, Estimate};
use super::lambda_text;
use super::measure::Measure;
use super::table::{Cell, Table};
use crate::run::RunError;
use crate::run::directory::write_text;
use crate::run::manifest::DatasetRecord;

/// Writes every table; the first is returned for the terminal.
///
/// # Errors
/// When a file cannot be written.
pub fn write(run: &Finished, comparisons: &[Comparison<'_>]) -> Result<(String, Vec<PathBuf>), RunError> {
    let folder = run.directory.path("tables");
    std::fs::create_dir_all(&folder).map_err(|error| RunError::file(&folder, error))?;
    let (mut terminal, mut paths) = (String::new(), Vec::new());
    for comparison in comparisons {
        let table = methods(run, comparison);
        terminal += &table.markdown();
        terminal.push('\n');
        for (extension, text) in [("md", table.markdown()), ("csv", csv(&table, run)), ("tex", table.latex())] {
            let path = folder.join(format!("{}.{extension}", comparison.data.name));
            write_text(&path, &text)?;
            paths.push(path);
        }
    }
    Ok((terminal, paths))
}

/// All methods on one dataset, with intervals and differences.
fn methods(run: &Finished, comparison: &Comparison<'_>) -> Table {
    let Comparison { data, series, .. } = comparison;
    let (score, path) = (comparison.of(Measure::Score), comparison.of(Measure::Path));
    let latency = comparison.of(Measure::Latency);
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
    for (column, measure) in [(2, Measure::Score), (3, Measure::Path)] {
        mark_best(&mut rows, column, measure, |index| comparison.of(measure).mean(index).value);
    }
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
    let interval = |measure: Measure| format!("{} {} [95%]", measure.title(), measure.unit());
    let mut head = vec![
        "Method".to_owned(),
        "λ_t".to_owned(),
        interval(Measure::Score),
        interval(Measure::Path),
        "CP P90".to_owned(),
        "CP vs MaAS % [95%]".to_owned(),
        interval(Measure::Latency),
        format!("{} {}", Measure::Cost.title(), Measure::Cost.unit()),
        "Unscored".to_owned(),
    ];
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

fn mark_best(rows: &mut [Vec<Cell>], column: usize, measure: Measure, value: impl Fn(usize) -> f64) {
    let goodness = |index| if measure.higher_is_better() { value(index) } else { -value(index) };
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

/// A column of its own says whether the numbers are simulated, since a CSV file has no title.
fn csv(table: &Table, run: &Finished) -> String {
    let simulated = run.manifest.model.simulated.to_string();
    let field = |text: &str| {
        if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    };
    let line = |cells: Vec<String>| cells.join(",") + "\n";
    let head = table.head.iter().map(|head| field(head));
    let mut text = line(head.chain(["Simulated".to_owned()]).collect());
    for row in &table.rows {
        let cells = row.iter().map(|cell| field(&cell.text));
        text += &line(cells.chain([simulated.clone()]).collect());
    }
    text
}
