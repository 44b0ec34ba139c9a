# SPDX-License-Identifier: Apache-2.0
"""Versions of Azure's models that deployments name."""

from typing import Any

import pytest

from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.planning.capacity import Capacity
from azure_model_endpoints.planning.deployment import Surroundings
from azure_model_endpoints.planning.endpoint_ids import endpoint_ids
from azure_model_endpoints.planning.model_versions import (
    Lookup,
    ModelVersion,
    NamedVersion,
    in_doubt,
    named_versions,
    version_problems,
    version_warnings,
)
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.stack_plan import StackPlan
from tests.unit.planning.catalogs import CATALOG, REGION, TODAY

BLUE, GREEN = "endpoints.chat.deployments.blue.version", "endpoints.chat.deployments.green.version"
STRANGE = ModelVersion("azureml", "plain-model", "999")


def planned(**deployments: dict[str, Any]) -> StackPlan:
    """A stack of one endpoint."""
    traffic = {next(iter(deployments)): 100}
    chat = {"model": "plain-model", "deployments": deployments, "traffic": traffic}
    document = {"region": REGION, "public_network_access": True, "endpoints": {"chat": chat}}
    return plan_stack("dev", document, Surroundings(CATALOG, TODAY))


def named(**deployments: dict[str, Any]) -> tuple[NamedVersion, ...]:
    """The versions that a stack of one endpoint names."""
    return named_versions(planned(**deployments))


def test_known_version_is_named_unless_another_is_pinned() -> None:
    """What serves with vLLM names none."""
    found = named(blue={}, green={"version": "999"})

    known = ModelVersion("azureml", "plain-model", "7")
    assert [(BLUE, known, False), (GREEN, STRANGE, True)] == [
        (each.path, each.wanted, each.is_pinned) for each in found
    ]


def test_unknown_version_is_told_with_the_newest() -> None:
    """Once for all that name it, by the value of their numbers."""
    said = {"version": "999"}
    found = {STRANGE: Lookup(exists=False, others=("9", "8", "10", "7", "6", "beta", "5"))}

    [problem] = version_problems(named(blue=said, green=said), found)

    assert (
        f"{BLUE}, {GREEN}: given version '999', which registry azureml does not have of "
        "plain-model; allowed: 10, 9, 8, 7, 6 and older ones. Name one of them, or leave `version` "
        "out for 7, which this package knows; with a lock, run `ame plan --write` afterwards."
    ) == str(problem)


def test_known_version_that_is_gone_is_told() -> None:
    """There is nothing to leave out then."""
    found = {ModelVersion("azureml", "plain-model", "7"): Lookup(exists=False, others=("8",))}

    [problem] = version_problems(named(blue={}), found)

    assert ("8", "Name one of them; with a lock, run `ame plan --write` afterwards.") == (
        problem.allowed,
        problem.remedy,
    )


@pytest.mark.parametrize(
    "lookup",
    [
        Lookup(exists=True),
        Lookup(exists=False, others=()),
        Lookup(exists=False, others=("999", "8")),
    ],
    ids=["there", "nothing is shown", "it is listed"],
)
def test_registry_that_disproves_nothing_stops_nobody(lookup: Lookup) -> None:
    """Models may be hidden from whoever asks."""
    assert [] == version_problems(named(blue={"version": "999"}), {STRANGE: lookup})


def test_what_is_not_known_is_a_warning() -> None:
    """Once per reason."""
    versions = named(blue={"version": "998"}, green={"version": "999"})
    silent = {each.wanted: ArmError("No.") for each in versions}
    hidden = {STRANGE: Lookup(exists=False)}

    [refused] = version_warnings(versions, {}, silent)
    [unseen] = version_warnings(versions, hidden, {})

    unknown = "exists in Azure's catalogue is not known:"
    goes_on = "The run goes on without."
    assert f"whether plain-model 998, plain-model 999 {unknown} No. {goes_on}" == refused
    shown = "Registry azureml shows no version of it."
    assert f"whether plain-model 999 {unknown} {shown} {goes_on}" == unseen
    assert [] == version_warnings(versions, {STRANGE: Lookup(exists=True)}, {})


@pytest.mark.parametrize(
    ("blue", "deployed", "doubtful"),
    [({}, False, 1), ({}, True, 0), ({"version": "999"}, True, 1)],
)
def test_what_serves_the_known_version_is_not_in_doubt(
    blue: dict[str, Any], *, deployed: bool, doubtful: int
) -> None:
    """New deployments are, and what others than this package chose."""
    plan = planned(blue=blue)
    own = endpoint_ids(plan, "s")
    ids = frozenset({f"{own['chat']}/deployments/blue".lower()} if deployed else ())
    there = Capacity(deployment_ids={REGION: ids})

    assert doubtful == len(in_doubt(named_versions(plan), REGION, own, there))
