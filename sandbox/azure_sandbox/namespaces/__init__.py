# SPDX-License-Identifier: Apache-2.0
"""The resource providers of the sandbox."""

from azure_sandbox.arm.namespace import Namespace
from azure_sandbox.namespaces import (
    authorization,
    container_registry,
    insights,
    key_vault,
    machine_learning,
    managed_identity,
    network,
    operational_insights,
    quota,
    resources,
    storage,
)

_REGISTERED_ONLY = (
    "Microsoft.Cdn",
    "Microsoft.Compute",
    "Microsoft.MarketplaceOrdering",
    "Microsoft.PolicyInsights",
    "Microsoft.SaaS",
)
"""Providers that can be registered, which Azure ML demands, but have no resources here."""


def all_namespaces() -> dict[str, Namespace]:
    """Every resource provider by its name in lower case."""
    others = (
        authorization.NAMESPACE,
        container_registry.NAMESPACE,
        insights.NAMESPACE,
        key_vault.NAMESPACE,
        machine_learning.NAMESPACE,
        managed_identity.NAMESPACE,
        network.NAMESPACE,
        operational_insights.NAMESPACE,
        quota.NAMESPACE,
        storage.NAMESPACE,
        *(Namespace(name, ()) for name in _REGISTERED_ONLY),
    )
    by_name = {namespace.name.lower(): namespace for namespace in others}
    itself = resources.namespace(by_name)
    return {**by_name, itself.name.lower(): itself}
