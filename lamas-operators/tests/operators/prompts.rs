//! Every prompt as the model sees it.

use lamas_core::tool::ToolOutcome;

use crate::support::{Played, Reply, Scene, code, maths, says};

const PROGRAM: &str = "```python\ndef solve():\n    return 6 * 7\n```";
const ADD: &str = "```python\ndef add(x, y):\n    return x\n```";

async fn asked_of_maths(layers: [&[&'static str]; 2], replies: Vec<Reply>) -> Played {
    Scene::new(maths(), layers, replies).play().await
}

#[tokio::test(start_paused = true)]
async fn prompts_of_maths() {
    let candidates = || vec![says(r"It is \boxed{41}.", 1), says(r"It is {{ 42 }} \boxed{42}.", 1)];
    let with = |last: &str| candidates().into_iter().chain([says(last, 1)]).collect();
    let ensemble = asked_of_maths([&["generate", "generate_cot"], &["sc_ensemble"]], with("Choice: A")).await;
    insta::assert_snapshot!("generate_maths", ensemble.asked[0]);
    insta::assert_snapshot!("generate_cot_maths", ensemble.asked[1]);
    insta::assert_snapshot!("sc_ensemble_maths", ensemble.asked[2]);
    let refined = asked_of_maths([&["generate", "generate_cot"], &["self_refine"]], with("42")).await;
    insta::assert_snapshot!("self_refine_maths", refined.asked[2]);
}

#[tokio::test(start_paused = true)]
async fn prompts_of_the_programmer() {
    let outcomes =
        [ToolOutcome::Raised("NameError: name 'x' is not defined".into()), ToolOutcome::Returned("42".into())];
    let replies = vec![says(PROGRAM, 1), says(PROGRAM, 1), says("42", 1)];
    let played = Scene::new(maths(), [&["programmer"]], replies).running(outcomes).play().await;
    insta::assert_snapshot!("program_maths", played.asked[0]);
    insta::assert_snapshot!("program_retry_maths", played.asked[1]);
    insta::assert_snapshot!("write_up_maths", played.asked[2]);
}

#[tokio::test(start_paused = true)]
async fn prompts_of_code() {
    let replies = || vec![says(ADD, 1), says(ADD, 1)];
    let with = |last: &str| replies().into_iter().chain([says(last, 1)]).collect();
    let generators: &[&str] = &["generate", "generate_cot"];
    let ensemble = Scene::new(code(), [generators, &["sc_ensemble"]], with("Choice: A")).play().await;
    insta::assert_snapshot!("generate_code", ensemble.asked[0]);
    insta::assert_snapshot!("generate_cot_code", ensemble.asked[1]);
    insta::assert_snapshot!("sc_ensemble_code", ensemble.asked[2]);
    let refined = Scene::new(code(), [generators, &["self_refine"]], with(ADD)).play().await;
    insta::assert_snapshot!("self_refine_code", refined.asked[2]);
    let outcomes = [ToolOutcome::Failed("add(1, 2) should give 3 but gave 1".into()), ToolOutcome::Passed];
    let tested = Scene::new(code(), [generators, &["test"]], with(ADD)).running(outcomes).play().await;
    insta::assert_snapshot!("reflect_code", tested.asked[2]);
}

#[tokio::test(start_paused = true)]
async fn statements_and_solutions_pass_through_untouched() {
    let problem = maths();
    let statement = problem.statement.clone();
    let odd = r"{{ statement }} {% if x %} {# c #} \boxed{-2} <b> & 'quoted'";
    let replies = vec![says(odd, 1), says("42", 1)];
    let played = Scene::new(problem, [&["generate"], &["self_refine"]], replies).play().await;
    assert!(played.asked.iter().all(|prompt| prompt.contains(&*statement)));
    assert!(played.asked[1].contains(odd));
    assert!(!played.asked[0].contains("{{ statement"));

    let problem = code();
    let statement = problem.statement.clone();
    let played = Scene::new(problem, [&["generate"]], vec![says(ADD, 1)]).play().await;
    assert!(played.asked[0].contains(&*statement));
}
