# SPDX-License-Identifier: Apache-2.0
"""Containers that somebody brings along: environments that say where their server answers."""

from dataclasses import dataclass

from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.namespaces.machine_learning.asset_references import parse_asset_reference
from azure_sandbox.namespaces.machine_learning.container_images import Image, parse_image
from azure_sandbox.namespaces.machine_learning.model_resolution import find_asset


@dataclass(frozen=True, slots=True)
class CustomContainer:
    """A container with a server of its own."""

    image: Image | None
    """What is pulled; None for an image that Azure builds into the workspace's registry."""
    scoring_path: str
    """The path at and below which requests reach the server."""


def custom_container(
    tx: Transaction, workspace: Resource, environment_id: object
) -> CustomContainer | None:
    """Return the container an environment describes.

    None without an environment, and for one without routes: it runs Azure's own inference server.
    """
    reference = parse_asset_reference(str(environment_id)) if environment_id else None
    version = find_asset(tx, workspace, reference) if reference else None
    if version is None or not version.properties.get("inferenceConfig"):
        return None
    scoring = version.properties["inferenceConfig"].get("scoringRoute") or {"path": "/"}
    image = parse_image(version.properties.get("image"))
    return CustomContainer(image, scoring["path"])
