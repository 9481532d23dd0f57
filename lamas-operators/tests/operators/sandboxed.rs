//! The operators that run programs, with the real sandbox.

use std::sync::Arc;

use lamas_core::tool::Interpreter;
use lamas_operators::python::{PythonPool, SandboxSettings};

use crate::support::{Played, Scene, code, maths, says};

/// Plays without a paused clock, as the sandbox's runs take real time.
async fn play(scene: Scene) -> Played {
    let settings = SandboxSettings { allow_reduced: true, ..SandboxSettings::default() };
    let pool: Arc<dyn Interpreter> = Arc::new(PythonPool::new(settings).expect("a sandbox"));
    scene.play_with(pool).await
}

fn add(body: &str) -> String {
    format!("```python\ndef add(x, y):\n    return {body}\n```")
}

#[tokio::test]
async fn the_programmer_repairs_a_program_that_raised() {
    let broken = "```python\ndef solve():\n    return 6 / zero\n```";
    let sound = "```python\nfrom fractions import Fraction\n\ndef solve():\n    return Fraction(1, 2) * 84\n```";
    let replies = vec![says(broken, 0), says(sound, 0), says(r"\boxed{42}", 0)];
    let played = play(Scene::new(maths(), [&["programmer"]], replies)).await;
    assert!(played.asked[1].contains("NameError: name 'zero' is not defined"), "{}", played.asked[1]);
    assert!(played.asked[2].contains("Output of the program:\n42\n"), "{}", played.asked[2]);
    assert_eq!(played.ran_well(), Some(true));
}

#[tokio::test]
async fn the_test_tells_what_failed_and_accepts_what_passes() {
    // The helper of the statement is there for the program although the reply leaves it out.
    let replies = vec![says(&add("double(x)"), 0), says(&add("x +"), 0), says(&add("double(x) // 2 + y"), 0)];
    let played = play(Scene::new(code(), [&["generate"], &["test"]], replies)).await;
    assert!(played.asked[1].contains("add(1, 2) should give 3 but gave 2"), "{}", played.asked[1]);
    assert!(played.asked[2].contains("SyntaxError"), "{}", played.asked[2]);
    assert_eq!((played.answer().passes_examples, played.ran_well()), (Some(true), Some(true)));
}
