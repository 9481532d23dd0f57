//! What happened in one episode: spans of work with the edges that say what waited for what.
//!
//! Work (model calls and tool runs) forms a DAG through [`Span::after`]; steps, layers and operators are groups that hold
//! work through [`Span::parent`]. Span ids follow the order of declaration, so every edge points to a smaller id and equal
//! episodes leave equal traces whatever order their calls returned in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::chat::{LatencySource, Lost};
use crate::operator::OperatorName;
use crate::units::{Seconds, Tokens, Usd};

/// The version of the trace's schema, written into every file that holds traces. 2: the critical path saved beside a trace
/// has the slack of each span. 3: spans have a part in their race.
pub const SCHEMA: u32 = 3;

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
    /// The usage was counted by us, since the server left it out, or estimated, since the call was cancelled.
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
    /// What it cost, what was lost with failed attempts included.
    pub cost: Usd,
    /// What failed attempts have used; in `cost`, but not in `input` and `output`.
    #[serde(default, skip_serializing_if = "Lost::is_nothing")]
    pub lost: Lost,
    /// What of `cost` was lost with them.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub lost_cost: Usd,
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

fn is_nothing(cost: &Usd) -> bool {
    *cost == Usd::ZERO
}

impl Work {
    /// What of its cost is estimated, since no server said how many tokens were used.
    #[must_use]
    pub fn estimated_cost(&self) -> Usd {
        let when = |estimated: bool, cost: Usd| if estimated { cost } else { Usd::ZERO };
        when(self.counted, self.cost - self.lost_cost) + when(self.lost.estimated, self.lost_cost)
    }
}

/// What went other than well in a span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The call, the sandbox or the operator failed, for this reason.
    Broke(String),
    /// The program did not pass its check, for this reason.
    Failed(String),
    /// The program raised this.
    Raised(String),
    /// The program's time ran out.
    TimedOut,
    /// The program was ended, for this reason.
    Killed(String),
}

/// What part a span has in what follows. In a layer that waits for all of its operators, and outside of layers, all are
/// needed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What follows depends on it.
    #[default]
    Needed,
    /// It ended, but its race was decided without it.
    Spare,
    /// It was under way when its race was decided, and ended then. A group is cancelled when its operator was not done.
    Cancelled,
}

impl Part {
    /// Whether what follows depends on it.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        *self == Self::Needed
    }
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
    /// What went other than well; `None` where nothing did.
    pub trouble: Option<Trouble>,
    /// What part it has in what follows. Only what is needed can be critical.
    #[serde(default, skip_serializing_if = "Part::is_needed")]
    pub part: Part,
}

impl Span {
    /// Whether it was ended because its race was decided.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.part == Part::Cancelled
    }
}

/// The spans of one episode, in order of declaration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// All spans; a span's id is its index.
    pub spans: Vec<Span>,
}

impl Trace {
    /// Adds a needed span that takes no time on any clock, and gives its id. What runs is recorded; this is for traces that are
    /// made up.
    ///
    /// ```
    /// use lamas_core::critical_path::by_time;
    /// use lamas_core::trace::{SpanKind, Trace, Work};
    /// use lamas_core::units::Seconds;
    ///
    /// let mut trace = Trace::default();
    /// let layer = trace.push(None, vec![], SpanKind::Layer(0), None);
    /// let operator = trace.push(Some(layer), vec![], SpanKind::Operator("generate".into()), None);
    /// let work = Work { working: Seconds(2.0), ..Work::default() };
    /// let first = trace.push(Some(operator), vec![], SpanKind::ModelCall, Some(work));
    /// trace.push(Some(operator), vec![first], SpanKind::ModelCall, Some(work));
    /// assert_eq!(by_time(&trace).length, Seconds(4.0));
    /// ```
    ///
    /// # Panics
    /// With 2^32 spans.
    pub fn push(&mut self, parent: Option<SpanId>, after: Vec<SpanId>, kind: SpanKind, work: Option<Work>) -> SpanId {
        let id = SpanId(u32::try_from(self.spans.len()).expect("a trace has far fewer than 2^32 spans"));
        self.spans.push(Span {
            id,
            parent,
            after,
            kind,
            start: Seconds::ZERO,
            end: Seconds::ZERO,
            work,
            skipped: false,
            trouble: None,
            part: Part::Needed,
        });
        id
    }

