//! One query's trace as a timeline, with the critical path in red.

use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color as _, WHITE};

use crate::axis::{Axis, Way, drawable, short, span};
use crate::canvas::{Point, Rect, Svg, Type, line, px, stroke};
use crate::error::PlotError;
use crate::estimate::Measure;
use crate::legend::{Key, Sign, hatch};
use crate::marker::{self, Fill, Marker};
use crate::output::Figure;
use crate::panel::{self, Axes, Panel};
use crate::sheet::{self, Sheet};
use crate::theme::{CRITICAL, FAINT, GRID, INK, OFF_PATH, SMALL, Theme};

const ROW: f64 = 13.0;
/// Rows of one timeline; what is left out of longer ones is said below the figure.
const MOST_ROWS: usize = 80;
/// The widest columns of group names and span labels, in parts of the figure's width.
const GROUP: f64 = 0.14;
const LABEL: f64 = 0.36;
/// Between a bar and the number that says its length.
const LENGTH_GAP: f64 = 4.0;
/// The radius of the disc at which an operator arrives.
const ARRIVAL: f64 = 2.2;
/// What a panel needs besides its rows: the heading and the axis, without and with its title.
const AROUND: f64 = 36.0;
const AXIS_TITLE: f64 = 14.0;

/// What hatched stretches are.
const SLACK: &str = "Slack: how much longer a call alone could take without making the critical path longer; calls that wait \
     for each other share theirs.";

/// One row: a model call, a tool run, or an operator as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineSpan {
    /// The step it belongs to, such as "layer 1"; neighbouring spans of one step form a block.
    pub group: String,
    /// The operator and call, such as "Programmer, call 2".
    pub label: String,
    /// Where it begins, in the figure's measure.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// How long it waited for its turn before it began; 0 where it did not.
    pub waited: f64,
    /// How much longer it alone could have taken without making the critical path longer.
    pub slack: f64,
    /// Whether it lies on the critical path.
    pub critical: bool,
    /// What became of it in its race.
    pub fate: Fate,
}

/// What became of a span in a race that was decided without somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// It is in no such race, or its operator went on after it.
    #[default]
    Done,
    /// Its operator arrived with its end.
    Arrived,
    /// It was under way at the decision, and was cancelled.
    Cancelled {
        /// What it cost until then, with its unit.
        price: String,
    },
}

/// One trace.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineTrace {
    /// The method and what else tells it apart.
    pub title: String,
    /// Its spans, in the order of the rows.
    pub spans: Vec<TimelineSpan>,
    /// When races were decided that were decided without somebody, by the step that they belong to.
    pub decided: Vec<(String, f64)>,
}

/// Timelines above each other on one scale.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// The traces, from top to bottom.
    pub traces: Vec<TimelineTrace>,
    /// What starts, ends and slack are measured in.
    pub measure: Measure,
    /// Sentences below the figure.
    pub footnotes: Vec<String>,
    /// Said on the figure when the trace is not a recorded one.
    pub note: Option<String>,
}

impl Figure for Timeline {
    fn draw(&self, theme: &Theme) -> Result<Svg, PlotError> {
        if self.traces.is_empty() {
            return Err(PlotError::Empty { figure: "timeline", part: "traces" });
        }
        crate::font::register()?;
        let rows: Vec<Vec<&TimelineSpan>> = self.traces.iter().map(|trace| shown(&trace.spans)).collect();
        let width = theme.full_width();
        let columns = Columns::fitting(rows.iter().flatten().copied(), width);
        let reach = rows.iter().flatten().flat_map(|span| [span.start - span.waited, span.end, span.end + span.slack]);
        let (low, high) = span(reach.chain([0.0])).filter(|(low, high)| low < high).unwrap_or((0.0, 1.0));
        // To the right of the longest bar there is room for its length.
        let texts = rows.iter().flatten().map(|span| Type::new(SMALL).width(&length_text(span)));
        let room = LENGTH_GAP + 2.0 + texts.fold(0.0, f64::max);
        let last = self.traces.len() - 1;
        let heights: Vec<f64> = rows
            .iter()
            .enumerate()
            .map(|(index, rows)| AROUND + ROW * rows.len().max(2) as f64 + if index == last { AXIS_TITLE } else { 0.0 })
            .collect();
        let sheet = Sheet {
            figure: "timeline",
            width,
            columns: 1,
            rows: heights,
            note: self.note.clone(),
            legend: vec![self.keys()],
            footnotes: self.footnotes(&rows),
        };
        sheet.paint(self.traces.len(), |index, area| {
            let title = if index == last { self.measure.name() } else { "" };
            let length = panel::inner_width(sheet::panel_width(width, 1), columns.total());
            let x = Axis::fixed(title, low, low + (high - low) * length / (length - room), Way::Across, length);
            // The rows count downwards.
            let y = Axis { title: String::new(), low: rows[index].len().max(2) as f64, high: 0.0, ticks: Vec::new() };
            let panel = Panel::open(area, &self.traces[index].title, &Axes { x, y, left: columns.total() })?;
            draw_rows(&panel, &rows[index], columns)?;
            self.traces[index]
                .decided
                .iter()
                .try_for_each(|(group, at)| draw_decision(&panel, &rows[index], group, *at))
        })
    }
}

