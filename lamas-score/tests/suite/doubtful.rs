//! Answers that hold the right value and are wrong, and those beside them that say it otherwise and are right.

use lamas_score::Rules;

use crate::support::{boxed, hold};

/// The same reference for each of some answers.
fn hold_all(rules: Rules, right: bool, gold: &str, answers: &[&str]) {
    let pairs: Vec<(&str, &str)> = answers.iter().map(|answer| (gold, *answer)).collect();
    hold(rules, right, &pairs);
}

#[test]
fn case_one_of_several_numbers_is_no_answer() {
    hold_all(
        Rules::NUMBER,
        false,
        "18",
        &[
            "The answer is 18 and 19",
            "The answer is 18 and 19 eggs.",
            "The answer is 18, 19",
            "Answer: 18, 20, 22",
            "Answer: 18, 20 and 22.",
            "Answer: 18; 20",
            "#### 18 19",
            "#### 18 and 19",
            "#### $18 and $19",
            "<answer>18, 19</answer>",
            "The answer is 18 & 19",
            "The answer is 18 eggs and 19 eggs.",
            "The answer is 18 in January, 19 in February",
            "The answer is 18 for day 1 and 20 for day 2",
            r"\boxed{18 \text{ in May}, 19 \text{ in June}}",
        ],
    );
    hold_all(
        Rules::NUMBER,
        true,
        "18",
        &[
            "The answer is 18, and 18.",
            "The answer is 18 and that is all.",
            "The answer is 18 dollars and 50 cents",
            "The answer is 18, 3 more than 15.",
            "The answer is 18, since 3 of them are red.",
            "The answer is 18 in total, 9 in each box.",
            "The answer is 18 for all 3 days, 6 for each day.",
            "The answer is 18 in January.",
            "The answer is 18 (9 and 9).",
            "The answer is 9 and 9, so 9 + 9 = 18.",
            "There were 9 and 9, that is 18.",
            "#### 18\n\n19 is too much.",
        ],
    );
}

#[test]
fn case_another_kind_of_value_is_no_number() {
    hold_all(
        Rules::NUMBER,
        false,
        "18",
        &[
            "The answer is 18 ± 2",
            r"The answer is $18 \pm 2$.",
            "The answer is 18 +/- 2 eggs.",
            "The answer is 18π",
            r"The answer is $18\pi$ square feet.",
            "The answer is 18√2",
            r"#### 18\sqrt{2}",
            "The answer is √18.",
            "The answer is 18x",
            "The answer is 18x.",
            "The answer is 18n + 2",
        ],
    );
    hold_all(
        Rules::NUMBER,
        true,
        "18",
        &[
            "The answer is 18m",
            "The answer is 18 m.",
            "The answer is 18 g",
            "The answer is 18L",
            "The answer is 18 h",
            "The answer is 6 x 3 = 18",
            "The answer is 18 x-rays",
            "The answer is 18x as many.",
            "The answer is √324 = 18",
            "The answer is 18%",
        ],
    );
}

#[test]
fn case_what_is_denied_or_supposed_is_no_answer() {
    hold_all(
        Rules::NUMBER,
        false,
        "18",
        &[
            "The answer can't be 18.",
            "The answer cannot be 18.",
            "The answer could not be 18.",
            "The answer won't be 18",
            "The answer is not equal to 18.",
            "The answer does not equal 18.",
            "If the answer is 18, then it is too small. So 20.",
            "Suppose the answer is 18. That is too small, so it is 20.",
            "Assume that the final answer is 18: too small. So 20.",
        ],
    );
    hold_all(
        Rules::NUMBER,
        true,
        "18",
        &[
            "The answer can't be 20. So it is 18.",
            "It is 18 rather than 20.",
            "It must be 18 instead of 20.",
            "If the answer is 20, it is too large. So 18.",
            "The answer is 18. Check if the answer is 18: 9 * 2 = 18.",
            "There cannot be a doubt: 18.",
            "It is not hard to see that the answer is 18.",
            "She can't be wrong, so she has 18.",
        ],
    );
}

