# SPDX-License-Identifier: Apache-2.0
"""What preflight adds to a preview of the dev stack, with Azure as far away as it usually is."""

from collections.abc import Iterator

import yaml

from bench.measure import Comparison, Series, in_turn
from bench.sandbox import ROOT, STACK, Project, Sandbox, sandbox

ROUND_TRIP_MS = 200
FAMILIES = ("standard NCASv3_T4 Family", "standardNCADSA100v4Family")
"""What the dev stack runs on. With quota for both stacks nothing has to be read a second time."""


def compare(rounds: int) -> Iterator[Comparison]:
    """Preview with preflight and without, before anything exists and once everything does."""
    settings = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{STACK}.yaml").read_text())["config"]
    with sandbox() as azure:
        checked, unchecked = (
            azure.project(
                name,
                ROOT / "infra",
                {
                    **settings,
                    "azure-model-endpoints:name": name,
                    "azure-model-endpoints:preflight": preflight,
                },
            )
            for name, preflight in (("checked", "enforce"), ("unchecked", "off"))
        )
        for family in FAMILIES:
            ample = {"location": "eastus", "family": family, "limit": 1000}
            azure.admin.send("PUT", "quota", ample)
        _move_away(azure)
        yield _compared("a new stack", rounds, checked, unchecked)
        azure.admin.send("DELETE", "faults")
        checked.up()
        unchecked.up()
        _move_away(azure)
        yield _compared("a stack that exists", rounds, checked, unchecked)


def _move_away(azure: Sandbox) -> None:
    """Let Resource Manager be far away, and the registries, which are asked beside it."""
    for path in ("/subscriptions/", "/registrymanagement/"):
        azure.admin.send("POST", "faults", {"latency_ms": ROUND_TRIP_MS, "path": path})


def _compared(what: str, rounds: int, checked: Project, unchecked: Project) -> Comparison:
    subject, reference = in_turn(rounds, checked.preview, unchecked.preview)
    return Comparison(
        f"preview of {what}, {ROUND_TRIP_MS} ms from Azure",
        Series("preflight: enforce", subject),
        Series("preflight: off", reference),
    )
