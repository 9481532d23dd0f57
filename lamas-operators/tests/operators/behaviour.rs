//! What each operator does, in success and in failure.

use lamas_core::chat::ChatError;
use lamas_core::operator::{Failure, OperatorName, Role, Solution, State};
use lamas_core::problem::{Domain, Problem};
use lamas_core::tool::{Goal, ToolError, ToolOutcome};

use crate::support::{Scene, all, code, maths, says};

fn name(name: &str) -> OperatorName {
    name.into()
}

fn returned(value: &str) -> ToolOutcome {
    ToolOutcome::Returned(value.into())
}

fn failed(message: &str) -> ToolOutcome {
    ToolOutcome::Failed(message.into())
}

/// A reply that holds a program.
fn fenced(source: &str) -> String {
    format!("Here it is.\n```python\n{source}\n```\n")
}

fn solve(body: &str) -> String {
    fenced(&format!("def solve():\n    {body}"))
}

fn add(body: &str) -> String {
    fenced(&format!("def add(x, y):\n    {body}"))
}

#[tokio::test(start_paused = true)]
async fn generators_append_what_the_model_said() {
    for operator in ["generate", "generate_cot"] {
        let played = Scene::new(maths(), [&[operator]], vec![says(r"It is \boxed{42}.", 5)]).play().await;
        let expected = Solution {
            text: r"It is \boxed{42}.".into(),
            answer: Some("42".into()),
            by: name(operator),
            passes_examples: None,
            behaviour: None,
        };
        assert_eq!(*played.last(), State { candidates: vec![expected], current: Some(0) });
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_answer_is_the_whole_program_with_the_statements_helpers() {
    let played = Scene::new(code(), [&["generate"]], vec![says(&add("return x + y"), 5)]).play().await;
    let expected = "def double(x):\n    return 2 * x\n\n\ndef add(x, y):\n    return x + y\n";
    assert_eq!(played.answer().answer.as_deref(), Some(expected));
}

#[tokio::test(start_paused = true)]
async fn a_failed_call_fails_the_episode_and_is_no_answer() {
    for operator in ["generate", "generate_cot", "programmer"] {
        let error =
            ChatError::Exhausted { message: "status 500".into(), attempts: 5, lost: lamas_core::chat::Lost::default() };
        let played = Scene::new(maths(), [&[operator]], vec![Err(error.clone())]).play().await;
        assert_eq!(played.episode.failure, Some(Failure::Chat(error)));
        assert_eq!(played.episode.answer, None);
    }
}

#[tokio::test(start_paused = true)]
async fn three_independent_samples_become_three_candidates() {
    let replies = vec![says(r"\boxed{1}", 5), says(r"\boxed{2}", 9), says(r"\boxed{3}", 2)];
    let played = Scene::new(maths(), [&["multi_generate_cot"]], replies).play().await;
    assert_eq!(played.texts(), [r"\boxed{1}", r"\boxed{2}", r"\boxed{3}"]);
    assert_eq!(played.asked[0], played.asked[1]);
    let ordinals: Vec<u32> = played.samples.iter().map(|sample| sample.ordinal).collect();
    assert_eq!(ordinals, [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn one_failed_sample_fails_the_operator_but_the_others_are_recorded() {
    let error = ChatError::rejected("too long");
    let replies = vec![says("1", 5), Err(error.clone()), says("3", 2)];
    let played = Scene::new(maths(), [&["multi_generate_cot"]], replies).play().await;
    assert_eq!(played.episode.failure, Some(Failure::Chat(error)));
    assert_eq!(played.episode.trace.output_tokens().0, 7);
    assert_eq!(played.episode.trace.model_calls(), 3);
}

const THREE: [(&str, u64); 3] = [(r"\boxed{1}", 1), (r"\boxed{2}", 1), (r"so 2 it is: \boxed{2}", 1)];

async fn elect(ballot: &str) -> Vec<String> {
    let mut replies: Vec<_> = THREE.iter().map(|(text, tokens)| says(text, *tokens)).collect();
    replies.push(says(ballot, 3));
    let played = Scene::new(maths(), [&["multi_generate_cot"], &["sc_ensemble"]], replies).play().await;
    assert!(played.asked[3].contains("Option B:\n\\boxed{2}\n"), "{}", played.asked[3]);
    played.texts().into_iter().map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn the_ensemble_keeps_the_option_that_the_model_names() {
    assert_eq!(elect("B and C agree.\nChoice: C").await, [THREE[2].0]);
    assert_eq!(elect("Choice: A").await, [THREE[0].0]);
}

#[tokio::test(start_paused = true)]
async fn a_ballot_that_names_no_option_falls_back_to_the_plurality() {
    assert_eq!(elect("They are hard to tell apart.").await, [THREE[1].0]);
    assert_eq!(elect("Choice: F").await, [THREE[1].0]);
}

#[tokio::test(start_paused = true)]
async fn options_beyond_z_have_two_letters() {
    let layer = ["generate"; 28];
    let mut replies: Vec<_> = (0..28).map(|index| says(&format!(r"\boxed{{{index}}}"), 1)).collect();
    replies.push(says("Choice: AB", 1));
    let played = Scene::new(maths(), [&layer, &["sc_ensemble"]], replies).play().await;
    assert!(played.asked[28].contains("Option Z:\n\\boxed{25}\n\nOption AA:\n\\boxed{26}\n"));
    assert_eq!(played.texts(), [r"\boxed{27}"]);
}

#[tokio::test(start_paused = true)]
async fn code_options_show_programs() {
    let replies = vec![says(&add("return x + y"), 1), says(&add("return y"), 1), says("Choice: A", 1)];
    let played = Scene::new(code(), [&["generate", "generate_cot"], &["sc_ensemble"]], replies).play().await;
    assert!(played.asked[2].contains("Option B:\n```python\ndef double(x):"));
    assert!(!played.asked[2].contains("Here it is."));
    assert_eq!(played.answer().by, name("generate"));
}

#[tokio::test(start_paused = true)]
async fn refining_reviews_the_solution_that_stands_and_takes_its_place() {
    let replies = vec![says(r"\boxed{1}", 1), says(r"\boxed{2}", 1), says(r"Better: \boxed{42}", 1)];
    let played = Scene::new(maths(), [&["generate", "generate_cot"], &["self_refine"]], replies).play().await;
    assert!(played.asked[2].contains("Current solution:\n\\boxed{2}\n"));
    assert_eq!(played.texts(), [r"\boxed{1}", r"Better: \boxed{42}"]);
    assert_eq!(played.answer().by, name("self_refine"));
}

#[tokio::test(start_paused = true)]
async fn a_review_without_an_answer_leaves_the_solution_standing() {
    let replies = vec![says(r"\boxed{1}", 1), says("It looks right.", 1)];
    let played = Scene::new(maths(), [&["generate"], &["self_refine"]], replies).play().await;
    assert_eq!(played.texts(), [r"\boxed{1}"]);
}

#[tokio::test(start_paused = true)]
async fn the_programmer_runs_its_program_and_writes_up_the_output() {
    let replies = vec![says(&solve("return 6 * 7"), 4), says(r"The program gives \boxed{42}.", 6)];
    let played = Scene::new(maths(), [&["programmer"]], replies).running([returned("42")]).play().await;
    assert_eq!(&*played.ran[0].source, "def solve():\n    return 6 * 7");
    assert_eq!(played.ran[0].goal, Goal::Call { function: "solve".into() });
    assert!(played.asked[1].contains("Output of the program:\n42\n"));
    assert_eq!(played.texts(), [r"The program gives \boxed{42}."]);
    assert_eq!(played.ran_well(), Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_write_up_that_loses_the_result_keeps_the_output_as_answer() {
    let replies = vec![says(&solve("return 6 * 7"), 1), says("See above.", 1)];
    let played = Scene::new(maths(), [&["programmer"]], replies).running([returned("42")]).play().await;
    assert_eq!(played.answer().answer.as_deref(), Some("42"));
}

#[tokio::test(start_paused = true)]
async fn each_retry_sees_the_last_program_and_its_error() {
    let replies = vec![
        says(&solve("return 1 / 0"), 1),
        says(&solve("while True: pass"), 1),
        says(&solve("return 42"), 1),
        says(r"\boxed{42}", 1),
    ];
    let outcomes =
        [ToolOutcome::Raised("ZeroDivisionError: division by zero".into()), ToolOutcome::TimedOut, returned("42")];
    let played = Scene::new(maths(), [&["programmer"]], replies).running(outcomes).play().await;
    assert!(
        played.asked[1].contains("return 1 / 0") && played.asked[1].contains("ZeroDivisionError: division by zero")
    );
    assert!(played.asked[2].contains("while True: pass") && played.asked[2].contains("took too long"));
    assert!(!played.asked[2].contains("1 / 0"));
    assert_eq!(played.ran_well(), Some(true));
}

#[tokio::test(start_paused = true)]
async fn three_programs_that_do_not_run_leave_nothing_and_are_not_written_up() {
    let replies = vec![says("I would rather not.", 1), says(&solve("print(42)"), 1), says(&solve("import socket"), 1)];
    let outcomes = [returned("None"), ToolOutcome::Killed("memory limit".into())];
    let played = Scene::new(maths(), [&["programmer"]], replies).running(outcomes).play().await;
    assert!(played.asked[1].contains("holds no program"));
    assert!(played.asked[2].contains("has to return the final answer, not print it"));
    assert_eq!(*played.last(), State::default());
    assert_eq!((played.ran_well(), played.episode.failure), (Some(false), None));
}

#[tokio::test(start_paused = true)]
async fn a_sandbox_failure_fails_the_episode_not_the_program() {
    let mut scene = Scene::new(maths(), [&["programmer"]], vec![says(&solve("return 42"), 1)]);
    scene.outcomes = vec![Err(ToolError("the fork server is gone".into()))];
    let played = scene.play().await;
    assert_eq!(played.episode.failure, Some(Failure::Tool(ToolError("the fork server is gone".into()))));
}

#[tokio::test(start_paused = true)]
async fn a_program_that_passes_is_marked_and_costs_no_call() {
    let scene = Scene::new(code(), [&["generate"], &["test"]], vec![says(&add("return x + y"), 1)]);
    let played = scene.running([ToolOutcome::Passed]).play().await;
    let standing = played.answer();
    assert_eq!((standing.by.clone(), standing.passes_examples), (name("generate"), Some(true)));
    assert_eq!(played.ran_well(), Some(true));
    assert_eq!(&*played.ran[0].source, standing.answer.as_deref().unwrap());
    let Goal::Check { entry_point, preamble, tests } = &played.ran[0].goal else { panic!("a check") };
    assert_eq!((&**entry_point, &**preamble), ("add", "def double(x):\n    return 2 * x"));
    assert!(tests.contains("def check(candidate):") && tests.contains(r#"("add(1, 2)", "3")"#));
}

#[tokio::test(start_paused = true)]
async fn a_failing_program_is_reflected_on_until_it_passes() {
    let replies = vec![says(&add("return x"), 1), says(&add("return y - x"), 1), says(&add("return x + y"), 1)];
    let outcomes = [failed("add(1, 2) should give 3 but gave 1"), failed("but gave 1 again"), ToolOutcome::Passed];
    let played = Scene::new(code(), [&["generate"], &["test"]], replies).running(outcomes).play().await;
    assert!(played.asked[1].contains("return x\n") && played.asked[1].contains("should give 3 but gave 1"));
    assert!(played.asked[2].contains("return y - x\n") && played.asked[2].contains("but gave 1 again"));
    let standing = played.answer();
    assert_eq!((standing.by.clone(), standing.passes_examples), (name("test"), Some(true)));
    assert_eq!(played.last().candidates.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn after_three_rewrites_the_last_program_stands_as_failed() {
    let replies = ["return 0", "return 1", "return 2", "return 4"].map(|body| says(&add(body), 1)).to_vec();
    let outcomes = ["a", "b", "c", "d"].map(failed);
    let played = Scene::new(code(), [&["generate"], &["test"]], replies).running(outcomes).play().await;
    assert!(played.answer().answer.as_deref().unwrap().contains("return 4"));
    assert_eq!((played.answer().passes_examples, played.ran_well()), (Some(false), Some(false)));
}

#[tokio::test(start_paused = true)]
async fn a_rewrite_without_a_program_is_not_run_and_replaces_nothing() {
    let replies = vec![says("No idea.", 1), says("Still none.", 1), says(&add("return x + y"), 1)];
    let played = Scene::new(code(), [&["generate"], &["test"]], replies).running([ToolOutcome::Passed]).play().await;
    assert!(played.asked[1].contains("holds no program") && played.asked[1].contains("No idea."));
    assert!(played.asked[2].contains("No idea."));
    assert_eq!(played.ran.len(), 1);
    assert_eq!(played.answer().passes_examples, Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_check_is_one_run_that_notes_what_a_failing_program_does() {
    let played = |outcome: ToolOutcome| async move {
        let scene = Scene::new(code(), [&["generate"], &["check"]], vec![says(&add("return x"), 1)]);
        let played = scene.running([outcome]).play().await;
        let standing = played.answer();
        assert_eq!((played.ran.len(), played.episode.trace.model_calls(), &*standing.by.0), (1, 1, "generate"));
        assert_eq!(played.ran_well(), standing.passes_examples);
        (standing.passes_examples, standing.behaviour.as_deref().map(str::to_owned))
    };
    assert_eq!(played(ToolOutcome::Passed).await, (Some(true), None));
    let said = "add(1, 2) should give 3 but gave 1";
    assert_eq!(played(failed(said)).await, (Some(false), Some(said.to_owned())));
    assert_eq!(played(ToolOutcome::TimedOut).await, (Some(false), None), "it did nothing that another could share");
    let without = Scene::new(code(), [&["generate"], &["check"]], vec![says("No idea.", 1)]).play().await;
    assert_eq!((without.ran.len(), without.answer().passes_examples), (0, Some(false)));
}

#[test]
fn operators_run_only_on_what_they_can_work_on() {
    let can = |problem: &Problem, operator: &str, candidates: usize| {
        let solution =
            Solution { text: "".into(), answer: None, by: name("generate"), passes_examples: None, behaviour: None };
        let state = State { candidates: vec![solution; candidates], current: candidates.checked_sub(1) };
        all(problem.domain).get(&name(operator)).expect("an operator of the domain").can_run(problem, &state)
    };
    for operator in ["generate", "generate_cot", "multi_generate_cot", "programmer", "early_stop"] {
        assert!(can(&maths(), operator, 0), "{operator}");
    }
    assert!(!can(&maths(), "sc_ensemble", 0) && !can(&maths(), "sc_ensemble", 1) && can(&maths(), "sc_ensemble", 2));
    assert!(!can(&maths(), "self_refine", 0) && can(&maths(), "self_refine", 1));
    assert!(!can(&code(), "test", 0) && can(&code(), "test", 1));
    let without_examples = Problem { public_examples: [].into(), ..code() };
    assert!(!can(&without_examples, "test", 1));
    assert!(can(&code(), "check", 1) && !can(&without_examples, "check", 1) && !can(&maths(), "check", 1));
}

#[tokio::test(start_paused = true)]
async fn early_stop_ends_the_graph_without_work() {
    let played = Scene::new(maths(), [&["generate", "early_stop"], &["generate"]], vec![says("42", 1)]).play().await;
    assert_eq!(played.episode.layers.len(), 1);
    assert_eq!(played.episode.trace.model_calls(), 1);
    assert_eq!(played.answer().answer.as_deref(), Some("42"));
    assert_eq!(all(Domain::Maths).get(&name("early_stop")).unwrap().role(), Role::Stop);
}
