# SPDX-License-Identifier: Apache-2.0
"""One outbound rule of a managed network: what it says to Azure, and what is wrong with it."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.vocabulary import IsolationMode

__all__ = ["OutboundRulePlan", "derived_rule", "reaches", "rule_problems", "user_rule"]

_FQDN, _SERVICE_TAG, _PRIVATE_ENDPOINT = "FQDN", "ServiceTag", "PrivateEndpoint"

# Azure docs, "Workspace managed virtual network isolation". `__SYS_` begins Azure's own names.
_NAME = re.compile(r"(?!__SYS_)[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})+")
_STORAGE = re.compile(
    r".+\.(blob|file|dfs|queue|table|web)\.core\.(windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)"
)
_PORT = r"\d{1,5}(-\d{1,5})?"
_PORTS = re.compile(rf"\*|{_PORT}(\s*,\s*{_PORT})*")
_LAST_PORT = 65535
_PROTOCOLS = ("TCP", "UDP", "ICMP", "*")
_RESOURCE_ID = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[^/]+(/[^/]+/[^/]+)+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class OutboundRulePlan:
    """One rule, as Azure is told it."""

    name: str
    body: Mapping[str, Any]
    """Its properties in Azure's shape."""
    needed_by: tuple[str, ...] = ()
    """Which deployments need it, and what for; empty for a rule of the user's own."""

    @property
    def arguments(self) -> dict[str, Any]:
        """The rule as an argument of a `ModelWorkspace`."""
        destination = self.body["destination"]
        if self.is_fqdn:
            return {"type": "fqdn", "destination": destination}
        if self.is_private:
            return {
                "type": "private_endpoint",
                "service_resource_id": destination["serviceResourceId"],
                "subresource_target": destination["subresourceTarget"],
            }
        return {
            "type": "service_tag",
            "service_tag": destination["serviceTag"],
            "protocol": destination["protocol"],
            "port_ranges": destination["portRanges"],
        }

    @property
    def is_fqdn(self) -> bool:
        """Whether it is for a host name."""
        return bool(self.body["type"] == _FQDN)

    @property
    def is_private(self) -> bool:
        """Whether it is a private endpoint."""
        return bool(self.body["type"] == _PRIVATE_ENDPOINT)


def user_rule(name: str, given: Mapping[str, Any]) -> OutboundRulePlan:
    """Return a rule from what was written in the settings or in arguments.

    Args:
        name: of the rule.
        given: its fields; those of `workspace_settings.OutboundRule`, some of which have defaults.
    """
    destination: Any
    match given["type"]:
        case "fqdn":
            kind, destination = _FQDN, given["destination"]
        case "service_tag":
            kind = _SERVICE_TAG
            destination = {
                "serviceTag": given["service_tag"],
                "protocol": given.get("protocol", "TCP"),
                "portRanges": given.get("port_ranges", "443"),
            }
        case _:
            kind = _PRIVATE_ENDPOINT
            destination = {
                "serviceResourceId": given["service_resource_id"],
                "subresourceTarget": given["subresource_target"],
                "sparkEnabled": False,
            }
    return OutboundRulePlan(name, _body(kind, destination))


def derived_rule(
    host: str, *, taken: Collection[str], needed_by: tuple[str, ...]
) -> OutboundRulePlan:
    """Return the rule for a host that deployments need, under a name that follows from it."""
    label = re.sub(r"[^a-z0-9]+", "-", host.replace("*", "any")).strip("-")
    name = f"ame-{label}"
    while name in taken:
        name += "-2"
    return OutboundRulePlan(name, _body(_FQDN, host), needed_by)


def reaches(rule: OutboundRulePlan, host: str) -> bool:
    """Return whether a rule lets instances connect to a host, or to all that a wildcard means."""
    if not rule.is_fqdn:
        return False
    allowed = str(rule.body["destination"]).lower()
    return host == allowed or (allowed.startswith("*.") and host.endswith(allowed[1:]))


def rule_problems(
    path: str, rules: Mapping[str, OutboundRulePlan], mode: IsolationMode
) -> list[Problem]:
    """Return everything Azure would have against a user's rules in a mode."""
    problems: list[Problem] = []
    destinations: dict[str, str] = {}
    for name, rule in rules.items():
        where = f"{path}.{name}"
        problems += _contradiction(where, rule, mode)
        problems += _malformed(where, rule)
        key = repr(rule.body["destination"]).lower()
        if key in destinations:
            given = f"the destination of {path}.{destinations[key]} once more"
            problems.append(Problem(where, given, "one rule per destination", "Remove one."))
        destinations[key] = name
    return problems


