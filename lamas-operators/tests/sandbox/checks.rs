//! `Goal::Check`: right programs pass, wrong ones fail with a message that helps, and no program can say that it
//! passed.

use lamas_operators::python::SandboxError;

use super::*;

const ADDS: &str = "def check(candidate):\n    got = candidate(1, 2)\n    \
                    assert got == 3, f\"candidate(1, 2) gave {got!r}, expected 3\"\n";
const BARE: &str = "def check(candidate):\n    assert candidate(1, 2) == 3\n";

#[test]
fn a_verdict_says_what_went_wrong() {
    assert_eq!(said(&check("def solve(a, b):\n    return a + b\n", ADDS)), "passed");
    assert_eq!(
        said(&check("def solve(a, b):\n    return a - b\n", ADDS)),
        "failed candidate(1, 2) gave -1, expected 3"
    );
    assert_eq!(
        said(&check("def solve(a, b):\n    return a - b\n", BARE)),
        "failed AssertionError at `assert candidate(1, 2) == 3` (solve(1, 2) gave -1)"
    );
    assert_eq!(
        said(&check("def solve(a, b):\n    return None\n", "def check(candidate):\n    assert candidate(1, 2) > 3\n")),
        "failed TypeError: '>' not supported between instances of 'NoneType' and 'int' at \
         `assert candidate(1, 2) > 3` (solve(1, 2) gave None)"
    );
    assert_eq!(
        said(&check("def solve(a, b):\n    return a / 0\n", ADDS)),
        "raised ZeroDivisionError: division by zero"
    );
    assert_eq!(said(&check("def solve(a):\n    return a\n", ADDS)).split(':').next(), Some("raised TypeError"));
    assert_eq!(
        said(&check("def solve(a, b):\n    assert a > b, 'a too small'\n", ADDS)),
        "raised AssertionError: a too small"
    );
    assert_eq!(said(&check("def other():\n    pass\n", ADDS)), "raised NameError: the program does not define `solve`");
    assert_eq!(said(&check("solve = 3\n", ADDS)), "raised TypeError: `solve` is not a function");
    assert_eq!(said(&check("def solve(:\n", ADDS)), "raised SyntaxError: invalid syntax (<program>, line 1)");
    let endless = check("def solve(a, b):\n    while True:\n        pass\n", ADDS);
    assert_eq!(HASTY.run_blocking(&endless).unwrap().outcome, ToolOutcome::TimedOut);
    assert_eq!(
        said(&check("import os\ndef solve(a, b):\n    os._exit(0)\n", ADDS)),
        "killed it ended its process without a result (status 0)"
    );
}

#[test]
fn a_message_holds_no_address() {
    let object = "class E:\n    pass\n";
    for (body, expected) in [
        (
            "return E()",
            "failed AssertionError at `assert candidate(1, 2) == 3` (solve(1, 2) gave <E: <program.E object>>)",
        ),
        (
            "return [E]*0 or (lambda: 1)",
            "failed AssertionError at `assert candidate(1, 2) == 3` (solve(1, 2) gave <function: <function solve.<locals>.<lambda>>>)",
        ),
        ("raise ValueError(E())", "raised ValueError: <program.E object>"),
    ] {
        let program = format!("{object}def solve(a, b):\n    {body}\n");
        assert_eq!(said(&check(&program, BARE)), expected);
    }
    let program = format!("{object}def solve(a, b):\n    return E()\n");
    assert_eq!(said(&check(&program, ADDS)), "failed candidate(1, 2) gave <E: <program.E object>>, expected 3");
}

#[test]
fn what_a_checked_program_prints_is_kept() {
    let run = run(&check("print('loading')\ndef solve(a, b):\n    print(a, b)\n    return a + b\n", ADDS));
    assert_eq!((run.outcome, &*run.stdout), (ToolOutcome::Passed, "loading\n1 2\n"));
}

#[test]
fn tests_may_use_the_preamble_and_the_functions_own_name() {
    let program = Program {
        source: "def twice(n):\n    return 2 * n\ndef solve(n):\n    return twice(n) + 1\n".into(),
        goal: Goal::Check {
            entry_point: "solve".into(),
            preamble: "def half(n):\n    return n // 2\ndef solve(n):\n    pass\n\
                       def via_name(n):\n    return solve(n)\n"
                .into(),
            tests: "def check(candidate):\n    assert half(candidate(4)) == 4\n    assert via_name(1) == 3\n    \
                    assert candidate.__name__ == 'solve'\n"
                .into(),
        },
    };
    assert_eq!(said(&program), "passed");
}

