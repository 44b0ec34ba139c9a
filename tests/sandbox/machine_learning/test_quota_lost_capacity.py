# SPDX-License-Identifier: Apache-2.0
"""Regions that have run out of machines, whatever the quota says."""

from typing import Any

import pytest

from azure_sandbox.arm.errors import ArmError
from azure_sandbox.namespaces.machine_learning import capacity_report, set_capacity
from tests.sandbox.machine_learning.conftest import T4, Azure

T4_FAMILY = "standard NCASv3_T4 Family"


def lose(azure: Azure, of: str = T4, *, lost: bool = True, times: int | None = None) -> None:
    """Take machines from East US, or give them back."""
    with azure.sandbox.store.write() as tx:
        set_capacity(tx, {"location": "eastus", "of": of, "lost": lost, "times": times})


@pytest.mark.parametrize("of", [T4, T4.lower(), T4_FAMILY, "standardNCASv3T4Family"])
def test_creation_is_accepted_and_fails(azure: Azure, of: str) -> None:
    """With the code of a want of quota, and a text that speaks of the region's capacity."""
    azure.make_endpoint()
    lose(azure, of)

    accepted = azure.put_deployment("blue")
    error = azure.operation_error(accepted)

    assert 201 == accepted.status
    assert "OutOfQuota" == error["code"]
    assert (
        f"The region eastus has no Azure Machine Learning capacity left for the VM size {T4}"
        in (error["message"])
    )
    assert "Failed" == azure.state(azure.deployment_path("blue"))


def test_other_sizes_and_regions_are_spared(azure: Azure) -> None:
    """What is lost is lost where it was said."""
    with azure.sandbox.store.write() as tx:
        set_capacity(tx, {"location": "westus", "of": T4, "lost": True})
    lose(azure, "Standard_NC24ads_A100_v4")
    azure.make_endpoint("blue")

    assert "Succeeded" == azure.state(azure.deployment_path("blue"))


def test_capacity_comes_back_after_some_starts(azure: Azure) -> None:
    """As many as were said to fail."""
    azure.make_endpoint()
    lose(azure, times=2)

    states = []
    for _ in range(3):
        azure.accept(azure.put_deployment("blue"))
        states.append(azure.state(azure.deployment_path("blue")))
        azure.done("DELETE", azure.deployment_path("blue"))

    assert ["Failed", "Failed", "Succeeded"] == states


def test_capacity_is_given_back(azure: Azure) -> None:
    """At once, and the report is empty again."""
    lose(azure)
    lose(azure, lost=False)

    azure.make_endpoint("blue")

    assert "Succeeded" == azure.state(azure.deployment_path("blue"))
    with azure.sandbox.store.read() as tx:
        assert [] == capacity_report(tx)


def test_what_runs_goes_on_and_only_starts_fail(azure: Azure) -> None:
    """Scaling out fails, and what ran serves; scaling in and labels need no machine."""
    azure.make_endpoint("blue", blue=100)
    lose(azure)

    scaled_out = azure.operation_error(azure.put_deployment("blue", capacity=2))
    serves = azure.score()
    azure.accept(azure.put_deployment("green", instanceType="Standard_NC24ads_A100_v4"))

    assert "OutOfQuota" == scaled_out["code"]
    assert 200 == serves.status
    assert "Succeeded" == azure.state(azure.deployment_path("green"))


@pytest.mark.parametrize(
    "change",
    [
        {"location": "eastus", "of": "Standard_NC9", "lost": True},
        {"location": "atlantis", "of": T4, "lost": True},
        {"location": "eastus", "of": T4, "lost": "yes"},
        {"location": "eastus", "of": T4, "lost": True, "times": 0},
        {},
    ],
)
def test_senseless_loss_is_refused(azure: Azure, change: dict[str, Any]) -> None:
    """Region, size and number are checked before anything is stored."""
    with azure.sandbox.store.write() as tx, pytest.raises(ArmError) as refusal:
        set_capacity(tx, change)

    assert 400 == refusal.value.status
