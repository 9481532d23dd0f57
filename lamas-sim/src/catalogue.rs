//! The problems that the simulated model knows.

use std::sync::{Arc, OnceLock};

use lamas_core::problem::{Domain, Gold, ProblemId, Task};
use lamas_core::random::text_key;

use super::latent::Latent;
use super::prepare::{Mutants, WrongPrograms};
use super::statement::{Statements, squeeze};

/// A problem and the profile's section that says how it is answered (a data set's `simulated_as`).
#[derive(Debug, Clone)]
pub struct CatalogueEntry {
    /// The problem with its gold.
    pub task: Task,
    /// The section's name.
    pub section: Arc<str>,
}

/// Why a set of problems cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// There is nothing to recognise.
    #[error("problem {0}: the statement is blank")]
    Blank(ProblemId),
    /// A maths problem has tests, or a code problem an answer, or a code problem no entry point.
    #[error("problem {0}: the gold does not fit the domain")]
    Mismatch(ProblemId),
    /// Nobody made wrong programs for this problem.
    #[error("problem {0}: no verified wrong programs, run `sim::prepare` on the catalogue first")]
    Unprepared(ProblemId),
    /// The profile says nothing about this kind of problem.
    #[error("problem {id}: the profile has no section `{section}`, it has {known}")]
    UnknownSection {
        /// The problem.
        id: ProblemId,
        /// The section asked for.
        section: Arc<str>,
        /// The sections there are.
        known: String,
    },
}

/// The problems that a simulated model knows, ready to be recognised in messages.
#[derive(Debug)]
pub struct Catalogue {
    pub(super) statements: Statements,
    pub(super) known: Vec<Known>,
}

impl Catalogue {
    /// Takes in problems; code problems need their verified wrong programs. Of problems with one and the same statement
    /// the first stands for all.
    ///
    /// # Errors
    /// When a problem cannot be simulated; see [`CatalogueError`].
    pub fn new(entries: Vec<CatalogueEntry>, mutants: &Mutants) -> Result<Self, CatalogueError> {
        let known = entries.into_iter().map(|entry| Known::new(entry, mutants)).collect::<Result<Vec<_>, _>>()?;
        let statements = Statements::new(known.iter().map(|known| known.statement.clone()));
        Ok(Self { statements, known })
    }
}

/// One problem, as the simulated model knows it.
#[derive(Debug)]
pub(super) struct Known {
    pub id: ProblemId,
    pub statement: Arc<str>,
    /// Hash of the statement: all that latents and draws depend on.
    pub key: u64,
    pub section: Arc<str>,
    pub domain: Domain,
    pub truth: Truth,
    /// Drawn when first needed.
    pub facts: OnceLock<Facts>,
}

/// What the world knows of a problem.
#[derive(Debug)]
pub(super) enum Truth {
    /// The right answer.
    Answer(Arc<str>),
    /// Programs right and wrong.
    Programs(Programs),
}

/// What is drawn once per problem.
#[derive(Debug)]
pub(super) struct Facts {
    pub latent: Latent,
    /// The answer that wrong reasoning tends to; empty for code.
    pub attractor: String,
    /// The answer that wrong programs tend to; empty for code.
    pub program_attractor: String,
}

/// The programs of a code problem: the right one first, then wrong ones.
#[derive(Debug)]
pub(super) struct Programs {
    entry_point: Arc<str>,
    /// The statement from its `def` on, without white space.
    stub: Box<[u8]>,
    texts: Vec<Arc<str>>,
    /// Each from its entry point's `def` on, without white space.
    bodies: Vec<Box<[u8]>>,
    /// How many of the wrong ones fail the public examples; they come before those that pass.
    caught: usize,
}

