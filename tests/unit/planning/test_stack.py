# SPDX-License-Identifier: Apache-2.0
"""From a stack's document to its plan, or to everything that is wrong with it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.errors import PlanError, ProblemsError, SettingsError
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.settings import Settings
from tests.unit.planning.catalogs import AROUND


def document(**said: Any) -> dict[str, Any]:
    """The least a public stack has to say, and more."""
    return {"region": "eastus", "public_network_access": True, "endpoints": {}, **said}


def planned(**said: Any) -> StackPlan:
    """The plan of a stack called dev."""
    return plan_stack("dev", document(**said), AROUND)


def refused(error: type[ProblemsError], **said: Any) -> list[str]:
    """What is said of a stack that is refused."""
    with pytest.raises(error) as refusal:
        planned(**said)
    return [str(problem) for problem in refusal.value.problems]


def test_everything_is_named_after_workload_and_stack() -> None:
    """Two environments of a workload live side by side."""
    assert "rg-models-dev" == planned().resource_group_name
    assert "rg-chat-dev" == planned(name="chat").resource_group_name


def test_no_endpoints_are_a_plan() -> None:
    """When they were said to be none."""
    assert () == planned().endpoints


def test_endpoints_are_planned_in_their_order() -> None:
    """Each under its key."""
    plan = planned(endpoints={"code": {"model": "plain-model"}, "chat": {"model": "plain-model"}})

    assert ["code", "chat"] == [endpoint.key for endpoint in plan.endpoints]


def test_component_is_given_what_was_said() -> None:
    """And nothing that was not: its own defaults hold. Tags are the stack's and its own.

    Only about quota nobody is asked again: the stack has done so for all its endpoints.
    """
    plan = planned(
        tags={"env": "dev", "team": "a"},
        endpoints={
            "chat": {"model": "plain-model", "tags": {"team": "b"}, "traffic": {"blue": 100}}
        },
    )

    arguments = plan.endpoint_arguments("chat")

    assert {
        "model": "plain-model",
        "traffic": {"blue": 100},
        "preflight": "off",
        "region": "eastus",
        "public_network_access": True,
        "tags": {"env": "dev", "team": "b"},
    } == arguments


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (
            {"name": "My Models"},
            (
                "name: given 'My Models'; allowed: 2 to 12 lower-case letters, digits and single "
                "dashes, beginning with a letter and not ending with a dash. Choose another "
                "workload name."
            ),
        ),
        (
            {"tags": {"ame-x": ""}},
            (
                "tags: given a tag named 'ame-x'; allowed: names without < > % & \\ ? / or commas "
                "that do not begin with 'ame-'. Rename the tag."
            ),
        ),
        (
            {"endpoints": {"c": {"model": "plain-model"}}},
            (
                "endpoints.c: given 'c'; allowed: 3 to 32 letters, digits and single dashes, "
                "beginning with a letter and not ending with a dash. Choose another endpoint name."
            ),
        ),
        (
            {"network": {"address_space": ["10.0.0.0/33"]}},
            (
                "network.address_space[0]: given '10.0.0.0/33'; allowed: an IPv4 range in CIDR "
                "notation, such as 10.60.0.0/22. Correct it."
            ),
        ),
        (
            {"isolation": {"outbound_rules": {"a": {"type": "fqdn", "destination": "a.b"}}}},
            (
                "isolation.outbound_rules.a: given an outbound rule in a workspace without a "
                "managed network; allowed: outbound rules in allow_internet_outbound or "
                "allow_only_approved_outbound. Remove the rule, or choose another isolation.mode."
            ),
        ),
        (
            {
                "endpoints": {
                    "chat": {"model": "plain-model", "endpoint_name": "Shared"},
                    "code": {"model": "plain-model", "endpoint_name": "shared"},
                }
            },
            (
                "endpoints.code: given 'shared', the name of endpoints.chat too; allowed: a name "
                "of its own. Rename one of them."
            ),
        ),
        (
            {"endpoints": {"Chat": {"model": "plain-model"}, "chat": {"model": "plain-model"}}},
            (
                "endpoints.chat: given 'chat', the name of endpoints.Chat too; allowed: a name of "
                "its own. Rename one of them."
            ),
        ),
    ],
)
def test_what_azure_would_refuse_is_told(said: dict[str, Any], problem: str) -> None:
    """At preview, before anything is created."""
    assert [problem] == refused(PlanError, **said)


@pytest.mark.parametrize("network", [{}, {"address_space": ["10.63.0.0/22"]}])
def test_workspace_is_told_of_its_private_endpoints(network: dict[str, Any]) -> None:
    """Whoever says `network` gets them, also where the workspace answers the internet."""
    assert planned(network=network).workspace_arguments()["private_endpoints"] is True
    assert "private_endpoints" not in planned().workspace_arguments()


def test_given_name_may_be_the_key_of_another_endpoint() -> None:
    """The other one's name has a suffix."""
    plan = planned(
        endpoints={
            "chat": {"model": "plain-model"},
            "code": {"model": "plain-model", "endpoint_name": "chat"},
        }
    )

    assert 2 == len(plan.endpoints)


