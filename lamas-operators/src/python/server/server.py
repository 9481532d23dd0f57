# The fork server. It reads two-byte commands from descriptor 0 and never sees a program or a test: those go over
# pipes of their own, straight into the child that needs them, so that no later child can find them in memory.
#
#   C 0     call: fork the program; descriptors: source, stdout, result
#   K 0     check: fork the program and the checker; descriptors: source, stdout, tests, result
#   L bits  import the optional modules of these bits, so that later children find them loaded
#   R 0     end the run: kill and reap its processes, empty the scratch folder; answers how they ended

import ctypes
import gc
import os
import random
import resource
import signal
import sys
from _socket import CMSG_SPACE, SCM_RIGHTS, SOL_SOCKET, socket

PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
SECCOMP_MODE_FILTER = 2
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
        self.optional = settings["optional"]
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.children = []
        self.control = socket(fileno=CONTROL)

    def run(self):
        """Serves until the parent hangs up."""
        if sys.platform == "linux" and not self.owns_namespace:
            # Whatever a run leaves behind becomes a child of this process and is reaped with it.
            self.libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        os.umask(0o077)
        # Gone for Python; numeric libraries written in C still find their number of threads.
        os.environ._data.clear()
        self.install(self.server_filters)
        self.rehearse()
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
            elif command[:1] == b"L":
                self.load(command[1])
            else:
                self.control.sendall(self.end_run())
        self.end_run()

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

    def start_check(self, source, stdout, tests, result):
        calls_out, calls_in = os.pipe()
        answers_out, answers_in = os.pipe()
        self.fork(stdout, answer_calls, source, calls_out, answers_in)
        self.fork(None, check, tests, calls_in, answers_out, result)
        close(source, stdout, tests, result, calls_out, calls_in, answers_out, answers_in)

    def fork(self, stdout, work, *descriptors):
        """Forks a confined child that has these descriptors and no others, and does this work."""
        child = os.fork()
        if child:
            self.children.append(child)
            return
        try:
            kept = keep(stdout, descriptors)
            os.setsid()
            self.confine()
            work(*kept)
        except BaseException:
            os._exit(1)
        os._exit(0)

    def confine(self):
        os.chdir(self.scratch)
        for kind, value in self.limits:
            limit(kind, value)
        self.install(self.child_filters)
        # The same program gives the same result each time, as far as that is up to us.
        random.seed(0)
        if "numpy.random" in sys.modules:
            sys.modules["numpy.random"].seed(0)

    def install(self, filters):
        for code in filters:
            if self.libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(code), 0, 0):
                os._exit(CONFINEMENT_FAILED)

    def end_run(self):
        """Kills and reaps everything; per child its wait status, CPU microseconds and peak memory in KiB."""
        self.kill()
        answer = b""
        for child in self.children:
            _, status, usage = os.wait4(child, 0)
            micros = int((usage.ru_utime + usage.ru_stime) * 1e6)
            answer += status.to_bytes(4, "little") + micros.to_bytes(8, "little")
        self.children = []
        self.reap_strays()
        return len(answer).to_bytes(1, "little") + answer + bytes([self.sweep()])

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
            for stray in strays():
                attempt(os.kill, stray, signal.SIGKILL)
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return

    def sweep(self):
        """Empties the scratch folder; False where that failed and this server must not be used again."""
        try:
            for folder, folders, files in os.walk(self.scratch, topdown=False):
                for name in files:
                    os.unlink(os.path.join(folder, name))
                for name in folders:
                    os.rmdir(os.path.join(folder, name))
            return not os.listdir(self.scratch)
        except (OSError, RecursionError):
            return False


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
    """Renumbers descriptors to 3 and up and closes all others; the server's own standard output goes nowhere."""
    high = [os.dup2(fd, HIGH + place, inheritable=False) for place, fd in enumerate(descriptors)]
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(1, 2)
    if stdout is not None:
        os.dup2(stdout, 1)
    kept = [os.dup2(fd, FIRST_FREE + place, inheritable=False) for place, fd in enumerate(high)]
    os.closerange(FIRST_FREE + len(kept), 2 * HIGH)
    return kept


def strays():
    """Children of this process, where /proc can be read."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as children:
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
