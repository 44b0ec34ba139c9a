# SPDX-License-Identifier: Apache-2.0
"""Microsoft.ContainerRegistry: container registries."""

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
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import Action
from azure_sandbox.arm.rules import one_of, required
from azure_sandbox.arm.wire import Answer, JsonObject
from azure_sandbox.namespaces import customer_keys
from azure_sandbox.namespaces.customer_keys import KeyUse
from azure_sandbox.namespaces.key_vault.addresses import parse_key_uri
from azure_sandbox.namespaces.network.connections import Connections, PrivateLinkTarget

API_VERSIONS = (
    "2025-11-01",
    "2025-04-01",
    "2024-11-01-preview",
    "2023-11-01-preview",
    "2023-08-01-preview",
    "2023-07-01",
    "2023-06-01-preview",
    "2023-01-01-preview",
    "2022-12-01",
    "2021-09-01",
    "2019-05-01",
)
_REGISTRIES = "Microsoft.ContainerRegistry/registries"
_SKUS = ("Basic", "Standard", "Premium", "Classic")
_ENABLED, _DISABLED = "enabled", "disabled"
_PASSWORDS = ("password", "password2")
_NAME_RULE = (
    "The registry name is invalid. It may contain only alphanumeric characters and must be "
    "between 5 and 50 characters."
)


class RegistryConnections(Connections):
    """Private endpoints that lead to a registry."""

    namespace = "Microsoft.ContainerRegistry"
    path = "registries/privateEndpointConnections"
    api_versions = API_VERSIONS


class Registries(PrivateLinkTarget):
    """Container registries; their names are unique in all of Azure."""

    namespace = "Microsoft.ContainerRegistry"
    path = "registries"
    api_versions = API_VERSIONS
    fields = ("properties", "sku", "identity")
    on_put: ClassVar[Lro] = lro.async_operation(30)
    on_delete: ClassVar[Lro] = lro.location(20)

    @property
    def actions(self) -> Mapping[str, Action]:
        """The credential actions: listCredentials and regenerateCredential."""
        return {
            "listcredentials": self.list_credentials,
            "regeneratecredential": self.regenerate_credential,
        }

    def check_name(self, call: Call) -> None:
        """5 to 50 letters and digits, taken by nobody else."""
        name = call.target.name
        if not re.fullmatch(r"[A-Za-z0-9]{5,50}", name):
            raise ArmError(400, "InvalidRegistryName", _NAME_RULE)
        for owner in call.tx.named(_REGISTRIES, name):
            if owner.key != call.target.path.lower():
                raise ArmError(
                    409,
                    "AlreadyInUse",
                    f"The registry DNS name {name.lower()}.azurecr.io is already in use. You can "
                    "check if the name is already claimed using following API: "
                    "https://docs.microsoft.com/en-us/rest/api/containerregistry/registries/"
                    "checknameavailability",
                )

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """Defaults of the service, and the login server."""
        required(call.body, "sku.name", "InvalidSku")
        return self._completed(call, super().desired(call, existing), existing)

    def patched(self, call: Call, existing: Resource) -> JsonObject:
        """A PATCH obeys the same rules."""
        return self._completed(call, super().patched(call, existing), existing)

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """Two passwords are made with the registry."""
        resource = super().written(call, resource, existing)
        fresh = {name: secrets.token_urlsafe(32) for name in _PASSWORDS}
        return replace(resource, internal=existing.internal if existing else fresh)

    def list_credentials(self, call: Call, resource: Resource) -> Answer:
        """``POST listCredentials``; only with the admin user enabled."""
        del call
        if not resource.properties["adminUserEnabled"]:
            raise ArmError(
                400,
                "UnAuthorizedForCredentialOperations",
                "Cannot perform credential operations for "
                f"{resource.id} as admin user is disabled. Kindly enable admin user as per docs: "
                "https://docs.microsoft.com/en-us/azure/container-registry/"
                "container-registry-authentication#admin-account",
            )
        passwords = [{"name": name, "value": resource.internal[name]} for name in _PASSWORDS]
        return Answer(200, {"username": resource.name, "passwords": passwords})

    def regenerate_credential(self, call: Call, resource: Resource) -> Answer:
        """``POST regenerateCredential`` with the password's name."""
        name = one_of(call.body, "name", _PASSWORDS) or required(call.body, "name")
        internal = {**resource.internal, name: secrets.token_urlsafe(32)}
        return self.list_credentials(call, call.tx.save(replace(resource, internal=internal)))

    def _completed(self, call: Call, body: JsonObject, existing: Resource | None) -> JsonObject:
        sku = one_of(body, "sku.name", _SKUS, "InvalidSku")
        before = existing.properties if existing else {}
        sent = body.get("properties") or {}
        if sent.get("publicNetworkAccess") == "Disabled" and sku != "Premium":
            raise ArmError(
                400,
                "FeatureNotSupportedForSku",
                "Disabling public network access needs a registry of SKU Premium; this one has "
                f"SKU {sku}.",
            )
        properties = {
            "adminUserEnabled": False,
            "anonymousPullEnabled": False,
            "dataEndpointEnabled": False,
            "dataEndpointHostNames": [],
            "networkRuleBypassOptions": "AzureServices",
            "policies": {
                "quarantinePolicy": {"status": "disabled"},
                "retentionPolicy": {"days": 7, "status": "disabled"},
                "trustPolicy": {"type": "Notary", "status": "disabled"},
            },
            "publicNetworkAccess": "Enabled",
            "zoneRedundancy": "Disabled",
            **sent,
            "encryption": _encryption(call, existing, sent.get("encryption"), str(sku)),
            "loginServer": f"{call.target.name.lower()}.azurecr.io",
            "creationDate": before.get("creationDate", timestamp(call.at)),
        }
        return {**body, "sku": {"name": sku, "tier": sku}, "properties": properties}


