//! Gives the program a mark of the code that makes results, so that results of other code are not taken for its own.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

/// Everything that an episode goes through, relative to the workspace. What only shows results is not among it.
const MAKES_RESULTS: [&str; 14] = [
    "Cargo.lock",
    "lamas-core/src",
    "lamas-score/src",
    "lamas-llm/src",
    "lamas-store/src",
    "lamas-sim/src",
    "lamas-sim/profiles",
    "lamas-operators/src",
    "lamas-operators/prompts",
    "lamas-controller/src",
    "lamas-methods/src",
    "lamas-experiment/src",
    "lamas-record/src",
    "lamas-bench/src/run",
];

fn main() {
    let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = own.parent().unwrap_or(&own);
    let mut hasher = DefaultHasher::new();
    for part in MAKES_RESULTS {
        println!("cargo:rerun-if-changed={}", root.join(part).display());
        add(&root.join(part), part, &mut hasher);
    }
    println!("cargo:rustc-env=LAMAS_CODE={:016x}", hasher.finish());
}

/// Adds a file, or all files of a folder in the order of their names, each with its name.
fn add(path: &Path, name: &str, hasher: &mut DefaultHasher) {
    if let Ok(entries) = fs::read_dir(path) {
        let mut names: Vec<String> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        for entry in names {
            add(&path.join(&entry), &format!("{name}/{entry}"), hasher);
        }
    } else if let Ok(bytes) = fs::read(path) {
        for part in [name.as_bytes(), &bytes] {
            hasher.write_usize(part.len());
            hasher.write(part);
        }
    }
}
