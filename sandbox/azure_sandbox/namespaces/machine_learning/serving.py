# SPDX-License-Identifier: Apache-2.0
"""What a deployment runs at this moment, whatever its last request asked for.

A deployment keeps serving what it served while it is updated, and after an update that failed.
"""

from dataclasses import asdict, dataclass, replace

from azure_sandbox.arm.records import Resource
from azure_sandbox.namespaces.machine_learning.quota import Footprint
from azure_sandbox.namespaces.machine_learning.vm_sizes import find_vm_size

_KEY = "serving"
_IN_PROGRESS = frozenset({"Creating", "Updating"})


@dataclass(frozen=True, slots=True)
class Serving:
    """A running deployment."""

    model: str
    """The name by which the model introduces itself."""
    registry: str
    """The system registry of a catalogue model, else empty."""
    asset: str
    """The model's name in its registry or workspace; empty without a model."""
    instance_type: str
    instances: int
    served_names: tuple[str, ...] = ()
    """What clients may call the model of a vLLM server; empty for Azure's inference server."""
    scoring_path: str = "/"
    """The path at and below which requests reach a container of one's own."""


def serving_of(deployment: Resource) -> Serving | None:
    """Return what a deployment runs, or None when it has never been created successfully."""
    stored = deployment.internal.get(_KEY)
    if not stored:
        return None
    return Serving(**{**stored, "served_names": tuple(stored.get("served_names", ()))})


def with_serving(deployment: Resource, serving: Serving) -> Resource:
    """Return the deployment running something else."""
    return replace(deployment, internal={**deployment.internal, _KEY: asdict(serving)})


def capacity_of(deployment: Resource) -> int:
    """Return the instance count its last request asked for."""
    return int(deployment.body["sku"]["capacity"])


def footprint_of(deployment: Resource) -> Footprint | None:
    """Return the instances that count against quota.

    While an operation runs these are the larger of what runs and what was asked for. A deployment
    that could not be created holds nothing.
    """
    serving = serving_of(deployment)
    running = serving.instances if serving else 0
    wanted = capacity_of(deployment) if deployment.state in _IN_PROGRESS else 0
    size = find_vm_size(deployment.properties["instanceType"])
    instances = max(running, wanted)
    return Footprint(size, instances) if size and instances else None
