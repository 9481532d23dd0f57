//! The same layers for every query. Nothing is learned.

use std::sync::Arc;

use lamas_controller::Result;
use lamas_controller::settings::Settings;
use lamas_core::operator::OperatorName;
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::graph::Graph;
use crate::ground::Ground;
use crate::limit::Limit;
use crate::material::Material;
use crate::plan::{Episodes, Kind, Plan, SettingsGrid};
use crate::planner::{Planner, Trial};
use crate::spec::Spec;

/// A graph that is written down.
#[derive(Debug, Clone)]
struct Fixed(Arc<Graph>);

impl Spec for Graph {
    fn limits(&self) -> Vec<Limit> {
        vec![self.limit("graph")]
    }

    fn check(&self) -> Result<(), Fault> {
        self.check("graph")
    }

    fn operators(&self) -> Vec<(String, OperatorName)> {
        self.named("graph")
    }

    fn plans(&self, _settings: SettingsGrid<'_>) -> Result<Vec<Arc<dyn Plan>>, String> {
        Ok(vec![Arc::new(Fixed(Arc::new(self.clone())))])
    }
}

impl Plan for Fixed {
    fn kind(&self) -> Kind {
        Kind::Fixed
    }

    fn record(&self) -> Value {
        json!({"fixed": *self.0})
    }

    fn graph(&self) -> Option<&Graph> {
        Some(&self.0)
    }

    fn fits(&self, ground: &Ground<'_>) -> Result<(), Fault> {
        self.0.fits("graph", ground)
    }

    fn may_run(&self) -> Vec<OperatorName> {
        self.0.names()
    }

    fn changed(&self, _change: &dyn Fn(&Settings) -> Settings) -> Arc<dyn Plan> {
        Arc::new(self.clone())
    }

    fn episodes(&self, _material: &Material<'_>) -> Episodes {
        Episodes { train: 0, per_answer: 1 }
    }

    fn planner<'a>(&'a self, _material: Material<'a>) -> Result<Box<dyn Planner + 'a>> {
        Ok(Box::new(self.clone()))
    }
}

impl Planner for Fixed {
    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial>>> {
        Ok(rows.iter().map(|&row| vec![Trial::of_graph(row, 0, &self.0)]).collect())
    }
}
