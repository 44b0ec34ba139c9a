# SPDX-License-Identifier: Apache-2.0
"""Microsoft.Resources: subscriptions, resource groups, and what providers there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from azure_sandbox import identity
from azure_sandbox.arm import lists, locations, lro, refusals, registrations
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.ids import RESOURCES, parse
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.namespace import Namespace, Route
from azure_sandbox.arm.records import Operation, Resource
from azure_sandbox.arm.resource_type import ResourceType, Scope
from azure_sandbox.arm.wire import Answer, JsonObject

API_VERSIONS = (
    "2025-04-01",
    "2025-03-01",
    "2024-11-01",
    "2024-07-01",
    "2024-03-01",
    "2023-07-01",
    "2022-12-01",
    "2022-09-01",
    "2022-01-01",
    "2021-04-01",
    "2021-01-01",
    "2020-10-01",
    "2020-06-01",
    "2020-01-01",
    "2019-11-01",
    "2019-10-01",
    "2019-05-10",
    "2018-05-01",
    "2018-02-01",
    "2016-06-01",
)


class Subscriptions(ResourceType):
    """The two subscriptions of the sandbox; they cannot be changed."""

    namespace = RESOURCES
    path = "subscriptions"
    api_versions = API_VERSIONS
    scope = Scope.TENANT
    tracked = False
    methods = frozenset({"GET"})

    def check_scope(self, call: Call) -> None:
        """Nothing is above a subscription."""

    def find(self, call: Call) -> Resource | None:
        """Any subscription that got this far exists."""
        return _subscription(call.target.name.lower())

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """Only the caller's own: somebody else's is not seen."""
        del call, parent_id
        return [_subscription(identity.SUBSCRIPTION_ID)]

    def shown(self, resource: Resource, api_version: str) -> JsonObject:
        """Subscriptions have a shape of their own."""
        del api_version
        return {
            "id": resource.id,
            "authorizationSource": "RoleBased",
            "managedByTenants": [],
            "subscriptionId": resource.name,
            "tenantId": identity.TENANT_ID,
            "displayName": "Azure sandbox",
            "state": "Enabled",
            "subscriptionPolicies": {
                "locationPlacementId": "Public_2014-09-01",
                "quotaId": "PayAsYouGo_2014-09-01",
                "spendingLimit": "Off",
            },
        }


class ResourceGroups(ResourceType):
    """Resource groups; deleting one deletes everything in it."""

    namespace = RESOURCES
    path = "resourceGroups"
    api_versions = API_VERSIONS
    scope = Scope.SUBSCRIPTION
    fields = ("managedBy",)
    name_pattern = r"[\w().-]{0,89}[\w()-]"
    shows_system_data = False
    on_delete: ClassVar[Lro] = lro.location(120)

    def check_scope(self, call: Call) -> None:
        """Nothing but the subscription is above a resource group."""

    def check_name(self, call: Call) -> None:
        """Letters, digits, ``-._()``, at most 90, no dot at the end (Azure docs, naming rules)."""
        name = call.target.name
        try:
            super().check_name(call)
        except ArmError as error:
            raise ArmError(
                400,
                "InvalidResourceGroup",
                f"The provided resource group name '{name}' is invalid. The name can only be a "
                "letter, digit, '-', '.', '(', ')' or '_', has at most 90 characters and does "
                "not end with '.'.",
            ) from error

    def missing(self, call: Call) -> ArmError:
        """Groups have an error of their own."""
        return refusals.resource_group_not_found(call.target.name)

    def moved(self, existing: Resource, location: str) -> ArmError:
        """Groups have an error of their own."""
        return ArmError(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{location}'. The Resource group already exists in "
            f"location '{existing.location}'.",
        )

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """What was sent; a group always has ``properties``."""
        return {**super().desired(call, existing), "properties": {}}

    def busy(self, resource: Resource, operation: Operation) -> ArmError:
        """The only operation of a group is its deletion."""
        del operation
        return refusals.resource_group_being_deleted(resource.name)


@dataclass(frozen=True, slots=True)
class Providers:
    """Lists the resource providers and registers them."""

    namespaces: Mapping[str, Namespace]

    def listed(self, call: Call) -> Answer:
        """``GET /subscriptions/{s}/providers``."""
        shown = [self._shown(call, provider) for provider in self.namespaces.values()]
        return Answer(200, {"value": shown})

    def shown(self, call: Call) -> Answer:
        """``GET /subscriptions/{s}/providers/{namespace}``."""
        return Answer(200, self._shown(call, self._named(call)))

    def register(self, call: Call) -> Answer:
        """``POST …/register``."""
        return self._changed(call, registrations.REGISTERED)

    def unregister(self, call: Call) -> Answer:
        """``POST …/unregister``; refused while the provider has resources."""
        provider = self._named(call)
        prefix = f"{provider.name}/".lower()
        for resource in call.tx.in_subscription(call.target.subscription):
            if resource.type.lower().startswith(prefix):
                raise ArmError(
                    409,
                    "CannotUnregisterProviderWithResources",
                    f"Cannot unregister provider '{provider.name}': the subscription still has "
                    f"'{resource.id}'.",
                )
        return self._changed(call, registrations.NOT_REGISTERED)

    def _changed(self, call: Call, state: str) -> Answer:
        provider = self._named(call)
        call.tx.set_registration(call.target.subscription, provider.name, state)
        return Answer(200, self._shown(call, provider))

    def _named(self, call: Call) -> Namespace:
        return self.namespaces[call.target.namespace.lower()]

    def _shown(self, call: Call, provider: Namespace) -> JsonObject:
        subscription = call.target.subscription
        regions = [locations.REGIONS[name] for name in provider.locations or locations.REGIONS]
        return {
            "id": f"/subscriptions/{subscription}/providers/{provider.name}",
            "namespace": provider.name,
            "registrationPolicy": "RegistrationRequired",
            "registrationState": registrations.state(call.tx, subscription, provider.name),
            "resourceTypes": [
                {
                    "resourceType": kind.path,
                    "locations": regions if kind.tracked else [],
                    "apiVersions": list(kind.api_versions),
                }
                for kind in provider.types
            ],
        }


def namespace(others: Mapping[str, Namespace]) -> Namespace:
    """Microsoft.Resources, which knows all ``others`` by name in lower case."""
    types = (Subscriptions(), ResourceGroups())
    itself = Namespace(RESOURCES, types)
    providers = Providers({**others, RESOURCES.lower(): itself})
    kinds = {kind.full_name: kind for other in (*others.values(), itself) for kind in other.types}

    def resources(call: Call) -> Answer:
        return _tracked_resources(call, kinds)

    return Namespace(
        RESOURCES,
        types,
        (
            Route("GET", "tenants", _tenants, API_VERSIONS),
            Route("GET", "locations", _locations, API_VERSIONS),
            Route("HEAD", "resourceGroups", _group_exists, API_VERSIONS),
            Route("GET", "resources", resources, API_VERSIONS),
            Route("GET", "providers", providers.listed, API_VERSIONS),
            Route("GET", "providers/of", providers.shown, API_VERSIONS),
            Route("POST", "providers/register", providers.register, API_VERSIONS),
            Route("POST", "providers/unregister", providers.unregister, API_VERSIONS),
        ),
    )


def _tenants(call: Call) -> Answer:
    del call
    tenant = {
        "id": f"/tenants/{identity.TENANT_ID}",
        "tenantId": identity.TENANT_ID,
        "displayName": "Azure sandbox",
        "tenantCategory": "Home",
        "countryCode": "US",
        "domains": ["sandbox.onmicrosoft.com"],
    }
    return Answer(200, {"value": [tenant]})


def _locations(call: Call) -> Answer:
    subscription = call.target.scope
    rows = [
        {
            "id": f"{subscription}/locations/{name}",
            "name": name,
            "displayName": display_name,
            "type": "Region",
            "regionalDisplayName": display_name,
            "metadata": {"regionType": "Physical"},
        }
        for name, display_name in locations.REGIONS.items()
    ]
    return Answer(200, {"value": rows})


def _group_exists(call: Call) -> Answer:
    if call.tx.get(call.target.path) is None:
        raise refusals.resource_group_not_found(call.target.name)
    return Answer(204)


def _tracked_resources(call: Call, kinds: Mapping[str, ResourceType]) -> Answer:
    """The tracked resources of a resource group or subscription, nested ones included."""
    if call.target.resource_group:
        group = call.tx.get(call.target.scope)
        if group is None:
            raise refusals.resource_group_not_found(call.target.resource_group)
        found = call.tx.in_group(call.target.subscription, call.target.resource_group)
    else:
        found = call.tx.in_subscription(call.target.subscription)
    wanted = _wanted_type(call.query.get("$filter", ""))
    rows = [
        resource
        for resource in found
        if resource.type in kinds
        and kinds[resource.type].tracked
        and resource.type != f"{RESOURCES}/resourceGroups"
        and wanted in {"", resource.type.lower()}
    ]
    return lists.paged(call, rows, _row, 1000)


def _wanted_type(expression: str) -> str:
    """The type of ``resourceType eq 'Microsoft.X/y'``, in lower case; empty when not asked."""
    left, _, right = expression.partition(" eq ")
    return right.strip().strip("'").lower() if left.strip().lower() == "resourcetype" else ""


def _row(resource: Resource) -> JsonObject:
    target = parse(resource.id)
    row: JsonObject = {
        "id": resource.id,
        "name": "/".join(target.names) if target else resource.name,
        "type": resource.type,
    }
    kept = ("location", "tags", "sku", "kind", "identity", "managedBy")
    return row | {key: resource.body[key] for key in kept if key in resource.body}


def _subscription(subscription: str) -> Resource:
    path = f"/subscriptions/{subscription}"
    return Resource(path, f"{RESOURCES}/subscriptions", subscription, "", {})