def test_malformed_and_refused_are_told_together() -> None:
    """All problems in one run, whichever kind they are."""
    problems = refused(
        SettingsError,
        regoin="eastus",
        name="X",
        endpoints={
            "chat": {"model": "phi", "deployments": {"blue": {"instances": -1}}},
            "code": {"model": 5, "deployments": {"blue": {"sku": "T4"}}},
        },
    )

    assert [
        "endpoints.chat.deployments.blue.instances",
        "endpoints.chat.model",
        "endpoints.code.model",
        "name",
        "regoin",
    ] == sorted(problem.partition(":")[0] for problem in problems)


def test_malformed_value_is_not_also_missing() -> None:
    """It was left out to find what else is wrong; that is no fault of the user's."""
    endpoints = {"chat": {"model": "plain-model"}}

    assert [
        "public_network_access: given 'yes'; allowed: true or false. Write it without quotes."
    ] == refused(SettingsError, public_network_access="yes", endpoints=endpoints)


@pytest.mark.parametrize(
    "token", [{"hugging_face_token": "hf_s3cret"}, {"hugging_face_token": None}]
)
def test_gated_model_is_served_with_a_token(token: dict[str, Any]) -> None:
    """The stack's own, or that of the run."""
    vllm = {"image": "vllm:1"}
    endpoints = {"chat": {"model": "gated-model", "deployments": {"blue": {"vllm": vllm}}}}

    if token["hugging_face_token"]:
        assert planned(endpoints=endpoints, **token).endpoints[0].needs_token
    else:
        [problem] = refused(PlanError, endpoints=endpoints, **token)
        assert problem.startswith("endpoints.chat.deployments.blue.vllm: given publisher/gated-")


VALUES = st.none() | st.booleans() | st.integers(-2, 120) | st.text(max_size=4)
KEYS = st.sampled_from(["chat", "blue", "x", "model", "plain-model", "a--b", "é"])
DEPLOYMENTS = st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from(["plain-model", "gated-model", "nope"]) | VALUES,
        "sku": VALUES,
        "instances": VALUES,
        "vllm": VALUES | st.fixed_dictionaries({"image": VALUES}),
        "tags": st.dictionaries(KEYS, VALUES, max_size=2),
    },
)
ENDPOINTS = st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from(["plain-model", "ended-model", "nope"]) | VALUES,
        "endpoint_name": VALUES | KEYS,
        "deployments": st.dictionaries(KEYS, DEPLOYMENTS, max_size=3) | VALUES,
        "traffic": st.dictionaries(KEYS, VALUES, max_size=3) | VALUES,
        "tags": VALUES,
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={name: VALUES for name in Settings.model_fields if name != "endpoints"}
    | {"endpoints": st.dictionaries(KEYS, ENDPOINTS | VALUES, max_size=3) | VALUES},
)


@given(DOCUMENTS)
def test_document_is_planned_or_its_problems_are_told(said: dict[str, Any]) -> None:
    """Whatever is written: a plan, or problems with paths; never anything else."""
    try:
        plan = plan_stack("dev", said, AROUND)
    except ProblemsError as refusal:
        told = [problem.path for problem in refusal.problems]
    else:
        told = [plan.resource_group_name]

    assert all(told)
    assert told
