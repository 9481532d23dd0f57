//! Runs every point and draws the conclusions there.

use std::path::Path;
use std::sync::Arc;

use lamas_controller::settings::Settings;
use polars::error::PolarsResult;

use super::plan::{Conclusion, Name, Plan, Point, Quantity};
use lamas_bench::run::RunError;
use lamas_bench::run::progress::Progress;
use lamas_bench::run::stop::Stop;
use lamas_bench::run::sweep::{Phase, Sweep};
use lamas_experiment::dataset::DataFolders;
use lamas_report::bootstrap::{Estimate, Resampled};
use lamas_report::episodes::Episodes;

/// Resamples behind each interval.
const RESAMPLES: usize = 1000;

/// A point and each conclusion there, in the plan's order.
#[derive(Debug, Clone)]
pub struct World {
    /// What is changed.
    pub point: Point,
    /// The differences, above zero where a conclusion holds.
    pub conclusions: Vec<Estimate>,
}

/// Runs every point of a plan below a folder.
///
/// # Errors
/// When a problem set is missing, a run ends without a result, or a file cannot be written.
pub fn run(
    plan: &Plan,
    folders: &DataFolders,
    out: &Path,
    stop: &Stop,
    progress: &dyn Progress,
) -> Result<Vec<World>, RunError> {
    let points = plan.points();
    let mut worlds = Vec::with_capacity(points.len());
    for (index, point) in points.iter().enumerate() {
        progress.stage(&format!("point {} of {}", index + 1, points.len()));
        let mut runs = Vec::new();
        for variant in plan.variants() {
            let experiment = plan.experiment(&variant, point)?;
            let hash = experiment.hash();
            let sweep = Sweep::prepare(experiment, folders, &out.join(&hash[..12]), progress, Arc::new(()))?;
            sweep.run(Phase::Both, stop, progress)?;
            runs.push((variant, Episodes::read(sweep.directory())?));
        }
        let conclusions = plan.conclusions.iter().map(|conclusion| conclude(conclusion, &runs));
        let conclusions = conclusions.collect::<PolarsResult<Vec<_>>>();
        let conclusions = conclusions.map_err(|error| RunError::table("episodes.parquet", &error))?;
        worlds.push(World { point: point.clone(), conclusions });
    }
    Ok(worlds)
}

/// The difference of a conclusion, paired over queries and seeds.
fn conclude(conclusion: &Conclusion, runs: &[(String, Episodes)]) -> PolarsResult<Estimate> {
    let of = |name: &Name| -> PolarsResult<Vec<Vec<f64>>> {
        let found = runs.iter().find(|(variant, _)| *variant == name.variant);
        let (_, episodes) = found.expect("a plan is checked for the variants that it names");
        values(episodes, &name.method, conclusion.quantity)
    };
    let resampled = Resampled::of(&[of(&conclusion.method)?, of(&conclusion.against)?], RESAMPLES);
    let Estimate { value, low, high } = match conclusion.quantity {
        Quantity::Shorter => {
            // Relative lengths are negative where the first is shorter.
            let longer = resampled.relative(0, 1);
            Estimate { value: -longer.value, low: -longer.high, high: -longer.low }
        }
        Quantity::Score | Quantity::Utility => resampled.difference(0, 1),
    };
    let margin = conclusion.margin;
    Ok(Estimate { value: value + margin, low: low + margin, high: high + margin })
}

/// A quantity of a method's test episodes: `[seeds][queries]`.
fn values(episodes: &Episodes, method: &str, quantity: Quantity) -> PolarsResult<Vec<Vec<f64>>> {
    let column = |name: &str| episodes.numbers(method, name);
    Ok(match quantity {
        Quantity::Shorter => column("cp_len")?,
        Quantity::Score => scaled(column("score")?, 100.0),
        Quantity::Utility => {
            let weights = Settings::honest();
            let (cost, path) = (column("cost_usd")?, column("cp_len")?);
            let mut utility = scaled(column("score")?, 100.0);
            for (seed, row) in utility.iter_mut().enumerate() {
                for (query, value) in row.iter_mut().enumerate() {
                    *value -= 100.0 * (weights.lambda_c * cost[seed][query] + weights.lambda_t * path[seed][query]);
                }
            }
            utility
        }
    })
}

fn scaled(mut values: Vec<Vec<f64>>, by: f64) -> Vec<Vec<f64>> {
    values.iter_mut().flatten().for_each(|value| *value *= by);
    values
}
