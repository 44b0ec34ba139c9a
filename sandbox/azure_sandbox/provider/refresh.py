# SPDX-License-Identifier: Apache-2.0
"""Inputs of resources as they are in Azure: for an import, and for a refresh."""

import copy
import re
from collections.abc import Mapping
from typing import Any

from azure_sandbox.provider.body import lookup, maintained_paths
from azure_sandbox.provider.errors import ProviderError
from azure_sandbox.provider.metadata import Resource
from azure_sandbox.provider.outputs import Types, outputs_of, projected_inputs
from azure_sandbox.provider.values import Json


def imported_inputs(
    resource: Resource, types: Types, resource_id: str, response: Mapping[str, Any]
) -> dict[str, Json]:
    """Inputs that would recreate a resource which no program has declared yet.

    Raises:
        ProviderError: the id is not of this resource type.
    """
    inputs: dict[str, Json] = dict(parse_id(resource, resource_id))
    for name, value in outputs_of(resource.body, types, response).items():
        kept = _without_empty(value)
        if name != "id" and kept is not None:
            inputs[name] = kept
    return inputs


def _without_empty(value: Json) -> Json:
    if isinstance(value, dict):
        kept = {key: _without_empty(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None} or None
    if isinstance(value, list):
        return [item for item in map(_without_empty, value) if item is not None] or None
    return value


def parse_id(resource: Resource, resource_id: str) -> dict[str, str]:
    """Reads path parameters out of an id, whatever its case.

    Raises:
        ProviderError: the id is not of this resource type.
    """
    pattern = re.escape(resource.path).replace(r"\{subscriptionId\}", "[^/]+")
    for parameter in resource.parameters:
        form = ".+" if parameter.verbatim else "[^/]+"
        pattern = pattern.replace(rf"\{{{parameter.name}\}}", f"(?P<{parameter.name}>{form})")
    match = re.fullmatch(pattern, resource_id, re.IGNORECASE)
    if match is None:
        raise ProviderError(f"failed to parse '{resource_id}' against the path '{resource.path}'")
    return match.groupdict()


def refreshed_inputs(
    resource: Resource,
    types: Types,
    old_inputs: Mapping[str, Json],
    old_outputs: Mapping[str, Json],
    new_outputs: Mapping[str, Json],
) -> dict[str, Json]:
    """Applies to the inputs what has changed in Azure, and nothing else.

    Outputs are compared with outputs, both in the shape of inputs, so that defaults which the
    service fills in never become inputs, while drift of any property does.
    """
    after = copy.deepcopy(dict(new_outputs))
    for path in maintained_paths(resource, types, sdk_names=True):
        if lookup(old_inputs, path) is None and isinstance(
            holder := lookup(after, path[:-1]), dict
        ):
            holder.pop(path[-1], None)
    return _merged(
        old_inputs,
        projected_inputs(resource, types, old_outputs),
        projected_inputs(resource, types, after),
    )


def _merged(
    base: Mapping[str, Json], before: Mapping[str, Json], after: Mapping[str, Json]
) -> dict[str, Json]:
    merged = {name: value for name, value in base.items() if name in after or name not in before}
    for name, value in after.items():
        if name not in before or (before[name] != value and name not in base):
            merged[name] = value
        elif before[name] != value:
            merged[name] = _merged_value(base[name], before[name], value)
    return merged


def _merged_value(base: Json, before: Json, after: Json) -> Json:
    if isinstance(base, dict) and isinstance(before, dict) and isinstance(after, dict):
        return _merged(base, before, after)
    if isinstance(base, list) and isinstance(before, list) and isinstance(after, list):
        known = min(len(base), len(before))
        return [
            _merged_value(base[index], before[index], item) if index < known else item
            for index, item in enumerate(after)
        ]
    return after
