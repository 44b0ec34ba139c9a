# SPDX-License-Identifier: Apache-2.0
"""Microsoft.Insights: Application Insights components, diagnostic settings, and metrics.

The wire names of their properties are Pascal-cased or underscored.
"""

import uuid

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.clock import timestamp
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.ids import parse
from azure_sandbox.arm.namespace import Namespace, Route
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.rules import one_of, required, unchanged
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.diagnostic_settings import DiagnosticCategories, DiagnosticSettings
from azure_sandbox.namespaces.machine_learning.deployment_metrics import (
    METRICS_VERSIONS,
    list_metrics,
)

_LOG_ANALYTICS = "microsoft.operationalinsights/workspaces"


class Components(ResourceType):
    """Application Insights components, which keep their data in a Log Analytics workspace."""

    namespace = "Microsoft.Insights"
    path = "components"
    api_versions = ("2020-02-02", "2020-02-02-preview", "2018-05-01-preview", "2015-05-01")
    name_pattern = r"[^<>%&:\\?/]{0,259}[^<>%&:\\?/. ]"
    name_rule = "1 to 260 characters, none of <>%&:\\?/, no space or period at the end"
    fields = ("properties", "kind")
    shows_system_data = False

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """Defaults of the service; keys and ids stay for ever."""
        required(call.body, "kind")
        body = super().desired(call, existing)
        kind = one_of(body, "properties.Application_Type", ("web", "other")) or "web"
        if existing:
            unchanged(existing.body, body, "properties.Application_Type")
        sent = dict(body.get("properties") or {})
        workspace_id = sent.get("WorkspaceResourceId")
        if workspace_id is not None:
            _check_workspace(call, str(workspace_id))
        return {**body, "properties": self._properties(call, kind, sent, existing)}

    def patched(self, call: Call, existing: Resource) -> JsonObject:
        """Only tags can be patched."""
        return {**existing.body, "tags": call.body.get("tags", existing.body.get("tags", {}))}

    def _properties(
        self, call: Call, kind: str, sent: JsonObject, existing: Resource | None
    ) -> JsonObject:
        before = existing.properties if existing else {}
        key = before.get("InstrumentationKey", str(uuid.uuid4()))
        app_id = before.get("AppId", str(uuid.uuid4()))
        region = str(call.body["location"]).replace(" ", "").lower()
        host = f"{region}-0.in.applicationinsights.azure.com"
        return {
            "Flow_Type": "Bluefield",
            "Request_Source": "rest",
            "IngestionMode": (
                "LogAnalytics" if "WorkspaceResourceId" in sent else "ApplicationInsights"
            ),
            "publicNetworkAccessForIngestion": "Enabled",
            "publicNetworkAccessForQuery": "Enabled",
            "DisableIpMasking": False,
            "RetentionInDays": 90,
            **sent,
            "Application_Type": kind,
            "ApplicationId": call.target.name,
            "AppId": app_id,
            "InstrumentationKey": key,
            "ConnectionString": (
                f"InstrumentationKey={key};IngestionEndpoint=https://{host}/;"
                f"LiveEndpoint=https://{region}.livediagnostics.monitor.azure.com/;"
                f"ApplicationId={app_id}"
            ),
            "Name": call.target.name,
            "CreationDate": before.get("CreationDate", timestamp(call.at)),
            "TenantId": call.target.subscription,
        }


def _check_workspace(call: Call, workspace_id: str) -> None:
    target = parse(workspace_id)
    kind = f"{target.namespace}/{target.type_path}".lower() if target else ""
    if kind != _LOG_ANALYTICS or call.tx.get(workspace_id) is None:
        raise ArmError(
            400,
            "BadRequest",
            f"Workspace '{workspace_id}' of property 'WorkspaceResourceId' was not found.",
        )


NAMESPACE = Namespace(
    "Microsoft.Insights",
    (Components(), DiagnosticSettings(), DiagnosticCategories()),
    (Route("GET", "metrics", list_metrics, METRICS_VERSIONS),),
)
