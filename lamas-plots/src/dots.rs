//! Values of several sources side by side, such as published and simulated ones.

use plotters::style::text_anchor::{HPos, VPos};

use crate::axis::{Axis, Way, drawable, span};
use crate::canvas::{Svg, Type, line, px, stroke};
use crate::error::PlotError;
use crate::estimate::{self, Estimate};
use crate::legend::{Key, Sign};
use crate::marker::{self, Fill};
use crate::output::Figure;
use crate::panel::{self, Axes, Panel};
use crate::sheet::{self, Sheet};
use crate::theme::{COLUMN, FAINT, Looks, SMALL, Theme};

/// Height of a row for each source in it, and between rows.
const SOURCE: f64 = 9.0;
const BETWEEN: f64 = 5.0;
const AROUND: f64 = 50.0;
/// The widest row labels, in parts of a panel's width.
const LABEL: f64 = 0.4;
/// A figure of one panel takes the whole page where its rows' labels are wider than this, in px.
const LONG: f64 = 0.4 * COLUMN;

/// The values of one source.
#[derive(Clone, Debug, PartialEq)]
pub struct DotSeries {
    /// The source's name, such as "simulated".
    pub name: String,
    /// Whether others published the values; they are drawn hollow.
    pub published: bool,
    /// A value for each row of the panel, where the source has one.
    pub values: Vec<Option<Estimate>>,
}

/// One quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct DotPanel {
    /// The panel's title.
    pub title: String,
    /// The quantity and its unit, for the horizontal axis.
    pub quantity: String,
    /// The rows' labels, from top to bottom.
    pub rows: Vec<String>,
    /// The sources.
    pub series: Vec<DotSeries>,
}

/// Dots with intervals in labelled rows, a panel for each quantity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dots {
    /// The panels, two side by side.
    pub panels: Vec<DotPanel>,
    /// The level of the intervals and what they are over, such as `95% over queries and 5 seeds`; said below the figure.
    pub intervals: String,
    /// Sentences below the figure.
    pub footnotes: Vec<String>,
    /// Said on the figure when values are not measurements.
    pub note: Option<String>,
}

impl Figure for Dots {
    fn draw(&self, theme: &Theme) -> Result<Svg, PlotError> {
        if self.panels.is_empty() {
            return Err(PlotError::Empty { figure: "dots", part: "panels" });
        }
        self.check()?;
        crate::font::register()?;
        let columns = theme.columns(self.panels.len(), 2);
        let text = Type::new(SMALL).anchor(HPos::Right, VPos::Center);
        let labels = self.panels.iter().flat_map(|panel| &panel.rows);
        let widest = labels.map(|label| text.width(label)).fold(0.0, f64::max);
        let width = if widest > LONG { theme.full_width() } else { theme.width(columns) };
        let heights: Vec<f64> = self
            .panels
            .chunks(columns)
            .map(|row| AROUND + row.iter().map(DotPanel::height).fold(40.0, f64::max))
            .collect();
        // Sources are not methods: their looks go by their order here.
        let looks = Looks::assign(self.series().map(|series| series.name.as_str()));
        let cell = sheet::panel_width(width, columns);
        let left = widest.min(LABEL * cell) + 8.0;
        let length = panel::inner_width(cell, left);
        let missing = self.values().filter(|value| !drawable(value.value)).count();
        let sheet = Sheet {
            figure: "dots",
            width,
            columns,
            rows: heights,
            note: self.note.clone(),
            legend: vec![self.keys(&looks)],
            footnotes: self.footnotes(missing),
        };
        sheet.paint(self.panels.len(), |index, area| {
            let dots = &self.panels[index];
            let values = dots.series.iter().flat_map(|series| series.values.iter().flatten());
            let reach = values.filter(|value| drawable(value.value)).flat_map(Estimate::reach);
            let x = Axis::over(&dots.quantity, reach, 0.06, Way::Across, length);
            let y = Axis { title: String::new(), low: dots.rows.len().max(1) as f64, high: 0.0, ticks: Vec::new() };
            let panel = Panel::open(area, &dots.title, &Axes { x, y, left })?;
            for (row, label) in dots.rows.iter().enumerate() {
                let at = (panel.inside().left - px(5.0), panel.at(0.0, row as f64 + 0.5).1);
                text.draw(area, &text.fit(label, left - 8.0), at)?;
            }
            dots.draw(&panel, &looks)
        })
    }
}

