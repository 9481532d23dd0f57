//! `doctor`.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use lamas_core::stopwatch::Stopwatch;
use lamas_core::tool::{Goal, Program, ToolOutcome};
use lamas_llm::limit::{Answer, Author, Failure};
use lamas_llm::openai::{EndpointSettings, OpenAiSettings, Probe};
use lamas_operators::prompt::Prompts;
use lamas_operators::python::{PythonPool, SandboxSettings};
use lamas_sim::Profile;
use lamas_store::{Archive, Mode, StoreSettings};
use tokio::runtime::Builder;

use super::experiment::ExperimentArgs;
use super::out;
use super::sweep::overrides;
use crate::run::load::load_one;
use crate::run::{RunError, named, world};
use lamas_core::wording::{closest, count};
use lamas_experiment::config::encoder::EncoderSource;
use lamas_experiment::config::{Experiment, ModelChoice};
use lamas_experiment::dataset::{DataFolders, fit};
use lamas_record::recording;
use lamas_record::recording::manifest::RecordingManifest;

/// What a check found.
enum Finding {
    /// All is well.
    Fine(String),
    /// The run will work, but the user should know.
    Note(String),
    /// The run would not work: what is wrong, and what to do.
    Failed(String),
}

use Finding::{Failed, Fine, Note};

/// How many models of a server's list are named.
const SHOWN: usize = 8;

/// How long a server that loads its model is waited for, and how often it is asked.
const LOADING: Duration = Duration::from_secs(600);
const AGAIN: Duration = Duration::from_secs(1);

/// A finding for every thing that was checked, in order.
type Findings = Vec<(String, Finding)>;

/// Checks everything that an experiment needs, a line each.
///
/// # Errors
/// When the experiment cannot be read, or anything fails.
pub fn run(args: &ExperimentArgs) -> anyhow::Result<()> {
    let experiment = Experiment::load(&args.experiment, &overrides(args)).map_err(RunError::from)?;
    let folders = args.running.data.folders()?;
    let findings = check(&experiment, &folders)?;
    let mut out = out::stdout();
    for (what, finding) in &findings {
        let (word, text) = match finding {
            Fine(text) => ("ok", text),
            Note(text) => ("note", text),
            Failed(text) => ("failed", text),
        };
        writeln!(out, "{word:<7} {what:<11} {text}").map_err(out::unwritten)?;
    }
    let failed = findings.iter().filter(|(_, finding)| matches!(finding, Failed(_))).count();
    if failed > 0 {
        let message = format!("{failed} of {} checks failed; the lines above say what to do", findings.len());
        return Err(RunError::Environment(message).into());
    }
    Ok(())
}

fn check(experiment: &Experiment, folders: &DataFolders) -> Result<Findings, RunError> {
    let draft = &experiment.draft;
    let mut findings = Findings::new();
    let mut find = |what: &str, finding| findings.push((what.to_owned(), finding));
    for index in 0..draft.datasets.len() {
        find("data", data(folders, experiment, index));
    }
    let manifests: Vec<_> = draft.datasets.iter().filter_map(|name| folders.manifest(name).ok()).collect();
    if let Err(error) = fit::check(experiment, &manifests.iter().collect::<Vec<_>>()) {
        find("methods", Failed(error.to_string()));
    }
    for method in &experiment.methods {
        if let Some(graph) = method.graph().filter(|graph| graph.has_race()) {
            find("race", Fine(format!("{}: {graph}", method.name)));
        }
    }
    find("python", python(&draft.sandbox));
    find("sandbox", sandbox(&draft.sandbox, draft.model.is_simulated()));
    if let Some(folder) = &draft.prompts {
        let prompts = Prompts::load(Some(folder));
        find("prompts", prompts.map_or_else(|error| Failed(error.to_string()), |_| Fine(folder.display().to_string())));
    }
    if draft.encoder.source != EncoderSource::Hashed {
        let encoder = named::encoder(experiment);
        find(
            "encoder",
            encoder.map_or_else(|error| Failed(error.to_string()), |encoder| Fine(encoder.name().to_owned())),
        );
    }
    match &draft.model {
        ModelChoice::Simulated(simulated) => {
            let profile = simulated.load();
            find("model", profile.map_or_else(|error| Failed(error.to_string()), |profile| simulated_model(&profile)));
        }
        ModelChoice::Openai(settings) => {
            find("price", price(experiment, settings));
            find("budget", budget(experiment));
            for recording in &draft.store.recordings {
                find("recording", recorded(recording));
            }
            if !draft.store.is_read_only() {
                find("store", store(&draft.store));
            }
            if !draft.store.mode.asks() {
                find("endpoint", Note("nobody is asked: only what is recorded is answered".to_owned()));
            } else {
                findings.extend(endpoints(settings)?);
            }
        }
    }
    Ok(findings)
}

