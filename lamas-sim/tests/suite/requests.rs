//! The simulated model understands what a prompt asks for, whoever wrote the prompt.

use crate::support::{ByText, ask, boxed, code, fenced, maths, model, prepared, profile, reference, request};
use lamas_core::chat::{ChatError, Message};
use lamas_core::problem::Task;
use lamas_sim::number::Probability;
use lamas_sim::{Mutants, Profile, SimModel};

const ROBE: &str =
    "A robe takes 2 bolts of blue fiber and half that much white fiber.  How many bolts in total does it take?";
const STUB: &str =
    "def add(x: int, y: int) -> int:\n    \"\"\"Adds two numbers.\n\n    >>> add(1, 2)\n    3\n    \"\"\"\n";

fn share(value: f64) -> Probability {
    Probability::try_from(value).expect("a probability")
}

/// A profile in which nothing is left to chance but what a test is about.
fn certain() -> Profile {
    let mut profile = profile();
    profile.answers.plurality = share(1.0);
    profile.answers.write_up = share(1.0);
    profile.answers.program_runs = share(1.0);
    for section in profile.sections.values_mut() {
        section.refine.breaks = share(0.0);
        section.refine.repairs = share(0.0);
        section.reflect = Some(share(1.0));
    }
    profile
}

fn robes() -> SimModel {
    model(certain(), "gsm8k", &[maths("robe", ROBE, "3")], &Mutants::default())
}

fn addition() -> Task {
    let tests = "def check(candidate):\n    assert candidate(2, 2) == 4\n    assert candidate(-1, 5) == 4\n";
    code("add", "add", STUB, "    return x + y\n", &[("add(1, 2)", "3")], tests)
}

async fn adders() -> (SimModel, Task, String) {
    let task = addition();
    let mutants = prepared(std::slice::from_ref(&task), &ByText).await;
    let wrong = mutants.of(&task).expect("the problem was prepared").caught[0].to_string();
    (model(certain(), "humaneval", std::slice::from_ref(&task), &mutants), task, wrong)
}

#[test]
fn a_direct_answer_has_no_steps() {
    let prompts = [
        format!(
            "Answer the following maths problem directly.\n\nProblem:\n{ROBE}\n\nGive the solution, and end with the final answer in \\boxed{{}}."
        ),
        format!("{ROBE}\n\nPut your final answer in \\boxed{{}}. Do not explain."),
        format!("Q: {ROBE}\nA:"),
    ];
    for prompt in prompts {
        let text = ask(&robes(), &prompt, 0);
        assert!(!text.contains("Step 1:") && !text.contains("```"), "{prompt} gave {text}");
        boxed(&text);
    }
}

#[test]
fn reasoning_is_told_by_its_instruction() {
    let prompts = [
        format!("Q: A pen costs 2. How much are 3?\nA: 6\n\nQ: {ROBE}\nA: Let's think step by step."),
        format!("Please reason step by step, and put your final answer within \\boxed{{}}.\n{ROBE}"),
        format!(
            "Solve the problem. Show all steps, explain your thinking, and finish with \\boxed{{answer}}.\n\n{ROBE}"
        ),
        format!(
            "You reason carefully. Work through this with a chain of thought: {ROBE}\nThen output only the final answer in \\boxed{{}}. Think first."
        ),
    ];
    for prompt in prompts {
        assert!(ask(&robes(), &prompt, 0).starts_with("Step 1:"), "{prompt}");
    }
}

#[test]
fn a_program_is_told_by_the_function_or_the_language() {
    let prompts = [
        format!(
            "Problem:\n{ROBE}\n\nDefine a function `solve()` that takes no arguments and returns the final answer."
        ),
        format!(
            "You are a professional Python programmer. Write complete, self-contained code for the problem. Include a function named \"solve\" that performs the computation and returns the result.\n{ROBE}"
        ),
        format!("Write Python code to answer this: {ROBE} Only code, no explanation, please; think step by step."),
        format!(
            "A program failed. Write it again.\n{ROBE}\n```python\ndef solve():\n    return x\n```\nOutput:\nNameError: name 'x' is not defined\n\nWrite a function solve() that runs."
        ),
    ];
    for prompt in prompts {
        let text = ask(&robes(), &prompt, 0);
        assert!(fenced(&text).starts_with("def solve():\n"), "{prompt} gave {text}");
    }
}

