# SPDX-License-Identifier: Apache-2.0
"""Versions of environments: the image of a container, and where it answers."""

from azure_sandbox.arm import lro
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.assets import AssetVersion
from azure_sandbox.namespaces.machine_learning.container_images import parse_image
from azure_sandbox.namespaces.machine_learning.endpoint_body import check_choice
from azure_sandbox.namespaces.machine_learning.violations import Violation, refuse

ROUTES = ("livenessRoute", "readinessRoute", "scoringRoute", "startupRoute")
_DEFAULTS = {"osType": "Linux", "autoRebuild": "Disabled"}
_HIGHEST_PORT = 65_535


class _EnvironmentVersion(AssetVersion):
    """One version of an environment."""

    def completed(self, properties: JsonObject) -> JsonObject:
        """Refuse what no container could be made from."""
        completed = {**_DEFAULTS, **properties, "environmentType": "UserCreated"}
        refuse(check_environment_version(completed))
        return completed


class WorkspaceEnvironmentVersions(_EnvironmentVersion):
    """`workspaces/environments/versions`."""

    path = "workspaces/environments/versions"


class RegistryEnvironmentVersions(_EnvironmentVersion):
    """`registries/environments/versions`."""

    path = "registries/environments/versions"
    on_put = lro.async_operation(30)


def check_environment_version(properties: JsonObject) -> list[Violation]:
    """Check the properties of a version, defaults filled in."""
    return [
        *_check_content(properties),
        *check_choice(properties, "osType", ("Linux", "Windows")),
        *check_choice(properties, "autoRebuild", ("Disabled", "OnBaseImageUpdate")),
        *_check_routes(properties.get("inferenceConfig")),
    ]


def _check_content(properties: JsonObject) -> list[Violation]:
    image, build = properties.get("image"), properties.get("build")
    if (image is None) == (build is None):
        text = "An environment needs either an image or a build context, and not both."
        return [Violation("Image", text)]
    if build is not None:
        context = build.get("contextUri") if isinstance(build, dict) else None
        return [] if context else [Violation("Build", "build.contextUri is required.")]
    if parse_image(image) is None:
        text = f"{image!r} is not the name of an image, such as registry.azurecr.io/vllm:1.0."
        return [Violation("Image", text)]
    return []


def _check_routes(config: object) -> list[Violation]:
    if config is None:
        return []
    if not isinstance(config, dict):
        return [Violation("InferenceConfig", "inferenceConfig must be an object.")]
    return [violation for name in ROUTES for violation in _check_route(name, config.get(name))]


def _check_route(name: str, route: object) -> list[Violation]:
    if route is None:
        return []
    field = f"InferenceConfig.{name[0].upper()}{name[1:]}"
    if not isinstance(route, dict):
        return [Violation(field, f"{name} must be an object with a port and a path.")]
    port, path = route.get("port"), route.get("path")
    violations = []
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= _HIGHEST_PORT:
        text = f"{name}.port is {port!r}; it must be a port between 1 and {_HIGHEST_PORT}."
        violations.append(Violation(field, text))
    if not isinstance(path, str) or not path.startswith("/"):
        text = f"{name}.path is {path!r}; it must be a path that begins with a slash."
        violations.append(Violation(field, text))
    return violations