fn data(folders: &DataFolders, experiment: &Experiment, index: usize) -> Finding {
    match load_one(experiment, folders, index) {
        Ok(dataset) => {
            let name = &dataset.manifest.name;
            Fine(format!("{name}: {} to train, {} to test", count(dataset.train.len(), "row"), dataset.test.len()))
        }
        Err(error) => Failed(error.to_string()),
    }
}

/// Whether there is a Python, and whether it runs a program.
fn python(settings: &SandboxSettings) -> Finding {
    let pool = PythonPool::new(SandboxSettings { allow_reduced: true, ..settings.clone() });
    let (pool, report) = match pool.and_then(|pool| pool.report().map(|report| (pool, report))) {
        Ok(there) => there,
        Err(error) => return Failed(error.to_string()),
    };
    let program =
        Program { source: "def answer():\n    return 2 + 2\n".into(), goal: Goal::Call { function: "answer".into() } };
    match pool.run_blocking(&program).map(|run| run.outcome) {
        Ok(ToolOutcome::Returned(text)) if &*text == "4" => Fine(format!("{}, runs programs", report.python)),
        Ok(outcome) => Failed(format!("{}: 2 + 2 ended with {outcome:?}; raise the sandbox's limits", report.python)),
        Err(error) => Failed(error.to_string()),
    }
}

fn sandbox(settings: &SandboxSettings, simulated: bool) -> Finding {
    match PythonPool::new(settings.clone()) {
        Ok(pool) if settings.allow_reduced => {
            Note(format!("{} (reduced confinement is allowed)", pool.confinement().level))
        }
        Ok(pool) => Fine(pool.confinement().level.to_string()),
        Err(error) if simulated => Note(format!("{error} (the simulated model's programs are our own)")),
        Err(error) => Failed(error.to_string()),
    }
}

fn simulated_model(profile: &Profile) -> Finding {
    Fine(format!("simulated as {}: nobody is called", profile.name))
}

fn price(experiment: &Experiment, settings: &OpenAiSettings) -> Finding {
    match world::price(settings, &experiment.draft) {
        Ok(price) => Fine(format!("{} USD per million tokens in, {} out", price.input, price.output)),
        Err(error) => Failed(error.to_string()),
    }
}

fn budget(experiment: &Experiment) -> Finding {
    let budget = &experiment.draft.budget;
    let limits = [
        budget.usd.map(|usd| usd.to_string()),
        budget.tokens.map(|tokens| format!("{tokens} tokens")),
        budget.wall_clock.map(|seconds| seconds.to_string()),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    if limits.is_empty() {
        return Note("none; `lamas-bench plan` says what the experiment will take".to_owned());
    }
    Fine(limits.join(", "))
}

fn store(settings: &StoreSettings) -> Finding {
    let path = settings.path.display();
    if settings.mode == Mode::Off {
        return Note("off: what is answered is not kept, and an interrupted run pays again".to_owned());
    }
    if !settings.path.exists() && settings.mode.asks() {
        return Fine(format!("{path} will be begun"));
    }
    match Archive::existing(&settings.path).and_then(|archive| archive.stats()) {
        Ok(stats) => {
            Fine(format!("{path} holds {}", count(stats.models.iter().map(|m| m.answers).sum::<u64>(), "answer")))
        }
        Err(error) => Failed(error.to_string()),
    }
}

fn recorded(path: &Path) -> Finding {
    match recording::check(path) {
        Ok(manifest) => {
            let RecordingManifest { about, summary, .. } = manifest;
            let (file, answers) = (path.display(), count(summary.answers, "answer"));
            Fine(format!(
                "{file} holds {answers} of {} ({}), {} to {}",
                about.model, about.quantisation, summary.first, summary.last
            ))
        }
        Err(error) => Failed(error.to_string()),
    }
}

fn endpoints(settings: &OpenAiSettings) -> Result<Findings, RunError> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| RunError::Environment(format!("the runtime cannot be started: {error}")))?;
    let looks = settings.endpoints.iter().map(|endpoint| runtime.block_on(look(settings, endpoint)));
    Ok(looks.flatten().collect())
}

