//! The only list of operators: name, description, role and the domains that each works on.

use std::sync::Arc;

use async_trait::async_trait;
use lamas_core::operator::{Failure, Operator, OperatorName, OperatorSet, Outcome, Role, State};
use lamas_core::problem::{Domain, Problem};
use lamas_core::scope::Scope;

use crate::brief::{Brief, Skill};
use crate::check::Check;
use crate::early_stop::EarlyStop;
use crate::generate::Generate;
use crate::generate_cot::GenerateCot;
use crate::multi_generate_cot::MultiGenerateCot;
use crate::programmer::Programmer;
use crate::prompt::Prompts;
use crate::sc_ensemble::ScEnsemble;
use crate::self_refine::SelfRefine;
use crate::test::Test;
use crate::vote::Vote;

/// One operator of the list.
struct Listing {
    name: &'static str,
    /// The controller embeds it: what the operator does, what it needs and what it is good for.
    description: &'static str,
    role: Role,
    /// The only domain that it works on; `None` for all.
    only: Option<Domain>,
    skill: &'static dyn Skill,
    /// Whether a controller may choose it; else only whoever names it runs it.
    action: bool,
}

/// In the order of the controller's actions.
static LISTINGS: [Listing; 10] = [
    Listing {
        name: "generate",
        description: "Answers the problem directly in one call. Quick and cheap, for problems that need little thought.",
        role: Role::Generate,
        only: None,
        skill: &Generate,
        action: true,
    },
    Listing {
        name: "generate_cot",
        description: "Reasons through the problem step by step before it answers. For problems that take several steps.",
        role: Role::Generate,
        only: None,
        skill: &GenerateCot,
        action: true,
    },
    Listing {
        name: "multi_generate_cot",
        description: "Reasons through the problem three times independently and at once, and gives three candidate answers to choose from. For hard problems on which one attempt may err.",
        role: Role::Generate,
        only: None,
        skill: &MultiGenerateCot,
        action: true,
    },
    Listing {
        name: "sc_ensemble",
        description: "Compares several candidate answers and selects the one that is most consistent with the others. Needs at least two candidates.",
        role: Role::Select,
        only: None,
        skill: &ScEnsemble,
        action: true,
    },
    Listing {
        name: "self_refine",
        description: "Reviews the current solution for mistakes and rewrites it. Needs a solution to improve.",
        role: Role::Refine,
        only: None,
        skill: &SelfRefine,
        action: true,
    },
    Listing {
        name: "programmer",
        description: "Writes a Python program that computes the answer, runs it, repairs it when it fails, and writes up its output. For exact arithmetic, counting and enumeration.",
        role: Role::Generate,
        only: Some(Domain::Maths),
        skill: &Programmer,
        action: true,
    },
    Listing {
        name: "test",
        description: "Runs the current program on the examples of the problem statement and, when one fails, reflects on the failure and rewrites the program. Needs a program to test.",
        role: Role::Refine,
        only: Some(Domain::Code),
        skill: &Test,
        action: true,
    },
    Listing {
        name: "early_stop",
        description: "Does nothing more and ends the work with the answer that stands. For problems that are already solved.",
        role: Role::Stop,
        only: None,
        skill: &EarlyStop,
        action: true,
    },
    Listing {
        name: "vote",
        description: "Counts the candidates' answers and selects one that most of them gave. Asks nobody. Needs at least two candidates.",
        role: Role::Select,
        only: None,
        skill: &Vote,
        action: false,
    },
    Listing {
        name: "check",
        description: "Runs the current program on the examples of the problem statement and notes how that went. Asks nobody and changes nothing.",
        role: Role::Refine,
        only: None,
        skill: &Check,
        action: false,
    },
];

/// The names of all operators, whatever their domain.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    LISTINGS.iter().map(|entry| entry.name)
}

/// The names of those that make candidates from the problem alone.
pub fn generating() -> impl Iterator<Item = &'static str> + Clone {
    LISTINGS.iter().filter(|entry| entry.role == Role::Generate).map(|entry| entry.name)
}

/// All operators that work on a domain, those that a controller may choose in the order of its actions.
#[must_use]
pub fn operators(domain: Domain, prompts: &Arc<Prompts>) -> OperatorSet {
    let of = |action: bool| -> Vec<Arc<dyn Operator>> {
        let wanted = LISTINGS.iter().filter(|entry| entry.only.is_none_or(|only| only == domain));
        wanted.filter(|entry| entry.action == action).map(|entry| listed(entry, prompts)).collect()
    };
    OperatorSet::new(of(true)).with_named(of(false))
}

fn listed(entry: &'static Listing, prompts: &Arc<Prompts>) -> Arc<dyn Operator> {
    Arc::new(Listed { name: entry.name.into(), entry, prompts: Arc::clone(prompts) })
}

/// An entry at work with a set of prompts.
struct Listed {
    name: OperatorName,
    entry: &'static Listing,
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
