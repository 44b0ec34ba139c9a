# SPDX-License-Identifier: Apache-2.0
"""What an outbound rule of a managed network may say (Azure docs, how-to-managed-network)."""

import re
from collections.abc import Mapping

from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.violations import Violation
from azure_sandbox.namespaces.network.link_targets import groups_of

APPROVED_ONLY, INTERNET = "AllowOnlyApprovedOutbound", "AllowInternetOutbound"
FQDN, PRIVATE_ENDPOINT, SERVICE_TAG = _TYPES = "FQDN", "PrivateEndpoint", "ServiceTag"
USER_DEFINED, REQUIRED = "UserDefined", "Required"
SYSTEM_PREFIX = "__SYS_"

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})+")
_STORAGE = re.compile(r".*\.(?:blob|file|dfs|queue|table|web)\.core\.windows\.net")
_PORTS = re.compile(r"\*|\d{1,5}(?:-\d{1,5})?(?:\s*,\s*\d{1,5}(?:-\d{1,5})?)*")
_PROTOCOLS = ("TCP", "UDP", "ICMP", "*")
_ACTIONS = ("Allow", "Deny")


def check_rule(tx: Transaction, name: str, mode: str, given: JsonObject) -> list[Violation]:
    """Check a rule that a user gives to a network of an isolation mode."""
    problem = _head_problem(name, mode, given)
    if problem:
        return [Violation("OutboundRules", problem)]
    destination = given.get("destination")
    if given["type"] == FQDN:
        return _check_domains(name, destination)
    if not isinstance(destination, dict):
        return [Violation("OutboundRules", f"The destination of outbound rule {name} is missing.")]
    if given["type"] == SERVICE_TAG:
        return _check_service_tag(name, destination)
    return _check_private_endpoint(tx, name, destination)


def check_unique(rules: Mapping[str, JsonObject]) -> list[Violation]:
    """Check that no two rules lead to the same place."""
    seen: dict[tuple[str, str], str] = {}
    violations = []
    for name, rule in rules.items():
        place = _place(rule)
        if place in seen:
            text = f"Outbound rule {name} has the same destination as {seen[place]}."
            violations.append(Violation("OutboundRules", text))
        seen[place] = name
    return violations


def completed_rule(given: JsonObject) -> JsonObject:
    """Return a user's rule with what the service adds."""
    rule: JsonObject = {
        "type": given["type"],
        "destination": given["destination"],
        "category": USER_DEFINED,
        "status": "Inactive",
    }
    if given["type"] == PRIVATE_ENDPOINT:
        defaults = {"sparkEnabled": False, "sparkStatus": "Inactive"}
        rule["destination"] = {**defaults, **given["destination"]}
    if given["type"] == SERVICE_TAG:
        rule["destination"] = {"action": "Allow", "addressPrefixes": [], **given["destination"]}
    return rule


def domains_of(rule: JsonObject) -> list[str]:
    """Return the domains of an FQDN rule, which may list several separated by commas."""
    return [one.strip().lower() for one in str(rule["destination"]).split(",") if one.strip()]


def covers(domain: str, host: str) -> bool:
    """Return whether a domain of a rule lets a host through: itself, or all below a wildcard."""
    if domain.startswith("*."):
        return host.endswith(domain[1:])
    return host == domain


def target_of(tx: Transaction, rule: JsonObject) -> Resource | None:
    """Return the resource that a private endpoint rule leads to."""
    return tx.get(str(rule["destination"].get("serviceResourceId")))


def _head_problem(name: str, mode: str, given: JsonObject) -> str:
    """What is wrong with a rule before its destination is looked at."""
    kind = given.get("type")
    problem = ""
    if name.upper().startswith(SYSTEM_PREFIX):
        problem = f"The name {name} is reserved for rules that the service makes itself."
    elif given.get("category") not in {None, USER_DEFINED}:
        problem = f"The category of outbound rule {name} must be {USER_DEFINED}."
    elif kind not in _TYPES:
        problem = (
            f"The type of outbound rule {name} is {kind!r}; it must be one of {', '.join(_TYPES)}."
        )
    elif mode not in {APPROVED_ONLY, INTERNET}:
        problem = f"Outbound rule {name} needs a managed network; isolation is {mode}."
    elif mode == INTERNET and kind != PRIVATE_ENDPOINT:
        problem = (
            f"Outbound rule {name} has the type {kind}. Only {PRIVATE_ENDPOINT} outbound rules are "
            f"supported when the isolation mode of the managed network is {INTERNET}."
        )
    return problem


def _place(rule: JsonObject) -> tuple[str, str]:
    destination = rule["destination"]
    if rule["type"] == PRIVATE_ENDPOINT:
        resource = str(destination["serviceResourceId"]).lower()
        return rule["type"], f"{resource} {destination['subresourceTarget']}".lower()
    if rule["type"] == FQDN:
        return rule["type"], ",".join(sorted(domains_of(rule)))
    parts = ("serviceTag", "protocol", "portRanges", "addressPrefixes", "action")
    return rule["type"], " ".join(str(destination.get(part)) for part in parts).lower()


def _check_domains(name: str, destination: object) -> list[Violation]:
    domains = domains_of({"destination": destination}) if isinstance(destination, str) else []
    if not domains or not all(_DOMAIN.fullmatch(domain) for domain in domains):
        text = (
            f"The destination of outbound rule {name} is {destination!r}; it must be a domain, "
            "such as pytorch.org or *.pytorch.org."
        )
        return [Violation("OutboundRules", text)]
    if any(_STORAGE.fullmatch(domain) for domain in domains):
        text = (
            f"Outbound rule {name} leads to {destination}. FQDN rules do not reach storage "
            f"accounts; use a rule of type {PRIVATE_ENDPOINT}."
        )
        return [Violation("OutboundRules", text)]
    return []


def _check_service_tag(name: str, destination: JsonObject) -> list[Violation]:
    problems = []
    if not destination.get("serviceTag") and not destination.get("addressPrefixes"):
        problems.append("names no serviceTag")
    if str(destination.get("protocol")).upper() not in _PROTOCOLS:
        problems.append(f"has the protocol {destination.get('protocol')!r}")
    if not _PORTS.fullmatch(str(destination.get("portRanges"))):
        problems.append(f"has the port ranges {destination.get('portRanges')!r}")
    if destination.get("action", "Allow") not in _ACTIONS:
        problems.append(f"has the action {destination.get('action')!r}")
    text = f"Outbound rule {name} {{}}."
    return [Violation("OutboundRules", text.format(problem)) for problem in problems]


def _check_private_endpoint(tx: Transaction, name: str, destination: JsonObject) -> list[Violation]:
    resource_id, group = destination.get("serviceResourceId"), destination.get("subresourceTarget")
    target = tx.get(str(resource_id))
    if target is None:
        text = f"Outbound rule {name} leads to {resource_id}, which does not exist."
        return [Violation("OutboundRules", text)]
    groups = groups_of(target)
    if groups is None or group not in groups:
        allowed = ", ".join(groups or ()) or "none"
        text = (
            f"Outbound rule {name} has the subresource target {group!r}; a resource of type "
            f"{target.type} has: {allowed}."
        )
        return [Violation("OutboundRules", text)]
    return []