/// Asks until the server has loaded its model, or says something else.
async fn ready<T>(url: &str, ask: impl AsyncFn() -> Result<T, Failure>) -> Result<T, Failure> {
    let start = Instant::now();
    let mut told = false;
    loop {
        match ask().await {
            Err(failure) if Probe::is_loading(&failure) && start.elapsed() < LOADING => {
                if !std::mem::replace(&mut told, true) {
                    // Without a place to say it, it is waited for all the same.
                    let _ = writeln!(std::io::stderr(), "{url} loads its model: waiting up to {} s", LOADING.as_secs());
                }
                tokio::time::sleep(AGAIN).await;
            }
            other => return other,
        }
    }
}

/// Looks at one endpoint; what cannot be known after a failure is left out.
async fn look(settings: &OpenAiSettings, endpoint: &EndpointSettings) -> Findings {
    let mut findings = Findings::new();
    let mut find = |what: &str, finding| findings.push((what.to_owned(), finding));
    let url = &endpoint.base_url;
    let probe = match Probe::new(settings, endpoint) {
        Ok(probe) => probe,
        Err(error) => {
            find("key", Failed(error.to_string()));
            return findings;
        }
    };
    let listed = match ready(url, || probe.models()).await {
        Ok(listed) => {
            find("endpoint", Fine(format!("{url} answers")));
            listed
        }
        Err(Failure::Fatal(message)) => {
            find("endpoint", Fine(format!("{url} answers")));
            find("key", Failed(message));
            return findings;
        }
        Err(Failure::Passing { message } | Failure::Busy { message, .. } | Failure::Rejected(message)) => {
            let remedy = "start the server, or correct `base_url`, the network or the proxy";
            find("endpoint", Failed(format!("{url}: {message}; {remedy}")));
            return findings;
        }
    };
    let called_once = async || {
        let clock = Stopwatch::real();
        probe.call().await.map(|answer| (answer, clock.elapsed().0))
    };
    match ready(url, called_once).await {
        Ok((answer, seconds)) => {
            find(
                "key",
                Fine(
                    endpoint
                        .key
                        .as_ref()
                        .map_or_else(|| "none is needed".to_owned(), |key| format!("the {key} is accepted")),
                ),
            );
            find("model", name(&probe, listed.as_deref(), true));
            find("call", called(&answer, seconds));
            if answer.author != Author::Model {
                find("answers", Note("a simulated model gives them, and results will say so".to_owned()));
            }
            if settings.stream {
                find("streaming", streamed(&answer));
            }
            find("usage", usage(&answer));
        }
        Err(failure) => {
            if listed.is_some() {
                find("model", name(&probe, listed.as_deref(), false));
            }
            find("call", Failed(said(failure)));
        }
    }
    findings
}

fn name(probe: &Probe, listed: Option<&[String]>, answers: bool) -> Finding {
    let name = probe.name();
    let Some(listed) = listed else { return Note(format!("`{name}` answers; the server has no list of models")) };
    if listed.iter().any(|other| other == name) {
        return Fine(format!("`{name}` is in the server's list"));
    }
    let hint = match closest(name, listed.iter().map(String::as_str)) {
        Some(close) => format!(", did you mean `{close}`?"),
        None => format!("; it has {}", listed.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ")),
    };
    let message = format!("`{name}` is not in the server's list{hint}");
    if answers { Note(format!("{message}; it answers nevertheless")) } else { Failed(message) }
}

fn called(answer: &Answer, seconds: f64) -> Finding {
    let (input, output) = (answer.usage.input.0, answer.usage.output.0);
    let text = format!("{input} tokens in, {output} out, {seconds:.2} s");
    if answer.text.is_empty() {
        return Note(format!("{text}, but no text; a model that thinks needs a larger `max_tokens`"));
    }
    Fine(text)
}

fn streamed(answer: &Answer) -> Finding {
    match answer.first_token {
        Some(first) => Fine(format!("first token after {:.2} s", first.0)),
        None => Note("no token came apart from the others; the time to the first token will not be known".to_owned()),
    }
}

fn usage(answer: &Answer) -> Finding {
    if answer.usage.counted {
        return Note("the server does not say; tokens are counted here, without what it hides".to_owned());
    }
    Fine("the server says how many tokens it used".to_owned())
}

fn said(failure: Failure) -> String {
    match failure {
        Failure::Passing { message } if message.contains("stream") => format!("{message}; try `stream: false`"),
        Failure::Passing { message } => format!("{message}; look at the server's log, or raise `timeouts`"),
        Failure::Busy { message, .. } => {
            format!("{message}; set `requests_per_minute` or `tokens_per_minute`, or wait")
        }
        Failure::Rejected(message) => format!("the server refuses the request: {message}"),
        Failure::Fatal(message) => message,
    }
}
