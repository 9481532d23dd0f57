//! The experiment files that ship with the project.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lamas_experiment::config::Experiment;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect()
}

#[test]
fn every_experiment_is_one() {
    let all = files("experiments").into_iter().chain(files("experiments/paper"));
    // What the parts share has no methods of its own, and the plan of a sensitivity study is the laboratory's.
    let others = ["paper/common.yaml", "experiments/sensitivity.yaml"];
    for path in all.filter(|path| !others.iter().any(|other| path.ends_with(other))) {
        let experiment = Experiment::load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(experiment.draft.name, stem, "{}", path.display());
    }
}

#[test]
fn the_paper_is_the_sum_of_its_parts() {
    let paper = Experiment::load(&root().join("experiments/paper.yaml"), &[]).unwrap();
    let names = |experiment: &Experiment| -> BTreeSet<String> {
        let (tables, figures) = (experiment.draft.tables.iter(), experiment.draft.figures.iter());
        tables.map(|table| table.name.clone()).chain(figures.map(|figure| figure.name.clone())).collect()
    };
    let whole = names(&paper);
    for number in 1..=5 {
        assert!(whole.contains(&format!("table{number}")), "{whole:?}");
    }
    assert!(whole.contains("figure2") && whole.contains("figure3"), "{whole:?}");
    for part in paper.included().iter().filter(|part| !part.ends_with("common.yaml")) {
        let part = Experiment::load(&root().join("experiments").join(part), &[]).unwrap();
        assert!(names(&part).is_subset(&whole), "{}", part.draft.name);
        let methods = |experiment: &Experiment| -> BTreeSet<String> {
            experiment.methods.iter().map(|method| method.name.clone()).collect()
        };
        assert!(methods(&part).is_subset(&methods(&paper)), "{}", part.draft.name);
    }
    assert_eq!((paper.seeds.len(), paper.draft.resamples), (5, 10_000));
}
