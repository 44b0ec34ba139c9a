# SPDX-License-Identifier: Apache-2.0
"""The network of a private workspace: ranges, subnet, zones."""

from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.networks import (
    RESERVED_ADDRESSES,
    NetworkNames,
    NetworkPlan,
    plan_network,
)
from azure_model_endpoints.planning.private_links import (
    private_link_problem,
    private_links,
    registry_tier,
    zone_names,
)
from azure_model_endpoints.vocabulary import IsolationMode
from azure_model_endpoints.workspace_settings import NetworkSettings

SUBNET = (
    "/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network"
    "/virtualNetworks/spoke/subnets/endpoints"
)
ZONES = "/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/privateDnsZones"
NEEDED = sum(link.addresses for link in private_links("eastus")) + RESERVED_ADDRESSES


def planned(**settings: Any) -> tuple[NetworkPlan | None, list[Problem]]:
    """The plan of a network in the public cloud."""
    return plan_network("network", NetworkSettings(**settings), "eastus")


def paths(**settings: Any) -> list[str]:
    """Where the problems of a network are."""
    return [problem.path for problem in planned(**settings)[1]]


@st.composite
def ranges(draw: st.DrawFn, shortest: int = 8, longest: int = 28) -> IPv4Network:
    """Ranges inside 10.0.0.0/8, where Azure keeps nothing."""
    length = draw(st.integers(shortest, longest))
    index = draw(st.integers(0, 2 ** (length - 8) - 1))
    return IPv4Network((int(IPv4Network("10.0.0.0/8")[0]) + index * 2 ** (32 - length), length))


def share_an_address(one: IPv4Network, other: IPv4Network) -> bool:
    """Whether two ranges overlap, told by their first and last addresses alone."""
    return int(one[0]) <= int(other[-1]) and int(other[0]) <= int(one[-1])


def test_nothing_needs_to_be_said() -> None:
    """The defaults are a network with room for more subnets."""
    assert (NetworkPlan(("10.60.0.0/22",), "10.60.0.0/27"), []) == planned()


@given(ranges(), ranges())
def test_overlap_with_a_peer_is_found_and_nothing_else(
    one: IPv4Network, other: IPv4Network
) -> None:
    """Overlapping networks cannot be peered, and Azure says it after everything was created."""
    problems = paths(address_space=[str(one)], peers=[str(other)])

    expected = ["network.address_space[0]"] if share_an_address(one, other) else []
    assert expected == problems


@given(st.lists(ranges(), min_size=2, max_size=4))
def test_no_two_ranges_of_a_network_share_an_address(space: list[IPv4Network]) -> None:
    """Each pair that does is one problem, told at the later one."""
    problems = paths(address_space=[str(one) for one in space])

    expected = [
        f"network.address_space[{index}]"
        for index, one in enumerate(space)
        for earlier in space[:index]
        if share_an_address(one, earlier)
    ]
    assert expected == problems


@given(ranges())
def test_derived_subnet_holds_every_private_endpoint(space: IPv4Network) -> None:
    """It lies in the network, begins where it begins, and leaves the rest to others."""
    plan, problems = planned(address_space=[str(space)])

    assert [] == problems
    assert plan
    subnet = IPv4Network(plan.private_endpoints_subnet)
    assert subnet.subnet_of(space)
    assert NEEDED <= subnet.num_addresses <= 32
    assert space[0] == subnet[0]


@given(ranges(longest=32), ranges(longest=32))
def test_given_subnet_is_taken_only_where_it_fits(space: IPv4Network, subnet: IPv4Network) -> None:
    """Inside the network, and large enough; then it is taken as it is."""
    plan, problems = planned(address_space=[str(space)], private_endpoints_subnet=str(subnet))

    fits = subnet.subnet_of(space) and subnet.num_addresses >= NEEDED
    assert fits == (not problems)
    assert fits == (plan is not None)
    if plan:
        assert str(subnet) == plan.private_endpoints_subnet


def test_first_range_with_room_gets_the_subnet() -> None:
    """A network may begin with ranges that are too small."""
    plan, problems = planned(address_space=["10.0.0.0/29", "10.1.0.0/28"])

    assert [] == problems
    assert plan
    assert "10.1.0.0/28" == plan.private_endpoints_subnet


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0",
        "10.0.0.0/33",
        "10.0.0/16",
        "ten",
        "",
        "10.0.0.1/16",
        "fd00::/48",
        "127.0.0.0/16",
        "169.254.1.0/24",
        "224.0.0.0/8",
        "0.0.0.0/0",
    ],
)
def test_range_that_azure_refuses(text: str) -> None:
    """Malformed ones, ones with bits below their length, IPv6, and those Azure keeps."""
    assert ["network.address_space[0]"] == paths(address_space=[text])
    assert ["network.peers[0]"] == paths(peers=[text])
    assert ["network.private_endpoints_subnet"] == paths(private_endpoints_subnet=text)


def test_range_with_host_bits_is_corrected_in_the_remedy() -> None:
    """What the user meant is nearly always known."""
    _, [problem] = planned(address_space=["10.0.0.1/16"])

    assert "'10.0.0.0/16'" in problem.remedy


