# SPDX-License-Identifier: Apache-2.0
"""Microsoft.OperationalInsights: Log Analytics workspaces."""

import base64
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from azure_sandbox.arm import lro
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.clock import timestamp
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.namespace import Namespace
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import Action, ResourceType
from azure_sandbox.arm.rules import integer_between, one_of
from azure_sandbox.arm.wire import Answer, JsonObject

_SKUS = (
    "PerGB2018",
    "Free",
    "Standard",
    "Premium",
    "PerNode",
    "Standalone",
    "CapacityReservation",
    "LACluster",
)


class LogAnalyticsWorkspaces(ResourceType):
    """Log Analytics workspaces."""

    namespace = "Microsoft.OperationalInsights"
    path = "workspaces"
    api_versions = (
        "2025-07-01",
        "2025-02-01",
        "2023-09-01",
        "2022-10-01",
        "2021-06-01",
        "2020-08-01",
    )
    name_pattern = r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]"
    name_rule = "4 to 63 letters, digits and hyphens, no hyphen at either end"
    fields = ("properties", "identity")
    shows_system_data = False
    on_put: ClassVar[Lro] = lro.async_operation(30)
    on_delete: ClassVar[Lro] = lro.location(20)

    @property
    def actions(self) -> Mapping[str, Action]:
        """The one action, sharedKeys, under both of its names."""
        return {"sharedkeys": self.shared_keys, "listkeys": self.shared_keys}

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """Defaults of the service; the customer id stays for ever."""
        return self._completed(call, super().desired(call, existing), existing)

    def patched(self, call: Call, existing: Resource) -> JsonObject:
        """A PATCH obeys the same rules."""
        return self._completed(call, super().patched(call, existing), existing)

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """Two shared keys are made with the workspace."""
        del call
        keys = {name: base64.b64encode(secrets.token_bytes(64)).decode() for name in _KEYS}
        return replace(resource, internal=existing.internal if existing else keys)

    def shared_keys(self, call: Call, resource: Resource) -> Answer:
        """``POST sharedKeys``."""
        del call
        return Answer(200, dict(resource.internal))

    def _completed(self, call: Call, body: JsonObject, existing: Resource | None) -> JsonObject:
        sku = one_of(body, "properties.sku.name", _SKUS, "InvalidParameter") or "PerGB2018"
        retention = integer_between(
            body, "properties.retentionInDays", (7, 730), 30, "InvalidParameter"
        )
        before = existing.properties if existing else {}
        properties = {
            "features": {"enableLogAccessUsingOnlyResourcePermissions": True},
            "workspaceCapping": {"dailyQuotaGb": -1.0},
            "publicNetworkAccessForIngestion": "Enabled",
            "publicNetworkAccessForQuery": "Enabled",
            **(body.get("properties") or {}),
            "customerId": before.get("customerId", str(uuid.uuid4())),
            "createdDate": before.get("createdDate", timestamp(call.at)),
            "modifiedDate": timestamp(call.at),
            "sku": {"name": sku, "lastSkuUpdate": timestamp(call.at)},
            "retentionInDays": retention,
        }
        if before.get("sku", {}).get("name") == sku:
            properties["sku"] = before["sku"]
        return {**body, "properties": properties}


_KEYS = ("primarySharedKey", "secondarySharedKey")

NAMESPACE = Namespace("Microsoft.OperationalInsights", (LogAnalyticsWorkspaces(),))
