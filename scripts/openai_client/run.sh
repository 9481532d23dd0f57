#!/bin/sh
# Asks a server with the official openai client, in a virtual environment of its own, which is made on the first call.
# Usage: run.sh VENV BASE_URL PROMPT
set -eu

package="openai==3.57.0"

here=$(dirname "$0")
venv=$1
if [ ! -e "$venv/installed" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$package"
    touch "$venv/installed"
fi
exec "$venv/bin/python" "$here/ask.py" "$2" "$3"
