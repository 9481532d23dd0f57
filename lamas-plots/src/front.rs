//! Score against critical path: the trade-off that every method offers.

use std::collections::BTreeSet;

use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color as _, RGBColor, WHITE};

use crate::axis::{self, Axis, Way, drawable};
use crate::canvas::{Point, Rect, Svg, Type, line, px, stroke};
use crate::error::PlotError;
use crate::estimate::{self, Estimate, Measure};
use crate::labels::{self, Disc, Label, Surroundings};
use crate::legend::{Key, Sign};
use crate::marker::{self, Fill};
use crate::output::Figure;
use crate::panel::{self, Axes, Panel};
use crate::sheet::{self, Sheet};
use crate::theme::{self, FAINT, Looks, SMALL, Theme};

/// The radius of the most expensive point's marker, of the smallest one drawn, and of a point of unknown cost, in px.
const LARGEST: f64 = 7.5;
const SMALLEST: f64 = 1.8;
const UNKNOWN: f64 = 3.5;
/// What a panel gets in height where methods stand in grey around others, in px.
const CROWDED: f64 = 65.0;
/// Labels for one line.
const LABELS: usize = 4;

/// One setting of a method, averaged over the queries of a test split.
#[derive(Clone, Debug, PartialEq)]
pub struct FrontPoint {
    /// Written beside the point where there is room, such as `1e-4` for lambda_t.
    pub label: Option<String>,
    /// The critical path, in the figure's measure.
    pub cp: Estimate,
    /// The score in percent.
    pub score: Estimate,
    /// The mean cost of a query in USD, where known. The marker's area is proportional to it.
    pub cost_usd: Option<f64>,
}

/// The points of one method.
#[derive(Clone, Debug, PartialEq)]
pub struct FrontSeries {
    /// The method's name.
    pub method: String,
    /// Its points, in the order of lambda_t where that is swept.
    pub points: Vec<FrontPoint>,
    /// Whether a line joins the points in their order.
    pub joined: bool,
    /// Whether the points were published by others, not measured here; they are drawn hollow.
    pub published: bool,
    /// Whether the method is there for comparison only: in grey, below the others, without bars and labels.
    pub context: bool,
}

/// One dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct FrontPanel {
    /// The dataset's name.
    pub title: String,
    /// Its methods.
    pub series: Vec<FrontSeries>,
}

/// Score against critical path for every method, a panel for each dataset.
///
/// ```
/// use lamas_plots::{Estimate, Figure, Front, FrontPanel, FrontPoint, FrontSeries, Theme};
///
/// let score = Estimate::between(92.0, 90.0, 94.0);
/// let point = FrontPoint { label: None, cp: Estimate::exact(900.0), score, cost_usd: None };
/// let method = "LAMaS".to_owned();
/// let series = FrontSeries { method, points: vec![point], joined: false, published: false, context: false };
/// let panel = FrontPanel { title: "GSM8K".to_owned(), series: vec![series] };
/// let front = Front { panels: vec![panel], intervals: "95% over 5 seeds".to_owned(), ..Front::default() };
/// assert!(front.draw(&Theme::default())?.as_str().contains("GSM8K"));
/// # Ok::<(), lamas_plots::PlotError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Front {
    /// The panels, side by side.
    pub panels: Vec<FrontPanel>,
    /// What the critical path is measured in.
    pub measure: Measure,
    /// The level of the intervals and what they are over, such as `95% over queries and 5 seeds`; said below the figure.
    pub intervals: String,
    /// What the points' labels are values of, such as `λ_t`; said below the figure.
    pub labels: Option<String>,
    /// Said on the figure when the points are not measurements, such as "simulated model".
    pub note: Option<String>,
}

