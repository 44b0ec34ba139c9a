# SPDX-License-Identifier: Apache-2.0
"""Managed online endpoints."""

from collections.abc import Mapping
from dataclasses import replace

from azure_sandbox.arm import locations, lro, registrations
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.operations import begin_action
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import Action, ResourceType
from azure_sandbox.arm.wire import Answer, JsonObject
from azure_sandbox.namespaces.machine_learning import (
    endpoint_roles,
    endpoint_secrets,
    managed_network,
)
from azure_sandbox.namespaces.machine_learning.bodies import (
    check_location,
    check_patch,
    properties_of,
)
from azure_sandbox.namespaces.machine_learning.endpoint_body import (
    check_endpoint_body,
    merge_property_map,
)
from azure_sandbox.namespaces.machine_learning.limits import check_room_for_endpoint
from azure_sandbox.namespaces.machine_learning.members import OF_ENDPOINTS, in_version
from azure_sandbox.namespaces.machine_learning.names import check_endpoint_name
from azure_sandbox.namespaces.machine_learning.routing import (
    DEPLOYMENT_TYPE,
    Routing,
    record_end,
    record_routing,
    routing_of,
    scoring_path_of,
    with_routing,
)
from azure_sandbox.namespaces.machine_learning.serving import serving_of
from azure_sandbox.namespaces.machine_learning.system_entries import (
    ENDPOINT_ID,
    asked_of,
    made_by,
    system_entries,
)
from azure_sandbox.namespaces.machine_learning.traffic import check_traffic
from azure_sandbox.namespaces.machine_learning.versions import NAMESPACE_NAME, VERSIONS
from azure_sandbox.namespaces.machine_learning.violations import Violation, refuse

_CREATION_SECONDS = 120
_UPDATE_SECONDS = 30
_DELETION_SECONDS = 60
_PROVIDERS_ENDPOINTS_NEED = ("Microsoft.PolicyInsights", "Microsoft.Cdn")


