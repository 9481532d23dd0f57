#!/bin/sh
# Judges pairs of answers with math-verify in a virtual environment of its own, which is made on the first call.
# Usage: run.sh VENV PAIRS VERDICTS
set -eu

# Another version may judge otherwise; the classes in docs/scoring.md are this one's.
package="math-verify==0.9.0"
antlr="antlr4-python3-runtime==4.13.2"

here=$(dirname "$0")
venv=$1
if [ ! -e "$venv/installed" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$package" "$antlr"
    touch "$venv/installed"
fi
exec "$venv/bin/python" "$here/verify.py" "$2" "$3"
