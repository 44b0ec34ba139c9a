# SPDX-License-Identifier: Apache-2.0
"""Runs of the real engine that may be killed, each in processes of its own.

A run is forked from a process that has already loaded Pulumi and the library, which spares most of
its time; the engine's command line and its plugins are started as always. All of them die when an
injected fault kills the run.
"""

import faulthandler
import json
import multiprocessing
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azure_model_endpoints.cli.engine import find_engine
from azure_sandbox import jobs, standins
from azure_sandbox.client import AdminClient
from azure_sandbox.environment import environment
from azure_sandbox.home import Home
from azure_sandbox.serving import leased

PROJECT, STACK = "killed", "test"
PATIENCE_SECONDS = 120.0
SPEED = "6000"
"""Fast, but slow enough for a deployment to go on after the run that began it is dead."""

Arguments = Mapping[str, Any]

# The environment as it is before any fixture has changed it.
_OUTER = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("ARM_", "AZURE_", "PULUMI_", "IDENTITY_"))
}

_LOADED_BEFORE = [
    "azure.identity",
    "azure_model_endpoints.cli.interruptions",
    "azure_model_endpoints.cli.file_backend",
    "azure_model_endpoints.endpoint",
    "azure_model_endpoints.locks",
    "azure_model_endpoints.network",
    "azure_model_endpoints.stack_file",
    "azure_model_endpoints.workspace",
    "pulumi.automation",
    "pulumi_azure_native.resources",
]
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=_)[0-9a-f]{8}(?=\.|$)")
"""Also the short number in the names of a managed network's private endpoints."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is over."""

    status: int
    said: str

    @property
    def killed(self) -> bool:
        """Whether it ended by SIGKILL."""
        return self.status == -9


@dataclass(frozen=True, slots=True)
class World:
    """A sandbox with one stack in it: a resource group, a workspace and an endpoint."""

    home: Home
    admin: AdminClient
    outer: dict[str, str]
    """The environment around the sandbox."""
    environment: dict[str, str]
    """The environment of what runs in it."""
    scratch: Path
    arguments: dict[str, Any] = field(default_factory=dict)
    """What the program says of the endpoint besides, and under ``program`` which one it is."""

    def run(self, operation: str, *options: str) -> Run:
        """Run ``up``, ``destroy``, ``preview`` or ``recover``, the latter with options."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_LOADED_BEFORE)
        output = self.scratch / "output"
        output.write_text("")
        process = context.Process(
            target=_perform,
            args=(self.home, self.environment, output, (operation, *options), self.arguments),
        )
        process.start()
        process.join(PATIENCE_SECONDS)
        if process.exitcode is None:
            jobs.kill_all(self.home)
            process.kill()
            process.join()
            raise AssertionError(f"{operation} did not end:\n{output.read_text(errors='replace')}")
        return Run(process.exitcode or 0, output.read_text(errors="replace"))

    def done(self, operation: str, *options: str) -> str:
        """Run something, see it succeed, and return what it printed."""
        run = self.run(operation, *options)
        assert 0 == run.status, run.said
        return run.said

    def killed(
        self, operation: str, moment: str, write: int, path: str = "", method: str = ""
    ) -> None:
        """Run something and let it be killed at a write."""
        rule = {"kill": moment, "write": write, "path": path, "method": method}
        self.admin.send("POST", "faults", rule)
        run = self.run(operation)
        assert run.killed, run.said
        self.admin.send("DELETE", "faults")

    def declare(self, arguments: Arguments) -> None:
        """Let the program say this of the endpoint, from now on."""
        self.arguments.clear()
        self.arguments.update(arguments)

    def unlock(self) -> None:
        """Release the stack's lock and nothing else, as somebody does who knows only Pulumi."""
        for file in self.home.backend.rglob("*.attrs"):
            if not file.stat().st_size:
                file.unlink()
        self.pulumi("cancel", "--yes")

    def pulumi(self, *arguments: str) -> str:
        """Run the Pulumi CLI and return what it printed."""
        command = [str(self.home.scripts / "pulumi"), *arguments, "--stack", STACK]
        directory = _directory(self.home)
        run = subprocess.run(
            command, cwd=directory, env=self.environment, capture_output=True, text=True, check=True
        )
        return run.stdout

    def end_operations(self) -> None:
        """Let Azure come to the end of everything it works on."""
        with closing(sqlite3.connect(self.home.root / "state.sqlite3")) as database, database:
            database.execute("UPDATE operations SET due_at = 0 WHERE status = 'InProgress'")

    def azure(self, statement: str) -> None:
        """Let somebody else use a `client` of Resource Manager."""
        program = (
            "from azure_model_endpoints import credentials\n"
            "from azure_model_endpoints.subscription.arm import ArmClient\n"
            "client = ArmClient(credentials.cloud(), credentials.credential())\n"
            f"{statement}\n"
        )
        subprocess.run([sys.executable, "-c", program], env=self.environment, check=True)

    def state(self) -> dict[str, Any]:
        """Return the stack's state."""
        deployment: dict[str, Any] = json.loads(self.pulumi("stack", "export"))["deployment"]
        return deployment

    def state_files(self) -> dict[str, bytes]:
        """Return every file of the backend, also what a killed run has left unreadable."""
        files = sorted(file for file in self.home.backend.rglob("*") if file.is_file())
        return {str(file.relative_to(self.home.backend)): file.read_bytes() for file in files}

    def recorded(self) -> list[str]:
        """Return the URNs of the stack's resources, sorted."""
        return sorted(resource["urn"] for resource in self.state().get("resources") or ())

    def recorded_ids(self) -> list[str]:
        """Return the Azure ids of the stack's resources, sorted."""
        resources = self.state().get("resources") or ()
        ids = [str(resource.get("id", "")) for resource in resources]
        return sorted(one.lower() for one in ids if one.startswith("/subscriptions/"))

    def live_ids(self) -> list[str]:
        """Return the ids of everything that exists in the sandbox, whoever made it, sorted."""
        with closing(sqlite3.connect(self.home.root / "state.sqlite3")) as database:
            return sorted(key for (key,) in database.execute("SELECT key FROM resources"))

    def unsettled(self) -> list[str]:
        """Return the ids of what is not well."""
        query = "SELECT id FROM resources WHERE state NOT IN ('', 'Succeeded')"
        with closing(sqlite3.connect(self.home.root / "state.sqlite3")) as database:
            return [one for (one,) in database.execute(query)]

    def writes(self, since: int = 0) -> list[str]:
        """Return every write to Resource Manager after one."""
        entries = self.admin.get("log", {"since": str(since)})["entries"]
        changing = [entry for entry in entries if entry["method"] in {"PUT", "PATCH", "DELETE"}]
        return [f"{entry['method']} {entry['path']}" for entry in changing]

    def routing(self) -> list[dict[str, Any]]:
        """Return every change of the endpoint's traffic and instances."""
        changes: list[dict[str, Any]] = self.admin.get("routing")["changes"]
        return changes

    def forget(self) -> None:
        """Empty the subscription and forget the stack."""
        self.admin.send("POST", "reset")
        shutil.rmtree(self.home.backend)
        self.home.backend.mkdir()

    def save(self, name: str) -> None:
        """Remember the subscription and the stack under a name."""
        copy = self.scratch / name
        shutil.copytree(self.home.backend, copy / "backend")
        _copy_database(self.home.root / "state.sqlite3", copy / "state.sqlite3")

    def load(self, name: str) -> None:
        """Bring the subscription and the stack back to what they were."""
        copy = self.scratch / name
        shutil.rmtree(self.home.backend)
        shutil.copytree(copy / "backend", self.home.backend)
        _copy_database(copy / "state.sqlite3", self.home.root / "state.sqlite3")


