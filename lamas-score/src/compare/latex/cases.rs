//! Pairs of answers that are the same, and pairs that are not.

use super::equivalent;

/// The same answer, with the rule that has to find it.
const SAME: &[(&str, &str, &str)] = &[
    // Numbers.
    (r"\frac{3}{4}", "0.75", "same exact value"),
    (r"\frac{3}{4}", r"\dfrac34", "same expression"),
    (r"\frac{3}{4}", "3/4", "same expression"),
    (r"-\frac{1}{2}", r"\frac{-1}{2}", "same exact value"),
    (r"-\frac{1}{2}", r"\frac{1}{-2}", "same exact value"),
    (r"\frac{1}{3}", r"0.\overline{3}", "same exact value"),
    (r"\frac{41}{333}", r"0.\overline{123}", "same exact value"),
    ("0.5", ".5", "same expression"),
    ("10000", r"10{,}000", "same expression"),
    ("10000", "10,000", "same expression"),
    ("11111111100", r"11,\! 111,\! 111,\! 100", "same expression"),
    (r"1\frac{1}{2}", r"\frac{3}{2}", "same exact value"),
    (r"1\frac{1}{2}", "1 1/2", "same expression"),
    (r"-1\frac{1}{2}", "-1.5", "same exact value"),
    ("6.02 \\times 10^{23}", "602000000000000000000000", "same exact value"),
    ("2^{2005}", r"4 \cdot 2^{2003}", "same exact value"),
    (r"\frac{1}{2004!}", r"\frac{2005}{2005!}", "same exact value"),
    (r"\binom{10}{3}", "120", "same exact value"),
    ("5!", "120", "same exact value"),
    ("|-3|", "3", "same exact value"),
    // Radicals, complex numbers, constants.
    (r"\frac{\sqrt{3}}{3}", r"\frac{1}{\sqrt{3}}", "same exact value"),
    (r"\sqrt{8}", r"2\sqrt{2}", "same exact value"),
    (r"\sqrt[3]{16}", r"2\sqrt[3]{2}", "same exact value"),
    (r"\sqrt{6} + \sqrt{2}", r"\sqrt2(1 + \sqrt3)", "same exact value"),
    (r"\frac{1}{\sqrt{2}-1}", r"1 + \sqrt{2}", "same exact value"),
    (r"\sqrt{-4}", "2i", "same exact value"),
    (r"\frac{1}{i}", "-i", "same exact value"),
    (r"(1+i)^8", "16", "same exact value"),
    (r"3\sqrt{13}", "3√13", "same expression"),
    (r"\sqrt{3 + 2\sqrt{2}}", r"1 + \sqrt{2}", "same numeric value"),
    (r"2\cos 15^\circ", r"\frac{\sqrt{6} + \sqrt{2}}{2}", "same numeric value"),
    (r"\sin \frac{\pi}{6}", r"\frac{1}{2}", "same numeric value"),
    (r"\log_2 8", "3", "same numeric value"),
    (r"\frac{\pi}{4}", r"0.25\pi", "same exact value"),
    // Expressions.
    ("x^2 + 2x + 1", "(x+1)^2", "same exact value"),
    (r"\frac{x^2-1}{x-1}", "x+1", "same exact value"),
    ("7(x+3)(x-3)", "7x^2-63", "same exact value"),
    (r"36x \sqrt{35x}", r"36\sqrt{35}x^{3/2}", "same exact value"),
    (r"\cot x", r"\frac{\cos x}{\sin x}", "same numeric value"),
    (r"\sin^2 x", r"1 - \cos^2 x", "same numeric value"),
    (r"x^10", "x^{10}", "same expression"),
    ("x**2", "x^2", "same expression"),
    (r"\text{base}^2", r"\text{Base}^2", "same words"),
    // Units, degrees, percent, money.
    ("45^\\circ", "45", "same exact value"),
    ("45^\\circ", "45 degrees", "same expression"),
    ("45^\\circ", r"\frac{\pi}{4}", "same exact value"),
    (r"25\%", "25", "same exact value"),
    (r"25\%", "0.25", "same exact value"),
    ("0.25", r"25\%", "same exact value"),
    (r"\$18.90", "18.90", "same exact value"),
    (r"\$18.90", r"18.9\text{ dollars}", "same exact value"),
    (r"15\mbox{ cm}^2", "15 square centimeters", "same exact value"),
    (r"15\mbox{ cm}^2", "15", "same exact value"),
    ("5", "5 apples", "same exact value"),
    (r"3.25\text{ dollars}", r"\$3.25", "same exact value"),
    // Names before the value, and calculations that end in it.
    ("5", "x = 5", "same expression"),
    ("x = 5", "5", "same expression"),
    ("5", r"x = \frac{10}{2} = 5", "same expression"),
    ("5", "2 + 3 = 5", "same expression"),
    ("5", "AB = 5", "same expression"),
    ("5", r"\text{Area} = 5", "same expression"),
    ("2x+3", "y = 2x+3", "same expression"),
    (r"[-2,7]", r"x \in [-2,7]", "same expression"),
    ("9", r"\text{The answer is } 9", "same expression"),
    // Intervals, unions, inequalities.
    ("[-2,7]", r"-2 \le x \le 7", "same expression"),
    ("(2,\\infty)", "x > 2", "same expression"),
    ("x > 2", "2 < x", "same expression"),
    (r"(-\infty,2)\cup(3,\infty)", r"(3,\infty) \cup (-\infty,2)", "same union"),
    (r"(-\infty,2)\cup(3,\infty)", "x < 2 or x > 3", "same union"),
    (r"(-\infty,2)\cup(2,\infty)", r"x \ne 2", "same expression"),
    (r"(-\infty,2)\cup(3,\infty)", r"(-\infty,2) U (3,\infty)", "same expression"),
    // Lists, sets, tuples, vectors.
    ("6, -2", "-2, 6", "same items"),
    (r"19 \text{ and }43", "43, 19", "same items"),
    (r"1 \pm \sqrt{19}", r"1 - \sqrt{19}, 1 + \sqrt{19}", "same items"),
    (r"\{1\pm\sqrt{5},-2\}", r"-2, 1+\sqrt5, 1-\sqrt5", "same items"),
    ("3, 5", "x = 5 or x = 3", "same items"),
    ("(3,5)", "x = 3, y = 5", "same tuple"),
    ("(1,2,3)", r"\langle 1,2,3 \rangle", "same expression"),
    (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", "(1,2)", "same vector"),
    (
        r"\begin{pmatrix} 1/2 & 0 \\ 2 & 3 \end{pmatrix}",
        r"\begin{bmatrix} 0.5 & 0 \\ 2 & 3 \end{bmatrix}",
        "same matrix",
    ),
    (r"\left(\frac{1}{2}, 3\right)", "(0.5,3)", "same tuple"),
    (r"\{5\}", "5", "same expression"),
    // Equations and ratios.
    ("x - 3z = 0", "3z = x", "multiple of the equation"),
    (r"\frac{x^2}{16} - \frac{y^2}{9} = 1", "9x^2 - 16y^2 = 144", "multiple of the equation"),
    ("y = -2x", "2x + y = 0", "multiple of the equation"),
    ("f(2) < f(1) < f(4)", "f(4) > f(1) > f(2)", "same relation"),
    ("3:1", r"\frac{3}{1}", "same exact value"),
    ("3:1", "6:2", "same ratio"),
    // Numerals with a base.
    ("2112_6", "2112_{6}", "same expression"),
    ("2112_6", "2112", "same exact value"),
    ("152A_{11}", "152A_{11}", "same text"),
    ("0.0011_{2}", ".0011_2", "same expression"),
    // Words.
    (r"\text{Evelyn}", "evelyn", "same words"),
    (r"\text{(C)}", "C", "same words"),
    ("C", r"\textbf{(C)}", "same words"),
    (r"\text{B, E, G}", "E, B and G", "same items"),
    (r"\text{June 20}", "June 20", "same words"),
    (r"\text{4:30 p.m.}", r"4:30 \text{ PM}", "same time of day"),
    (r"9\text{ a.m.}", "9:00 AM", "same time of day"),
    (r"\overline{CD}", "CD", "same expression"),
];

/// Answers that look alike and are not.
const DIFFERENT: &[(&str, &str)] = &[
    (r"\frac{1}{3}", "0.33"),
    (r"\frac{1}{3}", "0.333333333333"),
    (r"\sqrt{2}", "1.41421356237"),
    (r"\pi", "3.14159265358979"),
    (r"\pi", r"\frac{22}{7}"),
    ("1.5", "15"),
    ("-5", "5"),
    ("5", "-5 apples"),
    ("2^{2005}", "2^{2004}"),
    ("2^{100000}", "2^{100001}"),
    (r"\frac{1}{2004!}", "0"),
    (r"1\frac{1}{2}", r"\frac{1}{2}"),
    (r"\sqrt{x^2}", "x"),
    ("x+1", "y+1"),
    ("x^2", "x"),
    ("2x", "2"),
    (r"\sin x", r"\cos x"),
    (r"\cos 58^\circ", r"\cos 58"),
    ("45^\\circ", r"45\pi"),
    (r"25\%", "2500"),
    ("0.25", "25"),
    (r"18\text{ cm}", r"18\text{ m}"),
    (r"18\text{ cm}^2", r"18\text{ cm}^3"),
    (r"5\text{ dollars}", r"5\text{ cents}"),
    ("5", "x + 3 = 5"),
    ("5", "x > 5"),
    ("x = 5", "y = 5"),
    ("(1,2)", "(2,1)"),
    ("(1,2)", "[1,2]"),
    ("(1,2)", "[1,2)"),
    ("(1,2)", r"\{1,2\}"),
    ("(1,2)", "12"),
    ("1,2", "1,2,2"),
    ("1,2,3", "1,2"),
    (r"(-\infty,2)\cup(3,\infty)", r"(-\infty,2)"),
    (r"(-\infty,2)\cup(3,\infty)", r"(-\infty,2]\cup(3,\infty)"),
    (r"1 \pm \sqrt{19}", r"1 + \sqrt{19}"),
    (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", r"\begin{pmatrix} 2 \\ 1 \end{pmatrix}"),
    (r"\begin{pmatrix} 1 & 2 \end{pmatrix}", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
    ("x - 3z = 0", "x + 3z = 0"),
    ("x - 3z = 0", "x - 3z"),
    ("f(2) < f(1) < f(4)", "f(4) < f(1) < f(2)"),
    ("3:1", "1:3"),
    ("2112_6", "2112_7"),
    ("2112_6", "476"),
    ("2112_6", "476_{10}"),
    (r"\text{Evelyn}", "Eve"),
    (r"\text{A}", "B"),
    (r"\text{4:30 p.m.}", r"\text{4:30 a.m.}"),
    (r"\text{4:30 p.m.}", r"\text{4:31 p.m.}"),
    (r"\text{June 20}", "20"),
    ("0", ""),
    ("", "0"),
    ("0", r"\frac{0}{0}"),
    ("1", r"\frac{1}{0}"),
    (r"\text{-5 or so}", "5 or so"),
    ("100", "1,00"),
    ("ab", "AB"),
];

#[test]
fn the_same_answers_are_the_same_by_the_rule_that_says_so() {
    let mut mistakes = Vec::new();
    for &(gold, answer, why) in SAME {
        let found = equivalent(gold, answer);
        if found != Some(why) {
            mistakes.push(format!("{gold}  |  {answer}: {found:?}, not {why:?}"));
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn what_looks_alike_is_told_apart() {
    let mut mistakes = Vec::new();
    for &(gold, answer) in DIFFERENT {
        for (gold, answer) in [(gold, answer), (answer, gold)] {
            if let Some(why) = equivalent(gold, answer) {
                mistakes.push(format!("{gold}  |  {answer}: {why}"));
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}
