//! Which operators the policy chooses in each layer, as latency is charged more.

use plotters::series::LineSeries;

use crate::axis::{Axis, Way, drawable, power, span};
use crate::canvas::{Svg, stroke};
use crate::error::PlotError;
use crate::legend::{Key, Sign};
use crate::marker::{self, Fill};
use crate::output::Figure;
use crate::panel::{self, Axes, Panel};
use crate::sheet::{self, Sheet};
use crate::theme::{Looks, Theme};

/// Panels side by side at most.
const MOST: usize = 5;
const HEIGHT: f64 = 125.0;
/// What the lowest row of panels needs more, for the title of its horizontal axis.
const AXIS_TITLE: f64 = 14.0;

/// How often one operator is chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct OperatorShare {
    /// The operator's name.
    pub operator: String,
    /// For each lambda_t of the figure, how often the layer runs the operator, per query.
    pub share: Vec<f64>,
}

/// The operators of one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct UsageLayer {
    /// The layer's name, such as "layer 1".
    pub title: String,
    /// Its operators. Several can run for one query, so the shares need not add up to one.
    pub operators: Vec<OperatorShare>,
}

/// The layers of one dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct UsageRow {
    /// The dataset's name.
    pub title: String,
    /// Its layers, side by side.
    pub layers: Vec<UsageLayer>,
}

/// The operators' use over lambda_t: a row of panels for each dataset, a panel for each layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// The values of lambda_t, ascending; they stand at even distances.
    pub lambdas: Vec<f64>,
    /// The datasets.
    pub rows: Vec<UsageRow>,
    /// Said on the figure when the shares are not measurements.
    pub note: Option<String>,
}

impl Figure for Usage {
    fn draw(&self, theme: &Theme) -> Result<Svg, PlotError> {
        let widest = self.rows.iter().map(|row| row.layers.len()).max().unwrap_or(0);
        if widest == 0 {
            return Err(PlotError::Empty { figure: "usage", part: "layers" });
        }
        self.check()?;
        crate::font::register()?;
        let columns = theme.columns(widest, MOST);
        let width = theme.width(columns);
        let looks = theme.operators(self.operators());
        // A dataset with more layers than fit side by side takes several lines.
        let lines: Vec<(&str, &[UsageLayer])> = self
            .rows
            .iter()
            .flat_map(|row| row.layers.chunks(columns).map(|layers| (row.title.as_str(), layers)))
            .collect();
        let last = lines.len() - 1;
        let heights: Vec<f64> =
            (0..=last).map(|line| if line == last { HEIGHT + AXIS_TITLE } else { HEIGHT }).collect();
        let sheet = Sheet {
            figure: "usage",
            width,
            columns,
            rows: heights.clone(),
            note: self.note.clone(),
            legend: vec![self.keys(&looks)],
            footnotes: sheet::left_out(self.missing(), "share").into_iter().collect(),
        };
        sheet.paint(columns * lines.len(), |index, area| {
            let (line, column) = (index / columns, index % columns);
            let (dataset, layers) = lines[line];
            let Some(layer) = layers.get(column) else { return Ok(()) };
            let axes = self.axes(column == 0, line == last, sheet::panel_width(width, columns), heights[line]);
            let title = match dataset {
                "" => layer.title.clone(),
                _ => format!("{}, {dataset}", layer.title),
            };
            let mut panel = Panel::open(area, &title, &axes)?;
            draw_layer(&mut panel, layer, &looks)
        })
    }
}

impl Usage {
    fn shares(&self) -> impl Iterator<Item = &OperatorShare> {
        self.rows.iter().flat_map(|row| &row.layers).flat_map(|layer| &layer.operators)
    }

    fn operators(&self) -> impl Iterator<Item = &str> {
        self.shares().map(|share| share.operator.as_str())
    }

    fn missing(&self) -> usize {
        self.shares().flat_map(|share| &share.share).filter(|&&share| !drawable(share)).count()
    }

    fn check(&self) -> Result<(), PlotError> {
        let expected = self.lambdas.len();
        for row in &self.rows {
            for layer in &row.layers {
                if let Some(wrong) = layer.operators.iter().find(|share| share.share.len() != expected) {
                    let place = format!("{}, {}, {}", row.title, layer.title, wrong.operator);
                    return Err(PlotError::Shape { place, unit: "lambda_t", got: wrong.share.len(), expected });
                }
            }
        }
        Ok(())
    }

    fn keys(&self, looks: &Looks) -> Vec<Key> {
        let mut shown: Vec<&str> = Vec::new();
        for operator in self.operators() {
            if !shown.contains(&operator) {
                shown.push(operator);
            }
        }
        shown.into_iter().map(|operator| Key::new(Sign::Line(looks.of(operator)), operator)).collect()
    }

    /// Titles stand at the outer panels alone, since all share one scale.
    fn axes(&self, first: bool, lowest: bool, width: f64, height: f64) -> Axes {
        let texts: Vec<String> = self.lambdas.iter().map(|&lambda| power(lambda)).collect();
        // An operator that runs twice in a layer has a share above one.
        let highest = span(self.shares().flat_map(|share| &share.share).map(|share| share * 100.0));
        let highest = highest.map_or(100.0, |(_, high)| high.max(100.0));
        let axis = |title: &str, length| {
            let axis = Axis::fixed(title, -0.05 * highest, 1.05 * highest, Way::Up, length);
            axis.bounded(0.0, f64::INFINITY)
        };
        let left = panel::left_room([&axis("queries (%)", HEIGHT)]);
        let x = Axis::categories(if lowest { "λ_t" } else { "" }, &texts, panel::inner_width(width, left));
        let y = axis(if first { "queries (%)" } else { "" }, panel::inner_height(height, &x));
        Axes { x, y, left }
    }
}

fn draw_layer(panel: &mut Panel<'_, '_>, layer: &UsageLayer, looks: &Looks) -> Result<(), PlotError> {
    let points = |share: &OperatorShare| -> Vec<(f64, f64)> {
        let places = share.share.iter().enumerate().filter(|(_, share)| drawable(**share));
        places.map(|(index, share)| (index as f64, share * 100.0)).collect()
    };
    if layer.operators.iter().all(|share| points(share).is_empty()) {
        return panel.say_no_data();
    }
    for share in &layer.operators {
        panel.chart.draw_series(LineSeries::new(points(share), stroke(looks.of(&share.operator).color, 1.2)))?;
    }
    for share in &layer.operators {
        let look = looks.of(&share.operator);
        for (x, y) in points(share) {
            marker::draw(panel.area, look.marker, panel.at(x, y), 2.8, look.color, Fill::Tinted)?;
        }
    }
    Ok(())
}
