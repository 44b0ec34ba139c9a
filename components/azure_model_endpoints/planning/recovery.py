# SPDX-License-Identifier: Apache-2.0
"""What a killed run has left in a stack's state, and how the state has to change.

The engine writes down every operation before it begins it. So a killed run leaves a list of what
may or may not have happened; holding it against what is live tells which. States are documents as
`pulumi stack export` prints them, and are never changed in place.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from azure_model_endpoints.planning.resource_ids import resource_id
from azure_model_endpoints.planning.tags import OWNER

__all__ = [
    "Finding",
    "Interrupted",
    "Outcome",
    "interrupted_operations",
    "is_settled",
    "judge",
    "owner_of",
    "with_declared_inputs",
    "without_interruptions",
]

Document = Mapping[str, Any]


class Outcome(StrEnum):
    """What became of an operation that was interrupted."""

    ADOPTED = "adopted"
    """It was created, and belongs to the stack from now on."""
    RECORDED = "recorded"
    """It was created, and a later run has recorded that."""
    NEVER_BEGUN = "never begun"
    """It was not created; the next run does it."""
    FOREIGN = "foreign"
    """It exists, but somebody else has created it."""
    UNKNOWN = "unknown"
    """It is of a type that only its owner knows how to look up."""
    DELETED = "deleted"
    """It is gone, as it was to be."""
    UNFINISHED = "unfinished"
    """Its deletion or update is for the next run to repeat."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """An operation that had begun when the run was killed."""

    operation: str
    """In the engine's words: ``creating``, ``updating``, ``deleting``, …"""
    record: Document
    """The resource as the state would have it."""
    resource_id: str | None
    """Where it is in Azure, or would be; None where that cannot be known."""

    @property
    def urn(self) -> str:
        """What the engine calls it."""
        return str(self.record["urn"])

    @property
    def name(self) -> str:
        """What the program calls it."""
        return self.urn.rpartition("::")[2]

    @property
    def api_version(self) -> str | None:
        """The version of its service by which the provider writes it."""
        version = self.record.get("inputs", {}).get("azureApiVersion")
        return version if isinstance(version, str) else None

    @property
    def can_be_read(self) -> bool:
        """Whether Resource Manager can be asked for it."""
        return self.resource_id is not None and self.api_version is not None

    @property
    def is_internal(self) -> bool:
        """Whether it exists in the engine only."""
        return str(self.record["type"]).startswith("pulumi:") or not self.record.get("custom", True)


@dataclass(frozen=True, slots=True)
class Finding:
    """An interrupted operation, and what became of it."""

    interrupted: Interrupted
    outcome: Outcome
    live: Document | None = None
    """The resource as Resource Manager shows it, if it exists."""

    @property
    def adopted_record(self) -> dict[str, Any]:
        """The resource as the state shall have it, but for outputs, which the engine reads."""
        live = self.live or {}
        record = {**self.interrupted.record, "id": live.get("id"), "outputs": {}}
        if _state(live) not in {None, "Succeeded"}:
            # As the provider would have reported it; it makes the next run write it again.
            record["initErrors"] = [f"the creation ended as {_state(live)}"]
        return record


def interrupted_operations(state: Document, subscription_id: str) -> list[Interrupted]:
    """Return what a killed run was doing, each resource once.

    Args:
        state: the exported state.
        subscription_id: where resources are whose provider names no subscription of its own.
    """
    deployment = state["deployment"]
    subscriptions = {
        f"{resource['urn']}::{resource['id']}": resource.get("inputs", {}).get("subscriptionId")
        for resource in deployment.get("resources") or ()
        if resource["type"] == "pulumi:providers:azure-native"
    }
    found = {}
    for pending in deployment.get("pending_operations") or ():
        record = pending["resource"]
        subscription = subscriptions.get(record.get("provider")) or subscription_id
        where = record.get("id") or resource_id(
            record["type"], record.get("inputs", {}), subscription
        )
        found[record["urn"], where] = Interrupted(pending["type"], record, where)
    return list(found.values())


def owner_of(urn: str) -> str:
    """Return what the owner tag of a resource says."""
    stack, project = urn.removeprefix("urn:pulumi:").split("::")[:2]
    return f"{project}/{stack}"


