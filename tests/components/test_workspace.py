# SPDX-License-Identifier: Apache-2.0
"""`ModelWorkspace`: what it registers, and who may do what in it."""

from typing import Any

import pulumi
import pulumi_azure_native as azure_native
import pytest

from azure_model_endpoints import ModelWorkspace, ModelWorkspaceArgs
from azure_model_endpoints.arguments import ArgumentsError
from azure_model_endpoints.planning.names import WorkspaceNames
from azure_model_endpoints.planning.tags import OWNED, OWNER
from azure_model_endpoints.roles import Role
from tests.components.engine import PRINCIPAL, SUBSCRIPTION, TENANT, Engine

NAMES = WorkspaceNames.of("models", SUBSCRIPTION, "rg")


def arguments(**more: Any) -> ModelWorkspaceArgs:
    """The least a workspace must be told, and more."""
    args: Any = {"resource_group_name": "rg", "region": "eastus", **more}
    return args  # type: ignore[no-any-return]


def test_children_are_a_workspace_and_what_it_stands_on(engine: Engine) -> None:
    """Their names and types are a contract: renaming one replaces it."""
    engine.run(lambda: ModelWorkspace("models", arguments()))

    assert {
        "models-identity": "azure-native:managedidentity:UserAssignedIdentity",
        "models-storage": "azure-native:storage:StorageAccount",
        "models-vault": "azure-native:keyvault:Vault",
        "models-logs": "azure-native:operationalinsights:Workspace",
        "models-insights": "azure-native:applicationinsights:Component",
        "models-registry": "azure-native:containerregistry:Registry",
        "models-workspace": "azure-native:machinelearningservices:Workspace",
        "models-pull-images": "azure-native:authorization:RoleAssignment",
        "models-read-models": "azure-native:authorization:RoleAssignment",
        "models-write-metrics": "azure-native:authorization:RoleAssignment",
    } == engine.children("models")


@pytest.mark.parametrize(
    ("child", "key", "name"),
    [
        ("models-identity", "resourceName", NAMES.identity),
        ("models-storage", "accountName", NAMES.storage_account),
        ("models-vault", "vaultName", NAMES.key_vault),
        ("models-logs", "workspaceName", NAMES.log_analytics),
        ("models-insights", "resourceName", NAMES.application_insights),
        ("models-registry", "registryName", NAMES.container_registry),
        ("models-workspace", "workspaceName", NAMES.workspace),
    ],
)
def test_every_name_is_said(engine: Engine, child: str, key: str, name: str) -> None:
    """A run that was killed can find what it had made."""
    engine.run(lambda: ModelWorkspace("models", arguments()))

    assert name == engine.resources[child].inputs[key]


def test_workload_names_everything(engine: Engine) -> None:
    """Two workspaces of a program live in one group."""
    engine.run(lambda: ModelWorkspace("models", arguments(workload="chat")))

    assert "mlw-chat" == engine.resources["models-workspace"].inputs["workspaceName"]


def test_workspace_stands_on_its_own_resources(engine: Engine) -> None:
    """By id, so that they are there before it."""
    engine.run(lambda: ModelWorkspace("models", arguments()))

    workspace = engine.resources["models-workspace"].inputs
    assert {
        "storageAccount": f"/subscriptions/{SUBSCRIPTION}/models-storage",
        "keyVault": f"/subscriptions/{SUBSCRIPTION}/models-vault",
        "applicationInsights": f"/subscriptions/{SUBSCRIPTION}/models-insights",
        "containerRegistry": f"/subscriptions/{SUBSCRIPTION}/models-registry",
    } == {
        key: workspace[key]
        for key in ("storageAccount", "keyVault", "applicationInsights", "containerRegistry")
    }


def access(engine: Engine) -> dict[str, str]:
    """Who answers the internet."""
    inputs = {name: found.inputs for name, found in engine.resources.items()}
    return {
        "workspace": inputs["models-workspace"]["publicNetworkAccess"],
        "storage": inputs["models-storage"]["publicNetworkAccess"],
        "vault": inputs["models-vault"]["properties"]["publicNetworkAccess"].title(),
        "registry": inputs["models-registry"]["publicNetworkAccess"],
    }


