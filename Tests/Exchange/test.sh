#!/bin/sh
# What nnkit exchanges with other tools, tried with those tools: test.sh NNKIT. They come from PyPI, pinned, into Tests/Exchange/.venv;
# where PyPI cannot be reached, nothing is tried, and that is said.
set -eu
nnkit=$1
cd "$(dirname "$0")"
if ! cmp -s requirements.txt .venv/installed; then
  if ! { python3 -m venv .venv && .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt; }; then
    echo "make test-exchange: skipped, since the packages of Tests/Exchange/requirements.txt cannot be installed from PyPI"
    exit 0
  fi
  cp requirements.txt .venv/installed
fi
for script in random_networks image_networks numpy_files tensorboard_files fann_files; do
  .venv/bin/python "$script.py" "$nnkit"
done
