# SPDX-License-Identifier: Apache-2.0
"""Network security groups and their rules."""

import uuid
from collections.abc import Sequence
from typing import ClassVar

from azure_sandbox.arm import lro
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.rules import one_of
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.network.network_resource import (
    NetworkResource,
    with_properties,
    without,
)
from azure_sandbox.namespaces.network.references import id_at
from azure_sandbox.namespaces.network.versions import SECURITY_GROUPS, SUBNETS

_DIRECTIONS = ("Inbound", "Outbound")
_ACCESS = ("Allow", "Deny")
_PROTOCOLS = ("Tcp", "Udp", "Icmp", "Esp", "Ah", "*")
_PRIORITIES = (100, 4096)
_DEFAULT_RULES: Sequence[tuple[str, int, str, str, str, str]] = (
    ("AllowVnetInBound", 65000, "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    ("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "AzureLoadBalancer", "*"),
    ("DenyAllInBound", 65500, "Inbound", "Deny", "*", "*"),
    ("AllowVnetOutBound", 65000, "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    ("AllowInternetOutBound", 65001, "Outbound", "Allow", "*", "Internet"),
    ("DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*"),
)
"""Azure docs, network-security-groups-overview."""


class SecurityGroups(NetworkResource):
    """`networkSecurityGroups`, with their rules inside."""

    path = "networkSecurityGroups"
    computed = ("subnets",)
    on_put: ClassVar[Lro] = lro.async_operation(5)
    on_delete: ClassVar[Lro] = lro.location(5)

    def completed(self, tx: Transaction, resource: Resource) -> Resource:
        """The group with the subnets that it guards."""
        guarded = [{"id": subnet} for subnet in _subnets_of(tx, resource)]
        return with_properties(resource, {"subnets": guarded}) if guarded else resource

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """The group with its own rules and those that every group has."""
        given = (call.body.get("properties") or {}).get("securityRules")
        held = existing.properties["securityRules"] if existing else []
        group_id = call.target.path
        rules = held if given is None else [_rule(group_id, item) for item in given]
        _check_priorities(rules)
        return {
            "properties": {
                "resourceGuid": (
                    existing.properties["resourceGuid"] if existing else str(uuid.uuid4())
                ),
                "securityRules": rules,
                "defaultSecurityRules": [_default_rule(group_id, *row) for row in _DEFAULT_RULES],
            }
        }

    def patched(self, call: Call, existing: Resource) -> JsonObject:
        """Only tags can be patched."""
        return {**existing.body, "tags": call.body.get("tags", existing.body.get("tags", {}))}

    def check_delete(self, call: Call, existing: Resource) -> None:
        """A group that guards a subnet stays."""
        guarded = _subnets_of(call.tx, existing)
        if guarded:
            raise ArmError(
                400,
                "InUseNetworkSecurityGroupCannotBeDeleted",
                f"Network security group {existing.id} cannot be deleted because it is in use by "
                f"the following resources: {', '.join(guarded)}. In order to delete the Network "
                "security group, remove the association with the resource(s). To learn how to do "
                "this, see aka.ms/deletensg.",
            )


def _subnets_of(tx: Transaction, group: Resource) -> list[str]:
    return [
        subnet.id
        for subnet in tx.of_type(SUBNETS)
        if id_at(subnet.body, "properties.networkSecurityGroup").lower() == group.key
    ]


def _rule(group_id: str, given: JsonObject) -> JsonObject:
    name = given.get("name")
    rule = without(given.get("properties") or {}, ("provisioningState",))
    for property_name, allowed in (
        ("direction", _DIRECTIONS),
        ("access", _ACCESS),
        ("protocol", _PROTOCOLS),
    ):
        value = one_of(rule, property_name, allowed, "SecurityRuleInvalid")
        if value is None:
            text = f"Security rule {name} has no {property_name}."
            raise ArmError(400, "SecurityRuleParameterMissing", text)
        rule[property_name] = value
    lowest, highest = _PRIORITIES
    priority = rule.get("priority")
    if not isinstance(priority, int) or not lowest <= priority <= highest:
        raise ArmError(
            400,
            "SecurityRuleInvalidPriority",
            f"Security rule has invalid Priority. Value provided: {priority} Allowed range "
            f"{lowest}-{highest}. To learn more, see https://aka.ms/nsgrules",
        )
    return _shown_rule(group_id, "securityRules", str(name), rule)


def _check_priorities(rules: Sequence[JsonObject]) -> None:
    seen: dict[tuple[str, int], str] = {}
    for rule in rules:
        place = (rule["properties"]["direction"], rule["properties"]["priority"])
        if place in seen:
            raise ArmError(
                400,
                "SecurityRuleConflict",
                f"Security rule {rule['name']} conflicts with rule {seen[place]}. Rules cannot "
                "have the same Priority and Direction. To learn more about the usage of priority "
                "and direction, see https://aka.ms/nsgrules",
            )
        seen[place] = rule["name"]


def _default_rule(  # noqa: PLR0913, PLR0917  (the columns of a table)
    group_id: str,
    name: str,
    priority: int,
    direction: str,
    access: str,
    source: str,
    destination: str,
) -> JsonObject:
    rule = {
        "protocol": "*",
        "sourcePortRange": "*",
        "destinationPortRange": "*",
        "sourceAddressPrefix": source,
        "destinationAddressPrefix": destination,
        "access": access,
        "priority": priority,
        "direction": direction,
    }
    return _shown_rule(group_id, "defaultSecurityRules", name, rule)


def _shown_rule(group_id: str, kind: str, name: str, rule: JsonObject) -> JsonObject:
    return {
        "name": name,
        "id": f"{group_id}/{kind}/{name}",
        "type": f"{SECURITY_GROUPS}/{kind}",
        "properties": {"provisioningState": "Succeeded", **rule},
    }
