//! `schema`.

use clap::Args;
use lamas_experiment::config::reference::reference;
use lamas_experiment::config::schema;

use super::out::say;

/// What an experiment file may say.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Every key with its default and meaning, as Markdown.
    #[arg(long)]
    pub reference: bool,
}

/// Prints the schema of experiment files, or the same to read.
///
/// # Errors
/// When nobody reads it.
pub fn run(args: &SchemaArgs) -> anyhow::Result<()> {
    let text = if args.reference { reference() } else { schema::text() };
    say(text.trim_end())?;
    Ok(())
}
