# SPDX-License-Identifier: Apache-2.0
"""Api-versions under which one and the same store answers."""

STABLE = (
    "2022-05-01",
    "2022-10-01",
    "2023-04-01",
    "2023-10-01",
    "2024-04-01",
    "2024-10-01",
    "2025-04-01",
    "2025-06-01",
    "2025-09-01",
    "2025-12-01",
    "2026-03-01",
    "2026-05-01",
    "2026-07-01",
)
PREVIEW = (
    "2022-02-01-preview",
    "2022-10-01-preview",
    "2023-02-01-preview",
    "2023-04-01-preview",
    "2023-06-01-preview",
    "2023-08-01-preview",
    "2024-01-01-preview",
    "2024-04-01-preview",
    "2024-10-01-preview",
    "2025-01-01-preview",
    "2026-05-15-preview",
)
"""The newest one, and those that azure-ai-ml still sends."""

VERSIONS = STABLE + PREVIEW
BEFORE_ENDPOINTS = "2020-08-01"
"""What the stable azure-mgmt-machinelearningservices 1.0 sends, which knows no endpoints."""
WITHOUT_ENDPOINTS = (BEFORE_ENDPOINTS, *VERSIONS)
"""For workspaces, usages and VM sizes."""
NAMESPACE_NAME = "Microsoft.MachineLearningServices"
