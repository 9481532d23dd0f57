//! What operators ask of a problem alone.

use std::num::NonZeroU32;
use std::sync::Arc;

use lamas_core::exec::{Episode, Executor};
use lamas_core::operator::{Operator, OperatorName, Role, State};
use lamas_core::orchestrator::{FixedGraph, Schedule};
use lamas_core::pipeline::Pipeline;
use lamas_core::problem::Task;
use lamas_core::scope::Workbench;
use lamas_record::rows::Split;

use crate::run::cell::Cell;
use crate::run::prepare::Prepared;

/// Whose samples a root is asked for: all of them, so that any replicate would do.
const REPLICATE: u64 = 0;

/// One operator on one problem, before anything has been answered.
#[derive(Clone)]
pub struct Root {
    data: Arc<Prepared>,
    task: Arc<Task>,
    operator: OperatorName,
}

impl Root {
    /// Asks it for all samples at once, and for what the operator asks once it has an answer.
    pub async fn ask(&self, samples: NonZeroU32, workbench: Workbench) -> Episode {
        let executor = Executor::new(self.data.operators.clone(), workbench, Schedule::Parallel);
        let copies = vec![self.operator.clone(); samples.get() as usize];
        let mut graph = FixedGraph::new(vec![copies]);
        executor.run(&self.task.problem, &Pipeline::default(), &mut graph, REPLICATE).await
    }

    /// Which it is, e.g. `words: generate on word-12`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}: {} on {}", self.data.dataset.manifest.name, self.operator.0, self.task.problem.id)
    }
}

/// The roots of these cells: problem set by problem set, test rows before training rows, row by row.
#[must_use]
pub fn roots(cells: &[Cell]) -> Vec<Root> {
    let mut sets: Vec<Vec<&Cell>> = Vec::new();
    for cell in cells {
        match sets.iter_mut().find(|set| Arc::ptr_eq(&set[0].data, &cell.data)) {
            Some(set) => set.push(cell),
            None => sets.push(vec![cell]),
        }
    }
    sets.iter().flat_map(|set| of_set(set)).collect()
}

fn of_set(cells: &[&Cell]) -> Vec<Root> {
    let data = &cells[0].data;
    let learns = cells.iter().any(|cell| cell.training_episodes() > 0);
    let splits = [Split::Test, Split::Train].into_iter().take(1 + usize::from(learns));
    let operators: Vec<_> = data.operators.iter().filter(|operator| is_run(operator.name(), cells)).collect();
    let tasks = splits.flat_map(|split| match split {
        Split::Train => &data.dataset.train,
        Split::Test => &data.dataset.test,
    });
    let of_task = |task: &Arc<Task>| {
        let begins = |operator: &&Arc<dyn Operator>| {
            operator.role() != Role::Stop && operator.can_run(&task.problem, &State::default())
        };
        let root = |operator: &Arc<dyn Operator>| Root {
            data: Arc::clone(data),
            task: Arc::clone(task),
            operator: operator.name().clone(),
        };
        operators.iter().copied().filter(begins).map(root).collect::<Vec<_>>()
    };
    tasks.flat_map(of_task).collect()
}

/// Whether one of these cells may run an operator, in its layers or in the steps around them.
fn is_run(operator: &OperatorName, cells: &[&Cell]) -> bool {
    cells.iter().any(|cell| {
        let named = cell.plan.may_run();
        let pipeline = cell.data.pipeline(cell.method.steps);
        let steps = pipeline.pre.iter().chain(&pipeline.post);
        named.is_empty() || named.contains(operator) || steps.into_iter().any(|step| step.run == *operator)
    })
}
