# SPDX-License-Identifier: Apache-2.0
"""`ModelEndpoint`: what it registers, in which order, and with which options."""

from typing import Any

import pulumi
import pulumi_azure_native as azure_native
import pytest
from pulumi.provider.experimental.component import ComponentProvider

from azure_model_endpoints import ModelEndpoint, ModelEndpointArgs
from azure_model_endpoints.planning.foreign import DECLARED_INSTANCES
from azure_model_endpoints.planning.names import default_endpoint_name
from azure_model_endpoints.planning.tags import OWNED, OWNER
from tests.components.engine import SCORING_URI, SUBSCRIPTION, Engine

ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"
DEPLOYMENT = "azure-native:machinelearningservices:OnlineDeployment"
IDENTITY = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/identities/id"

BLUE_GREEN: dict[str, Any] = {
    "deployments": {"blue": {}, "green": {"instances": 3}},
    "traffic": {"blue": 90, "green": 10},
}


def arguments(**more: Any) -> ModelEndpointArgs:
    """The least an endpoint must be told, and more."""
    args: Any = {
        "resource_group_name": "rg",
        "workspace_name": "mlw",
        "region": "eastus",
        "model": "phi-2",
        **more,
    }
    return args  # type: ignore[no-any-return]


def test_children_are_an_endpoint_its_deployments_and_its_traffic(engine: Engine) -> None:
    """Their names and types are a contract: renaming one replaces it."""
    engine.run(lambda: ModelEndpoint("chat", arguments(**BLUE_GREEN)))

    assert {
        "chat-endpoint": ENDPOINT,
        "chat-blue": DEPLOYMENT,
        "chat-green": DEPLOYMENT,
        "chat-traffic": "pulumi:index:Stash",
    } == engine.children("chat")


def test_deployments_wait_for_each_other_and_traffic_for_all(engine: Engine) -> None:
    """Azure refuses a second operation on a busy endpoint, and traffic to what is not there."""
    engine.run(lambda: ModelEndpoint("chat", arguments(**BLUE_GREEN)))

    assert engine.resources["chat-blue"].waits_for == {"chat-endpoint"}
    assert engine.resources["chat-green"].waits_for == {"chat-endpoint", "chat-blue"}
    assert engine.resources["chat-traffic"].waits_for == {
        "chat-endpoint",
        "chat-blue",
        "chat-green",
    }


def test_endpoint_is_private_and_asks_for_a_key(engine: Engine) -> None:
    """Nothing is open that nobody opened."""
    engine.run(lambda: ModelEndpoint("chat", arguments()))

    endpoint, deployment = engine.resources["chat-endpoint"], engine.resources["chat-blue"]
    assert {"authMode": "Key", "publicNetworkAccess": "Disabled"} == endpoint.inputs["properties"]
    assert {"type": "SystemAssigned"} == endpoint.inputs["identity"]
    assert "Disabled" == deployment.inputs["properties"]["egressPublicNetworkAccess"]


def test_public_access_opens_both_ways(engine: Engine) -> None:
    """A container that pulls from the internet needs the way out."""
    engine.run(lambda: ModelEndpoint("chat", arguments(public_network_access=True)))

    endpoint, deployment = engine.resources["chat-endpoint"], engine.resources["chat-blue"]
    assert "Enabled" == endpoint.inputs["properties"]["publicNetworkAccess"]
    assert "Enabled" == deployment.inputs["properties"]["egressPublicNetworkAccess"]


def test_given_identity_is_used(engine: Engine) -> None:
    """Instead of one of the endpoint's own."""
    engine.run(lambda: ModelEndpoint("chat", arguments(identity_id=IDENTITY)))

    assert {
        "type": "UserAssigned",
        "userAssignedIdentities": [IDENTITY],
    } == engine.resources["chat-endpoint"].inputs["identity"]


def test_traffic_is_no_input_of_the_endpoint(engine: Engine) -> None:
    """Its deployments are not there yet; the step moves it once they are."""
    engine.run(lambda: ModelEndpoint("chat", arguments(**BLUE_GREEN)))

    step = engine.resources["chat-traffic"].inputs["input"]
    assert "traffic" not in engine.resources["chat-endpoint"].inputs["properties"]
    assert {"blue": 90, "green": 10} == step["traffic"]
    assert f"/subscriptions/{SUBSCRIPTION}/chat-endpoint" == step["endpointId"]


def test_deployment_serves_the_pinned_model_on_the_cheapest_sku(engine: Engine) -> None:
    """One line is enough; nothing moves by itself later."""
    engine.run(lambda: ModelEndpoint("chat", arguments()))

    deployment = engine.resources["chat-blue"].inputs
    assert {"name": "Default", "capacity": 1} == deployment["sku"]
    assert "Standard_NC4as_T4_v3" == deployment["properties"]["instanceType"]
    assert (
        "azureml://registries/azureml/models/microsoft-phi-2/versions/22"
        == deployment["properties"]["model"]
    )


