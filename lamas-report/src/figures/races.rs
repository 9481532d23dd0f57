//! Races of one operator over how many times it starts: critical path and score, a line for each rule.

use lamas_plots::{Estimate, Growth, GrowthPanel, GrowthSeries};

use crate::Finished;
use crate::bootstrap::Comparison;
use crate::measure::Measure;
use crate::rows::asked;
use lamas_experiment::config::output::FigureDraft;
use lamas_record::manifest::{ContestRecord, MethodRecord};

/// A row of two panels for each problem set; `None` where no method that is asked for is a race of this kind.
#[must_use]
pub fn figure(run: &Finished, comparisons: &[&Comparison<'_>], draft: &FigureDraft) -> Option<Growth> {
    let methods = run.manifest.methods.iter().filter(|method| asked(&draft.rows, &method.name));
    let contests: Vec<Contestant<'_>> = methods.filter_map(Contestant::of).collect();
    if !contests.iter().any(|one| one.contest.until.is_some()) {
        return None;
    }
    let panels = comparisons
        .iter()
        .flat_map(|comparison| [Measure::Path, Measure::Score].map(|measure| panel(comparison, &contests, measure)));
    let footnote = "Calls: how many of one prompt start at once. A line begins at the single call of its prompt, where that was \
                    run. Bars are intervals of 95%.";
    Some(Growth { panels: panels.collect(), footnote: Some(footnote.to_owned()), note: run.note() })
}

/// A method that starts one operator so many times.
struct Contestant<'a> {
    method: &'a MethodRecord,
    contest: &'a ContestRecord,
}

impl<'a> Contestant<'a> {
    fn of(method: &'a MethodRecord) -> Option<Self> {
        Some(Self { method, contest: method.contest.as_ref()? })
    }
}

fn panel(comparison: &Comparison<'_>, contests: &[Contestant<'_>], measure: Measure) -> GrowthPanel {
    let mut lines: Vec<(&str, &str)> = Vec::new();
    for one in contests {
        let Some(until) = &one.contest.until else { continue };
        let line = (until.as_str(), one.contest.operator.as_str());
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let series = lines.into_iter().map(|(until, operator)| {
        let on_line = |one: &&Contestant<'_>| {
            one.contest.operator == operator && one.contest.until.as_deref().is_none_or(|own| own == until)
        };
        let mut points: Vec<(f64, Estimate)> =
            contests.iter().filter(on_line).filter_map(|one| point(comparison, one, measure)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        GrowthSeries { name: format!("{until}, {operator}"), points }
    });
    GrowthPanel {
        title: format!("{}: {}", comparison.data.title, measure.title()),
        work: "calls".to_owned(),
        quantity: format!("{} ({})", measure.title(), measure.unit()),
        series: series.collect(),
        from_zero: false,
    }
}

fn point(comparison: &Comparison<'_>, one: &Contestant<'_>, measure: Measure) -> Option<(f64, Estimate)> {
    let index = comparison.series.iter().position(|series| series.method == one.method.name)?;
    let mean = comparison.of(measure).mean(index);
    Some((f64::from(one.contest.copies), Estimate::between(mean.value, mean.low, mean.high)))
}
