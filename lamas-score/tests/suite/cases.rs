//! Faults that others met, and kinds of them that we thought of: an answer, its reference, and whether it is right.
//!
//! `cases.jsonl` holds those that were reported, each with where; the tables here hold variants of every kind.

use std::collections::BTreeMap;

use lamas_score::Rules;
use serde::Deserialize;

use crate::support::{hold, verdict};

#[derive(Deserialize)]
struct Case {
    case: String,
    rules: Rules,
    #[serde(default)]
    gold: String,
    answer: String,
    right: bool,
    reported: String,
}

#[test]
fn case_scoring_as_reported() {
    let text = include_str!("cases.jsonl");
    let cases: Vec<Case> = text.lines().map(|line| serde_json::from_str(line).expect("a case a line")).collect();
    assert_eq!(cases.len(), 74);
    let mut mistakes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for case in &cases {
        let score = verdict(case.rules, &case.gold, &case.answer);
        if score.score != Some(case.right) {
            let line = format!(
                "{:?} for {:?} ({}): read {:?}, {}",
                case.answer, case.gold, case.reported, score.extracted, score.reason
            );
            mistakes.entry(&case.case).or_default().push(line);
        }
    }
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}

#[test]
fn case_thoughts_are_no_answer() {
    let right = [
        ("72", "<think>\\boxed{24}</think>\\boxed{72}"),
        ("72", "<think>It is 24.</think>\n\nThe answer is 72."),
        ("72", "<thinking>\n#### 24\n</thinking>\n#### 72"),
        ("72", "<THINK>24</THINK> 72"),
        ("72", "[THINK]\\boxed{24}[/THINK]\nThere are 72."),
        ("72", "\\boxed{24}\n</think>\n72"),
        ("72", "\\boxed{24}</thinking>\n72"),
        ("72", "The answer is 24.[/THINK] The answer is 72."),
        ("72", "<think>a<think>24</think>\\boxed{25}</think>72"),
        ("72", "The answer is 72.\n<think>Is it \\boxed{24}?</think>"),
        ("72", "The answer is 72.\n<think>Or \\boxed{24}"),
        ("72", "<reasoning>24</reasoning><answer>72</answer>"),
        ("72", "<|channel|>analysis<|message|>24<|end|><|start|>assistant<|channel|>final<|message|>72<|return|>"),
        ("72", "<|begin_of_thought|>\\boxed{24}<|end_of_thought|>\\boxed{72}"),
        ("72", "\\boxed{72}<|im_end|>\n<|im_start|>user\nAnd \\boxed{24}?"),
    ];
    hold(Rules::NUMBER, true, &right);
    hold(Rules::LATEX, true, &right);
    let wrong = [
        ("24", "<think>\\boxed{24}</think>\\boxed{72}"),
        ("24", "<think>\\boxed{24}</think>"),
        ("24", "<think>The answer is 24."),
        ("24", "[THINK]\\boxed{24}"),
    ];
    hold(Rules::NUMBER, false, &wrong);
    hold(Rules::LATEX, false, &wrong);
}

#[test]
fn case_marks_with_something_sensible_behind() {
    hold(
        Rules::NUMBER,
        true,
        &[
            ("#### 18", "#### Step 1: 9\nNine.\n#### Step 2: 9*2\nShe makes 18 dollars."),
            ("#### 18", "#### 1. Eggs\n16 eggs.\n#### 2. Money\nIn all 18 dollars"),
            ("#### 18", "#### Calculation for 2 days\n9 * 2 = 18"),
            ("#### 18", "#### (a) Money\nShe makes 18."),
            ("#### 18", "She makes 18.\n\n##### Note 3"),
            ("#### 18", "###### 5\nShe makes 18."),
            ("#### 18", "#### 18\n\n#### Explanation\nSince 9 * 2."),
            ("#### 18", "#### Final Answer: 18"),
            ("#### 18", "#### **18**"),
            ("#### 18", "#### $18!"),
            ("#### 18", "The answer is **18**!!"),
            ("#### 18", "The answer is 18 dollars! Good."),
            ("#### 18", "The answer is $18$!"),
            ("#### 18", "#### 18 (9 * 2)"),
            ("#### 18", "#### 18 ($9 \\times 2$)"),
            ("#### 18", "#### 18 dollars (9*2)"),
            ("#### 18", "The answer is 18 (16 - 3 + 5)"),
            ("#### 18", "The answer is:\n\n- 18"),
            ("#### 18", "Answer:\n• 18 dollars"),
            ("#### 18", "Answer:\n– 18 dollars"),
            ("#### 18", "The final answer is:\n* **18** dollars"),
            ("#### 18", "- 9 eggs\n- 18 dollars"),
            ("#### -18", "The answer is:\n-18"),
            ("#### 18", "\\boxed{18}. As you asked: \\boxed{}"),
            ("#### 18", "\\boxed{18} and not \\boxed{\\,}"),
            ("#### 18", "I shall put the answer in \\boxed{...}. The answer is 18."),
            ("#### 18", "Format: \\boxed{answer}\n#### 18"),
        ],
    );
    hold(
        Rules::LATEX,
        true,
        &[
            (r"\boxed{18}", "The answer is 18!"),
            (r"\boxed{n!}", "The answer is $n!$."),
            (r"\boxed{n!}", "The answer is n!"),
            (r"\boxed{120}", r"\boxed{5!}"),
            (r"\boxed{7}", "The answer is 7 (3 + 4)."),
            (r"\boxed{2(x+1)}", "The answer is 2 (x+1)."),
            (r"\boxed{6}", r"\boxed{2(3)}"),
            (r"\boxed{18}", r"\boxed{18 (9 \cdot 2)}"),
            (r"\boxed{\frac12}", "The answer is:\n- $\\frac12$"),
            (r"\boxed{3,5}", "The answers are:\n- $3$\n- $5$"),
            (r"\boxed{3}", r"The box \boxed{3}, not \boxed{\quad}"),
            (r"\boxed{3}", "#### Answer\n$3$"),
            (r"\boxed{x+1}", "#### Step 1: 2x\nSo it is $x+1$."),
            (r"\boxed{4}", "So the number of ways is 4."),
            (r"\boxed{4}", "The value of $n$ is __4__."),
            (r"\boxed{4}", "Since $x = 3$, we get **4**."),
            (r"\boxed{4}", "Hence $n$ equals 4"),
            (r"\boxed{4}", "As $x^2 = 3$, there are 4 solutions."),
            (r"\boxed{\frac{1}{2}}", "Thus the probability is 1/2."),
            (r"\boxed{\text{Evelyn}}", "The answer is Evelyn."),
            (r"\boxed{\text{June 20}}", "The answer is June 20."),
            (r"\boxed{1, 2}", r"so $x = \boxed{1}$ or $x = \boxed{2}$."),
        ],
    );
    hold(
        Rules::LATEX,
        false,
        &[
            (r"\boxed{6}", "The answer is 3!"),
            (r"\boxed{2}", r"so $x = \boxed{1}$ or $x = \boxed{2}$."),
            (r"\boxed{7}", "The answer is 8 (3 + 4)."),
        ],
    );
}

