# SPDX-License-Identifier: Apache-2.0
"""The component keeps its promises in whatever program it is used."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi import automation
from pulumi_azure_native import Provider
from pulumi_azure_native.machinelearningservices import Workspace
from pulumi_azure_native.resources import ResourceGroup

from azure_model_endpoints import ModelEndpoint
from tests.engine.world import GROUP, REGION, WORKSPACE, Stack, World, shares

NO_CHANGES: dict[str, int] = {}
ONLY_EXPLICIT_PROVIDERS = automation.ConfigValue('["azure-native"]')


def test_names_that_are_outputs(world: World) -> None:
    """Group and workspace may be other resources' outputs; the traffic survives an update."""

    def program(stack: Stack) -> None:
        group = ResourceGroup.get("group", world.workspace_id.partition("/providers/")[0])
        workspace = Workspace.get("workspace", world.workspace_id)
        name = pulumi.Output.from_input(stack.endpoint_name)
        stack.endpoint(
            resource_group_name=group.name, workspace_name=workspace.name, endpoint_name=name
        )

    stack = world.endpoint_stack()
    stack.program = program

    stack.up()
    stack.arguments["tags"] = {"team": "b"}
    stack.up()

    assert {100} == set(shares(stack.history()))
    assert "b" == stack.live()["tags"]["team"]
    assert NO_CHANGES == stack.changes()


@pytest.mark.parametrize("by", ["provider", "providers"])
def test_explicit_provider_serves_reads_and_writes_alike(world: World, by: str) -> None:
    """With the default provider switched off, everything goes through the one that was given."""

    def program(stack: Stack) -> None:
        provider = Provider("own")
        given: Any = {"provider": provider} if by == "provider" else {"providers": [provider]}
        stack.endpoint(opts=pulumi.ResourceOptions(**given))

    stack = world.endpoint_stack()
    stack.program = program
    stack.automation.set_config("pulumi:disable-default-providers", ONLY_EXPLICIT_PROVIDERS)

    stack.up()
    stack.arguments["tags"] = {"team": "b"}
    stack.up()

    assert {100} == set(shares(stack.history()))
    assert NO_CHANGES == stack.changes()


def test_two_endpoints_of_a_component_and_one_taken_away(world: World) -> None:
    """Endpoints live beside each other inside a component; removing one disturbs no other."""

    def program(stack: Stack) -> None:
        team = pulumi.ComponentResource("test:index:Team", "team")
        for name in stack.arguments["endpoints"]:
            ModelEndpoint(
                name,
                {
                    "resource_group_name": GROUP,
                    "workspace_name": WORKSPACE,
                    "region": REGION,
                    "model": "phi-2",
                    "endpoint_name": f"{stack.endpoint_name}-{name}",
                    "public_network_access": True,
                },
                pulumi.ResourceOptions(parent=team),
            )

    stack = world.endpoint_stack(endpoints=["chat", "code"])
    stack.program = program
    stack.up()
    prefix = stack.endpoint_name
    stack.arguments["endpoints"] = ["chat"]

    stack.up()

    stack.endpoint_name = f"{prefix}-code"
    assert stack.is_gone()
    stack.endpoint_name = f"{prefix}-chat"
    assert {100} == set(shares(stack.history()))
    assert {"blue": 100} == stack.live()["properties"]["traffic"]
    stack.endpoint_name = prefix
    assert NO_CHANGES == stack.changes()


def test_a_callers_transform_is_respected(world: World) -> None:
    """What a program does to all its resources, it does to those of the component too."""
    cost = ["1"]

    def mark(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if not args.type_.startswith("azure-native:"):
            return None
        props: dict[str, Any] = dict(args.props)
        tags = {**props["tags"], "cost-centre": cost[0]}
        return pulumi.ResourceTransformResult({**props, "tags": tags}, args.opts)

    stack = world.endpoint_stack(opts=pulumi.ResourceOptions(transforms=[mark]))
    stack.up()
    assert "1" == stack.live()["tags"]["cost-centre"]
    assert NO_CHANGES == stack.changes()
    cost[0] = "2"

    stack.up()

    assert "2" == stack.live()["tags"]["cost-centre"]
    assert "2" == stack.deployment("blue")["tags"]["cost-centre"]
    assert {100} == set(shares(stack.history()))
    assert NO_CHANGES == stack.changes()


def test_traffic_turned_off_on_purpose(world: World) -> None:
    """Percentages that add up to 0 turn the endpoint off, and on again."""
    stack = world.endpoint_stack()
    stack.up()
    stack.arguments["traffic"] = {"blue": 0}

    stack.up()

    assert 0 == shares(stack.history())[-1]
    assert NO_CHANGES == stack.changes()
    stack.arguments["traffic"] = {"blue": 100}
    stack.up()
    assert 100 == shares(stack.history())[-1]


def test_instances_lowered_on_purpose(world: World) -> None:
    """A count that nobody else has touched follows the program, down as well as up."""
    stack = world.endpoint_stack(deployments={"blue": {"instances": 2}})
    stack.up()
    stack.arguments["deployments"]["blue"]["instances"] = 1

    stack.up()

    assert 1 == stack.deployment("blue")["sku"]["capacity"]
    assert {100} == set(shares(stack.history()))
    assert NO_CHANGES == stack.changes()


def test_another_region_is_refused_at_preview(world: World) -> None:
    """Azure cannot move an endpoint; the refusal says what to do, and nothing is written."""
    stack = world.endpoint_stack()
    stack.up()
    before = stack.history()
    stack.arguments["region"] = "westus"

    with pytest.raises(automation.CommandError) as failure:
        stack.automation.preview()

    message = str(failure.value)
    assert "chat: given the region 'westus', but the endpoint is live in 'eastus'" in message
    assert "Add an endpoint under another name" in message
    assert "Traceback" not in message
    assert before == stack.history()


@pytest.mark.parametrize(
    ("kind", "move", "instances"),
    [
        ("OnlineEndpoint", lambda stack: stack.move_traffic(blue=30, green=70), 1),
        ("OnlineDeployment", lambda stack: stack.scale("blue", 3), 3),
    ],
)
def test_what_moves_between_plan_and_write_is_not_undone(
    world: World, kind: str, move: Callable[[Stack], None], instances: int
) -> None:
    """The guard refuses with one paragraph; the same command then converges."""
    moves: list[Callable[[Stack], None]] = []

    def interfere(args: pulumi.ResourceTransformArgs) -> None:
        # Those of an outer component run after the endpoint's own have read what is live.
        if args.type_.endswith(f":{kind}") and moves:
            moves.pop()(stack)

    def program(stack: Stack) -> None:
        opts = pulumi.ResourceOptions(transforms=[interfere])
        outer = pulumi.ComponentResource("test:index:Team", "team", opts=opts)
        stack.endpoint(opts=pulumi.ResourceOptions(parent=outer))

    stack = world.endpoint_stack(deployments={"blue": {}, "green": {}}, traffic={"blue": 100})
    stack.program = program
    stack.up()
    stack.arguments["tags"] = {"team": "b"}
    moves.append(move)

    with pytest.raises(automation.CommandError) as failure:
        stack.up()

    message = str(failure.value)
    assert "were changed by somebody else while this run was under way" in message
    assert "run the same command again" in message
    assert "Traceback" not in message
    stack.up()
    assert "b" == stack.live()["tags"]["team"]
    assert {"blue": 100} == stack.live()["properties"]["traffic"]
    assert {100} == set(shares(stack.history()))
    assert instances == stack.deployment("blue")["sku"]["capacity"]
    assert NO_CHANGES == stack.changes()
