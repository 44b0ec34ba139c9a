# SPDX-License-Identifier: Apache-2.0
"""A private workspace and its endpoints in one run, and what a change of isolation means."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pulumi
import pytest
from pulumi.automation import CommandError, OutputValue
from pulumi_azure_native import resources

from azure_model_endpoints import ModelEndpoint, ModelWorkspace, PrivateNetwork
from azure_model_endpoints.planning.isolation import plan_isolation
from azure_model_endpoints.planning.serving import CatalogueServing
from azure_model_endpoints.vocabulary import IsolationMode
from azure_model_endpoints.workspace_settings import IsolationSettings
from tests.engine.world import ML, REGION, Stack, World


def private_workspace(stack: Stack) -> None:
    """Serve a model in a workspace that has a network of its own unless it is public."""
    given = stack.arguments
    group = resources.ResourceGroup("rg", resource_group_name=stack.endpoint_name, location=REGION)
    common: Any = {"resource_group_name": group.name, "region": REGION, "tags": given["tags"]}
    about_workspace: Any = {
        **common,
        "public_network_access": given["public"],
        "isolation_mode": given["mode"],
        "outbound_rules": given["rules"],
    }
    workspace = ModelWorkspace("models", about_workspace)
    if not given["public"]:
        targets: Any = {
            **common,
            "workspace_id": workspace.workspace_id,
            "storage_account_id": workspace.storage_account_id,
            "key_vault_id": workspace.key_vault_id,
            "container_registry_id": workspace.container_registry_id,
        }
        network = PrivateNetwork("net", targets)
        pulumi.export("network", network.virtual_network_id)
    about_endpoint: Any = {
        **common,
        "workspace_name": workspace.workspace_name,
        "identity_id": workspace.identity_id,
        "endpoint_name": stack.endpoint_name,
        "model": "phi-2",
        "public_network_access": given["public"],
        "managed_network": given["mode"] != "disabled",
    }
    endpoint = ModelEndpoint("chat", about_endpoint)
    pulumi.export("workspace_id", workspace.workspace_id)
    pulumi.export("endpoint_id", endpoint.endpoint_id)
    pulumi.export("scoring_uri", endpoint.scoring_uri)


def stack_of(world: World, mode: str, **more: Any) -> Stack:
    """A stack of that program."""
    arguments = {"mode": mode, "public": False, "rules": {}, "tags": {}, **more}
    stack = world.endpoint_stack()
    stack.arguments = arguments
    stack.program = private_workspace
    return stack


def rules_for_phi_2() -> dict[str, Any]:
    """The outbound rules that Azure's own phi-2 needs, as a stack derives them."""
    serving = CatalogueServing(
        "azureml://registries/azureml/models/microsoft-phi-2/versions/22", 1, 1
    )
    settings = IsolationSettings(mode=IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND)
    plan, _ = plan_isolation("isolation", settings, [("chat", serving)], is_private=True)
    rules: dict[str, Any] = plan.arguments["outbound_rules"]
    return rules


DEPENDENCIES = {
    "storageAccount": ("blob.core.windows.net", "file.core.windows.net"),
    "keyVault": ("vault.azure.net",),
    "containerRegistry": ("azurecr.io",),
}
ACME = {"type": "fqdn", "destination": "acme.com"}


def reached_names(workspace: dict[str, Any], endpoint: str) -> list[str]:
    """The names under which a workspace, an endpoint of it and its dependencies are called."""
    names = {key: str(workspace["properties"][key]).rpartition("/")[2] for key in DEPENDENCIES}
    return [
        f"{workspace['properties']['workspaceId']}.workspace.{REGION}.api.azureml.ms",
        f"{endpoint}.{REGION}.inference.ml.azure.com",
        *(
            f"{names[key]}.{suffix}"
            for key, suffixes in DEPENDENCIES.items()
            for suffix in suffixes
        ),
    ]


def answer(world: World, outputs: Mapping[str, OutputValue], place: str) -> int:
    """The status with which the endpoint answers a caller at a place."""
    keys = world.arm.post(f"{outputs['endpoint_id'].value}/listKeys", ML)
    url = world.admin.send("POST", "places", {"from": place})["url"]
    path = urlsplit(outputs["scoring_uri"].value).path
    response = httpx2.post(
        f"{url}{path}",
        json={"input_data": {"input_string": ["Hello"]}},
        headers={"Authorization": f"Bearer {keys['primaryKey']}"},
        verify=world.admin.certificates.client_context(),
    )
    return int(response.status_code)


