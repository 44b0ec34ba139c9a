# SPDX-License-Identifier: Apache-2.0
"""The lock: what was chosen for every deployment, so that nothing but a decision changes it.

A price that moved, a quota that grew or a new release of this package never moves a deployment;
what the settings say does, and then the lock has to be written anew. It is never edited by hand:
what was planned together (a size, its instances, the arguments of its server) holds together.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from azure_model_endpoints._wording import listed
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.serving import CatalogueServing, VllmServing
from azure_model_endpoints.sections import Section

if TYPE_CHECKING:
    from azure_model_endpoints.planning.deployment import DeploymentPlan
    from azure_model_endpoints.planning.stack_plan import StackPlan
    from azure_model_endpoints.settings import DeploymentSettings, Settings

__all__ = [
    "Lock",
    "LockedDeployment",
    "disagreements",
    "fingerprint",
    "lock_of",
    "locked_settings",
    "sealed",
]

FORMAT = 2
"""Version of the file's form; a later one may not be readable for this package."""

# What may change without a new choice: it neither moves a deployment nor decides its size.
_UNDECIDING = {"tags", "environment_variables", "single_instance_reason"}


class LockedDeployment(Section):
    """What was chosen for one deployment."""

    inputs: str
    """Fingerprint of the settings it was chosen for."""
    model: str
    """Catalogue name of the model."""
    version: str | None = None
    """Version of the catalogue's model, or commit of the weights; None for registered weights."""
    sku: str
    instances: Annotated[int, Field(ge=1)]
    tensor_parallel: Annotated[int, Field(ge=1)]
    max_concurrent_requests: Annotated[int, Field(ge=1)]
    serving: dict[str, str]
    """What the model server is started with, as environment variables."""
    price_usd_per_hour: float | None = None
    """Of all instances, when it was chosen; None where it was not known."""
    price_read_on: Annotated[date, Field(strict=False)] | None = None
    reason: str
    """Why this SKU and no other."""
    seal: str = ""
    """Digest of all of the above and of the lock's region, by which an edit by hand is known."""


class Lock(Section):
    """What was chosen for a stack."""

    format: Annotated[int, Field(ge=FORMAT, le=FORMAT)]
    written_by: str
    """The release of this package that chose."""
    region: str
    deployments: dict[str, LockedDeployment]
    """By ``endpoint.deployment``."""


def lock_of(
    plan: "StackPlan",
    reasons: Mapping[str, str],
    prices_read_on: Mapping[str, date],
    *,
    written_by: str,
) -> Lock:
    """Return the lock of a plan.

    Args:
        plan: what was chosen.
        reasons: why, by ``endpoint.deployment``.
        prices_read_on: the days of the prices, by SKU.
        written_by: the release of this package.
    """
    settings = plan.settings
    return Lock(
        format=FORMAT,
        written_by=written_by,
        region=settings.region,
        deployments={
            f"{endpoint.key}.{deployment.name}": sealed(
                _locked(
                    deployment,
                    fingerprint(settings, endpoint.key, deployment.name),
                    reasons[f"{endpoint.key}.{deployment.name}"],
                    prices_read_on.get(deployment.sku),
                ),
                settings.region,
            )
            for endpoint in plan.endpoints
            for deployment in endpoint.deployments
        },
    )


def fingerprint(settings: "Settings", endpoint: str, deployment: str) -> str:
    """Return a short text that changes with whatever decides what a deployment runs on."""
    section = settings.endpoints[endpoint]
    said = section.deployments[deployment]
    model = said.model or section.model or ""
    inputs = {
        "model": model,
        "own_model": settings.models.get(model),
        "workload": said.workload.under(section.workload).model_dump(mode="json"),
        "deployment": said.model_dump(mode="json", exclude={*_UNDECIDING, "model", "workload"}),
    }
    return _digest(inputs)


def sealed(locked: LockedDeployment, region: str) -> LockedDeployment:
    """Return an entry with the seal that belongs to it in a lock of a region."""
    return locked.model_copy(update={"seal": _seal(locked, region)})


