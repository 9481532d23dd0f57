//! The drawing surface: plotters' SVG backend on a fine integer grid, and text on it.
//!
//! plotters' backends place everything on whole pixels. A figure is therefore drawn on a grid of [`UNIT`] points to
//! the CSS pixel and the size in the SVG's head is set back, so that nothing snaps to visible steps.

use plotters::drawing::{DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{PathElement, Rectangle};
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, RGBColor, ShapeStyle, TextStyle, WHITE};

use crate::error::PlotError;
use crate::font;
pub(crate) use crate::grid::{Area, Point, UNIT, px};
use crate::theme::INK;

/// A solid line of `width` px.
pub(crate) fn stroke(color: impl Color, width: f64) -> ShapeStyle {
    ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: px(width) as u32 }
}

/// A drawn figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Svg {
    text: String,
    width: u32,
    height: u32,
}

impl Svg {
    /// The SVG document.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Width and height in CSS pixels (96 to the inch).
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }
}

/// Draws a figure of the given size in px. The name becomes the document's title for screen readers.
pub(crate) fn paint(
    figure: &'static str,
    (width, height): (f64, f64),
    draw: impl FnOnce(&Area<'_>) -> Result<(), PlotError>,
) -> Result<Svg, PlotError> {
    font::register()?;
    let (width, height) = (width.ceil() as u32, height.ceil() as u32);
    let grid = (width * UNIT as u32, height * UNIT as u32);
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, grid).into_drawing_area();
        area.fill(&WHITE)?;
        draw(&area).map_err(|error| error.of(figure))?;
        area.present()?;
    }
    Ok(Svg { text: finish(&text, figure, grid, (width, height)), width, height })
}

/// Sets what plotters' SVG backend cannot: the true size, a title, subscripts, text positions that do not depend on
/// how a viewer reads the unit `ex`, and spaces for the characters that XML forbids.
fn finish(drawn: &str, figure: &str, grid: (u32, u32), size: (u32, u32)) -> String {
    let forbidden = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{fffe}' | '\u{ffff}');
    subscripts(&flat_opacity(&drawn.replace(forbidden, " ")))
        .replacen(
            &format!("width=\"{}\" height=\"{}\"", grid.0, grid.1),
            &format!("width=\"{}\" height=\"{}\"", size.0, size.1),
            1,
        )
        .replace("dy=\"0.5ex\"", "dy=\"0.36em\"")
        .replace("dy=\"-0.5ex\"", "dy=\"-0.22em\"")
        .replacen(">\n", &format!(">\n<title>LAMaS {figure}</title>\n"), 1)
}

/// Turns `opacity`, for which a renderer makes a layer of each element, into the opacity of its filling or stroke.
/// plotters fills an element or strokes it, never both, so the picture stays the same.
fn flat_opacity(svg: &str) -> String {
    let mut pieces = svg.split(" opacity=\"");
    let mut set = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (value, rest) = piece.split_once('"').unwrap_or((piece, ""));
        if value != "1" {
            set.push_str(&format!(" fill-opacity=\"{value}\" stroke-opacity=\"{value}\""));
        }
        set.push_str(rest);
    }
    set
}

/// Sets the `t` of every `λ_t` low, and what follows on its line back up.
fn subscripts(svg: &str) -> String {
    let mut pieces = svg.split("λ_t");
    let mut set = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (rest, after) = piece.split_at(piece.find("</text>").unwrap_or(piece.len()));
        set.push_str("λ<tspan dy=\"0.25em\" font-size=\"70%\">t</tspan>");
        if !rest.trim().is_empty() {
            // The em of the raised part is 1 / 0.7 of the lowered one's.
            set.push_str(&format!("<tspan dy=\"-0.175em\">{rest}</tspan>"));
        }
        set.push_str(after);
    }
    set
}

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for PlotError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self::Draw { figure: "", reason: error.to_string() }
    }
}

impl PlotError {
    /// Names the figure in an error that came from the backend.
    fn of(self, figure: &'static str) -> Self {
        match self {
            Self::Draw { reason, .. } => Self::Draw { figure, reason },
            other => other,
        }
    }
}

/// A rectangle on the grid, y downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) right: i32,
    pub(crate) bottom: i32,
}

impl Rect {
    pub(crate) fn around((x, y): Point, half_width: i32, half_height: i32) -> Self {
        Self { left: x - half_width, top: y - half_height, right: x + half_width, bottom: y + half_height }
    }

