# SPDX-License-Identifier: Apache-2.0
"""Which Python a project runs with."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn


class InterpreterError(Exception):
    """The interpreter that the ``runtime`` options ask for is not there."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python and the environment its processes start with."""

    python: Path
    environment: Mapping[str, str]


def find_interpreter(options: Mapping[str, object], directory: Path) -> Interpreter:
    """Finds the Python that runs the project in ``directory``.

    Args:
        options: ``runtime.options`` of ``Pulumi.yaml``, ``PulumiPlugin.yaml`` or
            ``PulumiPolicy.yaml``. ``virtualenv`` names a virtual environment, relative to
            ``directory``. With ``toolchain: uv`` it defaults to ``.venv``. Without either,
            ``$PULUMI_PYTHON_CMD`` is used, or ``python3`` from PATH.
        directory: the root of the project, plugin or policy pack.

    Raises:
        InterpreterError: there is no such virtual environment or interpreter.
    """
    virtualenv = virtualenv_of(options, directory)
    if virtualenv is None:
        return Interpreter(_ambient_python(), dict(os.environ))
    python = virtualenv / "bin" / "python"
    if not python.is_file():
        state = "is not a virtual environment" if virtualenv.is_dir() else "does not exist"
        message = (
            f"The project in {directory} asks for the virtual environment {virtualenv}, which "
            f"{state}. Create it with `python3 -m venv {virtualenv}` and install the project's "
            f"dependencies into it, or run `pulumi install`."
        )
        raise InterpreterError(message)
    return Interpreter(python, _activated(virtualenv))


def become(interpreter: Interpreter, arguments: list[str]) -> NoReturn:
    """Replaces this process by the interpreter, so that the engine's signals reach it."""
    command = [str(interpreter.python), *arguments]
    os.execve(interpreter.python, command, dict(interpreter.environment))  # noqa: S606  # no shell


def virtualenv_of(options: Mapping[str, object], directory: Path) -> Path | None:
    """The virtual environment the options ask for, whether it exists or not."""
    default = ".venv" if options.get("toolchain") == "uv" else ""
    name = str(options.get("virtualenv") or default)
    return directory / name if name else None


def _ambient_python() -> Path:
    command = os.environ.get("PULUMI_PYTHON_CMD") or "python3"
    found = shutil.which(command)
    if found is None:
        message = (
            f"There is no `{command}` on PATH to run the program with. Install Python, or name a "
            f"virtual environment in the `virtualenv` option of the project's runtime."
        )
        raise InterpreterError(message)
    return Path(found)


def _activated(virtualenv: Path) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    environment["VIRTUAL_ENV"] = str(virtualenv)
    environment["PATH"] = os.pathsep.join((str(virtualenv / "bin"), os.environ.get("PATH", "")))
    return environment