impl Dots {
    fn series(&self) -> impl Iterator<Item = &DotSeries> {
        self.panels.iter().flat_map(|panel| &panel.series)
    }

    fn values(&self) -> impl Iterator<Item = &Estimate> {
        self.series().flat_map(|series| series.values.iter().flatten())
    }

    fn footnotes(&self, missing: usize) -> Vec<String> {
        let bars = self.values().any(|value| drawable(value.value) && value.ends().is_some());
        let bars = bars.then(|| estimate::bars(&self.intervals));
        self.footnotes.iter().cloned().chain(bars).chain(sheet::left_out(missing, "value")).collect()
    }

    fn check(&self) -> Result<(), PlotError> {
        for panel in &self.panels {
            let expected = panel.rows.len();
            if let Some(wrong) = panel.series.iter().find(|series| series.values.len() != expected) {
                let place = format!("{}, {}", panel.title, wrong.name);
                return Err(PlotError::Shape { place, unit: "row", got: wrong.values.len(), expected });
            }
        }
        Ok(())
    }

    fn keys(&self, looks: &Looks) -> Vec<Key> {
        let mut keys: Vec<Key> = Vec::new();
        for series in self.series() {
            if keys.iter().all(|key| key.text != series.name) {
                keys.push(Key::new(Sign::Marker(looks.of(&series.name), series.fill()), &series.name));
            }
        }
        keys
    }
}

impl DotSeries {
    fn fill(&self) -> Fill {
        if self.published { Fill::Hollow } else { Fill::Tinted }
    }
}

impl DotPanel {
    fn height(&self) -> f64 {
        self.rows.len() as f64 * (self.series.len() as f64 * SOURCE + BETWEEN)
    }

    fn draw(&self, panel: &Panel<'_, '_>, looks: &Looks) -> Result<(), PlotError> {
        let mut empty = true;
        self.draw_zero(panel)?;
        for (index, series) in self.series.iter().enumerate() {
            // The sources of a row stand below each other, so that none hides another.
            let offset = (index as f64 + 1.0) / (self.series.len() as f64 + 1.0);
            let look = looks.of(&series.name);
            for (row, value) in series.values.iter().enumerate() {
                let Some(value) = value.filter(|value| drawable(value.value)) else { continue };
                empty = false;
                let y = row as f64 + offset;
                if let Some((low, high)) = value.ends() {
                    line(panel.area, vec![panel.at(low, y), panel.at(high, y)], stroke(look.color, 1.0))?;
                }
                marker::draw(panel.area, look.marker, panel.at(value.value, y), 3.2, look.color, series.fill())?;
            }
        }
        if empty { panel.say_no_data() } else { Ok(()) }
    }

    /// Where values lie on both sides of zero, a line tells the sides apart.
    fn draw_zero(&self, panel: &Panel<'_, '_>) -> Result<(), PlotError> {
        let values = self.series.iter().flat_map(|series| series.values.iter().flatten());
        let reach = span(values.filter(|value| drawable(value.value)).flat_map(Estimate::reach));
        if !reach.is_some_and(|(low, high)| low < 0.0 && high > 0.0) {
            return Ok(());
        }
        let (x, inside) = (panel.at(0.0, 0.0).0, panel.inside());
        line(panel.area, vec![(x, inside.top), (x, inside.bottom)], stroke(FAINT, 1.0))
    }
}
