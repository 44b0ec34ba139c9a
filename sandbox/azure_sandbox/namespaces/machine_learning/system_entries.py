# SPDX-License-Identifier: Apache-2.0
"""Entries that the service itself puts into the property map of an endpoint or a deployment.

Public outputs of `az ml online-endpoint show` and `az ml online-deployment create` (2022 to 2026)
show them: the operation of the last PUT and, on an endpoint, its own id in lower case.
"""

from collections.abc import Mapping
from dataclasses import replace

from azure_sandbox.arm import operations
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.records import Operation, Resource

OPERATION = "AzureAsyncOperationUri"
ENDPOINT_ID = "azureml.onlineendpointid"
_SERVER, _PATH = "server", "operation"


def without_system_entries(entries: Mapping[str, str]) -> dict[str, str]:
    """Return what users have put into a map: clients send back all that they have read."""
    return {name: value for name, value in entries.items() if name not in {OPERATION, ENDPOINT_ID}}


def asked_of(resource: Resource, call: Call) -> Resource:
    """Return the resource with the address it was asked for at, where its operation will be."""
    return replace(resource, internal={**resource.internal, _SERVER: call.base_url})


def made_by(resource: Resource, operation: Operation) -> Resource:
    """Return the resource as the operation of a PUT leaves it."""
    path = operations.status_path(resource, operation)
    return replace(resource, internal={**resource.internal, _PATH: path})


def system_entries(resource: Resource) -> dict[str, str]:
    """Return what the map shows besides its users' entries."""
    if _PATH not in resource.internal:
        return {}
    return {OPERATION: resource.internal[_SERVER] + resource.internal[_PATH]}
