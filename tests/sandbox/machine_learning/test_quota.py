# SPDX-License-Identifier: Apache-2.0
"""vCPU quota: the arithmetic, the refusal and the listings."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_sandbox.arm.errors import ArmError
from azure_sandbox.namespaces.machine_learning import quota_report, set_quota
from azure_sandbox.namespaces.machine_learning.quota import needed_vcpus
from azure_sandbox.namespaces.machine_learning.vm_sizes import (
    VmSize,
    all_families,
    family_key,
    find_vm_size,
)
from tests.sandbox.machine_learning.conftest import SUBSCRIPTION, Azure, deployment_body, messages

LOCATION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations"


def size_of(name: str) -> VmSize:
    """Return a size that exists."""
    size = find_vm_size(name)
    assert size is not None
    return size


@pytest.mark.parametrize(
    ("size", "instances", "vcpus"),
    [
        ("Standard_NC4as_T4_v3", 1, 8),
        ("Standard_NC4as_T4_v3", 5, 24),
        ("Standard_NC4as_T4_v3", 6, 32),
        ("Standard_NV36ads_A10_v5", 1, 72),
        ("Standard_DS3_v2", 10, 48),
        ("STANDARD_NC24ADS_A100_V4", 1, 24),
        ("Standard_ND40rs_v2", 2, 80),
        ("Standard_ND96isr_H100_v5", 3, 288),
    ],
)
def test_a_fifth_is_reserved_except_where_it_is_not(size: str, instances: int, vcpus: int) -> None:
    """The worked examples of the documentation, and the families that skip the reserve."""
    assert vcpus == needed_vcpus(size_of(size), instances)


@given(st.integers(min_value=1, max_value=500))
def test_the_reserve_equals_its_definition(instances: int) -> None:
    """Integer arithmetic gives ceil(1.2 n) without the rounding errors of floats."""
    expected = math.ceil(instances * 12 / 10) * 4

    assert expected == needed_vcpus(size_of("Standard_NC4as_T4_v3"), instances)


def test_the_refusal_has_azures_words(azure: Azure) -> None:
    """Want of quota is 400 BadRequest with the known text inside, and nothing is created."""
    azure.quota("standard NCASv3_T4 Family", 6)
    azure.accept(azure.put_endpoint())

    answer = azure.put_deployment("blue")

    detail = answer.body["error"]["details"][0]
    assert (400, "BadRequest") == (answer.status, answer.body["error"]["code"])
    assert detail["code"] == "InferencingClientCreateDeploymentFailed"
    problem = json.loads(
        detail["message"].removeprefix("InferencingClient HttpRequest error, error detail: ")
    )
    text = (
        f"Not enough quota available for Standard_NC4as_T4_v3 in SubscriptionId {SUBSCRIPTION}. "
        "Current usage/limit: 0/6. Additional needed: 8 Please see troubleshooting guide, "
        "available here: https://aka.ms/oe-tsg#error-outofquota"
    )
    assert problem["errors"] == {"VmSize": [text]}
    assert azure.send("GET", azure.deployment_path("blue")).status == 404


def test_blue_and_green_need_quota_together(azure: Azure) -> None:
    """What runs counts; a deleted deployment gives its vCPUs back."""
    azure.quota("standard NCASv3_T4 Family", 15)
    azure.make_endpoint("blue")

    both = azure.put_deployment("green")
    azure.done("DELETE", azure.deployment_path("blue"))
    alone = azure.put_deployment("green")

    assert "Current usage/limit: 8/15. Additional needed: 8" in messages(both)
    assert alone.status == 201


def test_instances_that_are_being_created_count(azure: Azure) -> None:
    """Two deployments cannot both take the last vCPUs because neither is ready yet."""
    azure.quota("standard NCASv3_T4 Family", 8)
    azure.accept(azure.put_endpoint())
    azure.accept(azure.put_endpoint("other"))
    azure.put_deployment("blue")

    answer = azure.send("PUT", azure.deployment_path("blue", "other"), deployment_body())

    assert "Current usage/limit: 8/8. Additional needed: 8" in messages(answer)


def test_scaling_out_needs_only_the_difference(azure: Azure) -> None:
    """From one instance (8 vCPUs) to two (12) four more are needed."""
    azure.quota("standard NCASv3_T4 Family", 11)
    azure.make_endpoint("blue")

    refused = azure.put_deployment("blue", capacity=2)
    patched = azure.send("PATCH", azure.deployment_path("blue"), {"sku": {"capacity": 2}})
    azure.quota("standard NCASv3_T4 Family", 12)
    accepted = azure.put_deployment("blue", capacity=2)

    assert "Current usage/limit: 8/11. Additional needed: 4" in messages(refused)
    assert (400, 200) == (patched.status, accepted.status)


def test_gpu_families_without_a_default_have_no_quota(azure: Azure) -> None:
    """A new subscription has T4 and A100 vCPUs, but no H100."""
    azure.accept(azure.put_endpoint())

    answer = azure.put_deployment("blue", instanceType="Standard_NC40ads_H100_v5")

    assert "Current usage/limit: 0/0. Additional needed: 40" in messages(answer)


def test_vm_sizes_are_listed_with_regional_prices(azure: Azure) -> None:
    """`vmSizes` gives shape and price; a price nobody knows is left out, never 0."""
    sizes = {
        region: {row["name"]: row for row in azure.get(f"{LOCATION}/{region}/vmSizes")["value"]}
        for region in ("eastus", "westus")
    }

    t4 = sizes["eastus"]["Standard_NC4as_T4_v3"]
    assert ("standard NCASv3_T4 Family", 4, 1, 28) == (
        t4["family"],
        t4["vCPUs"],
        t4["gpus"],
        t4["memoryGB"],
    )
    prices = [
        sizes[region]["Standard_NC4as_T4_v3"]["estimatedVMPrices"]["values"][0]["retailPrice"]
        for region in ("eastus", "westus")
    ]
    assert prices == [0.526, 0.631]
    assert "estimatedVMPrices" not in sizes["eastus"]["Standard_ND96isr_H200_v5"]


def test_vm_sizes_have_another_name_in_the_oldest_version(azure: Azure) -> None:
    """2020-08-01 lists them as `amlCompute`."""
    path = f"{LOCATION}/eastus/vmSizes"

    old = azure.send("GET", path, version="2020-08-01").body

    assert {"amlCompute": azure.get(path)["value"]} == old


def test_family_names_compare_without_case_and_spaces() -> None:
    """Azure's own spellings have stray spaces; no two families fall together."""
    keys = [family.key for family in all_families()]

    assert family_key("Standard NCASv3_T4 family") == family_key("standardNCASv3T4Family")
    assert len(keys) == len(set(keys))


def test_the_report_shows_limits_that_were_set_and_what_is_used(azure: Azure) -> None:
    """The administration sees one row for each family that is used or was set."""
    azure.make_endpoint("blue")
    azure.quota("standardNDv5H100Family", 96)

    with azure.sandbox.store.read() as tx:
        rows = quota_report(tx)["value"]

    assert rows == [
        {"location": "eastus", "family": "standard NCASv3_T4 Family", "used": 8, "limit": 64},
        {"location": "eastus", "family": "standardNDv5H100Family", "used": 0, "limit": 96},
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"location": "eastus", "family": "standardNCv9Family", "limit": 4},
        {"location": "atlantis", "family": "standardNDv5H100Family", "limit": 4},
        {"location": "eastus", "family": "standardNDv5H100Family", "limit": -1},
        {"location": "eastus", "family": "standardNDv5H100Family", "limit": "4"},
        {},
    ],
)
def test_a_senseless_limit_is_refused(azure: Azure, change: dict[str, object]) -> None:
    """Region, family and limit are checked before anything is stored."""
    with azure.sandbox.store.write() as tx, pytest.raises(ArmError) as refusal:
        set_quota(tx, change)

    assert refusal.value.status == 400
