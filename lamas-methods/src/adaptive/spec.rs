//! What stands under `adaptive`.

use lamas_adaptive::budget::Target;
use lamas_adaptive::front::Screening;
use lamas_adaptive::learning::AdaptiveSettings;
use lamas_adaptive::plans::Space;
use lamas_adaptive::policy::PolicySettings;
use lamas_adaptive::prices::Prices;
use lamas_controller::{ControllerError, Result};
use lamas_core::operator::{OperatorSet, Role};
use lamas_core::race::{Entrant, Race, Until};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::layer::{CHECK, Entrants};

/// A race for each query: which operators start at once, how many of each, and when their answer is decided.
///
/// Each operator of the bank answers every training row so many times, once for all values of lambda_t. All races over these
/// answers are then replayed without the model; a policy learns which one a query gets at given prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdaptiveSpec {
    /// What the bank holds of every training row: operators that answer, and how many answers of each; those that a domain lacks
    /// are left out. From a recording no more than it holds of a question; `{generate_cot: 8, generate: 8}`.
    pub bank: Entrants,
    /// The most answers that a race starts, over all operators and waves; 8.
    pub copies: u32,
    /// Whether a second wave may follow where the first ends undecided; true.
    pub second_wave: bool,
    /// How many races are learned about: the best ones over score, path and cost, and their neighbours; 64.
    pub plans: usize,
    /// How often each of them is replayed on every training row; 64.
    pub replays: usize,
    /// Whether a query's text has a say. Without it every query gets the race that is best on the training rows; true.
    pub text: bool,
    /// By how much reward another race must gain on a query before it leaves the best single one: the values that
    /// cross-validation chooses from; 0.02, 0.05, 0.1, 0.2.
    pub shrinkage: Vec<f64>,
    /// The values of lambda_t that the policy is trained with, all together. It answers at those of the experiment, whichever
    /// they are; 0, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3.
    pub lambda_t: Vec<f64>,
    /// Of how many training rows, those whose text is nearest, a query gets the best race, instead of what the policy says; none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neighbours: Option<usize>,
    /// What a query may take, instead of a price of it: the price that keeps to it is found on the bank, and only the first
    /// lambda_t is run; none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
}

impl Default for AdaptiveSpec {
    fn default() -> Self {
        let entrant = |name: &str| Entrant { operator: name.into(), copies: 8 };
        Self {
            bank: Entrants(vec![entrant("generate_cot"), entrant("generate")]),
            copies: 8,
            second_wave: true,
            plans: 64,
            replays: 64,
            text: true,
            shrinkage: PolicySettings::default().shrinkage,
            lambda_t: vec![0.0, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3],
            neighbours: None,
            target: None,
        }
    }
}

impl AdaptiveSpec {
    /// What is drawn of every training row: all outputs of the bank at once, programs with their run on the public examples.
    pub(super) fn field(&self, operators: &OperatorSet) -> Result<Race> {
        let there = self.bank.0.iter().filter_map(|entrant| {
            let operator = operators.get(&entrant.operator)?;
            Some((entrant, operator.role()))
        });
        let there: Vec<(&Entrant, Role)> = there.collect();
        let refused = |value: String, expected: &str| {
            Err(ControllerError::Setting { key: "adaptive.bank", value, expected: expected.to_owned() })
        };
        if let Some((entrant, _)) = there.iter().find(|(_, role)| *role != Role::Generate) {
            return refused(entrant.operator.to_string(), "must be operators that answer a problem by themselves");
        }
        if there.is_empty() {
            return refused(self.bank.to_string(), "needs an operator that works on these problems");
        }
        let entrants = there.into_iter().map(|(entrant, _)| entrant.clone()).collect();
        Ok(Race { each: vec![CHECK.into()], ..Race::new(entrants, Until::All) })
    }

    /// The prices that are trained together, at this price of money.
    pub(super) fn prices(&self, lambda_c: f64) -> Vec<Prices> {
        self.lambda_t.iter().map(|&lambda_t| Prices { lambda_t, lambda_c }).collect()
    }

    /// How a bank is learned from.
    pub(super) fn learning(&self) -> AdaptiveSettings {
        let Self { copies, second_wave, plans, replays, shrinkage, .. } = self;
        let policy = PolicySettings::default();
        let learns = self.text && self.neighbours.is_none();
        let shrinkage = if learns { shrinkage.clone() } else { Vec::new() };
        AdaptiveSettings {
            space: Space { copies: *copies, second_wave: *second_wave, ..Space::default() },
            screening: Screening { last: *replays, keep: *plans, ..Screening::default() },
            policy: PolicySettings { shrinkage, ..policy },
        }
    }
}
