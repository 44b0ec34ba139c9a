# SPDX-License-Identifier: Apache-2.0
"""``ame doctor``: what this machine and subscription still lack, and how to get it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import typer

from azure_model_endpoints.cli import findings, options
from azure_model_endpoints.cli.engine import PINNED_VERSION, cache_directory
from azure_model_endpoints.cli.findings import Finding, Program, State
from azure_model_endpoints.cli.tables import show
from azure_model_endpoints.errors import AmeError

SUBSCRIPTION_API_VERSION = "2022-12-01"
COLOURS = {State.OK: "green", State.WARN: "yellow", State.MISSING: "red"}


def doctor(*, as_json: options.AsJson = False) -> None:
    """Show what this machine and subscription lack, and how to get it."""
    rows = [*_machine(), *_azure()]
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        _show(rows)
    if any(row.state is State.MISSING for row in rows):
        raise typer.Exit(1)


def _machine() -> Iterator[Finding]:
    present = find_spec("azure_sandbox") is not None
    yield findings.python(
        sys.version_info[:3], executable=sys.executable, isolated=sys.prefix != sys.base_prefix
    )
    cached = cache_directory() / "pulumi" / PINNED_VERSION / "bin" / "pulumi"
    yield findings.pulumi(
        _program("pulumi", "version"),
        cached if cached.is_file() else None,
        _program("go", "env", "GOVERSION"),
    )
    yield findings.plugin(_plugin(), sandbox=present)
    yield findings.sandbox(present=present)
    azure = Path(os.environ.get("AZURE_CONFIG_DIR") or Path.home() / ".azure")
    profile = azure / "azureProfile.json"
    signed_in = profile.is_file() and b'"id"' in profile.read_bytes()
    yield findings.credentials(os.environ, azure_cli=signed_in)


def _azure() -> Iterator[Finding]:
    """Ask the subscription; the questions after the first that fails are not asked."""
    from azure.core.exceptions import AzureError

    from azure_model_endpoints.credentials import subscription_id
    from azure_model_endpoints.subscription.arm import ArmClient
    from azure_model_endpoints.subscription.registrations import registration_states

    question = "subscription"
    try:
        client = ArmClient.signed_in()
        named = subscription_id()
        found = findings.subscription(
            named, client.get(f"/subscriptions/{named}", SUBSCRIPTION_API_VERSION)
        )
        yield found
        if found.state is State.OK:
            question = "providers"
            yield findings.registrations(registration_states(client, named))
    except AmeError as problem:
        yield Finding(question, State.MISSING, str(problem))
    except AzureError as problem:  # azure-identity says first what is wrong, then a page of why
        reason = str(problem).partition("\n")[0]
        yield Finding(question, State.MISSING, reason, "Sign in again, for example: az login")


def _program(name: str, *arguments: str) -> Program | None:
    path = shutil.which(name)
    if path is None:
        return None
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    run = subprocess.run(
        [path, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    return Program(Path(path), run.stdout.strip().removeprefix("v").removeprefix("go"))


def _plugin() -> Path | None:
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    installed = sorted((home / "plugins").glob("resource-azure-native-v*[0-9]"))
    on_path = shutil.which("pulumi-resource-azure-native")
    return installed[-1] if installed else Path(on_path) if on_path else None


def _show(rows: Sequence[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in range(2):
        shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for row in rows:
        text = Text(row.detail)
        if row.remedy:
            text.append(f"\n{row.remedy}", style="dim" if row.state is State.OK else "bold")
        shown.add_row(Text(row.state, style=COLOURS[row.state]), row.name, text)
    show(shown)
