# SPDX-License-Identifier: Apache-2.0
"""How the time and the memory of a preview grow with the number of endpoints."""

from collections.abc import Iterator
from itertools import pairwise

from bench.measure import Comparison, Run, Series
from bench.sandbox import PROGRAMS, Project, Sandbox, sandbox

SIZES = (20, 100, 500)
LIMITS = {500: 5.5}
REGIONS = (
    "eastus",
    "eastus2",
    "westus",
    "westus2",
    "westus3",
    "centralus",
    "southcentralus",
    "northeurope",
    "westeurope",
    "uksouth",
)
"""More than one, since Azure allows a hundred endpoints in each."""
_FAMILY = "Standard NCASv3_T4 Family"
_ENOUGH_VCPUS = 100_000


def compare(rounds: int) -> Iterator[Comparison]:
    """Preview stacks of each size before anything exists, and again once everything does."""
    rounds = max(rounds // 5, 1)
    with sandbox() as azure:
        _prepare(azure)
        projects = {
            size: azure.project(f"endpoints-{size}", PROGRAMS / "endpoints").with_variables(
                BENCH_ENDPOINTS=str(size), BENCH_REGIONS=",".join(REGIONS)
            )
            for size in SIZES
        }
        yield from _compared("new", rounds, projects)
        for project in projects.values():
            project.with_variables(PULUMI_EXPERIMENTAL="true", PULUMI_SKIP_CHECKPOINTS="true").up()
        yield from _compared("existing", rounds, projects)


def _prepare(azure: Sandbox) -> None:
    """Put a workspace into each region, and quota for the endpoints."""
    workspaces = azure.project("workspaces", PROGRAMS / "workspaces")
    workspaces.with_variables(BENCH_REGIONS=",".join(REGIONS)).up()
    for region in REGIONS:
        quota = {"location": region, "family": _FAMILY, "limit": _ENOUGH_VCPUS}
        azure.admin.send("PUT", "quota", quota)


def _compared(state: str, rounds: int, projects: dict[int, Project]) -> Iterator[Comparison]:
    runs: dict[int, list[Run]] = {size: [] for size in projects}
    for _ in range(rounds):
        for size, project in projects.items():
            runs[size].append(project.preview())
    series = {size: Series(f"{size} endpoints", tuple(runs[size])) for size in projects}
    for smaller, larger in pairwise(SIZES):
        title = f"preview of {larger} {state} endpoints"
        yield Comparison(title, series[larger], series[smaller], LIMITS.get(larger))
