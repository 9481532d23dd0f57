//! Programs that want out. Each is contained, and the next run is unharmed.

use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;
use std::process::{Child, Command};

use tempfile::TempDir;

use super::*;

/// Runs a program and then an honest one, which must find an empty folder and its own result.
fn attack(source: &str) -> String {
    attack_on(&POOL, source)
}

fn attack_on(pool: &PythonPool, source: &str) -> String {
    let outcome = said_by(pool, &call(source));
    unharmed();
    outcome
}

fn unharmed() {
    let honest = call("import os\ndef solve():\n    return os.listdir('.')");
    for pool in [&POOL, &HASTY, &ROOTED] {
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
fn attempts(pool: &PythonPool, prelude: &str, lines: &[&str]) -> Vec<String> {
    let list = lines.iter().map(|line| format!("    {line:?},\n")).collect::<String>();
    let source = format!(
        "{prelude}\nLINES = [\n{list}]\n\
         def attempt(line):\n    try:\n        exec(line, globals())\n    except BaseException as e:\n        \
         return type(e).__name__\n    return 'None'\n\
         def solve():\n    return ' '.join(attempt(line) for line in LINES)\n"
    );
    let outcome = attack_on(pool, &source);
    let text = outcome.strip_prefix("returned ").unwrap_or_else(|| panic!("{outcome}"));
    text.split(' ').map(String::from).collect()
}

/// Every line must be refused by the system.
fn all_refused(prelude: &str, lines: &[&str]) {
    let refused = ["PermissionError", "OSError", "BlockingIOError", "FileNotFoundError", "URLError"];
    for pool in pools() {
        for (line, raised) in lines.iter().zip(attempts(pool, prelude, lines)) {
            assert!(refused.contains(&&*raised), "`{line}` raised {raised} under {:?}", pool.confinement());
        }
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
    if !is_confined("files_outside_cannot_be_read") {
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
    if !is_confined("nothing_outside_can_be_written") {
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
            "open(os.path.join('..', os.path.basename(HERE) + '-new'), 'w')",
            "os.mkdir('/new')",
            "os.rename('.', '../elsewhere')",
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
        open('file', 'w').write('x' * 1000)\n    \
        return os.listdir('.').sort() or open('file').read().count('x')\n";
    assert_eq!(attack(source), "returned 1000");
}

#[test]
fn there_is_no_network() {
    if !is_confined("there_is_no_network") {
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
    if !is_confined("no_process_can_be_started") {
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
    if !is_confined("a_fork_bomb_does_not_go_off") {
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
    if !is_confined("threads_are_refused_or_counted") {
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
    if !is_confined("no_other_process_can_be_touched") {
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
    if !is_confined("the_kernels_riskier_parts_are_out_of_reach") {
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
            // Landlock: a rule set, entering one; capset; prctl: dumpable, a filter of its own; personality, prctl(PR_SET_PTRACER),
            // and a call of the x32 interface.
            "raw(444, 0, 0, 1)",
            "raw(446, 3, 0)",
            "raw(126 if X86 else 91, bytes(8), bytes(24))",
            "raw(157 if X86 else 167, 4, 1, 0, 0, 0)",
            "raw(157 if X86 else 167, 22, 2, bytes(16), 0, 0)",
            // shmget, msgget, semget, mq_open, open_by_handle_at, name_to_handle_at, kcmp, quotactl, reboot, swapon.
            "raw(29 if X86 else 194, 0, 4096, 0o1600)",
            "raw(68 if X86 else 186, 1, 0o1600)",
            "raw(64 if X86 else 190, 1, 1, 0o1600)",
            "raw(240 if X86 else 180, b'queue', 0o102, 0o600, 0)",
            "raw(304 if X86 else 265, 0, bytes(64), 0)",
            "raw(303 if X86 else 264, -100, b'.', bytes(64), bytes(8), 0)",
            "raw(312 if X86 else 272, 1, 1, 0, 0, 0)",
            "raw(179 if X86 else 60, 0, 0, 0, 0)",
            "raw(169 if X86 else 142, 0, 0, 0, 0)",
            "raw(167 if X86 else 224, b'x', 0)",
            // inotify_init1, fanotify_init, signalfd4, timerfd_create, splice, vmsplice, process_madvise, pidfd_getfd.
            "raw(294 if X86 else 26, 0)",
            "raw(300 if X86 else 262, 0, 0)",
            "raw(289 if X86 else 74, -1, bytes(8), 8, 0)",
            "raw(283 if X86 else 85, 0, 0)",
            "raw(275 if X86 else 76, 1, 0, 1, 0, 1, 0)",
            "raw(278 if X86 else 75, 1, 0, 0, 0)",
            "raw(440, 0, 0, 0, 0, 0)",
            "raw(438, 1, 1, 0)",
            "raw(135 if X86 else 92, 0x0040000)",
            "raw(157 if X86 else 167, 0x59616d61, -1, 0, 0, 0)",
            "raw(0x40000000 + 41, 2, 1, 0) if X86 else raw(425, 1, 0)",
        ],
    );
}

/// A lock on a library would hold up whoever installs another version of it, and be seen by every program at work beside it.
#[test]
fn files_of_the_host_cannot_be_locked() {
    if !is_confined("files_of_the_host_cannot_be_locked") {
        return;
    }
    all_refused(
        "import ctypes, fcntl, os, struct\nFD = os.open(os.__file__, os.O_RDONLY)\nOWN = os.open('own', os.O_RDWR | os.O_CREAT)\n\
         READ, WRITE = [struct.pack('hhqqi', kind, 0, 0, 0, 0) for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK)]\n\
         libc = ctypes.CDLL(None, use_errno=True)\n\
         def raw(*numbers):\n    if libc.syscall(*numbers) < 0:\n        raise OSError(ctypes.get_errno(), 'refused')\n",
        &[
            "fcntl.lockf(FD, fcntl.LOCK_SH)",
            "fcntl.lockf(FD, fcntl.LOCK_SH | fcntl.LOCK_NB)",
            "fcntl.lockf(OWN, fcntl.LOCK_EX)",
            "fcntl.flock(FD, fcntl.LOCK_SH)",
            "fcntl.flock(FD, fcntl.LOCK_EX | fcntl.LOCK_NB)",
            "fcntl.fcntl(FD, fcntl.F_SETLKW, READ)",
            // Whether somebody else has one.
            "fcntl.fcntl(FD, fcntl.F_GETLK, WRITE)",
            // Those of an open file, leases, news of a folder.
            "fcntl.fcntl(FD, 37, READ)",
            "fcntl.fcntl(FD, 36, WRITE)",
            "fcntl.fcntl(FD, 1024, fcntl.F_RDLCK)",
            "fcntl.fcntl(os.open(os.path.dirname(os.__file__), os.O_RDONLY), 1026, 1)",
        ],
    );
}

/// Calls that are seldom named, and those that newer kernels have.
#[cfg(target_arch = "x86_64")]
#[test]
fn the_kernels_other_calls_are_out_of_reach() {
    if !is_confined("the_kernels_other_calls_are_out_of_reach") {
        return;
    }
    let prelude = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nFD = os.open('own', os.O_RDWR | os.O_CREAT)\n\
        R, W = os.pipe()\nHERE = ctypes.create_string_buffer(1 << 16)\n\
        def raw(*numbers):\n    if libc.syscall(*numbers) < 0:\n        raise OSError(ctypes.get_errno(), 'refused')\n";
    let calls = [
        // openat2, open_tree, move_mount, fsopen, fspick, mount_setattr, statmount, listmount.
        "437, -100, b'.', bytes(24), 24",
        "428, -100, b'.', 1",
        "429, FD, b'', FD, b'', 4",
        "430, b'tmpfs', 0",
        "433, -100, b'/', 0",
        "442, -100, b'/', 0, bytes(32), 32",
        "457, bytes(24), HERE, 1 << 16, 0",
        "458, bytes(24), HERE, 64, 0",
        // memfd_secret, process_mrelease, process_madvise, futex_waitv, cachestat, lsm_set_self_attr, mseal, epoll_pwait2.
        "447, 0",
        "448, FD, 0",
        "440, FD, bytes(16), 1, 4, 0",
        "449, bytes(24), 1, 0, 0, 1",
        "451, FD, bytes(16), HERE, 0",
        "460, 100, bytes(32), 32, 0",
        "462, HERE, 4096, 0",
        "441, -1, HERE, 1, 0, 0, 8",
        // seccomp with a listener, modify_ldt, iopl, ioperm, kexec_load, init_module, finit_module, delete_module.
        "317, 1, 8, bytes(16)",
        "154, 1, bytes(16), 16",
        "172, 3",
        "173, 0, 1, 1",
        "246, 0, 0, 0, 0",
        "175, HERE, 64, b''",
        "313, FD, b'', 0",
        "176, b'x', 0",
        // syslog, acct, clock_settime, settimeofday, adjtimex, sethostname, vhangup, sysfs.
        "103, 3, HERE, 1 << 16",
        "163, b'own'",
        "227, 0, bytes(16)",
        "164, bytes(16), 0",
        "159, HERE",
        "170, b'x', 1",
        "153",
        "139, 3",
        // What is in the page cache and where memory lies: mincore, mlockall, remap_file_pages, move_pages, mbind, get_mempolicy.
        "27, ctypes.addressof(HERE) & ~4095, 4096, HERE",
        "151, 1",
        "216, ctypes.addressof(HERE) & ~4095, 4096, 0, 1, 0",
        "279, 0, 1, HERE, 0, HERE, 0",
        "237, ctypes.addressof(HERE) & ~4095, 4096, 2, bytes(8), 64, 0",
        "239, HERE, 0, 0, 0, 0",
        // Timers that signal others, copies within the kernel, room for files: timer_create, timerfd, sendfile, copy_file_range, tee,
        // splice, fallocate, sync.
        "222, 0, bytes(64), HERE",
        "283, 1, 0",
        "40, FD, FD, 0, 10",
        "326, FD, 0, FD, 0, 10, 0",
        "276, R, W, 10, 0",
        "285, FD, 0, 0, 1 << 20",
        "162",
        "306, FD",
        // Limits, scheduling, priorities of input and output: setrlimit, sched_setattr, sched_setparam, ioprio_set.
        "160, 0, bytes(16)",
        "314, 0, bytes(56), 0",
        "142, 0, bytes(4)",
        "251, 1, 0, 0",
    ];
    let lines: Vec<String> = calls.iter().map(|call| format!("raw({call})")).collect();
    all_refused(prelude, &lines.iter().map(String::as_str).collect::<Vec<_>>());
}

#[cfg(target_arch = "x86_64")]
#[test]
fn the_32_bit_door_is_shut() {
    if !is_confined("the_32_bit_door_is_shut") {
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
    if !is_confined("proc_is_closed") {
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
            "open('/proc/thread-self/maps').read()",
            "open('/proc/self/task/1/mem', 'rb')",
            "os.listdir('/proc/1/fd')",
            "os.listdir(f'/proc/{os.getppid() or 1}/fd')",
            "os.stat('/proc/1/fd/0')",
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

#[test]
fn links_of_the_host_are_not_told() {
    if !is_confined("links_of_the_host_are_not_told") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("hidden-target")).unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(folder.path().join("hidden-target"), &link).unwrap();
    let prelude = format!(
        "import os, pathlib, ctypes\nLINK = {:?}\nlibc = ctypes.CDLL(None, use_errno=True)\n\
         def told(text):\n    if 'hidden-target' not in os.fsdecode(text):\n        raise OSError('not told')\n",
        link.to_str().unwrap()
    );
    all_refused(
        &prelude,
        &[
            "told(os.readlink(LINK))",
            "told(os.path.realpath(LINK))",
            "told(str(pathlib.Path(LINK).resolve()))",
            "os.chdir(LINK); told(os.getcwd())",
            "os.fchdir(os.open(LINK, os.O_PATH)); told(os.getcwd())",
            "told(os.readlink('', dir_fd=os.open(LINK, os.O_PATH | os.O_NOFOLLOW)))",
            "told(os.readlink(f'/proc/self/fd/{os.open(LINK, os.O_PATH)}'))",
            "told(os.readlink('link', dir_fd=os.open(os.path.dirname(LINK), os.O_PATH)))",
            "b = ctypes.create_string_buffer(999); libc.readlink(LINK.encode(), b, 999); told(b.value)",
            "b = ctypes.create_string_buffer(999); libc.realpath(LINK.encode(), b); told(b.value)",
            "told(os.readlink('/proc/self/exe') + os.readlink('/proc/self/cwd'))",
            "os.chdir('/proc/self/cwd/..'); told(os.listdir('.')[0])",
        ],
    );
}

#[test]
fn the_host_is_not_there_at_all() {
    if !POOL.confinement().namespaces {
        lamas_testing::skip("namespaces", "the_host_is_not_there_at_all", "this system has none for us");
        return;
    }
    let (_folder, path) = outside();
    let source = format!(
        "import os\ndef solve():\n    there = [{path:?}, '/proc', '/etc/passwd', '/home', '/root/.ssh', '/tmp', '/var', '/sys', \
         '/dev/shm', '/run']\n    return [p for p in there if os.path.lexists(p)], os.getcwd()\n"
    );
    assert_eq!(attack(&source), "returned ([], '/scratch')");
}

#[test]
fn folders_are_always_their_owners() {
    if !is_confined("folders_are_always_their_owners") {
        return;
    }
    all_refused(
        "import os",
        &[
            "os.mkdir('locked', 0)",
            "os.mkdir('half', 0o300)",
            "os.umask(0o777)",
            "os.open('.', os.O_TMPFILE | os.O_RDWR)",
        ],
    );
    // However deep, and without any namespace that would vanish as a whole.
    let deep = "import os\ndef solve():\n    at = os.open('.', os.O_RDONLY)\n    for n in range(3000):\n        \
                os.mkdir('d' * 200, dir_fd=at)\n        below = os.open('d' * 200, os.O_RDONLY, dir_fd=at)\n        \
                os.close(at)\n        at = below\n    return n\n";
    for pool in pools() {
        assert_eq!(attack_on(pool, deep), "returned 2999");
    }
}

/// A copy of a library that the interpreter uses, beside a secret, in a folder that only the loader is told of.
#[cfg(target_os = "linux")]
#[test]
fn folders_named_to_the_loader_are_not_readable() {
    if !is_confined("folders_named_to_the_loader_are_not_readable") {
        return;
    }
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let library = maps.lines().filter_map(|line| line.split_whitespace().nth(5)).find(|path| path.contains("/libc.so"));
    let library = library.expect("this program uses a shared C library");
    let (folder, secret) = outside();
    let copy = folder.path().join("libc.so.6");
    fs::copy(library, &copy).unwrap();
    let shim = folder.path().join("python3");
    let real = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap().stdout;
    let real = String::from_utf8(real).unwrap();
    let variables = [("LD_LIBRARY_PATH", folder.path()), ("LD_PRELOAD", copy.as_path())];
    for (variable, value) in variables {
        // Set for this program, and set by a script that starts the interpreter.
        let script = format!("#!/bin/sh\nexport {variable}={}\nexec {} \"$@\"\n", value.display(), real.trim());
        fs::write(&shim, script).unwrap();
        fs::set_permissions(&shim, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        for (variable, value, python) in [(variable, value, ""), ("NOTHING", value, shim.to_str().unwrap())] {
            let output = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "attacks::reads_a_secret", "--ignored", "--nocapture"])
                .env(variable, value)
                .env("LAMAS_TEST_SECRET", &secret)
                .env("LAMAS_TEST_PYTHON", python)
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(told.contains("1 passed"), "{variable}: {told}{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
#[ignore = "run by `folders_named_to_the_loader_are_not_readable`, which sets its variables"]
fn reads_a_secret() {
    let secret = std::env::var("LAMAS_TEST_SECRET").unwrap();
    let python = std::env::var_os("LAMAS_TEST_PYTHON").filter(|path| !path.is_empty()).map(Into::into);
    for namespaces in [POOL.confinement().namespaces, false] {
        let confinement = Confinement { namespaces, ..POOL.confinement() };
        let pool = PythonPool::confined(SandboxSettings { python: python.clone(), ..patient() }, confinement).unwrap();
        let source = format!("def solve():\n    return open({secret:?}).read()\n");
        let said = said_by(&pool, &call(&source));
        assert!(said.starts_with("raised PermissionError") || said.starts_with("raised FileNotFoundError"), "{said}");
    }
}