impl Timeline {
    fn keys(&self) -> Vec<Key> {
        let any = |wanted: fn(&TimelineSpan) -> bool| {
            self.traces.iter().flat_map(|trace| &trace.spans).any(|span| is_drawn(span) && wanted(span))
        };
        [
            (any(|span| span.critical), Key::new(Sign::Critical, self.measure.critical())),
            (any(|span| !span.critical), Key::new(Sign::Bar(OFF_PATH), "off that path")),
            (any(|span| span.slack > 0.0), Key::new(Sign::Slack, "slack")),
            (any(|span| span.waited > 0.0), Key::new(Sign::Dashes(FAINT), "waiting for its turn")),
            (any(|span| span.fate == Fate::Arrived), Key::new(Sign::Disc(ARRIVAL), "arrival")),
            (any(TimelineSpan::is_cancelled), Key::new(Sign::Cancelled, "cancelled, with what it cost")),
            (self.traces.iter().any(|trace| !trace.decided.is_empty()), Key::new(Sign::Stroke(INK), "decided")),
        ]
        .into_iter()
        .filter_map(|(used, key)| used.then_some(key))
        .collect()
    }

    fn footnotes(&self, rows: &[Vec<&TimelineSpan>]) -> Vec<String> {
        let spans = || self.traces.iter().flat_map(|trace| &trace.spans);
        let whole = spans().filter(|span| is_drawn(span)).count();
        let kept: usize = rows.iter().map(Vec::len).sum();
        let hidden = (whole > kept).then(|| format!("The {} shortest spans are not drawn.", whole - kept));
        let slack = spans().any(|span| is_drawn(span) && span.slack > 0.0);
        let slack = slack.then(|| SLACK.to_owned());
        self.footnotes
            .iter()
            .cloned()
            .chain(slack)
            .chain(hidden)
            .chain(sheet::left_out(spans().count() - whole, "span"))
            .collect()
    }
}

impl TimelineSpan {
    fn is_cancelled(&self) -> bool {
        matches!(self.fate, Fate::Cancelled { .. })
    }
}

fn is_drawn(span: &TimelineSpan) -> bool {
    [span.start, span.end, span.start - span.waited, span.end + span.slack].into_iter().all(drawable)
        && span.start <= span.end
}

/// The spans that get a row: all, or in long traces the critical and the longest ones, in their order.
fn shown(spans: &[TimelineSpan]) -> Vec<&TimelineSpan> {
    let mut ranked: Vec<(usize, &TimelineSpan)> = spans.iter().filter(|span| is_drawn(span)).enumerate().collect();
    let length = |span: &TimelineSpan| span.end - span.start;
    ranked.sort_by(|(_, a), (_, b)| b.critical.cmp(&a.critical).then(length(b).total_cmp(&length(a))));
    ranked.truncate(MOST_ROWS);
    ranked.sort_by_key(|(index, _)| *index);
    ranked.into_iter().map(|(_, span)| span).collect()
}

/// The columns left of the bars, in px.
#[derive(Clone, Copy)]
struct Columns {
    group: f64,
    label: f64,
}

impl Columns {
    const GAP: f64 = 8.0;

    fn fitting<'a>(spans: impl Iterator<Item = &'a TimelineSpan>, width: f64) -> Self {
        let start = Self { group: 0.0, label: 0.0 };
        let widest = spans.fold(start, |widest, span| Self {
            group: widest.group.max(group_type().width(&span.group)),
            label: widest.label.max(label_type(true).width(&span.label)),
        });
        Self { group: widest.group.min(GROUP * width), label: widest.label.min(LABEL * width) }
    }

    fn total(self) -> f64 {
        self.group + self.label + 2.0 * Self::GAP
    }
}

fn group_type() -> Type {
    Type::new(SMALL).color(FAINT)
}

fn label_type(critical: bool) -> Type {
    let text = Type::new(SMALL).anchor(HPos::Right, VPos::Center);
    if critical { text.bold() } else { text }
}

