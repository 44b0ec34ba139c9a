# SPDX-License-Identifier: Apache-2.0
"""`ame recover`: what it refuses, what it says, and what it leaves alone."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from azure_sandbox.home import HOME_VARIABLE
from azure_sandbox.identity import SUBSCRIPTION_ID
from tests.engine.killed_programs import GROUP
from tests.engine.killing import PROJECT, STACK, World, killable_world

REPOSITORY = Path(__file__).parents[2]
SMALL_STACK = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:endpoints:
    phi-2:
      model: phi-2
"""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A sandbox for runs that are killed."""
    with killable_world(tmp_path_factory.mktemp("recover")) as world:
        yield world


@pytest.fixture
def world(sandbox: World) -> World:
    """An empty subscription with a stack that has been previewed once."""
    sandbox.forget()
    sandbox.declare({"model": "phi-2"})
    return sandbox


def test_sound_stack_is_left_as_it_is(world: World) -> None:
    """Recovering once too often does nothing."""
    world.killed("up", "before", write=1)
    world.done("recover")

    assert "The stack test is sound; there was nothing to do." in world.done("recover")


def test_json_says_the_same(world: World) -> None:
    """For pipelines."""
    world.killed("up", "after", write=1)

    report = json.loads(world.done("recover", "--json"))

    assert ("test", True) == (report["stack"], report["sound"])
    assert [socket.gethostname()] == [holder["host"] for holder in report["released"]]
    assert [("group", "creating", "adopted")] == [
        (one["name"], one["operation"], one["outcome"])
        for one in report["interrupted"]
        if one["name"] != "default"  # the engine's own provider may be on its way at that moment
    ]


def test_another_run_that_is_alive_is_not_disturbed(world: World, tmp_path: Path) -> None:
    """Its lock and the stack's state stay as they are, with or without --force."""
    world.killed("up", "after", write=1)
    engine = tmp_path / "pulumi"
    engine.symlink_to("/bin/sleep")
    with subprocess.Popen([engine, "600"]) as alive:
        lock = locked_by(world, alive.pid, socket.gethostname())
        before = world.state_files()

        refused, forced = world.run("recover"), world.run("recover", "--force")

        alive.kill()
    assert [1, 1] == [refused.status, forced.status]
    assert f"(process {alive.pid}, since " in refused.said
    assert "which is still running. Wait for it to end" in refused.said
    assert 1 == len(refused.said.splitlines())
    assert lock.exists()
    assert before == world.state_files()


def test_lock_of_another_machine_needs_force(world: World) -> None:
    """Whether a process lives can only be seen on its own machine."""
    world.killed("up", "after", write=1)
    lock = locked_by(world, 1, "elsewhere")

    refused = world.run("recover")

    assert 1 == refused.status
    assert "Whether that still runs can only be seen on that machine." in refused.said
    assert lock.exists()
    assert "Released the lock of ada@elsewhere (process 1" in world.done("recover", "--force")
    assert not lock.exists()


def test_what_is_not_ours_is_named_and_left_alone(world: World) -> None:
    """Somebody else has created a resource of the same name before the killed run came to it."""
    world.killed("up", "before", write=1)
    group = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{GROUP}"
    world.azure(f"client.put({group!r}, '2024-03-01', {{'location': 'eastus'}})")

    run = world.run("recover")

    assert 1 == run.status
    assert "Left group alone: " in run.said
    assert "its tag ame-owner does not say 'killed/test'" in run.said
    assert 1 == len(world.live_ids())
    assert [] == world.recorded_ids()


def test_creation_that_failed_meanwhile_is_repaired(world: World) -> None:
    """A deployment whose creation fails after the kill is adopted as failed, and made anew."""
    rule = {"path": "/deployments/", "fail_operation": True, "times": 1}
    world.admin.send("POST", "faults", rule)
    world.killed("up", "after", write=1, path="/deployments/")

    said = world.done("recover")
    unwell = world.unsettled()
    world.done("up")

    assert "Adopted chat-blue: " in said
    assert 1 == len(unwell)
    assert [] == world.unsettled()
    assert {"blue": 100} == world.routing()[-1]["traffic"]


def test_unknown_stack_is_one_paragraph(world: World) -> None:
    """The engine says what is wrong."""
    run = world.run("recover", "--stack", "nowhere")

    assert 1 == run.status
    assert "no stack named 'nowhere' found" in run.said
    assert "Traceback" not in run.said


def test_repositorys_own_program(tmp_path: Path) -> None:
    """With the language host and the program in processes of their own, as users have it."""
    project = tmp_path / "project"
    for name in ("infra", "stacks"):
        shutil.copytree(REPOSITORY / name, project / name, ignore=shutil.ignore_patterns("__*__"))
    shutil.copy(REPOSITORY / "Pulumi.yaml", project)
    (project / ".venv").symlink_to(sys.prefix)
    (project / "stacks" / "Pulumi.dev.yaml").write_text(SMALL_STACK)
    with killable_world(tmp_path / "world") as world:
        environment = world.outer | {HOME_VARIABLE: str(world.home.root)}

        def ame(*arguments: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-m", "azure_model_endpoints.cli", *arguments]
            return subprocess.run(
                command, cwd=project, env=environment, capture_output=True, text=True, check=False
            )

        rule = {"kill": "after", "path": "/onlineEndpoints/"}
        world.admin.send("POST", "faults", rule)
        inside = ("sandbox", "exec", "--stack", "dev", "--")

        killed = ame(*inside, "pulumi", "up", "--yes", "--skip-preview")
        left = survivors_after_a_while(world.home.root)
        recovered = ame(*inside, "ame", "recover", "--stack", "dev")
        again = ame(*inside, "pulumi", "up", "--yes", "--skip-preview")
        preview = ame(*inside, "pulumi", "preview", "--expect-no-changes")

    assert 128 + 9 == killed.returncode
    assert [] == left
    assert "Adopted phi-2-endpoint: " in recovered.stdout
    assert [0, 0, 0] == [run.returncode for run in (recovered, again, preview)], again.stdout


def locked_by(world: World, process: int, host: str) -> Path:
    """Let somebody hold the stack's lock."""
    directory = world.home.backend / ".pulumi" / "locks" / "organization" / PROJECT / STACK
    for stale in directory.glob("*"):
        stale.unlink()
    said = {"pid": process, "username": "ada", "hostname": host}
    file = directory / "1.json"
    file.write_text(json.dumps(said | {"timestamp": "2026-01-01T00:00:00Z"}))
    return file


def survivors_after_a_while(home: Path, seconds: float = 30) -> list[str]:
    """Return what still runs in a sandbox once everything has had the time to end."""
    deadline = time.monotonic() + seconds
    while (left := survivors(home)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def survivors(home: Path) -> list[str]:
    """Return the command lines of the processes that run in a sandbox, but for its server."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            environment = (directory / "environ").read_bytes()
            command = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        ours = f"{HOME_VARIABLE}={home}\0".encode() in environment
        if ours and command and int(directory.name) != os.getpid():
            found.append(command)
    return found