@pytest.mark.parametrize(
    ("args", "state", "tier"),
    [
        ({}, "Disabled", "Premium"),
        ({"public_network_access": False}, "Disabled", "Premium"),
        ({"public_network_access": True}, "Enabled", "Basic"),
        ({"public_network_access": True, "private_endpoints": True}, "Enabled", "Premium"),
        (
            {"public_network_access": True, "isolation_mode": "allow_internet_outbound"},
            "Enabled",
            "Basic",
        ),
        (
            {"public_network_access": True, "isolation_mode": "allow_only_approved_outbound"},
            "Enabled",
            "Premium",
        ),
    ],
)
def test_nothing_is_public_unless_it_is_said(
    engine: Engine, args: dict[str, Any], state: str, tier: str
) -> None:
    """A registry that is private, or has private endpoints, needs a dearer tier."""
    engine.run(lambda: ModelWorkspace("models", arguments(**args)))

    assert {state} == set(access(engine).values())
    assert tier == engine.resources["models-registry"].inputs["sku"]["name"]


def test_secure_defaults_are_said(engine: Engine) -> None:
    """Those of Azure change with its versions."""
    engine.run(lambda: ModelWorkspace("models", arguments()))

    storage = engine.resources["models-storage"].inputs
    vault = engine.resources["models-vault"].inputs["properties"]
    registry = engine.resources["models-registry"].inputs
    assert (False, True, "TLS1_2") == (
        storage["allowBlobPublicAccess"],
        storage["enableHttpsTrafficOnly"],
        storage["minimumTlsVersion"],
    )
    assert (True, True, TENANT) == (
        vault["enableRbacAuthorization"],
        vault["enableSoftDelete"],
        vault["tenantId"],
    )
    assert registry["adminUserEnabled"] is False


def test_identity_may_do_what_endpoints_need_and_nothing_else(engine: Engine) -> None:
    """Pull images, read models, write metrics; each on one resource."""
    engine.run(lambda: ModelWorkspace("models", arguments()))

    grants = engine.of_type(":RoleAssignment")
    assert {
        (f"/subscriptions/{SUBSCRIPTION}/models-registry", Role.ACR_PULL.value),
        (f"/subscriptions/{SUBSCRIPTION}/models-storage", Role.STORAGE_BLOB_DATA_READER.value),
        (f"/subscriptions/{SUBSCRIPTION}/models-workspace", Role.AZUREML_METRICS_WRITER.value),
    } == {
        (found.inputs["scope"], found.inputs["roleDefinitionId"].rpartition("/")[2])
        for found in grants
    }
    assert {(PRINCIPAL, "ServicePrincipal")} == {
        (found.inputs["principalId"], found.inputs["principalType"]) for found in grants
    }
    assert len(grants) == len({found.inputs["roleAssignmentName"] for found in grants})


@pytest.mark.parametrize(
    ("role", "guid"),
    [
        (Role.ACR_PULL, "7f951dda-4ed3-4680-a7ca-43fe172d538d"),
        (Role.STORAGE_BLOB_DATA_READER, "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"),
        (Role.AZUREML_METRICS_WRITER, "635dd51f-9968-44d3-b7fb-6d9a6bd613ae"),
        (Role.KEY_VAULT_SECRETS_USER, "4633458b-17de-408a-b874-0445c86b69e6"),
    ],
)
def test_roles_are_azures_own(role: Role, guid: str) -> None:
    """Another number may be another role, with more rights."""
    assert guid == role.value


def test_whoever_uses_the_workspace_waits_for_the_grants(engine: Engine) -> None:
    """A deployment whose identity may not pull yet fails after ten minutes."""

    def program() -> None:
        workspace = ModelWorkspace("models", arguments())
        for label, value in (
            ("name", workspace.workspace_name),
            ("identity", workspace.identity_id),
        ):
            pulumi.Stash(label, input=value)

    engine.run(program)

    grants = {"models-pull-images", "models-read-models", "models-write-metrics"}
    assert grants <= engine.resources["name"].waits_for
    assert grants <= engine.resources["identity"].waits_for


