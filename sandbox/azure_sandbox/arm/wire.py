# SPDX-License-Identifier: Apache-2.0
"""What crosses the wire, free of any web framework: one request and one answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azure_sandbox.places import INTERNET, Place

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request as the sandbox sees it.

    Header names are lower case; query names are lower case too, because Azure accepts
    ``$skiptoken`` for ``$skipToken``. ``path`` is percent-decoded and has no trailing slash.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    place: Place = INTERNET
    """Where the caller is."""
    base_url: str = ""
    """How the server is reached from there, where that is not its main address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response.

    ``body`` is JSON data, raw bytes (the headers then name the type) or None.
    """

    status: int = 200
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


NO_ANSWER = Answer(0)
"""The connection is broken instead."""
