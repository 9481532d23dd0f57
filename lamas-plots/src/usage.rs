//! Which operators the policy chooses in each layer, as latency is charged more.

use plotters::series::LineSeries;

use crate::axis::{Axis, Way, drawable, power, span};
use crate::canvas::{Svg, stroke};
use crate::error::PlotError;
use crate::legend;
use crate::marker::{self, Fill};
use crate::output::Figure;
use crate::panel::{self, Axes, Panel};
use crate::sheet::{self, Sheet};
use crate::theme::{Looks, Theme};

/// Panels side by side at most.
const MOST: usize = 5;
const HEIGHT: f64 = 125.0;
/// The least that a scale reaches, in percent of the queries.
const LEAST: f64 = 5.0;
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

impl OperatorShare {
    /// For each lambda_t its index and the share in percent, where that can be drawn.
    fn percents(&self) -> impl Iterator<Item = (usize, Option<f64>)> + '_ {
        self.share.iter().map(|share| share * 100.0).map(|percent| drawable(percent).then_some(percent)).enumerate()
    }
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
    /// Sentences below the figure.
    pub footnotes: Vec<String>,
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
            legend: vec![legend::lines(self.operators(), &looks)],
            footnotes: self
                .footnotes
                .iter()
                .cloned()
                .chain((columns > 1).then(|| "Every column of panels has a scale of its own.".to_owned()))
                .chain(sheet::left_out(self.missing(), "share"))
                .collect(),
        };
        sheet.paint(columns * lines.len(), |index, area| {
            let (line, column) = (index / columns, index % columns);
            let (dataset, layers) = lines[line];
            let Some(layer) = layers.get(column) else { return Ok(()) };
            let axes = self.axes((column, columns), line == last, sheet::panel_width(width, columns), heights[line]);
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
        self.shares().flat_map(OperatorShare::percents).filter(|(_, percent)| percent.is_none()).count()
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

    /// Titles stand at the outer panels alone. Panels below each other share a scale, those beside each other do not: later
    /// layers run for few queries, and would lie at the bottom of a scale for the first one.
    fn axes(&self, (column, columns): (usize, usize), lowest: bool, width: f64, height: f64) -> Axes {
        let texts: Vec<String> = self.lambdas.iter().map(|&lambda| power(lambda)).collect();
        // An operator that runs twice in a layer has a share above one. A negative share is wrong, and has to be seen.
        let layers = self.rows.iter().flat_map(|row| row.layers.iter().skip(column).step_by(columns));
        let shares = layers.flat_map(|layer| &layer.operators).flat_map(OperatorShare::percents);
        let (low, high) = span(shares.filter_map(|(_, percent)| percent).chain([0.0, LEAST])).unwrap_or((0.0, LEAST));
        let margin = 0.05 * (high - low);
        let axis = |title: &str, length| {
            Axis::fixed(title, low - margin, high + margin, Way::Up, length).bounded(low, f64::INFINITY)
        };
        let left = panel::left_room([&axis("queries (%)", HEIGHT)]);
        let x = Axis::categories(if lowest { "λ_t" } else { "" }, &texts, panel::inner_width(width, left));
        let y = axis(if column == 0 { "queries (%)" } else { "" }, panel::inner_height(height, &x));
        Axes { x, y, left }
    }
}

fn draw_layer(panel: &mut Panel<'_, '_>, layer: &UsageLayer, looks: &Looks) -> Result<(), PlotError> {
    let points = |share: &OperatorShare| -> Vec<(f64, f64)> {
        share.percents().filter_map(|(index, percent)| Some((index as f64, percent?))).collect()
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
