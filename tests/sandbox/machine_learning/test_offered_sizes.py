# SPDX-License-Identifier: Apache-2.0
"""Regions that lack a VM size."""

from typing import Any

import pytest

from azure_sandbox.arm.errors import ArmError
from azure_sandbox.namespaces.machine_learning import set_offer
from tests.sandbox.machine_learning.conftest import SUBSCRIPTION, Azure, messages

LOCATION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations"
T4 = "Standard_NC4as_T4_v3"


def listed(azure: Azure, region: str) -> bool:
    """Whether `vmSizes` names the T4 size for a region."""
    return T4 in {row["name"] for row in azure.get(f"{LOCATION}/{region}/vmSizes")["value"]}


def offer(azure: Azure, **change: Any) -> None:
    """Change what a region has."""
    with azure.sandbox.store.write() as tx:
        set_offer(tx, {"location": "eastus", "size": T4.upper(), "offered": False, **change})


def test_size_that_a_region_lacks_is_not_listed_there(azure: Azure) -> None:
    """Elsewhere it is, and there again once it is given back."""
    offer(azure)
    offer(azure)
    gone = [listed(azure, region) for region in ("eastus", "westus")]
    offer(azure, offered=True)

    assert ([False, True], True) == (gone, listed(azure, "eastus"))


def test_size_that_a_region_lacks_is_refused_to_what_is_new(azure: Azure) -> None:
    """What runs on it already stays."""
    azure.make_endpoint("blue")
    offer(azure)

    new = azure.put_deployment("green", instanceType=T4)
    old = azure.put_deployment("blue", instanceType=T4)

    assert f"The VM size {T4} is not available in eastus." in messages(new)
    assert 200 == old.status


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"size": "Standard_Nothing"}, "UnknownSize"),
        ({"offered": "no"}, "InvalidOffer"),
        ({"location": "atlantis"}, "LocationNotAvailableForResourceType"),
    ],
)
def test_offer_that_makes_no_sense_is_refused(
    azure: Azure, change: dict[str, Any], code: str
) -> None:
    """Unknown sizes and regions, and what is neither offered nor not."""
    with pytest.raises(ArmError) as refused:
        offer(azure, **change)

    assert code == refused.value.code
