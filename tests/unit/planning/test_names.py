# SPDX-License-Identifier: Apache-2.0
"""Names that Azure accepts, and the names the library gives."""

import re
import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from azure_model_endpoints.planning.names import (
    WorkspaceNames,
    default_endpoint_name,
    name_problem,
    region_problem,
    role_assignment_name,
)

ENDPOINT_RULE = (
    "3 to 32 letters, digits and single dashes, beginning with a letter and not ending with a dash"
)
WORKLOAD_RULE = (
    "2 to 12 lower-case letters, digits and single dashes, beginning with a letter and not ending "
    "with a dash"
)

ENDPOINT_KEYS = st.from_regex(r"[A-Za-z](-?[A-Za-z0-9]){2,31}", fullmatch=True).filter(
    lambda name: len(name) <= 32
)
WORKLOADS = st.from_regex(r"[a-z](-?[a-z0-9]){1,11}", fullmatch=True).filter(
    lambda name: len(name) <= 12
)
WORDS = st.text(min_size=1, max_size=20)


@pytest.mark.parametrize("region", ["eastus", "westus3", "swedencentral"])
def test_short_forms_of_regions_pass(region: str) -> None:
    """As Azure's own addresses write them."""
    assert region_problem("region", region) is None


def test_the_long_form_of_a_region_is_told_with_the_short_one() -> None:
    """The portal shows the long form, which the addresses of Azure do not know."""
    problem = region_problem("region", "East US 2")

    assert (
        "region: given 'East US 2'; allowed: an Azure region in its short form, such as eastus. "
        "Write 'eastus2'."
    ) == str(problem)


@pytest.mark.parametrize("name", ["abc", "A-b-3", "a" * 32])
def test_legal_endpoint_names_pass(name: str) -> None:
    """At the borders of what Azure accepts."""
    assert name_problem("endpoints.x", "endpoint", name) is None


@pytest.mark.parametrize(
    "name",
    ["", "ab", "a" * 33, "1abc", "-abc", "abc-", "a--b", "a_b", "a.b", "a b", "chät", "abc\n"],
)
def test_illegal_endpoint_names_are_told_with_the_rule(name: str) -> None:
    """Just outside those borders; Azure would say so only after minutes."""
    problem = name_problem("endpoints.x", "endpoint", name)

    assert (
        f"endpoints.x: given {name!r}; allowed: {ENDPOINT_RULE}. Choose another endpoint name."
        == str(problem)
    )


def test_deployments_are_named_like_endpoints() -> None:
    """The message says which of the two it is."""
    problem = name_problem("endpoints.x.deployments.b", "deployment", "b")

    assert (
        f"endpoints.x.deployments.b: given 'b'; allowed: {ENDPOINT_RULE}. Choose another "
        "deployment name." == str(problem)
    )


@pytest.mark.parametrize("name", ["", "a", "a" * 13, "Models", "my_models", "models-"])
def test_illegal_workload_names_are_told_with_the_rule(name: str) -> None:
    """The shortest limit of everything named after a workload decides."""
    problem = name_problem("name", "workload", name)

    assert f"name: given {name!r}; allowed: {WORKLOAD_RULE}. Choose another workload name." == str(
        problem
    )


@given(ENDPOINT_KEYS, WORDS, WORDS, WORDS)
@example("a" * 24 + "-is-cut-here", "s", "g", "w")
def test_default_endpoint_names_are_legal_and_stable(
    key: str, subscription: str, group: str, workspace: str
) -> None:
    """Whatever the key: Azure accepts the name, and the next run finds it again."""
    name = default_endpoint_name(key, subscription, group, workspace)

    assert name_problem("x", "endpoint", name) is None
    assert name == default_endpoint_name(key, subscription.lower(), group, workspace)


@given(ENDPOINT_KEYS, ENDPOINT_KEYS)
def test_keys_that_differ_have_names_that_differ(one: str, other: str) -> None:
    """Two endpoints of a stack never become one in Azure, however alike their keys begin."""
    prefix = "a" * 25
    names = {
        default_endpoint_name(key, "s", "g", "w")
        for key in (one, other, (prefix + one)[:32], (prefix + other)[:32])
    }

    keys = {one, other, (prefix + one)[:32], (prefix + other)[:32]}
    assert len({key.lower() for key in keys}) <= len({name.lower() for name in names})


def test_default_endpoint_name_follows_the_workspace() -> None:
    """The same key in another subscription, group or workspace is another endpoint."""
    names = {
        default_endpoint_name("chat", *where)
        for where in (("s", "g", "w"), ("t", "g", "w"), ("s", "h", "w"), ("s", "g", "x"))
    }

    assert 4 == len(names)


@given(WORKLOADS, st.uuids(), WORDS)
def test_names_of_a_workspace_are_legal(workload: str, subscription: uuid.UUID, group: str) -> None:
    """Azure docs, "Naming rules and restrictions for Azure resources"."""
    names = WorkspaceNames.of(workload, str(subscription), group)

    assert re.fullmatch(r"[a-z0-9]{3,24}", names.storage_account)
    assert re.fullmatch(r"(?=.{3,24}$)[a-z](-?[a-z0-9])*", names.key_vault)
    assert re.fullmatch(r"[a-z0-9]{5,50}", names.container_registry)
    assert re.fullmatch(r"(?=.{3,33}$)[a-z0-9][a-z0-9-]*", names.workspace)
    assert re.fullmatch(r"(?=.{4,63}$)[a-z0-9][a-z0-9-]*[a-z0-9]", names.log_analytics)
    assert re.fullmatch(r"(?=.{3,128}$)[a-z0-9][a-z0-9-]*", names.identity)


def test_names_that_are_shared_out_globally_follow_the_subscription() -> None:
    """Two teams with the same workload do not take each other's names."""
    here, there = (WorkspaceNames.of("models", sub, "rg-models-dev") for sub in ("s", "t"))

    assert here.workspace == there.workspace
    assert here.storage_account != there.storage_account
    assert here.key_vault != there.key_vault
    assert here.container_registry != there.container_registry


def test_names_ignore_the_case_of_azure_ids() -> None:
    """Azure returns the same id in different spellings."""
    assert WorkspaceNames.of("models", "ABC", "RG") == WorkspaceNames.of("models", "abc", "rg")


@given(WORDS, WORDS, WORDS)
def test_role_assignments_are_named_by_what_they_grant(
    scope: str, principal: str, role: str
) -> None:
    """The same grant has the same GUID in every run; another one has another."""
    name = role_assignment_name(scope, principal, role)

    assert name == str(uuid.UUID(name))
    assert name == role_assignment_name(scope, principal, role)
    assert name != role_assignment_name(f"{scope}/more", principal, role)