class OnlineEndpoints(ResourceType):
    """`workspaces/onlineEndpoints`."""

    namespace = NAMESPACE_NAME
    path = "workspaces/onlineEndpoints"
    api_versions = VERSIONS
    fields = ("properties", "sku", "kind", "identity")
    write_only = ("keys",)
    on_put = lro.async_operation(_CREATION_SECONDS)
    on_patch = lro.location(_UPDATE_SECONDS)
    on_delete = lro.location(_DELETION_SECONDS)

    @property
    def actions(self) -> Mapping[str, Action]:
        """`listKeys`, `regenerateKeys` and `token`."""
        return {
            "listkeys": self.list_keys,
            "regeneratekeys": self.regenerate_keys,
            "token": self.token,
        }

    def check_name(self, call: Call) -> None:
        """Refuse a name that Azure refuses."""
        refuse(check_endpoint_name(call.target.name))

    def check_idle(self, call: Call, existing: Resource) -> None:
        """Refuse a change while anything runs on the endpoint or one of its deployments."""
        running = call.tx.running_under(existing.id)
        if running:
            raise self.busy(existing, running[0])

    def find(self, call: Call) -> Resource | None:
        """Return the endpoint with the addresses of this server."""
        endpoint = super().find(call)
        return endpoint and _addressed(endpoint, call)

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """Return the endpoints of a workspace with the addresses of this server."""
        return [_addressed(endpoint, call) for endpoint in super().listed(call, parent_id)]

    def shown(self, resource: Resource, api_version: str) -> JsonObject:
        """Show the routing that is in force, not the one an unfinished PUT asks for."""
        routing = routing_of(resource)
        shape = super().shown(resource, api_version)
        shape["properties"] |= {
            "traffic": routing.traffic,
            "mirrorTraffic": routing.mirror_traffic,
            "keys": None,
        }
        entries = {ENDPOINT_ID: resource.key, **system_entries(resource)}
        shape["properties"]["properties"] = {**shape["properties"]["properties"], **entries}
        return in_version(shape, OF_ENDPOINTS, api_version)

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """Return the endpoint that a PUT asks for; routing it does not mention becomes empty."""
        properties = properties_of(call)
        violations = check_endpoint_body(properties)
        held = existing.properties.get("properties") if existing else None
        entries, changed = merge_property_map(properties.get("properties"), held or {})
        violations += changed
        violations += check_location(call, call.target.parent)
        violations += _check_traffic(call, existing)
        violations += self._check_new(call) if existing is None else _check_created(existing)
        refuse(violations)
        if existing is None:
            _check_providers(call)
        body = {key: call.body[key] for key in self.fields if key in call.body}
        body.setdefault("kind", "Managed")
        body["properties"] = {
            "publicNetworkAccess": "Enabled",
            **{key: value for key, value in properties.items() if value is not None},
            "properties": entries,
            "traffic": properties.get("traffic") or {},
            "mirrorTraffic": properties.get("mirrorTraffic") or {},
        }
        body["properties"].pop("keys", None)
        return body

    def patched(self, call: Call, existing: Resource) -> JsonObject:
        """Return the endpoint with other tags or another identity: a PATCH takes no more."""
        check_patch(call, ("tags", "identity"))
        return existing.body | {
            key: call.body[key] for key in ("tags", "identity") if key in call.body
        }

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """Give a new endpoint its keys and a system-assigned identity its roles."""
        endpoint_roles.assign_to_system_identity(call, resource, existing)
        resource = asked_of(_addressed(resource, call), call)
        if existing:
            return resource
        given = properties_of(call).get("keys") or {}
        made = endpoint_secrets.new_secrets(
            given.get("primaryKey") or "", given.get("secondaryKey") or ""
        )
        secrets = {"secrets": endpoint_secrets.stored(made)}
        resource = replace(resource, internal={**resource.internal, **secrets})
        workspace = call.tx.get(resource.parent)
        network = managed_network.owner(call.tx, workspace) if workspace else resource
        mode = managed_network.mode_of(network.properties)
        return managed_network.isolation_at_creation(resource, mode)

    def lro(self, call: Call, existing: Resource | None) -> Lro:
        """A change is quicker than a creation."""
        if call.method == "PUT" and existing:
            return lro.async_operation(_UPDATE_SECONDS)
        return super().lro(call, existing)

    def finished(self, ending: Ending) -> None:
        """Put the routing of a PUT into force, or the new key of an action."""
        endpoint, verb = ending.resource, ending.operation.verb
        if verb == "PUT":
            properties = endpoint.properties
            routing = Routing(properties["traffic"], properties["mirrorTraffic"])
            created = "created" not in endpoint.internal
            endpoint = replace(endpoint, internal={**endpoint.internal, "created": True})
            endpoint = made_by(endpoint, ending.operation)
            endpoint = ending.tx.save(with_routing(endpoint, routing))
            cause = "endpoint created" if created else "PUT of the endpoint"
            record_routing(ending.tx, endpoint, ending.at, cause)
        elif verb == "regenerateKeys":
            secrets = {**endpoint.internal["secrets"], **ending.operation.payload}
            ending.tx.save(replace(endpoint, internal={**endpoint.internal, "secrets": secrets}))

    def removed(self, ending: Ending) -> None:
        """Close the routing history."""
        record_end(ending.tx, ending.resource, ending.at, "endpoint deleted")

    # --- actions ------------------------------------------------------------------------------

    def list_keys(self, call: Call, resource: Resource) -> Answer:  # noqa: ARG002 - an action
        """Return both keys of an endpoint whose `authMode` is `Key`."""
        _check_auth_mode(resource, "Key", "Keys")
        secrets = endpoint_secrets.loaded(resource.internal["secrets"])
        return Answer(
            200, {"primaryKey": secrets.primary_key, "secondaryKey": secrets.secondary_key}
        )

    def regenerate_keys(self, call: Call, resource: Resource) -> Answer:
        """Replace one key by a given or a random one."""
        _check_auth_mode(resource, "Key", "Keys")
        names = {"primary": "primaryKey", "secondary": "secondaryKey"}
        kind = str(call.body.get("keyType")).lower()
        if kind not in names:
            problem = f"keyType is {call.body.get('keyType')!r}; it must be Primary or Secondary."
            refuse([Violation("KeyType", problem)])
        payload = {names[kind]: call.body.get("keyValue") or endpoint_secrets.new_key()}
        return begin_action(
            self, call, resource, lro.location(_UPDATE_SECONDS), "regenerateKeys", payload
        )

    def token(self, call: Call, resource: Resource) -> Answer:
        """Return a token of an endpoint whose `authMode` is `AMLToken`."""
        _check_auth_mode(resource, "AMLToken", "Tokens")
        secrets = endpoint_secrets.loaded(resource.internal["secrets"])
        lifetime = endpoint_secrets.TOKEN_LIFETIME_SECONDS
        return Answer(
            200,
            {
                "accessToken": secrets.token(call.at),
                "expiryTimeUtc": int(call.at + lifetime),
                "refreshAfterTimeUtc": int(call.at + lifetime / 2),
                "tokenType": "Bearer",
            },
        )

    # --- rules --------------------------------------------------------------------------------

    def _check_new(self, call: Call) -> list[Violation]:
        location = locations.normalise(call.body["location"])
        namesakes = call.tx.named(self.full_name, call.target.name)
        violations = []
        if any(endpoint.location == location for endpoint in namesakes):
            text = (
                "There is already an endpoint with this name, Endpoint name needs to be unique "
                "within a region. Try some other name."
            )
            violations.append(Violation("", text))
        existing = call.tx.of_type(
            self.full_name, subscription=call.target.subscription, location=location
        )
        return violations + check_room_for_endpoint(len(existing), location)


def _addressed(endpoint: Resource, call: Call) -> Resource:
    base = f"{call.base_url}/inference/{endpoint.location}/{endpoint.name}"
    addresses = {
        "scoringUri": base + scoring_path_of(endpoint),
        "swaggerUri": f"{base}/swagger.json",
    }
    properties = {**endpoint.properties, **addresses}
    return replace(endpoint, body={**endpoint.body, "properties": properties})


def _check_traffic(call: Call, existing: Resource | None) -> list[Violation]:
    deployments = call.tx.children(existing.id, DEPLOYMENT_TYPE) if existing else []
    properties = properties_of(call)
    return check_traffic(
        properties.get("traffic"),
        properties.get("mirrorTraffic"),
        existing=[deployment.name for deployment in deployments],
        serving=[deployment.name for deployment in deployments if serving_of(deployment)],
    )


def _check_created(existing: Resource) -> list[Violation]:
    if existing.internal.get("created"):
        return []
    text = (
        f"Specified endpoint [{existing.name}] has not been created successfully. Please recreate "
        "the endpoint."
    )
    return [Violation("", text)]


def _check_providers(call: Call) -> None:
    for provider in _PROVIDERS_ENDPOINTS_NEED:
        if not registrations.is_registered(call.tx, call.target.subscription, provider):
            raise ArmError(
                404,
                "SubscriptionNotRegistered",
                "Resource provider [N/A] isn't registered with Subscription [N/A]. Please see "
                "troubleshooting guide, available here: https://aka.ms/register-resource-provider",
            )


def _check_auth_mode(endpoint: Resource, mode: str, what: str) -> None:
    actual = endpoint.properties["authMode"]
    if actual != mode:
        text = f"{what} need the authMode {mode}; this endpoint has {actual}."
        refuse([Violation("AuthMode", text)])
