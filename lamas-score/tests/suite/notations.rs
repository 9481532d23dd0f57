//! Notations of LaTeX and of words: the answers that say a reference otherwise, and those beside them that do not.

use lamas_score::Rules;

use crate::support::{boxed, hold};

#[test]
fn case_names_of_sets_functions_and_operators_with_bound_variables() {
    boxed(
        Rules::LATEX,
        &[
            ("5", r"n(A\cap B)=5"),
            ("5", r"n(A \cup B \cap C) = 5"),
            ("5", r"n(A') = 5"),
            ("5", r"n(A∩B)=5"),
            ("5", r"(f\circ g)(2)=5"),
            ("5", r"(f \circ g \circ h)(2) = 5"),
            ("5", r"f\circ g(2) = 5"),
            ("5", r"5 = (f\circ g)(2)"),
            ("5", r"(f∘g)(2)=5"),
            ("5", r"5 = f(2)"),
            ("4x^2+1", r"(f\circ g)(x) = 4x^2+1"),
            ("5", r"\lim_{x \to 2} f(x) = 5"),
            ("1", r"\lim_{x\to 0} \frac{\sin x}{x} = 1"),
            ("e", r"\lim_{x \to 0} (1+x)^{1/x} = e"),
            ("7", r"\lim_{x\to 2} x^2 + 3 = 7"),
            ("55", r"\sum_{k=1}^{10} k = 55"),
            ("55", r"55 = \sum_{k=1}^{10} k"),
            ("120", r"\prod_{k=1}^5 k = 120"),
            (r"\frac12", r"\int_0^1 x\,dx = \frac12"),
            (r"\frac{n(n+1)}{2}", r"\sum_{k=1}^n k = \frac{n(n+1)}{2}"),
            ("3", r"\max_{x} f(x) = 3"),
            (r"(-\infty,\infty)", r"\R"),
            (r"\mathbb{R}", r"\R"),
            (r"\mathbb{R}", r"x \in \reals"),
            (r"(-\infty,3)\cup(3,\infty)", r"\R \setminus \{3\}"),
            (r"\mathbb{Z}", r"\Z"),
        ],
        &[
            ("4", r"n(A\cap B)=5"),
            ("5", r"n(n+1)=5"),
            ("2", r"(f\circ g)(2)=5"),
            ("6", r"\sum_{k=1}^{10} k = 55"),
            ("10", r"\sum_{k=1}^{n} k = 55"),
            ("5", r"x + \sum_{k=1}^{2} k = 5"),
            ("0", r"\lim_{x\to 0} \frac{\sin x}{x} = 1"),
            (r"(-\infty,\infty)", r"\Z"),
            (r"(-\infty,\infty)", "R"),
            (r"\mathbb{N}", r"\Z"),
            (r"45^\circ", r"(45\circ g)(2)"),
        ],
    );
}

/// That there is no solution is said in words or as the set that holds none. An inequality that only restates the question is no
/// interval.
#[test]
fn case_no_solution_is_the_empty_set() {
    boxed(
        Rules::LATEX,
        &[
            (r"\emptyset", r"\text{no solution}"),
            (r"\emptyset", r"\text{No solutions.}"),
            (r"\emptyset", r"\text{no real solutions}"),
            (r"\emptyset", r"\text{There is no solution}"),
            (r"\emptyset", r"\text{the empty set}"),
            (r"\text{no solution}", r"\emptyset"),
            (r"\text{No solution}", r"\varnothing"),
            (r"\text{No solution}", r"\{\}"),
            (r"\text{No solution}", r"\left\{ \right\}"),
            (r"\text{no solution}", r"x \in \emptyset"),
            (r"\text{no solution}", "∅"),
        ],
        &[
            (r"\emptyset", r"\{0\}"),
            (r"\emptyset", r"\{\emptyset\}"),
            (r"\emptyset", r"\text{no}"),
            (r"\emptyset", r"\text{undefined}"),
            (r"\emptyset", r"\text{one solution}"),
            (r"\emptyset", r"\text{no integer solution}"),
            ("0", r"\text{no solution}"),
            ("0", r"\emptyset"),
            ("(-1,5)", r"|x-2|<3"),
            ("(-1,5)", r"|x-2|<4"),
        ],
    );
}

#[test]
fn case_repeating_decimals() {
    for rules in [Rules::LATEX, Rules::NUMBER] {
        boxed(
            rules,
            &[
                ("1/3", r"0.\dot3"),
                ("1/3", r"0.\dot{3}"),
                ("1/3", "0.(3)"),
                ("-1/3", "-0.(3)"),
                ("1/3", "x = 0.(3)"),
                ("1/6", "0.1(6)"),
                ("41/333", "0.(123)"),
                ("7/3", "2.(3)"),
                ("1", "0.(9)"),
            ],
            &[
                ("0", "0.(3)"),
                ("3", "0.(3)"),
                ("0.3", "0.(3)"),
                ("0.6", "0.1(6)"),
                ("1/3", "0.(4)"),
                ("1/3", "0.(3)(2)"),
                ("1/3", "0.(3)^2"),
            ],
        );
    }
    boxed(Rules::LATEX, &[("1.2", "0.1(6) + 0.6"), ("5", "0.5(2)(5)")], &[("1/6", "0.1(6) + 0.6")]);
}

