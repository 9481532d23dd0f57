# The process in which trusted tests run. The function under test is a stand-in that asks the program's process.

import ast
import random
import sys


class Broken(BaseException):
    """No verdict can be had from this check; not an `Exception`, so that tests do not swallow it by accident."""

    kind = b"T"


class Gone(Broken):
    """The program's process ended in the middle of the check."""

    kind = b"G"


class Spoilt(Broken):
    """The program put something into the tests' hands that they then could not hand to it: its own fault."""

    kind = b"F"


class Candidate:
    """The stand-in. Remembers what it asked last, what it got, and what went wrong."""

    def __init__(self, name, calls_fd, answers_fd):
        self.__name__ = name
        self.calls_fd = calls_fd
        self.answers_fd = answers_fd
        self.called = False
        self.broken = None
        self.raised = None
        self.exceptions = []
        self.raised_text = ""
        self.asked = ""
        self.got = ""

    def __call__(self, *args, **kwargs):
        try:
            data, shared = pack([args, kwargs], strict=True)
        except Unsendable as error:
            # Tests that the program has answered may hold anything of its making, or over what it gave.
            its_own = self.called or self.gave(error.value)
            self.give_up(Spoilt(f"{error}, which had answered") if its_own else Broken(str(error)))
        self.called = True
        words = [*map(short, args), *(f"{key}={short(value)}" for key, value in kwargs.items())]
        self.asked, self.got = f"{self.__name__}({', '.join(words)})", ""
        try:
            send(self.calls_fd, data)
        except BrokenPipeError:
            self.give_up(Gone())
        value = self.answer(shared)
        self.got = short(value)
        return value

    def answer(self, shared=()):
        """Waits for the program: its value, or its exception as the closest built-in one."""
        try:
            data = receive(self.answers_fd)
            if data is None:
                self.give_up(Gone())
            (outcome, *rest), _ = unpack(data, shared)
            if outcome == "value":
                return rest[0]
            names, text, arguments = rest
            self.raised, self.raised_text = rebuilt(names, text, arguments), str(text)
        except MemoryError:
            raise
        except Exception as error:
            self.raised_text = f"the program's answer is not plain data ({type(error).__name__})"
            self.raised = RuntimeError(self.raised_text)
        self.exceptions.append(self.raised)
        raise self.raised

    def gave(self, value):
        """True of what the tests can only have from the program."""
        return isinstance(value, Opaque) or any(value is error for error in self.exceptions)

    def give_up(self, reason):
        self.broken = reason
        raise reason


def check(tests_fd, calls_fd, answers_fd, result_fd):
    """`Goal::Check`: runs the tests and reports the verdict on a pipe that the program's process does not have."""
    data = read_to_end(tests_fd)
    nonce, seed = data[:NONCE], data[NONCE : NONCE + SEED]
    seed_chance(seed, list(seed))
    name, preamble, tests = fields(data[NONCE + SEED :])
    candidate = Candidate(name, calls_fd, answers_fd)
    try:
        kind, text = judge(candidate, preamble, tests)
    except MemoryError:
        kind, text = b"M", ""
    report(result_fd, nonce, kind, text)


def seed_chance(seed, numpys=0):
    """Where random numbers start. A program knows where its own do, so those of its tests start elsewhere."""
    random.seed(seed)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(numpys)


def judge(candidate, preamble, tests):
    try:
        candidate.answer()
        prepare(candidate, preamble, tests)(candidate)
        error = None
    except BaseException as caught:
        error = caught
    # What broke the check counts even where the tests caught it.
    error = candidate.broken or error
    if error is None:
        return b"P", ""
    if isinstance(error, Broken):
        return error.kind, str(error)
    if error is candidate.raised:
        return verdict_on(error), candidate.raised_text
    if isinstance(error, MemoryError):
        return b"M", ""
    return b"F", complaint(error, candidate, tests)[:LONGEST_MESSAGE]


def prepare(candidate, preamble, tests):
    """The tests' `check`, defined beside the preamble's helpers."""
    space = {"__name__": "tests"}
    try:
        exec(compile(preamble, "<preamble>", "exec", dont_inherit=True), space)
        # A helper that calls the function by its name means the program's, not the preamble's stub.
        space[candidate.__name__] = candidate
        exec(compile(tests, "<tests>", "exec", dont_inherit=True), space)
        return space["check"]
    except Exception as error:
        # Tests that call the function while they load may fail over what it answered.
        if candidate.called:
            raise
        raise Broken(f"the tests do not load: {last_line(error)}") from None


def complaint(error, candidate, tests):
    """What a failed test says: its own message or its source, and what the program answered last."""
    text = stable(str(error)) if isinstance(error, AssertionError) else ""
    if text and candidate.got in text:
        return text
    text = text or f"{last_line(error)} at `{statement_of(error, tests)}`"
    return f"{text} ({candidate.asked} gave {candidate.got})" if candidate.got else text


def statement_of(error, tests):
    """The source of the innermost statement of the tests that was running."""
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<tests>":
            line = trace.tb_lineno
        trace = trace.tb_next
    inside = [
        node
        for node in ast.walk(ast.parse(tests))
        if isinstance(node, ast.stmt) and line is not None and node.lineno <= line <= node.end_lineno
    ]
    if not inside:
        return "check"
    innermost = min(inside, key=lambda node: node.end_lineno - node.lineno)
    return ast.get_source_segment(tests, innermost)
