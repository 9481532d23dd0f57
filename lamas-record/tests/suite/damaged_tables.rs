//! Tables whose bytes were changed: reading them is an error or gives a table, never a panic, and their checksum tells.
//!
//! `LAMAS_MUTATE_SECONDS=600` goes on for as long; what came of it is printed with `--nocapture`.

#![expect(clippy::print_stdout, reason = "what came of a long run is its result")]

use std::fs;
use std::path::Path;
use std::process::Command;

use lamas_record::checksums::Sums;
use lamas_record::parquet::{Blocks, GrowingParquet, concatenate, count_rows, read_columns, read_parquet};
use lamas_testing::damage::{Damage, rounds};
use polars::prelude::*;
use rustix::process::{Resource, Rlimit, setrlimit};

/// The bytes at a file's end among which its directory lies.
const DIRECTORY: usize = 700;

fn table(rows: std::ops::Range<u32>) -> DataFrame {
    let texts: Vec<Option<String>> =
        rows.clone().map(|row| (row % 7 > 0).then(|| format!("method {}", row % 3))).collect();
    let numbers: Vec<Option<f64>> = rows.clone().map(|row| (row % 5 > 0).then(|| f64::from(row) * 0.1)).collect();
    let flags: Vec<bool> = rows.clone().map(|row| row % 2 == 0).collect();
    df!("row" => rows.collect::<Vec<u32>>(), "method" => texts, "score" => numbers, "simulated" => flags).unwrap()
}

/// A file as runs have them: several blocks, compressed; each block's first row and the one after its last.
fn sound(path: &Path, blocks: &[(u32, u32)]) -> Vec<u8> {
    let mut file = GrowingParquet::create(path, table(0..0).schema()).unwrap();
    blocks.iter().for_each(|&(first, end)| file.append(&table(first..end)).unwrap());
    file.finish().unwrap();
    fs::read(path).unwrap()
}

/// A file whose directory says another number than its own wherever that stands: rows, and values of columns.
fn forged(sound: &[u8], number: u64, other: u64) -> Vec<u8> {
    // As Thrift writes numbers: seven bits a byte, the sign in the last of them.
    let varint = |number: u64| {
        let (mut rest, mut bytes) = (number << 1, Vec::new());
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes
    };
    let length = u32::from_le_bytes(sound[sound.len() - 8..sound.len() - 4].try_into().unwrap()) as usize;
    let (blocks, directory) = sound[..sound.len() - 8].split_at(sound.len() - 8 - length);
    let (old, new) = (varint(number), varint(other));
    let (mut changed, mut rest, mut times) = (Vec::new(), directory, 0);
    while let Some(at) = rest.windows(old.len()).position(|bytes| bytes == old) {
        changed.extend_from_slice(&rest[..at]);
        changed.extend_from_slice(&new);
        rest = &rest[at + old.len()..];
        times += 1;
    }
    assert!(times > 2, "{number} stands in the directory {times} times");
    changed.extend_from_slice(rest);
    let length = u32::try_from(changed.len()).unwrap().to_le_bytes();
    [blocks, &changed, &length, b"PAR1"].concat()
}

/// The library would make room for that many and end the process.
#[test]
fn case_a_directory_of_absurd_sizes_is_refused_before_room_is_made() {
    const ROWS: u32 = 12_345;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("forged");
    let sound = sound(&path, &[(0, ROWS)]);
    assert_eq!(count_rows(&path).unwrap(), ROWS as usize);
    for other in [1 << 29, 1 << 40, 1 << 56, (1 << 62) - 1] {
        fs::write(&path, forged(&sound, u64::from(ROWS), other)).unwrap();
        for said in [
            read_parquet(&path).unwrap_err(),
            read_columns(&path, &["score"]).unwrap_err(),
            count_rows(&path).unwrap_err(),
            Blocks::whole(&path).err().unwrap(),
            concatenate(std::slice::from_ref(&path), &folder.path().join("joined")).unwrap_err(),
        ] {
            let said = said.to_string();
            assert!(said.contains("is damaged: ") && said.ends_with("restore it, or run the sweep again"), "{said}");
        }
    }
}

/// What the library makes room for and cannot have ends the process: so it is another one, with little room, that reads.
const READS: &str = "LAMAS_READS_DAMAGED_TABLES";
const ROOM: u64 = 4 << 30;

#[test]
fn case_no_changed_byte_ends_the_process() {
    if std::env::var_os(READS).is_some() {
        return every_byte_changed();
    }
    let read = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "damaged_tables::case_no_changed_byte_ends_the_process", "--nocapture"])
        .env(READS, "1")
        .output()
        .unwrap();
    let said = [read.stdout, read.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    let last = said[0].lines().rfind(|line| line.starts_with("byte ")).unwrap_or_default();
    assert!(read.status.success(), "{} after {last}: {}", read.status, said[1]);
    println!("{}", said[0].lines().rfind(|line| line.contains("left a table")).unwrap_or_default());
}

/// Every byte of a small file, heads of pages and directory and all, is changed in several ways; what is read is read whole.
fn every_byte_changed() {
    setrlimit(Resource::As, Rlimit { current: Some(ROOM), maximum: Some(ROOM) }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let sound = sound(&path, &[(0, 3), (3, 40)]);
    let mut damage = Damage::new(7);
    let (mut tried, mut read) = (0, 0);
    for at in 0..sound.len() {
        for byte in [sound[at] ^ 1 << damage.below(8), 0x7f, 0x80, 0xff, u8::try_from(damage.below(256)).unwrap()] {
            let mut bytes = sound.clone();
            bytes[at] = byte;
            fs::write(&path, &bytes).unwrap();
            println!("byte {at} is {byte:#x}");
            tried += 1;
            // One with other columns, or none, is refused by whoever asks for its columns.
            read += usize::from(read_parquet(&path).is_ok());
        }
    }
    println!("{tried} changed bytes, {read} of which left a table");
}

#[test]
fn case_a_changed_table_is_an_error_or_a_table_and_its_checksum_tells() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let sounds = [sound(&at("one"), &[(0, 40), (40, 100)]), sound(&at("other"), &[(0, 3)]), sound(&at("none"), &[])];
    let (file, joined) = (at("file"), at("joined"));
    let mut damage = Damage::new(11);
    let (mut tried, mut read, mut differs) = (0, 0, 0);
    for round in rounds() {
        let (sound, other) = (&sounds[damage.below(3)], &sounds[damage.below(3)]);
        fs::write(&file, sound).unwrap();
        let sums = Sums::of(folder.path(), ["file".to_owned()]).unwrap();
        let whole = read_parquet(&file).unwrap();
        let bytes = damage.of(sound, other, DIRECTORY);
        fs::write(&file, &bytes).unwrap();
        assert_eq!(sums.check(folder.path(), "file").is_ok(), bytes == *sound, "round {round}");
        // Each way of reading. What panicked would fail the test, since it would have left the guarded reader.
        let table = read_parquet(&file);
        let _ = (count_rows(&file), read_columns(&file, &["score", "method"]));
        if let Ok(blocks) = Blocks::whole(&file) {
            let _ = blocks.take(1000).filter(Result::is_ok).count();
        }
        let _ = concatenate(std::slice::from_ref(&file), &joined);
        tried += 1;
        read += usize::from(table.is_ok());
        differs += usize::from(table.is_ok_and(|table| !table.equals_missing(&whole)));
    }
    println!("{tried} damaged tables: {read} were read, {differs} of them with other contents; every checksum told");
    assert!(read < tried);
}
