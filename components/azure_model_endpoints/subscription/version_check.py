# SPDX-License-Identifier: Apache-2.0
"""Holds the versions that a stack names against what the registries have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure_model_endpoints.planning.model_versions import (
    Lookup,
    ModelVersion,
    NamedVersion,
    in_doubt,
    named_versions,
    version_problems,
    version_warnings,
)
from azure_model_endpoints.subscription.registry_models import ask_for_versions

if TYPE_CHECKING:
    from azure_model_endpoints.errors import Problem
    from azure_model_endpoints.planning.capacity import Capacity
    from azure_model_endpoints.planning.stack_plan import StackPlan
    from azure_model_endpoints.subscription.arm import ArmClient
    from azure_model_endpoints.subscription.dispensable import Questions

__all__ = ["VersionCheck"]


@dataclass(frozen=True, slots=True)
class VersionCheck:
    """Questions to the registries, which are asked while other things are read.

    They take two round trips, so they begin before anybody knows what is deployed already; for that
    nobody waits.
    """

    region: str
    named: tuple[NamedVersion, ...]
    asked: "Questions[ModelVersion, Lookup]"

    @classmethod
    def begun(cls, client: "ArmClient", plan: "StackPlan") -> "VersionCheck":
        """Begin to ask for every version that a stack names, each once."""
        named = named_versions(plan)
        asked = ask_for_versions(client, {each.wanted for each in named})
        return cls(plan.settings.region, named, asked)

    def findings(
        self, own_ids: Mapping[str, str], capacity: "Capacity", *, deadline_seconds: float
    ) -> "tuple[list[Problem], list[str]]":
        """Return the versions that do not exist, and those of which nobody knows.

        Args:
            own_ids: ids of the stack's endpoints by their keys.
            capacity: what there is.
            deadline_seconds: how long Azure may take to answer everything.
        """
        named = in_doubt(self.named, self.region, own_ids, capacity)
        found, silent = self.asked.answers(
            deadline_seconds=deadline_seconds, of={each.wanted for each in named}
        )
        return version_problems(named, found), version_warnings(named, found, silent)
