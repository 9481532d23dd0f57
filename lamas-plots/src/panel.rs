//! One panel: plotters' chart with title, grid, ticks and frame.

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::prelude::SVGBackend;
use plotters::style::TRANSPARENT;
use plotters::style::text_anchor::{HPos, VPos};

use crate::axis::Axis;
use crate::canvas::{Area, Point, Rect, Type, UNIT, px, stroke};
use crate::error::PlotError;
use crate::theme::{BODY, FAINT, FRAME, GRID, SMALL, TITLE};

/// Gap between tick texts and the axis title.
const GAP: f64 = 4.0;
const TICK: f64 = 2.5;
/// Kept free to the right of a panel, for half of the last tick's text.
const RIGHT: f64 = 8.0;
const HEADING: f64 = TITLE + 7.0;

/// A horizontal and a vertical axis and the room left of them.
pub(crate) struct Axes {
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    /// The room for the vertical axis in px.
    pub(crate) left: f64,
}

/// The room that the widest of these vertical axes needs to its left, in px.
pub(crate) fn left_room<'a>(axes: impl IntoIterator<Item = &'a Axis>) -> f64 {
    axes.into_iter()
        .map(|axis| {
            let title = if axis.title.is_empty() { 0.0 } else { BODY + GAP };
            axis.widest_text() + 2.0 * TICK + title + 2.0
        })
        .fold(12.0, f64::max)
}

/// The axes of a figure's panels, all with the same room on their left.
pub(crate) fn aligned(mut axes: Vec<Axes>) -> Vec<Axes> {
    let left = left_room(axes.iter().map(|axes| &axes.y));
    axes.iter_mut().for_each(|axes| axes.left = left);
    axes
}

/// The room that a horizontal axis needs below itself, in px.
fn bottom_room(x: &Axis) -> f64 {
    let title = if x.title.is_empty() { 0.0 } else { BODY + GAP };
    let ticks = if x.ticks.is_empty() { 0.0 } else { SMALL + 2.0 * TICK };
    ticks + title + 3.0
}

/// The length of the horizontal axis in a panel `width` px wide.
pub(crate) fn inner_width(width: f64, left: f64) -> f64 {
    width - left - RIGHT
}

/// The length of the vertical axis in a panel `height` px high above a horizontal axis.
pub(crate) fn inner_height(height: f64, x: &Axis) -> f64 {
    height - bottom_room(x) - HEADING
}

/// A panel that data can be drawn into.
pub(crate) struct Panel<'a, 's> {
    /// The panel's surface with its margins; [`Panel::at`] gives places on it.
    pub(crate) area: &'a Area<'s>,
    /// The chart, for plotters' own series.
    pub(crate) chart: ChartContext<'a, SVGBackend<'s>, Cartesian2d<Axis, Axis>>,
}

impl<'a, 's> Panel<'a, 's> {
    /// Draws title, grid, ticks and frame.
    pub(crate) fn open(area: &'a Area<'s>, title: &str, axes: &Axes) -> Result<Self, PlotError> {
        let Axes { x, y, left } = axes;
        let (width, height) = area.dim_in_pixel();
        let (width, height) = (f64::from(width) / UNIT, f64::from(height) / UNIT);
        let heading = Type::new(TITLE).bold();
        // Above the axes, or further to the left where the title needs the room.
        let start = left.min(width - heading.width(title)).max(0.0);
        heading.draw(area, &heading.fit(title, width - start), (px(start), px(HEADING / 2.0)))?;

        let body = Type::new(BODY);
        let mut chart = ChartBuilder::on(area)
            .margin_top(px(HEADING))
            .margin_right(px(RIGHT))
            .x_label_area_size(px(bottom_room(x)))
            .y_label_area_size(px(*left))
            .build_cartesian_2d(x.clone(), y.clone())?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(stroke(GRID, 0.7))
            .axis_style(stroke(FRAME, 0.8))
            .label_style(Type::new(SMALL).style())
            .axis_desc_style(body.style())
            .x_desc(body.fit(&x.title, inner_width(width, *left)))
            .y_desc(body.fit(&y.title, inner_height(height, x)))
            .set_all_tick_mark_size(px(TICK))
            .draw()?;
        Ok(Self { area, chart })
    }

    /// Where a value lies on the panel's surface.
    pub(crate) fn at(&self, x: f64, y: f64) -> Point {
        let (base, place) = (self.area.get_base_pixel(), self.chart.backend_coord(&(x, y)));
        (place.0 - base.0, place.1 - base.1)
    }

    /// The rectangle inside the axes.
    pub(crate) fn inside(&self) -> Rect {
        let (base, (x, y)) = (self.area.get_base_pixel(), self.chart.plotting_area().get_pixel_range());
        Rect { left: x.start - base.0, top: y.start - base.1, right: x.end - base.0, bottom: y.end - base.1 }
    }

    /// Says that there is nothing to show.
    pub(crate) fn say_no_data(&self) -> Result<(), PlotError> {
        let text = Type::new(BODY).color(FAINT).anchor(HPos::Center, VPos::Center);
        text.draw(self.area, "no data", self.inside().center())
    }
}
