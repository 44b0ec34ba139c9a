# SPDX-License-Identifier: Apache-2.0
"""A local Azure Resource Manager on loopback."""
