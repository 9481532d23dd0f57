//! The lines of problem sets, of both domains, and of saved answers: read or refused.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use lamas_experiment::config::Tree;
use lamas_experiment::dataset::lines::{Row, lines};
use lamas_experiment::dataset::{Manifest, load};
use libfuzzer_sys::fuzz_target;

fn manifest(domain: &str, scorer: &str, fields: &str) -> Manifest {
    let text = format!(
        "version: 1\nname: own\ntitle: Own\ndomain: {domain}\nscorer: {scorer}\nfile: own.jsonl\nsha256: x\nrows: 1\nlicence: MIT\n\
         fields: {fields}\nsplit: {{file: own.json, name: own}}\nsimulated_as: words\n"
    );
    Tree::of(Path::new("own.yaml"), &text).and_then(|tree| tree.parse()).expect("a manifest")
}

static MANIFESTS: LazyLock<[Manifest; 2]> = LazyLock::new(|| {
    [
        manifest("maths", "latex", "{id: id, statement: q, answer: a, answer_in: boxed, solution: s}"),
        manifest("code", "code", "{id: id, statement: q, entry_point: a, tests: s, solution: s}"),
    ]
});

fuzz_target!(|bytes: &[u8]| {
    for manifest in &*MANIFESTS {
        let _ = load::parse(manifest, Path::new("own.jsonl"), bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        for (_, line) in lines(text) {
            if let Ok(row) = Row::parse(line) {
                let _ = (row.only(&["id", "answer"]), row.text("id"), row.string("answer"));
            }
        }
    }
});
