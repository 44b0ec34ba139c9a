# SPDX-License-Identifier: Apache-2.0
"""Live reads from inside a Pulumi program, through the azure-native provider itself.

The provider's own functions are used, so that whatever credentials, subscription and cloud an
explicit provider was given are honoured. Outside a program there is `subscription.arm`.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime.settings import get_monitor

from azure_model_endpoints import credentials
from azure_model_endpoints.errors import ArmError, CredentialError
from azure_model_endpoints.subscription import asking
from azure_model_endpoints.subscription.asking import CLIENT_CONFIG, CLIENT_TOKEN, ask, call

if TYPE_CHECKING:
    from azure_model_endpoints.subscription.arm import ArmClient

__all__ = [
    "arm_client",
    "client_config",
    "program_client",
    "read_deployment",
    "read_endpoint",
    "read_model_version",
    "read_vault",
    "read_workspace",
    "subscription",
]

_MODULE = "azure-native:machinelearningservices"


async def read_endpoint(inputs: Mapping[str, Any], parent: pulumi.Resource) -> Any | None:
    """Return a live online endpoint in the provider's shape, or None where there is none."""
    names = {key: inputs[key] for key in ("resourceGroupName", "workspaceName", "endpointName")}
    return await _read(f"{_MODULE}:getOnlineEndpoint", names, parent)


async def read_deployment(inputs: Mapping[str, Any], parent: pulumi.Resource) -> Any | None:
    """Return a live online deployment in the provider's shape, or None where there is none."""
    keys = ("resourceGroupName", "workspaceName", "endpointName", "deploymentName")
    names = {key: inputs[key] for key in keys}
    return await _read(f"{_MODULE}:getOnlineDeployment", names, parent)


async def read_workspace(inputs: Mapping[str, Any], parent: pulumi.Resource) -> Any | None:
    """Return a live workspace in the provider's shape, or None where there is none."""
    names = {key: inputs[key] for key in ("resourceGroupName", "workspaceName")}
    return await _read(f"{_MODULE}:getWorkspace", names, parent)


async def read_model_version(inputs: Mapping[str, Any], parent: pulumi.Resource) -> Any | None:
    """Return a model of a workspace in the provider's shape, or None where there is none."""
    names = {key: inputs[key] for key in ("resourceGroupName", "workspaceName", "name", "version")}
    return await _read(f"{_MODULE}:getModelVersion", names, parent)


async def read_vault(inputs: Mapping[str, Any], parent: pulumi.Resource) -> Any | None:
    """Return a live key vault in the provider's shape, or None where there is none."""
    names = {key: inputs[key] for key in ("resourceGroupName", "vaultName")}
    return await _read("azure-native:keyvault:getVault", names, parent)


async def arm_client(parent: pulumi.Resource) -> "ArmClient":
    """Return a client of Resource Manager with the provider's token and cloud.

    Its patience is that of a preview, or of a run, which has more to lose.
    """
    from azure_model_endpoints.subscription.arm import PATIENCE_SECONDS, ArmClient
    from azure_model_endpoints.subscription.live_capacity import DEADLINE_SECONDS

    where = _cloud(get_monitor())
    answer = await ask(CLIENT_TOKEN, {"endpoint": where.audience}, parent)
    patience = DEADLINE_SECONDS if pulumi.runtime.is_dry_run() else PATIENCE_SECONDS
    return ArmClient.with_token(where, answer["token"], patience_seconds=patience)


def program_client(*, patience_seconds: float) -> "tuple[ArmClient, str]":
    """Return a client with the default provider's token, and the subscription it works in.

    For a program that asks before it creates anything; blocks until it is answered.

    Args:
        patience_seconds: how long one request of the client may take.

    Raises:
        ArmError: the provider did not answer.
        CredentialError: it has no credential, or its cloud cannot be found.
    """
    from azure_model_endpoints.subscription.arm import ArmClient

    where = _cloud(get_monitor())
    try:
        token = call(CLIENT_TOKEN, {"endpoint": where.audience})["token"]
    except ArmError as error:
        raise CredentialError(str(error)) from error
    subscription_id = call(CLIENT_CONFIG, {})["subscriptionId"]
    return ArmClient.with_token(where, token, patience_seconds=patience_seconds), subscription_id


async def subscription(parent: pulumi.Resource) -> str:
    """Return the id of the subscription the provider works in."""
    return str((await asking.client_config(parent))["subscriptionId"])


def client_config(parent: pulumi.Resource) -> pulumi.Output[Any]:
    """Return ``subscriptionId`` and ``tenantId`` of the provider, in the provider's shape.

    Where there is no credential for them, the program fails with one paragraph.
    """

    async def read() -> Any:
        try:
            return await asking.client_config(parent)
        except ArmError as problem:
            raise pulumi.RunError(str(problem)) from None

    return pulumi.Output.from_input(read())


async def _read(token: str, names: dict[str, Any], parent: pulumi.Resource) -> Any | None:
    try:
        return await ask(token, names, parent)
    except ArmError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise


@lru_cache(maxsize=1)
def _cloud(_run: object) -> credentials.Cloud:
    """Return the cloud of the default provider, looked up once in a run."""
    return credentials.cloud(_provider_environment())


def _provider_environment() -> dict[str, str]:
    """Return the cloud of the default provider's configuration, as environment variables."""
    config = pulumi.Config("azure-native")
    names = {"metadataHost": "ARM_METADATA_HOSTNAME", "environment": "ARM_ENVIRONMENT"}
    configured = {names[key]: value for key in names if (value := config.get(key))}
    return {**os.environ, **configured}
