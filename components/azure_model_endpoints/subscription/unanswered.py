# SPDX-License-Identifier: Apache-2.0
"""What helps where Azure says nothing of what it was asked."""

from http import HTTPStatus

from azure_model_endpoints.errors import AmeError, ArmError, CredentialError

__all__ = ["explained", "remedy"]

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