    pub(crate) fn between((x0, y0): Point, (x1, y1): Point) -> Self {
        Self { left: x0.min(x1), top: y0.min(y1), right: x0.max(x1), bottom: y0.max(y1) }
    }

    pub(crate) fn grown(&self, by: i32) -> Self {
        Self { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    /// The area shared with another rectangle.
    pub(crate) fn overlap(&self, other: &Self) -> i64 {
        let width = i64::from(self.right.min(other.right) - self.left.max(other.left));
        let height = i64::from(self.bottom.min(other.bottom) - self.top.max(other.top));
        width.max(0) * height.max(0)
    }

    pub(crate) fn contains(&self, other: &Self) -> bool {
        self.left <= other.left && self.top <= other.top && self.right >= other.right && self.bottom >= other.bottom
    }

    /// The point of the rectangle that lies nearest to another point.
    pub(crate) fn nearest(&self, (x, y): Point) -> Point {
        (x.clamp(self.left, self.right), y.clamp(self.top, self.bottom))
    }

    pub(crate) fn width(&self) -> i32 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> i32 {
        self.bottom - self.top
    }

    pub(crate) fn center(&self) -> Point {
        (i32::midpoint(self.left, self.right), i32::midpoint(self.top, self.bottom))
    }

    pub(crate) fn fill(&self, area: &Area<'_>, color: impl Color) -> Result<(), PlotError> {
        Ok(area.draw(&Rectangle::new([(self.left, self.top), (self.right, self.bottom)], color.filled()))?)
    }

    pub(crate) fn outline(&self, area: &Area<'_>, style: ShapeStyle) -> Result<(), PlotError> {
        let (l, t, r, b) = (self.left, self.top, self.right, self.bottom);
        line(area, vec![(l, t), (r, t), (r, b), (l, b), (l, t), (r, t)], style)
    }
}

/// Draws a line through points.
pub(crate) fn line(area: &Area<'_>, points: Vec<Point>, style: ShapeStyle) -> Result<(), PlotError> {
    Ok(area.draw(&PathElement::new(points, style))?)
}

/// How a line of text is set.
#[derive(Clone, Copy)]
pub(crate) struct Type {
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) color: RGBColor,
    pub(crate) anchor: (HPos, VPos),
}

impl Type {
    pub(crate) fn new(size: f64) -> Self {
        Self { size, bold: false, color: INK, anchor: (HPos::Left, VPos::Center) }
    }

    pub(crate) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(crate) fn color(self, color: RGBColor) -> Self {
        Self { color, ..self }
    }

    pub(crate) fn anchor(self, horizontal: HPos, vertical: VPos) -> Self {
        Self { anchor: (horizontal, vertical), ..self }
    }

    fn weight(self) -> FontStyle {
        if self.bold { FontStyle::Bold } else { FontStyle::Normal }
    }

    /// The width of a text in px.
    pub(crate) fn width(self, text: &str) -> f64 {
        font::width(text, self.size, self.weight())
    }

    /// The text, cut with an ellipsis at `limit` px.
    pub(crate) fn fit(self, text: &str, limit: f64) -> String {
        font::fit(text, self.size, self.weight(), limit)
    }

    /// A name in lines of at most `limit` px.
    pub(crate) fn broken(self, name: &str, limit: f64) -> Vec<String> {
        font::broken(name, self.size, self.weight(), limit)
    }

    /// The width in px of the widest part of a name that is never broken.
    pub(crate) fn widest_part(self, name: &str) -> f64 {
        font::parts(name).into_iter().map(|part| self.width(part.trim_end())).fold(0.0, f64::max)
    }

    pub(crate) fn style(self) -> TextStyle<'static> {
        let font = font::font(self.size, self.weight());
        TextStyle { color: self.color.to_backend_color(), ..TextStyle::from(font) }
            .pos(Pos::new(self.anchor.0, self.anchor.1))
    }

    pub(crate) fn draw(self, area: &Area<'_>, text: &str, at: Point) -> Result<(), PlotError> {
        Ok(area.draw_text(text, &self.style(), at)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscripts_go_down_and_what_follows_comes_back() {
        let svg = "<text>\nλ_t (per token)\n</text>\n<text>\nλ_t\n</text>";
        assert_eq!(
            subscripts(svg),
            "<text>\nλ<tspan dy=\"0.25em\" font-size=\"70%\">t</tspan><tspan dy=\"-0.175em\"> (per token)\n</tspan></text>\n\
             <text>\nλ<tspan dy=\"0.25em\" font-size=\"70%\">t</tspan></text>"
        );
    }
}
