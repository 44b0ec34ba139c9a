# SPDX-License-Identifier: Apache-2.0
"""Which deployment answers which share of the requests."""

from collections.abc import Mapping

from azure_model_endpoints._wording import listed
from azure_model_endpoints.errors import Problem

__all__ = ["decide_traffic", "effective"]


def decide_traffic(
    path: str, declared: Mapping[str, int] | None, deployments: tuple[str, ...]
) -> tuple[dict[str, int], list[Problem]]:
    """Return the traffic of an endpoint, and what Azure would have against it.

    Azure accepts existing deployments only and a sum of 100, or of 0 to turn an endpoint off
    (Azure docs, "Safe rollout of online endpoints"). Deployments that get nothing are left out.
    """
    if declared is None:
        if len(deployments) == 1:
            return {deployments[0]: 100}, []
        if not deployments:
            return {}, []
        problem = Problem(
            path,
            "nothing",
            f"percentages for {listed(deployments)} that add up to 100",
            "Say who gets the traffic: with several deployments there is no safe default.",
        )
        return {}, [problem]
    problems = [
        Problem(
            f"{path}.{name}",
            f"the unknown deployment {name!r}",
            listed(deployments),
            "Declare the deployment, or take it out of the traffic.",
        )
        for name in declared
        if name not in deployments
    ]
    problems += [
        Problem(f"{path}.{name}", str(share), "0 to 100", "Choose a percentage.")
        for name, share in declared.items()
        if not 0 <= share <= 100  # noqa: PLR2004  (percent)
    ]
    total = sum(declared.values())
    if not problems and total not in {0, 100}:
        problems.append(
            Problem(
                path,
                f"percentages that add up to {total}",
                "a sum of 100, or of 0 to turn the endpoint off",
                "Adjust the percentages.",
            )
        )
    return effective(declared), problems


def effective(traffic: Mapping[str, int] | None) -> dict[str, int]:
    """Return traffic without the deployments that get none, so that equal routing is equal."""
    return {name: int(share) for name, share in (traffic or {}).items() if share}
