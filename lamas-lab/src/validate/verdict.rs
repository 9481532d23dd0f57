//! Simulated against published: how far off, and whether that is near enough.

use polars::error::PolarsResult;

use super::published::{AGREEMENT, Conventions, Group, Row};
use lamas_bench::run::RunError;
use lamas_report::bootstrap::{Estimate, Resampled};
use lamas_report::episodes::Episodes;

/// Resamples behind each interval.
const RESAMPLES: usize = 1000;

/// What a figure is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Score in percent.
    Score,
    /// CP_len in tokens: of the whole trace, each under its conventions.
    Path,
    /// CP_len in tokens: of the layers alone.
    Layers,
    /// Prompt tokens over the test split.
    Prompt,
    /// Generated tokens over the test split.
    Completion,
    /// Tasks on which chain of thought and program agree, in percent.
    Agreement,
}

impl Quantity {
    /// For tables.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Score => "score, %",
            Self::Path => "CP_len, tokens",
            Self::Layers => "CP_len of layers, tokens",
            Self::Prompt => "prompt tokens, all",
            Self::Completion => "output tokens, all",
            Self::Agreement => "agreement, %",
        }
    }

    /// Whether it is compared in points of percent rather than relatively.
    #[must_use]
    pub fn in_points(self) -> bool {
        matches!(self, Self::Score | Self::Agreement)
    }

    fn column(self) -> &'static str {
        match self {
            Self::Score | Self::Agreement => "score",
            Self::Path => "cp_len",
            Self::Layers => "cp_len_layers",
            Self::Prompt => "input_tokens",
            Self::Completion => "output_tokens",
        }
    }
}

/// One published figure and what the simulation gives for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Fitted or held out.
    pub group: Group,
    /// The problem set, or several.
    pub dataset: String,
    /// The published row.
    pub row: String,
    /// Whose conventions the simulated value follows.
    pub conventions: Conventions,
    /// What the figure is of.
    pub quantity: Quantity,
    /// As published.
    pub published: f64,
    /// As simulated, with the interval over queries and seeds.
    pub simulated: Estimate,
}

impl Verdict {
    /// How far off: in points, or in percent of the published value.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        let (simulated, published) = (self.simulated.value, self.published);
        if self.quantity.in_points() { simulated - published } else { 100.0 * (simulated / published - 1.0) }
    }

    /// How far off it may be.
    #[must_use]
    pub fn allowed(&self) -> f64 {
        match (self.group, self.quantity.in_points()) {
            (Group::Calibration, true) => 1.0,
            (Group::Calibration, false) => 5.0,
            (Group::HeldOut, true) => 2.0,
            (Group::HeldOut, false) => 15.0,
        }
    }

    /// Whether it is near enough.
    #[must_use]
    pub fn within(&self) -> bool {
        self.deviation().abs() <= self.allowed()
    }
}

/// A verdict on every published row that the runs have the method of, and on the agreement.
///
/// # Errors
/// When a run lacks a column.
pub fn all(rows: &[Row], runs: &[Episodes]) -> Result<Vec<Verdict>, RunError> {
    collect(rows, runs).map_err(|error| RunError::table("episodes.parquet", &error))
}

fn collect(rows: &[Row], runs: &[Episodes]) -> PolarsResult<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for row in rows {
        let Some(run) = runs.iter().find(|run| run.dataset == row.figures.dataset) else { continue };
        for (quantity, published) in figures(row) {
            let simulated = simulated(run, row, quantity)?;
            let Row { group, row, figures, conventions, .. } = row.clone();
            let dataset = figures.dataset;
            verdicts.push(Verdict { group, dataset, row, conventions, quantity, published, simulated });
        }
    }
    verdicts.extend(agreements(runs)?);
    Ok(verdicts)
}

/// The figures of a row. A published path stands against both bounds of the released conventions.
fn figures(row: &Row) -> impl Iterator<Item = (Quantity, f64)> {
    let layers = row.figures.path.filter(|_| row.conventions == Conventions::Released);
    [
        (Quantity::Score, row.figures.score),
        (Quantity::Path, row.figures.path),
        (Quantity::Layers, layers),
        (Quantity::Prompt, row.figures.prompt),
        (Quantity::Completion, row.figures.completion),
    ]
    .into_iter()
    .filter_map(|(quantity, value)| Some((quantity, value?)))
}

fn simulated(run: &Episodes, row: &Row, quantity: Quantity) -> PolarsResult<Estimate> {
    let column = match (quantity, row.conventions) {
        (Quantity::Path, Conventions::Released) => "cp_len_released",
        _ => quantity.column(),
    };
    let values = run.numbers(&row.method, column)?;
    let queries = values.iter().map(Vec::len).max().unwrap_or(0) as f64;
    let scale = match quantity {
        Quantity::Score => 100.0,
        Quantity::Prompt | Quantity::Completion => queries,
        _ => 1.0,
    };
    Ok(mean(values, scale))
}

