# SPDX-License-Identifier: Apache-2.0
"""Microsoft.Storage: storage accounts."""

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from azure_sandbox.arm import lro
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.clock import timestamp
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.namespace import Namespace, Route
from azure_sandbox.arm.records import Operation, Resource
from azure_sandbox.arm.resource_type import Action
from azure_sandbox.arm.rules import one_of, required, unchanged
from azure_sandbox.arm.wire import Answer, JsonObject
from azure_sandbox.namespaces.network.connections import Connections, PrivateLinkTarget
from azure_sandbox.namespaces.storage_encryption import encryption

API_VERSIONS = (
    "2026-09-01",
    "2025-06-01",
    "2025-01-01",
    "2024-01-01",
    "2023-05-01",
    "2023-04-01",
    "2023-01-01",
    "2022-09-01",
    "2022-05-01",
    "2021-09-01",
    "2021-08-01",
    "2021-06-01",
    "2021-04-01",
    "2021-02-01",
    "2021-01-01",
    "2019-06-01",
)
_ACCOUNTS = "Microsoft.Storage/storageAccounts"
_SKUS = (
    "Standard_LRS",
    "Standard_GRS",
    "Standard_RAGRS",
    "Standard_ZRS",
    "Premium_LRS",
    "Premium_ZRS",
    "Standard_GZRS",
    "Standard_RAGZRS",
)
_KINDS = ("Storage", "StorageV2", "BlobStorage", "FileStorage", "BlockBlobStorage")
_SERVICES = ("blob", "dfs", "file", "queue", "table", "web")
_NAME = r"[a-z0-9]{3,24}"
_NAME_RULE = (
    "Storage account name must be between 3 and 24 characters in length and use numbers and "
    "lower-case letters only."
)
_CREATE_ONLY = ("isHnsEnabled", "isNfsV3Enabled", "dnsEndpointType")


class StorageConnections(Connections):
    """Private endpoints that lead to a storage account."""

    namespace = "Microsoft.Storage"
    path = "storageAccounts/privateEndpointConnections"
    api_versions = API_VERSIONS


class StorageAccounts(PrivateLinkTarget):
    """Storage accounts; their names are unique in all of Azure."""

    namespace = "Microsoft.Storage"
    path = "storageAccounts"
    api_versions = API_VERSIONS
    fields = ("properties", "sku", "kind", "identity", "extendedLocation")
    shows_system_data = False
    on_put: ClassVar[Lro] = lro.location(20)

    @property
    def actions(self) -> Mapping[str, Action]:
        """The key actions: listKeys and regenerateKey."""
        return {"listkeys": self.list_keys, "regeneratekey": self.regenerate_key}

    def check_name(self, call: Call) -> None:
        """3 to 24 lower-case letters and digits, taken by nobody else."""
        name = call.target.name
        if not re.fullmatch(_NAME, name):
            text = f"{name} is not a valid storage account name. {_NAME_RULE}"
            raise ArmError(400, "AccountNameInvalid", text)
        for owner in call.tx.named(_ACCOUNTS, name):
            if owner.key != call.target.path.lower():
                text = f"The storage account named {name} is already taken."
                raise ArmError(409, "StorageAccountAlreadyTaken", text)

    def busy(self, resource: Resource, operation: Operation) -> ArmError:
        """Storage's own words for a conflict."""
        del resource, operation
        text = (
            "An operation is currently performing on this storage account that requires "
            "exclusive access."
        )
        return ArmError(409, "StorageAccountOperationInProgress", text)

    def lro(self, call: Call, existing: Resource | None) -> Lro:
        """Only the creation takes time."""
        return lro.IMMEDIATE if existing else super().lro(call, existing)

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """Defaults of the service, and the addresses of the account."""
        required(call.body, "sku.name", "InvalidRequestPropertyValue")
        required(call.body, "kind", "InvalidRequestPropertyValue")
        body = super().desired(call, existing)
        return self._completed(call, body, existing)

    def patched(self, call: Call, existing: Resource) -> JsonObject:
        """A PATCH obeys the same rules."""
        return self._completed(call, super().patched(call, existing), existing)

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """Two keys are made with the account."""
        keys = existing.internal if existing else {"key1": _new_key(), "key2": _new_key()}
        resource = super().written(call, resource, existing)
        return replace(resource, internal={"createdAt": call.at, **keys})

    def list_keys(self, call: Call, resource: Resource) -> Answer:
        """``POST listKeys``."""
        del call
        return Answer(200, _shown_keys(resource))

    def regenerate_key(self, call: Call, resource: Resource) -> Answer:
        """``POST regenerateKey`` with ``keyName``."""
        name = one_of(call.body, "keyName", ("key1", "key2")) or required(call.body, "keyName")
        internal = {**resource.internal, name: _new_key()}
        return Answer(200, _shown_keys(call.tx.save(replace(resource, internal=internal))))

    def _completed(self, call: Call, body: JsonObject, existing: Resource | None) -> JsonObject:
        sku = one_of(body, "sku.name", _SKUS, "InvalidRequestPropertyValue") or ""
        kind = one_of(body, "kind", _KINDS, "InvalidRequestPropertyValue")
        before = existing.properties if existing else {}
        properties = dict(body.get("properties") or {})
        for name in _CREATE_ONLY:
            if existing:
                unchanged({"properties": before}, body, f"properties.{name}")
                if name in before:
                    properties[name] = before[name]
        host = f"{call.target.name}.{{}}.core.windows.net"
        location = existing.location if existing else str(call.body["location"])
        location = location.replace(" ", "").lower()
        defaults = {
            "minimumTlsVersion": "TLS1_2",
            "allowBlobPublicAccess": False,
            "supportsHttpsTrafficOnly": True,
            "networkAcls": {
                "bypass": "AzureServices",
                "virtualNetworkRules": [],
                "ipRules": [],
                "defaultAction": "Allow",
            },
            "accessTier": "Hot",
        }
        read_only = {
            "encryption": encryption(call, existing, properties.get("encryption")),
            "creationTime": before.get("creationTime", timestamp(call.at)),
            "primaryEndpoints": {name: f"https://{host.format(name)}/" for name in _SERVICES},
            "primaryLocation": location,
            "statusOfPrimary": "available",
        }
        return {
            **body,
            "kind": kind,
            "sku": {"name": sku, "tier": sku.partition("_")[0]},
            "properties": {**defaults, **properties, **read_only},
        }


def _shown_keys(resource: Resource) -> JsonObject:
    return {
        "keys": [
            {
                "keyName": name,
                "value": resource.internal[name],
                "permissions": "FULL",
                "creationTime": timestamp(resource.created_at),
            }
            for name in ("key1", "key2")
        ]
    }


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(64)).decode()


def _check_name_availability(call: Call) -> Answer:
    name = str(required(call.body, "name"))
    if not re.fullmatch(_NAME, name):
        text = f"{name} is not a valid storage account name. {_NAME_RULE}"
        return Answer(
            200, {"nameAvailable": False, "reason": "AccountNameInvalid", "message": text}
        )
    if call.tx.named(_ACCOUNTS, name):
        text = f"The storage account named {name} is already taken."
        return Answer(200, {"nameAvailable": False, "reason": "AlreadyExists", "message": text})
    return Answer(200, {"nameAvailable": True})


NAMESPACE = Namespace(
    "Microsoft.Storage",
    (StorageAccounts(), StorageConnections()),
    (Route("POST", "checkNameAvailability", _check_name_availability, API_VERSIONS),),
)
