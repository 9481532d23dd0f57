//! Who runs episodes: with which operators, on what, and how.

use std::sync::Arc;

use crate::events::Sink;
use crate::operator::OperatorSet;
use crate::orchestrator::Schedule;
use crate::race::{Equality, SameText};
use crate::workbench::Workbench;

/// Runs episodes.
///
/// An operator that asks the model once, and a graph of it alone:
///
/// ```
/// use std::sync::Arc;
///
/// use async_trait::async_trait;
/// use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, Lost, Message, Sampling};
/// use lamas_core::chat::{Timing, Usage};
/// use lamas_core::exec::Executor;
/// use lamas_core::meter::CallMeter;
/// use lamas_core::operator::{Change, Failure, Operator, OperatorName, OperatorSet, Outcome, Role, Solution, State};
/// use lamas_core::orchestrator::{Decision, Observation, Orchestrator, Schedule};
/// use lamas_core::pipeline::Pipeline;
/// use lamas_core::problem::{Domain, Problem, ProblemId};
/// use lamas_core::scope::{Scope, Workbench};
/// use lamas_core::tool::{Interpreter, Program, ToolError, ToolRun};
/// use lamas_core::units::Price;
///
/// struct Ask(OperatorName);
///
/// #[async_trait]
/// impl Operator for Ask {
///     fn name(&self) -> &OperatorName {
///         &self.0
///     }
///     fn description(&self) -> &str {
///         "Asks the model."
///     }
///     fn role(&self) -> Role {
///         Role::Generate
///     }
///     fn can_run(&self, _: &Problem, _: &State) -> bool {
///         true
///     }
///     async fn run(&self, problem: &Problem, _: &State, scope: &mut Scope) -> Result<Outcome, Failure> {
///         let text = scope.chat(vec![Message::user(problem.statement.clone())]).await?.text;
///         let (answer, by) = (Some(text.clone()), self.0.clone());
///         let solution = Solution { answer, text, by, passes_examples: None, behaviour: None };
///         Ok(Outcome { change: Change::Append(vec![solution]), ran: None })
///     }
/// }
///
/// struct Once;
///
/// impl Orchestrator for Once {
///     fn decide(&mut self, seen: &Observation<'_>) -> Decision {
///         if seen.layers.is_empty() { Decision::Layer(vec!["ask".into()]) } else { Decision::Stop }
///     }
/// }
/// # struct FiftySix;
/// # #[async_trait]
/// # impl ChatModel for FiftySix {
/// #     async fn chat_metered(&self, _: &ChatRequest, _: &CallMeter) -> Result<ChatResponse, ChatError> {
/// #         let (usage, timing, lost) = (Usage::default(), Timing::default(), Lost::default());
/// #         Ok(ChatResponse { text: "56".into(), usage, timing, finish: FinishReason::Stop, lost })
/// #     }
/// # }
/// # #[async_trait]
/// # impl Interpreter for FiftySix {
/// #     async fn run_metered(&self, _: &Program, _: &CallMeter) -> Result<ToolRun, ToolError> {
/// #         Err(ToolError("there is none".into()))
/// #     }
/// # }
/// # let (chat, interpreter) = (Arc::new(FiftySix), Arc::new(FiftySix));
/// # let id = ProblemId("sums/0".into());
/// # let (statement, public_examples) = ("What is 7 times 8?".into(), [].into());
/// # let problem = Problem { id, domain: Domain::Maths, statement, entry_point: None, public_examples };
///
/// let workbench = Workbench { chat, interpreter, sampling: Sampling::default(), price: Price::FREE };
/// let executor = Executor::new(OperatorSet::new(vec![Arc::new(Ask("ask".into()))]), workbench, Schedule::Parallel);
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let episode = executor.run(&problem, &Pipeline::default(), &mut Once, 0).await;
/// assert_eq!(episode.answer.unwrap().text.as_ref(), "56");
/// assert_eq!(episode.layers.len(), 1);
/// # });
/// ```
#[derive(Clone)]
pub struct Executor {
    pub(super) operators: OperatorSet,
    pub(super) workbench: Workbench,
    pub(super) schedule: Schedule,
    pub(super) equality: Arc<dyn Equality>,
    pub(super) sink: Option<Arc<dyn Sink>>,
}

impl Executor {
    /// An executor of these operators.
    #[must_use]
    pub fn new(operators: OperatorSet, workbench: Workbench, schedule: Schedule) -> Self {
        Self { operators, workbench, schedule, equality: Arc::new(SameText), sink: None }
    }

    /// The same, and votes of races count answers as one where this says so. Without it, answers are one where their text
    /// is.
    #[must_use]
    pub fn comparing(self, equality: Arc<dyn Equality>) -> Self {
        Self { equality, ..self }
    }

    /// The same, and whatever happens is told to a sink.
    #[must_use]
    pub fn telling(self, sink: Arc<dyn Sink>) -> Self {
        Self { sink: Some(sink), ..self }
    }
}
