# SPDX-License-Identifier: Apache-2.0
"""The managed network: which rules it has, what contradicts it, what a change of it costs."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.planning.isolation import (
    ENDPOINT_NETWORK,
    MANAGED,
    IsolationPlan,
    azure_mode,
    made_before_isolation,
    mode_of,
)
from azure_model_endpoints.planning.outbound_rules import derived_rule, reaches, user_rule
from azure_model_endpoints.planning.serving import Serving
from azure_model_endpoints.vocabulary import IsolationMode
from tests.unit.planning.isolations import APPROVED, BLOB, CURATED, META, WEIGHTS, planned, vllm

DISABLED = IsolationMode.DISABLED
INTERNET = IsolationMode.ALLOW_INTERNET_OUTBOUND
TORCH = {"type": "fqdn", "destination": "pytorch.org"}
TAG = {"type": "service_tag", "service_tag": "DataFactory"}


def paths(mode: IsolationMode, rules: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Where the problems of a user's rules are."""
    return [problem.path for problem in planned(mode, rules=rules)[1]]


def test_each_host_is_one_rule_that_says_who_needs_it() -> None:
    """Two deployments of the same kind need the same rules."""
    plan, _ = planned(APPROVED, CURATED, CURATED)

    assert 7 == len(plan.rules) == len({rule.name for rule in plan.rules})
    assert {("endpoints.e0 for its model", "endpoints.e1 for its model")} == {
        rule.needed_by for rule in plan.rules
    }


def test_rules_of_the_user_take_the_place_of_derived_ones() -> None:
    """Azure refuses two rules for one destination; a wildcard covers what is below it."""
    rules = {
        "mine": {"type": "fqdn", "destination": "anaconda.com"},
        "all": {"type": "fqdn", "destination": "*.anaconda.com"},
        "ame-pytorch-org": {"type": "fqdn", "destination": "acme.com"},
    }

    plan, problems = planned(APPROVED, CURATED, rules=rules)

    assert [] == problems
    destinations = [rule.body["destination"] for rule in plan.rules]
    assert len(destinations) == len(set(destinations)) == 8
    assert 8 == len({rule.name for rule in plan.rules})


@given(st.from_regex(r"\A(\*\.)?[a-z]{1,8}(\.[a-z]{1,8}){1,3}\Z"))
def test_derived_rules_have_names_that_azure_takes(host: str) -> None:
    """And they reach the host they are for."""
    rule = derived_rule(host, taken=(), needed_by=())

    assert [] == paths(APPROVED, {rule.name: rule.arguments})
    assert reaches(rule, host)


@pytest.mark.parametrize(
    ("allowed", "host", "expected"),
    [
        ("*.hf.co", "cdn.hf.co", True),
        ("*.hf.co", "us.cdn.hf.co", True),
        ("*.hf.co", "*.xethub.hf.co", True),
        ("*.hf.co", "hf.co", False),
        ("*.hf.co", "evilhf.co", False),
        ("hf.co", "cdn.hf.co", False),
        ("HF.co", "hf.co", True),
    ],
)
def test_what_a_rule_reaches(allowed: str, host: str, *, expected: bool) -> None:
    """A wildcard means what is below, not the domain itself."""
    assert expected is reaches(user_rule("r", {"type": "fqdn", "destination": allowed}), host)


def test_outbound_to_the_internet_needs_no_rules() -> None:
    """It reaches everything; only private endpoints add to it."""
    plan, problems = planned(INTERNET, CURATED, rules={"data": BLOB})

    assert [] == problems
    assert ["data"] == [rule.name for rule in plan.rules]
    assert not plan.has_firewall


@pytest.mark.parametrize("rule", [TORCH, TAG])
def test_rules_for_public_places_contradict_outbound_to_the_internet(rule: dict[str, str]) -> None:
    """Azure refuses them: they would narrow nothing."""
    assert ["isolation.outbound_rules.r"] == paths(INTERNET, {"r": rule})


@pytest.mark.parametrize("rule", [TORCH, TAG, BLOB])
def test_rules_without_a_managed_network(rule: dict[str, str]) -> None:
    """There is nothing they could be in."""
    assert ["isolation.outbound_rules.r"] == paths(DISABLED, {"r": rule})


