# SPDX-License-Identifier: Apache-2.0
"""How many cores of quota a deployment takes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import GpuSku

__all__ = ["quota_cores"]


def quota_cores(sku: "GpuSku", instances: int) -> int:
    """Return the cores of the SKU's family that Azure asks for.

    Azure keeps a fifth more instances than asked for upgrades and recovery, rounded up, so that one
    instance takes the cores of two; some GPU families are exempt (Azure docs, "Manage and increase
    quotas", virtual machine quota allocation for deployments).
    """
    held = instances if sku.skips_quota_reserve else (6 * instances + 4) // 5
    return held * sku.vcpus