def test_deployment_has_time_to_load_and_to_answer(engine: Engine) -> None:
    """Azure's defaults would kill a loading model and cut a long answer."""
    engine.run(lambda: ModelEndpoint("chat", arguments()))

    properties = engine.resources["chat-blue"].inputs["properties"]
    assert "PT25M" == properties["livenessProbe"]["initialDelay"]
    assert "PT3M" == properties["requestSettings"]["requestTimeout"]
    # As many streams of 2,048 tokens as fit beside Phi-2's weights on a T4.
    assert 9 == properties["requestSettings"]["maxConcurrentRequestsPerInstance"]
    assert {"WORKER_COUNT": "9", "TENSOR_PARALLEL": "1"} == properties["environmentVariables"]


def test_tags_reach_every_resource_with_their_marks(engine: Engine) -> None:
    """A later run tells its own tags from those of others by them."""
    deployments = {"blue": {"tags": {"colour": "blue"}, "instances": 2}}

    engine.run(
        lambda: ModelEndpoint("chat", arguments(tags={"team": "a"}, deployments=deployments))
    )

    assert {"team": "a", OWNER: "models/dev", OWNED: "team"} == engine.resources[
        "chat-endpoint"
    ].inputs["tags"]
    assert {
        "team": "a",
        "colour": "blue",
        OWNER: "models/dev",
        OWNED: "colour,team",
        DECLARED_INSTANCES: "2",
    } == engine.resources["chat-blue"].inputs["tags"]


def test_endpoint_name_follows_from_what_it_is_in(engine: Engine) -> None:
    """Unique in the region, and the same in every run, even when the names are outputs."""
    engine.run(
        lambda: ModelEndpoint(
            "chat",
            arguments(
                resource_group_name=pulumi.Output.from_input("rg"),
                workspace_name=pulumi.Output.from_input("mlw"),
            ),
        )
    )

    name = default_endpoint_name("chat", SUBSCRIPTION, "rg", "mlw")
    for resource in ("chat-endpoint", "chat-blue"):
        assert name == engine.resources[resource].inputs["endpointName"]


def test_given_endpoint_name_is_used_even_as_an_output(engine: Engine) -> None:
    """Whoever names it is asked, and no subscription is."""
    given = "my-chat"

    engine.run(
        lambda: ModelEndpoint("any_name", arguments(endpoint_name=pulumi.Output.from_input(given)))
    )

    assert given == engine.resources["any_name-endpoint"].inputs["endpointName"]
    asked = [call.token for call in engine.calls]
    assert ["azure-native:machinelearningservices:getWorkspace"] == asked


def test_outputs_are_what_a_consumer_cannot_rebuild(engine: Engine) -> None:
    """Name, id and addresses."""
    seen: list[Any] = []

    def program() -> pulumi.Output[Any]:
        endpoint = ModelEndpoint("chat", arguments(endpoint_name="my-chat"))
        return pulumi.Output.all(
            endpoint.endpoint_name,
            endpoint.endpoint_id,
            endpoint.scoring_uri,
            endpoint.openai_base_url,
        ).apply(seen.append)

    engine.run(program)

    base = SCORING_URI.removesuffix("/score")
    endpoint_id = f"/subscriptions/{SUBSCRIPTION}/chat-endpoint"
    assert [["my-chat", endpoint_id, SCORING_URI, f"{base}/v1"]] == seen


def test_key_is_a_secret_and_read_only_when_asked_for(engine: Engine) -> None:
    """Nobody's state holds a key that nobody wanted."""
    secret: list[bool] = []

    def program() -> pulumi.Output[Any]:
        args = arguments(endpoint_name="my-chat", managed_network=False)
        endpoint = ModelEndpoint("chat", args)
        assert [] == engine.calls
        key = endpoint.primary_key()

        async def look() -> str:
            secret.append(await key.is_secret())
            return ""

        return pulumi.Output.all(key, look())

    engine.run(program)

    assert [True] == secret
    assert ["my-chat"] == [call.args["endpointName"] for call in engine.calls]


def test_secret_variable_stays_secret(engine: Engine) -> None:
    """It reaches the container, and nobody's eyes on the way."""
    variables = {"TOKEN": pulumi.Output.secret("s3cret"), "LOG": "info"}

    engine.run(
        lambda: ModelEndpoint(
            "chat", arguments(deployments={"blue": {"environment_variables": variables}})
        )
    )

    deployment = engine.resources["chat-blue"]
    assert deployment.is_secret("properties", "environmentVariables", "TOKEN")
    assert {
        "WORKER_COUNT": "9",
        "TENSOR_PARALLEL": "1",
        "TOKEN": "s3cret",
        "LOG": "info",
    } == deployment.inputs["properties"]["environmentVariables"]


