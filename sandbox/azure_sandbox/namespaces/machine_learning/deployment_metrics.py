# SPDX-License-Identifier: Apache-2.0
"""Metrics of online deployments, as Azure Monitor answers for them.

Names and units are those of Azure docs, monitor-reference of Machine Learning. An instance writes
its utilization with the endpoint's identity, which needs a role for it (Azure docs,
prompt-flow/how-to-deploy-for-real-time-inference); the capacity is known anyway.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from azure_sandbox.arm import refusals
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.clock import timestamp
from azure_sandbox.arm.ids import parse
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.wire import Answer, JsonObject
from azure_sandbox.namespaces.machine_learning.endpoint_roles import may_write_metrics
from azure_sandbox.namespaces.machine_learning.routing import DEPLOYMENT_TYPE
from azure_sandbox.namespaces.machine_learning.serving import Serving, serving_of
from azure_sandbox.namespaces.machine_learning.vm_sizes import find_vm_size

METRICS_VERSIONS = (
    *("2024-02-01", "2023-10-01", "2021-05-01", "2019-07-01", "2018-01-01"),
    "2017-05-01-preview",
)

_HOUR_SECONDS = 3600
_INTERVALS_SECONDS = {"PT1M": 60, "PT5M": 300, "PT15M": 900, "PT30M": 1800, "PT1H": 3600}
_AGGREGATIONS = ("average", "minimum", "maximum")
_UNITS = {
    "CpuMemoryUtilizationPercentage": "Percent",
    "CpuUtilizationPercentage": "Percent",
    "DataCollectionErrorsPerMinute": "Count",
    "DataCollectionEventsPerMinute": "Count",
    "DeploymentCapacity": "Count",
    "DiskUtilization": "Percent",
    "GpuEnergyJoules": "Count",
    "GpuMemoryUtilizationPercentage": "Percent",
    "GpuUtilizationPercentage": "Percent",
    "RequestLatency_P50": "MilliSeconds",
    "RequestLatency_P90": "MilliSeconds",
    "RequestLatency_P95": "MilliSeconds",
    "RequestLatency_P99": "MilliSeconds",
    "RequestsPerMinute": "Count",
}
_IDLE_PERCENT = {
    "CpuMemoryUtilizationPercentage": 40.0,
    "CpuUtilizationPercentage": 5.0,
    "DiskUtilization": 30.0,
    "GpuMemoryUtilizationPercentage": 90.0,
    "GpuUtilizationPercentage": 0.0,
}
"""What an instance tells that nobody calls: round figures of our own."""


class _BadQueryError(Exception):
    """A query that Azure Monitor refuses."""


@dataclass(frozen=True, slots=True)
class _Span:
    """The moments (epoch seconds) a query is about."""

    start: float
    end: float
    interval: str

    def stamps(self, since: float) -> Iterator[float]:
        """The beginnings of the intervals that reach into the life of something."""
        step = _INTERVALS_SECONDS[self.interval]
        first = math.floor(max(self.start, since) / step)
        return (float(number * step) for number in range(first, math.ceil(self.end / step)))


def list_metrics(call: Call) -> Answer:
    """`GET {deployment}/providers/Microsoft.Insights/metrics`."""
    deployment = call.tx.get(call.target.scope)
    if deployment is None:
        raise refusals.resource_not_found(parse(call.target.scope) or call.target)
    try:
        return Answer(200, _listed(call, deployment))
    except _BadQueryError as problem:  # without the envelope of other errors
        return Answer(400, {"code": "BadRequest", "message": str(problem)})


def _listed(call: Call, deployment: Resource) -> JsonObject:
    names = _names(call, deployment)
    span = _span(call)
    aggregations = _aggregations(call)
    return {
        "cost": 0,
        "timespan": f"{timestamp(span.start)}/{timestamp(span.end)}",
        "interval": span.interval,
        "namespace": deployment.type,
        "resourceregion": deployment.location,
        "value": [
            {
                "id": f"{deployment.id}/providers/Microsoft.Insights/metrics/{name}",
                "type": "Microsoft.Insights/metrics",
                "name": {"value": name, "localizedValue": name},
                "unit": _UNITS[name],
                "timeseries": _series(call, deployment, name, span, aggregations),
                "errorCode": "Success",
            }
            for name in names
        ],
    }


def _series(
    call: Call, deployment: Resource, name: str, span: _Span, aggregations: list[str]
) -> list[JsonObject]:
    """One series, or none where nobody wrote anything."""
    serving = serving_of(deployment)
    value = _value(call, deployment, serving, name) if serving else None
    if value is None:
        return []
    data = [
        {"timeStamp": timestamp(stamp), **dict.fromkeys(aggregations, value)}
        for stamp in span.stamps(deployment.created_at)
    ]
    return [{"metadatavalues": [], "data": data}] if data else []


def _value(call: Call, deployment: Resource, serving: Serving, name: str) -> float | None:
    if name == "DeploymentCapacity":
        return float(serving.instances)
    size = find_vm_size(serving.instance_type)
    if name.startswith("Gpu") and not (size and size.gpus):
        return None
    endpoint = call.tx.get(deployment.parent)
    is_told = endpoint is not None and may_write_metrics(call.tx, endpoint, call.at)
    return _IDLE_PERCENT.get(name) if is_told else None


def _names(call: Call, deployment: Resource) -> list[str]:
    given = call.query.get("metricnames", "")
    wanted = [name.strip() for name in given.split(",") if name.strip()] or list(_UNITS)
    known = {name.lower(): name for name in _UNITS} if deployment.type == DEPLOYMENT_TYPE else {}
    provider, _, kind = deployment.type.partition("/")
    for name in wanted:
        if name.lower() not in known:
            raise _BadQueryError(
                f"Failed to find metric configuration for provider: {provider}, resource Type: "
                f"{kind}, metric: {name}, Valid metrics: {','.join(known.values())}"
            )
    return [known[name.lower()] for name in wanted]


def _span(call: Call) -> _Span:
    interval = call.query.get("interval", "PT1M")
    if interval not in _INTERVALS_SECONDS:
        allowed = ",".join(_INTERVALS_SECONDS)
        raise _BadQueryError(f"Invalid time grain {interval}. Supported time grains: {allowed}")
    start, end = call.at - _HOUR_SECONDS, call.at
    given = call.query.get("timespan")
    if given:
        try:
            start, end = (_moment(part) for part in given.split("/"))
        except ValueError as error:
            raise _BadQueryError(f"Invalid timespan {given}: two times, apart by /.") from error
    return _Span(start, min(end, call.at), interval)


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _aggregations(call: Call) -> list[str]:
    wanted = [one.strip().lower() for one in call.query.get("aggregation", "Average").split(",")]
    return [one for one in _AGGREGATIONS if one in wanted]
