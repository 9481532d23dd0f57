# The process in which untrusted code runs. It learns its own source and its function's name, and nothing else.

import builtins
import errno
import sys
import types

LONGEST_MESSAGE = 4000
NONCE = 16
SEED = 32
TOO_LARGE = (errno.EFBIG, errno.ENOSPC, errno.EDQUOT)


def load(source, name):
    """Runs the source as a module of its own and returns its function."""
    module = types.ModuleType("program")
    sys.modules["program"] = module
    exec(compile(source, "<program>", "exec", dont_inherit=True), module.__dict__)
    try:
        function = module.__dict__[name]
    except KeyError:
        raise NameError(f"the program does not define `{name}`") from None
    if not callable(function):
        raise TypeError(f"`{name}` is not a function")
    return function


def last_line(error):
    """The last line of the traceback that Python would print."""
    try:
        text = stable(str(error))
    except BaseException:
        text = "<exception str() failed>"
    name = type(error).__name__
    line = f"{name}: {text}" if text else name
    return line[:LONGEST_MESSAGE]


def verdict_on(error):
    """The kind of end that an exception of the program is: out of memory, out of room, or raised."""
    if isinstance(error, MemoryError):
        return b"M"
    if isinstance(error, OSError) and error.errno in TOO_LARGE:
        return b"S"
    return b"X"


def report(descriptor, nonce, kind, text=""):
    """Hands the end of a run to the parent, signed with the nonce that only this process was told."""
    data = text.encode("utf-8", "replace")
    write_all(descriptor, nonce + kind + len(data).to_bytes(4, "little") + data)


def flush():
    for stream in (sys.stdout, sys.__stdout__):
        try:
            stream.flush()
        except BaseException:
            # The program closed or replaced it: what it did not print is lost.
            pass


def call(source_fd, result_fd):
    """`Goal::Call`: runs the function once and reports `str()` of what it returns."""
    data = read_to_end(source_fd)
    nonce = data[:NONCE]
    name, source = fields(data[NONCE:])
    try:
        kind, text = b"R", str(load(source, name)())
    except BaseException as error:
        kind, text = verdict_on(error), last_line(error)
    flush()
    report(result_fd, nonce, kind, text)


def answer_calls(source_fd, calls_fd, answers_fd):
    """`Goal::Check`: loads the function, says so, then calls it with whatever the checker sends."""
    name, source = fields(read_to_end(source_fd))
    try:
        function = load(source, name)
        answer = ["value", None]
    except BaseException as error:
        answer = failure(error)
    flush()
    send(answers_fd, pack(answer)[0])
    while (data := receive(calls_fd)) is not None:
        (args, kwargs), shared = unpack(data)
        try:
            answer, _ = pack(["value", function(*args, **kwargs)], shared)
        except BaseException as error:
            answer, _ = pack(failure(error), shared)
        flush()
        send(answers_fd, answer)


def failure(error):
    """An exception as plain data: the built-in classes it descends from, its last line, its arguments."""
    names = [base.__name__ for base in type(error).__mro__ if base.__module__ == "builtins"]
    return ["error", names, last_line(error), tuple(error.args)]


def rebuilt(names, text, arguments):
    """The closest built-in exception."""
    kinds = (getattr(builtins, str(name), None) for name in names)
    kind = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseException)), RuntimeError)
    if issubclass(kind, (StopIteration, StopAsyncIteration)):
        # As for generators: it would end a loop of the tests over the function's values, before its assertions.
        return RuntimeError(text)
    try:
        return kind(*arguments)
    except BaseException:
        return RuntimeError(text)
