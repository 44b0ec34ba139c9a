# SPDX-License-Identifier: Apache-2.0
"""What the stand-ins for the engine's plugins cost, beside doing without them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from azure_model_endpoints.credentials import subscription_id
from azure_model_endpoints.subscription.arm import ArmClient
from bench.measure import Comparison, Run, Series, in_turn
from bench.sandbox import PROGRAMS, Project, sandbox

GROUPS = 50
_API_VERSION = "2024-03-01"
_STAND_INS = {"azure-native": "azure_sandbox.provider", "language": "azure_sandbox.language"}


def compare(rounds: int) -> Iterator[Comparison]:
    """Start each, and create resources through the engine and without it."""
    for name, module in _STAND_INS.items():
        starts, bare = in_turn(
            rounds, partial(_started, "-m", module), partial(_started, "-c", _BARE)
        )
        yield Comparison(
            f"start of the {name} stand-in", Series(module, starts), Series("grpc alone", bare)
        )
    with sandbox() as azure:
        project = azure.project("groups", PROGRAMS / "groups")
        project.up()
        ids = _group_ids(subscription_id())
        arm = azure.arm
        through, direct = in_turn(
            max(rounds // 3, 1), lambda: _created(project), lambda: _put(arm, ids)
        )
    yield Comparison(
        "creation and deletion of a resource group",
        Series("engine and stand-in", through),
        Series("requests alone", direct),
    )


_BARE = "import grpc, signal; print(0, flush=True); signal.pause()"


def _started(*arguments: str) -> Run:
    """Measure from the start of a process until it says where it listens."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    with subprocess.Popen(
        (sys.executable, "-P", *arguments, "127.0.0.1:1"), env=environment, stdout=subprocess.PIPE
    ) as process:
        if process.stdout:
            process.stdout.readline()
        seconds = time.perf_counter() - started
        process.send_signal(signal.SIGTERM)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _created(project: Project) -> Run:
    """Measure one resource: what is left of a run with many when a run without any is taken off."""
    runs = [
        project.with_variables(BENCH_GROUPS=count).up() for count in (str(GROUPS), "0", "0", "0")
    ]
    create, delete, *idle = runs
    return Run(
        _each(lambda run: run.seconds, create, delete, idle),
        _each(lambda run: run.cpu_seconds, create, delete, idle),
        max(create.peak_mib, delete.peak_mib),
    )


def _each(figure: Callable[[Run], float], create: Run, delete: Run, idle: list[Run]) -> float:
    return (figure(create) + figure(delete) - sum(map(figure, idle))) / GROUPS


def _group_ids(subscription: str) -> list[str]:
    return [f"/subscriptions/{subscription}/resourceGroups/direct-{n}" for n in range(GROUPS)]


def _put(client: ArmClient, ids: list[str]) -> Run:
    """Send what the provider sends for a resource: is it there, write it, read it, delete it."""
    started, started_cpu = time.perf_counter(), time.process_time()
    for group in ids:
        client.get(group, _API_VERSION)
        client.put(group, _API_VERSION, {"location": "eastus"})
        client.get(group, _API_VERSION)
    for group in ids:
        client.delete(group, _API_VERSION)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - started_cpu
    return Run(seconds / len(ids), cpu_seconds / len(ids), 0)
