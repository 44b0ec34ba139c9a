# SPDX-License-Identifier: Apache-2.0
"""The versions in which services are asked beside the azure-native provider.

They are those that azure-native 3.29 speaks, so that what it wrote is read back in the shape in
which it was written.
"""

__all__ = ["MACHINE_LEARNING", "VAULTS"]

MACHINE_LEARNING = "2025-12-01"
VAULTS = "2024-11-01"