def test_tags_reach_every_resource_that_has_tags(engine: Engine) -> None:
    """With the marks of their stack."""
    engine.run(lambda: ModelWorkspace("models", arguments(tags={"team": "a"})))

    tagged = [found for found in engine.resources.values() if found.parent == "models"]
    tags = [found.inputs["tags"] for found in tagged if not found.type_.endswith("RoleAssignment")]
    assert 7 == len(tags)
    assert all(each == {"team": "a", OWNER: "models/dev", OWNED: "team"} for each in tags)


def test_group_may_be_an_output(engine: Engine) -> None:
    """The usual case: the same program makes it."""
    group = "rg"

    engine.run(
        lambda: ModelWorkspace(
            "models", arguments(resource_group_name=pulumi.Output.from_input(group))
        )
    )

    assert NAMES.storage_account == engine.resources["models-storage"].inputs["accountName"]


def test_explicit_provider_reaches_every_child_and_question(engine: Engine) -> None:
    """Another subscription's workspace is not made with this one's credentials."""

    def program() -> None:
        provider = azure_native.Provider("elsewhere")
        ModelWorkspace("models", arguments(), pulumi.ResourceOptions(providers=[provider]))

    engine.run(program)

    children = [engine.resources[name] for name in engine.children("models")]
    assert {"elsewhere"} == {child.provider for child in children}
    assert all("::elsewhere::" in call.provider for call in engine.calls)


def test_options_of_the_caller_are_left_alone(engine: Engine) -> None:
    """They may be used for the next component too."""
    opts = pulumi.ResourceOptions(protect=True)

    engine.run(lambda: ModelWorkspace("models", arguments(), opts))

    assert vars(pulumi.ResourceOptions(protect=True)) == vars(opts)


def test_deleted_vault_is_looked_for(engine: Engine) -> None:
    """Its name is held for months after it was destroyed."""
    engine.run(lambda: ModelWorkspace("models", arguments()))

    vault = engine.resources["models-vault"].request
    assert 1 == len(vault.transforms)
    assert ["properties.createMode"] == list(vault.ignoreChanges)


def test_outputs_are_what_endpoints_ask_for(engine: Engine) -> None:
    """Every output can be passed on as it is."""
    seen: list[Any] = []

    def program() -> pulumi.Output[Any]:
        made = ModelWorkspace("models", arguments())
        return pulumi.Output.all(
            made.workspace_name, made.workspace_id, made.identity_id, made.identity_principal_id
        ).apply(seen.append)

    engine.run(program)

    assert [
        [
            "mlw-models",
            f"/subscriptions/{SUBSCRIPTION}/models-workspace",
            f"/subscriptions/{SUBSCRIPTION}/models-identity",
            PRINCIPAL,
        ]
    ] == seen


def test_share_of_the_quota_is_set_before_anybody_uses_the_workspace(engine: Engine) -> None:
    """By a step, for families however they are said; without limits there is no step."""
    quotas = {"Standard_NC4as_T4_v3": 8, "standardncadsa100v4family": 24}

    def program() -> None:
        models = ModelWorkspace("models", arguments(quotas=quotas))
        pulumi.Stash("use", input=models.workspace_name)

    engine.run(program)

    step = engine.resources["models-quotas"].inputs["input"]
    assert {"standard NCASv3_T4 Family": 8, "standardNCADSA100v4Family": 24} == step["cores"]
    assert "models-quotas" in engine.resources["use"].waits_for


@pytest.mark.parametrize("quotas", [{"T4": 8}, {"Standard_NC4as_T4_v3": -1}])
def test_share_of_no_family_is_refused(engine: Engine, quotas: dict[str, int]) -> None:
    """As is less than nothing."""
    with pytest.raises(ArgumentsError, match=r"models\.quotas\."):
        engine.run(lambda: ModelWorkspace("models", arguments(quotas=quotas)))
