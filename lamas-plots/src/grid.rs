//! The grid that figures are drawn on.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::SVGBackend;

/// Grid points to the CSS pixel.
pub(crate) const UNIT: f64 = 10.0;

/// A place on the grid.
pub(crate) type Point = (i32, i32);
/// A part of the surface.
pub(crate) type Area<'s> = DrawingArea<SVGBackend<'s>, Shift>;

/// A length in px on the grid.
pub(crate) fn px(length: f64) -> i32 {
    (length * UNIT).round() as i32
}