#[test]
fn case_units_as_packages_and_upright_letters_write_them() {
    let quantities = [
        r"5\ \mathrm{m/s^2}",
        r"5\,\mathrm{m\,s^{-2}}",
        r"5~\text{m/s$^2$}",
        r"5 \mathrm{\frac{m}{s^2}}",
        r"\SI{5}{m/s^2}",
        r"\SI{5}{\meter\per\second\squared}",
        r"\SI[per-mode=fraction]{5}{\metre\per\second\squared}",
        r"\qty{5}{m.s^{-2}}",
        r"\qty{5}{\m\per\s\squared}",
        r"5\,\unit{m/s^2}",
        r"5\,\si{\meter\per\square\second}",
        r"\num{5}\,\unit{m/s^2}",
        r"5\ \mathrm{kg\cdot m/s^2}",
    ];
    for quantity in quantities {
        boxed(Rules::NUMBER, &[("5", quantity)], &[("10", quantity), ("25", quantity), ("2", quantity)]);
        boxed(Rules::LATEX, &[("5", quantity)], &[("10", quantity), ("5ms", quantity), (r"5\text{ km}", quantity)]);
    }
    boxed(Rules::LATEX, &[("5", r"5\ \mathrm{N}"), ("5", r"5\ \mathrm{kg\,m^2\,s^{-2}}")], &[("5x", r"5\ \mathrm{N}")]);
    boxed(
        Rules::LATEX,
        &[
            (r"5\text{ m}", r"\SI{5}{m}"),
            (r"5\text{ m}", r"\qty{5}{\meter}"),
            (r"5\text{ kg}", r"\SI{5}{\kilo\gram}"),
            (r"5\text{ km/h}", r"\SI{5}{\kilo\meter\per\hour}"),
            (r"5\text{ cm}^2", r"5\ \mathrm{cm^2}"),
            (r"25\%", r"\SI{25}{\percent}"),
            (r"45^\circ", r"\SI{45}{\degree}"),
            (r"45^\circ", r"\ang{45}"),
            ("1234.5", r"\num{1234.5}"),
            ("1500", r"\num{1.5e3}"),
            ("x+1", r"\qty(x+1)"),
        ],
        &[
            (r"5\text{ m}", r"\SI{5}{\kilo\meter}"),
            (r"5\text{ m}", r"\SI{5}{s}"),
            (r"5\text{ cm}^2", r"5\ \mathrm{cm^3}"),
            (r"5\text{ m/s}", r"\SI{5}{\kilo\meter\per\hour}"),
            ("5", r"5\mathrm{x^2}"),
            ("5", r"\SI{6}{m}"),
            ("5x^2", r"\SI{5}{m^2}"),
        ],
    );
}

#[test]
fn case_what_is_struck_out_is_no_value_of_its_own() {
    boxed(
        Rules::LATEX,
        &[
            ("3", r"\frac{\cancel{2}\cdot 3}{\cancel{2}}"),
            ("x+1", r"\frac{\cancel{(x-1)}(x+1)}{\cancel{(x-1)}}"),
            ("12", r"\rlap{12}"),
        ],
        &[("5", r"\cancel{5}"), ("5", r"\xcancel{5}"), ("4", r"\cancel{5}4"), ("5", r"\cancel{5}\cancel{3}")],
    );
    boxed(Rules::NUMBER, &[("3", r"\frac{\cancel{2}\cdot 3}{\cancel{2}}")], &[("5", r"\cancel{5}")]);
}

#[test]
fn case_factorials_and_binomials_of_variables() {
    boxed(
        Rules::LATEX,
        &[
            ("n!", r"n\cdot(n-1)!"),
            ("n!", r"n(n-1)(n-2)!"),
            ("(n+1)!", r"(n+1) n!"),
            ("n(n-1)", r"\frac{n!}{(n-2)!}"),
            ("(2n)!", r"2n (2n-1)!"),
            (r"\binom{n}{2}", r"\frac{n(n-1)}{2}"),
            (r"\frac{n(n-1)}{2}", r"{n \choose 2}"),
            (r"\frac{n!}{2(n-2)!}", r"\binom{n}{2}"),
            ("10", r"\binom{5}{2}"),
            ("10", r"{5 \choose 2}"),
            ("1", r"\binom{n}{0}"),
        ],
        &[
            ("n!", r"n(n-2)!"),
            ("n!", r"(n-1)!"),
            ("n!", r"(n+1)(n-1)!"),
            ("n", "n!"),
            ("(2n)!", r"2 n!"),
            (r"\binom{n}{2}", r"\frac{n(n+1)}{2}"),
            (r"\binom{n}{2}", r"n(n-1)"),
            (r"\binom{n}{2}", r"\binom{n}{3}"),
            ("5", r"\binom{5}{2}"),
        ],
    );
    boxed(Rules::NUMBER, &[("10", r"\binom{5}{2}")], &[("5", r"\binom{5}{2}"), ("2", r"\binom{5}{2}")]);
}

