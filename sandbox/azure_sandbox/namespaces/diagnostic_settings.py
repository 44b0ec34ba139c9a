# SPDX-License-Identifier: Apache-2.0
"""Diagnostic settings: where the logs and metrics of a resource are sent to."""

from collections.abc import Iterator, Sequence

from azure_sandbox.arm import refusals, scopes
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.ids import parse
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType, Scope
from azure_sandbox.arm.rules import one_of
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.diagnostic_categories import ALL_METRICS, CATEGORIES, Categories

MOST_SETTINGS = 5
"""Per resource (Azure docs, azure-monitor service limits)."""

_API_VERSIONS = ("2021-05-01-preview", "2017-05-01-preview")
_SETTINGS = "Microsoft.Insights/diagnosticSettings"
_STORAGE = "Microsoft.Storage/storageAccounts"
_SINKS = {
    "workspaceId": "Microsoft.OperationalInsights/workspaces",
    "storageAccountId": _STORAGE,
    "eventHubAuthorizationRuleId": "",
    "marketplacePartnerId": "",
}
"""What can be sent to, with the resource type where the sandbox has it."""
_DESTINATION_TYPES = ("Dedicated", "AzureDiagnostics")
_SERVICES = ("blobservices", "fileservices", "queueservices", "tableservices")


class DiagnosticSettings(ResourceType):
    """Settings of any resource whose type has something to tell."""

    namespace = _SETTINGS.partition("/")[0]
    path = _SETTINGS.partition("/")[2]
    api_versions = _API_VERSIONS
    scope = Scope.ANY
    tracked = False
    shows_state = False
    shows_system_data = False
    methods = frozenset({"GET", "PUT", "DELETE"})

    def check_scope(self, call: Call) -> None:
        """The resource exists; the services of a storage account exist with it."""
        scopes.check_group(call)
        owner = call.tx.get(_owner_id(call.target.scope))
        if owner is None:
            target = parse(call.target.scope)
            raise refusals.resource_not_found(target or call.target)
        if owner.state == scopes.DELETING and call.method == "PUT":
            raise refusals.parent_being_deleted(owner.id)

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """The settings, if the resource has these categories and the sinks can take them."""
        categories = _categories(call.target.scope)
        given = call.body.get("properties") or {}
        others = [
            setting
            for setting in call.tx.children(call.target.scope, _SETTINGS)
            if setting.key != call.target.path.lower()
        ]
        if existing is None and len(others) >= MOST_SETTINGS:
            text = f"The limit of {MOST_SETTINGS} diagnostic settings was reached."
            raise ArmError(409, "Conflict", text)
        logs, metrics = given.get("logs") or [], given.get("metrics") or []
        _check_categories(categories, logs, metrics)
        _check_sinks(call, given)
        for other in others:
            _check_separate(given, other)
        one_of(given, "logAnalyticsDestinationType", _DESTINATION_TYPES)
        kept = {name: given[name] for name in (*_SINKS, "eventHubName") if given.get(name)}
        if given.get("logAnalyticsDestinationType"):
            kept["logAnalyticsDestinationType"] = given["logAnalyticsDestinationType"]
        return {
            "properties": {
                **kept,
                "logs": [_entry(one) for one in logs],
                "metrics": [_entry(one) for one in metrics],
            }
        }


class DiagnosticCategories(ResourceType):
    """What a resource has to tell: read-only."""

    namespace = DiagnosticSettings.namespace
    path = "diagnosticSettingsCategories"
    api_versions = _API_VERSIONS
    scope = Scope.ANY
    tracked = False
    shows_state = False
    shows_system_data = False
    methods = frozenset({"GET"})

    def check_scope(self, call: Call) -> None:
        """The resource exists."""
        DiagnosticSettings().check_scope(call)

    def find(self, call: Call) -> Resource | None:
        """One category."""
        wanted = call.target.name.lower()
        rows = self.listed(call, call.target.scope)
        return next((row for row in rows if row.name.lower() == wanted), None)

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """All of them."""
        del call
        categories = _categories(parent_id)
        kinds = [("Logs", categories.logs), ("Metrics", categories.metrics)]
        return [
            Resource(
                id=f"{parent_id}/providers/{self.full_name}/{name}",
                type=self.full_name,
                name=name,
                parent=parent_id,
                body={
                    "properties": {
                        "categoryType": kind,
                        "categoryGroups": list(categories.groups) if kind == "Logs" else [],
                    }
                },
            )
            for kind, names in kinds
            for name in names
        ]


