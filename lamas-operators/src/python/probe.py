# Asked once of the interpreter that was found: what it is, and which files it needs to run. Started with `-S`, and with
# nothing imported that takes long, since the first program waits for it.

import os
import site
import sys

import _ctypes  # noqa: F401 (the filters are installed through it, and its library is among those mapped)

# Installed packages without their `.pth` files, which may run anything.
site.addpackage = lambda *arguments: None
site.main()


def is_shared_library(path):
    name, library, version = os.path.basename(path).partition(".so")
    return bool(library) and not version.strip(".0123456789")


def named_folders():
    """Folders that a starting script has the loader search or preload from: a server's does not, so they are no part of
    the interpreter."""
    preloaded = os.environ.get("LD_PRELOAD", "").replace(" ", ":").split(":")
    return {*os.environ.get("LD_LIBRARY_PATH", "").split(":"), *map(os.path.dirname, preloaded)}


def mapped_folders():
    """Folders of the shared libraries that are loaded now, the loader's among them."""
    try:
        with open("/proc/self/maps") as maps:
            paths = {line[line.index("/") :].rstrip("\n") for line in maps if "/" in line}
    except OSError:
        return set()
    named = {os.path.realpath(folder) for folder in named_folders() if folder}
    return {os.path.dirname(path) for path in paths if is_shared_library(path)} - named


packages = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
executable = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
folders = {os.path.dirname(os.__file__), *mapped_folders(), *packages}
folders |= {os.path.join(p, n) for p in (sys.base_prefix, sys.base_exec_prefix) for n in ("lib", "lib64", sys.platlibdir)}
folders = sorted({os.path.realpath(folder) for folder in folders if os.path.isdir(folder)})
answer = [executable, *map(str, sys.version_info[:3]), str(len(packages)), *packages, *folders]
sys.stdout.buffer.write(os.fsencode("\0".join(answer)))
