//! Damaged files of a run: named, or without any effect; never other numbers, never a panic.

use std::fs;
use std::path::Path;

use lamas_core::random::Seed;
use lamas_record::parquet::{Blocks, count_rows, read_columns, read_parquet};
use lamas_report::Finished;
use rand::RngExt;

use super::support::Bench;

/// Flips one bit of a file, lets something be done, and restores it.
fn flipped<T>(path: &Path, byte: usize, bit: u32, work: impl FnOnce() -> T) -> T {
    let whole = fs::read(path).unwrap();
    let mut damaged = whole.clone();
    damaged[byte] ^= 1 << bit;
    fs::write(path, damaged).unwrap();
    let done = work();
    fs::write(path, whole).unwrap();
    done
}

#[test]
fn case_a_flipped_bit_in_any_file_of_a_finished_run_is_found() {
    let bench = Bench::new();
    bench.swept("one");
    let root = bench.path("one");
    assert!(Finished::open(&root).is_ok());
    let mut random = Seed(12).stream("flips", &[]);
    let files =
        ["manifest.json", "SHA256SUMS", "episodes.parquet", "updates.parquet", "cells/sums.lamas.1e-3.s1/traces.json"];
    for file in files {
        let path = root.join(file);
        let bytes = fs::metadata(&path).unwrap().len() as usize;
        // Every byte of the short ones.
        for byte in (0..bytes).step_by(bytes.div_ceil(300)) {
            let found = flipped(&path, byte, random.random_range(0..8), || Finished::open(&root).is_err());
            assert!(found, "{file}: byte {byte}");
        }
    }
    // Through the program, with its words.
    let damaged = flipped(&root.join("episodes.parquet"), 100, 3, || bench.report("one"));
    let said = bench.said(&damaged);
    assert!(
        said.starts_with("6 error: DIR/one/episodes.parquet: sha256 is ") && said.contains("same `sweep` again"),
        "{said}"
    );
    assert!(bench.report("one").status.success());
}

