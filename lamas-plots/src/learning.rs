//! Training curves: how reward, score, path length and the policy's entropy move over the updates.

use plotters::element::Polygon;
use plotters::series::LineSeries;
use plotters::style::Color as _;

use crate::axis::{Axis, Way, drawable};
use crate::canvas::{Svg, stroke};
use crate::error::PlotError;
use crate::legend;
use crate::marker::{self, Fill};
use crate::output::Figure;
use crate::panel::{self, Axes, Panel};
use crate::sheet::{self, Sheet};
use crate::theme::{Looks, Theme};

/// Curves are drawn with at most this many points, each the mean over a stretch of updates.
const RESOLUTION: usize = 240;
const HEIGHT: f64 = 160.0;
/// A moving mean takes at most this part of the shortest run, or it would flatten what the run shows.
const SMOOTHED: usize = 4;
/// The markers on one curve.
const MARKERS: usize = 5;

/// One method's runs of one quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningCurve {
    /// The method's name.
    pub method: String,
    /// For each seed the value after update 1, 2, ... A value that is not finite counts as missing.
    pub runs: Vec<Vec<f64>>,
}

/// One quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningPanel {
    /// The quantity's name.
    pub title: String,
    /// Its unit, for the vertical axis; empty where it has none.
    pub unit: String,
    /// The methods' curves.
    pub curves: Vec<LearningCurve>,
}

/// Training curves over updates, a panel for each quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Learning {
    /// The panels, two side by side.
    pub panels: Vec<LearningPanel>,
    /// Updates in the moving mean that smooths each run, taken as the next odd number; 1 leaves it as it is. Where the shortest
    /// run is short it is narrower, so that it never takes more than a quarter of a run; the figure says how many it took.
    pub window: usize,
    /// Said on the figure when the values are not measurements.
    pub note: Option<String>,
}

impl Figure for Learning {
    fn draw(&self, theme: &Theme) -> Result<Svg, PlotError> {
        if self.panels.is_empty() {
            return Err(PlotError::Empty { figure: "learning", part: "panels" });
        }
        crate::font::register()?;
        let columns = theme.columns(self.panels.len(), 2);
        let width = theme.width(columns);
        let half = self.half_window();
        let bands: Vec<Vec<Band>> = self
            .panels
            .iter()
            .map(|panel| panel.curves.iter().map(|curve| Band::over(&curve.runs, half)).collect())
            .collect();
        let axes = self.axes(&bands, sheet::panel_width(width, columns));
        let looks = theme.methods(self.methods());
        let sheet = Sheet {
            figure: "learning",
            width,
            columns,
            rows: vec![HEIGHT; self.panels.len().div_ceil(columns)],
            note: self.note.clone(),
            legend: vec![legend::lines(self.methods(), &looks)],
            footnotes: vec![self.footnote()],
        };
        sheet.paint(self.panels.len(), |index, area| {
            let mut panel = Panel::open(area, &self.panels[index].title, &axes[index])?;
            if bands[index].iter().all(|band| band.points.is_empty()) {
                return panel.say_no_data();
            }
            for (curve, band) in self.panels[index].curves.iter().zip(&bands[index]) {
                draw_band(&mut panel, band, &looks, &curve.method)?;
            }
            Ok(())
        })
    }
}

impl Learning {
    fn curves(&self) -> impl Iterator<Item = &LearningCurve> {
        self.panels.iter().flat_map(|panel| &panel.curves)
    }

    fn methods(&self) -> impl Iterator<Item = &str> {
        self.curves().map(|curve| curve.method.as_str())
    }

    /// How many updates the moving mean takes on each side of its middle.
    fn half_window(&self) -> usize {
        let runs = self.curves().flat_map(|curve| &curve.runs);
        let shortest = runs.map(Vec::len).filter(|&updates| updates > 0).min().unwrap_or(0);
        // The widest odd number within both.
        (self.window / 2).min((shortest / SMOOTHED).saturating_sub(1) / 2)
    }

    fn footnote(&self) -> String {
        let seeds = self.curves().map(|curve| curve.runs.len()).max().unwrap_or(0);
        let smoothed = match self.half_window() {
            0 => String::new(),
            half => format!(
                ", each run smoothed by a moving mean over {} updates (at its ends over those that there are)",
                2 * half + 1
            ),
        };
        match seeds {
            0 | 1 => format!("One seed{smoothed}."),
            _ => format!("Line: mean over {seeds} seeds{smoothed}. Band: lowest to highest seed."),
        }
    }

    fn axes(&self, bands: &[Vec<Band>], width: f64) -> Vec<Axes> {
        let axes: Vec<Axes> = self
            .panels
            .iter()
            .zip(bands)
            .map(|(panel, bands)| {
                let points = || bands.iter().flat_map(|band| &band.points);
                let updates = points().map(|point| point.update);
                let x = Axis::over("update", updates, 0.02, Way::Across, panel::inner_width(width, 40.0));
                let values = points().flat_map(|point| [point.low, point.high]);
                let y = Axis::over(&panel.unit, values, 0.06, Way::Up, panel::inner_height(HEIGHT, &x));
                Axes { x: x.bounded(0.0, f64::INFINITY), y, left: 0.0 }
            })
            .collect();
        panel::aligned(axes)
    }
}

