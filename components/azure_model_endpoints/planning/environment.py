# SPDX-License-Identifier: Apache-2.0
"""What an environment may not be, whatever runs in it."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.assessment import HIGHLY_AVAILABLE_INSTANCES
from azure_model_endpoints.profiles import PROFILES
from azure_model_endpoints.vocabulary import Profile

if TYPE_CHECKING:
    from azure_model_endpoints.planning.endpoint import EndpointPlan
    from azure_model_endpoints.settings import Settings

__all__ = ["environment_notices", "environment_problems"]


def environment_problems(
    settings: "Settings", endpoints: Iterable["EndpointPlan"]
) -> Iterator[Problem]:
    """Yield what the settings of a stack contradict each other in.

    Args:
        settings: those that hold, the profile's defaults among them.
        endpoints: what was planned for its endpoints.
    """
    if settings.workspace.existing is not None:
        yield from _of_existing_workspace(settings)
    if settings.profile is Profile.PROD:
        yield from _of_production(settings, endpoints)


def environment_notices(settings: "Settings") -> tuple[str, ...]:
    """Return what somebody should know who counts on what a profile says.

    Args:
        settings: those that hold, the profile's defaults among them.
    """
    workspace, profile = settings.workspace, settings.profile
    if workspace.existing is None or "diagnostics" in workspace.model_fields_set:
        return ()
    if profile is None or not PROFILES[profile].get("workspace.diagnostics"):
        return ()
    notice = (
        "workspace.diagnostics: the endpoints report nowhere. What the profile "
        f"{profile} says holds for a workspace of the stack's own; beside "
        "`workspace.existing` say the id of a Log Analytics workspace, or false."
    )
    return (notice,)


def _of_existing_workspace(settings: "Settings") -> Iterator[Problem]:
    """Yield the settings that would change a workspace that stays as it is."""
    own = {"existing", "diagnostics"}
    said = {f"workspace.{name}" for name in settings.workspace.model_fields_set - own}
    said |= {"network"} if settings.network else set()
    said |= {"isolation"} if "isolation" in settings.model_fields_set else set()
    for path in sorted(said):
        yield Problem(
            path,
            "a value, beside `workspace.existing`",
            "nothing: an existing workspace stays as it is",
            "Remove it, or remove `workspace.existing` to have a workspace created.",
        )
    if settings.workspace.diagnostics is True:
        yield Problem(
            "workspace.diagnostics",
            "true, beside `workspace.existing`",
            "false, or the id of a Log Analytics workspace that the endpoints report to",
            "Write what `az monitor log-analytics workspace show --query id` prints: an existing "
            "workspace brings none.",
        )


def _of_production(settings: "Settings", endpoints: Iterable["EndpointPlan"]) -> Iterator[Problem]:
    if settings.public_network_access and not settings.allow_public_in_prod:
        yield Problem(
            "public_network_access",
            "true, in prod",
            "false",
            "Remove it; or, if the internet shall reach production, say "
            "`allow_public_in_prod: true` as well.",
        )
    for endpoint in endpoints:
        for deployment in endpoint.deployments:
            said = settings.endpoints[endpoint.key].deployments[deployment.name]
            few = deployment.sizing and deployment.instances < HIGHLY_AVAILABLE_INSTANCES
            if few and not said.single_instance_reason:
                count = deployment.instances
                yield Problem(
                    f"endpoints.{endpoint.key}.deployments.{deployment.name}",
                    f"{count} instance{'s' * (count != 1)}, in prod",
                    f"{HIGHLY_AVAILABLE_INSTANCES} or more",
                    "Ask for more; or say in `single_instance_reason` why fewer are enough.",
                )
