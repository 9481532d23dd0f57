//! What was measured, as a table, as files and as a figure.

use std::path::{Path, PathBuf};

use lamas_plots::{Estimate, Format, Growth, GrowthPanel, GrowthSeries, Theme, save};
use serde::Serialize;

use super::curve::Curve;
use super::machine::Machine;
use super::part::Measured;
use super::row::Row;
use lamas_bench::run::RunError;
use lamas_record::directory::write_text;
use lamas_record::provenance::Provenance;
use lamas_report::table::{Block, Cell, Table};

/// Everything that `bench` found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// The table.
    pub rows: Vec<Row>,
    /// The figure.
    pub curves: Vec<Curve>,
}

impl Report {
    /// What the parts measured, in their order.
    #[must_use]
    pub fn new(machine: Machine, parts: Vec<Measured>) -> Self {
        let mut report = Self { machine, rows: Vec::new(), curves: Vec::new() };
        for part in parts {
            report.rows.extend(part.rows);
            report.curves.extend(part.curves);
        }
        report
    }

    /// What, target, measured, verdict.
    #[must_use]
    pub fn table(&self) -> Table {
        let row = |row: &Row| {
            let texts = [row.what.clone(), row.target_text(), row.outcome_text(), row.verdict(), row.note.clone()];
            texts.map(Cell::new).to_vec()
        };
        let rows = self.rows.iter().map(row).collect();
        Table {
            title: format!("Performance: {}", self.machine.text()),
            notes: self.machine.warnings(),
            head: ["what", "target", "measured", "verdict", "note"].map(str::to_owned).to_vec(),
            blocks: vec![Block { rows, ..Block::default() }],
            simulated: Provenance::Real,
        }
    }

    /// Writes `bench.md`, `.csv` and `.json`, and the figure where curves were measured. Gives their paths.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn write(&self, out: &Path) -> Result<Vec<PathBuf>, RunError> {
        let (table, json) = (self.table(), out.join("bench.json"));
        let text = serde_json::to_string_pretty(self).map_err(|error| RunError::file(&json, error))?;
        let files =
            [(out.join("bench.md"), table.markdown()), (out.join("bench.csv"), table.csv()), (json, text + "\n")];
        for (path, text) in &files {
            write_text(path, text)?;
        }
        let mut paths: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
        if !self.curves.is_empty() {
            let stem = out.join("growth");
            let drawn = save(&self.figure(), &Theme::default(), &stem, &[Format::Svg, Format::Png]);
            paths.extend(drawn.map_err(|error| RunError::file(&stem, error))?);
        }
        Ok(paths)
    }

    /// A panel for each kind of work and unit.
    fn figure(&self) -> Growth {
        let mut panels: Vec<GrowthPanel> = Vec::new();
        for curve in &self.curves {
            let estimate = |(work, spread): &(f64, super::spread::Spread)| {
                (*work, Estimate::between(spread.median, spread.low, spread.high))
            };
            let points = curve.points.iter().map(estimate).collect();
            let series = GrowthSeries { name: curve.name.to_owned(), points };
            match panels.iter_mut().find(|panel| panel.work == curve.work && panel.quantity == curve.unit) {
                Some(panel) => panel.series.push(series),
                None => panels.push(GrowthPanel {
                    title: format!("{} over {}", if curve.unit == "MB" { "Memory" } else { "Time" }, curve.work),
                    work: curve.work.to_owned(),
                    quantity: curve.unit.to_owned(),
                    series: vec![series],
                    from_zero: true,
                }),
            }
        }
        for panel in &mut panels {
            // Several panels may be over the same work.
            if let [only] = panel.series.as_slice() {
                panel.title = panel.title.replacen(" over", &format!(" of {} over", only.name), 1);
            }
        }
        Growth { panels, footnote: Some(format!("Median and range; {}.", self.machine.text())), note: None }
    }
}
