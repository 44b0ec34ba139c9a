# SPDX-License-Identifier: Apache-2.0
"""What the kinds of environment demand, whatever runs in them."""

from typing import Any

import pytest

from azure_model_endpoints.errors import PlanError
from azure_model_endpoints.planning.environment import environment_notices
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.stack_plan import StackPlan
from tests.unit.planning.catalogs import AROUND

CHAT = {"chat": {"model": "plain-model"}}
EXISTING = {"existing": {"name": "mlw-theirs", "resource_group_name": "rg-theirs"}}


def planned(stack: str, **said: Any) -> StackPlan:
    """The plan of a stack with one endpoint."""
    return plan_stack(stack, {"region": "eastus", "endpoints": CHAT, **said}, AROUND)


def refused(stack: str, **said: Any) -> list[str]:
    """What is said of a stack that is refused."""
    with pytest.raises(PlanError) as refusal:
        planned(stack, **said)
    return [str(problem) for problem in refusal.value.problems]


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_private_workspace_has_a_network(stack: str) -> None:
    """Else nothing could reach its endpoints; nobody has to ask for it."""
    network = planned(stack).settings.network

    assert network is not None
    assert ["10.60.0.0/22"] == network.address_space


def test_public_workspace_needs_no_network() -> None:
    """The internet is enough."""
    assert planned("dev").settings.network is None


def test_existing_workspace_needs_no_network() -> None:
    """It has its own, or none; that is not ours to know."""
    assert planned("prod", workspace=EXISTING).settings.network is None


def test_existing_workspace_stays_as_it_is() -> None:
    """What would change it is a misunderstanding, told at once."""
    problems = refused(
        "prod",
        workspace={**EXISTING, "lock": "read_only"},
        network={},
        isolation={"mode": "disabled"},
    )

    assert [
        f"{path}: given a value, beside `workspace.existing`; allowed: nothing: an existing "
        "workspace stays as it is. Remove it, or remove `workspace.existing` to have a workspace "
        "created."
        for path in ("isolation", "network", "workspace.lock")
    ] == problems


LOGS = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/all"


@pytest.mark.parametrize("diagnostics", [LOGS, False])
def test_endpoints_in_an_existing_workspace_may_report(diagnostics: Any) -> None:
    """They are the stack's own, and nothing of the workspace changes."""
    plan = planned("prod", workspace={**EXISTING, "diagnostics": diagnostics})

    assert diagnostics == plan.settings.workspace.diagnostics
    assert () == environment_notices(plan.settings)


def test_existing_workspace_brings_nothing_to_report_to() -> None:
    """So one has to say where to."""
    [problem] = refused("prod", workspace={**EXISTING, "diagnostics": True})

    assert problem.startswith(
        "workspace.diagnostics: given true, beside `workspace.existing`; allowed: false, or the id "
        "of a Log Analytics workspace that the endpoints report to."
    )


@pytest.mark.parametrize(("stack", "told"), [("dev", 0), ("staging", 1), ("prod", 1)])
def test_endpoints_that_report_nowhere_though_the_profile_says_so_are_told(
    stack: str, told: int
) -> None:
    """Whoever counts on the profile would find nothing when it is needed."""
    notices = environment_notices(planned(stack, workspace=EXISTING).settings)

    assert told == len(notices)
    for notice in notices:
        assert notice.startswith("workspace.diagnostics: the endpoints report nowhere.")
        assert f"What the profile {stack} says" in notice
    assert () == environment_notices(planned(stack).settings)


def test_prod_is_not_public_by_accident() -> None:
    """A line that was copied from dev is no decision."""
    assert [
        (
            "public_network_access: given true, in prod; allowed: false. Remove it; or, if the "
            "internet shall reach production, say `allow_public_in_prod: true` as well."
        )
    ] == refused("prod", public_network_access=True)


def test_prod_may_be_public_on_purpose() -> None:
    """Then somebody has reviewed it."""
    plan = planned("prod", public_network_access=True, allow_public_in_prod=True)

    assert plan.settings.public_network_access


