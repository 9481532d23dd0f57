//! Tables in files, written and read block by block, so that memory does not grow with their rows.
//!
//! Parts: `plausible` (whether a file can be what it says), `thrift` (how it says that).

mod plausible;
mod thrift;

use std::fs::File;
use std::io::BufWriter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use polars::io::parquet::metadata::FileMetadataRef;
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::*;
use tempfile::NamedTempFile;

use crate::RecordError;
use crate::directory::{finish, part_of, remove, unwritable, write_whole};

/// Rows that are joined into one block of a file: so many that its columns compress well and the file's own directory stays
/// small, so few that memory does.
const BLOCK_ROWS: usize = 1 << 12;

/// A Parquet file that grows block by block. It bears its name once it is whole.
pub struct GrowingParquet {
    path: PathBuf,
    part: NamedTempFile,
    writer: BatchedWriter<BufWriter<File>>,
}

impl GrowingParquet {
    /// A file without rows, whose blocks have these columns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path, columns: &Schema) -> Result<Self, RecordError> {
        let part = part_of(path)?;
        let file = part.reopen().map_err(|error| unwritable(path, &error))?;
        let writer = ParquetWriter::new(BufWriter::new(file)).with_compression(ParquetCompression::Zstd(None));
        let writer = writer.batched(columns).map_err(|error| unwritable(path, &error))?;
        Ok(Self { path: path.to_owned(), part, writer })
    }

    /// The name that it will bear.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a block of rows, which lie in one piece.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&mut self, block: &DataFrame) -> Result<(), RecordError> {
        self.writer.write_batch(block).map_err(|error| unwritable(&self.path, &error))
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<(), RecordError> {
        let Self { path, part, writer } = self;
        writer.finish().map_err(|error| unwritable(&path, &error))?;
        finish(part, &path)
    }
}

/// Writes a table as Parquet.
///
/// # Errors
/// When it cannot be written.
pub fn write_parquet(path: &Path, table: &DataFrame) -> Result<(), RecordError> {
    let mut file = GrowingParquet::create(path, table.schema())?;
    file.append(table)?;
    file.finish()
}

/// Reads a Parquet file.
///
/// # Errors
/// When it cannot be read.
pub fn read_parquet(path: &Path) -> Result<DataFrame, RecordError> {
    guarded(path, || even(path, open_looked_at(path)?.finish().map_err(|error| RecordError::table(path, &error))?))
}

/// Reads some columns of a Parquet file, each in one piece, so that single rows are quick to reach.
///
/// # Errors
/// When it cannot be read.
pub fn read_columns(path: &Path, columns: &[&str]) -> Result<DataFrame, RecordError> {
    guarded(path, || rows(path, open_looked_at(path)?, Some(owned(columns)), (0, usize::MAX)))
}

/// How many rows a Parquet file has.
///
/// # Errors
/// When it cannot be read.
pub fn count_rows(path: &Path) -> Result<usize, RecordError> {
    guarded(path, || open_looked_at(path)?.num_rows().map_err(|error| RecordError::table(path, &error)))
}

/// Some columns of a Parquet file, or all of them, in the blocks that they were written in.
pub struct Blocks<'a> {
    path: &'a Path,
    columns: Option<Vec<String>>,
    /// Where blocks and columns lie, read once.
    directory: FileMetadataRef,
    /// Rows of the blocks that are left.
    left: std::vec::IntoIter<usize>,
    /// Rows of the blocks before.
    read: usize,
}

impl<'a> Blocks<'a> {
    /// These columns of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(path: &'a Path, columns: &[&str]) -> Result<Self, RecordError> {
        Ok(Self { columns: Some(owned(columns)), ..Self::whole(path)? })
    }

    /// All columns of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn whole(path: &'a Path) -> Result<Self, RecordError> {
        let directory = guarded(path, || {
            let mut reader = open_looked_at(path)?;
            Ok(reader.get_metadata().map_err(|error| RecordError::table(path, &error))?.clone())
        })?;
        let mut rows = Vec::new();
        for group in &directory.row_groups {
            rows.push(group.num_rows());
        }
        Ok(Self { path, columns: None, directory, left: rows.into_iter(), read: 0 })
    }
}

impl Iterator for Blocks<'_> {
    type Item = Result<DataFrame, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        let slice = (self.read, self.left.next()?);
        self.read = self.read.saturating_add(slice.1);
        Some(guarded(self.path, || {
            let mut reader = open(self.path)?;
            reader.set_metadata(self.directory.clone());
            rows(self.path, reader, self.columns.clone(), slice)
        }))
    }
}

/// Joins Parquet files of the same columns into one; of none there is none, whatever was there.
///
/// # Errors
/// When one cannot be read or the whole cannot be written.
pub fn concatenate(parts: &[PathBuf], whole: &Path) -> Result<(), RecordError> {
    let Some(first) = parts.first() else { return remove(whole) };
    let mut held = guarded(first, || rows(first, open_looked_at(first)?, None, (0, 0)))?;
    let mut file = GrowingParquet::create(whole, held.schema())?;
    for part in parts {
        for block in Blocks::whole(part)? {
            held.vstack_mut(&block?).map_err(|error| RecordError::table(part, &error))?;
            if held.height() >= BLOCK_ROWS {
                file.append(held.rechunk_mut())?;
                held = held.clear();
            }
        }
    }
    if held.height() > 0 {
        file.append(held.rechunk_mut())?;
    }
    file.finish()
}

