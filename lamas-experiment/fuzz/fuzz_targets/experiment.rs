//! Experiments in YAML: whatever the text, it is read or refused, and what is read can be named by its hash.

#![no_main]

use std::path::Path;

use lamas_experiment::config::{Experiment, Tree};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(tree) = Tree::of(Path::new("x.yaml"), text) else { return };
    assert_eq!(Tree::from_value(tree.value(), &tree.place).value(), tree.value());
    // A profile is a file of its own, which fuzzing must not go looking for.
    if tree.get("model").is_some() {
        return;
    }
    if let Ok(experiment) = Experiment::from_tree(tree, &[]) {
        assert_eq!(experiment.hash().len(), 64);
    }
});
