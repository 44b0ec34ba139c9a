# SPDX-License-Identifier: Apache-2.0
"""Microsoft.Quota: limits of Azure Machine Learning's families, and requests to raise them.

Sources: the REST specification (stable/2025-03-01); Azure docs, "Azure Quota API", for the error
codes. What a running request answers at ``operationsStatus`` is not specified: here it is 202, and
then the request itself, also where it failed.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import ClassVar

from azure_sandbox.arm import lists, locations, lro, operations, refusals, registrations
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.clock import timestamp
from azure_sandbox.arm.errors import ArmError, OperationFailedError
from azure_sandbox.arm.ids import parse
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.namespace import Namespace, Route
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType, Scope
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import Answer, JsonObject
from azure_sandbox.namespaces.machine_learning.subscription_quota import (
    limit_vcpus,
    store_limit,
    used_in,
)
from azure_sandbox.namespaces.machine_learning.vm_sizes import Family, all_families, find_family
from azure_sandbox.namespaces.quota_policies import FAILURES, Policy, policy_of

_NAME = "Microsoft.Quota"
_VERSIONS = ("2021-03-15-preview", "2023-02-01", "2025-03-01", "2025-09-01")
_OWNER = "microsoft.machinelearningservices"
_PAGE_SIZE = 100
_UNDER_WAY = "InProgress"
_DECISION: Lro = lro.location(120)
"""Small increases are decided within minutes."""


class QuotaRequests(ResourceType):
    """`quotaRequests`: what became of each request."""

    namespace = _NAME
    path = "quotaRequests"
    api_versions = _VERSIONS
    scope = Scope.ANY
    tracked = False
    methods = frozenset({"GET"})
    on_put: ClassVar[Lro] = _DECISION

    def check_scope(self, call: Call) -> None:
        """Only Azure Machine Learning has quotas here."""
        _location(call)

    def find(self, call: Call) -> Resource | None:
        """The request with the error it ended in."""
        found = super().find(call)
        return found and _with_error(call.tx, found)

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """The requests with the errors they ended in."""
        return [_with_error(call.tx, row) for row in super().listed(call, parent_id)]

    def shown(self, resource: Resource, api_version: str) -> JsonObject:
        """A request has a shape of its own."""
        del api_version
        error = resource.internal.get("error")
        message = error["message"] if error else f"Request {resource.state.lower()}"
        state = {"provisioningState": resource.state, "message": message}
        properties: JsonObject = {
            **state,
            "requestSubmitTime": timestamp(resource.created_at),
            "value": [{**resource.properties, **state, "unit": "Count"}],
        }
        if error:
            properties["error"] = error
        return {
            "id": resource.id,
            "name": resource.name,
            "type": resource.type,
            "properties": properties,
        }

    def finished(self, ending: Ending) -> None:
        """Raise the limit, or let the request fail for the reason that was set."""
        request = ending.operation.payload
        family, limit = find_family(request["family"]), request["limit"]
        if family is None:
            return
        location = ending.resource.location
        if limit < limit_vcpus(ending.tx, location, family):
            text = "The limit is higher already; a request cannot lower it."
            raise OperationFailedError("QuotaReductionNotSupported", text)
        if failure := FAILURES.get(Policy(request["policy"])):
            raise OperationFailedError(*failure)
        store_limit(ending.tx, location, family, limit)


def _read(call: Call) -> Answer:
    """`GET quotas` and `GET quotas/{name}`."""
    return _families(call, _quota)


def _read_usages(call: Call) -> Answer:
    """`GET usages` and `GET usages/{name}`."""
    return _families(call, _usage)


def _request(call: Call) -> Answer:
    """`PUT quotas/{name}`: files a request."""
    location = _location(call)
    if not call.target.is_item:
        raise refusals.method_not_supported(call.method, call.target)
    if not registrations.is_registered(call.tx, call.target.subscription, _NAME):
        raise refusals.not_registered(_NAME)
    family = _family(call)
    limit = _asked_limit(call, family)
    policy = policy_of(call.tx, location, family)
    if policy is Policy.PORTAL:
        text = f"The quota of {family.name} cannot be requested through this API."
        raise ArmError(400, "InvalidQuotaRequest", text)
    draft = Resource(
        id="",
        type=f"{_NAME}/quotaRequests",
        name="",
        parent=call.target.scope,
        body={"properties": {"name": _named(family), "limit": _limit(limit)}},
        subscription=call.target.subscription,
        location=location,
        state=_UNDER_WAY,
        created_at=call.at,
        created_by=call.caller.client_id,
    )
    operation = operations.new_operation(call, draft, _DECISION, "PUT")
    request_id = f"{_base(call)}/quotaRequests/{operation.id}"
    call.tx.save(replace(draft, id=request_id, name=operation.id))
    payload = {"family": family.name, "limit": limit, "policy": policy}
    operation = operations.begin(call, replace(operation, resource_id=request_id), payload)
    path = f"{_base(call)}/operationsStatus/{operation.id}?api-version={call.api_version}"
    headers = {"Location": f"{call.base_url}{path}", **operations.retry_after(call, operation)}
    return Answer(202, None, headers)


def _status(call: Call) -> Answer:
    """`GET operationsStatus/{id}`."""
    operation = call.tx.operation(call.target.name) if call.target.is_item else None
    request = call.tx.get(operation.resource_id) if operation else None
    if operation is None or request is None:
        raise refusals.resource_not_found(call.target)
    shown = _REQUESTS.shown(_with_error(call.tx, request), call.api_version)
    if request.state == _UNDER_WAY:
        own_url = f"{call.base_url}{call.target.path}?api-version={call.api_version}"
        wait = operations.retry_after(call, operation)
        return Answer(202, shown, {"Location": own_url, **wait})
    return Answer(200, shown)


def _with_error(tx: Transaction, request: Resource) -> Resource:
    operation = tx.operation(request.name)
    error = operation.error if operation and request.state != _UNDER_WAY else None
    return replace(request, internal={"error": error}) if error else request


def _families(call: Call, shown: Callable[[Call, str, Family], JsonObject]) -> Answer:
    """One family, or all of them in pages."""
    location = _location(call)
    if call.target.is_item:
        return Answer(200, shown(call, location, _family(call)))
    return lists.paged(
        call, all_families(), lambda family: shown(call, location, family), _PAGE_SIZE
    )


def _quota(call: Call, location: str, family: Family) -> JsonObject:
    limit = _limit(limit_vcpus(call.tx, location, family))
    may_ask = policy_of(call.tx, location, family) is not Policy.PORTAL
    return _shown(call, "quotas", family, {"limit": limit, "isQuotaApplicable": may_ask})


def _usage(call: Call, location: str, family: Family) -> JsonObject:
    used = used_in(call.tx, call.target.subscription, location, family)
    return _shown(call, "usages", family, {"usages": {"value": used}})


def _shown(call: Call, kind: str, family: Family, figures: JsonObject) -> JsonObject:
    return {
        "id": f"{_base(call)}/{kind}/{family.name}",
        "name": family.name,
        "type": f"{_NAME}/{kind}",
        "properties": {
            **figures,
            "name": _named(family),
            "resourceType": "dedicated",
            "unit": "Count",
        },
    }


def _base(call: Call) -> str:
    return f"{call.target.scope}/providers/{_NAME}"


def _named(family: Family) -> JsonObject:
    return {"value": family.name, "localizedValue": f"{family.label} vCPUs"}


def _limit(vcpus: int) -> JsonObject:
    return {"limitObjectType": "LimitValue", "value": vcpus}


def _asked_limit(call: Call, family: Family) -> int:
    """The limit that a request asks for; refuses a body that asks for something else."""
    properties = call.body.get("properties") or {}
    limit, name = properties.get("limit") or {}, properties.get("name") or {}
    value = limit.get("value")
    if (
        limit.get("limitObjectType") != "LimitValue"
        or isinstance(value, bool)
        or not isinstance(value, int)
        or value < 0
        or find_family(str(name.get("value"))) != family
        or properties.get("resourceType", "dedicated") != "dedicated"
    ):
        text = (
            "A request has properties.limit {limitObjectType: LimitValue, value: a number}, "
            f"properties.name.value '{family.name}' and resourceType dedicated."
        )
        raise ArmError(400, "InvalidQuotaRequest", text)
    return value


def _location(call: Call) -> str:
    """The region whose quotas a request is about; refuses everything but Azure ML's."""
    owner = parse(call.target.scope) if "/providers/" in call.target.scope.lower() else None
    if (
        owner is None
        or owner.namespace.lower() != _OWNER
        or owner.type_path.lower() != "locations"
        or not owner.is_item
    ):
        text = f"Quotas of the scope '{call.target.scope}' are not known here."
        raise ArmError(400, "InvalidScope", text)
    return locations.checked(owner.name, f"{_NAME}/quotas")


def _family(call: Call) -> Family:
    family = find_family(call.target.name)
    if family is None:
        known: Iterable[str] = (family.name for family in all_families())
        text = f"There is no quota '{call.target.name}'. There are: {', '.join(known)}."
        raise ArmError(400, "InvalidResourceName", text)
    return family


_REQUESTS = QuotaRequests()
NAMESPACE = Namespace(
    _NAME,
    types=(_REQUESTS,),
    routes=(
        Route("GET", "quotas", _read, _VERSIONS),
        Route("PUT", "quotas", _request, _VERSIONS),
        Route("PATCH", "quotas", _request, _VERSIONS),
        Route("GET", "usages", _read_usages, _VERSIONS),
        Route("GET", "operationsStatus", _status, _VERSIONS),
    ),
)
