# Asked once of the interpreter that was found: what it is, and which files it needs to run.

import json
import os
import re
import site
import sys
import sysconfig

import ctypes  # noqa: F401 (the filters are installed through it, and its library is among those mapped)


def mapped_folders():
    """Folders of the shared libraries that are loaded now, the loader's among them."""
    try:
        with open("/proc/self/maps") as maps:
            return {os.path.dirname(path) for path in re.findall(r"(/\S+\.so[.\d]*)$", maps.read(), re.MULTILINE)}
    except OSError:
        return set()


packages = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
executable = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
folders = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), *mapped_folders(), *packages}
folders |= {os.path.join(sys.base_prefix, name) for name in ("lib", "lib64")}
print(
    json.dumps(
        {
            "executable": executable,
            "version": list(sys.version_info[:3]),
            "packages": packages,
            "folders": sorted(os.path.realpath(folder) for folder in folders if os.path.isdir(folder)),
        }
    )
)
