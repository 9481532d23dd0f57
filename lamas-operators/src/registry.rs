//! The only list of operators: name, description, role and the domains that each works on.

use std::sync::Arc;

use async_trait::async_trait;
use lamas_core::operator::{Failure, Operator, OperatorName, OperatorSet, Outcome, Role, State};
use lamas_core::problem::{Domain, Problem};
use lamas_core::scope::Scope;

use crate::brief::{Brief, Skill};
use crate::early_stop::EarlyStop;
use crate::generate::Generate;
use crate::generate_cot::GenerateCot;
use crate::multi_generate_cot::MultiGenerateCot;
use crate::programmer::Programmer;
use crate::prompt::{Prompts, nearest, suggestion};
use crate::sc_ensemble::ScEnsemble;
use crate::self_refine::SelfRefine;
use crate::test::Test;

/// One operator of the list.
struct Entry {
    name: &'static str,
    /// The controller embeds it: what the operator does, what it needs and what it is good for.
    description: &'static str,
    role: Role,
    /// The only domain that it works on; `None` for all.
    only: Option<Domain>,
    skill: &'static dyn Skill,
}

/// In the order of the controller's actions.
static ENTRIES: [Entry; 8] = [
    Entry {
        name: "generate",
        description: "Answers the problem directly in one call. Quick and cheap, for problems that need little thought.",
        role: Role::Generate,
        only: None,
        skill: &Generate,
    },
    Entry {
        name: "generate_cot",
        description: "Reasons through the problem step by step before it answers. For problems that take several steps.",
        role: Role::Generate,
        only: None,
        skill: &GenerateCot,
    },
    Entry {
        name: "multi_generate_cot",
        description: "Reasons through the problem three times independently and at once, and gives three candidate answers to choose from. For hard problems on which one attempt may err.",
        role: Role::Generate,
        only: None,
        skill: &MultiGenerateCot,
    },
    Entry {
        name: "sc_ensemble",
        description: "Compares several candidate answers and selects the one that is most consistent with the others. Needs at least two candidates.",
        role: Role::Select,
        only: None,
        skill: &ScEnsemble,
    },
    Entry {
        name: "self_refine",
        description: "Reviews the current solution for mistakes and rewrites it. Needs a solution to improve.",
        role: Role::Refine,
        only: None,
        skill: &SelfRefine,
    },
    Entry {
        name: "programmer",
        description: "Writes a Python program that computes the answer, runs it, repairs it when it fails, and writes up its output. For exact arithmetic, counting and enumeration.",
        role: Role::Generate,
        only: Some(Domain::Maths),
        skill: &Programmer,
    },
    Entry {
        name: "test",
        description: "Runs the current program on the examples of the problem statement and, when one fails, reflects on the failure and rewrites the program. Needs a program to test.",
        role: Role::Refine,
        only: Some(Domain::Code),
        skill: &Test,
    },
    Entry {
        name: "early_stop",
        description: "Does nothing more and ends the work with the answer that stands. For problems that are already solved.",
        role: Role::Stop,
        only: None,
        skill: &EarlyStop,
    },
];

/// A name that stands for no operator of the domain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// No operator has this name.
    #[error(
        "unknown operator `{name}`{}; there are {}",
        suggestion(nearest.as_deref()),
        known.join(", ")
    )]
    Unknown {
        /// The name.
        name: OperatorName,
        /// The operator that may have been meant.
        nearest: Option<String>,
        /// The operators of the domain.
        known: Vec<&'static str>,
    },
    /// The operator works on other problems.
    #[error("operator `{name}` does not work on {} problems; there are {}", format!("{domain:?}").to_lowercase(), known.join(", "))]
    OtherDomain {
        /// The name.
        name: OperatorName,
        /// The domain that it was wanted for.
        domain: Domain,
        /// The operators of the domain.
        known: Vec<&'static str>,
    },
}

/// The names of all operators, whatever their domain.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    ENTRIES.iter().map(|entry| entry.name)
}

/// All operators that work on a domain, in the order of the controller's actions.
#[must_use]
pub fn operators(domain: Domain, prompts: &Arc<Prompts>) -> OperatorSet {
    set(of(domain), prompts)
}

/// The operators of these names, in the order of the controller's actions whatever the order of the names.
///
/// # Errors
/// When a name stands for no operator of the domain.
pub fn select(domain: Domain, names: &[OperatorName], prompts: &Arc<Prompts>) -> Result<OperatorSet, RegistryError> {
    let known: Vec<&'static str> = of(domain).map(|entry| entry.name).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&&*name.0)) {
        let name = name.clone();
        return Err(if ENTRIES.iter().any(|entry| *entry.name == *name.0) {
            RegistryError::OtherDomain { name, domain, known }
        } else {
            let nearest = nearest(&name.0, &known);
            RegistryError::Unknown { name, nearest, known }
        });
    }
    Ok(set(of(domain).filter(|entry| names.iter().any(|name| *name.0 == *entry.name)), prompts))
}

fn of(domain: Domain) -> impl Iterator<Item = &'static Entry> {
    ENTRIES.iter().filter(move |entry| entry.only.is_none_or(|only| only == domain))
}

fn set(entries: impl Iterator<Item = &'static Entry>, prompts: &Arc<Prompts>) -> OperatorSet {
    let listed = |entry: &'static Entry| -> Arc<dyn Operator> {
        Arc::new(Listed { name: entry.name.into(), entry, prompts: Arc::clone(prompts) })
    };
    OperatorSet::new(entries.map(listed).collect())
}

/// An entry at work with a set of prompts.
struct Listed {
    name: OperatorName,
    entry: &'static Entry,
    prompts: Arc<Prompts>,
}

#[async_trait]
impl Operator for Listed {
    fn name(&self) -> &OperatorName {
        &self.name
    }

    fn description(&self) -> &str {
        self.entry.description
    }

    fn role(&self) -> Role {
        self.entry.role
    }

    fn can_run(&self, problem: &Problem, state: &State) -> bool {
        self.entry.skill.can_run(problem, state)
    }

    async fn run(&self, problem: &Problem, state: &State, scope: &mut Scope) -> Result<Outcome, Failure> {
        let brief = Brief { by: &self.name, problem, state, prompts: &self.prompts };
        self.entry.skill.run(brief, scope).await
    }
}
