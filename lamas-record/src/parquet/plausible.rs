//! Whether a file of Parquet can be what it says. The library makes room for as much as a file names before it reads any of it, and
//! where there is none it ends the whole process: no panic that could be caught. So all that it believes is looked at first: the
//! directory at the file's end, and the head of every page.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use polars::io::parquet::metadata::FileMetadata;

use super::thrift::Plan::{Bytes, Fields, List, Number, Small, Truth};
use super::thrift::{Plan, Unread, Value, read};

/// The most rows of a table, far above what a run writes.
const MOST_ROWS: usize = 1 << 28;
/// The most values of a column of a block, where rows hold lists.
const MOST_VALUES: i64 = 1 << 30;
/// The most bytes of a column of a block, unpacked.
const MOST_UNPACKED: i64 = 1 << 33;
/// The most bytes that one byte unpacks to: zstd needs four for a block of 128 KiB.
const MOST_OF_A_BYTE: i64 = 1 << 15;
/// The most bytes of a page's head. Its longest and shortest value may stand in it.
const LONGEST_HEAD: usize = 16 << 20;

/// The end of a file: the length of its directory, and four letters.
const TAIL: u64 = 8;

/// What may stand in a directory (parquet.thrift, `FileMetaData`), but what is about encryption.
const DIRECTORY: Plan = Fields(&[
    (1, Number),
    (2, List(&COLUMN_OF_SCHEMA)),
    (3, Number),
    (4, List(&BLOCK)),
    (5, List(&NOTE)),
    (6, Bytes),
    (7, List(&Fields(&[(1, EMPTY)]))),
]);
const EMPTY: Plan = Fields(&[]);
const NOTE: Plan = Fields(&[(1, Bytes), (2, Bytes)]);
const COLUMN_OF_SCHEMA: Plan = Fields(&[
    (1, Number),
    (2, Number),
    (3, Number),
    (4, Bytes),
    (5, Number),
    (6, Number),
    (7, Number),
    (8, Number),
    (9, Number),
    (10, LOGICAL_TYPE),
]);
const LOGICAL_TYPE: Plan = Fields(&[
    (1, EMPTY),
    (2, EMPTY),
    (3, EMPTY),
    (4, EMPTY),
    (5, Fields(&[(1, Number), (2, Number)])),
    (6, EMPTY),
    (7, TIME),
    (8, TIME),
    (10, Fields(&[(1, Small), (2, Truth)])),
    (11, EMPTY),
    (12, EMPTY),
    (13, EMPTY),
    (14, EMPTY),
    (15, EMPTY),
]);
const TIME: Plan = Fields(&[(1, Truth), (2, Fields(&[(1, EMPTY), (2, EMPTY), (3, EMPTY)]))]);
const BLOCK: Plan = Fields(&[
    (1, List(&COLUMN)),
    (2, Number),
    (3, Number),
    (4, List(&Fields(&[(1, Number), (2, Truth), (3, Truth)]))),
    (5, Number),
    (6, Number),
    (7, Number),
]);
const COLUMN: Plan =
    Fields(&[(1, Bytes), (2, Number), (3, COLUMN_SAID), (4, Number), (5, Number), (6, Number), (7, Number)]);
const COLUMN_SAID: Plan = Fields(&[
    (1, Number),
    (2, List(&Number)),
    (3, List(&Bytes)),
    (4, Number),
    (5, Number),
    (6, Number),
    (7, Number),
    (8, List(&NOTE)),
    (9, Number),
    (10, Number),
    (11, Number),
    (12, STATISTICS),
    (13, List(&Fields(&[(1, Number), (2, Number), (3, Number)]))),
    (14, Number),
    (15, Number),
]);
const STATISTICS: Plan =
    Fields(&[(1, Bytes), (2, Bytes), (3, Number), (4, Number), (5, Bytes), (6, Bytes), (7, Truth), (8, Truth)]);

/// What may stand in the head of a page (`PageHeader`).
const HEAD: Plan = Fields(&[
    (PAGE_KIND, Number),
    (UNPACKED, Number),
    (PACKED, Number),
    (4, Number),
    (DATA, Fields(&[(VALUES, Number), (2, Number), (3, Number), (4, Number), (5, STATISTICS)])),
    (DICTIONARY, Fields(&[(VALUES, Number), (2, Number), (3, Truth)])),
    (
        DATA_2,
        Fields(&[
            (VALUES, Number),
            (2, Number),
            (3, Number),
            (4, Number),
            (5, Number),
            (6, Number),
            (7, Truth),
            (8, STATISTICS),
        ]),
    ),
]);
const PAGE_KIND: i16 = 1;
const UNPACKED: i16 = 2;
const PACKED: i16 = 3;
const DATA: i16 = 5;
const DICTIONARY: i16 = 7;
const DATA_2: i16 = 8;
const VALUES: i16 = 1;

/// A kind of page, by its number.
struct PageKind {
    number: i64,
    /// The field of the head that is about it.
    field: i16,
    /// Where the encoding of its values stands.
    encoding: i16,
    /// What else counts something of its values.
    counts: &'static [i16],
    /// What else counts something of its bytes.
    lengths: &'static [i16],
}

const PAGE_KINDS: [PageKind; 3] = [
    PageKind { number: 0, field: DATA, encoding: 2, counts: &[], lengths: &[] },
    PageKind { number: 2, field: DICTIONARY, encoding: 2, counts: &[], lengths: &[] },
    // Nulls and rows; repetition and definition levels.
    PageKind { number: 3, field: DATA_2, encoding: 4, counts: &[2, 3], lengths: &[5, 6] },
];

