# SPDX-License-Identifier: Apache-2.0
"""`ModelWorkspace` for production: keys, identities, diagnostics, and locks beside it."""

from typing import Any

import pulumi
import pytest

from azure_model_endpoints import ModelWorkspace, ModelWorkspaceArgs, ResourceLocks
from azure_model_endpoints.arguments import ArgumentsError
from azure_model_endpoints.planning.names import WorkspaceNames
from azure_model_endpoints.planning.tags import OWNER
from azure_model_endpoints.roles import Role
from azure_model_endpoints.vocabulary import LockKind
from tests.components.engine import SUBSCRIPTION, Engine, Registered

NAMES = WorkspaceNames.of("models", SUBSCRIPTION, "rg")
CENTRAL = (
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/central"
)
VERSION = "0" * 32
PROTECTED: dict[str, Any] = {
    "customer_managed_key": True,
    "identity": "user_assigned",
    "high_business_impact": True,
    "diagnostics": True,
    "isolation_mode": "allow_only_approved_outbound",
    "tags": {"team": "a"},
}


def arguments(**more: Any) -> ModelWorkspaceArgs:
    """The least a workspace must be told, and more."""
    args: Any = {"resource_group_name": "rg", "region": "eastus", **more}
    return args  # type: ignore[no-any-return]


def built(engine: Engine, **more: Any) -> dict[str, Registered]:
    """The resources of a workspace, by name."""
    engine.run(lambda: ModelWorkspace("models", arguments(**more)))
    return engine.resources


def id_of(name: str) -> str:
    """The id that the engine gives a resource."""
    return f"/subscriptions/{SUBSCRIPTION}/{name}"


def roles_of(resources: dict[str, Registered], label: str) -> set[tuple[str, Role]]:
    """Where an identity has which roles."""
    return {
        (grant.inputs["scope"], Role(grant.inputs["roleDefinitionId"].rpartition("/")[2]))
        for name, grant in resources.items()
        if grant.type_.endswith(":RoleAssignment") and name.startswith(f"models-{label}")
    }


def test_key_is_kept_in_a_vault_that_keeps_it(engine: Engine) -> None:
    """Without purge protection Azure accepts no key of one's own."""
    resources = built(engine, customer_managed_key=True)

    key = resources["models-key"]
    assert ("workspace", NAMES.key_vault) == (key.inputs["keyName"], key.inputs["vaultName"])
    assert {"kty": "RSA", "keySize": 3072} == key.inputs["properties"]
    assert resources["models-vault"].inputs["properties"]["enablePurgeProtection"] is True


def test_vault_without_a_key_can_be_purged(engine: Engine) -> None:
    """A development environment gives its names back."""
    resources = built(engine)

    assert "enablePurgeProtection" not in resources["models-vault"].inputs["properties"]


def test_workspace_and_storage_are_encrypted_with_the_key(engine: Engine) -> None:
    """By an identity that is theirs for this alone."""
    resources = built(engine, customer_managed_key=True)

    identity = id_of("models-encryption-identity")
    address = f"https://kv.vault.azure.net/keys/workspace/{VERSION}"
    assert {
        "status": "Enabled",
        "keyVaultProperties": {
            "keyVaultArmId": id_of("models-vault"),
            "keyIdentifier": address,
            "identityClientId": "c1",
        },
        "identity": {"userAssignedIdentity": identity},
    } == resources["models-workspace"].inputs["encryption"]
    storage = resources["models-storage"].inputs
    assert {
        "accountId": id_of("models-storage"),
        "keyUri": address,
        "identityId": identity,
    } == resources["models-encryption"].inputs["input"]
    assert {"type": "UserAssigned", "userAssignedIdentities": [identity]} == storage["identity"]
    assert {
        "type": "SystemAssigned,UserAssigned",
        "userAssignedIdentities": [identity],
    } == resources["models-workspace"].inputs["identity"]


def test_who_encrypts_may_use_that_key_and_nothing_else(engine: Engine) -> None:
    """Not the vault's secrets, and no other key."""
    resources = built(engine, customer_managed_key=True)

    scope = f"{id_of('models-vault')}/keys/workspace"
    assert {(scope, Role.KEY_VAULT_CRYPTO_SERVICE_ENCRYPTION_USER)} == roles_of(
        resources, "use-key"
    )


def test_account_is_encrypted_by_a_step_before_the_workspace(engine: Engine) -> None:
    """The step waits until the role counts, and no update of the account undoes it."""
    resources = built(engine, customer_managed_key=True)

    step = resources["models-encryption"].request
    assert "encryption" not in resources["models-storage"].inputs
    assert ["encryption"] == list(resources["models-storage"].request.ignoreChanges)
    assert (1, 1, 1) == (
        len(step.transforms),
        len(step.hooks.before_create),
        len(step.hooks.before_update),
    )
    assert {"models-use-key", "models-storage"} <= resources["models-encryption"].waits_for
    assert {"models-use-key", "models-encryption"} <= resources["models-workspace"].waits_for


