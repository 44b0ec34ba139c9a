# SPDX-License-Identifier: Apache-2.0
"""Where the instances of a deployment can get to: what they pull, download and read."""

from collections.abc import Sequence
from dataclasses import dataclass

from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning import managed_network
from azure_sandbox.namespaces.machine_learning.container_images import Image
from azure_sandbox.namespaces.machine_learning.outbound_rule_body import (
    APPROVED_ONLY,
    FQDN,
    PRIVATE_ENDPOINT,
    SERVICE_TAG,
    covers,
    domains_of,
)
from azure_sandbox.namespaces.network.link_targets import REGISTRIES, STORAGE_ACCOUNTS, VAULTS

HUB_HOSTS = ("huggingface.co", "cdn-lfs.huggingface.co")
"""Azure docs, how-to-network-isolation-model-catalog."""
PACKAGE_HOSTS = (
    "conda.anaconda.org",
    "repo.anaconda.com",
    "anaconda.com",
    "pypi.org",
    "files.pythonhosted.org",
    "download.pytorch.org",
    "pytorch.org",
)
"""Hosts of the domains that curated language models install their dependencies from (same page).

Models of the Meta collection need none.
"""
_PUBLIC_HUB = "docker.io"
_PUBLIC_HUB_HOSTS = (("docker.io", "registry-1.docker.io"), ("production.cloudflare.docker.com",))
_MICROSOFTS_REGISTRY = "mcr.microsoft.com"
"""Reached by the service tag MicrosoftContainerRegistry, which is a required rule."""
_TAGS = {
    STORAGE_ACCOUNTS: ("Storage",),
    VAULTS: ("AzureKeyVault",),
    REGISTRIES: ("AzureContainerRegistry",),
}


@dataclass(frozen=True, slots=True)
class Egress:
    """The way out of the instances of one deployment, by what the network lets through now."""

    mode: str
    private_access: bool
    """Whether the deployment has the older kind of private egress."""
    rules: tuple[JsonObject, ...]
    """The outbound rules in force."""

    def reaches_host(self, *names: str) -> bool:
        """Return whether a host on the internet can be reached by any of its names."""
        if self.private_access:
            return False
        if self.mode != APPROVED_ONLY:
            return True
        domains = [domain for rule in self._of_type(FQDN) for domain in domains_of(rule)]
        return any(covers(domain, name) for domain in domains for name in names)

    def missing_hosts(self, hosts: Sequence[str]) -> list[str]:
        """Return those hosts that cannot be reached."""
        return [host for host in hosts if not self.reaches_host(host)]

    def reaches(self, target: Resource, group: str, host: str = "") -> bool:
        """Return whether a resource can be reached, over the internet or privately."""
        if self.private_access:  # its private endpoints lead to everything of the workspace
            return True
        for rule in self._of_type(PRIVATE_ENDPOINT):
            destination = rule["destination"]
            same = str(destination["serviceResourceId"]).lower() == target.key
            if same and destination["subresourceTarget"] == group:
                return True
        if str(target.properties.get("publicNetworkAccess")).lower() == "disabled":
            return False
        if self.mode != APPROVED_ONLY:
            return True
        return self._has_tag(target) or bool(host and self.reaches_host(host))

    def can_pull(self, tx: Transaction, image: Image) -> bool:
        """Return whether a container image can be pulled from its registry.

        With the older kind of private egress that is taken for granted.
        """
        if self.private_access:
            return True
        if image.azure_registry is not None:
            found = tx.named(REGISTRIES, image.azure_registry)
            return bool(found) and self.reaches(found[0], "registry", image.host)
        if self.mode == APPROVED_ONLY and image.host == _MICROSOFTS_REGISTRY:
            return True
        if image.host == _PUBLIC_HUB:
            return all(self.reaches_host(*names) for names in _PUBLIC_HUB_HOSTS)
        return self.reaches_host(image.host.partition(":")[0])

    def _has_tag(self, target: Resource) -> bool:
        tags = _TAGS.get(target.type, ())
        wanted = {name.lower() for tag in tags for name in (tag, f"{tag}.{target.location}")}
        return any(
            str(rule["destination"].get("serviceTag")).lower() in wanted
            and rule["destination"].get("action") == "Allow"
            for rule in self._of_type(SERVICE_TAG)
        )

    def _of_type(self, kind: str) -> list[JsonObject]:
        return [rule for rule in self.rules if rule["type"] == kind]


def egress_of(tx: Transaction, workspace: Resource, deployment: JsonObject) -> Egress:
    """Return the way out of a deployment with these properties."""
    network = managed_network.owner(tx, workspace)
    mode = managed_network.mode_of(network.properties)
    rules = managed_network.rules_of(tx, network).values()
    return Egress(
        mode=mode,
        private_access=deployment.get("egressPublicNetworkAccess") == managed_network.DISABLED,
        rules=tuple(rule.properties for rule in rules if rule.properties["status"] == "Active"),
    )
