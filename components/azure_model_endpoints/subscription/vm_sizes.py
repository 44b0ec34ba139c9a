# SPDX-License-Identifier: Apache-2.0
"""Which VM sizes Azure Machine Learning lists for a region.

The list is that of compute clusters (REST specification: "virtual machine sizes supported by
AmlCompute"); no document says that it names everything that managed online endpoints accept. So it
is read for what it is worth, and a run goes on without it.
"""

from collections.abc import Collection
from functools import partial

from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.dispensable import Questions, ask

__all__ = ["ask_for_sizes"]


def ask_for_sizes(
    client: ArmClient, subscription: str, regions: Collection[str]
) -> Questions[str, frozenset[str]]:
    """Begin to read the names of the sizes listed for each region, in lower case."""
    return ask({region: partial(_names, client, subscription, region) for region in regions})


def _names(client: ArmClient, subscription: str, region: str) -> frozenset[str]:
    provider = f"/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices"
    rows = client.list(f"{provider}/locations/{region}/vmSizes", api_versions.MACHINE_LEARNING)
    names = [row.get("name") for row in rows]
    return frozenset(name.strip().lower() for name in names if isinstance(name, str))
