# SPDX-License-Identifier: Apache-2.0
"""Deployments of a managed online endpoint."""

from collections.abc import Mapping
from dataclasses import replace

from azure_sandbox.arm import lro
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import Action, ResourceType
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import Answer, JsonObject
from azure_sandbox.namespaces.machine_learning import lost_capacity, managed_network, start_up
from azure_sandbox.namespaces.machine_learning.ancestors import ancestors_of
from azure_sandbox.namespaces.machine_learning.bodies import (
    check_location,
    check_patch,
    properties_of,
)
from azure_sandbox.namespaces.machine_learning.deployment_body import (
    check_create_only,
    check_deployment_body,
    with_defaults,
)
from azure_sandbox.namespaces.machine_learning.deployment_changes import (
    Change,
    change_of,
    duration_seconds,
)
from azure_sandbox.namespaces.machine_learning.deployment_rules import (
    check_recoverable,
    check_room,
    require_quota,
)
from azure_sandbox.namespaces.machine_learning.endpoint_body import merge_property_map
from azure_sandbox.namespaces.machine_learning.members import OF_DEPLOYMENTS, in_version
from azure_sandbox.namespaces.machine_learning.model_resolution import (
    check_environment,
    check_model,
    resolve_model,
)
from azure_sandbox.namespaces.machine_learning.names import check_deployment_name
from azure_sandbox.namespaces.machine_learning.offered_sizes import check_offered
from azure_sandbox.namespaces.machine_learning.probes import loading_budget_seconds
from azure_sandbox.namespaces.machine_learning.routing import (
    SCORE_PATH,
    Routing,
    record_routing,
    routing_of,
    with_routing,
    with_scoring_path,
)
from azure_sandbox.namespaces.machine_learning.serving import (
    Serving,
    capacity_of,
    with_serving,
)
from azure_sandbox.namespaces.machine_learning.system_entries import (
    asked_of,
    made_by,
    system_entries,
)
from azure_sandbox.namespaces.machine_learning.today import today
from azure_sandbox.namespaces.machine_learning.traffic import without
from azure_sandbox.namespaces.machine_learning.versions import NAMESPACE_NAME, VERSIONS
from azure_sandbox.namespaces.machine_learning.violations import Violation, refuse
from azure_sandbox.namespaces.machine_learning.vm_sizes import find_vm_size
from azure_sandbox.namespaces.machine_learning.workloads import Workload, workload_of

_DELETION_SECONDS = 120
_NO_CAPACITY = "no_capacity"
_LOG_CONTAINERS = ("InferenceServer", "StorageInitializer")