#[test]
fn the_output_of_a_program_is_written_up() {
    let prompts = [
        format!(
            "A Python program was written for a maths problem and has been run. Write up the solution that its output gives.\n\nProblem:\n{ROBE}\n\nOutput of the program:\n41\n\nThe program:\n```python\ndef solve():\n    return 41\n```\n\nEnd with the final answer in \\boxed{{}}."
        ),
        format!(
            "Given the mathematical problem and the output from the code execution, provide a well-formatted and detailed solution.\nProblem: {ROBE}\nCode output: 41\n"
        ),
        format!("{ROBE}\nThe Python code printed `41`. Explain the solution step by step and box the answer."),
        format!("<problem>{ROBE}</problem>\n<output>41</output>\nWrite the final solution from the output."),
    ];
    for prompt in prompts {
        assert_eq!(boxed(&ask(&robes(), &prompt, 0)), "41", "{prompt}");
    }
}

#[test]
fn a_review_keeps_what_it_was_shown() {
    let prompts = [
        format!(
            "Review the current solution of a maths problem and rewrite it.\n\nProblem:\n{ROBE}\n\nCurrent solution:\nIt takes 2 + 5 = \\boxed{{7}}.\n\nCheck every step. End with the final answer in \\boxed{{}}."
        ),
        format!(
            "You are an assistant specialised in refining solutions.\nProblem: {ROBE}\nSolution: The answer is 7.\nMake iterative improvements and give the refined solution below. Think step by step."
        ),
        format!("Here is a draft answer: 7\nThe question was: {ROBE}\nCritique and improve the draft answer: 7"),
    ];
    for prompt in prompts {
        assert_eq!(boxed(&ask(&robes(), &prompt, 0)), "7", "{prompt}");
    }
    let mut conversation = request("", 0);
    conversation.messages = vec![
        Message::user(format!("{ROBE}\nThink step by step.")),
        Message { role: lamas_core::chat::Role::Assistant, content: "So it is \\boxed{7}.".into() },
        Message::user("Please revise your answer."),
    ];
    assert_eq!(boxed(&robes().answer(&conversation).expect("the statement is known").text), "7");
}

#[test]
fn an_ensemble_names_the_plurality() {
    let prompts = [
        (
            format!(
                "Name the option that is most consistent with the others.\n\nProblem:\n{ROBE}\n\nOption A:\n\\boxed{{4}}\n\nOption B:\nso \\boxed{{3}}\n\nOption C:\nhence $\\boxed{{3.0}}$\n\nGive the letter.\nChoice: <letter>"
            ),
            ["B", "C"],
        ),
        (
            format!(
                "Question: {ROBE}\nSeveral answers have been generated:\nA: \nFirst 9. The answer is 9.\nB: \nThe answer is 5.\nC: \nThe answer is 9.\n\nIdentify the answer that appears most frequently across them. Output the single letter ID (A, B, C, etc.)."
            ),
            ["A", "C"],
        ),
        (
            format!(
                "{ROBE}\n(A) 12\n(B) 7\n(C) 7\nWhich candidate do most agree on? Reply with a letter; think step by step."
            ),
            ["B", "C"],
        ),
        (format!("{ROBE}\nCandidate 1: 7\nCandidate 2: 7\nCandidate 3: 8\nSelect the best candidate."), ["1", "2"]),
    ];
    for (prompt, wanted) in prompts {
        for replicate in 0..8 {
            let text = ask(&robes(), &prompt, replicate);
            let named = text
                .strip_prefix(|_| true)
                .and(text.lines().last())
                .and_then(|line| line.strip_prefix("Choice: "))
                .expect("a choice is named");
            assert!(wanted.contains(&named), "{prompt} gave {named}");
        }
    }
}

