//! Gets a public file and verifies it before it takes its place.

use std::io::Write;
use std::path::PathBuf;

use flate2::read::GzDecoder;

use super::error::DataError;
use super::folder::DataFolders;
use super::load::{self, MOST_BYTES};
use super::manifest::{Compression, Manifest};

/// Fetches a dataset's file into the first data folder. Nothing is left behind unless it is
/// what the manifest says.
///
/// # Errors
/// When there is nothing to fetch, the server does not give it, or it is another file.
pub async fn fetch(folders: &DataFolders, manifest: &Manifest) -> Result<PathBuf, DataError> {
    let name = &manifest.name;
    let origin = manifest.source.as_ref().ok_or_else(|| {
        DataError::Fetch(format!("`{name}` ships with the project; `lamas-bench data verify {name}` checks it"))
    })?;
    let target = folders.own().join(&manifest.file);
    let mut packed = Capped(Vec::new());
    lamas_llm::http::download(&origin.url, &mut packed, &mut |_, _| ())
        .await
        .map_err(|error| DataError::Fetch(error.to_string()))?;
    let Capped(packed) = packed;
    let bytes = match origin.compression {
        Compression::None => packed,
        Compression::Gzip => unpack(&packed).map_err(|error| DataError::Fetch(format!("{}: {error}", origin.url)))?,
    };
    load::own(manifest, &target, &bytes)?;
    place(&target, &bytes)
        .map_err(|error| DataError::Fetch(format!("{}: cannot be written: {error}", target.display())))?;
    Ok(target)
}

fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Capped(Vec::new());
    std::io::copy(&mut GzDecoder::new(packed), &mut bytes)?;
    Ok(bytes.0)
}

/// Bytes that do not grow beyond the largest file that is read.
struct Capped(Vec<u8>);

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if (self.0.len() + bytes.len()) as u64 > MOST_BYTES {
            return Err(std::io::Error::other(format!(
                "it is larger than {} MiB, the most that is read",
                MOST_BYTES >> 20
            )));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn place(target: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    // A link stays one: the file that it names is replaced.
    let target = &target.canonicalize().unwrap_or_else(|_| target.to_owned());
    let folder = target.parent().unwrap_or(target);
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(target)?;
    Ok(())
}
