//! Programs that want a verdict which they have not earned: from the processes beside them, over their own channel, out
//! of the tests' own hands.

use lamas_core::tool::Goal;

use super::*;

/// No program of this file computes it.
const ADDS: &str = "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(30, 12) == 42\n";

/// What most attacks need. `others` are the processes that can be found, and those that must be there; not the one that
/// asks, which may well look into itself.
const TOOLS: &str = "import ctypes, os, sys, time\nlibc = ctypes.CDLL(None, use_errno=True)\n\
    X86 = os.uname().machine == 'x86_64'\n\
    def here(path):\n    try:\n        return os.stat(path).st_ino\n    except OSError:\n        return None\n\
    def others():\n    me = here('/proc/self')\n    found = {n for n in range(1 << 16) if here(f'/proc/{n}') not in (None, me)}\n    \
    return sorted(found) if me else list(range(1, 12))\n\
    def tried(action, *arguments):\n    try:\n        return action(*arguments)\n    except BaseException:\n        return None\n\
    PASS = b'P' + bytes(4)\n\
    def solve(a, b):\n    return None\n";

/// Every one must end in something else than a pass, on every pool, and leave the next run alone.
fn none_passes(forgeries: &[&str], tests: &str) {
    for forgery in forgeries {
        for pool in pools() {
            let said = said_by(pool, &check(&format!("{TOOLS}{forgery}"), tests));
            assert!(said != "passed", "{said} under {:?}: {forgery}", pool.confinement());
            assert!(!said.contains("do not load"), "{said}: {forgery}");
            let honest = check("def solve(a, b):\n    return a + b\n", ADDS);
            assert_eq!(said_by(pool, &honest), "passed", "after {forgery}");
        }
    }
}

/// The published forgery: finds the tests and the nonce through the descriptors of the processes beside it, and signs.
#[test]
fn case_forge_verdict() {
    let forge = "got = None\nfor _ in range(40):\n    for pid in others():\n        for fd in range(3, 12):\n            \
        try:\n                f = os.open(f'/proc/{pid}/fd/{fd}', os.O_RDONLY | os.O_NONBLOCK)\n                \
        d = os.read(f, 1 << 16)\n            except OSError:\n                continue\n            \
        if b'def check' in d:\n                got = d\n    if got:\n        break\n\
        if got:\n    for pid in others():\n        for fd in range(3, 12):\n            try:\n                \
        os.write(os.open(f'/proc/{pid}/fd/{fd}', os.O_WRONLY | os.O_NONBLOCK), got[:16] + PASS)\n            \
        except OSError:\n                pass\n";
    none_passes(&[forge], ADDS);
}

#[test]
fn case_predict_random() {
    let tests = "import random\ndef check(candidate):\n    for _ in range(5):\n        secret = random.getrandbits(64)\n        \
                 assert candidate('guess', 0) == secret\n";
    let guesses = [
        "import random\nr = random.Random(0)\ndef solve(a, b):\n    return r.getrandbits(64)\n",
        "import random\ndef solve(a, b):\n    return random.getrandbits(64)\n",
        "import random\nrandom.seed(bytes(32))\ndef solve(a, b):\n    return random.getrandbits(64)\n",
        "import random\nrandom.seed()\ndef solve(a, b):\n    return random.getrandbits(64)\n",
    ];
    none_passes(&guesses, tests);
}

#[test]
fn the_tests_chance_follows_the_seed_and_the_program() {
    let tests = "import random\ndef check(candidate):\n    assert candidate(0, 0), random.getrandbits(64)\n";
    let drawn = |seed, source: &str| {
        let pool = pool(SandboxSettings { seed, ..patient() });
        (said_by(&pool, &check(source, tests)), said_by(&pool, &check(source, tests)))
    };
    let source = "def solve(a, b):\n    return None\n";
    let (first, again) = drawn(Some(7), source);
    assert_eq!(first, again);
    assert_eq!(drawn(Some(7), source).0, first);
    assert_ne!(drawn(Some(8), source).0, first);
    assert_ne!(drawn(Some(7), "def solve(a, b):\n    return 0\n").0, first);
    assert_eq!(drawn(None, source), drawn(Some(0), source));
}

