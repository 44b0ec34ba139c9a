# SPDX-License-Identifier: Apache-2.0
"""Which resource providers a subscription has registered."""

from collections.abc import Sequence
from functools import partial

from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.concurrently import begun

__all__ = ["NEEDED_PROVIDERS", "registration_states"]

NEEDED_PROVIDERS = (
    "Microsoft.MachineLearningServices",
    "Microsoft.Storage",
    "Microsoft.KeyVault",
    "Microsoft.Insights",
    "Microsoft.OperationalInsights",
    "Microsoft.ContainerRegistry",
    "Microsoft.ManagedIdentity",
    # Creating an online endpoint fails without these two (Azure docs,
    # how-to-troubleshoot-online-endpoints, "SubscriptionNotRegistered").
    "Microsoft.PolicyInsights",
    "Microsoft.Cdn",
)
_API_VERSION = "2021-04-01"


def registration_states(
    client: ArmClient, subscription: str, providers: Sequence[str] = NEEDED_PROVIDERS
) -> dict[str, str]:
    """Return Azure's word for the state of each provider, for example ``NotRegistered``.

    Raises:
        ArmError: Azure refused, or could not be reached.
    """

    def state(provider: str) -> str:
        document = client.get(f"/subscriptions/{subscription}/providers/{provider}", _API_VERSION)
        return str((document or {}).get("registrationState", "NotFound"))

    states = begun({provider: partial(state, provider) for provider in providers})
    return {provider: answer.result() for provider, answer in states.items()}