def test_a_private_workspace_comes_changes_and_goes(world: World) -> None:
    """One run makes everything in the order that Azure asks for; a second one makes nothing."""
    needed = rules_for_phi_2()
    stack = stack_of(world, "allow_only_approved_outbound", rules=needed)
    first = world.log()[-1]["seq"]
    preview = stack.automation.preview()

    outputs = stack.up().outputs

    said = preview.stdout + preview.stderr
    assert "Azure Firewall" in said
    assert "Azure cannot take allow_only_approved_outbound back" in said
    workspace = world.arm.get(outputs["workspace_id"].value, ML)
    assert workspace is not None
    network = workspace["properties"]["managedNetwork"]
    assert "Active" == network["status"]["status"]
    assert {"Active"} == {network["outboundRules"][name]["status"] for name in needed}
    asked = [entry["path"] for entry in world.log(first) if entry["method"] in {"PUT", "POST"}]
    provisioned = next(
        i for i, path in enumerate(asked) if path.endswith("provisionManagedNetwork")
    )
    assert provisioned > max(i for i, path in enumerate(asked) if "/outboundRules/" in path)
    assert provisioned < next(i for i, path in enumerate(asked) if "/deployments/" in path)

    place = f"vnet:{outputs['network'].value}"
    for name in reached_names(workspace, stack.endpoint_name):
        resolved = world.admin.get("resolve", {"name": name, "from": place})
        assert resolved["addresses"][0].startswith("10.60.0."), name
    assert (403, 200) == (answer(world, outputs, "internet"), answer(world, outputs, place))

    assert {} == stack.changes()
    stack.refresh()
    assert {} == stack.changes()

    stack.arguments["rules"] = {**dict(list(needed.items())[1:]), "acme": ACME}
    stack.up()
    live = world.arm.get(outputs["workspace_id"].value, ML)
    assert live is not None
    own = {
        name
        for name, rule in live["properties"]["managedNetwork"]["outboundRules"].items()
        if (rule["category"], rule["status"]) == ("UserDefined", "Active")
    }
    assert set(stack.arguments["rules"]) == own
    assert {} == stack.changes()

    stack.automation.destroy()
    group = f"/subscriptions/{world.subscription}/resourceGroups/{stack.endpoint_name}"
    assert world.arm.get(group, "2024-03-01") is None


def test_a_change_of_isolation_is_told_before_it_happens(world: World) -> None:
    """Azure moves no endpoint into a managed network; what it cannot take back is refused."""
    stack = stack_of(world, "disabled", public=True)
    outputs = stack.up().outputs
    workspace_id, endpoint_id = outputs["workspace_id"].value, outputs["endpoint_id"].value
    before = world.arm.get(endpoint_id, ML)
    assert before is not None

    stack.arguments["mode"] = "allow_internet_outbound"
    preview = stack.automation.preview()
    stack.up()

    said = preview.stdout + preview.stderr
    assert "deleted and created again, with all their deployments" in said
    assert stack.endpoint_name in said
    replaced = {str(getattr(op, "value", op)): n for op, n in preview.change_summary.items()}
    assert 2 <= replaced["replace"]
    after = world.arm.get(endpoint_id, ML)
    assert after is not None
    assert before["systemData"]["createdAt"] < after["systemData"]["createdAt"]
    assert {"blue": 100} == after["properties"]["traffic"]
    assert {} == stack.changes()

    stack.arguments["mode"] = "allow_only_approved_outbound"
    with pytest.raises(CommandError) as caught:
        stack.up()

    text = str(caught.value)
    assert "models.isolation_mode: given 'allow_only_approved_outbound'" in text
    assert "allow_internet_outbound" in text
    assert stack.endpoint_name in text
    live = world.arm.get(workspace_id, ML)
    assert live is not None
    assert "AllowInternetOutbound" == live["properties"]["managedNetwork"]["isolationMode"]
    stack.arguments["mode"] = "allow_internet_outbound"


def test_a_network_that_could_not_be_provisioned_is_provisioned_next_time(world: World) -> None:
    """One paragraph says what happened; nothing is deployed before it is there."""
    stack = stack_of(world, "allow_internet_outbound", public=True)
    world.fail_next_operation("mlw-models", method="provisionManagedNetwork")

    with pytest.raises(CommandError) as caught:
        stack.up()

    text = str(caught.value)
    assert "the managed network of /subscriptions/" in text
    assert "Traceback" not in text
    assert stack.is_gone()

    stack.up()

    assert {} == stack.changes()
