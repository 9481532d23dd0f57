//! `Goal::Call`: what a program returns, prints and raises.

use super::*;

#[test]
fn a_value_comes_back_as_text() {
    for (value, text) in [
        ("6 * 7", "42"),
        ("1 / 3", "0.3333333333333333"),
        ("None", "None"),
        ("[1, 'a', (2,)]", "[1, 'a', (2,)]"),
        ("'Grüße, 世界'", "Grüße, 世界"),
        ("''", ""),
        ("'\\ud800'", "?"),
    ] {
        assert_eq!(said(&call(&format!("def solve():\n    return {value}\n"))), format!("returned {text}"));
    }
    let long = said(&call("def solve():\n    return 2 ** 100000\n"));
    assert_eq!(long.len(), "returned ".len() + 30103);
}

#[test]
fn printing_is_kept_apart_from_the_result() {
    let run = run(&call(
        "import sys\ndef solve():\n    print('out')\n    print('err', file=sys.stderr)\n    return 'value'\n",
    ));
    assert_eq!(run.outcome, ToolOutcome::Returned("value".into()));
    assert_eq!(&*run.stdout, "out\n");
}

#[test]
fn an_exception_is_told_by_its_last_line() {
    for (body, line) in [
        ("raise ValueError('no root')", "ValueError: no root"),
        ("raise KeyError", "KeyError"),
        ("return [][0]", "IndexError: list index out of range"),
        ("exit()", "NameError: name 'exit' is not defined"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("return input()", "EOFError: EOF when reading a line"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    ] {
        assert_eq!(said(&call(&format!("def solve():\n    {body}\n"))), format!("raised {line}"));
    }
    assert_eq!(
        said(&call("def solve():\nreturn 1\n")).split(" (").next(),
        Some("raised IndentationError: expected an indented block after function definition on line 1")
    );
    assert_eq!(said(&call("x = 1\n")), "raised NameError: the program does not define `solve`");
    assert_eq!(
        said(&call("def solve(n):\n    return n\n")),
        "raised TypeError: solve() missing 1 required positional argument: 'n'"
    );
}

#[test]
fn a_program_is_a_module_of_its_own() {
    let source = "from __future__ import annotations\nimport dataclasses\n\
        @dataclasses.dataclass\nclass Point:\n    x: int = 3\nif __name__ == '__main__':\n    raise SystemExit\n\
        def helper():\n    return Point().x\ndef solve():\n    return helper()\n";
    assert_eq!(said(&call(source)), "returned 3");
}

#[test]
fn the_same_program_gives_the_same_result() {
    let source = "import random\ndef solve():\n    return random.random(), list({'a', 'b', 'c', 'd'}), hash('text')\n";
    let first = said(&call(source));
    for _ in 0..8 {
        assert_eq!(said(&call(source)), first);
    }
    let another = pool(patient());
    assert_eq!(another.run_blocking(&call(source)).unwrap().outcome, outcome(&call(source)));
}

#[test]
fn the_standard_library_is_there() {
    let modules = "array ast base64 bisect calendar cmath collections contextlib copy csv ctypes dataclasses datetime decimal \
        difflib enum fractions functools hashlib heapq html io itertools json keyword locale logging math numbers operator os \
        pathlib pickle pprint queue random re secrets shutil signal statistics string struct tempfile textwrap threading time \
        timeit tokenize traceback types typing unicodedata unittest uuid warnings weakref xml.etree.ElementTree zlib zoneinfo";
    let source = format!(
        "import importlib\ndef solve():\n    for name in {modules:?}.split():\n        importlib.import_module(name)\n    \
         import hashlib, tempfile\n    with tempfile.TemporaryFile(dir='.') as file:\n        file.write(b'x')\n    \
         return hashlib.md5(b'x').hexdigest()\n"
    );
    assert_eq!(said(&call(&source)), "returned 9dd4e461268c8034f5c8564e155c67a6");
}

#[test]
#[expect(clippy::print_stderr, reason = "how long an import takes is for the reader")]
fn installed_numeric_libraries_can_be_imported() {
    for (module, source, text) in [
        ("numpy", "import numpy as np\ndef solve():\n    return np.arange(4).sum()\n", "6"),
        (
            "numpy",
            "import numpy as np\ndef solve():\n    return np.linalg.solve(np.eye(2), np.ones(2)).tolist()\n",
            "[1.0, 1.0]",
        ),
        (
            "sympy",
            "import sympy\ndef solve():\n    x = sympy.Symbol('x')\n    return sympy.solve(x**2 - 4, x)\n",
            "[-2, 2]",
        ),
    ] {
        let mut elapsed = Vec::new();
        for _ in 0..3 {
            let run = POOL.run_blocking(&call(source)).unwrap();
            if run.outcome == ToolOutcome::Raised(format!("ModuleNotFoundError: No module named '{module}'").into()) {
                lamas_testing::skip(module, "installed_numeric_libraries_can_be_imported", "it is not installed");
                break;
            }
            assert_eq!(run.outcome, ToolOutcome::Returned(text.into()));
            elapsed.push(run.elapsed);
        }
        eprintln!("{module}: {elapsed:?}");
    }
    let tests = "def check(candidate):\n    assert candidate(3) == 6 and type(candidate(3)) is int\n";
    let source = "import numpy as np\ndef solve(n):\n    return np.arange(n + 1).sum()\n";
    let verdict = POOL.run_blocking(&check(source, tests)).unwrap().outcome;
    assert!(
        verdict == ToolOutcome::Passed || matches!(&verdict, ToolOutcome::Raised(text) if text.contains("No module")),
        "{verdict:?}"
    );
}
