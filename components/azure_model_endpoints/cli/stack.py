# SPDX-License-Identifier: Apache-2.0
"""A stack and its plan, as the commands that take ``--stack`` need them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure_model_endpoints.cli.project import today
from azure_model_endpoints.lock_file import read_lock
from azure_model_endpoints.planning import Surroundings
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.project_catalog import project_catalog
from azure_model_endpoints.stack_file import find_stack_file, read_stack_file

__all__ = ["GivenStack", "given_stack", "plan_of_stack"]


@dataclass(frozen=True, slots=True)
class GivenStack:
    """What a stack's plan is made of."""

    name: str
    directory: Path
    """Where its file is, and its lock."""
    document: dict[str, Any]
    around: Surroundings

    def plan(self) -> StackPlan:
        """Return its plan, with what its lock says if it has one.

        Raises:
            SettingsError: its settings or its lock are malformed.
            PlanError: Azure would refuse its settings.
        """
        lock = read_lock(self.directory, self.name)
        return plan_stack(self.name, self.document, self.around, lock)


def given_stack(stack: str) -> GivenStack:
    """Return what is given of a stack of the project this directory is in.

    Raises:
        SettingsError: there is no such stack, or its file cannot be read.
        CatalogError: the project's own models or prices are malformed.
    """
    path = find_stack_file(stack, Path.cwd())
    document = read_stack_file(path)
    catalog = project_catalog(path.parent, document.get("models"))
    # Nothing is deployed, so whether this machine has a token for the weights does not matter.
    around = Surroundings(catalog, today(), has_token=True)
    return GivenStack(stack, path.parent, document, around)


def plan_of_stack(stack: str) -> StackPlan:
    """Return the plan of a stack of the project this directory is in.

    Raises:
        SettingsError: there is no such stack, or its settings are malformed.
        CatalogError: the project's own models or prices are malformed.
        PlanError: Azure would refuse its settings.
    """
    return given_stack(stack).plan()
