# SPDX-License-Identifier: Apache-2.0
"""The component package as programs in other languages see it."""

import inspect
import json
import typing
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.provider.experimental.component import ComponentProvider

import azure_model_endpoints
from azure_model_endpoints import (
    ExistingWorkspace,
    ModelEndpoint,
    ModelWorkspace,
    PrivateNetwork,
    ResourceLocks,
)
from tests.contract.snapshot import agreed

COMPONENTS: list[type[pulumi.ComponentResource]] = [
    ExistingWorkspace,
    ModelEndpoint,
    ModelWorkspace,
    PrivateNetwork,
    ResourceLocks,
]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The schema that the package's host would answer with."""
    provider = ComponentProvider(COMPONENTS, "azure-model-endpoints")
    document: dict[str, Any] = json.loads(provider.schema or "{}")
    return document


def described(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every input, output and field, with what is said of it."""
    for token, resource in schema["resources"].items():
        yield token, resource.get("description", "")
        for kind in ("inputProperties", "properties"):
            for name, definition in resource[kind].items():
                yield f"{token} {kind} {name}", definition.get("description", "")
    for token, type_ in schema["types"].items():
        for name, definition in type_.get("properties", {}).items():
            yield f"{token} {name}", definition.get("description", "")
        for member in type_.get("enum", ()):
            yield f"{token} {member['name']}", member.get("description", "")


def test_schema_is_what_was_agreed(schema: dict[str, Any]) -> None:
    """A renamed or removed input breaks programs that nobody here sees."""
    assert agreed("schema.json", schema) == schema


def test_everything_is_described(schema: dict[str, Any]) -> None:
    """The schema is the documentation of five languages."""
    assert [] == [where for where, text in described(schema) if not text]


def test_package_is_tied_to_no_version_of_the_provider(schema: dict[str, Any]) -> None:
    """Consumers choose their own azure-native."""
    assert "/azure-native/" not in json.dumps(schema)
    assert [] == schema.get("dependencies", [])


def test_every_component_is_in_the_package() -> None:
    """One that was forgotten could be used from Python only."""
    exported = [getattr(azure_model_endpoints, name) for name in azure_model_endpoints.__all__]

    assert set(COMPONENTS) == {
        item
        for item in exported
        if inspect.isclass(item) and issubclass(item, pulumi.ComponentResource)
    }


@pytest.mark.parametrize("component", COMPONENTS)
def test_arguments_hold_nothing_that_breaks_the_analyser(component: type) -> None:
    """`Literal` does, at whatever depth; string annotations hide the types altogether."""
    arguments = inspect.signature(component).parameters["args"].annotation

    found = list(annotations_of(arguments))

    assert typing.Literal not in [typing.get_origin(annotation) for annotation in found]
    assert [] == [annotation for annotation in found if isinstance(annotation, str)]


def annotations_of(annotation: Any) -> Iterator[Any]:
    """An annotation and everything it is made of, through typed dictionaries."""
    yield annotation
    fields = annotation.__annotations__.values() if typing.is_typeddict(annotation) else ()
    for inner in [*fields, *typing.get_args(annotation)]:
        yield from annotations_of(inner)