#[test]
fn no_process_can_look_into_another() {
    let forgeries = [
        // Memory and descriptors of the others, by system calls.
        "for pid in others():\n    here = ctypes.create_string_buffer(1 << 12)\n    \
         local = (ctypes.c_size_t * 2)(ctypes.addressof(here), 1 << 12)\n    remote = (ctypes.c_size_t * 2)(id(PASS), 64)\n    \
         for call in (310, 311) if X86 else (270, 271):\n        if libc.syscall(call, pid, local, 1, remote, 1, 0) > 0:\n            \
         solve = lambda a, b: a + b\n",
        "for pid in others():\n    if libc.syscall(101 if X86 else 117, 16, pid, 0, 0) == 0 or \
         libc.syscall(101 if X86 else 117, 0x4206, pid, 0, 0) == 0:\n        solve = lambda a, b: a + b\n",
        "for pid in others():\n    p = libc.syscall(434, pid, 0)\n    for fd in range(12):\n        \
         if libc.syscall(438, p, fd, 0) >= 0:\n            solve = lambda a, b: a + b\n",
        // And by the file system.
        "for pid in others():\n    for name in ('mem', 'maps', 'environ', 'fd', 'map_files', 'syscall', 'stack', 'auxv',          'cmdline', 'task', 'cwd', 'root', 'fdinfo', 'io', 'timerslack_ns', 'clear_refs'):\n        \
         for flags in (os.O_RDONLY, os.O_RDWR):\n            if tried(os.open, f'/proc/{pid}/{name}', flags) is not None:\n                \
         solve = lambda a, b: a + b\n",
        "for pid in others():\n    for fd in range(16):\n        for flags in (os.O_RDONLY | os.O_NONBLOCK, os.O_WRONLY | os.O_NONBLOCK):\n            \
         for path in (f'/proc/{pid}/fd/{fd}', f'/proc/{pid}/task/{pid}/fd/{fd}', f'/proc/self/../{pid}/fd/{fd}'):\n                \
         if tried(os.open, path, flags) is not None:\n                    solve = lambda a, b: a + b\n",
        // Silencing those who judge.
        "import signal\nfor pid in others():\n    for n in (signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM, signal.SIGINT):\n        \
         if tried(os.kill, pid, n) is None and libc.kill(pid, n) == 0 or libc.syscall(234 if X86 else 131, pid, pid, n) == 0:\n            \
         solve = lambda a, b: a + b\n",
    ];
    // Each of them adds rightly once it got anywhere: then, and only then, would it pass.
    none_passes(&forgeries, ADDS);
}

/// Descriptors of a program under tests: 3 its source, 4 the calls, 5 its answers. Forged packets go where answers go, or the tests
/// below would show nothing.
#[test]
fn packets_of_a_programs_own_arrive_as_its_answers() {
    let program = "import json, os\ndef packet(value):\n    d = json.dumps({'roots': ['value', value], 'nodes': []}).encode()\n    \
                   os.write(5, len(d).to_bytes(4, 'little') + d)\npacket(None)\npacket(3)\npacket(42)\n\
                   def solve(a, b):\n    return None\n";
    assert_eq!(said(&check(program, ADDS)), "passed");
}

#[test]
fn a_programs_own_channels_carry_no_verdict() {
    let forgeries = [
        // The ends that it lacks, of the pipes that it has.
        "for fd in range(3, 9):\n    for root in ('/proc/self/fd', '/dev/fd', '/proc/thread-self/fd'):\n        \
         for flags in (os.O_WRONLY, os.O_RDWR):\n            f = tried(os.open, f'{root}/{fd}', flags | os.O_NONBLOCK)\n            \
         if f is not None:\n                tried(os.write, f, bytes(16) + PASS)\n",
        "for fd in range(64):\n    tried(os.write, fd, bytes(16) + PASS)\n    tried(os.write, fd, PASS)\n",
        // Packets that no honest program sends, before and instead of answers.
        "import json\ndef packet(value):\n    d = json.dumps(value).encode()\n    os.write(5, len(d).to_bytes(4, 'little') + d)\n\
         for value in ({'roots': ['passed'], 'nodes': []}, {'roots': ['value', None], 'nodes': []},          {'roots': ['error', ['SystemExit'], 'passed', ['t', 0]], 'nodes': []}, [], None, {'roots': []}, \"P\"):\n    packet(value)\n",
        "import json\ndef packet(value):\n    d = json.dumps(value).encode()\n    os.write(5, len(d).to_bytes(4, 'little') + d)\n\
         packet({'roots': ['value', None], 'nodes': []})\npacket({'roots': ['value', ['@', -1]], 'nodes': []})\n",
        "os.write(5, (1 << 31).to_bytes(4, 'little'))\n",
        "import fcntl\nfor fd in range(8):\n    tried(fcntl.fcntl, fd, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)\nos.close(5)\n",
        // Names of the checker's own exceptions, and of those that end programs.
        "class Broken(BaseException):\n    kind = b'P'\nclass Spoilt(Broken):\n    pass\ndef solve(a, b):\n    raise Spoilt('passed')\n",
        "def solve(a, b):\n    raise SystemExit(0)\n",
        "def solve(a, b):\n    raise GeneratorExit\n",
        "def solve(a, b):\n    raise KeyboardInterrupt\n",
        // Whatever happens on the way out.
        "import atexit\natexit.register(os._exit, 0)\nclass Last:\n    def __del__(self):\n        os._exit(0)\nlast = Last()\n\
         def solve(a, b):\n    global last\n    last = None\n",
        // The tools of the messages themselves.
        "import json, __main__\njson.dumps = lambda *a, **k: '{\"roots\": [\"value\", null], \"nodes\": []}'\n\
         __main__.pack = lambda *a, **k: (b'null', [])\n",
        "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ == 'Server':\n        tried(o.control.sendall, b'!')\n        \
         o.children = []\n        tried(o.end_run)\n",
    ];
    none_passes(&forgeries, ADDS);
}

