# SPDX-License-Identifier: Apache-2.0
"""The parts every request handler needs, in one value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from azure_sandbox.arm.clock import Clock
from azure_sandbox.arm.namespace import Namespace
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.store import Store
from azure_sandbox.places import Places


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One running sandbox. ``base_url`` is ``https://localhost:PORT`` without a final slash."""

    store: Store
    clock: Clock
    base_url: str
    namespaces: Mapping[str, Namespace]
    """Resource providers by name in lower case."""
    places: Places = field(default_factory=Places)
    """Where callers can be."""

    def kind(self, full_name: str) -> ResourceType | None:
        """The resource type of this full name (``Microsoft.X/a/b``, any case), or None."""
        namespace, _, path = full_name.lower().partition("/")
        provider = self.namespaces.get(namespace)
        return provider.by_path.get(path) if provider else None
