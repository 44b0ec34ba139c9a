# SPDX-License-Identifier: Apache-2.0
"""A resource provider: its types, and the paths that are no resources."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.wire import Answer


@dataclass(frozen=True, slots=True)
class Route:
    """A path that is no resource, such as ``locations/usages`` or ``checkNameAvailability``.

    It is named by its types alone; the names between them are in ``call.target.names``. The
    handler runs in a write transaction for POST and PUT, in a read transaction for GET.
    """

    method: str
    types: str
    handler: Callable[[Call], Answer]
    api_versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Namespace:
    """One resource provider."""

    name: str
    types: tuple[ResourceType, ...]
    routes: tuple[Route, ...] = ()
    locations: tuple[str, ...] = ()
    """Regions it is offered in; empty means all regions of the sandbox."""
    by_path: Mapping[str, ResourceType] = field(init=False)

    def __post_init__(self) -> None:
        """Indexes the types by their path in lower case."""
        index = {kind.path.lower(): kind for kind in self.types}
        object.__setattr__(self, "by_path", index)

    def route(self, method: str, types: str) -> Route | None:
        """The route of this method and type path, or None."""
        for route in self.routes:
            if route.method == method and route.types.lower() == types.lower():
                return route
        return None