def test_explicit_provider_reaches_every_child_and_question(engine: Engine) -> None:
    """Another subscription's endpoint is not made with this one's credentials."""

    def program() -> pulumi.Output[str]:
        provider = azure_native.Provider("elsewhere")
        opts = pulumi.ResourceOptions(providers=[provider])
        return ModelEndpoint("chat", arguments(**BLUE_GREEN), opts).primary_key()

    engine.run(program)

    of_azure = [engine.resources[name] for name in ("chat-endpoint", "chat-blue", "chat-green")]
    assert {"elsewhere"} == {resource.provider for resource in of_azure}
    assert 3 == len(engine.calls)
    assert all("::elsewhere::" in call.provider for call in engine.calls)


def test_options_of_the_caller_are_left_alone(engine: Engine) -> None:
    """They may be used for the next component too."""
    used: list[pulumi.ResourceOptions] = []

    def program() -> None:
        opts = pulumi.ResourceOptions(protect=True, ignore_changes=["tags"])
        used.append(opts)
        ModelEndpoint("chat", arguments(), opts)

    engine.run(program)

    [opts] = used
    untouched = pulumi.ResourceOptions(protect=True, ignore_changes=["tags"])
    assert vars(untouched) == vars(opts)


def test_protection_reaches_the_children(engine: Engine) -> None:
    """What a component's user protects is protected."""
    opts = pulumi.ResourceOptions(protect=True)

    engine.run(lambda: ModelEndpoint("chat", arguments(), opts))

    assert all(engine.resources[name].request.protect for name in engine.children("chat"))


def test_live_state_is_looked_at_before_and_during_each_write(engine: Engine) -> None:
    """A transform plans against it, a guard looks again, a step moves the traffic."""
    engine.run(lambda: ModelEndpoint("chat", arguments()))

    for name in ("chat", "chat-traffic"):
        assert 1 == len(engine.resources[name].request.transforms)
    hooks = {name: engine.resources[name].request.hooks for name in engine.children("chat")}
    assert {"chat-endpoint": 3, "chat-blue": 4, "chat-traffic": 1} == {
        name: len(bound.before_update) for name, bound in hooks.items()
    }
    assert {"chat-endpoint": 2, "chat-blue": 3, "chat-traffic": 1} == {
        name: len(bound.before_create) for name, bound in hooks.items()
    }


def test_nothing_runs_on_deletion(engine: Engine) -> None:
    """Delete hooks would force the program to run on `pulumi destroy`."""
    engine.run(lambda: ModelEndpoint("chat", arguments()))

    for name in engine.children("chat"):
        hooks = engine.resources[name].request.hooks
        assert [] == [*hooks.before_delete, *hooks.after_delete]


def test_deployments_and_traffic_go_with_their_endpoint(engine: Engine) -> None:
    """Destroying need not move the traffic away first."""
    engine.run(lambda: ModelEndpoint("chat", arguments()))

    for name in ("chat-blue", "chat-traffic"):
        assert engine.resources[name].request.deletedWith.endswith("::chat-endpoint")


def test_two_endpoints_share_a_program(engine: Engine) -> None:
    """Their hooks and children have names of their own."""

    def program() -> None:
        ModelEndpoint("chat", arguments())
        ModelEndpoint("code", arguments())

    engine.run(program)

    assert 3 == len(engine.children("chat")) == len(engine.children("code"))


@pytest.mark.parametrize("number", [int, float])
def test_endpoint_of_another_language_arrives(engine: Engine, number: type) -> None:
    """Through the component package, whose wire knows only floats."""
    provider = ComponentProvider([ModelEndpoint], "azure-model-endpoints")
    inputs: Any = {
        "resourceGroupName": "rg",
        "workspaceName": "mlw",
        "region": "eastus",
        "model": "phi-2",
        "deployments": {"blue": {"instances": number(2), "maxConcurrentRequests": number(4)}},
        "traffic": {"blue": number(100)},
    }

    engine.run(
        lambda: provider.construct(
            "chat", "azure-model-endpoints:index:ModelEndpoint", inputs
        ).state["endpointName"]
    )

    deployment = engine.resources["chat-blue"].inputs
    assert 2 == deployment["sku"]["capacity"]
    assert "2" == deployment["tags"][DECLARED_INSTANCES]
    assert "4" == deployment["properties"]["environmentVariables"]["WORKER_COUNT"]
