# SPDX-License-Identifier: Apache-2.0
"""Locks against deleting or changing resources by accident, whoever tries."""

from typing import TypedDict

import pulumi
from pulumi_azure_native import authorization

from azure_model_endpoints.arguments import ArgumentsError
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.vocabulary import LockKind

__all__ = ["ResourceLocks", "ResourceLocksArgs"]

_LEVELS = {
    LockKind.CAN_NOT_DELETE: authorization.LockLevel.CAN_NOT_DELETE,
    LockKind.READ_ONLY: authorization.LockLevel.READ_ONLY,
}


class ResourceLocksArgs(TypedDict):
    """The arguments of `ResourceLocks`."""

    kind: LockKind
    """``can_not_delete`` or ``read_only``; with ``none`` there are no locks."""
    resource_ids: dict[str, pulumi.Input[str]]
    """Azure resource ids of what to lock, each under a name of its own."""


class ResourceLocks(pulumi.ComponentResource):
    """A lock on each of some resources, and so on everything in them.

    Assumptions:

    - It is created last, with everything that lives in the locked resources in ``depends_on``: then
      a ``destroy`` takes the locks away first. A grant on a locked resource cannot be deleted
      either.
    - A workspace is not among them. The lock would be on its endpoints and deployments too, and no
      roll-out could remove the old deployment.
    """

    def __init__(
        self, name: str, args: ResourceLocksArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Lock resources.

        Args:
            name: what the program calls the locks.
            args: which resources, and against what.
            opts: the usual options.

        Raises:
            ArgumentsError: there is no such kind of lock.
        """
        super().__init__("azure-model-endpoints:index:ResourceLocks", name, {}, opts)
        kind = _kind(name, args["kind"])
        # Children do not inherit what their component waits for.
        child = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        for label, resource_id in args["resource_ids"].items() if kind in _LEVELS else ():
            authorization.ManagementLockByScope(
                f"{name}-{label}",
                lock_name=f"lock-{name}",
                scope=resource_id,
                level=_LEVELS[kind],
                notes="Set by the stack that made this resource; change it there.",
                opts=child,
            )
        self.register_outputs({})


def _kind(name: str, given: str) -> LockKind:
    try:
        return LockKind(given)
    except ValueError:
        problem = Problem(f"{name}.kind", repr(given), ", ".join(LockKind), "Choose one.")
        raise ArgumentsError([problem], source=name) from None
