# SPDX-License-Identifier: Apache-2.0
"""What changes between old and new inputs, and which changes replace a resource."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from azure_sandbox.provider.metadata import Resource
from azure_sandbox.provider.values import Json

CREATE_BEFORE_DELETE = "__createBeforeDelete"
"""An input that Check adds to resources whose name it made up."""

_ABSENT = object()


class Kind(StrEnum):
    """How one property changes; the names are those of the engine's protocol."""

    ADD = "ADD"
    ADD_REPLACE = "ADD_REPLACE"
    DELETE = "DELETE"
    DELETE_REPLACE = "DELETE_REPLACE"
    UPDATE = "UPDATE"
    UPDATE_REPLACE = "UPDATE_REPLACE"

    @property
    def replaces(self) -> bool:
        """Whether the resource has to be replaced."""
        return self.endswith("_REPLACE")


@dataclass(frozen=True, slots=True)
class Difference:
    """Every changed property by path, and what the engine should do about them.

    `changes` are top-level names, `replaces` the paths that replace the resource.
    """

    kinds: Mapping[str, Kind]
    changes: tuple[str, ...]
    replaces: tuple[str, ...]
    deletes_before_replace: bool


def difference(
    resource: Resource,
    old_inputs: Mapping[str, Json],
    new_inputs: Mapping[str, Json],
    old_outputs: Mapping[str, Json],
) -> Difference:
    """Compares inputs with inputs, never with outputs.

    `old_outputs` only tell whether an added input states what is there already; such an input
    replaces nothing. An added input that equals the type's default is no change at all.
    """
    keys = frozenset(parameter.name for parameter in resource.parameters) | {
        prop.sdk_name for prop in resource.body.properties if prop.force_new
    }
    defaults = {prop.sdk_name: prop.default for prop in resource.body.properties}
    kinds: dict[str, Kind] = {}
    changed: dict[str, None] = {}
    for path, kind in _objects(_comparable(old_inputs), _comparable(new_inputs), keys, "", ""):
        kinds[path] = kind
        if kind is Kind.ADD_REPLACE and new_inputs[path] == old_outputs.get(path, _ABSENT):
            kinds[path] = Kind.ADD
        elif kind is Kind.ADD and defaults.get(path, _ABSENT) == new_inputs.get(path):
            continue
        changed[path.split(".")[0]] = None
    replaces = tuple(path for path, kind in kinds.items() if kind.replaces)
    made_up = old_inputs.get(CREATE_BEFORE_DELETE)
    deletes_first = not made_up if isinstance(made_up, bool) else bool(replaces)
    return Difference(kinds, tuple(changed), replaces, deletes_first)


def _comparable(inputs: Mapping[str, Json]) -> dict[str, Json]:
    """Inputs with everything alike that Azure reads alike."""
    comparable = dict(inputs)
    if isinstance(group := inputs.get("resourceGroupName"), str):
        comparable["resourceGroupName"] = group.casefold()
    if isinstance(location := inputs.get("location"), str):
        comparable["location"] = location.replace(" ", "").lower()
    match inputs.get("sku"):
        case {"name": str(name), "tier": str(tier), **rest} if not rest:
            comparable["sku"] = {
                "name": "Base" if name == "Basic" else name,
                "tier": "Standard" if tier == "Paid" else tier,
            }
    return comparable


def _objects(
    old: Mapping[str, Json], new: Mapping[str, Json], keys: frozenset[str], at: str, rule: str
) -> Iterator[tuple[str, Kind]]:
    for name in [*old, *(name for name in new if name not in old)]:
        if name.startswith("__"):
            continue
        path, key = f"{at}{name}", f"{rule}{name}"
        replaces = "_REPLACE" if key in keys else ""
        if name not in new:
            yield path, Kind(f"DELETE{replaces}")
        elif name not in old:
            yield path, Kind(f"ADD{replaces}")
        else:
            yield from _values(old[name], new[name], keys, path, key)


def _values(
    old: Json, new: Json, keys: frozenset[str], path: str, key: str
) -> Iterator[tuple[str, Kind]]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for inner, kind in _objects(old, new, keys, f"{path}.", f"{key}."):
            updated = kind is Kind.UPDATE and key in keys
            yield inner, Kind.UPDATE_REPLACE if updated else kind
    elif isinstance(old, list) and isinstance(new, list):
        for index, (before, after) in enumerate(zip(old, new, strict=False)):
            yield from _values(before, after, keys, f"{path}[{index}]", f"{key}[]")
        for index in range(len(new), len(old)):
            yield f"{path}[{index}]", Kind.DELETE
        for index in range(len(old), len(new)):
            yield f"{path}[{index}]", Kind.ADD
    else:
        yield path, Kind.UPDATE_REPLACE if key in keys else Kind.UPDATE
