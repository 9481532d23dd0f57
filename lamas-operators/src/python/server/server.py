# The fork server. It reads two-byte commands from descriptor 0 and never sees a program or a test: those go over
# pipes of their own, straight into the child that needs them, so that no later child can find them in memory.
#
#   C 0     call: fork the program; descriptors: source, stdout, result
#   K 0     check: fork the program; descriptors: source, stdout
#   T 0     fork the checker of the program that was forked last; descriptors: tests, result. They arrive after the
#           program's process began, so that it never had them
#   L bits  import the optional modules of these bits, so that later children find them loaded
#   R 0     end the run: kill and reap its processes; answers how they ended, and then whether the scratch folder is as
#           it was in the beginning

import ctypes
import gc
import os
import random
import resource
import signal
import sys
from _socket import CMSG_SPACE, SCM_RIGHTS, SOL_SOCKET, socket

PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION = 0x20080522
CONTROL = 0
FIRST_FREE = 3
# Above every descriptor that a server has.
HIGH = 64
CONFINEMENT_FAILED = 121


class Filter(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]

    def __init__(self, code):
        super().__init__(len(code) // 8, code)


class Server:
    def __init__(self, settings):
        self.scratch = settings["scratch"]
        self.limits = [(getattr(resource, name), value) for name, value in settings["limits"]]
        self.server_filters, self.child_filters = (
            [Filter(bytes.fromhex(code)) for code in settings[name]] for name in ("server_filters", "child_filters")
        )
        self.owns_namespace = settings["owns_namespace"]
        self.domain = settings["domain"]
        self.optional = settings["optional"]
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.pid = os.getpid()
        self.children = []
        self.calls = self.answers = None
        self.control = socket(fileno=CONTROL)

    def run(self):
        """Serves until the parent hangs up."""
        if sys.platform == "linux":
            self.close_to_others()
        if sys.platform == "linux" and not self.owns_namespace:
            # Whatever a run leaves behind becomes a child of this process and is reaped with it.
            self.libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        os.umask(0o077)
        # Gone for Python; numeric libraries written in C still find their number of threads.
        os.environ._data.clear()
        if self.domain:
            attributes = bytes.fromhex(self.domain["attributes"])
            rules = self.libc.syscall(self.domain["create"], attributes, len(attributes), 0)
            if rules < 0:
                raise OSError(ctypes.get_errno(), "no landlock domain can be made")
            self.domain["rules"] = rules
        self.install(self.server_filters)
        self.rehearse()
        self.fresh = self.state_of_scratch()
        self.settle()
        self.control.sendall(b"!")
        while True:
            command, descriptors = self.next_command()
            if not command:
                break
            if command[:1] == b"C":
                self.start_call(*descriptors)
            elif command[:1] == b"K":
                self.start_check(*descriptors)
            elif command[:1] == b"T":
                self.start_tests(*descriptors)
            elif command[:1] == b"L":
                self.load(command[1])
            else:
                self.answer_end(self.end_run(), self.state_of_scratch() == self.fresh)
        self.end_run()

    def answer_end(self, ends, is_fresh):
        """Where anything was created or removed in the scratch folder, it is not used again, and neither is this server: a
        file system counts its files, so the next program could tell."""
        if is_fresh or self.owns_namespace:
            self.control.sendall(ends + bytes([is_fresh]))
            return
        # Whatever was left may take long to remove. How the run ended does not wait for that.
        self.control.sendall(ends)
        attempt(take_apart, self.scratch)
        self.control.sendall(bytes([is_fresh]))

    def close_to_others(self):
        """For this process and all of its children: no other process of the same user may look into it, through `/proc`
        or otherwise, and no privilege is left that would let one of them do so all the same."""
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
        if self.libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) or self.libc.capset(header, (ctypes.c_uint32 * 6)()):
            raise OSError(ctypes.get_errno(), "the server cannot be closed to its children")

    def next_command(self):
        data, ancillary, _, _ = self.control.recvmsg(2, CMSG_SPACE(4 * 4))
        descriptors = []
        for level, kind, content in ancillary:
            if level == SOL_SOCKET and kind == SCM_RIGHTS:
                descriptors += memoryview(content).cast("i").tolist()
        return data, descriptors

    def rehearse(self):
        """One empty run, so that a system on which children cannot be confined shows it before anything runs."""
        child = os.fork()
        if child == 0:
            self.enter_domain()
            self.confine()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status != 0:
            raise SystemExit("a child process could not be confined")

    def settle(self):
        """Moves what is loaded out of the collector's sight, so that children share its pages."""
        gc.collect()
        gc.freeze()

    def load(self, bits):
        loaded = 0
        for bit, name in enumerate(self.optional):
            if bits >> bit & 1:
                try:
                    __import__(name)
                    loaded |= 1 << bit
                except ImportError:
                    # The program that wants it will say so itself.
                    pass
        self.settle()
        self.control.sendall(bytes([loaded]))

    def start_call(self, source, stdout, result):
        self.fork(stdout, call, source, result)
        close(source, stdout, result)

    def start_check(self, source, stdout):
        calls_out, self.calls = os.pipe()
        self.answers, answers_in = os.pipe()
        self.fork(stdout, answer_calls, source, calls_out, answers_in)
        close(source, stdout, calls_out, answers_in)

    def start_tests(self, tests, result):
        self.fork(None, check, tests, self.calls, self.answers, result)
        close(tests, result, self.calls, self.answers)

    def fork(self, stdout, work, *descriptors):
        """Forks a confined child that has these descriptors and no others, and does this work."""
        child = os.fork()
        if child:
            self.children.append(child)
            return
        try:
            self.enter_domain()
            kept = keep(stdout, descriptors)
            os.setsid()
            self.confine()
            work(*kept)
        except BaseException:
            os._exit(1)
        os._exit(0)

    def enter_domain(self):
        """A Landlock domain of the child's own: to what is in another one, or outside, it can send no signal, and it
        can neither trace it nor open its `/proc`."""
        if self.domain and self.libc.syscall(self.domain["enter"], self.domain["rules"], 0):
            os._exit(CONFINEMENT_FAILED)

    def confine(self):
        os.chdir(self.scratch)
        for kind, value in self.limits:
            limit(kind, value)
        self.install(self.child_filters)
        # The same program gives the same result each time, as far as that is up to us.
        seed_chance(0)

    def install(self, filters):
        for code in filters:
            if self.libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(code), 0, 0):
                os._exit(CONFINEMENT_FAILED)

    def end_run(self):
        """Kills and reaps everything; per child its wait status and CPU microseconds."""
        self.kill()
        answer = b""
        for child in self.children:
            _, status, usage = os.wait4(child, 0)
            micros = int((usage.ru_utime + usage.ru_stime) * 1e6)
            answer += status.to_bytes(4, "little") + micros.to_bytes(8, "little")
        self.children = []
        self.reap_strays()
        return len(answer).to_bytes(1, "little") + answer

    def kill(self):
        if self.owns_namespace:
            # As process 1 of a namespace of its own: everything but itself.
            attempt(os.kill, -1, signal.SIGKILL)
            return
        for child in self.children:
            attempt(os.killpg, child, signal.SIGKILL)
            attempt(os.kill, child, signal.SIGKILL)

    def reap_strays(self):
        """Ends what the run's processes left behind, where the system lets us find it."""
        while True:
            for stray in strays(self.pid):
                attempt(os.kill, stray, signal.SIGKILL)
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return

    def state_of_scratch(self):
        # No program can set times.
        state = os.stat(self.scratch)
        return state.st_mtime_ns, state.st_ctime_ns


