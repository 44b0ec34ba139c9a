# SPDX-License-Identifier: Apache-2.0
"""What is true in the live subscription: the only place that talks to Azure."""