def is_settled(live: Document) -> bool:
    """Return whether no operation runs on a live resource."""
    return _state(live) in {None, "Succeeded", "Failed", "Canceled"}


def judge(interrupted: Interrupted, live: Document | None, state: Document) -> Finding:
    """Return what became of an operation.

    A resource that carries no owner tag in the program either, like a role assignment, is ours by
    its name: the provider does not begin to create what exists.

    Args:
        interrupted: the operation.
        live: the resource as Resource Manager shows it now, None where there is none.
        state: the exported state.
    """
    return Finding(interrupted, _outcome(interrupted, live, state), live)


def _outcome(interrupted: Interrupted, live: Document | None, state: Document) -> Outcome:
    is_creation = interrupted.operation in {"creating", "importing"}
    if not (interrupted.is_internal or interrupted.can_be_read):
        return Outcome.UNKNOWN if is_creation else Outcome.UNFINISHED
    if is_creation:
        return _outcome_of_creation(interrupted, live, state) if live else Outcome.NEVER_BEGUN
    if interrupted.operation == "deleting" and live is None:
        return Outcome.DELETED
    return Outcome.UNFINISHED


def _outcome_of_creation(interrupted: Interrupted, live: Document, state: Document) -> Outcome:
    if any(_is_recorded(interrupted.urn, live, r) for r in state["deployment"]["resources"]):
        return Outcome.RECORDED
    declared = _tags(interrupted.record.get("inputs", {}))
    if OWNER in declared and _tags(live).get(OWNER) != declared[OWNER]:
        return Outcome.FOREIGN
    return Outcome.ADOPTED


def _is_recorded(urn: str, live: Document, record: Document) -> bool:
    return (
        record["urn"] == urn
        and str(record.get("id")).lower() == str(live["id"]).lower()
        and not record.get("delete")
        and not record.get("pendingReplacement")
    )


def without_interruptions(state: Document, findings: Collection[Finding]) -> dict[str, Any]:
    """Return the state as the killed run would have left it, had it stopped in good order.

    What was adopted has no outputs yet.
    """
    adopted = [f.adopted_record for f in findings if f.outcome is Outcome.ADOPTED]
    deleted = [f.interrupted.record for f in findings if f.outcome is Outcome.DELETED]
    replaced = {record["urn"] for record in adopted}
    resources: list[Document] = []
    for record in state["deployment"].get("resources") or ():
        if any(_is_entry(record, other) for other in deleted):
            continue
        if record["urn"] not in replaced or record.get("delete"):
            resources.append(record)
        elif not record.get("pendingReplacement"):  # what its replacement has already deleted
            resources.append({**record, "delete": True})
    deployment = {**state["deployment"], "resources": [*resources, *adopted]}
    deployment.pop("pending_operations", None)
    return {**state, "deployment": deployment}


def with_declared_inputs(state: Document, findings: Collection[Finding]) -> dict[str, Any]:
    """Return a state in which adopted resources have the inputs of the program.

    Reading them has given them inputs that say all that Azure has filled in, which the next run
    would take for changes.
    """
    records = {
        finding.interrupted.urn: finding.adopted_record
        for finding in findings
        if finding.outcome is Outcome.ADOPTED
    }
    resources = []
    for resource in state["deployment"]["resources"]:
        record = records.get(resource["urn"])
        if record is None or resource.get("delete"):
            resources.append(resource)
        else:
            resources.append({**record, "id": resource["id"], "outputs": resource["outputs"]})
    return {**state, "deployment": {**state["deployment"], "resources": resources}}


def _is_entry(record: Document, other: Document) -> bool:
    return all(record.get(key) == other.get(key) for key in ("urn", "id", "delete"))


def _tags(resource: Document) -> Document:
    """Return the tags of a resource; versions of models and environments have them further in."""
    tags = resource.get("tags") or (resource.get("properties") or {}).get("tags")
    return tags if isinstance(tags, Mapping) else {}


def _state(live: Document) -> str | None:
    properties = live.get("properties")
    state = properties.get("provisioningState") if isinstance(properties, Mapping) else None
    return state if isinstance(state, str) else None
