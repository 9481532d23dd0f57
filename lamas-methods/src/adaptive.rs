//! A race for each query, chosen by a policy that is learned from single answers to the training rows ([`lamas_adaptive`]).
//!
//! What is drawn does not depend on prices, and one policy serves all of them: cells that differ in lambda alone draw their
//! bank once, and learn once.

mod found;
mod learning;
mod spec;
mod target;

use std::sync::Arc;

use lamas_controller::Result;
use lamas_controller::settings::Settings;
use lamas_core::operator::OperatorName;
use lamas_core::race::Entrant;
use serde::Serialize;

use self::found::Memo;
use self::learning::Learning;
pub use self::spec::AdaptiveSpec;
use crate::fault::Fault;
use crate::ground::{Ground, setting};
use crate::layer::CHECK;
use crate::limit::Limit;
use crate::material::Material;
use crate::plan::{self, Episodes, Kind, Plan, SettingsGrid, Tunable};
use crate::planner::Planner;
use crate::spec::Spec;

/// The most operators of a bank, and copies of a race: beyond, there are too many races to go through.
const MOST_GENERATORS: usize = 4;
const MOST_COPIES: usize = 12;

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
        let neighbours = self.neighbours.map(|rows| Limit::new("adaptive.neighbours", rows, 1_000_000));
        copies.chain(own).chain(neighbours).collect()
    }

    fn check(&self) -> Result<(), Fault> {
        let among = |key: &str, values: &[f64], fits: &dyn Fn(f64) -> bool, expected: &str| {
            let odd = values.iter().enumerate().find(|(_, value)| !fits(**value));
            let fault = |(place, value)| Fault::new(format!("adaptive.{key}[{place}]"), format!("{value}: {expected}"));
            odd.map_or(Ok(()), |odd| Err(fault(odd)))
        };
        among("shrinkage", &self.shrinkage, &|x| x.is_finite() && x > 0.0, "must be above 0 (reward)")?;
        among("lambda_t", &self.lambda_t, &|x| x.is_finite() && x >= 0.0, "must be 0 or more (reward per token)")?;
        if self.target.is_some() && self.neighbours.is_some() {
            let problem = "finds no price for `neighbours`; leave one of them out";
            return Err(Fault::new("adaptive.target", problem));
        }
        let target = self.target.map_or(Ok(()), |target| target.check().map(drop));
        target.map_err(|error| Fault::new("adaptive.target", error.to_string()))
    }

    fn operators(&self) -> Vec<(String, OperatorName)> {
        let named = |entrant: &Entrant| (format!("adaptive.bank.{}", entrant.operator), entrant.operator.clone());
        self.bank.0.iter().map(named).collect()
    }

    fn plans(&self, settings: SettingsGrid<'_>) -> Result<Vec<Arc<dyn Plan>>, String> {
        let adaptive = Adaptive { spec: self.clone(), memo: Memo::default() };
        match self.target {
            None => plan::each(&adaptive, settings),
            // The price is found: one that is given would be none of its own.
            Some(_) => plan::each(&adaptive, &|| settings().map(|all| all.into_iter().take(1).collect())),
        }
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

    fn fits(&self, _settings: &Settings, ground: &Ground<'_>) -> Result<(), Fault> {
        self.spec.field(ground.operators).map(drop).map_err(|error| setting("", error))
    }

    fn may_run(&self) -> Vec<OperatorName> {
        let own = self.spec.bank.0.iter().map(|entrant| entrant.operator.clone());
        own.chain([CHECK.into()]).collect()
    }

    fn episodes(&self, _settings: &Settings, material: &Material<'_>) -> Episodes {
        Episodes { train: material.train.len(), per_answer: 1 }
    }

    fn planner<'a>(&'a self, settings: &'a Arc<Settings>, material: Material<'a>) -> Result<Box<dyn Planner + 'a>> {
        let field = Arc::new(self.spec.field(material.operators)?);
        let (asked, choice) = (false, None);
        Ok(Box::new(Learning { spec: &self.spec, memo: &self.memo, settings, material, field, asked, choice }))
    }
}

#[cfg(test)]
mod tests;
