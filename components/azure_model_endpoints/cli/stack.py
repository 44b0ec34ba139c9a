# SPDX-License-Identifier: Apache-2.0
"""The plan of a stack, as the commands that take ``--stack`` need it."""

from pathlib import Path

from azure_model_endpoints.cli.project import today
from azure_model_endpoints.lock_file import read_lock
from azure_model_endpoints.planning import Surroundings
from azure_model_endpoints.planning.stack import StackPlan, plan_stack
from azure_model_endpoints.project_catalog import project_catalog
from azure_model_endpoints.stack_file import find_stack_file, read_stack_file

__all__ = ["plan_of_stack"]


def plan_of_stack(stack: str) -> StackPlan:
    """Return the plan of a stack of the project this directory is in.

    Raises:
        SettingsError: there is no such stack, or its settings are malformed.
        CatalogError: the project's own models or prices are malformed.
        PlanError: Azure would refuse its settings.
    """
    path = find_stack_file(stack, Path.cwd())
    document = read_stack_file(path)
    catalog = project_catalog(path.parent, document.get("models"))
    # Nothing is deployed, so whether this machine has a token for the weights does not matter.
    around = Surroundings(catalog, today(), has_token=True)
    return plan_stack(stack, document, around, read_lock(path.parent, stack))
