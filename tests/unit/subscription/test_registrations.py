# SPDX-License-Identifier: Apache-2.0
"""Which resource providers a subscription has registered."""

from azure_model_endpoints.credentials import Cloud
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.registrations import registration_states
from tests.unit.http_server import Reply, Server


def test_states_are_azures_words(server: Server) -> None:
    """In the order they were asked for; an unknown provider is not found."""
    client = ArmClient.with_token(Cloud(server.url, "", server.url), "t")
    for name, state in (("A", "Registered"), ("B", "NotRegistered")):
        document = {"registrationState": state}
        server.answer("GET", f"/subscriptions/s/providers/{name}", Reply(body=document))

    states = registration_states(client, "s", ("B", "A", "C"))

    assert [("B", "NotRegistered"), ("A", "Registered"), ("C", "NotFound")] == list(states.items())
