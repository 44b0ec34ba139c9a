# SPDX-License-Identifier: Apache-2.0
"""Lists: what belongs in one, and how it is cut into pages."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.resource_type import ResourceType, Scope
from azure_sandbox.arm.wire import Answer, JsonObject

Row = TypeVar("Row")

_SKIPS = ("$skiptoken", "$skip")


def list_resources(kind: ResourceType, call: Call) -> Answer:
    """GET of a collection: below a parent, a resource group, or in a whole subscription."""
    target = call.target
    kind.check_scope(call)
    whole_subscription = (
        kind.scope is Scope.RESOURCE_GROUP and len(target.types) == 1 and not target.resource_group
    )
    if whole_subscription:
        rows = call.tx.of_type(kind.full_name, subscription=target.subscription)
    else:
        rows = kind.listed(call, target.parent)
    return paged(call, rows, lambda row: kind.shown(row, call.api_version), kind.page_size)


def paged(
    call: Call, rows: Sequence[Row], shown: Callable[[Row], JsonObject], page_size: int
) -> Answer:
    """One page of ``rows``, with ``nextLink`` when there are more.

    ``$top`` makes pages shorter; the link carries all other parameters of the query.
    """
    start = _number(call, *_SKIPS, default=0)
    size = min(_number(call, "$top", default=page_size) or page_size, page_size)
    body: JsonObject = {"value": [shown(row) for row in rows[start : start + size]]}
    if start + size < len(rows):
        query = {name: value for name, value in call.query.items() if name not in _SKIPS}
        query["$skipToken"] = str(start + size)
        body["nextLink"] = f"{call.base_url}{call.target.path}?{urlencode(query)}"
    return Answer(200, body)


def _number(call: Call, *names: str, default: int) -> int:
    for name in names:
        text = call.query.get(name)
        if text is not None:
            if not text.isdecimal():
                raise ArmError(400, "InvalidSkipToken", f"'{name}' has the value '{text}'.")
            return int(text)
    return default
