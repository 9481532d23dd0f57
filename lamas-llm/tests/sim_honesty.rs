//! Difficulty shows in a statement's text, weakly, and in nothing else; earlier work acts through the prompt alone.

mod sim_support;

use lamas_core::random::{Seed, text_key};
use lamas_llm::sim::{Mutants, Profile, SimModel};
use sim_support::{answer, ask, boxed, model, profile, word_problems};

/// How often each of many problems is solved in eight samples, and what might predict that.
struct Survey {
    solved: Vec<f64>,
    statements: Vec<String>,
}

const PROBLEMS: usize = 2500;

/// A profile whose features are standardised for the generated statements.
fn fitted() -> Profile {
    let mut profile = profile();
    let words: Vec<f64> = word_problems(PROBLEMS).iter().map(|task| words(&task.problem.statement)).collect();
    let mean = words.iter().sum::<f64>() / words.len() as f64;
    let sd = (words.iter().map(|word| (word - mean).powi(2)).sum::<f64>() / words.len() as f64).sqrt();
    let section = profile.sections.get_mut("math").expect("the section is there");
    section.text.length.mean = mean.try_into().expect("finite");
    section.text.length.sd = sd.try_into().expect("positive");
    section.text.quantities.weight = 0.0.try_into().expect("finite");
    profile
}

fn words(statement: &str) -> f64 {
    (statement.split_whitespace().count() as f64).ln()
}

fn survey() -> Survey {
    let tasks = word_problems(PROBLEMS);
    let model = model(fitted(), "math", &tasks, &Mutants::default());
    let solved = tasks.iter().map(|task| {
        let right = |n: &u64| {
            boxed(&ask(&model, &format!("{}\nThink step by step.", task.problem.statement), *n)) == answer(task)
        };
        (0..8).filter(right).count() as f64 / 8.0
    });
    Survey {
        solved: solved.collect(),
        statements: tasks.iter().map(|task| task.problem.statement.to_string()).collect(),
    }
}

/// Share of the variance of `y` that a straight line in `x` explains.
fn r_squared(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let (mx, my) = (mean(x), mean(y));
    let product =
        |a: &[f64], ma: f64, b: &[f64], mb: f64| a.iter().zip(b).map(|(a, b)| (a - ma) * (b - mb)).sum::<f64>();
    product(x, mx, y, my).powi(2) / (product(x, mx, x, mx) * product(y, my, y, my))
}

#[test]
fn the_text_predicts_difficulty_weakly_and_ids_and_hashes_not_at_all() {
    let Survey { solved, statements } = survey();
    let of = |feature: &dyn Fn(usize, &str) -> f64| -> f64 {
        let feature: Vec<f64> =
            statements.iter().enumerate().map(|(place, statement)| feature(place, statement)).collect();
        r_squared(&feature, &solved)
    };
    let length = of(&|_, statement| words(statement));
    assert!((0.05..0.2).contains(&length), "R squared of length: {length}");
    // Under no relation R squared times n is chi-squared with one degree of freedom: 15 is beyond one in ten thousand.
    let none = 15.0 / PROBLEMS as f64;
    let key = |statement: &str| text_key(statement);
    for (name, other) in [
        ("place", of(&|place, _| place as f64)),
        ("parity", of(&|place, _| (place % 2) as f64)),
        ("hash", of(&|_, statement| (key(statement) >> 40) as f64)),
        ("hash bit", of(&|_, statement| (key(statement) & 1) as f64)),
        ("first letter", of(&|_, statement| f64::from(statement.as_bytes()[0]))),
    ] {
        assert!(other < none, "R squared of {name}: {other}");
    }
}

#[test]
fn the_wording_of_a_prompt_does_not_move_success() {
    let tasks = word_problems(PROBLEMS);
    let model = model(profile(), "math", &tasks, &Mutants::default());
    let rate = |prompt: &dyn Fn(&str) -> String| {
        let right = |task: &&lamas_core::problem::Task| {
            boxed(&ask(&model, &prompt(&task.problem.statement), 0)) == answer(task)
        };
        tasks.iter().filter(right).count() as f64 / tasks.len() as f64
    };
    let plain = rate(&|statement| format!("{statement}\nThink step by step."));
    let other = rate(&|statement| {
        format!(
            "You are the best mathematician there is. Be very careful!\n\n{statement}\n\nShow each step of your work."
        )
    });
    assert!((plain - other).abs() < 0.02, "{plain} and {other}");
}

#[test]
fn another_seed_is_another_world() {
    let tasks = word_problems(PROBLEMS);
    let solved = |seed| -> Vec<f64> {
        let model = model(profile().with_seed(Seed(seed)), "math", &tasks, &Mutants::default());
        tasks
            .iter()
            .map(|task| f64::from(u8::from(boxed(&ask(&model, &task.problem.statement, 0)) == answer(task))))
            .collect()
    };
    let (one, other) = (solved(1), solved(2));
    // What the two worlds share is the text's part only.
    assert!(r_squared(&one, &other) < 0.05);
    assert!(r_squared(&one, &solved(1)) > 0.999);
}

fn hardest(model: &SimModel) -> (String, String) {
    let tasks = word_problems(300);
    let wrong = tasks.iter().find(|task| {
        (0..8)
            .all(|n| boxed(&ask(model, &format!("{}\nThink step by step.", task.problem.statement), n)) != answer(task))
    });
    let task = wrong.expect("some problem is never solved");
    (task.problem.statement.to_string(), answer(task).to_owned())
}

#[test]
fn a_right_answer_in_the_prompt_is_the_only_way_to_a_right_answer_that_one_cannot_find() {
    let mut profile = profile();
    let section = profile.sections.get_mut("math").expect("the section is there");
    section.refine.breaks = 0.0.try_into().expect("a probability");
    section.refine.repairs = 0.0.try_into().expect("a probability");
    let model = model(profile, "math", &word_problems(300), &Mutants::default());
    let (statement, right) = hardest(&model);
    let review = |shown: &str| {
        boxed(&ask(&model, &format!("{statement}\nSolution: \\boxed{{{shown}}}\nRefine the solution."), 0)).to_owned()
    };
    assert_eq!((review(&right), review("17").as_str()), (right.clone(), "17"));
    let write_up = |n: u64| {
        boxed(&ask(&model, &format!("{statement}\nCode output: {right}\nWrite the final solution."), n)) == right
    };
    assert!((0..20).filter(|&n| write_up(n)).count() > 15);
}
