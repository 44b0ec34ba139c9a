# SPDX-License-Identifier: Apache-2.0
"""What helps where Azure gives no answer."""

from collections.abc import Mapping
from http import HTTPStatus

from azure_model_endpoints.errors import AmeError, ArmError, CredentialError, Problem

__all__ = ["explained", "remedy", "unanswered_problems"]

_OTHER_TENANT = "InvalidAuthenticationTokenTenant"
"""Azure Resource Manager's code for a token of another tenant than the subscription's."""

_NO_SUCH_SUBSCRIPTION = frozenset({"SubscriptionNotFound", "InvalidSubscriptionId"})
"""Azure Resource Manager's codes, also for a subscription that whoever asks may not see."""


def remedy(error: AmeError) -> str | None:
    """Return what to do about an error, without a full stop; None where waiting may be enough."""
    if isinstance(error, CredentialError):
        return "Sign in, or correct what the credential is taken from"
    if not isinstance(error, ArmError):
        return None
    if error.status == HTTPStatus.UNAUTHORIZED:
        return _sign_in(error)
    if error.status == HTTPStatus.FORBIDDEN:
        return "Give whoever runs this the role Reader on the subscription"
    if error.code in _NO_SUCH_SUBSCRIPTION:
        return (
            "Name a subscription in ARM_SUBSCRIPTION_ID or `azure-native:subscriptionId` that "
            "whoever runs this can see"
        )
    return None


def _sign_in(error: ArmError) -> str:
    if error.code == _OTHER_TENANT:
        return (
            "Sign in to the tenant of that subscription: `az login --tenant <id>`, or its id as "
            "ARM_TENANT_ID"
        )
    return "Sign in anew"


def explained(error: ArmError) -> ArmError:
    """Return a refusal with what to do about it, where that is known."""
    told = f"{str(error).rstrip('. ')}. {found}." if (found := remedy(error)) else str(error)
    return ArmError(told, status=error.status, code=error.code)


def unanswered_problems(
    path: str, failures: Mapping[str, AmeError], *, or_else: str = ""
) -> list[Problem]:
    """Return the problems of not knowing, one for each kind of reason.

    Args:
        path: how messages call the setting that the answers are for.
        failures: why there is no answer, by what was asked.
        or_else: how to go on without, as the end of a sentence.
    """
    alike: dict[tuple[type[AmeError], int | None, str | None], dict[str, AmeError]] = {}
    for asked, error in failures.items():
        status, code = (error.status, error.code) if isinstance(error, ArmError) else (None, None)
        alike.setdefault((type(error), status, code), {})[asked] = error
    problems = []
    for errors in alike.values():
        first = next(iter(errors.values()))
        given = f"no answer about {', '.join(errors)} ({first})"
        what = f"{remedy(first) or 'Retry'}{or_else}."
        problems.append(Problem(path, given, "an answer before anything is created", what))
    return problems
