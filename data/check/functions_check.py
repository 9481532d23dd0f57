"""Checks data/function_problems.jsonl with a plain Python 3: python3 data/check/functions_check.py [FILE]

For every row: the canonical solution passes its hidden tests and its docstring examples, no hidden test repeats a
docstring example, and the hidden tests have teeth: of all syntactic mutants of the solution (one change each) at
least four fail, and at least three quarters of them do. Mutants run in child processes, since some never end.
"""

import ast
import doctest
import json
import os
import pathlib
import resource
import signal
import sys

LEAST_KILLED = 4
LEAST_SHARE = 0.75
SECONDS = 0.5
BYTES = 1 << 30

SWAPS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}


def edits(node):
    """The changes that can be made at one node, each as a function that makes it."""
    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)) and type(node.op) in SWAPS:
        yield lambda: setattr(node, "op", SWAPS[type(node.op)]())
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        yield lambda: node.ops.__setitem__(0, SWAPS[type(node.ops[0])]())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield lambda: setattr(node, "op", ast.UAdd())
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield lambda: setattr(node, "value", node.value + 1)
    if isinstance(node, ast.Constant) and type(node.value) is str and " " * 4 not in node.value:  # no docstring
        yield lambda: setattr(node, "value", node.value + "~")
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield lambda: setattr(node, "value", not node.value)
    if isinstance(node, ast.If):
        yield lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.Return) and node.value is not None:
        yield lambda: setattr(node, "value", ast.Constant(None))


def mutants(source):
    """Every program that differs from the source by one edit."""
    count = sum(1 for node in ast.walk(ast.parse(source)) for _ in edits(node))
    for wanted in range(count):
        tree = ast.parse(source)
        for number, edit in enumerate(edit for node in ast.walk(tree) for edit in edits(node)):
            if number == wanted:
                edit()
                break
        yield ast.unparse(ast.fix_missing_locations(tree))


def run_tests(source, row):
    """Defines the function and runs its hidden tests in this process."""
    space = {}
    exec(source, space)
    exec(row["test"], space)
    space["check"](space[row["entry_point"]])


def passes(source, row):
    """Whether the hidden tests pass in a child process within the limits."""
    child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        try:
            run_tests(source, row)
        except BaseException:  # whatever a mutant does wrong, it has failed
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def examples_of(row):
    space = {}
    exec(row["prompt"] + row["canonical_solution"], space)
    function = space[row["entry_point"]]
    return doctest.DocTestFinder().find(function, row["entry_point"], globs=space)[0]


def problems_with(row):
    """What is wrong with a row, and how many mutants were made and killed."""
    found = []
    source = row["prompt"] + row["canonical_solution"]
    run_tests(source, row)
    tests = examples_of(row)
    if len(tests.examples) < 2:
        found.append("fewer than two docstring examples")
    report = []
    if doctest.DocTestRunner(verbose=False).run(tests, out=report.append).failed:
        found.append("a docstring example fails: " + "".join(report))
    asserts = [line for line in row["test"].splitlines() if line.startswith("    assert ")]
    if not 8 <= len(asserts) <= 20:
        found.append(f"{len(asserts)} hidden tests, expected 8 to 20")
    for example in tests.examples:
        call = example.source.strip().replace(row["entry_point"] + "(", "candidate(")
        if any(line.startswith(f"    assert {call} ") for line in asserts):
            found.append(f"a hidden test repeats the example {call}")
    outcomes = [passes(mutant, row) for mutant in mutants(source)]
    killed = outcomes.count(False)
    if killed < LEAST_KILLED or killed < LEAST_SHARE * len(outcomes):
        found.append(f"only {killed} of {len(outcomes)} mutants fail")
    return found, killed, len(outcomes)


def main():
    default = pathlib.Path(__file__).parent.parent / "function_problems.jsonl"
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    killed = made = bad = 0
    for row in rows:
        found, row_killed, row_made = problems_with(row)
        killed, made, bad = killed + row_killed, made + row_made, bad + bool(found)
        for problem in found:
            print(f"{row['task_id']} {row['entry_point']}: {problem}")
    print(f"{len(rows)} problems, {bad} with faults; {killed} of {made} mutants fail")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
