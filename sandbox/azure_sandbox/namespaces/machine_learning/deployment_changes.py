# SPDX-License-Identifier: Apache-2.0
"""What a request changes about a deployment, and how long that takes."""

from enum import Enum

from azure_sandbox.arm.wire import JsonObject

_PROVISIONING_SECONDS = 8 * 60
_SCALE_OUT_SECONDS = 12 * 60
"""12 to 18 minutes in azureml-examples issue 1905."""
_SCALE_IN_SECONDS = 3 * 60
_RELABEL_SECONDS = 30
_LABELS = frozenset({"description", "properties"})


class Change(Enum):
    """The most expensive thing a request changes."""

    CREATE = "create"
    ROLL = "replace the instances one after the other"
    SCALE_OUT = "add instances"
    SCALE_IN = "remove instances"
    RELABEL = "change nothing that runs"

    @property
    def loads_model(self) -> bool:
        """Whether instances start and load the model."""
        return self in {Change.CREATE, Change.ROLL, Change.SCALE_OUT}

    @property
    def is_scaling(self) -> bool:
        """Whether the capacity alone changes."""
        return self in {Change.SCALE_OUT, Change.SCALE_IN}


def change_of(existing: JsonObject | None, wanted: JsonObject) -> Change:
    """Compare two bodies that have their defaults filled in."""
    if existing is None:
        return Change.CREATE
    if _running(existing) != _running(wanted):
        return Change.ROLL
    before, after = existing["sku"]["capacity"], wanted["sku"]["capacity"]
    if before == after:
        return Change.RELABEL
    return Change.SCALE_OUT if after > before else Change.SCALE_IN


def duration_seconds(change: Change, load_seconds: float, budget_seconds: float) -> float:
    """Return how long a change takes on Azure.

    A container that does not answer within the budget of its probes ends the wait early.
    """
    if change is Change.RELABEL:
        return _RELABEL_SECONDS
    if change is Change.SCALE_IN:
        return _SCALE_IN_SECONDS
    start = _SCALE_OUT_SECONDS if change is Change.SCALE_OUT else _PROVISIONING_SECONDS
    return start + min(load_seconds, budget_seconds)


def _running(body: JsonObject) -> JsonObject:
    return {key: value for key, value in body["properties"].items() if key not in _LABELS}