def disagreements(lock: Lock, settings: "Settings", *, source: str) -> list[Problem]:
    """Return where a lock is not of these settings.

    Args:
        lock: what was chosen.
        settings: what is asked for now, before the lock.
        source: the lock's file, as messages call it.
    """
    write = "Run `ame plan --write` for this stack and review what it chooses."
    problems = []
    if lock.region not in {settings.region, *settings.fallback_regions}:
        allowed = listed([settings.region, *settings.fallback_regions])
        problems.append(Problem(f"{source}: region", repr(lock.region), allowed, write))
    else:  # no seal fits another region
        problems += _edited(lock, source)
    wanted = {
        f"{key}.{name}": (key, name)
        for key, endpoint in settings.endpoints.items()
        for name in endpoint.deployments
    }
    for name in lock.deployments:
        if name not in wanted:
            given, allowed = "a deployment that the settings do not have", listed(wanted)
            problems.append(Problem(f"{source}: deployments.{name}", given, allowed, write))
    for name, (key, deployment) in wanted.items():
        path = f"endpoints.{key}.deployments.{deployment}"
        locked = lock.deployments.get(name)
        if locked is None:
            given, allowed = f"no entry in {source}", "an entry of what was chosen for it"
            problems.append(Problem(path, given, allowed, write))
        elif locked.inputs != fingerprint(settings, key, deployment):
            given = f"settings other than those that {source} was written for"
            problems.append(Problem(path, given, "the same settings", write))
    return problems


def locked_settings(settings: "Settings", lock: Lock) -> "Settings":
    """Return the settings with what was chosen in place of what was left open."""
    endpoints = {
        key: endpoint.model_copy(
            update={
                "deployments": {
                    name: _with_choice(deployment, lock.deployments.get(f"{key}.{name}"))
                    for name, deployment in endpoint.deployments.items()
                }
            }
        )
        for key, endpoint in settings.endpoints.items()
    }
    return settings.model_copy(update={"region": lock.region, "endpoints": endpoints})


def _edited(lock: Lock, source: str) -> Iterator[Problem]:
    """Yield the entries that are not what was written."""
    for name, locked in lock.deployments.items():
        if locked.seal != _seal(locked, lock.region):
            yield Problem(
                f"{source}: deployments.{name}",
                "an entry that was edited by hand, or by a merge",
                "what `ame plan --write` has written",
                "Say in the settings what it shall run on (`sku`, `instances`, `version`, …), run "
                "`ame plan --write` for this stack and review what it chooses.",
            )


def _seal(locked: LockedDeployment, region: str) -> str:
    said = locked.model_dump(mode="json", exclude={"seal"}, exclude_none=True)
    return _digest({"region": region, **said})


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _with_choice(
    settings: "DeploymentSettings", locked: LockedDeployment | None
) -> "DeploymentSettings":
    if locked is None:
        return settings
    update: dict[str, Any] = {
        "sku": locked.sku,
        "instances": locked.instances,
        "max_concurrent_requests": locked.max_concurrent_requests,
        "environment_variables": {**locked.serving, **settings.environment_variables},
    }
    if settings.vllm is None:
        update["version"] = locked.version
    elif locked.version:
        update["vllm"] = settings.vllm.model_copy(update={"revision": locked.version})
    return settings.model_copy(update=update)


def _locked(
    plan: "DeploymentPlan", inputs: str, reason: str, price_read_on: date | None
) -> LockedDeployment:
    if plan.sizing is None or plan.serving is None:
        raise AssertionError("a plan without problems says what everything runs on")
    candidate = plan.sizing.candidate
    return LockedDeployment(
        inputs=inputs,
        model=plan.sizing.question.model.name,
        version=_version(plan),
        sku=plan.sku,
        instances=plan.instances,
        tensor_parallel=candidate.tensor_parallel,
        max_concurrent_requests=plan.max_concurrent_requests,
        serving=dict(plan.serving.environment_variables),
        price_usd_per_hour=candidate.price_usd_per_hour,
        price_read_on=price_read_on,
        reason=reason,
    )


def _version(plan: "DeploymentPlan") -> str | None:
    match plan.serving:
        case CatalogueServing(asset_id=asset_id):
            return asset_id.rpartition("/")[2]
        case VllmServing() as serving:
            return serving.revision
        case None:
            return None