    /// Says what does not fit together in a trace that comes from a file: everything else here takes for granted that a
    /// span's id is its index, and that groups and earlier work stand before whatever names them.
    ///
    /// # Errors
    /// A fragment that names the span.
    pub fn check(&self) -> Result<(), String> {
        for (index, span) in self.spans.iter().enumerate() {
            let refuse = |what: String| Err(format!("span {index}: {what}"));
            if span.id.0 as usize != index {
                return refuse(format!("its id is {}, which is not its place", span.id.0));
            }
            if let Some(other) = span.parent.iter().chain(&span.after).find(|other| **other >= span.id) {
                return refuse(format!("it names span {}, which does not stand before it", other.0));
            }
            let spare = |other: &&SpanId| !self.spans[other.0 as usize].part.is_needed();
            if span.part.is_needed()
                && let Some(other) = span.parent.iter().chain(&span.after).find(spare)
            {
                return refuse(format!("it is needed, but belongs to or waits for span {}, which is not", other.0));
            }
            let work = span.work.unwrap_or_default();
            let seconds = [span.start, span.end, work.working, work.waiting, work.first_token, work.measured];
            if !seconds.iter().map(|seconds| seconds.0).chain([work.cost.0]).all(|x| x.is_finite() && x >= 0.0) {
                return refuse("a time or a cost is negative or without end".to_owned());
            }
        }
        Ok(())
    }

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

    /// What failed attempts of the whole episode have used.
    #[must_use]
    pub fn lost(&self) -> Lost {
        let mut lost = Lost::default();
        self.work().for_each(|(_, work)| lost += work.lost);
        lost
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

    /// The work that was cancelled because its race was decided.
    pub fn cancelled(&self) -> impl Iterator<Item = (&Span, &Work)> {
        self.work().filter(|(span, _)| span.is_cancelled())
    }

    /// How many model calls were made.
    #[must_use]
    pub fn model_calls(&self) -> usize {
        self.spans.iter().filter(|span| span.kind == SpanKind::ModelCall).count()
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broke(why) => f.write_str(why),
            Self::Failed(why) => write!(f, "failed: {why}"),
            Self::Raised(what) => write!(f, "raised: {what}"),
            Self::TimedOut => f.write_str("timed out"),
            Self::Killed(why) => write!(f, "killed: {why}"),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: u32, parent: Option<u32>, after: &[u32]) -> Span {
        let mut trace = Trace::default();
        let after = after.iter().copied().map(SpanId).collect();
        trace.push(parent.map(SpanId), after, SpanKind::ModelCall, None);
        Span { id: SpanId(id), ..trace.spans.remove(0) }
    }

    #[test]
    fn case_a_trace_whose_ids_do_not_fit_is_named() {
        let says = |spans: Vec<Span>| Trace { spans }.check().err().unwrap_or_default();
        assert_eq!(says(vec![span(0, None, &[]), span(1, Some(0), &[0])]), "");
        assert_eq!(says(vec![span(1, None, &[])]), "span 0: its id is 1, which is not its place");
        let forward = "span 0: it names span 4000000000, which does not stand before it";
        assert_eq!(says(vec![span(0, None, &[4_000_000_000])]), forward);
        assert_eq!(says(vec![span(0, Some(0), &[])]), "span 0: it names span 0, which does not stand before it");
        let spare = |id, part| Span { part, ..span(id, None, &[]) };
        assert_eq!(says(vec![spare(0, Part::Spare), Span { after: vec![SpanId(0)], ..spare(1, Part::Cancelled) }]), "");
        let needs = "span 1: it is needed, but belongs to or waits for span 0, which is not";
        for part in [Part::Spare, Part::Cancelled] {
            assert_eq!(says(vec![spare(0, part), span(1, None, &[0])]), needs);
            assert_eq!(says(vec![spare(0, part), span(1, Some(0), &[])]), needs);
        }
        let late = Span { end: Seconds(f64::INFINITY), ..span(0, None, &[]) };
        assert_eq!(says(vec![late]), "span 0: a time or a cost is negative or without end");
    }
}
