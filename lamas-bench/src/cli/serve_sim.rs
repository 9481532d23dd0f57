//! `serve-sim`.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use lamas_core::random::Seed;
use lamas_core::units::Seconds;
use lamas_operators::python::{PythonPool, SandboxSettings};
use lamas_sim::serve::{Faults, Limits, Rates, RequestLog, Script, Server, ServerSettings, Speed};
use lamas_sim::{Catalogue, CatalogueEntry, Mutants, Profile, SimModel, prepare};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use super::data_dir::DataDir;
use super::out::{self, say, warn};
use crate::run::RunError;
use lamas_experiment::config::model::Simulated;
use lamas_experiment::config::{ConfigError, Tree};
use lamas_experiment::dataset::load::{find, own, read};
use lamas_experiment::dataset::{DataFolders, Manifest};

/// How many threads serve.
const WORKERS: usize = 2;

/// The simulated model as a server.
#[derive(Debug, Args)]
pub struct ServeSimArgs {
    /// The port; 0 for any that is free.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,

    /// The address to listen at.
    #[arg(long, default_value = "127.0.0.1")]
    pub host: IpAddr,

    /// How many times faster than modelled time passes; `inf` for no waiting at all.
    #[arg(long, default_value = "1")]
    pub speed: Speed,

    /// The model's profile: an embedded one (gpt-4o-mini, stress) or a YAML file.
    #[arg(long, default_value = "gpt-4o-mini", value_name = "NAME|FILE")]
    pub profile: PathBuf,

    /// A problem set that the model knows, with all rows of its file; may be repeated. All whose files are there by
    /// default.
    #[arg(long = "dataset", value_name = "NAME")]
    pub datasets: Vec<String>,

    /// The model's name in requests; the profile's by default.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub model_name: Option<String>,

    /// A share of attempts that fail, e.g. `429=0.1`; may be repeated. There are 429, 500, 503, reset, timeout, cut,
    /// malformed, empty, blank and displaced.
    #[arg(long = "fault", value_name = "FAULT=RATE")]
    pub faults: Vec<String>,

    /// Which attempts these rates hit.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub fault_seed: u64,

    /// Faults by script: a YAML list of rules, which go before the rates.
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,

    /// What a 429 asks to wait, in modelled seconds.
    #[arg(long, default_value = "1", value_name = "SECONDS", value_parser = seconds)]
    pub retry_after: Seconds,

    /// Refuse what holds no known problem, instead of answering it with a text about nothing.
    #[arg(long)]
    pub strict: bool,

    /// Write a JSON line for each request into this file.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// Where problem sets lie.
    #[command(flatten)]
    pub data: DataDir,
}

impl ServeSimArgs {
    /// The files that it is told to read.
    #[must_use]
    pub fn inputs(&self) -> Vec<&Path> {
        self.script.as_deref().into_iter().chain([&*self.profile]).collect()
    }
}

/// Serves until Ctrl-C, or until it is told to end.
///
/// # Errors
/// When an argument, a problem set or the sandbox is not fit, or the port is taken.
pub fn run(args: &ServeSimArgs) -> anyhow::Result<()> {
    let script = args.script.as_deref().map(script).transpose()?.unwrap_or_default();
    let rates = Rates::parse(args.faults.iter().map(String::as_str)).map_err(|error| wrong("--fault", &error))?;
    let faults = Faults { rates, seed: Seed(args.fault_seed), script };
    let profile = Simulated::named(&args.profile).load().map_err(|error| wrong("--profile", &error))?;
    let runtime = runtime()?;
    let folders = args.data.folders()?;
    let entries = entries(&folders, &args.datasets)?;
    let problems = entries.len();
    let log = args.log.as_deref().map(|path| log(path, args)).transpose()?;
    let settings = ServerSettings {
        model: args.model_name.clone().unwrap_or_else(|| profile.name.clone()),
        fingerprint: profile.hash()[..10].to_owned(),
        strict: args.strict,
        speed: args.speed,
        retry_after: args.retry_after,
        faults,
        log,
        limits: Limits::default(),
    };
    let name = settings.model.clone();
    let server = Server::new(Arc::new(model(profile, entries, &runtime)?), settings);
    let listener = runtime.block_on(TcpListener::bind((args.host, args.port))).map_err(|error| {
        RunError::Environment(format!("{}:{} cannot be listened at: {error}", args.host, args.port))
    })?;
    let address = listener.local_addr().context("the socket has no address")?;
    // Whoever asks may have read enough; the server stays.
    let _ = say(format_args!("listening on http://{address}/v1"));
    warn(format_args!("the simulated model `{name}` knows {problems} problems and answers any text; Ctrl-C ends it"));
    let stop = stop_on_ctrl_c()?;
    let unknown = runtime.block_on(server.serve(listener, async move { stop.notified().await }));
    if unknown > 0 {
        let became = if args.strict { "refused" } else { "answered with a text about nothing" };
        warn(format_args!("{unknown} requests held no known problem and were {became}"));
    }
    Ok(())
}

