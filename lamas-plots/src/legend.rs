//! Legends: rows of keys outside the axes, wrapped to the figure's width.

use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color as _, RGBColor, WHITE};

use crate::canvas::{Area, Point, Rect, Type, line, px, stroke};
use crate::error::PlotError;
use crate::marker::{self, Fill};
use crate::theme::{BODY, CRITICAL, FAINT, INK, Look, Looks, OFF_PATH, blend};

/// What stands before a legend's text.
#[derive(Clone, Copy)]
pub(crate) enum Sign {
    /// A heading for the keys that follow.
    None,
    /// A marker alone: a single point.
    Marker(Look, Fill),
    /// A marker on a line: points that belong together.
    Line(Look),
    /// A neutral disc of a radius in px: the size that stands for a quantity.
    Disc(f64),
    /// A bar of a colour.
    Bar(RGBColor),
    /// A line.
    Stroke(RGBColor),
    /// A dashed line.
    Dashes(RGBColor),
    /// A colour scale from one end over white to the other.
    Ramp(RGBColor, RGBColor),
    /// The hatched slack of a bar.
    Slack,
    /// A node or bar on the critical path.
    Critical,
    /// The hatched bar of what was cancelled.
    Cancelled,
}

/// One entry of a legend.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) sign: Sign,
    pub(crate) text: String,
}

impl Key {
    pub(crate) fn new(sign: Sign, text: impl Into<String>) -> Self {
        Self { sign, text: text.into() }
    }
}

/// A key with line and marker for each name, once, in the order of first appearance.
pub(crate) fn lines<'a>(names: impl Iterator<Item = &'a str>, looks: &Looks) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for name in names {
        if keys.iter().all(|key| key.text != name) {
            keys.push(Key::new(Sign::Line(looks.of(name)), name));
        }
    }
    keys
}

const GAP: f64 = 5.0;
const BETWEEN: f64 = 14.0;
const ROW: f64 = BODY + 6.0;

impl Sign {
    fn width(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Marker(..) => 9.0,
            Self::Ramp(..) => 110.0,
            Self::Line(_)
            | Self::Stroke(_)
            | Self::Dashes(_)
            | Self::Bar(_)
            | Self::Slack
            | Self::Critical
            | Self::Cancelled => 20.0,
            Self::Disc(radius) => 2.0 * radius,
        }
    }

    fn draw(self, area: &Area<'_>, (x, y): Point) -> Result<(), PlotError> {
        let half = px(self.width() / 2.0);
        let center = (x + half, y);
        let bar = Rect::around(center, half, px(3.5));
        match self {
            Self::None => Ok(()),
            Self::Marker(look, fill) => marker::draw(area, look.marker, center, 4.0, look.color, fill),
            Self::Line(look) => {
                line(area, vec![(x, y), (x + 2 * half, y)], stroke(look.color, 1.2))?;
                marker::draw(area, look.marker, center, 4.0, look.color, Fill::Tinted)
            }
            Self::Disc(radius) => marker::draw(area, marker::Marker::Circle, center, radius, FAINT, Fill::Tinted),
            Self::Bar(color) => bar.fill(area, color),
            Self::Stroke(color) => line(area, vec![(x, y), (x + 2 * half, y)], stroke(color, 1.4)),
            Self::Dashes(color) => [(0.0, 0.2), (0.4, 0.6), (0.8, 1.0)].into_iter().try_for_each(|(from, to)| {
                let at = |part: f64| (x + px(self.width() * part), y);
                line(area, vec![at(from), at(to)], stroke(color, 1.4))
            }),
            Self::Ramp(below, above) => {
                const STEPS: i32 = 44;
                for step in 0..STEPS {
                    let strength = f64::from(2 * step + 1 - STEPS) / f64::from(STEPS);
                    let end = if strength < 0.0 { below } else { above };
                    let edge = |step: i32| bar.left + bar.width() * step / STEPS;
                    let piece = Rect { left: edge(step), right: edge(step + 1), ..bar };
                    piece.grown(1).fill(area, blend(WHITE, end, strength.abs()))?;
                }
                bar.outline(area, stroke(FAINT, 0.7))
            }
            Self::Slack => hatch(area, &bar, OFF_PATH),
            Self::Cancelled => {
                hatch(area, &bar, FAINT)?;
                bar.outline(area, stroke(FAINT, 0.8))
            }
            Self::Critical => {
                bar.fill(area, CRITICAL)?;
                bar.outline(area, stroke(INK, 0.8))
            }
        }
    }
}

/// A lightly filled rectangle with slanted strokes.
pub(crate) fn hatch(area: &Area<'_>, rect: &Rect, color: RGBColor) -> Result<(), PlotError> {
    rect.fill(area, color.mix(0.18))?;
    let (height, step) = (rect.height(), px(4.0));
    // Very wide slack gets no more strokes than can be told apart.
    let step = step.max(rect.width() / 400);
    let mut foot = rect.left - height;
    while foot < rect.right {
        // The stroke rises from (foot, bottom) to (foot + height, top), cut at both sides.
        let (from, to) = (foot.max(rect.left), (foot + height).min(rect.right));
        if to > from {
            line(area, vec![(from, rect.bottom - (from - foot)), (to, rect.bottom - (to - foot))], stroke(color, 0.7))?;
        }
        foot += step;
    }
    rect.outline(area, stroke(color, 0.7))
}

/// A legend laid out for a width.
pub(crate) struct Legend {
    rows: Vec<Vec<Key>>,
    width: f64,
}

impl Legend {
    /// Lays blocks of keys out in rows of at most `width` px. Every block starts a new row.
    pub(crate) fn new(blocks: Vec<Vec<Key>>, width: f64) -> Self {
        let mut rows: Vec<Vec<Key>> = Vec::new();
        for block in blocks {
            let mut used = f64::INFINITY;
            for mut key in block {
                key.text = Type::new(BODY).fit(&key.text, width - key.sign.width() - GAP);
                let needed = key_width(&key);
                if used + BETWEEN + needed > width {
                    rows.push(Vec::new());
                    used = -BETWEEN;
                }
                used += BETWEEN + needed;
                rows.last_mut().expect("a row was just pushed").push(key);
            }
        }
        Self { rows, width }
    }

    pub(crate) fn height(&self) -> f64 {
        self.rows.len() as f64 * ROW
    }

    /// Draws the rows, each centred, downwards from `top` px.
    pub(crate) fn draw(&self, area: &Area<'_>, left: f64, top: f64) -> Result<(), PlotError> {
        for (index, row) in self.rows.iter().enumerate() {
            let y = px(top + ROW * (index as f64 + 0.5));
            let total = row.iter().map(key_width).sum::<f64>() + BETWEEN * (row.len() - 1) as f64;
            let mut x = left + (self.width - total) / 2.0;
            for key in row {
                key.sign.draw(area, (px(x), y))?;
                let gap = if matches!(key.sign, Sign::None) { 0.0 } else { GAP };
                Type::new(BODY).anchor(HPos::Left, VPos::Center).draw(
                    area,
                    &key.text,
                    (px(x + key.sign.width() + gap), y),
                )?;
                x += key_width(key) + BETWEEN;
            }
        }
        Ok(())
    }
}

fn key_width(key: &Key) -> f64 {
    let gap = if matches!(key.sign, Sign::None) { 0.0 } else { GAP };
    key.sign.width() + gap + Type::new(BODY).width(&key.text)
}
