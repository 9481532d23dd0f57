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
//! - `quick`: the experiment as it is sampled
//! - [`rehearse`]: a cell's learning and evaluation without files

pub mod estimate;
pub mod held;
pub mod hours;
pub mod rehearse;
pub mod sample;

mod quick;

use std::ops::Add;
use std::path::Path;

use lamas_core::units::Price;
use rayon::prelude::*;

use crate::bank::missing::Missing;
use crate::run::cell::{Cell, side_by_side};
use crate::run::load::{cells, load, prepare_all};
use crate::run::world::sandbox;
use crate::run::{RunError, named};
use lamas_experiment::config::Experiment;
use lamas_experiment::dataset::DataFolders;
use lamas_record::cell_record::CellRecord;
use lamas_record::directory::{CELLS, RunDirectory};
use lamas_record::manifest;

use estimate::{Effort, Range};
use held::Held;
use hours::Schedule;
use quick::with_quick_encoder;
use rehearse::Rehearsed;
use sample::{Sample, Sampler};

/// What an experiment will take.
#[derive(Debug)]
pub struct Forecast {
    /// A row for each problem set and method, in the order of the experiment.
    pub rows: Vec<Row>,
    /// All rows.
    pub total: Effort,
    /// Hours for all rows, and what sets them.
    pub hours: (Range, &'static str),
    /// What the store holds of it already; `None` where there is no store, or nothing of this model in it.
    pub held: Option<Held>,
    /// What the bank lacks; `None` where the store is no bank.
    pub missing: Option<Missing>,
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
    pub estimate: Effort,
    /// Hours if it were alone.
    pub hours: Range,
}

impl Forecast {
    /// Works out what an experiment will take that goes on in the folder `out`, with so many cells at once.
    ///
    /// # Errors
    /// When data, surroundings or the store are not fit for it.
    pub fn new(experiment: &Experiment, folders: &DataFolders, out: &Path, threads: usize) -> Result<Self, RunError> {
        named::look(experiment, &sandbox(&experiment.draft)?)?;
        let datasets = load(experiment, folders)?;
        let sampler = Sampler::new(experiment)?;
        let groups = datasets.iter().flat_map(|data| experiment.methods.iter().map(move |method| (data, method)));
        let groups: Vec<_> = groups.collect();
        let samples = groups.par_iter().map(|(data, method)| sampler.sample(data, method));
        let samples: Vec<Sample> = samples.collect::<Result<_, RunError>>()?;

        let counted = prepare_all(&with_quick_encoder(experiment), datasets.clone())?;
        let root = ours(experiment, out).then_some(out);
        let ahead: Vec<(Cell, Ahead)> = cells(experiment, &counted)
            .into_iter()
            .map(|cell| {
                let ahead = Ahead::of(&cell, root);
                (cell, ahead)
            })
            .collect();
        let mut whole = Schedule::new(experiment, threads);
        let mut rows = Vec::new();
        for ((data, method), sample) in groups.iter().zip(&samples) {
            let name = &data.manifest.name;
            let own = |cell: &Cell| cell.method.name == method.name && cell.data.dataset.manifest.name == *name;
            let mut alone = Schedule::new(experiment, threads);
            let open = ahead.iter().filter(|(cell, ahead)| own(cell) && ahead.train + ahead.test > 0);
            let mut all = Shared::default();
            for group in side_by_side(open, together) {
                let shared = Shared::of(&group, sample);
                for schedule in [&mut whole, &mut alone] {
                    schedule.add(sample, &group[0].0, shared.run.train, shared.run.test);
                }
                all = Shared { run: all.run + shared.run, most: all.most + shared.most };
            }
            let effort = |Ahead { train, test }: Ahead| sample.times(train, test);
            let estimate = effort(all.run).up_to(&effort(all.most));
            let hours = alone.hours(&estimate).0;
            let (dataset, method) = (name.clone(), method.name.clone());
            rows.push(Row { dataset, method, episodes: all.run.train + all.run.test, estimate, hours });
        }
        let total: Effort = rows.iter().map(|row| row.estimate).sum();
        let finished = ahead.iter().filter(|(_, ahead)| ahead.train + ahead.test == 0).count();
        let recorded = (samples.iter().map(|s| s.recorded).sum(), samples.iter().map(|s| s.calls).sum());
        let price = samples.first().map_or(Price::FREE, |sample| sample.price);
        let (hours, held) = (whole.hours(&total), held::held(experiment, &datasets)?);
        let cells: Vec<Cell> = ahead.iter().map(|(cell, _)| cell.clone()).collect();
        let missing = Missing::count(experiment, &datasets, &cells)?;
        Ok(Self { rows, total, hours, held, missing, finished: (finished, ahead.len()), recorded, price })
    }
}

/// Whether the folder holds a run of this experiment.
fn ours(experiment: &Experiment, out: &Path) -> bool {
    let manifest = RunDirectory::open(out).and_then(|directory| manifest::read(&directory));
    manifest.is_ok_and(|manifest| manifest.experiment_sha256 == experiment.hash())
}

/// Whether two cells run together, as in a sweep.
fn together((cell, ahead): &&(Cell, Ahead), (other, its): &&(Cell, Ahead)) -> bool {
    (ahead.train > 0) == (its.train > 0) && cell.shares_episodes(other)
}

/// Episodes that are ahead of a cell.
#[derive(Debug, Default, Clone, Copy)]
struct Ahead {
    train: u64,
    test: u64,
}

impl Add for Ahead {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { train: self.train + other.train, test: self.test + other.test }
    }
}

/// Episodes that are ahead of cells that run together.
#[derive(Debug, Default, Clone, Copy)]
struct Shared {
    /// Those that are run.
    run: Ahead,
    /// The most that may be: of what cells share in part, they may share nothing.
    most: Ahead,
}

impl Shared {
    fn of(group: &[&(Cell, Ahead)], sample: &Sample) -> Self {
        let asked = group.iter().fold(Ahead::default(), |sum, (_, ahead)| sum + *ahead);
        let half = |asked: u64, rehearsed: &Rehearsed, is_settled: bool| {
            let run = (asked as f64 * rehearsed.share(group.len())).round() as u64;
            (run, if is_settled { run } else { asked })
        };
        // What cells share in part, and which graphs they end up with, a rehearsal on few rows does not tell.
        let train = half(asked.train, &sample.train, sample.train.shares_all());
        let test = half(asked.test, &sample.test, sample.test.shares_all() && sample.is_fixed());
        Self { run: Ahead { train: train.0, test: test.0 }, most: Ahead { train: train.1, test: test.1 } }
    }
}

impl Ahead {
    /// What the cell's folder, where there is one, does not show as done.
    fn of(cell: &Cell, root: Option<&Path>) -> Self {
        // A folder that cannot be read is refused when the run is started.
        let record = root.and_then(|root| CellRecord::read(&root.join(CELLS).join(cell.name())).ok().flatten());
        let unless = |done: bool, episodes: u64| if done { 0 } else { episodes };
        Self {
            train: unless(record.as_ref().is_some_and(CellRecord::is_trained), cell.training_episodes()),
            test: unless(record.as_ref().is_some_and(CellRecord::is_tested), cell.test_episodes()),
        }
    }
}
