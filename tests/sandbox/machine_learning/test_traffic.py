# SPDX-License-Identifier: Apache-2.0
"""Traffic rules, and the history of routing."""

import pytest

from azure_sandbox import faults
from azure_sandbox.namespaces.machine_learning.traffic import check_traffic
from tests.sandbox.machine_learning.conftest import Azure, messages


@pytest.mark.parametrize(
    "traffic",
    [None, {}, {"blue": 0}, {"blue": 100}, {"blue": 30, "green": 70}, {"new": 0, "blue": 100}],
)
def test_traffic_that_sums_to_0_or_100_is_accepted(traffic: object) -> None:
    """Percentages of deployments that serve sum to 0 or 100; a new one may be named with 0."""
    violations = check_traffic(
        traffic, None, existing=("blue", "green", "new"), serving=("blue", "green")
    )

    assert violations == []


@pytest.mark.parametrize(
    ("traffic", "mirror", "text"),
    [
        ({"blue": 99}, None, "The sum of traffic is 99; it must be 0 or 100"),
        ({"blue": 60, "green": 60}, None, "The sum of traffic is 120"),
        ({"red": 100}, None, "names the deployment red, which does not exist"),
        ({"red": 0, "blue": 100}, None, "names the deployment red, which does not exist"),
        ({"new": 100}, None, "new, which has not been created successfully"),
        ({"blue": 50.5, "green": 49.5}, None, "must be an integer from 0 to 100"),
        ({"blue": "100"}, None, "must be an integer from 0 to 100"),
        ({"blue": True}, None, "must be an integer from 0 to 100"),
        ({"blue": -100, "green": 200}, None, "must be an integer from 0 to 100"),
        ([100], None, "must map deployment names to percentages"),
        ({"blue": 100}, {"green": 51}, "at most 50 % can be mirrored"),
        ({"blue": 100}, {"blue": 10}, "either live or mirrored traffic"),
        ({}, {"blue": 10, "green": 10}, "mirrored to one deployment only"),
        ({"blue": 100}, {"red": 10}, "mirrorTraffic names the deployment red"),
    ],
)
def test_other_traffic_is_refused(traffic: object, mirror: object, text: str) -> None:
    """Each broken rule of traffic and mirror traffic is named."""
    violations = check_traffic(
        traffic, mirror, existing=("blue", "green", "new"), serving=("blue", "green")
    )

    assert any(text in violation.message for violation in violations)


def test_traffic_flows_when_the_operation_has_ended(azure: Azure) -> None:
    """Until the operation of a PUT ends, the old routing is in force and shown."""
    azure.make_endpoint("blue")
    azure.put_endpoint(traffic={"blue": 100})
    before = azure.get(azure.endpoint_path())["properties"]["traffic"]

    azure.wait()

    after = azure.get(azure.endpoint_path())["properties"]["traffic"]
    assert ({}, {"blue": 100}) == (before, after)


def test_a_put_without_traffic_stops_all_of_it(azure: Azure) -> None:
    """Routing that a PUT does not mention becomes 0 % everywhere."""
    azure.make_endpoint("blue", blue=100)

    azure.accept(azure.put_endpoint())

    assert azure.get(azure.endpoint_path())["properties"]["traffic"] == {}
    assert azure.score().status == 404


def test_traffic_before_the_deployments_is_refused(azure: Azure) -> None:
    """An endpoint cannot be created with traffic to deployments that come later."""
    answer = azure.put_endpoint(traffic={"blue": 100})

    assert answer.status == 400
    assert azure.send("GET", azure.endpoint_path()).status == 404


def test_a_deployment_with_traffic_cannot_be_deleted(azure: Azure) -> None:
    """Its traffic has to be moved first; then its entry disappears with it."""
    azure.make_endpoint("blue", "green", blue=100)

    refused = azure.send("DELETE", azure.deployment_path("blue"))
    azure.accept(azure.put_endpoint(traffic={"blue": 0, "green": 100}))
    azure.done("DELETE", azure.deployment_path("blue"))

    assert refused.status == 400
    assert "Set its traffic to 0 first" in messages(refused)
    assert azure.get(azure.endpoint_path())["properties"]["traffic"] == {"green": 100}


def test_a_mirrored_deployment_cannot_be_deleted(azure: Azure) -> None:
    """Mirrored traffic holds a deployment as live traffic does."""
    azure.make_endpoint("blue", "green")
    azure.accept(azure.put_endpoint(traffic={"blue": 100}, mirrorTraffic={"green": 10}))

    assert azure.send("DELETE", azure.deployment_path("green")).status == 400


def test_a_failed_put_leaves_the_routing(azure: Azure) -> None:
    """When the operation of a PUT fails, the old traffic keeps flowing."""
    azure.make_endpoint("blue", blue=100)
    with azure.sandbox.store.write() as tx:
        rule = {"method": "PUT", "path": "chat", "fail_operation": True, "times": 1}
        faults.added(tx, rule)

    azure.put_endpoint(traffic={})
    azure.wait()

    assert azure.state(azure.endpoint_path()) == "Failed"
    assert azure.get(azure.endpoint_path())["properties"]["traffic"] == {"blue": 100}
    azure.accept(azure.put_endpoint(traffic={"blue": 100}))
    assert azure.state(azure.endpoint_path()) == "Succeeded"


def test_every_change_of_routing_is_recorded_once(azure: Azure) -> None:
    """The history has one row for each change of traffic or instances, and none for others."""
    azure.make_endpoint("blue", blue=100)
    azure.accept(azure.put_endpoint(traffic={"blue": 100}, description="nothing changes"))
    azure.accept(azure.put_deployment("blue", capacity=2))
    azure.accept(azure.put_endpoint(traffic={"blue": 0}))
    azure.done("DELETE", azure.deployment_path("blue"))

    assert azure.routing() == [
        ({}, {}),
        ({}, {"blue": 1}),
        ({"blue": 100}, {"blue": 1}),
        ({"blue": 100}, {"blue": 2}),
        ({"blue": 0}, {"blue": 2}),
        ({}, {}),
    ]
