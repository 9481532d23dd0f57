//! `fit-sim`.

use lamas_bench::cli::out::say;
use std::path::PathBuf;

use clap::Args;
use lamas_sim::Profile;

use crate::fit::recorded::Recorded;
use crate::fit::seed::{self, Candidate, Statements};
use crate::fit::{self, calibration};
use lamas_bench::cli::data_dir::DataDir;
use lamas_bench::cli::sweep::start_threads;
use lamas_experiment::config::draft::Limit;
use lamas_experiment::dataset::{DataFolders, Dataset};

/// What the profile is fitted to.
#[derive(Debug, Args)]
pub struct FitSimArgs {
    /// A folder with the recorded outputs; without one, only what follows from published rows is fitted.
    #[arg(long, value_name = "DIR")]
    pub recorded: Option<PathBuf>,

    /// Try so many seeds on the published test rows, which needs the public problem sets; the profile's was chosen from
    /// 2500.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=1_000_000))]
    pub seeds: u64,

    /// Where table and figures go.
    #[arg(long, value_name = "DIR", default_value = "runs/fit-sim")]
    pub out: PathBuf,

    /// Where problem sets lie.
    #[command(flatten)]
    pub data: DataDir,
}

/// The sets that the profile is calibrated on.
const SETS: [&str; 3] = ["gsm8k", "humaneval", "math"];

/// Fits the numbers of the frozen profile again and puts them beside it.
///
/// # Errors
/// When a file is missing or does not parse.
pub fn run(args: &FitSimArgs) -> anyhow::Result<()> {
    start_threads(None)?;
    let profile = Profile::embedded("gpt-4o-mini")?;
    let mut fits = calibration::fits(&profile);
    let recorded = args.recorded.as_deref().map(Recorded::read).transpose()?;
    if let Some(recorded) = &recorded {
        fits.extend(fit::from_recorded(recorded, &profile));
    }
    let seeds = if args.seeds > 0 { tried(&profile, args)? } else { Vec::new() };
    say(fit::report::table(&fits).markdown())?;
    tell_seeds(&seeds, profile.seed.0)?;
    for path in fit::report::write(&fits, recorded.as_ref(), &profile, &seeds, &args.out)? {
        say(format_args!("wrote {}", path.display()))?;
    }
    Ok(())
}

fn tried(profile: &Profile, args: &FitSimArgs) -> anyhow::Result<Vec<Candidate>> {
    let folders = DataFolders::new(args.data.data_dir.as_deref());
    let mut sets = Vec::new();
    for name in SETS {
        let dataset = Dataset::load(&folders, name, &Limit::default())?;
        let texts = dataset.test.iter().map(|task| task.problem.statement.to_string()).collect();
        sets.push(Statements { section: name.to_owned(), texts });
    }
    Ok(seed::candidates(profile, &sets, args.seeds))
}

/// The best seeds, and the place of the profile's among those tried.
fn tell_seeds(seeds: &[Candidate], used: u64) -> anyhow::Result<()> {
    let mut ranked: Vec<&Candidate> = seeds.iter().collect();
    ranked.sort_by(|a, b| a.worst.total_cmp(&b.worst));
    for candidate in ranked.iter().take(5) {
        say(format_args!("seed {:>5}: off by at most {:.2} points", candidate.seed, candidate.worst))?;
    }
    if let Some(place) = ranked.iter().position(|candidate| candidate.seed == used) {
        let worst = ranked[place].worst;
        say(format_args!(
            "the profile's, {used}: off by at most {worst:.2} points, number {} of {}",
            place + 1,
            ranked.len()
        ))?;
    }
    Ok(())
}
