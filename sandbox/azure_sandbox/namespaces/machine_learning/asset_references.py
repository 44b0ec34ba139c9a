# SPDX-License-Identifier: Apache-2.0
"""How a deployment names a model or an environment."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AssetReference:
    """One named asset: in a registry, or in a workspace known by its ARM id or by its GUID."""

    kind: str
    """`models` or `environments`."""
    name: str
    version: str | None
    """None stands for the newest one (`labels/latest`)."""
    registry: str = ""
    workspace_id: str = ""
    workspace_guid: str = ""


_NAME = r"/(?P<kind>models|environments)/(?P<name>[^/]+)"
_VERSION = r"/(?:versions/(?P<version>[^/]+)|labels/(?P<label>latest))"
_PROVIDER = (
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.MachineLearningServices"
)
_OWNERS = (
    r"azureml://registries/(?P<registry>[^/]+)",
    r"azureml://locations/[^/]+/workspaces/(?P<workspace_guid>[^/]+)",
    rf"(?:azureml:)?(?P<workspace_id>{_PROVIDER}/workspaces/[^/]+)",
    rf"(?:azureml:)?{_PROVIDER}/registries/(?P<registry>[^/]+)",
)
_FORMS = tuple(re.compile(owner + _NAME + _VERSION, re.IGNORECASE) for owner in _OWNERS)


def parse_asset_reference(text: str) -> AssetReference | None:
    """Read an asset id: `azureml://…` or an ARM id; None when it is neither."""
    for form in _FORMS:
        if match := form.fullmatch(text):
            found = match.groupdict()
            return AssetReference(
                kind=found["kind"].lower(),
                name=found["name"],
                version=found["version"],
                registry=found.get("registry") or "",
                workspace_id=found.get("workspace_id") or "",
                workspace_guid=found.get("workspace_guid") or "",
            )
    return None