#[test]
fn case_conditions_that_both_hold_are_no_union() {
    boxed(
        Rules::LATEX,
        &[
            (r"x<2 \text{ or } x>3", r"x>3 \text{ or } x<2"),
            (r"x<2 \text{ or } x>3", r"x<2 \lor x>3"),
            (r"(-\infty,2)\cup(3,\infty)", r"\{x \mid x<2 \vee x>3\}"),
            (r"2<x<5", r"x>2\text{ and }x<5"),
            (r"(2,5]", r"x \le 5 \text{ and } x > 2"),
            (r"(2,5]", r"2 < x \land x \le 5"),
            (r"(2,5]", r"\{x \mid x > 2 \text{ and } x \le 5\}"),
            ("2, 3", r"x=2\text{ and }x=3"),
            (r"x=2, y=3", r"x=2 \text{ and } y=3"),
            (r"(-\infty,2)\cup(3,\infty)", r"(-\infty,2) \text{ and } (3,\infty)"),
        ],
        &[
            (r"x<2 \text{ or } x>3", r"x<2\text{ and }x>3"),
            (r"(-\infty,2)\cup(3,\infty)", r"x<2\text{ and }x>3"),
            (r"(-\infty,2)\cup(3,\infty)", r"x<2, \text{ and } x>3"),
            (r"(-\infty,2)\cup(3,\infty)", r"x<2 \wedge x>3"),
            ("(2,3)", r"x<2\text{ and }x>3"),
            (r"(-\infty,5)\cup(2,\infty)", r"x>2\text{ and }x<5"),
            ("(2,5)", r"x>2\text{ or }x<5"),
            ("(2,5]", r"x>2\text{ and }x<5"),
        ],
    );
}

#[test]
fn case_a_determinant_is_a_number() {
    let matrix = r"\begin{pmatrix}1&2\\3&4\end{pmatrix}";
    boxed(
        Rules::LATEX,
        &[
            ("-2", r"\begin{vmatrix}1&2\\3&4\end{vmatrix}"),
            ("-2", r"\det\begin{pmatrix}1&2\\3&4\end{pmatrix}"),
            ("-2", r"\det\left(\begin{matrix}1&2\\3&4\end{matrix}\right)"),
            ("-2", r"\left|\begin{array}{cc}1&2\\3&4\end{array}\right|"),
            ("-4", r"2\begin{vmatrix}1&2\\3&4\end{vmatrix}"),
            ("-2", r"\begin{vmatrix}1&2\\3&4\end{vmatrix} = -2"),
            ("ad-bc", r"\begin{vmatrix}a&b\\c&d\end{vmatrix}"),
            ("-3", r"\begin{vmatrix}1&2&3\\4&5&6\\7&8&10\end{vmatrix}"),
            ("2", r"\begin{vmatrix}|-2|\end{vmatrix}"),
            (matrix, r"\begin{bmatrix}1&2\\3&4\end{bmatrix}"),
            (matrix, r"\left(\begin{array}{cc}1&2\\3&4\end{array}\right)"),
        ],
        &[
            (matrix, r"\begin{vmatrix}1&2\\3&4\end{vmatrix}"),
            (matrix, r"\begin{Vmatrix}1&2\\3&4\end{Vmatrix}"),
            (matrix, r"\det\begin{pmatrix}1&2\\3&4\end{pmatrix}"),
            ("2", r"\begin{vmatrix}1&2\\3&4\end{vmatrix}"),
            ("-2", matrix),
            ("1", r"\begin{vmatrix}1&2\end{vmatrix}"),
        ],
    );
}