fn seconds(text: &str) -> Result<Seconds, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds >= 0.0 && seconds.is_finite());
    seconds.map(Seconds).ok_or_else(|| "write a number of seconds, 0 or more".to_owned())
}

/// An argument that cannot be used.
fn wrong(place: &str, error: &dyn std::fmt::Display) -> RunError {
    ConfigError::Invalid { place: place.to_owned(), message: error.to_string() }.into()
}

fn runtime() -> Result<Runtime, RunError> {
    let refused = |error| RunError::Environment(format!("the runtime cannot be started: {error}"));
    Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build().map_err(refused)
}

fn script(path: &Path) -> Result<Script, RunError> {
    let text = Tree::text_of(path)?;
    // What its own parser would expand, or drop, or tell without a line.
    Tree::of(path, &text)?;
    Script::parse(&text, &path.display().to_string()).map_err(|error| wrong("--script", &error))
}

/// Every row of the sets that are named, or of all that are there.
fn entries(folders: &DataFolders, names: &[String]) -> anyhow::Result<Vec<CatalogueEntry>> {
    let all = if names.is_empty() { folders.names() } else { names.to_vec() };
    let mut entries = Vec::new();
    for name in all {
        let manifest = folders.manifest(&name)?;
        match find(folders, &manifest) {
            Ok(path) => entries.extend(rows(&manifest, &path)?),
            Err(_) if names.is_empty() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(entries)
}

fn rows(manifest: &Manifest, path: &Path) -> anyhow::Result<Vec<CatalogueEntry>> {
    let bytes = read(path)?;
    let section: Arc<str> = manifest.simulated_as.as_str().into();
    let tasks = own(manifest, path, &bytes)?;
    Ok(tasks.iter().map(|task| CatalogueEntry { task: (**task).clone(), section: Arc::clone(&section) }).collect())
}

/// The model that knows these problems. Wrong programs of code problems that the library does not carry are made now.
fn model(profile: Profile, entries: Vec<CatalogueEntry>, runtime: &Runtime) -> anyhow::Result<SimModel> {
    let environment = |error: &dyn std::fmt::Display| RunError::Environment(error.to_string());
    // The programs that run here are our own, so that any level of confinement will do.
    let settings = SandboxSettings { allow_reduced: true, ..SandboxSettings::default() };
    let pool = PythonPool::new(settings).map_err(|error| environment(&error))?;
    let tasks = entries.iter().map(|entry| &entry.task);
    let prepared =
        runtime.block_on(prepare(tasks, &pool, Mutants::embedded(), WORKERS)).map_err(|error| environment(&error))?;
    if let Some(id) = prepared.failing_references.first() {
        anyhow::bail!(RunError::Environment(format!("the reference program of {id} does not pass its own tests here")));
    }
    let catalogue = Catalogue::new(entries, &prepared.mutants).map_err(|error| environment(&error))?;
    Ok(SimModel::new(profile, catalogue).map_err(|error| environment(&error))?)
}

fn log(path: &Path, args: &ServeSimArgs) -> Result<RequestLog, RunError> {
    out::none_of(path, &args.inputs())?;
    RequestLog::create(path).map_err(|error| RunError::file(path, format!("the log cannot be written: {error}")))
}

/// The first Ctrl-C, or SIGTERM, lets answers end; the second ends at once.
fn stop_on_ctrl_c() -> anyhow::Result<Arc<Notify>> {
    let stop = Arc::new(Notify::new());
    let told = Arc::clone(&stop);
    let mut again = false;
    ctrlc::set_handler(move || {
        if again {
            std::process::exit(130);
        }
        again = true;
        told.notify_one();
    })
    .context("Ctrl-C cannot be watched for")?;
    Ok(stop)
}
