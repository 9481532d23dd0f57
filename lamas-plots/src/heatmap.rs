//! A quantity over two parameters, with the border between gain and loss.

use std::collections::BTreeMap;

use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{RGBColor, WHITE};

use crate::axis::{Axis, drawable, short};
use crate::canvas::{Rect, Svg, Type, UNIT, line, stroke};
use crate::error::PlotError;
use crate::estimate::Estimate;
use crate::legend::{Key, Sign, hatch};
use crate::output::Figure;
use crate::panel::{self, Axes, Panel};
use crate::sheet::{self, Sheet};
use crate::theme::{FAINT, INK, SMALL, TITLE, Theme, blend};

const CELL: f64 = 22.0;
const AROUND: f64 = 50.0;
/// The colours of the lowest and the highest value; equal distances from zero have equal strength.
const BELOW: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
const ABOVE: RGBColor = RGBColor(0x00, 0x72, 0xb2);

/// A named axis with one text for each place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Categories {
    /// The parameter's name.
    pub title: String,
    /// Its values as texts, in order.
    pub values: Vec<String>,
}

/// One map.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatPanel {
    /// The panel's title.
    pub title: String,
    /// The quantity and its unit; maps of one quantity share a scale.
    pub quantity: String,
    /// A row for each value of the vertical parameter, from bottom to top, with a cell for each of the horizontal one.
    pub cells: Vec<Vec<Option<Estimate>>>,
}

/// Maps over the same two parameters, those of one quantity on one diverging scale.
///
/// A cell is marked + or − where its interval (without one, its value) lies on one side of zero; a black line
/// separates positive values from the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMap {
    /// The horizontal parameter.
    pub x: Categories,
    /// The vertical parameter.
    pub y: Categories,
    /// The maps, two side by side.
    pub panels: Vec<HeatPanel>,
    /// The level of the intervals and what they are over, such as `95% over queries and 5 seeds`; said below the figure.
    pub intervals: String,
    /// Sentences below the figure.
    pub footnotes: Vec<String>,
    /// Said on the figure when the values are not measurements.
    pub note: Option<String>,
}

impl Figure for HeatMap {
    fn draw(&self, theme: &Theme) -> Result<Svg, PlotError> {
        let (across, up) = (self.x.values.len(), self.y.values.len());
        if self.panels.is_empty() || across == 0 || up == 0 {
            return Err(PlotError::Empty { figure: "heatmap", part: "cells" });
        }
        self.check()?;
        crate::font::register()?;
        let columns = theme.columns(self.panels.len(), 2);
        let width = theme.width(columns);
        let height = AROUND + (up as f64 * CELL).clamp(60.0, 400.0);
        let scales = self.scales();
        let sheet = Sheet {
            figure: "heatmap",
            width,
            columns,
            rows: vec![height; self.panels.len().div_ceil(columns)],
            note: self.note.clone(),
            legend: scales.iter().map(|(quantity, largest)| keys(quantity, *largest)).collect(),
            footnotes: self.footnotes(),
        };
        let mut y = Axis::categories(&self.y.title, &self.y.values, f64::INFINITY);
        // Rows closer than their texts are high get fewer texts.
        let every = (SMALL * 1.3 / ((height - AROUND) / up as f64)).ceil().max(1.0) as usize;
        y.ticks = y.ticks.into_iter().step_by(every).collect();
        let left = panel::left_room([&y]);
        let length = panel::inner_width(sheet::panel_width(width, columns), left);
        let axes = Axes { x: Axis::categories(&self.x.title, &self.x.values, length), y, left };
        sheet.paint(self.panels.len(), |index, area| {
            let map = &self.panels[index];
            let panel = Panel::open(area, &map.title, &axes)?;
            map.draw(&panel, scales[map.quantity.as_str()])
        })
    }
}

impl HeatMap {
    /// For each quantity the distance from zero that has the full colour.
    fn scales(&self) -> BTreeMap<&str, f64> {
        let mut scales = BTreeMap::new();
        for panel in &self.panels {
            let values = panel.cells.iter().flatten().flatten().map(|value| value.value.abs());
            let own = values.filter(|&size| drawable(size)).fold(0.0, f64::max);
            let largest: &mut f64 = scales.entry(panel.quantity.as_str()).or_default();
            *largest = largest.max(own);
        }
        scales
    }

