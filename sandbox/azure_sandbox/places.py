# SPDX-License-Identifier: Apache-2.0
"""Where a caller is: on the internet, or in a virtual network.

The socket at which a request arrives decides it: the server listens at one for each place.
Nothing that a client sends can change it.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_INTERNET = "internet"
_NETWORK = "vnet:"


@dataclass(frozen=True, slots=True)
class Place:
    """The internet, or the virtual network of a name or resource id."""

    network: str = ""
    """Empty on the internet."""

    def __str__(self) -> str:
        """Return it as the command line writes it."""
        return f"{_NETWORK}{self.network}" if self.network else _INTERNET


INTERNET = Place()


def parse_place(text: str) -> Place:
    """Read `internet` or `vnet:NAME`.

    Raises:
        ValueError: it is neither.
    """
    if text == _INTERNET:
        return INTERNET
    network = text.removeprefix(_NETWORK)
    if network == text or not network:
        raise ValueError(f"given {text!r}; allowed: {_INTERNET}, or {_NETWORK} and a name")
    return Place(network)


def _cannot_listen(place: Place) -> int:
    raise LookupError(f"nobody listens for callers at {place}")


class Places:
    """The sockets of one server, by the place of those who use them."""

    def __init__(
        self,
        listen: Callable[[Place], int] = _cannot_listen,
        ports: Mapping[int, Place] | None = None,
    ) -> None:
        self._listen = listen
        self._ports = dict(ports or {})
        self._lock = threading.Lock()

    def at(self, port: int) -> Place:
        """Return the place of callers at a port: the internet, unless it was opened for another."""
        return self._ports.get(port, INTERNET)

    def port_for(self, place: Place) -> int:
        """Return the port for callers at a place; the server begins to listen there if needed."""
        with self._lock:
            for port, other in self._ports.items():
                if other == place:
                    return port
            port = self._listen(place)
            self._ports[port] = place
            return port
