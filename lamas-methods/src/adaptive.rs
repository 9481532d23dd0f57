//! A race for each query, chosen by a policy that is learned from single answers to the training rows ([`lamas_adaptive`]).
//!
//! What is drawn does not depend on prices, and one policy serves all of them: cells that differ in lambda alone draw their
//! bank once, and learn once.

mod found;

use std::path::Path;
use std::sync::Arc;

use lamas_adaptive::bank::{Bank, Row};
use lamas_adaptive::front::Screening;
use lamas_adaptive::learning::AdaptiveSettings;
use lamas_adaptive::plans::Space;
use lamas_adaptive::policy::PolicySettings;
use lamas_adaptive::prices::Prices;
use lamas_controller::checkpoint::Origin;
use lamas_controller::reinforce::Update;
use lamas_controller::settings::Settings;
use lamas_controller::{ControllerError, Result, notes};
use lamas_core::operator::{OperatorName, Role};
use lamas_core::race::{Entrant, Race, Until};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::found::{Found, Memo};
use crate::fault::Fault;
use crate::graph::Graph;
use crate::layer::{CHECK, Entrants};
use crate::limit::Limit;
use crate::material::Material;
use crate::plan::{self, Episodes, Kind, Plan, SettingsGrid, Tunable};
use crate::planner::{FOUND, Planner, Trial, TrialResult};
use crate::spec::Spec;

/// What [`FOUND`] says that it is.
const NOTE: &str = "adaptive";

/// The most operators of a bank, and copies of a race: beyond, there are too many races to go through.
const MOST_GENERATORS: usize = 4;
const MOST_COPIES: usize = 12;

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
        }
    }
}

impl Spec for AdaptiveSpec {
    fn limits(&self) -> Vec<Limit> {
        let copies = self.bank.0.iter().map(|entrant| Limit::new("adaptive.bank", entrant.copies as usize, 1_000));
        let own = [
            Limit::new("adaptive.bank", self.bank.0.len(), MOST_GENERATORS),
            Limit::new("adaptive.copies", self.copies as usize, MOST_COPIES),
            Limit::new("adaptive.plans", self.plans, 1_000),
            Limit::new("adaptive.replays", self.replays, 10_000),
            Limit::new("adaptive.lambda_t", self.lambda_t.len(), 1_000),
        ];
        copies.chain(own).collect()
    }

    fn check(&self) -> Result<(), Fault> {
        let among = |key: &str, values: &[f64], fits: &dyn Fn(f64) -> bool, expected: &str| {
            let odd = values.iter().enumerate().find(|(_, value)| !fits(**value));
            let fault = |(place, value)| Fault::new(format!("adaptive.{key}[{place}]"), format!("{value}: {expected}"));
            odd.map_or(Ok(()), |odd| Err(fault(odd)))
        };
        among("shrinkage", &self.shrinkage, &|x| x.is_finite() && x > 0.0, "must be above 0 (reward)")?;
        among("lambda_t", &self.lambda_t, &|x| x.is_finite() && x >= 0.0, "must be 0 or more (reward per token)")
    }

    fn operators(&self) -> Vec<(String, OperatorName)> {
        let named = |entrant: &Entrant| (format!("adaptive.bank.{}", entrant.operator), entrant.operator.clone());
        self.bank.0.iter().map(named).collect()
    }

    fn plans(&self, settings: SettingsGrid<'_>) -> Result<Vec<Arc<dyn Plan>>, String> {
        plan::each(&Adaptive { spec: self.clone(), memo: Memo::default() }, settings)
    }
}

/// An entry with what any of its cells has learned.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
struct Adaptive {
    spec: AdaptiveSpec,
    #[serde(skip)]
    memo: Memo,
}

impl Tunable for Adaptive {
    const NAME: &'static str = "adaptive";
    const SHARES_EPISODES: bool = true;

    fn kind(&self, _settings: &Settings) -> Kind {
        Kind::Adaptive
    }

    fn may_run(&self) -> Vec<OperatorName> {
        let own = self.spec.bank.0.iter().map(|entrant| entrant.operator.clone());
        own.chain([CHECK.into()]).collect()
    }

    fn episodes(&self, _settings: &Settings, material: &Material<'_>) -> Episodes {
        Episodes { train: material.train.len(), per_answer: 1 }
    }

    fn planner<'a>(&'a self, settings: &'a Arc<Settings>, material: Material<'a>) -> Result<Box<dyn Planner + 'a>> {
        let field = Arc::new(self.spec.field(&material)?);
        let (asked, choice) = (false, None);
        Ok(Box::new(Learning { adaptive: self, settings, material, field, asked, choice }))
    }
}

