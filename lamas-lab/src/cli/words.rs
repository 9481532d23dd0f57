//! `words`.

use clap::Args;
use lamas_core::random::Seed;

use crate::wordproblems::{self, ROWS, SEED};

/// Which word problems.
#[derive(Debug, Args)]
pub struct WordsArgs {
    /// The generator's seed.
    #[arg(long, default_value_t = SEED.0)]
    pub seed: u64,

    /// How many problems.
    #[arg(long, default_value_t = ROWS)]
    pub count: usize,
}

/// Generates word problems as JSON lines on standard output.
///
/// # Errors
/// When a problem cannot be written as JSON.
pub fn run(args: &WordsArgs) -> anyhow::Result<()> {
    for problem in wordproblems::generate(Seed(args.seed), args.count) {
        println!("{}", serde_json::to_string(&problem)?);
    }
    Ok(())
}
