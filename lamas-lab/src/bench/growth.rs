//! How seconds and memory of a sweep grow: over episodes, over episodes in flight, and over threads.

use super::child::Took;
use super::curve::Curve;
use super::part::{Measured, QUICKSTART, Setup};
use super::quickstart::episodes;
use super::row::{Row, Target};
use super::spread::Spread;
use lamas_bench::run::RunError;

/// Processor seconds may grow by this power of the episodes, and memory by this: proportionally and not at all, with
/// room for noise.
const LINEAR: f64 = 1.05;
const FLAT: f64 = 0.1;

/// Measures it.
///
/// # Errors
/// When a run fails.
pub fn measure(setup: &Setup) -> Result<Measured, RunError> {
    let set = |setting: String| vec!["--set".to_owned(), setting];
    let one_seed = |mut args: Vec<String>| {
        args.extend(set("seeds=1".to_owned()));
        args
    };
    let mut grown = Runs::over(setup, &[1, 2, 4, 8], |seeds| set(format!("seeds={seeds}")))?;
    grown.amounts.clone_from(&grown.episodes);
    let flight = Runs::over(setup, &[1, 4, 16, 64, 256], |flight| one_seed(set(format!("concurrency={flight}"))))?;
    let threads = Runs::over(setup, &[1, 2, 4], |threads| one_seed(vec!["--threads".to_owned(), threads.to_string()]))?;
    let wall = |took: &Took| took.seconds;
    let processor = |took: &Took| took.processor_seconds;
    let seconds = grown.curve("episodes", "s", PROCESSOR, processor);
    let memory = grown.curve("episodes", "MB", "memory", |took| took.peak_mb);
    let rows = vec![
        Row::measured("processor time grows as episodes to the power", "", Target::AtMost(LINEAR), exponent(&seconds)),
        Row::measured("memory grows as episodes to the power", "", Target::AtMost(FLAT), exponent(&memory)),
    ];
    let curves = vec![
        seconds,
        grown.curve("episodes", "s", WALL, wall),
        memory,
        flight.curve("episodes in flight", "s", PROCESSOR, processor),
        flight.curve("episodes in flight", "s", WALL, wall),
        threads.curve("threads", "s", PROCESSOR, processor),
        threads.curve("threads", "s", WALL, wall),
    ];
    Ok(Measured { rows, curves })
}

const PROCESSOR: &str = "sweep, processor time";
const WALL: &str = "sweep, wall clock";

fn exponent(curve: &Curve) -> Spread {
    Spread::of(vec![curve.exponent()])
}

/// Runs at several amounts of work.
struct Runs {
    amounts: Vec<f64>,
    episodes: Vec<f64>,
    took: Vec<Vec<Took>>,
}

impl Runs {
    /// Sweeps like the quickstart on the word problems alone; `args` are those of an amount.
    fn over(setup: &Setup, amounts: &[usize], args: impl Fn(usize) -> Vec<String>) -> Result<Self, RunError> {
        let mut runs = Self { amounts: Vec::new(), episodes: Vec::new(), took: Vec::new() };
        for &amount in &amounts[..setup.amount(amounts.len(), 2)] {
            let mut args = args(amount);
            args.extend(["--set".to_owned(), "datasets=[words]".to_owned()]);
            if setup.quick {
                args.extend(["--set".to_owned(), "limit={train: 4, test: 8}".to_owned()]);
            }
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let (mut took, mut count) = (Vec::new(), 0);
            for _ in 0..setup.repetitions {
                let (one, episodes) = setup.experiment("sweep", QUICKSTART, &args, episodes)?;
                took.push(one);
                count = episodes;
            }
            runs.took.push(took);
            runs.amounts.push(amount as f64);
            runs.episodes.push(count as f64);
        }
        Ok(runs)
    }

    fn curve(&self, work: &'static str, unit: &'static str, name: &'static str, figure: fn(&Took) -> f64) -> Curve {
        let spread = |took: &Vec<Took>| Spread::of(took.iter().map(figure).collect());
        let points = self.amounts.iter().copied().zip(self.took.iter().map(spread)).collect();
        Curve { work, unit, name, points }
    }
}