class OnlineDeployments(ResourceType):
    """`workspaces/onlineEndpoints/deployments`."""

    namespace = NAMESPACE_NAME
    path = "workspaces/onlineEndpoints/deployments"
    api_versions = VERSIONS
    fields = ("properties", "sku", "kind", "identity")
    on_put = lro.async_operation(900)
    on_patch = lro.location(900)
    on_delete = lro.location(_DELETION_SECONDS)

    @property
    def actions(self) -> Mapping[str, Action]:
        """`getLogs`."""
        return {"getlogs": self.get_logs}

    def check_name(self, call: Call) -> None:
        """Refuse a name that Azure refuses."""
        refuse(check_deployment_name(call.target.name))

    def check_parent(self, call: Call) -> None:
        """Refuse a change while anything runs on the endpoint, or when that never came to be."""
        endpoint = ancestors_of(call.tx, call.target.path).endpoint
        self._check_endpoint_idle(call, endpoint)
        if not endpoint.internal.get("created"):
            text = (
                "This endpoint has not been created successfully or is in deleting provisioning "
                "state. Please recreate endpoint and then try again to create deployment."
            )
            refuse([Violation("", text)])

    def check_idle(self, call: Call, existing: Resource) -> None:
        """Refuse a change while anything runs on the endpoint or one of its deployments."""
        self._check_endpoint_idle(call, ancestors_of(call.tx, existing.id).endpoint)

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """Return the deployment that a PUT asks for, if every rule and the quota allow it."""
        body = self._asked_for(call, existing)
        above = ancestors_of(call.tx, call.target.path)
        day = today(call.at)
        violations = check_deployment_body(body, day)
        properties = body["properties"]
        held = existing.properties.get("properties") if existing else None
        properties["properties"], changed = merge_property_map(
            properties.get("properties"), held or {}
        )
        violations += changed
        violations += check_location(call, above.endpoint.id)
        network = managed_network.owner(call.tx, above.workspace)
        violations += managed_network.check_egress(network, properties_of(call))
        violations += managed_network.check_endpoint(network, above.endpoint)
        if existing is None:
            violations += check_room(call.tx, above.endpoint)
            violations += check_offered(
                call.tx, above.endpoint.location, properties.get("instanceType")
            )
        else:
            violations += check_create_only(existing.properties, properties)
            violations += check_recoverable(existing)
        if existing is None or existing.properties.get("model") != properties.get("model"):
            model = resolve_model(call.tx, above.workspace, properties.get("model"))
            violations += check_model(model, properties.get("model"), day)
        violations += check_environment(call.tx, above.workspace, properties.get("environmentId"))
        refuse(violations)
        require_quota(call.tx, above.endpoint, body, existing)
        return body

    def patched(self, call: Call, existing: Resource) -> JsonObject:
        """Return the deployment with other tags or another capacity: a PATCH takes no more."""
        check_patch(call, ("tags", "sku"))
        body = {**existing.body, **({"tags": call.body["tags"]} if "tags" in call.body else {})}
        sku = {**existing.body["sku"], **(call.body.get("sku") or {})}
        body["sku"] = sku
        refuse([*check_deployment_body(body, today(call.at)), *check_recoverable(existing)])
        require_quota(call.tx, ancestors_of(call.tx, existing.id).endpoint, body, existing)
        return body

    def lro(self, call: Call, existing: Resource | None) -> Lro:
        """How long a change takes depends on what it changes and on the model."""
        if call.method == "DELETE":
            return self.on_delete
        body = self._asked_for(call, existing)
        workspace = ancestors_of(call.tx, call.target.path).workspace
        seconds = duration_seconds(
            _change(existing, body),
            workload_of(call.tx, workspace, body["properties"]).load_seconds,
            loading_budget_seconds(body["properties"]),
        )
        return lro.location(seconds) if call.method == "PATCH" else lro.async_operation(seconds)

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """Remember what the request changes, to know at the end what had to start."""
        change = _change(existing, self._asked_for(call, existing))
        resource = asked_of(resource, call)
        return replace(resource, internal={**resource.internal, "change": change.name})

    def payload(self, call: Call, existing: Resource | None) -> JsonObject:
        """Remember whether the region has no machines for what has to start."""
        if call.method == "DELETE":
            return {}
        body = self._asked_for(call, existing)
        size = find_vm_size(body["properties"]["instanceType"])
        starts = size and _change(existing, body).loads_model
        location = ancestors_of(call.tx, call.target.path).endpoint.location
        struck = size and starts and lost_capacity.is_struck(call.tx, location, size)
        return {_NO_CAPACITY: size.name} if size and struck else {}

    def shown(self, resource: Resource, api_version: str) -> JsonObject:
        """Show a change of the capacity alone as `Scaling`."""
        shape = super().shown(resource, api_version)
        entries = {**shape["properties"]["properties"], **system_entries(resource)}
        shape["properties"]["properties"] = entries
        if resource.state == self.updating and Change[resource.internal["change"]].is_scaling:
            shape["properties"]["provisioningState"] = "Scaling"
        return in_version(shape, OF_DEPLOYMENTS, api_version)

    def finished(self, ending: Ending) -> None:
        """Let the deployment serve what was asked for, or fail for what keeps it from starting."""
        deployment = ending.resource
        start = _start_up(ending.tx, deployment)
        if size := find_vm_size(ending.operation.payload.get(_NO_CAPACITY, "")):
            raise lost_capacity.shortage(start.endpoint.location, size)
        change = Change[deployment.internal["change"]]
        if change.loads_model:
            start_up.check(start, ending.operation.started_at)
        if ending.operation.verb == "PUT":
            deployment = made_by(deployment, ending.operation)
        if change is Change.CREATE:
            container = start.workload.container
            path = container.scoring_path if container else SCORE_PATH
            ending.tx.save(with_scoring_path(start.endpoint, path))
        ending.tx.save(with_serving(deployment, _serving(deployment, start.workload)))
        cause = f"deployment {deployment.name}: {change.value}"
        record_routing(ending.tx, start.endpoint, ending.at, cause)

    def check_delete(self, call: Call, existing: Resource) -> None:
        """Refuse to delete a deployment that has live or mirrored traffic."""
        endpoint = ancestors_of(call.tx, existing.id).endpoint
        if routing_of(endpoint).uses(existing.name):
            text = (
                f"Deployment {existing.name} receives traffic of endpoint {endpoint.name} and "
                "cannot be deleted. Set its traffic to 0 first."
            )
            refuse([Violation("Traffic", text)])

    def removed(self, ending: Ending) -> None:
        """Forget the deployment's entry in the traffic, unless the endpoint disappears too."""
        deployment = ending.resource
        endpoint = ending.tx.get(deployment.parent)
        if endpoint is None or ending.operation.resource_id.lower() != deployment.key:
            return
        routing = routing_of(endpoint)
        left = Routing(
            without(routing.traffic, deployment.name),
            without(routing.mirror_traffic, deployment.name),
        )
        if left != routing:
            endpoint = ending.tx.save(with_routing(endpoint, left))
        cause = f"deployment {deployment.name} deleted"
        record_routing(ending.tx, endpoint, ending.at, cause)

    # --- actions ------------------------------------------------------------------------------

    def get_logs(self, call: Call, resource: Resource) -> Answer:
        """Return the last lines of a container's log."""
        container = call.body.get("containerType") or _LOG_CONTAINERS[0]
        if container not in _LOG_CONTAINERS:
            text = f"containerType is {container!r}; it must be {' or '.join(_LOG_CONTAINERS)}."
            refuse([Violation("ContainerType", text)])
        lines = start_up.log_lines(_start_up(call.tx, resource), container)
        tail = call.body.get("tail")
        if isinstance(tail, int) and tail > 0:
            lines = lines[-tail:]
        return Answer(200, {"content": "\n".join(lines)})

    # --- rules --------------------------------------------------------------------------------

    def _asked_for(self, call: Call, existing: Resource | None) -> JsonObject:
        """Return the body of a PUT with its defaults, or what a PATCH makes of the existing one."""
        if call.method == "PATCH" and existing:
            sku = {**existing.body["sku"], **(call.body.get("sku") or {})}
            return {**existing.body, "sku": sku}
        properties_of(call)
        given = {key: call.body[key] for key in self.fields if key in call.body}
        return with_defaults(given, existing.body if existing else None)

    def _check_endpoint_idle(self, call: Call, endpoint: Resource) -> None:
        running = call.tx.running_under(endpoint.id)
        if running:
            raise self.busy(call.tx.get(running[0].resource_id) or endpoint, running[0])


def _start_up(tx: Transaction, deployment: Resource) -> start_up.StartUp:
    above = ancestors_of(tx, deployment.id)
    workload = workload_of(tx, above.workspace, deployment.properties)
    return start_up.StartUp(tx, above.workspace, above.endpoint, deployment, workload)


def _serving(deployment: Resource, workload: Workload) -> Serving:
    model, container, server = workload.model, workload.container, workload.server
    return Serving(
        model=workload.display,
        registry=model.catalogue.registry if model and model.catalogue else "",
        asset=model.asset if model else "",
        instance_type=deployment.properties["instanceType"],
        instances=capacity_of(deployment),
        served_names=server.served_names if server else (),
        scoring_path=container.scoring_path if container else "/",
    )


def _change(existing: Resource | None, body: JsonObject) -> Change:
    """What changes; after a failed update nothing of what was asked for runs yet."""
    if existing and existing.state == "Failed":
        return Change.ROLL
    return change_of(existing.body if existing else None, body)
