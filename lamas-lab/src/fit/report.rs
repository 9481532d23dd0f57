//! The table of fitted numbers, and a figure for each fit.

use std::path::{Path, PathBuf};

use lamas_plots::{DotPanel, DotSeries, Dots, Estimate as Plotted, Figure, Histogram, HistogramPanel};
use lamas_sim::Profile;
use lamas_sim::expect::Population;

use super::correctness::{Count, beta_binomial, probability};
use super::recorded::{Recorded, Verdict};
use super::seed::Candidate;
use super::{Fit, Standing, lengths, pairs, text};
use crate::figures::save;
use crate::validate::published::rows;
use lamas_bench::run::RunError;
use lamas_core::wording::count;
use lamas_record::directory::write_text;
use lamas_record::provenance::Provenance;
use lamas_report::bootstrap::Estimate;
use lamas_report::table::{Block, Cell, Table};

/// The fitted numbers beside the profile's.
#[must_use]
pub fn table(fits: &[Fit]) -> Table {
    let head = ["Quantity", "On", "Fitted here [95%]", "In the profile", "There it is", "Agree", "Source"];
    let rows = fits.iter().map(|fit| {
        let cells = [
            fit.quantity.clone(),
            fit.on.clone(),
            shown(fit.fitted),
            significant(fit.profile),
            match fit.standing {
                Standing::Fitted => "fitted",
                Standing::Assumed => "assumed",
            }
            .to_owned(),
            if fit.agrees() { "yes" } else { "no" }.to_owned(),
            fit.source.to_owned(),
        ];
        cells.map(Cell::new).to_vec()
    });
    Table {
        title: "The profile's numbers, fitted again".to_owned(),
        notes: vec![
            "kappa: how correctness spreads over problems; breaks: right to wrong in a review; ensemble: tokens of its \
             call; spread: of log lengths, within and between problems; delta: how much longer wrong answers are; omega: \
             share of the commonest wrong answer; r: correlation of reasoned and program success."
                .to_owned(),
            "Agree: the profile's number lies in the interval, or within 5% where there is none. An assumed number has \
             its nearest evidence beside it, from another model. The profile is frozen and stays as it is."
                .to_owned(),
        ],
        head: head.map(str::to_owned).to_vec(),
        blocks: vec![Block { rows: rows.collect(), ..Block::default() }],
        simulated: Provenance::Real,
    }
}

fn shown(Estimate { value, low, high }: Estimate) -> String {
    let value = significant(value);
    if low < high { format!("{value} [{}, {}]", significant(low), significant(high)) } else { value }
}

/// Three digits that count.
fn significant(value: f64) -> String {
    let digits = if value.abs() >= 10.0 { 1 } else { 3 };
    format!("{value:.digits$}")
}

/// Writes the table and all figures; gives their paths.
///
/// # Errors
/// When a file cannot be written.
pub fn write(
    fits: &[Fit],
    recorded: Option<&Recorded>,
    profile: &Profile,
    seeds: &[Candidate],
    out: &Path,
) -> Result<Vec<PathBuf>, RunError> {
    std::fs::create_dir_all(out).map_err(|error| RunError::file(out, error))?;
    let path = out.join("fits.md");
    write_text(&path, &table(fits).markdown())?;
    let mut figures: Vec<(&str, Box<dyn Figure>)> = vec![("voting", Box::new(voting(profile)))];
    if let Some(recorded) = recorded {
        figures.push(("correctness", Box::new(correctness(recorded))));
        figures.push(("lengths", Box::new(length_spread(recorded))));
        figures.push(("text", Box::new(difficulty(recorded))));
        figures.push(("pairs", Box::new(both_ways(recorded))));
        figures.push(("evidence", Box::new(evidence(fits))));
    }
    if !seeds.is_empty() {
        figures.push(("seeds", Box::new(worlds(seeds))));
    }
    save(path, out, figures)
}

