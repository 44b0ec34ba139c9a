# SPDX-License-Identifier: Apache-2.0
"""Words that settings, catalogue and decisions share, without pydantic, which is loaded late."""

from enum import StrEnum

__all__ = [
    "AUTO",
    "HALF_PRECISION",
    "MAX_INSTANCES",
    "AuthMode",
    "Dtype",
    "IsolationMode",
    "LockKind",
    "Preflight",
    "Profile",
    "WorkspaceIdentity",
]

AUTO = "auto"
"""The SKU that stands for the planner's choice."""
MAX_INSTANCES = 50
"""Instances per deployment (Azure docs, "Manage and increase quotas": online endpoints)."""


class Dtype(StrEnum):
    """How weights are kept."""

    FP16 = "fp16"
    BF16 = "bf16"
    FP8 = "fp8"
    INT8 = "int8"
    INT4_AWQ = "int4-awq"


HALF_PRECISION = frozenset({Dtype.FP16, Dtype.BF16})
"""The types of 16 bits."""


class Profile(StrEnum):
    """What kind of environment a stack is, which decides its defaults."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


class IsolationMode(StrEnum):
    """Where the instances of a workspace may connect to."""

    DISABLED = "disabled"
    """Anywhere: there is no managed network."""
    ALLOW_INTERNET_OUTBOUND = "allow_internet_outbound"
    """Anywhere, from a managed network that reaches private Azure resources too."""
    ALLOW_ONLY_APPROVED_OUTBOUND = "allow_only_approved_outbound"
    """Only where a rule of the managed network says."""


class Preflight(StrEnum):
    """What happens when the subscription has no room for a stack."""

    ENFORCE = "enforce"
    """The run ends before it creates anything."""
    WARN = "warn"
    """It is said, and the run goes on."""
    OFF = "off"
    """Nobody asks."""


class LockKind(StrEnum):
    """What a lock on a resource prevents."""

    NONE = "none"
    """Nothing: there is no lock."""
    CAN_NOT_DELETE = "can_not_delete"
    """Deleting it."""
    READ_ONLY = "read_only"
    """Changing it, too."""


class WorkspaceIdentity(StrEnum):
    """Whose identity a workspace acts with."""

    SYSTEM_ASSIGNED = "system_assigned"
    """One that Azure makes and deletes with the workspace."""
    USER_ASSIGNED = "user_assigned"
    """One of its own resource, which has its roles before the workspace is there."""


class AuthMode(StrEnum):
    """How callers of an endpoint prove who they are."""

    KEY = "key"
    """By a key that does not expire."""
    AML_TOKEN = "aml_token"  # noqa: S105  (the name of a mode)
    """By a token of Azure Machine Learning, which expires."""
    ENTRA_TOKEN = "entra_token"  # noqa: S105  (the name of a mode)
    """By a Microsoft Entra token: no secret of the endpoint's own."""
