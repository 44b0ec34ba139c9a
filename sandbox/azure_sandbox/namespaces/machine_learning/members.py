# SPDX-License-Identifier: Apache-2.0
"""Which members of a resource an api-version knows: an older one is answered without the newer.

Source: Azure's own description of each version, as azure-ai-ml 1.27 brings it along (to
2025-01-01-preview) and bicep-types-az lists it (from 2024-04-01).
"""

from collections.abc import Mapping
from typing import NamedTuple

from azure_sandbox.arm.wire import JsonObject

_PREVIEW = "-preview"


class Since(NamedTuple):
    """The first of the sandbox's versions with a member."""

    stable: str
    preview: str


Members = Mapping[str, Since]
"""Members of ``properties``; ``/kind`` is beside it."""

OF_ENDPOINTS: Members = {
    "mirrorTraffic": Since("2023-04-01", "2022-02-01-preview"),
    "publicNetworkAccess": Since("2022-10-01", "2022-02-01-preview"),
}
OF_DEPLOYMENTS: Members = {
    "dataCollector": Since("2024-04-01", "2023-04-01-preview"),
    "egressPublicNetworkAccess": Since("2022-10-01", "2022-02-01-preview"),
    "startupProbe": Since("2024-10-01", "2026-05-15-preview"),
}
_WITH_HUBS = Since("2024-04-01", "2023-04-01-preview")
OF_WORKSPACES: Members = {
    "/kind": _WITH_HUBS,
    "associatedWorkspaces": _WITH_HUBS,
    "enableDataIsolation": _WITH_HUBS,
    "featureStoreSettings": _WITH_HUBS,
    "hubResourceId": _WITH_HUBS,
    "workspaceHubConfig": Since("2024-04-01", "2023-06-01-preview"),
    "managedNetwork": Since("2023-10-01", "2023-04-01-preview"),
    "serverlessComputeSettings": Since("2023-10-01", "2023-08-01-preview"),
    "systemDatastoresAuthMode": Since("2025-06-01", "2023-02-01-preview"),
    "v1LegacyMode": Since("2022-10-01", "2022-10-01-preview"),
}


def in_version(shape: JsonObject, members: Members, api_version: str) -> JsonObject:
    """Return a resource as an api-version shows it."""
    unknown = {name for name, since in members.items() if not _knows(api_version, since)}
    kept = {key: value for key, value in shape.items() if f"/{key}" not in unknown}
    properties = {key: value for key, value in shape["properties"].items() if key not in unknown}
    return kept | {"properties": properties}


def _knows(api_version: str, since: Since) -> bool:
    return api_version >= (since.preview if api_version.endswith(_PREVIEW) else since.stable)