impl Known {
    fn new(entry: CatalogueEntry, mutants: &Mutants) -> Result<Self, CatalogueError> {
        let CatalogueEntry { task, section } = entry;
        let wrong = mutants.of(&task);
        let Task { problem, gold } = &task;
        if problem.statement.trim().is_empty() {
            return Err(CatalogueError::Blank(problem.id.clone()));
        }
        let truth = match (problem.domain, gold, &problem.entry_point) {
            (Domain::Maths, Gold::Answer { answer, .. }, _) => Truth::Answer(answer.clone()),
            (Domain::Code, Gold::Tests { reference, .. }, Some(entry_point)) => {
                let wrong = wrong.ok_or_else(|| CatalogueError::Unprepared(problem.id.clone()))?;
                Truth::Programs(Programs::new(entry_point, &problem.statement, reference, &wrong))
            }
            _ => return Err(CatalogueError::Mismatch(problem.id.clone())),
        };
        Ok(Self {
            id: problem.id.clone(),
            statement: problem.statement.clone(),
            key: text_key(&problem.statement),
            section,
            domain: problem.domain,
            truth,
            facts: OnceLock::new(),
        })
    }
}

impl Programs {
    /// The right program's place.
    pub(super) const RIGHT: usize = 0;

    fn new(entry_point: &Arc<str>, statement: &str, reference: &Arc<str>, wrong: &WrongPrograms) -> Self {
        let texts: Vec<Arc<str>> =
            std::iter::once(reference).chain(&wrong.caught).chain(&wrong.unnoticed).cloned().collect();
        let head = definition(entry_point);
        let body = |text: &str| squeeze(&text[text.find(&head).unwrap_or(0)..]);
        let bodies = texts.iter().map(|text| body(text)).collect();
        Self { entry_point: entry_point.clone(), stub: body(statement), texts, bodies, caught: wrong.caught.len() }
    }

    /// A program's text.
    pub(super) fn text(&self, program: usize) -> &Arc<str> {
        &self.texts[program]
    }

    /// The places of wrong programs that do, or do not, pass the public examples; of the others where there are none.
    pub(super) fn wrong(&self, passing: bool) -> std::ops::Range<usize> {
        let (caught, unnoticed) = (1..1 + self.caught, 1 + self.caught..self.texts.len());
        let (wanted, other) = if passing { (unnoticed, caught) } else { (caught, unnoticed) };
        if wanted.is_empty() { other } else { wanted }
    }

    /// The last program shown in a text.
    pub(super) fn shown(&self, text: &str) -> Shown {
        let head = definition(&self.entry_point);
        let shown = text.match_indices(&head).filter_map(|(at, _)| self.shown_at(&text[at..])).last();
        shown.unwrap_or(Shown::Nothing)
    }

    /// The program that begins with a text, unless it is the bare statement.
    fn shown_at(&self, text: &str) -> Option<Shown> {
        let longest = self.bodies.iter().map(|body| body.len()).max()?;
        let shown: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).take(longest).collect();
        let known = (0..self.bodies.len()).filter(|&program| shown.starts_with(&self.bodies[program]));
        if let Some(program) = known.max_by_key(|&program| self.bodies[program].len()) {
            return Some(Shown::Known(program));
        }
        let foreign = if shown.starts_with(&self.stub) { goes_on(text, self.stub.len()) } else { returns(text) };
        foreign.then_some(Shown::Foreign)
    }
}

/// A program found in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// One of the problem's own.
    Known(usize),
    /// One that is not known, so that nobody can say whether it is right.
    Foreign,
    /// None at all.
    Nothing,
}

fn definition(entry_point: &str) -> String {
    format!("def {entry_point}(")
}

/// Whether indented lines follow the first `length` bytes that are not white space.
fn goes_on(text: &str, length: usize) -> bool {
    let visible = text.bytes().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
    let Some((last, _)) = visible.take(length).last() else { return false };
    let next = text[last + 1..].lines().skip(1).find(|line| !line.trim().is_empty());
    next.is_some_and(|line| line.starts_with([' ', '\t']))
}

/// Whether a function returns something before the next fence.
fn returns(text: &str) -> bool {
    let code = text.split("```").next().unwrap_or(text);
    code.lines().any(|line| line.trim_start().starts_with("return ") || line.contains(": return "))
}