def test_all_problems_are_told_at_once() -> None:
    """One run shows everything that is wrong."""
    assert [
        "network.private_dns_zone_ids.nonsense",
        "network.address_space[1]",
        "network.peers[0]",
        "network.address_space[0]",
        "network.private_endpoints_subnet",
    ] == paths(
        address_space=["10.0.0.0/24", "10.0.0.0/40"],
        peers=["10.0.1.0", "10.0.0.128/25"],
        private_endpoints_subnet="10.0.0.0/29",
        private_dns_zone_ids={"nonsense": f"{ZONES}/nonsense"},
    )


def test_network_without_ranges_is_none() -> None:
    """Nor is the subnet missing besides."""
    assert ["network.address_space"] == paths(address_space=[])


def test_space_without_room_for_the_endpoints() -> None:
    """Azure would create the network and the subnet, and fail at the third endpoint."""
    assert ["network.private_endpoints_subnet"] == paths(address_space=["10.0.0.0/29"])


def test_existing_subnet_is_taken_as_it_is() -> None:
    """Then no network is created, so there is none to plan."""
    assert (None, []) == planned(existing_subnet_id=SUBNET)


def test_existing_subnet_leaves_nothing_else_to_say() -> None:
    """Ranges beside it would be ignored silently."""
    assert ["network.address_space", "network.peers"] == paths(
        existing_subnet_id=SUBNET, address_space=["10.0.0.0/24"], peers=["10.1.0.0/24"]
    )


@pytest.mark.parametrize("given_id", ["endpoints", SUBNET.rpartition("/subnets")[0], f"{SUBNET}/x"])
def test_subnet_id_of_another_shape(given_id: str) -> None:
    """The id of its network is taken most often by mistake."""
    assert ["network.existing_subnet_id"] == paths(existing_subnet_id=given_id)


def test_zones_of_a_hub_are_named_by_what_they_are() -> None:
    """A zone under another's name would resolve nothing."""
    blob, vault = "privatelink.blob.core.windows.net", "privatelink.vaultcore.azure.net"

    assert [] == paths(private_dns_zone_ids={blob: f"{ZONES}/{blob}"})
    assert [f"network.private_dns_zone_ids.{blob}"] == paths(
        private_dns_zone_ids={blob: f"{ZONES}/{vault}"}
    )


def test_common_wrong_zone_is_put_right() -> None:
    """`notebooks.azureml.ms` is copied from page to page."""
    wrong = "privatelink.notebooks.azureml.ms"

    _, [problem] = planned(private_dns_zone_ids={wrong: f"{ZONES}/{wrong}"})

    assert "privatelink." in problem.allowed
    assert "privatelink.notebooks.azure.net" in problem.allowed


@pytest.mark.parametrize(
    ("region", "workspace", "registry"),
    [
        ("eastus", "privatelink.api.azureml.ms", "privatelink.azurecr.io"),
        ("chinanorth3", "privatelink.api.ml.azure.cn", "privatelink.azurecr.cn"),
        ("usgovvirginia", "privatelink.api.ml.azure.us", "privatelink.azurecr.us"),
        ("usdodeast", "privatelink.api.ml.azure.us", "privatelink.azurecr.us"),
    ],
)
def test_zones_are_those_of_the_cloud(region: str, workspace: str, registry: str) -> None:
    """Each cloud has domains of its own."""
    names = zone_names(region)

    assert workspace == names[0]
    assert registry == names[-1]
    assert len(set(names)) == len(names) == 6


def test_every_target_has_its_group() -> None:
    """Azure docs, "Private endpoint overview"."""
    assert [
        ("workspace", "amlworkspace"),
        ("storage_account", "blob"),
        ("storage_account", "file"),
        ("key_vault", "vault"),
        ("container_registry", "registry"),
    ] == [(link.target, link.group_id) for link in private_links("eastus")]


@pytest.mark.parametrize(
    ("provider", "is_fine"),
    [
        ({"resourceTypes": [{"resourceType": "privateEndpoints", "locations": ["East US"]}]}, True),
        (
            {"resourceTypes": [{"resourceType": "privateEndpoints", "locations": ["UK West"]}]},
            False,
        ),
        ({"resourceTypes": [{"resourceType": "virtualNetworks", "locations": ["UK West"]}]}, True),
        ({}, True),
    ],
)
def test_region_without_private_link(provider: dict[str, Any], *, is_fine: bool) -> None:
    """Azure says where it is offered; what it does not say is not held against anybody."""
    problem = private_link_problem("network.region", "eastus", provider)

    assert is_fine is (problem is None)


@pytest.mark.parametrize(
    ("is_public", "mode", "has_private_endpoints", "tier"),
    [
        (True, "disabled", False, "Basic"),
        (True, "allow_internet_outbound", False, "Basic"),
        (True, "allow_only_approved_outbound", False, "Premium"),
        (True, "disabled", True, "Premium"),
        (False, "disabled", False, "Premium"),
    ],
)
def test_registry_is_as_dear_as_its_neighbours_make_it(
    mode: str, tier: str, *, is_public: bool, has_private_endpoints: bool
) -> None:
    """Azure refuses a private endpoint to a cheaper one when everything else is there."""
    assert tier == registry_tier(
        IsolationMode(mode), is_public=is_public, has_private_endpoints=has_private_endpoints
    )


def test_names_follow_from_the_workload() -> None:
    """With the prefixes of the Cloud Adoption Framework."""
    names = NetworkNames.of("models")

    assert ("vnet-models", "nsg-models-private-endpoints", "pep-models-blob") == (
        names.virtual_network,
        names.security_group,
        names.endpoint("blob"),
    )