#[test]
fn plain_data_makes_the_trip() {
    let values = "[None, True, 0, -1, 2**64, -2**2000, 1.5, -0.0, 1e308, float('inf'), 'text', '\\ud800', b'\\x00\\xff',\
                  (), (1, (2,)), [1, [2]], {1: {'a': (1,)}, (1, 2): 3}, {1, 'a'}, frozenset({(1,)}), 1 + 2j, range(2, 9, 3),\
                  bytearray(b'ab'), __import__('fractions').Fraction(1, 3), __import__('decimal').Decimal('1.10')]";
    let tests = format!(
        "def check(candidate):\n    for value in {values}:\n        got = candidate(value)\n        \
         assert got == value and type(got) is type(value) and repr(got) == repr(value), (got, value)\n    \
         nan = candidate(float('nan'))\n    assert nan != nan\n    \
         assert candidate(value=7) == 7\n"
    );
    assert_eq!(said(&check("def solve(value):\n    return value\n", &tests)), "passed");
}

#[test]
fn changes_in_place_and_identity_are_seen() {
    let tests = "def check(candidate):\n    inner = [3, 1]\n    outer = {'a': inner, 'b': {1}}\n    \
                 result = candidate(inner, outer)\n    \
                 assert inner == [1, 3, 'new'] and outer == {'b': {1, 2}, 'c': inner}\n    \
                 assert result[0] is inner and result[1] is outer and result[2] is result\n    \
                 assert outer['c'] is inner\n";
    let source = "def solve(inner, outer):\n    inner.sort()\n    inner.append('new')\n    outer['c'] = outer.pop('a')\n    \
                  outer['b'].add(2)\n    result = [inner, outer]\n    result.append(result)\n    return result\n";
    assert_eq!(said(&check(source, tests)), "passed");
}

#[test]
fn results_that_only_look_like_data_are_reduced_to_it() {
    let tests = "import collections\nPoint = collections.namedtuple('Point', 'x y')\ndef check(candidate):\n    \
                 assert candidate() == [Point(1, 2), {'a': 2}, 5, 'word']\n    assert type(candidate()[1]) is dict\n";
    let source = "import collections, enum\nclass Size(enum.IntEnum):\n    BIG = 5\nclass Word(str):\n    pass\n\
                  Point = collections.namedtuple('Point', 'x y')\ndef solve():\n    \
                  return [Point(1, 2), collections.Counter('aa'), Size.BIG, Word('word')]\n";
    assert_eq!(said(&check(source, tests)), "passed");
    let lazy = "def solve(n):\n    return (i * i for i in range(n))\n";
    let tests =
        "def check(candidate):\n    assert list(candidate(3)) == [0, 1, 4]\n    assert candidate(3) != [0, 1, 4]\n";
    assert_eq!(said(&check(lazy, tests)), "passed");
    let object = "class Thing:\n    def __repr__(self):\n        return 'a thing'\ndef solve():\n    return Thing()\n";
    let message = said(&check(object, "def check(candidate):\n    assert candidate() == 1\n"));
    assert!(message.ends_with("(solve() gave <Thing: a thing>)"), "{message}");
}

#[test]
fn tests_can_expect_exceptions() {
    let source =
        "class Odd(ValueError):\n    pass\ndef solve(n):\n    if n % 2:\n        raise Odd('odd', n)\n    return n\n";
    let tests = "def check(candidate):\n    try:\n        candidate(3)\n    except ValueError as error:\n        \
                 assert error.args == ('odd', 3)\n    else:\n        assert False, 'no exception'\n    \
                 assert candidate(2) == 2\n";
    assert_eq!(said(&check(source, tests)), "passed");
    assert_eq!(said(&check("def solve(n):\n    return n\n", tests)), "failed no exception (solve(3) gave 3)");
}

#[test]
fn state_lives_as_long_as_the_check() {
    let source = "calls = 0\ndef solve():\n    global calls\n    calls += 1\n    return calls\n";
    let tests = "def check(candidate):\n    assert [candidate() for _ in range(3)] == [1, 2, 3]\n";
    for _ in 0..3 {
        assert_eq!(said(&check(source, tests)), "passed");
    }
}

