//! Gets a public file and verifies it before it takes its place.

use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;

use super::folder::DataFolders;
use super::load::{DataError, verify};
use super::manifest::{Compression, Manifest};

/// Fetches a dataset's file into the first data folder. Nothing is left behind unless its checksum is right.
///
/// # Errors
/// When there is nothing to fetch, the server does not give it, or it is another file.
pub async fn fetch(folders: &DataFolders, manifest: &Manifest) -> Result<PathBuf, DataError> {
    let name = &manifest.name;
    let origin = manifest.source.as_ref().ok_or_else(|| {
        DataError::Fetch(format!("`{name}` ships with the project; `lamas-bench data verify {name}` checks it"))
    })?;
    let target = folders.own().join(&manifest.file);
    let mut packed = Vec::new();
    lamas_llm::http::download(&origin.url, &mut packed, &mut |_, _| ())
        .await
        .map_err(|error| DataError::Fetch(error.to_string()))?;
    let bytes = match origin.compression {
        Compression::None => packed,
        Compression::Gzip => unpack(&packed).map_err(|error| DataError::Fetch(format!("{}: {error}", origin.url)))?,
    };
    verify(manifest, &target, &bytes)?;
    place(&target, &bytes)
        .map_err(|error| DataError::Fetch(format!("{}: cannot be written: {error}", target.display())))?;
    Ok(target)
}

fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn place(target: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = target.parent().unwrap_or(target);
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    std::io::Write::write_all(&mut file, bytes)?;
    file.persist(target)?;
    Ok(())
}
