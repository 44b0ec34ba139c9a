# SPDX-License-Identifier: Apache-2.0
"""What a component tells the engine at its end: the outputs that its class declares."""

from inspect import get_annotations

import pulumi

__all__ = ["declared_outputs"]


def declared_outputs(
    component: pulumi.ComponentResource, declaring: type[pulumi.ComponentResource]
) -> dict[str, pulumi.Output[object]]:
    """Return the values of a component's outputs by the names that other languages know.

    Args:
        component: it has all of them.
        declaring: the class whose annotations they are; the component may be of a user's own.
    """
    return {_camel(name): getattr(component, name) for name in get_annotations(declaring)}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