@pytest.mark.parametrize("rule", [TORCH, TAG, BLOB, {**TAG, "port_ranges": "80, 8080-8089"}])
def test_every_rule_is_taken_with_approved_outbound(rule: dict[str, str]) -> None:
    """The user's own are kept as they are."""
    plan, problems = planned(APPROVED, rules={"r": rule})

    assert [] == problems
    assert rule.items() <= plan.rules[0].arguments.items()


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({**TORCH, "destination": "https://pytorch.org"}, "r.destination"),
        ({**TORCH, "destination": "pytorch.org/get"}, "r.destination"),
        ({**TORCH, "destination": "pytorch.org:443"}, "r.destination"),
        ({**TORCH, "destination": "pytorch"}, "r.destination"),
        ({**TORCH, "destination": "data.*.org"}, "r.destination"),
        ({**TORCH, "destination": "data.blob.core.windows.net"}, "r.destination"),
        ({**TORCH, "destination": "*.dfs.core.windows.net"}, "r.destination"),
        ({**TAG, "service_tag": "Data Factory"}, "r.service_tag"),
        ({**TAG, "protocol": "tcp"}, "r.protocol"),
        ({**TAG, "port_ranges": "443;80"}, "r.port_ranges"),
        ({**TAG, "port_ranges": "90-80"}, "r.port_ranges"),
        ({**TAG, "port_ranges": "70000"}, "r.port_ranges"),
        ({**BLOB, "service_resource_id": "data"}, "r.service_resource_id"),
        ({**BLOB, "subresource_target": "a blob"}, "r.subresource_target"),
    ],
)
def test_malformed_rule(rule: dict[str, str], path: str) -> None:
    """Told where it is written."""
    assert [f"isolation.outbound_rules.{path}"] == paths(APPROVED, {"r": rule})


@pytest.mark.parametrize("name", ["__SYS_mine", "a rule", "", "-r"])
def test_malformed_name(name: str) -> None:
    """Some names are Azure's own."""
    assert [f"isolation.outbound_rules.{name}"] == paths(APPROVED, {name: TORCH})


def test_two_rules_for_one_destination() -> None:
    """Azure refuses the second."""
    rules = {"one": TORCH, "two": {**TORCH, "destination": "PyTorch.org"}}

    assert ["isolation.outbound_rules.two"] == paths(APPROVED, rules)


@pytest.mark.parametrize("serving", [CURATED, vllm("{registry}/vllm:v1"), vllm("a/b:1", WEIGHTS)])
def test_private_workspace_without_a_managed_network_strands_models(serving: Serving) -> None:
    """Instances that may not use the internet reach the workspace's own resources alone."""
    _, [problem] = planned(DISABLED, serving)

    assert "isolation.mode" == problem.path
    assert "endpoints.e0" in problem.given


def test_private_workspace_without_a_managed_network_serves_its_own() -> None:
    """Azure's older way of isolating each deployment is enough for that."""
    assert [] == planned(DISABLED, vllm("{registry}/vllm:v1", WEIGHTS))[1]


def test_public_workspace_needs_no_managed_network() -> None:
    """Its instances use the internet."""
    assert (IsolationPlan(DISABLED), []) == planned(DISABLED, CURATED, is_private=False)


def test_what_cannot_be_taken_back_is_said() -> None:
    """And what is billed, where it is."""
    assert () == planned(DISABLED, META)[0].notices
    assert 1 == len(planned(APPROVED, META)[0].notices)
    firewall = planned(APPROVED, CURATED)[0].notices[1]
    assert "Azure Firewall" in firewall
    assert "7 host names" in firewall


@pytest.mark.parametrize("mode", IsolationMode)
def test_modes_in_azures_words(mode: IsolationMode) -> None:
    """What is written can be read again."""
    assert mode is mode_of({"managedNetwork": {"isolationMode": azure_mode(mode)}})


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ({}, DISABLED),
        ({"managedNetwork": None}, DISABLED),
        ({"managedNetwork": {}}, DISABLED),
        ({"managedNetwork": {"isolationMode": "AllowNothing"}}, APPROVED),
    ],
)
def test_mode_of_a_live_workspace(live: dict[str, Any], expected: IsolationMode) -> None:
    """A mode of tomorrow is taken for the strictest, which is never left unasked."""
    assert expected is mode_of(live)


@pytest.mark.parametrize(
    ("declared", "live", "expected"),
    [
        ({}, {}, False),
        ({"tags": {ENDPOINT_NETWORK: MANAGED}}, {"tags": {"team": "a"}}, True),
        ({"tags": {ENDPOINT_NETWORK: MANAGED}}, {"tags": None}, True),
        ({"tags": {ENDPOINT_NETWORK: MANAGED}}, {"tags": {ENDPOINT_NETWORK: MANAGED}}, False),
        ({"tags": {}}, {"tags": {ENDPOINT_NETWORK: MANAGED}}, False),
    ],
)
def test_endpoint_that_is_older_than_its_network(
    declared: dict[str, Any], live: dict[str, Any], *, expected: bool
) -> None:
    """Its tag tells in what network it was made."""
    assert expected is made_before_isolation(declared, live)


def test_plan_as_arguments() -> None:
    """What the stack planned is what the workspace is told."""
    plan, _ = planned(APPROVED, rules={"tag": TAG, "data": BLOB})

    assert {
        "isolation_mode": APPROVED,
        "outbound_rules": {
            "tag": {**TAG, "protocol": "TCP", "port_ranges": "443"},
            "data": BLOB,
        },
    } == plan.arguments
    assert {"isolation_mode": DISABLED} == IsolationPlan(DISABLED).arguments
