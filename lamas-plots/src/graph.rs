//! One query's layered graph of operators, with the critical path in red.

use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color as _, RGBColor, WHITE};

use crate::axis::{drawable, short};
use crate::canvas::{Area, Point, Rect, Svg, Type, UNIT, line, px, stroke};
use crate::error::PlotError;
use crate::estimate::Measure;
use crate::legend::{Key, Sign};
use crate::output::Figure;
use crate::sheet::{self, Sheet};
use crate::theme::{CRITICAL, FAINT, FRAME, OFF_PATH, SMALL, TITLE, Theme};

const HEADING: f64 = TITLE + 8.0;
/// The least height of a node, what its text leaves free above and below, and the gap for edges below it.
const NODE: f64 = 36.0;
const PADDING: f64 = 4.5;
const GAP: f64 = 24.0;
/// Between lines of text in a node.
const LINE: f64 = 10.5;
/// Between lines of nodes of one layer that is too wide for one line.
const LINE_GAP: f64 = 10.0;
/// Widest and narrowest node, what its text leaves free on both sides together, and the distance between neighbours.
const WIDEST: f64 = 108.0;
const NARROWEST: f64 = 56.0;
const SIDES: f64 = 4.0;
const BETWEEN: f64 = 13.0;
/// The column of layer names.
const NAMES: f64 = 44.0;
/// Height of the marks for the query and the answer.
const END: f64 = 15.0;

/// One operator in a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphNode {
    /// The operator's name.
    pub label: String,
    /// The length of its own critical path, in the figure's measure.
    pub length: f64,
    /// Whether it lies on the query's critical path.
    pub critical: bool,
    /// What it waits for where layers do not say so: nodes by their place over all layers, all before it. None of them: the
    /// query. `None`: all of the layer before.
    pub waits_for: Option<Vec<usize>>,
}

/// The operators of one layer or step.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphLayer {
    /// The layer's name, such as "layer 1".
    pub title: String,
    /// Its operators; in a chain, in the order in which they run.
    pub nodes: Vec<GraphNode>,
    /// Whether the operators run one after another instead of at once.
    pub chained: bool,
}

/// One graph.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphPanel {
    /// The method and what else tells it apart.
    pub title: String,
    /// The layers in the order in which they run. A layer without operators is left out.
    pub layers: Vec<GraphLayer>,
}

/// Layered graphs side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The graphs, two to a row.
    pub panels: Vec<GraphPanel>,
    /// What lengths are measured in.
    pub measure: Measure,
    /// Sentences below the figure.
    pub footnotes: Vec<String>,
    /// Said on the figure when the graph is not a recorded one.
    pub note: Option<String>,
}

impl Figure for Graph {
    fn draw(&self, theme: &Theme) -> Result<Svg, PlotError> {
        if self.panels.is_empty() {
            return Err(PlotError::Empty { figure: "graph", part: "panels" });
        }
        crate::font::register()?;
        let columns = theme.columns(self.panels.len(), 2);
        let width = theme.width(columns);
        let cell = sheet::panel_width(width, columns);
        let plans: Vec<Plan<'_>> = self.panels.iter().map(|panel| Plan::new(panel, cell)).collect();
        let rows = plans.chunks(columns).map(|row| row.iter().map(|plan| plan.height).fold(0.0, f64::max)).collect();
        let sheet = Sheet {
            figure: "graph",
            width,
            columns,
            rows,
            note: self.note.clone(),
            legend: vec![vec![
                Key::new(Sign::Critical, self.measure.critical()),
                Key::new(Sign::Bar(OFF_PATH), "off that path"),
            ]],
            footnotes: self.footnotes.clone(),
        };
        sheet.paint(self.panels.len(), |index, area| {
            let heading = Type::new(TITLE).bold();
            let title = heading.fit(&self.panels[index].title, cell - 6.0);
            heading.draw(area, &title, (px(2.0), px(HEADING / 2.0)))?;
            plans[index].draw(area, self.measure)
        })
    }
}

/// A node with its place.
struct Placed<'a> {
    node: &'a GraphNode,
    rect: Rect,
}

/// A layer with its place.
struct PlacedLayer<'a> {
    layer: &'a GraphLayer,
    nodes: Vec<Placed<'a>>,
}

/// Where everything of one graph lies.
struct Plan<'a> {
    layers: Vec<PlacedLayer<'a>>,
    middle: i32,
    height: f64,
}

