//! Tables whose bytes were changed: reading them is an error or gives a table, never a panic, and their checksum tells.
//!
//! `LAMAS_MUTATE_SECONDS=600` goes on for as long; what came of it is printed with `--nocapture`.

#![expect(clippy::print_stdout, reason = "what came of a long run is its result")]

use std::fs;
use std::path::Path;

use lamas_record::checksums::Sums;
use lamas_record::parquet::{Blocks, GrowingParquet, concatenate, count_rows, read_columns, read_parquet};
use lamas_testing::damage::{Damage, rounds};
use polars::prelude::*;

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
