# SPDX-License-Identifier: Apache-2.0
"""Fields that somebody else also writes: what to send so that nobody's work is undone.

Traffic is moved by roll-outs, instance counts by autoscalers, tags by Azure Policy. A PUT replaces
all of them, and one that leaves ``traffic`` out sends 0 % to every deployment. So before anything
is written, the declared inputs are held against what is live:

- nothing of ours differs: nothing is written at all;
- something differs: what is written carries the live value of every field of theirs.

Inputs and live resources are in the shape of the azure-native provider (camelCase, nested
``properties``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azure_model_endpoints.planning.tags import carried_tags
from azure_model_endpoints.planning.traffic import effective

__all__ = [
    "DECLARED_INSTANCES",
    "Changes",
    "carried_instances",
    "deployment_moved",
    "endpoint_moved",
    "in_motion",
    "is_served",
    "same_place",
    "same_sku",
    "update_of_deployment",
    "update_of_endpoint",
]

DECLARED_INSTANCES = "ame-instances"
"""Tag of a deployment with the instance count its stack asked for last."""

Inputs = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """How a live resource has to change, if at all."""

    needed: bool
    """False: it is as declared, and nothing may be written."""
    inputs: Inputs = field(default_factory=dict)
    """What the declared inputs must carry besides, as a nested mapping to lay over them."""


def update_of_endpoint(declared: Inputs, live: Inputs) -> Changes:
    """Return what has to be written to a live endpoint."""
    tags = carried_tags(declared.get("tags") or {}, live.get("tags") or {})
    as_declared = _settled(live) and tags == (live.get("tags") or {}) and _same(declared, live)
    if as_declared:
        return Changes(needed=False)
    properties = live["properties"]
    carried: dict[str, Any] = {"traffic": effective(properties.get("traffic"))}
    if mirrored := effective(properties.get("mirrorTraffic")):
        carried["mirrorTraffic"] = mirrored
    return Changes(needed=True, inputs={"properties": carried, "tags": tags})


def update_of_deployment(declared: Inputs, live: Inputs) -> Changes:
    """Return what has to be written to a live deployment."""
    live_tags = live.get("tags") or {}
    tags = carried_tags(declared.get("tags") or {}, live_tags)
    instances = carried_instances(
        int(declared["sku"]["capacity"]),
        live_tags.get(DECLARED_INSTANCES),
        int(live["sku"]["capacity"]),
    )
    wanted = {**declared, "sku": {**declared["sku"], "capacity": instances}}
    as_declared = (
        _settled(live)
        and tags == live_tags
        and _environment(declared) == _environment(live)
        and _same(wanted, live)
    )
    if as_declared:
        return Changes(needed=False)
    return Changes(needed=True, inputs={"sku": {"capacity": instances}, "tags": tags})


def carried_instances(declared: int, declared_before: str | None, live: int) -> int:
    """Return how many instances to ask for.

    While the live count is what was declared before, nobody else scales the deployment and the
    declared count holds. Once somebody does, a write may raise the count but never lower it.
    """
    untouched = declared_before == str(live)
    return declared if untouched else max(declared, live)


def endpoint_moved(planned: Inputs, live: Inputs) -> bool:
    """Return whether writing the planned inputs would change how requests are routed."""
    return any(
        effective(planned["properties"].get(name)) != effective(live["properties"].get(name))
        for name in ("traffic", "mirrorTraffic")
    )


def deployment_moved(planned: Inputs, live: Inputs) -> bool:
    """Return whether writing the planned inputs would take away instances others have added."""
    tags, live_tags = planned.get("tags") or {}, live.get("tags") or {}
    wanted = carried_instances(
        int(tags.get(DECLARED_INSTANCES, planned["sku"]["capacity"])),
        live_tags.get(DECLARED_INSTANCES),
        int(live["sku"]["capacity"]),
    )
    return int(planned["sku"]["capacity"]) < wanted


def in_motion(live: Inputs) -> bool:
    """Return whether an operation is changing a live resource."""
    # The final states of endpoints and deployments, beside Creating, Updating, Scaling, Deleting.
    return live["properties"].get("provisioningState") not in {"Succeeded", "Failed", "Canceled"}


def is_served(endpoint_properties: Inputs, deployment: str) -> bool:
    """Return whether a deployment gets any live or mirrored traffic."""
    return any(
        deployment in effective(endpoint_properties.get(name))
        for name in ("traffic", "mirrorTraffic")
    )


def same_place(declared: Inputs, live: Inputs) -> bool:
    """Return whether a live endpoint is in the declared region."""
    return _same(declared["location"], live["location"])


def same_sku(declared: Inputs, live: Inputs) -> bool:
    """Return whether a live deployment runs on the declared SKU."""
    return _same(declared["properties"]["instanceType"], live["properties"]["instanceType"])


def _settled(live: Inputs) -> bool:
    return bool(live["properties"].get("provisioningState") == "Succeeded")


def _environment(inputs: Inputs) -> dict[str, str]:
    return dict(inputs["properties"].get("environmentVariables") or {})


# Compared exactly by the functions above, or not ours.
_ELSEWHERE = {"tags", "environmentVariables", "azureApiVersion"}
# Part of the resource's id, which the live resource does not repeat.
_IN_THE_ID = {"resourceGroupName", "workspaceName", "endpointName", "deploymentName"}
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.0+)?S)?)?")


def _same(declared: Any, live: Any) -> bool:
    """Return whether everything declared is live, in whatever spelling Azure returns it."""
    match declared:
        case None:
            return True
        case Mapping():
            return isinstance(live, Mapping) and all(
                _same(value, live.get(key))
                for key, value in declared.items()
                if key not in _ELSEWHERE | _IN_THE_ID
            )
        case list() | tuple():  # user-assigned identities come back as the keys of a mapping
            return {str(item).lower() for item in declared} == {
                str(item).lower() for item in live or ()
            }
        case str():
            return isinstance(live, str) and _spelling(declared) == _spelling(live)
        case _:
            return bool(declared == live)


def _spelling(text: str) -> object:
    """Return what stays the same when Azure changes the case, the spaces or the unit."""
    duration = _DURATION.fullmatch(text) if text.startswith("P") else None
    if duration and any(duration.groups()):
        days, hours, minutes, seconds = (int(part or 0) for part in duration.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return text.replace(" ", "").lower()
