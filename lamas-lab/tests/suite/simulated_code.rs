//! Code from the simulated model is right or wrong by its text alone: in the sandbox right code passes the hidden tests
//! and wrong code fails them.

use std::path::Path;
use std::sync::Arc;

use lamas_bench::run::judge::judge_text;
use lamas_core::chat::{ChatRequest, Message, SampleIndex, Sampling};
use lamas_core::problem::{Gold, Task};
use lamas_experiment::config::draft::Limit;
use lamas_experiment::dataset::{DataFolders, Dataset};
use lamas_operators::python::{PythonPool, SandboxSettings};
use lamas_sim::{Catalogue, CatalogueEntry, Mutants, Profile, SimModel, prepare};

fn without_space(text: &str) -> String {
    text.split_whitespace().collect()
}

#[tokio::test]
async fn right_code_passes_and_wrong_code_fails_in_the_sandbox() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data");
    let functions = Dataset::load(&DataFolders::new(Some(&data)), "functions", &Limit::default()).unwrap();
    let pool = PythonPool::new(SandboxSettings { allow_reduced: true, ..SandboxSettings::default() }).unwrap();
    let tasks = functions.tasks().map(|task| &**task);
    let mutants = prepare(tasks, &pool, Mutants::embedded(), 2).await.unwrap().mutants;
    let section: Arc<str> = functions.manifest.simulated_as.as_str().into();
    let entry = |task: &Arc<Task>| CatalogueEntry { task: (**task).clone(), section: Arc::clone(&section) };
    // Half of the answers are to be wrong, so that both kinds are seen.
    let half = |key: &str| (format!("sections.*.success.{key}"), 0.5.into());
    let profile = Profile::embedded("gpt-4o-mini").unwrap().with(&[half("reasoned"), half("direct")].into()).unwrap();
    let catalogue = Catalogue::new(functions.tasks().map(entry).collect(), &mutants).unwrap();
    let model = SimModel::new(profile, catalogue).unwrap();
    let (mut right, mut wrong) = (0, 0);
    for task in functions.tasks() {
        let request = ChatRequest {
            messages: vec![Message::user(format!("{}\nThink step by step.", task.problem.statement))],
            sampling: Sampling::default(),
            sample: SampleIndex { replicate: 1, ordinal: 0 },
        };
        let text = model.answer(&request).unwrap().text;
        let Gold::Tests { reference, .. } = &task.gold else { panic!("{} has no tests", task.problem.id) };
        let start = reference.find("def ").unwrap();
        let is_reference = without_space(&text).contains(&without_space(&reference[start..]));
        let score = judge_text(functions.manifest.scorer, task, &text, &pool).await;
        assert_eq!(score.score, Some(is_reference), "{}: {}", task.problem.id, score.reason);
        if is_reference { right += 1 } else { wrong += 1 }
    }
    assert!(right > 10 && wrong > 10, "{right} right and {wrong} wrong");
}
