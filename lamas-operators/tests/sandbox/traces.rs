//! What a program leaves for the next one to find: nothing.

use super::*;

/// A pool with one server, so that each run follows the one before.
fn one_server(namespaces: bool) -> PythonPool {
    let best = Confinement::probe();
    let confinement = Confinement { namespaces: namespaces && best.namespaces, ..best };
    let settings = SandboxSettings { servers: std::num::NonZeroUsize::new(1), allow_reduced: true, ..patient() };
    PythonPool::confined(settings, confinement).unwrap()
}

/// The witness must say the same before and after each of these programs.
fn unseen(witness: &str, marks: &[&str]) {
    for namespaces in [true, false] {
        let pool = one_server(namespaces);
        let before = said_by(&pool, &call(witness));
        assert!(before.starts_with("returned"), "{before}");
        for mark in marks {
            let said = said_by(&pool, &call(mark));
            assert!(said.starts_with("returned"), "{said}: {mark}");
            assert_eq!(said_by(&pool, &call(witness)), before, "after {mark}");
        }
    }
}

#[test]
fn flags_of_open_files() {
    if !is_confined("flags_of_open_files") {
        return;
    }
    let witness = "import fcntl, os\ndef solve():\n    return [(fcntl.fcntl(fd, fcntl.F_GETFL), fcntl.fcntl(fd, fcntl.F_GETFD)) \
                   for fd in range(3)], [os.lseek(fd, 0, 1) for fd in (0, 2)]\n";
    let flags = "import fcntl, os\ndef solve():\n    for fd in range(3):\n        \
                 fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK | os.O_ASYNC)\n        fcntl.fcntl(fd, fcntl.F_SETFD, 1)\n";
    unseen(witness, &[flags, "import os\ndef solve():\n    os.lseek(2, 77, 0)\n"]);
}

#[test]
fn numbers_of_processes() {
    if !is_confined("numbers_of_processes") {
        return;
    }
    let witness = "import os, threading\ndef solve():\n    return os.getpid(), os.getppid(), os.getpgrp(), os.getpgid(0), \
                   os.getsid(0), threading.get_native_id()\n";
    unseen(witness, &["def solve():\n    return 1\n"]);
    // Nor can they be found by asking about every number.
    let ask = "import os, time, resource\ndef asked(action, *arguments):\n    try:\n        action(*arguments)\n        return True\n    \
        except OSError:\n        return False\n\
        def solve():\n    found = set()\n    for n in range(1, 300):\n        found |= {n for known in (\n            \
        asked(os.sched_getaffinity, n), asked(os.getpriority, os.PRIO_PROCESS, n), asked(os.getpriority, os.PRIO_PGRP, n),\n            \
        asked(time.clock_gettime, ~n << 3 | 2), asked(time.clock_gettime, ~n << 3 | 6), asked(time.clock_getres, ~n << 3 | 2),\n            \
        asked(resource.prlimit, n, resource.RLIMIT_CPU)) if known}\n    return found\n";
    for pool in pools() {
        assert_eq!(said_by(pool, &call(ask)), "returned set()");
    }
}

#[test]
fn counters_of_files() {
    if !is_confined("counters_of_files") {
        return;
    }
    // Numbers of files and folders, free space, the folder's own state.
    let witness = "import os\ndef solve():\n    open('file', 'w').close()\n    os.mkdir('folder')\n    s = os.statvfs('.')\n    \
        first = min(os.stat(n).st_ino for n in ('file', 'folder', '.'))\n    \
        return [os.stat(n).st_ino - first for n in ('file', 'folder')], sorted(os.listdir('.')), os.stat('.').st_nlink\n";
    let marks = [
        "def solve():\n    open('x', 'w').write('mark')\n",
        "import os\ndef solve():\n    open('x', 'w').close()\n    os.unlink('x')\n",
        "import os\ndef solve():\n    os.mkdir('x')\n    os.rmdir('x')\n",
        "import tempfile\ndef solve():\n    tempfile.TemporaryFile(dir='.').write(b'x')\n",
    ];
    let pool = one_server(true);
    if pool.confinement().namespaces {
        let before = said_by(&pool, &call(witness));
        assert!(before.starts_with("returned"), "{before}");
        for mark in marks {
            assert!(said_by(&pool, &call(mark)).starts_with("returned"), "{mark}");
            assert_eq!(said_by(&pool, &call(witness)), before, "after {mark}");
        }
    }
}

#[test]
fn modules_that_others_wanted() {
    let witness =
        "import sys\ndef solve():\n    return sorted(m for m in sys.modules if m[:3] in ('num', 'sym', 'mpm'))\n";
    // Mentioned, whether or not it is installed.
    unseen(witness, &["# numpy\ndef solve():\n    return 1\n", "# sympy\ndef solve():\n    return 1\n"]);
}

#[test]
fn the_state_of_the_interpreter() {
    let witness = "import builtins, gc, locale, os, random, signal, sys, decimal\ndef solve():\n    \
        return len(vars(builtins)), gc.isenabled(), os.getcwd()[:8], random.random(), signal.getsignal(signal.SIGALRM), \
        sys.getrecursionlimit(), decimal.getcontext().prec, signal.getitimer(signal.ITIMER_REAL), \
        signal.pthread_sigmask(signal.SIG_BLOCK, []), os.umask(0), sys.getswitchinterval(), hash('text')\n";
    let marks = [
        "import builtins, gc, sys, decimal, random\ndef solve():\n    builtins.mark = 1\n    gc.disable()\n    sys.setrecursionlimit(99)\n    \
         decimal.getcontext().prec = 3\n    random.seed(9)\n    sys.setswitchinterval(1)\n",
        "import signal, os\ndef solve():\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n    signal.setitimer(signal.ITIMER_REAL, 60)\n    \
         signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n    os.umask(0)\n",
    ];
    unseen(witness, &marks);
}
