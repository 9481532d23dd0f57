//! `words`.

use clap::Args;
use clap::builder::RangedU64ValueParser;
use lamas_bench::cli::out::say;
use lamas_core::random::Seed;

use crate::wordproblems::{self, ROWS, SEED};

/// The most problems: no two are equal, and each plot has only so many that are not.
const MOST: u64 = 20_000;

/// Which word problems.
#[derive(Debug, Args)]
pub struct WordsArgs {
    /// The generator's seed.
    #[arg(long, default_value_t = SEED.0)]
    pub seed: u64,

    /// How many problems.
    #[arg(long, default_value_t = ROWS, value_parser = RangedU64ValueParser::<usize>::new().range(..=MOST))]
    pub count: usize,
}

/// Generates word problems as JSON lines on standard output.
///
/// # Errors
/// When a problem cannot be written as JSON.
pub fn run(args: &WordsArgs) -> anyhow::Result<()> {
    for problem in wordproblems::generate(Seed(args.seed), args.count) {
        say(serde_json::to_string(&problem)?)?;
    }
    Ok(())
}