def take_apart(folder):
    """Empties it. What is below moves to the top before its folder goes, so that nothing is too deep."""
    fresh = (f"{os.urandom(8).hex()}-{number}" for number in itertools.count())
    while names := os.listdir(folder):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.isdir(path):
                os.unlink(path)
                continue
            for inner in os.listdir(path):
                os.rename(os.path.join(path, inner), os.path.join(folder, next(fresh)))
            os.rmdir(path)


def limit(kind, value):
    # CPU time ends with a signal that tells why, and a second later for good.
    soft, hard = (value, value + 1) if kind == resource.RLIMIT_CPU else (value, value)
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    try:
        resource.setrlimit(kind, (soft, hard))
    except (OSError, ValueError):
        # macOS knows some limits by name only.
        if sys.platform == "linux":
            raise


def keep(stdout, descriptors):
    """Renumbers descriptors to 3 and up and closes all others. Nothing that is open was open in an earlier run, whose
    program could have left its mark on it."""
    high = [os.dup2(fd, HIGH + place, inheritable=False) for place, fd in enumerate(descriptors)]
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 2)
    os.dup2(null if stdout is None else stdout, 1)
    kept = [os.dup2(fd, FIRST_FREE + place, inheritable=False) for place, fd in enumerate(high)]
    os.closerange(FIRST_FREE + len(kept), 2 * HIGH)
    return kept


def strays(pid):
    """Children of this process, where /proc can be read."""
    try:
        with open(f"/proc/self/task/{pid}/children") as children:
            return [int(child) for child in children.read().split()]
    except OSError:
        return []


def attempt(action, *arguments):
    try:
        action(*arguments)
    except OSError:
        # Already gone.
        pass


def close(*descriptors):
    for descriptor in descriptors:
        os.close(descriptor)