def test_staging_may_be_public() -> None:
    """Only prod asks twice."""
    assert planned("staging", public_network_access=True).settings.public_network_access


def test_prod_has_three_instances() -> None:
    """Without a word in the stack file."""
    [endpoint] = planned("prod").endpoints

    assert [3] == [deployment.instances for deployment in endpoint.deployments]


def test_one_instance_in_prod_needs_a_reason() -> None:
    """However the demand for three was lifted."""
    chat = {"model": "plain-model", "workload": {"high_availability": False}}

    assert [
        (
            "endpoints.chat.deployments.blue: given 1 instance, in prod; allowed: 3 or more. Ask "
            "for more; or say in `single_instance_reason` why fewer are enough."
        )
    ] == refused("prod", endpoints={"chat": chat})


@pytest.mark.parametrize("instances", [{}, {"instances": 1}])
def test_one_instance_in_prod_is_possible_with_a_reason(instances: dict[str, int]) -> None:
    """The reason alone lifts the demand for three."""
    blue = {**instances, "single_instance_reason": "batch scoring, may wait"}

    plan = planned(
        "prod", endpoints={"chat": {"model": "plain-model", "deployments": {"blue": blue}}}
    )

    assert [1] == [deployment.instances for deployment in plan.endpoints[0].deployments]
    arguments = plan.endpoint_arguments("chat")["deployments"]["blue"]
    assert {**instances, "workload": {"high_availability": False}} == arguments


@pytest.mark.parametrize("stack", ["dev.", "x" * 81])
def test_stack_that_names_no_resource_group_is_refused(stack: str) -> None:
    """Azure would, after the preview."""
    [problem] = refused(stack, profile="dev")

    assert problem.startswith(f"stack: given {stack!r}; allowed: names that make 'rg-models-")


@pytest.mark.parametrize("stack", ["x" * 80, "feature_(1).2"])
def test_stack_may_have_any_name_that_makes_a_resource_group(stack: str) -> None:
    """Pulumi allows more than this project uses."""
    assert f"rg-models-{stack}" == planned(stack, profile="dev").resource_group_name


def test_problems_of_an_environment_are_told_with_all_others() -> None:
    """Not one per run."""
    problems = refused(
        "prod.",
        profile="prod",
        region="East US",
        public_network_access=True,
        endpoints={"chat": {"model": "plain"}},
    )

    assert ["endpoints.chat.model", "public_network_access", "region", "stack"] == sorted(
        problem.partition(":")[0] for problem in problems
    )


def test_endpoints_are_told_of_the_managed_network() -> None:
    """Its rules then decide what their instances reach."""
    assert planned("prod").endpoint_arguments("chat")["managed_network"]
    assert "managed_network" not in planned("dev").endpoint_arguments("chat")


def test_network_is_told_what_was_said_of_it() -> None:
    """And nothing that was not: its own defaults hold."""
    plan = planned("prod", network={"peers": ["10.0.0.0/16"]}, tags={"team": "a"})

    assert {
        "peers": ["10.0.0.0/16"],
        "region": "eastus",
        "workload": "models",
        "tags": {"team": "a"},
    } == plan.network_arguments()


def test_workspace_is_told_what_holds_of_it() -> None:
    """The profile's defaults and what the file says."""
    arguments = planned("prod", workspace={"identity": "user_assigned"}).workspace_arguments()

    rules = arguments.pop("outbound_rules")
    assert {"fqdn"} == {rule["type"] for rule in rules.values()}
    assert {
        "region": "eastus",
        "public_network_access": False,
        "identity": "user_assigned",
        "high_business_impact": False,
        "diagnostics": True,
        "customer_managed_key": True,
        "isolation_mode": "allow_only_approved_outbound",
        "private_endpoints": True,
        "tags": {},
    } == arguments


def test_problems_of_the_workspace_are_told_at_preview() -> None:
    """By its setting."""
    [problem] = refused("prod", workspace={"diagnostics": "logs"})

    assert problem.startswith("workspace.diagnostics: given 'logs'; allowed: true, or /sub")
