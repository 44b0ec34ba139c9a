# SPDX-License-Identifier: Apache-2.0
"""How a long-running operation answers and where it is polled."""

from dataclasses import dataclass
from enum import Enum


class Polling(Enum):
    """What a client polls."""

    NONE = "the answer is final"
    ASYNC_OPERATION = "Azure-AsyncOperation: a status document, and the resource in the answer"
    RESOURCE = "the resource itself, until its provisioningState is final"
    LOCATION = "Location: 202 until the result is there"


@dataclass(frozen=True, slots=True)
class Lro:
    """The long-running style of one verb of one resource type.

    ``seconds`` is how long it lasts on Azure. ``created_status`` answers a PUT that makes the
    resource, ``status`` everything else.
    """

    polling: Polling = Polling.NONE
    seconds: float = 0.0
    created_status: int = 201
    status: int = 200


IMMEDIATE = Lro()


def async_operation(seconds: float) -> Lro:
    """A PUT answered with the resource and ``Azure-AsyncOperation``."""
    return Lro(Polling.ASYNC_OPERATION, seconds)


def resource_itself(seconds: float) -> Lro:
    """A PUT answered with the resource, which is polled itself."""
    return Lro(Polling.RESOURCE, seconds)


def location(seconds: float) -> Lro:
    """A verb answered with 202 and ``Location``."""
    return Lro(Polling.LOCATION, seconds, 202, 202)
