# SPDX-License-Identifier: Apache-2.0
"""Api-versions under which vaults and their secrets answer."""

API_VERSIONS = (
    "2026-05-15",
    "2025-05-01",
    "2024-11-01",
    "2024-04-01-preview",
    "2023-07-01",
    "2023-02-01",
    "2022-07-01",
    "2021-10-01",
    "2019-09-01",
)
