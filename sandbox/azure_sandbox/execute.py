# SPDX-License-Identifier: Apache-2.0
"""One command in the sandbox, from an empty directory to an exit status."""

import os
from collections.abc import Sequence
from pathlib import Path

from azure_sandbox import foreground, standins
from azure_sandbox.environment import environment
from azure_sandbox.errors import CommandError
from azure_sandbox.home import Home, find_home
from azure_sandbox.locks import Lock
from azure_sandbox.places import INTERNET, Place
from azure_sandbox.project import choose_stack
from azure_sandbox.serving import Server, leased

STAND_IN = "stand-in"
PLUGIN = "plugin"
PROVIDERS = (STAND_IN, PLUGIN)


def execute(  # noqa: PLR0913  (a run has this many sides)
    command: Sequence[str],
    *,
    stack: str | None = None,
    port: int | None = None,
    provider: str = STAND_IN,
    pulumi: Path | None = None,
    place: Place = INTERNET,
) -> int:
    """Run a command with a sandbox for its lifetime, and return its exit status.

    Args:
        command: the program and its arguments.
        stack: the stack it works on, where the command itself does not say; made if missing.
        port: the server's port; by default the one it had last, or any that is free.
        provider: whether azure-native is the stand-in or the real plugin.
        pulumi: the Pulumi CLI to put on PATH; by default the one that is there.
        place: where the command's requests come from.

    Raises:
        CommandError: the sandbox, the stack or the Pulumi CLI cannot be had; nothing was run.
    """
    outer, directory = dict(os.environ), Path.cwd()
    home = find_home(outer, directory)
    # Before anything is written: a mistake in the stack file leaves nothing behind.
    choice = choose_stack(command, stack, outer, directory, home)
    home.create()
    engine = standins.install(home, pulumi)
    if provider == PLUGIN:
        standins.share_plugins(home, Path(outer.get("PULUMI_HOME") or Path.home() / ".pulumi"))
    for needed in (home.backend, home.pulumi):
        needed.mkdir(exist_ok=True)
    with leased(home, port=port, environment=outer) as server:
        inner = environment(
            outer,
            home=home,
            url=_url(server, home, place),
            stand_in_provider=provider == STAND_IN,
            stack=choice.write_copy(home) if choice else None,
        )
        if choice and not choice.created_by_command:
            if engine is None:
                raise CommandError(
                    "There is no Pulumi command line on PATH. Run this as `ame sandbox exec`, "
                    "which finds or installs one, or give the path of one with --pulumi."
                )
            with Lock(home.lock("stacks")).held():
                if choice.missing(home):
                    choice.create(engine, inner)
        return foreground.run(command, inner, home)


def _url(server: Server, home: Home, place: Place) -> str:
    """Return the address of the server for callers at a place."""
    if place == INTERNET:
        return server.url
    opened = server.client(home).send("POST", "places", {"from": str(place)})
    return str(opened["url"])