def test_key_goes_and_comes_back_with_its_vault(engine: Engine) -> None:
    """What it encrypted could not be read without it."""
    resources = built(engine, customer_managed_key=True)

    key = resources["models-key"].request
    assert key.deletedWith.endswith("::models-vault")
    assert 1 == len(key.transforms)


def test_key_that_was_named_is_used_once_its_vault_is_found_fit(engine: Engine) -> None:
    """It may be in another group, and another team's."""
    vault = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/keys/providers/Microsoft.KeyVault/vaults"
    uri = f"https://central.vault.azure.net/keys/ours/{VERSION}"
    engine.answers["azure-native:keyvault:getVault"] = {
        "location": "eastus",
        "properties": {"enablePurgeProtection": True, "enableRbacAuthorization": True},
    }

    resources = built(engine, encryption_key={"key_vault_id": f"{vault}/central", "key_uri": uri})

    encryption = resources["models-workspace"].inputs["encryption"]["keyVaultProperties"]
    assert (f"{vault}/central", uri) == (
        encryption["keyVaultArmId"],
        encryption["keyIdentifier"],
    )
    assert f"{vault}/central/keys/ours" == resources["models-use-key"].inputs["scope"]
    assert "models-key" not in resources


def test_key_in_an_unfit_vault_is_refused(engine: Engine) -> None:
    """Azure would say so when the workspace is created, after everything it stands on."""
    vault = "/subscriptions/s/resourceGroups/keys/providers/Microsoft.KeyVault/vaults/central"
    uri = f"https://central.vault.azure.net/keys/ours/{VERSION}"
    engine.answers["azure-native:keyvault:getVault"] = {"location": "westus", "properties": {}}

    with pytest.raises(pulumi.RunError, match="purge protection") as refusal:
        built(engine, encryption_key={"key_vault_id": vault, "key_uri": uri})

    assert "models.encryption_key.key_vault_id: given a vault in westus" in str(refusal.value)


def test_own_identity_may_do_what_azure_asks_for(engine: Engine) -> None:
    """Azure grants nothing to an identity that it has not made."""
    resources = built(engine, identity="user_assigned")

    assert {
        (id_of("models-storage"), Role.CONTRIBUTOR),
        (id_of("models-vault"), Role.CONTRIBUTOR),
        (id_of("models-vault"), Role.KEY_VAULT_ADMINISTRATOR),
        (id_of("models-registry"), Role.CONTRIBUTOR),
        (id_of("models-insights"), Role.CONTRIBUTOR),
        (id_of("models-workspace"), Role.CONTRIBUTOR),
    } == roles_of(resources, "workspace-")
    assert set() == roles_of(resources, "approve")


def test_workspace_acts_with_its_own_identity_once_that_may(engine: Engine) -> None:
    """Beside the one that encrypts, if there is one."""
    resources = built(engine, identity="user_assigned", customer_managed_key=True)

    workspace = resources["models-workspace"]
    own = id_of("models-workspace-identity")
    assert own == workspace.inputs["primaryUserAssignedIdentity"]
    assert {
        "type": "UserAssigned",
        "userAssignedIdentities": [own, id_of("models-encryption-identity")],
    } == workspace.inputs["identity"]
    assert {
        "models-workspace-storage-contributor",
        "models-workspace-vault-contributor",
        "models-workspace-vault-key-vault-administrator",
        "models-workspace-registry-contributor",
        "models-workspace-insights-contributor",
    } <= workspace.waits_for


def test_own_identity_approves_private_endpoints_of_a_managed_network(engine: Engine) -> None:
    """Of exactly what the network leads to; deployments wait for it."""

    def program() -> None:
        args = arguments(identity="user_assigned", isolation_mode="allow_internet_outbound")
        workspace = ModelWorkspace("models", args)
        pulumi.Stash("endpoint", input=workspace.workspace_name)

    engine.run(program)

    assert {
        (id_of(f"models-{target}"), Role.NETWORK_CONNECTION_APPROVER)
        for target in ("workspace", "storage", "vault", "registry")
    } == roles_of(engine.resources, "approve")
    assert "models-approve-workspace" in engine.resources["endpoint"].waits_for


def test_identities_of_one_workspace_are_no_other_workspaces(engine: Engine) -> None:
    """Two workloads of a group may be called `models` and `models-encryption`."""
    resources = built(engine, identity="user_assigned", customer_managed_key=True)

    names = {
        found.inputs["resourceName"]
        for found in resources.values()
        if found.type_.endswith(":UserAssignedIdentity")
    }
    assert {"id-models", "id-models_encryption", "id-models_workspace"} == names


def test_high_business_impact_is_said(engine: Engine) -> None:
    """Only where it is asked for: Azure fixes it for ever."""
    assert built(engine, high_business_impact=True)["models-workspace"].inputs["hbiWorkspace"]


def test_nothing_is_added_that_nobody_asked_for(engine: Engine) -> None:
    """A development workspace stays as small as it is."""
    workspace = built(engine, public_network_access=True)["models-workspace"]

    assert 10 == len(engine.children("models"))
    assert {"type": "SystemAssigned"} == workspace.inputs["identity"]
    assert set() == workspace.inputs.keys() & {
        "encryption",
        "hbiWorkspace",
        "primaryUserAssignedIdentity",
        "managedNetwork",
    }
    assert [] == list(workspace.request.hooks.on_error)


