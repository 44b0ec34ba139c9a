# SPDX-License-Identifier: Apache-2.0
"""What will exist, and where: the places of a picture."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from azure_model_endpoints.planning.networks import NetworkNames
from azure_model_endpoints.planning.private_links import private_links
from azure_model_endpoints.planning.topology_parts import Node, Place, key_of
from azure_model_endpoints.vocabulary import AuthMode, IsolationMode, LockKind

if TYPE_CHECKING:
    from azure_model_endpoints.planning.endpoint import EndpointPlan
    from azure_model_endpoints.planning.stack_plan import StackPlan

__all__ = ["ALWAYS", "ANYWHERE", "HOSTS", "RESOURCES", "SERVICES", "is_existing", "places_of"]

_INTERNET = Node("internet", "Internet")
_AUTHENTICATION = {
    AuthMode.KEY: "callers show a key",
    AuthMode.AML_TOKEN: "callers show an Azure ML token",
    AuthMode.ENTRA_TOKEN: "callers show a Microsoft Entra token",
}
ANYWHERE, ALWAYS, HOSTS, SERVICES, RESOURCES = (
    "anywhere",
    "always_open",
    "approved_hosts",
    "approved_services",
    "private_resources",
)
_ALWAYS_OPEN = (
    "AzureActiveDirectory",
    "AzureMachineLearning, 5831, 18881",
    "BatchNodeManagement.{region}",
    "AzureResourceManager",
    "AzureFrontDoor.FirstParty",
    "MicrosoftContainerRegistry",
    "AzureMonitor",
)
"""Service tags that every managed network with approved outbound has (Azure docs, "Workspace
managed virtual network isolation"); VirtualNetwork is left out: that is the network itself."""
_OUTSIDE = {
    HOSTS: "Approved hosts",
    SERVICES: "Approved services",
    RESOURCES: "Private resources",
}
_LOCKS = {
    LockKind.NONE: (),
    LockKind.CAN_NOT_DELETE: ("locked against deletion",),
    LockKind.READ_ONLY: ("locked against any change",),
}


def places_of(plan: "StackPlan") -> Iterator[Place]:
    """Yield the places of a stack, in the order in which a request passes them."""
    yield _callers(plan)
    if plan.settings.network:
        yield _network(plan)
    yield from _workspace(plan)
    yield _instances(plan)
    if not is_existing(plan):
        yield from _outside(plan)


def is_existing(plan: "StackPlan") -> bool:
    """Return whether its workspace is there already."""
    return plan.settings.workspace.existing is not None


def _callers(plan: "StackPlan") -> Place:
    nodes = [_INTERNET]
    if plan.settings.network:
        ranges = tuple(plan.settings.network.peers) or ("no peers are declared",)
        nodes.append(Node("peers", "Peered networks", ranges))
    elif is_existing(plan) and not plan.settings.public_network_access:
        nodes.append(Node("peers", "The workspace's own network"))
    return Place("callers", "Callers", tuple(nodes))


def _network(plan: "StackPlan") -> Place:
    said = plan.settings.network
    links = private_links(plan.settings.region)
    locked = _protection(plan, is_locked=True)
    nodes = tuple(
        Node(
            f"pep_{link.name}",
            f"Private endpoint: {link.name}",
            (
                *(
                    f"{zone} (the hub's)" if said and zone in said.private_dns_zone_ids else zone
                    for zone in link.zones
                ),
                *locked,
            ),
        )
        for link in links
    )
    if plan.network is None:
        subnet = (said.existing_subnet_id or "") if said else ""
        *_, network, _, name = subnet.split("/")
        return Place("network", f"Existing network {network}", nodes, (f"subnet {name}",))
    names = NetworkNames.of(plan.settings.name)
    details = (
        ", ".join(plan.network.address_space),
        f"{names.subnet}: {plan.network.private_endpoints_subnet}",
        *locked,
    )
    return Place("network", f"Virtual network {names.virtual_network}", nodes, details)


def _workspace(plan: "StackPlan") -> Iterator[Place]:
    """Yield the endpoints with what they stand on: what is closed to the internet, and the logs."""
    endpoints = tuple(_endpoint(plan, endpoint) for endpoint in plan.endpoints)
    existing = plan.settings.workspace.existing
    if existing:
        details = (f"resource group {existing.resource_group_name}", "exists, and stays as it is")
        yield Place("resources", f"Workspace {existing.name}", endpoints, details)
        return
    told = partial(_protection, plan)
    nodes = (
        *endpoints,
        Node(
            "workspace",
            f"Workspace mlw-{plan.settings.name}",
            told(is_encrypted=True, is_reporting=True),
        ),
        Node(
            "storage",
            "Storage account",
            told(is_locked=True, is_encrypted=True, is_reporting=True),
        ),
        Node("vault", "Key vault", told(is_locked=True, is_reporting=True)),
        Node("registry", "Container registry", told(is_locked=True, is_reporting=True)),
    )
    yield Place("resources", f"Resource group {plan.resource_group_name}", nodes)
    logs = ("with Application Insights", *told(is_locked=True))
    yield Place(
        "monitoring", f"Logs in {plan.resource_group_name}", (Node("logs", "Log Analytics", logs),)
    )


def _protection(
    plan: "StackPlan",
    *,
    is_locked: bool = False,
    is_encrypted: bool = False,
    is_reporting: bool = False,
) -> tuple[str, ...]:
    """Return what is said of a thing that gets what the settings ask for.

    Args:
        plan: the stack.
        is_locked: whether a lock is put on it.
        is_encrypted: whether a key of one's own encrypts it.
        is_reporting: whether its logs are sent.
    """
    said = plan.settings.workspace
    details = [*_LOCKS[said.lock]] if is_locked else []
    if is_encrypted and said.customer_managed_key:
        details.append("encrypted with a key of its own")
    if is_reporting and said.diagnostics:
        details.append("reports to Log Analytics")
    return tuple(details)


def _endpoint(plan: "StackPlan", endpoint: "EndpointPlan") -> Node:
    settings = plan.settings.endpoints[endpoint.key]
    details = [_AUTHENTICATION[settings.auth_mode]]
    if settings.invokers:
        count = len(settings.invokers)
        details.append(f"{count} may invoke it: {', '.join(settings.invokers)}")
    details += _protection(plan, is_reporting=True)
    return Node(key_of("endpoint", endpoint.key), f"Endpoint {endpoint.key}", tuple(details))


def _instances(plan: "StackPlan") -> Place:
    nodes = tuple(
        Node(
            key_of("deployment", endpoint.key, deployment.name),
            f"{endpoint.key}.{deployment.name}",
            (f"{deployment.instances} × {deployment.sku}",),
        )
        for endpoint in plan.endpoints
        for deployment in endpoint.deployments
    )
    if is_existing(plan):
        return Place("instances", "Instances, in the workspace's own network", nodes)
    if not plan.isolation.is_isolated:
        return Place("instances", "Instances, without a managed network", nodes)
    return Place(
        "instances", "Managed network of the workspace", nodes, (plan.isolation.mode.value,)
    )


def _outside(plan: "StackPlan") -> Iterator[Place]:
    """Yield what the instances may reach besides their own workspace."""
    if plan.isolation.mode is not IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND:
        yield Place(ANYWHERE, "Internet", (Node("hosts", "Any host"),))
    else:
        tags = tuple(tag.format(region=plan.settings.region) for tag in _ALWAYS_OPEN)
        yield Place(ALWAYS, "Opened by Azure itself", (Node("tags", "Service tags", tags),))
    kinds = {
        HOSTS: [rule for rule in plan.isolation.rules if rule.is_fqdn],
        SERVICES: [r for r in plan.isolation.rules if not r.is_fqdn and not r.is_private],
        RESOURCES: [rule for rule in plan.isolation.rules if rule.is_private],
    }
    for key, rules in kinds.items():
        nodes = tuple(
            Node(
                f"{key}_{index}",
                _target_of(rule.body["destination"]),
                ("for the stack's models",) if rule.needed_by else (f"rule {rule.name}",),
            )
            for index, rule in enumerate(rules)
        )
        if nodes:
            yield Place(key, _OUTSIDE[key], nodes)


def _target_of(destination: Any) -> str:
    if isinstance(destination, str):
        return destination
    if "serviceTag" in destination:
        tag = destination["serviceTag"]
        return f"{tag}, {destination['protocol']} {destination['portRanges']}"
    resource = destination["serviceResourceId"].rpartition("/")[2]
    return f"{resource} ({destination['subresourceTarget']})"
