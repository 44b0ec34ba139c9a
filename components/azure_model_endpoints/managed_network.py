# SPDX-License-Identifier: Apache-2.0
"""The managed network of a workspace: its mode, its outbound rules, and its provisioning.

Azure provisions the network when it is asked to, and fails deployments that come before. The
rules come first, since a network that is there needs minutes for each of them; and one after the
other, since of rules that are written at the same time only the last one stays
(Azure/terraform-provider-azapi, issue 453).
"""

import time
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.foreign_fields import UNKNOWN
from azure_model_endpoints.planning.isolation import IsolationPlan, azure_mode
from azure_model_endpoints.planning.outbound_rules import OutboundRulePlan
from azure_model_endpoints.step import step
from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.provider import arm_client, read_workspace
from azure_model_endpoints.subscription.threads import in_thread
from azure_model_endpoints.until_roles_count import call_until_roles_count

if TYPE_CHECKING:
    from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["leaving_to_the_service", "managed_network", "managed_network_settings"]

_BUSY_TIMEOUT_SECONDS = 60 * 60
"""How long to wait for somebody else's change of the network: provisioning takes 30 minutes and a
firewall 10 (Azure docs, "Workspace managed virtual network isolation")."""
_LOOK_SECONDS = 2

# What the service adds to the network of a workspace. The rules are resources of their own; sent
# along with the workspace, those that were read once would overwrite what they have become.
_OF_THE_SERVICE = [
    f"managedNetwork.{name}"
    for name in (
        "enableNetworkMonitor",
        "firewallSku",
        "managedNetworkKind",
        "outboundRules",
        "status",
    )
]

# What it adds to a rule, once the network is there.
_OF_A_RULE = ["properties.status", "properties.fqdns"]
_OF_A_PRIVATE_RULE = [*_OF_A_RULE, "properties.destination.sparkStatus"]

Inputs = Mapping[str, Any]


def managed_network_settings(plan: IsolationPlan) -> ml.ManagedNetworkSettingsArgs | None:
    """Return what a workspace says of its managed network; None where it has none."""
    if not plan.is_isolated:
        return None
    return ml.ManagedNetworkSettingsArgs(isolation_mode=azure_mode(plan.mode))


def leaving_to_the_service(plan: IsolationPlan) -> pulumi.ResourceOptions:
    """Return the options of a workspace in whose managed network the service writes, too."""
    # Of a network that is not declared, the engine could ignore no part.
    return pulumi.ResourceOptions(ignore_changes=_OF_THE_SERVICE if plan.is_isolated else None)


def managed_network(
    name: str,
    plan: IsolationPlan,
    workspace: pulumi.CustomResource,
    names: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.CustomResource]:
    """Create the outbound rules of a workspace, and then provision its managed network.

    Args:
        name: what the program calls the workspace's component; begins the names.
        plan: the managed network.
        workspace: the workspace, which has the plan's mode.
        names: ``resourceGroupName`` and ``workspaceName`` of it.
        opts: the parent, and what must be there before: the roles of the workspace's identity.

    Returns:
        What a deployment in the workspace has to wait for.
    """
    if not plan.is_isolated:
        return []
    rules: list[pulumi.CustomResource] = []
    for rule in plan.rules:
        rule_opts = pulumi.ResourceOptions(
            depends_on=rules[-1:],
            deleted_with=workspace,
            ignore_changes=_OF_A_PRIVATE_RULE if rule.is_private else _OF_A_RULE,
        )
        rules.append(
            ml.ManagedNetworkSettingsRule(
                f"{name}-outbound-{rule.name}",
                rule_name=rule.name,
                workspace_name=names["workspaceName"],
                resource_group_name=names["resourceGroupName"],
                properties=_properties(rule),
                opts=pulumi.ResourceOptions.merge(opts, rule_opts),
            )
        )
    after_rules = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=rules))
    step = _provisioning_step(f"{name}-managed-network", plan, workspace, names, after_rules)
    return [*rules, step]


