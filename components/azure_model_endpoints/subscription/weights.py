# SPDX-License-Identifier: Apache-2.0
"""Whether the weights that vLLM shall serve are there: the Hugging Face Hub and Azure are asked."""

import os
from collections.abc import Iterator, Mapping
from functools import partial

from azure.core import PipelineClient
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import (
    HeadersPolicy,
    RedirectPolicy,
    SensitiveHeaderCleanupPolicy,
    UserAgentPolicy,
)
from azure.core.rest import HttpRequest, HttpResponse

from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.endpoint_ids import workspace_id
from azure_model_endpoints.planning.serving import VllmServing
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.planning.weights import (
    hub_problem,
    new_workspace_problem,
    of_the_hub,
    of_the_workspace,
)
from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.concurrently import begun
from azure_model_endpoints.subscription.transport import transport

__all__ = ["weight_findings"]

_HUB = "https://huggingface.co"
_HUB_VARIABLE = "HF_ENDPOINT"
"""Another address of the Hub (huggingface_hub docs, "Environment variables")."""
_TIMEOUT_SECONDS = 5
"""The Hub only confirms what somebody has copied from it, so a preview does not wait for it."""


def weight_findings(
    plan: StackPlan,
    client: ArmClient,
    subscription: str,
    *,
    environment: Mapping[str, str] = os.environ,
) -> tuple[list[Problem], list[str]]:
    """Return what is wrong with the weights of a stack, and warnings of what nobody knows.

    Args:
        plan: of the stack.
        client: who asks Azure.
        subscription: where.
        environment: where ``HF_ENDPOINT`` may name another Hub.

    Raises:
        ArmError: Azure refused, or could not be reached.
    """
    address = (environment.get(_HUB_VARIABLE) or _HUB).rstrip("/")
    given = plan.settings.hugging_face_token
    token = given.get_secret_value() if given else None
    pulled = of_the_hub(plan, load_catalog())
    asked = begun({path: partial(_status, address, each, token) for path, each in pulled.items()})
    problems, warnings = list(_not_registered(plan, client, subscription)), []
    for path, answer in asked.items():
        try:
            problem = hub_problem(path, pulled[path], answer.result(), has_token=bool(token))
            problems += [problem] if problem else []
        except (AzureError, ValueError) as error:
            warnings.append(f"{path}.revision: {address} could not be asked for it ({error}).")
    return problems, warnings


def _status(address: str, serving: VllmServing, token: str | None) -> int:
    """Return the status with which the Hub answers for a revision of a model.

    Raises:
        AzureError: it could not be reached.
        ValueError: its address is none.
    """
    where = f"{address}/api/models/{serving.model_name}/revision/{serving.revision}"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
        base_url=address,
        policies=[
            HeadersPolicy(),
            UserAgentPolicy("azure-model-endpoints"),
            RedirectPolicy(),  # a model that was renamed
            SensitiveHeaderCleanupPolicy(),
        ],
        transport=transport(),
    )
    with client:
        response = client.send_request(
            HttpRequest("GET", where, headers=headers),
            connection_timeout=_TIMEOUT_SECONDS,
            read_timeout=_TIMEOUT_SECONDS,
        )
        return int(response.status_code)


def _not_registered(plan: StackPlan, client: ArmClient, subscription: str) -> Iterator[Problem]:
    """Return the problems of registered weights where there is no workspace yet."""
    mounted = of_the_workspace(plan)
    if not mounted or plan.settings.workspace.existing:
        return
    workspace = workspace_id(plan, subscription)
    if client.get(workspace, api_versions.MACHINE_LEARNING) is not None:
        return
    for path, serving in mounted.items():
        if serving.registered_model:
            name = workspace.rpartition("/")[2]
            yield new_workspace_problem(f"{path}.registered_model", serving.registered_model, name)