/// Plain, by a dictionary, and runs. The others count their values once more within the page, where nobody looks beforehand.
const ENCODINGS: [i64; 4] = [0, 2, 3, 8];

/// Whether the directory of a file of so many bytes can be read at all.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn directory_reads(file: &File, bytes: u64) -> io::Result<bool> {
    let mut tail = [0; TAIL as usize];
    let Some(end) = bytes.checked_sub(TAIL) else { return Ok(false) };
    file.read_exact_at(&mut tail, end)?;
    let [length @ .., _, _, _, _] = tail;
    let length = u32::from_le_bytes(length);
    let Some(start) = end.checked_sub(u64::from(length)) else { return Ok(false) };
    let mut directory = vec![0; length as usize];
    file.read_exact_at(&mut directory, start)?;
    Ok(read(&directory, DIRECTORY).is_ok())
}

/// What of a file cannot be, in one of so many bytes.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn problem(file: &File, bytes: u64, directory: &FileMetadata) -> io::Result<Option<String>> {
    let rows = directory.row_groups.iter().try_fold(0_usize, |rows, group| rows.checked_add(group.num_rows()));
    if rows != Some(directory.num_rows) || directory.num_rows > MOST_ROWS {
        return Ok(Some(format!("its directory names {} rows", directory.num_rows)));
    }
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the type of a group is not exported")]
    for column in directory.row_groups.iter().flat_map(|group| group.parquet_columns()) {
        let said = Said {
            first: column.dictionary_page_offset().unwrap_or(column.data_page_offset()),
            packed: column.compressed_size(),
            unpacked: column.uncompressed_size(),
            values: column.num_values(),
        };
        let Some(place) = said.place(bytes) else {
            let Said { first, packed, values, .. } = said;
            return Ok(Some(format!("its directory names {packed} bytes from {first} on that hold {values} values")));
        };
        if let Some(at) = odd_page(file, place, &said)? {
            return Ok(Some(format!("the page at byte {at} is not what its head and the directory say")));
        }
    }
    Ok(None)
}

/// What the directory says of a column of a block.
struct Said {
    /// Its first byte.
    first: i64,
    /// Its bytes.
    packed: i64,
    /// Its bytes once they are unpacked.
    unpacked: i64,
    values: i64,
}

impl Said {
    /// Where it lies, if it can lie there and hold so much.
    fn place(&self, bytes: u64) -> Option<Range<u64>> {
        let place = u64::try_from(self.first).ok()?..u64::try_from(self.first.checked_add(self.packed)?).ok()?;
        let fits = self.packed >= 0 && place.end <= bytes;
        let holds = (0..=MOST_VALUES).contains(&self.values);
        let unpacks = (0..=MOST_UNPACKED).contains(&self.unpacked);
        (fits && holds && unpacks).then_some(place)
    }
}

/// The first page of a column that cannot be, by its first byte. The pages lie back to back, and hold together what the directory
/// says.
fn odd_page(file: &File, place: Range<u64>, said: &Said) -> io::Result<Option<u64>> {
    let (mut at, mut values) = (place.start, 0_i64);
    while at < place.end {
        let page = head(file, at..place.end)?.and_then(|(head, length)| page(&head, at + length, &place));
        let Some(page) = page else { return Ok(Some(at)) };
        values = values.saturating_add(page.values);
        if page.unpacked > said.unpacked || values > said.values {
            return Ok(Some(at));
        }
        at = page.end;
    }
    Ok((values != said.values).then_some(place.start))
}

/// What a page says of itself.
struct Page {
    end: u64,
    unpacked: i64,
    /// Of the column, not of its dictionary.
    values: i64,
}

/// A page, if it can be: whose head ends at `start`, in a column that lies at `place`.
fn page(head: &Value, start: u64, place: &Range<u64>) -> Option<Page> {
    let (packed, unpacked) = (head.number(PACKED), head.number(UNPACKED));
    let end = start.checked_add(u64::try_from(packed).ok()?)?;
    let kind = PAGE_KINDS.iter().find(|kind| kind.number == head.number(PAGE_KIND))?;
    let said = head.field(kind.field)?;
    let values = said.number(VALUES);
    let is_dictionary = kind.field == DICTIONARY;
    let lengths = kind.lengths.iter().map(|&field| said.number(field));
    let can_be = end <= place.end
        && (0..=packed.saturating_mul(MOST_OF_A_BYTE)).contains(&unpacked)
        && ENCODINGS.contains(&said.number(kind.encoding))
        && values >= 0
        // An entry of a dictionary takes a byte.
        && (!is_dictionary || values <= unpacked)
        && kind.counts.iter().all(|&field| (0..=values).contains(&said.number(field)))
        && lengths.clone().all(|length| (0..=packed).contains(&length))
        && lengths.sum::<i64>() <= packed.min(unpacked);
    can_be.then_some(Page { end, unpacked, values: if is_dictionary { 0 } else { values } })
}

/// The head of the page that begins there, and its length in bytes; `None` where there is none.
fn head(file: &File, place: Range<u64>) -> io::Result<Option<(Value, u64)>> {
    let longest = usize::try_from(place.end - place.start).unwrap_or(usize::MAX).min(LONGEST_HEAD);
    let mut bytes = Vec::new();
    // Most are short.
    for size in [256, 16 << 10, LONGEST_HEAD] {
        let size = size.min(longest);
        bytes.resize(size, 0);
        file.read_exact_at(&mut bytes, place.start)?;
        match read(&bytes, HEAD) {
            Ok((head, length)) => return Ok(Some((head, length as u64))),
            Err(Unread::Short) if size < longest => {}
            Err(_) => break,
        }
    }
    Ok(None)
}
