//! Score against critical path over lambda_t, every method in it, a panel for each dataset.

use std::cmp::Ordering;

use lamas_plots::{Estimate, Front, FrontPanel, FrontPoint, FrontSeries, Measure as Unit};

use crate::bootstrap::{self, Comparison};
use crate::measure::Measure;
use crate::published::PUBLISHED;
use crate::rows::{self, Row};
use crate::{Finished, lambda_text};
use lamas_experiment::config::output::{FigureDraft, PathMeasure};

/// The figure of a run.
#[must_use]
pub fn figure(run: &Finished, comparisons: &[&Comparison<'_>], draft: &FigureDraft) -> Front {
    Front {
        panels: comparisons.iter().map(|comparison| panel(run, comparison, draft)).collect(),
        measure: unit(draft.path_measure()),
        intervals: run.intervals(),
        labels: Some("λ_t, what the reward takes off for a token of critical path".to_owned()),
        note: run.note(),
    }
}

/// The measure of the figure's paths as `lamas-plots` knows it.
pub(super) fn unit(measure: PathMeasure) -> Unit {
    match measure {
        PathMeasure::Tokens => Unit::Tokens,
        PathMeasure::Seconds => Unit::Seconds,
    }
}

/// The measured quantity on the horizontal axis.
fn path(draft: &FigureDraft) -> Measure {
    match draft.path_measure() {
        PathMeasure::Tokens => Measure::Path,
        PathMeasure::Seconds => Measure::Latency,
    }
}

fn panel(run: &Finished, comparison: &Comparison<'_>, draft: &FigureDraft) -> FrontPanel {
    let rows = rows::select(run, comparison, &draft.rows);
    let mut series: Vec<FrontSeries> = Vec::new();
    for method in rows.chunk_by(|a, b| a.method.name == b.method.name) {
        // From the smallest lambda_t to the largest, which is the way that a line goes.
        let mut method: Vec<&Row<'_>> = method.iter().collect();
        method.sort_by(|a, b| a.series.lambda_t.partial_cmp(&b.series.lambda_t).unwrap_or(Ordering::Equal));
        let context = !draft.highlight.is_empty() && !draft.highlight.contains(&method[0].method.name);
        let points: Vec<FrontPoint> =
            method.iter().map(|row| point(comparison, row, path(draft), method.len() > 1)).collect();
        let title = method[0].method.title.clone();
        series.push(FrontSeries { method: title.clone(), joined: points.len() > 1, points, published: false, context });
        let published = method.iter().filter(|_| draft.published);
        let published: Vec<FrontPoint> =
            published.filter_map(|row| published_point(row, path(draft), method.len() > 1)).collect();
        if !published.is_empty() {
            series.push(FrontSeries { method: title, points: published, joined: false, published: true, context });
        }
    }
    FrontPanel { title: comparison.data.title.clone(), series }
}

fn point(comparison: &Comparison<'_>, row: &Row<'_>, path: Measure, labelled: bool) -> FrontPoint {
    let mean = |measure| interval(comparison.of(measure).mean(row.index));
    FrontPoint {
        label: row.series.lambda_t.filter(|_| labelled).map(lambda_text),
        cp: mean(path),
        score: mean(Measure::Score),
        cost_usd: Some(row.series.mean(Measure::Cost)),
    }
}

fn published_point(row: &Row<'_>, path: Measure, labelled: bool) -> Option<FrontPoint> {
    let published = row.published()?;
    Some(FrontPoint {
        label: row.series.lambda_t.filter(|_| labelled).map(|lambda_t| format!("{} (paper)", lambda_text(lambda_t))),
        cp: Estimate::exact(published.get(path)?),
        score: Estimate::exact(published.get(Measure::Score)?),
        cost_usd: PUBLISHED.cost_of_a_query(published),
    })
}

fn interval(estimate: bootstrap::Estimate) -> Estimate {
    Estimate::between(estimate.value, estimate.low, estimate.high)
}