#[test]
fn values_cannot_outwit_the_tests() {
    let forgeries = [
        "def solve(a, b):\n    return float('nan')\n",
        "from decimal import Decimal\ndef solve(a, b):\n    return Decimal('sNaN')\n",
        "import unittest.mock\ndef solve(a, b):\n    return unittest.mock.ANY\n",
        "import functools\n@functools.total_ordering\nclass All:\n    __eq__ = __lt__ = lambda *a: True\n    __hash__ = lambda s: hash(3)\n\
         def solve(a, b):\n    return All()\n",
        "class Three(str):\n    __eq__ = lambda *a: True\n    __str__ = __repr__ = lambda s: '3'\ndef solve(a, b):\n    return Three('x')\n",
        "class Meta(type):\n    __instancecheck__ = __eq__ = lambda *a: True\n    __hash__ = None\nclass Any(metaclass=Meta):\n    pass\n\
         def solve(a, b):\n    return Any\n",
    ];
    none_passes(&forgeries, ADDS);
}

#[test]
fn an_exception_does_not_end_the_tests_loops() {
    let loops = [
        "def check(candidate):\n    for got, want in zip(map(candidate, [1, 2], [2, 3]), [3, 5]):\n        assert got == want\n",
        "def check(candidate):\n    assert all(got == 3 for got in map(candidate, [1], [2]))\n",
        "def check(candidate):\n    for got in iter(lambda: candidate(1, 2), 3):\n        assert False, 'wrong'\n",
    ];
    let stops = [
        "def solve(a, b):\n    raise StopIteration\n",
        "class Stop(StopIteration):\n    pass\ndef solve(a, b):\n    raise Stop(3)\n",
        "def solve(a, b):\n    return next(iter([]))\n",
    ];
    for tests in loops {
        none_passes(&stops, tests);
    }
}

#[test]
fn modules_of_the_tests_are_not_the_programs() {
    let plant = "TEXT = 'import __main__\\n__main__.judge = lambda *a: (b\"P\", \"\")\\n'\n\
        for name in ('colorsys', 'sitecustomize', 'usercustomize', 'helper'):\n    open(name + '.py', 'w').write(TEXT)\n\
        os.mkdir('wave')\nopen('wave/__init__.py', 'w').write(TEXT)\nsys.path.insert(0, os.getcwd())\n";
    let tests = "import colorsys, wave\ntry:\n    import helper\nexcept ImportError:\n    pass\n\
                 def check(candidate):\n    assert candidate(1, 2) == 3\n";
    none_passes(&[plant], tests);
}

#[test]
fn a_call_can_only_say_what_a_call_may() {
    // A called program reports for itself, so it has the nonce and could sign anything.
    let forge = |kind: &str| {
        call(&format!(
            "import sys, os, time\ndef solve():\n    f = sys._getframe()\n    while f:\n        d = f.f_locals.get('data')\n        \
             if isinstance(d, bytes) and len(d) > 20:\n            m = b'I declare the sandbox broken'\n            \
             os.write(4, d[:16] + b'{kind}' + len(m).to_bytes(4, 'little') + m)\n            time.sleep(9)\n        \
             f = f.f_back\n    return 7\n"
        ))
    };
    for pool in pools() {
        for kind in ["T", "G", "P", "F", "?", "\\0", "t"] {
            assert_eq!(said_by(pool, &forge(kind)), "killed it wrote to the sandbox's own channel", "{kind}");
        }
        assert_eq!(said_by(pool, &forge("R")), "returned I declare the sandbox broken");
    }
}

/// The reply of a model in the published case.
#[test]
fn case_call_forge() {
    let source = "import sys, os\ndef solve():\n    f = sys._getframe()\n    while f:\n        d = f.f_locals.get('data')\n        \
        if isinstance(d, bytes) and len(d) > 20:\n            m = b'I declare the sandbox broken'; import time\n            \
        os.write(4, d[:16] + b'T' + len(m).to_bytes(4, 'little') + m); time.sleep(9)\n            break\n        f = f.f_back\n    \
        return 7\n";
    let program = Program { source: source.into(), goal: Goal::Call { function: "solve".into() } };
    assert_eq!(said(&program), "killed it wrote to the sandbox's own channel");
}
