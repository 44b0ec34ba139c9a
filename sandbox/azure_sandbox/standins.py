# SPDX-License-Identifier: Apache-2.0
"""Scripts on PATH that stand in for the azure-native plugin and for helpers of the Pulumi CLI."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from azure_sandbox.errors import CommandError
from azure_sandbox.home import Home

PROVIDER = {"pulumi-resource-azure-native": "azure_sandbox.provider"}
HELPERS = {
    "pulumi-language-python": "azure_sandbox.language",
    "pulumi-analyzer-policy-python": "azure_sandbox.language.policy",
    "pulumi-resource-pulumi-python": "azure_sandbox.language.dynamic",
}
"""What lies beside the `pulumi` of the official distribution, but not beside one built with Go."""


def install(home: Home, pulumi: Path | None) -> Path | None:
    """Write the scripts and return the Pulumi CLI they are for, if there is one.

    Args:
        home: the scripts go to its ``bin``.
        pulumi: the CLI to use; by default the one used last, else the one on PATH.

    Raises:
        CommandError: the given CLI is not a program.
    """
    home.provider_scripts.mkdir(parents=True, exist_ok=True)
    for name, module in PROVIDER.items():
        _write_script(home.provider_scripts / name, module)
    engine = home.scripts / "pulumi"
    source = _source(pulumi, engine)
    complete = source is not None and _has_helpers(source, home)
    for name, module in HELPERS.items():
        if complete:
            (home.scripts / name).unlink(missing_ok=True)
        else:
            _write_script(home.scripts / name, module)
    if source is None:
        return None
    _place(source, engine, beside_helpers=not complete)
    return engine


def _source(pulumi: Path | None, used_last: Path) -> Path | None:
    if pulumi is None:
        on_path = shutil.which("pulumi")
        pulumi = used_last if used_last.exists() else Path(on_path) if on_path else None
    elif not (pulumi.is_file() and os.access(pulumi, os.X_OK)):
        raise CommandError(
            f"--pulumi {pulumi}: this is not a program. Give the path of the Pulumi command line, "
            "or leave --pulumi out to use the one on PATH."
        )
    return pulumi.resolve() if pulumi else None


def _has_helpers(source: Path, home: Home) -> bool:
    if source.parent == home.scripts:  # beside the stand-ins, which are none of its own
        return False
    return all((source.parent / name).exists() for name in HELPERS)


def _place(source: Path, engine: Path, *, beside_helpers: bool) -> None:
    """Put the CLI on the command's PATH.

    The engine looks for its helpers where its file really is, and warns of helpers found elsewhere
    on PATH; so beside stand-ins a symbolic link will not do.
    """
    if engine.exists() and engine.is_symlink() is not beside_helpers and _same(engine, source):
        return
    draft = engine.with_name(f".{engine.name}.{os.getpid()}")
    if beside_helpers:
        try:
            draft.hardlink_to(source)
        except OSError:  # another file system, or another owner
            shutil.copy2(source, draft)
    else:
        draft.symlink_to(source)
    draft.replace(engine)


def _same(engine: Path, source: Path) -> bool:
    """Return whether both are one file, or the one a copy of the other."""
    ours, theirs = engine.stat(), source.stat()
    return (ours.st_size, ours.st_mtime) == (theirs.st_size, theirs.st_mtime)


def share_plugins(home: Home, user_home: Path) -> None:
    """Let the commands use, and install, real plugins where the user's own Pulumi keeps them."""
    plugins = home.pulumi / "plugins"
    if plugins.exists():
        return
    home.pulumi.mkdir(parents=True, exist_ok=True)
    (user_home / "plugins").mkdir(parents=True, exist_ok=True)
    plugins.symlink_to(user_home / "plugins")


def _write_script(path: Path, module: str) -> None:
    # -P keeps modules of the user's project, where the engine starts its plugins, out of the way.
    # exec makes the engine the script's parent, which a plugin watches.
    script = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m {module} "$@"\n'
    if path.exists() and path.read_text() == script:
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(script)
    draft.chmod(0o755)
    draft.replace(path)
