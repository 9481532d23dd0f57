//! The rows of a run's Parquet files.

use std::path::Path;

use lamas_core::operator::OperatorName;
use lamas_core::orchestrator::LayerReport;
use polars::prelude::*;

use super::RecordError;
use super::layers::{LAYERS, json};
use super::parquet::GrowingParquet;

/// Which rows of a dataset an episode belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Split {
    /// The controller learned from it.
    Train,
    /// It never did.
    Test,
}

impl Split {
    /// As it stands in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
        }
    }
}

/// What all rows of a cell share.
#[derive(Debug, Clone, PartialEq)]
pub struct CellKey {
    /// Dataset by name.
    pub dataset: String,
    /// Method by name.
    pub method: String,
    /// lambda_t in reward per token; `None` for methods without a controller.
    pub lambda_t: Option<f64>,
    /// The training seed.
    pub seed: u64,
    /// Whether the simulated model answers in this process. Over HTTP an episode's calls say so themselves.
    pub simulated: bool,
}

/// One episode. Lengths are in tokens (equation 9), times in seconds, money in USD.
#[derive(Debug, Clone, PartialEq)]
pub struct EpisodeRow {
    /// Train or test.
    pub split: Split,
    /// Pass over the training rows, from 0; 0 for test rows.
    pub pass: u32,
    /// Place within the pass.
    pub position: u32,
    /// The problem's id.
    pub problem: String,
    /// What was run, layer by layer ([`super::layers`]).
    pub layers: Vec<LayerReport>,
    /// The operators that the policy drew, layer by layer; none without a policy.
    pub drawn: Vec<Vec<OperatorName>>,
    /// S of equation (5), 0 or 1; `None` = unscored.
    pub score: Option<f64>,
    /// Why it is unscored, or how the scorer decided.
    pub reason: String,
    /// What the scorer read out of the answer.
    pub extracted: String,
    /// T in tokens over the whole trace (equation 9).
    pub cp_len: f64,
    /// The same as the authors' released code counts it (`lamas_controller::released`).
    pub cp_len_released: f64,
    /// The layers alone as the authors' released code counts them, which is what it penalises in training.
    pub cp_len_layers: f64,
    /// Attempts that raised before this one, under `released: {redraw: true}`; their cost is in C.
    pub redraws: u32,
    /// T in seconds of working time over the whole trace (equation 1).
    pub latency_s: f64,
    /// C (equation 2).
    pub cost_usd: f64,
    /// Prompt tokens over all calls.
    pub input_tokens: u64,
    /// Generated tokens over all calls.
    pub output_tokens: u64,
    /// Tokens of failed attempts that are billed, input and output together; their cost is in C.
    pub lost_tokens: u64,
    /// Tokens of calls that were cancelled, input and output together, as far as they got; in the other columns too.
    pub cancelled_tokens: u64,
    /// What they cost, in C too.
    pub cancelled_usd: f64,
    /// On how many arrivals the decision of a race rested, as a mean over the races of the episode; `None` without a race.
    pub deciders: Option<f64>,
    /// The part of C that is estimated, since no server said how many tokens were used.
    pub estimated_usd: f64,
    /// Model calls.
    pub model_calls: u32,
    /// Calls whose answers are simulated.
    pub simulated_calls: u32,
    /// Calls whose answers are not.
    pub real_calls: u32,
    /// Model calls in which the model said nothing.
    pub no_text: u32,
    /// Model calls that a content filter of the server stopped.
    pub filtered: u32,
    /// Tool seconds that count.
    pub tool_s: f64,
    /// Waiting time over all spans, never in the path.
    pub waiting_s: f64,
    /// lambda_c C.
    pub reward_cost: Option<f64>,
    /// lambda_t T.
    pub reward_latency: Option<f64>,
    /// S - lambda_c C - lambda_t T (equation 5).
    pub reward: Option<f64>,
    /// Log-probability of all decisions, in nats.
    pub log_prob: Option<f64>,
    /// Mean entropy of the distributions drawn from, in nats.
    pub entropy: Option<f64>,
    /// The answer's whole text.
    pub answer: String,
    /// Wall-clock seconds that programs took here, whatever the run's clock. Differs from run to run.
    pub measured_tool_s: f64,
}

/// The columns that hold measured wall-clock time and so differ from run to run.
pub const WALL_CLOCK_COLUMNS: [&str; 1] = ["measured_tool_s"];

/// One update of a controller.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateRow {
    /// Pass over the training rows, from 0.
    pub pass: u32,
    /// Which update of the cell, from 0.
    pub update: u32,
    /// Whether any answer in its batch is simulated.
    pub simulated: bool,
    /// Episodes that took part.
    pub scored: u32,
    /// Episodes that were left out.
    pub unscored: u32,
    /// Equation (8).
    pub loss: Option<f64>,
    /// Mean operator reward of the batch (equation 7).
    pub reward_mean: Option<f64>,
    /// Running mean of operator rewards.
    pub baseline_mean: Option<f64>,
    /// Running standard deviation of operator rewards.
    pub baseline_std: Option<f64>,
    /// Euclidean norm of the gradient.
    pub gradient_norm: Option<f64>,
    /// Mean S of the batch.
    pub score: Option<f64>,
    /// Mean T of the batch in tokens.
    pub cp_len: Option<f64>,
    /// Mean C of the batch in USD.
    pub cost_usd: Option<f64>,
    /// Mean entropy of the batch's decisions in nats.
    pub entropy: Option<f64>,
}

