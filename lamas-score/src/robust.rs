//! Whatever a model writes, scoring it ends, without a panic and in time that grows with its length alone.
//!
//! There is no clock in these tests: at a megabyte, quadratic time would be hours.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lamas_core::problem::{Domain, Gold, Problem, ProblemId};
use proptest::prelude::*;

use super::code::{code_program, public_examples};
use super::compare::{equivalent, plurality};
use super::read::{answer_part, choice, final_answer, reference_answer};
use super::{Rules, Score};

/// What texts are put together from, so that they come close to what the readers look for.
const PIECES: &[&str] = &[
    r"\boxed{",
    r"\boxed",
    r"\frac",
    r"\frac{",
    r"\sqrt[",
    r"\sqrt",
    r"\text{",
    r"\left(",
    r"\right)",
    r"\begin{pmatrix}",
    r"\end{pmatrix}",
    r"\pm",
    r"\cup",
    r"\infty",
    r"\pi",
    r"\sin",
    r"\log_",
    r"^\circ",
    r"\%",
    r"\$",
    r"\{",
    r"\}",
    r"\\",
    r"\!",
    r"\overline{",
    r"\binom",
    r"\lfloor",
    r"\rfloor",
    r"\vec{",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "|",
    "^",
    "_",
    "!",
    "'",
    "%",
    "$",
    "$$",
    r"\(",
    r"\)",
    r"\[",
    r"\]",
    "&",
    ",",
    ";",
    ":",
    "=",
    "<",
    "\\le ",
    "+",
    "-",
    "*",
    "/",
    ".",
    "####",
    "answer is ",
    "**Answer:** ",
    "and",
    "or",
    " ",
    "\n",
    "0",
    "1",
    "7",
    "12",
    "1,000",
    "2112_6",
    "x",
    "i",
    "e",
    "f(",
    "U",
    "apples",
    "cm",
    "square",
    "π",
    "√",
    "½",
    "é",
    "\u{301}",
    "```",
    "```python\n",
    "def f(x):\n",
    "    return ",
    ">>> f(",
    "f(1) == ",
    "\"",
    "'''",
    "\"\"\"",
    "# => ",
    "For x = [1, ",
    "Input: x = 1",
    "Output: ",
    "->",
    "True",
    "<think>",
    "</think>",
    "[THINK]",
    "<|im_end|>",
    "</s>",
    "~~~\n",
    "    ```\n",
    "Question:",
    "<answer>",
    "</answer>",
    "- ",
    "1e6",
    "1 000",
    "**4**",
    r"\textcolor{red}{",
    r"\over ",
    r"\approx ",
    r"\mid ",
    r"\setminus ",
    r"\ldots ",
    "P(3)",
    "12:30",
    "x²",
    "\u{202f}",
    "#",
];

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![4 => pieces(), 1 => any::<String>()]
}

fn problem(statement: &str) -> Problem {
    Problem {
        id: ProblemId("test/0".into()),
        domain: Domain::Code,
        statement: statement.into(),
        entry_point: Some("f".into()),
        public_examples: public_examples(statement, "f").into(),
    }
}

