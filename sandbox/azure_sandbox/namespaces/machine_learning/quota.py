# SPDX-License-Identifier: Apache-2.0
"""vCPU quota of online deployments (Azure docs, how-to-manage-quotas)."""

from collections.abc import Iterable
from dataclasses import dataclass

from azure_sandbox.namespaces.machine_learning.violations import Violation
from azure_sandbox.namespaces.machine_learning.vm_sizes import VmSize


@dataclass(frozen=True, slots=True)
class Footprint:
    """The instances that one deployment holds."""

    size: VmSize
    instances: int

    @property
    def vcpus(self) -> int:
        """The vCPUs it takes from its family's quota."""
        return needed_vcpus(self.size, self.instances)


def needed_vcpus(size: VmSize, instances: int) -> int:
    """Return the vCPUs of quota that a number of instances needs.

    Azure reserves a fifth more instances for upgrades and recovery, except on the sizes of the
    families that skip the reserve: `ceil(1.2 * n)` instances, here in integers.
    """
    reserved = instances if size.family.skips_reserve else (6 * instances + 4) // 5
    return reserved * size.vcpus


def used_vcpus(footprints: Iterable[Footprint], family_key: str) -> int:
    """Return the vCPUs that deployments take from one family."""
    return sum(f.vcpus for f in footprints if f.size.family.key == family_key)


def check_quota(
    wanted: Footprint,
    held: Footprint | None,
    *,
    used: int,
    limit: int,
    whose: str,
) -> list[Violation]:
    """Check that the family still has the vCPUs a deployment asks for.

    `held` is what the deployment has already; `used` counts it; `whose` names the subscription, or
    the workspace, whose limit it is. The text is the one Azure answers with
    (MicrosoftLearning/mslearn-azure-ml issue 30).
    """
    additional = wanted.vcpus - (held.vcpus if held else 0)
    if additional <= 0 or used + additional <= limit:
        return []
    return [
        Violation(
            "VmSize",
            f"Not enough quota available for {wanted.size.name} in {whose}. "
            f"Current usage/limit: {used}/{limit}. Additional needed: {additional} "
            "Please see troubleshooting guide, available here: "
            "https://aka.ms/oe-tsg#error-outofquota",
        )
    ]
