//! An experiment on bundled sets, and what its runs left.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use polars::prelude::*;

/// One experiment, in a folder of its own with its runs.
pub struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub fn new(experiment: &str) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(bench.path("experiment.yaml"), experiment).unwrap();
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn run(&self, what: &str, out: &str, more: &[&str]) -> Output {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut command = assert_cmd::Command::cargo_bin("lamas-bench").unwrap();
        command.current_dir(root).env_remove("LAMAS_DATA_DIR").env("LAMAS_CACHE_DIR", self.path("cache"));
        command
            .arg(what)
            .arg(self.path("experiment.yaml"))
            .arg("--out")
            .arg(self.path(out))
            .args(more)
            .output()
            .unwrap()
    }

    pub fn done(&self, what: &str, out: &str, more: &[&str]) -> String {
        let output = self.run(what, out, more);
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub fn episodes(&self, out: &str) -> DataFrame {
        let file = fs::File::open(self.path(out).join("episodes.parquet")).unwrap();
        let table = ParquetReader::new(file).finish().unwrap();
        table.drop_many(lamas_record::rows::WALL_CLOCK_COLUMNS)
    }
}
