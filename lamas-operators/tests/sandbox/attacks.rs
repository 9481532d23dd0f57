//! Programs that want out. Each is contained, and the next run is unharmed.

use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;
use std::process::{Child, Command};

use lamas_operators::python::SandboxLevel;
use tempfile::TempDir;

use super::*;

/// False, and says so, where this system cannot confine programs fully and there is nothing to test.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn is_confined() -> bool {
    let confinement = POOL.confinement();
    if confinement.level != SandboxLevel::Full {
        eprintln!("SKIPPED: this system offers only {} confinement", confinement.level);
    }
    confinement.level == SandboxLevel::Full
}

/// Runs a program and then an honest one, which must find an empty folder and its own result.
fn attack(source: &str) -> String {
    let outcome = said(&call(source));
    unharmed();
    outcome
}

fn unharmed() {
    let honest = call("import os\ndef solve():\n    return os.listdir('.')");
    for pool in [&POOL, &HASTY] {
        for _ in 0..2 {
            assert_eq!(line(pool.run_blocking(&honest).unwrap().outcome), "returned []");
        }
    }
}

/// Runs a program that does not end by itself.
fn siege(source: &str) {
    let outcome = HASTY.run_blocking(&call(source)).unwrap().outcome;
    assert_eq!(line(outcome), "timed out");
    unharmed();
}

/// Runs each of these expressions or statements in one program and returns what each raised, or `None`.
fn attempts(prelude: &str, lines: &[&str]) -> Vec<String> {
    let list = lines.iter().map(|line| format!("    {line:?},\n")).collect::<String>();
    let source = format!(
        "{prelude}\nLINES = [\n{list}]\n\
         def attempt(line):\n    try:\n        exec(line, globals())\n    except BaseException as e:\n        \
         return type(e).__name__\n    return 'None'\n\
         def solve():\n    return ' '.join(attempt(line) for line in LINES)\n"
    );
    let outcome = attack(&source);
    let text = outcome.strip_prefix("returned ").unwrap_or_else(|| panic!("{outcome}"));
    text.split(' ').map(String::from).collect()
}

/// Every line must be refused by the system.
fn all_refused(prelude: &str, lines: &[&str]) {
    let refused = ["PermissionError", "OSError", "BlockingIOError", "FileNotFoundError", "URLError"];
    for (line, raised) in lines.iter().zip(attempts(prelude, lines)) {
        assert!(refused.contains(&&*raised), "`{line}` raised {raised}");
    }
}

/// A folder outside the sandbox with a secret in it.
fn outside() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, "top secret").unwrap();
    let path = file.to_str().unwrap().to_owned();
    (folder, path)
}

/// A process of ours that an attack may try to kill; killed and reaped when dropped.
struct Bystander(Child);

impl Bystander {
    fn new() -> Self {
        Self(Command::new("sleep").arg("60").spawn().unwrap())
    }

    fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn files_outside_cannot_be_read() {
    if !is_confined() {
        return;
    }
    let (_folder, path) = outside();
    all_refused(
        &format!("import os, ctypes\nPATH = {path:?}\nlibc = ctypes.CDLL(None)"),
        &[
            "open(PATH).read()",
            "os.open(PATH, os.O_RDONLY)",
            "os.listdir(os.path.dirname(PATH))",
            "open('/etc/passwd').read()",
            "os.listdir('/')",
            "os.listdir('/root' if os.path.isdir('/root') else '/home')",
            "os.chdir(os.path.dirname(PATH)); open('secret').read()",
            "os.symlink(PATH, 'link')",
            "os.link(PATH, 'link')",
            "os.rename(PATH, 'stolen')",
            "fd = libc.open(PATH.encode(), 0); os.fstat(fd)",
        ],
    );
}

#[test]
fn nothing_outside_can_be_written() {
    if !is_confined() {
        return;
    }
    let (folder, path) = outside();
    all_refused(
        &format!("import os, sys\nPATH = {path:?}\nHERE = os.path.dirname(PATH)"),
        &[
            "open(PATH, 'w')",
            "open(PATH, 'a')",
            "os.open(PATH, os.O_RDONLY | os.O_TRUNC)",
            "os.open(PATH, os.O_WRONLY | os.O_TRUNC)",
            "os.truncate(PATH, 0)",
            "os.unlink(PATH)",
            "os.rename(PATH, PATH + '2')",
            "os.mkdir(HERE + '/folder')",
            "os.rmdir(HERE)",
            "open(HERE + '/new', 'w')",
            "open('../new', 'w')",
            "os.chmod(PATH, 0o777)",
            "os.chown(PATH, os.getuid(), os.getgid())",
            "os.utime(PATH, (0, 0))",
            "os.setxattr(PATH, 'user.x', b'x')",
            "os.mkfifo('fifo')",
            "open('/dev/shm/x', 'w')",
            "open(os.__file__, 'a')",
            "os.chmod(os.__file__, 0)",
            "os.fchmod(os.open(os.__file__, os.O_RDONLY), 0)",
            "open(os.path.dirname(os.__file__) + '/x.py', 'w')",
        ],
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "top secret");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_scratch_folder_can_be_used_and_vanishes() {
    let source = "import os\n\
        def solve():\n    os.mkdir('deep')\n    os.chdir('deep')\n    \
        open('file', 'w').write('x' * 1000)\n    os.mkdir('locked', 0)\n    \
        return os.listdir('.').sort() or open('file').read().count('x')\n";
    assert_eq!(attack(source), "returned 1000");
}

#[test]
fn there_is_no_network() {
    if !is_confined() {
        return;
    }
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (folder, _) = outside();
    let unix = UnixListener::bind(folder.path().join("socket")).unwrap();
    tcp.set_nonblocking(true).unwrap();
    udp.set_nonblocking(true).unwrap();
    unix.set_nonblocking(true).unwrap();
    let prelude = format!(
        "import socket, ctypes, os\nTCP = {}\nUDP = {}\nUNIX = {:?}\nlibc = ctypes.CDLL(None, use_errno=True)\n\
         def raw(*numbers):\n    if libc.syscall(*numbers) < 0:\n        raise OSError(ctypes.get_errno(), 'refused')",
        tcp.local_addr().unwrap().port(),
        udp.local_addr().unwrap().port(),
        folder.path().join("socket").to_str().unwrap(),
    );
    all_refused(
        &prelude,
        &[
            "socket.create_connection(('127.0.0.1', TCP), timeout=1)",
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', UDP))",
            "socket.socket(socket.AF_UNIX).connect(UNIX)",
            "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind('\\0abstract')",
            "socket.socket(socket.AF_INET6)",
            "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
            "socket.socketpair()",
            "socket.create_server(('127.0.0.1', 0))",
            "raw(41 if os.uname().machine == 'x86_64' else 198, 2, 1, 0)",
            "import urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{TCP}', timeout=1)",
        ],
    );
    assert_eq!(tcp.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(udp.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(unix.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn no_process_can_be_started() {
    if !is_confined() {
        return;
    }
    let prelude = "import os, subprocess, ctypes, sys, multiprocessing\nlibc = ctypes.CDLL(None, use_errno=True)\n\
                   def raw(*numbers):\n    pid = libc.syscall(*numbers)\n    if pid == 0:\n        os._exit(0)\n    \
                   if pid < 0:\n        raise OSError(ctypes.get_errno(), 'refused')\n\
                   X86 = os.uname().machine == 'x86_64'\n\
                   def system(command):\n    if os.system(command) != 0:\n        raise OSError('refused')";
    all_refused(
        prelude,
        &[
            "os.fork()",
            "os.forkpty()",
            "os.execv('/bin/true', ['true'])",
            "os.posix_spawn('/bin/true', ['true'], {})",
            "subprocess.run(['/bin/true'])",
            "subprocess.Popen('true', shell=True)",
            "system('true')",
            "multiprocessing.get_context('fork').Process(target=print).start()",
            // clone(SIGCHLD), clone3, fork, vfork's flags.
            "raw(56 if X86 else 220, 17, 0, 0, 0, 0)",
            "raw(435, 0, 0)",
            "raw(57 if X86 else 435, 0, 0)",
            "raw(56 if X86 else 220, 0x4000 | 17, 0, 0, 0, 0)",
        ],
    );
}

#[test]
fn a_fork_bomb_does_not_go_off() {
    if !is_confined() {
        return;
    }
    let source = "import os\ndef solve():\n    while True:\n        os.fork()\n";
    assert_eq!(attack(source), "raised PermissionError: [Errno 1] Operation not permitted");
    let stubborn = "import os\ndef solve():\n    while True:\n        try:\n            os.fork()\n        \
                    except OSError:\n            pass\n";
    siege(stubborn);
}

#[test]
fn threads_are_refused_or_counted() {
    if !is_confined() {
        return;
    }
    let source = "import threading, time\ndef solve():\n    threads = []\n    try:\n        for _ in range(1000):\n            \
                  threads.append(threading.Thread(target=time.sleep, args=(60,), daemon=True))\n            \
                  threads[-1].start()\n    except RuntimeError:\n        return len(threads) - 1\n    return 1000\n";
    assert_eq!(attack(source), "returned 0");
    let threaded = pool(SandboxSettings { threads: 8, ..patient() });
    let run = threaded.run_blocking(&call(source)).unwrap();
    let ToolOutcome::Returned(count) = run.outcome else { panic!("{run:?}") };
    let count: u64 = count.parse().unwrap();
    // Root is exempt from the kernel's count; then the address space is the limit.
    let is_root = rustix::process::geteuid().is_root();
    assert!(
        if is_root || !threaded.confinement().namespaces { (7..1000).contains(&count) } else { count <= 9 },
        "{count}"
    );
    // The threads sleep for a minute, and go with their process.
    assert!(run.measured.0 < 30.0);
}

#[test]
fn memory_is_limited() {
    let bombs = [
        "bytearray(1 << 40)",
        "[0] * (1 << 34)",
        "'x' * (1 << 33)",
        "list(range(1 << 30))",
        "__import__('mmap').mmap(-1, 1 << 33)",
    ];
    for bomb in bombs {
        let source = format!("def solve():\n    return len(str({bomb}))\n");
        let outcome = attack(&source);
        assert!(
            ["killed memory: more than the limit", "raised OSError: [Errno 12] Cannot allocate memory"]
                .contains(&&*outcome),
            "{bomb}: {outcome}"
        );
    }
    let growing = "def solve():\n    hoard = []\n    while True:\n        hoard.append(bytearray(1 << 20))\n";
    assert_eq!(attack(growing), "killed memory: more than the limit");
    let check = check(
        "def solve():\n    hoard = []\n    while True:\n        hoard.append(bytearray(1 << 20))\n",
        "def check(candidate):\n    candidate()\n",
    );
    assert_eq!(said(&check), "killed memory: more than the limit");
}

#[test]
fn the_disk_cannot_be_filled() {
    let one = "def solve():\n    with open('big', 'wb') as file:\n        while True:\n            file.write(bytes(1 << 20))\n";
    assert_eq!(attack(one), "killed file: more than the limit");
    if !POOL.confinement().namespaces {
        return;
    }
    let many = "import itertools\ndef solve():\n    for n in itertools.count():\n        \
                open(str(n), 'wb').write(bytes(1 << 20))\n";
    assert_eq!(attack(many), "killed file: more than the limit");
    let empty = "import itertools\ndef solve():\n    for n in itertools.count():\n        open(str(n), 'w').close()\n";
    assert_eq!(attack(empty), "killed file: more than the limit");
    let nested = "import os\ndef solve():\n    while True:\n        os.mkdir('d')\n        os.chdir('d')\n";
    assert_eq!(attack(nested), "killed file: more than the limit");
}

#[test]
fn time_is_limited_whatever_the_program_ignores() {
    let loops = "import signal\nfor n in range(1, 65):\n    try:\n        signal.signal(n, signal.SIG_IGN)\n    \
                 except (OSError, ValueError):\n        pass\ndef solve():\n    while True:\n        pass\n";
    siege(loops);
    let sleeps = "import time\ndef solve():\n    while True:\n        try:\n            time.sleep(60)\n        \
                  except BaseException:\n            pass\n";
    siege(sleeps);
    let endless_import = "while True:\n    pass\n";
    siege(endless_import);
    // One long call into C, which no Python signal handler interrupts.
    siege("import re\ndef solve():\n    return re.match('(a*)*b', 'a' * 60)\n");
}

#[test]
fn no_other_process_can_be_touched() {
    if !is_confined() {
        return;
    }
    let mut bystander = Bystander::new();
    let ours = std::process::id();
    let prelude = format!(
        "import os, signal, fcntl, resource, ctypes\nBYSTANDER = {}\nPARENT = {ours}\n\
         libc = ctypes.CDLL(None, use_errno=True)\nX86 = os.uname().machine == 'x86_64'\n\
         def raw(*numbers):\n    if libc.syscall(*numbers) < 0:\n        raise OSError(ctypes.get_errno(), 'refused')",
        bystander.0.id()
    );
    all_refused(
        &prelude,
        &[
            "os.kill(BYSTANDER, 9)",
            "os.kill(PARENT, 9)",
            "os.kill(os.getppid(), 9)",
            "os.kill(1, 9)",
            "os.kill(-1, 9)",
            "os.killpg(0, 9)",
            "os.killpg(os.getpgid(0), 9)",
            "signal.pidfd_send_signal(os.pidfd_open(BYSTANDER), 9)",
            "r, w = os.pipe(); fcntl.fcntl(r, fcntl.F_SETOWN, os.getppid())",
            "r, w = os.pipe(); fcntl.fcntl(r, 10, 9)",
            "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (0, 0))",
            "resource.prlimit(0, resource.RLIMIT_CPU, (1, 1))",
            "os.setpriority(os.PRIO_PROCESS, BYSTANDER, 19)",
            "os.sched_setaffinity(os.getppid(), {0})",
            "os.setsid()",
            "os.setpgid(0, 0)",
            // tkill, tgkill, ptrace(attach), process_vm_readv.
            "raw(200 if X86 else 130, BYSTANDER, 9)",
            "raw(234 if X86 else 131, BYSTANDER, BYSTANDER, 9)",
            "raw(101 if X86 else 117, 16, os.getppid(), 0, 0)",
            "raw(310 if X86 else 270, os.getppid(), 0, 0, 0, 0, 0)",
        ],
    );
    assert!(bystander.is_alive());
}

#[test]
fn the_kernels_riskier_parts_are_out_of_reach() {
    if !is_confined() {
        return;
    }
    let prelude = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n\
        def raw(*numbers):\n    if libc.syscall(*numbers) < 0:\n        raise OSError(ctypes.get_errno(), 'refused')\n    \
        return True\n\
        X86 = os.uname().machine == 'x86_64'\n";
    all_refused(
        prelude,
        &[
            // memfd_create, io_uring_setup, bpf, userfaultfd, perf_event_open, unshare(user), keyctl, mount.
            "raw(319 if X86 else 279, b'x', 0)",
            "raw(425, 1, bytes(120))",
            "raw(321 if X86 else 280, 0, bytes(120), 120)",
            "raw(323 if X86 else 282, 0)",
            "raw(298 if X86 else 241, bytes(120), 0, -1, -1, 0)",
            "raw(272 if X86 else 97, 0x10000000)",
            "raw(250 if X86 else 219, 0, -3, 0)",
            "raw(165 if X86 else 40, b'none', b'/', b'tmpfs', 0, 0)",
            // landlock_create_ruleset, personality, prctl(PR_SET_PTRACER), and a call of the x32 interface.
            "raw(444, 0, 0, 1)",
            "raw(135 if X86 else 92, 0x0040000)",
            "raw(157 if X86 else 167, 0x59616d61, -1, 0, 0, 0)",
            "raw(0x40000000 + 41, 2, 1, 0) if X86 else raw(425, 1, 0)",
        ],
    );
}

#[cfg(target_arch = "x86_64")]
#[test]
fn the_32_bit_door_is_shut() {
    if !is_confined() {
        return;
    }
    // mov eax, 20 (getpid of the 32-bit interface); int 0x80; ret
    let source = "import ctypes, mmap\ndef solve():\n    page = mmap.mmap(-1, 4096, prot=7)\n    \
        page.write(bytes.fromhex('b814000000cd80c3'))\n    \
        start = ctypes.addressof(ctypes.c_char.from_buffer(page))\n    return ctypes.CFUNCTYPE(ctypes.c_int)(start)()\n";
    assert_eq!(attack(source), "killed signal 31");
}

#[test]
fn proc_is_closed() {
    if !is_confined() {
        return;
    }
    all_refused(
        "import os",
        &[
            "open('/proc/self/environ').read()",
            "open('/proc/self/maps').read()",
            "open('/proc/self/mem', 'r+b')",
            "open('/proc/1/cmdline').read()",
            "open(f'/proc/{os.getppid()}/mem', 'rb')",
            "os.listdir('/proc')",
            "os.listdir('/proc/self/fd')",
            "open('/proc/self/oom_score_adj', 'w').write('-1000')",
            "open('/proc/sys/kernel/hostname').read()",
            "open('/sys/kernel/mm/transparent_hugepage/enabled').read()",
            "open('/proc/self/root/etc/passwd').read()",
        ],
    );
}

#[test]
fn there_is_no_environment() {
    let source = "import os, sys\ndef solve():\n    return dict(os.environ), sys.argv, os.environ.get('PATH')\n";
    assert_eq!(attack(source), "returned ({}, ['program'], None)");
}

#[test]
fn floods_are_cut_off() {
    let flood = run(&call("def solve():\n    while True:\n        print('x' * 1000)\n"));
    assert_eq!(flood.outcome, ToolOutcome::Killed("output: more than the limit".into()));
    assert_eq!(flood.stdout.len(), 1 << 20);
    assert_eq!(
        attack("import os\ndef solve():\n    while True:\n        os.write(1, bytes(1 << 16))\n"),
        "killed output: more than the limit"
    );
    assert_eq!(attack("def solve():\n    return 'x' * (1 << 21)\n"), "killed output: more than the limit");
    // Standard error goes nowhere, and costs only the program's own time.
    siege("import os\ndef solve():\n    while True:\n        os.write(2, bytes(1 << 16))\n");
}

#[test]
fn recursion_ends_in_the_program() {
    let polite = "def f(n):\n    return f(n + 1)\ndef solve():\n    return f(0)\n";
    assert!(attack(polite).starts_with("raised RecursionError"));
    let rude = "import sys\nsys.setrecursionlimit(1 << 30)\nclass A:\n    def __getattr__(self, name):\n        \
                return getattr(A(), name)\ndef solve():\n    return A().x\n";
    let outcome = attack(rude);
    assert!(outcome.starts_with("killed") || outcome.starts_with("raised RecursionError"), "{outcome}");
    let source = format!("def solve():\n    return {}1{}\n", "(".repeat(5000), ")".repeat(5000));
    let outcome = attack(&source);
    assert!(outcome.starts_with("raised") || outcome.starts_with("killed"), "{outcome}");
    let nested = check(
        "def solve():\n    value = []\n    for _ in range(200000):\n        value = [value]\n    return value\n",
        "def check(candidate):\n    assert candidate() == candidate()\n",
    );
    assert!(said(&nested).starts_with("failed RecursionError"), "{}", said(&nested));
    let tuples = check(
        "def solve():\n    value = ()\n    for _ in range(200000):\n        value = (value,)\n    return value\n",
        "def check(candidate):\n    assert candidate() == ()\n",
    );
    assert!(said(&tuples).starts_with("raised RecursionError"), "{}", said(&tuples));
    unharmed();
}

#[test]
fn closing_descriptors_harms_only_the_program() {
    let close = "import os\nos.closerange(0, 1 << 16)\ndef solve():\n    return 1\n";
    assert!(attack(close).starts_with("killed"), "{}", attack(close));
    let linger = "import os, time\ndef solve():\n    os.closerange(0, 1 << 16)\n    time.sleep(60)\n";
    let run = run(&call(linger));
    assert_eq!(run.outcome, ToolOutcome::Killed("it gave up its channel or was killed (SIGKILL)".into()));
    assert!(run.measured.0 < 30.0);
    let reopened =
        "import os\ndef solve():\n    os.closerange(3, 64)\n    fds = [os.dup(1) for _ in range(8)]\n    return 5\n";
    assert!(attack(reopened).starts_with("killed"), "{}", attack(reopened));
    let exits = "import os\ndef solve():\n    os._exit(0)\n";
    assert_eq!(attack(exits), "killed it ended its process without a result (status 0)");
    assert_eq!(
        attack("import ctypes\ndef solve():\n    ctypes.string_at(0)\n"),
        "killed it crashed: stack overflow or invalid memory (signal 11)"
    );
    unharmed();
}
