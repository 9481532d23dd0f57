//! Marker shapes of equal area, so that a marker's area can carry a quantity whatever its shape.

use std::f64::consts::{PI, TAU};

use plotters::element::{Circle, PathElement, Polygon};
use plotters::style::{Color, RGBColor, ShapeStyle};

use crate::error::PlotError;
use crate::grid::{Area, Point, px};

/// The shape of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Cross,
    Pentagon,
    TriangleDown,
    Star,
    Hourglass,
    Saltire,
}

impl Marker {
    pub(crate) const ALL: [Self; 10] = [
        Self::Circle,
        Self::Square,
        Self::Triangle,
        Self::Diamond,
        Self::Cross,
        Self::Pentagon,
        Self::TriangleDown,
        Self::Star,
        Self::Hourglass,
        Self::Saltire,
    ];

    /// Corners around the origin, y downwards, before the area is set. A circle has none.
    fn corners(self) -> Vec<(f64, f64)> {
        match self {
            Self::Circle => Vec::new(),
            Self::Square => ring(&[1.0], 4, PI / 4.0),
            Self::Triangle => ring(&[1.0], 3, -PI / 2.0),
            Self::TriangleDown => ring(&[1.0], 3, PI / 2.0),
            Self::Diamond => ring(&[1.0, 0.72], 4, -PI / 2.0),
            Self::Pentagon => ring(&[1.0], 5, -PI / 2.0),
            Self::Star => ring(&[1.0, 0.45], 10, -PI / 2.0),
            Self::Hourglass => vec![(-1.0, -1.0), (1.0, -1.0), (0.3, 0.0), (1.0, 1.0), (-1.0, 1.0), (-0.3, 0.0)],
            Self::Cross => cross(),
            Self::Saltire => cross().into_iter().map(|(x, y)| (x - y, x + y)).collect(),
        }
    }

    /// What the corners are multiplied with for the area of a circle of `radius` px.
    fn scale(corners: &[(f64, f64)], radius: f64) -> f64 {
        (PI / shoelace(corners)).sqrt() * radius
    }

    /// How far from its centre a marker with the area of a circle of `radius` px reaches, in px.
    pub(crate) fn reach(self, radius: f64) -> f64 {
        let corners = self.corners();
        let farthest = corners.iter().map(|(x, y)| x.hypot(*y)).fold(0.0, f64::max);
        if corners.is_empty() { radius } else { farthest * Self::scale(&corners, radius) }
    }

    /// The outline for a marker with the area of a circle of `radius` px.
    fn outline(self, (cx, cy): Point, radius: f64) -> Vec<Point> {
        let corners = self.corners();
        let scale = Self::scale(&corners, radius);
        corners.iter().map(|(x, y)| (cx + px(x * scale), cy + px(y * scale))).collect()
    }
}

/// Four arms, up, right, down and left.
fn cross() -> Vec<(f64, f64)> {
    let (long, short) = (1.0, 0.36);
    let arm = [(short, -long), (short, -short), (long, -short)];
    let turn = |(x, y): (f64, f64), quarter| match quarter {
        0 => (x, y),
        1 => (-y, x),
        2 => (-x, -y),
        _ => (y, -x),
    };
    (0..4).flat_map(|quarter| arm.map(|corner| turn(corner, quarter))).collect()
}

/// `count` corners on circles whose radii take turns.
fn ring(radii: &[f64], count: usize, start: f64) -> Vec<(f64, f64)> {
    (0..count)
        .map(|corner| {
            let angle = start + TAU * corner as f64 / count as f64;
            let radius = radii[corner % radii.len()];
            (radius * angle.cos(), radius * angle.sin())
        })
        .collect()
}

fn shoelace(corners: &[(f64, f64)]) -> f64 {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|((x0, y0), (x1, y1))| x0 * y1 - x1 * y0).sum::<f64>().abs() / 2.0
}

/// How a marker is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// See-through filling and a solid outline: points below stay visible.
    Tinted,
    /// Outline on white: published values.
    Hollow,
}

/// Draws a marker with the area of a circle of `radius` px.
pub(crate) fn draw(
    area: &Area<'_>,
    marker: Marker,
    center: Point,
    radius: f64,
    color: RGBColor,
    fill: Fill,
) -> Result<(), PlotError> {
    let inside = match fill {
        Fill::Tinted => color.mix(0.55),
        Fill::Hollow => plotters::style::WHITE.mix(0.8),
    };
    let edge = ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: px(1.1) as u32 };
    if marker == Marker::Circle {
        area.draw(&Circle::new(center, px(radius), inside.filled()))?;
        area.draw(&Circle::new(center, px(radius), edge))?;
        return Ok(());
    }
    let mut outline = marker.outline(center, radius);
    area.draw(&Polygon::new(outline.clone(), inside.filled()))?;
    // Closed past the first corner, so that the corners join cleanly.
    outline.extend_from_within(..2);
    area.draw(&PathElement::new(outline, edge))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_the_area_of_its_circle() {
        for marker in Marker::ALL.into_iter().filter(|&marker| marker != Marker::Circle) {
            let outline: Vec<(f64, f64)> =
                marker.outline((0, 0), 50.0).iter().map(|&(x, y)| (f64::from(x), f64::from(y))).collect();
            let circle = PI * f64::from(px(50.0)).powi(2);
            let ratio = shoelace(&outline) / circle;
            assert!((ratio - 1.0).abs() < 0.01, "{marker:?} has {ratio} of the area");
            let farthest = outline.iter().map(|(x, y)| x.hypot(*y)).fold(0.0, f64::max);
            assert!((farthest - f64::from(px(marker.reach(50.0)))).abs() < 2.0, "{marker:?} reaches {farthest}");
        }
    }
}
