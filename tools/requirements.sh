#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Pins the dependencies with their hashes, for every platform and Python from 3.11 on.
set -eu
cd "$(dirname "$0")/.."
export PATH="$(pwd)/.tools/bin:$PATH" UV_CACHE_DIR="$(pwd)/.cache/uv" UV_SYSTEM_CERTS=true

pin() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --custom-compile-command "make requirements" "$@"
}

pin --output-file requirements/uv.txt requirements/uv.in
pin --output-file requirements/dev.txt pyproject.toml sandbox/pyproject.toml requirements/dev.in
