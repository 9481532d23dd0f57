//! Replies of models, and the programs that they hold.

use proptest::prelude::*;

use super::program::{defining, preamble, program};

const STUB: &str = "import math\n\n\ndef half(x):\n    return x / 2\n\n\ndef area(r: float) -> float:\n    \"\"\" Area of a disc.\n    >>> area(0)\n    0.0\n    \"\"\"\n";
const PREAMBLE: &str = "import math\n\n\ndef half(x):\n    return x / 2\n\n";
const PLAIN: &str = "def f(x):\n    \"\"\"Gives x plus one.\"\"\"\n";

fn area(text: &str) -> Option<String> {
    program(text, STUB, "area")
}

fn f(text: &str) -> String {
    program(text, PLAIN, "f").unwrap_or_else(|| panic!("no program in {text}"))
}

#[test]
fn the_last_block_that_defines_the_function_is_the_program() {
    let text = "The old one:\n```python\ndef area(r):\n    return 0\n```\nBetter:\n```python\ndef area(r):\n    return math.pi * r**2\n```\nTry it:\n```python\nprint(area(1))\n```\n";
    assert_eq!(area(text).unwrap(), format!("{PREAMBLE}\ndef area(r):\n    return math.pi * r**2\n"));
}

#[test]
fn a_program_that_repeats_the_preamble_gets_it_once() {
    let whole = format!("{PREAMBLE}\ndef area(r):\n    return 1.0\n");
    assert_eq!(area(&format!("```python\n{whole}```")).unwrap(), whole);
}

#[test]
fn future_imports_stay_on_top() {
    let text = "```\nfrom __future__ import annotations\ndef area(r):\n    return 1.0\n```";
    let expected = format!("from __future__ import annotations\n{PREAMBLE}\ndef area(r):\n    return 1.0\n");
    assert_eq!(area(text).unwrap(), expected);
}

#[test]
fn a_bare_program_is_cut_out_of_the_prose_around_it() {
    let text = "Here is the function.\n\nimport cmath\nPI = 3\n\ndef g(r):\n    # squares\n    return PI * r**2\n\nassert g(1)\nThis works since PI is near 3.\n";
    let cut = "import cmath\nPI = 3\n\ndef g(r):\n    # squares\n    return PI * r**2\n\nassert g(1)";
    assert_eq!(defining(text, "g").unwrap().trim_end(), cut);
}

#[test]
fn a_body_completes_the_stub() {
    let expected = format!("{STUB}    s = r * r\n    if s:\n        return s\n    return 0.0\n");
    let body = "    s = r * r\n    if s:\n        return s\n    return 0.0\n";
    for text in [
        body.to_owned(),
        body.trim().to_owned(),
        format!("Add this:\n```python\n{body}```"),
        format!("```python\n{}```", body.trim_start()),
        format!("{body}```\n"),
        format!("{body}\nThis gives the area.\n"),
        format!("{body}<|endoftext|>"),
        format!("Use this body.\n\n{body}\nIt gives the area."),
        body.replace("    ", "  "),
        body.replace("    ", "\u{a0}\u{a0}\u{a0}\u{a0}"),
    ] {
        let found = area(&text).unwrap_or_else(|| panic!("nothing in {text}"));
        assert_eq!(found.replace("\n      return", "\n        return"), expected, "{text}");
    }
    assert_eq!(area("return 0.0").unwrap(), format!("{STUB}    return 0.0\n"));
    let branching = "    for i in range(3):\n        if i > r:\n            return i\n    return 0.0\n";
    assert_eq!(area(&format!("```python\n{}```", branching.trim_start())).unwrap(), format!("{STUB}{branching}"));
    assert_eq!(area("```\nif r:\n    return 1\n```").unwrap(), format!("{STUB}    if r:\n        return 1\n"));
    let inner = "    def square(x):\n        return x * x\n    return square(r)\n";
    assert_eq!(area(inner).unwrap(), format!("{STUB}{inner}"));
    let nested =
        "    import math\n\n    def half(x):\n        return x / 2\n    s = r\n    while True:\n        return s\n";
    assert_eq!(area(nested).unwrap(), format!("{STUB}{nested}"));
    assert_eq!(area(&format!("```\n{nested}```")).unwrap(), format!("{STUB}{nested}"));
    let followed = "    return 0.0\n\n\ndef other():\n    return 1\n";
    assert_eq!(area(followed).unwrap(), format!("{STUB}{followed}"));
}

