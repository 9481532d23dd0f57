//! What an experiment will take, said beforehand: calls, tokens, dollars and hours, each with a range.
//!
//! Nobody is asked. A sample of each method's episodes runs with a controller that has learned nothing, on the simulated
//! model; what the response store holds of the same calls takes the place of the simulated answers, and says by how much
//! the real model's answers are longer and slower than the simulated ones. The sample is then multiplied.
//!
//! - [`sample`]: episodes of one method on one problem set, and the model that answers them
//! - [`estimate`]: from a sample to calls, tokens and dollars
//! - [`hours`]: how long that takes under the limits of the endpoints
//! - [`held`]: how much of it the store holds already

pub mod estimate;
pub mod held;
pub mod hours;
pub mod sample;

use std::path::Path;

use lamas_core::units::Price;
use lamas_llm::openai::{OpenAiSettings, PriceTable};
use rayon::prelude::*;

use crate::config::{Experiment, ModelChoice};
use crate::dataset::DataFolders;
use crate::run::RunError;
use crate::run::sweep::{Phase, cells, load, prepare_all};

use estimate::{Estimate, Range};
use held::Held;
use sample::Sampler;

/// What an experiment will take.
#[derive(Debug)]
pub struct Plan {
    /// A row for each problem set and method, in the order of the experiment.
    pub rows: Vec<Row>,
    /// All rows.
    pub total: Estimate,
    /// Hours for all rows, and what sets them.
    pub hours: (Range, &'static str),
    /// What the store holds of it already; `None` where there is no store, or nothing of this model in it.
    pub held: Option<Held>,
    /// Cells that are finished in the run's folder, and all cells.
    pub finished: (usize, usize),
    /// Calls of the sample that the store answered, and all calls of the sample.
    pub recorded: (u64, u64),
    /// What a call costs.
    pub price: Price,
}

/// One method on one problem set, over all values of lambda_t and all seeds.
#[derive(Debug)]
pub struct Row {
    /// The problem set.
    pub dataset: String,
    /// The method.
    pub method: String,
    /// Episodes that are still to be run, training and test.
    pub episodes: u64,
    /// What they take.
    pub estimate: Estimate,
    /// Hours if it were alone.
    pub hours: Range,
}

impl Plan {
    /// Works out what an experiment will take that goes on in the folder `out`, with so many cells at once.
    ///
    /// # Errors
    /// When data, surroundings or the store are not fit for it.
    pub fn new(experiment: &Experiment, folders: &DataFolders, out: &Path, threads: usize) -> Result<Self, RunError> {
        let datasets = load(experiment, folders)?;
        let sampler = Sampler::new(experiment)?;
        let groups: Vec<_> =
            datasets.iter().flat_map(|data| experiment.methods.iter().map(move |method| (data, method))).collect();
        // One after another for each problem set: the first to come prepares what the others find.
        for data in &datasets {
            sampler.prepare(data)?;
        }
        let samples = groups.par_iter().map(|(data, method)| sampler.sample(data, method));
        let samples: Vec<_> = samples.collect::<Result<_, RunError>>()?;
        let recorded = samples.iter().fold((0, 0), |sum, s| (sum.0 + s.recorded_calls(), sum.1 + s.all_calls()));

        let held = held::held(experiment, &datasets)?;
        let prepared = prepare_all(experiment, datasets.clone())?;
        let all = cells(experiment, &prepared);
        let mut rows = Vec::new();
        let mut schedule = hours::Schedule::new(experiment, threads);
        let mut finished = 0;
        for ((data, method), sample) in groups.iter().zip(&samples) {
            let name = &data.manifest.name;
            let own = all.iter().filter(|cell| cell.method.name == method.name && cell.data.dataset.manifest.name == *name);
            let (mut train, mut test) = (0, 0);
            let mut alone = hours::Schedule::new(experiment, threads);
            for cell in own {
                let (own_train, own_test) = cell.ahead(out, Phase::Both);
                finished += usize::from(own_train + own_test == 0);
                (train, test) = (train + own_train, test + own_test);
                for schedule in [&mut schedule, &mut alone] {
                    schedule.add(sample, cell, own_train, own_test);
                }
            }
            let estimate = sample.times(train, test);
            let hours = alone.hours(&estimate).0;
            let (dataset, method) = (name.clone(), method.name.clone());
            rows.push(Row { dataset, method, episodes: train + test, estimate, hours });
        }
        let total: Estimate = rows.iter().map(|row| row.estimate).sum();
        let hours = schedule.hours(&total);
        Ok(Self { rows, total, hours, held, finished: (finished, all.len()), recorded, price: sampler.price() })
    }
}

/// The settings of the experiment's endpoint, where it has one.
fn endpoint(experiment: &Experiment) -> Option<&OpenAiSettings> {
    match &experiment.draft.model {
        ModelChoice::Openai(settings) => Some(settings),
        ModelChoice::Simulated(_) => None,
    }
}

/// What a call costs; `None` where that is the simulated model's to say.
fn price(experiment: &Experiment) -> Option<Price> {
    let table = || endpoint(experiment)?.price(&PriceTable::built_in());
    experiment.draft.price.or_else(table)
}
