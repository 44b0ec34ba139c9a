# SPDX-License-Identifier: Apache-2.0
"""Vaults, which outlive their deletion until they are purged."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from azure_sandbox.arm import lists, lro
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.clock import timestamp
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.operations import begin_action
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import Action, ResourceType, Scope
from azure_sandbox.arm.rules import integer_between, member, one_of
from azure_sandbox.arm.wire import Answer, JsonObject
from azure_sandbox.namespaces.key_vault import soft_deletion
from azure_sandbox.namespaces.key_vault.addresses import vault_uri
from azure_sandbox.namespaces.key_vault.versions import API_VERSIONS
from azure_sandbox.namespaces.network.connections import Connections, PrivateLinkTarget

_VAULTS = "Microsoft.KeyVault/vaults"
_DELETED_VAULTS = "Microsoft.KeyVault/locations/deletedVaults"
_DAY_SECONDS = 86_400.0
_NAME = r"(?=.{3,24}$)[A-Za-z](?:-?[A-Za-z0-9])*"


class VaultConnections(Connections):
    """Private endpoints that lead to a vault."""

    namespace = "Microsoft.KeyVault"
    path = "vaults/privateEndpointConnections"
    api_versions = API_VERSIONS


class Vaults(PrivateLinkTarget):
    """Key vaults; their names are unique in all of Azure, soft-deleted ones included."""

    namespace = "Microsoft.KeyVault"
    path = "vaults"
    api_versions = API_VERSIONS
    creating = "RegisteringDns"
    on_put: ClassVar[Lro] = lro.resource_itself(15)

    def check_name(self, call: Call) -> None:
        """3 to 24 letters, digits and single hyphens, taken by nobody else."""
        name = call.target.name
        if not re.fullmatch(_NAME, name):
            raise ArmError(
                400,
                "VaultNameNotValid",
                f"The vault name '{name}' is invalid. A vault's name must be between 3-24 "
                "alphanumeric characters. The name must begin with a letter, end with a letter "
                "or digit, and not contain consecutive hyphens. Follow this link for more "
                "information: https://go.microsoft.com/fwlink/?linkid=2147742",
            )
        key = call.target.path.lower()
        others = [vault for vault in call.tx.named(_VAULTS, name) if vault.key != key]
        deleted = call.tx.named(_DELETED_VAULTS, name)
        recovers = member(call.body, "properties.createMode") == "recover"
        if others or (deleted and not recovers):
            raise ArmError(
                409,
                "VaultAlreadyExists",
                f"The vault name '{name}' is already in use. Vault names are globally unique so "
                "it is possible that the name is already taken. If you are sure that the vault "
                "name was not taken then it is possible that a vault with the same name was "
                "recently deleted but not purged after being placed in a recoverable state. If "
                "the vault is in a recoverable state then the vault will need to be purged "
                "before reusing the name. For more information on soft delete and purging a "
                "vault follow this link https://go.microsoft.com/fwlink/?linkid=2147740.",
            )

    def find(self, call: Call) -> Resource | None:
        """The vault with the address of this server."""
        vault = super().find(call)
        return vault and _addressed(vault, call)

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """The vaults of a resource group or subscription with the address of this server."""
        return [_addressed(vault, call) for vault in super().listed(call, parent_id)]

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """Defaults of the service; what protects a vault can never be turned off."""
        if member(call.body, "properties.createMode") == "recover":
            return _recovered(call)
        return _completed(super().desired(call, existing), existing)

    def patched(self, call: Call, existing: Resource) -> JsonObject:
        """A PATCH obeys the same rules."""
        return _completed(super().patched(call, existing), existing)

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """A recovered vault comes back with its secrets and keys."""
        if existing is None and member(call.body, "properties.createMode") == "recover":
            soft_deletion.bring_back(call.tx, resource.id)
        return _addressed(super().written(call, resource, existing), call)

    def removed(self, ending: Ending) -> None:
        """A deleted vault can be recovered until it is purged or its retention ends."""
        vault = ending.resource
        retention_days = vault.properties["softDeleteRetentionInDays"]
        parent = f"/subscriptions/{vault.subscription}/providers/Microsoft.KeyVault"
        parent = f"{parent}/locations/{vault.location}"
        properties = {
            "vaultId": vault.id,
            "location": vault.location,
            "tags": vault.body.get("tags", {}),
            "deletionDate": timestamp(ending.at),
            "scheduledPurgeDate": timestamp(ending.at + retention_days * _DAY_SECONDS),
        }
        if vault.properties.get("enablePurgeProtection"):
            properties["purgeProtectionEnabled"] = True
        ending.tx.save(
            Resource(
                id=f"{parent}/deletedVaults/{vault.name}",
                type=_DELETED_VAULTS,
                name=vault.name,
                parent=parent,
                subscription=vault.subscription,
                location=vault.location,
                body={"properties": properties},
                internal={"vault": vault.body},
            )
        )


class DeletedVaults(ResourceType):
    """Soft-deleted vaults; they belong to the subscription and outlive their resource group."""

    namespace = "Microsoft.KeyVault"
    path = "locations/deletedVaults"
    api_versions = API_VERSIONS
    scope = Scope.SUBSCRIPTION
    tracked = False
    shows_state = False
    shows_system_data = False
    methods = frozenset({"GET"})

    @property
    def actions(self) -> Mapping[str, Action]:
        """The one action: purge."""
        return {"purge": self.purge}

    def check_scope(self, call: Call) -> None:
        """A region is no resource."""

    def shown(self, resource: Resource, api_version: str) -> JsonObject:
        """The type is shown without the region."""
        return {**super().shown(resource, api_version), "type": "Microsoft.KeyVault/deletedVaults"}

    def purge(self, call: Call, resource: Resource) -> Answer:
        """``POST purge``: frees the name, unless purge protection is on."""
        if resource.properties.get("purgeProtectionEnabled"):
            raise ArmError(
                405,
                "MethodNotAllowed",
                f"Operation 'DeletedVaultPurge' is not allowed: purge protection is enabled for "
                f"vault '{resource.name}'.",
            )
        return begin_action(self, call, resource, lro.location(15), "purge", {})

    def finished(self, ending: Ending) -> None:
        """The purge has ended: the name is free."""
        soft_deletion.forget(ending.tx, ending.resource.properties["vaultId"])
        ending.tx.delete(ending.resource, ending.at)


def _completed(body: JsonObject, existing: Resource | None) -> JsonObject:
    properties = dict(body.get("properties") or {})
    before = existing.properties if existing else {}
    try:
        uuid.UUID(str(properties.get("tenantId")))
    except ValueError as error:
        raise _invalid("tenantId") from error
    one_of(body, "properties.sku.family", ("A",))
    sku = one_of(body, "properties.sku.name", ("standard", "premium"))
    if sku is None:
        raise _invalid("sku")
    if not properties.get("enableRbacAuthorization") and "accessPolicies" not in properties:
        raise _invalid("accessPolicies")
    _check_protection(body, before)
    if before.get("enablePurgeProtection"):
        properties["enablePurgeProtection"] = True
    retention = integer_between(
        body,
        "properties.softDeleteRetentionInDays",
        (7, 90),
        before.get("softDeleteRetentionInDays", 90),
    )
    properties.pop("createMode", None)
    completed = {
        "enabledForDeployment": False,
        "publicNetworkAccess": "Enabled",
        "enableRbacAuthorization": False,
        "accessPolicies": [],
        **properties,
        "sku": {"family": "A", "name": sku},
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": retention,
    }
    return {**body, "properties": completed}


def _addressed(vault: Resource, call: Call) -> Resource:
    """Azure's is ``https://{name}.vault.azure.net/``, a name that loopback does not have."""
    properties = {**vault.properties, "vaultUri": vault_uri(call.base_url, vault.name)}
    return replace(vault, body={**vault.body, "properties": properties})


