//! What an operator works from, and the few things that most operators do with it.

use std::sync::Arc;

use async_trait::async_trait;
use lamas_core::operator::{Failure, OperatorName, Outcome, Solution, State};
use lamas_core::problem::{Domain, Problem};
use lamas_core::scope::Scope;
use minijinja::{Value, context};

use crate::prompt::{Prompt, Prompts};

/// What an operator does, apart from its name and description, which the registry holds.
#[async_trait]
pub(crate) trait Skill: Send + Sync {
    /// Whether it has anything to work on.
    fn can_run(&self, _problem: &Problem, _state: &State) -> bool {
        true
    }

    /// Does it.
    async fn run(&self, brief: Brief<'_>, scope: &mut Scope) -> Result<Outcome, Failure>;
}

/// The problem, the snapshot and the prompts: everything but the scope.
#[derive(Clone, Copy)]
pub(crate) struct Brief<'a> {
    /// Whose work it is.
    pub by: &'a OperatorName,
    /// The problem.
    pub problem: &'a Problem,
    /// What the earlier layers left.
    pub state: &'a State,
    /// How to ask.
    pub prompts: &'a Prompts,
}

impl Brief<'_> {
    /// Asks the model; the problem's statement is always among the values.
    pub async fn ask(&self, scope: &mut Scope, prompt: Prompt, values: Value) -> Result<Arc<str>, Failure> {
        let values = context! { statement => &*self.problem.statement, ..values };
        let message = self
            .prompts
            .render(prompt, self.problem.domain, values)
            .map_err(|error| Failure::Prompt { operator: self.by.clone(), message: error.to_string() })?;
        Ok(scope.chat(vec![message]).await?.text)
    }

    /// A solution with this text, and what can be extracted from it.
    pub fn solution(&self, text: Arc<str>) -> Solution {
        let answer = self.answer(&text);
        Solution { text, answer, by: self.by.clone(), passes_examples: None, behaviour: None }
    }

    /// What counts as the answer in this text: the final answer (maths) or a whole program (code).
    fn answer(&self, text: &str) -> Option<Arc<str>> {
        let Problem { domain, entry_point, statement, .. } = self.problem;
        let answer = match (domain, entry_point) {
            (Domain::Maths, _) => lamas_score::read::final_answer(text),
            (Domain::Code, Some(entry_point)) => lamas_score::code::program(text, statement, entry_point),
            (Domain::Code, None) => None,
        };
        answer.map(Arc::from)
    }

    /// A solution made from the problem alone.
    pub async fn candidate(&self, scope: &mut Scope, prompt: Prompt) -> Result<Solution, Failure> {
        Ok(self.solution(self.ask(scope, prompt, context! {}).await?))
    }

    /// What a prompt shows of a solution: the program for code, where there is one, else the whole text.
    pub fn shown<'s>(&self, solution: &'s Solution) -> &'s str {
        let program = solution.answer.as_deref().filter(|_| self.problem.domain == Domain::Code);
        program.unwrap_or(&solution.text).trim_end()
    }
}