/// Everything that this module does with a text, with the text in every place.
fn read_everywhere(text: &str) -> [Score; 4] {
    let gold = Gold::Tests { tests: text.into(), reference: text.into() };
    let program = code_program(text, &problem(text), &gold).expect("a complete problem");
    assert!(program.is_none_or(|program| program.source.len() <= 8 * text.len() + 100), "a program of bounded length");
    assert!(answer_part(text).len() <= text.len());
    let _ = reference_answer(text);
    let _ = choice::named(text, 5);
    let answer = final_answer(text);
    let _ = plurality(Domain::Maths, &[Some("18"), answer.as_deref()]);
    [
        Rules::NUMBER.score_text(text, "18"),
        Rules::LATEX.score_text(text, r"\frac{\sqrt{3}}{2}"),
        Rules::NUMBER.score_text("18", text),
        Rules::LATEX.score_text("18", text),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_a_reader(text in texts()) {
        for score in read_everywhere(&text) {
            prop_assert!(!score.reason.is_empty());
        }
    }

    #[test]
    fn every_answer_is_itself(answer in texts()) {
        let shifted = format!(" {answer}");
        prop_assert!(equivalent(&answer, &shifted).is_some());
    }

    #[test]
    fn two_texts_compare_in_either_order(one in pieces(), other in pieces()) {
        let right = |gold: &str, answer: &str| equivalent(gold, answer).is_some();
        prop_assert_eq!(right(&one, &other), right(&other, &one));
    }

    #[test]
    fn fractions_are_their_multiples_and_nothing_else(top in -400_i64..400, bottom in 1_i64..400, by in 2_i64..9) {
        let gold = format!(r"\frac{{{top}}}{{{bottom}}}");
        let same = [format!("{}/{}", top * by, bottom * by), format!(r"x = \dfrac{{{}}}{{{}}}", -top * by, -bottom * by)];
        let other = [format!("{}/{bottom}", top + 1), format!(r"\frac{{{top}}}{{{bottom}}}\sqrt2 + {by}")];
        for rules in [Rules::NUMBER, Rules::LATEX] {
            let score = |answer: &str| rules.score_text(&format!(r"\boxed{{{answer}}}"), &gold).score;
            for answer in &same {
                prop_assert_eq!(score(answer), Some(true), "{} by {:?}", answer, rules);
            }
            for answer in &other {
                prop_assert_eq!(score(answer), Some(false), "{} by {:?}", answer, rules);
            }
        }
    }
}

/// Answers whose values are out of reach end all the same, with a verdict.
#[test]
fn arithmetic_out_of_reach_is_given_up() {
    for answer in [
        r"9^{9^{9^{9}}}",
        r"2^{2147483647}",
        r"(a+b+c+d+e+f+g+h)^{60}",
        r"(1+\sqrt2+\sqrt3+\sqrt5+\sqrt7+\sqrt{11}+\sqrt{13})^{999}",
        r"((((x+1)^{99}+1)^{99}+1)^{99}+1)^{99}",
        r"\frac{1}{(x+y)^{500}} + \frac{1}{(x+z)^{500}} + \frac{1}{(y+z)^{500}}",
        r"3000!^{3000}",
        r"\binom{3000}{1500}^{99}",
        r"99999999999!",
        r"\sqrt{18446744073709551557}",
        r"x^{1/999} x^{1/998} x^{1/997} x^{1/996} x^{1/995} x^{1/994} x^{1/993}",
        r"\sqrt{\sqrt{\sqrt{\sqrt{\sqrt{\sqrt{\sqrt{\sqrt{x+1}+1}+1}+1}+1}+1}+1}+1}",
        &format!("{}1{}", "(".repeat(30), ")^{99}".repeat(30)),
        // Thousands of digits, found by fuzzing.
        r"2^{10i \cdot 3.141592653589793238462600}-1+2^{1000}",
        r"\sin(10^{-300\sin(10^{-300})})",
        r"\cos\cos\cos\cos\cos\cos\cos\cos 2^{1000}",
        "1e999999999",
        "1e-999999999999999999999",
        &format!("1e{}", "9".repeat(3_900)),
        &format!("{}x{}", "P(".repeat(300), ")=1".repeat(300)),
        &format!("{}x{}", "P(".repeat(35), ")=1".repeat(35)),
        &format!("{}?{}", "f(".repeat(30), ")=1".repeat(30)),
        &format!("{}x{}", "f'(".repeat(200), ")".repeat(200)),
        &format!("{}x=1{}", r"\{x|".repeat(35), r"\}".repeat(35)),
        &format!("{}x", r"\{x \in ".repeat(300)),
        &format!("{}1{}", "{1 \\over ".repeat(300), "}".repeat(300)),
        &vec!["1"; 900].join(r" \over "),
        &vec!["1"; 900].join(r" \choose "),
        &vec![r"\mathbb{R}"; 300].join(r" \setminus "),
        &vec!["1"; 900].join(r" \approx "),
        &format!("{}x", r"\underbrace{".repeat(300)),
        &format!("{}x{}", r"\text{$".repeat(300), "$}".repeat(300)),
        &vec!["0"; 900].join(":"),
        &format!("{}x", r"\sqrt".repeat(300)),
        &format!("x{}", "!".repeat(300)),
        &format!("{}x", "-".repeat(3_000)),
        &format!("0.{}", "1".repeat(3_900)),
        &vec![r"\sqrt{9999999967}"; 200].join("+"),
        &vec!["1"; 1_900].join(","),
        &vec![r"x^{99}y"; 400].join("+"),
        &vec![r"1 \pm 2"; 300].join(","),
    ] {
        let score = Rules::LATEX.score_text(&format!(r"\boxed{{{answer}}}"), "1.5 + x");
        assert_eq!(score.score, Some(false), "{answer}");
    }
}

/// Nothing nests too deep, and no text is too long.
#[test]
fn depth_and_length_have_no_end() {
    const DEEP: usize = 100_000;
    for (open, close) in
        [("{", "}"), ("(", ")"), (r"\boxed{", "}"), (r"\frac{", "}{2}"), (r"\text{$", "$}"), ("<think>", "</think>")]
    {
        read_everywhere(&format!("{}1{}", open.repeat(DEEP), close.repeat(DEEP)));
        read_everywhere(&format!("\\boxed{{{}1{}}}", open.repeat(DEEP), close.repeat(DEEP)));
    }
    read_everywhere(&format!("\\boxed{{{}}}", "9".repeat(1_000_000)));
    read_everywhere(&format!("#### {}", "9".repeat(1_000_000)));
}

/// A megabyte of every piece, alone, and on lines of its own before a digit; and of pairs that send a reader ahead.
#[test]
fn a_megabyte_of_anything_takes_one_pass() {
    const MEGABYTE: usize = 1_000_000;
    let alone = PIECES.iter().flat_map(|piece| ["", "1\n"].map(|after| format!("{piece}{after}")));
    // A reader that looks for the end of each opening bracket, line or string anew would look at most of the text.
    let ahead = [
        r"\( $x$ ",
        r"\[ $x$ ",
        "$$ \\(x\\) ",
        r"\boxed{ {1} ",
        "f(1) == 1 ",
        "f(1 f('a' ",
        "answer is $$ $1$ ",
        "#### \\[ ",
    ];
    let units: Vec<String> = alone.chain(ahead.map(str::to_owned)).collect();
    on_every_core(&units, |unit| {
        read_everywhere(&unit.repeat(MEGABYTE / unit.len()));
    });
}

/// Calls `check` with each item, as many at once as there are cores.
fn on_every_core<T: Sync>(items: &[T], check: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    check(item);
                }
            });
        }
    });
}
