# SPDX-License-Identifier: Apache-2.0
"""Names for resources whose program gives none."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from azure_sandbox.provider.diff import CREATE_BEFORE_DELETE
from azure_sandbox.provider.metadata import Parameter
from azure_sandbox.provider.values import Json

_RANDOM_HEX_DIGITS = 8


class Mode(Enum):
    """What the engine's autonaming configuration asks for."""

    PROPOSE = 0
    ENFORCE = 1
    DISABLE = 2


@dataclass(frozen=True, slots=True)
class Proposal:
    """The name that the engine's autonaming configuration arrives at."""

    name: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class Name:
    """A name, and whether it was made up, so that a replacement can exist beside the original."""

    value: Json
    made_up: bool


def automatic_name(
    parameter: Parameter,
    logical_name: str,
    random_seed: bytes,
    proposal: Proposal | None,
    old_inputs: Mapping[str, Json],
) -> Name | None:
    """Chooses a name: the old one, else the engine's proposal, else by the type's strategy.

    Returns None when the program has to name the resource itself.
    """
    if parameter.name in old_inputs:
        return Name(old_inputs[parameter.name], old_inputs.get(CREATE_BEFORE_DELETE) is True)
    if proposal is not None and proposal.mode is Mode.DISABLE:
        return None
    if proposal is not None and (proposal.mode is Mode.ENFORCE or parameter.autoname != "uuid"):
        return Name(proposal.name, made_up=True)
    if parameter.autoname == "copy":
        return Name(logical_name, made_up=False)
    digits = hashlib.sha256(random_seed or uuid.uuid4().bytes).hexdigest()
    if parameter.autoname == "uuid":
        return Name(str(uuid.UUID(digits[:32])), made_up=True)
    return Name(f"{logical_name}{digits[:_RANDOM_HEX_DIGITS]}", made_up=True)