def _contradiction(path: str, rule: OutboundRulePlan, mode: IsolationMode) -> Iterator[Problem]:
    approved = IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND
    if mode is IsolationMode.DISABLED:
        given = "an outbound rule in a workspace without a managed network"
        remedy = "Remove the rule, or choose another isolation.mode."
        yield Problem(path, given, f"outbound rules in {_modes()}", remedy)
    elif mode is not approved and not rule.is_private:
        yield Problem(
            path,
            f"a rule of type {_word(rule)} with the mode {mode}, which reaches the internet anyway",
            f"rules of type private_endpoint, or the mode {approved}",
            "Remove the rule, or narrow the mode.",
        )


def _malformed(path: str, rule: OutboundRulePlan) -> Iterator[Problem]:
    if not _NAME.fullmatch(rule.name):
        rule_text = "up to 80 letters, digits, dashes and underscores, not beginning with __SYS_"
        yield Problem(path, f"a rule named {rule.name!r}", rule_text, "Rename the rule.")
    destination = rule.body["destination"]
    match rule.body["type"]:
        case "FQDN":
            yield from _malformed_host(f"{path}.destination", destination)
        case "ServiceTag":
            yield from _malformed_service_tag(path, destination)
        case _:
            yield from _malformed_endpoint(path, destination)


def _malformed_host(path: str, host: str) -> Iterator[Problem]:
    if _STORAGE.fullmatch(host.lower()):
        yield Problem(
            path,
            repr(host),
            "a host other than those of Azure Storage, which such rules do not reach",
            "Use a rule of type private_endpoint with the storage account's resource id.",
        )
    elif not _HOST.fullmatch(host.lower()):
        rule = "a host name, such as pytorch.org or *.pytorch.org"
        remedy = "Write it without a scheme, a port or a path: only ports 80 and 443 are reached."
        yield Problem(path, repr(host), rule, remedy)


def _malformed_service_tag(path: str, destination: Mapping[str, str]) -> Iterator[Problem]:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)*", destination["serviceTag"]):
        rule = "the name of a service tag, such as DataFactory or Storage.eastus"
        remedy = "See `az network list-service-tags --location REGION`."
        yield Problem(f"{path}.service_tag", repr(destination["serviceTag"]), rule, remedy)
    if destination["protocol"] not in _PROTOCOLS:
        given = repr(destination["protocol"])
        yield Problem(f"{path}.protocol", given, ", ".join(_PROTOCOLS), "Choose one of them.")
    if not _are_ports(destination["portRanges"]):
        rule = "ports from 0 to 65535 and ranges of them, such as 80, 8080-8089, or *"
        yield Problem(f"{path}.port_ranges", repr(destination["portRanges"]), rule, "Correct it.")


def _malformed_endpoint(path: str, destination: Mapping[str, str]) -> Iterator[Problem]:
    if not _RESOURCE_ID.fullmatch(destination["serviceResourceId"]):
        given = repr(destination["serviceResourceId"])
        rule = "an Azure resource id: /subscriptions/…/resourceGroups/…/providers/…"
        remedy = "Copy it from `az resource show --query id`."
        yield Problem(f"{path}.service_resource_id", given, rule, remedy)
    if not re.fullmatch(r"[A-Za-z0-9_]+", destination["subresourceTarget"]):
        given = repr(destination["subresourceTarget"])
        rule = "a group id of private link, such as blob, vault or registry"
        remedy = "See `az network private-link-resource list --id RESOURCE_ID`."
        yield Problem(f"{path}.subresource_target", given, rule, remedy)


def _are_ports(text: str) -> bool:
    if not _PORTS.fullmatch(text):
        return False
    ranges = [part.strip().split("-") for part in text.split(",") if part.strip() != "*"]
    return all(int(low[0]) <= int(low[-1]) <= _LAST_PORT for low in ranges)


def _body(kind: str, destination: Any) -> dict[str, Any]:
    return {"type": kind, "destination": destination, "category": "UserDefined"}


def _word(rule: OutboundRulePlan) -> str:
    return "fqdn" if rule.is_fqdn else "service_tag"


def _modes() -> str:
    return " or ".join(mode.value for mode in IsolationMode if mode is not IsolationMode.DISABLED)
