//! The method at work on one problem set with one seed.

use std::path::Path;
use std::sync::Arc;

use lamas_adaptive::AdaptiveError;
use lamas_adaptive::bank::{Bank, Row};
use lamas_adaptive::policy::training::Lesson;
use lamas_adaptive::prices::Prices;
use lamas_controller::checkpoint::Origin;
use lamas_controller::reinforce::Update;
use lamas_controller::settings::Settings;
use lamas_controller::{ControllerError, Result, notes};
use lamas_core::race::{Race, Until};

use super::found::{Found, Memo};
use super::spec::AdaptiveSpec;
use super::target::Kept;
use crate::element::Element;
use crate::graph::Graph;
use crate::layer::CHECK;
use crate::material::Material;
use crate::planner::{FOUND, Planner, Trial, TrialResult};

/// What [`FOUND`] says that it is.
const NOTE: &str = "adaptive";

/// The method at work.
pub(super) struct Learning<'a> {
    pub(super) spec: &'a AdaptiveSpec,
    pub(super) memo: &'a Memo,
    pub(super) settings: &'a Settings,
    pub(super) material: Material<'a>,
    /// What is drawn of every training row.
    pub(super) field: Arc<Race>,
    pub(super) asked: bool,
    pub(super) choice: Option<Choice>,
}

/// What was learned, and the graphs that it chooses from.
pub(super) struct Choice {
    found: Arc<Found>,
    /// `[plans]`.
    graphs: Vec<Arc<Graph>>,
}

impl From<Arc<Found>> for Choice {
    fn from(found: Arc<Found>) -> Self {
        let graph = |plan: &Race| Arc::new(Graph(vec![Element::Layer(at_work(plan, found.examples).into())]));
        Self { graphs: found.learned.plans.iter().map(graph).collect(), found }
    }
}

/// A plan as it is run. Programs are tried on the public examples before they arrive, but where the first to arrive is taken
/// whatever it does.
pub(super) fn at_work(plan: &Race, examples: bool) -> Race {
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
        let spec = self.spec;
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
        let prices = spec.prices(self.settings.lambda_c);
        let seed = self.material.seed.derive("adaptive", &[]);
        let learning = spec.learning();
        let (learned, screened) = learning.learn(&bank, &queries, &prices, seed).map_err(unfit)?;
        let lesson = Lesson { plans: &screened.plans, values: &screened.values, queries: &queries, prices: &prices };
        let kept = |target| Kept::new(target, &lesson, &learned, &learning.policy, self.prices(), seed).map_err(unfit);
        let kept = spec.target.map(kept).transpose()?;
        let rows = rows.iter().map(|(row, _)| *row).collect();
        Ok(Found::new(spec, rows, &bank, &screened, learned, kept))
    }

    /// `[rows]`: the plan that each test query gets.
    fn chosen(&self, found: &Found, rows: &[usize]) -> Result<Vec<usize>> {
        let seed = self.material.seed.derive("target", &[]);
        let prices = |&row: &usize| found.kept.as_ref().map_or(self.prices(), |kept| kept.prices(row, seed));
        let queries: Vec<(&[f32], Prices)> =
            rows.iter().map(|row| (self.material.test.row(*row), prices(row))).collect();
        found.choose(&queries, self.material.train).map_err(unfit)
    }
}

/// An error of learning as one of the controller.
fn unfit(error: AdaptiveError) -> ControllerError {
    match error {
        AdaptiveError::Network(error) => error,
        AdaptiveError::Tensor(error) => error.into(),
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
        self.choice = Some(self.memo.recall(key, || self.learned(&rows))?.into());
        Ok(None)
    }

    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial>>> {
        let Some(Choice { found, graphs }) = &self.choice else {
            return Err(ControllerError::Lesson("nothing was learned yet".to_owned()));
        };
        let chosen = self.chosen(found, rows)?;
        Ok(rows.iter().zip(chosen).map(|(&row, plan)| vec![Trial::of_graph(row, 0, &graphs[plan])]).collect())
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
