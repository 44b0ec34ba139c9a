# SPDX-License-Identifier: Apache-2.0
"""What a workspace is told of its managed network, as arguments."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.isolation import IsolationPlan
from azure_model_endpoints.planning.outbound_rules import rule_problems, user_rule
from azure_model_endpoints.vocabulary import IsolationMode

__all__ = ["OutboundRuleArgs", "isolation_of"]

_SOME_ID = "/subscriptions/s/resourceGroups/g/providers/known/later"
"""Stands for a resource id that is not known yet: a legal one."""


class OutboundRuleArgs(TypedDict):
    """Where the instances of a workspace may connect to; `type` decides which fields count."""

    type: str
    """``fqdn``, ``service_tag`` or ``private_endpoint``. The first rule of type ``fqdn`` brings an
    Azure Firewall, which is billed by the hour."""
    destination: NotRequired[str]
    """Of ``fqdn``: a host name, for example ``huggingface.co`` or ``*.pytorch.org``."""
    service_tag: NotRequired[str]
    """Of ``service_tag``: its name, for example ``DataFactory`` or ``Storage.eastus``."""
    protocol: NotRequired[str]
    """Of ``service_tag``: ``TCP``, ``UDP``, ``ICMP`` or ``*``; default TCP."""
    port_ranges: NotRequired[str]
    """Of ``service_tag``: ports, for example ``80, 8080-8089``; default 443."""
    service_resource_id: NotRequired[pulumi.Input[str]]
    """Of ``private_endpoint``: Azure resource id of what is connected to."""
    subresource_target: NotRequired[str]
    """Of ``private_endpoint``: part of it, for example ``blob`` or ``vault``."""


def isolation_of(
    path: str, mode: IsolationMode, rules: Mapping[str, OutboundRuleArgs]
) -> tuple[IsolationPlan, list[Problem]]:
    """Return the managed network of a workspace, and everything Azure would have against it.

    Args:
        path: how messages call the rules.
        mode: the isolation mode.
        rules: rules by name, of the right shape.
    """
    given = {name: user_rule(name, rule) for name, rule in rules.items()}
    plain = {name: user_rule(name, _known(rule)) for name, rule in rules.items()}
    return IsolationPlan(mode, tuple(given.values())), rule_problems(path, plain, mode)


def _known(rule: Mapping[str, Any]) -> dict[str, Any]:
    resource_id = rule.get("service_resource_id")
    is_later = resource_id is not None and not isinstance(resource_id, str)
    return {**rule, **({"service_resource_id": f"{_SOME_ID}/{id(rule)}"} if is_later else {})}
