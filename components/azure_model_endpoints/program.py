# SPDX-License-Identifier: Apache-2.0
"""What a Pulumi program asks for first: the plan of its stack, or every reason there is none."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import config as engine_config

from azure_model_endpoints.errors import AmeError, ProblemsError
from azure_model_endpoints.existing_isolation import with_existing_isolation
from azure_model_endpoints.lock_file import read_lock
from azure_model_endpoints.planning import Surroundings
from azure_model_endpoints.planning.stack import plan_stack, salvaged_plan
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.preflight import preflight, problems_besides
from azure_model_endpoints.project_catalog import project_catalog
from azure_model_endpoints.stack_file import (
    document_of,
    find_stack_file,
    read_stack_file,
    stack_directory,
)
from azure_model_endpoints.subscription.threads import begin

__all__ = ["plan_of_program"]


def plan_of_program() -> StackPlan:
    """Return the plan of the stack that the engine is running, once Azure has room for it.

    Raises:
        pulumi.RunError: the settings are wrong; the engine shows its text alone.
    """
    try:
        # Only the file shows what was written outside its `config:`; the values come from the
        # engine, which also knows environments and secrets.
        read_stack_file(_stack_file())
        document = document_of(_configuration())
        if token := os.environ.get("HF_TOKEN"):
            document.setdefault("hugging_face_token", token)
        directory = stack_directory(Path(pulumi.get_root_directory()))
        catalog = project_catalog(directory, document.get("models"))
        around = Surroundings(catalog, datetime.now(UTC).date())
        stack = pulumi.get_stack()
        try:
            plan = plan_stack(stack, document, around, read_lock(directory, stack))
        except ProblemsError as error:
            raise _with_what_azure_says(error, salvaged_plan(stack, document, around)) from None
        # Azure's answers and the components take about equally long.
        answers, isolated = begin(preflight, plan, catalog), begin(with_existing_isolation, plan)
        _load_components()
        answers.result()
        return replace(isolated.result(), catalog_directory=str(directory))
    except AmeError as error:
        raise pulumi.RunError(str(error)) from None


def _with_what_azure_says(error: ProblemsError, salvaged: StackPlan | None) -> ProblemsError:
    """Return why there is no plan, with what else would be in its way."""
    found = problems_besides(salvaged, error.problems) if salvaged else []
    if not found:
        return error
    source = f"{error.source}, and in what Azure has room for"
    return type(error)([*error.problems, *found], source=source)


def _load_components() -> None:
    """Import what a stack's program needs next, and what that imports of azure-native."""
    import_module("azure_model_endpoints.workspace")
    import_module("azure_model_endpoints.endpoint")


def _stack_file() -> Path:
    if given := os.environ.get("PULUMI_OPTION_CONFIG_FILE"):
        return Path(given)
    return find_stack_file(pulumi.get_stack(), Path(pulumi.get_root_directory()))


def _configuration() -> dict[str, Any]:
    """Return all configuration of the run; structured values arrive as JSON."""
    flat = {**engine_config.get_config_env(), **engine_config.CONFIG.get()}
    return {key: _decoded(value) for key, value in flat.items()}


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