#[test]
fn no_program_can_forge_a_verdict() {
    // None of these computes 1 + 2.
    let forgeries = [
        // Objects that agree with everything.
        "class Yes:\n    def __eq__(self, other):\n        return True\n    __gt__ = __bool__ = lambda *a: True\n\
         def solve(a, b):\n    return Yes()\n",
        "class Yes(int):\n    def __eq__(self, other):\n        return True\ndef solve(a, b):\n    return Yes(7)\n",
        "class Yes(list):\n    def __eq__(self, other):\n        return True\ndef solve(a, b):\n    return Yes([7])\n",
        // Replacing what the checker uses.
        "import builtins, json, sys\nfor name in ('repr', 'isinstance', 'type', 'AssertionError', 'len'):\n    \
         setattr(builtins, name, lambda *a, **k: True)\njson.loads = lambda *a: {'roots': ['value', 3], 'nodes': []}\n\
         def solve(a, b):\n    return 0\n",
        "import __main__\n__main__.report = __main__.judge = __main__.check = lambda *a: None\n\
         __main__.complaint = lambda *a: ''\ndef solve(a, b):\n    return 0\n",
        // Speaking on every descriptor: a pass without the nonce, and answers out of turn.
        "import os\ndef solve(a, b):\n    for fd in range(64):\n        try:\n            \
         os.write(fd, bytes(16) + b'P' + bytes(4))\n        except OSError:\n            pass\n    return 0\n",
        "import os\nfor fd in range(3, 64):\n    try:\n        os.write(fd, b'P' * 100)\n    except OSError:\n        pass\n\
         def solve(a, b):\n    return 0\n",
        // Leaving early, in all ways.
        "import sys\ndef solve(a, b):\n    sys.exit(0)\n",
        "import os\ndef solve(a, b):\n    os._exit(0)\n",
        "import os\nos._exit(0)\n",
        "raise SystemExit(0)\n",
        "def solve(a, b):\n    raise BaseException('passed')\n",
        // Exceptions that pretend to be the checker's.
        "class Gone(BaseException):\n    kind = b'P'\nclass Broken(Gone):\n    pass\ndef solve(a, b):\n    raise Gone\n",
        // Searching for the tests and doing as they say.
        "import gc, sys\ndef solve(a, b):\n    for o in gc.get_objects():\n        if isinstance(o, dict) and 'check' in o \
         and callable(o['check']) and o.get('__name__') == 'tests':\n            return 3\n    frame = sys._getframe()\n    \
         while frame:\n        if any(isinstance(v, str) and 'def ' + 'check' in v for v in frame.f_locals.values()):\n            return 3\n        \
         frame = frame.f_back\n    return 0\n",
    ];
    for forgery in forgeries {
        for tests in [ADDS, BARE] {
            let outcome = said(&check(forgery, tests));
            assert!(outcome != "passed", "{forgery}");
        }
    }
    // Tests that swallow everything do not help either.
    let gullible = "def check(candidate):\n    try:\n        candidate()\n    except BaseException:\n        pass\n";
    assert!(said(&check("import os\ndef solve():\n    os._exit(0)\n", gullible)).starts_with("killed"));
}

#[test]
fn tests_of_earlier_runs_are_nowhere_in_memory() {
    let tests = "def check(candidate):\n    'needle-in-the-hay'\n    assert candidate(), 'no'\n";
    for _ in 0..4 {
        assert_eq!(said(&check("def solve():\n    return True\n", tests)), "passed");
    }
    // The allocator's arenas are a mebibyte each, aligned; the needle is spelled apart here.
    let search = "import ctypes, gc\ndef solve():\n    needle = b'-'.join([b'needle', b'in', b'the', b'hay'])\n    \
                  arenas = {id(o) >> 20 for o in gc.get_objects()}\n    found = 0\n    \
                  heap = [a << 20 for a in arenas if a > 0x7 << 40 >> 20]\n    \
                  for start in heap:\n        found += ctypes.string_at(start, 1 << 20).count(needle)\n    \
                  return len(heap) > 0, found\n";
    for _ in 0..4 {
        let outcome = said(&call(search));
        // Not every mebibyte is mapped to its end; a crash found nothing either.
        assert!(
            outcome.starts_with("killed it crashed") || outcome.ends_with(", 1)") || outcome.ends_with(", 0)"),
            "{outcome}"
        );
    }
}

#[test]
fn tests_that_do_not_work_are_nobodys_fault() {
    let fine = "def solve(x=None):\n    return 1\n";
    for (tests, why) in [
        ("def check(:\n", "do not load: SyntaxError"),
        ("x = 1 / 0\n", "do not load: ZeroDivisionError"),
        ("def other():\n    pass\n", "do not load: KeyError: 'check'"),
        ("def check(candidate):\n    candidate(lambda: 1)\n", "a value of type function cannot be handed"),
    ] {
        let error = POOL.run_blocking(&check(fine, tests)).unwrap_err();
        assert!(matches!(&error, SandboxError::Tests(text) if text.contains(why)), "{error}");
    }
}
