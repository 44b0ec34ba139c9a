# SPDX-License-Identifier: Apache-2.0
"""Holds the deployments of a program against the quota, as they are registered.

A stack's own program asks for everything at once beforehand (`preflight`); this is for components
in programs of any kind. Quota is read once per region and run, and what each deployment takes of it
is added up.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
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
from azure_model_endpoints.subscription.concurrently import concurrently
from azure_model_endpoints.subscription.provider import arm_client, read_deployment, subscription
from azure_model_endpoints.subscription.threads import in_thread
from azure_model_endpoints.subscription.unanswered import remedy
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
class _Entry:
    """What one deployment takes, at first as if nothing of it ran yet."""

    demand: Demand
    look: Callable[[], Coroutine[Any, Any, Demand]]
    """Returns the demand with what is live of the deployment."""
    _looked: asyncio.Task[Demand] | None = None

    async def resolve(self) -> None:
        """Learn what is live of the deployment, once."""
        if self._looked is None:
            self._looked = asyncio.ensure_future(self.look())
        self.demand = await self._looked


@dataclass(slots=True)
class _Ledger:
    """What the deployments of one run take of the quota."""

    entries: dict[tuple[str, str, str], list[_Entry]] = field(default_factory=dict)
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
    entries: list[_Entry] = []

    async def transform(
        args: pulumi.ResourceTransformArgs,
    ) -> pulumi.ResourceTransformResult | None:
        if args.type_ != _DEPLOYMENT:
            return None
        try:
            entries.append(await _take(component, args.props, demand, sku))
        except AmeError as error:
            problem = error if isinstance(error, QuotaError) else _unanswered(error, mode)
            if mode is Preflight.ENFORCE:
                problems.append(problem)
                raise problem from error
            pulumi.log.warn(str(problem))
        return None

    async def remember(_args: pulumi.ResourceHookArgs) -> None:
        # The usages say what was in use before the run; later, what it adds would pass for that.
        for entry in entries:
            with suppress(ArmError):  # told where it is needed
                await entry.resolve()

    async def create(args: pulumi.ResourceHookArgs) -> None:
        for problem in problems:
            raise problem
        await remember(args)

    return pulumi.ResourceOptions.merge(
        hooked(before_create=[create], before_update=[remember]),
        pulumi.ResourceOptions(transforms=[refusing(transform)]),
    )


async def _take(
    component: pulumi.Resource, props: Mapping[str, Any], demand: Demand, sku: "GpuSku"
) -> _Entry:
    """Add what a deployment takes to the run's ledger, and return that.

    Raises:
        QuotaError: there is not so much.
        ArmError: Azure could not be asked.
    """
    where = (await subscription(component), demand.region)
    there = await once((_quotas, *where), partial(_quotas, component, *where))
    quotas = {(demand.region, key): quota for key, quota in there.items()}
    ledger = _ledger(get_monitor())
    ledger.skus[sku.name] = sku
    before = ledger.entries.setdefault((*where, family_key(sku.quota_family)), [])
    entry = _Entry(demand, partial(_with_live, component, props, demand))

    def need() -> FamilyNeed:
        demands = [each.demand for each in (*before, entry)]
        return family_needs(demands, quotas, ledger.skus)[0]

    if need().short:
        # What runs already makes room for itself, and is counted as used: what came before and was
        # taken for new would be counted twice.
        await asyncio.gather(*(each.resolve() for each in (*before, entry)))
    if (found := need()).short:
        raise QuotaError([shortage(found, _REMEDY)])
    before.append(entry)
    return entry


async def _quotas(
    component: pulumi.Resource, subscription_id: str, region: str
) -> Mapping[str, FamilyQuota]:
    # They bring azure.core, which importing a component shall not cost.
    from azure_model_endpoints.subscription.live_capacity import DEADLINE_SECONDS
    from azure_model_endpoints.subscription.usages import family_quotas

    client = await arm_client(component)
    read = {region: partial(family_quotas, client, subscription_id, region)}
    answers = await in_thread(concurrently, read, deadline_seconds=DEADLINE_SECONDS)
    found: Mapping[str, FamilyQuota] = answers[region]
    return found


def _unanswered(error: AmeError, mode: Preflight) -> AmeError:
    """Return the error of not knowing, with what helps, or how to go on without an answer."""
    what = remedy(error) or "Retry"
    if mode is Preflight.ENFORCE:
        what += ", or say `preflight: warn` to go on without"
    told = f"{str(error).rstrip('. ')}. {what}."
    if isinstance(error, ArmError):
        return ArmError(told, status=error.status, code=error.code)
    return type(error)(told)


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
