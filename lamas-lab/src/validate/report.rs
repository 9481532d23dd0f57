//! The verdicts as tables, as a file for other programs, and as a figure.

use std::path::{Path, PathBuf};

use lamas_plots::{DotPanel, DotSeries, Dots, Estimate as Plotted, Format, Theme};
use polars::prelude::*;

use super::published::{Conventions, Group};
use super::verdict::{Quantity, Verdict};
use lamas_bench::run::RunError;
use lamas_record::directory::write_text;
use lamas_record::parquet::write_csv;
use lamas_record::provenance::Provenance;
use lamas_report::table::{Block, Cell, Table};

/// The two tables as Markdown: what was fitted, and what was held out.
#[must_use]
pub fn markdown(verdicts: &[Verdict]) -> String {
    let table = |group, title: &str, note: &str| table(verdicts, group, title, note).markdown();
    let fitted = table(
        Group::Calibration,
        "Calibration rows",
        "The model was fitted to these; scores may be off by 1 point, lengths by 5%.",
    );
    let held_out = table(
        Group::HeldOut,
        "Held-out rows",
        "The model was not fitted to these; scores may be off by 2 points, lengths by 15%.",
    );
    let outside = |group| verdicts.iter().filter(|verdict| verdict.group == group && !verdict.within()).count();
    let all = |group| verdicts.iter().filter(|verdict| verdict.group == group).count();
    let [a, b] = [Group::Calibration, Group::HeldOut].map(|group| (outside(group), all(group)));
    format!(
        "{fitted}\n{held_out}\nOutside: {} of {} calibration figures, {} of {} held-out figures. Intervals: 95%, over \
         queries and seeds. Everything here is simulated and no evidence about a real model.\n",
        a.0, a.1, b.0, b.1
    )
}

fn table(verdicts: &[Verdict], group: Group, title: &str, note: &str) -> Table {
    let head = ["Set", "Row", "Counted", "Quantity", "Published", "Simulated [95%]", "Off by", "Verdict"];
    let rows = verdicts.iter().filter(|verdict| verdict.group == group).map(|verdict| {
        let cells = [
            verdict.dataset.clone(),
            verdict.row.clone(),
            counted(verdict.conventions).to_owned(),
            verdict.quantity.title().to_owned(),
            number(verdict.published, verdict.quantity),
            estimate(verdict),
            off_by(verdict),
            judged(verdict),
        ];
        cells.map(Cell::new).to_vec()
    });
    Table {
        title: title.to_owned(),
        notes: vec![note.to_owned()],
        head: head.map(str::to_owned).to_vec(),
        blocks: vec![Block { rows: rows.collect(), ..Block::default() }],
        simulated: Provenance::Simulated,
    }
}

fn counted(conventions: Conventions) -> &'static str {
    match conventions {
        Conventions::Honest => "honestly",
        Conventions::Released => "as released",
    }
}

fn number(value: f64, quantity: Quantity) -> String {
    match quantity {
        Quantity::Score | Quantity::Agreement => format!("{value:.2}"),
        Quantity::Path | Quantity::Layers => format!("{value:.1}"),
        Quantity::Prompt | Quantity::Completion => format!("{value:.0}"),
    }
}

fn estimate(verdict: &Verdict) -> String {
    let [value, low, high] = [verdict.simulated.value, verdict.simulated.low, verdict.simulated.high]
        .map(|value| number(value, verdict.quantity));
    format!("{value} [{low}, {high}]")
}

fn off_by(verdict: &Verdict) -> String {
    if verdict.quantity.in_points() {
        format!("{:+.2}", verdict.deviation())
    } else {
        format!("{:+.1}%", verdict.deviation())
    }
}

fn judged(verdict: &Verdict) -> String {
    let unit = if verdict.quantity.in_points() { " points" } else { "%" };
    if verdict.within() {
        "within".to_owned()
    } else {
        format!("outside by {:.1}{unit}", verdict.deviation().abs() - verdict.allowed())
    }
}