impl AdaptiveSpec {
    /// What is drawn of every training row: all outputs of the bank at once, programs with their run on the public examples.
    fn field(&self, material: &Material<'_>) -> Result<Race> {
        let there = self.bank.0.iter().filter_map(|entrant| {
            let operator = material.operators.get(&entrant.operator)?;
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

    /// How a bank is learned from.
    fn learning(&self) -> AdaptiveSettings {
        let Self { copies, second_wave, plans, replays, text, shrinkage, .. } = self;
        let policy = PolicySettings::default();
        let shrinkage = if *text { shrinkage.clone() } else { Vec::new() };
        AdaptiveSettings {
            space: Space { copies: *copies, second_wave: *second_wave, ..Space::default() },
            screening: Screening { last: *replays, keep: *plans, ..Screening::default() },
            policy: PolicySettings { shrinkage, ..policy },
        }
    }
}

/// The method at work on one problem set with one seed.
struct Learning<'a> {
    adaptive: &'a Adaptive,
    settings: &'a Settings,
    material: Material<'a>,
    field: Arc<Race>,
    asked: bool,
    choice: Option<Choice>,
}

/// What was learned, and the graphs that it chooses from.
struct Choice {
    found: Arc<Found>,
    /// `[plans]`.
    graphs: Vec<Arc<Graph>>,
}

impl From<Arc<Found>> for Choice {
    fn from(found: Arc<Found>) -> Self {
        let graph = |plan: &Race| Arc::new(Graph(vec![at_work(plan, found.examples).into()]));
        Self { graphs: found.learned.plans.iter().map(graph).collect(), found }
    }
}

/// A plan as it is run. Programs are tried on the public examples before they arrive, but where the first to arrive is taken
/// whatever it does.
fn at_work(plan: &Race, examples: bool) -> Race {
    let compares = !matches!(&plan.until, Until::First(first) if first.0.get() == 1);
    let each = if examples && compares { vec![CHECK.into()] } else { Vec::new() };
    let then = plan.then.iter().map(|next| at_work(next, examples)).collect();
    Race { each, then, ..plan.clone() }
}

impl Learning<'_> {
    fn prices(&self) -> Prices {
        Prices { lambda_t: self.settings.lambda_t, lambda_c: self.settings.lambda_c }
    }

    /// What was drawn of the training rows that are whole, with their numbers.
    fn whole(&self, results: &[TrialResult]) -> Vec<(usize, Arc<Row>)> {
        let wanted = || self.field.entrants.iter().map(|entrant| entrant.copies as usize);
        let whole = |row: &&Arc<Row>| row.outputs.iter().map(Vec::len).eq(wanted());
        results.iter().filter_map(|result| Some((result.row, result.drawn.as_ref().filter(whole)?.clone()))).collect()
    }

    /// Learns from a bank of these rows.
    fn learned(&self, rows: &[(usize, Arc<Row>)]) -> Result<Found> {
        let spec = &self.adaptive.spec;
        if rows.is_empty() {
            let message = format!(
                "none of {} training rows has all that `adaptive.bank` asks for ({}), since calls failed: the episodes of \
                 training say why",
                self.material.train.len(),
                spec.bank
            );
            return Err(ControllerError::Lesson(message));
        }
        let generators = self.field.entrants.iter().map(|entrant| entrant.operator.clone()).collect();
        let bank = Bank::new(generators, rows.iter().map(|(_, row)| Row::clone(row)).collect()).map_err(unfit)?;
        let queries: Vec<&[f32]> = rows.iter().map(|&(row, _)| self.material.train.row(row)).collect();
        let lambda_c = self.settings.lambda_c;
        let prices: Vec<Prices> = spec.lambda_t.iter().map(|&lambda_t| Prices { lambda_t, lambda_c }).collect();
        let seed = self.material.seed.derive("adaptive", &[]);
        let (learned, screened) = spec.learning().learn(&bank, &queries, &prices, seed).map_err(unfit)?;
        Ok(Found::new(learned, &screened, &bank, rows.iter().map(|(row, _)| *row).collect()))
    }
}

/// An error of learning as one of the controller.
fn unfit(error: lamas_adaptive::AdaptiveError) -> ControllerError {
    match error {
        lamas_adaptive::AdaptiveError::Network(error) => error,
        lamas_adaptive::AdaptiveError::Tensor(error) => error.into(),
        other => ControllerError::Lesson(other.to_string()),
    }
}

impl Planner for Learning<'_> {
    fn next(&mut self) -> Result<Vec<Trial>> {
        if std::mem::replace(&mut self.asked, true) {
            return Ok(Vec::new());
        }
        Ok((0..self.material.train.len()).map(|row| Trial::of_field(row, 0, &self.field)).collect())
    }

    fn learn(&mut self, results: Vec<TrialResult>) -> Result<Option<Update>> {
        let rows = self.whole(&results);
        let key = Memo::key(self.material.seed, self.settings.lambda_c, &rows);
        self.choice = Some(self.adaptive.memo.recall(key, || self.learned(&rows))?.into());
        Ok(None)
    }

    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial>>> {
        let Some(Choice { found, graphs }) = &self.choice else {
            return Err(ControllerError::Lesson("nothing was learned yet".to_owned()));
        };
        let queries: Vec<&[f32]> = rows.iter().map(|&row| self.material.test.row(row)).collect();
        let chosen = found.learned.choices(&queries, &[self.prices()]).map_err(unfit)?;
        Ok(rows.iter().zip(chosen).map(|(&row, plan)| vec![Trial::of_graph(row, 0, &graphs[plan[0]])]).collect())
    }

    fn file(&self) -> Option<&'static str> {
        Some(FOUND)
    }

    fn save(&self, path: &Path, origin: &Origin) -> Result<()> {
        let found = self.choice.as_ref().map(|choice| &*choice.found);
        notes::save(path, NOTE, &found, origin, self.settings)
    }

    fn load(&mut self, path: &Path, origin: &Origin) -> Result<()> {
        let found: Found = notes::load(path, NOTE, origin, self.settings)?;
        self.choice = Some(Arc::new(found).into());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
