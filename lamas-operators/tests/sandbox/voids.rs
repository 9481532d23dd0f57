//! Programs that want no verdict at all: whatever goes wrong on their account is scored, never left out.

use super::*;

const GIVES_BACK: &str =
    "def check(candidate):\n    got = candidate(1)\n    assert candidate(got) is not None\n    assert False, 'wrong'\n";

/// Every program must get a verdict, and not a pass.
fn all_scored(programs: &[&str], tests: &str) {
    for program in programs {
        for pool in pools() {
            match pool.run_blocking(&check(program, tests)) {
                Ok(run) => assert_ne!(run.outcome, ToolOutcome::Passed, "{program}"),
                Err(error) => panic!("{error}: {program}"),
            }
        }
    }
}

#[test]
fn case_void_answers() {
    let tests =
        "def check(candidate):\n    l=[3,1,2]\n    assert candidate(l)==[1,2,3]\n    assert candidate(l)==[1,2,3]\n";
    let program = "def solve(a):\n    a.append(object())\n    return [1,2,3]\n";
    let verdict = said(&check(program, tests));
    assert_eq!(verdict, "failed a value of type Opaque cannot be handed to the program, which had answered");
    all_scored(&[program], tests);
}

#[test]
fn what_a_program_put_into_arguments_is_its_own() {
    let tests = "def check(candidate):\n    l, d, s = [3, 1], {'a': [1]}, {1}\n    candidate([l, d, s])\n    try:\n        \
                 candidate([l, d, s])\n    except BaseException:\n        pass\n    \
                 assert (l, d, s) == ([3, 1], {'a': [1]}, {1}), 'wrong'\n    assert False, 'wrong'\n";
    let put = [
        "object()",
        "lambda: 1",
        "int",
        "open",
        "Exception()",
        "(1, (object(),))",
        "[object()]",
        "iter([object()])",
        "self_made",
    ];
    for value in put {
        let program = format!(
            "class self_made:\n    def __repr__(self):\n        raise SystemExit\n\
             def solve(a):\n    l, d, s = a\n    l.append({value})\n    d['a'].append({value})\n    d['b'] = {value}\n    \
             try:\n        s.add({value})\n    except TypeError:\n        pass\n"
        );
        all_scored(&[&program], tests);
    }
}

#[test]
fn results_may_be_fed_back_whatever_they_are() {
    let programs = [
        "def solve(a):\n    return object()\n",
        "def solve(a):\n    return solve\n",
        "def solve(a):\n    return (i for i in range(3))\n",
        "import itertools\ndef solve(a):\n    return itertools.count()\n",
        "def solve(a):\n    return {1: 2}.items()\n",
        "def solve(a):\n    return [{'a': (object(), 1)}]\n",
        "def solve(a):\n    return frozenset({object()})\n",
        "def solve(a):\n    return ValueError('x')\n",
        "def solve(a):\n    return memoryview(b'x')\n",
        "import sys\ndef solve(a):\n    return sys\n",
        "def solve(a):\n    value = ()\n    for _ in range(5000):\n        value = (value,)\n    return value\n",
        "def solve(a):\n    value = []\n    for _ in range(50):\n        value = [value, value]\n    return [[]]\n",
        "def solve(a):\n    raise ValueError(object())\n",
        "def solve(a):\n    raise ValueError(iter([object()]))\n",
    ];
    all_scored(&programs, GIVES_BACK);
    // Over an exception that the tests caught.
    let catching = "def check(candidate):\n    try:\n        candidate(1)\n    except Exception as error:\n        \
                    candidate(error)\n        candidate(*error.args)\n    assert False, 'wrong'\n";
    all_scored(&programs, catching);
}

