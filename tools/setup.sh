#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is missing: uv, the virtual environment, the Pulumi CLI. Where nothing is, it says
# nothing. It writes to .cache, .tools and .venv, and the CLI to the cache that `ame` reads.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)

export PIP_CACHE_DIR="$root/.cache/pip" PIP_DISABLE_PIP_VERSION_CHECK=1
# System certificates, because a company's own authority is known to the system alone.
export UV_CACHE_DIR="$root/.cache/uv" UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=true

say() { printf '%s\n' "setup: $*" >&2; }
fail() {
    say "$*"
    exit 1
}

# The first Python on PATH that is new enough; $PYTHON overrides.
find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed, and ${PYTHON:-python3} is not that;" \
        "install it, or name it: make PYTHON=/path/to/python3.12 …"
}

find_uv() {
    if command -v uv; then
        return
    fi
    if [ ! -x .tools/bin/uv ]; then
        say "installing uv into .tools"
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            fail "$python has no venv module; install it (on Debian and Ubuntu: apt install python3-venv)."
        "$python" -m venv --clear .tools
        .tools/bin/python -m pip install --quiet --require-hashes --requirement requirements/uv.txt ||
            fail "uv could not be installed; make the package index reachable, or install uv by hand" \
                "(https://docs.astral.sh/uv/getting-started/installation/)."
    fi
    printf '%s\n' "$root/.tools/bin/uv"
}

# What the virtual environment was made from; the path, because editable installs name it.
wanted=$(printf '%s\n' "$root" | cat - requirements/dev.txt pyproject.toml sandbox/pyproject.toml | cksum)
if [ "$(cat .venv/installed-from 2>/dev/null)" != "$wanted" ] || ! .venv/bin/python -c '' 2>/dev/null; then
    python=$(find_python)
    uv=$(find_uv)
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        say "making .venv with $("$python" --version)"
        "$uv" venv --quiet --clear --python "$python" .venv
    fi
    say "installing the pinned requirements into .venv"
    "$uv" pip sync --quiet --require-hashes --python .venv/bin/python requirements/dev.txt ||
        fail "the requirements could not be installed; the reason is above."
    "$uv" pip install --quiet --no-deps --no-build-isolation --python .venv/bin/python \
        --editable . --editable sandbox
    # Where Python may not write bytecode, it would compile the same modules at every start, which
    # takes longer than anything else a command does. Of azure-native, only what is used.
    say "compiling what the commands import"
    used='authorization|applicationinsights|containerregistry|keyvault|machinelearningservices'
    used="$used|managedidentity|operationalinsights|resources|storage"
    .venv/bin/python -m compileall -q -j 0 \
        -x "pulumi_azure_native/(?!($used)/)[^/]*/|/(mypy|mypyc|hypothesis|debugpy|azure/ai)/" \
        .venv/lib/python*/site-packages || true
    printf '%s\n' "$wanted" >.venv/installed-from
fi

.venv/bin/python -c "import sys; from azure_model_endpoints.cli import engine; sys.exit(engine.main())" >/dev/null
