#!/usr/bin/env bash
# Runs rate.py with sentence-transformers, installed from PyPI into a virtual environment in FOLDER when it is not there.
# Torch takes about 5 GB.
#
# Usage: run.sh FOLDER MODEL
set -euo pipefail
folder=$1
model=$2
here=$(cd "$(dirname "$0")" && pwd)
if ! "$folder/bin/python" -c 'import sentence_transformers' >/dev/null 2>&1; then
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check sentence-transformers==6.2.0 torch==2.15.0 1>&2
fi
exec "$folder/bin/python" "$here/rate.py" "$model"
