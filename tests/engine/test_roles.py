# SPDX-License-Identifier: Apache-2.0
"""Roles that do not count yet are waited for, those that are missing named; callers need theirs."""

from dataclasses import dataclass

import httpx2
import pytest
from pulumi import automation
from pulumi_azure_native import managedidentity

from azure_model_endpoints.roles import Role
from tests.engine.world import GROUP, REGION, Stack, World, shares

NO_CHANGES: dict[str, int] = {}
QUESTION = {"input_data": {"input_string": ["Who are you?"]}}


def test_a_role_that_does_not_count_yet_is_waited_for(world: World) -> None:
    """A deployment that Azure refused for its identity is created again in the same run.

    The engine (3.220) keeps the first failure in its state and looks at the deployment once more in
    the next run; after that there is nothing left to do.
    """
    stack = world.endpoint_stack()
    world.fail_next_operation(
        "deployments/blue",
        code="BadArgument",
        message="The identity is not authorized to perform the action.",
    )

    stack.up()

    assert {"blue": 100} == stack.live()["properties"]["traffic"]
    stack.up()
    assert {100} == set(shares(stack.history()))
    assert NO_CHANGES == stack.changes()


def test_a_role_that_is_missing_is_named(world: World) -> None:
    """An identity without its roles makes the deployment fail, with the role in the message."""
    stack = world.endpoint_stack()
    stack.program = _with_powerless_identity

    with pytest.raises(automation.CommandError, match="does not have the role") as failure:
        stack.up()

    assert "Storage Blob Data Reader" in str(failure.value)
    assert "Traceback" not in str(failure.value)
    assert {} == stack.live()["properties"]["traffic"]


def _with_powerless_identity(stack: Stack) -> None:
    identity = managedidentity.UserAssignedIdentity(
        "powerless",
        resource_name_=f"id-{stack.endpoint_name}",
        resource_group_name=GROUP,
        location=REGION,
    )
    stack.endpoint(identity_id=identity.id)


@dataclass(frozen=True)
class Caller:
    """Somebody with an identity, who may do nothing yet."""

    world: World
    principal: str
    client: str

    def ask(self, method: str, url: str, audience: str, body: object = None) -> int:
        """The status of a request with the caller's token."""
        verified = httpx2.Client(verify=self.world.admin.certificates.client_context())
        with verified as client:
            asked = {"resource": audience, "client_id": self.client}
            header = {"X-IDENTITY-HEADER": self.world.environment["IDENTITY_HEADER"]}
            place = self.world.environment["IDENTITY_ENDPOINT"]
            token = client.get(place, params=asked, headers=header).json()["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            return client.request(method, url, json=body, headers=headers).status_code


@pytest.fixture
def caller(world: World) -> Caller:
    """One such caller, whom no stack knows of."""
    group = f"/subscriptions/{world.subscription}/resourceGroups/{GROUP}"
    path = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-caller"
    world.arm.put(path, "2023-01-31", {"location": REGION})
    made = (world.arm.get(path, "2023-01-31") or {})["properties"]
    return Caller(world, made["principalId"], made["clientId"])


def test_a_caller_with_a_token_needs_its_role(world: World, caller: Caller) -> None:
    """The one grant on the endpoint opens it, and nothing else does."""
    stack = world.endpoint_stack(auth_mode="entra_token", invokers=[caller.principal])
    stack.up()
    uri = stack.live()["properties"]["scoringUri"]

    opened = caller.ask("POST", uri, "https://ml.azure.com", QUESTION)
    take_away(world, stack.endpoint_id, Role.AZUREML_DATA_SCIENTIST)
    closed = caller.ask("POST", uri, "https://ml.azure.com", QUESTION)

    assert (200, 401) == (opened, closed)


def test_a_caller_with_the_key_needs_its_role(world: World, caller: Caller) -> None:
    """The one grant on the key's secret lets it be read, and nothing else does."""
    stack = world.endpoint_stack(
        keys_in_vault=True, key_vault_name="kv-existing", invokers=[caller.principal]
    )
    stack.up()
    group = stack.endpoint_id.partition("/providers/")[0]
    vault_id = f"{group}/providers/Microsoft.KeyVault/vaults/kv-existing"
    vault = (world.arm.get(vault_id, "2024-11-01") or {})["properties"]["vaultUri"]
    key = f"{stack.endpoint_name}-key"
    uri = f"{vault}secrets/{key}?api-version=7.6"

    opened = caller.ask("GET", uri, "https://vault.azure.net")
    take_away(world, f"{vault_id}/secrets/{key}", Role.KEY_VAULT_SECRETS_USER)
    closed = caller.ask("GET", uri, "https://vault.azure.net")

    assert (200, 403) == (opened, closed)


def take_away(world: World, scope: str, role: Role) -> None:
    """Delete the one assignment of a role at a scope."""
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments"
    [one] = [
        each["id"]
        for each in world.arm.list(path, "2022-04-01", query={"$filter": "atScope()"})
        if each["properties"]["roleDefinitionId"].endswith(role.value)
        and each["properties"]["scope"].lower() == scope.lower()
    ]
    world.arm.delete(one, "2022-04-01")