#[test]
fn case_more_or_less_than_an_answer() {
    boxed(
        Rules::LATEX,
        &[
            (r"\text{(D)}", r"\text{(D)}\ 12"),
            ("D", r"\textbf{(D)}\ f(A)"),
            (r"\text{(D)}", "D"),
            ("(5,6)", "(5,6)"),
            ("5", "5."),
            ("5", "(5)"),
            (r"\{5\}", r"\{5,\}"),
            (r"\text{yes}", r"\text{Yes.}"),
        ],
        &[
            (r"\text{(D)}", r"\text{(D)(E)}"),
            ("D", r"\text{(D) (E)}"),
            ("D", r"\text{(D) or (E)}"),
            ("D", r"\text{(D) and E}"),
            ("D", r"\textbf{(D)}\ \textbf{(E)}"),
            ("5", "5?"),
            ("5", "(5,)"),
            ("5", r"\left(5,\right)"),
        ],
    );
    let none = "So x=5, but it is extraneous, so no solution.";
    hold(Rules::LATEX, false, &[("5", none), ("5", "So $x=5$. But that is extraneous: there are no real solutions.")]);
    hold(
        Rules::LATEX,
        true,
        &[
            (r"\text{no solution}", none),
            (r"\emptyset", "Since $5 < 3$ is false, there is no solution."),
            ("5", "There is no solution but $x=5$."),
            ("5", "For $y$ there is no solution.\nSo $x = 5$."),
        ],
    );
}

#[test]
fn case_code_in_blocks_tags_and_before_its_stub() {
    let code = "def f(x):\n    return x + 1\n";
    let stub = "def f(x):\n    \"\"\"Give x plus one.\"\"\"\n    ...\n";
    let right = [
        "```python\nif True:\n    def f(x):\n        return x + 1\n```".to_owned(),
        "if True:\n    def f(x):\n        return x + 1\n".to_owned(),
        "```python\ntry:\n    def f(x):\n        return x + 1\nfinally:\n    pass\n```".to_owned(),
        "```python\ntry:\n    import nothing_of_this_name\nexcept ImportError:\n    if True:\n        def f(x):\n            return x + 1\n```"
            .to_owned(),
        format!("[ANSWER]\n{code}[/ANSWER]"),
        format!("Here it is.\n[ANSWER]\n{code}[/ANSWER]\nIt adds one."),
        "[ANSWER]\ndef f(x):\n    return x + 1[/ANSWER]".to_owned(),
        format!("[CODE]\n{code}[/CODE]"),
        format!("<answer>\n{code}</answer>"),
        format!("[ANSWER]\n```python\n{code}```\n[/ANSWER]"),
        "[ANSWER]\n    return x + 1\n[/ANSWER]".to_owned(),
        format!("```python\n{code}```\nIt completes\n```python\n{stub}```"),
        format!("```python\n{code}```\n```python\ndef f(x): ...\n```"),
        format!("```python\n{code}```\n```python\ndef f(x):\n    # your code\n    pass\n```"),
        format!("```python\n{stub}```\nThen:\n\n{code}"),
        format!("```python\n{code}```\n```python\ndef f(x):\n    raise NotImplementedError\n```"),
        "Use `return x + 1`.".to_owned(),
        // No stubs.
        "```python\ndef f(x):\n    return x\n```\n```python\ndef f(x):\n    pass\n    return x + 1\n```".to_owned(),
        "```python\nclass A:\n    def f(self):\n        pass\ndef f(x):\n    return x + 1\n```".to_owned(),
        "    def g(y):\n        return y + 1\n    return g(x)\n".to_owned(),
        "    if x:\n        def f(y):\n            return y\n    return x + 1\n".to_owned(),
    ];
    let wrong = [
        "```python\nclass A:\n    def f(self, x):\n        return x + 1\n```".to_owned(),
        "```python\ndef g():\n    def f(x):\n        return x + 1\n```".to_owned(),
        format!("```python\n{stub}```"),
        format!("```python\n{code}```\n```python\ndef f(x):\n    return x\n```"),
        "Use `return x`.".to_owned(),
    ];
    for (expected, answers) in [(true, &right[..]), (false, &wrong[..])] {
        let pairs: Vec<(&str, &str)> = answers.iter().map(|answer| ("", answer.as_str())).collect();
        hold(Rules::CODE, expected, &pairs);
    }
}
