# SPDX-License-Identifier: Apache-2.0
"""Whether the registry has the version of a model that a deployment names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure_model_endpoints.errors import AmeError, Problem
from azure_model_endpoints.planning.serving import CatalogueServing

if TYPE_CHECKING:
    from azure_model_endpoints.planning.capacity import Capacity
    from azure_model_endpoints.planning.stack_plan import StackPlan

__all__ = [
    "Lookup",
    "ModelVersion",
    "NamedVersion",
    "in_doubt",
    "named_versions",
    "version_problems",
    "version_warnings",
]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version of a model in a registry."""

    registry: str
    model: str
    version: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a registry says of a version."""

    exists: bool
    others: tuple[str, ...] = ()
    """Where it does not exist: the versions that do, in any order."""


@dataclass(frozen=True, slots=True)
class NamedVersion:
    """A deployment from Azure's catalogue, and the version it names."""

    endpoint: str
    deployment: str
    wanted: ModelVersion
    known: str
    """The version that the catalogue of this package knows."""

    @property
    def path(self) -> str:
        """How messages call the setting."""
        return f"endpoints.{self.endpoint}.deployments.{self.deployment}.version"

    @property
    def is_pinned(self) -> bool:
        """Whether settings or lock name another version than this package would."""
        return self.wanted.version != self.known


def named_versions(plan: "StackPlan") -> tuple[NamedVersion, ...]:
    """Return the version that every deployment from Azure's catalogue names."""
    return tuple(
        NamedVersion(
            endpoint.key,
            deployment.name,
            _parsed(deployment.serving.asset_id),
            known=deployment.sizing.question.model.version or "",
        )
        for endpoint in plan.endpoints
        for deployment in endpoint.deployments
        if isinstance(deployment.serving, CatalogueServing) and deployment.sizing
    )


def in_doubt(
    named: tuple[NamedVersion, ...],
    region: str,
    own_ids: Mapping[str, str],
    capacity: "Capacity",
) -> tuple[NamedVersion, ...]:
    """Return the versions that have to be looked up: of new deployments, and those of one's own.

    What serves the version that this package knows has shown that it exists.

    Args:
        named: what the deployments name.
        region: where they are.
        own_ids: ids of the endpoints by their keys.
        capacity: what there is.
    """
    there = capacity.deployment_ids.get(region, frozenset())
    return tuple(
        each
        for each in named
        if each.is_pinned
        or f"{own_ids[each.endpoint]}/deployments/{each.deployment}".lower() not in there
    )


def version_problems(
    named: tuple[NamedVersion, ...], found: Mapping[ModelVersion, Lookup]
) -> list[Problem]:
    """Return the versions that do not exist, with those that do.

    A registry that shows no version at all of a model may hide it from whoever asks, and is not
    believed: see `version_warnings`.
    """
    problems = []
    for wanted in dict.fromkeys(each.wanted for each in named):
        lookup = found.get(wanted)
        if lookup is None or lookup.exists or not lookup.others or wanted.version in lookup.others:
            continue
        those = [each for each in named if each.wanted == wanted]
        newest = sorted(lookup.others, key=_age, reverse=True)
        more = " and older ones" if len(newest) > _SHOWN else ""
        remedy = "Name one of them"
        if those[0].is_pinned and those[0].known in lookup.others:
            remedy += f", or leave `version` out for {those[0].known}, which this package knows"
        problems.append(
            Problem(
                ", ".join(each.path for each in those),
                f"version {wanted.version!r}, which registry {wanted.registry} does not have of "
                f"{wanted.model}",
                ", ".join(newest[:_SHOWN]) + more,
                f"{remedy}; with a lock, run `ame plan --write` afterwards.",
            )
        )
    return problems


def version_warnings(
    named: tuple[NamedVersion, ...],
    found: Mapping[ModelVersion, Lookup],
    silent: Mapping[ModelVersion, AmeError],
) -> list[str]:
    """Return which versions nobody knows to exist, each reason once."""
    reasons: dict[str, list[str]] = {}
    for wanted in dict.fromkeys(each.wanted for each in named):
        what = f"{wanted.model} {wanted.version}"
        if error := silent.get(wanted):
            reasons.setdefault(str(error), []).append(what)
        elif (lookup := found.get(wanted)) and not lookup.exists and not lookup.others:
            shown = f"Registry {wanted.registry} shows no version of it."
            reasons.setdefault(shown, []).append(what)
    return [
        f"whether {', '.join(what)} exists in Azure's catalogue is not known: "
        f"{reason.rstrip('. ')}. The run goes on without."
        for reason, what in reasons.items()
    ]


def _parsed(asset_id: str) -> ModelVersion:
    """Return the parts of ``azureml://registries/R/models/M/versions/V``; V may hold slashes."""
    parts = asset_id.removeprefix("azureml://registries/").split("/", 4)
    registry, _, model, _, version = parts
    return ModelVersion(registry, model, version)


def _age(version: str) -> tuple[int, str]:
    """Return what versions are sorted by: numbers by their value, and above what is none."""
    return (int(version), "") if version.isdecimal() else (-1, version)