#[test]
fn case_presentation_is_not_content() {
    let styles = [
        r"\mathbf{12}",
        r"\boldsymbol{12}",
        r"\bm{12}",
        r"\pmb{12}",
        r"\mathit{12}",
        r"\mathrm{12}",
        r"\mathsf{12}",
        r"\mathtt{12}",
        r"\mathnormal{12}",
        r"\textbf{12}",
        r"\text{12}",
        r"\large 12",
        r"\Large{12}",
        r"{\huge 12}",
        r"\tiny 12",
        r"\displaystyle 12",
        r"{\bf 12}",
        r"\bf 12",
        r"{\color{red} 12}",
        r"\color{red}{12}",
        r"\textcolor{red}{12}",
        r"\textcolor[rgb]{1,0,0}{12}",
        r"\colorbox{yellow}{12}",
        r"\fcolorbox{red}{white}{12}",
        r"12 \tag{1}",
        r"12 \tag*{a}",
        r"\underline{12}",
        r"\underbrace{12}_{\text{dozen}}",
        r"\overbrace{12}^{n}",
        r"\boxed{12}",
        r"\left(12\right)",
        r"\mathbf{\large 12}",
        r"\textcolor{blue}{\mathbf{12}}",
        r"12\phantom{0}",
        r"12\hspace{2pt}",
        r"12\kern 3pt",
        r"\, 12 \;",
        r"\!12",
        r"12\quad",
        r"\mathop{12}",
        r"\hbox{12}",
        r"\ensuremath{12}",
        r"\strut 12",
        r"\mathstrut 12",
        r"\bbox[5px,yellow]{12}",
        r"\enclose{box}{12}",
        r"\mathlarger{12}",
        r"\hl{12}",
        r"\class{a}{12}",
        r"\href{a}{12}",
        r"\unicode{x200B}12",
        r"\mathclap{12}",
        r"12\nonumber",
        r"$12$",
        r"\(12\)",
    ];
    for style in styles {
        let answer = format!("\\boxed{{{style}}}");
        hold(Rules::NUMBER, true, &[("12", &answer)]);
        hold(Rules::LATEX, true, &[("12", &answer)]);
        hold(Rules::LATEX, false, &[("13", &answer), ("1", &answer), ("2", &answer)]);
    }
    hold(
        Rules::LATEX,
        true,
        &[
            (r"\frac{1}{2}", r"\boxed{\nicefrac{1}{2}}"),
            (r"\frac{1}{2}", r"\boxed{\sfrac12}"),
            (r"\frac{1}{2}", r"\boxed{{1 \over 2}}"),
            (r"\frac{1}{2}", r"\boxed{1 \over 2}"),
            (r"\frac{x+1}{2}", r"\boxed{{x + 1 \over 2}}"),
            (r"\frac{3}{2}", r"\boxed{1 + {1 \over 2}}"),
            (r"\binom{5}{2}", r"\boxed{{5 \choose 2}}"),
            (r"1 - \frac{1}{e}", r"\boxed{1-\frac{1}{\mathrm{e}}}"),
            (r"2i", r"\boxed{2\mathrm{i}}"),
            (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", r"\boxed{\mathbf{\begin{pmatrix} 1 \\ 2 \end{pmatrix}}}"),
            (r"\text{Evelyn}", r"\boxed{\textbf{Evelyn}}"),
            (r"\text{Evelyn}", r"\boxed{\textcolor{red}{\text{Evelyn}}}"),
        ],
    );
    hold(
        Rules::LATEX,
        false,
        &[(r"\frac{1}{2}", r"\boxed{{2 \over 1}}"), (r"1-\frac{1}{e}", r"\boxed{1+\frac{1}{\mathrm{e}}}")],
    );
}

#[test]
fn case_numbers_as_programs_and_other_languages_write_them() {
    let spaces = [
        "\u{a0}",
        "\u{202f}",
        "\u{2009}",
        "\u{2007}",
        " ",
        r"\ ",
        r"\,",
        r"\;",
        r"\:",
        "~",
        "{,}",
        ",",
        r"\thinspace ",
        "_",
        "'",
    ];
    for space in spaces {
        let answer = format!("\\boxed{{12{space}345{space}678}}");
        hold(Rules::NUMBER, true, &[("12345678", &answer)]);
        hold(Rules::LATEX, true, &[("12345678", &answer)]);
        hold(Rules::LATEX, false, &[("12", &answer), ("678", &answer), ("1234567", &answer)]);
        if space.trim_end() != r"\thinspace" {
            hold(Rules::NUMBER, true, &[("18000", &format!("The answer is 18{space}000 dollars."))]);
        }
    }
    for (gold, answer) in [
        ("1000000", "1e6"),
        ("1000000", "1E6"),
        ("1000000", "1e+06"),
        ("1000000", "1.0e+06"),
        ("1500", "1.5e3"),
        ("0.00001", "1e-05"),
        ("0.00001", "1e-5"),
        ("-0.00025", "-2.5e-04"),
        ("12000", "1.2 \\times 10^4"),
        ("12000", "1.2 x 10^4"),
        ("12000", "1.2 * 10^4"),
        ("12000", "1.2·10⁴"),
        ("0.5", "5e-1"),
        ("3", "3.0"),
        ("100000000000000000000", "1e20"),
        ("100000000000000000000", "1e+20"),
    ] {
        let boxed = format!("\\boxed{{{answer}}}");
        hold(Rules::NUMBER, true, &[(gold, &boxed)]);
        hold(Rules::LATEX, true, &[(gold, &boxed)]);
        hold(Rules::LATEX, false, &[("7", &boxed), ("1", &boxed)]);
    }
    hold(
        Rules::NUMBER,
        true,
        &[
            ("1e-05", "#### 0.00001"),
            ("1e6", "#### 1,000,000"),
            ("100000", "#### 1e5"),
            ("100000", "It is 1e5 in all."),
        ],
    );
    hold(Rules::LATEX, true, &[("2e-1", r"\boxed{-1 + 2e}"), ("2e-1", r"\boxed{2e - 1}"), ("3e+4", r"\boxed{4+3e}")]);
    hold(
        Rules::NUMBER,
        false,
        &[("1000000", "#### 1e7"), ("1", "#### 1e999999999"), ("1", "#### 1e-999999999"), ("0", "#### 1e-400")],
    );
    // A reference that is a number is that number, with all its digits.
    hold(
        Rules::NUMBER,
        false,
        &[("12345678901234567890123", "#### 12345678901234567890124"), ("0.1", "#### 0.10000000000000001")],
    );
}

#[test]
fn case_no_false_positives_near_zero_or_through_ratios() {
    hold(
        Rules::LATEX,
        false,
        &[
            ("12:00", r"\boxed{1:00}"),
            ("12:00", r"\boxed{0}"),
            ("6:30", r"\boxed{7:35}"),
            ("1:10", r"\boxed{2:20}"),
            ("0:30", r"\boxed{0:45}"),
            (r"\text{4:30 p.m.}", r"\boxed{4:30 \text{ a.m.}}"),
            ("0:5", r"\boxed{0:7:1}"),
            ("1:0:2", r"\boxed{1:5:2}"),
            ("3:1", r"\boxed{1:3}"),
            ("0:5", r"\boxed{0:7}"),
            (r"e^{-40}", r"\boxed{e^{-50}}"),
            (r"e^{-40}", r"\boxed{0}"),
            (r"10^{-20}\pi", r"\boxed{10^{-21}\pi}"),
            (r"\sin(10^{-14})", r"\boxed{0}"),
            (r"\sin(10^{-14})", r"\boxed{\sin(10^{-15})}"),
            (r"\left(\frac12\right)^{100000}", r"\boxed{\left(\frac13\right)^{100000}}"),
            (r"\left(\frac12\right)^{100000}", r"\boxed{0}"),
            (r"e^{-1000}", r"\boxed{e^{-2000}}"),
            (r"10^{-400}", r"\boxed{0}"),
            (r"10^{-400}\sqrt{2}", r"\boxed{10^{-500}\sqrt{2}}"),
            (r"\cos 1", r"\boxed{0.540302305868}"),
            (r"\text{rows 1, 2}", r"\boxed{\text{rows 12}}"),
            (r"\text{rows 1 and 2}", r"\boxed{\text{rows 12}}"),
            (r"\text{rows 1; 2}", r"\boxed{\text{rows 12}}"),
            (r"\text{A1, B2}", r"\boxed{\text{A1 B3}}"),
        ],
    );
    hold(
        Rules::LATEX,
        true,
        &[
            ("12:00", r"\boxed{12:00}"),
            ("12:00", r"\boxed{\text{12:00 PM}}"),
            ("6:30", r"\boxed{06:30}"),
            ("3:1", r"\boxed{6:2}"),
            ("1:2:3", r"\boxed{2:4:6}"),
            ("15:20", r"\boxed{3:4}"),
            ("3:1", r"\boxed{3}"),
            (r"\sin \pi", r"\boxed{0}"),
            (r"e^{-40}", r"\boxed{\frac{1}{e^{40}}}"),
            (r"\cos^2 3 + \sin^2 3", r"\boxed{1}"),
            (r"\sqrt{3+2\sqrt2} - 1 - \sqrt2", r"\boxed{0}"),
            (r"10^{-20}\pi", r"\boxed{\frac{\pi}{10^{20}}}"),
            (r"\text{rows 1, 2}", r"\boxed{\text{Rows 1 , 2}}"),
            (r"\text{1,000 men}", r"\boxed{\text{1000 men}}"),
            (r"\frac16", r"\boxed{0.1\dot{6}}"),
            (r"\frac13", r"\boxed{0.\dot3}"),
            (r"\frac{41}{333}", r"\boxed{0.\dot{1}2\dot{3}}"),
        ],
    );
    hold(
        Rules::NUMBER,
        true,
        &[("6", r"\boxed{6:00}"), ("6", r"\boxed{6:00 \text{ PM}}"), ("6", "It starts at 6:00 a.m.")],
    );
    hold(Rules::NUMBER, false, &[("6", r"\boxed{6:30}"), ("630", r"\boxed{6:30}"), ("0.2", r"\boxed{6:30}")]);
}

#[test]
fn case_values_that_a_double_rounds_away() {
    hold(
        Rules::LATEX,
        false,
        &[
            ("0", r"\boxed{\ln(1+10^{-18})}"),
            ("1", r"\boxed{e^{10^{-20}}}"),
            ("1", r"\boxed{\cos(10^{-10})}"),
            (r"\frac{\pi}{2}", r"\boxed{\arctan(10^{20})}"),
            ("1", r"\boxed{\sqrt{1+10^{-20}}}"),
            ("1", r"\boxed{\tanh(50)}"),
            ("1", r"\boxed{\tanh(1000)}"),
            ("10^{20}", r"\boxed{10^{20}+1}"),
            ("10^{20}", r"\boxed{\sqrt{10^{40}+1}}"),
            ("e", r"\boxed{(1+10^{-20})^{10^{20}}}"),
            ("10^{-10}", r"\boxed{\sin(10^{-10})}"),
            ("10^{-9}", r"\boxed{\tan(10^{-9})}"),
            (r"\sqrt2", r"\boxed{\sqrt{2+10^{-30}}}"),
            (r"\sqrt2", r"\boxed{\sqrt{2}+10^{-20}}"),
            ("0", r"\boxed{\log(1+10^{-17})}"),
            ("60", r"\boxed{\log_2(2^{60}+1)}"),
            (r"\pi", r"\boxed{\pi+e^{-50}}"),
            ("1", r"\boxed{1-e^{-45}}"),
            ("1", r"\boxed{\cosh(10^{-12})}"),
            (r"\ln(10^{30})", r"\boxed{\ln(10^{30}+1)}"),
            ("1", r"\boxed{\frac{\sin(10^{-8})}{10^{-8}}}"),
            (r"\frac{\pi}{2}", r"\boxed{\arcsin(1-10^{-20})}"),
            ("1", r"\boxed{\sec(10^{-10})}"),
            ("1", r"\boxed{2^{10^{-20}}}"),
            ("1", r"\boxed{\sqrt[3]{1+10^{-25}}}"),
            ("1", r"\boxed{\cos^2(10^{-10})}"),
            ("0", r"\boxed{\sin(\pi+10^{-20})}"),
            ("0", r"\boxed{10^{-20}\ln 2}"),
            ("1", r"\boxed{\cos(2\pi\cdot10^{20}+10^{-10})}"),
            ("262537412640768744", r"\boxed{e^{\pi\sqrt{163}}}"),
            (r"\sin x", r"\boxed{\sin(x+10^{-20})}"),
            (r"x", r"\boxed{x+10^{-20}\sin x}"),
            ("1", r"\boxed{\lfloor 1 - 10^{-20} \rfloor}"),
            ("1", r"\boxed{\cos(0.0000001^\circ)}"),
        ],
    );
    hold(
        Rules::LATEX,
        true,
        &[
            (r"1+10^{-20}", r"\boxed{\sqrt{1+2\cdot10^{-20}+10^{-40}}}"),
            ("50", r"\boxed{\ln(e^{50})}"),
            ("1", r"\boxed{\cos(2\pi\cdot10^{20})}"),
            (r"\frac{\pi}{2}", r"\boxed{\arctan(10^{20})+\arctan(10^{-20})}"),
            (r"\tanh 50", r"\boxed{\frac{e^{100}-1}{e^{100}+1}}"),
            (r"\ln(1+10^{-18})", r"\boxed{\ln(10^{18}+1)-18\ln 10}"),
            (r"e^{10^{-20}}", r"\boxed{(e^{10^{-10}})^{10^{-10}}}"),
            (r"\sin(10^{-14})", r"\boxed{2\sin\left(\frac{10^{-14}}{2}\right)\cos\left(\frac{10^{-14}}{2}\right)}"),
            ("20", r"\boxed{\log(10^{20})}"),
            ("e^{-50}", r"\boxed{\cosh 50-\sinh 50}"),
            (r"\sqrt2+\sqrt3", r"\boxed{\sqrt{5+2\sqrt6}}"),
            (r"\cos(10^{-10})", r"\boxed{\sqrt{1-\sin^2(10^{-10})}}"),
            (r"2^{1000}\cos 15^\circ", r"\boxed{2^{998}(\sqrt6+\sqrt2)}"),
            ("0", r"\boxed{\lfloor 1 - 10^{-20} \rfloor}"),
        ],
    );
}

#[test]
fn case_times_of_day_and_ratios() {
    hold(
        Rules::LATEX,
        true,
        &[
            ("14:30", r"\boxed{2:30\text{ p.m.}}"),
            (r"\text{2:30 p.m.}", r"\boxed{14:30}"),
            (r"\text{2:30 PM}", "The answer is 14:30."),
            (r"\text{2:30 p.m.}", r"\boxed{2:30}"),
            (r"\text{2:30 p.m.}", r"\boxed{t = 14:30}"),
            (r"\text{2:30 p.m.}", r"\boxed{\text{at } 2:30}"),
            ("0:30", r"\boxed{12:30\text{ a.m.}}"),
            ("00:15", r"\boxed{\text{12:15 AM}}"),
            ("12:30", r"\boxed{12:30 \text{ p.m.}}"),
            ("24:00", r"\boxed{0:00}"),
            ("21:05", r"\boxed{\text{9:05 PM}}"),
            (r"\text{12:00 p.m.}", r"\boxed{\text{noon}}"),
            (r"\text{noon}", r"\boxed{\text{12 noon}}"),
            (r"\text{12:00 a.m.}", r"\boxed{\text{midnight}}"),
            (r"\text{9:00 a.m.}", r"\boxed{\text{9 o'clock}}"),
            ("2:3", r"\boxed{4:6}"),
            ("3:2", r"\boxed{6:4}"),
            ("1:2", r"\boxed{50:100}"),
            ("2:3", r"\boxed{14:21}"),
            (r"9\text{ a.m.}", r"\boxed{9}"),
            ("14:30", r"\boxed{\text{2.30 p.m.}}"),
            ("14:30", r"\boxed{14:30:00}"),
            ("1:2:3", r"\boxed{10:20:30}"),
            (r"\frac{2}{3}", r"\boxed{2:3}"),
        ],
    );
    hold(
        Rules::LATEX,
        false,
        &[
            ("14:30", r"\boxed{2:30\text{ a.m.}}"),
            ("14:30", r"\boxed{2:30}"),
            ("3:45", r"\boxed{4:60}"),
            ("4:60", r"\boxed{3:45}"),
            ("3:45", r"\boxed{1:15}"),
            ("3:45", r"\boxed{x = 4:60}"),
            ("12:30", r"\boxed{0.4}"),
            ("3:45", r"\boxed{\frac{1}{15}}"),
            ("0:30", r"\boxed{12:30 \text{ p.m.}}"),
            ("13:30", r"\boxed{1:30 \text{ a.m.}}"),
            (r"\text{12:00 a.m.}", r"\boxed{\text{noon}}"),
            (r"\text{2:30 p.m.}", r"\boxed{14:30 \text{ a.m.}}"),
            ("9:05", r"\boxed{9:50}"),
            ("12:00", r"\boxed{0}"),
            ("2:3", r"\boxed{3:2}"),
            ("2:3", r"\boxed{4:5}"),
        ],
    );
}

#[test]
fn case_labels_are_a_set() {
    let lines = r"\text{lines 1, 2}";
    let points = r"\text{points A and B}";
    hold(
        Rules::LATEX,
        true,
        &[
            (lines, r"\boxed{\text{lines 2, 1}}"),
            (lines, r"\boxed{\text{lines 1 and 2}}"),
            (lines, r"\boxed{\text{Lines 2 \& 1}}"),
            (lines, r"\boxed{\text{line 1 and line 2}}"),
            (lines, r"\boxed{\text{the lines } 1, 2}"),
            (lines, r"\boxed{1, 2}"),
            (lines, r"\boxed{\{2, 1\}}"),
            (points, r"\boxed{B, A}"),
            (points, r"\boxed{\text{points } B \text{ and } A}"),
            (r"\text{rows 1, 2, 5}", r"\boxed{\text{rows 5, 1, and 2}}"),
            (r"\text{statements I and III}", r"\boxed{\text{III, I}}"),
            (r"\text{rows 1, 2}", r"\boxed{\text{Rows: 1, 2}}"),
            (r"\text{rows 1a, 2b}", r"\boxed{\text{rows 2b and 1a}}"),
        ],
    );
    hold(
        Rules::LATEX,
        false,
        &[
            (lines, r"\boxed{\text{lines 12}}"),
            (lines, r"\boxed{\text{lines 1, 3}}"),
            (lines, r"\boxed{\text{lines 1}}"),
            (lines, r"\boxed{\text{lines 1, 2, 3}}"),
            (lines, r"\boxed{\text{rows 1, 2}}"),
            (lines, r"\boxed{\text{not 1, 2}}"),
            (lines, r"\boxed{(1, 2)}"),
            ("1, 2", r"\boxed{\text{minus 1, 2}}"),
            (points, r"\boxed{\text{points A and C}}"),
            (points, r"\boxed{AB}"),
            (r"\text{lines 1,000}", r"\boxed{\text{lines 1, 0}}"),
        ],
    );
}

#[test]
fn case_what_is_rounded_is_a_rounding() {
    let right = [
        (r"2\sqrt{3}", r"\boxed{2\sqrt{3} \approx 3.5}"),
        (r"2\sqrt{3}", r"\boxed{2\sqrt{3} \approx 3}"),
        (r"\frac{53}{3}", r"\boxed{\frac{53}{3} \approx 17.67}"),
        (r"17.67", r"\boxed{\frac{53}{3} \approx 17.67}"),
        (r"\pi", r"\boxed{\pi \approx \frac{22}{7}}"),
        ("5", r"\boxed{x = 5 \approx 5.0}"),
        (r"\frac13", r"\boxed{\frac13 \approx 33.3\%}"),
        ("5", r"\boxed{f(3) \approx 5}"),
        ("5", r"\boxed{\approx 5}"),
    ];
    hold(Rules::LATEX, true, &right);
    hold(
        Rules::LATEX,
        false,
        &[
            ("5", r"\boxed{5 \approx 6}"),
            ("6", r"\boxed{5 \approx 6}"),
            ("5", "The answer is 5 ≈ 6."),
            ("5", r"\boxed{x = 5 \approx 6}"),
            ("5", r"\boxed{5 \approx 10}"),
            ("5", r"\boxed{x + 3 \approx 5}"),
            (r"2\sqrt3", r"\boxed{2\sqrt3 \approx 4.46}"),
            ("3.46", r"\boxed{3\sqrt3 \approx 3.46}"),
            (r"\pi", r"\boxed{\pi \approx 3.2}"),
            ("5", r"\boxed{5 \sim 7 \approx 7}"),
        ],
    );
    hold(Rules::NUMBER, true, &[("18", r"\boxed{17.8 \approx 18}"), ("18", r"\boxed{x \approx 18}")]);
    hold(Rules::NUMBER, false, &[("5", r"\boxed{5 \approx 6}"), ("6", r"\boxed{5 \approx 6}")]);
}

#[test]
fn case_a_function_of_letters_names_a_value() {
    let named = [
        "d(A,B)=7",
        "7 = d(A,B)",
        r"d(A, B) = \sqrt{49} = 7",
        "d(A,B) = d(B,A) = 7",
        "d(AB) = 7",
        "d((1,2),(3,4)) = 7",
        r"\gcd(a,b) = 7",
        "gcd(a, b) = 7",
        r"\text{lcm}(a, b) = 7",
        r"\operatorname{dist}(A,B) = 7",
        r"\mathrm{dist}(A,B) = 7",
        r"\max(a,b) = 7",
        "E[X] = 7",
        r"\mathbb{E}[X] = 7",
        "p(-1) = 7",
        r"p\left(\frac12\right) = 7",
        r"n(A \cup B) = 7",
        r"d_1(A,B) = 7",
    ];
    for text in named {
        let answer = format!("\\boxed{{{text}}}");
        hold(Rules::LATEX, true, &[("7", &answer)]);
        hold(Rules::NUMBER, true, &[("7", &answer)]);
        hold(Rules::LATEX, false, &[("8", &answer), ("-7", &answer)]);
    }
    hold(
        Rules::LATEX,
        false,
        &[
            ("7", r"\boxed{x(x+1) = 7}"),
            ("7", r"\boxed{a(b+c) = 7}"),
            ("7", r"\boxed{x(y-2) = 7}"),
            ("7", r"\boxed{2d(A,B) = 7}"),
        ],
    );
    // What stands behind the sign is a product as ever.
    hold(Rules::LATEX, true, &[("K(1+r)", r"\boxed{V = K(1+r)}"), ("a(b+c)", r"\boxed{y = a(b+c)}")]);
}

#[test]
fn case_a_mark_without_an_answer_is_no_mark() {
    let right = [
        "#### 18\n\n#### Checking the answer 3",
        "#### 18\n#### Verification 2",
        "#### 18\n\n#### Proof of step 4",
        "#### 18\n\n#### Why 3 works",
        "#### 18\n\n#### Using 3 instead",
        "#### 18\n\n#### Sources of error 3",
        "#### The total is 18\n\n#### Double-checking 3",
        "#### Total: 18\n\n#### Cross check with 3",
        "So she makes 18.\n\n#### Checking the answer 3",
        "So she makes 18.\n\n#### Checking\n",
        "The answer is 18.\n\nThe answer is verified in step 3.",
        "The answer is 18.\n\nThe answer is obtained from step 3.",
        "Answer: 18\n\nAnswer: see step 3",
        "The answer is 3? No.\n\nThe answer is found to be 18",
        "The answer is 3? No.\n\nThe answer is calculated as 9 * 2 = 18",
        "<answer>18</answer>\n\n#### Checking 3",
        "#### 18 eggs\n\n#### Eggs of day 3",
    ];
    for text in right {
        hold(Rules::NUMBER, true, &[("18", text)]);
        hold(Rules::NUMBER, false, &[("3", text)]);
    }
    hold(
        Rules::NUMBER,
        true,
        &[
            ("18", "#### Tom has 18 apples"),
            ("18", "#### She makes 18 dollars"),
            ("20", "#### 18\nNo, wait.\n#### The total is 20"),
            ("20", "#### 18\nNo, wait.\n#### 20"),
        ],
    );
    hold(
        Rules::LATEX,
        true,
        &[
            (r"\frac12", "#### \\frac12\n\n#### Checking the case 3"),
            (r"\frac12", "The answer is $\\frac12$.\n\nThe answer is verified in step 3."),
        ],
    );
}

#[test]
fn case_a_reference_that_is_a_number_keeps_its_digits() {
    for (gold, same, other) in [
        ("12345678901234567890123", "12,345,678,901,234,567,890,123", "12345678901234567890124"),
        ("-9223372036854775809", "-9223372036854775809", "-9223372036854775808"),
        ("18446744073709551616", "2^{64}", "18446744073709551615"),
        ("0.30000000000000004", "0.30000000000000004", "0.3"),
        ("-1.50", "-1.5", "-1.51"),
        ("1E6", "1000000", "1000001"),
        ("1e-7", "0.0000001", "0"),
        ("4.1", "4.1", "4.10000000000000001"),
    ] {
        let boxed = |text: &str| format!("\\boxed{{{text}}}");
        for rules in [Rules::NUMBER, Rules::LATEX] {
            hold(rules, true, &[(gold, &boxed(same))]);
            hold(rules, false, &[(gold, &boxed(other))]);
        }
    }
}

#[test]
fn case_the_same_value_said_otherwise() {
    hold(
        Rules::LATEX,
        true,
        &[
            (r"\frac16", r"\boxed{16\frac23\%}"),
            (r"16\frac23\%", r"\boxed{\frac{50}{3}\%}"),
            (r"16\frac23", r"\boxed{16\tfrac{2}{3}\%}"),
            (r"16\frac23\%", r"\boxed{16 2/3 \%}"),
            (r"12.5\%", r"\boxed{12\frac12 \%}"),
            (r"22\frac12^\circ", r"\boxed{22.5^\circ}"),
            (r"22.5^\circ", r"\boxed{22\frac{1}{2}^\circ}"),
            (r"22.5^\circ", r"\boxed{22½°}"),
            (r"16\frac23\%", r"\boxed{16\frac23 \text{ percent}}"),
            (r"-\frac16", r"\boxed{-16\frac23\%}"),
            (r"2\sqrt{3}", r"\boxed{2\sqrt{3}\approx 3.46}"),
            (r"2\sqrt{3}", r"\boxed{x = 2\sqrt{3} \approx 3.46}"),
            (r"2\sqrt{3}", "The answer is 2√3 ≈ 3.46."),
            ("3.46", r"\boxed{2\sqrt{3}\approx 3.46}"),
            ("3.46", r"\boxed{x \approx 3.46}"),
            (r"\frac{22}{7}", r"\boxed{\frac{22}{7} \sim 3.14}"),
            (r"2\sqrt3", r"\boxed{2\sqrt3 \text{ approximately } 3.46}"),
            ("5", r"\boxed{P(3) = 5}"),
            ("5", r"\boxed{p(3) = 5}"),
            ("5", r"\boxed{|AB| = 5}"),
            ("5", r"\boxed{\lvert AB \rvert = 5}"),
            ("5", r"\boxed{\|v\| = 5}"),
            ("5", r"\boxed{AB = 5}"),
            ("5", r"\boxed{[ABC] = 5}"),
            ("5", r"\boxed{f(2) = 5}"),
            ("5", r"\boxed{f(g(2)) = 5}"),
            ("5", r"\boxed{a_1 = 5}"),
            ("5", r"\boxed{a_{10} = 5}"),
            ("5", r"\boxed{\text{Area}(ABC) = 5}"),
            ("5", r"\boxed{x = 10/2 = 5}"),
            (r"30^\circ", r"\boxed{\angle ABC = 30^\circ}"),
            (r"30^\circ", r"\boxed{m\angle A = 30^\circ}"),
            (r"\frac12", r"\boxed{P(A|B) = \frac12}"),
            (r"\frac12", r"\boxed{P(A \cap B) = \frac12}"),
            (r"\frac35", r"\boxed{\sin A = \frac35}"),
            (r"\frac35", r"\boxed{\tan \theta = \frac35}"),
            ("2x", r"\boxed{f^{-1}(x) = 2x}"),
            ("2x", r"\boxed{f'(x) = 2x}"),
            ("2x", r"\boxed{f''(x) = 2x}"),
            ("2x", r"\boxed{y' = 2x}"),
            ("2x", r"\boxed{\frac{dy}{dx} = 2x}"),
            ("x^2+1", r"\boxed{P(x) = x^2 + 1}"),
            ("60", r"\boxed{60 mph}"),
            ("60", r"\boxed{60\text{ mph}}"),
            ("60", r"\boxed{60\ \frac{\text{miles}}{\text{hour}}}"),
            ("60", r"\boxed{60 \text{ miles}/\text{hour}}"),
            ("60", r"\boxed{60 miles/hour}"),
            ("60", r"\boxed{60 miles per hour}"),
            ("60", r"\boxed{60 km/h}"),
            (r"60\text{ mph}", r"\boxed{60 \text{ miles per hour}}"),
            (r"60\text{ mph}", r"\boxed{60\frac{\text{mi}}{\text{hr}}}"),
            (r"5\text{ m/s}", r"\boxed{5 \text{ meters per second}}"),
            (r"90^\circ", r"\boxed{\frac{\pi}{2}\text{ radians}}"),
            (r"\frac{\pi}{2}", r"\boxed{\frac{\pi}{2}\text{ rad}}"),
            (r"(-\infty,\infty)", r"\boxed{\mathbb{R}}"),
            (r"\mathbb{R}", r"\boxed{(-\infty, \infty)}"),
            (r"(-\infty,\infty)", r"\boxed{x \in \mathbb{R}}"),
            ("x > 2", r"\boxed{x \in (2,\infty)}"),
            (r"60^\circ", r"\boxed{60 deg}"),
            (r"(-\infty,\infty)", r"\boxed{ℝ}"),
            (r"(-\infty,\infty)", r"\boxed{\text{all real numbers}}"),
            (r"[2,5)", r"\boxed{\{x \mid 2 \le x < 5\}}"),
            (r"[2,5)", r"\boxed{\{x : 2 \le x < 5\}}"),
            (r"[2,5)", r"\boxed{\left\{x \in \mathbb{R} \mid 2 \leq x < 5\right\}}"),
            (r"[2,5)", r"\boxed{\{ x | 2 \le x < 5 \}}"),
            (r"(2,\infty)", r"\boxed{\{ y \mid y > 2\}}"),
            (r"(-\infty,3)\cup(3,\infty)", r"\boxed{\mathbb{R} \setminus \{3\}}"),
            (r"(-\infty,3)\cup(3,\infty)", r"\boxed{\mathbb{R} - \{3\}}"),
            (r"(-\infty,3)\cup(3,\infty)", r"\boxed{\{x \mid x \neq 3\}}"),
            (r"(-\infty,1)\cup(1,3)\cup(3,\infty)", r"\boxed{\mathbb{R} \setminus \{3, 1\}}"),
            (r"\emptyset", r"\boxed{\{\}}"),
            (r"\emptyset", r"\boxed{∅}"),
            (r"1,2,\ldots,10", r"\boxed{1, 2, \dots, 10}"),
            (r"1,2,\ldots,10", r"\boxed{1,2,...,10}"),
            (r"1,2,\ldots,10", r"\boxed{1, 2, …, 10}"),
            (r"\alpha + \beta", r"\boxed{α + β}"),
            (r"2\theta", r"\boxed{2θ}"),
            (r"\lambda^2", r"\boxed{λ²}"),
            (r"\omega", r"\boxed{ω}"),
            (r"\phi", r"\boxed{\varphi}"),
            (r"x^{10}", r"\boxed{x¹⁰}"),
            (r"x^{-1}", r"\boxed{x⁻¹}"),
            (r"2^n", r"\boxed{2ⁿ}"),
            (r"x_1 + x_2", r"\boxed{x₁ + x₂}"),
            (r"\log_2 8", r"\boxed{log₂ 8}"),
            (r"2112_6", r"\boxed{2112₆}"),
            (r"\frac{1}{3}", r"\boxed{⅓}"),
            (r"\frac{3}{4}", r"\boxed{3⁄4}"),
            (r"\sqrt[3]{2}", r"\boxed{∛2}"),
            ("12", r"\boxed{１２}"),
            (r"(1,2)", r"\boxed{（1，2）}"),
            (r"2\pi", r"\boxed{2π}"),
            (r"x \le 3", r"\boxed{x ≤ 3}"),
            (r"3 \times 10^5", r"\boxed{3×10⁵}"),
        ],
    );
    hold(
        Rules::LATEX,
        false,
        &[
            (r"\frac16", r"\boxed{16\frac13\%}"),
            (r"16 \cdot \frac23", r"\boxed{16\frac23\%}"),
            (r"2\sqrt{3}", r"\boxed{3.46}"),
            (r"2\sqrt{3}", r"\boxed{3\sqrt{2}\approx 3.46}"),
            ("3", r"\boxed{P(3) = 5}"),
            ("5", r"\boxed{x + 3 = 5}"),
            ("5", r"\boxed{x(x+1) = 5}"),
            ("0", r"\boxed{x(x+1) = 0}"),
            (r"60\text{ mph}", r"\boxed{60 \text{ km/h}}"),
            (r"5\text{ m/s}", r"\boxed{5\text{ km/h}}"),
            (r"90^\circ", r"\boxed{90 \text{ radians}}"),
            (r"90^\circ", r"\boxed{\pi \text{ radians}}"),
            (r"[2,5)", r"\boxed{\{x \mid 2 \le x \le 5\}}"),
            (r"[2,5)", r"\boxed{\{x \in \mathbb{Z} \mid 2 \le x < 5\}}"),
            (r"(-\infty,\infty)", r"\boxed{\mathbb{Z}}"),
            (r"(-\infty,3)\cup(3,\infty)", r"\boxed{\mathbb{R} \setminus \{4\}}"),
            (r"(-\infty,3)\cup(3,\infty)", r"\boxed{\mathbb{R}}"),
            (r"1,2,\ldots,10", r"\boxed{1, 2, 10}"),
            (r"x^{10}", r"\boxed{x¹}"),
            (r"\alpha", r"\boxed{β}"),
            (r"\emptyset", r"\boxed{0}"),
        ],
    );
}

#[test]
fn case_a_reference_with_several_boxes_holds_all_of_them() {
    let both = r"which leads to the values $a = \boxed{-1}$ and $a = \boxed{2}.$";
    let angles = r"$x$ is $\boxed{\frac{\pi}{4}}$ and $\boxed{\frac{5\pi}{4}}$.";
    hold(
        Rules::LATEX,
        true,
        &[
            (both, r"\boxed{-1, 2}"),
            (both, r"\boxed{2, -1}"),
            (both, r"\boxed{a = -1 \text{ or } a = 2}"),
            (both, r"$\boxed{-1}$ and $\boxed{2}$"),
            (both, "The answer is -1 and 2."),
            (angles, r"\boxed{\frac{\pi}{4}, \frac{5\pi}{4}}"),
            (angles, r"\boxed{\{\frac{\pi}{4}, \frac{5\pi}{4}\}}"),
            (r"\boxed{10} - OR - \boxed{10}", r"\boxed{10}"),
            (r"it is $\boxed{x+11}$ or $\boxed{11+x}$", r"\boxed{x + 11}"),
        ],
    );
    hold(
        Rules::LATEX,
        false,
        &[
            (both, r"\boxed{2}"),
            (both, r"\boxed{-1}"),
            (angles, r"\boxed{\frac{5\pi}{4}}"),
            (both, r"\boxed{-1, 2, 3}"),
        ],
    );
}

#[test]
fn case_code_in_any_wrapping() {
    let code = "def f(x):\n    return x + 1\n";
    let nbsp = code.replace("    ", "\u{a0}\u{a0}\u{a0}\u{a0}");
    let right = [
        format!("{code}```"),
        format!("{code}```</s>"),
        format!("```python\n{code}```</s>"),
        format!("```python\n{code}```. This adds one."),
        format!("```python\n{code}```<|eot_id|>"),
        "    return x + 1\n```\nThis adds one to x.\n".to_owned(),
        "    return x + 1```".to_owned(),
        "    return x + 1\n<|endoftext|>def g(): (".to_owned(),
        "```python\ndef f(x): return x + 1```".to_owned(),
        "```python\ndef f(x):\n    '''\n    ```\n    f(1)\n    ```\n    '''\n    return x + 1\n```\nDone.".to_owned(),
        "```python\ndef f(x):\n    \"\"\"\n    ```python\n    f(1)\n    ```\n    \"\"\"\n    return x + 1\n```\nDone."
            .to_owned(),
        "def f(x):\n    \"\"\"\n    ```\n    f(1)\n    ```\n    \"\"\"\n    return x + 1\n".to_owned(),
        "```python\nfrom math import floor\n```\n\n```python\ndef f(x):\n    return floor(x) + 1\n```".to_owned(),
        "```python\ndef f(x):\n    return g(x)\n```\n\n```python\ndef g(x):\n    return x + 1\n```".to_owned(),
        "```python\nclass Inc:\n    def of(self, x):\n        return x + 1\n```\n```python\ndef f(x):\n    return Inc().of(x)\n```\n```python\nassert f(1) == 2\n```".to_owned(),
        "First the step:\n\nSTEP = 1\n\nThen the function:\n\ndef f(x):\n    return x + STEP\n\nThat is all.".to_owned(),
        nbsp.clone(),
        format!("```python\n{nbsp}```"),
        format!("\u{feff}{code}"),
        format!("```python\n\u{feff}{code}```"),
        code.replace("x + 1", "x\u{a0}+\u{a0}1"),
        code.replace('\n', "\r\n"),
        format!("~~~python\n{code}~~~"),
        format!("~~~~\n{code}~~~~\nDone."),
        "1. So:\n\n   ```python\n   def f(x):\n       return x + 1\n   ```\n".to_owned(),
        format!("```python3\n{code}```"),
        format!("```py\n{code}```"),
        format!("```Python\n{code}```"),
        format!("``` python\n{code}```"),
        format!("```{{python}}\n{code}```"),
        format!("```text\n{code}```"),
        format!("````python\n{code}````"),
        format!("{code}\nExplanation: it adds one = fine.\n"),
        format!("{code}\nThis works because x + 1 is one more (really).\n"),
        format!("{code}\nNote that f(1) = 2.\n\nIf x is 2: the value is 3.\n"),
        "    return x + 1\n\nThis returns x plus one.\nNothing more to it.".to_owned(),
        "return x + 1\n\nThis returns x plus one.".to_owned(),
        format!("<think>\n{code}\n```python\ndef f(x):\n    return x\n```\n</think>\n{code}"),
        format!("[THINK]def f(x):\n    return x\n[/THINK]\n```python\n{code}```"),
        "def f(x):\n    return x\n</think>\n\n    return x + 1\n".to_owned(),
        "f = lambda x: x + 1".to_owned(),
        "```python\nf = lambda x: x + 1\n```".to_owned(),
        "So:\n\n> ```python\n> def f(x):\n>     return x + 1\n> ```\n\nDone.".to_owned(),
        "> def f(x):\n>     return x + 1\n".to_owned(),
        format!("[PYTHON]\n{code}[/PYTHON]"),
        format!("Here it is:\n[PYTHON]\n{code}[/PYTHON]\nIt adds one."),
        format!("[PYTHON]\n```python\n{code}```\n[/PYTHON]"),
        "Use `def f(x): return x + 1`.".to_owned(),
        ">>> def f(x):\n...     return x + 1\n...\n>>> f(1)\n2\n".to_owned(),
        "```python\n>>> def f(x):\n...     return x + 1\n```".to_owned(),
        format!("{code}[DONE]\n"),
        format!("```python\n{code}```\n[DONE]"),
    ];
    for answer in &right {
        hold(Rules::CODE, true, &[("", answer)]);
    }
    hold(
        Rules::CODE,
        false,
        &[
            ("", ""),
            ("", "I do not know."),
            ("", "<think>\ndef f(x):\n    return x + 1\n"),
            ("", "```python\ndef f(x):\n    return x\n```"),
            ("", "```python\ndef g(x):\n    return x + 1\n```"),
        ],
    );
}

#[test]
fn case_a_word_of_scale_multiplies() {
    hold(
        Rules::NUMBER,
        true,
        &[
            ("1000000", "The answer is 1 million."),
            ("1000000", "The answer is 1M"),
            ("1000000", "#### $1 million"),
            ("5000000", r"\boxed{5 \text{ million}}"),
            ("5000000", r"\boxed{5\text{ million dollars}}"),
            ("5000000", "#### 5 million"),
            ("2500000", r"\boxed{2.5 million}"),
            ("2500000", "They sold 2.5 million copies."),
            ("2500000", r"They sold $2.5 \text{ million}$ copies."),
            ("500000", r"\boxed{\frac{1}{2} \text{ million}}"),
            ("18000", "It costs 18k."),
            ("18000", r"\boxed{18k}"),
            ("18000", r"\boxed{\$18K}"),
            ("1800", "The answer is 18 hundred"),
            ("36", "The answer is 3 dozen eggs"),
            ("36", "She has 3 dozen."),
            ("2", "She needs 2 dozens of eggs."),
            ("300000", "That is 3 hundred thousand."),
            ("5", "The answer is 5 hundred-dollar bills."),
            ("18", "The answer is 18 km"),
            ("18", "The answer is 18 kids"),
            ("18", "There are 18 Ms in it"),
        ],
    );
    hold(
        Rules::NUMBER,
        false,
        &[
            ("18", "The answer is 18 million."),
            ("18", "The answer is 18k"),
            ("18", "It is 18 hundred."),
            ("18", r"\boxed{18 \text{ thousand}}"),
            ("3", r"\boxed{3\text{ dozen}}"),
        ],
    );
    hold(
        Rules::LATEX,
        true,
        &[
            ("5000000", r"\boxed{5\text{ million}}"),
            (r"5\text{ million}", r"\boxed{5000000}"),
            (r"5\text{ million dollars}", r"\boxed{\$5{,}000{,}000}"),
            (r"3.2\text{ billion}", r"\boxed{3200 \text{ million}}"),
            ("36", r"\boxed{3\text{ dozen}}"),
        ],
    );
    hold(
        Rules::LATEX,
        false,
        &[
            (r"5\text{ million}", r"\boxed{5}"),
            (r"5\text{ thousand}", r"\boxed{5}"),
            (r"5\text{ dozen}", r"\boxed{5}"),
            (r"5\text{ million}", r"\boxed{5\text{ thousand}}"),
            ("3", r"\boxed{3\text{ dozen}}"),
            ("18", r"\boxed{18\text{ thousand}}"),
        ],
    );
}

#[test]
fn case_a_bound_is_no_value() {
    hold(
        Rules::NUMBER,
        false,
        &[
            ("18", r"\boxed{>18}"),
            ("18", r"\boxed{> \$18}"),
            ("18", r"\boxed{\neq 18}"),
            ("5", r"\boxed{\geq 5}"),
            ("5", r"\boxed{5+}"),
            ("5", r"\boxed{5\text{ or more}}"),
            ("5", r"\boxed{\text{at least } 5}"),
            ("5", "The answer is at least 5."),
            ("5", "The answer is less than 5"),
            ("5", "The answer is 5 or more"),
            ("5", "#### more than 5"),
            ("18", "The answer is not 18."),
            ("18", r"\boxed{\text{not } 18}"),
            ("18", "It is not 18."),
            ("18", "The answer is between 18 and 20"),
            ("20", "The answer is between 18 and 20"),
            ("5", "The answer is 5 to 7."),
            ("18", "The answer is 18 or 19"),
            ("18", "The answer is 18 dollars or 19 dollars"),
            ("18", r"\boxed{18:1}"),
            ("18", "The answer is 18:1"),
            ("18", r"\boxed{18\text{ to }20}"),
            ("18", r"\boxed{18-20}"),
            ("18", r"\boxed{18,19}"),
        ],
    );
    hold(
        Rules::NUMBER,
        true,
        &[
            ("18", "The answer is 18, which is more than 5."),
            ("18", "The answer is 18, not 20."),
            ("18", "The answer is not 20 but 18."),
            ("18", "The answer is about 18."),
            ("18", "The answer is 18 to each of them."),
            ("18", "The answer is 18 or 18.00 dollars"),
            ("120", "The answer is 120 minutes or 2 hours."),
            ("50", "The answer is 50% or 1/2"),
            ("18", "**Answer:**\n> 18 dollars"),
            ("18", "She needs 18, not just 20."),
        ],
    );
}

#[test]
fn case_currencies_are_told_apart() {
    let different = [
        (r"\$5", r"5\text{ cents}"),
        (r"\$5", "5¢"),
        (r"\$5", "€5"),
        (r"\$5", "5€"),
        (r"\$5", r"5\text{ euros}"),
        ("£5", r"\$5"),
        ("£5", r"5\text{ dollars}"),
        ("¥5", r"\$5"),
        (r"\$5", r"5\text{ cm}"),
        (r"-\$5", r"\$5"),
        (r"\$5", r"x = 5\text{ cents}"),
    ];
    let same = [
        (r"\$5", "5"),
        (r"\$5", "$5"),
        (r"\$5", r"5\text{ dollars}"),
        (r"\$5.00", r"5\text{ USD}"),
        ("5", "£5"),
        ("£5", r"5\text{ pounds}"),
        ("€5", "5 euros"),
        (r"5\text{ cents}", "5¢"),
        (r"5\text{ cents}", "5"),
        (r"-\$5", r"\$-5"),
        (r"\$2\frac12", "2.5"),
        (r"\$15", r"3 \times \$5 = \$15"),
        (r"\$5\text{ per hour}", r"5\text{ dollars per hour}"),
        (r"\$5,\$6", "5, 6"),
        (r"\$1{,}000", "1000"),
        (r"\$5 \text{ million}", r"\$5{,}000{,}000"),
    ];
    for (right, pairs) in [(false, &different[..]), (true, &same[..])] {
        for (one, other) in pairs {
            let (boxed, reversed) = (format!("\\boxed{{{other}}}"), format!("\\boxed{{{one}}}"));
            hold(Rules::LATEX, right, &[(one, &boxed), (other, &reversed)]);
        }
    }
}

#[test]
fn case_a_mark_of_thoughts_in_a_sentence_is_text() {
    for rules in [Rules::NUMBER, Rules::LATEX] {
        hold(
            rules,
            true,
            &[
                ("18", "The tag <think> is not used. The answer is 18."),
                ("18", "I use no <think>, as you asked. The answer is 18."),
                ("18", "As told (no <think> here), the answer is 18."),
                ("18", "The answer is 18. I did without <think> and </think>."),
                ("18", "The answer is 18. The tag </think> is not used."),
                ("18", "The mark [THINK] is not used. The answer is 18."),
                ("18", "I should use <think> tags, so \\boxed{24}?\n</think>\nThe answer is 18."),
                ("18", "The sum is <think> let me compute: 24. </think> The answer is 18."),
                ("18", "The answer is 18. <think>Or \\boxed{24}"),
            ],
        );
        hold(rules, false, &[("24", "The sum is <think>So \\boxed{24}"), ("24", "<think> so it is 24.")]);
    }
}

#[test]
fn case_a_remark_in_brackets_is_no_answer() {
    hold(
        Rules::NUMBER,
        true,
        &[
            ("18", "She has 18 eggs (3 x 6)."),
            ("18", "The total is $18 ($6 x 3)."),
            ("18", "So she has 18 left (not 20)."),
            ("18", "So she has 18 left (see step 2)."),
            ("18", "Total: 18 [1]"),
            ("18", "She has 18 (9 [of 2] each) in all"),
            ("18", "She has eighteen eggs (18)."),
            ("18", r"So \(9 \cdot 2 = 18\)"),
            ("18", r"So it is \(18\)"),
            ("18", "It costs 9 (each) and so 18 in all"),
            ("18", r"\boxed{18 (6 x 3)}"),
        ],
    );
    hold(
        Rules::LATEX,
        true,
        &[("18", "The total is $18 ($6 x 3)."), ("18", r"The answer is 18 ($6 \times 3$)"), ("18", "Total: 18 [1]")],
    );
}

#[test]
fn case_a_comma_between_labels_counts() {
    let hold = |right, pairs: &[(&str, &str)]| {
        for (one, other) in pairs {
            hold(Rules::LATEX, right, &[(one, &format!("\\boxed{{{other}}}")), (other, &format!("\\boxed{{{one}}}"))]);
        }
    };
    hold(
        false,
        &[
            (r"\text{A, B}", r"\text{AB}"),
            (r"\text{A,B}", "AB"),
            (r"\text{rows A, B}", r"\text{rows AB}"),
            (r"\text{rows A, B, C}", r"\text{rows A, BC}"),
            (r"\text{sides AB, CD}", r"\text{sides ABCD}"),
        ],
    );
    hold(
        true,
        &[
            (r"\text{A, B}", r"\text{B, A}"),
            (r"\text{A B}", r"\text{AB}"),
            (r"\text{Monday, June 20}", r"\text{Monday June 20}"),
            (r"\text{yes, it is}", r"\text{Yes it is}"),
            (r"\text{rows A, B}", r"\text{rows A B}"),
        ],
    );
}
