//! How a quantity grows: dots with intervals joined by lines, over the amount of work.

use plotters::series::LineSeries;

use crate::axis::{Axis, Way, drawable};
use crate::canvas::{Svg, line, stroke};
use crate::error::PlotError;
use crate::estimate::Estimate;
use crate::legend;
use crate::marker::{self, Fill};
use crate::output::Figure;
use crate::panel::{self, Axes, Panel};
use crate::sheet::{self, Sheet};
use crate::theme::{Looks, Theme};

const HEIGHT: f64 = 160.0;

/// One quantity measured at several amounts of work.
#[derive(Clone, Debug, PartialEq)]
pub struct GrowthSeries {
    /// What was measured, such as "one update".
    pub name: String,
    /// The amount of work and the quantity at it, from little to much.
    pub points: Vec<(f64, Estimate)>,
}

/// One kind of work.
#[derive(Clone, Debug, PartialEq)]
pub struct GrowthPanel {
    /// The panel's title.
    pub title: String,
    /// What the work is counted in, for the horizontal axis.
    pub work: String,
    /// The quantity and its unit, for the vertical axis.
    pub quantity: String,
    /// What was measured.
    pub series: Vec<GrowthSeries>,
    /// Whether the vertical axis starts at zero, so that a straight line from the corner is proportional growth.
    pub from_zero: bool,
}

/// Quantities over amounts of work, a panel for each kind. The horizontal axis starts at zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Growth {
    /// The panels, two side by side.
    pub panels: Vec<GrowthPanel>,
    /// Said below the figure, such as what was measured where.
    pub footnote: Option<String>,
    /// Said on the figure when what it shows was not measured on a real model.
    pub note: Option<String>,
}

impl Figure for Growth {
    fn draw(&self, theme: &Theme) -> Result<Svg, PlotError> {
        if self.panels.is_empty() {
            return Err(PlotError::Empty { figure: "growth", part: "panels" });
        }
        crate::font::register()?;
        let columns = theme.columns(self.panels.len(), 2);
        let width = theme.width(columns);
        let axes = self.axes(sheet::panel_width(width, columns));
        let names = || self.panels.iter().flat_map(|panel| &panel.series).map(|series| series.name.as_str());
        // What is measured is no method: its look goes by its order here.
        let looks = Looks::assign(names());
        let values = self.panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.points);
        let missing = values.filter(|point| !is_drawn(point)).count();
        let sheet = Sheet {
            figure: "growth",
            width,
            columns,
            rows: vec![HEIGHT; self.panels.len().div_ceil(columns)],
            note: self.note.clone(),
            legend: vec![legend::lines(names(), &looks)],
            footnotes: self.footnote.clone().into_iter().chain(sheet::left_out(missing, "value")).collect(),
        };
        sheet.paint(self.panels.len(), |index, area| {
            let mut panel = Panel::open(area, &self.panels[index].title, &axes[index])?;
            self.panels[index].draw(&mut panel, &looks)
        })
    }
}

impl Growth {
    fn axes(&self, width: f64) -> Vec<Axes> {
        let axes: Vec<Axes> = self
            .panels
            .iter()
            .map(|panel| {
                let points = || panel.series.iter().flat_map(|series| &series.points).filter(|point| is_drawn(point));
                let work = points().map(|point| point.0).chain([0.0]);
                let length = panel::inner_width(width, 40.0);
                let x = Axis::over(&panel.work, work.clone(), 0.03, Way::Across, length).ticked(work, length);
                let corner = panel.from_zero.then_some(0.0);
                let values = points().flat_map(|point| point.1.reach()).chain(corner);
                let y = Axis::over(&panel.quantity, values, 0.06, Way::Up, panel::inner_height(HEIGHT, &x));
                let zero = |axis: Axis| Axis { low: 0.0, ..axis }.bounded(0.0, f64::INFINITY);
                Axes { x: zero(x), y: if panel.from_zero { zero(y) } else { y }, left: 0.0 }
            })
            .collect();
        panel::aligned(axes)
    }
}

impl GrowthPanel {
    fn draw(&self, panel: &mut Panel<'_, '_>, looks: &Looks) -> Result<(), PlotError> {
        let mut empty = true;
        for series in &self.series {
            let look = looks.of(&series.name);
            let drawn: Vec<&(f64, Estimate)> = series.points.iter().filter(|point| is_drawn(point)).collect();
            empty &= drawn.is_empty();
            let means = drawn.iter().map(|(work, estimate)| (*work, estimate.value));
            panel.chart.draw_series(LineSeries::new(means, stroke(look.color, 1.3)))?;
            for (work, estimate) in drawn {
                if let Some((low, high)) = estimate.ends() {
                    line(panel.area, vec![panel.at(*work, low), panel.at(*work, high)], stroke(look.color, 1.0))?;
                }
                let at = panel.at(*work, estimate.value);
                marker::draw(panel.area, look.marker, at, 3.2, look.color, Fill::Tinted)?;
            }
        }
        if empty { panel.say_no_data() } else { Ok(()) }
    }
}

fn is_drawn((work, estimate): &(f64, Estimate)) -> bool {
    drawable(*work) && drawable(estimate.value)
}