/// The mean of `[seeds][queries]`, in another unit.
fn mean(mut values: Vec<Vec<f64>>, scale: f64) -> Estimate {
    values.iter_mut().flatten().for_each(|value| *value *= scale);
    Resampled::of(&[values], RESAMPLES).mean(0)
}

/// How often a sample of chain of thought and one of a program agree: on each set of maths problems and on all.
fn agreements(runs: &[Episodes]) -> PolarsResult<Vec<Verdict>> {
    let mut sets: Vec<(String, Vec<Vec<f64>>)> = Vec::new();
    for run in runs {
        let (reasoned, programs) = (run.answers("gen_cot")?, run.answers("program")?);
        if !programs.is_empty() {
            let seeds = reasoned.iter().zip(&programs);
            let agree = seeds.map(|(a, b)| a.iter().zip(b).map(|(a, b)| agree(a, b)).collect()).collect();
            sets.push((run.dataset.clone(), agree));
        }
    }
    if sets.len() > 1 {
        let seeds = sets.iter().map(|(_, seeds)| seeds.len()).min().unwrap_or(0);
        let all = |seed: usize| sets.iter().flat_map(|(_, seeds)| seeds[seed].clone()).collect();
        let name = sets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" and ");
        sets.push((name, (0..seeds).map(all).collect()));
    }
    let verdict = |(dataset, values)| Verdict {
        group: Group::HeldOut,
        dataset,
        row: "one chain of thought, one program".to_owned(),
        conventions: Conventions::Honest,
        quantity: Quantity::Agreement,
        published: AGREEMENT,
        simulated: mean(values, 100.0),
    };
    Ok(sets.into_iter().map(verdict).collect())
}

/// 1 where two answers are the same: both right, or both wrong in the same way. NaN where one is unscored.
fn agree(a: &(Option<f64>, String), b: &(Option<f64>, String)) -> f64 {
    match (a.0, b.0) {
        (Some(one), Some(other)) if one != other => 0.0,
        (Some(one), Some(_)) => f64::from(u8::from(one == 1.0 || a.1 == b.1)),
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(group: Group, quantity: Quantity, published: f64, value: f64) -> Verdict {
        let simulated = Estimate { value, low: value, high: value };
        let (dataset, row) = ("math".to_owned(), "MaAS".to_owned());
        Verdict { group, dataset, row, conventions: Conventions::Honest, quantity, published, simulated }
    }

    #[test]
    fn scores_are_held_in_points_and_lengths_in_percent() {
        let off = |quantity, published, value| verdict(Group::Calibration, quantity, published, value).deviation();
        assert!((off(Quantity::Score, 50.0, 50.9) - 0.9).abs() < 1e-9);
        assert!((off(Quantity::Path, 200.0, 190.0) + 5.0).abs() < 1e-9);
    }

    #[test]
    fn held_out_rows_may_be_further_off() {
        for (group, points, percent) in [(Group::Calibration, 1.0, 5.0), (Group::HeldOut, 2.0, 15.0)] {
            let within = |quantity, value| verdict(group, quantity, 100.0, value).within();
            assert!(within(Quantity::Score, 100.0 - points + 0.01) && !within(Quantity::Score, 100.0 - points - 0.01));
            assert!(within(Quantity::Path, 100.0 + percent - 0.01) && !within(Quantity::Path, 100.0 + percent + 0.01));
        }
    }

    #[test]
    fn answers_agree_when_right_together_or_wrong_alike() {
        let answer = |score, text: &str| (score, text.to_owned());
        assert_eq!(agree(&answer(Some(1.0), "18"), &answer(Some(1.0), "18.0")), 1.0);
        assert_eq!(agree(&answer(Some(0.0), "17"), &answer(Some(0.0), "17")), 1.0);
        assert_eq!(agree(&answer(Some(0.0), "17"), &answer(Some(0.0), "16")), 0.0);
        assert_eq!(agree(&answer(Some(1.0), "18"), &answer(Some(0.0), "18 ")), 0.0);
        assert!(agree(&answer(None, ""), &answer(Some(1.0), "18")).is_nan());
    }

    #[test]
    fn every_published_row_has_its_method_in_its_experiment() {
        let experiments = super::super::experiments(&[]).unwrap();
        for row in super::super::published::rows() {
            let experiment =
                experiments.iter().find(|experiment| experiment.draft.datasets == [row.figures.dataset.clone()]);
            let methods = &experiment.expect("each problem set has an experiment").methods;
            assert!(methods.iter().any(|method| method.name == row.method), "{row:?}");
        }
    }
}