#[test]
fn case_a_damaged_table_without_a_checksum_is_an_error_and_never_a_panic() {
    let bench = Bench::new();
    bench.swept("one");
    let path = bench.path("one/episodes.parquet");
    let bytes = fs::metadata(&path).unwrap().len() as usize;
    let mut random = Seed(13).stream("flips", &[]);
    let mut refused = 0;
    for _ in 0..1500 {
        // The directory at the end is where most goes wrong.
        let from = if random.random_bool(0.7) { bytes.saturating_sub(bytes / 3) } else { 0 };
        let (byte, bit) = (random.random_range(from..bytes), random.random_range(0..8));
        refused += flipped(&path, byte, bit, || {
            let blocks = Blocks::whole(&path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let columns = read_columns(&path, &["score", "answer"]);
            let _ = count_rows(&path);
            u32::from(read_parquet(&path).is_err() || blocks.is_err() || columns.is_err())
        });
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn case_damaged_cells_are_named_by_the_next_start() {
    let bench = Bench::new();
    bench.swept("one");
    let results = bench.read("one/results.csv");
    let cell = bench.path("one/cells/sums.lamas.1e-3.s1");
    for file in
        ["train.parquet", "updates.parquet", "checkpoint.safetensors", "traces.json", "test.parquet", "cell.json"]
    {
        let path = cell.join(file);
        let middle = fs::metadata(&path).unwrap().len() as usize / 2;
        let said = flipped(&path, middle, 1, || bench.said(&bench.sweep("one", &[])));
        assert!(said.starts_with("6 ") && said.contains("sums.lamas.1e-3.s1"), "{file}: {said}");
    }
    // As it says: without the folder the cell is run again.
    fs::remove_dir_all(&cell).unwrap();
    assert!(bench.swept("one").contains("1 of 2 cells"));
    assert_eq!(bench.read("one/results.csv"), results);
}

#[test]
fn case_a_manifest_that_was_cut_or_removed_is_written_anew_from_whole_cells() {
    let bench = Bench::new();
    bench.swept("one");
    let (results, path) = (bench.read("one/results.csv"), bench.path("one/manifest.json"));
    let whole = fs::read(&path).unwrap();
    for left in [Some(&whole[..0]), Some(&whole[..whole.len() / 2]), None] {
        left.map_or_else(|| fs::remove_file(&path), |left| fs::write(&path, left)).unwrap();
        let said = bench.said(&bench.report("one"));
        assert!(said.starts_with("6 ") && said.contains("same `sweep` again"), "{said}");
        assert!(bench.swept("one").contains("2 of 2 cells"));
        assert_eq!(bench.read("one/results.csv"), results);
        assert!(bench.report("one").status.success() && bench.read("one/manifest.json").contains("\"start\": 2"));
    }
    // What another experiment made is not taken over without one either.
    fs::remove_file(&path).unwrap();
    let said = bench.said(&bench.sweep("one", &["--set", "controller.passes=3"]));
    assert!(said.starts_with("6 ") && said.contains("was made from something else"), "{said}");
}

/// Makes a file's checksum that of what it holds now.
fn sign(bench: &Bench, file: &str) {
    let sums = bench.read("one/SHA256SUMS");
    let line = sums.lines().find(|line| line.ends_with(file)).unwrap();
    let sum = lamas_record::checksums::of_file(&bench.path(&format!("one/{file}"))).unwrap();
    bench.change("one/SHA256SUMS", line, &format!("{sum}  {file}"));
}

#[test]
fn case_files_that_do_not_fit_together_are_refused() {
    let bench = Bench::new();
    bench.swept("one");
    bench.change("small.yaml", "seeds: 1", "seeds: 2");
    bench.swept("two");
    let refused = |says: &str| {
        let said = bench.said(&bench.report("one"));
        assert!(said.starts_with("6 ") && said.contains(says) && !said.contains("panicked"), "{said}");
    };
    // Foreign episodes, also where somebody made checksums for them.
    fs::copy(bench.path("two/episodes.parquet"), bench.path("one/episodes.parquet")).unwrap();
    refused("episodes.parquet: sha256 is ");
    sign(&bench, "episodes.parquet");
    refused("sums.generate.s2 stands only in one of manifest.json and episodes.parquet");

    // Traces of another schema, or with ids that lead nowhere.
    bench.swept("one");
    let (traces, sums) = ("cells/sums.lamas.1e-3.s1/traces.json", bench.read("one/SHA256SUMS"));
    for (from, to, says) in [
        (&*format!("\"schema\":{}", lamas_core::trace::SCHEMA), "\"schema\":77", "traces of version 77 are not known"),
        ("\"after\":[]", "\"after\":[4000000000]", "names span 4000000000"),
        ("\"id\":1", "\"id\":4000000000", "its id is 4000000000"),
        ("\"spans\":[", "\"nothing\":[", "missing field `spans`"),
    ] {
        let (file, whole) = (format!("one/{traces}"), bench.read(&format!("one/{traces}")));
        bench.change(&file, from, to);
        sign(&bench, traces);
        refused(says);
        fs::write(bench.path(&file), whole).unwrap();
        fs::write(bench.path("one/SHA256SUMS"), &sums).unwrap();
    }

    // A cell that is gone, a file without a checksum, no checksums at all.
    fs::rename(bench.path("one/cells/sums.lamas.1e-3.s1"), bench.path("cell")).unwrap();
    refused("traces.json");
    fs::rename(bench.path("cell"), bench.path("one/cells/sums.lamas.1e-3.s1")).unwrap();
    let others = sums.lines().filter(|line| !line.ends_with("episodes.parquet"));
    let without: String = others.map(|line| format!("{line}\n")).collect();
    fs::write(bench.path("one/SHA256SUMS"), without).unwrap();
    refused("episodes.parquet: has no checksum");
    fs::remove_file(bench.path("one/SHA256SUMS")).unwrap();
    refused("this run is not finished");
    assert!(bench.swept("one").contains("4 of 4 cells"));
    assert!(bench.report("one").status.success());
}
