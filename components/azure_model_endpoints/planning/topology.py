# SPDX-License-Identifier: Apache-2.0
"""What will exist, and who may reach what over which path: a picture as data."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from azure_model_endpoints.planning.networks import NetworkNames
from azure_model_endpoints.planning.private_links import private_links
from azure_model_endpoints.vocabulary import AuthMode, IsolationMode, LockKind

if TYPE_CHECKING:
    from azure_model_endpoints.planning.endpoint import EndpointPlan
    from azure_model_endpoints.planning.stack_plan import StackPlan

__all__ = ["Node", "Path", "PathKind", "Place", "Topology", "topology_of"]


class PathKind(StrEnum):
    """How one thing reaches another."""

    PUBLIC = "public"
    """Over the internet."""
    PRIVATE = "private"
    """By addresses of a private network alone."""
    REFUSED = "refused"
    """Not at all."""


@dataclass(frozen=True, slots=True)
class Node:
    """One thing that there will be."""

    key: str
    """Unique in the picture: letters, digits and underscores."""
    title: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are, and what holds of all of them."""

    key: str
    title: str
    nodes: tuple[Node, ...]
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """Who reaches what: keys of nodes or places."""

    source: str
    target: str
    kind: PathKind
    label: str


@dataclass(frozen=True, slots=True)
class Topology:
    """A picture of a stack."""

    title: str
    places: tuple[Place, ...]
    """In the order in which a request passes them."""
    paths: tuple[Path, ...]

    def name(self, key: str) -> str:
        """Return the title of a node or a place."""
        titles = {place.key: place.title for place in self.places}
        titles |= {node.key: node.title for place in self.places for node in place.nodes}
        return titles[key]


_INTERNET = Node("internet", "Internet")
_AUTHENTICATION = {
    AuthMode.KEY: "callers show a key",
    AuthMode.AML_TOKEN: "callers show an Azure ML token",
    AuthMode.ENTRA_TOKEN: "callers show a Microsoft Entra token",
}
_TARGETS = {
    "workspace": "workspace",
    "storage_account": "storage",
    "key_vault": "vault",
    "container_registry": "registry",
}
"""The nodes that private endpoints lead to."""
_ANYWHERE, _HOSTS, _SERVICES, _RESOURCES = (
    "anywhere",
    "approved_hosts",
    "approved_services",
    "private_resources",
)
_OUTSIDE = {
    _HOSTS: "Approved hosts",
    _SERVICES: "Approved services",
    _RESOURCES: "Private resources",
}
_LOCKS = {
    LockKind.NONE: (),
    LockKind.CAN_NOT_DELETE: ("locked against deletion",),
    LockKind.READ_ONLY: ("locked against any change",),
}


def topology_of(stack: str, plan: "StackPlan") -> Topology:
    """Return the picture of a stack.

    Args:
        stack: the stack's name.
        plan: what was planned for it.
    """
    places = [_callers(plan)]
    if plan.settings.network:
        places.append(_network(plan))
    places += [_workspace(plan), _instances(plan)]
    if not _is_existing(plan):
        places += _outside(plan)
    title = f"{plan.settings.name}, {stack}, {plan.settings.region}"
    return Topology(title, tuple(places), tuple(_paths(plan)))


def _callers(plan: "StackPlan") -> Place:
    nodes = [_INTERNET]
    if plan.settings.network:
        ranges = tuple(plan.settings.network.peers) or ("no peers are declared",)
        nodes.append(Node("peers", "Peered networks", ranges))
    elif _is_existing(plan) and not plan.settings.public_network_access:
        nodes.append(Node("peers", "The workspace's own network"))
    return Place("callers", "Callers", tuple(nodes))


