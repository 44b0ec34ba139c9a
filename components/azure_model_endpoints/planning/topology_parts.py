# SPDX-License-Identifier: Apache-2.0
"""What a picture of a stack is made of."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Node", "Path", "PathKind", "Place", "Topology", "key_of"]


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


def key_of(*parts: str) -> str:
    """Return a key of letters, digits and underscores, different for different parts."""
    return "__".join(part.replace("-", "_") for part in parts)
