# SPDX-License-Identifier: Apache-2.0
"""`ExistingWorkspace`: what it finds, and that it leaves everything as it is."""

from typing import Any

import pulumi
import pytest

from azure_model_endpoints import ExistingWorkspace, ExistingWorkspaceArgs, ModelEndpoint
from tests.components.engine import SUBSCRIPTION, Engine

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
LIVE: dict[str, Any] = {
    "id": f"{GROUP}/ml/providers/Microsoft.MachineLearningServices/workspaces/mlw-bank",
    "name": "mlw-bank",
    "location": "eastus",
    "keyVault": f"{GROUP}/security/providers/Microsoft.KeyVault/vaults/kv-bank",
}
ARGUMENTS: ExistingWorkspaceArgs = {
    "name": "mlw-bank",
    "resource_group_name": "ml",
    "region": "eastus",
}
GETTER = "azure-native:machinelearningservices:getWorkspace"


def test_what_endpoints_need_is_found(engine: Engine) -> None:
    """Its vault may be another team's, in another group."""
    engine.answers[GETTER] = LIVE
    seen: list[Any] = []

    def program() -> pulumi.Output[Any]:
        found = ExistingWorkspace("bank", ARGUMENTS)
        return pulumi.Output.all(
            found.workspace_name,
            found.workspace_id,
            found.key_vault_name,
            found.key_vault_resource_group_name,
            found.registry_login_server,
        ).apply(seen.append)

    engine.run(program)

    assert [["mlw-bank", LIVE["id"], "kv-bank", "security", ""]] == seen
    assert ["mlw-bank"] == [call.args["workspaceName"] for call in engine.calls]


def test_nothing_is_created_or_granted(engine: Engine) -> None:
    """An endpoint in it brings an identity of its own, to which Azure grants what it needs."""
    engine.answers[GETTER] = LIVE

    def program() -> None:
        found = ExistingWorkspace("bank", ARGUMENTS)
        ModelEndpoint(
            "chat",
            {
                "resource_group_name": "ml",
                "workspace_name": found.workspace_name,
                "region": "eastus",
                "model": "phi-2",
                "endpoint_name": "chat-live",
            },
        )

    engine.run(program)

    assert {} == engine.children("bank")
    assert [] == engine.of_type(":RoleAssignment")
    endpoint = engine.resources["chat-endpoint"].inputs
    assert {"type": "SystemAssigned"} == endpoint["identity"]
    assert "mlw-bank" == endpoint["workspaceName"]


def test_gated_weights_are_read_by_the_endpoints_own_identity(engine: Engine) -> None:
    """From the workspace's vault, where only that one secret is opened to it."""
    engine.answers[GETTER] = LIVE

    def program() -> None:
        found = ExistingWorkspace("bank", ARGUMENTS)
        ModelEndpoint(
            "chat",
            {
                "resource_group_name": "ml",
                "workspace_name": found.workspace_name,
                "key_vault_name": found.key_vault_name,
                "key_vault_resource_group_name": found.key_vault_resource_group_name,
                "hugging_face_token": pulumi.Output.secret("hf"),
                "region": "eastus",
                "model": "llama-3.1-8b-instruct",
                "endpoint_name": "chat-live",
                "deployments": {"blue": {"vllm": {"image": "acr.azurecr.io/vllm:1"}}},
            },
        )

    engine.run(program)

    token = engine.resources["chat-token"].inputs
    assert ("kv-bank", "security") == (token["vaultName"], token["resourceGroupName"])
    assert "own" == engine.resources["chat-read-token"].inputs["principalId"]


@pytest.mark.parametrize(
    ("live", "said"),
    [
        ({**LIVE, "location": "westus"}, "bank: given 'mlw-bank' in westus"),
        ({**LIVE, "v1LegacyMode": True}, "in v1 legacy mode"),
    ],
)
def test_unfit_workspace_is_refused(engine: Engine, live: dict[str, Any], said: str) -> None:
    """In one paragraph, before anything is created in it."""
    engine.answers[GETTER] = live

    with pytest.raises(pulumi.RunError, match=said):
        engine.run(lambda: ExistingWorkspace("bank", ARGUMENTS).workspace_name)
