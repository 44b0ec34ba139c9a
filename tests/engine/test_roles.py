# SPDX-License-Identifier: Apache-2.0
"""Roles that do not count yet are waited for; roles that are missing are named."""

import pytest
from pulumi import automation
from pulumi_azure_native import managedidentity

from tests.engine.world import GROUP, REGION, Stack, World, shares

NO_CHANGES: dict[str, int] = {}


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