def _properties(
    rule: OutboundRulePlan,
) -> ml.FqdnOutboundRuleArgs | ml.ServiceTagOutboundRuleArgs | ml.PrivateEndpointOutboundRuleArgs:
    destination = rule.body["destination"]
    category = ml.RuleCategory.USER_DEFINED
    if rule.is_fqdn:
        return ml.FqdnOutboundRuleArgs(type="FQDN", category=category, destination=destination)
    if rule.is_private:
        return ml.PrivateEndpointOutboundRuleArgs(
            type="PrivateEndpoint",
            category=category,
            destination=ml.PrivateEndpointDestinationArgs(
                service_resource_id=destination["serviceResourceId"],
                subresource_target=destination["subresourceTarget"],
                spark_enabled=False,
            ),
        )
    return ml.ServiceTagOutboundRuleArgs(
        type="ServiceTag",
        category=category,
        destination=ml.ServiceTagDestinationArgs(
            service_tag=destination["serviceTag"],
            protocol=destination["protocol"],
            port_ranges=destination["portRanges"],
        ),
    )


def _provisioning_step(
    name: str,
    plan: IsolationPlan,
    workspace: pulumi.CustomResource,
    names: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> pulumi.Stash:
    """Return a step that is done while the live network is there with all of its rules."""
    parent = opts.parent
    if parent is None:
        raise ValueError("the managed network belongs to a component")

    async def network_instead(declared: Inputs) -> object:
        if UNKNOWN in (declared["workspaceId"], *declared["names"].values()):
            return UNKNOWN
        live = await read_workspace(declared["names"], parent)
        return UNKNOWN if live is None else _network_instead(live, declared["rules"])

    async def run(wanted: Inputs) -> None:
        client = await arm_client(parent)
        workspace_id = wanted["workspaceId"]
        call = partial(provision, client, workspace_id, wanted["rules"])
        try:
            # The workspace's own identity may have been granted its roles in this very run.
            await in_thread(call_until_roles_count, call)
        except ArmError as error:
            raise ArmError(f"the managed network of {workspace_id}: {error}") from error

    return step(
        name,
        {
            "workspaceId": workspace.id,
            "names": dict(names),
            "isolationMode": azure_mode(plan.mode),
            "rules": {rule.name: dict(rule.body) for rule in plan.rules},
        },
        instead=network_instead,
        run=run,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(deleted_with=workspace)),
    )


def provision(client: "ArmClient", workspace_id: str, rules: Mapping[str, Inputs]) -> None:
    """Give a live workspace the rules it lacks, and provision its network where it is not there.

    Where a run that was killed has begun that, its end is waited for.

    Raises:
        ArmError: the workspace is gone, Azure refused, or it stayed busy.
    """
    deadline = time.monotonic() + _BUSY_TIMEOUT_SECONDS
    while True:
        live = client.get(workspace_id, api_versions.MACHINE_LEARNING)
        if live is None:
            raise ArmError(f"{workspace_id} does not exist.")
        try:
            _provision(client, workspace_id, live, rules)
        except ArmError as error:
            if error.status != HTTPStatus.CONFLICT or time.monotonic() > deadline:
                raise
            time.sleep(_LOOK_SECONDS)
        else:
            return


def _provision(
    client: "ArmClient", workspace_id: str, live: Inputs, rules: Mapping[str, Inputs]
) -> None:
    network = live["properties"].get("managedNetwork") or {}
    for name in _missing(network, rules):
        rule_id = f"{workspace_id}/outboundRules/{name}"
        client.put(rule_id, api_versions.MACHINE_LEARNING, {"properties": dict(rules[name])})
    if not _is_active(network):
        action = f"{workspace_id}/provisionManagedNetwork"
        client.run(action, api_versions.MACHINE_LEARNING, {"includeSpark": False})


def _network_instead(live: Inputs, rules: Mapping[str, Inputs]) -> object:
    """Return what a live workspace has of its network; None where nothing is missing."""
    network = live.get("managedNetwork") or {}
    missing = _missing(network, rules)
    if _is_active(network) and not missing:
        return None
    return {"status": network.get("status"), "without": missing}


def _is_active(network: Inputs) -> bool:
    return bool((network.get("status") or {}).get("status") == "Active")


def _missing(network: Inputs, rules: Mapping[str, Inputs]) -> list[str]:
    held = network.get("outboundRules") or {}
    return [name for name in rules if name not in held]
