# SPDX-License-Identifier: Apache-2.0
"""What a workspace is asked for, against what it is."""

from typing import Any

import pytest

from azure_model_endpoints.planning.workspaces import (
    existing_problems,
    fixed_problems,
    setting_names,
    workspace_arguments,
    workspace_problems,
)
from azure_model_endpoints.profiles import Explained
from azure_model_endpoints.setting_names import SettingNames
from azure_model_endpoints.settings import Settings

VAULT = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"
KEY = {"key_vault_id": VAULT, "key_uri": f"https://kv.vault.azure.net/keys/k/{'0' * 32}"}
LOGS = (
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/central"
)
ENCRYPTED = {"encryption": {"keyVaultProperties": {"keyVaultArmId": VAULT}}}
NAMES = SettingNames("models", {})
LIVE: dict[str, Any] = {"location": "eastus", "v1LegacyMode": False}


def settings(**workspace: Any) -> Settings:
    """A stack that says something of its workspace."""
    return Settings.model_validate(
        {"region": "eastus", "endpoints": {}, "tags": {"a": "b"}, "workspace": workspace}
    )


def test_what_nobody_asked_for_is_not_asked_of_the_component() -> None:
    """A stack of before has the workspace of before."""
    arguments = workspace_arguments(settings())

    assert {
        "region": "eastus",
        "public_network_access": False,
        "identity": "system_assigned",
        "high_business_impact": False,
        "diagnostics": False,
        "tags": {"a": "b"},
    } == arguments


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ({"customer_managed_key": True}, {"customer_managed_key": True}),
        ({"customer_managed_key": KEY}, {"encryption_key": KEY}),
        ({"diagnostics": True}, {"diagnostics": True}),
        ({"diagnostics": LOGS}, {"diagnostics": True, "log_analytics_workspace_id": LOGS}),
        ({"identity": "user_assigned"}, {"identity": "user_assigned"}),
        ({"high_business_impact": True}, {"high_business_impact": True}),
    ],
)
def test_what_is_said_is_asked_of_the_component(
    said: dict[str, Any], asked: dict[str, Any]
) -> None:
    """Settings have a choice of types where arguments have two names."""
    assert workspace_arguments(settings()) | asked == workspace_arguments(settings(**said))


@pytest.mark.parametrize(
    ("said", "paths"),
    [
        ({}, []),
        ({"customer_managed_key": KEY, "diagnostics": LOGS}, []),
        (
            {"customer_managed_key": {"key_vault_id": "kv", "key_uri": "k"}},
            [
                "workspace.customer_managed_key.key_vault_id",
                "workspace.customer_managed_key.key_uri",
            ],
        ),
        ({"diagnostics": "central"}, ["workspace.diagnostics"]),
        ({"diagnostics": VAULT}, ["workspace.diagnostics"]),
    ],
)
def test_malformed_ids_are_named(said: dict[str, Any], paths: list[str]) -> None:
    """By the settings they were written in."""
    assert paths == [problem.path for problem in workspace_problems(settings(**said))]


@pytest.mark.parametrize(
    ("declared", "live"),
    [
        ({}, {}),
        (ENCRYPTED, {"encryption": {"keyVaultProperties": {"keyVaultArmId": VAULT.upper()}}}),
        # The vault is only just being created.
        ({"encryption": {"keyVaultProperties": {"keyVaultArmId": object()}}}, {}),
        ({"hbiWorkspace": False}, {}),
        ({"identity": {"type": "UserAssigned"}}, {"identity": {"type": "SystemAssigned"}}),
    ],
)
def test_what_stays_or_may_change_is_no_problem(
    declared: dict[str, Any], live: dict[str, Any]
) -> None:
    """The next preview is empty."""
    assert [] == list(fixed_problems(NAMES, declared, live))


@pytest.mark.parametrize(
    ("declared", "live", "path"),
    [
        (ENCRYPTED, {}, "customer_managed_key"),
        ({}, ENCRYPTED, "customer_managed_key"),
        ({"hbiWorkspace": True}, {"hbiWorkspace": False}, "high_business_impact"),
        ({}, {"hbiWorkspace": True}, "high_business_impact"),
        (
            {"identity": {"type": "SystemAssigned,UserAssigned"}},
            {"identity": {"type": "UserAssigned"}},
            "identity",
        ),
    ],
)
def test_what_azure_has_fixed_is_refused_either_way(
    declared: dict[str, Any], live: dict[str, Any], path: str
) -> None:
    """At preview, not when half of the run is done."""
    problems = list(fixed_problems(NAMES, declared, live))

    assert [f"models.{path}"] == [problem.path for problem in problems]


def test_stack_is_told_in_the_words_of_its_file() -> None:
    """With what a value follows from that nobody wrote."""
    names = setting_names(
        [
            Explained("workspace.customer_managed_key", value=True, origin="profile prod"),
            Explained("workspace.high_business_impact", value=False, origin="default"),
            Explained("isolation.mode", "disabled", "stack file"),
        ]
    )
    live = {"hbiWorkspace": True}

    problems = fixed_problems(SettingNames("models", names), ENCRYPTED, live)

    assert [
        (
            "workspace.customer_managed_key",
            f"a key in {VAULT.lower()}, by profile prod",
            "no key, as the live workspace has none",
        ),
        (
            "workspace.high_business_impact",
            "false, by default",
            "true, as the live workspace has it",
        ),
    ] == [(problem.path, problem.given, problem.allowed) for problem in problems]
    assert "name" == names["workload"].path
    assert "'disabled'" == names["isolation_mode"].given("'disabled'")


ISOLATED = {"isolationMode": "AllowOnlyApprovedOutbound", "status": {"status": "Inactive"}}


@pytest.mark.parametrize(
    ("live", "given"),
    [
        (LIVE, []),
        ({**LIVE, "location": "East US"}, []),
        ({**LIVE, "managedNetwork": {"isolationMode": "Disabled"}}, []),
        ({**LIVE, "managedNetwork": {**ISOLATED, "status": {"status": "Active"}}}, []),
        (None, ["'mlw', which does not exist"]),
        ({**LIVE, "location": "westus"}, ["'mlw' in westus"]),
        ({**LIVE, "v1LegacyMode": True}, ["'mlw' in v1 legacy mode"]),
        (
            {**LIVE, "managedNetwork": ISOLATED},
            ["'mlw', whose managed network is not provisioned"],
        ),
    ],
)
def test_existing_workspace_must_take_endpoints(
    live: dict[str, Any] | None, given: list[str]
) -> None:
    """It is left as it is, so what is wrong with it is for its owner."""
    problems = existing_problems("workspace.existing", live, "mlw", "eastus")

    assert given == [problem.given for problem in problems]
