# SPDX-License-Identifier: Apache-2.0
"""Requests to Azure for more quota, through Microsoft.Quota.

Sources: the REST specification (stable/2025-03-01); Azure docs, "Azure Quota API", for the error
codes. That a request succeeded does not say that all of it was granted, so the limit is read again.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from azure_model_endpoints.errors import AmeError, ArmError
from azure_model_endpoints.planning.quota_needs import family_key
from azure_model_endpoints.subscription.answers import shaped_as_azure_does
from azure_model_endpoints.subscription.arm import ArmClient, Progress

__all__ = [
    "Decision",
    "Increase",
    "Outcome",
    "QuotaRequest",
    "decisions",
    "file_request",
    "undecided",
]

_API_VERSION = "2025-03-01"
DEADLINE_SECONDS = 15 * 60
"""How long a decision is waited for. What Azure decides by itself it decides within minutes."""

_FINAL = frozenset({"Succeeded", "Failed", "Invalid", "Canceled"})

# Azure docs, "Azure Quota API", troubleshooting: those for which a support request is the only way.
_FOR_A_PERSON = frozenset({"ContactSupport", "UnableToIncreaseQuota"})
# Those that say that there is none to be had there; a support request is one way of several.
_NONE_THERE = frozenset(
    {
        "QuotaNotAvailableForResource",
        "ResourceNotAvailableForOffer",
        "ResourceNotAvailableForSubscription",
    }
)
_UNREGISTERED = frozenset({"MissingRegistration", "MissingSubscriptionRegistration"})


class Outcome(StrEnum):
    """What became of a request."""

    APPROVED = "approved"
    """The limit is what was asked for, or more."""
    REFUSED = "refused"
    """Azure says no: there is no quota to be had there."""
    TICKET = "ticket"
    """Azure does not decide by itself: a support request has to be opened."""
    PENDING = "pending"
    """No decision yet, or none that could be read; the request is with Azure."""
    FAILED = "failed"
    """The request could not be filed."""


@dataclass(frozen=True, slots=True)
class Increase:
    """What is asked for."""

    region: str
    family: str
    """In any of Azure's spellings."""
    limit: int
    """The new limit in cores, not the difference."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a request for an increase."""

    increase: Increase
    outcome: Outcome
    limit: int | None = None
    """The family's limit in the end, in cores; None where it was not read."""
    reason: str = ""
    """Why it is not approved, in Azure's words; empty where it is."""
    request_id: str = ""
    """Azure's number for it; empty where nothing was filed."""


@dataclass(frozen=True, slots=True)
class QuotaRequest:
    """A request that was filed, or was decided without."""

    increase: Increase
    quota_id: str = ""
    progress: Progress | None = None
    decision: Decision | None = None

    @property
    def id(self) -> str:
        """Azure's number for it."""
        address = self.progress.address if self.progress else ""
        return address.partition("?")[0].rpartition("/")[2]


def file_request(client: ArmClient, subscription: str, increase: Increase) -> QuotaRequest:
    """File a request for an increase, unless it is not needed, or cannot be filed.

    What goes wrong is its decision, since others may have been filed before.
    """
    try:
        with shaped_as_azure_does(f"quota in {increase.region} that can be requested"):
            return _filed(client, _scope(subscription, increase.region), increase)
    except AmeError as error:
        code = error.code if isinstance(error, ArmError) else None
        if outcome := _outcome(code or ""):
            reason = str(error)
        else:
            outcome, reason = Outcome.FAILED, _explained(error, subscription)
        decision = Decision(increase, outcome, reason=reason.rstrip(". "))
        return QuotaRequest(increase, decision=decision)


def decisions(
    client: ArmClient,
    requests: Mapping[Any, QuotaRequest],
    *,
    timeout_seconds: float = DEADLINE_SECONDS,
) -> Iterator[tuple[Any, Decision]]:
    """Yield the decision on every request, with its key, waiting for each in turn.

    Args:
        client: who asks.
        requests: what was filed.
        timeout_seconds: how long to wait for all of them; the others are pending, as are those
            whose decision cannot be read.
    """
    deadline = time.monotonic() + timeout_seconds
    for key, request in requests.items():
        yield key, request.decision or _decision_if_told(client, request, deadline)


def undecided(request: QuotaRequest, reason: str) -> Decision:
    """Return that a request that was filed is with Azure, and why no more is known of it."""
    reason = reason.rstrip(". ")
    return Decision(request.increase, Outcome.PENDING, reason=reason, request_id=request.id)