/// A column over all rows.
fn column<'a, R, T>(name: &str, rows: &'a [R], read: impl Fn(&'a R) -> T) -> Column
where
    Series: NamedFrom<Vec<T>, [T]>,
    Vec<T>: AsRef<[T]>,
    T: 'a,
{
    Series::new(name.into(), rows.iter().map(read).collect::<Vec<T>>()).into_column()
}

fn shared<R>(key: &CellKey, rows: &[R]) -> Vec<Column> {
    vec![
        column("dataset", rows, |_| key.dataset.as_str()),
        column("method", rows, |_| key.method.as_str()),
        column("lambda_t", rows, |_| key.lambda_t),
        column("seed", rows, |_| key.seed),
    ]
}

/// Episodes as a table.
///
/// # Errors
/// When the table library refuses it.
pub fn episodes(key: &CellKey, rows: &[EpisodeRow]) -> PolarsResult<DataFrame> {
    let mut columns = shared(key, rows);
    columns.extend([
        column("simulated", rows, |row| key.simulated || row.simulated_calls > 0),
        column("split", rows, |row| row.split.name()),
        column("pass", rows, |row| row.pass),
        column("position", rows, |row| row.position),
        column("problem", rows, |row| row.problem.as_str()),
        column(LAYERS, rows, |row| json(&row.layers)),
        column("drawn", rows, |row| json(&row.drawn)),
        column("score", rows, |row| row.score),
        column("reason", rows, |row| row.reason.as_str()),
        column("extracted", rows, |row| row.extracted.as_str()),
        column("cp_len", rows, |row| row.cp_len),
        column("cp_len_released", rows, |row| row.cp_len_released),
        column("cp_len_layers", rows, |row| row.cp_len_layers),
        column("redraws", rows, |row| row.redraws),
        column("latency_s", rows, |row| row.latency_s),
        column("cost_usd", rows, |row| row.cost_usd),
        column("input_tokens", rows, |row| row.input_tokens),
        column("output_tokens", rows, |row| row.output_tokens),
        column("lost_tokens", rows, |row| row.lost_tokens),
        column("cancelled_tokens", rows, |row| row.cancelled_tokens),
        column("cancelled_usd", rows, |row| row.cancelled_usd),
        column("deciders", rows, |row| row.deciders),
        column("estimated_usd", rows, |row| row.estimated_usd),
        column("model_calls", rows, |row| row.model_calls),
        column("real_calls", rows, |row| row.real_calls),
        column("no_text", rows, |row| row.no_text),
        column("filtered", rows, |row| row.filtered),
        column("tool_s", rows, |row| row.tool_s),
        column("waiting_s", rows, |row| row.waiting_s),
        column("reward_cost", rows, |row| row.reward_cost),
        column("reward_latency", rows, |row| row.reward_latency),
        column("reward", rows, |row| row.reward),
        column("log_prob", rows, |row| row.log_prob),
        column("entropy", rows, |row| row.entropy),
        column("answer", rows, |row| row.answer.as_str()),
        column("measured_tool_s", rows, |row| row.measured_tool_s),
    ]);
    DataFrame::new(rows.len(), columns)
}

/// Where episodes go as they end.
pub trait Episodes {
    /// Takes an episode.
    ///
    /// # Errors
    /// When it cannot be written.
    fn push(&mut self, row: EpisodeRow) -> Result<(), RecordError>;
}

impl Episodes for Vec<EpisodeRow> {
    fn push(&mut self, row: EpisodeRow) -> Result<(), RecordError> {
        Self::push(self, row);
        Ok(())
    }
}

/// Episodes on their way into a file. Few of them are held at a time.
pub struct EpisodeFile {
    key: CellKey,
    file: GrowingParquet,
    held: Vec<EpisodeRow>,
}

/// Episodes that are held before they are written.
const BLOCK: usize = 1024;

impl EpisodeFile {
    /// A file without episodes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path, key: CellKey) -> Result<Self, RecordError> {
        let empty = episodes(&key, &[]).map_err(|error| RecordError::table(path, &error))?;
        Ok(Self { key, file: GrowingParquet::create(path, empty.schema())?, held: Vec::with_capacity(BLOCK) })
    }

    fn flush(&mut self) -> Result<(), RecordError> {
        let block = episodes(&self.key, &self.held).map_err(|error| RecordError::table(self.file.path(), &error))?;
        self.held.clear();
        self.file.append(&block)
    }

    /// Gives the file its name; its presence says that it is whole.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), RecordError> {
        if !self.held.is_empty() {
            self.flush()?;
        }
        self.file.finish()
    }
}

impl Episodes for EpisodeFile {
    fn push(&mut self, row: EpisodeRow) -> Result<(), RecordError> {
        self.held.push(row);
        if self.held.len() < BLOCK { Ok(()) } else { self.flush() }
    }
}

/// Updates as a table.
///
/// # Errors
/// When the table library refuses it.
pub fn updates(key: &CellKey, rows: &[UpdateRow]) -> PolarsResult<DataFrame> {
    let mut columns = shared(key, rows);
    columns.extend([
        column("simulated", rows, |row| key.simulated || row.simulated),
        column("pass", rows, |row| row.pass),
        column("update", rows, |row| row.update),
        column("scored", rows, |row| row.scored),
        column("unscored", rows, |row| row.unscored),
        column("loss", rows, |row| row.loss),
        column("reward_mean", rows, |row| row.reward_mean),
        column("baseline_mean", rows, |row| row.baseline_mean),
        column("baseline_std", rows, |row| row.baseline_std),
        column("gradient_norm", rows, |row| row.gradient_norm),
        column("score", rows, |row| row.score),
        column("cp_len", rows, |row| row.cp_len),
        column("cost_usd", rows, |row| row.cost_usd),
        column("entropy", rows, |row| row.entropy),
    ]);
    DataFrame::new(rows.len(), columns)
}