impl<'a> Plan<'a> {
    fn new(panel: &'a GraphPanel, width: f64) -> Self {
        let room = width - NAMES - 8.0;
        let middle = NAMES + room / 2.0;
        let mut top = HEADING + END + GAP;
        let layers = panel
            .layers
            .iter()
            .filter(|layer| !layer.nodes.is_empty())
            .map(|layer| {
                let mut nodes = Vec::new();
                // As many side by side as leaves the longest part of a name whole.
                let narrowest = layer.nodes.iter().map(narrowest).fold(NARROWEST, f64::max).min(room);
                let most = (((room + BETWEEN) / (narrowest + BETWEEN)) as usize).max(1);
                let lines = layer.nodes.len().div_ceil(most);
                for (index, chunk) in layer.nodes.chunks(layer.nodes.len().div_ceil(lines)).enumerate() {
                    top += if index > 0 { LINE_GAP } else { 0.0 };
                    let (line, height) = place_line(chunk, middle, room, top);
                    nodes.extend(line);
                    top += height;
                }
                top += GAP;
                PlacedLayer { layer, nodes }
            })
            .collect();
        Self { layers, middle: px(middle), height: top + END + 4.0 }
    }

    fn draw(&self, area: &Area<'_>, measure: Measure) -> Result<(), PlotError> {
        let query = Rect::around((self.middle, px(HEADING + END / 2.0)), px(24.0), px(END / 2.0));
        let answer = Rect::around((self.middle, px(self.height - 4.0 - END / 2.0)), px(24.0), px(END / 2.0));
        let mut edges = self.edges(&query, &answer);
        // The critical edges on top of the others.
        edges.sort_by_key(|edge| edge.critical);
        for edge in edges {
            edge.draw(area)?;
        }
        for (rect, text) in [(query, "query"), (answer, "answer")] {
            rect.fill(area, WHITE)?;
            rect.outline(area, stroke(FRAME, 0.8))?;
            Type::new(SMALL).anchor(HPos::Center, VPos::Center).draw(area, text, rect.center())?;
        }
        for placed in &self.layers {
            let name = Type::new(SMALL).color(FAINT);
            let first = placed.nodes[0].rect.center().1;
            name.draw(area, &name.fit(&placed.layer.title, NAMES - 4.0), (px(2.0), first))?;
            placed.nodes.iter().try_for_each(|node| draw_node(area, node, measure))?;
        }
        Ok(())
    }

    /// From every node to what runs right after it: within a chain the next one, after a layer all that begin the next.
    fn edges(&self, query: &Rect, answer: &Rect) -> Vec<Edge> {
        if self.layers.iter().flat_map(|placed| &placed.nodes).any(|placed| placed.node.waits_for.is_some()) {
            return self.own_edges(query, answer);
        }
        let mut edges = Vec::new();
        let mut leaving = vec![(*query, true)];
        for placed in &self.layers {
            // The path goes on past a layer that took no time, and past each node of a chain that took none.
            let idle = !placed.nodes.iter().any(|node| node.node.critical);
            let passed = |place: usize, node: &GraphNode| {
                if placed.layer.chained { idle || node.length <= 0.0 } else { idle && place == 0 }
            };
            let on_path = |(place, placed): (usize, &Placed<'_>)| {
                (placed.rect, placed.node.critical || passed(place, placed.node))
            };
            let ends: Vec<(Rect, bool)> = placed.nodes.iter().enumerate().map(on_path).collect();
            let (starting, finishing) = if placed.layer.chained {
                edges.extend(ends.windows(2).map(|pair| Edge::new(pair[0], pair[1])));
                (&ends[..1], ends[ends.len() - 1..].to_vec())
            } else {
                (&ends[..], ends.clone())
            };
            edges.extend(leaving.iter().flat_map(|from| starting.iter().map(|to| Edge::new(*from, *to))));
            leaving = finishing;
        }
        edges.extend(leaving.into_iter().map(|from| Edge::new(from, (*answer, true))));
        edges
    }
}

impl Plan<'_> {
    /// From what each node says that it waits for, and from those that nobody waits for to the answer. A node that says
    /// nothing has no line.
    fn own_edges(&self, query: &Rect, answer: &Rect) -> Vec<Edge> {
        let nodes: Vec<&Placed<'_>> = self.layers.iter().flat_map(|placed| &placed.nodes).collect();
        let end = |place: usize| (nodes[place].rect, nodes[place].node.critical);
        // The path leads from each critical node to the next, not past it.
        let next = |from: Option<usize>, to: usize| {
            let between = from.map_or(0, |from| from + 1)..to.min(nodes.len());
            !nodes[between].iter().any(|placed| placed.node.critical)
        };
        let (mut edges, mut awaited) = (Vec::new(), vec![false; nodes.len()]);
        for (place, placed) in nodes.iter().enumerate() {
            let Some(waits) = &placed.node.waits_for else { continue };
            let waits: Vec<usize> = waits.iter().copied().filter(|&earlier| earlier < place).collect();
            if waits.is_empty() {
                edges.push(Edge::new((*query, next(None, place)), end(place)));
            }
            for earlier in waits {
                awaited[earlier] = true;
                let (rect, critical) = end(earlier);
                edges.push(Edge::new((rect, critical && next(Some(earlier), place)), end(place)));
            }
        }
        let last = (0..nodes.len()).filter(|&place| !awaited[place] && nodes[place].node.waits_for.is_some());
        edges.extend(last.map(|place| Edge::new(end(place), (*answer, next(Some(place), nodes.len())))));
        edges
    }
}

