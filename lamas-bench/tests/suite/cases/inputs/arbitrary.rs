//! Whatever the bytes, a loader says what is wrong with them and never panics.

use lamas_core::digest::sha256;
use lamas_experiment::config::draft::Limit;
use lamas_experiment::config::yaml::Override;
use lamas_experiment::config::{Experiment, Tree};
use lamas_experiment::dataset::lines::Row;
use lamas_experiment::dataset::{DataFolders, Dataset, load};
use proptest::prelude::*;

use super::support::{Folder, experiment};

/// Pieces that experiments are made of, and some that they are not.
const PIECES: [&str; 40] = [
    "version: 1\n",
    "name: x\n",
    "datasets: [words]\n",
    "methods: [lamas]\n",
    "methods:\n",
    "  - ",
    "- ",
    "seeds: ",
    "lambda_t: ",
    "limit: {test: 1}\n",
    "controller:\n",
    "  tau: 0.3\n",
    "{",
    "}",
    "[",
    "]",
    ", ",
    ": ",
    "\n",
    "\"",
    "'",
    "&a ",
    "*a",
    "!!int ",
    "null",
    "~",
    "1e999",
    ".nan",
    "-0.0",
    "18446744073709551615",
    "0x1f",
    "<<: ",
    "? ",
    "|\n",
    "# ",
    "\t",
    "\u{feff}",
    "é",
    "graph: [[generate]]",
    "like: lamas",
];

/// A sound experiment in which pieces take the place of stretches of text.
fn damaged() -> impl Strategy<Value = String> {
    let sound = experiment(
        "seeds: 2\nlambda_t: [0, 1e-4]\nlimit: {train: 2, test: 2}\ncontroller: {passes: 1, tau: 0.3}\nsampling: {temperature: 1}\n\
         methods:\n  - lamas\n  - {name: own, like: maas, set: {layers: 2}}\n  - {name: fixed, graph: [[generate], [sc_ensemble]]}\n\
         tables:\n  - {name: t, title: T, rows: [lamas@1e-4], columns: [score]}\nbudget: {usd: 1}",
    );
    let edit = (any::<prop::sample::Index>(), 0..12_usize, prop::sample::select(PIECES.to_vec()));
    prop::collection::vec(edit, 0..6).prop_map(move |edits| {
        let mut text: Vec<char> = sound.chars().collect();
        for (at, length, piece) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + length).min(text.len());
            text.splice(at..end, piece.chars());
        }
        text.into_iter().collect()
    })
}

/// What can be said of an experiment's text in one go.
fn load_text(text: &str) {
    if let Ok(tree) = Tree::of("x.yaml".as_ref(), text) {
        assert_eq!(Tree::from_value(tree.value(), &tree.place).value(), tree.value());
        if let Ok(experiment) = Experiment::from_tree(tree, &[]) {
            assert_eq!(experiment.hash().len(), 64);
        }
    }
}

/// A manifest of these rows.
fn manifest(domain: &str, rows: &[u8]) -> String {
    let (scorer, fields) = match domain {
        "maths" => ("number", "{id: id, statement: q, answer: a, answer_in: boxed, solution: s}"),
        _ => ("code", "{statement: q, entry_point: a, tests: s, solution: id}"),
    };
    format!(
        "version: 1\nname: own\ntitle: Own\ndomain: {domain}\nscorer: {scorer}\nfile: own.jsonl\nsha256: {}\nrows: 1\nlicence: MIT\n\
         fields: {fields}\nsplit: {{file: own.json, name: own}}\nsimulated_as: words\n",
        sha256(rows)
    )
}

proptest! {
    #[test]
    fn case_arbitrary_bytes_are_no_experiment(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = Folder::new(&[("x.yaml", &bytes)]);
        prop_assert!(folder.load("x.yaml", &[]).is_err());
    }

    #[test]
    fn case_pieces_of_experiments_are_read_or_refused(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..30)) {
        load_text(&pieces.concat());
    }

    #[test]
    fn case_damaged_experiments_are_read_or_refused(text in damaged()) {
        load_text(&text);
    }

    #[test]
    fn case_arbitrary_options_are_read_or_refused(key in "[a-z_.]{0,12}", value in "\\PC{0,20}") {
        let mut tree = Tree::of("x.yaml".as_ref(), &experiment("seeds: 1")).unwrap();
        if let Ok(change) = format!("{key}={value}").parse::<Override>() {
            let _ = change.apply(&mut tree);
            let _ = Experiment::from_tree(tree, &[]);
        }
    }

    #[test]
    fn case_arbitrary_rows_are_read_or_refused(
        rows in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..100),
            "(\\{\"id\": (0|\"x\"|null), \"q\": \"\\PC{0,20}\", \"a\": \"(\\\\\\\\boxed\\{|\\PC){0,8}\", \"s\": \"\\PC{0,20}\"\\}\n){0,3}"
                .prop_map(String::into_bytes),
        ],
        splits in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "\\{\"own\": \\{\"train\": \\[[0-2]?\\], \"test\": \\[[0-2](, [0-2])?\\]\\}\\}".prop_map(String::into_bytes),
        ],
        domain in prop::sample::select(vec!["maths", "code"]),
    ) {
        let manifest = manifest(domain, &rows);
        let folder = Folder::new(&[("own.yaml", manifest.as_bytes()), ("own.jsonl", &rows), ("own.json", &splits)]);
        let folders = DataFolders::new(Some(&folder.path("")));
        let manifest = folders.manifest("own").unwrap();
        let tasks = load::parse(&manifest, "own.jsonl".as_ref(), &rows);
        let loaded = Dataset::load(&folders, "own", &Limit::default());
        prop_assert!(loaded.is_err() || tasks.is_ok());
    }

    #[test]
    fn case_arbitrary_manifests_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = Folder::new(&[("own.yaml", &bytes)]);
        prop_assert!(DataFolders::new(Some(&folder.path(""))).manifest("own").is_err());
        let _ = Row::parse(&String::from_utf8_lossy(&bytes));
    }
}