#[test]
fn case_what_tests_make_of_an_answer_is_the_programs() {
    let tests = |back: &str| {
        format!("def check(candidate):\n    got = candidate(1)\n    candidate({back})\n    assert False, 'wrong'\n")
    };
    // By a packet of its own, and honestly.
    let forged = "import json, os\ndef solve(a):\n    d = json.dumps({'roots': ['value', ['g'] + [0] * 100001], 'nodes': []}).encode()\n    \
                  d = len(d).to_bytes(4, 'little') + d\n    while d:\n        d = d[os.write(5, d):]\n    return 0\n";
    all_scored(&[forged], &tests("got"));
    let long = "def solve(a):\n    return [0] * 100001\n";
    for back in ["iter(got)", "reversed(got)", "(i for i in got)", "[zip(got, got)]", "enumerate(got)", "type(got)"] {
        all_scored(
            &[long, "def solve(a):\n    return range(10**9)\n", "def solve(a):\n    return 'a' * 100001\n"],
            &tests(back),
        );
    }
    // Without an answer it is the tests themselves that do not work.
    let broken = "import itertools\ndef check(candidate):\n    candidate(itertools.count())\n";
    assert!(POOL.run_blocking(&check(long, broken)).is_err());
}

#[test]
fn honest_iterators_may_be_fed_back() {
    let program = "def solve(values):\n    return (v + 1 for v in values)\n";
    let tests = "def check(candidate):\n    assert list(candidate(candidate([1, 2]))) == [3, 4]\n    \
                 assert list(candidate(iter([5]))) == [6]\n    assert list(candidate(v for v in (7, 8))) == [8, 9]\n";
    assert_eq!(said(&check(program, tests)), "passed");
}

#[test]
fn tests_that_fail_while_they_load_over_an_answer_judge_it() {
    let tests = "first = solve(1)[0]\ndef check(candidate):\n    assert first == 1\n";
    all_scored(
        &[
            "def solve(a):\n    return None\n",
            "def solve(a):\n    raise ValueError\n",
            "import os\ndef solve(a):\n    os._exit(0)\n",
            "def solve(a):\n    return [object()]\n",
        ],
        tests,
    );
    assert_eq!(said(&check("def solve(a):\n    return [1]\n", tests)), "passed");
    // Without an answer it is the tests themselves that do not work.
    let broken = "first = solve(lambda: 1)\ndef check(candidate):\n    pass\n";
    assert!(POOL.run_blocking(&check("def solve(a):\n    return 1\n", broken)).is_err());
}

#[test]
fn a_checker_that_a_program_overwhelms_is_the_programs_fault() {
    let tests = "def check(candidate):\n    assert candidate(1) == 1\n";
    let programs = [
        // More than the checker may hold, deeper than it may go, and messages that are none.
        "def solve(a):\n    return ['x' * (1 << 20)] * 300\n",
        "def solve(a):\n    return bytes(1 << 27)\n",
        "import os\ndef solve(a):\n    d = b'[' * 100000\n    os.write(5, len(d).to_bytes(4, 'little') + d)\n    return 0\n",
        "import os\ndef solve(a):\n    os.write(5, bytes([255]) * 4)\n    return 0\n",
        "import os\ndef solve(a):\n    os.write(5, b'\\x02\\0\\0\\0{]')\n    return 0\n",
        "import os\ndef solve(a):\n    os.close(4)\n    os.close(5)\n    return 0\n",
        "import os\nos.close(5)\ndef solve(a):\n    return 0\n",
        "def solve(a):\n    value = []\n    for _ in range(100000):\n        value = [iter([value])]\n    return value\n",
        "def solve(a):\n    return {(1,) * n: [n] for n in range(3000)}\n",
        "x = '\\0'\ndef solve(a):\n    raise Exception('\\ud800' * 9999)\n",
    ];
    all_scored(&programs, tests);
    all_scored(&["\0", "def solve(a):\n    return '\0'\n", "\u{feff}def solve(a):\n    return 0\n", ""], tests);
}

#[test]
fn a_folder_that_takes_long_to_empty_takes_no_verdict_away() {
    let many = "import os\ndef solve(a):\n    for n in range(2000):\n        open(str(n), 'w').close()\n    return 0\n";
    all_scored(&[many], "def check(candidate):\n    assert candidate(1) == 1\n");
}