impl Figure for Front {
    fn draw(&self, theme: &Theme) -> Result<Svg, PlotError> {
        if self.panels.is_empty() {
            return Err(PlotError::Empty { figure: "front", part: "panels" });
        }
        crate::font::register()?;
        let columns = theme.columns(self.panels.len(), 3);
        let width = theme.width(columns);
        let cell = sheet::panel_width(width, columns);
        // Many methods need room to stand apart.
        let crowded = self.panels.iter().any(|panel| panel.series.iter().any(|series| series.context));
        let height = if columns == 1 { 250.0 } else { 235.0 } + if crowded { CROWDED } else { 0.0 };
        let axes = self.axes(cell, height);
        let looks = self.looks(theme);
        let sizes = Sizes::new(self.points());

        let sheet = Sheet {
            figure: "front",
            width,
            columns,
            rows: vec![height; self.panels.len().div_ceil(columns)],
            note: self.note.clone(),
            legend: vec![self.method_keys(&looks, false), self.method_keys(&looks, true), sizes.keys()],
            footnotes: self.footnotes(sizes),
        };
        sheet.paint(self.panels.len(), |index, area| {
            let panel = Panel::open(area, &self.panels[index].title, &axes[index])?;
            draw_series(&panel, &self.panels[index].series, &looks, sizes)
        })
    }
}

impl Front {
    fn series(&self) -> impl Iterator<Item = &FrontSeries> {
        self.panels.iter().flat_map(|panel| &panel.series)
    }

    fn points(&self) -> impl Iterator<Item = &FrontPoint> {
        self.series().flat_map(|series| &series.points)
    }

    /// Colours for the methods that the figure is about, greys for those it compares them with.
    fn looks(&self, theme: &Theme) -> Looks {
        let names = |context: bool| {
            let series = self.series().filter(move |series| series.context == context);
            series.map(|series| series.method.as_str())
        };
        theme.methods(names(false)).with_greys(names(true))
    }

