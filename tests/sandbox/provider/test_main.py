# SPDX-License-Identifier: Apache-2.0
"""The plugin as a process."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from azure_sandbox.provider.values import to_struct
from tests.sandbox.provider.conftest import SUBSCRIPTION, Answer, FakeArm, Plugin, urn_of

COMMAND = [sys.executable, "-m", "azure_sandbox.provider"]
LAUNCHER = """
import subprocess, sys
subprocess.Popen(sys.argv[1:])
sys.stdin.read()
"""


@pytest.fixture
def process() -> Iterator[Any]:
    """A running plugin."""
    with subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        yield running
        running.kill()


def test_the_plugin_prints_its_port_and_serves(process: Any) -> None:
    """The first line of its output is where the engine finds it."""
    port = int(process.stdout.readline())

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        info = stub.GetPluginInfo(Empty(), timeout=20)

    assert info.version == "3.29.0"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_plugin_quietly(process: Any, number: signal.Signals) -> None:
    """Ctrl-C shows no traceback and is no failure."""
    process.stdout.readline()

    process.send_signal(number)

    assert process.wait(timeout=20) == 0
    assert process.stderr.read() == ""


def test_a_signal_ends_a_plugin_that_waits_for_arm(arm: FakeArm, process: Any) -> None:
    """An operation that never ends does not keep the process."""
    port = int(process.stdout.readline())
    operation = "/subscriptions/s/operations/1"
    arm.prepare(
        f"PUT /subscriptions/{SUBSCRIPTION}/resourcegroups/rg",
        Answer(202, {}, {"Azure-AsyncOperation": f"{arm.url}{operation}"}),
    )
    arm.prepare(f"GET {operation}", Answer(200, {"status": "InProgress"}))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        plugin = Plugin(provider_pb2_grpc.ResourceProviderStub(channel))
        plugin.configure()
        inputs = to_struct({"resourceGroupName": "rg", "location": "l"})
        creation = plugin.stub.Create.future(
            provider_pb2.CreateRequest(urn=urn_of("resources:ResourceGroup"), properties=inputs)
        )
        while f"GET {operation}" not in arm.lines() and not creation.done():
            time.sleep(0.01)

        process.terminate()

        assert process.wait(timeout=20) == 0


def test_the_plugin_does_not_outlive_a_killed_engine() -> None:
    """A process whose engine was killed ends by itself: nobody holds its output any more."""
    with subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, *COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as engine:
        assert engine.stdout is not None
        engine.stdout.readline()

        engine.kill()
        rest = engine.stdout.read()

    assert rest == b""
