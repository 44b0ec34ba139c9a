# SPDX-License-Identifier: Apache-2.0
"""From a program's inputs to the path and body of an ARM request."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from azure_sandbox.provider.errors import ProviderError
from azure_sandbox.provider.metadata import ObjectType, Parameter, Property, Resource
from azure_sandbox.provider.values import Json

_SELF = "$self/"


def resource_path(
    template: str, parameters: Sequence[Parameter], inputs: Mapping[str, Json], subscription: str
) -> str:
    """Fills a path template; parameters that are themselves paths lose their outer slashes.

    Raises:
        ProviderError: a parameter is missing or not a string.
    """
    path = template.replace("{subscriptionId}", subscription)
    for parameter in parameters:
        value = inputs.get(parameter.name)
        if not isinstance(value, str):
            raise ProviderError(
                f"expected string value for path parameter '{parameter.name}', got {value!r}"
            )
        filled = value.strip("/") if parameter.verbatim else quote(value, safe="$&+=:@")
        path = path.replace(f"{{{parameter.name}}}", filled)
    return path


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A body, and whether it nulls identities, which ARM understands in a PATCH only."""

    content: dict[str, Any]
    removes_identities: bool = False


def request_body(
    resource: Resource,
    types: Mapping[str, ObjectType],
    inputs: Mapping[str, Json],
    resource_id: str,
    previous: Mapping[str, Json] | None = None,
) -> RequestBody:
    """Shapes inputs as the service expects them: containers, wire names, string sets as maps.

    `previous` are the inputs of the last deployment; identities they had and `inputs` lack become
    null in the body.
    """
    shaper = _Shaper(types, resource_id)
    content = shaper.object(resource.body, inputs, previous or {})
    return RequestBody(content or {}, _has_null(content))


def _has_null(value: Json) -> bool:
    if isinstance(value, dict):
        return any(item is None or _has_null(item) for item in value.values())
    return isinstance(value, list) and any(_has_null(item) for item in value)


@dataclass(frozen=True, slots=True)
class _Shaper:
    types: Mapping[str, ObjectType]
    resource_id: str

    def object(
        self, shape: ObjectType, values: Mapping[str, Json], previous: Mapping[str, Json]
    ) -> dict[str, Any] | None:
        """Returns None when a constant says that `values` are of another type."""
        shaped: dict[str, Any] = {}
        for prop in shape.properties:
            if prop.sdk_name not in values:
                continue
            value = values[prop.sdk_name]
            if prop.const is not None and value != prop.const:
                return None
            container = shaped
            for name in prop.containers:
                container = container.setdefault(name, {})
            container[prop.name] = self.value(prop, value, previous.get(prop.sdk_name))
        return shaped

    def value(self, prop: Property, value: Json, previous: Json = None) -> Any:
        if prop.string_set and isinstance(value, list):
            gone = previous if isinstance(previous, list) else []
            return dict.fromkeys(gone) | {item: {} for item in value}
        if isinstance(value, list):
            return [self.value(prop.items, item) if prop.items else item for item in value]
        if isinstance(value, dict):
            return self._dictionary(prop, value, previous if isinstance(previous, dict) else {})
        if prop.name == "id" and isinstance(value, str) and value.startswith(_SELF):
            return f"{self.resource_id}/{value.removeprefix(_SELF)}"
        return value

    def _dictionary(self, prop: Property, value: dict[str, Json], previous: dict[str, Json]) -> Any:
        for name in (*prop.one_of, *([prop.ref] if prop.ref else [])):
            shaped = self.object(self.types[name], value, previous)
            if shaped is not None:
                return shaped
        if prop.values is not None:
            return {key: self.value(prop.values, item) for key, item in value.items()}
        return value


def maintained_paths(
    resource: Resource, types: Mapping[str, ObjectType], *, sdk_names: bool
) -> Iterator[tuple[str, ...]]:
    """Paths of lists that programs may manage as resources of their own, such as subnets."""
    for prop in resource.body.properties:
        base = (prop.sdk_name,) if sdk_names else (*prop.containers, prop.name)
        if prop.maintain:
            yield base
        for nested in types[prop.ref].properties if prop.ref else ():
            if nested.maintain:
                inner = (nested.sdk_name,) if sdk_names else (*nested.containers, nested.name)
                yield (*base, *inner)


def lookup(tree: Json, path: Sequence[str]) -> Json:
    """Reads a value in nested objects; None where there is none."""
    for name in path:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def place(tree: dict[str, Any], path: Sequence[str], value: Json) -> None:
    """Writes a value into nested objects, making those that are missing."""
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = value