def _check_protection(body: JsonObject, before: JsonObject) -> None:
    if member(body, "properties.enablePurgeProtection") is False:
        raise ArmError(
            400,
            "BadRequest",
            'The property "enablePurgeProtection" cannot be set to false. Enabling the purge '
            "protection for a vault is an irreversible action.",
        )
    if member(body, "properties.enableSoftDelete") is False:
        raise ArmError(
            400,
            "BadRequest",
            'The property "enableSoftDelete" can be set to false only for creating new vault. '
            "Enabling the 'soft delete' functionality is an irreversible action.",
        )
    wanted = member(body, "properties.softDeleteRetentionInDays")
    if before and wanted is not None and wanted != before["softDeleteRetentionInDays"]:
        raise ArmError(
            400,
            "BadRequest",
            'The property "softDeleteRetentionInDays" has been set already and it can\'t be '
            "modified.",
        )


def _recovered(call: Call) -> JsonObject:
    """The body of the soft-deleted vault, which ceases to be one."""
    region = str(call.body["location"]).replace(" ", "").lower()
    for deleted in call.tx.named(_DELETED_VAULTS, call.target.name):
        if deleted.location == region:
            call.tx.delete(deleted, call.at)
            body: JsonObject = deleted.internal["vault"]
            return {**body, "location": region}
    raise ArmError(
        404,
        "DeletedVaultNotFound",
        f"The deleted vault '{call.target.name}' does not exist in location '{region}'.",
    )


def _invalid(name: str) -> ArmError:
    return ArmError(400, "BadRequest", f"An invalid value was provided for '{name}'.")


def deleted_vaults(call: Call) -> Answer:
    """``GET …/deletedVaults``: those of a subscription, in all regions."""
    kind = DeletedVaults()
    rows = call.tx.of_type(_DELETED_VAULTS, subscription=call.target.subscription)
    return lists.paged(call, rows, lambda row: kind.shown(row, call.api_version), kind.page_size)


def check_name_availability(call: Call) -> Answer:
    """``POST …/checkNameAvailability``: whether a new vault can have a name."""
    name = str(call.body.get("name", ""))
    if not re.fullmatch(_NAME, name):
        text = f"The vault name '{name}' is invalid."
        return Answer(
            200, {"nameAvailable": False, "reason": "AccountNameInvalid", "message": text}
        )
    if call.tx.named(_VAULTS, name) or call.tx.named(_DELETED_VAULTS, name):
        text = f"The vault name '{name}' is already in use."
        return Answer(200, {"nameAvailable": False, "reason": "AlreadyExists", "message": text})
    return Answer(200, {"nameAvailable": True})