#[test]
fn case_an_option_is_its_letter_and_its_value() {
    boxed(
        Rules::LATEX,
        &[
            ("12", r"(C)\ 12"),
            ("12", r"\textbf{(C)}\ 12"),
            ("12", r"\textbf{(C) } 12"),
            ("12", r"\text{(C)}12"),
            ("12", r"\text{C. } 12"),
            ("12", r"\text{C) }12"),
            ("12", "C) 12"),
            (r"\text{(C)}", r"\text{C. } 12"),
            ("-3", r"\textbf{(C)}\ -3"),
            (r"\frac12", r"\mathrm{(D)}~\frac12"),
            (r"\text{(C)}", r"(C)\ 12"),
            ("C", r"\textbf{(C)}\ 12"),
            (r"\textbf{(C)}\ 12", "12"),
            (r"\textbf{(C)}\ 12", r"\text{C}"),
            (r"\textbf{(C)}\ 12", r"(C) 12"),
        ],
        &[
            ("13", r"(C)\ 12"),
            (r"\text{(B)}", r"(C)\ 12"),
            (r"\textbf{(C)}\ 12", r"(B)\ 12"),
            (r"\textbf{(C)}\ 12", r"(C)\ 13"),
            ("3", "(A) + 3"),
            ("-3", "(A) - 3"),
            ("3", r"(A) \cdot 3"),
            ("3", "(A)3"),
            ("3", "(A)^3"),
            ("12", r"\text{C}12"),
            ("12", r"\text{C, 12}"),
            ("5", r"(A)\ 5 \text{ or } (B)\ 6"),
        ],
    );
    boxed(Rules::NUMBER, &[("12", r"(C)\ 12"), ("12", r"\textbf{(C)}\ 12")], &[("12", r"(C)\ 13")]);
}

#[test]
fn case_numbers_in_words() {
    for rules in [Rules::LATEX, Rules::NUMBER] {
        boxed(
            rules,
            &[
                ("23", r"\text{twenty-three}"),
                ("23", "twenty-three"),
                ("305", r"\text{three hundred and five}"),
                ("6", "six"),
                ("10", r"\text{Ten dollars}"),
                ("2000", r"\text{two thousand}"),
            ],
            &[
                ("20", r"\text{twenty-three}"),
                ("3", r"\text{twenty-three}"),
                ("300", r"\text{three hundred and five}"),
                ("2", r"\text{two thirds}"),
                ("1", r"\text{one of them}"),
                ("5", r"\text{five feet six inches}"),
                ("10", r"\text{ten or more}"),
                ("5", r"\text{not five}"),
            ],
        );
    }
    let said = [("23", "The answer is twenty-three."), ("23", "#### twenty-three apples\n#### twenty-three")];
    hold(Rules::NUMBER, true, &said);
    let told = [("1", "The answer is one of those that nobody finds."), ("10", "The answer is two times five, or 25.")];
    hold(Rules::NUMBER, false, &told);
    boxed(
        Rules::LATEX,
        &[(r"23\text{ cm}", r"\text{twenty-three centimeters}"), (r"\text{five}", "5")],
        &[(r"23\text{ cm}", r"\text{twenty-three meters}"), (r"\text{five}", "6")],
    );
}

#[test]
fn case_base_ten_is_said_or_not() {
    for rules in [Rules::LATEX, Rules::NUMBER] {
        boxed(rules, &[("18", "18_{10}")], &[("10", "18_{10}"), ("1810", "18_{10}")]);
    }
    boxed(
        Rules::LATEX,
        &[
            ("18_{10}", "18"),
            ("18_{10}", "18_{10}"),
            ("18", r"9_{10} + 9_{10}"),
            ("11_2", r"11_{\text{two}}"),
            ("11_2", "11_{two}"),
            ("18", r"18_\text{ten}"),
        ],
        &[
            ("12_8", "12_{10}"),
            ("12_{10}", "12_8"),
            ("22_8", "18_{10}"),
            ("18_{10}", "22_8"),
            ("11_2", r"11_{\text{three}}"),
            ("3", r"11_{\text{two}}"),
        ],
    );
    boxed(Rules::NUMBER, &[], &[("18", "18_8"), ("10", "12_8")]);
}

#[test]
fn case_the_end_of_a_proof_is_no_answer() {
    for (rules, gold) in [(Rules::LATEX, "5"), (Rules::NUMBER, "5")] {
        let right = [
            r"\boxed{5} \blacksquare",
            r"\boxed{5} $\square$",
            r"\boxed{5 \blacksquare}",
            "The answer is 5. $\\blacksquare$",
            "The answer is $5$. ∎",
            "So $x = 5$.\n\n□",
            "So $x = 5$. $\\qed$",
            "#### 5 ■",
            "Hence there are 5. Q.E.D.",
        ];
        let pairs: Vec<(&str, &str)> = right.iter().map(|answer| (gold, *answer)).collect();
        hold(rules, true, &pairs);
    }
    hold(Rules::LATEX, true, &[("x+1", "So we get\n$$x + 1$$\n$\\blacksquare$")]);
}