/// Rows with what was recorded or published, hollow, and what the fit makes of it.
fn side_by_side(
    title: &str,
    quantity: &str,
    rows: Vec<String>,
    given: (&str, Vec<f64>),
    fit: (&str, Vec<f64>),
) -> DotPanel {
    let series = |(name, values): (&str, Vec<f64>), published| DotSeries {
        name: name.to_owned(),
        published,
        values: values.into_iter().map(|value| Some(Plotted::exact(value))).collect(),
    };
    DotPanel {
        title: title.to_owned(),
        quantity: quantity.to_owned(),
        rows,
        series: vec![series(given, true), series(fit, false)],
    }
}

/// How many of a problem's samples are right: recorded, and beta-binomial.
fn correctness(recorded: &Recorded) -> Dots {
    let counts: Vec<Count> = recorded.eight.iter().map(|problem| Count::of(&problem.right)).collect();
    let samples = counts.iter().map(|count| count.samples).max().unwrap_or(0);
    let fit = beta_binomial(&counts);
    let share = |right: u32| counts.iter().filter(|count| count.right == right).count() as f64 / counts.len() as f64;
    let panel = side_by_side(
        &format!("kappa = {:.2}, mu = {:.2}", fit.concentration, fit.mean),
        "share of problems",
        (0..=samples).map(|right| format!("{right} of {samples} right")).collect(),
        ("recorded", (0..=samples).map(share).collect()),
        ("beta-binomial", (0..=samples).map(|right| probability(fit, Count { right, samples })).collect()),
    );
    Dots { panels: vec![panel], ..Dots::default() }
}

/// Deviations of log lengths from their problem's mean, and of problems' means from theirs.
fn length_spread(recorded: &Recorded) -> Histogram {
    let means: Vec<f64> =
        recorded.eight.iter().map(|p| p.log_lengths.iter().sum::<f64>() / p.log_lengths.len() as f64).collect();
    let centre = means.iter().sum::<f64>() / means.len() as f64;
    let fit = lengths::components(&recorded.eight);
    let within = recorded.eight.iter().zip(&means).flat_map(|(problem, mean)| {
        // Eight deviations from their own mean are a little too small.
        let n = problem.log_lengths.len() as f64;
        problem.log_lengths.iter().map(move |length| (length - mean) * (n / (n - 1.0)).sqrt())
    });
    let panel = |title: &str, values: Vec<f64>, sd: f64| HistogramPanel {
        title: format!("{title}, sd {sd:.2}"),
        quantity: "log length".to_owned(),
        values,
        curve: normal(sd),
    };
    Histogram {
        panels: vec![
            panel("within problems", within.collect(), fit.within),
            panel("between problems", means.iter().map(|mean| mean - centre).collect(), fit.between),
        ],
        sample: "recorded".to_owned(),
        fit: "normal".to_owned(),
        note: None,
    }
}

fn normal(sd: f64) -> Vec<(f64, f64)> {
    let density = |z: f64| (-z * z / 2.0).exp() / (sd * (2.0 * std::f64::consts::PI).sqrt());
    (-60..=60).map(|step| f64::from(step) / 20.0).map(|z| (z * sd, density(z))).collect()
}

/// Groups of problems by how hard their text looks.
const GROUPS: usize = 8;

/// Success of problems whose text looks equally hard: recorded, and predicted by the regression.
fn difficulty(recorded: &Recorded) -> Dots {
    let rows = &recorded.verdicts;
    let fit = text::regression(rows);
    let columns = [0, 1].map(|index| text::standardised(rows.iter().map(|row| row.features[index]).collect()));
    let mean = rows.iter().map(|row| row.success).sum::<f64>() / rows.len() as f64;
    let mut predicted: Vec<(f64, &Verdict)> = rows
        .iter()
        .enumerate()
        .map(|(row, verdict)| (fit.predict([columns[0][row], columns[1][row]]), verdict))
        .collect();
    predicted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let groups: Vec<&[(f64, &Verdict)]> = predicted.chunks(predicted.len().div_ceil(GROUPS)).collect();
    let average = |group: &[(f64, &Verdict)], read: &dyn Fn(&(f64, &Verdict)) -> f64| {
        group.iter().map(read).sum::<f64>() / group.len() as f64
    };
    let panel = side_by_side(
        &format!("R squared = {:.2}", fit.r_squared),
        "share of models that solve it",
        (1..=groups.len()).map(|group| format!("{group} of {GROUPS}, hardest text first")).collect(),
        ("recorded", groups.iter().map(|group| average(group, &|(_, verdict)| verdict.success)).collect()),
        ("regression", groups.iter().map(|group| mean + average(group, &|(predicted, _)| *predicted)).collect()),
    );
    Dots { panels: vec![panel], ..Dots::default() }
}

