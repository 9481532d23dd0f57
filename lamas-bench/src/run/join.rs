//! The files of cells as those of a run.

use lamas_record::cell_record::CellRecord;
use lamas_record::checksums::Sums;
use lamas_record::directory::{CELLS, RunDirectory};
use lamas_record::manifest::{self, RunManifest};
use lamas_record::parquet::concatenate;
use lamas_record::provenance;

use super::RunError;
use super::cell::Cell;
use super::gaps;
use super::working::{TEST, TRACES, TRAIN, UPDATES};

const MANIFEST: &str = "manifest.json";
const EPISODES: &str = "episodes.parquet";

/// The files of these cells as one, in the order of the experiment, with checksums of all that a report reads.
pub(super) fn join(directory: &RunDirectory, cells: &[&Cell]) -> Result<(), RunError> {
    let (mut episodes, mut updates, mut read) =
        (Vec::new(), Vec::new(), [MANIFEST, EPISODES].map(String::from).to_vec());
    for cell in cells {
        let name = cell.name();
        let folder = directory.cell_path(&name);
        let Some(record) = CellRecord::read(&folder)?.filter(CellRecord::is_tested) else {
            return Err(RunError::file(folder, "is not finished, though it was; start the same command again"));
        };
        let there = |file: &str| Some(folder.join(file)).filter(|_| record.names(file));
        episodes.extend(there(TRAIN));
        episodes.extend(there(TEST));
        updates.extend(there(UPDATES));
        read.push(format!("{CELLS}/{name}/{TRACES}"));
    }
    let all = directory.path(EPISODES);
    concatenate(&episodes, &all)?;
    manifest::label(directory, provenance::read(&all)?)?;
    concatenate(&updates, &directory.path(UPDATES))?;
    read.extend((!updates.is_empty()).then(|| UPDATES.to_owned()));
    Ok(Sums::of(directory.root(), read)?.write(directory.root())?)
}

/// Has the manifest name these cells alone.
pub(super) fn list(directory: &RunDirectory, cells: &[&Cell]) -> Result<(), RunError> {
    let manifest = manifest::read(directory)?;
    let cells = gaps::entries(manifest.cells, cells);
    Ok(manifest::write(directory, &RunManifest { cells, ..manifest })?)
}