fn draw_band(panel: &mut Panel<'_, '_>, band: &Band, looks: &Looks, method: &str) -> Result<(), PlotError> {
    let look = looks.of(method);
    let outline = |edge: fn(&BandPoint) -> f64| band.points.iter().map(move |point| (point.update, edge(point)));
    if band.runs > 1 {
        let mut around: Vec<(f64, f64)> = outline(|point| point.high).collect();
        let mut back: Vec<(f64, f64)> = outline(|point| point.low).collect();
        back.reverse();
        around.extend(back);
        panel.chart.draw_series(std::iter::once(Polygon::new(around, look.color.mix(0.18).filled())))?;
    }
    panel.chart.draw_series(LineSeries::new(outline(|point| point.mean), stroke(look.color, 1.3)))?;
    // A few markers, so that the curves can be told apart without colours.
    let every = band.points.len().div_ceil(MARKERS).max(1);
    for point in band.points.iter().skip(every / 2).step_by(every) {
        let at = panel.at(point.update, point.mean);
        marker::draw(panel.area, look.marker, at, 3.0, look.color, Fill::Tinted)?;
    }
    Ok(())
}

/// The mean of several runs and the band that they fill.
#[derive(Clone, Debug, PartialEq)]
struct Band {
    points: Vec<BandPoint>,
    runs: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct BandPoint {
    update: f64,
    mean: f64,
    low: f64,
    high: f64,
}

impl Band {
    /// Smooths every run and takes mean, lowest and highest at each update over the runs that reach it.
    fn over(runs: &[Vec<f64>], half: usize) -> Self {
        let smooth: Vec<Vec<f64>> = runs.iter().map(|run| moving_mean(run, half)).collect();
        let updates = smooth.iter().map(Vec::len).max().unwrap_or(0);
        let stretch = updates.div_ceil(RESOLUTION).max(1);
        let points = (0..updates)
            .step_by(stretch)
            .filter_map(|start| {
                let end = (start + stretch).min(updates);
                // A run's value over the stretch; runs that end earlier or have gaps there do not count.
                let values: Vec<f64> =
                    smooth.iter().filter_map(|run| mean(&run[start.min(run.len())..end.min(run.len())])).collect();
                Some(BandPoint {
                    update: (start + 1 + end) as f64 / 2.0,
                    mean: mean(&values)?,
                    low: values.iter().copied().fold(f64::INFINITY, f64::min),
                    high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                })
            })
            .collect();
        Self { points, runs: runs.len() }
    }
}

/// The mean over each value and `half` more on both sides, or over those of them that there are.
fn moving_mean(run: &[f64], half: usize) -> Vec<f64> {
    (0..run.len())
        .map(|index| {
            let around = &run[index.saturating_sub(half)..(index + half + 1).min(run.len())];
            mean(around).unwrap_or(f64::NAN)
        })
        .collect()
}

/// The mean of the values that can be drawn, if there are any.
fn mean(values: &[f64]) -> Option<f64> {
    let kept: Vec<f64> = values.iter().copied().filter(|&value| drawable(value)).collect();
    (!kept.is_empty()).then(|| kept.iter().sum::<f64>() / kept.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_smoothed_before_the_band_is_taken() {
        let band = Band::over(&[vec![0.0, 3.0, 0.0], vec![2.0, 2.0, 2.0]], 1);
        let point = |update, mean, low, high| BandPoint { update, mean, low, high };
        assert_eq!(band.points, [point(1.0, 1.75, 1.5, 2.0), point(2.0, 1.5, 1.0, 2.0), point(3.0, 1.75, 1.5, 2.0)]);
    }

    #[test]
    fn gaps_and_short_runs_do_not_count() {
        let band = Band::over(&[vec![f64::NAN, 4.0, 6.0], vec![2.0]], 0);
        let means: Vec<f64> = band.points.iter().map(|point| point.mean).collect();
        assert_eq!(means, [2.0, 4.0, 6.0]);
    }

    #[test]
    fn long_runs_are_drawn_with_few_points_that_keep_the_mean() {
        let run: Vec<f64> = (0..100_000).map(f64::from).collect();
        let band = Band::over(&[run], 0);
        assert!(band.points.len() <= RESOLUTION);
        let last = band.points.last().unwrap();
        assert!((last.mean + 1.0 - last.update).abs() < 1e-6, "{last:?}");
    }

    #[test]
    fn case_a_short_run_is_not_smoothed_away_and_the_figure_says_what_was_done() {
        let figure = |updates: usize, window: usize| {
            let curve = |updates: usize| LearningCurve { method: "m".to_owned(), runs: vec![vec![1.0; updates]] };
            let panel = LearningPanel {
                title: String::new(),
                unit: String::new(),
                // A run that never began says nothing about the others.
                curves: vec![curve(updates), curve(0), curve(2 * updates)],
            };
            Learning { panels: vec![panel], window, note: None }
        };
        let smoothed = |updates, window| {
            let footnote = figure(updates, window).footnote();
            footnote.split("over ").nth(1).map(|rest| rest.split(' ').next().unwrap_or_default().to_owned())
        };
        let over = |updates: &str| Some(updates.to_owned());
        assert_eq!(smoothed(264, 9), over("9"));
        assert_eq!(smoothed(36, 9), over("9"));
        assert_eq!(smoothed(35, 9), over("7"));
        assert_eq!(smoothed(12, 9), over("3"));
        assert_eq!((smoothed(11, 9), smoothed(3, 9), smoothed(264, 1)), (None, None, None));
    }
}
