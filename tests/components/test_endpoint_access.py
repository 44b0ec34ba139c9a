# SPDX-License-Identifier: Apache-2.0
"""`ModelEndpoint`: who may call it, where its key is kept and what it reports."""

from typing import Any

import pulumi
import pytest

from azure_model_endpoints import ModelEndpoint, ModelEndpointArgs
from azure_model_endpoints.arguments import ArgumentsError
from azure_model_endpoints.planning.access import HELD_KEY
from azure_model_endpoints.planning.tags import OWNER
from azure_model_endpoints.roles import Role
from tests.components.engine import SUBSCRIPTION, Engine, Registered

ANN = "00000000-0000-4000-8000-00000000000a"
BOB = "00000000-0000-4000-8000-00000000000b"
LOGS = (
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/central"
)
ENDPOINT_ID = f"/subscriptions/{SUBSCRIPTION}/chat-endpoint"


def built(engine: Engine, **more: Any) -> dict[str, Registered]:
    """The resources of an endpoint, by name."""
    args: Any = {
        "resource_group_name": "rg",
        "workspace_name": "mlw",
        "region": "eastus",
        "model": "phi-2",
        "endpoint_name": "chat-live",
        **more,
    }
    engine.run(lambda: ModelEndpoint("chat", _typed(args)))
    return engine.resources


def _typed(args: ModelEndpointArgs) -> ModelEndpointArgs:
    return args


def grants(engine: Engine) -> dict[str, tuple[str, Role]]:
    """Whom the program grants what on which resource."""
    return {
        found.inputs["principalId"]: (
            found.inputs["scope"],
            Role(found.inputs["roleDefinitionId"].rpartition("/")[2]),
        )
        for found in engine.of_type(":RoleAssignment")
    }


@pytest.mark.parametrize(
    ("mode", "azures"), [("key", "Key"), ("aml_token", "AMLToken"), ("entra_token", "AADToken")]
)
def test_auth_mode_is_said_in_azures_words(engine: Engine, mode: str, azures: str) -> None:
    """Ours are the words of its documentation."""
    resources = built(engine, auth_mode=mode)

    assert azures == resources["chat-endpoint"].inputs["properties"]["authMode"]


@pytest.mark.parametrize("mode", ["aml_token", "entra_token"])
def test_invokers_get_one_role_on_the_endpoint_alone(engine: Engine, mode: str) -> None:
    """The narrowest built-in one that may get, or use, a token."""
    built(engine, auth_mode=mode, invokers=[ANN, BOB.upper()])

    assert {
        ANN: (ENDPOINT_ID, Role.AZUREML_DATA_SCIENTIST),
        BOB: (ENDPOINT_ID, Role.AZUREML_DATA_SCIENTIST),
    } == grants(engine)


def test_invokers_may_be_people(engine: Engine) -> None:
    """So Azure is not told that they are service principals."""
    resources = built(engine, auth_mode="entra_token", invokers=[ANN])

    assert "principalType" not in resources[f"chat-invoker-{ANN}"].inputs


def test_invokers_of_a_key_may_read_its_secret_alone(engine: Engine) -> None:
    """Not the workspace's own secrets in the same vault."""
    resources = built(engine, keys_in_vault=True, key_vault_name="kv", invokers=[ANN])

    secret = f"/subscriptions/{SUBSCRIPTION}/chat-key"
    assert {ANN: (secret, Role.KEY_VAULT_SECRETS_USER)} == grants(engine)
    assert "chat-key" in resources


def test_key_is_a_secret_in_the_vault(engine: Engine) -> None:
    """With the mark of which of the two keys it is."""
    secret = built(
        engine, keys_in_vault=True, key_vault_name="kv", key_vault_resource_group_name="keys"
    )["chat-key"]

    assert ("chat-live-key", "kv", "keys") == (
        secret.inputs["secretName"],
        secret.inputs["vaultName"],
        secret.inputs["resourceGroupName"],
    )
    assert {"value": "k3y"} == secret.inputs["properties"]
    assert secret.is_secret("properties", "value")
    assert ("Primary", "models/dev") == (
        secret.inputs["tags"][HELD_KEY],
        secret.inputs["tags"][OWNER],
    )


def test_key_is_written_once(engine: Engine) -> None:
    """A later run would bring back a key that was rotated away."""
    secret = built(engine, keys_in_vault=True, key_vault_name="kv")["chat-key"]

    assert {"properties", "tags"} <= set(secret.request.ignoreChanges)


def test_key_stays_where_it_is_unless_it_is_asked_for(engine: Engine) -> None:
    """Nothing is read that nobody needs."""
    resources = built(engine)

    assert "chat-key" not in resources
    assert [] == [call for call in engine.calls if call.token.endswith("Keys")]


def test_endpoint_reports_its_three_logs_and_its_metrics(engine: Engine) -> None:
    """Requests, what the containers print, and what happens to them."""
    report = built(engine, log_analytics_workspace_id=LOGS)["chat-report"].inputs

    assert (ENDPOINT_ID, LOGS) == (report["resourceUri"], report["workspaceId"])
    assert {
        "AmlOnlineEndpointTrafficLog",
        "AmlOnlineEndpointConsoleLog",
        "AmlOnlineEndpointEventLog",
    } == {log["category"] for log in report["logs"]}
    assert ["AllMetrics"] == [metric["category"] for metric in report["metrics"]]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"auth_mode": "password"}, "auth_mode"),
        ({"invokers": [ANN]}, "invokers"),
        ({"auth_mode": "entra_token", "invokers": ["ann"]}, "invokers"),
        ({"keys_in_vault": True}, "key_vault_name"),
        ({"invokers": [pulumi.Output.from_input(ANN)]}, "invokers.0"),
    ],
)
def test_malformed_access_is_named(engine: Engine, wrong: dict[str, Any], path: str) -> None:
    """Before anything is created."""
    with pytest.raises(ArgumentsError) as refusal:
        built(engine, **wrong)

    assert f"chat.{path}" in {problem.path for problem in refusal.value.problems}
