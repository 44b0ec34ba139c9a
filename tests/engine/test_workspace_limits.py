# SPDX-License-Identifier: Apache-2.0
"""How much of the quota a workspace may take: set by a run, kept, and known at preview."""

from typing import Any

import pulumi
from pulumi_azure_native.resources import ResourceGroup

from azure_model_endpoints import ModelWorkspace
from azure_model_endpoints.subscription.workspace_quotas import (
    WorkspaceLimit,
    read_workspace_limits,
    set_workspace_limits,
)
from azure_sandbox.identity import SUBSCRIPTION_ID
from tests.engine.project import Azure, Project, changes
from tests.engine.world import Stack, World

STACK = "stacks/Pulumi.dev.yaml"
T4, A100 = "standard NCASv3_T4 Family", "standardNCADSA100v4Family"
H100, V100 = "standardNCADSH100v5Family", "standardNCSv3Family"
ML = "2025-12-01"
SETTINGS = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:preflight: {preflight}
  azure-model-endpoints:workspace_quotas: {limits}
  azure-model-endpoints:endpoints:
    chat:
      model: phi-2
      workload: {{context_length: 2048, concurrency: 1}}
      deployments: {deployments}
      traffic: {{blue: 100}}
"""
ONE = "{blue: {sku: Standard_NC4as_T4_v3}}"
TWO = "{blue: {sku: Standard_NC4as_T4_v3}, green: {sku: Standard_NC4as_T4_v3}}"


def declare(
    project: Project, limits: str, deployments: str = ONE, preflight: str = "enforce"
) -> None:
    """Write the stack's settings."""
    text = SETTINGS.format(limits=limits, deployments=deployments, preflight=preflight)
    (project.directory / STACK).write_text(text)


def limits(azure: Azure) -> dict[str, int]:
    """Return what the only workspace may take."""
    provider = f"/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.MachineLearningServices"
    rows = azure.get(f"{provider}/locations/eastus/quotas", ML)["value"]
    return {row["name"]["value"]: row["limit"] for row in rows}


def test_run_limits_the_workspace_before_it_deploys(azure: Azure, project: Project) -> None:
    """By SKU or family; a second run changes nothing, and a raised limit changes only that."""
    declare(project, f"{{Standard_NC4as_T4_v3: 8, {A100}: 24}}")
    project.done("up", "--yes", "--skip-preview")

    paths = [entry["path"] for entry in azure.log() if entry["method"] in {"PUT", "POST"}]
    [limited] = [place for place, path in enumerate(paths) if path.endswith("/updateQuotas")]
    [deployed] = [place for place, path in enumerate(paths) if path.endswith("/deployments/blue")]
    assert limited < deployed
    assert {T4: 8, A100: 24} == limits(azure)
    project.done("preview", "--expect-no-changes")

    declare(project, f"{{Standard_NC4as_T4_v3: 16, {A100}: 24}}")
    raised = project.done("up", "--yes", "--skip-preview")

    assert {"updated": 1} == changes(raised)
    assert {T4: 16, A100: 24} == limits(azure)
    project.done("preview", "--expect-no-changes")


def test_deployment_beyond_what_its_workspace_may_take_is_known_at_preview(
    azure: Azure, project: Project
) -> None:
    """Also when the settings no longer say the limit, which Azure keeps."""
    declare(project, "{Standard_NC4as_T4_v3: 8}")
    project.done("up", "--yes", "--skip-preview")

    declare(project, "{}", TWO)
    beyond = project.pulumi("preview")
    declare(project, "{Standard_NC4as_T4_v3: 8}", TWO)
    refused = project.pulumi("preview")
    declare(project, "{Standard_NC4as_T4_v3: 16}", TWO)
    project.done("up", "--yes", "--skip-preview")

    assert (255, 255) == (beyond.returncode, refused.returncode)
    assert (
        "given 8 cores more of quota family `standard NCASv3_T4 Family` in the workspace; allowed: "
        "0, as 8 of 8 are in use; short by 8. Raise the workspace's limit, where it is set, or "
        "name another `sku`."
    ) in beyond.stdout
    assert (
        "workspace_quotas.Standard_NC4as_T4_v3: given 8 cores of `standard NCASv3_T4 Family`; "
        "allowed: at least 16, which endpoints.chat.deployments.blue, "
        "endpoints.chat.deployments.green need."
    ) in refused.stdout
    assert {T4: 16} == limits(azure)