#[test]
fn prompts_of_other_frameworks_are_answered_in_kind() {
    let system = "You are one of several solvers. Fill in every field of the form and nothing else.";
    let ask = |text: String| {
        let mut conversation = request("", 0);
        conversation.messages = vec![Message::system(system), Message::user(text)];
        robes().answer(&conversation).expect("the statement is known").text.to_string()
    };
    let reasoned = [
        format!(
            "<question>\n{ROBE}\n</question>\nFields:\n- thought: your step-by-step working\n- answer: in \\boxed{{}}"
        ),
        format!("Break the task down, explain how the parts fit, then conclude.\n### Task\n{ROBE}"),
        format!("Your role: mathematician. {ROBE} Let us work this out step by step to be sure."),
    ];
    for prompt in reasoned {
        let text = ask(prompt.clone());
        assert!(text.starts_with("Step 1:") && text.contains("\\boxed{"), "{prompt} gave {text}");
    }
    let programs = [
        format!(
            "Turn the task into Python.\nTask: {ROBE}\nProvide a script with `solve` as its entry point: def solve(): ..."
        ),
        format!("Field code: a program in Python that defines solve() and returns the number.\nTask: {ROBE}"),
    ];
    for prompt in programs {
        let text = ask(prompt.clone());
        assert!(fenced(&text).starts_with("def solve():\n"), "{prompt} gave {text}");
    }
    let options = [
        format!(
            "Task: {ROBE}\nThe team came to these solutions:\nA: It is 5.\n\nB: We get 9, so \\boxed{{9}}.\n\nC: The answer is 9.\n\nWeigh them and decide for the solution whose value is the most common. Fields: thought, solution_letter (one of the letters)."
        ),
        format!("{ROBE}\n\n(A) 5\n(B) 9\n(C) 9\n\nTake a majority vote over the responses and return its letter."),
    ];
    for prompt in options {
        let text = ask(prompt.clone());
        assert!(text.ends_with("Choice: B") || text.ends_with("Choice: C"), "{prompt} gave {text}");
    }
}

#[tokio::test]
async fn a_failed_test_asks_for_a_repair() {
    let (model, task, wrong) = adders().await;
    let prompts = [
        format!(
            "A Python function failed its tests. Reflect on the failed tests and rewrite the function.\n\n```python\n{STUB}```\n\nThe program that failed:\n```python\n{wrong}```\n\nFailed tests:\nadd(1, 2) should give 3 but gave -1\n"
        ),
        format!(
            "### problem\n{STUB}\n### Code Solution\n{wrong}\n### Failed Test Case\nAssertionError: assert add(1, 2) == 3\n\nProvide a reflection on the failed test cases and a better code solution."
        ),
    ];
    for prompt in prompts {
        assert_eq!(fenced(&ask(&model, &prompt, 0)).trim_end(), reference(&task).trim_end(), "{prompt}");
    }
}

#[tokio::test]
async fn a_review_of_code_keeps_the_program_it_was_shown() {
    let (model, task, wrong) = adders().await;
    for program in [wrong.as_str(), reference(&task)] {
        let prompt = format!(
            "Review the current solution of a Python programming problem and rewrite it.\n\n```python\n{STUB}```\n\nCurrent solution:\n```python\n{program}```\n\nWrite the refined solution."
        );
        assert_eq!(fenced(&ask(&model, &prompt, 0)).trim_end(), program.trim_end());
        let bare = format!("{STUB}\nSolution:\n{program}\nInstruction: refine the code above.");
        assert_eq!(fenced(&ask(&model, &bare, 0)).trim_end(), program.trim_end());
    }
}

#[tokio::test]
async fn an_ensemble_over_code_compares_programs() {
    let (model, task, wrong) = adders().await;
    let option = |letter: char, program: &str| format!("Option {letter}:\n```python\n{program}\n```\n\n");
    let right = reference(&task);
    let options = [option('A', &wrong), option('B', right), option('C', &right.replace("    ", "  "))].concat();
    let prompt = format!(
        "Name the option most consistent with the others.\n```python\n{STUB}```\n\n{options}\nChoice: <letter>"
    );
    for replicate in 0..8 {
        assert!(!ask(&model, &prompt, replicate).starts_with('A'));
    }
}

#[tokio::test]
async fn code_is_written_with_and_without_steps() {
    let task = addition();
    let mutants = prepared(std::slice::from_ref(&task), &ByText).await;
    let mut profile = certain();
    let section = profile.sections.get_mut("humaneval").expect("the section is there");
    (section.success.direct, section.success.reasoned) = (share(1.0), share(0.0));
    let model = model(profile, "humaneval", std::slice::from_ref(&task), &mutants);
    let right = |prompt: &str| fenced(&ask(&model, prompt, 0)).trim_end() == reference(&task).trim_end();
    assert!(right(&format!(
        "Write the Python function that the following signature and docstring describe. Answer directly, without explanation.\n\n```python\n{STUB}```\n"
    )));
    assert!(right(STUB));
    assert!(!right(&format!("Complete the following function. Think step by step.\n{STUB}")));
    assert!(!right(&format!("{STUB}\nExplain your approach first, then give the function.")));
}

#[test]
fn an_unknown_problem_is_rejected() {
    let error = robes().answer(&request("How much is the fish?", 0)).expect_err("nobody knows this problem");
    assert!(matches!(error, ChatError::Rejected { .. }), "{error}");
}
