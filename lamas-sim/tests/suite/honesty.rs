//! Difficulty shows in a statement's text, weakly, and in nothing else; earlier work acts through the prompt alone.

use crate::support::{answer, ask, boxed, model, profile, word_problems};
use lamas_core::random::{Seed, text_key};
use lamas_sim::{Mutants, Profile, SimModel};

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

/// Share of the variance of `y` that all columns together explain, by least squares: columns are made orthogonal one after
/// another, and each adds its own share.
fn joint_r_squared(columns: &[Vec<f64>], y: &[f64]) -> f64 {
    let n = y.len() as f64;
    let centred = |values: &[f64]| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / n;
        values.iter().map(|value| value - mean).collect()
    };
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let y = centred(y);
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut explained = 0.0;
    for column in columns {
        let mut rest = centred(column);
        let size = product(&rest, &rest);
        for direction in &basis {
            let along = product(&rest, direction);
            rest.iter_mut().zip(direction).for_each(|(rest, direction)| *rest -= along * direction);
        }
        let left = product(&rest, &rest);
        // A column that others make up adds nothing.
        if left > 1e-9 * size {
            rest.iter_mut().for_each(|value| *value /= left.sqrt());
            explained += product(&rest, &y).powi(2);
            basis.push(rest);
        }
    }
    explained / product(&y, &y)
}

#[test]
fn a_regression_on_all_that_shows_finds_nothing_beyond_the_intended_signal() {
    let Survey { solved, statements } = survey();
    let column = |feature: &dyn Fn(usize, &str) -> f64| -> Vec<f64> {
        statements.iter().enumerate().map(|(place, statement)| feature(place, statement)).collect()
    };
    // The intended signal, with its bend: success is no straight line in it.
    let intended: Vec<Vec<f64>> = (1..=3).map(|power| column(&|_, statement| words(statement).powi(power))).collect();
    let mut all = intended.clone();
    all.push(column(&|place, _| place as f64));
    all.push(column(&|place, _| (place % 2) as f64));
    all.push(column(&|place, _| (place % 10) as f64));
    for bit in 0..12 {
        all.push(column(&|_, statement| (text_key(statement) >> bit & 1) as f64));
        all.push(column(&|place, _| (text_key(&format!("generated/{place}")) >> bit & 1) as f64));
    }
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789".chars() {
        all.push(column(&|_, statement| {
            statement.to_lowercase().matches(letter).count() as f64 / statement.len() as f64
        }));
    }
    let (signal, everything) = (joint_r_squared(&intended, &solved), joint_r_squared(&all, &solved));
    assert!((0.05..0.2).contains(&signal), "R squared of the intended signal: {signal}");
    // Under no relation the gain times n is about chi-squared with one degree of freedom for each further column; five
    // standard deviations above its mean are beyond one in ten thousand.
    let further = (all.len() - intended.len()) as f64;
    let none = (further + 5.0 * (2.0 * further).sqrt()) / PROBLEMS as f64;
    assert!(everything - signal < none, "R squared grows from {signal} to {everything}, by more than {none}");
}
