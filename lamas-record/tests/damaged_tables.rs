//! Tables whose bytes were changed: reading them is an error or gives a table, never a panic, and their checksum tells.
//!
//! `LAMAS_MUTATE_SECONDS=600` goes on for as long; the count is printed with `--nocapture`.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use lamas_core::random::Seed;
use lamas_record::checksums::Sums;
use lamas_record::parquet::{Blocks, GrowingParquet, concatenate, count_rows, read_columns, read_parquet};
use polars::prelude::*;
use rand::RngExt;
use rand::seq::IndexedRandom;

/// Changes that are tried where no time is given.
const FEW: usize = 400;
/// The most changes of one file.
const MOST_EDITS: usize = 4;

fn table(rows: std::ops::Range<u32>) -> DataFrame {
    let texts: Vec<Option<String>> =
        rows.clone().map(|row| (row % 7 > 0).then(|| format!("method {}", row % 3))).collect();
    let numbers: Vec<Option<f64>> = rows.clone().map(|row| (row % 5 > 0).then(|| f64::from(row) * 0.1)).collect();
    let flags: Vec<bool> = rows.clone().map(|row| row % 2 == 0).collect();
    df!("row" => rows.collect::<Vec<u32>>(), "method" => texts, "score" => numbers, "simulated" => flags).unwrap()
}

/// A file as runs have them: several blocks, compressed.
fn sound(path: &Path, blocks: &[std::ops::Range<u32>]) -> Vec<u8> {
    let mut file = GrowingParquet::create(path, table(0..0).schema()).unwrap();
    blocks.iter().for_each(|rows| file.append(&table(rows.clone())).unwrap());
    file.finish().unwrap();
    fs::read(path).unwrap()
}

/// Flips, cuts, stretches from elsewhere, runs of one byte.
fn damaged(bytes: &[u8], other: &[u8], random: &mut impl RngExt) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.random_range(1..=MOST_EDITS) {
        // The directory at the end says where everything lies: it gets half of all changes.
        let from = if random.random_bool(0.5) { bytes.len().saturating_sub(700) } else { 0 };
        if from >= bytes.len() {
            break;
        }
        let at = random.random_range(from..bytes.len());
        let end = (at + random.random_range(1..40)).min(bytes.len());
        match random.random_range(0..7) {
            0 | 1 => bytes[at] ^= 1 << random.random_range(0..8),
            2 => bytes[at] = *[0, 1, 0x7f, 0x80, 0xff].choose(random).unwrap(),
            3 => bytes.truncate(at),
            4 => drop(bytes.drain(at..end)),
            5 => bytes[at..end].fill(random.random()),
            _ => {
                let start = random.random_range(0..other.len());
                let piece = other[start..(start + end - at).min(other.len())].to_vec();
                drop(bytes.splice(at..end, piece));
            }
        }
    }
    bytes
}

#[test]
fn case_a_changed_table_is_an_error_or_a_table_and_its_checksum_tells() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let sounds = [sound(&at("one"), &[0..40, 40..100]), sound(&at("other"), &[0..3]), sound(&at("none"), &[])];
    let (file, joined) = (at("file"), at("joined"));
    let limit = std::env::var("LAMAS_MUTATE_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let limit = limit.map(Duration::from_secs);
    let (start, mut random) = (Instant::now(), Seed(11).stream("damaged tables", &[]));
    let (mut tried, mut read, mut changed) = (0, 0, 0);
    while limit.map_or(tried < FEW, |limit| start.elapsed() < limit) {
        let (sound, other) = (sounds.choose(&mut random).unwrap(), sounds.choose(&mut random).unwrap());
        fs::write(&file, sound).unwrap();
        let sums = Sums::of(folder.path(), ["file".to_owned()]).unwrap();
        let whole = read_parquet(&file).unwrap();
        let bytes = damaged(sound, other, &mut random);
        fs::write(&file, &bytes).unwrap();
        assert_eq!(sums.check(folder.path(), "file").is_ok(), bytes == *sound, "change {tried}");
        // Each way of reading; what panics fails the test, since it leaves the guarded reader.
        let table = read_parquet(&file);
        let _ = (count_rows(&file), read_columns(&file, &["score", "method"]));
        if let Ok(blocks) = Blocks::whole(&file) {
            let _ = blocks.take(1000).filter(Result::is_ok).count();
        }
        let _ = concatenate(std::slice::from_ref(&file), &joined);
        tried += 1;
        read += usize::from(table.is_ok());
        changed += usize::from(table.is_ok_and(|table| !table.equals_missing(&whole)));
    }
    println!("{tried} damaged tables: {read} were read, {changed} of them with other contents; every checksum told");
    assert!(tried > 0 && read < tried);
}
