# SPDX-License-Identifier: Apache-2.0
"""Microsoft.ManagedIdentity: user-assigned identities."""

import uuid
from collections.abc import Mapping

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.namespace import Namespace
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.wire import JsonObject


class UserAssignedIdentities(ResourceType):
    """User-assigned identities: a service principal in the directory for each."""

    namespace = "Microsoft.ManagedIdentity"
    path = "userAssignedIdentities"
    api_versions = ("2024-11-30", "2023-01-31", "2022-01-31-preview", "2018-11-30")
    name_pattern = r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}"
    name_rule = "3 to 128 letters, digits, underscores and hyphens, first a letter or digit"
    shows_state = False

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """The three ids, which stay for the life of the identity."""
        ids: Mapping[str, str] = (
            existing.properties
            if existing
            else {
                "tenantId": call.caller.tenant_id,
                "principalId": str(uuid.uuid4()),
                "clientId": str(uuid.uuid4()),
            }
        )
        return {"properties": dict(ids)}

    def patched(self, call: Call, existing: Resource) -> JsonObject:
        """Only tags can be changed."""
        return {**existing.body, "tags": call.body.get("tags", existing.body.get("tags", {}))}

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """Makes the principal known to the directory."""
        del existing
        ids = resource.properties
        call.tx.add_principal(ids["principalId"], ids["clientId"], resource.name, resource.id)
        return resource


NAMESPACE = Namespace("Microsoft.ManagedIdentity", (UserAssignedIdentities(),))