def _owner_id(scope: str) -> str:
    """The id of the resource; a service of a storage account is known by its account."""
    account, _, service = scope.rpartition("/")[0].rpartition("/")
    return account if service.lower() in _SERVICES else scope


def _categories(scope: str) -> Categories:
    target = parse(scope)
    kind = f"{target.namespace}/{target.type_path}".lower() if target else ""
    found = CATEGORIES.get(kind)
    if found is None:
        text = f"The resource type '{kind}' does not support diagnostic settings."
        raise ArmError(400, "ResourceTypeNotSupported", text)
    return found


def _check_categories(
    categories: Categories, logs: Sequence[JsonObject], metrics: Sequence[JsonObject]
) -> None:
    if not logs and not metrics:
        text = "At least one category of logs or metrics needs to be specified."
        raise ArmError(400, "BadRequest", text)
    all_metrics = (ALL_METRICS,) if categories.metrics else ()
    for what, entries, member, allowed in (
        ("Category", logs, "category", categories.logs),
        ("Category group", logs, "categoryGroup", categories.groups),
        ("Metric category", metrics, "category", (*categories.metrics, *all_metrics)),
    ):
        known = {name.lower() for name in allowed}
        for entry in entries:
            name = entry.get(member)
            if name is not None and str(name).lower() not in known:
                raise ArmError(400, "BadRequest", f"{what} '{name}' is not supported.")
    for entry in (*logs, *metrics):
        policy = entry.get("retentionPolicy") or {}
        if policy.get("enabled") and policy.get("days"):
            text = "Diagnostic settings does not support retention for new diagnostic settings."
            raise ArmError(400, "BadRequest", text)


def _check_sinks(call: Call, given: JsonObject) -> None:
    if not any(given.get(sink) for sink in _SINKS):
        raise ArmError(400, "BadRequest", "At least one data sink needs to be specified.")
    owner = call.tx.get(_owner_id(call.target.scope))
    for sink, kind in _SINKS.items():
        resource_id = given.get(sink)
        found = call.tx.get(str(resource_id))
        if not resource_id or not kind:
            continue
        if found is None or found.type != kind:
            text = f"The resource '{resource_id}' of {sink} was not found."
            raise ArmError(400, "BadRequest", text)
        if kind == _STORAGE and owner:
            _check_account(owner, found)


def _check_account(owner: Resource, account: Resource) -> None:
    """An account that takes logs is near, is another one, and can append (Azure docs)."""
    if owner.location and owner.location != account.location:
        raise ArmError(
            400,
            "BadRequest",
            f"Resource '{owner.id}' is in region '{owner.location}' and resource '{account.id}' "
            f"is in region '{account.location}'.",
        )
    if owner.key == account.key:
        text = f"The storage account '{account.id}' cannot be sent its own logs."
        raise ArmError(400, "BadRequest", text)
    if str(account.body["sku"]["name"]).startswith("Premium"):
        text = f"The storage account '{account.id}' is premium storage, which takes no logs."
        raise ArmError(400, "BadRequest", text)


def _check_separate(given: JsonObject, other: Resource) -> None:
    """No two settings of a resource send the same category to the same place."""
    for sink in _SINKS:
        resource_id = str(given.get(sink) or "")
        if not resource_id or resource_id.lower() != str(other.properties.get(sink)).lower():
            continue
        taken = set(_enabled(other.properties))
        for category in _enabled(given):
            if category in taken:
                raise ArmError(
                    409,
                    "Conflict",
                    f"Data sink '{resource_id}' is already used in diagnostic setting "
                    f"'{other.name}' for category '{category}'. Data sinks can't be reused in "
                    "different settings on the same category for the same resource.",
                )


def _enabled(properties: JsonObject) -> Iterator[str]:
    for entry in (*(properties.get("logs") or ()), *(properties.get("metrics") or ())):
        if entry.get("enabled"):
            yield str(entry.get("category") or entry.get("categoryGroup"))


def _entry(given: JsonObject) -> JsonObject:
    kept = {name: value for name, value in given.items() if value is not None}
    defaults = {"enabled": False, "retentionPolicy": {"enabled": False, "days": 0}}
    return {**defaults, **kept}