/// How a node's name is written.
fn name_type(node: &GraphNode) -> Type {
    let name = Type::new(SMALL).anchor(HPos::Center, VPos::Center);
    if node.critical { name.bold() } else { name }
}

/// The width at which no part of a node's name is cut.
fn narrowest(node: &GraphNode) -> f64 {
    name_type(node).widest_part(&node.label) + SIDES
}

/// Places nodes side by side around the middle, all as high as the longest name needs; gives that height too.
fn place_line(nodes: &[GraphNode], middle: f64, room: f64, top: f64) -> (Vec<Placed<'_>>, f64) {
    let count = nodes.len() as f64;
    let width = ((room + BETWEEN) / count - BETWEEN).min(WIDEST.max(nodes.iter().map(narrowest).fold(0.0, f64::max)));
    let left = middle - (count * (width + BETWEEN) - BETWEEN) / 2.0;
    let lines =
        nodes.iter().map(|node| 1 + name_type(node).broken(&node.label, width - SIDES).len()).max().unwrap_or(1);
    let height = NODE.max(LINE * lines as f64 + PADDING);
    let placed = nodes
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let x = left + (width + BETWEEN) * index as f64;
            Placed { node, rect: Rect::between((px(x), px(top)), (px(x + width), px(top + height))) }
        })
        .collect();
    (placed, height)
}

fn draw_node(area: &Area<'_>, placed: &Placed<'_>, measure: Measure) -> Result<(), PlotError> {
    let Placed { node, rect } = placed;
    let (tint, edge) = if node.critical {
        (CRITICAL.mix(0.14), stroke(CRITICAL, 1.6))
    } else {
        (OFF_PATH.mix(0.3), stroke(OFF_PATH, 1.0))
    };
    rect.fill(area, WHITE)?;
    rect.fill(area, tint)?;
    rect.outline(area, edge)?;
    let (x, y) = rect.center();
    // Places on the grid are rounded.
    let room = f64::from(rect.width()) / UNIT - SIDES + 0.2;
    let name = name_type(node);
    let length = if drawable(node.length) {
        format!("{} {}", short(node.length), measure.sign())
    } else {
        "length unknown".to_owned()
    };
    let detail = Type::new(SMALL).color(FAINT).anchor(HPos::Center, VPos::Center);
    let mut lines: Vec<(Type, String)> = name.broken(&node.label, room).into_iter().map(|text| (name, text)).collect();
    lines.push((detail, detail.fit(&length, room)));
    let top = y - px(LINE) * (lines.len() as i32 - 1) / 2;
    for (index, (text, line)) in lines.iter().enumerate() {
        text.draw(area, line, (x, top + px(LINE) * index as i32))?;
    }
    Ok(())
}

/// An arrow between two nodes.
struct Edge {
    from: Point,
    to: Point,
    critical: bool,
}

impl Edge {
    fn new((from, from_critical): (Rect, bool), (to, to_critical): (Rect, bool)) -> Self {
        let same_line = from.top == to.top;
        let (start, end) = if same_line {
            ((from.right, from.center().1), (to.left, to.center().1))
        } else {
            ((from.center().0, from.bottom), (to.center().0, to.top))
        };
        Self { from: start, to: end, critical: from_critical && to_critical }
    }

    fn draw(&self, area: &Area<'_>) -> Result<(), PlotError> {
        let (color, width): (RGBColor, f64) = if self.critical { (CRITICAL, 1.8) } else { (FRAME, 0.8) };
        line(area, vec![self.from, self.to], stroke(color, width))?;
        let (dx, dy) = (f64::from(self.to.0 - self.from.0), f64::from(self.to.1 - self.from.1));
        let length = dx.hypot(dy).max(1.0);
        let (along, across) = (f64::from(px(4.5)) / length, f64::from(px(2.2)) / length);
        let wing = |side: f64| {
            let x = f64::from(self.to.0) - dx * along + side * dy * across;
            let y = f64::from(self.to.1) - dy * along - side * dx * across;
            (x.round() as i32, y.round() as i32)
        };
        Ok(area.draw(&plotters::element::Polygon::new(vec![self.to, wing(1.0), wing(-1.0)], color.filled()))?)
    }
}
