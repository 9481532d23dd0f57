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

use std::path::{Path, PathBuf};

use lamas_controller::settings::Settings;
use lamas_core::units::Price;
use lamas_llm::openai::OpenAiSettings;
use rayon::prelude::*;

use crate::config::{Experiment, Method, ModelChoice};
use crate::dataset::{DataFolders, Dataset};
use crate::run::cell::cell_name;
use crate::run::directory::RunDirectory;
use crate::run::sweep::{Done, load};
use crate::run::{RunError, manifest};

use estimate::{Estimate, Range};
use held::Held;
use hours::Schedule;
use sample::{Sample, Sampler};

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
        let groups = datasets.iter().flat_map(|data| experiment.methods.iter().map(move |method| (data, method)));
        let groups: Vec<_> = groups.collect();
        let samples = groups.par_iter().map(|(data, method)| sampler.sample(data, method));
        let samples: Vec<Sample> = samples.collect::<Result<_, RunError>>()?;

        let cells = Cells { root: ours(experiment, out).then(|| out.to_owned()), experiment };
        let mut whole = Schedule::new(experiment, threads);
        let (mut rows, mut finished, mut all) = (Vec::new(), 0, 0);
        for ((data, method), sample) in groups.iter().zip(&samples) {
            let mut alone = Schedule::new(experiment, threads);
            let (mut train, mut test) = (0, 0);
            for cell in cells.of(data, method) {
                all += 1;
                finished += usize::from(cell.train + cell.test == 0);
                (train, test) = (train + cell.train, test + cell.test);
                for schedule in [&mut whole, &mut alone] {
                    schedule.add(sample, cell.batch, cell.train, cell.test);
                }
            }
            let estimate = sample.times(train, test);
            let hours = alone.hours(&estimate).0;
            let (dataset, method) = (data.manifest.name.clone(), method.name.clone());
            rows.push(Row { dataset, method, episodes: train + test, estimate, hours });
        }
        let total: Estimate = rows.iter().map(|row| row.estimate).sum();
        let recorded = (samples.iter().map(|s| s.recorded).sum(), samples.iter().map(|s| s.calls).sum());
        let price = samples.first().map_or(Price::FREE, |sample| sample.price);
        let (hours, held) = (whole.hours(&total), held::held(experiment, &datasets)?);
        Ok(Self { rows, total, hours, held, finished: (finished, all), recorded, price })
    }
}

/// Whether the folder holds a run of this experiment.
fn ours(experiment: &Experiment, out: &Path) -> bool {
    let manifest = RunDirectory::open(out).and_then(|directory| manifest::read(&directory));
    manifest.is_ok_and(|manifest| manifest.experiment_sha256 == experiment.hash())
}

/// What is ahead of the cells of an experiment.
struct Cells<'a> {
    root: Option<PathBuf>,
    experiment: &'a Experiment,
}

/// What is ahead of one cell.
struct Ahead {
    /// Training episodes.
    train: u64,
    /// Training episodes of one update.
    batch: usize,
    /// Test episodes.
    test: u64,
}

impl Cells<'_> {
    /// The cells of a method on a problem set.
    fn of(&self, data: &Dataset, method: &Method) -> Vec<Ahead> {
        let one = |settings: Option<&Settings>, seed| {
            let name = cell_name(&data.manifest.name, method, settings, seed);
            let done = self.root.as_ref().map(|root| Done::read(&root.join("cells").join(name)));
            let passes = settings.map_or(0, |settings| u64::from(settings.passes));
            let ahead = |done: bool, episodes: u64| if done { 0 } else { episodes };
            Ahead {
                train: ahead(done.is_some_and(|done| done.trained), passes * data.train.len() as u64),
                batch: settings.map_or(1, |settings| settings.batch),
                test: ahead(done.is_some_and(|done| done.tested), data.test.len() as u64),
            }
        };
        let runs = method.runs();
        runs.iter().flat_map(|settings| self.experiment.seeds.iter().map(move |&seed| one(*settings, seed))).collect()
    }
}

/// The settings of the experiment's endpoint, where it has one.
fn endpoint(experiment: &Experiment) -> Option<&OpenAiSettings> {
    match &experiment.draft.model {
        ModelChoice::Openai(settings) => Some(settings),
        ModelChoice::Simulated(_) => None,
    }
}