def test_limit_that_azure_refuses_stops_the_run(azure: Azure, project: Project) -> None:
    """Nothing is deployed to a workspace that is not limited; known at preview where it asks."""
    declare(project, "{Standard_NC4as_T4_v3: 1000}")
    preview = project.pulumi("preview")
    declare(project, "{Standard_NC4as_T4_v3: 1000}", preflight="off")

    up = project.pulumi("up", "--yes", "--skip-preview")

    assert (
        "workspace_quotas.Standard_NC4as_T4_v3: given 1000 cores of `standard NCASv3_T4 Family`; "
        "allowed: at most 64, the subscription's limit in eastus."
    ) in preview.stdout
    assert (255, 255) == (preview.returncode, up.returncode)
    assert "for workspace mlw-models: not set (InvalidQuotaExceedsSubscriptionLimit)" in up.stdout
    assert "Traceback" not in up.stdout
    assert [] == azure.named("Microsoft.MachineLearningServices/workspaces/onlineEndpoints")


def limited(stack: Stack) -> None:
    """Make a workspace that may take some cores of two families."""
    group = ResourceGroup("group", resource_group_name=stack.endpoint_name, location="eastus")
    arguments: Any = {
        "resource_group_name": group.name,
        "region": "eastus",
        "public_network_access": True,
        "quotas": stack.arguments.get("quotas", {T4: 8, A100: 24}),
    }
    pulumi.export("id", ModelWorkspace("models", arguments).workspace_id)


def test_limit_that_others_changed_is_brought_back(world: World) -> None:
    """As declared, and again when they do it again; the rest stays."""
    stack = world.endpoint_stack()
    stack.program = limited
    workspace = stack.up().outputs["id"].value
    quiet = stack.changes()
    others = WorkspaceLimit(workspace, T4, 4)
    drifted = []
    for _ in range(2):
        set_workspace_limits(world.arm, world.subscription, "eastus", [others])
        drifted.append(stack.changes())
        stack.up()

    assert ({}, [{"update": 1}] * 2, {}) == (quiet, drifted, stack.changes())
    assert {T4: 8, A100: 24} == held(world, workspace)


def test_limit_that_is_declared_no_more_is_lifted(world: World) -> None:
    """To what the subscription may take; one that others have set or changed stays theirs."""
    stack = world.endpoint_stack(quotas={T4: 8, A100: 24, H100: 0})
    stack.program = limited
    workspace = stack.up().outputs["id"].value
    foreign = [WorkspaceLimit(workspace, A100, 32), WorkspaceLimit(workspace, V100, 0)]
    set_workspace_limits(world.arm, world.subscription, "eastus", foreign)

    stack.arguments["quotas"] = {T4: 8}
    fewer = stack.changes()
    stack.up()
    some, quiet = held(world, workspace), stack.changes()
    stack.arguments["quotas"] = {}
    none = stack.changes()
    stack.up()

    assert [{"update": 1}, {}, {"update": 1}, {}] == [fewer, quiet, none, stack.changes()]
    assert {T4: 8, A100: 32, H100: 0, V100: 0} == some
    assert {T4: 64, A100: 32, H100: 0, V100: 0} == held(world, workspace)


def held(world: World, workspace: str) -> dict[str, int]:
    """Return what a workspace may take."""
    found = read_workspace_limits(world.arm, world.subscription, "eastus")
    return {limit.family: limit.limit for limit in found if limit.workspace_id == workspace}
