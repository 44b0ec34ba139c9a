# SPDX-License-Identifier: Apache-2.0
"""Tags: what Azure accepts, and the marks this library leaves on what it made.

Others write tags too (Azure Policy, roll-outs), so ours must be told apart from theirs: `OWNED`
lists the names that were declared last time. A name in it that is no longer declared is removed;
a live tag outside it is somebody else's and stays.
"""

from collections.abc import Mapping

from azure_model_endpoints.errors import Problem

__all__ = ["OWNED", "OWNER", "carried_tags", "owned_tags", "tags_problems"]

OWNER = "ame-owner"
"""Tag that holds ``project/stack`` of the stack a resource belongs to."""

OWNED = "ame-tags"
"""Tag that lists the names of the tags declared by the stack."""

# Azure docs, "Use tags to organize your Azure resources": limitations. Three tags are ours on
# an endpoint and on a deployment.
MAX_TAGS = 50 - 3
MAX_VALUE_LENGTH = 256
_FORBIDDEN = frozenset("<>%&\\?/,")


def tags_problems(path: str, tags: Mapping[str, str]) -> list[Problem]:
    """Return everything that is wrong with tags."""
    problems = []
    for name, value in tags.items():
        if not name or _FORBIDDEN & set(name) or name.lower().startswith("ame-"):
            rule = "names without < > % & \\ ? / or commas that do not begin with 'ame-'"
            problems.append(Problem(path, f"a tag named {name!r}", rule, "Rename the tag."))
        if len(value) > MAX_VALUE_LENGTH:
            given = f"a value of {len(value)} characters for {name!r}"
            problems.append(Problem(path, given, f"at most {MAX_VALUE_LENGTH}", "Shorten it."))
    if len(tags) > MAX_TAGS or len(",".join(tags)) > MAX_VALUE_LENGTH:
        rule = f"at most {MAX_TAGS} tags whose names together have {MAX_VALUE_LENGTH} characters"
        remedy = "Remove tags or shorten their names."
        problems.append(Problem(path, f"{len(tags)} tags", rule, remedy))
    return problems


def owned_tags(declared: Mapping[str, str], owner: str) -> dict[str, str]:
    """Return declared tags with the marks that let a later run recognise them."""
    return {**declared, OWNER: owner, OWNED: ",".join(sorted(declared))}


def carried_tags(declared: Mapping[str, str], live: Mapping[str, str]) -> dict[str, str]:
    """Return the tags to write: the declared ones, and those live ones that others have put."""
    ours = {OWNER, OWNED, *live.get(OWNED, "").split(",")}
    foreign = {name: value for name, value in live.items() if name not in ours}
    return {**foreign, **declared}
