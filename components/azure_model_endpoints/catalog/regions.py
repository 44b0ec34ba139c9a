# SPDX-License-Identifier: Apache-2.0
"""Names of Azure's public regions, from ``regions.yaml``."""

from azure_model_endpoints.catalog._rows import read_document


def load_regions() -> tuple[str, ...]:
    """Return the public regions by their short names, for example ``eastus``."""
    return tuple(read_document("regions.yaml")["regions"])