    /// The panels' axes, all with the same room on their left.
    fn axes<'a>(&'a self, width: f64, height: f64) -> Vec<Axes> {
        let axes: Vec<Axes> = self
            .panels
            .iter()
            .map(|panel| {
                let drawn = || {
                    let points = |series: &'a FrontSeries| series.points.iter().map(|point| (series.context, point));
                    panel.series.iter().flat_map(points).filter(|(_, point)| is_drawn(point))
                };
                let paths = drawn().flat_map(|(context, point)| reach(context, point.cp));
                let scores = drawn().flat_map(|(context, point)| reach(context, point.score));
                let title = format!("critical path ({})", self.measure.name());
                let x = Axis::over(&title, paths, 0.08, Way::Across, panel::inner_width(width, 36.0));
                let length = panel::inner_height(height, &x);
                let y = Axis::over("score (%)", scores, 0.08, Way::Up, length).bounded(f64::NEG_INFINITY, 100.0);
                Axes { x: x.bounded(0.0, f64::INFINITY), y, left: 0.0 }
            })
            .collect();
        panel::aligned(axes)
    }

    fn method_keys(&self, looks: &Looks, context: bool) -> Vec<Key> {
        let mut seen = BTreeSet::new();
        self.series()
            .filter(|series| series.context == context)
            .filter(|series| seen.insert((&series.method, series.published)))
            .map(|series| {
                let look = looks.of(&series.method);
                match (series.published, series.joined) {
                    (true, _) => Key::new(Sign::Marker(look, Fill::Hollow), format!("{} (published)", series.method)),
                    (false, true) => Key::new(Sign::Line(look), &series.method),
                    (false, false) => Key::new(Sign::Marker(look, Fill::Tinted), &series.method),
                }
            })
            .collect()
    }

    fn footnotes(&self, sizes: Sizes) -> Vec<String> {
        let shown = || self.points().filter(|point| is_drawn(point));
        let raised = shown().filter_map(|point| point.cost_usd).any(|cost| sizes.is_raised(cost));
        let unknown = sizes.highest.is_some() && shown().any(|point| !point.cost_usd.is_some_and(drawable));
        let labels = self.labels.as_ref().filter(|_| shown().any(|point| point.label.is_some()));
        [
            labels.map(|name| {
                format!("Numbers beside points: {name}; at most {LABELS} a method. A line joins a method's points in the order of these numbers.")
            }),
            self.series()
                .filter(|series| !series.context)
                .flat_map(|series| &series.points)
                .filter(|point| is_drawn(point))
                .any(|point| point.cp.ends().is_some() || point.score.ends().is_some())
                .then(|| estimate::bars(&self.intervals)),
            self.series()
                .any(|series| series.context)
                .then(|| "Methods in grey stand there for comparison, without bars and labels.".to_owned()),
            raised.then(|| "The smallest markers stand for their cost or less.".to_owned()),
            unknown.then(|| "Points of unknown cost have a marker of fixed size.".to_owned()),
            sheet::left_out(self.points().filter(|point| !is_drawn(point)).count(), "point"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// What an axis must reach for a value. The bars of points in grey are not drawn and take no room.
fn reach(context: bool, estimate: Estimate) -> Vec<f64> {
    if context { vec![estimate.value] } else { estimate.reach().collect() }
}

fn is_drawn(point: &FrontPoint) -> bool {
    drawable(point.cp.value) && drawable(point.score.value)
}

/// How costs turn into marker sizes.
#[derive(Clone, Copy)]
struct Sizes {
    /// The highest cost in USD; none where no cost is known.
    highest: Option<f64>,
}

impl Sizes {
    fn new<'a>(points: impl Iterator<Item = &'a FrontPoint>) -> Self {
        let costs = points.filter(|point| is_drawn(point)).filter_map(|point| point.cost_usd);
        let highest = costs.filter(|&cost| drawable(cost)).fold(0.0, f64::max);
        Self { highest: Some(highest).filter(|cost| cost.is_normal()) }
    }

    fn radius(self, cost: Option<f64>) -> f64 {
        match (self.highest, cost) {
            (Some(highest), Some(cost)) if drawable(cost) => proportional(cost, highest).max(SMALLEST),
            _ => UNKNOWN,
        }
    }

    fn is_raised(self, cost: f64) -> bool {
        self.highest.is_some_and(|highest| proportional(cost, highest) < SMALLEST)
    }

    /// Three discs at round costs.
    fn keys(self) -> Vec<Key> {
        let Some(highest) = self.highest else { return Vec::new() };
        let power = 10f64.powf(highest.log10().floor());
        let round = [5.0, 2.0, 1.0].into_iter().find(|factor| factor * power <= highest).unwrap_or(1.0) * power;
        let discs = [0.1, 0.5, 1.0].map(|part| {
            let cost = part * round;
            Key::new(Sign::Disc(self.radius(Some(cost))), axis::number(cost, 0.1 * round, round))
        });
        std::iter::once(Key::new(Sign::None, "mean cost of a query (USD):")).chain(discs).collect()
    }
}

/// The radius in px whose square grows with the cost, up to the largest one.
fn proportional(cost: f64, highest: f64) -> f64 {
    LARGEST * (cost.max(0.0) / highest).sqrt()
}

/// A point that has found its place.
struct Dot<'a> {
    point: &'a FrontPoint,
    at: Point,
    radius: f64,
    /// How far its marker reaches, on the grid.
    reach: i32,
    series: usize,
    context: bool,
}

fn draw_series(panel: &Panel<'_, '_>, series: &[FrontSeries], looks: &Looks, sizes: Sizes) -> Result<(), PlotError> {
    let dots: Vec<Dot<'_>> = series
        .iter()
        .enumerate()
        .flat_map(|(index, series)| series.points.iter().map(move |point| (index, series.context, point)))
        .filter(|(_, _, point)| is_drawn(point))
        .map(|(index, context, point)| {
            let radius = sizes.radius(point.cost_usd);
            Dot {
                point,
                at: panel.at(point.cp.value, point.score.value),
                radius,
                reach: px(looks.of(&series[index].method).marker.reach(radius)),
                series: index,
                context,
            }
        })
        .collect();
    if dots.is_empty() {
        return panel.say_no_data();
    }
    let look = |dot: &Dot<'_>| looks.of(&series[dot.series].method);

    let mut obstacles: Vec<(Rect, f64)> = Vec::new();
    for dot in dots.iter().filter(|dot| !dot.context) {
        for [from, to] in error_bars(panel, dot) {
            draw_bar(panel, from, to, look(dot).color)?;
            obstacles.push((Rect::between(from, to).grown(px(1.0)), 0.5));
        }
    }
    for (index, series) in series.iter().enumerate().filter(|(_, series)| series.joined) {
        let points: Vec<Point> = dots.iter().filter(|dot| dot.series == index).map(|dot| dot.at).collect();
        obstacles.extend(points.windows(2).flat_map(|pair| labels::along(pair[0], pair[1])).map(|rect| (rect, 0.5)));
        if points.len() > 1 {
            line(panel.area, points, stroke(looks.of(&series.method).color.mix(0.9), 1.2))?;
        }
    }
    let mut by_size: Vec<&Dot<'_>> = dots.iter().collect();
    // The coloured and the small ones on top, so that none is hidden.
    by_size.sort_by(|a, b| b.context.cmp(&a.context).then(b.radius.total_cmp(&a.radius)));
    for dot in by_size {
        let fill = if series[dot.series].published { Fill::Hollow } else { Fill::Tinted };
        marker::draw(panel.area, look(dot).marker, dot.at, dot.radius, look(dot).color, fill)?;
    }
    let discs: Vec<Disc> = dots.iter().map(|dot| Disc { center: dot.at, radius: dot.reach }).collect();
    let around = Surroundings { bounds: panel.inside(), discs: &discs, obstacles: &obstacles };
    draw_labels(panel, &labelled(&dots, series.len()), around, |dot| look(dot).color)
}

/// The error bars of a point: along its path and along its score.
fn error_bars(panel: &Panel<'_, '_>, dot: &Dot<'_>) -> impl Iterator<Item = [Point; 2]> {
    let (cp, score) = (dot.point.cp, dot.point.score);
    let across = cp.ends().map(|(low, high)| [panel.at(low, score.value), panel.at(high, score.value)]);
    let up = score.ends().map(|(low, high)| [panel.at(cp.value, low), panel.at(cp.value, high)]);
    [across, up].into_iter().flatten()
}

/// A bar with a short cross stroke at either end.
fn draw_bar(panel: &Panel<'_, '_>, from: Point, to: Point, color: RGBColor) -> Result<(), PlotError> {
    let style = stroke(color.mix(0.5), 0.8);
    let cap = px(1.8);
    let (dx, dy) = if from.1 == to.1 { (0, cap) } else { (cap, 0) };
    line(panel.area, vec![from, to], style)?;
    for (x, y) in [from, to] {
        line(panel.area, vec![(x - dx, y - dy), (x + dx, y + dy)], style)?;
    }
    Ok(())
}

/// The points that get a label: of each series the first, the last, and evenly those between.
fn labelled<'d, 'a>(dots: &'d [Dot<'a>], series: usize) -> Vec<(&'d Dot<'a>, &'a str)> {
    (0..series)
        .flat_map(|index| {
            let own: Vec<_> = dots
                .iter()
                .filter(|dot| dot.series == index && !dot.context)
                .filter_map(|dot| dot.point.label.as_deref().map(|text| (dot, text)))
                .collect();
            let last = own.len().saturating_sub(1);
            let shown = own.len().min(LABELS);
            // Ends first, since earlier labels choose their place first.
            let mut order: Vec<usize> = (0..shown).map(|step| step * last / (shown - 1).max(1)).collect();
            order.sort_by_key(|&position| (position != 0 && position != last, position));
            order.into_iter().map(|position| own[position]).collect::<Vec<_>>()
        })
        .collect()
}

fn draw_labels(
    panel: &Panel<'_, '_>,
    labelled: &[(&Dot<'_>, &str)],
    around: Surroundings<'_>,
    color: impl Fn(&Dot<'_>) -> RGBColor,
) -> Result<(), PlotError> {
    let text = Type::new(SMALL).anchor(HPos::Center, VPos::Center);
    let wanted: Vec<Label> = labelled
        .iter()
        .map(|(dot, label)| Label {
            anchor: dot.at,
            reach: dot.reach,
            size: (px(text.width(label) + 2.0), px(SMALL + 1.0)),
        })
        .collect();
    let places = labels::place(&wanted, around);
    for ((dot, label), place) in labelled.iter().zip(places) {
        let Some(place) = place else { continue };
        if let Some(leader) = labels::leader(&place, dot.at, dot.reach) {
            line(panel.area, leader.to_vec(), stroke(FAINT, 0.5))?;
        }
        place.fill(panel.area, WHITE.mix(0.6))?;
        text.color(theme::dark(color(dot))).draw(panel.area, label, place.center())?;
    }
    Ok(())
}
