# SPDX-License-Identifier: Apache-2.0
"""Azure Resource Manager: what all resource providers have in common."""
