//! From a problem's public examples to a test program.

use std::sync::Arc;

use lamas_core::problem::{Domain, Example, Problem};
use lamas_core::tool::Goal;
use serde_json::to_string as literal;

/// The public examples as a goal; `None` where the problem has nothing to test or nothing to test it with.
pub(crate) fn goal(problem: &Problem) -> Option<Goal> {
    let entry_point = problem.entry_point.as_ref().filter(|_| problem.domain == Domain::Code)?;
    if problem.public_examples.is_empty() {
        return None;
    }
    Some(Goal::Check {
        entry_point: Arc::clone(entry_point),
        preamble: lamas_score::code::preamble(&problem.statement, entry_point).into(),
        tests: check(entry_point, &problem.public_examples).into(),
    })
}

/// Python source that defines `check(candidate)`: every example's call is evaluated with the candidate under its own name
/// and compared with the value that it should give; an assertion error lists the examples that failed.
///
/// Floats, also inside lists and tuples, are compared to six digits. An example that is no Python expression holds nothing and is passed over.
#[must_use]
pub(crate) fn check(entry_point: &str, examples: &[Example]) -> String {
    // A JSON string is a Python literal of the same text.
    let quoted = |text: &str| literal(text).expect("a string has a JSON form");
    let rows: String = examples
        .iter()
        .map(|example| format!("    ({}, {}),\n", quoted(&example.call), quoted(&example.expected)))
        .collect();
    CHECK.replace("NAME", &quoted(entry_point)).replace("    ROWS\n", &rows)
}

const CHECK: &str = r#"EXAMPLES = [
    ROWS
]


def same(got, want):
    if got == want:
        return True
    if isinstance(got, (list, tuple)) and type(got) is type(want) and len(got) == len(want):
        return all(same(*pair) for pair in zip(got, want))
    if isinstance(got, float) and isinstance(want, (int, float)):
        return abs(got - want) <= 1e-6 * max(1.0, abs(want))
    return False


def short(value):
    text = repr(value)
    return text if len(text) <= 200 else text[:200] + "..."


def check(candidate):
    names = dict(globals())
    names[NAME] = candidate
    wrong = []
    for call, expected in EXAMPLES:
        try:
            code = compile(call.strip(), "example", "eval")
            want = eval(expected.strip(), dict(names))
        except Exception:
            continue
        try:
            got = eval(code, dict(names))
            good = same(got, want)
        except Exception as error:
            wrong.append(f"{call} should give {short(want)} but raised {type(error).__name__}: {error}")
            continue
        if not good:
            wrong.append(f"{call} should give {short(want)} but gave {short(got)}")
    if wrong:
        raise AssertionError("; ".join(wrong[:5]))
"#;

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// What plain Python says of a candidate held against these examples.
    fn verdict(candidate: &str, examples: &[(&str, &str)]) -> String {
        let examples: Vec<Example> = examples
            .iter()
            .map(|(call, expected)| Example { call: (*call).to_owned(), expected: (*expected).to_owned() })
            .collect();
        let program = format!(
            "def helper(x):\n    return 2 * x\n{}\n{candidate}\ntry:\n    check(f)\n    print('passed', end='')\nexcept AssertionError as error:\n    print(error, end='')\n",
            check("f", &examples)
        );
        let output = Command::new("python3").args(["-I", "-c", &program]).output().expect("python3 is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    #[test]
    fn what_failed_is_said_with_the_call_and_both_values() {
        let examples = [("f(1)", "2"), ("f('a\"\\\\')", "'b'"), ("f(3)", "4")];
        let said = verdict("def f(x):\n    return 2 if x == 1 else x / 1", &examples);
        insta::assert_snapshot!(said, @r#"f('a"\\') should give 'b' but raised TypeError: unsupported operand type(s) for /: 'str' and 'int'; f(3) should give 4 but gave 3.0"#);
    }

    #[test]
    fn values_are_compared_as_values() {
        assert_eq!(verdict("def f(x):\n    return [x, 0.1 + 0.2]", &[("f('é')", "[\"é\", 0.3]")]), "passed");
        assert_eq!(verdict("def f(x):\n    return x > 1", &[("f(2)", "True"), ("not f(1)", "True")]), "passed");
        assert_eq!(
            verdict("def f(x):\n    return x", &[("round(f(1.26), 1)", "1.3"), ("helper(f(1))", "2")]),
            "passed"
        );
        assert_eq!(verdict("def f(x):\n    return x", &[("f(1)", "(1,)")]), "f(1) should give (1,) but gave 1");
    }

    #[test]
    fn what_is_no_expression_holds_nothing() {
        assert_eq!(verdict("def f(x):\n    return x", &[("f(1", "1"), ("f(1)", "1 or so"), ("f(1)", "1")]), "passed");
    }
}