/// Writes `verdicts.md`, `verdicts.csv` and the figure; gives their paths.
///
/// # Errors
/// When a file cannot be written.
pub fn write(verdicts: &[Verdict], out: &Path) -> Result<Vec<PathBuf>, RunError> {
    let (text, data, stem) = (out.join("verdicts.md"), out.join("verdicts.csv"), out.join("verdicts"));
    write_text(&text, &markdown(verdicts))?;
    let mut frame = frame(verdicts).map_err(|error| RunError::table(&data, &error))?;
    write_csv(&data, &mut frame)?;
    let figure = lamas_plots::save(&figure(verdicts), &Theme::default(), &stem, &[Format::Svg, Format::Png])
        .map_err(|error| RunError::file(&stem, error))?;
    Ok([vec![text, data], figure].concat())
}

fn frame(verdicts: &[Verdict]) -> PolarsResult<DataFrame> {
    let text = |name: &str, read: &dyn Fn(&Verdict) -> String| {
        Column::new(name.into(), verdicts.iter().map(read).collect::<Vec<String>>())
    };
    let value = |name: &str, read: &dyn Fn(&Verdict) -> f64| {
        Column::new(name.into(), verdicts.iter().map(read).collect::<Vec<f64>>())
    };
    let columns = vec![
        text("group", &|v| if v.group == Group::Calibration { "calibration" } else { "held_out" }.to_owned()),
        text("dataset", &|v| v.dataset.clone()),
        text("row", &|v| v.row.clone()),
        text("counted", &|v| counted(v.conventions).to_owned()),
        text("quantity", &|v| v.quantity.title().to_owned()),
        value("published", &|v| v.published),
        value("simulated", &|v| v.simulated.value),
        value("low", &|v| v.simulated.low),
        value("high", &|v| v.simulated.high),
        value("off_by", &Verdict::deviation),
        value("allowed", &Verdict::allowed),
        text("verdict", &|v| if v.within() { "within" } else { "outside" }.to_owned()),
    ];
    DataFrame::new(verdicts.len(), columns)
}

/// Scores and paths, a panel for each problem set: published hollow, simulated with its interval.
fn figure(verdicts: &[Verdict]) -> Dots {
    let mut sets: Vec<&str> = verdicts.iter().map(|verdict| verdict.dataset.as_str()).collect();
    sets.dedup();
    let mut panels = Vec::new();
    for (index, set) in sets.iter().enumerate() {
        if sets[..index].contains(set) {
            continue;
        }
        for quantity in [Quantity::Score, Quantity::Path] {
            let of: Vec<&Verdict> = verdicts.iter().filter(|v| v.dataset == *set && v.quantity == quantity).collect();
            if !of.is_empty() {
                panels.push(panel(set, quantity, &of));
            }
        }
    }
    Dots {
        panels,
        intervals: "95% of the simulated figures over queries and seeds".to_owned(),
        note: Some("simulated model".to_owned()),
        ..Dots::default()
    }
}

fn panel(set: &str, quantity: Quantity, verdicts: &[&Verdict]) -> DotPanel {
    let label = |verdict: &&Verdict| match verdict.conventions {
        Conventions::Honest => verdict.row.clone(),
        Conventions::Released => format!("{}, as released", verdict.row),
    };
    let simulated = |v: &&Verdict| Some(Plotted::between(v.simulated.value, v.simulated.low, v.simulated.high));
    DotPanel {
        title: set.to_owned(),
        quantity: quantity.title().to_owned(),
        rows: verdicts.iter().map(label).collect(),
        series: vec![
            DotSeries {
                name: "published".to_owned(),
                published: true,
                values: verdicts.iter().map(|verdict| Some(Plotted::exact(verdict.published))).collect(),
            },
            DotSeries {
                name: "simulated".to_owned(),
                published: false,
                values: verdicts.iter().map(simulated).collect(),
            },
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_report::bootstrap::Estimate;

    #[test]
    fn verdicts_are_told_with_how_far_off_they_are() {
        let verdict = |group, quantity, published, value: f64| Verdict {
            group,
            dataset: "gsm8k".to_owned(),
            row: "MaAS".to_owned(),
            conventions: Conventions::Released,
            quantity,
            published,
            simulated: Estimate { value, low: value - 1.0, high: value + 1.0 },
        };
        let verdicts = [
            verdict(Group::Calibration, Quantity::Score, 93.0, 93.5),
            verdict(Group::HeldOut, Quantity::Path, 1000.0, 1200.0),
        ];
        insta::assert_snapshot!(markdown(&verdicts));
    }
}
