//! `data`.

use anyhow::Context;

use super::args::{DataArgs, DataCommand};
use super::out::say;
use lamas_experiment::dataset::load::{find, own, read, split};
use lamas_experiment::dataset::{DataFolders, Manifest, fetch};

/// Lists, verifies or fetches problem sets.
///
/// # Errors
/// When a set is missing, damaged or cannot be fetched.
pub fn run(args: &DataArgs) -> anyhow::Result<()> {
    match &args.command {
        DataCommand::List => list(&args.data.folders()?),
        DataCommand::Verify { names } => check(&args.data.folders()?, names),
        // Which makes the folder.
        DataCommand::Fetch { names } => bring(&DataFolders::new(args.data.data_dir.as_deref()), names),
    }
}

fn list(folders: &DataFolders) -> anyhow::Result<()> {
    for name in folders.some_names()? {
        let manifest = folders.manifest(&name)?;
        let place = match find(folders, &manifest) {
            Ok(path) => path.display().to_string(),
            Err(_) => format!("not here: lamas-bench data fetch {name}"),
        };
        let Manifest { title, rows, licence, .. } = manifest;
        say(format_args!("{name:<12} {title:<24} {rows:>5} rows  {licence:<10} {place}"))?;
    }
    Ok(())
}

fn check(folders: &DataFolders, names: &[String]) -> anyhow::Result<()> {
    let all = if names.is_empty() { folders.some_names()? } else { names.to_vec() };
    for name in all {
        let manifest = folders.manifest(&name)?;
        let path = match find(folders, &manifest) {
            Ok(path) => path,
            Err(_) if names.is_empty() => {
                say(format_args!("{name}: not here"))?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let bytes = read(&path)?;
        let rows = own(&manifest, &path, &bytes)?.len();
        split(folders, &manifest, rows)?;
        say(format_args!("{name}: {} is right, {rows} rows", path.display()))?;
    }
    Ok(())
}

fn bring(folders: &DataFolders, names: &[String]) -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("the runtime cannot be started")?;
    for name in names {
        let manifest = folders.manifest(name)?;
        let path = runtime.block_on(fetch::fetch(folders, &manifest))?;
        say(format_args!("{name}: {} is right, {} rows", path.display(), manifest.rows))?;
    }
    Ok(())
}