/// Writes a table as CSV.
///
/// # Errors
/// When it cannot be written.
pub fn write_csv(path: &Path, table: &mut DataFrame) -> Result<(), RecordError> {
    write_whole(path, |file| Ok(CsvWriter::new(file).finish(table)?))
}

/// A slice of the rows (its first one and its length), in one piece.
fn rows(
    path: &Path,
    reader: ParquetReader<File>,
    columns: Option<Vec<String>>,
    slice: (usize, usize),
) -> Result<DataFrame, RecordError> {
    let reader = reader.with_columns(columns).with_slice(Some(slice)).set_rechunk(true);
    even(path, reader.finish().map_err(|error| RecordError::table(path, &error))?)
}

/// A table whose columns have as many rows as it says, which the library does not look at: it panics where one is written.
fn even(path: &Path, table: DataFrame) -> Result<DataFrame, RecordError> {
    let rows =
        |column: &Column| column.as_materialized_series().chunks().iter().map(|chunk| chunk.len()).sum::<usize>();
    match table.columns().iter().find(|column| rows(column) != table.height()) {
        Some(column) => {
            let message =
                format!("is damaged: column `{}` has not as many rows as the others; {RESTORE}", column.name());
            Err(RecordError::file(path, message))
        }
        None => Ok(table),
    }
}

/// What to do about a damaged table.
const RESTORE: &str = "restore it, or run the sweep again";

/// Reads a file with a library that panics on some of those that are damaged.
///
/// # Errors
/// As the reading; a panic is one more way in which a file cannot be read.
pub fn guarded<T>(path: &Path, read: impl FnOnce() -> Result<T, RecordError>) -> Result<T, RecordError> {
    let _muted = Muted::begin();
    let unreadable = |_| RecordError::file(path, format!("is damaged: it cannot be read as a table; {RESTORE}"));
    // What a panic leaves half done is dropped with the reader.
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| Err(unreadable(panic)))
}

/// While one lives, panics within the table library go into the log and not onto the terminal.
struct Muted;

/// How many files are being read.
static READING: AtomicUsize = AtomicUsize::new(0);

impl Muted {
    fn begin() -> Self {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                // The library reads on threads of its own.
                let foreign = panic.location().is_some_and(|place| !place.file().starts_with("lamas-"));
                if foreign && READING.load(Ordering::Relaxed) > 0 {
                    tracing::debug!(%panic, "a table cannot be read");
                } else {
                    before(panic);
                }
            }));
        });
        READING.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Muted {
    fn drop(&mut self) {
        READING.fetch_sub(1, Ordering::Relaxed);
    }
}

fn open(path: &Path) -> Result<ParquetReader<File>, RecordError> {
    File::open(path).map(ParquetReader::new).map_err(|error| RecordError::unreadable(path, error))
}

/// A file that can be what it says.
fn open_looked_at(path: &Path) -> Result<ParquetReader<File>, RecordError> {
    let unreadable = |error| RecordError::unreadable(path, error);
    let damaged = |problem: String| RecordError::file(path, format!("is damaged: {problem}; {RESTORE}"));
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    if !plausible::directory_reads(&file, bytes).map_err(unreadable)? {
        return Err(damaged("the directory at its end cannot be read".to_owned()));
    }
    let mut reader = open(path)?;
    let directory = reader.get_metadata().map_err(|error| RecordError::table(path, &error))?;
    match plausible::problem(&file, bytes, directory).map_err(unreadable)? {
        Some(problem) => Err(damaged(problem)),
        None => Ok(reader),
    }
}

fn owned(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|&name| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn table(rows: std::ops::Range<u32>) -> DataFrame {
        let texts: Vec<String> = rows.clone().map(|row| format!("row {row}")).collect();
        df!("row" => rows.collect::<Vec<u32>>(), "text" => texts).unwrap()
    }

    fn grown(path: &Path, blocks: &[std::ops::Range<u32>]) {
        let mut file = GrowingParquet::create(path, table(0..0).schema()).unwrap();
        blocks.iter().for_each(|rows| file.append(&table(rows.clone())).unwrap());
        file.finish().unwrap();
    }

    #[test]
    fn joined_files_hold_all_rows_in_order_in_few_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        grown(&at("a"), &[0..1000, 1000..2000, 2000..2001]);
        grown(&at("b"), &[]);
        write_parquet(&at("c"), &table(2001..40_000)).unwrap();
        grown(&at("d"), &[40_000..40_004, 40_004..40_010]);
        let parts = ["a", "b", "c", "d"].map(at);
        concatenate(&parts, &at("whole")).unwrap();
        assert!(read_parquet(&at("whole")).unwrap().equals(&table(0..40_010)));
        let heights: Vec<usize> =
            Blocks::of(&at("whole"), &["row"]).unwrap().map(|block| block.unwrap().height()).collect();
        assert_eq!(heights, [40_000, 10]);
        assert_eq!(count_rows(&at("whole")).unwrap(), 40_010);
        fs::write(at("nothing"), "of an earlier start").unwrap();
        concatenate(&[], &at("nothing")).unwrap();
        assert!(!at("nothing").exists());
    }

    #[test]
    fn blocks_are_those_that_were_written_with_the_columns_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        grown(&path, &[0..3, 3..10]);
        let blocks: Vec<DataFrame> = Blocks::of(&path, &["text"]).unwrap().map(Result::unwrap).collect();
        let expected = [0..3, 3..10].map(|rows| table(rows).select(["text"]).unwrap());
        assert!(blocks.iter().zip(&expected).all(|(block, expected)| block.equals(expected)));
        assert_eq!(blocks.len(), 2);
    }
}
