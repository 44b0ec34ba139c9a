# SPDX-License-Identifier: Apache-2.0
"""The managed network of a workspace as a plain program asks for it, through the engine."""

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from tests.engine.world import GROUP, ML, REGION, Stack, World


def isolated_workspace(stack: Stack) -> None:
    """Make a workspace with rules inside and one more beside it, provisioned in the same run."""
    base = stack.world.workspace_id.partition("/providers/")[0]
    workspace = ml.Workspace(
        "mlw-isolated",
        resource_group_name=GROUP,
        location=REGION,
        identity=ml.ManagedServiceIdentityArgs(type=ml.ManagedServiceIdentityType.SYSTEM_ASSIGNED),
        storage_account=f"{base}/providers/Microsoft.Storage/storageAccounts/stexisting",
        key_vault=f"{base}/providers/Microsoft.KeyVault/vaults/kv-existing",
        application_insights=f"{base}/providers/Microsoft.Insights/components/appi-existing",
        managed_network=ml.ManagedNetworkSettingsArgs(
            isolation_mode=ml.IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND,
            outbound_rules={
                "torch": ml.FqdnOutboundRuleArgs(
                    type="FQDN", destination="pytorch.org", category=ml.RuleCategory.USER_DEFINED
                ),
                "factory": ml.ServiceTagOutboundRuleArgs(
                    type="ServiceTag",
                    category=ml.RuleCategory.USER_DEFINED,
                    destination=ml.ServiceTagDestinationArgs(
                        service_tag="DataFactory", protocol="TCP", port_ranges="443"
                    ),
                ),
            },
        ),
        provision_network_now=True,
        tags=stack.arguments["tags"],
        # The service adds rules of its own, which a refresh would then want to take away.
        opts=pulumi.ResourceOptions(ignore_changes=["managedNetwork"]),
    )
    ml.ManagedNetworkSettingsRule(
        "late",
        resource_group_name=GROUP,
        workspace_name=workspace.name,
        properties=ml.FqdnOutboundRuleArgs(type="FQDN", destination="*.anaconda.org"),
    )
    pulumi.export("workspace", workspace.id)


def test_an_isolated_workspace_comes_changes_and_goes(world: World) -> None:
    """The network is there after one run, nothing drifts, and a tag leaves the rules alone."""
    stack = world.endpoint_stack(tags={"team": "a"})
    stack.program = isolated_workspace
    workspace = stack.up().outputs["workspace"].value

    first = stack.changes()
    stack.refresh()
    refreshed = stack.changes()
    stack.arguments["tags"] = {"team": "b"}
    stack.up()

    live = world.arm.get(workspace, ML)
    assert live is not None
    network = live["properties"]["managedNetwork"]
    own = {
        name: rule["status"]
        for name, rule in network["outboundRules"].items()
        if rule["category"] == "UserDefined"
    }
    assert ({}, {}) == (first, refreshed)
    assert {"torch": "Active", "factory": "Active", "late": "Active"} == own
    assert ("Active", {"team": "b"}) == (network["status"]["status"], live["tags"])
