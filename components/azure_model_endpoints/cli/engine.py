# SPDX-License-Identifier: Apache-2.0
"""Finds the Pulumi command line, or gets it: the engine that runs every stack.

Looked for in this order: ``pulumi`` on PATH; the cache; the official installer; a build from the Go
module pinned in ``tools/pulumi``. ``python -m azure_model_endpoints.cli.engine`` prints the path.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from azure_model_endpoints.errors import EngineError

MINIMUM_VERSION = (3, 220, 0)
"""The oldest CLI whose hooks, transforms and ``pulumi.Stash`` the traffic mechanism was run on."""

PINNED_VERSION = "3.220.0"
"""The CLI to get where PATH has none; ``tools/pulumi/go.mod`` names the same."""

INSTALLER_URL = "https://get.pulumi.com/install.sh"
INSTALLER_TIMEOUT_SECONDS = 5
"""A machine without a network must not wait longer than this to learn so."""

_GO_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_GO_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Engine:
    """A Pulumi CLI that is new enough."""

    path: Path
    version: str
    source: str
    """Where it comes from: ``PATH``, ``cache``, ``installer`` or ``go``."""


def cache_directory() -> Path:
    """Where the CLI is kept: ``$AME_CACHE_DIR``, or ``azure-model-endpoints`` in the XDG cache."""
    chosen = os.environ.get("AME_CACHE_DIR")
    if chosen:
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "azure-model-endpoints"


def find_engine(say: Say | None = None) -> Engine:
    """Finds the Pulumi CLI, downloading or building it first where there is none.

    Args:
        say: is told each step that takes time, one line each; by default standard error is.

    Raises:
        EngineError: there is none, and neither the installer nor Go can supply it.
    """
    say = say or _to_stderr
    on_path = _on_path()
    if on_path is not None and _numbers(on_path.version) >= MINIMUM_VERSION:
        return on_path
    absence = _absence(on_path)
    root = cache_directory() / "pulumi" / PINNED_VERSION
    binary = root / "bin" / "pulumi"
    if not binary.is_file():
        say(f"{absence} Getting {PINNED_VERSION} into {root}.")
        with _lock(root):
            if not binary.is_file():  # another run may have put it there while this one waited
                return _get(root, absence, say)
    elif on_path is not None:
        say(f"{absence} Using {binary}.")
    return Engine(binary, PINNED_VERSION, "cache")


def _on_path() -> Engine | None:
    found = shutil.which("pulumi")
    if found is None:
        return None
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    run = subprocess.run(
        [found, "version"], env=environment, capture_output=True, text=True, check=False
    )
    version = run.stdout.strip().removeprefix("v")
    return Engine(Path(found), version or "of unknown version", "PATH")


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(part or 0) for part in match.groups()) if match else (0, 0, 0)


def _absence(on_path: Engine | None) -> str:
    if on_path is None:
        return "There is no Pulumi CLI on PATH."
    needed = ".".join(map(str, MINIMUM_VERSION))
    return (
        f"The Pulumi CLI on PATH, {on_path.path}, is {on_path.version}, older than the {needed} "
        f"that is needed."
    )


def _get(root: Path, absence: str, say: Say) -> Engine:
    for leftover in root.parent.glob("build-*"):  # of a run that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(
        prefix="build-", dir=root.parent, ignore_cleanup_errors=True
    ) as name:
        scratch = Path(name)
        try:
            source = "installer"
            fresh = _download(scratch, say)
        except EngineError as no_download:
            source = "go"
            try:
                fresh = _build(scratch, say)
            except EngineError as no_build:
                message = f"{absence} {no_download} {no_build}"
                raise EngineError(message) from None
        shutil.rmtree(root, ignore_errors=True)
        fresh.rename(root)
    return Engine(root / "bin" / "pulumi", PINNED_VERSION, source)


def _download(scratch: Path, say: Say) -> Path:
    """Runs the official installer. Returns the directory whose ``bin`` has the CLI."""
    try:
        with urllib.request.urlopen(INSTALLER_URL, timeout=INSTALLER_TIMEOUT_SECONDS):
            pass
    except OSError as error:
        reason = getattr(error, "reason", error)
        message = f"It cannot be downloaded here: {INSTALLER_URL} does not answer ({reason})."
        raise EngineError(message) from None

    say(f"Downloading Pulumi {PINNED_VERSION} with its official installer.")
    from pulumi.automation import PulumiCommand
    from semver import VersionInfo

    root = scratch / "installed"
    try:
        version = VersionInfo.parse(PINNED_VERSION)
        PulumiCommand.install(str(root), version, skip_version_check=True)
    except Exception as error:  # the installer is a shell script that can fail in any way
        message = f"Its official installer failed: {error}."
        raise EngineError(message) from error
    return root


def _build(scratch: Path, say: Say) -> Path:
    """Builds the CLI with Go. Returns the directory whose ``bin`` has it."""
    module = _module_directory()
    needed = _go_version_needed(module)
    remedy = (
        f"Install Pulumi {PINNED_VERSION} or newer (https://www.pulumi.com/docs/install/) or Go "
        f"{needed} or newer (https://go.dev/dl/), and try again."
    )
    environment = _go_environment(scratch)
    if shutil.which("go") is None:
        message = f"It cannot be built either, because there is no Go on PATH. {remedy}"
        raise EngineError(message)
    present = _go(["env", "GOVERSION"], module, environment).removeprefix("go").strip()
    if _numbers(present) < _numbers(needed):
        message = f"It cannot be built either, because Go {present} is too old for it. {remedy}"
        raise EngineError(message)

    say(f"Building Pulumi {PINNED_VERSION} with Go {present}: a few minutes, this once.")
    started = time.monotonic()
    root = scratch / "built"
    flags = f"-s -w -X {_GO_VERSION_VARIABLE}=v{PINNED_VERSION}"
    output = str(root / "bin" / "pulumi")
    _go(["build", "-trimpath", "-ldflags", flags, "-o", output, _GO_PACKAGE], module, environment)
    say(f"Built it in {time.monotonic() - started:.0f} s.")
    return root


def _module_directory() -> Path:
    """The pinned Go module: of the checkout, or the copy that an installed package brings."""
    here = Path(__file__).resolve()
    checkout = here.parents[3] / "tools" / "pulumi"
    return checkout if (checkout / "go.mod").is_file() else here.with_name("pulumi_module")


def _go_version_needed(module: Path) -> str:
    for line in (module / "go.mod").read_text(encoding="utf-8").splitlines():
        if line.startswith("go "):
            return line.removeprefix("go ")
    message = f"{module / 'go.mod'} names no Go version; restore the file."
    raise EngineError(message)


def _go_environment(scratch: Path) -> dict[str, str]:
    """An environment in which Go writes nothing outside ``scratch``, which is removed later."""
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    temporary = scratch / "tmp"
    temporary.mkdir()
    return {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOCACHE": str(scratch / "cache"),
        "GOENV": os.environ.get("GOENV") or f"{config}/go/env",  # the user's own, if there is one
        "GOFLAGS": "-mod=readonly -modcacherw -buildvcs=false",
        "GOMODCACHE": str(scratch / "modules"),
        "GOPATH": str(scratch / "gopath"),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "TMPDIR": str(temporary),
        "XDG_CONFIG_HOME": str(scratch / "config"),  # Go counts its own use there
    }


def _go(arguments: list[str], directory: Path, environment: dict[str, str]) -> str:
    run = subprocess.run(
        ["go", *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        reason = " / ".join(run.stderr.strip().splitlines()[-3:])
        message = (
            f"Building it failed: `go {arguments[0]}` said: {reason}. Make the Go module proxy "
            f"reachable (`go env GOPROXY`), or install Pulumi {PINNED_VERSION} or newer "
            f"(https://www.pulumi.com/docs/install/), and try again."
        )
        raise EngineError(message)
    return run.stdout


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    """Lets one run at a time get the CLI; the others wait and find it there."""
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        file = (root.parent / f"{root.name}.lock").open("w")
    except OSError as error:
        message = (
            f"The Pulumi CLI cannot be kept in {root.parent}: {error.strerror}. Name a writable "
            f"directory in AME_CACHE_DIR."
        )
        raise EngineError(message) from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  # the progress of a command line


def main() -> int:
    """Prints the path of the CLI; the Makefile asks this way."""
    try:
        engine = find_engine()
    except EngineError as error:
        _to_stderr(f"ame: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(engine.path)  # noqa: T201  # its answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