def _scope(subscription: str, region: str) -> str:
    provider = f"/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices"
    return f"{provider}/locations/{region}/providers/Microsoft.Quota"


def _filed(client: ArmClient, scope: str, increase: Increase) -> QuotaRequest:
    listed = {
        family_key(str(row["name"])): row for row in client.list(f"{scope}/quotas", _API_VERSION)
    }
    row = listed.get(family_key(increase.family))
    if row is None or row["properties"].get("isQuotaApplicable") is False:
        reason = "the API does not take requests for this family"
        return QuotaRequest(increase, decision=Decision(increase, Outcome.TICKET, reason=reason))
    limit = _limit(row)
    if limit is not None and limit >= increase.limit:
        return QuotaRequest(increase, decision=Decision(increase, Outcome.APPROVED, limit=limit))
    name = row["properties"].get("name", {}).get("value") or row["name"]
    quota_id = f"{scope}/quotas/{quote(str(row['name']))}"
    body = {
        "properties": {
            "limit": {"limitObjectType": "LimitValue", "value": increase.limit},
            "name": {"value": name},
            "resourceType": "dedicated",
        }
    }
    return QuotaRequest(increase, quota_id, client.file(quota_id, _API_VERSION, body))


def _decision_if_told(client: ArmClient, request: QuotaRequest, deadline: float) -> Decision:
    try:
        with shaped_as_azure_does(f"a request for quota in {request.increase.region}"):
            return _decision(client, request, deadline)
    except AmeError as error:
        return undecided(request, str(error))


def _decision(client: ArmClient, request: QuotaRequest, deadline: float) -> Decision:
    progress = request.progress
    while progress and not _is_decided(progress):
        address = progress.address or (request.progress.address if request.progress else "")
        if not address or time.monotonic() + progress.wait_seconds > deadline:
            return undecided(request, "Azure has not decided yet")
        time.sleep(progress.wait_seconds)
        progress = client.look(address)
    asked = progress.document.get("properties", {}) if progress else {}
    if asked.get("provisioningState", "Succeeded") == "Succeeded":
        return _granted(client, request)
    return _denied(client, request, asked)


def _is_decided(progress: Progress) -> bool:
    """Whether the answer is the end; Azure may answer 200 while the request is still under way."""
    state = progress.document.get("properties", {}).get("provisioningState", "Succeeded")
    return progress.is_final and state in _FINAL


def _granted(client: ArmClient, request: QuotaRequest) -> Decision:
    increase = request.increase
    limit = _limit(client.get(request.quota_id, _API_VERSION) or {})
    if limit is None or limit >= increase.limit:
        return Decision(increase, Outcome.APPROVED, limit=limit, request_id=request.id)
    reason = f"the limit is {limit} now, and {increase.limit} were asked for"
    return Decision(increase, Outcome.REFUSED, limit, reason, request.id)


def _denied(client: ArmClient, request: QuotaRequest, asked: Mapping[str, Any]) -> Decision:
    if not asked.get("error"):  # the state alone; the request itself knows more
        scope = request.quota_id.rpartition("/quotas/")[0]
        found = client.get(f"{scope}/quotaRequests/{request.id}", _API_VERSION) or {}
        asked = found.get("properties", asked)
    error = asked.get("error") or {}
    code, message = str(error.get("code", "")), str(error.get("message") or asked.get("message"))
    outcome = _outcome(code) or Outcome.REFUSED
    reason = f"{code}: {message}" if code else message
    return Decision(request.increase, outcome, reason=reason.rstrip("."), request_id=request.id)


def _outcome(code: str) -> Outcome | None:
    """Return what an error code of Microsoft.Quota means; None where it decides nothing."""
    if code in _FOR_A_PERSON:
        return Outcome.TICKET
    return Outcome.REFUSED if code in _NONE_THERE else None


def _limit(row: Mapping[str, Any]) -> int | None:
    value = row.get("properties", {}).get("limit", {}).get("value")
    return value if isinstance(value, int) else None


def _explained(error: AmeError, subscription: str) -> str:
    """Return the refusal with what to do about it."""
    remedy = ""
    if isinstance(error, ArmError) and error.status == HTTPStatus.FORBIDDEN:
        remedy = (
            " Requests for quota take the role Quota Request Operator on the subscription: ask its "
            "owner for it."
        )
    if isinstance(error, ArmError) and error.code in _UNREGISTERED:
        remedy = (
            " Register it once: az provider register --namespace Microsoft.Quota --subscription "
            f"{subscription}"
        )
    return f"{error}{remedy}"
