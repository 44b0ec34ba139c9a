# SPDX-License-Identifier: Apache-2.0
"""``ame sandbox``: hands over to the sandbox's own command line."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Annotated

import typer

from azure_model_endpoints.cli.engine import find_engine
from azure_model_endpoints.errors import AmeError


def sandbox(
    arguments: Annotated[list[str] | None, typer.Argument(metavar="COMMAND [ARGUMENTS]...")] = None,
) -> None:
    """Run commands in a local Azure, without a subscription."""
    if find_spec("azure_sandbox") is None:
        raise AmeError(
            "The local sandbox is not installed with this Python. Install it with "
            "`pip install 'azure-model-endpoints[sandbox]'`."
        )
    os.environ["AZURE_SANDBOX_PROGRAM"] = "ame sandbox"
    if which("ame") is None:  # called by its path: a command in the sandbox may want to call it too
        scripts = str(Path(sys.executable).parent)
        os.environ["PATH"] = os.pathsep.join(filter(None, [os.environ.get("PATH"), scripts]))
    command = [sys.executable, "-P", "-m", "azure_sandbox", *with_engine(arguments or ["--help"])]
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606  (the sandbox takes this process's place)


def with_engine(arguments: list[str]) -> list[str]:
    """Tell `exec` which Pulumi CLI to use, unless the user has, or only asks for help."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    told = any(argument.partition("=")[0] in {"--pulumi", "--help", "-h"} for argument in own)
    if own[:1] != ["exec"] or told:
        return arguments
    return ["exec", "--pulumi", str(find_engine().path), *arguments[1:]]