def test_private_vault_lets_azures_own_services_in(engine: Engine) -> None:
    """Endpoints could not check their callers' keys otherwise."""
    private = built(engine)["models-vault"].inputs["properties"]

    assert {"bypass": "AzureServices", "defaultAction": "Deny"} == private["networkAcls"]


def test_everything_with_logs_reports_to_log_analytics(engine: Engine) -> None:
    """Each in one setting, of one name."""
    resources = built(engine, diagnostics=True)

    settings = [found for found in resources.values() if found.type_.endswith("DiagnosticSetting")]
    assert {
        id_of("models-workspace"),
        f"{id_of('models-storage')}/blobServices/default",
        id_of("models-vault"),
        id_of("models-registry"),
        id_of("models-logs"),
    } == {found.inputs["resourceUri"] for found in settings}
    assert {id_of("models-logs")} == {found.inputs["workspaceId"] for found in settings}
    assert {"to-log-analytics"} == {found.inputs["name"] for found in settings}
    for found in settings:
        assert [{"categoryGroup": "allLogs", "enabled": True}] == found.inputs["logs"]
        assert [{"category": "AllMetrics", "enabled": True}] == found.inputs["metrics"]


def test_logs_may_go_to_a_central_workspace(engine: Engine) -> None:
    """Where a security team looks at them."""
    resources = built(engine, diagnostics=True, log_analytics_workspace_id=CENTRAL)

    assert CENTRAL == resources["models-report-vault"].inputs["workspaceId"]
    assert id_of("models-logs") == resources["models-insights"].inputs["workspaceResourceId"]


def test_tags_reach_what_production_adds(engine: Engine) -> None:
    """Keys and identities too."""
    resources = built(engine, **PROTECTED)

    untagged = (":RoleAssignment", ":DiagnosticSetting", ":ModelWorkspace", ":Stash")
    tags = {
        name: found.inputs["tags"]
        for name, found in resources.items()
        if not found.type_.endswith(untagged)
    }
    assert {"a"} == {each["team"] for each in tags.values()}
    assert {"models/dev"} == {each[OWNER] for each in tags.values()}


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"identity": "my_own"}, "identity"),
        ({"isolation_mode": "strict"}, "isolation_mode"),
        ({"encryption_key": {"key_vault_id": "kv", "key_uri": "k"}}, "encryption_key.key_uri"),
        ({"encryption_key": {"key_vault_id": "kv"}}, "encryption_key.key_uri"),
        ({"diagnostics": True, "log_analytics_workspace_id": "x"}, "log_analytics_workspace_id"),
        ({"log_analytics_workspace_id": CENTRAL}, "log_analytics_workspace_id"),
        ({"diagnostics": CENTRAL}, "diagnostics"),
    ],
)
def test_malformed_arguments_are_named(engine: Engine, wrong: dict[str, Any], path: str) -> None:
    """Before anything is created."""
    with pytest.raises(ArgumentsError) as refusal:
        built(engine, **wrong)

    assert f"models.{path}" in {problem.path for problem in refusal.value.problems}


def locked(kind: str) -> None:
    """A workspace of which everything is locked."""
    workspace = ModelWorkspace("models", arguments(customer_managed_key=True))
    args: Any = {"kind": kind, "resource_ids": workspace.lockable_ids}
    ResourceLocks("locks", args, pulumi.ResourceOptions(depends_on=[workspace]))


@pytest.mark.parametrize(
    ("kind", "level"), [("can_not_delete", "CanNotDelete"), ("read_only", "ReadOnly")]
)
def test_locks_are_on_everything_but_the_workspace(engine: Engine, kind: str, level: str) -> None:
    """Its lock would be one on every deployment in it."""
    engine.run(lambda: locked(kind))

    locks = [found.inputs for found in engine.of_type(":ManagementLockByScope")]
    assert {
        id_of(f"models-{label}")
        for label in (
            "storage",
            "vault",
            "registry",
            "logs",
            "insights",
            "identity",
            "encryption-identity",
        )
    } == {lock["scope"] for lock in locks}
    assert {level} == {lock["level"] for lock in locks}
    assert {"lock-locks"} == {lock["lockName"] for lock in locks}


def test_locks_come_last(engine: Engine) -> None:
    """And so go first: Azure withdraws no role on what is locked."""
    engine.run(lambda: locked("can_not_delete"))

    waited_for = engine.resources["locks-vault"].waits_for
    assert {"models-use-key", "models-pull-images", "models-workspace"} <= waited_for


def test_no_lock_is_no_resource(engine: Engine) -> None:
    """The kind can come from a setting as it is."""
    engine.run(lambda: locked(LockKind.NONE))

    assert [] == engine.of_type(":ManagementLockByScope")


def test_unknown_lock_is_refused(engine: Engine) -> None:
    """With the kinds there are."""
    with pytest.raises(ArgumentsError, match="none, can_not_delete, read_only"):
        engine.run(lambda: locked("delete"))
