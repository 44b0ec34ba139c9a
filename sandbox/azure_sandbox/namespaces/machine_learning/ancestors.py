# SPDX-License-Identifier: Apache-2.0
"""What a deployment belongs to."""

from dataclasses import dataclass

from azure_sandbox.arm.ids import parse
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Ancestors:
    """The endpoint and the workspace a deployment belongs to."""

    endpoint: Resource
    workspace: Resource


def ancestors_of(tx: Transaction, deployment_id: str) -> Ancestors:
    """Return the ancestors of a deployment, which need not exist itself yet.

    Raises:
        LookupError: they do not exist, which the core has checked before any hook is called.
    """
    target = parse(deployment_id)
    endpoint = tx.get(target.parent) if target else None
    workspace = tx.get(endpoint.parent) if endpoint else None
    if endpoint is None or workspace is None:
        raise LookupError(deployment_id)
    return Ancestors(endpoint, workspace)
