//! Many episodes in flight against a served model: how much longer the whole takes than its critical path.
//!
//! The served model answers as the one in the program does. So the same experiment runs twice: once in the program, under
//! a virtual clock, where an episode lasts as long as is modelled and no longer; once over HTTP on the clock of the wall.
//!
//! ```text
//! over = wall clock of all episodes / the longest modelled episode - 1
//! ```

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;

use super::child::command;
use super::part::{Measured, Setup};
use super::row::{Row, Target};
use super::spread::{Spread, timed};
use lamas_bench::run::RunError;
use lamas_bench::run::progress::Silent;
use lamas_bench::run::stop::Stop;
use lamas_bench::run::sweep::{Phase, Sweep};
use lamas_experiment::config::Experiment;
use lamas_record::directory::write_text;
use lamas_record::parquet::read_columns;

/// The bundled word problems have so many test rows.
const IN_FLIGHT: usize = 256;

/// What is in flight.
struct Load {
    what: &'static str,
    graph: &'static str,
    /// Calls that an episode makes at once.
    calls: usize,
    /// How much longer than modelled all may take, in per cent.
    at_most: f64,
}

const LOADS: [Load; 2] = [
    // Two chains of thought at once, then the more consistent of them: a chain of two calls.
    Load { what: "episodes", graph: "[[generate_cot, generate_cot], [sc_ensemble]]", calls: 2, at_most: 2.0 },
    // Six of the eight are cancelled.
    Load { what: "races of 8", graph: "[{race: {generate_cot: 8}, until: {agree: 2}}]", calls: 8, at_most: 0.5 },
];

/// Measures it.
///
/// # Errors
/// When the server or a run fails.
pub fn measure(setup: &Setup) -> Result<Measured, RunError> {
    let rows = LOADS.iter().map(|load| measure_one(setup, load)).collect::<Result<Vec<_>, _>>()?;
    Ok(Measured { rows, curves: Vec::new() })
}

fn measure_one(setup: &Setup, load: &Load) -> Result<Row, RunError> {
    let in_flight = setup.amount(IN_FLIGHT, 8);
    // Faster than modelled only to see that it works: the shorter the path, the more of it is our own work.
    let speed = setup.amount(1, 20) as f64;
    let (_, modelled) = run(setup, load, in_flight, "simulated")?;
    let longest = modelled.iter().map(|episode| episode.seconds).fold(0.0, f64::max) / speed;
    let server = Server::start(speed)?;
    let mut over = Vec::new();
    let mut same = 0;
    for _ in 0..setup.repetitions {
        let (seconds, lived) = run(setup, load, in_flight, &server.model(load.calls * in_flight))?;
        over.push(100.0 * (seconds / longest - 1.0));
        same = modelled.iter().zip(&lived).filter(|(modelled, lived)| modelled.tokens == lived.tokens).count();
    }
    let row = Row::measured(
        format!("executor over the critical path, live, {in_flight} {} in flight", load.what),
        "% more",
        Target::AtMost(load.at_most),
        Spread::of(over),
    );
    Ok(row.noted(format!(
        "the longest takes {longest:.1} s; {same} of {in_flight} {} have the modelled path in tokens",
        load.what
    )))
}

/// An episode's critical path.
struct Length {
    seconds: f64,
    tokens: f64,
}

/// The wall clock of all episodes, and their critical paths.
fn run(setup: &Setup, load: &Load, in_flight: usize, model: &str) -> Result<(f64, Vec<Length>), RunError> {
    let folder = tempfile::tempdir_in(&setup.scratch).map_err(|error| RunError::file(&setup.scratch, error))?;
    let file = folder.path().join("live.yaml");
    write_text(&file, &experiment(load, in_flight, model))?;
    let experiment = Experiment::load(&file, &[])?;
    let out = folder.path().join("run");
    let sweep = Sweep::prepare(experiment, &setup.folders(), &out, &Silent, Arc::new(()))?;
    let (seconds, _) = timed(|| sweep.run(Phase::Both, &Stop::default(), &Silent))?;
    Ok((seconds, paths(&out)?))
}

fn experiment(load: &Load, in_flight: usize, model: &str) -> String {
    let graph = load.graph;
    format!(
        "version: 1
name: live
datasets: [words]
methods: [{{name: loaded, graph: {graph}, steps: false}}]
seeds: 1
limit: {{train: 1, test: {in_flight}}}
concurrency: {in_flight}
traces: 1
store: {{mode: \"off\"}}
model: {model}
"
    )
}

fn paths(out: &Path) -> Result<Vec<Length>, RunError> {
    let file = out.join("episodes.parquet");
    let table = read_columns(&file, &["latency_s", "cp_len"])?;
    let column = |name: &str| -> polars::prelude::PolarsResult<Vec<f64>> {
        Ok(table.column(name)?.f64()?.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    };
    let read = || Ok::<_, polars::prelude::PolarsError>((column("latency_s")?, column("cp_len")?));
    let (seconds, tokens) = read().map_err(|error| RunError::table(&file, &error))?;
    Ok(seconds.into_iter().zip(tokens).map(|(seconds, tokens)| Length { seconds, tokens }).collect())
}

/// `serve-sim` as a process, ended with this.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(speed: f64) -> Result<Self, RunError> {
        let refused =
            |error: &dyn std::fmt::Display| RunError::Environment(format!("serve-sim cannot be run: {error}"));
        let speed = speed.to_string();
        let name = ["--model-name", MODEL];
        let mut command =
            command(["serve-sim", "--port", "0", "--dataset", "words", "--speed", &speed].iter().chain(&name))?;
        let mut process =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(|error| refused(&error))?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(|error| refused(&error))?;
        }
        let url = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        let server = Self { process, url };
        if server.url.is_empty() { Err(refused(&"it does not say where it listens")) } else { Ok(server) }
    }

    /// The experiment's model: so many calls may be in flight, and none is refused.
    fn model(&self, calls: usize) -> String {
        format!(
            "{{openai: {{name: {MODEL}, send_sample: true, endpoints: [{{base_url: \"{}\", concurrency: {calls}}}]}}}}",
            self.url
        )
    }
}

const MODEL: &str = "gpt-4o-mini";

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
