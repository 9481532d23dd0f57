//! Datasets made ready: tasks, the operators of their domain, and embeddings, computed once and shared by all cells.

use std::sync::Arc;

use lamas_controller::encoder::{Embeddings, Encoder};
use lamas_controller::{ControllerError, Result};
use lamas_core::operator::OperatorSet;
use lamas_core::pipeline::Pipeline;
use lamas_core::problem::Task;
use lamas_core::random::{Seed, text_key};
use rand::seq::SliceRandom;

use lamas_experiment::dataset::Dataset;

/// A dataset with everything that its cells share.
pub struct Prepared {
    /// Its tasks and manifest.
    pub dataset: Dataset,
    /// The operators of its domain, in the order of the controller's actions.
    pub operators: OperatorSet,
    /// The training queries' embeddings: `[train, dimensions]`.
    pub train: Embeddings,
    /// The test queries' embeddings: `[test, dimensions]`.
    pub test: Embeddings,
    /// The embeddings of the operators' descriptions: `[operators, dimensions]`.
    pub descriptions: Embeddings,
    /// What made the embeddings: the encoder's name, and whether the queries' are shuffled.
    pub encoder: String,
}

impl Prepared {
    /// Embeds a dataset's queries and its operators' descriptions. With a seed, a permutation of each split then gives
    /// every query the embedding of another.
    ///
    /// # Errors
    /// When a text cannot be embedded.
    pub fn new(dataset: Dataset, operators: OperatorSet, encoder: &dyn Encoder, shuffle: Option<Seed>) -> Result<Self> {
        let statements = |tasks: &[Arc<Task>], split: &str| {
            let texts: Vec<&str> = tasks.iter().map(|task| &*task.problem.statement).collect();
            let embeddings = encoder.encode(&texts)?;
            Ok::<_, ControllerError>(match shuffle {
                Some(seed) => shuffled(&embeddings, seed, &dataset.manifest.name, split),
                None => embeddings,
            })
        };
        let descriptions: Vec<&str> = operators.iter().map(|operator| operator.description()).collect();
        Ok(Self {
            train: statements(&dataset.train, "train")?,
            test: statements(&dataset.test, "test")?,
            descriptions: encoder.encode(&descriptions)?,
            encoder: format!("{}{}", encoder.name(), if shuffle.is_some() { "+shuffled" } else { "" }),
            dataset,
            operators,
        })
    }

    /// The steps around the layers, or none.
    #[must_use]
    pub fn pipeline(&self, steps: bool) -> Pipeline {
        if steps { self.dataset.manifest.pipeline.clone() } else { Pipeline::default() }
    }
}

/// A permutation of a split's queries.
fn shuffled(embeddings: &Embeddings, seed: Seed, dataset: &str, split: &str) -> Embeddings {
    let mut order: Vec<usize> = (0..embeddings.len()).collect();
    order.shuffle(&mut seed.stream("shuffled embeddings", &[text_key(dataset), text_key(split)]));
    embeddings.reordered(&order)
}

#[cfg(test)]
mod tests {
    use lamas_controller::encoder::Hashed;

    use super::*;

    #[test]
    fn shuffling_moves_every_embedding_to_one_query_and_depends_on_seed_and_split() {
        let texts: Vec<String> = (0..50).map(|i| format!("query number {i}")).collect();
        let embeddings = Hashed.encode(&texts.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        let rows = |of: &Embeddings| (0..of.len()).map(|i| format!("{:?}", of.row(i))).collect::<Vec<_>>();
        let train = rows(&shuffled(&embeddings, Seed(1), "words", "train"));
        let (mut sorted, mut own) = (train.clone(), rows(&embeddings));
        assert_ne!(train, own);
        sorted.sort();
        own.sort();
        assert_eq!(sorted, own);
        assert_eq!(train, rows(&shuffled(&embeddings, Seed(1), "words", "train")));
        assert_ne!(train, rows(&shuffled(&embeddings, Seed(1), "words", "test")));
        assert_ne!(train, rows(&shuffled(&embeddings, Seed(2), "words", "train")));
    }
}
