# SPDX-License-Identifier: Apache-2.0
"""The state of a stack, wherever it is kept, through the Pulumi CLI."""

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure_model_endpoints.errors import EngineError

__all__ = ["StackState"]


@dataclass(frozen=True, slots=True)
class StackState:
    """The state of one stack of the project that this directory is in."""

    pulumi: Path
    """The Pulumi CLI."""
    stack: str

    def export(self) -> dict[str, Any]:
        """Return the state; its secrets stay encrypted.

        Raises:
            EngineError: there is no such stack, or the backend cannot be reached.
        """
        document: dict[str, Any] = json.loads(self._run("stack", "export"))
        document["deployment"].setdefault("resources", [])
        return document

    def replace(self, state: Mapping[str, Any]) -> None:
        """Put another state in its place, and forget operations that were interrupted.

        Raises:
            EngineError: the stack is locked, or the state is inconsistent.
        """
        self._run("stack", "import", standard_input=json.dumps(state))

    def read_from_azure(self, urns: Iterable[str]) -> None:
        """Let the engine read resources into the state.

        Raises:
            EngineError: the stack is locked, or a resource cannot be read.
        """
        targets = [argument for urn in urns for argument in ("--target", urn)]
        self._run("refresh", "--yes", "--skip-preview", "--skip-pending-creates", *targets)

    def release(self) -> None:
        """Release the stack's lock, whoever holds it.

        Raises:
            EngineError: the backend cannot be reached.
        """
        self._run("cancel", "--yes")

    def backend_url(self) -> str:
        """Return where the state is kept: ``file:///…``, ``azblob://…``, ``https://…``.

        Raises:
            EngineError: nobody is logged in to any backend.
        """
        address: str = json.loads(self._pulumi("whoami", "--verbose", "--json"))["url"]
        return address

    def _run(self, *arguments: str, standard_input: str | None = None) -> str:
        return self._pulumi(
            *arguments, "--stack", self.stack, "--non-interactive", standard_input=standard_input
        )

    def _pulumi(self, *arguments: str, standard_input: str | None = None) -> str:
        run = subprocess.run(
            [str(self.pulumi), *arguments],
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            input=standard_input if standard_input is not None else "",
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            command = " ".join(arguments[:2] if arguments[0] == "stack" else arguments[:1])
            raise EngineError(f"`pulumi {command}` failed: {_reason(run.stderr or run.stdout)}")
        return run.stdout


def _reason(said: str) -> str:
    """Return the engine's own words on one line, from where it names the error."""
    plain = re.sub(r"\x1b\[[\d;]*m", "", said)
    return " ".join(plain[max(plain.find("error: "), 0) :].removeprefix("error: ").split())
