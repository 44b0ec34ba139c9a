# SPDX-License-Identifier: Apache-2.0
"""What a change of a workspace's isolation mode means for what is there, and how that is told."""

from collections.abc import Sequence
from enum import Enum, auto

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.setting_names import SettingName
from azure_model_endpoints.vocabulary import IsolationMode

__all__ = ["Transition", "irrevocable", "recreation", "transition"]


class Transition(Enum):
    """What a change of the isolation mode means for what is there."""

    NONE = auto()
    """Nothing changes."""
    RECREATES_ENDPOINTS = auto()
    """Endpoints that exist must be deleted and created again."""
    IMPOSSIBLE = auto()
    """It takes a new workspace."""


def transition(before: IsolationMode, after: IsolationMode) -> Transition:
    """Return what a change of the mode means (Azure docs, "Workspace managed virtual network").

    The page says in one place that outbound to the internet cannot be narrowed to approved
    outbound; nothing may depend on the more hopeful reading.
    """
    if before is after:
        return Transition.NONE
    if before is IsolationMode.DISABLED:
        return Transition.RECREATES_ENDPOINTS
    return Transition.IMPOSSIBLE


def recreation(path: str, mode: IsolationMode, endpoints: Sequence[str]) -> str:
    """Return what to know before the endpoints of a workspace move into a managed network.

    Args:
        path: how messages call the setting of the mode.
        mode: the mode the workspace will have.
        endpoints: the names of all its endpoints.
    """
    return (
        f"{path}: with {mode} the endpoints that exist are deleted and created again, with "
        f"all their deployments, since Azure moves none into a managed network: "
        f"{', '.join(endpoints)}. Nobody answers their callers meanwhile, and the network alone "
        "takes half an hour. Those of other stacks have to be created again by these."
    )


def irrevocable(
    setting: SettingName,
    modes: tuple[IsolationMode, IsolationMode],
    workspace: str,
    endpoints: Sequence[str],
) -> Problem:
    """Return why a workspace cannot have another mode, and what would have to be recreated.

    Args:
        setting: how messages call the mode.
        modes: the mode that the workspace has, and the one it was given.
        workspace: its name.
        endpoints: the names of all its endpoints.
    """
    before, after = modes
    held = f" and its endpoints {', '.join(endpoints)}" if endpoints else ""
    return Problem(
        setting.path,
        setting.given(repr(after.value)),
        f"{before.value!r} of the workspace {workspace}, which Azure cannot take back",
        f"The workspace{held} would have to be deleted and created again. Make a second workspace "
        "under another name with the new mode, send your callers to its endpoints, and then "
        "remove this one.",
    )
