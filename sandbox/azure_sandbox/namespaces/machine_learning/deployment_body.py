# SPDX-License-Identifier: Apache-2.0
"""What the body of an online deployment may say, and what it leaves to Azure's defaults."""

from collections.abc import Mapping
from datetime import date

from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.endpoint_body import ACCESS, check_choice
from azure_sandbox.namespaces.machine_learning.limits import check_instances
from azure_sandbox.namespaces.machine_learning.probes import check_probes
from azure_sandbox.namespaces.machine_learning.request_settings import check_request_settings
from azure_sandbox.namespaces.machine_learning.violations import Violation
from azure_sandbox.namespaces.machine_learning.vm_sizes import (
    DEFAULT_INSTANCE_TYPE,
    check_instance_type,
)

_PROBE = {
    "initialDelay": "PT10S",
    "period": "PT10S",
    "timeout": "PT2S",
    "successThreshold": 1,
    "failureThreshold": 30,
}
_DEFAULTS: JsonObject = {
    "appInsightsEnabled": False,
    "egressPublicNetworkAccess": "Enabled",
    "environmentVariables": {},
    "scaleSettings": {"scaleType": "Default"},
}
_REQUEST_SETTINGS = {
    "maxConcurrentRequestsPerInstance": 1,
    "requestTimeout": "PT5S",
    "maxQueueWait": "PT0.5S",
}


def check_deployment_body(body: Mapping[str, object], today: date) -> list[Violation]:
    """Check a body, defaults already filled in, as far as it needs nothing but itself."""
    properties = _object(body.get("properties"))
    sku = _object(body.get("sku"))
    return [
        *_check_compute_type(properties),
        *check_instance_type(properties.get("instanceType"), today),
        *check_instances(sku.get("capacity")),
        *_check_sku_name(sku),
        *check_probes(properties),
        *check_request_settings(properties),
        *check_choice(properties, "egressPublicNetworkAccess", ACCESS),
        *_check_scale_settings(properties),
        *_check_environment_variables(properties),
        *_check_mount_path(properties.get("modelMountPath")),
    ]


def check_create_only(existing: Mapping[str, object], wanted: JsonObject) -> list[Violation]:
    """Check that a PUT leaves alone what is fixed when a deployment is created.

    `instanceType` is create-only in the REST specification; egress is documented as immutable
    (Azure docs, concept-secure-online-endpoint).
    """
    return [
        Violation(
            field,
            f"{name} is '{existing[name]}' and cannot be changed to '{wanted[name]}'. Create "
            "another deployment and shift the traffic to it.",
        )
        for name, field in (
            ("instanceType", "VmSize"),
            ("egressPublicNetworkAccess", "EgressPublicNetworkAccess"),
        )
        if str(existing[name]).lower() != str(wanted[name]).lower()
    ]


def with_defaults(body: JsonObject, existing: JsonObject | None) -> JsonObject:
    """Return the body with everything filled in that a GET shows.

    What is create-only and left out of a later PUT stays as it is.
    """
    given = {key: value for key, value in body["properties"].items() if value is not None}
    kept = existing["properties"] if existing else {}
    fixed = {
        "instanceType": kept.get("instanceType", DEFAULT_INSTANCE_TYPE),
        "egressPublicNetworkAccess": kept.get("egressPublicNetworkAccess", "Enabled"),
    }
    properties = {**_DEFAULTS, **fixed, **given}
    properties["requestSettings"] = _filled(_REQUEST_SETTINGS, given.get("requestSettings"))
    for probe in ("livenessProbe", "readinessProbe"):
        properties[probe] = _filled(_PROBE, given.get(probe))
    sku = _filled({"name": "Default", "capacity": 1}, body.get("sku"))
    return {**body, "sku": sku, "properties": properties}


def _filled(defaults: JsonObject, given: object) -> object:
    """Return an object with its defaults; anything else is left for the checks to refuse."""
    if given is None:
        return dict(defaults)
    if not isinstance(given, dict):
        return given
    return {**defaults, **{key: value for key, value in given.items() if value is not None}}


def _object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _check_compute_type(properties: JsonObject) -> list[Violation]:
    kind = properties.get("endpointComputeType")
    if kind == "Managed":
        return []
    given = "missing" if kind is None else repr(kind)
    text = f"endpointComputeType is {given}; on a managed online endpoint it must be Managed."
    return [Violation("EndpointComputeType", text)]


def _check_sku_name(sku: JsonObject) -> list[Violation]:
    if sku.get("name") == "Default":
        return []
    text = (
        f"sku.name is {sku.get('name')!r}; it must be Default. The VM size belongs into "
        "properties.instanceType."
    )
    return [Violation("Sku.Name", text)]


def _check_scale_settings(properties: JsonObject) -> list[Violation]:
    kind = _object(properties.get("scaleSettings")).get("scaleType")
    if kind == "Default":
        return []
    text = f"scaleSettings.scaleType is {kind!r}; managed deployments support Default only."
    return [Violation("ScaleSettings", text)]


def _check_environment_variables(properties: JsonObject) -> list[Violation]:
    variables = properties["environmentVariables"]
    if isinstance(variables, dict) and all(isinstance(v, str) for v in variables.values()):
        return []
    return [Violation("EnvironmentVariables", "environmentVariables must map names to strings.")]


def _check_mount_path(path: object) -> list[Violation]:
    """Check that a model is mounted at an absolute path (how-to-deploy-custom-container)."""
    if path is None or (isinstance(path, str) and path.startswith("/")):
        return []
    text = f"modelMountPath is {path!r}; it must be an absolute path, such as /models."
    return [Violation("ModelMountPath", text)]