#[test]
fn the_first_line_of_a_body_may_have_lost_its_indentation() {
    for (text, expected) in [
        ("y = x\nreturn y", "    y = x\n    return y"),
        ("y = x\n    return y", "    y = x\n    return y"),
        ("for i in x:\n    y = i\nreturn y", "    for i in x:\n        y = i\n    return y"),
        ("for i in x:\n        y = i\n    return y", "    for i in x:\n        y = i\n    return y"),
        ("if x:\n      return 1\n\n    return 2", "    if x:\n      return 1\n\n    return 2"),
    ] {
        assert_eq!(f(text), format!("{PLAIN}{expected}\n"), "{text}");
    }
}

#[test]
fn text_without_a_program_gives_none() {
    for text in [
        "",
        "I cannot write this.",
        "```python\nprint(1)\n```",
        "```python\ndef other():\n    return 1\n```",
        "```",
        "```python\nclass Solution:\n    def area(self, r):\n        return 1\n```",
        "<think>\n```python\ndef area(r):\n    return 1\n```\n</think>\nI give up.",
        "<think>\ndef area(r):\n    return 1\n",
    ] {
        assert_eq!(area(text), None, "{text:?}");
    }
}

/// Whatever stands around it, the program is this one.
#[test]
fn one_program_in_many_replies() {
    let code = "def f(x):\n    return x + 1\n";
    let expected = code;
    for text in [
        code.to_owned(),
        format!("{code}```"),
        format!("{code}```\n"),
        format!("Here it is:\n\n{code}```\nThis adds one."),
        format!("```python\n{code}```</s>"),
        format!("```python\n{code}``` This adds one.\n"),
        "```python\ndef f(x):\n    return x + 1```".to_owned(),
        format!("```python\n{code}```<|im_end|>"),
        format!("{code}<|im_end|>\n<|im_start|>user\nThanks!"),
        format!("~~~python\n{code}~~~\n"),
        format!("```python3\n{code}```"),
        format!("```py\n{code}```"),
        format!("```Python title=\"f.py\"\n{code}```"),
        format!("1. So:\n   ```py\n   {}```", code.trim_end().replace('\n', "\n   ") + "\n   "),
        format!("Here it is:\n\n    {}\n\nIt adds one.", code.trim_end().replace('\n', "\n    ")),
        format!("\u{feff}{code}"),
        format!("\u{feff}```python\n{code}```"),
        code.replace("    ", "\u{a0}\u{a0}\u{a0}\u{a0}"),
        code.replace(" + ", "\u{202f}+\u{a0}"),
        code.replace("x + 1", "x\u{200b} + 1"),
        code.replace('\n', "\r\n"),
        format!("{code}\nNote: x must be a number = fine\n"),
        format!("{code}\nThis returns x plus one. For example, f(1) = 2.\n"),
        format!("{code}\nExample: f(1) is 2.\n\nTime complexity: O(1)\n"),
        format!("<think>\n```python\ndef f(x):\n    return x\n```\nno\n</think>\n\n{code}"),
        format!("<think>\n```python\ndef f(x):\n    return x\n```\n</think>\n```python\n{code}```"),
        format!("def f(x):\n    return x\n</think>\n{code}"),
        format!("Use it so:\n```python\nprint(f(1))\n```\nwith\n\n{code}"),
        format!("```python\n{code}```\n```\n2\n```\n"),
        format!("```text\nPlan.\n```\n```python\n{code}```\n```bash\npython f.py\n```"),
        format!("```python\ndef f(x):\n    return x\n\n```python\n{code}```"),
    ] {
        assert_eq!(f(&text).trim_end().replace('\r', ""), expected.trim_end(), "{text}");
    }
}