def _encryption(
    call: Call, existing: Resource | None, given: JsonObject | None, sku: str
) -> JsonObject:
    """The encryption of a registry, which with a customer's key is decided at its creation."""
    held: JsonObject = existing.properties["encryption"] if existing else {"status": _DISABLED}
    status = one_of(given or {}, "status", (_ENABLED, _DISABLED)) or held["status"]
    if existing and status != held["status"]:
        text = "Encryption with a customer-managed key can be set only when a registry is created."
        raise ArmError(400, "EncryptionPropertiesCannotBeChanged", text)
    if status == _DISABLED:
        return {"status": _DISABLED}
    if sku != "Premium":
        text = f"Customer-managed keys need a registry of SKU Premium; this one has SKU {sku}."
        raise ArmError(400, "FeatureNotSupportedForSku", text)
    wanted: JsonObject = {**held, **(given or {})}.get("keyVaultProperties") or {}
    address = parse_key_uri(str(wanted.get("keyIdentifier")))
    client_id = str(wanted.get("identity") or "").lower()
    identities = [call.tx.get(one) for one in customer_keys.user_assigned_ids(call, existing)]
    principals = tuple(
        customer_keys.principal_of(identity)
        for identity in identities
        if identity and identity.properties["clientId"].lower() == client_id
    )
    if address is None or not principals:
        text = (
            "The encryption needs a keyIdentifier and, as identity, the client id of a "
            "user-assigned identity of the registry."
        )
        raise ArmError(400, "InvalidEncryptionProperties", text)
    problem = KeyUse(call.tx, address, principals, call.at).problem()
    if problem:
        text = f"The key {wanted['keyIdentifier']} cannot be used: {problem.value}."
        raise ArmError(400, "InvalidEncryptionProperties", text)
    shown = {
        **wanted,
        "versionedKeyIdentifier": wanted["keyIdentifier"],
        "keyRotationEnabled": address.version is None,
    }
    return {"status": _ENABLED, "keyVaultProperties": shown}


def _check_name_availability(call: Call) -> Answer:
    name = str(required(call.body, "name"))
    if not re.fullmatch(r"[A-Za-z0-9]{5,50}", name):
        return Answer(200, {"nameAvailable": False, "reason": "Invalid", "message": _NAME_RULE})
    if call.tx.named(_REGISTRIES, name):
        text = f"The registry {name} is already in use."
        return Answer(200, {"nameAvailable": False, "reason": "AlreadyExists", "message": text})
    return Answer(200, {"nameAvailable": True})


NAMESPACE = Namespace(
    "Microsoft.ContainerRegistry",
    (Registries(), RegistryConnections()),
    (Route("POST", "checkNameAvailability", _check_name_availability, API_VERSIONS),),
)
