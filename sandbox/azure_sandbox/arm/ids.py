# SPDX-License-Identifier: Apache-2.0
"""Resource ids and request paths of Azure Resource Manager.

A path is read in pairs: ``/subscriptions/{s}/resourceGroups/{g}`` is the scope,
``/providers/{namespace}`` starts a resource, each ``/{type}/{name}`` goes one level down, and a
further ``/providers/…`` makes everything before it the scope of an extension resource.
"""

from dataclasses import dataclass
from functools import cached_property

RESOURCES = "Microsoft.Resources"


@dataclass(frozen=True)
class Target:
    """What a path points at.

    A resource has as many names as types, a collection or action one type more. ``scope`` is the
    id the namespace hangs from, ``""`` for the tenant. A subscription and a resource group are
    resources of Microsoft.Resources without a ``providers`` part.
    """

    scope: str
    namespace: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def is_item(self) -> bool:
        """Whether the path names one resource (not a collection or an action)."""
        return len(self.types) == len(self.names)

    @cached_property
    def type_path(self) -> str:
        """``workspaces/onlineEndpoints``: the types without the namespace."""
        return "/".join(self.types)

    @property
    def name(self) -> str:
        """The last name."""
        return self.names[-1]

    @property
    def subscription(self) -> str:
        """The subscription's id, or ``""`` at tenant level."""
        return _part(self.path, "subscriptions")

    @property
    def resource_group(self) -> str:
        """The resource group's name, or ``""`` above it."""
        return _part(self.path, "resourcegroups")

    @cached_property
    def path(self) -> str:
        """The path again, with the casing it was given."""
        if self.namespace == RESOURCES and self.types[:1] in (
            ("subscriptions",),
            ("resourceGroups",),
        ):
            head = self.scope
        elif self.namespace:
            head = f"{self.scope}/providers/{self.namespace}"
        else:
            head = self.scope
        pairs = [f"/{kind}/{name}" for kind, name in zip(self.types, self.names, strict=False)]
        tail = "" if self.is_item else f"/{self.types[-1]}"
        return head + "".join(pairs) + tail

    @property
    def parent(self) -> str:
        """The id of what this resource or collection hangs from."""
        if len(self.types) <= 1:
            return self.scope
        return Target(
            self.scope, self.namespace, self.types[:-1], self.names[: len(self.types) - 1]
        ).path


def parse(path: str) -> Target | None:
    """The target of ``path``, or None when it is not a path of Azure Resource Manager."""
    segments = [segment for segment in path.split("/") if segment]
    scope = ""
    if segments and segments[0].lower() == "subscriptions":
        scope, rest = "", segments
        if not rest[2:]:
            return Target("", RESOURCES, ("subscriptions",), tuple(rest[1:2]))
        scope, rest = f"/subscriptions/{rest[1]}", rest[2:]
        if rest[0].lower() == "resourcegroups":
            if not rest[2:]:
                return Target(scope, RESOURCES, ("resourceGroups",), tuple(rest[1:2]))
            scope, rest = f"{scope}/resourceGroups/{rest[1]}", rest[2:]
    else:
        rest = segments
    return _under(scope, rest)


def _under(scope: str, rest: list[str]) -> Target | None:
    if not rest:
        return None
    if rest[0].lower() != "providers":
        return Target(scope, "", tuple(rest[::2]), tuple(rest[1::2]))
    if len(rest) == 1:
        return Target(scope, "", ("providers",), ())
    namespace, pairs = rest[1], rest[2:]
    for index in range(0, len(pairs), 2):
        if pairs[index].lower() == "providers" and index:
            owner = f"{scope}/providers/{namespace}/" + "/".join(pairs[:index])
            return _under(owner, pairs[index:])
    return Target(scope, namespace, tuple(pairs[::2]), tuple(pairs[1::2]))


def _part(path: str, kind: str) -> str:
    segments = path.split("/")
    for index, segment in enumerate(segments[:-1]):
        if segment.lower() == kind and index in (1, 3):
            return segments[index + 1]
    return ""