#[test]
fn fences_in_docstrings_belong_to_the_program() {
    for (open, close) in [("    ```", "    ```"), ("```", "```"), ("    ```python", "    ```"), ("    ~~~", "    ~~~")]
    {
        let code =
            format!("def f(x):\n    \"\"\"\n    Example:\n{open}\n    f(1)\n{close}\n    \"\"\"\n    return x + 1");
        let text = format!("```python\n{code}\n```\nThat is it.");
        assert_eq!(f(&text).trim_end(), code, "{text}");
    }
    let code = "def f(x):\n    '''A ``` here.'''\n    return x + 1 # ```";
    assert_eq!(f(&format!("```python\n{code}\n```")).trim_end(), code);
}

#[test]
fn what_the_program_uses_of_other_blocks_comes_with_it() {
    let inc = "def inc(x):\n    return x + 1";
    let code = "def f(x):\n    return inc(x)";
    for (text, expected) in [
        (format!("```python\n{inc}\n```\nthen\n```python\n{code}\n```"), format!("{inc}\n\n\n{code}")),
        (format!("```python\n{code}\n```\nwith\n```python\n{inc}\n```"), format!("{inc}\n\n\n{code}")),
        (format!("{inc}\n\nThen:\n\n{code}\n\nAs was asked."), format!("{inc}\n\n\n{code}")),
        (
            "```python\nimport math\n```\n```python\ndef f(x):\n    return math.floor(x) + 1\n```".to_owned(),
            "import math\n\n\ndef f(x):\n    return math.floor(x) + 1".to_owned(),
        ),
        (
            "```python\nfrom math import (floor,\n    ceil as up)\nSTEP = 1\n```\n```python\ndef f(x):\n    return up(x) + STEP\n```".to_owned(),
            "from math import (floor,\n    ceil as up)\nSTEP = 1\n\n\ndef f(x):\n    return up(x) + STEP".to_owned(),
        ),
        // A draft of the same block, and its use, are left out.
        (
            format!("```python\n{inc}\n\ndef f(x):\n    return x\n```\n```python\n{code}\n```\n```python\ninc = f(3)\nprint(inc)\n```"),
            format!("{inc}\n\n\n{code}"),
        ),
        (
            "```python\ndef g(x):\n    return h(x)\n```\n```python\ndef h(x):\n    return x\n\ndef unused():\n    pass\n```\n```python\ndef f(x):\n    return g(x) + 1\n```".to_owned(),
            "def g(x):\n    return h(x)\ndef h(x):\n    return x\n\n\ndef f(x):\n    return g(x) + 1".to_owned(),
        ),
    ] {
        assert_eq!(f(&text).trim_end(), expected, "{text}");
    }
}

#[test]
fn the_preamble_is_what_the_statement_shows_before_the_function() {
    assert_eq!(preamble(STUB, "area"), PREAMBLE.trim_end());
    assert_eq!(preamble("Write a function f that adds one.", "f"), "");
}

#[test]
fn large_texts_take_linear_time() {
    assert_eq!(area(&"```\n".repeat(50_000)), None);
    assert_eq!(area(&"def area\n".repeat(50_000)), None);
    assert!(area(&"def area(r):\n    return 1\n".repeat(50_000)).is_some());
    assert_eq!(area(&"```python\n\"\"\"\n".repeat(50_000)), None);
    let many: String =
        (0..20_000).map(|n| format!("```python\ndef h{n}(x):\n    return h{}(x)\n```\n", n + 1)).collect();
    assert!(area(&format!("{many}```python\ndef area(r):\n    return h0(r)\n```")).is_some());
}

proptest! {
    #[test]
    fn any_text_gives_a_program_that_defines_the_function_or_none(
        text in r"(\PC{0,8}|\n|\t|    |```|```python|def area\(r\):|return|import math|class A:|'''){0,40}",
    ) {
        if let Some(program) = area(&text) {
            prop_assert!(program.contains("area"));
        }
    }
}