def _network(plan: "StackPlan") -> Place:
    said = plan.settings.network
    links = private_links(plan.settings.region)
    nodes = tuple(
        Node(
            f"pep_{link.name}",
            f"Private endpoint: {link.name}",
            tuple(
                f"{zone} (the hub's)" if said and zone in said.private_dns_zone_ids else zone
                for zone in link.zones
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
    )
    return Place("network", f"Virtual network {names.virtual_network}", nodes, details)


def _workspace(plan: "StackPlan") -> Place:
    endpoints = tuple(_endpoint(plan, endpoint) for endpoint in plan.endpoints)
    existing = plan.settings.workspace.existing
    if existing:
        workspace = Node("workspace", existing.name, ("exists, and stays as it is",))
        title = f"Resource group {existing.resource_group_name}"
        return Place("resources", title, (*endpoints, workspace))
    said = plan.settings.workspace
    details = [*_LOCKS[said.lock]]
    if said.customer_managed_key:
        details.append("encrypted with a key of its own")
    if said.diagnostics:
        details.append("reports to Log Analytics")
    nodes = (
        *endpoints,
        Node("workspace", f"Workspace mlw-{plan.settings.name}"),
        Node("storage", "Storage account"),
        Node("vault", "Key vault"),
        Node("registry", "Container registry"),
        Node("logs", "Log Analytics", ("with Application Insights",)),
    )
    title = f"Resource group {plan.resource_group_name}"
    return Place("resources", title, nodes, tuple(details))


def _endpoint(plan: "StackPlan", endpoint: "EndpointPlan") -> Node:
    settings = plan.settings.endpoints[endpoint.key]
    details = [_AUTHENTICATION[settings.auth_mode]]
    if settings.invokers:
        count = len(settings.invokers)
        details.append(f"{count} may invoke it: {', '.join(settings.invokers)}")
    return Node(_key("endpoint", endpoint.key), f"Endpoint {endpoint.key}", tuple(details))


def _instances(plan: "StackPlan") -> Place:
    nodes = tuple(
        Node(
            _key("deployment", endpoint.key, deployment.name),
            f"{endpoint.key}.{deployment.name}",
            (f"{deployment.instances} × {deployment.sku}",),
        )
        for endpoint in plan.endpoints
        for deployment in endpoint.deployments
    )
    if _is_existing(plan):
        return Place("instances", "Instances, in the workspace's own network", nodes)
    if not plan.isolation.is_isolated:
        return Place("instances", "Instances, without a managed network", nodes)
    return Place(
        "instances", "Managed network of the workspace", nodes, (plan.isolation.mode.value,)
    )


def _outside(plan: "StackPlan") -> Iterator[Place]:
    """Yield what the instances may reach besides their own workspace."""
    if plan.isolation.mode is not IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND:
        yield Place(_ANYWHERE, "Internet", (Node("hosts", "Any host"),))
    kinds = {
        _HOSTS: [rule for rule in plan.isolation.rules if rule.is_fqdn],
        _SERVICES: [r for r in plan.isolation.rules if not r.is_fqdn and not r.is_private],
        _RESOURCES: [rule for rule in plan.isolation.rules if rule.is_private],
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


def _paths(plan: "StackPlan") -> Iterator[Path]:
    settings = plan.settings
    is_public = settings.public_network_access
    if is_public:
        yield Path("internet", "resources", PathKind.PUBLIC, "HTTPS")
    else:
        yield Path("internet", "resources", PathKind.REFUSED, "public access is off")
    if settings.network:
        yield Path("peers", "network", PathKind.PRIVATE, "peering or VPN")
        known = {"workspace"} if _is_existing(plan) else set(_TARGETS.values())
        for link in private_links(settings.region):
            if _TARGETS[link.target] in known:
                label = f"private link: {link.group_id}"
                yield Path(f"pep_{link.name}", _TARGETS[link.target], PathKind.PRIVATE, label)
        for endpoint in plan.endpoints:
            target = _key("endpoint", endpoint.key)
            yield Path("pep_workspace", target, PathKind.PRIVATE, "invokes")
    elif not is_public:
        yield Path("peers", "resources", PathKind.PRIVATE, "the workspace's private endpoint")
    for endpoint in plan.endpoints:
        for deployment in endpoint.deployments:
            yield Path(
                _key("endpoint", endpoint.key),
                _key("deployment", endpoint.key, deployment.name),
                PathKind.PRIVATE,
                f"{endpoint.traffic.get(deployment.name, 0)} % of the traffic",
            )
    if not _is_existing(plan):
        yield from _outbound(plan)


def _outbound(plan: "StackPlan") -> Iterator[Path]:
    if plan.isolation.is_isolated:
        label = "private endpoints of the managed network"
        yield Path("instances", "resources", PathKind.PRIVATE, label)
    else:
        yield Path("instances", "resources", PathKind.PUBLIC, "HTTPS")
    labels = {
        _ANYWHERE: (PathKind.PUBLIC, "not restricted"),
        _HOSTS: (PathKind.PUBLIC, "firewall, 80 and 443"),
        _SERVICES: (PathKind.PUBLIC, "service tags"),
        _RESOURCES: (PathKind.PRIVATE, "private endpoints"),
    }
    for place in _outside(plan):
        yield Path("instances", place.key, *labels[place.key])


def _is_existing(plan: "StackPlan") -> bool:
    return plan.settings.workspace.existing is not None


def _key(*parts: str) -> str:
    """Return a key of letters, digits and underscores, different for different parts."""
    return "__".join(part.replace("-", "_") for part in parts)
