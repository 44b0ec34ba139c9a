# SPDX-License-Identifier: Apache-2.0
"""The table of resource types, property types and invokes that drives the stand-in."""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

PACKAGE = "azure-native"
VERSION = "3.29.0"
"""The release of pulumi-azure-native whose resource types the table describes."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a request or response, or the items of a list or map.

    `name` is the wire name, `sdk_name` the name programs use, and `containers` the wire objects
    around a property that programs see flattened.
    """

    name: str
    sdk_name: str
    type: str | None = None
    ref: str | None = None
    one_of: tuple[str, ...] = ()
    items: "Property | None" = None
    values: "Property | None" = None
    containers: tuple[str, ...] = ()
    const: str | None = None
    default: Any = None
    force_new: bool = False
    string_set: bool = False
    maintain: bool = False
    pattern: str | None = None

    @property
    def kind(self) -> str:
        """The JSON type as validation messages name it."""
        if self.items is not None:
            return "array"
        return self.type or "object"


@dataclass(frozen=True, slots=True)
class ObjectType:
    """The properties of an object, in the order of the table, and the required wire names."""

    properties: tuple[Property, ...]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A placeholder in a path; `autoname` is None, "random", "copy" or "uuid"."""

    name: str
    autoname: str | None = None
    verbatim: bool = False
    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource type.

    `reset_to` are values sent when an input that had them is removed. What is `in_vault` can be
    deleted and recovered by its key vault only, not by ARM.
    """

    token: str
    api_version: str
    path: str
    parameters: tuple[Parameter, ...]
    body: ObjectType
    response: ObjectType
    long_running: frozenset[str] = frozenset()
    reset_to: Mapping[str, Any] = field(default_factory=dict)
    in_vault: bool = False


@dataclass(frozen=True, slots=True)
class Invoke:
    """A function: a GET when it reads a resource, else a POST."""

    token: str
    api_version: str
    path: str
    parameters: tuple[Parameter, ...]
    response: ObjectType
    reads_resource: bool
    query: Mapping[str, str]
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All that is known about the provider's tokens, by token without the package name."""

    resources: Mapping[str, Resource]
    types: Mapping[str, ObjectType]
    invokes: Mapping[str, Invoke]

    def resource_of(self, urn: str) -> Resource:
        """Finds the resource type of a URN.

        Raises:
            LookupError: the type is not in the table.
        """
        token = urn.split("::")[2].rsplit("$", 1)[-1]
        found = self.resources.get(token.removeprefix(f"{PACKAGE}:"))
        if found is None:
            raise LookupError(f"Resource type {token} not found")
        return found

    def invoke_of(self, token: str) -> Invoke:
        """Finds a function.

        Raises:
            LookupError: the function is not in the table.
        """
        found = self.invokes.get(token.removeprefix(f"{PACKAGE}:"))
        if found is None:
            raise LookupError(f"Invoke type {token} not found")
        return found


@functools.cache
def load_table() -> Table:
    """Reads the table that ships with the package."""
    raw = json.loads(resources.files(__package__).joinpath("resources.json").read_bytes())
    types = {token: _object_type(item["properties"], item) for token, item in raw["types"].items()}
    listed = {token: _resource(token, item) for token, item in raw["resources"].items()}
    invokes = {token: _invoke(token, item, listed) for token, item in raw["invokes"].items()}
    aliases = {
        alias: listed[token]
        for token, item in raw["resources"].items()
        for alias in item.get("aliases", ())
    }
    return Table({**listed, **aliases}, types, invokes)


def _resource(token: str, raw: Mapping[str, Any]) -> Resource:
    return Resource(
        token=token,
        api_version=raw["apiVersion"],
        path=raw["path"],
        parameters=tuple(_parameter(item) for item in raw["parameters"]),
        body=_object_type(raw["body"], raw),
        response=_object_type(raw["response"], {}),
        long_running=frozenset(raw.get("longRunning", ())),
        reset_to=raw.get("resetTo", {}),
        in_vault=raw.get("inVault", False),
    )


def _invoke(token: str, raw: Mapping[str, Any], listed: Mapping[str, Resource]) -> Invoke:
    query, body = raw.get("query", {}), tuple(raw.get("body", ()))
    if "reads" in raw:
        read = listed[raw["reads"]]
        identified = ObjectType((Property("id", "id", "string"), *read.response.properties))
        return Invoke(
            token=token,
            api_version=read.api_version,
            path=read.path,
            parameters=read.parameters,
            response=identified,
            reads_resource=True,
            query=query,
            body=body,
        )
    names = [name for name in re.findall(r"{(\w+)}", raw["path"]) if name != "subscriptionId"]
    return Invoke(
        token=token,
        api_version=raw["apiVersion"],
        path=raw["path"],
        parameters=tuple(Parameter(name) for name in names),
        response=_object_type(raw["response"], {}),
        reads_resource=False,
        query=query,
        body=body,
    )


def _parameter(raw: Mapping[str, Any]) -> Parameter:
    return Parameter(
        raw["name"],
        raw.get("autoname"),
        raw.get("verbatim", False),
        raw.get("minLength"),
        raw.get("maxLength"),
    )


def _object_type(properties: Mapping[str, Any], raw: Mapping[str, Any]) -> ObjectType:
    listed = tuple(_property(name, item) for name, item in properties.items())
    return ObjectType(listed, tuple(raw.get("required", ())))


def _property(name: str, raw: Mapping[str, Any]) -> Property:
    return Property(
        name=name,
        sdk_name=raw.get("sdkName", name),
        type=raw.get("type"),
        ref=raw.get("ref"),
        one_of=tuple(raw.get("oneOf", ())),
        items=_property("", raw["items"]) if "items" in raw else None,
        values=_property("", raw["values"]) if "values" in raw else None,
        containers=tuple(raw.get("containers", ())),
        const=raw.get("const"),
        default=raw.get("default"),
        force_new=raw.get("forceNew", False),
        string_set=raw.get("stringSet", False),
        maintain=raw.get("maintain", False),
        pattern=raw.get("pattern"),
    )
