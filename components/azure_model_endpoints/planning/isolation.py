# SPDX-License-Identifier: Apache-2.0
"""The managed network of a workspace: its rules, what contradicts it, and what a change costs."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.outbound_hosts import Needs, needs_of
from azure_model_endpoints.planning.outbound_rules import (
    OutboundRulePlan,
    derived_rule,
    reaches,
    rule_problems,
    user_rule,
)
from azure_model_endpoints.planning.serving import Serving
from azure_model_endpoints.vocabulary import IsolationMode

if TYPE_CHECKING:
    from azure_model_endpoints.workspace_settings import IsolationSettings

__all__ = [
    "ENDPOINT_NETWORK",
    "MANAGED",
    "IsolationPlan",
    "azure_mode",
    "made_before_isolation",
    "mode_of",
    "plan_isolation",
]

ENDPOINT_NETWORK = "ame-network"
"""Tag of an endpoint that was created in a managed network."""
MANAGED = "managed"
"""Value of that tag."""

_AZURE_MODES = {
    IsolationMode.DISABLED: "Disabled",
    IsolationMode.ALLOW_INTERNET_OUTBOUND: "AllowInternetOutbound",
    IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND: "AllowOnlyApprovedOutbound",
}

_REGISTRY_ID = re.compile(r"/registries/(?P<name>[^/]+)/?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IsolationPlan:
    """The managed network that a workspace will have."""

    mode: IsolationMode
    rules: tuple[OutboundRulePlan, ...] = ()
    """The user's own and those that the models and images need, besides what Azure adds itself."""

    @property
    def arguments(self) -> dict[str, Any]:
        """The same as arguments of a `ModelWorkspace`."""
        rules = {rule.name: rule.arguments for rule in self.rules}
        return {"isolation_mode": self.mode, **({"outbound_rules": rules} if rules else {})}

    @property
    def is_isolated(self) -> bool:
        """Whether there is a managed network at all."""
        return self.mode is not IsolationMode.DISABLED

    @property
    def has_firewall(self) -> bool:
        """Whether a rule brings an Azure Firewall."""
        return any(rule.is_fqdn for rule in self.rules)

    @property
    def notices(self) -> tuple[str, ...]:
        """What somebody should know before this network is first created."""
        if not self.is_isolated:
            return ()
        said = [f"Azure cannot take {self.mode} back: it lasts as long as the workspace does."]
        if self.has_firewall:
            hosts = sum(rule.is_fqdn for rule in self.rules)
            said.append(
                f"Outbound rules for {hosts} host names bring an Azure Firewall (Standard), which "
                "is billed by the hour for as long as there is one of them."
            )
        return tuple(said)


def plan_isolation(
    path: str,
    settings: "IsolationSettings",
    servings: Iterable[tuple[str, Serving | None]],
    *,
    is_private: bool,
) -> tuple[IsolationPlan, list[Problem]]:
    """Return a managed network, and everything Azure would have against it.

    Args:
        path: how messages call the settings.
        settings: what was said of it.
        servings: how each deployment serves its model, by the path of the deployment.
        is_private: whether the workspace and what it stands on refuse the internet.
    """
    rules_path = f"{path}.outbound_rules"
    own = {
        name: user_rule(name, rule.model_dump()) for name, rule in settings.outbound_rules.items()
    }
    problems = rule_problems(rules_path, own, settings.mode)
    needs = [(where, needs_of(serving)) for where, serving in servings if serving]
    match settings.mode:
        case IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND:
            problems += _unreachable_registries(needs, own.values(), rules_path)
            rules = (*own.values(), *_derived(needs, own))
        case IsolationMode.DISABLED if is_private:
            problems += _without_network(f"{path}.mode", needs)
            rules = ()
        case _:
            rules = tuple(own.values())
    return IsolationPlan(settings.mode, rules), problems


def azure_mode(mode: IsolationMode) -> str:
    """Return Azure's word for a mode."""
    return _AZURE_MODES[mode]


def mode_of(workspace: Mapping[str, Any]) -> IsolationMode:
    """Return the mode of a live workspace, in the shape of the azure-native provider."""
    word = (workspace.get("managedNetwork") or {}).get("isolationMode") or "Disabled"
    by_word = {azure: mode for mode, azure in _AZURE_MODES.items()}
    return by_word.get(word, IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND)


def made_before_isolation(declared: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Return whether a live endpoint is older than the managed network it is declared to be in."""
    tags = live.get("tags") or {}
    return ENDPOINT_NETWORK in (declared.get("tags") or {}) and ENDPOINT_NETWORK not in tags


def _derived(
    needs: Iterable[tuple[str, Needs]], own: Mapping[str, OutboundRulePlan]
) -> Iterator[OutboundRulePlan]:
    """Give a rule for each host that some deployment needs and no rule of the user's reaches."""
    reasons: dict[str, list[str]] = {}
    for where, need in needs:
        for host, what in need.hosts.items():
            reasons.setdefault(host, []).append(f"{where} for {what}")
    for host, needed_by in reasons.items():
        if not any(reaches(rule, host) for rule in own.values()):
            yield derived_rule(host, taken=own, needed_by=tuple(needed_by))


def _unreachable_registries(
    needs: Iterable[tuple[str, Needs]], own: Iterable[OutboundRulePlan], rules_path: str
) -> Iterator[Problem]:
    """Give the problem of each image in an Azure registry that nothing leads to.

    Azure keeps layers in storage, which FQDN rules do not reach.
    """
    targets = [rule.body["destination"] for rule in own if rule.is_private]
    found = [_REGISTRY_ID.search(target["serviceResourceId"]) for target in targets]
    reached = {match["name"].lower() for match in found if match}
    for where, need in needs:
        if need.azure_registry and need.azure_registry not in reached:
            yield Problem(
                f"{where}.vllm.image",
                f"an image in {need.azure_registry}.azurecr.io, which approved outbound does not "
                "reach",
                "an image in the workspace's own registry ({registry}/…)",
                f"Copy it with `az acr import`, or add a rule of type private_endpoint for the "
                f"registry to {rules_path}.",
            )


def _without_network(path: str, needs: Iterable[tuple[str, Needs]]) -> Iterator[Problem]:
    """Give the problem of a private workspace whose instances have no way to what they need.

    Azure docs, "Network isolation with managed online endpoints": without a managed network an
    instance that does not use the internet reaches the workspace, its storage and its registry.
    """
    isolated = [mode.value for mode in IsolationMode if mode is not IsolationMode.DISABLED]
    stranded = [where for where, need in needs if need.hosts or need.azure_registry]
    if stranded:
        yield Problem(
            path,
            f"'disabled' in a private workspace, where {', '.join(stranded)} could not fetch "
            "its model",
            " or ".join(isolated),
            "Choose a mode, or serve models that are registered in the workspace with an image "
            "of its registry.",
        )