@contextmanager
def killable_world(directory: Path) -> Iterator[World]:
    """Keep a sandbox running in which runs can be killed."""
    directory.mkdir(exist_ok=True)
    home = Home(directory / "home")
    home.create()
    standins.install(home, find_engine().path)
    for needed in (home.backend, home.pulumi):
        needed.mkdir(exist_ok=True)
    outer = {**_OUTER, "AZURE_SANDBOX_SPEED": SPEED}
    with leased(home, port=None, environment=outer) as server:
        inner = environment(outer, home=home, url=server.url)
        yield World(home, server.client(home), outer, inner, directory)


def without_guids(ids: list[str]) -> list[str]:
    """Return ids without what is new each time: numbers of Azure's, and what follows from them."""
    return sorted(_GUID.sub("…", one) for one in ids)


def _copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _directory(home: Home) -> Path:
    directory = home.root / "program"
    directory.mkdir(exist_ok=True)
    return directory


def _perform(
    home: Home,
    environment: dict[str, str],
    output: Path,
    command: tuple[str, ...],
    arguments: Arguments,
) -> None:
    """Be one run: what a process does from beginning to end."""
    os.environ.clear()
    os.environ.update(environment)
    with output.open("wb") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    # Whoever loses patience learns where each thread was.
    faulthandler.dump_traceback_later(PATIENCE_SECONDS * 0.9)
    os.chdir(_directory(home))
    with jobs.registered(home, os.getpid()):
        if command[0] == "recover":
            _recover(*command[1:])
        else:
            _operate(home, environment, command[0], arguments)


def _recover(*options: str) -> None:
    from azure_model_endpoints.cli import main

    sys.argv = ["ame", "recover", "--stack", STACK, *options]
    sys.exit(main())


def _operate(home: Home, environment: dict[str, str], operation: str, arguments: Arguments) -> None:
    from pulumi import automation

    from tests.engine.killed_programs import build

    stack = automation.create_or_select_stack(
        stack_name=STACK,
        project_name=PROJECT,
        program=lambda: build(arguments),
        opts=automation.LocalWorkspaceOptions(
            work_dir=str(_directory(home)),
            pulumi_command=automation.PulumiCommand(root=str(home.root)),
            env_vars=environment,
        ),
    )
    if operation == "preview":
        summary = stack.preview().change_summary
        sys.stdout.write(json.dumps({str(what): count for what, count in summary.items()}))
        return
    action: Any = {"up": stack.up, "destroy": stack.destroy}[operation]
    try:
        action(on_output=lambda line: sys.stdout.write(f"{line}\n"))
    except automation.CommandError:  # what it holds has been printed
        sys.exit(1)
