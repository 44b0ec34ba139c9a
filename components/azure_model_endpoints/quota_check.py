# SPDX-License-Identifier: Apache-2.0
"""Holds the deployments of a program against the quota, as they are registered.

A stack's own program asks for everything at once beforehand (`preflight`); this is for components
in programs of any kind. Quota is read once per region and run, and what each deployment takes of it
is added up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime.settings import get_monitor

from azure_model_endpoints.engine_errors import hooked, refusing
from azure_model_endpoints.errors import AmeError, ArmError, QuotaError
from azure_model_endpoints.foreign_fields import UNKNOWN, plain
from azure_model_endpoints.planning.deployment import DeploymentPlan
from azure_model_endpoints.planning.quota_needs import (
    Demand,
    FamilyNeed,
    FamilyQuota,
    family_key,
    family_needs,
    shortage,
)
from azure_model_endpoints.subscription.asking import once
from azure_model_endpoints.subscription.provider import arm_client, read_deployment, subscription
from azure_model_endpoints.subscription.threads import in_thread
from azure_model_endpoints.subscription.unanswered import explained
from azure_model_endpoints.vocabulary import Preflight

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import GpuSku

__all__ = ["within_quota"]

_DEPLOYMENT = "azure-native:machinelearningservices:OnlineDeployment"
_REMEDY = (
    "Request more in Azure Machine Learning studio under Quota, name another `sku`, or say "
    "`preflight: warn` to go on."
)


@dataclass(slots=True)
class _Ledger:
    """What the deployments of one run take of the quota."""

    demands: dict[tuple[str, str, str], list[Demand]] = field(default_factory=dict)
    """By subscription, region and family."""
    skus: "dict[str, GpuSku]" = field(default_factory=dict)
    """The sizes that were asked for, by name."""


@lru_cache(maxsize=1)
def _ledger(_run: object) -> _Ledger:
    """Return the ledger of a run, which its connection to the engine stands for."""
    return _Ledger()


def within_quota(
    component: pulumi.Resource, path: str, plan: DeploymentPlan, region: str, mode: Preflight
) -> pulumi.ResourceOptions:
    """Return options of a deployment that is created only where there is quota for it.

    At preview the program fails for it. A run goes on meanwhile, and would send a new deployment to
    Azure, if a hook did not stop it.

    Args:
        component: the parent of the deployment.
        path: how messages call it.
        plan: what it will run on.
        region: where.
        mode: what happens where quota is short.
    """
    if mode is Preflight.OFF or plan.sizing is None:
        return pulumi.ResourceOptions()
    sku = plan.sizing.gpu_sku
    demand = Demand(path, region, sku.name, plan.instances)
    problems: list[AmeError] = []

    async def transform(
        args: pulumi.ResourceTransformArgs,
    ) -> pulumi.ResourceTransformResult | None:
        if args.type_ != _DEPLOYMENT:
            return None
        try:
            await _take(component, args.props, demand, sku)
        except AmeError as problem:
            if mode is Preflight.ENFORCE:
                problems.append(problem)
                raise
            pulumi.log.warn(str(problem))
        return None

    async def stop(_args: pulumi.ResourceHookArgs) -> None:
        for problem in problems:
            raise problem

    return pulumi.ResourceOptions.merge(
        hooked(before_create=[stop]), pulumi.ResourceOptions(transforms=[refusing(transform)])
    )


async def _take(
    component: pulumi.Resource, props: Mapping[str, Any], demand: Demand, sku: "GpuSku"
) -> None:
    """Add what a deployment takes to the run's ledger.

    Raises:
        QuotaError: there is not so much.
        ArmError: Azure could not be asked.
    """
    where = (await subscription(component), demand.region)
    there = await once((_quotas, *where), partial(_quotas, component, *where))
    quotas = {(demand.region, key): quota for key, quota in there.items()}
    ledger = _ledger(get_monitor())
    ledger.skus[sku.name] = sku
    before = ledger.demands.setdefault((*where, family_key(sku.quota_family)), [])

    def need(added: Demand) -> FamilyNeed:
        return family_needs([*before, added], quotas, ledger.skus)[0]

    if need(demand).short:
        demand = await _with_live(component, props, demand)
    found = need(demand)
    if found.short:
        raise QuotaError([shortage(found, _REMEDY)])
    before.append(demand)


async def _quotas(
    component: pulumi.Resource, subscription_id: str, region: str
) -> Mapping[str, FamilyQuota]:
    # They bring azure.core, which importing a component shall not cost.
    from azure_model_endpoints.subscription.live_capacity import DEADLINE_SECONDS
    from azure_model_endpoints.subscription.usages import family_quotas

    client = await arm_client(component, patience_seconds=DEADLINE_SECONDS)
    try:
        return await in_thread(family_quotas, client, subscription_id, region)
    except ArmError as error:
        raise explained(error) from error


async def _with_live(
    component: pulumi.Resource, props: Mapping[str, Any], demand: Demand
) -> Demand:
    """Return the demand with what is live of the deployment, which makes room for itself."""
    names = await plain(props)
    if UNKNOWN in (value for key, value in names.items() if key.endswith("Name")):
        return demand
    live = await read_deployment(names, component)
    if live is None or live["properties"].get("instanceType", "").lower() != demand.sku.lower():
        return demand
    instances = int((live.get("sku") or {}).get("capacity") or 0)
    return replace(demand, live_sku=demand.sku, live_instances=instances)
