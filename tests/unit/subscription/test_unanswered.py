# SPDX-License-Identifier: Apache-2.0
"""What is said where Azure says nothing of quota."""

import pytest

from azure_model_endpoints.errors import ArmError, CredentialError
from azure_model_endpoints.subscription.unanswered import explained, remedy

READER = "Give whoever runs this the role Reader on the subscription"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ArmError("Refused: No.", status=403), f"Refused: No. {READER}."),
        (ArmError("Refused", status=403), f"Refused. {READER}."),
        (ArmError("Refused: Busy.", status=503, code="ServerBusy"), "Refused: Busy."),
    ],
)
def test_refusal_is_told_with_what_helps(error: ArmError, told: str) -> None:
    """Where that is more than patience; status and code stay."""
    found = explained(error)

    assert (told, error.status, error.code) == (str(found), found.status, found.code)


@pytest.mark.parametrize("code", ["SubscriptionNotFound", "InvalidSubscriptionId"])
def test_subscription_that_is_not_there_is_named_otherwise(code: str) -> None:
    """It may be there, and hidden from whoever asks."""
    found = remedy(ArmError("Refused.", status=404, code=code)) or ""

    assert found.startswith("Name a subscription in ARM_SUBSCRIPTION_ID or `azure-native:")


def test_who_has_no_credential_signs_in() -> None:
    """However it was to be had."""
    assert "Sign in" in (remedy(CredentialError("None.")) or "")


def test_who_is_of_another_tenant_is_told_which_to_sign_in_to() -> None:
    """Waiting helps against nothing."""
    found = remedy(ArmError("Refused.", status=401, code="InvalidAuthenticationTokenTenant")) or ""

    assert found.startswith("Sign in to the tenant of that subscription: `az login --tenant")
    assert "Sign in anew" == remedy(ArmError("Refused.", status=401, code="ExpiredToken"))
