# SPDX-License-Identifier: Apache-2.0
"""`ame sandbox quota`: what becomes of requests, which machines are lost, how rows are spelt."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

T4 = "standard NCASv3_T4 Family"


@pytest.fixture
def served(shell: Any) -> Iterator[Any]:
    """A directory whose sandbox runs."""
    process = shell.start("serve")
    assert "The sandbox runs at https://localhost:" in process.stdout.readline()
    yield shell
    process.terminate()
    process.wait()


def test_settings_are_taken_and_listed(served: Any) -> None:
    """Beside the limits, in tables of their own."""
    lost = ("quota", "capacity", "eastus", "standard_nc4as_t4_v3", "lost", "--times", "2")
    runs = [
        served.run("quota", "policy", "eastus", T4, "ticket"),
        served.run(*lost),
        served.run("quota", "spelling", "sample"),
    ]

    report = json.loads(served.run("quota", "list", "--json").stdout)
    shown = [" ".join(line.split()) for line in served.run("quota", "list").stdout.splitlines()]
    assert [0, 0, 0] == [run.returncode for run in runs]
    assert [{"location": "eastus", "family": T4, "policy": "ticket"}] == report["policies"]
    assert [{"location": "eastus", "of": "Standard_NC4as_T4_v3", "times": 2}] == (
        report["lost_capacity"]
    )
    assert {f"eastus {T4} ticket", "eastus Standard_NC4as_T4_v3 2"} <= set(shown)


def test_capacity_is_given_back(served: Any) -> None:
    """And the report is empty again."""
    for state in ("lost", "restored"):
        served.run("quota", "capacity", "eastus", T4, state)

    report = json.loads(served.run("quota", "list", "--json").stdout)

    assert [] == report["lost_capacity"]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("policy", "eastus", T4, "maybe"), 2),
        (("policy", "atlantis", T4, "ticket"), 1),
        (("capacity", "eastus", "Standard_NC9", "lost"), 1),
        (("spelling", "guessed"), 2),
    ],
)
def test_nonsense_is_told(served: Any, arguments: tuple[str, ...], status: int) -> None:
    """Without a traceback."""
    run = served.run("quota", *arguments)

    assert (status, False) == (run.returncode, "Traceback" in run.stderr)
    assert run.stderr
