# SPDX-License-Identifier: Apache-2.0
"""Rules of an endpoint's traffic and mirror traffic (Azure docs, how-to-safely-rollout)."""

from collections.abc import Collection, Mapping
from typing import Any

from azure_sandbox.namespaces.machine_learning.violations import Violation

MOST_MIRRORED_PERCENT = 50
_ALL_PERCENT = 100


def check_traffic(
    traffic: object,
    mirror_traffic: object,
    *,
    existing: Collection[str],
    serving: Collection[str],
) -> list[Violation]:
    """Check what a PUT says about routing.

    `existing` are the names of the endpoint's deployments, `serving` those that have been created
    successfully. Percentages are integers that sum to 0 or 100; only one deployment may be
    mirrored to, with at most 50 %, and not one that has live traffic.
    """
    violations = _check_map("Traffic", "traffic", traffic, existing, serving)
    violations += _check_map("MirrorTraffic", "mirrorTraffic", mirror_traffic, existing, serving)
    if violations:
        return violations
    live = positive(traffic)
    mirrored = positive(mirror_traffic)
    total = sum(live.values())
    if total not in {0, _ALL_PERCENT}:
        violations.append(
            Violation("Traffic", f"The sum of traffic is {total}; it must be 0 or 100.")
        )
    if len(mirrored) > 1:
        violations.append(
            Violation(
                "MirrorTraffic",
                f"Traffic can be mirrored to one deployment only, not to {_listed(mirrored)}.",
            )
        )
    violations += [
        Violation(
            "MirrorTraffic",
            f"The mirror traffic of deployment {name} is {percent} %; at most "
            f"{MOST_MIRRORED_PERCENT} % can be mirrored.",
        )
        for name, percent in mirrored.items()
        if percent > MOST_MIRRORED_PERCENT
    ]
    violations += [
        Violation(
            "MirrorTraffic",
            f"Deployment {name} receives live traffic; a deployment gets either live or mirrored "
            "traffic.",
        )
        for name in mirrored
        if name in live
    ]
    return violations


def positive(traffic: object) -> dict[str, int]:
    """Return the entries of a checked traffic map that route anything at all."""
    entries: Mapping[str, Any] = traffic if isinstance(traffic, dict) else {}
    return {name: int(percent) for name, percent in entries.items() if percent}


def without(traffic: object, deployment: str) -> dict[str, int]:
    """Return a traffic map that no longer names a deployment, for example a deleted one."""
    entries: Mapping[str, int] = traffic if isinstance(traffic, dict) else {}
    return {name: percent for name, percent in entries.items() if name != deployment}


def _check_map(
    field: str,
    name: str,
    traffic: object,
    existing: Collection[str],
    serving: Collection[str],
) -> list[Violation]:
    if traffic is None:
        return []
    if not isinstance(traffic, dict):
        return [Violation(field, f"{name} must map deployment names to percentages.")]
    violations = []
    for deployment, percent in traffic.items():
        if not _is_percentage(percent):
            violations.append(
                Violation(
                    field,
                    f"The {name} of deployment {deployment} is {percent!r}; it must be an integer "
                    "from 0 to 100.",
                )
            )
        elif deployment not in existing:
            violations.append(
                Violation(
                    field,
                    f"{name} names the deployment {deployment}, which does not exist. The "
                    f"deployments of this endpoint are: {_listed(existing)}.",
                )
            )
        elif percent and deployment not in serving:
            violations.append(
                Violation(
                    field,
                    f"{name} names the deployment {deployment}, which has not been created "
                    "successfully.",
                )
            )
    return violations


def _is_percentage(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _ALL_PERCENT


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"
