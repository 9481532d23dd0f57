//! One finished episode, and the rows that come of it.

use std::sync::Arc;

use lamas_controller::credit::EpisodeOutcome;
use lamas_controller::reinforce::Update;
use lamas_controller::settings::Settings;
use lamas_core::chat::LatencySource;
use lamas_core::critical_path::CriticalPath;
use lamas_core::exec::Episode;
use lamas_core::orchestrator::LayerReport;
use lamas_core::problem::Task;
use lamas_core::race::WaveReport;
use lamas_core::trace::{SpanKind, Trace, Work};
use lamas_core::units::{PathTokens, Seconds, Usd};

use lamas_methods::{Draws, Row};
use lamas_record::rows::{EpisodeRow, Split, UpdateRow};
use lamas_record::traces::SavedTrace;
use lamas_score::Score;

/// One finished episode with everything that is said about it.
pub struct Run {
    /// The problem.
    pub task: Arc<Task>,
    /// The pass over its rows.
    pub pass: u32,
    /// What happened.
    pub episode: Episode,
    /// How right it was.
    pub score: Score,
    /// Its critical path in tokens.
    pub path: CriticalPath<PathTokens>,
    /// The same as the released code counts it.
    pub released_path: PathTokens,
    /// The layers as the released code counts them.
    pub layers_path: CriticalPath<PathTokens>,
    /// Its critical path in seconds.
    pub latency: Seconds,
    /// What was drawn.
    pub draws: Draws,
    /// Attempts before this one, which raised.
    pub redraws: u32,
    /// What they cost.
    pub wasted: Usd,
    /// The outputs that were drawn, where each is kept.
    pub drawn: Option<Arc<Row>>,
}

impl Run {
    fn number(&self) -> Option<f64> {
        self.score.score.map(|right| f64::from(u8::from(right)))
    }

    /// What came of it, as learning under these settings sees it; `None` = unscored.
    #[must_use]
    pub fn outcome(&self, settings: Option<&Settings>) -> Option<EpisodeOutcome> {
        let layers = self.episode.layers.len();
        let path = settings.map_or(&self.path, |settings| settings.penalised(&self.path, &self.layers_path));
        let trace = &self.episode.trace;
        let outcome = EpisodeOutcome::new(self.number()?, trace.cost(), path, layers);
        Some(match settings {
            Some(settings) => outcome.with_differences(trace, settings),
            None => outcome,
        })
    }

    /// Leaves it unscored, for this reason.
    pub fn unscore(&mut self, reason: String) {
        (self.score.score, self.score.reason) = (None, reason);
    }

    /// S - lambda_c C - lambda_t T; `None` = unscored, or without settings.
    #[must_use]
    pub fn reward(&self, settings: Option<&Settings>) -> Option<f64> {
        Some(self.outcome(settings)?.reward(settings?).total())
    }

    /// Its whole trace, for `traces.json`.
    #[must_use]
    pub fn saved(&self) -> SavedTrace {
        SavedTrace {
            schema: lamas_core::trace::SCHEMA,
            problem: self.task.problem.id.to_string(),
            score: self.number(),
            trace: self.episode.trace.clone(),
            critical_path: self.path.clone(),
        }
    }

