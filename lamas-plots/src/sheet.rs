//! The sheet that every figure is laid out on: a note above, a grid of panels, the legend and footnotes below.

use plotters::style::Color as _;
use plotters::style::text_anchor::{HPos, VPos};

use crate::canvas::{self, Area, Rect, Svg, Type, px, stroke};
use crate::error::PlotError;
use crate::font;
use crate::legend::{Key, Legend};
use crate::theme::{BODY, FAINT, SMALL};

const MARGIN: f64 = 6.0;
const NOTE: f64 = BODY + 10.0;
const FOOTNOTE: f64 = SMALL + 3.0;
const BETWEEN_ROWS: f64 = 6.0;

/// What surrounds the panels of a figure.
pub(crate) struct Sheet {
    /// The figure's kind, for errors and the document's title.
    pub(crate) figure: &'static str,
    /// The width in px.
    pub(crate) width: f64,
    /// Panels side by side.
    pub(crate) columns: usize,
    /// The height of each row of panels in px.
    pub(crate) rows: Vec<f64>,
    /// Said in a box above the panels: where the data come from, when they are not measurements.
    pub(crate) note: Option<String>,
    /// Blocks of legend keys, each of which starts a new row.
    pub(crate) legend: Vec<Vec<Key>>,
    /// Sentences below the legend.
    pub(crate) footnotes: Vec<String>,
}

/// The width of one panel in px when `columns` stand side by side.
pub(crate) fn panel_width(width: f64, columns: usize) -> f64 {
    (width - 2.0 * MARGIN) / columns.max(1) as f64
}

impl Sheet {
    /// Paints the surroundings, and every panel through `panel`, which gets the panel's index and area.
    pub(crate) fn paint(
        self,
        panels: usize,
        mut panel: impl FnMut(usize, &Area<'_>) -> Result<(), PlotError>,
    ) -> Result<Svg, PlotError> {
        font::register()?;
        let inner = self.width - 2.0 * MARGIN;
        let legend = Legend::new(self.legend, inner);
        let footnotes: Vec<String> =
            self.footnotes.iter().flat_map(|sentence| font::wrap(sentence, SMALL, inner)).collect();
        let top = MARGIN / 2.0 + if self.note.is_some() { NOTE } else { 0.0 };
        let grid = self.rows.iter().map(|height| height + BETWEEN_ROWS).sum::<f64>();
        let legend_top = top + grid;
        let footnotes_top = legend_top + legend.height() + 3.0;
        let height = footnotes_top + footnotes.len() as f64 * FOOTNOTE + MARGIN;

        canvas::paint(self.figure, (self.width, height), |root| {
            if let Some(note) = &self.note {
                draw_note(root, note, self.width)?;
            }
            let columns = self.columns.max(1);
            let cell = panel_width(self.width, columns);
            for index in 0..panels {
                let (row, column) = (index / columns, index % columns);
                let row_top = top + self.rows[..row].iter().map(|height| height + BETWEEN_ROWS).sum::<f64>();
                let left = MARGIN + cell * column as f64;
                let area = root.clone().shrink((px(left), px(row_top)), (px(cell), px(self.rows[row])));
                panel(index, &area)?;
            }
            legend.draw(root, MARGIN, legend_top)?;
            for (index, text) in footnotes.iter().enumerate() {
                let y = px(footnotes_top + FOOTNOTE * (index as f64 + 0.5));
                Type::new(SMALL).color(FAINT).draw(root, text, (px(MARGIN), y))?;
            }
            Ok(())
        })
    }
}

/// The note in a box at the top right, where it cannot be cut off without being noticed.
fn draw_note(root: &Area<'_>, note: &str, width: f64) -> Result<(), PlotError> {
    let text = Type::new(BODY).bold().anchor(HPos::Center, VPos::Center);
    let note = text.fit(note, width - 2.0 * MARGIN - 12.0);
    let half = text.width(&note) / 2.0 + 6.0;
    let frame =
        Rect::around((px(width - MARGIN - half), px(MARGIN / 2.0 + BODY / 2.0 + 4.0)), px(half), px(BODY / 2.0 + 3.0));
    frame.fill(root, plotters::style::RGBColor(0xff, 0xf4, 0xd6).mix(1.0))?;
    frame.outline(root, stroke(FAINT, 0.8))?;
    text.draw(root, &note, frame.center())
}

/// A sentence about values that could not be drawn, if there are any.
pub(crate) fn left_out(count: usize, what: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {what} is not drawn: its value is not a finite number.")),
        _ => Some(format!("{count} {what}s are not drawn: their values are not finite numbers.")),
    }
}
