//! What happened in one episode: spans of work with the edges that say what waited for what.
//!
//! Work (model calls and tool runs) forms a DAG through [`Span::after`]; steps, layers and operators are groups that hold
//! work through [`Span::parent`]. Span ids follow the order of declaration, so every edge points to a smaller id and equal
//! episodes leave equal traces whatever order their calls returned in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::chat::LatencySource;
use crate::operator::OperatorName;
use crate::units::{Seconds, Tokens, Usd};

/// The version of the trace's schema, written into every file that holds traces.
pub const SCHEMA: u32 = 1;

/// Names a span within its trace: its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpanId(pub u32);

/// What a span stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// The i-th step before the layers.
    PreStep(u32),
    /// The i-th layer.
    Layer(u32),
    /// The i-th step after the layers.
    PostStep(u32),
    /// One operator within a step or a layer.
    Operator(OperatorName),
    /// A model call: work.
    ModelCall,
    /// A program's run: work.
    ToolRun,
}

/// The work of a model call or a tool run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// Prompt tokens.
    pub input: Tokens,
    /// Generated tokens.
    pub output: Tokens,
    /// The usage was counted by us, since the server left it out.
    pub counted: bool,
    /// Working time: what the critical path counts.
    pub working: Seconds,
    /// Waiting time: slots, limits, back-off, failed attempts. Never in the critical path.
    pub waiting: Seconds,
    /// Until the first token, for model calls.
    pub first_token: Seconds,
    /// Wall-clock time measured here for tool runs, whatever the run's clock.
    pub measured: Seconds,
    /// Attempts made.
    pub attempts: u32,
    /// What it cost.
    pub cost: Usd,
    /// The model said nothing: it thought until its tokens were used up, or called a tool.
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_text: bool,
    /// A content filter stopped it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub filtered: bool,
    /// Where the times come from.
    pub source: LatencySource,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// One span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Its own id.
    pub id: SpanId,
    /// The group that it belongs to.
    pub parent: Option<SpanId>,
    /// The work that had to end before this could begin. Empty for groups.
    pub after: Vec<SpanId>,
    /// What it stands for.
    pub kind: SpanKind,
    /// Start, from the episode's start.
    pub start: Seconds,
    /// End, from the episode's start.
    pub end: Seconds,
    /// Its work; `None` for groups.
    pub work: Option<Work>,
    /// An operator that had nothing to work on and did nothing.
    pub skipped: bool,
    /// Why it failed, or how its program ended other than well.
    pub note: Option<String>,
}

/// The spans of one episode, in order of declaration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// All spans; a span's id is its index.
    pub spans: Vec<Span>,
}

impl Trace {
    /// The span of this id.
    #[must_use]
    pub fn span(&self, id: SpanId) -> &Span {
        &self.spans[id.0 as usize]
    }

    /// The spans that carry work, with it.
    pub fn work(&self) -> impl Iterator<Item = (&Span, &Work)> {
        self.spans.iter().filter_map(|span| span.work.as_ref().map(|work| (span, work)))
    }

    /// The groups directly below no other group: steps and layers, in order.
    pub fn blocks(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(|span| span.parent.is_none())
    }

    /// The operators of a step or layer, in declared order.
    pub fn operators(&self, block: SpanId) -> impl Iterator<Item = (&Span, &OperatorName)> {
        self.spans.iter().filter(move |span| span.parent == Some(block)).filter_map(|span| match &span.kind {
            SpanKind::Operator(name) => Some((span, name)),
            _ => None,
        })
    }

    /// Cost of the whole episode (equation 2): the sum over all spans.
    #[must_use]
    pub fn cost(&self) -> Usd {
        self.work().map(|(_, work)| work.cost).sum()
    }

    /// Output tokens of the whole episode.
    #[must_use]
    pub fn output_tokens(&self) -> Tokens {
        self.work().map(|(_, work)| work.output).sum()
    }

    /// Prompt tokens of the whole episode.
    #[must_use]
    pub fn input_tokens(&self) -> Tokens {
        self.work().map(|(_, work)| work.input).sum()
    }

    /// How many model calls were made.
    #[must_use]
    pub fn model_calls(&self) -> usize {
        self.spans.iter().filter(|span| span.kind == SpanKind::ModelCall).count()
    }
}

impl fmt::Display for SpanKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PreStep(index) => write!(f, "pre-step {}", index + 1),
            Self::Layer(index) => write!(f, "layer {}", index + 1),
            Self::PostStep(index) => write!(f, "post-step {}", index + 1),
            Self::Operator(name) => write!(f, "{name}"),
            Self::ModelCall => f.write_str("model call"),
            Self::ToolRun => f.write_str("program"),
        }
    }
}
