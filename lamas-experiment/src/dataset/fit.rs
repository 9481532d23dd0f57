//! Whether an experiment's methods can answer on its problem sets.

use std::sync::Arc;

use lamas_core::operator::{OperatorSet, Role};
use lamas_core::pipeline::Condition;
use lamas_core::problem::Domain;
use lamas_methods::{Fault, Ground};
use lamas_operators::prompt::Prompts;
use lamas_operators::registry;

use super::manifest::Manifest;
use crate::config::{ConfigError, Experiment, Method};

/// Holds every method of an experiment against every one of its problem sets.
///
/// # Errors
/// Names file, line and key of what could never run, answer or be decided on one of them.
pub fn check(experiment: &Experiment, manifests: &[&Manifest]) -> Result<(), ConfigError> {
    let programs = manifests.iter().any(|manifest| manifest.domain == Domain::Code);
    let prompts = Arc::new(Prompts::load(None).expect("the built-in prompts are valid"));
    for manifest in manifests {
        let operators = registry::operators(manifest.domain, &prompts);
        for (index, method) in experiment.methods.iter().enumerate() {
            let answered = method.steps && answers(manifest, &operators);
            let ground = Ground { dataset: &manifest.name, operators: &operators, answered, programs };
            fits(method, &ground).map_err(|fault| refused(experiment, index, fault))?;
        }
    }
    Ok(())
}

/// All of a method's plans differ in lambda_t alone.
fn fits(method: &Method, ground: &Ground<'_>) -> Result<(), Fault> {
    method.plans.first().map_or(Ok(()), |plan| plan.fits(ground))
}

/// Whether a problem set has a step of its own that answers, whatever the layers do.
fn answers(manifest: &Manifest, operators: &OperatorSet) -> bool {
    let mut steps = manifest.pipeline.pre.iter().chain(&manifest.pipeline.post);
    steps.any(|step| {
        let generates = operators.get(&step.run).is_some_and(|operator| operator.role() == Role::Generate);
        generates && step.when == Condition::Always
    })
}

/// A fault of a method, where it stands: what a method does not set itself stands under `controller`.
fn refused(experiment: &Experiment, index: usize, Fault { at, problem }: Fault) -> ConfigError {
    let own = format!("methods[{index}].{at}");
    let shared = at.strip_prefix("set.").map(|key| format!("controller.{key}"));
    let key = match shared {
        Some(shared) if experiment.tree.at(&own).is_none() => shared,
        _ => own,
    };
    experiment.tree.error(&key, format!("{key}: {problem}"))
}