/// Both right, by pair of models: recorded, and without any correlation.
fn both_ways(recorded: &Recorded) -> Dots {
    let tables: Vec<(&str, pairs::Table)> =
        recorded.pairs.iter().map(|(name, pairs)| (name.as_str(), pairs::Table::of(pairs))).collect();
    let agreement = |both: f64, table: &pairs::Table| pairs::Table { both, ..*table }.agreement();
    let panel = side_by_side(
        "Verdicts that agree",
        "share of problems",
        tables.iter().map(|(name, table)| format!("r = {:.2}, {name}", pairs::tetrachoric(table))).collect(),
        ("recorded", tables.iter().map(|(_, table)| table.agreement()).collect()),
        ("independent", tables.iter().map(|(_, table)| agreement(table.first * table.second, table)).collect()),
    );
    Dots { panels: vec![panel], ..Dots::default() }
}

/// The score of CoT*5+SC over kappa, beside the published one.
fn voting(profile: &Profile) -> Dots {
    const KAPPAS: [f64; 7] = [0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0];
    let published = rows();
    let panels = profile.sections.iter().filter_map(|(name, section)| {
        let row = published.iter().find(|row| row.figures.dataset == *name && row.method == "cot5_sc")?;
        let population = Population::new(profile, section);
        Some(side_by_side(
            name,
            "score of CoT*5+SC, %",
            KAPPAS.iter().map(|kappa| format!("kappa = {kappa}")).collect(),
            ("published", vec![row.figures.score?; KAPPAS.len()]),
            ("expected", KAPPAS.iter().map(|&kappa| 100.0 * population.voted_at(kappa)).collect()),
        ))
    });
    Dots { panels: panels.collect(), ..Dots::default() }
}

/// Numbers with an interval beside the profile's.
fn evidence(fits: &[Fit]) -> Dots {
    let with_interval: Vec<&Fit> = fits.iter().filter(|fit| fit.fitted.low < fit.fitted.high).collect();
    let interval = |fit: &&Fit| {
        let Estimate { value, low, high } = fit.fitted;
        Some(Plotted::between(value, low, high))
    };
    let panel = DotPanel {
        title: "recorded outputs and the profile".to_owned(),
        quantity: "value".to_owned(),
        rows: with_interval.iter().map(|fit| format!("{}, {}", fit.quantity, fit.on)).collect(),
        series: vec![
            DotSeries {
                name: "profile".to_owned(),
                published: true,
                values: with_interval.iter().map(|fit| Some(Plotted::exact(fit.profile))).collect(),
            },
            DotSeries {
                name: "fitted".to_owned(),
                published: false,
                values: with_interval.iter().map(interval).collect(),
            },
        ],
    };
    Dots { panels: vec![panel], intervals: "95% over problems".to_owned(), ..Dots::default() }
}

/// How far off the calibration rows are at worst, over seeds.
fn worlds(seeds: &[Candidate]) -> Histogram {
    let panel = HistogramPanel {
        title: count(seeds.len(), "seed"),
        quantity: "largest deviation, points".to_owned(),
        values: seeds.iter().map(|candidate| candidate.worst).collect(),
        curve: Vec::new(),
    };
    Histogram {
        panels: vec![panel],
        sample: "seeds".to_owned(),
        fit: String::new(),
        note: Some("simulated model".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_agrees() {
        let fit = |value, low, high, profile, standing| Fit {
            quantity: "kappa".to_owned(),
            on: "math".to_owned(),
            fitted: Estimate { value, low, high },
            profile,
            source: "a source",
            standing,
        };
        let fits = [
            fit(0.34, 0.2, 0.5, 0.3, Standing::Assumed),
            fit(59.2, 59.2, 59.2, 59.0, Standing::Fitted),
            fit(0.1, 0.05, 0.15, 0.2, Standing::Fitted),
        ];
        insta::assert_snapshot!(table(&fits).markdown());
    }
}
