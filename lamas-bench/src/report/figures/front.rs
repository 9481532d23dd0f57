//! Score against critical path over lambda_t, every method in it, a panel for each dataset.

use lamas_plots::{Estimate, Front, FrontPanel, FrontPoint, FrontSeries, Measure as Unit};

use crate::report::bootstrap::{self, Comparison};
use crate::report::measure::Measure;
use crate::report::{Finished, lambda_text};
use crate::run::manifest::MethodRecord;

/// The figure of a run.
#[must_use]
pub fn figure(run: &Finished, comparisons: &[Comparison<'_>]) -> Front {
    Front {
        panels: comparisons.iter().map(|comparison| panel(run, comparison)).collect(),
        measure: Unit::Tokens,
        labels: Some("λ_t".to_owned()),
        note: run.note(),
    }
}

fn panel(run: &Finished, comparison: &Comparison<'_>) -> FrontPanel {
    let (score, path) = (comparison.of(Measure::Score), comparison.of(Measure::Path));
    let series = run.manifest.methods.iter().map(|method| {
        let own = comparison.series.iter().enumerate().filter(|(_, series)| series.method == method.name);
        let points: Vec<FrontPoint> = own
            .map(|(index, series)| FrontPoint {
                label: series.lambda_t.filter(|_| method.learned).map(lambda_text),
                cp: interval(path.mean(index)),
                score: interval(score.mean(index)),
                cost_usd: Some(series.mean(Measure::Cost)),
            })
            .collect();
        joined(method, points)
    });
    FrontPanel { title: comparison.data.title.clone(), series: series.collect() }
}

fn joined(method: &MethodRecord, mut points: Vec<FrontPoint>) -> FrontSeries {
    let joined = points.len() > 1;
    if !joined {
        points.iter_mut().for_each(|point| point.label = None);
    }
    FrontSeries { method: method.title.clone(), points, joined, published: false }
}

fn interval(estimate: bootstrap::Estimate) -> Estimate {
    Estimate::between(estimate.value, estimate.low, estimate.high)
}
