# SPDX-License-Identifier: Apache-2.0
"""What the kinds of environment differ in, and where each setting of a stack comes from."""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, SecretStr

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.settings import Settings
from azure_model_endpoints.vocabulary import IsolationMode, LockKind, Profile

__all__ = [
    "PROFILES",
    "Effective",
    "Explained",
    "effective_document",
    "explained",
    "with_locked",
]

PROFILES: Mapping[Profile, Mapping[str, Any]] = {
    # Cheap, and reached from anybody's desk.
    Profile.DEV: {
        "public_network_access": True,
    },
    # Private like prod, to find what is not reachable; without what only costs there: a firewall,
    # three instances of everything, keys and locks.
    Profile.STAGING: {
        "public_network_access": False,
        "isolation.mode": IsolationMode.ALLOW_INTERNET_OUTBOUND.value,
        "workspace.diagnostics": True,
    },
    Profile.PROD: {
        "public_network_access": False,
        "isolation.mode": IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND.value,
        "workspace.customer_managed_key": True,
        "workspace.diagnostics": True,
        "workspace.lock": LockKind.CAN_NOT_DELETE.value,
        "endpoints.*.workload.high_availability": True,
    },
}
"""What each kind of environment says of itself, by path; ``*`` stands for every name. Everything
that a profile does not say has the default of `settings`."""

# An existing workspace has its own network, keys and locks; nor does it bring a Log Analytics
# workspace that its endpoints could report to.
_OF_A_NEW_WORKSPACE = ("network", "isolation", "workspace")

STACK_FILE = "stack file"
"""Origin of what was written for the stack."""
DEFAULT = "default"
"""Origin of what nobody said."""
LOCK = "lock"
"""Origin of what was chosen before, and locked."""


@dataclass(frozen=True, slots=True, repr=False)
class Effective:
    """A stack's settings with the defaults of its profile."""

    document: dict[str, Any]
    """As `parse_settings` reads it."""
    origins: Mapping[str, str]
    """Where the values come from that the stack file does not say, by path."""
    stand_ins: Mapping[str, Any] = field(default_factory=dict)
    """What the profile says instead of whole settings that are malformed."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One setting that holds, and why."""

    path: str
    value: Any
    """As JSON has it; a secret is masked."""
    origin: str
    """``stack file``, ``default``, ``profile prod``, ``lock``, or what else it follows from."""


def effective_document(stack: str, said: Mapping[str, Any]) -> tuple[Effective, Problem | None]:
    """Return a stack's settings with its profile's defaults, and what is wrong with its profile.

    Args:
        stack: the stack's name, which is its profile unless it says another.
        said: what was written for the stack.
    """
    document = deepcopy(dict(said))
    origins: dict[str, str] = {}
    name = said.get("profile")
    if name is None:
        name = stack
        if stack in set(Profile):
            document["profile"] = stack
            origins["profile"] = "stack name"
    if name not in set(Profile):
        return Effective(document, origins), _unknown_profile(stack, said)
    profile = Profile(name)
    existing = _at(document, "workspace", "existing") is not None
    for path, value in PROFILES[profile].items():
        first, *_ = path.split(".")
        if existing and first in _OF_A_NEW_WORKSPACE:
            continue
        for place in _add(document, path.split("."), value):
            origins[place] = f"profile {profile}"
    for place in _with_few_instances(document):
        origins[place] = "single_instance_reason"
    stand_ins = {path: value for path, value in PROFILES[profile].items() if "." not in path}
    return Effective(document, origins, stand_ins), None


def _unknown_profile(stack: str, said: Mapping[str, Any]) -> Problem | None:
    if said.get("profile") is not None:
        return None  # the settings' own reader tells that
    given = f"nothing, and the stack is called {stack!r}"
    remedy = "Say which kind of environment it is: that decides its defaults."
    return Problem("profile", given, ", ".join(Profile), remedy)


def _add(document: dict[str, Any], way: list[str], value: Any) -> Iterator[str]:
    """Add a value where nothing was said, and yield the paths it was added at."""
    first, *rest = way
    if first == "*":
        for name, section in document.items():
            if isinstance(section, dict):
                yield from (f"{name}.{place}" for place in _add(section, rest, value))
    elif not rest:
        if document.get(first) is None:
            document[first] = value
            yield first
    else:
        section = document.setdefault(first, {})
        if isinstance(section, dict):
            yield from (f"{first}.{place}" for place in _add(section, rest, value))


def _with_few_instances(document: dict[str, Any]) -> Iterator[str]:
    """Lift the demand for three instances where there is a reason, and yield where."""
    endpoints = document.get("endpoints")
    for endpoint, settings in endpoints.items() if isinstance(endpoints, dict) else ():
        deployments = _at(settings, "deployments")
        for name, deployment in deployments.items() if isinstance(deployments, dict) else ():
            if _at(deployment, "single_instance_reason") is not None:
                way = ["workload", "high_availability"]
                for place in _add(deployment, way, value=False):
                    yield f"endpoints.{endpoint}.deployments.{name}.{place}"


def _at(document: Any, *way: str) -> Any:
    for part in way:
        document = document.get(part) if isinstance(document, dict) else None
    return document


def explained(
    settings: Settings, said: Mapping[str, Any], origins: Mapping[str, str]
) -> tuple[Explained, ...]:
    """Return every setting that holds, and where its value comes from.

    Args:
        settings: those that hold.
        said: what was written for the stack.
        origins: where what was not written comes from, by path.
    """
    return tuple(_explained(settings, "", said, origins))


def with_locked(rows: Iterable[Explained], unlocked: Iterable[Explained]) -> tuple[Explained, ...]:
    """Return settings with the origin of those that a lock has decided.

    Args:
        rows: the settings that hold.
        unlocked: the same as they would be without the lock.
    """
    before = {row.path: row.value for row in unlocked}
    return tuple(
        row
        if row.path not in before or before[row.path] == row.value
        else replace(row, origin=LOCK)
        for row in rows
    )


def _explained(
    section: BaseModel, path: str, said: Any, origins: Mapping[str, str]
) -> Iterator[Explained]:
    for name in type(section).model_fields:
        own = said.get(name) if isinstance(said, Mapping) else None
        yield from _of_value(getattr(section, name), f"{path}{name}", own, origins)


def _is_inherited(path: str, origin: str) -> bool:
    """Return whether it is the endpoint's that holds of a deployment's load."""
    return origin == DEFAULT and ".deployments." in path and ".workload." in path


def _of_value(value: Any, path: str, said: Any, origins: Mapping[str, str]) -> Iterator[Explained]:
    if isinstance(value, BaseModel):
        yield from _explained(value, f"{path}.", said, origins)
    elif isinstance(value, dict) and any(isinstance(each, BaseModel) for each in value.values()):
        for name, each in value.items():
            own = said.get(name) if isinstance(said, Mapping) else None
            yield from _of_value(each, f"{path}.{name}", own, origins)
    else:
        origin = origins.get(path) or (DEFAULT if said is None else STACK_FILE)
        if not _is_inherited(path, origin):
            yield Explained(path, str(value) if isinstance(value, SecretStr) else value, origin)