    /// Its row.
    #[must_use]
    pub fn row(&self, split: Split, pass: u32, position: u32, settings: Option<&Settings>) -> EpisodeRow {
        let trace = &self.episode.trace;
        let tools = || trace.work().filter(|(span, _)| span.kind == SpanKind::ToolRun).map(|(_, work)| work);
        let lost = trace.lost();
        let reward = settings.and_then(|settings| Some(self.outcome(Some(settings))?.reward(settings)));
        EpisodeRow {
            split,
            pass,
            position,
            problem: self.task.problem.id.to_string(),
            score: self.number(),
            cp_len: self.path.length.0,
            cp_len_released: self.released_path.0,
            cp_len_layers: self.layers_path.length.0,
            redraws: self.redraws,
            latency_s: self.latency.0,
            cost_usd: (trace.cost() + self.wasted).0,
            input_tokens: trace.input_tokens().0,
            output_tokens: trace.output_tokens().0,
            lost_tokens: (lost.input + lost.output).0,
            cancelled_tokens: trace.cancelled().map(|(_, work)| (work.input + work.output).0).sum(),
            cancelled_usd: trace.cancelled().map(|(_, work)| work.cost).sum::<Usd>().0,
            deciders: deciders(&self.episode.layers),
            estimated_usd: trace.work().map(|(_, work)| work.estimated_cost()).sum::<Usd>().0,
            model_calls: trace.model_calls() as u32,
            simulated_calls: answered(trace, true),
            real_calls: answered(trace, false),
            no_text: count(trace, |work| work.no_text),
            filtered: count(trace, |work| work.filtered),
            tool_s: tools().map(|work| work.working).sum::<Seconds>().0,
            waiting_s: trace.work().map(|(_, work)| work.waiting).sum::<Seconds>().0,
            reward_cost: reward.map(|reward| reward.cost),
            reward_latency: reward.map(|reward| reward.latency),
            reward: reward.map(|reward| reward.total()),
            log_prob: self.draws.log_prob,
            entropy: self.draws.entropy,
            measured_tool_s: tools().map(|work| work.measured).sum::<Seconds>().0,
            layers: self.episode.layers.clone(),
            drawn: self.draws.operators.clone(),
            reason: self.score.reason.clone(),
            extracted: self.score.extracted.clone(),
            answer: self.episode.answer.as_ref().map(|answer| answer.text.to_string()).unwrap_or_default(),
        }
    }
}

/// On how many arrivals the decision of a race rested, as a mean over the races; `None` without a race.
fn deciders(layers: &[LayerReport]) -> Option<f64> {
    let last: Vec<&WaveReport> = layers.iter().filter_map(|layer| layer.waves.last()).collect();
    let sum: usize = last.iter().map(|wave| wave.deciders.len()).sum();
    (!last.is_empty()).then(|| sum as f64 / last.len() as f64)
}

/// How many model calls of a trace have an answer that is simulated, or one that is not. One that was cancelled has none, and
/// cannot say whose it would have been.
fn answered(trace: &Trace, simulated: bool) -> u32 {
    let calls = trace.work().filter(|(span, _)| span.kind == SpanKind::ModelCall && !span.is_cancelled());
    calls.filter(|(_, work)| (work.source == LatencySource::Simulated) == simulated).count() as u32
}

/// Model calls of which this is true.
fn count(trace: &Trace, is: impl Fn(&Work) -> bool) -> u32 {
    trace.work().filter(|(_, work)| is(work)).count() as u32
}

/// The row of an update and the batch that it was made from.
#[must_use]
pub fn update_row(pass: u32, index: usize, update: &Update, batch: &[Arc<Run>]) -> UpdateRow {
    let scored: Vec<&Arc<Run>> = batch.iter().filter(|run| run.score.score.is_some()).collect();
    let mean = |read: &dyn Fn(&Run) -> f64| {
        (!scored.is_empty()).then(|| scored.iter().map(|run| read(run)).sum::<f64>() / scored.len() as f64)
    };
    let step = update.step.as_ref();
    UpdateRow {
        pass,
        update: index as u32,
        simulated: batch.iter().any(|run| answered(&run.episode.trace, true) > 0),
        scored: update.scored as u32,
        unscored: update.unscored as u32,
        loss: step.map(|step| step.loss),
        reward_mean: step.map(|step| step.rewards.mean),
        baseline_mean: step.map(|step| step.baseline.mean),
        baseline_std: step.map(|step| step.baseline.std),
        gradient_norm: step.map(|step| step.gradient_norm),
        score: mean(&|run| run.number().unwrap_or_default()),
        cp_len: mean(&|run| run.path.length.0),
        cost_usd: mean(&|run| run.episode.trace.cost().0),
        entropy: mean(&|run| run.draws.entropy.unwrap_or(f64::NAN)),
    }
}
