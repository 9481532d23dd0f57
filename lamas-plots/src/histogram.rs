//! The distribution of a sample and a curve fitted to it.

use plotters::series::LineSeries;
use plotters::style::RGBColor;

use crate::axis::{Axis, Way, drawable, span};
use crate::canvas::{Rect, Svg, stroke};
use crate::error::PlotError;
use crate::legend::{Key, Sign};
use crate::output::Figure;
use crate::panel::{self, Axes, Panel};
use crate::sheet::{self, Sheet};
use crate::theme::{OFF_PATH, PALETTE, Theme};

const HEIGHT: f64 = 165.0;
const MOST_BINS: usize = 80;
const CURVE: RGBColor = PALETTE[6];

/// One sample.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramPanel {
    /// The panel's title.
    pub title: String,
    /// The quantity and its unit.
    pub quantity: String,
    /// The sample.
    pub values: Vec<f64>,
    /// Points of the fitted density, ascending in the quantity; empty where nothing was fitted.
    pub curve: Vec<(f64, f64)>,
}

/// Histograms with fitted densities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// The panels, up to three side by side.
    pub panels: Vec<HistogramPanel>,
    /// What the bars are, for the legend.
    pub sample: String,
    /// What the curve is, for the legend.
    pub fit: String,
    /// Said on the figure when the sample is not measured.
    pub note: Option<String>,
}

impl Figure for Histogram {
    fn draw(&self, theme: &Theme) -> Result<Svg, PlotError> {
        if self.panels.is_empty() {
            return Err(PlotError::Empty { figure: "histogram", part: "panels" });
        }
        crate::font::register()?;
        let columns = theme.columns(self.panels.len(), 3);
        let width = theme.width(columns);
        let bins: Vec<Vec<Bin>> = self.panels.iter().map(|panel| bins(&panel.values)).collect();
        let axes = self.axes(&bins, sheet::panel_width(width, columns));
        let missing = self.panels.iter().flat_map(|panel| &panel.values).filter(|&&value| !drawable(value)).count();
        let fitted = self.panels.iter().any(|panel| !panel.curve.is_empty());
        let mut keys = vec![Key::new(Sign::Bar(OFF_PATH), &self.sample)];
        keys.extend(fitted.then(|| Key::new(Sign::Stroke(CURVE), &self.fit)));
        let sheet = Sheet {
            figure: "histogram",
            width,
            columns,
            rows: vec![HEIGHT; self.panels.len().div_ceil(columns)],
            note: self.note.clone(),
            legend: vec![keys],
            footnotes: sheet::left_out(missing, "value").into_iter().collect(),
        };
        sheet.paint(self.panels.len(), |index, area| {
            let mut panel = Panel::open(area, &self.panels[index].title, &axes[index])?;
            if bins[index].is_empty() {
                return panel.say_no_data();
            }
            for bin in &bins[index] {
                let rect = Rect::between(panel.at(bin.low, 0.0), panel.at(bin.high, bin.density));
                rect.fill(area, OFF_PATH)?;
                rect.outline(area, stroke(plotters::style::WHITE, 0.5))?;
            }
            panel.chart.draw_series(LineSeries::new(curve(&self.panels[index]), stroke(CURVE, 1.5)))?;
            Ok(())
        })
    }
}

impl Histogram {
    fn axes(&self, bins: &[Vec<Bin>], width: f64) -> Vec<Axes> {
        let axes: Vec<Axes> = self
            .panels
            .iter()
            .zip(bins)
            .map(|(panel, bins)| {
                let ends = bins.iter().flat_map(|bin| [bin.low, bin.high]);
                let places = ends.chain(curve(panel).map(|(x, _)| x));
                let x = Axis::over(&panel.quantity, places, 0.02, Way::Across, panel::inner_width(width, 45.0));
                let heights = bins.iter().map(|bin| bin.density).chain(curve(panel).map(|(_, density)| density));
                let highest = span(heights).map_or(1.0, |(_, high)| high);
                let y = Axis::fixed("density", 0.0, highest * 1.06, Way::Up, panel::inner_height(HEIGHT, &x));
                Axes { x, y, left: 0.0 }
            })
            .collect();
        panel::aligned(axes)
    }
}

fn curve(panel: &HistogramPanel) -> impl Iterator<Item = (f64, f64)> + '_ {
    panel.curve.iter().copied().filter(|&(x, density)| drawable(x) && drawable(density) && density >= 0.0)
}

/// A bar whose area is the part of the sample in it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bin {
    low: f64,
    high: f64,
    density: f64,
}

/// Bins as wide as the rule of Freedman and Diaconis says: twice the interquartile range over the cube root of the
/// sample's size.
fn bins(values: &[f64]) -> Vec<Bin> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|&value| drawable(value)).collect();
    sorted.sort_by(f64::total_cmp);
    let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let quantile = |part: f64| sorted[((sorted.len() - 1) as f64 * part).round() as usize];
    let rule = 2.0 * (quantile(0.75) - quantile(0.25)) / (sorted.len() as f64).cbrt();
    // A sample of one value only still gets a bar that can be seen.
    let (low, width) = if high > low { (low, high - low) } else { (low - 0.5, 1.0) };
    let count = if rule > 0.0 { (width / rule).ceil().clamp(1.0, MOST_BINS as f64) as usize } else { 1 };
    let step = width / count as f64;
    let mut counts = vec![0usize; count];
    for value in &sorted {
        counts[(((value - low) / step) as usize).min(count - 1)] += 1;
    }
    counts
        .into_iter()
        .enumerate()
        .map(|(index, inside)| Bin {
            low: low + step * index as f64,
            high: low + step * (index + 1) as f64,
            density: inside as f64 / sorted.len() as f64 / step,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bars_hold_the_whole_sample() {
        let sample: Vec<f64> = (0..1000).map(|index| (f64::from(index) / 50.0).sin() * 3.0).collect();
        let bins = bins(&sample);
        let area: f64 = bins.iter().map(|bin| bin.density * (bin.high - bin.low)).sum();
        assert!(bins.len() > 3 && (area - 1.0).abs() < 1e-9, "{} bins of area {area}", bins.len());
    }

    #[test]
    fn one_value_is_one_bar() {
        assert_eq!(bins(&[4.0, 4.0]), [Bin { low: 3.5, high: 4.5, density: 1.0 }]);
        assert_eq!(bins(&[f64::NAN]), []);
    }
}