fn draw_rows(panel: &Panel<'_, '_>, rows: &[&TimelineSpan], columns: Columns) -> Result<(), PlotError> {
    if rows.is_empty() {
        return panel.say_no_data();
    }
    let inside = panel.inside();
    for (index, span) in rows.iter().enumerate() {
        let middle = panel.at(0.0, index as f64 + 0.5).1;
        let opens_group = index == 0 || rows[index - 1].group != span.group;
        if opens_group {
            let group = group_type().fit(&span.group, columns.group);
            group_type().draw(panel.area, &group, (0, middle))?;
            if index > 0 {
                let top = panel.at(0.0, index as f64).1;
                line(panel.area, vec![(0, top), (inside.right, top)], stroke(GRID, 0.8))?;
            }
        }
        let text = label_type(span.critical);
        let label = text.fit(&span.label, columns.label);
        text.draw(panel.area, &label, (inside.left - px(Columns::GAP / 2.0), middle))?;
    }
    // Below the bars, so that the bars' edges stay clear.
    draw_path(panel, rows)?;
    rows.iter().enumerate().try_for_each(|(index, span)| draw_span(panel, index, span))
}

/// The rectangle of a stretch on a row.
fn bar(panel: &Panel<'_, '_>, row: usize, from: f64, to: f64) -> Rect {
    let (left, middle) = panel.at(from, row as f64 + 0.5);
    let right = panel.at(to, 0.0).0;
    let half = px(ROW * 0.34);
    // A span too short to see is still drawn.
    Rect { left, top: middle - half, right: right.max(left + px(1.0)), bottom: middle + half }
}

fn draw_span(panel: &Panel<'_, '_>, row: usize, span: &TimelineSpan) -> Result<(), PlotError> {
    let rect = bar(panel, row, span.start, span.end);
    let middle = rect.center().1;
    if span.waited > 0.0 {
        let from = panel.at(span.start - span.waited, 0.0).0;
        let dash = px(4.0).max((rect.left - from) / 100);
        let mut x = from;
        while x < rect.left {
            line(panel.area, vec![(x, middle), ((x + dash / 2).min(rect.left), middle)], stroke(FAINT, 1.2))?;
            x += dash;
        }
    }
    let mut edge = rect.right;
    if span.slack > 0.0 {
        let slack = bar(panel, row, span.end, span.end + span.slack);
        hatch(panel.area, &slack, OFF_PATH)?;
        edge = slack.right;
    }
    if span.is_cancelled() {
        hatch(panel.area, &rect, FAINT)?;
        rect.outline(panel.area, stroke(FAINT, 0.8))?;
    } else if span.critical {
        rect.fill(panel.area, CRITICAL)?;
        rect.outline(panel.area, stroke(INK, 0.8))?;
    } else {
        rect.fill(panel.area, OFF_PATH)?;
    }
    if span.fate == Fate::Arrived {
        marker::draw(panel.area, Marker::Circle, (rect.right, middle), ARRIVAL, INK, Fill::Hollow)?;
    }
    let (text, length) = (Type::new(SMALL).color(FAINT), length_text(span));
    let left = edge + px(LENGTH_GAP);
    // The path's line may run behind the number.
    let (half_width, half_height) = (px(text.width(&length) / 2.0 + 1.0), px(SMALL / 2.0));
    Rect::around((left + half_width - px(1.0), middle), half_width, half_height).fill(panel.area, WHITE.mix(0.85))?;
    text.draw(panel.area, &length, (left, middle))
}

fn length_text(span: &TimelineSpan) -> String {
    let length = short(span.end - span.start);
    match &span.fate {
        Fate::Cancelled { price } => format!("{length}, {price}"),
        Fate::Done | Fate::Arrived => length,
    }
}

/// A line at the moment of a decision, over the rows of its step.
fn draw_decision(panel: &Panel<'_, '_>, rows: &[&TimelineSpan], group: &str, at: f64) -> Result<(), PlotError> {
    let own = || rows.iter().enumerate().filter(|(_, span)| span.group == group).map(|(row, _)| row);
    let (Some(first), Some(last)) = (own().min(), own().max()) else { return Ok(()) };
    if !drawable(at) {
        return Ok(());
    }
    let (top, bottom) = (panel.at(at, first as f64), panel.at(at, last as f64 + 1.0));
    line(panel.area, vec![top, bottom], stroke(INK, 1.2))
}

/// Joins each critical span to the next one that begins after it.
fn draw_path(panel: &Panel<'_, '_>, rows: &[&TimelineSpan]) -> Result<(), PlotError> {
    let mut critical: Vec<(usize, &TimelineSpan)> =
        rows.iter().copied().enumerate().filter(|(_, span)| span.critical).collect();
    critical.sort_by(|(_, a), (_, b)| a.start.total_cmp(&b.start).then(a.end.total_cmp(&b.end)));
    for pair in critical.windows(2) {
        let [(from_row, from), (to_row, to)] = pair else { continue };
        // A span inside another one is part of it and not its successor.
        if to.end <= from.end && to.start < from.end {
            continue;
        }
        let start: Point = panel.at(from.end, *from_row as f64 + 0.5);
        let end = panel.at(to.start.max(from.end), *to_row as f64 + 0.5);
        line(panel.area, vec![start, (start.0, end.1), end], stroke(CRITICAL, 1.4))?;
    }
    Ok(())
}
