//! Checksums of a run's files, in the form that `sha256sum -c` reads, so that damage is never taken for a result.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::directory::write_text;
use super::{DAMAGED, RecordError};
use lamas_core::digest::hex;

/// The file in a run's folder that holds them. It is written last: its presence says that the run is finished.
pub const SUMS: &str = "SHA256SUMS";

/// SHA-256 by path relative to the run's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums(BTreeMap<String, String>);

impl Sums {
    /// Takes the checksums of files in a folder.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn of(root: &Path, files: impl IntoIterator<Item = String>) -> Result<Self, RecordError> {
        let sum = |file: String| Ok((file.clone(), of_file(&root.join(file))?));
        files.into_iter().map(sum).collect::<Result<_, RecordError>>().map(Self)
    }

    /// Reads those of a run; `None` where there are none.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged itself.
    pub fn read(root: &Path) -> Result<Option<Self>, RecordError> {
        let path = root.join(SUMS);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(RecordError::unreadable(path, error)),
        };
        let mut sums = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let (sum, file) = line.split_once("  ").filter(|(sum, _)| sum.len() == 64).ok_or_else(|| {
                RecordError::file(&path, format!("line {}: is not `SHA-256  FILE`; {DAMAGED}", index + 1))
            })?;
            sums.insert(file.to_owned(), sum.to_owned());
        }
        Ok(Some(Self(sums)))
    }

    /// Writes them into a run's folder.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self, root: &Path) -> Result<(), RecordError> {
        let lines: String = self.0.iter().map(|(file, sum)| format!("{sum}  {file}\n")).collect();
        write_text(&root.join(SUMS), &lines)
    }

    /// Holds one file against its checksum.
    ///
    /// # Errors
    /// When it has none, cannot be read, or is another one.
    pub fn check(&self, root: &Path, file: &str) -> Result<(), RecordError> {
        let path = root.join(file);
        match self.0.get(file) {
            Some(sum) => check_file(&path, sum, DAMAGED),
            None => Err(RecordError::file(path, format!("has no checksum in {SUMS}; {DAMAGED}"))),
        }
    }

    /// Holds every file against its checksum.
    ///
    /// # Errors
    /// Names the first that is missing, cannot be read, or is another one.
    pub fn check_all(&self, root: &Path) -> Result<(), RecordError> {
        self.0.keys().try_for_each(|file| self.check(root, file))
    }

    /// Whether a file is among them.
    #[must_use]
    pub fn names(&self, file: &str) -> bool {
        self.0.contains_key(file)
    }
}

/// A file's SHA-256 in hexadecimal.
///
/// # Errors
/// When it cannot be read.
pub fn of_file(path: &Path) -> Result<String, RecordError> {
    let mut digest = Digester(Sha256::new());
    let read = File::open(path).and_then(|mut file| io::copy(&mut file, &mut digest));
    read.map_err(|error| RecordError::unreadable(path, error))?;
    Ok(hex(digest.0.finalize()))
}

/// Holds a file against a checksum.
///
/// # Errors
/// When it cannot be read or is another one; says `remedy`.
pub fn check_file(path: &Path, expected: &str, remedy: &str) -> Result<(), RecordError> {
    let got = of_file(path)?;
    if got == expected {
        return Ok(());
    }
    Err(RecordError::file(path, format!("sha256 is {got}, but it was {expected} when the file was written; {remedy}")))
}

struct Digester(Sha256);

impl io::Write for Digester {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