    fn check(&self) -> Result<(), PlotError> {
        let wrong =
            |place: &str, unit, got, expected| Err(PlotError::Shape { place: place.to_owned(), unit, got, expected });
        for panel in &self.panels {
            if panel.cells.len() != self.y.values.len() {
                return wrong(&panel.title, "row", panel.cells.len(), self.y.values.len());
            }
            if let Some(row) = panel.cells.iter().find(|row| row.len() != self.x.values.len()) {
                return wrong(&panel.title, "column", row.len(), self.x.values.len());
            }
        }
        Ok(())
    }

    fn footnotes(&self) -> Vec<String> {
        let cells = self.panels.iter().flat_map(|panel| panel.cells.iter().flatten());
        let gaps = cells.into_iter().any(|cell| !cell.is_some_and(|value| drawable(value.value)));
        let level = if self.intervals.is_empty() { String::new() } else { format!(" of {}", self.intervals) };
        let signs = format!("+ and −: the interval{level} lies on that side of zero. Line: where the sign changes.");
        let hatched = gaps.then(|| "Hatched: no value.".to_owned());
        self.footnotes.iter().cloned().chain([signs]).chain(hatched).collect()
    }
}

fn keys(quantity: &str, largest: f64) -> Vec<Key> {
    vec![
        Key::new(Sign::None, format!("{quantity}:")),
        Key::new(Sign::None, short(-largest)),
        Key::new(Sign::Ramp(BELOW, ABOVE), short(largest)),
    ]
}

impl HeatPanel {
    fn value(&self, row: usize, column: usize) -> Option<&Estimate> {
        let value = self.cells.get(row)?.get(column)?.as_ref()?;
        drawable(value.value).then_some(value)
    }

    fn draw(&self, panel: &Panel<'_, '_>, largest: f64) -> Result<(), PlotError> {
        let corner = |column: usize, row: usize| panel.at(column as f64 - 0.5, row as f64 - 0.5);
        for (row, cells) in self.cells.iter().enumerate() {
            for column in 0..cells.len() {
                let rect = Rect::between(corner(column, row), corner(column + 1, row + 1));
                match self.value(row, column) {
                    None => hatch(panel.area, &rect, FAINT)?,
                    Some(value) => draw_cell(panel, &rect, value, largest)?,
                }
            }
        }
        // Between neighbours of which one alone is positive.
        let positive = |row: usize, column: usize| self.value(row, column).map(|value| value.value > 0.0);
        let differ = |a: Option<bool>, b: Option<bool>| a.zip(b).is_some_and(|(a, b)| a != b);
        for (row, cells) in self.cells.iter().enumerate() {
            for column in 0..cells.len() {
                if differ(positive(row, column), positive(row, column + 1)) {
                    line(panel.area, vec![corner(column + 1, row), corner(column + 1, row + 1)], stroke(INK, 1.6))?;
                }
                if differ(positive(row, column), positive(row + 1, column)) {
                    line(panel.area, vec![corner(column, row + 1), corner(column + 1, row + 1)], stroke(INK, 1.6))?;
                }
            }
        }
        Ok(())
    }
}

fn draw_cell(panel: &Panel<'_, '_>, rect: &Rect, value: &Estimate, largest: f64) -> Result<(), PlotError> {
    let strength = if largest > 0.0 { value.value / largest } else { 0.0 };
    let end = if strength < 0.0 { BELOW } else { ABOVE };
    // Cells reach a little under their neighbours, so that no seams show.
    rect.grown(1).fill(panel.area, blend(WHITE, end, strength.abs()))?;
    let (low, high) = value.ends().unwrap_or((value.value, value.value));
    let mark = if low > 0.0 {
        "+"
    } else if high < 0.0 {
        "−"
    } else {
        return Ok(());
    };
    if f64::from(rect.height().min(rect.width())) < SMALL * UNIT {
        return Ok(());
    }
    let color = if strength.abs() > 0.75 { WHITE } else { INK };
    let text = Type::new(TITLE).color(color).anchor(HPos::Center, VPos::Center);
    text.draw(panel.area, mark, rect.center())
}
